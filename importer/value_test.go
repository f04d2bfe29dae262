package importer_test

import (
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/importer"
)

const (
	american = "MONTH_DAY_YEAR"
	european = "DAY_MONTH_YEAR"
	sortable = "YEAR_MONTH_DAY"
)

func TestDatesInEachOrder(t *testing.T) { // IMP-1
	for _, c := range []struct{ format, given, want string }{
		{american, "3/4/2026", "2026-03-04"},
		{american, "03/04/2026", "2026-03-04"},
		{american, "3-4-2026", "2026-03-04"},
		{american, "3.4.2026", "2026-03-04"},
		{european, "3/4/2026", "2026-04-03"},
		{european, "03.04.2026", "2026-04-03"},
		{european, "31-12-2026", "2026-12-31"},
		{sortable, "2026/3/4", "2026-03-04"},
		{sortable, "2026.03.04", "2026-03-04"},
		{sortable, "2026-3-4", "2026-03-04"},
		// With a time of day.
		{american, "3/4/2026 15:30", "2026-03-04T15:30:00Z"},
		{american, "3/4/2026 15:30:45", "2026-03-04T15:30:45Z"},
		{american, "3/4/2026 3:30 pm", "2026-03-04T15:30:00Z"},
		{american, "3/4/2026 12:05 AM", "2026-03-04T00:05:00Z"},
		{european, "3.4.2026 08:00", "2026-04-03T08:00:00Z"},
		// What is no date in the order stays as it is: the property says whether it takes it.
		{american, "31/12/2026", "31/12/2026"},
		{european, "12/31/2026", "12/31/2026"},
		{european, "2026-04-03", "2026-04-03"},
		{american, "2026-04-03T08:00:00Z", "2026-04-03T08:00:00Z"},
		{american, "1798848000000", "1798848000000"},
		{american, "3/4/2026 noon", "3/4/2026 noon"},
		{american, "2/30/2026", "2/30/2026"},
		{american, "3/4/26", "3/4/26"},
		{american, "yesterday", "yesterday"},
	} {
		if got := importer.Date(c.format, c.given); got != c.want {
			t.Errorf("%s as %s is %s, want %s", c.given, c.format, got, c.want)
		}
	}
}

func TestLabelsOfOptions(t *testing.T) { // IMP-1
	one := property.Definition{
		Name:      "size",
		Type:      property.Enumeration,
		FieldType: "select",
		Options: []property.Option{
			{Label: "Quite large", Value: "L"},
			{Label: "Small", Value: "S"},
			{Label: "L", Value: "named_l"}, // a label that is another's value
		},
	}
	several := one
	several.FieldType = "checkbox"
	for _, c := range []struct {
		d           property.Definition
		given, want string
	}{
		{one, "L", "L"},
		{one, "Quite large", "L"},
		{one, "quite LARGE", "L"},
		{one, " Small ", "S"},
		{one, "s", "S"},
		{one, "NAMED_L", "named_l"},
		{one, "medium", "medium"},
		{one, "Small;Quite large", "Small;Quite large"},
		{several, "Small;Quite large", "S;L"},
		{several, "Small; Quite large ;L", "S;L;L"},
		{several, "Small", "S"},
		{several, "Small;medium", "S;medium"},
	} {
		if got := importer.Options(c.d, c.given); got != c.want {
			t.Errorf("%q of a %s is %q, want %q", c.given, c.d.FieldType, got, c.want)
		}
	}
}
