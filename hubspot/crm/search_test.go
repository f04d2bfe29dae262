package crm_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
)

// filters is the body of a search: one group for each list of filters.
func filters(groups ...[]any) map[string]any {
	var all []any
	for _, g := range groups {
		all = append(all, map[string]any{"filters": g})
	}
	return map[string]any{"filterGroups": all}
}

func where(property, operator string, rest ...any) map[string]any {
	f := map[string]any{"propertyName": property, "operator": operator}
	for i := 0; i < len(rest); i += 2 {
		f[rest[i].(string)] = rest[i+1]
	}
	return f
}

// found are the first names that a search for contacts finds, in the order of names.
func found(t *testing.T, app *gatetest.Client, body map[string]any) string {
	t.Helper()
	var p page
	app.Post(objects+"contacts/search", body).Is(http.StatusOK).Into(&p)
	var out []string
	for _, o := range p.Results {
		out = append(out, *o.Properties["firstname"])
	}
	if p.Total == nil || int(*p.Total) != len(out) {
		t.Errorf("%v: total %v of %q", body, p.Total, out)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestSearchOperators(t *testing.T) { // API-5
	each(t, func(t *testing.T, app *gatetest.Client) {
		for i, c := range []map[string]any{
			{"firstname": "Ann", "lastname": "Berg", "city": "Oslo", "email": "ann@example.org", "hs_analytics_num_visits": nil},
			{"firstname": "Bob", "lastname": "Dam", "city": "Delft", "email": "bob@example.com"},
			{"firstname": "Eve", "city": "oslo east", "email": "eve@example.com"},
		} {
			delete(c, "hs_analytics_num_visits")
			c["phone"] = fmt.Sprintf("+4722000%03d", i)
			add(t, app, "contacts", c)
		}
		for name, c := range map[string]struct {
			body map[string]any
			want string
		}{
			"all":              {map[string]any{}, "Ann Bob Eve"},
			"empty groups":     {filters([]any{}), "Ann Bob Eve"},
			"EQ":               {filters([]any{where("lastname", "EQ", "value", "berg")}), "Ann"},
			"NEQ":              {filters([]any{where("lastname", "NEQ", "value", "Berg")}), "Bob Eve"},
			"IN":               {filters([]any{where("city", "IN", "values", []string{"oslo", "delft"})}), "Ann Bob"},
			"NOT_IN":           {filters([]any{where("city", "NOT_IN", "values", []string{"oslo", "delft"})}), "Eve"},
			"HAS_PROPERTY":     {filters([]any{where("lastname", "HAS_PROPERTY")}), "Ann Bob"},
			"NOT_HAS_PROPERTY": {filters([]any{where("lastname", "NOT_HAS_PROPERTY")}), "Eve"},
			"CONTAINS_TOKEN":   {filters([]any{where("email", "CONTAINS_TOKEN", "value", "*@example.com")}), "Bob Eve"},
			"words":            {filters([]any{where("city", "CONTAINS_TOKEN", "value", "east OSLO")}), "Eve"},
			"NOT_CONTAINS":     {filters([]any{where("city", "NOT_CONTAINS_TOKEN", "value", "oslo")}), "Bob"},
			"GTE":              {filters([]any{where("lastname", "GTE", "value", "C")}), "Bob"},
			"LT":               {filters([]any{where("lastname", "LT", "value", "C")}), "Ann"},
			"BETWEEN":          {filters([]any{where("createdate", "BETWEEN", "value", 0, "highValue", 4102444800000)}), "Ann Bob Eve"},
			"ISO":              {filters([]any{where("createdate", "LT", "value", "2020-01-01T00:00:00Z")}), ""},
			"and":              {filters([]any{where("city", "CONTAINS_TOKEN", "value", "oslo"), where("lastname", "HAS_PROPERTY")}), "Ann"},
			"or":               {filters([]any{where("firstname", "EQ", "value", "Ann")}, []any{where("firstname", "EQ", "value", "Bob")}), "Ann Bob"},
			"query":            {map[string]any{"query": "example.com"}, "Bob Eve"},
		} {
			body := c.body
			if body["properties"] = []string{"firstname"}; body["query"] == nil {
				body["limit"] = 200
			}
			if got := found(t, app, body); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
	})
}

func TestSearchByAssociation(t *testing.T) { // API-5, REC-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		ann, bob := add(t, app, "contacts", map[string]any{"email": "ann@example.org"}), add(t, app, "contacts", map[string]any{"email": "bob@example.org"})
		for _, c := range []object{ann, ann, bob} {
			app.Post(objects+"tickets", map[string]any{"properties": map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"}, "associations": []any{
				map[string]any{"to": map[string]any{"id": c.ID}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 16}}}}}).Is(http.StatusCreated)
		}
		add(t, app, "tickets", map[string]any{"subject": "Kettle", "hs_pipeline_stage": "1"})
		for name, c := range map[string]struct {
			filter map[string]any
			want   int64
		}{
			"by id": {where("associations.contact", "EQ", "value", ann.ID), 2}, "several": {where("associations.contacts", "IN", "values", []string{ann.ID, bob.ID}), 3},
			"any": {where("associations.contact", "HAS_PROPERTY"), 3}, "none": {where("associations.contact", "NOT_HAS_PROPERTY"), 1},
			"nobody": {where("associations.contact", "EQ", "value", "4711"), 0},
		} {
			var p page
			app.Post(objects+"tickets/search", filters([]any{c.filter})).Is(http.StatusOK).Into(&p)
			if *p.Total != c.want {
				t.Errorf("%s: %d, want %d", name, *p.Total, c.want)
			}
		}
	})
}

// Pages go on past 10,000 on a live desk; here past the first, in every order, and each record comes once.
func TestSearchPages(t *testing.T) { // API-5
	each(t, func(t *testing.T, app *gatetest.Client) {
		var all []any
		for i := range 25 {
			all = append(all, map[string]any{"properties": map[string]any{"subject": fmt.Sprintf("Lamp %02d", i%7), "hs_pipeline_stage": "1"}})
		}
		app.Post(objects+"tickets/batch/create", map[string]any{"inputs": all}).Is(http.StatusCreated)
		for _, sort := range []any{nil, "subject", "-subject", map[string]any{"propertyName": "subject", "direction": "DESCENDING"}, "createdate"} {
			seen, subjects, after := map[string]bool{}, []string{}, ""
			for range 10 {
				body := map[string]any{"limit": 4, "properties": []string{"subject"}}
				if sort != nil {
					body["sorts"] = []any{sort}
				}
				if after != "" {
					body["after"] = after
				}
				var p page
				app.Post(objects+"tickets/search", body).Is(http.StatusOK).Into(&p)
				if *p.Total != 25 {
					t.Fatalf("%v: total %d", sort, *p.Total)
				}
				for _, o := range p.Results {
					seen[o.ID], subjects = true, append(subjects, *o.Properties["subject"])
				}
				if p.Paging == nil {
					break
				}
				after = p.Paging.Next.After
			}
			if len(seen) != 25 || len(subjects) != 25 {
				t.Errorf("%v: %d different of %d", sort, len(seen), len(subjects))
			}
			if text := fmt.Sprint(sort); strings.Contains(text, "subject") {
				want := slices.Sorted(slices.Values(subjects))
				if text != "subject" {
					slices.Reverse(want)
				}
				if !slices.Equal(subjects, want) {
					t.Errorf("%v: %q", sort, subjects)
				}
			}
		}
	})
}

func TestArchivedAreNeverFound(t *testing.T) { // REC-5, API-5
	each(t, func(t *testing.T, app *gatetest.Client) {
		gone := add(t, app, "tickets", map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"})
		app.Delete(objects + "tickets/" + gone.ID).Is(http.StatusNoContent)
		var p page
		app.Post(objects+"tickets/search", map[string]any{"query": "lamp"}).Is(http.StatusOK).Into(&p)
		if *p.Total != 0 || len(p.Results) != 0 || p.Results == nil || p.Paging != nil {
			t.Errorf("%+v", p)
		}
	})
}

func TestWritesThatAreRefused(t *testing.T) { // API-4
	each(t, func(t *testing.T, app *gatetest.Client) {
		ann := add(t, app, "contacts", map[string]any{"email": "ann@example.org"})
		for name, c := range map[string]struct{ method, path, body, words string }{
			"no properties":        {"POST", "contacts", `{}`, "required fields were not set: [properties]"},
			"null properties":      {"POST", "contacts", `{"properties":null}`, "required fields were not set: [properties]"},
			"nothing to change":    {"PATCH", "contacts/" + ann.ID, `{}`, "required fields were not set: [properties]"},
			"no association type":  {"POST", "tickets", `{"properties":{},"associations":[{"to":{"id":"1"}}]}`, "required fields were not set: [types]"},
			"nobody to relate":     {"POST", "tickets", `{"properties":{},"associations":[{"to":{},"types":[{"associationTypeId":16}]}]}`, "numeric id"},
			"several bad ones":     {"PATCH", "contacts/" + ann.ID, `{"properties":{"email":"x","shoe_size":1,"createdate":1}}`, `\"name\":\"shoe_size\"`},
			"of them read only":    {"PATCH", "contacts/" + ann.ID, `{"properties":{"email":"x","shoe_size":1,"createdate":1}}`, "READ_ONLY_VALUE"},
			"of them no address":   {"PATCH", "contacts/" + ann.ID, `{"properties":{"email":"x","shoe_size":1,"createdate":1}}`, "INVALID_EMAIL"},
			"required, named":      {"POST", "tickets", `{"properties":{"content":"x"}}`, `"properties":["subject","hs_pipeline_stage"]`},
			"batch without id":     {"POST", "contacts/batch/update", `{"inputs":[{"properties":{}}]}`, "required fields were not set: [id]"},
			"batch without inputs": {"POST", "contacts/batch/archive", `{"inputs":null}`, "required fields were not set: [inputs]"},
			"flag":                 {"GET", "contacts?archived=maybe", "", "archived must be true or false"},
			"flag of one":          {"GET", "contacts/" + ann.ID + "?archived=maybe", "", "archived must be true or false"},
			"flag of a batch":      {"POST", "contacts/batch/read?archived=2", `{"inputs":[]}`, "archived must be true or false"},
			"related to what":      {"GET", "contacts/" + ann.ID + "?associations=spaceships", "", "Unable to infer object type from: spaceships"},
			"type of a batch":      {"POST", "spaceships/batch/read", `{"inputs":[]}`, "Unable to infer object type from: spaceships"},
			"alternatives":         {"POST", "contacts/search", `{"filterGroups":[{},{},{},{},{},{},{},{},{},{},{}]}`, "at most 10 filter groups"},
			"type of batch writes": {"POST", "spaceships/batch/create", `{"inputs":[]}`, "Unable to infer object type from: spaceships"},
		} {
			var body any
			if c.body != "" {
				body = c.body
			}
			got := app.Do(c.method, objects+c.path, body)
			var said gate.Body
			got.Is(http.StatusBadRequest).Into(&said)
			if said.Category != "VALIDATION_ERROR" || said.Status != "error" || said.CorrelationID == "" || !strings.Contains(string(got.Body), c.words) ||
				got.Header.Get("Content-Type") != "application/json;charset=utf-8" {
				t.Errorf("%s: %s", name, got.Body)
			}
		}
	})
}

// What was written is shown, besides what is usual.
func TestWritesShowWhatWasWritten(t *testing.T) { // API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		var made struct {
			object
			ObjectWriteTraceID string
		}
		app.Post(objects+"contacts", `{"properties":{"email":"ann@example.org","city":"Oslo"},"objectWriteTraceId":"one"}`).Is(http.StatusCreated).Into(&made)
		if *made.Properties["city"] != "Oslo" || made.Properties["lastname"] != nil || made.ObjectWriteTraceID != "one" {
			t.Errorf("%+v", made)
		}
		app.Patch(objects+"contacts/"+made.ID, `{"properties":{"zip":"0150"},"objectWriteTraceId":"two"}`).Is(http.StatusOK).Into(&made)
		if *made.Properties["zip"] != "0150" || made.ObjectWriteTraceID != "two" {
			t.Errorf("%+v", made)
		}
		var some object
		app.Patch(objects+"contacts/"+made.ID+"?properties=city", `{"properties":{"zip":"0151"}}`).Is(http.StatusOK).Into(&some)
		if *some.Properties["city"] != "Oslo" || len(some.Properties) != 4 {
			t.Errorf("%q", names(some))
		}
		app.Delete(objects + "contacts/" + made.ID).Is(http.StatusNoContent)
		app.Delete(objects + "contacts/nobody").Is(http.StatusNoContent)
	})
}
