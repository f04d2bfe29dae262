package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

const (
	journalPath = "/webhooks-journal/journal/2026-03"
	journalSubs = "/webhooks-journal/subscriptions/2026-03"
)

// diary is an app that reads its journal.
type diary struct {
	*desk
	token  string
	offset string
}

// App is a private app with scopes, none for all.
func (d *desk) App(scopes ...string) *diary {
	d.t.Helper()
	made := d.SignIn(d.boss).Ask("POST", api+"/tokens", map[string]any{"name": "Reader", "scopes": scopes}).Is(http.StatusCreated)
	return &diary{desk: d, token: made.Get("token").(string)}
}

// Says asks as the app.
func (a *diary) Says(method, path string, body any) answer {
	a.t.Helper()
	return a.ask(method, path, body, "Bearer "+a.token)
}

// list asks for what is answered as a list.
func (a *diary) list(path string) (out []map[string]any) {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodGet, a.web.URL+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&out); err != nil || r.StatusCode != http.StatusOK {
		a.t.Fatalf("%d: %v", r.StatusCode, err)
	}
	return out
}

func (a *diary) subscribe(kind, objectTypeID string, more map[string]any, actions ...string) answer {
	a.t.Helper()
	body := map[string]any{"subscriptionType": kind, "objectTypeId": objectTypeID, "actions": actions}
	for k, v := range more {
		body[k] = v
	}
	return a.Says("POST", journalSubs, body).Is(http.StatusOK)
}

// read reads on, and tells it in short.
func (a *diary) read() string {
	a.t.Helper()
	a.Advance(2 * time.Second)
	var out []string
	for {
		path := journalPath + "/earliest"
		if a.offset != "" {
			path = journalPath + "/offset/" + a.offset + "/next"
		}
		e := a.Says("GET", path, nil)
		if e.Status == http.StatusNoContent {
			return strings.Join(out, "; ")
		}
		e.Is(http.StatusOK)
		a.offset = e.Get("currentOffset").(string)
		told := a.ask("GET", strings.TrimPrefix(e.Get("url").(string), a.cfg.baseURL()), nil, "").Is(http.StatusOK)
		if told.Get("offset") != a.offset || told.Get("publishedAt") == nil {
			a.t.Errorf("the entry is %s", told.Raw)
		}
		for i := range told.Get("journalEvents").([]any) {
			get := func(name string) any { return told.Get("journalEvents", i, name) }
			line := fmt.Sprint(get("action"), " ", get("objectTypeId"))
			for _, name := range []string{"propertyChanges", "properties"} {
				if values, ok := get(name).(map[string]any); ok {
					for _, p := range []string{"subject", "lastname"} {
						if v, ok := values[p]; ok {
							line += fmt.Sprint(" ", v)
						}
					}
				}
			}
			if far := get("associatedObjectTypeId"); far != nil {
				line += fmt.Sprint(" ", far)
			}
			out = append(out, line)
		}
	}
}

func TestAppsReadTheirJournals(t *testing.T) { // API-8
	eachDesk(t, func(t *testing.T, d *desk) {
		all, tickets := d.App(), d.App("tickets", "developer.webhooks_journal.read", "developer.webhooks_journal.subscriptions.read", "developer.webhooks_journal.subscriptions.write")
		all.Says("GET", journalPath+"/earliest", nil).Is(http.StatusNoContent)
		all.subscribe("OBJECT", "tickets", nil, "CREATE", "UPDATE", "DELETE", "RESTORE", "MERGE")
		all.subscribe("OBJECT", "0-1", map[string]any{"properties": []string{"lastname"}}, "CREATE", "UPDATE")
		all.subscribe("ASSOCIATION", "0-1", map[string]any{"associatedObjectTypeIds": []string{"0-5"}}, "ASSOCIATION_ADDED", "ASSOCIATION_REMOVED")
		all.subscribe("GDPR_PRIVACY_DELETION", "0-1", nil, "GDPR_DELETE")
		tickets.subscribe("OBJECT", "0-5", map[string]any{"properties": []string{"subject"}}, "UPDATE")
		tickets.subscribe("OBJECT", "0-1", nil, "CREATE", "UPDATE") // beyond its scopes

		ann := d.made("contacts", map[string]any{"lastname": "Bell", "city": "Delft"})
		lamp := d.made("tickets", map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"})
		d.Ask("PUT", "/crm/v4/objects/tickets/"+lamp+"/associations/default/contacts/"+ann, nil).Is(http.StatusOK)
		d.Ask("PATCH", objects+"contacts/"+ann, `{"properties":{"city":"Gouda"}}`).Is(http.StatusOK)
		d.Ask("PATCH", objects+"tickets/"+lamp, `{"properties":{"subject":"Red lamp"}}`).Is(http.StatusOK)
		if got := all.read(); got != "CREATE 0-1 Bell; CREATE 0-5 Lamp; ASSOCIATION_ADDED 0-1 0-5; UPDATE 0-5 Red lamp" &&
			!strings.HasPrefix(got, "CREATE 0-1 Bell; CREATE 0-5 Lamp; ASSOCIATION_ADDED 0-1 0-5; UPDATE 0-5; UPDATE 0-5 Red lamp") {
			t.Errorf("the first reads %s", got)
		}
		if got := tickets.read(); got != "UPDATE 0-5 Red lamp" {
			t.Errorf("the second reads %s", got)
		}
		if got := all.read(); got != "" {
			t.Errorf("again: %s", got)
		}
		d.Ask("DELETE", objects+"tickets/"+lamp, nil).Is(http.StatusNoContent)
		if got := all.read(); got != "DELETE 0-5" {
			t.Errorf("deleted: %s", got)
		}
		// One that was merged, and one who had herself erased.
		other := d.made("contacts", map[string]any{"lastname": "Bell too"})
		d.merged("contacts", ann, other)
		d.Ask("POST", objects+"contacts/gdpr-delete", map[string]any{"objectId": ann}).Is(http.StatusNoContent)
		if got := all.read(); !strings.HasSuffix(got, "GDPR_DELETE 0-1") {
			t.Errorf("erased: %s", got)
		}
		d.Settle()
		all.offset = ""
		if got := all.read(); !strings.HasPrefix(got, "CREATE 0-1; CREATE 0-5; ") || strings.Contains(got, "Bell") || strings.Contains(got, "amp") {
			t.Errorf("afterwards all reads %s", got)
		}
	})
}

func TestJournalsBatchesAndOffsets(t *testing.T) { // API-8, API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		a := d.App()
		a.subscribe("OBJECT", "0-5", nil, "CREATE")
		var offsets []any
		for i := range 4 {
			d.Ask("POST", objects+"tickets", newTicket(fmt.Sprint("Ticket ", i))).Is(http.StatusCreated)
			a.read()
			offsets = append(offsets, a.offset)
		}
		batch := func(path string) (out []any) {
			got := a.Says("GET", "/webhooks-journal/journal-local/v4/batch"+path, nil).Is(http.StatusOK)
			for i := range got.Get("results").([]any) {
				out = append(out, got.Get("results", i, "currentOffset"))
			}
			if got.Get("status") != "COMPLETE" {
				t.Errorf("the batch is %s", got.Raw)
			}
			return out
		}
		for path, want := range map[string][]any{"/earliest/2": offsets[:2], "/latest/3": offsets[1:], "/" + offsets[0].(string) + "/next/100": offsets[1:],
			"/" + offsets[3].(string) + "/next/1": nil, "/earliest/2?installPortalId=7": nil} {
			if got := batch(path); !slices.Equal(got, want) {
				t.Errorf("%s finds %v, want %v", path, got, want)
			}
		}
		if got := a.Says("GET", journalPath+"/latest", nil).Is(http.StatusOK).Get("currentOffset"); got != offsets[3] {
			t.Errorf("the latest is %v", got)
		}
		for _, bad := range []string{"/earliest/0", "/latest/101", "/earliest/x", "/latest/-1", "/earliest/1?installPortalId=x"} {
			a.Says("GET", journalPath+"/batch"+bad, nil).Is(http.StatusBadRequest)
		}
		for _, none := range []string{"x", "550e8400-e29b-41d4-a716-446655440000", "00000000-0000-8000-8000-000000000001"} {
			a.Says("GET", journalPath+"/offset/"+none+"/next", nil).Is(http.StatusNotFound)
		}
		read := a.Says("POST", journalPath+"/batch/read", map[string]any{"inputs": []any{offsets[1], "x"}}).Is(http.StatusMultiStatus)
		if read.Get("results", 0, "currentOffset") != offsets[1] || read.Get("numErrors") != 1.0 || read.Get("errors", 0, "context", "ids", 0) != "x" {
			t.Errorf("read: %s", read.Raw)
		}
		a.Says("POST", journalPath+"/batch/read", map[string]any{"inputs": offsets}).Is(http.StatusOK)

		// Another app has another journal; a person has none; a link ends, and none can be made up.
		b := d.App()
		b.Says("GET", journalPath+"/offset/"+offsets[0].(string)+"/next", nil).Is(http.StatusNotFound)
		d.SignIn(d.boss).Ask("GET", journalPath+"/earliest", nil).Is(http.StatusNotFound)
		d.App("tickets").Says("GET", journalPath+"/earliest", nil).Is(http.StatusForbidden)
		link := strings.TrimPrefix(a.Says("GET", journalPath+"/earliest", nil).Get("url").(string), d.cfg.baseURL())
		d.ask("GET", link, nil, "").Is(http.StatusOK)
		d.ask("GET", strings.Replace(link, offsets[0].(string), offsets[1].(string), 1), nil, "").Is(http.StatusForbidden)
		d.Advance(61 * time.Minute)
		d.ask("GET", link, nil, "").Is(http.StatusForbidden)

		// After three days nobody reads it, and soon nothing is left.
		d.Advance(3*24*time.Hour - 61*time.Minute - 4*time.Second)
		a.Says("GET", journalPath+"/earliest", nil).Is(http.StatusOK)
		d.clock.Advance(time.Minute)
		a.Says("GET", journalPath+"/earliest", nil).Is(http.StatusNoContent)
		a.Says("GET", journalPath+"/offset/"+offsets[3].(string)+"/next", nil).Is(http.StatusNotFound)
		d.Advance(2 * time.Hour)
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			n, err := db.Value[int64](tx, "SELECT (SELECT count(*) FROM journal_entries) + (SELECT count(*) FROM journal_queue)")
			if n != 0 {
				t.Errorf("%d rows are left", n)
			}
			return err
		})
	})
}

// What is committed late is behind all that could be read before.
func TestJournalsOrderIsThatOfVisibility(t *testing.T) { // API-8
	eachDesk(t, func(t *testing.T, d *desk) {
		a := d.App()
		a.subscribe("OBJECT", "0-5", nil, "CREATE")
		d.Ask("POST", objects+"tickets", newTicket("First")).Is(http.StatusCreated)
		a.read()
		dbtest.Do(t, d.db, func(tx *db.Tx) error { // by a node whose clock is a day ahead
			_, err := tx.Exec("UPDATE journal_entries SET id = id + 1000000000000")
			return err
		})
		a.offset = a.Says("GET", journalPath+"/latest", nil).Get("currentOffset").(string)
		d.Ask("POST", objects+"tickets", newTicket("Second")).Is(http.StatusCreated)
		if got := a.read(); got != "CREATE 0-5 Second" {
			t.Errorf("behind it reads %s", got)
		}
		// Many at once go into several entries.
		var many []any
		for i := range 100 {
			many = append(many, map[string]any{"properties": map[string]any{"subject": fmt.Sprint(i), "hs_pipeline_stage": "1"}})
		}
		for range 6 {
			d.Ask("POST", objects+"tickets/batch/create", map[string]any{"inputs": many}).Is(http.StatusCreated)
		}
		before := a.offset
		if got := a.read(); strings.Count(got, "CREATE") != 600 {
			t.Errorf("%d of 600 are read", strings.Count(got, "CREATE"))
		}
		if got := a.Says("GET", journalPath+"/batch/"+before+"/next/100", nil).Is(http.StatusOK).Get("results").([]any); len(got) != 2 {
			t.Errorf("in %d entries", len(got))
		}
	})
}

func TestJournalsSubscriptionsAndFilters(t *testing.T) { // API-8, API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		a, b := d.App(), d.App()
		portal := a.Says("GET", "/account-info/v3/details", nil).Get("portalId")
		first := a.subscribe("OBJECT", "0-5", map[string]any{"portalId": portal, "objectIds": []any{}, "properties": []string{"subject"}}, "CREATE")
		again := a.subscribe("OBJECT", "tickets", map[string]any{"objectIds": nil}, "CREATE", "UPDATE")
		if again.Get("id") != first.Get("id") || len(again.Get("actions").([]any)) != 2 || again.Get("properties") != nil || again.Get("portalId") != portal || again.Get("objectTypeId") != "0-5" {
			t.Errorf("it became %s", again.Raw)
		}
		one := fmt.Sprintf("%s/%.0f", journalSubs, first.Get("id"))
		for _, bad := range []string{`{}`, `{"subscriptionType":"LIST_MEMBERSHIP","objectTypeId":"0-1","actions":["CREATE"]}`, `{"subscriptionType":"OBJECT","objectTypeId":"0-5","actions":[]}`,
			`{"subscriptionType":"OBJECT","objectTypeId":"0-5","actions":["ASSOCIATION_ADDED"]}`, `{"subscriptionType":"OBJECT","objectTypeId":"9-9","actions":["CREATE"]}`,
			`{"subscriptionType":"OBJECT","objectTypeId":"0-5","actions":["CREATE"],"portalId":7}`, `{"subscriptionType":"ASSOCIATION","objectTypeId":"0-5","actions":["ASSOCIATION_ADDED"],"associatedObjectTypeIds":["9-9"]}`,
			`{"subscriptionType":"OBJECT","objectTypeId":"0-5","actions":["UPDATE"],"properties":[""]}`} {
			if got := a.Says("POST", journalSubs, bad); got.Status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", bad, got.Status, got.Raw)
			}
		}
		filter := func(conditions string) answer {
			return a.Says("POST", journalSubs+"/filters", fmt.Sprintf(`{"subscriptionId":%.0f,"filter":{"conditions":[%s]}}`, first.Get("id"), conditions))
		}
		for _, bad := range []string{``, `{"property":"subject","operator":"LIKE","value":"x"}`, `{"property":"","operator":"EQ","value":"x"}`, `{"property":"subject","operator":"EQ"}`,
			`{"property":"subject","operator":"IN"}`, `{"filterType":"MOON","property":"subject","operator":"EQ","value":"x"}`} {
			if got := filter(bad); got.Status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", bad, got.Status, got.Raw)
			}
		}
		made := filter(`{"filterType":"CRM_OBJECT_PROPERTY","property":"subject","operator":"STARTS_WITH","value":"red"},{"property":"hs_ticket_priority","operator":"IN","values":["HIGH","URGENT"]}`).Is(http.StatusOK)
		filter(`{"property":"subject","operator":"EQ","value":"Anything"}`).Is(http.StatusOK)
		f := fmt.Sprintf("%s/filters/%.0f", journalSubs, made.Get("filterId"))
		if got := a.Says("GET", f, nil).Is(http.StatusOK); got.Get("filter", "conditions", 1, "values", 1) != "URGENT" || got.Get("filter", "conditions", 0, "filterType") != "CRM_OBJECT_PROPERTY" || got.Get("createdAt") != float64(clock.Micros(d.clock.Now())/1000) {
			t.Errorf("the filter is %s", got.Raw)
		}
		of := fmt.Sprintf("%s/filters/subscription/%.0f", journalSubs, first.Get("id"))
		if got := a.list(of); len(got) != 2 || fmt.Sprintf("%.0f", got[0]["id"]) != fmt.Sprintf("%.0f", made.Get("filterId")) {
			t.Errorf("the filters are %v", got)
		}
		for subject, priority := range map[string]string{"Red lamp": "HIGH", "Blue lamp": "HIGH", "Red desk": "LOW", "anything": ""} {
			d.made("tickets", map[string]any{"subject": subject, "hs_pipeline_stage": "1", "hs_ticket_priority": priority})
		}
		got := strings.Split(a.read(), "; ")
		if slices.Sort(got); !slices.Equal(got, []string{"CREATE 0-5 Red lamp", "CREATE 0-5 anything"}) {
			t.Errorf("what passes is %q", got)
		}
		for _, path := range []string{one, f, of} {
			b.Says("GET", path, nil).Is(http.StatusNotFound)
		}
		b.Says("DELETE", one, nil).Is(http.StatusNotFound)
		b.Says("DELETE", f, nil).Is(http.StatusNotFound)
		a.Says("DELETE", f, nil).Is(http.StatusNoContent)
		a.Says("GET", f, nil).Is(http.StatusNotFound)
		a.Says("DELETE", one, nil).Is(http.StatusNoContent)
		a.Says("GET", one, nil).Is(http.StatusNotFound)
		a.subscribe("OBJECT", "0-1", nil, "CREATE")
		b.subscribe("OBJECT", "0-1", nil, "CREATE")
		a.Says("DELETE", journalSubs+"/portals/7", nil).Is(http.StatusNotFound)
		a.Says("DELETE", fmt.Sprintf("%s/portals/%.0f", journalSubs, portal), nil).Is(http.StatusNoContent)
		if got := a.Says("GET", journalSubs, nil).Is(http.StatusOK); fmt.Sprint(got.Get("results")) != "[]" {
			t.Errorf("left are %s", got.Raw)
		}
		if got := b.Says("GET", journalSubs, nil).Is(http.StatusOK); len(got.Get("results").([]any)) != 1 {
			t.Errorf("the other app's are %s", got.Raw)
		}
	})
}

func TestSnapshotsInTheJournal(t *testing.T) { // API-8
	eachDesk(t, func(t *testing.T, d *desk) {
		a := d.App("tickets", "developer.webhooks_journal.read", "developer.webhooks_journal.snapshots.read", "developer.webhooks_journal.snapshots.write")
		portal := d.Ask("GET", "/account-info/v3/details", nil).Get("portalId")
		lamp, ann := d.made("tickets", map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"}), d.made("contacts", map[string]any{"lastname": "Bell"})
		wish := func(portal any, kind, n string) map[string]any {
			return map[string]any{"portalId": portal, "objectId": json.Number(n), "objectTypeId": kind, "properties": []string{"subject", "nothing"}}
		}
		const shots = "/webhooks-journal/snapshots/2026-03/crm"
		made := a.Says("POST", shots, map[string]any{"snapshotRequests": []any{wish(portal, "0-5", lamp), wish(portal, "0-1", ann), wish(7, "0-5", lamp), wish(portal, "9-9", lamp)}}).Is(http.StatusOK)
		var states []string
		for i := range 4 {
			at := journalPath + "/status/" + made.Get("snapshotResponses", i, "snapshotStatusId").(string)
			s := a.Says("GET", at, nil).Is(http.StatusOK)
			states = append(states, fmt.Sprint(s.Get("status"), " ", s.Get("errorCode"), " ", s.Get("completedAt") != nil))
		}
		if !slices.Equal(states, []string{"IN_PROGRESS <nil> false", "FAILED VALIDATION_ERROR true", "FAILED VALIDATION_ERROR true", "FAILED VALIDATION_ERROR true"}) {
			t.Errorf("they are %q", states)
		}
		if got := a.read(); got != "SNAPSHOT 0-5 Lamp" {
			t.Errorf("it reads %s", got)
		}
		at := journalPath + "/status/" + made.Get("snapshotResponses", 0, "snapshotStatusId").(string)
		if got := a.Says("GET", at, nil).Is(http.StatusOK); got.Get("status") != "COMPLETED" || got.Get("completedAt").(float64) <= got.Get("initiatedAt").(float64) {
			t.Errorf("at last it is %s", got.Raw)
		}
		d.App().Says("GET", at, nil).Is(http.StatusNotFound)
		a.Says("POST", shots, map[string]any{"snapshotRequests": []any{}}).Is(http.StatusBadRequest)
	})
}

// An OAuth app reads its journal by a token for itself, while somebody lets it in.
func TestJournalOfAnOAuthApp(t *testing.T) { // API-8, ACC-8
	eachDesk(t, func(t *testing.T, d *desk) {
		const scope = "developer.webhooks_journal."
		app, _ := d.install("tickets", scope+"read", scope+"subscriptions.write")
		form := map[string]string{"grant_type": "client_credentials", "client_id": app.Get("app", "clientId").(string), "client_secret": app.Get("clientSecret").(string), "scope": scope + "read tickets"}
		got := d.form("/oauth/v1/token", form).Is(http.StatusOK)
		if got.Get("refresh_token") != nil || got.Get("token_type") != "bearer" {
			t.Errorf("the token is %s", got.Raw)
		}
		a := &diary{desk: d, token: got.Get("access_token").(string)}
		a.subscribe("OBJECT", "0-5", nil, "CREATE")
		d.Ask("POST", objects+"tickets", newTicket("Lamp")).Is(http.StatusCreated)
		if got := a.read(); got != "CREATE 0-5 Lamp" {
			t.Errorf("it reads %s", got)
		}
		form["scope"] = "crm.objects.contacts.read"
		if got := d.form("/oauth/v1/token", form).Is(http.StatusBadRequest); got.Get("error") != "invalid_scope" {
			t.Errorf("beyond its scopes: %s", got.Raw)
		}
		form["client_secret"] = "wrong"
		d.form("/oauth/v1/token", form).Is(http.StatusBadRequest)
		form["client_secret"], form["scope"] = app.Get("clientSecret").(string), ""
		d.SignIn(d.boss).Ask("DELETE", api+"/apps/"+app.Get("app", "id").(string)+"/grants", nil)
		d.SignIn(d.boss).Ask("DELETE", api+"/apps/"+app.Get("app", "id").(string), nil).Is(http.StatusNoContent)
		d.form("/oauth/v1/token", form).Is(http.StatusBadRequest)
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			n, err := db.Value[int64](tx, "SELECT count(*) FROM journal_subscriptions")
			if n != 0 {
				t.Error("an app that is gone subscribes")
			}
			return err
		})
	})
}
