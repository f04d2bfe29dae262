package crm_test

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/crm"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// each asks as an app on both databases.
func each(t *testing.T, story func(t *testing.T, app *gatetest.Client)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.Default())
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		staff, props := people.New(d), property.New(d)
		pipes := pipeline.New(d, props)
		records := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, staff)})
		tickets := ticket.New(records, pipes)
		if err := bus.Install(tickets.PrimaryContact(), tickets.Trashed(), feed.Reactor(props)); err != nil {
			t.Fatal(err)
		}
		story(t, gatetest.Start(t, d, staff, func(g *gate.Gate) { crm.Routes(g, d, records, props) }).App())
	})
}

const objects = "/crm/v3/objects/"

type object struct {
	ID         string             `json:"id"`
	Properties map[string]*string `json:"properties"`
	Archived   bool               `json:"archived"`
	ArchivedAt string             `json:"archivedAt"`
}

type page struct {
	Total   *int64   `json:"total"`
	Results []object `json:"results"`
	Paging  *struct {
		Next struct{ After, Link string } `json:"next"`
	} `json:"paging"`
}

func add(t *testing.T, app *gatetest.Client, kind string, props map[string]any) (o object) {
	t.Helper()
	app.Post(objects+kind, map[string]any{"properties": props}).Is(http.StatusCreated).Into(&o)
	return o
}

func names(o object) []string {
	var out []string
	for n := range o.Properties {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func TestWhichPropertiesAreReturned(t *testing.T) { // API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		made := add(t, app, "tickets", map[string]any{"subject": "Lamp", "hs_pipeline": 0, "hs_pipeline_stage": 1})
		ever := []string{"createdate", "hs_lastmodifieddate", "hs_object_id"}
		usual := append([]string{"content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category", "hs_ticket_priority", "subject"}, ever...)
		for query, want := range map[string][]string{
			"":                                   usual,
			"?properties=subject":                append([]string{"subject"}, ever...),
			"?properties=subject,closed_date":    append([]string{"subject", "closed_date"}, ever...),
			"?properties=subject&properties=x,y": append([]string{"subject"}, ever...),
			"?properties=nonsense":               ever,
		} {
			var got object
			app.Get(objects + "tickets/" + made.ID + query).Is(http.StatusOK).Into(&got)
			want = slices.Sorted(slices.Values(want))
			if !slices.Equal(names(got), want) || *got.Properties["hs_object_id"] != made.ID {
				t.Errorf("%s: %q, want %q", query, names(got), want)
			}
		}
	})
}

// The link to the next page asks for the same, further on.
func TestNextPageLinkKeepsTheQuestion(t *testing.T) { // API-5
	each(t, func(t *testing.T, app *gatetest.Client) {
		for range 5 {
			add(t, app, "tickets", map[string]any{"subject": "Lamp & <kettle>", "hs_pipeline_stage": "1"})
		}
		at, seen := objects+"tickets?limit=2&properties=subject&properties=hs_pipeline", map[string]bool{}
		for range 5 {
			var p page
			app.Get(at).Is(http.StatusOK).Into(&p)
			for _, o := range p.Results {
				seen[o.ID] = true
				if o.Properties["hs_pipeline"] == nil || o.Properties["hs_ticket_priority"] != nil {
					t.Errorf("%s shows %q", at, names(o))
				}
			}
			if p.Paging == nil {
				break
			}
			next, err := url.Parse(p.Paging.Next.Link)
			if err != nil || next.Query().Get("after") != p.Paging.Next.After || next.Query().Get("limit") != "2" {
				t.Fatalf("%q: %v", p.Paging.Next.Link, err)
			}
			at = p.Paging.Next.Link
		}
		if len(seen) != 5 {
			t.Errorf("%d different tickets, want 5", len(seen))
		}
	})
}

func TestArchivedAreListedOnlyWhenAsked(t *testing.T) { // REC-5, API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		keep := add(t, app, "contacts", map[string]any{"email": "ann@example.org"})
		gone := add(t, app, "contacts", map[string]any{"email": "bob@example.org"})
		app.Delete(objects + "contacts/" + gone.ID).Is(http.StatusNoContent)
		app.Delete(objects + "contacts/" + gone.ID).Is(http.StatusNoContent)
		for _, c := range []struct{ query, want string }{{"", keep.ID}, {"?archived=false", keep.ID}, {"?archived=true", gone.ID}} {
			var p page
			app.Get(objects + "contacts" + c.query).Is(http.StatusOK).Into(&p)
			if len(p.Results) != 1 || p.Results[0].ID != c.want || p.Results[0].Archived != (c.want == gone.ID) || (p.Results[0].ArchivedAt != "") != p.Results[0].Archived {
				t.Errorf("%s: %+v", c.query, p.Results)
			}
		}
		app.Get(objects + "contacts/" + gone.ID).Is(http.StatusNotFound)
		app.Patch(objects+"contacts/"+gone.ID, `{"properties":{"firstname":"Bob"}}`).Is(http.StatusNotFound)
	})
}

func TestByUniqueProperty(t *testing.T) { // API-6, REC-6
	each(t, func(t *testing.T, app *gatetest.Client) {
		ann := add(t, app, "contacts", map[string]any{"email": "ann@example.org"})
		var got object
		app.Patch(objects+"contacts/ANN@example.org?idProperty=email", `{"properties":{"firstname":"Ann"}}`).Is(http.StatusOK).Into(&got)
		if got.ID != ann.ID || *got.Properties["firstname"] != "Ann" {
			t.Errorf("%+v", got)
		}
		app.Get(objects + "contacts/" + ann.ID + "?idProperty=hs_object_id").Is(http.StatusOK)
		app.Get(objects + "contacts/bob@example.org?idProperty=email").Is(http.StatusNotFound)
		for _, bad := range []string{"firstname", "nonsense"} {
			if got := app.Get(objects + "contacts/Ann?idProperty=" + bad); got.Status != http.StatusBadRequest {
				t.Errorf("by %s: %d %s", bad, got.Status, got.Body)
			}
		}
		app.Patch(objects+"contacts/"+ann.ID, `{"properties":{"firstname":null}}`).Is(http.StatusOK).Into(&got)
		if got.Properties["firstname"] != nil {
			t.Errorf("null must clear: %q", *got.Properties["firstname"])
		}
	})
}

// What HubSpot calls by two names is read, searched and sorted by either, under the name that was asked for.
func TestSecondNamesOfProperties(t *testing.T) { // PROP-3, API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		made := add(t, app, "tickets", map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"})
		for asked, own := range map[string]string{"hs_createdate": "createdate", "hs_helpdesk_sort_timestamp": "desk_active_at", "hs_v2_date_entered_1": "hs_date_entered_1"} {
			var got object
			app.Get(objects + "tickets/" + made.ID + "?properties=" + asked + "," + own).Is(http.StatusOK).Into(&got)
			if got.Properties[asked] == nil || got.Properties[own] == nil || *got.Properties[asked] != *got.Properties[own] {
				t.Errorf("%s: %v, want what %s is, %v", asked, got.Properties[asked], own, got.Properties[own])
				continue
			}
			var p page
			app.Post(objects+"tickets/search", map[string]any{"properties": []string{asked}, "sorts": []string{"-" + asked},
				"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": asked, "operator": "EQ", "value": *got.Properties[own]}}}}}).
				Is(http.StatusOK).Into(&p)
			if len(p.Results) != 1 || p.Results[0].Properties[asked] == nil || p.Results[0].Properties[own] != nil && asked != "hs_createdate" {
				t.Errorf("searched by %s: %+v", asked, p.Results)
			}
			app.Patch(objects+"tickets/"+made.ID, map[string]any{"properties": map[string]any{asked: "2020-01-01"}}).Is(http.StatusBadRequest)
		}
		var got object
		app.Get(objects + "tickets/" + made.ID + "?properties=hs_v2_date_entered_,hs_v2_date_entered_9,notes_last_contacted").Is(http.StatusOK).Into(&got)
		if v, ok := got.Properties["hs_v2_date_entered_"]; ok {
			t.Errorf("a beginning of names is none: %v", v)
		}
		if v, ok := got.Properties["notes_last_contacted"]; !ok || v != nil {
			t.Errorf("without a value it is null: %v %v", v, ok)
		}
	})
}

func TestTicketsAreMadeWithTheirAssociations(t *testing.T) { // REC-1, API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		ann := add(t, app, "contacts", map[string]any{"email": "ann@example.org"})
		body := func(to any, kind any) map[string]any {
			return map[string]any{"properties": map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"}, "associations": []any{
				map[string]any{"to": map[string]any{"id": to}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}}}}}
		}
		app.Post(objects+"tickets", body(ann.ID, 16)).Is(http.StatusCreated)
		for name, b := range map[string]any{"another type's": body(ann.ID, 339), "no such type": body(ann.ID, 4711), "no id": body("", 16), "no number": body("ann", 16), "nobody": body("12345", 16)} {
			if got := app.Post(objects+"tickets", b); got.Status != http.StatusBadRequest && got.Status != http.StatusNotFound {
				t.Errorf("%s: %d %s", name, got.Status, got.Body)
			}
		}
		var found page
		app.Post(objects+"tickets/search", `{}`).Is(http.StatusOK).Into(&found)
		if found.Total == nil || *found.Total != 1 {
			t.Errorf("refused tickets were kept: %+v", found)
		}
	})
}

func TestSearchNamesWhatIsWrong(t *testing.T) { // API-4, API-5
	each(t, func(t *testing.T, app *gatetest.Client) {
		filter := func(f string) string { return `{"filterGroups":[{"filters":[` + f + `]}]}` }
		for name, body := range map[string]string{
			"two sorts":       `{"sorts":["createdate","subject"]}`,
			"unknown sort":    `{"sorts":["shoe_size"]}`,
			"limit":           `{"limit":201}`,
			"text too long":   `{"query":"` + strings.Repeat("x", 3001) + `"}`,
			"operator":        filter(`{"propertyName":"subject","operator":"LIKES","value":"x"}`),
			"no operator":     filter(`{"propertyName":"subject","value":"x"}`),
			"no value":        filter(`{"propertyName":"createdate","operator":"GT"}`),
			"half a range":    filter(`{"propertyName":"createdate","operator":"BETWEEN","value":"1"}`),
			"no list":         filter(`{"propertyName":"subject","operator":"IN"}`),
			"not a date":      filter(`{"propertyName":"createdate","operator":"GT","value":"tomorrow"}`),
			"sixteen filters": filter(strings.Repeat(`{"propertyName":"subject","operator":"EQ","value":"x"},`, 200) + `{"propertyName":"subject","operator":"EQ","value":"x"}`),
		} {
			got := app.Post(objects+"tickets/search", body)
			var said gate.Body
			if got.Is(http.StatusBadRequest).Into(&said); said.Category != "VALIDATION_ERROR" || said.Message == "" || said.CorrelationID == "" {
				t.Errorf("%s: %s", name, got.Body)
			}
		}
	})
}
