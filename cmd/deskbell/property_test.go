package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const definitions = "/crm/v3/properties/"

// define makes a property of an object type, in the first group of its type.
func (d *desk) define(objectType, name, typ, field string, more ...map[string]any) {
	d.t.Helper()
	group := map[string]string{"tickets": "ticketinformation", "contacts": "contactinformation", "companies": "companyinformation"}[objectType]
	body := map[string]any{"name": name, "label": name, "type": typ, "fieldType": field, "groupName": group}
	for _, m := range more {
		for k, v := range m {
			body[k] = v
		}
	}
	d.Ask("POST", definitions+objectType, body).Is(http.StatusCreated)
}

// add makes a record and returns its id.
func (d *desk) add(objectType string, props map[string]any, links ...map[string]any) string {
	d.t.Helper()
	if objectType == "tickets" {
		props["hs_pipeline_stage"] = "1"
	}
	body := map[string]any{"properties": props, "associations": links}
	return d.Ask("POST", objects+objectType, body).Is(http.StatusCreated).Get("id").(string)
}

// has checks a value of a record; nil is none.
func (d *desk) has(objectType, id, name string, want any) {
	d.t.Helper()
	if got := d.Ask("GET", objects+objectType+"/"+id+"?properties="+name, nil).Is(http.StatusOK).Get("properties", name); got != want {
		d.t.Errorf("%s of %s %s is %v, want %v", name, objectType, id, got, want)
	}
}

// found are the ids that one filter finds.
func (d *desk) found(objectType, name, operator, value string) (ids []string) {
	d.t.Helper()
	filter := map[string]any{"propertyName": name, "operator": operator, "value": value}
	body := map[string]any{"limit": 100, "filterGroups": []any{map[string]any{"filters": []any{filter}}}}
	for _, r := range d.Ask("POST", objects+objectType+"/search", body).Is(http.StatusOK).Get("results").([]any) {
		ids = append(ids, r.(map[string]any)["id"].(string))
	}
	slices.Sort(ids)
	return ids
}

// refused asks for a change of a ticket that must be refused, and returns the error's words.
func (d *desk) refused(id, name, value string) string {
	d.t.Helper()
	return d.Ask("PATCH", objects+"tickets/"+id, map[string]any{"properties": map[string]any{name: value}}).Is(http.StatusBadRequest).Get("message").(string)
}

func TestPropertyIsUsedAtOnce(t *testing.T) { // PROP-1, PROP-6
	eachDesk(t, func(t *testing.T, d *desk) {
		d.define("tickets", "weight", "number", "number")
		d.define("tickets", "colours", "enumeration", "checkbox", map[string]any{"options": []any{
			map[string]any{"label": "Red", "value": "red", "displayOrder": 0, "hidden": false}, map[string]any{"label": "Blue", "value": "blue", "displayOrder": 1, "hidden": false}}})
		d.define("tickets", "story", "string", "html")
		d.define("tickets", "bought", "date", "date")
		d.define("tickets", "number", "string", "phonenumber")
		light := d.add("tickets", map[string]any{"subject": "Lamp", "weight": 2.50, "colours": "blue;red", "bought": "1793577600000",
			"number": "+31 (0)20 123 4567", "story": `<b onclick="steal()">Bold</b><script>steal()</script>`})
		heavy := d.add("tickets", map[string]any{"subject": "Safe", "weight": "200"})
		for name, want := range map[string]any{"weight": "2.5", "colours": "red;blue", "bought": "2026-11-02", "number": "+31201234567", "story": "<b>Bold</b>"} {
			d.has("tickets", light, name, want)
		}
		d.has("tickets", heavy, "colours", nil)
		for _, c := range []struct{ name, operator, value, want string }{
			{"weight", "GT", "10", heavy}, {"weight", "EQ", "2.5", light}, {"colours", "CONTAINS_TOKEN", "red", light}, {"bought", "LT", "2026-11-03", light},
			{"number", "EQ", "+31 20 1234567", ""}, {"number", "EQ", "+31201234567", light},
		} {
			if got := strings.Join(d.found("tickets", c.name, c.operator, c.value), " "); got != c.want {
				t.Errorf("%s %s %s finds %q, want %q", c.name, c.operator, c.value, got, c.want)
			}
		}
		for name, value := range map[string]string{"weight": "heavy", "colours": "green", "bought": "soon"} {
			if says := d.refused(light, name, value); !strings.Contains(says, `"name":"`+name+`"`) || !strings.HasPrefix(says, "Property values were not valid: [{") {
				t.Errorf("%s: %s", name, says)
			}
		}
		d.Ask("DELETE", definitions+"tickets/weight", nil).Is(http.StatusNoContent)
		if says := d.refused(light, "weight", "3"); !strings.Contains(says, "PROPERTY_DOESNT_EXIST") {
			t.Errorf("archived: %s", says)
		}
		d.define("tickets", "weight", "number", "number")
		d.has("tickets", light, "weight", "2.5") // the values stayed
	})
}

func TestRulesOverTheAPI(t *testing.T) { // PROP-2, API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		d.define("tickets", "code", "string", "text", map[string]any{"hasUniqueValue": true})
		rule := func(typ string, args ...string) {
			d.Ask("PUT", "/crm/v3/property-validations/tickets/code/rule-type/"+typ, map[string]any{"ruleArguments": args}).Is(http.StatusNoContent)
		}
		rule("ALPHANUMERIC", "NUMERIC_ONLY")
		rule("MAX_LENGTH", "4")
		first := d.add("tickets", map[string]any{"subject": "A", "code": "1234"})
		second := d.add("tickets", map[string]any{"subject": "B", "code": "1235"})
		for value, words := range map[string]string{"12a": "hold only digits", "12345": "at most 4 characters"} {
			if says := d.refused(second, "code", value); !strings.Contains(says, words) || !strings.Contains(says, `"error":"INVALID_STRING"`) {
				t.Errorf("%s: %s", value, says)
			}
		}
		d.Ask("PATCH", objects+"tickets/"+second, map[string]any{"properties": map[string]any{"code": "1234"}}).Is(http.StatusConflict)
		got := d.Ask("GET", objects+"tickets/1234?idProperty=code", nil)
		if got.Status != http.StatusOK || got.Get("id") != first {
			t.Errorf("by its code: %d %s", got.Status, got.Raw)
		}
	})
}

func TestCalculationsAndRollupsOverTheAPI(t *testing.T) { // PROP-1, PROP-4
	eachDesk(t, func(t *testing.T, d *desk) {
		var tickets []string
		company := d.add("companies", map[string]any{"name": "Acme"})
		link := map[string]any{"to": map[string]any{"id": company}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 339}}}
		d.define("tickets", "price", "number", "number", map[string]any{"numberDisplayHint": "currency"})
		for i := range 3 {
			tickets = append(tickets, d.add("tickets", map[string]any{"subject": fmt.Sprintf("Chair %d", i), "price": fmt.Sprint(10 * (i + 1))}, link))
		}
		d.define("tickets", "gross", "number", "calculation_equation", map[string]any{"calculationFormula": "round(price * 1.19, 2)"})
		d.define("tickets", "open_hours", "number", "calculation_equation",
			map[string]any{"calculationFormula": "if is_known(closed_date) then time_between(createdate, closed_date) / 3600000 else null"})
		d.Ask("POST", "/helpdesk/v1/property-definitions/companies", map[string]any{"name": "turnover", "label": "Turnover", "type": "number",
			"rollup": map[string]any{"of": "tickets", "how": "sum", "property": "gross"}}).Is(http.StatusCreated)
		d.clock.Advance(2 * time.Second)
		d.Settle()
		d.has("tickets", tickets[2], "gross", "35.7")
		d.has("companies", company, "turnover", "71.4")
		d.clock.Advance(3*time.Hour - 2*time.Second)
		d.Ask("PATCH", objects+"tickets/"+tickets[0], map[string]any{"properties": map[string]any{"price": "100", "hs_pipeline_stage": "4"}}).Is(http.StatusOK)
		d.has("tickets", tickets[0], "gross", "119")
		d.has("tickets", tickets[0], "open_hours", "3")
		d.clock.Advance(2 * time.Second)
		d.Settle()
		d.has("companies", company, "turnover", "178.5")
		if got := d.found("tickets", "gross", "GTE", "119"); !slices.Equal(got, tickets[:1]) {
			t.Errorf("found %v", got)
		}
		if got := d.found("companies", "turnover", "EQ", "178.5"); !slices.Equal(got, []string{company}) {
			t.Errorf("found %v", got)
		}
		if says := d.refused(tickets[0], "gross", "1"); !strings.Contains(says, "READ_ONLY_VALUE") {
			t.Errorf("by hand: %s", says)
		}
		d.Ask("PATCH", definitions+"tickets/gross", map[string]any{"calculationFormula": "price * 2"}).Is(http.StatusOK)
		d.Settle()
		d.clock.Advance(2 * time.Second)
		d.Settle()
		d.has("tickets", tickets[1], "gross", "40")
		d.has("companies", company, "turnover", "300")
	})
}
