package main

import (
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
)

// seedProp is a custom property of tickets: what its values are in SQL, over the facts of a ticket; NULL for none.
type seedProp struct {
	property.Definition
	value string
}

func seedOptions(values ...string) (out []property.Option) {
	for i, v := range values {
		out = append(out, property.Option{Value: v, Label: v, Order: i})
	}
	return out
}

// seedProps are thirty custom properties as desks have them (PROP-6): choices, several choices, numbers, dates, times, yes or
// no, and texts of few and of many values. About two thirds of the tickets have each.
func (s seeding) seedProps() []seedProp {
	salt := int64(104729)
	dice := func() string { salt += 7919 * 3571; return chance("i", salt) }
	given := func(value string) string { return "CASE WHEN " + dice() + " < 650 THEN " + value + " END" }
	var out []seedProp
	add := func(name string, t property.Type, field, value string, options ...string) {
		out = append(out, seedProp{property.Definition{ObjectType: "tickets", Name: name, Label: strings.ReplaceAll(name, "_", " "), Type: t, FieldType: field,
			Options: seedOptions(options...)}, given(value)})
	}
	for _, c := range [][]string{{"product", "Lamp", "Desk", "Chair", "Shelf", "Sofa", "Rug", "Bed", "Mirror"}, {"region", "North", "South", "East", "West", "Overseas"},
		{"service_plan", "Free", "Basic", "Plus", "Business"}, {"root_cause", "Transport", "Production", "Handling", "Supplier", "Weather", "Software", "Other", "None"},
		{"device", "Phone", "Tablet", "Laptop", "Desktop"}, {"sentiment", "Glad", "Neutral", "Cross", "Furious"}, {"carrier", "Post", "Van", "Rail", "Air"}} {
		add(c[0], property.Enumeration, "select", pick(dice(), c[1:]), c[1:]...)
	}
	for _, c := range [][]string{{"affected", "Billing", "Delivery", "Quality", "Website"}, {"promised", "Call", "Credit", "Replacement", "Visit"}} {
		add(c[0], property.Enumeration, "checkbox", pick(dice(), []string{c[1], c[2], c[1] + ";" + c[2], c[4], c[3] + ";" + c[4], c[1] + ";" + c[2] + ";" + c[3]}), c[1:]...)
	}
	for i, name := range []string{"order_value", "seats", "parcels", "downtime_minutes", "discount", "rating", "visits"} {
		add(name, property.Number, "number", fmt.Sprintf("CAST(who %% %d AS TEXT)", []int{90_000, 40, 9, 3000, 60, 6, 30}[i]))
	}
	for _, name := range []string{"renewal", "purchased", "delivered", "warranty_until"} {
		add(name, property.Date, "date", "date('2026-01-01', '+' || ("+dice()+" % 700) || ' days')")
	}
	for _, name := range []string{"escalated_at", "called_at", "inspected_at"} {
		add(name, property.DateTime, "date", s.iso("i + "+dice()))
	}
	for _, name := range []string{"vip", "refund_agreed", "on_site"} {
		add(name, property.Bool, "booleancheckbox", pick(dice()+" / 100", []string{"true", "false", "false"}))
	}
	add("order_number", property.String, "text", "'SO-' || (10000000 + i)")
	add("city", property.String, "text", pick(dice(), []string{"Lyon", "Porto", "Graz", "Bergen", "Utrecht", "Gent", "Turin", "Brno", "Riga", "Cork", "Malmö", "Vigo"}))
	add("remark", property.String, "text", words("who / 5", 60))
	add("batch_code", property.String, "text", "printf('%c%c-%04d', 65 + who % 26, 65 + who / 26 % 26, i % 9973)")
	return out
}

// seedValues are the pairs of json_object for all of them.
func (s seeding) seedValues() string {
	var out strings.Builder
	for _, p := range s.seedProps() {
		fmt.Fprintf(&out, ", '%s', %s", p.Name, p.value)
	}
	return out.String()
}
