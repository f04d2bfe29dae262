package list_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// root is HubSpot's usual tree: an OR of an AND of filters.
func root(filters ...string) string {
	return `{"filterBranchType":"OR","filterBranchOperator":"OR","filters":[],"filterBranches":[` + all(filters...) + `]}`
}

func all(filters ...string) string {
	return `{"filterBranchType":"AND","filterBranchOperator":"AND","filterBranches":[],"filters":[` + strings.Join(filters, ",") + `]}`
}

func branches(kind string, inner ...string) string {
	return fmt.Sprintf(`{"filterBranchType":%q,"filterBranches":[%s]}`, kind, strings.Join(inner, ","))
}

func where(property, kind, operator, more string) string {
	if more != "" {
		more = "," + more
	}
	return fmt.Sprintf(`{"filterType":"PROPERTY","property":%q,"operation":{"operationType":%q,"operator":%q%s}}`, property, kind, operator, more)
}

// filtered makes a list of contacts by filters.
func (k *desk) filtered(name string, processing list.Processing, filters string) (l list.List) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		l, err = k.Create(tx, people.System, list.Wanted{ObjectType: "contacts", Name: name, Processing: processing, Filters: json.RawMessage(filters)})
		return err
	})
	return l
}

// zoo is contacts that differ in all that filters ask.
func (k *desk) zoo() map[string]int64 {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		for _, d := range []property.Definition{
			{Name: "weight", Type: property.Number, FieldType: "number"}, {Name: "born", Type: property.Date, FieldType: "date"},
			{Name: "seen", Type: property.DateTime, FieldType: "date"}, {Name: "tame", Type: property.Bool, FieldType: "booleancheckbox", Options: []property.Option{{Value: "true", Label: "Yes"}, {Value: "false", Label: "No"}}},
			{Name: "food", Type: property.Enumeration, FieldType: "checkbox", Options: []property.Option{{Value: "fish", Label: "Fish"}, {Value: "fruit", Label: "Fruit"}, {Value: "seeds", Label: "Seeds"}}},
			{Name: "kind", Type: property.Enumeration, FieldType: "select", Options: []property.Option{{Value: "bird", Label: "Bird"}, {Value: "mammal", Label: "Mammal"}}},
		} {
			d.ObjectType, d.Label, d.Group = "contacts", d.Name, "contactinformation"
			if _, err := k.props.Create(tx, people.System, d); err != nil {
				return err
			}
		}
		return nil
	})
	out := map[string]int64{}
	for _, p := range []map[string]string{
		{"firstname": "owl", "jobtitle": "Night watch man", "weight": "0.6", "born": "2026-10-01", "seen": "2026-11-01T23:30:00Z", "tame": "true", "food": "fish;seeds", "kind": "bird"},
		{"firstname": "bat", "jobtitle": "Night manager", "weight": "0.1", "born": "2026-11-01", "seen": "2026-11-02T08:00:00Z", "tame": "false", "food": "fruit", "kind": "mammal"},
		{"firstname": "seal", "jobtitle": "Watch maker", "weight": "120", "born": "2025-12-31", "seen": "2026-09-15T12:00:00Z", "tame": "true", "food": "fish", "kind": "mammal"},
		{"firstname": "egg"},
	} {
		out[p["firstname"]] = k.contacts(1, p)[0]
	}
	return out
}

// The desk's clock begins on Monday, 2 November 2026, at 9 in UTC.
var said = map[string][2]string{ // by filters: who they find
	"equal":                  {where("firstname", "STRING", "IS_EQUAL_TO", `"value":"OWL"`), "owl"},
	"equal to one of":        {where("firstname", "MULTISTRING", "IS_EQUAL_TO", `"values":["owl","bat"]`), "owl bat"},
	"not equal":              {where("jobtitle", "MULTISTRING", "IS_NOT_EQUAL_TO", `"values":["Night manager"]`), "owl seal"},
	"not equal, or nothing":  {where("jobtitle", "STRING", "IS_NOT_EQUAL_TO", `"value":"Night manager","includeObjectsWithNoValueSet":true`), "owl seal egg"},
	"contains":               {where("jobtitle", "STRING", "CONTAINS", `"value":"watch m"`), "owl seal"},
	"contains one of":        {where("jobtitle", "MULTISTRING", "CONTAINS", `"values":["manager","maker"]`), "bat seal"},
	"contains nothing of":    {where("jobtitle", "MULTISTRING", "DOES_NOT_CONTAIN", `"values":["manager","maker"]`), "owl"},
	"begins":                 {where("jobtitle", "STRING", "STARTS_WITH", `"value":"night"`), "owl bat"},
	"ends":                   {where("jobtitle", "STRING", "ENDS_WITH", `"value":"MAN"`), "owl"},
	"number":                 {where("weight", "NUMBER", "IS_EQUAL_TO", `"value":0.6`), "owl"},
	"more":                   {where("weight", "NUMBER", "IS_GREATER_THAN", `"value":0.1`), "owl seal"},
	"at least":               {where("weight", "NUMBER", "IS_GREATER_THAN_OR_EQUAL_TO", `"value":"0.1"`), "owl bat seal"},
	"less, or nothing":       {where("weight", "NUMBER", "IS_LESS_THAN", `"value":0.6,"includeObjectsWithNoValueSet":true`), "bat egg"},
	"at most":                {where("weight", "NUMBER", "IS_LESS_THAN_OR_EQUAL_TO", `"value":0.6`), "owl bat"},
	"between":                {where("weight", "NUMBER_RANGED", "IS_BETWEEN", `"lowerBound":0.5,"upperBound":120`), "owl seal"},
	"not between":            {where("weight", "NUMBER_RANGED", "IS_NOT_BETWEEN", `"lowerBound":0.5,"upperBound":100`), "bat seal"},
	"not between or nothing": {where("weight", "NUMBER_RANGED", "IS_NOT_BETWEEN", `"lowerBound":0.5,"upperBound":100,"includeObjectsWithNoValueSet":true`), "bat seal egg"},
	"yes":                    {where("tame", "BOOL", "IS_EQUAL_TO", `"value":true`), "owl seal"},
	"not yes":                {where("tame", "BOOL", "IS_NOT_EQUAL_TO", `"value":true`), "bat"},
	"any of":                 {where("food", "ENUMERATION", "IS_ANY_OF", `"values":["fruit","seeds"]`), "owl bat"},
	"none of":                {where("food", "ENUMERATION", "IS_NONE_OF", `"values":["fruit","seeds"]`), "seal"},
	"exactly":                {where("food", "ENUMERATION", "IS_EXACTLY", `"values":["seeds","fish"]`), "owl"},
	"not exactly":            {where("food", "ENUMERATION", "IS_NOT_EXACTLY", `"values":["fish"]`), "owl bat"},
	"all":                    {where("food", "ENUMERATION", "CONTAINS_ALL", `"values":["fish","seeds"]`), "owl"},
	"not all":                {where("food", "ENUMERATION", "DOES_NOT_CONTAIN_ALL", `"values":["fish","seeds"]`), "bat seal"},
	"one choice":             {where("kind", "ENUMERATION", "IS_ANY_OF", `"values":["bird"]`), "owl"},
	"all of one choice":      {where("kind", "ENUMERATION", "CONTAINS_ALL", `"values":["bird"]`), "owl"},
	"known":                  {where("food", "ALL_PROPERTY", "IS_KNOWN", ""), "owl bat seal"},
	"unknown":                {where("weight", "ALL_PROPERTY", "IS_UNKNOWN", ""), "egg"},

	"before a moment":       {where("seen", "DATETIME", "IS_BEFORE", `"timestamp":1793606400000`), "owl seal"},       // 2 November, 8:00
	"at a moment":           {where("seen", "DATETIME", "IS_EQUAL_TO", `"timestamp":1793606400000`), "bat"},          // 2 November, 8:00
	"on a day":              {where("seen", "DATE", "IS_EQUAL_TO", `"year":2026,"month":"NOVEMBER","day":1`), "owl"}, // a time on it
	"after a day":           {where("seen", "DATE", "IS_AFTER", `"year":2026,"month":11,"day":1`), "bat"},            // not on it
	"before a day":          {where("born", "DATE", "IS_BEFORE", `"year":2026,"month":"October","day":1`), "seal"},   // of a date
	"between moments":       {where("seen", "RANGED_DATE", "IS_BETWEEN", `"lowerBound":1793491200000,"upperBound":1793606400000`), "owl bat"},
	"not between moments":   {where("seen", "RANGED_DATE", "IS_NOT_BETWEEN", `"lowerBound":1793491200000,"upperBound":1793606399999`), "bat seal"},
	"less than a day ago":   {where("seen", "ROLLING_DATE_RANGE", "IS_LESS_THAN_X_DAYS_AGO", `"numberOfDays":1`), "owl bat"},
	"more than 5 days ago":  {where("born", "ROLLING_DATE_RANGE", "IS_MORE_THAN_X_DAYS_AGO", `"numberOfDays":5`), "owl seal"},
	"after a date's hour":   {where("seen", "TIME_POINT", "IS_AFTER", `"timePoint":{"timeType":"DATE","year":2026,"month":11,"day":2,"hour":9,"zoneId":"Europe/Amsterdam"}`), ""},
	"from that hour on":     {where("seen", "TIME_POINT", "IS_AFTER", `"endpointBehavior":"INCLUSIVE","timePoint":{"timeType":"DATE","year":2026,"month":11,"day":2,"hour":9,"zoneId":"Europe/Amsterdam"}`), "bat"},
	"before today":          {where("seen", "TIME_POINT", "IS_BEFORE", `"timePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"TODAY"}}`), "owl seal"},
	"before today, far off": {where("seen", "TIME_POINT", "IS_BEFORE", `"timePoint":{"timeType":"INDEXED","zoneId":"Asia/Tokyo","indexReference":{"referenceType":"TODAY"}}`), "seal"},
	"ten hours ago":         {where("seen", "TIME_POINT", "IS_AFTER", `"timePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"NOW"},"offset":{"hours":-10}}`), "owl bat"},
	"this year so far":      {where("born", "TIME_RANGED", "IS_BETWEEN", `"lowerBoundTimePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"YEAR"}},"upperBoundTimePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"TODAY"}}`), "owl bat"},
	"not this quarter":      {where("born", "TIME_RANGED", "IS_NOT_BETWEEN", `"lowerBoundTimePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"QUARTER"}},"upperBoundTimePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"QUARTER"},"offset":{"quarters":1,"days":-1}}`), "seal"},
	"last month":            {where("born", "", "IS_BETWEEN", `"type":"TIME_RANGED","upperBoundEndpointBehavior":"EXCLUSIVE","lowerBoundTimePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"MONTH"},"offset":{"months":-1}},"upperBoundTimePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"MONTH","day":1}}`), "owl"},
	"since last Sunday":     {where("seen", "TIME_POINT", "IS_AFTER", `"timePoint":{"timeType":"INDEXED","zoneId":"UTC","indexReference":{"referenceType":"WEEK","dayOfWeek":"SUNDAY"},"offset":{"weeks":-1}}`), "owl bat"},
	"everybody":             {`{"filterType":"CONSTANT","shouldAccept":true}`, "owl bat seal egg"},
	"nobody":                {`{"filterType":"CONSTANT","shouldAccept":false}`, ""},
}

func (k *desk) who(ids []int64, zoo map[string]int64) string {
	var out []string
	for _, name := range []string{"owl", "bat", "seal", "egg"} {
		if slices.Contains(ids, zoo[name]) {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

// What HubSpot's filters say, the one language of filters says: in a page, in a count, and of one record.
func TestWhatFiltersSay(t *testing.T) { // API-1, PROP-6
	each(t, func(t *testing.T, k *desk) {
		zoo := k.zoo()
		tame, bird, heavy := where("tame", "BOOL", "IS_EQUAL_TO", `"value":"true"`), where("kind", "ENUMERATION", "IS_ANY_OF", `"values":["bird"]`), where("weight", "NUMBER", "IS_GREATER_THAN", `"value":"1"`)
		trees := map[string][2]string{
			"and":                {root(tame, bird), "owl"},
			"or":                 {branches("OR", all(bird), all(heavy)), "owl seal"},
			"an or in an and":    {`{"filterBranchType":"AND","filters":[` + tame + `],"filterBranches":[` + branches("OR", all(bird), all(heavy)) + `]}`, "owl seal"},
			"not any":            {branches("OR", branches("NOT_ANY", all(bird), all(heavy))), "bat egg"},
			"not all":            {`{"filterBranchType":"NOT_ALL","filters":[` + tame + `,` + bird + `]}`, "bat seal egg"},
			"not an and":         {branches("NOT_ANY", all(tame, heavy)), "owl bat egg"},
			"not a range":        {branches("NOT_ANY", all(where("weight", "NUMBER_RANGED", "IS_BETWEEN", `"lowerBound":0.5,"upperBound":1`))), "bat seal egg"},
			"an and of nothing":  {root(), "owl bat seal egg"},
			"an or of nothing":   {branches("OR"), ""},
			"not everybody":      {branches("NOT_ANY", all()), ""},
			"a filter of the or": {`{"filterBranchType":"OR","filters":[` + heavy + `,` + bird + `]}`, "owl seal"},
		}
		for name, one := range said {
			trees[name] = [2]string{root(one[0]), one[1]}
		}
		made := map[string]list.List{}
		for name, tree := range trees {
			l := k.filtered(name, list.Dynamic, tree[0])
			made[name] = l
			if got := k.who(k.members(people.System, l), zoo); got != tree[1] {
				t.Errorf("%s finds %q, want %q: %s", name, got, tree[1], tree[0])
			}
			if n := k.size(people.System, l); n != int64(len(strings.Fields(tree[1]))) {
				t.Errorf("%s counts %d, want %q", name, n, tree[1])
			}
		}
		k.see(func(tx *db.Tx) error {
			ids := []int64{zoo["owl"], zoo["bat"], zoo["seal"], zoo["egg"]}
			in, err := k.Of(tx, people.System, "contacts", ids)
			for name, tree := range trees {
				var found []int64
				for n, lists := range in {
					if slices.ContainsFunc(lists, func(l list.In) bool { return l.List == made[name].ID }) {
						found = append(found, n)
					}
				}
				if got := k.who(found, zoo); got != tree[1] {
					t.Errorf("%s finds %q one by one, want %q", name, got, tree[1])
				}
			}
			return err
		})
	})
}

func TestFiltersThatAreRefused(t *testing.T) { // API-4
	each(t, func(t *testing.T, k *desk) {
		k.zoo()
		many := make([]string, 30)
		for i := range many {
			many[i] = all(where("firstname", "STRING", "IS_EQUAL_TO", fmt.Sprintf(`"value":"n%d"`, i)))
		}
		pairs := make([]string, 10)
		for i := range pairs {
			pairs[i] = branches("OR", many[0], many[1])
		}
		deep := root()
		for range 10 {
			deep = branches("OR", deep)
		}
		point := func(p string) string { return root(where("seen", "TIME_POINT", "IS_AFTER", `"timePoint":`+p)) }
		for filters, want := range map[string]string{
			"": "REQUIRED", "null": "REQUIRED", "[]": "INVALID_JSON", `{"filterBranchType":7}`: "INVALID_JSON", `{}`: "REQUIRED",
			`{"filterBranchType":"OR","filters":[{}]}`: "REQUIRED",
			branches("XOR"):                      "UNSUPPORTED_FILTER",
			branches("UNIFIED_EVENTS"):           "UNSUPPORTED_FILTER",
			branches("OR", many...):              "TOO_MANY",
			branches("AND", pairs...):            "TOO_MANY",
			deep:                                 "TOO_DEEP",
			strings.Repeat(" ", 70_000) + root(): "TOO_MANY",
			root(`{"filterType":"PAGE_VIEW"}`):   "UNSUPPORTED_FILTER",
			root(`{"filterType":"IN_LIST"}`):     "UNSUPPORTED_FILTER",
			root(where("rocket", "STRING", "IS_EQUAL_TO", `"value":"x"`)):                                                                                                                    "PROPERTY_DOESNT_EXIST",
			root(where("firstname", "STRING", "SOUNDS_LIKE", `"value":"x"`)):                                                                                                                 "UNSUPPORTED_FILTER",
			root(where("firstname", "STRING", "HAS_EVER_BEEN_EQUAL_TO", `"value":"x"`)):                                                                                                      "UNSUPPORTED_FILTER",
			root(where("firstname", "STRING", "IS_EQUAL_TO", "")):                                                                                                                            "INVALID_VALUE",
			root(where("firstname", "STRING", "IS_EQUAL_TO", `"value":{}`)):                                                                                                                  "INVALID_JSON",
			root(where("firstname", "NUMBER", "IS_GREATER_THAN", "")):                                                                                                                        "INVALID_VALUE",
			root(where("weight", "NUMBER", "IS_GREATER_THAN", `"value":"heavy"`)):                                                                                                            "INVALID_NUMBER",
			root(where("weight", "STRING", "CONTAINS", `"value":"1"`)):                                                                                                                       "INVALID_OPERATOR",
			root(where("firstname", "ROLLING_DATE_RANGE", "IS_LESS_THAN_X_DAYS_AGO", `"numberOfDays":1`)):                                                                                    "INVALID_OPERATOR",
			root(where("seen", "ROLLING_DATE_RANGE", "IS_LESS_THAN_X_DAYS_AGO", `"numberOfDays":-1`)):                                                                                        "INVALID_VALUE",
			root(where("seen", "ROLLING_DATE_RANGE", "IS_SOON", `"numberOfDays":1`)):                                                                                                         "UNSUPPORTED_FILTER",
			root(where("seen", "COMPARATIVE_DATE", "IS_BEFORE", `"comparisonPropertyName":"born"`)):                                                                                          "UNSUPPORTED_FILTER",
			root(where("seen", "DATETIME", "IS_BEFORE", `"timestamp":"soon"`)):                                                                                                               "INVALID_DATE",
			root(where("seen", "DATETIME", "IS_NEAR", `"timestamp":1793606400000`)):                                                                                                          "UNSUPPORTED_FILTER",
			root(where("seen", "DATE", "IS_BEFORE", `"year":2026,"month":"SMARCH","day":1`)):                                                                                                 "INVALID_DATE",
			root(where("seen", "RANGED_DATE", "IS_BETWEEN", `"lowerBound":1`)):                                                                                                               "INVALID_DATE",
			root(where("seen", "TIME_POINT", "IS_AFTER", "")):                                                                                                                                "REQUIRED",
			root(where("seen", "TIME_POINT", "IS_AFTER", `"propertyParser":"UPDATED_AT","timePoint":{"timeType":"DATE","year":2026,"month":1,"day":1}`)):                                     "UNSUPPORTED_FILTER",
			point(`{"timeType":"DATE","zoneId":"Mars"}`):                                                                                                                                     "INVALID_TIME_ZONE",
			point(`{"timeType":"DATE","year":0}`):                                                                                                                                            "INVALID_DATE",
			point(`{"timeType":"PROPERTY_REFERENCED","property":"born"}`):                                                                                                                    "UNSUPPORTED_FILTER",
			point(`{"timeType":"INDEXED","indexReference":{"referenceType":"FISCAL_YEAR"}}`):                                                                                                 "UNSUPPORTED_FILTER",
			point(`{"timeType":"INDEXED","indexReference":{"referenceType":"NOW"},"offset":{"years":99999999}}`):                                                                             "INVALID_OFFSET",
			point(`{"timeType":"INDEXED","indexReference":{"referenceType":"NOW"},"offset":{"years":9000}}`):                                                                                 "INVALID_OFFSET",
			root(where("food", "ENUMERATION", "IS_MOST_OF", `"values":["fish"]`)):                                                                                                            "UNSUPPORTED_FILTER",
			branches("NOT_ANY", all(where("seen", "ROLLING_DATE_RANGE", "IS_LESS_THAN_X_DAYS_AGO", `"numberOfDays":1`))):                                                                     "UNSUPPORTED_FILTER",
			`{"filterBranchType":"OR","filterBranches":[{"filterBranchType":"ASSOCIATION","objectTypeId":"9-9"}]}`:                                                                           "INVALID_OBJECT_TYPE",
			`{"filterBranchType":"OR","filterBranches":[{"filterBranchType":"ASSOCIATION","objectTypeId":"0-2","associationTypeId":1}]}`:                                                     "UNSUPPORTED_FILTER",
			`{"filterBranchType":"OR","filterBranches":[{"filterBranchType":"ASSOCIATION","objectTypeId":"0-2","filters":[` + where("name", "STRING", "IS_EQUAL_TO", `"value":"x"`) + `]}]}`: "UNSUPPORTED_FILTER",
		} {
			got := k.refused(errs.Invalid, func(tx *db.Tx) error {
				_, err := k.Create(tx, people.System, list.Wanted{ObjectType: "contacts", Name: "x", Processing: list.Dynamic, Filters: json.RawMessage(filters)})
				return err
			})
			if got != want {
				t.Errorf("%.200s is refused with %s, want %s", filters, got, want)
			}
		}
		if got := k.refused(errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, people.System, list.Wanted{ObjectType: "contacts", Name: "x", Processing: list.Manual, Filters: json.RawMessage(root())})
			return err
		}); got != "NOT_ALLOWED" {
			t.Errorf("filters of a MANUAL list: %s", got)
		}
	})
}

func TestFiltersOnWhatIsAssociated(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		ids := k.contacts(3)
		var firms []int64
		k.do(func(tx *db.Tx) error {
			firms = nil
			for i, name := range []string{"A", "B"} {
				r, err := k.records.Create(tx, people.System, "companies", record.Input{Properties: map[string]string{"name": name},
					Links: []record.Link{{ToType: "contacts", ToID: ids[i]}}})
				if err != nil {
					return err
				}
				firms = append(firms, r.ID)
			}
			return nil
		})
		branch := func(more string) string {
			return `{"filterBranchType":"OR","filterBranches":[{"filterBranchType":"AND","filterBranches":[{"filterBranchType":"ASSOCIATION","objectTypeId":"0-2","operator":"IN_LIST","associationCategory":"HUBSPOT_DEFINED","associationTypeId":279` + more + `}]}]}`
		}
		some := k.filtered("with a company", list.Dynamic, branch(""))
		first := k.filtered("with the first", list.Dynamic, branch(`,"filters":[`+where("hs_object_id", "ENUMERATION", "IS_ANY_OF", fmt.Sprintf(`"values":["%d"]`, firms[0]))+`]`))
		without := k.filtered("without", list.Dynamic, branches("NOT_ANY", branch("")))
		k.holds("some", some, ids[:2]...)
		k.holds("the first", first, ids[0])
		k.holds("without", without, ids[2])
		k.see(func(tx *db.Tx) error {
			in, err := k.Of(tx, people.System, "contacts", ids)
			if len(in[ids[0]]) != 2 || len(in[ids[1]]) != 1 || len(in[ids[2]]) != 1 || in[ids[2]][0].List != without.ID {
				t.Errorf("one by one: %v", in)
			}
			return err
		})
	})
}

func TestADynamicListFollowsItsRecords(t *testing.T) { // API-1, REC-5
	each(t, func(t *testing.T, k *desk) {
		k.zoo()
		l := k.filtered("Heavy", list.Dynamic, " "+root(where("weight", "NUMBER", "IS_GREATER_THAN", `"value":1000`)))
		if string(l.Filters) != root(where("weight", "NUMBER", "IS_GREATER_THAN", `"value":1000`)) {
			t.Errorf("the filters are kept as %s", l.Filters)
		}
		k.pass(time.Hour)
		old := k.contacts(1)[0]
		whales := k.contacts(7, map[string]string{"weight": "9000"})
		k.holds("made", l, whales...)
		set := func(n int64, weight string) {
			k.do(func(tx *db.Tx) error {
				_, err := k.records.Update(tx, people.System, "contacts", n, map[string]string{"weight": weight}, "")
				return err
			})
		}
		set(old, "1001")
		set(whales[3], "5")
		want := slices.Concat([]int64{old}, whales[:3], whales[4:])
		k.holds("changed", l, want...)
		for _, joined := range []bool{false, true} {
			there, back := k.walk(l, joined)
			before := slices.Clone(want[:6])
			slices.Reverse(before)
			if !slices.Equal(there, want) || !slices.Equal(back, before) {
				t.Errorf("joined %t: there %v and back %v", joined, there, back)
			}
		}
		k.see(func(tx *db.Tx) error {
			p, err := k.Page(tx, people.System, l, list.Window{Limit: 1})
			if at := p.Members[0].At; !at.After(l.FiltersAt) || at.After(tx.Now) {
				t.Errorf("came %v, the filters were set %v", at, l.FiltersAt)
			}
			return err
		})
		k.do(func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "contacts", old) })
		k.holds("archived", l, want[1:]...)
		code(t, errs.Invalid, k.AddFrom(t.Context(), people.System, l.ID, l.ID))
		_, err := k.Change(t.Context(), people.System, l.ID, want, nil)
		code(t, errs.Invalid, err)
		fixed := k.list("Fixed")
		if err := k.AddFrom(t.Context(), people.System, fixed.ID, l.ID); err != nil {
			t.Error(err)
		}
		k.holds("added from it", fixed, want[1:]...)

		k.do(func(tx *db.Tx) error {
			got, err := k.SetFilters(tx, people.System, l.ID, json.RawMessage(root(where("weight", "NUMBER", "IS_LESS_THAN", `"value":6`))))
			if got.Version != 2 || !got.FiltersAt.After(l.FiltersAt) {
				t.Errorf("with other filters %+v", got)
			}
			return err
		})
		if n := k.size(people.System, l); n != 3 {
			t.Errorf("with other filters it holds %d", n)
		}
		k.refused(errs.Invalid, func(tx *db.Tx) error {
			_, err := k.SetFilters(tx, people.System, fixed.ID, json.RawMessage(root()))
			return err
		})
		k.do(func(tx *db.Tx) error { return k.props.Archive(tx, people.System, "contacts", "weight") })
		if n := k.size(people.System, l); n != 0 {
			t.Errorf("without its property it holds %d", n)
		}
		k.see(func(tx *db.Tx) error {
			_, err := k.Page(tx, people.System, l, list.Window{Limit: 1})
			code(t, errs.Invalid, err)
			in, err := k.Of(tx, people.System, "contacts", want[1:2])
			if len(in[want[1]]) != 1 {
				t.Errorf("a list without its property still holds %v", in)
			}
			return err
		})
	})
}

// A list by values that a person may not see shows them nothing.
func TestListsByValuesThatArePrivate(t *testing.T) { // PROP-2
	each(t, func(t *testing.T, k *desk) {
		zoo := k.zoo()
		mia := people.Actor{Kind: "user", ID: k.user("Mia"), Seat: people.ServiceSeat, Permissions: []people.Permission{people.CustomViews},
			Grants: map[people.Grant]people.Scope{{ObjectType: "*", Verb: people.View}: {Reach: people.Everything, Unassigned: true}}}
		filters := root(where("weight", "NUMBER", "IS_GREATER_THAN", `"value":1`))
		l := k.filtered("Heavy", list.Dynamic, filters)
		if got := k.members(mia, l); len(got) != 1 {
			t.Errorf("before she sees %v", got)
		}
		vera := k.user("Vera")
		k.do(func(tx *db.Tx) error {
			set, err := k.props.Set(tx, "contacts")
			if err != nil {
				return err
			}
			d, _ := set.Get("weight")
			d.Access.View = property.Chosen{Users: []int64{vera}}
			_, err = k.props.Update(tx, people.System, d)
			return err
		})
		if n := k.size(mia, l); n != 0 {
			t.Errorf("she counts %d", n)
		}
		k.see(func(tx *db.Tx) error {
			_, err := k.Page(tx, mia, l, list.Window{Limit: 5})
			code(t, errs.Invalid, err)
			in, err := k.Of(tx, mia, "contacts", []int64{zoo["seal"]})
			if len(in[zoo["seal"]]) != 0 {
				t.Errorf("she sees that it is in %v", in)
			}
			return err
		})
		k.refused(errs.Invalid, func(tx *db.Tx) error {
			_, err := k.Create(tx, mia, list.Wanted{ObjectType: "contacts", Name: "Hers", Processing: list.Dynamic, Filters: json.RawMessage(filters)})
			return err
		})
	})
}

func TestASnapshotIsFilledOnce(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		k.zoo()
		whales := k.contacts(3, map[string]string{"weight": "9000"})
		l := k.filtered("Heavy", list.Snapshot, root(where("weight", "NUMBER", "IS_GREATER_THAN", `"value":1000`)))
		if l.Status != list.Filling {
			t.Errorf("made it is %s", l.Status)
		}
		k.holds("before the job", l)
		status := func() (s list.Status) {
			k.see(func(tx *db.Tx) error { got, err := k.Get(tx, l.ID); s = got.Status; return err })
			return s
		}
		k.pass(0)
		k.holds("filled", l, whales...)
		if status() != list.Complete {
			t.Errorf("filled it is %s", status())
		}
		more := k.contacts(1, map[string]string{"weight": "9000"})
		k.holds("later", l, whales...)
		k.add(l, more...)
		k.holds("by hand", l, append(whales, more...)...)
		if empty := k.filtered("Empty", list.Snapshot, ""); empty.Status != list.Complete {
			t.Errorf("without filters it is %s", empty.Status)
		}
		l = k.filtered("Late", list.Snapshot, root(where("weight", "NUMBER", "IS_GREATER_THAN", `"value":1000`)))
		k.do(func(tx *db.Tx) error { return k.props.Archive(tx, people.System, "contacts", "weight") })
		k.pass(0)
		if status() != list.Failed {
			t.Errorf("without its property it is %s", status())
		}
		gone := k.filtered("Gone", list.Snapshot, root())
		k.do(func(tx *db.Tx) error { return k.Delete(tx, people.System, gone.ID) })
		k.pass(0)
	})
}

// refilter gives a list other filters.
func (k *desk) refilter(l list.List, filters string) error {
	return k.d.Write(k.t.Context(), func(tx *db.Tx) error {
		_, err := k.SetFilters(tx, people.System, l.ID, json.RawMessage(filters))
		return err
	})
}
