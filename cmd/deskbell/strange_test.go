package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// strange sends what nobody planned for, and fails when that breaks something.
func (d *desk) strange(t *testing.T, method, path, query, header, body string) (status int, answer []byte) {
	t.Helper()
	u := url.URL{Scheme: "http", Host: strings.TrimPrefix(d.web.URL, "http://"), Path: path, RawQuery: query}
	if !strings.HasPrefix(path, "/") {
		return 0, nil
	}
	req, err := http.NewRequest(method, u.String(), strings.NewReader(body))
	if err != nil {
		return 0, nil
	}
	if name, value, ok := strings.Cut(header, ":"); ok {
		req.Header[http.CanonicalHeaderKey(name)] = []string{value}
	}
	if req.Header.Get("Authorization") == "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	res, err := d.web.Client().Do(req)
	if err != nil {
		return 0, nil // what the client does not send
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, u.String(), err)
	}
	_ = res.Body.Close()
	if res.StatusCode >= http.StatusInternalServerError {
		t.Errorf("%s %s %s: %d %s", method, u.String(), body, res.StatusCode, raw)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") && len(raw) > 0 && !json.Valid(raw) {
		t.Errorf("%s %s: no JSON: %s", method, u.String(), raw)
	}
	return res.StatusCode, raw
}

// strangers makes a desk with some records whose values are apart and alike, and that nobody slows down.
func strangers(f *testing.F) *desk {
	d := newDesk(f, dbtest.SQLite(f), limits{Burst: 1 << 30, Search: 1 << 30, Daily: 1 << 40})
	for i := range 12 {
		d.add("contacts", map[string]any{"email": fmt.Sprintf("c%d@example.org", i), "lastname": []any{"Bell", "bell", "Łąk", ""}[i%4], "city": []any{"Delft", "50%", "a_b", `\`}[i%4]})
		t := map[string]any{"subject": fmt.Sprintf("Lamp %d", i%5), "content": []any{"", "broken; again", "İstanbul"}[i%3]}
		if i%2 == 0 {
			t["hs_ticket_priority"], t["hs_ticket_category"] = []any{"LOW", "HIGH", "URGENT"}[i%3], []any{"PRODUCT_ISSUE;BILLING_ISSUE", "BILLING_ISSUE"}[i%2]
		}
		d.add("tickets", t)
		d.add("deals", map[string]any{"dealname": fmt.Sprint("Deal ", i), "dealstage": "contractsent", "amount": []any{"10", "9.5", "-3", "1000000000000"}[i%4], "closedate": fmt.Sprintf("2026-0%d-01", 1+i%3)})
	}
	return d
}

// FuzzHubSpotAsked sends what nobody planned for to the whole program: it may be refused, and never breaks.
func FuzzHubSpotAsked(f *testing.F) { // SEC-1, API-4
	for _, path := range []string{"/crm/v3/objects/tickets", "/crm/v3/objects/contacts/search", "/crm/objects/2026-03/0-5/batch/create", "/crm/v3/objects/deals/batch/upsert",
		"/crm/v3/properties/tickets", "/crm/v3/pipelines/tickets/0/stages", "/crm/v4/associations/tickets/contacts/batch/create", "/crm/v3/owners/", "/settings/v3/users/",
		"/crm/v3/objects/contacts/gdpr-delete", "/crm/v3/objects/tickets/merge", "/conversations/v3/conversations/threads", "/crm/v3/schemas", "/oauth/v1/token", "/helpdesk/v1/tickets/search"} {
		for _, body := range []string{`{}`, `{"properties":{"subject":"x","hs_pipeline_stage":1}}`, `{"inputs":[{"id":"1","properties":{"dealname":"\u0000"}}]}`, `[`, `{"objectId":"x","idProperty":"email"}`,
			`{"filterGroups":[{"filters":[{"propertyName":"createdate","operator":"BETWEEN","value":"-9e99","highValue":null}]}],"sorts":["-x"],"after":"-1"}`} {
			for _, method := range []string{"GET", "POST", "PATCH"} {
				f.Add(method, path, "limit=9999999999&after=%00&properties=a,b", "Content-Type:application/json", body)
			}
		}
	}
	f.Add("DELETE", "/crm/v3/objects/tickets/%2e%2e", "idProperty=email", "Authorization:Bearer \x00", "")
	f.Add("PUT", "/crm/v4/objects/tickets/1/associations/contacts/2", "", "Idempotency-Key:"+strings.Repeat("k", 300), `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":-1}]`)
	d := strangers(f)
	f.Fuzz(func(t *testing.T, method, path, query, header, body string) {
		switch method {
		case "GET", "POST", "PUT", "PATCH", "DELETE":
			d.strange(t, method, path, query, header, body)
		}
	})
}

// FuzzHubSpotSearched asks for records by any filter: what comes back is what the filter in memory says of each, no more and no less, in
// the order that was asked for.
func FuzzHubSpotSearched(f *testing.F) { // API-5
	for _, c := range [][]string{
		{"tickets", "subject", "EQ", "Lamp 1", ""}, {"tickets", "content", "CONTAINS_TOKEN", "broken*", ""}, {"tickets", "hs_ticket_priority", "IN", "LOW;URGENT", ""},
		{"tickets", "hs_ticket_category", "NOT_IN", "BILLING_ISSUE", ""}, {"tickets", "hs_ticket_priority", "NOT_HAS_PROPERTY", "", ""}, {"tickets", "createdate", "GTE", "2026-01-01", ""},
		{"contacts", "lastname", "NEQ", "bell", ""}, {"contacts", "city", "EQ", "50%", ""}, {"contacts", "city", "NOT_CONTAINS_TOKEN", "a_b", ""}, {"contacts", "email", "EQ", "C1@EXAMPLE.ORG", ""},
		{"deals", "amount", "BETWEEN", "-3", "10"}, {"deals", "amount", "LT", "9.50", ""}, {"deals", "closedate", "GT", "1767225600000", ""}, {"deals", "dealname", "EQ", "deal 1", ""},
	} {
		f.Add(c[0], c[1], c[2], c[3], c[4], "createdate", true)
	}
	d := strangers(f)
	f.Fuzz(func(t *testing.T, objectType, property, operator, value, high, sort string, desc bool) {
		if !slices.Contains([]string{"tickets", "contacts", "deals"}, objectType) || strings.HasPrefix(property, "associations.") {
			return
		}
		one := map[string]any{"propertyName": property, "operator": operator, "value": value, "highValue": high, "values": strings.Split(value, ";")}
		q := filter.Filter{PropertyName: property, Operator: operator, Value: value, HighValue: high, Values: strings.Split(value, ";")}
		body, err := json.Marshal(map[string]any{"limit": 200, "filterGroups": []any{map[string]any{"filters": []any{one}}},
			"sorts": []any{map[string]any{"propertyName": sort, "direction": map[bool]string{true: "DESCENDING", false: "ASCENDING"}[desc]}}})
		if err != nil {
			return
		}
		status, raw := d.strange(t, "POST", objects+objectType+"/search", "", "", string(body))
		if status != http.StatusOK {
			return
		}
		var got struct {
			Total   int
			Results []struct{ ID string }
		}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, r := range got.Results {
			ids = append(ids, r.ID)
		}
		if want := d.matching(t, objectType, q); !slices.Equal(slices.Sorted(slices.Values(ids)), want) || got.Total != len(want) {
			t.Errorf("%s: %d %q, want %q", body, got.Total, ids, want)
		}
	})
}

// matching are the ids of records that a filter in memory lets through, as strings in their order.
func (d *desk) matching(t *testing.T, objectType string, q filter.Filter) (ids []string) {
	t.Helper()
	dbtest.See(t, d.db, func(tx *db.Tx) error {
		set, err := d.props.Set(tx, objectType)
		if err != nil {
			return err
		}
		cond, err := filter.Compile(set, []filter.Group{{Filters: []filter.Filter{q}}})
		if err != nil {
			t.Errorf("answered, but %v", err)
			return nil
		}
		var all record.Page
		if all, err = d.records.List(tx, people.System, objectType, "", 200, false); err != nil {
			return err
		}
		for _, r := range all.Records {
			if cond.Match(func(name string) string { return r.Properties[name] }, tx.Now) {
				ids = append(ids, id.Format(r.ID))
			}
		}
		return nil
	})
	slices.Sort(ids)
	return ids
}
