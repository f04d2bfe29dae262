package pipelines_test

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/pipelines"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

type desk struct {
	*gatetest.Client
	t       *testing.T
	k       *gatetest.Desk
	records *record.Store
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		cfg.Reactor = event.NewBus(slog.New(slog.DiscardHandler))
		d := dbtest.Open(t, cfg)
		staff, props := people.New(d, people.HashMemory(64)), property.New(d)
		pipes := pipeline.New(d, props)
		k := gatetest.Start(t, d, staff, func(g *gate.Gate) { pipelines.Routes(g, d, props, pipes, staff) })
		records := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, staff)})
		story(t, &desk{k.App(), t, k, records})
	})
}

// ticket makes a ticket and returns its id.
func (d *desk) ticket(pipelineID, stageID string) int64 {
	d.t.Helper()
	var made record.Record
	dbtest.Do(d.t, d.k.DB, func(tx *db.Tx) (err error) {
		made, err = d.records.Create(tx, people.System, ticket.Object, record.Input{Properties: map[string]string{"subject": "Lamp", ticket.Pipeline: pipelineID, ticket.Stage: stageID}})
		return err
	})
	return made.ID
}

type stage struct {
	ID, Label        string
	DisplayOrder     int
	Metadata         map[string]string
	Archived         bool
	WritePermissions string
	CreatedAt        string
	UpdatedAt        string
}

type line struct {
	ID, Label    string
	DisplayOrder int
	Stages       []stage
	Archived     bool
	CreatedAt    string
	UpdatedAt    string
}

func (l line) labels() string {
	var out []string
	for _, s := range l.Stages {
		out = append(out, s.Label+"="+s.Metadata["ticketState"])
	}
	return strings.Join(out, " ")
}

const base = "/crm/v3/pipelines/tickets"

func body(label string, stages ...any) map[string]any {
	return map[string]any{"label": label, "displayOrder": 3, "stages": stages}
}

func step(label string, order int, metadata map[string]any) map[string]any {
	return map[string]any{"label": label, "displayOrder": order, "metadata": metadata}
}

func closed() map[string]any { return map[string]any{"ticketState": "CLOSED"} }

func TestAPipelinesLife(t *testing.T) { // PIPE-1, PIPE-2, API-1
	each(t, func(t *testing.T, d *desk) {
		var made line
		d.Post(base+"/", body("Returns", step("Gone", 7, closed()), step("In", 2, map[string]any{"colour": "red", "isClosed": true, "weight": 5}))).Is(http.StatusCreated).Into(&made)
		if made.Label != "Returns" || made.DisplayOrder != 3 || made.labels() != "In=OPEN Gone=CLOSED" || made.Archived || made.CreatedAt == "" {
			t.Errorf("made %+v", made)
		}
		in := made.Stages[0]
		if in.DisplayOrder != 2 || in.WritePermissions != "CRM_PERMISSIONS_ENFORCEMENT" || in.Metadata["colour"] != "red" || in.Metadata["weight"] != "5" || in.Metadata["isClosed"] != "false" {
			t.Errorf("stage %+v", in)
		}
		var got line
		at := "/crm/pipelines/2026-09/ticket/" + made.ID
		d.Get(at).Is(http.StatusOK).Into(&got)
		if got.labels() != made.labels() || got.CreatedAt != made.CreatedAt {
			t.Errorf("read %+v", got)
		}
		d.Patch(at, `{"label":"Sent back","displayOrder":0}`).Is(http.StatusOK).Into(&got)
		if got.Label != "Sent back" || got.DisplayOrder != 0 || got.labels() != made.labels() {
			t.Errorf("changed %+v", got)
		}
		replaced := body("Returned", step("New", 0, nil), map[string]any{"stageId": in.ID, "label": "In", "displayOrder": 1}, step("Done", 2, closed()))
		got = line{}
		d.Put(at, replaced).Is(http.StatusOK).Into(&got)
		if got.Label != "Returned" || got.labels() != "New=OPEN In=OPEN Done=CLOSED" || got.Stages[1].ID != in.ID || got.Stages[1].Metadata["colour"] != "" {
			t.Errorf("replaced %+v", got)
		}
		var all struct{ Results []line }
		d.Get(base).Is(http.StatusOK).Into(&all)
		if len(all.Results) != 2 {
			t.Errorf("listed %+v", all)
		}
		d.Delete(at + "?validateReferencesBeforeDelete=true").Is(http.StatusNoContent)
		d.Get(at).Is(http.StatusNotFound)
		d.Delete(at).Is(http.StatusNotFound)
	})
}

func TestAStagesLife(t *testing.T) { // STAT-1, STAT-2, API-1
	each(t, func(t *testing.T, d *desk) {
		at := base + "/0/stages"
		var made stage
		d.Post(at, step("Parked", 9, map[string]any{"colour": "gray"})).Is(http.StatusCreated).Into(&made)
		if made.ID == "" || made.Label != "Parked" || made.DisplayOrder != 9 || made.Metadata["ticketState"] != "OPEN" || made.Metadata["isClosed"] != "false" {
			t.Errorf("made %+v", made)
		}
		var mine stage
		d.Post(at, `{"stageId":"My_stage-1","label":"Mine"}`).Is(http.StatusCreated).Into(&mine)
		if mine.ID != "My_stage-1" || mine.DisplayOrder != 10 {
			t.Errorf("mine %+v", mine)
		}
		at += "/" + made.ID
		var got stage
		d.Patch(at, `{"metadata":{"ticketState":"CLOSED"}}`).Is(http.StatusOK).Into(&got)
		if got.Metadata["ticketState"] != "CLOSED" || got.Metadata["isClosed"] != "true" || got.Metadata["colour"] != "gray" || got.Label != "Parked" {
			t.Errorf("metadata is not merged: %+v", got)
		}
		got = stage{}
		d.Put(at, `{"label":"Asleep","displayOrder":5}`).Is(http.StatusOK).Into(&got)
		if got.ID != made.ID || got.Label != "Asleep" || got.Metadata["ticketState"] != "OPEN" || got.Metadata["colour"] != "" || got.DisplayOrder != 5 {
			t.Errorf("replaced %+v", got)
		}
		var all struct{ Results []stage }
		d.Get(base + "/0/stages/").Is(http.StatusOK).Into(&all)
		if len(all.Results) != 6 || all.Results[4].ID != made.ID {
			t.Errorf("listed %+v", all)
		}
		d.Delete(at).Is(http.StatusNoContent)
		d.Get(at).Is(http.StatusNotFound)
		d.Delete(at).Is(http.StatusNotFound)
		d.Patch(at, `{}`).Is(http.StatusNotFound)
	})
}

func TestWhatIsRefused(t *testing.T) { // API-4, PIPE-3, STAT-1, STAT-3
	each(t, func(t *testing.T, d *desk) {
		d.Post(base, body("Returns", step("In", 0, nil), step("Out", 1, closed()))).Is(http.StatusCreated)
		for name, c := range map[string]struct{ method, path, body, words, sub string }{
			"no label":         {"POST", "", `{"stages":[]}`, "required fields were not set: [label]", ""},
			"no stages":        {"POST", "", `{"label":"X"}`, "required fields were not set: [stages]", ""},
			"stage's label":    {"POST", "", `{"label":"X","stages":[{"displayOrder":1}]}`, "required fields were not set: [label]", ""},
			"same label":       {"POST", "", `{"label":" returns ","stages":[{"label":"a"},{"label":"b","metadata":{"ticketState":"CLOSED"}}]}`, "already", "PIPELINE_LABEL_EXISTS"},
			"same stage":       {"POST", "", `{"label":"X","stages":[{"label":"a"},{"label":" A ","metadata":{"ticketState":"CLOSED"}}]}`, "two", "STAGE_LABEL_EXISTS"},
			"never closed":     {"POST", "", `{"label":"X","stages":[{"label":"a"}]}`, "closed", "MISSING_CLOSED_STAGE"},
			"none":             {"POST", "", `{"label":"X","stages":[]}`, "at least one", ""},
			"state":            {"POST", "", `{"label":"X","stages":[{"label":"a","metadata":{"ticketState":"closed"}}]}`, "OPEN or CLOSED", ""},
			"id taken":         {"POST", "", `{"pipelineId":"0","label":"X","stages":[{"label":"a"},{"label":"b","metadata":{"ticketState":"CLOSED"}}]}`, "already", "PIPELINE_ID_EXISTS"},
			"stage's id taken": {"POST", "/0/stages", `{"stageId":"4","label":"Z"}`, "already", "STAGE_ID_EXISTS"},
			"id too long":      {"POST", "", `{"pipelineId":"` + strings.Repeat("x", 37) + `","label":"X","stages":[{"label":"a"},{"label":"b","metadata":{"ticketState":"CLOSED"}}]}`, "at most 36", ""},
			"broken":           {"POST", "", `{"label":`, "Invalid input JSON", ""},
			"last closed":      {"DELETE", "/0/stages/4", "", "closed", "MISSING_CLOSED_STAGE"},
			"flag":             {"DELETE", "/0?validateReferencesBeforeDelete=2", "", "true or false", ""},
		} {
			got := d.Do(c.method, base+c.path, c.body)
			var said gate.Body
			got.Is(http.StatusBadRequest).Into(&said)
			if want := "PipelineError." + c.sub; said.Category != "VALIDATION_ERROR" || !strings.Contains(said.Message, c.words) || c.sub != "" && said.SubCategory != want {
				t.Errorf("%s: %s", name, got.Body)
			}
		}
		d.Get("/crm/v3/pipelines/contacts").Is(http.StatusBadRequest)
		d.Get("/crm/v3/pipelines/spaceships").Is(http.StatusBadRequest)
		d.Get("/crm/v3/pipelines/deals/0").Is(http.StatusNotFound)
	})
}

// What tickets are in stays, and the answer says which they are.
func TestStagesInUse(t *testing.T) { // PIPE-3, STAT-3, API-4
	each(t, func(t *testing.T, d *desk) {
		var made line
		d.Post(base, body("Returns", step("In", 0, nil), step("Mid", 1, nil), step("Out", 2, closed()))).Is(http.StatusCreated).Into(&made)
		in := made.Stages[0].ID
		a, b := d.ticket(made.ID, in), d.ticket(made.ID, in)
		words := "Stage IDs: [" + in + "] are being referenced by object IDs: [" + id.Format(a) + ", " + id.Format(b) + "]"
		at := base + "/" + made.ID
		for name, got := range map[string]*gatetest.Answer{
			"pipeline": d.Delete(at), "stage": d.Delete(at + "/stages/" + in), "both": d.Delete(at + "?validateReferencesBeforeDelete=false"),
			"left out": d.Put(at, body("Returns", step("Mid", 1, nil), step("Out", 2, closed()))),
			"closed":   d.Patch(at+"/stages/"+in, `{"metadata":{"ticketState":"CLOSED"}}`),
		} {
			var said gate.Body
			got.Is(http.StatusBadRequest).Into(&said)
			if said.SubCategory != "PipelineError.STAGE_ID_IN_USE" || said.Message != words || !slices.Equal(said.Context["stageIds"], []string{in}) ||
				!slices.Equal(said.Context["objectIds"], []string{id.Format(a), id.Format(b)}) {
				t.Errorf("%s: %s", name, got.Body)
			}
		}
		d.Patch(at+"/stages/"+in, `{"label":"Received"}`).Is(http.StatusOK)
		d.Delete(at + "/stages/" + made.Stages[1].ID).Is(http.StatusNoContent)
		dbtest.Do(t, d.k.DB, func(tx *db.Tx) error {
			for _, n := range []int64{a, b} { // the trash does not count
				if err := d.records.Archive(tx, people.System, ticket.Object, n); err != nil {
					return err
				}
			}
			return nil
		})
		d.Delete(at).Is(http.StatusNoContent)
	})
}

func TestDealPipelines(t *testing.T) { // API-1
	each(t, func(t *testing.T, d *desk) {
		const deals = "/crm/v3/pipelines/deals"
		var made line
		d.Post(deals, map[string]any{"pipelineId": "renewals", "label": "Renewals", "displayOrder": 1, "stages": []any{
			map[string]any{"stageId": "asked", "label": "Asked", "displayOrder": 0, "metadata": map[string]any{"probability": 0.5}},
			map[string]any{"label": "Won", "displayOrder": 1, "metadata": map[string]any{"probability": "1.0", "isClosed": "false"}}}}).Is(http.StatusCreated).Into(&made)
		if made.ID != "renewals" || made.Stages[0].ID != "asked" || made.Stages[0].Metadata["isClosed"] != "false" || made.Stages[0].Metadata["probability"] != "0.5" ||
			made.Stages[1].Metadata["isClosed"] != "true" || made.Stages[1].Metadata["ticketState"] != "" {
			t.Errorf("made %+v", made)
		}
		got := d.Post(deals+"/renewals/stages", `{"label":"Lost","displayOrder":2}`).Is(http.StatusBadRequest)
		if !strings.Contains(string(got.Body), "probability") {
			t.Errorf("%s", got.Body)
		}
		d.Post(deals+"/renewals/stages", `{"label":"Lost","displayOrder":2,"metadata":{"probability":"0"}}`).Is(http.StatusCreated)
		d.Delete(deals + "/renewals").Is(http.StatusNoContent)
	})
}

func TestAudit(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, d *desk) {
		admin, ada := d.k.User(people.NewUser{Name: "Ada", Email: "ada@example.org", SuperAdmin: true})
		var made line
		d.Post(base, body("Returns", step("In", 0, nil), step("Out", 1, closed()))).Is(http.StatusCreated).Into(&made)
		at := base + "/" + made.ID
		admin.Patch(at, `{"label":"Back"}`).Is(http.StatusOK)
		admin.Patch(at, `{"label":"Back"}`).Is(http.StatusOK) // changes nothing
		admin.Patch(at+"/stages/"+made.Stages[0].ID, `{"label":"Inside"}`).Is(http.StatusOK)
		var audit struct {
			Results []struct {
				PortalID           int64
				Identifier, Action string
				Timestamp, Message string
				FromUserID         int64
				RawObject          line
			}
		}
		read := func(path string) (actions []string) {
			audit.Results = nil
			d.Get(path).Is(http.StatusOK).Into(&audit)
			for _, e := range audit.Results {
				actions = append(actions, e.Action+" "+e.RawObject.Label)
			}
			return actions
		}
		if got := read(at + "/audit"); !slices.Equal(got, []string{"UPDATE Back", "UPDATE Back", "CREATE Returns"}) {
			t.Errorf("pipeline %q", got)
		}
		if e := audit.Results[0]; e.Identifier != made.ID || e.FromUserID != ada.ID || e.Timestamp == "" || e.Message == "" {
			t.Errorf("%+v", e)
		}
		if got := read(at + "/stages/" + made.Stages[0].ID + "/audit"); !slices.Equal(got, []string{"UPDATE Inside", "CREATE In"}) || audit.Results[0].Identifier != made.Stages[0].ID {
			t.Errorf("stage %q", got)
		}
		d.Delete(at).Is(http.StatusNoContent)
		if got := read(at + "/audit"); len(got) != 4 || got[0] != "DELETE Back" {
			t.Errorf("deleted %q", got)
		}
		if got := read(base + "/0/audit"); len(got) != 0 {
			t.Errorf("the first pipeline has %q", got)
		}
		for path, want := range map[string]int{base + "/4711/audit": 404, base + "/0/stages/9/audit": 404, "/crm/v3/pipelines/deals/0/audit": 404, base + "/0/stages/1/audit": 200} {
			d.Get(path).Is(want)
		}
	})
}

func TestWhoMayChangePipelines(t *testing.T) { // ACC-2
	each(t, func(t *testing.T, d *desk) {
		agent, _ := d.k.User(people.NewUser{Name: "Sam", Email: "sam@example.org", Seat: people.ServiceSeat})
		agent.Get(base).Is(http.StatusOK)
		agent.Patch(base+"/0", `{"label":"Mine"}`).Is(http.StatusForbidden)
		agent.Delete(base + "/0/stages/1").Is(http.StatusForbidden)
	})
}
