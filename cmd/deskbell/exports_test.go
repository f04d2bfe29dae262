package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/sheet"
)

const exportsV3 = "/crm/v3/exports/export/"

// table reads a CSV file, its cells joined by a bar.
func (d *desk) table(raw string) (lines []string) {
	d.t.Helper()
	all, err := csv.NewReader(strings.NewReader(raw)).ReadAll()
	if err != nil {
		d.t.Fatalf("%v: %s", err, raw)
	}
	for _, cells := range all {
		lines = append(lines, strings.Join(cells, "|"))
	}
	return lines
}

// exported asks for an export by HubSpot's path, lets it run, and returns what its link leads to.
func (d *desk) exported(body map[string]any) (lines []string) {
	d.t.Helper()
	a := d.Ask("POST", exportsV3+"async", body).Is(http.StatusAccepted)
	d.Settle()
	status := d.Ask("GET", exportsV3+"async/tasks/"+a.Get("id").(string)+"/status", nil).Is(http.StatusOK)
	if status.Get("status") != "COMPLETE" || status.Get("completedAt") == nil {
		d.t.Fatalf("it is %s", status.Raw)
	}
	raw, _ := d.Fetch(status.Get("result").(string))
	return d.table(raw)
}

// contactsOf is a request for contacts.
func contactsOf(more map[string]any, properties ...string) map[string]any {
	out := map[string]any{"exportType": "VIEW", "format": "CSV", "exportName": "people", "objectType": "CONTACT", "language": "EN", "objectProperties": properties,
		"associatedObjectType": "", "exportInternalValuesOptions": []string{}, "overrideAssociatedObjectsPerDefinitionPerRowLimit": false}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func TestAViewIsTakenAlong(t *testing.T) { // IMP-3, ACC-9
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann Lee <ann@x.example>", "=cmd()", "The lamp is dark.")
		d.Mail("Bob <bob@x.example>", "Two, \"words\"", "Hello.")
		bea := d.Agent("Bea Berg")
		second := d.Newest()
		bea.Ask("PATCH", api+"/tickets/"+second, map[string]any{"properties": map[string]any{"hubspot_owner_id": fmt.Sprint(bea.user.ID)}})
		d.Ask("PATCH", objects+"tickets/"+second, map[string]any{"properties": map[string]any{"hubspot_owner_id": fmt.Sprint(bea.user.ID), "hs_ticket_priority": "HIGH"}}).Is(200)
		d.Settle()
		ask := func(body map[string]any) (answer, []string) {
			a := bea.Ask("POST", api+"/exports", body).Is(http.StatusAccepted)
			d.Settle()
			one := api + "/exports/" + a.Get("id").(string)
			done := bea.Ask("GET", one, nil).Is(http.StatusOK)
			if done.Get("state") != "DONE" || done.Get("hasFile") != true {
				t.Fatalf("it is %s", done.Raw)
			}
			return done, d.table(bea.Ask("GET", one+"/file", nil).Is(http.StatusOK).Raw)
		}
		done, lines := ask(map[string]any{"name": "all open", "view": "open", "sorts": []string{"-lastMessageAt"}})
		if len(lines) != 3 || done.Get("total") != 2.0 || done.Get("records") != 2.0 || done.Get("name") != "all open" {
			t.Fatalf("it is %q: %s", lines, done.Raw)
		}
		if !strings.HasPrefix(lines[0], "Record ID|Ticket name|Pipeline|Ticket status|Priority|") || !strings.HasSuffix(lines[0], "|Associated Contact IDs|Associated Contact") {
			t.Errorf("the columns are %s", lines[0])
		}
		if !strings.HasPrefix(lines[1], second+`|Two, "words"|Support Pipeline|`) || !strings.Contains(lines[1], "|High|") || !strings.Contains(lines[1], "|Bea Berg|") ||
			!strings.HasSuffix(lines[1], "|Bob") || !strings.Contains(lines[2], "|'=cmd()|") || !strings.HasSuffix(lines[2], "|Ann Lee") {
			t.Errorf("the rows are %q", lines[1:])
		}
		if _, lines := ask(map[string]any{"view": "unassigned", "properties": []string{"subject"}}); len(lines) != 2 || !strings.HasSuffix(lines[1], "|'=cmd()") {
			t.Errorf("of the unassigned there is %q", lines)
		}
		mine := map[string]any{"view": "mine", "query": "words", "properties": []string{"subject"},
			"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "hs_ticket_priority", "operator": "EQ", "value": "HIGH"}}}}}
		if _, lines := ask(mine); len(lines) != 2 {
			t.Errorf("of mine there is %q", lines)
		}
		if _, lines := ask(map[string]any{"view": "team", "properties": []string{"subject"}}); len(lines) != 1 {
			t.Errorf("of a team that there is not there is %q", lines)
		}
		list := bea.Ask("GET", api+"/exports?limit=3", nil).Is(http.StatusOK)
		if len(list.Get("results").([]any)) != 3 || list.Get("paging", "next", "after") == nil {
			t.Errorf("the list is %s", list.Raw)
		}
		rest := bea.Ask("GET", api+"/exports?after="+list.Get("paging", "next", "after").(string), nil).Is(http.StatusOK)
		if len(rest.Get("results").([]any)) != 1 || rest.Get("results", 0, "id") != done.Get("id") {
			t.Errorf("the rest is %s", rest.Raw)
		}
		// Nobody else gets at it: not the boss, not an app.
		one := api + "/exports/" + done.Get("id").(string)
		boss := d.SignIn(d.boss)
		for _, path := range []string{one, one + "/file"} {
			boss.Ask("GET", path, nil).Is(http.StatusNotFound)
			d.Ask("GET", path, nil).Is(http.StatusNotFound)
		}
		boss.Ask("POST", one+"/cancel", nil).Is(http.StatusNotFound)
		d.Ask("GET", exportsV3+done.Get("id").(string), nil).Is(http.StatusNotFound)
		if files := d.Ask("GET", filesV3+"/search", nil).Is(http.StatusOK); len(files.Get("results").([]any)) != 0 {
			t.Errorf("the file is listed: %s", files.Raw)
		}
		log := boss.Ask("GET", api+"/audit?category=export", nil).Is(http.StatusOK)
		if n := strings.Count(log.Raw, `"export.requested"`); n != 4 || !strings.Contains(log.Raw, "Bea Berg") {
			t.Errorf("the audit log is %s", log.Raw)
		}
	})
}

func TestExportsByHubSpotsPaths(t *testing.T) { // API-1, IMP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		company := d.add("companies", map[string]any{"name": "X Ltd", "domain": "x.example"})
		ann := d.add("contacts", map[string]any{"email": "ann@x.example", "firstname": "Ann", "phone": "+493012345", "lifecyclestage": "lead"},
			map[string]any{"to": map[string]any{"id": company}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}}})
		d.add("contacts", map[string]any{"email": "bob@y.example", "firstname": "Bob"})
		search := map[string]any{"query": "", "filters": []any{map[string]any{"propertyName": "email", "operator": "EQ", "value": "ann@x.example"}}, "sorts": []string{"email"}}
		got := d.exported(contactsOf(map[string]any{"publicCrmSearchRequest": search, "associatedObjectType": "COMPANY", "includePrimaryDisplayPropertyForAssociatedObjects": true,
			"includeLabeledAssociations": true}, "email", "lifecyclestage", "phone", "createdate"))
		want := []string{"Record ID|Email|Lifecycle stage|Phone number|Create date|Associated Company IDs|Associated Company|Associated Company labels",
			ann + "|ann@x.example|Lead|'+493012345|2026-11-02 09:00:00|" + company + "|X Ltd|"}
		if len(got) != 2 || !strings.EqualFold(got[0], want[0]) || !strings.HasPrefix(got[1], want[1]) {
			t.Errorf("it is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		both := map[string]any{"filterGroups": []any{map[string]any{"filters": []any{map[string]any{"propertyName": "email", "operator": "HAS_PROPERTY"}}}},
			"sorts": []any{map[string]any{"propertyName": "email", "order": "DESC"}}}
		got = d.exported(contactsOf(map[string]any{"publicCrmSearchRequest": both, "exportInternalValuesOptions": []string{"NAMES", "VALUES"}}, "email", "lifecyclestage", "createdate", "email"))
		if len(got) != 3 || got[0] != "hs_object_id|email|lifecyclestage|createdate" || got[2] != ann+"|ann@x.example|lead|2026-11-02T09:00:00.000Z" {
			t.Errorf("internal values are\n%s", strings.Join(got, "\n"))
		}
		vips := d.Ask("POST", "/crm/v3/lists", map[string]any{"objectTypeId": "0-1", "name": "VIPs", "processingType": "MANUAL"}).Is(200).Get("list", "listId").(string)
		d.Ask("PUT", "/crm/v3/lists/"+vips+"/memberships/add", []string{ann}).Is(200)
		got = d.exported(contactsOf(map[string]any{"exportType": "LIST", "listId": vips}, "email"))
		if len(got) != 2 || got[1] != ann+"|ann@x.example" {
			t.Errorf("the list is\n%s", strings.Join(got, "\n"))
		}
		a := d.Ask("POST", "/crm/exports/2026-09/export/async", contactsOf(map[string]any{"format": "XLSX"}, "email", "createdate")).Is(http.StatusAccepted)
		n := a.Get("id").(string)
		link := a.Get("links", "status").(string)
		if !strings.HasSuffix(link, "/crm/exports/2026-09/export/async/tasks/"+n+"/status") {
			t.Errorf("asked for its status at %s", link)
		}
		status := "/crm/exports/2026-09/export/async/tasks/" + n + "/status"
		if got := d.Ask("GET", status, nil).Is(200); got.Get("status") != "PENDING" || got.Get("result") != nil || got.Get("requestedAt") == nil {
			t.Errorf("at first it is %s", got.Raw)
		}
		d.Settle()
		done := d.Ask("GET", status, nil).Is(200)
		raw, h := d.Fetch(done.Get("result").(string))
		if rows := d.rowsOf(raw); len(rows) != 3 || rows[0] != "Record ID|Email|Create date" || !strings.HasSuffix(rows[1], "|ann@x.example|2026-11-02T09:00:00Z") ||
			!strings.Contains(h.Get("Content-Disposition"), "people.xlsx") {
			t.Errorf("%s holds %q", h.Get("Content-Disposition"), rows)
		}
		one := d.Ask("GET", "/crm/exports/2026-03/export/"+n, nil).Is(200)
		if one.Get("exportState") != "DONE" || one.Get("exportType") != "VIEW" || one.Get("recordCount") != 2.0 || one.Get("exportName") != "people" || one.Get("objectProperties", 1) != "createdate" {
			t.Errorf("it is %s", one.Raw)
		}
		d.Advance(6 * time.Minute)
		if raw, _ := d.Fetch(done.Get("result").(string)); raw != "403" {
			t.Errorf("the link still leads to %.40s", raw)
		}
		if raw, _ := d.Fetch(d.Ask("GET", status, nil).Is(200).Get("result").(string)); len(raw) < 1000 {
			t.Errorf("the next one leads to %s", raw)
		}
		d.Advance(32 * 24 * time.Hour)
		d.Settle()
		d.Ask("GET", status, nil).Is(http.StatusNotFound)
	})
}

// rowsOf are the rows of a spreadsheet, their cells joined by a bar.
func (d *desk) rowsOf(raw string) (out []string) {
	d.t.Helper()
	r, err := sheet.Open(strings.NewReader(raw), int64(len(raw)), "")
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	for {
		cells, _, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, strings.Join(cells, "|"))
	}
}

// An export holds what who asked for it may see, and no more: records, properties, and what they are associated with.
func TestAnExportShowsNobodyMore(t *testing.T) { // ACC-3, ACC-4, PROP-2
	eachWalked(t, func(t *testing.T, w *walked) {
		w.define("tickets", "pay", "string", "text")
		w.Ask("PATCH", objects+"tickets/"+w.tickets["mine"], map[string]any{"properties": map[string]any{"pay": "much"}}).Is(http.StatusOK)
		mia := w.enter(w.mia)
		a := mia.Ask("POST", api+"/exports", map[string]any{"properties": []string{"subject", "pay"}}).Is(http.StatusAccepted)
		w.Settle()
		lines := w.table(mia.Ask("GET", api+"/exports/"+a.Get("id").(string)+"/file", nil).Is(http.StatusOK).Raw)
		if len(lines) != 2 || !strings.HasPrefix(lines[1], w.tickets["mine"]+"|") || !strings.HasSuffix(lines[1], "|much") {
			t.Errorf("she has %q", lines)
		}
		_, tokens := w.install("crm.export", "tickets")
		app := func(body map[string]any) answer {
			return w.ask("POST", exportsV3+"async", body, "Bearer "+tokens.Get("access_token").(string))
		}
		app(contactsOf(nil, "email")).Is(http.StatusForbidden)
		app(contactsOf(map[string]any{"objectType": "tickets", "associatedObjectType": "contacts"}, "subject")).Is(http.StatusForbidden)
		app(contactsOf(map[string]any{"objectType": "tickets"}, "subject")).Is(http.StatusAccepted)
		_, other := w.install("tickets")
		w.ask("POST", exportsV3+"async", contactsOf(nil, "email"), "Bearer "+other.Get("access_token").(string)).Is(http.StatusForbidden)
	})
}

func TestExportsThatCannotBegin(t *testing.T) { // API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		for name, c := range map[string]struct {
			body   any
			status int
		}{
			"no JSON":              {"{", 400},
			"another format":       {contactsOf(map[string]any{"format": "XLS"}, "email"), 400},
			"no format":            {contactsOf(map[string]any{"format": ""}, "email"), 400},
			"another type":         {contactsOf(map[string]any{"exportType": "ALL"}, "email"), 400},
			"no list":              {contactsOf(map[string]any{"exportType": "LIST"}, "email"), 400},
			"what is no list":      {contactsOf(map[string]any{"exportType": "LIST", "listId": "x"}, "email"), 400},
			"an unknown list":      {contactsOf(map[string]any{"exportType": "LIST", "listId": "5"}, "email"), 404},
			"no object type":       {contactsOf(map[string]any{"objectType": ""}, "email"), 400},
			"an unknown language":  {contactsOf(map[string]any{"language": "XX"}, "email"), 400},
			"an unknown property":  {contactsOf(nil, "nothing"), 400},
			"an unknown option":    {contactsOf(map[string]any{"exportInternalValuesOptions": []string{"ALL"}}, "email"), 400},
			"two sorts":            {contactsOf(map[string]any{"publicCrmSearchRequest": map[string]any{"sorts": []string{"email", "firstname"}}}, "email"), 400},
			"an unknown filter":    {contactsOf(map[string]any{"publicCrmSearchRequest": map[string]any{"filters": []any{map[string]any{"propertyName": "x", "operator": "EQ", "value": "1"}}}}, "email"), 400},
			"many filters at once": {contactsOf(map[string]any{"publicCrmSearchRequest": map[string]any{"filterGroups": make([]any, 11)}}, "email"), 400},
		} {
			if a := d.Ask("POST", exportsV3+"async", c.body); a.Status != c.status {
				t.Errorf("%s: %d %s", name, a.Status, a.Raw)
			}
		}
		d.Ask("GET", exportsV3+"12345", nil).Is(http.StatusNotFound)
		d.Ask("GET", exportsV3+"async/tasks/x/status", nil).Is(http.StatusNotFound)
		viewer, err := d.people.AddUser(t.Context(), people.System, people.NewUser{Name: "Vi", Email: "vi@desk.localhost", Password: bossPassword, Seat: people.ViewSeat})
		if err != nil {
			t.Fatal(err)
		}
		d.SignIn(viewer).Ask("POST", api+"/exports", map[string]any{}).Is(http.StatusForbidden)
		a := d.Ask("POST", exportsV3+"async", contactsOf(map[string]any{"associatedObjectType": []string{"tickets", "COMPANY", "tickets"}}, "email")).Is(http.StatusAccepted)
		id := a.Get("id").(string)
		d.Ask("GET", api+"/exports/"+id+"/file", nil).Is(http.StatusNotFound)
		d.Ask("POST", api+"/exports/"+id+"/cancel", nil).Is(http.StatusOK)
		d.Settle()
		if got := d.Ask("GET", exportsV3+"async/tasks/"+id+"/status", nil).Is(200); got.Get("status") != "CANCELED" || got.Get("result") != nil {
			t.Errorf("it is %s", got.Raw)
		}
		if slices.Contains([]any{"DONE", nil}, d.Ask("GET", exportsV3+id, nil).Is(200).Get("exportState")) {
			t.Error("it went on")
		}
	})
}
