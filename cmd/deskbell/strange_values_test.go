package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// modelled are properties of each type, and what becomes of a value that is written: its one form, and whether it is taken. A nil one
// has rules too many to say twice.
var modelled = []struct {
	name, kind, field string
	options           []string
	becomes           func(raw string) (string, bool)
}{
	{"f_text", "string", "text", nil, becomesText}, {"f_area", "string", "textarea", nil, becomesText}, {"f_number", "number", "number", nil, becomesNumber},
	{"f_date", "date", "date", nil, func(raw string) (string, bool) { return becomesInstant(raw, "2006-01-02") }},
	{"f_time", "datetime", "date", nil, func(raw string) (string, bool) { return becomesInstant(raw, "2006-01-02T15:04:05.000Z") }},
	{"f_bool", "bool", "booleancheckbox", []string{"true", "false"}, becomesBool},
	{"f_choice", "enumeration", "select", someOptions, func(raw string) (string, bool) { return option(raw) }},
	{"f_many", "enumeration", "checkbox", someOptions, becomesOptions},
	{"f_html", "string", "html", nil, nil}, {"f_phone", "phone_number", "phonenumber", nil, nil}, {"email", "", "", nil, nil}, {"lastname", "", "", nil, becomesText},
	{"hs_object_id", "", "", nil, func(string) (string, bool) { return "", false }}, {"nowhere", "", "", nil, func(string) (string, bool) { return "", false }},
}

var someOptions = []string{"Red", "green", "Blue green"}

func becomesText(raw string) (string, bool) {
	return strings.ReplaceAll(raw, "\x00", ""), len(raw) <= 65536
}

func becomesNumber(raw string) (string, bool) {
	raw = strings.TrimSpace(raw)
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return fmt.Sprint(n), true
	}
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(raw, "_xX") {
		return "", false
	}
	text := strconv.FormatFloat(n+0, 'f', -1, 64)
	return text, len(text) <= 40
}

func becomesInstant(raw, form string) (string, bool) {
	raw = strings.TrimSpace(raw)
	at := time.Time{}
	if ms, err := strconv.ParseInt(raw, 10, 64); err == nil {
		at = time.UnixMilli(ms)
	} else {
		for _, layout := range []string{time.RFC3339, "2006-01-02", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05"} {
			if at, err = time.Parse(layout, raw); err == nil {
				break
			}
		}
		if err != nil {
			return "", false
		}
	}
	at = at.UTC().Truncate(time.Millisecond)
	return at.Format(form), at.Year() > 0 && at.Year() < 10_000
}

func becomesBool(raw string) (string, bool) {
	raw = strings.ToLower(strings.TrimSpace(raw))
	if slices.Contains([]string{"true", "yes", "1"}, raw) {
		return "true", true
	}
	return "false", slices.Contains([]string{"false", "no", "0"}, raw)
}

func option(raw string) (string, bool) {
	i := slices.IndexFunc(someOptions, func(o string) bool { return strings.EqualFold(o, strings.TrimSpace(raw)) })
	if i < 0 {
		return "", false
	}
	return someOptions[i], true
}

func becomesOptions(raw string) (string, bool) {
	chosen := map[string]bool{}
	for part := range strings.SplitSeq(raw, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		o, ok := option(part)
		if !ok {
			return "", false
		}
		chosen[o] = true
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(someOptions), func(o string) bool { return !chosen[o] }), ";"), true
}

// written is a desk with two contacts, and what is known of them.
type written struct {
	*desk
	ids   []string
	known map[string]map[string]string // by id and property, what has a value
	names []string
}

func newWritten(f *testing.F) *written {
	w := &written{desk: strangers(f), known: map[string]map[string]string{}}
	for _, p := range modelled {
		w.names = append(w.names, p.name)
		if p.kind == "" {
			continue
		}
		body := map[string]any{"name": p.name, "label": p.name, "type": p.kind, "fieldType": p.field, "groupName": "contactinformation"}
		options := []any{}
		for i, o := range p.options {
			options = append(options, map[string]any{"value": o, "label": o, "displayOrder": i})
		}
		body["options"] = options
		w.Ask("POST", "/crm/v3/properties/contacts", body).Is(http.StatusCreated)
	}
	for range 2 {
		n := w.add("contacts", map[string]any{"f_text": "as it was", "f_number": "7"})
		w.ids = append(w.ids, n)
		w.known[n] = map[string]string{"f_text": "as it was", "f_number": "7", "hs_object_id": n}
	}
	return w
}

// asStored are the values that a record has by one of the roads.
func (w *written) asStored(t *testing.T, road, n string) map[string]string {
	t.Helper()
	var raw []byte
	one := func(at string) map[string]any {
		var out map[string]any
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s of %s: %v in %s", road, n, err, raw)
		}
		if at == "" {
			return out
		}
		list, _ := out[at].([]any)
		if len(list) != 1 {
			t.Fatalf("%s of %s: %s", road, n, raw)
		}
		return list[0].(map[string]any)
	}
	var got map[string]any
	switch road {
	case "read":
		_, raw = w.strange(t, "GET", objects+"contacts/"+n, "properties="+strings.Join(w.names, ","), "", "")
		got = one("")
	case "batch read":
		_, raw = w.strange(t, "POST", objects+"contacts/batch/read", "", "", jsonOf(map[string]any{"properties": w.names, "inputs": []any{map[string]any{"id": n}}}))
		got = one("results")
	case "search":
		_, raw = w.strange(t, "POST", objects+"contacts/search", "", "", jsonOf(map[string]any{"properties": w.names,
			"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "hs_object_id", "operator": "EQ", "value": n}}}}}))
		got = one("results")
	}
	out := map[string]string{}
	props, _ := got["properties"].(map[string]any)
	for name, v := range props {
		if text, _ := v.(string); text != "" && slices.Contains(w.names, name) {
			out[name] = text
		}
	}
	return out
}

func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// throughJSON is what is left of a text in JSON, which has no bytes that are no letters.
func throughJSON(text string) string {
	return string([]rune(text))
}

// FuzzHubSpotWritten writes any value to a property of any type: it is refused and nothing changes, or every road reads it back in its
// one form, and no other record has changed.
func FuzzHubSpotWritten(f *testing.F) { // API-4, PROP-1
	for n := range modelled {
		for _, raw := range []string{"", " ", "x", "-0.50", "1e3", "9223372036854775808", "0x10", "1_000", "2026-02-30", "2026-03-01T23:30:00-05:00", "1767225600123", "-99999999999999",
			"TRUE", "no", "blue GREEN", ";red;;Green ;red", "a\x00b\xff", "<b onclick=x>hi</b>", "+31 20 555 0123", "Ann@Example.ORG", "c1@example.org", strings.Repeat("é", 40000), "Infinity", "\u0130"} {
			f.Add(uint8(n), raw, uint8(n))
		}
	}
	w := newWritten(f)
	f.Fuzz(func(t *testing.T, property uint8, raw string, how uint8) {
		p := modelled[int(property)%len(modelled)]
		sent := throughJSON(raw)
		n := w.ids[0]
		change := map[string]any{"properties": map[string]any{p.name: raw}}
		batch := map[string]any{"inputs": []any{map[string]any{"id": n, "properties": map[string]any{p.name: raw}}}}
		method, path, body := "PATCH", objects+"contacts/"+n, any(change)
		switch how % 4 {
		case 1:
			method, path, body = "POST", objects+"contacts/batch/update", batch
		case 2:
			path = "/crm/objects/2026-03/0-1/" + n
		case 3: // a record of its own
			method, path = "POST", objects+"contacts"
		}
		status, answer := w.strange(t, method, path, "", "", jsonOf(body))
		want, taken := "", status < 300
		if !taken && status != http.StatusBadRequest && status != http.StatusConflict {
			t.Errorf("%s %s %q: %d %s", method, p.name, raw, status, answer)
		}
		if how%4 == 3 && taken {
			var made struct{ ID string }
			if err := json.Unmarshal(answer, &made); err != nil {
				t.Fatal(err)
			}
			n = made.ID
			w.known[n] = map[string]string{"hs_object_id": n}
			defer func() {
				w.strange(t, "DELETE", objects+"contacts/"+n, "", "", "")
				delete(w.known, n)
			}()
		}
		if p.becomes != nil {
			var ok bool
			if want, ok = p.becomes(sent); sent == "" {
				want, ok = "", p.name != "nowhere" && p.name != "hs_object_id"
			}
			if ok != taken {
				t.Errorf("%s %s %q: %d %s, want it taken: %v", method, p.name, raw, status, answer, ok)
			}
		} else if taken {
			want = w.asStored(t, "read", n)[p.name]
		}
		if taken {
			w.known[n][p.name] = want
			if want == "" {
				delete(w.known[n], p.name)
			}
		}
		for _, road := range []string{"read", "batch read", "search"} {
			for of, values := range w.known {
				if got := w.asStored(t, road, of); !maps.Equal(got, values) {
					t.Fatalf("%s %s %q, %s of %s: %q, want %q", method, p.name, raw, road, of, got, values)
				}
			}
		}
		w.again(t, n, p.name, want, taken)
	})
}

// again writes a stored value once more, which changes nothing, and finds the record by it.
func (w *written) again(t *testing.T, n, name, stored string, taken bool) {
	t.Helper()
	if !taken || stored == "" {
		return
	}
	status, answer := w.strange(t, "PATCH", objects+"contacts/"+n, "", "", jsonOf(map[string]any{"properties": map[string]any{name: stored}}))
	if got := w.asStored(t, "read", n)[name]; status != http.StatusOK || got != stored {
		t.Errorf("%s, which was %q, written again: %d %s", name, stored, status, answer)
	}
	body := map[string]any{"limit": 200, "filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": name, "operator": "EQ", "value": stored}}}}}
	if status, answer = w.strange(t, "POST", objects+"contacts/search", "", "", jsonOf(body)); status == http.StatusOK && !strings.Contains(string(answer), `"id":"`+n+`"`) {
		t.Errorf("%s EQ %q does not find %s: %s", name, stored, n, answer)
	}
}

// What a search of FuzzHubSpotFilters is made of.
var (
	soughtIn = map[string][]string{
		"tickets":  {"subject", "content", "hs_ticket_priority", "hs_ticket_category", "createdate", "hs_pipeline_stage", "hs_object_id", "hubspot_owner_id", "closed_date"},
		"contacts": {"email", "lastname", "firstname", "city", "createdate", "hs_object_id", "num_associated_tickets"},
		"deals":    {"dealname", "amount", "closedate", "dealstage", "pipeline", "hs_object_id", "hs_lastmodifieddate"},
	}
	sought = []string{"", "Lamp 1", "lamp", "broken*", "*en", "LOW", "urgent", "PRODUCT_ISSUE;BILLING_ISSUE", "2026-01-01", "1767225600000", "10", "9.5", "-3", "bell", "1", "50%", "a_b", `\`,
		"c1@example.org", "contractsent"}
	operators = []string{"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}
)

// searchOf makes a search of whatever bytes there are.
func searchOf(choices []byte, value string) record.Query {
	pick := func(list ...string) string {
		if len(choices) == 0 {
			return list[0]
		}
		n := int(choices[0])
		choices = choices[1:]
		return list[n%len(list)]
	}
	q := record.Query{ObjectType: pick("tickets", "contacts", "deals"), CountTotal: true, Limit: len(pick("1", "12", "123", "1234567890"))}
	names := append([]string{value}, soughtIn[q.ObjectType]...)
	if name := pick(append([]string{""}, names...)...); name != "" {
		q.Sorts = []record.Sort{{Property: name, Desc: pick("", "-") == "-"}}
	}
	q.Text = pick("", "", "lamp", "bro 1", value)
	values := append([]string{value}, sought...)
	for range len(pick("", "1", "12", "123")) {
		group := filter.Group{Filters: []filter.Filter{}}
		for range len(pick("", "1", "12", "123")) {
			group.Filters = append(group.Filters, filter.Filter{PropertyName: pick(names...), Operator: pick(operators...), Value: pick(values...), HighValue: pick(values...),
				Values: []string{pick(values...), pick(values...)}})
		}
		q.Groups = append(q.Groups, group)
	}
	return q
}

// FuzzHubSpotFilters asks for records by several filters in several groups, sorted, page after page: the columns in memory find what the
// database finds, in its order.
func FuzzHubSpotFilters(f *testing.F) { // API-5
	for n := range 40 {
		choices := make([]byte, 24)
		for i := range choices {
			choices[i] = byte((n + 1) * (i + 3) * 29 / 7)
		}
		f.Add(choices, sought[n%len(sought)])
	}
	d := strangers(f)
	f.Fuzz(func(t *testing.T, choices []byte, value string) {
		q := searchOf(choices, throughJSON(value))
		body := map[string]any{"limit": q.Limit, "query": q.Text}
		var groups []any
		for _, g := range q.Groups {
			groups = append(groups, map[string]any{"filters": g.Filters})
		}
		if groups != nil {
			body["filterGroups"] = groups
		}
		for _, s := range q.Sorts {
			body["sorts"] = []any{map[string]any{"propertyName": s.Property, "direction": map[bool]string{true: "DESCENDING"}[s.Desc]}}
		}
		for range 4 {
			status, raw := d.strange(t, "POST", objects+q.ObjectType+"/search", "", "", jsonOf(body))
			if status != http.StatusOK {
				return
			}
			var got struct {
				Total   int64
				Results []struct{ ID string }
				Paging  struct{ Next struct{ After string } }
			}
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			var page record.Page
			if err := d.db.Write(t.Context(), func(tx *db.Tx) (err error) { // who writes asks the database
				page, err = d.records.Search(tx, people.System, q)
				return err
			}); err != nil {
				t.Fatalf("%s: answered, but %v", jsonOf(body), err)
			}
			if !slices.EqualFunc(got.Results, page.Records, func(r struct{ ID string }, want record.Record) bool { return r.ID == id.Format(want.ID) }) || got.Total != page.Total {
				t.Fatalf("%s %s: %s, want %d of %d", q.ObjectType, jsonOf(body), raw, len(page.Records), page.Total)
			}
			if q.After = page.Next; q.After == "" {
				return
			}
			body["after"] = got.Paging.Next.After
		}
	})
}

// FuzzHubSpotNamed reads and changes records by any name in the path: it is the record that has this name, or none.
func FuzzHubSpotNamed(f *testing.F) { // API-4
	d := strangers(f)
	n := d.add("contacts", map[string]any{"email": "named@example.org", "city": "Gent"})
	for _, name := range []string{n, "0" + n, " " + n, n + ".0", "-1", "0", "9223372036854775808", "named@example.org", "Named@Example.ORG ", "c1@example.org", "%", "..", "batch", "search", "a\x00b", "٣"} {
		for _, property := range []string{"", "email", "hs_object_id", "city", "nowhere"} {
			f.Add(name, property)
		}
	}
	f.Fuzz(func(t *testing.T, name, property string) {
		if name = throughJSON(name); strings.Contains(name, "/") || slices.Contains([]string{"", ".", "..", "search", "merge", "batch"}, name) {
			return
		}
		query := ""
		if property != "" {
			query = url.Values{"idProperty": {property}}.Encode()
		}
		is := func(way string, status int, raw []byte) {
			var got struct {
				ID         string
				Properties struct{ Email string }
			}
			if status != http.StatusOK {
				return
			}
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			has := got.ID
			if property == "email" {
				has = got.Properties.Email
			}
			if number, err := strconv.ParseInt(name, 10, 64); !strings.EqualFold(has, strings.TrimSpace(name)) && (err != nil || id.Format(number) != has) {
				t.Errorf("%s by %s %q: %s", way, property, name, raw)
			}
		}
		status, raw := d.strange(t, "GET", objects+"contacts/"+name, query, "", "")
		is("read", status, raw)
		changed, raw := d.strange(t, "PATCH", objects+"contacts/"+name, query, "", `{"properties":{"city":"Brno"}}`)
		is("changed", changed, raw)
		if status != changed && (status == http.StatusOK || changed == http.StatusOK) {
			t.Errorf("%s %q: read %d, changed %d", property, name, status, changed)
		}
	})
}
