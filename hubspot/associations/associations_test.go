package associations_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/associations"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// desk is the routes on one database, asked by an app.
type desk struct {
	*gatetest.Client
	t       *testing.T
	db      *db.DB
	props   *property.Registry
	records *record.Store
	web     *gatetest.Desk
}

func each(t *testing.T, story func(k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.New(slog.DiscardHandler))
		cfg.Reactor = bus
		k := &desk{t: t, db: dbtest.Open(t, cfg)}
		staff := people.New(k.db)
		k.props = property.New(k.db)
		pipes := pipeline.New(k.db, k.props)
		k.records = record.New(k.db, k.props, search.New(k.db, k.props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, staff)})
		if err := bus.Install(ticket.New(k.records, pipes).PrimaryContact()); err != nil {
			t.Fatal(err)
		}
		k.web = gatetest.Start(t, k.db, staff, func(g *gate.Gate) { associations.Routes(g, k.db, k.records, k.props, staff) })
		k.Client = k.web.App()
		story(k)
	})
}

func (k *desk) add(kind string, props map[string]string) (n int64) {
	k.t.Helper()
	dbtest.Do(k.t, k.db, func(tx *db.Tx) error {
		r, err := k.records.Create(tx, people.System, kind, record.Input{Properties: props})
		n = r.ID
		return err
	})
	return n
}

func (k *desk) ticket() int64 {
	return k.add("tickets", map[string]string{"subject": "Lamp", "hs_pipeline": "0", "hs_pipeline_stage": "1"})
}

func (k *desk) contact(name string) int64 {
	return k.add("contacts", map[string]string{"email": name + "@example.org"})
}

// is compares an answer, without its times, with JSON in which every %d is the next id.
func (k *desk) is(a *gatetest.Answer, status int, want string, ids ...any) {
	k.t.Helper()
	a.Is(status)
	var got map[string]any
	if err := json.Unmarshal(a.Body, &got); err != nil {
		k.t.Fatalf("%s: %v", a.Asked, err)
	}
	for _, name := range []string{"requestedAt", "startedAt", "completedAt", "correlationId"} {
		delete(got, name)
	}
	var expected any
	if err := json.Unmarshal(fmt.Appendf(nil, want, ids...), &expected); err != nil {
		k.t.Fatalf("want: %v", err)
	}
	x, _ := json.Marshal(got)
	y, _ := json.Marshal(expected)
	if string(x) != string(y) {
		k.t.Errorf("%s\n got %s\nwant %s", a.Asked, x, y)
	}
}

func at(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func TestOneAssociation(t *testing.T) { // REC-1, API-1
	each(t, func(k *desk) {
		lamp, ann := k.ticket(), k.contact("ann")
		path := at("/crm/v4/objects/tickets/%d/associations/contacts/%d", lamp, ann)
		k.is(k.Do("PUT", path, `[{"associationCategory":"USER_DEFINED","associationTypeId":10001},{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":16}]`), 201,
			`{"fromObjectTypeId":"0-5","fromObjectId":"%d","toObjectTypeId":"0-1","toObjectId":"%d","labels":["Requester"]}`, lamp, ann)
		want := `{"results":[{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":16,"label":null},{"category":"USER_DEFINED","typeId":10001,"label":"Requester"}]}]}`
		for _, p := range []string{"/crm/v4/objects/tickets/%d/associations/contacts", "/crm/objects/2026-09/0-5/%d/associations/CONTACT/", "/crm/objects/2026-03/ticket/%d/associations/0-1?limit=500"} {
			k.is(k.Get(at(p, lamp)), 200, want, ann)
		}
		k.is(k.Get(at("/crm/v4/objects/contacts/%d/associations/tickets", ann)), 200,
			`{"results":[{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":15,"label":null},{"category":"USER_DEFINED","typeId":10002,"label":"Requester"}]}]}`, lamp)
		for range 2 {
			if got := k.Delete(path).Is(204); len(got.Body) != 0 {
				t.Errorf("a body: %s", got.Body)
			}
		}
		k.Delete(at("/crm/v4/objects/tickets/999/associations/contacts/%d", ann)).Is(204)
		k.is(k.Get(at("/crm/v4/objects/tickets/%d/associations/contacts", lamp)), 200, `{"results":[]}`)
		k.is(k.Do("PUT", at("/crm/v4/objects/tickets/%d/associations/default/contact/%d", lamp, ann), nil), 200, `{"status":"COMPLETE","results":[
{"from":{"id":"%d"},"to":{"id":"%d"},"associationSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":16}},
{"from":{"id":"%d"},"to":{"id":"%d"},"associationSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":15}}]}`, lamp, ann, ann, lamp)
	})
}

func TestListOfAssociationsIsPaged(t *testing.T) { // API-5
	each(t, func(k *desk) {
		lamp := k.ticket()
		for i := range 3 {
			k.Do("PUT", at("/crm/v4/objects/ticket/%d/associations/default/contact/%d", lamp, k.contact(fmt.Sprint("c", i))), nil).Is(200)
		}
		seen, next := 0, at("/crm/v4/objects/tickets/%d/associations/contacts?limit=2", lamp)
		for pages := 1; next != ""; pages++ {
			var page struct {
				Results []struct{ ToObjectID string }
				Paging  struct{ Next struct{ After, Link string } }
			}
			k.Get(next).Is(200).Into(&page)
			seen += len(page.Results)
			if next = page.Paging.Next.Link; pages > 2 || next != "" && !strings.Contains(next, "limit=2") {
				t.Fatalf("page %d goes on at %q", pages, next)
			}
		}
		if seen != 3 {
			t.Errorf("%d ends", seen)
		}
		for path, status := range map[string]int{"/crm/v4/objects/tickets/999/associations/contacts": 404, "/crm/v4/objects/tickets/lamp/associations/contacts": 404,
			at("/crm/v4/objects/tickets/%d/associations/rockets", lamp): 400, at("/crm/v4/objects/tickets/%d/associations/contacts?limit=501", lamp): 400,
			at("/crm/v4/objects/tickets/%d/associations/contacts?after=x", lamp): 400, at("/crm/objects/2020-01/tickets/%d/associations/contacts", lamp): 404} {
			if got := k.Get(path); got.Status != status {
				t.Errorf("%s: %d %s", path, got.Status, got.Body)
			}
		}
	})
}

func TestAssociationsThatAreRefused(t *testing.T) { // API-4
	each(t, func(k *desk) {
		lamp, ann := k.ticket(), k.contact("ann")
		path := at("/crm/v4/objects/tickets/%d/associations/contacts/%d", lamp, ann)
		for body, says := range map[string]string{
			`[]`: "types", `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":339}]`: "339", `[{"associationCategory":"USER_DEFINED","associationTypeId":16}]`: "USER_DEFINED",
			`[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":"x"}]`: "x", `{"a":1}`: "Invalid input JSON",
		} {
			var said gate.Body
			if k.Do("PUT", path, body).Is(400).Into(&said); said.Category != "VALIDATION_ERROR" || !strings.Contains(said.Message, says) {
				t.Errorf("%s: %+v", body, said)
			}
		}
		k.Do("PUT", at("/crm/v4/objects/tickets/%d/associations/default/contacts/999", lamp), nil).Is(404)
		k.Do("PUT", at("/crm/v4/objects/tickets/999/associations/default/contacts/%d", ann), nil).Is(404)
		k.Do("PUT", at("/crm/v4/objects/tickets/%d/associations/default/tickets/%d", lamp, lamp), nil).Is(400)
		reader := k.web.App("crm.objects.contacts.read", "tickets")
		reader.Get(at("/crm/v4/objects/tickets/%d/associations/contacts", lamp)).Is(200)
		reader.Do("PUT", path, `[]`).Is(403)
		k.web.App("tickets").Get(at("/crm/v4/objects/tickets/%d/associations/contacts", lamp)).Is(403)
	})
}

func TestBatchesOfAssociations(t *testing.T) { // REC-1, API-2
	each(t, func(k *desk) {
		lamp, kettle, ann, bob := k.ticket(), k.ticket(), k.contact("ann"), k.contact("bob")
		base := "/crm/v4/associations/tickets/contacts/batch/"
		k.is(k.Post(base+"create", at(`{"inputs":[{"types":[{"associationCategory":"USER_DEFINED","associationTypeId":10003}],"from":{"id":"%d"},"to":{"id":%d}},
{"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":16}],"from":{"id":"%d"},"to":{"id":"%d"}}]}`, lamp, ann, lamp, bob)), 201,
			`{"status":"COMPLETE","results":[{"fromObjectTypeId":"0-5","fromObjectId":"%d","toObjectTypeId":"0-1","toObjectId":"%d","labels":["CC"]},
{"fromObjectTypeId":"0-5","fromObjectId":"%d","toObjectTypeId":"0-1","toObjectId":"%d","labels":[]}]}`, lamp, ann, lamp, bob)
		var half struct {
			Status    string
			Results   []any
			NumErrors int
			Errors    []struct {
				Status, Category string
				Context          map[string][]string
			}
		}
		k.Post("/crm/associations/2026-09/0-5/0-1/batch/create", at(`{"inputs":[{"types":[{"associationTypeId":16}],"from":{"id":"%d"},"to":{"id":"999"}},
{"types":[{"associationTypeId":16}],"from":{"id":"%d"},"to":{"id":"%d"}},{"types":[],"from":{"id":"%d"},"to":{"id":"%d"}}]}`, kettle, kettle, bob, kettle, bob)).Is(207).Into(&half)
		if half.Status != "COMPLETE" || len(half.Results) != 1 || half.NumErrors != 2 || half.Errors[0].Category != "OBJECT_NOT_FOUND" || half.Errors[0].Context["toObjectId"][0] != "999" || half.Errors[1].Category != "VALIDATION_ERROR" {
			t.Errorf("%+v", half)
		}
		k.is(k.Post(base+"read", at(`{"inputs":[{"id":"%d"},{"id":"999"}]}`, lamp)), 207, `{"status":"COMPLETE","numErrors":1,"results":[{"from":{"id":"%d"},"to":[
{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":16,"label":null},{"category":"USER_DEFINED","typeId":10003,"label":"CC"}]},
{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":16,"label":null}]}]}],
"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","subCategory":"crm.associations.NO_ASSOCIATIONS_FOUND","message":"No contact is associated with ticket 999.",
"errors":[{"message":"No contact is associated with ticket 999.","code":"crm.associations.NO_ASSOCIATIONS_FOUND"}],
"context":{"fromObjectId":["999"],"fromObjectType":["ticket"],"toObjectType":["contact"]},"links":{}}]}`, lamp, ann, bob)
		k.is(k.Post(base+"associate/default", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"}}]}`, kettle, ann)), 200, `{"status":"COMPLETE","results":[
{"from":{"id":"%d"},"to":{"id":"%d"},"associationSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":16}},
{"from":{"id":"%d"},"to":{"id":"%d"},"associationSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":15}}]}`, kettle, ann, ann, kettle)
		k.Post(base+"labels/archive", at(`{"inputs":[{"types":[{"associationCategory":"USER_DEFINED","associationTypeId":10003}],"from":{"id":"%d"},"to":{"id":"%d"}}]}`, lamp, ann)).Is(204)
		k.is(k.Post(base+"read", at(`{"inputs":[{"id":"%d"}]}`, kettle)), 200, `{"status":"COMPLETE","results":[{"from":{"id":"%d"},"to":[
{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":16,"label":null}]},
{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":16,"label":null}]}]}]}`, kettle, ann, bob)
		k.Post(base+"archive", at(`{"inputs":[{"from":{"id":"%d"},"to":[{"id":"%d"},{"id":"%d"}]},{"from":{"id":"999"},"to":[{"id":"%d"}]}]}`, lamp, ann, bob, ann)).Is(204)
		k.is(k.Get(at("/crm/v4/objects/tickets/%d/associations/contacts", lamp)), 200, `{"results":[]}`)
		for _, path := range []string{"read", "create", "archive", "associate/default", "labels/archive"} {
			k.Post(base+path, `{}`).Is(400)
			k.Post(base+path, `{"inputs":[`+strings.Repeat(`{},`, 2000)+`{}]}`).Is(400)
		}
	})
}

func TestAssociationsInTheOlderForm(t *testing.T) { // API-1
	each(t, func(k *desk) {
		lamp, acme := k.ticket(), k.add("companies", map[string]string{"name": "Acme"})
		base := "/crm/v3/associations/ticket/company/"
		input := at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"},"type":"ticket_to_company"}]}`, lamp, acme)
		k.is(k.Post(base+"batch/create", input), 201, `{"status":"COMPLETE","results":[{"from":{"id":"%d"},"to":{"id":"%d"},"type":"ticket_to_company"}]}`, lamp, acme)
		k.is(k.Post(base+"batch/read", at(`{"inputs":[{"id":"%d"}]}`, lamp)), 200, `{"status":"COMPLETE","results":[{"from":{"id":"%d"},"to":[
{"id":"%d","type":"ticket_to_company"},{"id":"%d","type":"ticket_to_company_unlabeled"}]}]}`, lamp, acme, acme)
		k.is(k.Get(base+"types"), 200, `{"results":[{"id":"339","name":"ticket_to_company_unlabeled"},{"id":"26","name":"ticket_to_company"}]}`)
		k.Post(base+"batch/create", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"},"type":"ticket_to_moon"}]}`, lamp, acme)).Is(207)
		k.Post(base+"batch/archive", input).Is(204)
		k.is(k.Post(base+"batch/read", at(`{"inputs":[{"id":"%d"}]}`, lamp)), 200, `{"status":"COMPLETE","results":[{"from":{"id":"%d"},"to":[{"id":"%d","type":"ticket_to_company_unlabeled"}]}]}`, lamp, acme)
		k.Post(base+"batch/archive", strings.Replace(input, "ticket_to_company", "339", 1)).Is(204)
		k.Post(base+"batch/read", at(`{"inputs":[{"id":"%d"}]}`, lamp)).Is(207)
	})
}

func TestLabels(t *testing.T) { // REC-1, API-1
	each(t, func(k *desk) {
		for _, base := range []string{"/crm/v4/associations/contacts/contacts/labels", "/crm/associations/v4/contacts/contacts/labels", "/crm/associations/2026-09/contacts/contacts/labels"} {
			var made struct{ Results []struct{ TypeID int } }
			k.Post(base, `{"name":"manager","label":"Manager","inverseLabel":"Report"}`).Is(200).Into(&made)
			if len(made.Results) != 2 {
				t.Fatalf("%+v", made)
			}
			a, b := made.Results[0].TypeID, made.Results[1].TypeID
			k.is(k.Get(base), 200, `{"results":[{"category":"HUBSPOT_DEFINED","typeId":449,"label":null},{"category":"USER_DEFINED","typeId":%d,"label":"Manager"},{"category":"USER_DEFINED","typeId":%d,"label":"Report"}]}`, a, b)
			k.Do("PUT", base, at(`{"associationTypeId":%d,"label":"Boss"}`, a)).Is(204)
			k.is(k.Get(base), 200, `{"results":[{"category":"HUBSPOT_DEFINED","typeId":449,"label":null},{"category":"USER_DEFINED","typeId":%d,"label":"Boss"},{"category":"USER_DEFINED","typeId":%d,"label":"Report"}]}`, a, b)
			k.Post(base, `{"name":"manager","label":"Other"}`).Is(409)
			for _, body := range []string{`{"label":"A"}`, `{"name":"a"}`, `{"name":"a-b","label":"A"}`} {
				k.Post(base, body).Is(400)
			}
			k.Do("PUT", base, `{"label":"A"}`).Is(400)
			k.Do("PUT", base, `{"associationTypeId":4711,"label":"A"}`).Is(404)
			k.Delete(at("%s/%d", base, b)).Is(204)
			k.Delete(at("%s/%d", base, b)).Is(404)
			k.Delete(base + "/449").Is(400)
			k.is(k.Get(base), 200, `{"results":[{"category":"HUBSPOT_DEFINED","typeId":449,"label":null}]}`)
		}
		k.Post("/crm/v4/associations/contacts/contacts/words", `{}`).Is(404)
		user, _ := k.web.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
		user.Post("/crm/v4/associations/contacts/contacts/labels", `{"name":"boss","label":"Boss"}`).Is(403)
		k.web.App("crm.schemas.contacts.write").Post("/crm/v4/associations/contacts/contacts/labels", `{"name":"boss","label":"Boss"}`).Is(200)
	})
}

func TestLimitsOfAssociations(t *testing.T) { // REC-1, API-2
	each(t, func(k *desk) {
		lamp, ann, bob := k.ticket(), k.contact("ann"), k.contact("bob")
		base := "/crm/associations/v4/definitions/configurations/"
		input := `{"inputs":[{"category":"USER_DEFINED","typeId":10001,"maxToObjectIds":%d}]}`
		one := `{"category":"USER_DEFINED","typeId":10001,"userEnforcedMaxToObjectIds":%d,"label":"Requester"}`
		k.Post(base+"tickets/contacts/batch/update", at(input, 3)).Is(207)
		k.is(k.Post(base+"tickets/contacts/batch/create", at(input, 3)), 201, `{"status":"COMPLETE","results":[`+one+`]}`, 3)
		k.Post(base+"tickets/contacts/batch/create", at(input, 4)).Is(207)
		k.is(k.Post(base+"tickets/contacts/batch/update", at(input, 1)), 200, `{"status":"COMPLETE","results":[`+one+`]}`, 1)
		k.Post(base+"tickets/contacts/batch/update", at(input, 0)).Is(207)
		for _, path := range []string{"all", "tickets/contacts"} {
			k.is(k.Get(base+path), 200, `{"results":[`+one+`]}`, 1)
		}
		k.is(k.Get(base+"contacts/tickets"), 200, `{"results":[]}`)
		k.Get(base + "tickets/rockets").Is(400)
		put := func(contact int64) *gatetest.Answer {
			return k.Do("PUT", at("/crm/v4/objects/tickets/%d/associations/contacts/%d", lamp, contact), `[{"associationCategory":"USER_DEFINED","associationTypeId":10001}]`)
		}
		put(ann).Is(201)
		var said gate.Body
		if put(bob).Is(400).Into(&said); said.SubCategory != "ASSOCIATION_LIMIT_EXCEEDED" {
			t.Errorf("%+v", said)
		}
		var ordered struct {
			UserID    int64
			UserEmail string
		}
		_, sam := k.web.User(people.NewUser{Name: "Sam", Email: "sam@desk.localhost"})
		k.Post(at("/crm/v4/associations/usage/high-usage-report/%d", sam.ID), nil).Is(200).Into(&ordered)
		if ordered.UserID != sam.ID || ordered.UserEmail != sam.Email {
			t.Errorf("%+v", ordered)
		}
		k.Post("/crm/v4/associations/usage/high-usage-report/999", nil).Is(404)
		runner, err := job.NewRunner(k.db, slog.New(slog.DiscardHandler), job.Config{}, k.records.UsageHandler(k.db))
		if err != nil {
			t.Fatal(err)
		}
		if err := runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		dbtest.See(t, k.db, func(tx *db.Tx) error {
			told, err := event.Of(tx, "users", sam.ID, 0, 1)
			if err != nil || len(told) != 1 {
				return err
			}
			usage, err := event.Data[relation.Usage](told[0])
			if want := (relation.NearLimit{ObjectType: "tickets", To: "contacts", ID: lamp, Type: "requester", Has: 1, Most: 1}); len(usage.Records) != 1 || usage.Records[0] != want {
				t.Errorf("reported %+v", usage)
			}
			return err
		})
		k.Post(base+"tickets/contacts/batch/purge", `{"inputs":[{"category":"USER_DEFINED","typeId":10001}]}`).Is(204)
		k.is(k.Get(base+"all"), 200, `{"results":[]}`)
		put(bob).Is(201)
	})
}

func TestEveryRouteAsEveryRole(t *testing.T) { // ACC-10
	each(t, func(k *desk) { k.web.WalkTable() })
}

// Each route answers the same under the path of the Node client and under the dated one, with and without a slash at its end.
func TestBothFamiliesOfPathsAreTheSame(t *testing.T) { // API-1
	each(t, func(k *desk) {
		lamp, ann, acme := k.ticket(), k.contact("ann"), k.add("companies", map[string]string{"name": "Acme"})
		k.Put(at("/crm/v4/objects/tickets/%d/associations/default/contacts/%d", lamp, ann), nil).Is(200)
		k.Put(at("/crm/v4/objects/tickets/%d/associations/default/companies/%d", lamp, acme), nil).Is(200)
		ids := at(`{"inputs":[{"id":"%d"},{"id":"999"}]}`, lamp)
		relate := at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":16}]}]}`, lamp, ann)
		take := at(`{"inputs":[{"from":{"id":"%d"},"to":[{"id":"999"}]}]}`, lamp)
		limit := `{"inputs":[{"category":"HUBSPOT_DEFINED","typeId":16,"maxToObjectIds":9}]}`
		for _, c := range []struct{ method, legacy, dated, body string }{
			{"GET", at("/crm/v4/objects/tickets/%d/associations/contacts", lamp), at("/crm/objects/2026-03/tickets/%d/associations/contacts", lamp), ""},
			{"GET", at("/crm/v4/objects/0-5/%d/associations/company", lamp), at("/crm/objects/2026-09-beta/TICKET/%d/associations/0-2", lamp), ""},
			{"PUT", at("/crm/v4/objects/tickets/%d/associations/default/contacts/%d", lamp, ann), at("/crm/objects/2025-09/tickets/%d/associations/default/contacts/%d", lamp, ann), ""},
			{"POST", "/crm/v4/associations/tickets/contacts/batch/read", "/crm/associations/2026-03/tickets/contacts/batch/read", ids},
			{"POST", "/crm/v4/associations/tickets/contacts/batch/create", "/crm/associations/2026-09/tickets/contacts/batch/create", relate},
			{"POST", "/crm/v4/associations/tickets/contacts/batch/associate/default", "/crm/associations/2026-09/tickets/contacts/batch/associate/default", relate},
			{"POST", "/crm/v4/associations/tickets/contacts/batch/archive", "/crm/associations/2026-09/tickets/contacts/batch/archive", take},
			{"POST", "/crm/v4/associations/tickets/contacts/batch/labels/archive", "/crm/associations/2026-09/tickets/contacts/batch/labels/archive", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"},"types":[{"associationTypeId":10003}]}]}`, lamp, ann)},
			{"GET", "/crm/v4/associations/tickets/contacts/labels", "/crm/associations/v4/tickets/contacts/labels", ""},
			{"PUT", "/crm/v4/associations/tickets/contacts/labels", "/crm/associations/2026-09/tickets/contacts/labels", `{"associationTypeId":10003,"label":"Copied"}`},
			{"POST", "/crm/v4/associations/definitions/configurations/tickets/contacts/batch/create", "/crm/associations/v4/definitions/configurations/tickets/contacts/batch/create", `{"inputs":[]}`},
			{"POST", "/crm/associations/2026-03/definitions/configurations/tickets/contacts/batch/update", "/crm/associations/2026-09/definitions/configurations/tickets/contacts/batch/update", limit},
			{"POST", "/crm/associations/v4/definitions/configurations/tickets/contacts/batch/purge", "/crm/associations/2026-09/definitions/configurations/tickets/contacts/batch/purge", limit},
			{"GET", "/crm/associations/v4/definitions/configurations/all", "/crm/associations/2026-09/definitions/configurations/all", ""},
			{"GET", "/crm/associations/v4/definitions/configurations/tickets/contacts", "/crm/associations/2026-09/definitions/configurations/tickets/contacts", ""},
		} {
			var first string
			for i, path := range []string{c.legacy, c.dated, c.legacy + "/", c.dated + "/"} {
				var body any
				if c.body != "" {
					body = c.body
				}
				got := k.Do(c.method, path, body)
				text := at("%d %s", got.Status, times.ReplaceAllString(string(got.Body), ""))
				if first == "" {
					first = text
				}
				if got.Status >= 400 || text != first {
					t.Errorf("%d: %s %s\n got %s\nwant %s", i, c.method, path, text, first)
				}
			}
		}
	})
}

var times = regexp.MustCompile(`"(requestedAt|startedAt|completedAt)":"[^"]*",?`)

// A batch of more than a hundred records answers with smaller pages of each, and says where they go on.
func TestBigBatchesAnswerInSmallPages(t *testing.T) { // API-2, API-5
	each(t, func(k *desk) {
		lamp := k.ticket()
		var contacts []any
		for i := range 120 {
			contacts = append(contacts, map[string]any{"from": map[string]any{"id": lamp}, "to": map[string]any{"id": k.contact(fmt.Sprint("c", i))}})
		}
		k.Post("/crm/v4/associations/tickets/contacts/batch/associate/default", map[string]any{"inputs": contacts}).Is(200)
		type answer struct {
			Results []struct {
				To     []struct{ ToObjectID string }
				Paging struct{ Next struct{ After, Link string } }
			}
			NumErrors int
		}
		ask := func(more int, after string) (got answer) {
			inputs := []any{map[string]any{"id": at("%d", lamp), "after": after}}
			for i := range more {
				inputs = append(inputs, map[string]any{"id": i + 1})
			}
			k.Post("/crm/v4/associations/tickets/contacts/batch/read", map[string]any{"inputs": inputs}).Into(&got)
			if len(got.Results) != 1 || got.NumErrors != more {
				t.Fatalf("%d results, %d errors of %d", len(got.Results), got.NumErrors, more)
			}
			return got
		}
		if got := ask(0, ""); len(got.Results[0].To) != 120 || got.Results[0].Paging.Next.After != "" {
			t.Errorf("alone: %d ends, %+v", len(got.Results[0].To), got.Results[0].Paging)
		}
		got := ask(150, "")
		next := got.Results[0].Paging.Next
		if len(got.Results[0].To) != 100 || next.After == "" {
			t.Fatalf("in company: %d ends, %+v", len(got.Results[0].To), next)
		}
		if rest := ask(150, next.After); len(rest.Results[0].To) != 20 || rest.Results[0].Paging.Next.After != "" {
			t.Errorf("the rest: %d ends, %+v", len(rest.Results[0].To), rest.Results[0].Paging)
		}
		var page struct{ Results []any }
		if k.Get(next.Link).Is(200).Into(&page); len(page.Results) != 20 {
			t.Errorf("by its link: %d ends", len(page.Results))
		}
		k.Post("/crm/v4/associations/tickets/contacts/batch/read", `{"inputs":[{"id":"1","after":"x"}]}`).Is(400)
		k.Post("/crm/v4/associations/tickets/contacts/batch/read", `{"inputs":[{"id":"x"}]}`).Is(400)
	})
}

// What is wrong is named, whichever batch it is in.
func TestBadInputsOfBatches(t *testing.T) { // API-4
	each(t, func(k *desk) {
		lamp, ann := k.ticket(), k.contact("ann")
		base := "/crm/v4/associations/tickets/contacts/batch/"
		for _, c := range []struct {
			path, body string
			status     int
			says       string
		}{
			{"archive", `{"inputs":[{"from":{"id":"x"},"to":[{"id":"1"}]}]}`, 400, "inputs.from.id"},
			{"archive", `{"inputs":[{"from":{"id":"1"},"to":[{"id":""}]}]}`, 400, "inputs.to.id"},
			{"labels/archive", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"},"types":[{"associationTypeId":4711}]}]}`, lamp, ann), 400, "4711"},
			{"labels/archive", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"}}]}`, lamp, ann), 400, "types"},
			{"create", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"x"},"types":[{"associationTypeId":16}]}]}`, lamp), 207, "inputs.to.id"},
			{"create", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"},"types":[{"associationTypeId":16},{"associationTypeId":26}]}]}`, lamp, ann), 207, "26"},
			{"associate/default", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"998"}}]}`, lamp), 207, "998"},
			{"create", `{"inputs":5}`, 400, "Invalid input JSON"},
		} {
			if got := k.Post(base+c.path, c.body); got.Status != c.status || !strings.Contains(string(got.Body), c.says) {
				t.Errorf("%s %s: %d %s", c.path, c.body, got.Status, got.Body)
			}
		}
		k.is(k.Get(at("/crm/v4/objects/tickets/%d/associations/contacts", lamp)), 200, `{"results":[]}`)
		k.Post("/crm/v4/associations/tickets/rockets/batch/read", `{"inputs":[{"id":"1"}]}`).Is(400)
		k.Post("/crm/v4/associations/notes/notes/batch/associate/default", `{"inputs":[{"from":{"id":"1"},"to":{"id":"2"}}]}`).Is(207)
	})
}

// A ticket has one primary company, whoever says so at the same time, and from whichever end.
func TestPrimaryCompany(t *testing.T) { // REC-1
	each(t, func(k *desk) {
		lamp, acme, bolt := k.ticket(), k.add("companies", map[string]string{"name": "Acme"}), k.add("companies", map[string]string{"name": "Bolt"})
		list := at("/crm/v4/objects/tickets/%d/associations/companies", lamp)
		body := func(id int) string {
			return at(`[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":%d}]`, id)
		}
		k.is(k.Put(at("%s/%d", list, acme), body(26)), 201, `{"fromObjectTypeId":"0-5","fromObjectId":"%d","toObjectTypeId":"0-2","toObjectId":"%d","labels":["Primary"]}`, lamp, acme)
		k.Put(at("/crm/v4/objects/companies/%d/associations/tickets/%d", bolt, lamp), body(25)).Is(201)
		want := `{"results":[{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":339,"label":null}]},
{"toObjectId":"%d","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":26,"label":"Primary"},{"category":"HUBSPOT_DEFINED","typeId":339,"label":null}]}]}`
		k.is(k.Get(list), 200, want, acme, bolt)
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() { k.Put(at("%s/%d", list, []int64{acme, bolt}[i%2]), body(26)).Is(201) })
		}
		wg.Wait()
		if got := strings.Count(string(k.Get(list).Is(200).Body), `"Primary"`); got != 1 {
			t.Errorf("%d primary companies", got)
		}
		k.Post("/crm/v4/associations/tickets/companies/batch/create", at(`{"inputs":[
{"from":{"id":"%d"},"to":{"id":"%d"},"types":[{"associationTypeId":26}]},{"from":{"id":"%d"},"to":{"id":"%d"},"types":[{"associationTypeId":26}]}]}`, lamp, acme, lamp, bolt)).Is(201)
		k.is(k.Get(list), 200, want, acme, bolt)
		k.Post("/crm/v4/associations/tickets/companies/batch/labels/archive", at(`{"inputs":[{"from":{"id":"%d"},"to":{"id":"%d"},"types":[{"associationTypeId":26}]}]}`, lamp, bolt)).Is(204)
		if got := string(k.Get(list).Is(200).Body); strings.Contains(got, "Primary") || strings.Count(got, "toObjectId") != 2 {
			t.Errorf("without a primary one: %s", got)
		}
	})
}

// A contact may have two tickets at most: the limit holds from the other end too, in a batch and alone.
func TestLimitOfTheFarEnd(t *testing.T) { // REC-1
	each(t, func(k *desk) {
		ann := k.contact("ann")
		k.Post("/crm/associations/v4/definitions/configurations/contacts/tickets/batch/create", `{"inputs":[{"category":"HUBSPOT_DEFINED","typeId":15,"maxToObjectIds":2}]}`).Is(201)
		var inputs []any
		for range 4 {
			inputs = append(inputs, map[string]any{"from": map[string]any{"id": k.ticket()}, "to": map[string]any{"id": ann}})
		}
		var got struct {
			Results []any
			Errors  []struct{ SubCategory string }
		}
		k.Post("/crm/v4/associations/tickets/contacts/batch/associate/default", map[string]any{"inputs": inputs}).Is(207).Into(&got)
		if len(got.Results) != 4 || len(got.Errors) != 2 || got.Errors[0].SubCategory != "ASSOCIATION_LIMIT_EXCEEDED" {
			t.Errorf("%+v", got)
		}
		k.Put(at("/crm/v4/objects/tickets/%d/associations/default/contacts/%d", k.ticket(), ann), nil).Is(400)
	})
}
