package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// inputs is the body of a batch.
func inputs(all ...any) map[string]any { return map[string]any{"inputs": append([]any{}, all...)} }

func named(id, property string, props map[string]any) map[string]any {
	return map[string]any{"id": id, "idProperty": property, "properties": props}
}

func props(pairs ...any) map[string]any {
	out := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// ids are the ids of an answer's results, in their order.
func (a answer) ids() (out []string) {
	for _, r := range a.Get("results").([]any) {
		out = append(out, r.(map[string]any)["id"].(string))
	}
	return out
}

// count is how often something was emitted.
func count(events []string, what string) (n int) {
	for _, e := range events {
		if e == what {
			n++
		}
	}
	return n
}

func TestHubSpotBatchCreate(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		ann := d.Ask("POST", objects+"contacts", `{"properties":{"email":"ann@example.org"}}`).Is(http.StatusCreated).Get("id").(string)
		var all []any
		for i := range 100 {
			in := newTicket(fmt.Sprintf("Lamp %03d", i))
			in["associations"] = []any{map[string]any{"to": map[string]any{"id": ann}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 16}}}}
			all = append(all, in)
		}
		for _, path := range []string{objects + "tickets/batch/create", "/crm/objects/2026-09/ticket/batch/create/"} {
			made := d.Ask("POST", path, inputs(all...)).Is(http.StatusCreated)
			if made.Get("status") != "COMPLETE" || made.Get("errors") != nil || made.Get("startedAt") != "2026-11-02T09:00:00.000Z" || made.Get("completedAt") == nil {
				t.Errorf("answered %.300s", made.Raw)
			}
			for i, r := range made.Get("results").([]any) {
				if got := r.(map[string]any)["properties"].(map[string]any)["subject"]; got != fmt.Sprintf("Lamp %03d", i) {
					t.Fatalf("at %d is %v", i, got)
				}
			}
		}
		if events := d.events("tickets"); len(events) != 200 || count(events, "ticket.created") != 200 {
			t.Errorf("emitted %d", len(events))
		}
		if got := d.Ask("GET", objects+"contacts/"+ann+"?associations=tickets", nil).Is(http.StatusOK); len(got.Get("associations", "tickets", "results").([]any)) != 200 {
			t.Errorf("%.300s", got.Raw)
		}
		d.Ask("POST", objects+"tickets/batch/create", inputs(append(all, newTicket("one too many"))...)).Is(http.StatusBadRequest)
		d.Ask("POST", objects+"tickets/batch/create", `{}`).Is(http.StatusBadRequest)
		d.Ask("POST", objects+"tickets/batch/create", inputs()).Is(http.StatusCreated)
	})
}

// Without trace ids the first bad input is everyone's error; with them each stands alone.
func TestHubSpotBatchCreateWithBadInputs(t *testing.T) { // API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		ann := d.Ask("POST", objects+"contacts", `{"properties":{"email":"ann@example.org"}}`).Is(http.StatusCreated).Get("id").(string)
		contact := func(trace, email string) map[string]any {
			in := map[string]any{"properties": props("email", email)}
			if trace != "" {
				in["objectWriteTraceId"] = trace
			}
			return in
		}
		got := d.Ask("POST", objects+"contacts/batch/create", inputs(contact("", "bob@example.org"), contact("", "nonsense"))).Is(http.StatusBadRequest)
		if got.Get("category") != "VALIDATION_ERROR" || !strings.Contains(got.Raw, "INVALID_EMAIL") {
			t.Errorf("%s", got.Raw)
		}
		got = d.Ask("POST", objects+"contacts/batch/create", inputs(contact("", "bob@example.org"), contact("", "ANN@example.org"))).Is(http.StatusConflict)
		if got.Get("category") != "CONFLICT" || got.Get("message") != "Contact already exists. Existing ID: "+ann {
			t.Errorf("%s", got.Raw)
		}
		if events := d.events("contacts"); len(events) != 1 {
			t.Errorf("a refused batch emitted %q", events)
		}
		got = d.Ask("POST", objects+"contacts/batch/create", inputs(contact("a", "bob@example.org"), contact("b", "nonsense"), contact("c", "ann@example.org"),
			contact("d", "BOB@example.org"), contact("e", "eve@example.org"))).Is(http.StatusMultiStatus)
		if got.Get("status") != "COMPLETE" || got.Get("numErrors") != 3.0 || len(got.ids()) != 2 || got.Get("results", 0, "objectWriteTraceId") != "a" ||
			got.Get("results", 1, "objectWriteTraceId") != "e" {
			t.Errorf("%s", got.Raw)
		}
		told := map[string]string{}
		for i := range 3 {
			if got.Get("errors", i, "status") != "error" || got.Get("errors", i, "links") == nil {
				t.Errorf("error %d is %s", i, got.Raw)
			}
			told[got.Get("errors", i, "context", "objectWriteTraceId", 0).(string)] = got.Get("errors", i, "category").(string) + " " + got.Get("errors", i, "message").(string)
		}
		if !strings.HasPrefix(told["b"], "VALIDATION_ERROR Property values were not valid: [{") || told["c"] != "CONFLICT Contact already exists. Existing ID: "+ann ||
			told["d"] != "CONFLICT Contact already exists. Existing ID: "+got.ids()[0] {
			t.Errorf("%q", told)
		}
		if events := d.events("contacts"); len(events) != 3 {
			t.Errorf("emitted %q", events)
		}
	})
}

func TestHubSpotBatchRead(t *testing.T) { // API-1, API-6
	eachDesk(t, func(t *testing.T, d *desk) {
		var ids []string
		for _, email := range []string{"ann@example.org", "bob@example.org", "eve@example.org"} {
			ids = append(ids, d.Ask("POST", objects+"contacts", map[string]any{"properties": props("email", email)}).Is(http.StatusCreated).Get("id").(string))
		}
		d.Ask("DELETE", objects+"contacts/"+ids[2], nil).Is(http.StatusNoContent)
		read := func(query string, body map[string]any) answer {
			return d.Ask("POST", objects+"contacts/batch/read"+query, body)
		}
		both := map[string]any{"inputs": []any{map[string]any{"id": ids[1]}, map[string]any{"id": ids[0]}}, "properties": []string{"email", "nonsense"}}
		if got := read("", both).Is(http.StatusOK); !slices.Equal(got.ids(), []string{ids[1], ids[0]}) || got.Get("results", 0, "properties", "email") != "bob@example.org" || got.Get("numErrors") != nil {
			t.Errorf("%s", got.Raw)
		}
		some := map[string]any{"inputs": []any{map[string]any{"id": ids[0]}, map[string]any{"id": "4711"}, map[string]any{"id": ids[2]}, map[string]any{"id": "x"}}}
		got := read("", some).Is(http.StatusMultiStatus)
		if !slices.Equal(got.ids(), ids[:1]) || got.Get("numErrors") != 1.0 || got.Get("errors", 0, "category") != "OBJECT_NOT_FOUND" ||
			fmt.Sprint(got.Get("errors", 0, "context", "ids")) != fmt.Sprint([]any{"4711", ids[2], "x"}) ||
			got.Get("errors", 0, "message") != "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid." {
			t.Errorf("%s", got.Raw)
		}
		if got := read("?archived=true", some).Is(http.StatusMultiStatus); !slices.Equal(got.ids(), ids[2:]) || got.Get("results", 0, "archived") != true {
			t.Errorf("in the trash: %s", got.Raw)
		}
		byEmail := map[string]any{"idProperty": "email", "inputs": []any{map[string]any{"id": "BOB@example.org"}, map[string]any{"id": "nobody@example.org"}}}
		if got := read("", byEmail).Is(http.StatusMultiStatus); !slices.Equal(got.ids(), ids[1:2]) || got.Get("errors", 0, "context", "ids", 0) != "nobody@example.org" {
			t.Errorf("by e-mail: %s", got.Raw)
		}
		byEmail["idProperty"] = "firstname"
		read("", byEmail).Is(http.StatusBadRequest)
		many := make([]any, 51)
		for i := range many {
			many[i] = map[string]any{"id": ids[0]}
		}
		if got := read("", map[string]any{"inputs": many}).Is(http.StatusOK); len(got.ids()) != 1 {
			t.Errorf("one asked for often: %s", got.Raw)
		}
		read("", map[string]any{"inputs": many, "propertiesWithHistory": []string{"email"}}).Is(http.StatusBadRequest)
		read("", map[string]any{"inputs": slices.Concat(many, many)}).Is(http.StatusBadRequest)
	})
}

func TestHubSpotBatchUpdate(t *testing.T) { // API-1, API-4, API-6
	eachDesk(t, func(t *testing.T, d *desk) {
		ids := d.Ask("POST", objects+"contacts/batch/create", inputs(map[string]any{"properties": props("email", "ann@example.org")},
			map[string]any{"properties": props("email", "bob@example.org")})).Is(http.StatusCreated).ids()
		update := func(all ...any) answer { return d.Ask("POST", objects+"contacts/batch/update", inputs(all...)) }
		got := update(named("BOB@example.org", "email", props("firstname", "Bob")), named(ids[0], "", props("firstname", "Ann"))).Is(http.StatusOK)
		if !slices.Equal(got.ids(), []string{ids[1], ids[0]}) || got.Get("results", 0, "properties", "firstname") != "Bob" {
			t.Errorf("%s", got.Raw)
		}
		got = update(named(ids[0], "", props("lastname", "Berg")), named("4711", "", props("lastname", "Nobody"))).Is(http.StatusMultiStatus)
		if !slices.Equal(got.ids(), ids[:1]) || got.Get("errors", 0, "category") != "OBJECT_NOT_FOUND" || got.Get("errors", 0, "context", "ids", 0) != "4711" {
			t.Errorf("%s", got.Raw)
		}
		got = update(named(ids[0], "", props("lastname", "x")), named("ann@example.org", "email", props("lastname", "y"))).Is(http.StatusBadRequest)
		if got.Get("message") != "Duplicate IDs found in batch input: [ann@example.org]" {
			t.Errorf("%s", got.Raw)
		}
		update(named(ids[0], "", props("lastname", "x")), named(ids[1], "", props("shoe_size", "9"))).Is(http.StatusBadRequest)
		update(map[string]any{"properties": props("lastname", "x")}).Is(http.StatusBadRequest)
		update(map[string]any{"id": ids[0]}).Is(http.StatusBadRequest)
		first := named(ids[0], "", props("lastname", "Dam"))
		second := named(ids[1], "", props("shoe_size", "9"))
		first["objectWriteTraceId"], second["objectWriteTraceId"] = "1", "2"
		got = update(first, second).Is(http.StatusMultiStatus)
		if !slices.Equal(got.ids(), ids[:1]) || got.Get("errors", 0, "context", "objectWriteTraceId", 0) != "2" || !strings.Contains(got.Raw, "PROPERTY_DOESNT_EXIST") {
			t.Errorf("%s", got.Raw)
		}
		if name := d.Ask("GET", objects+"contacts/"+ids[0], nil).Get("properties", "lastname"); name != "Dam" {
			t.Errorf("it is %v", name)
		}
		if n := count(d.events("contacts"), "contact.changed"); n != 4 {
			t.Errorf("%d changes told, want 4", n)
		}
	})
}

func TestHubSpotBatchUpsert(t *testing.T) { // API-6
	eachDesk(t, func(t *testing.T, d *desk) {
		ann := d.Ask("POST", objects+"contacts", `{"properties":{"email":"ann@example.org"}}`).Is(http.StatusCreated).Get("id").(string)
		upsert := func(all ...any) answer { return d.Ask("POST", objects+"contacts/batch/upsert", inputs(all...)) }
		got := upsert(named("bob@example.org", "email", props("firstname", "Bob")), named("ANN@example.org", "email", props("firstname", "Ann")),
			named("eve@example.org", "email", props("email", "eve@example.org"))).Is(http.StatusOK)
		if got.Get("results", 0, "new") != true || got.Get("results", 1, "new") != false || got.Get("results", 2, "new") != true || got.ids()[1] != ann ||
			got.Get("results", 0, "properties", "email") != "bob@example.org" || got.Get("results", 1, "properties", "firstname") != "Ann" {
			t.Errorf("%s", got.Raw)
		}
		again := upsert(named("bob@example.org", "email", props("firstname", "Bob"))).Is(http.StatusOK)
		if again.Get("results", 0, "new") != false || again.ids()[0] != got.ids()[0] {
			t.Errorf("again: %s", again.Raw)
		}
		got = upsert(named(ann, "", props("lastname", "Berg")), named("4711", "", props("lastname", "Berg"))).Is(http.StatusMultiStatus)
		if !slices.Equal(got.ids(), []string{ann}) || got.Get("errors", 0, "category") != "OBJECT_NOT_FOUND" {
			t.Errorf("by id: %s", got.Raw)
		}
		upsert(named("x@example.org", "email", props()), named("x@example.org", "email", props())).Is(http.StatusBadRequest)
		upsert(named("nonsense", "email", props())).Is(http.StatusBadRequest)
		upsert(named("Ann", "firstname", props())).Is(http.StatusBadRequest)
		if events := d.events("contacts"); count(events, "contact.created") != 3 || count(events, "contact.changed") != 2 {
			t.Errorf("emitted %q", events)
		}
	})
}

func TestHubSpotBatchArchive(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		ids := d.Ask("POST", objects+"tickets/batch/create", inputs(newTicket("a"), newTicket("b"), newTicket("c"))).Is(http.StatusCreated).ids()
		for range 2 {
			got := d.Ask("POST", objects+"tickets/batch/archive", inputs(map[string]any{"id": ids[0]}, map[string]any{"id": ids[2]}, map[string]any{"id": "4711"})).Is(http.StatusNoContent)
			if got.Raw != "" {
				t.Errorf("204 with %q", got.Raw)
			}
		}
		if left := d.Ask("GET", objects+"tickets", nil).ids(); !slices.Equal(left, ids[1:2]) {
			t.Errorf("left %q", left)
		}
		if n := count(d.events("tickets"), "ticket.archived"); n != 2 {
			t.Errorf("%d told", n)
		}
		d.Ask("GET", objects+"tickets/"+ids[0], nil).Is(http.StatusNotFound)
		d.Ask("GET", objects+"tickets/"+ids[1]+"?archived=true", nil).Is(http.StatusNotFound)
		if got := d.Ask("GET", objects+"tickets/"+ids[0]+"?archived=true", nil).Is(http.StatusOK); got.Get("archived") != true || got.Get("archivedAt") != "2026-11-02T09:00:00.000Z" {
			t.Errorf("%s", got.Raw)
		}
	})
}

func TestHubSpotHistory(t *testing.T) { // PROP-4
	eachDesk(t, func(t *testing.T, d *desk) {
		id := d.Ask("POST", objects+"tickets", newTicket("First")).Is(http.StatusCreated).Get("id").(string)
		for _, subject := range []string{"Second", "Third"} {
			d.clock.Advance(time.Minute)
			d.Ask("PATCH", objects+"tickets/"+id, map[string]any{"properties": props("subject", subject, "content", subject)}).Is(http.StatusOK)
		}
		d.clock.Advance(time.Minute)
		d.Ask("PATCH", objects+"tickets/"+id, `{"properties":{"content":""}}`).Is(http.StatusOK)
		for _, query := range []string{"propertiesWithHistory=subject,content", "propertiesWithHistory=subject&propertiesWithHistory=content&propertiesWithHistory=nonsense"} {
			got := d.Ask("GET", objects+"tickets/"+id+"?"+query, nil).Is(http.StatusOK)
			var subjects, contents []string
			for _, v := range got.Get("propertiesWithHistory", "subject").([]any) {
				subjects = append(subjects, v.(map[string]any)["value"].(string)+" "+v.(map[string]any)["timestamp"].(string)+" "+v.(map[string]any)["sourceType"].(string))
			}
			for _, v := range got.Get("propertiesWithHistory", "content").([]any) {
				contents = append(contents, v.(map[string]any)["value"].(string))
			}
			if !slices.Equal(subjects, []string{"Third 2026-11-02T09:02:00.000Z INTEGRATION", "Second 2026-11-02T09:01:00.000Z INTEGRATION", "First 2026-11-02T09:00:00.000Z INTEGRATION"}) ||
				!slices.Equal(contents, []string{"", "Third", "Second"}) || got.Get("properties", "subject") != "Third" {
				t.Errorf("%q %q in %s", subjects, contents, got.Raw)
			}
		}
		if got := d.Ask("GET", objects+"tickets?propertiesWithHistory=subject&limit=50", nil).Is(http.StatusOK); len(got.Get("results", 0, "propertiesWithHistory", "subject").([]any)) != 3 {
			t.Errorf("%s", got.Raw)
		}
		d.Ask("GET", objects+"tickets?propertiesWithHistory=subject&limit=51", nil).Is(http.StatusBadRequest)
		read := map[string]any{"inputs": []any{map[string]any{"id": id}}, "propertiesWithHistory": []string{"subject"}}
		if got := d.Ask("POST", objects+"tickets/batch/read", read).Is(http.StatusOK); got.Get("results", 0, "propertiesWithHistory", "subject", 0, "value") != "Third" {
			t.Errorf("%s", got.Raw)
		}
	})
}

// The same handlers serve every object type.
func TestHubSpotOtherObjects(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		for kind, given := range map[string]map[string]any{
			"companies": props("name", "Berg", "domain", "berg.example"),
			"deals":     props("dealname", "Big", "pipeline", "default", "dealstage", "contractsent", "amount", 5.5),
			"notes":     props("hs_note_body", "Called", "hs_timestamp", 1700000000000),
			"0-27":      props("hs_task_subject", "Call", "hs_timestamp", "2026-11-02T10:00:00Z", "hs_task_status", "NOT_STARTED"),
			"CALL":      props("hs_call_title", "Called", "hs_timestamp", "2026-11-02T10:00:00Z"),
			"meetings":  props("hs_meeting_title", "Met", "hs_timestamp", "2026-11-02T10:00:00Z"),
		} {
			made := d.Ask("POST", objects+kind, map[string]any{"properties": given}).Is(http.StatusCreated)
			id := made.Get("id").(string)
			for name, v := range given {
				if got := made.Get("properties", name); name != "hs_timestamp" && got != fmt.Sprint(v) {
					t.Errorf("%s: %s is %v, want %v", kind, name, got, v)
				}
			}
			if got := d.Ask("POST", objects+kind+"/batch/read", inputs(map[string]any{"id": id})).Is(http.StatusOK); got.ids()[0] != id {
				t.Errorf("%s: %s", kind, got.Raw)
			}
			if got := d.Ask("POST", objects+kind+"/search", `{}`).Is(http.StatusOK); got.Get("total") != 1.0 {
				t.Errorf("%s: %s", kind, got.Raw)
			}
			d.Ask("DELETE", objects+kind+"/"+id, nil).Is(http.StatusNoContent)
			d.Ask("GET", objects+kind+"/"+id, nil).Is(http.StatusNotFound)
		}
		d.Ask("POST", objects+"notes", `{"properties":{"hs_note_body":"no time"}}`).Is(http.StatusBadRequest)
	})
}
