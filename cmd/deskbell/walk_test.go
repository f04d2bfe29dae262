package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// asking asks as somebody.
type asking func(method, path string, body any) answer

// secret is a word of every record of walks: who gets it back has seen one.
const secret = "xylophone"

// apart is a word of what is about another's ticket alone.
const apart = "glockenspiel"

// walked is a desk with tickets in every place that a reach tells apart, all with what belongs to them.
type walked struct {
	*desk
	team, otherTeam int64
	mia, mate       people.User
	tickets         map[string]string // by place: mine, mate's, team's, nobody's, another's
	ids             map[string]string // of what is about another's ticket, by the name of a parameter or of a type
}

// granted is a user with a permission set of their own.
func (d *desk) granted(name string, set string, teams ...int64) people.User {
	d.t.Helper()
	ctx := context.Background()
	u, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: name, Email: strings.ToLower(name) + "@desk.localhost", Password: bossPassword})
	if err != nil {
		d.t.Fatal(err)
	}
	dbtest.Do(d.t, d.db, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE users SET permissions = $2 WHERE id = $1", u.ID, set)
		return err
	})
	change := people.UserChange{Name: &name} // all look again
	if len(teams) > 0 {
		change.MainTeam = &teams[0]
	}
	if u, err = d.people.ChangeUser(ctx, people.System, u.ID, change); err != nil {
		d.t.Fatal(err)
	}
	return u
}

// reaching is a permission set in which each verb reaches so far, for every type.
func reaching(reach people.Reach, unassigned bool, verbs ...people.Verb) string {
	var cells []string
	for _, v := range verbs {
		cells = append(cells, fmt.Sprintf(`{"objectType":"*","verb":%q,"reach":%d,"unassigned":%t}`, v, reach, unassigned))
	}
	return `{"permissions":["account","audit","views"],"grants":[` + strings.Join(cells, ",") + `]}`
}

var allVerbs = []people.Verb{people.View, people.Create, people.Edit, people.Delete, people.Communicate}

func eachWalked(t *testing.T, story func(t *testing.T, w *walked)) {
	eachDesk(t, func(t *testing.T, d *desk) {
		w := &walked{desk: d, tickets: map[string]string{}, ids: map[string]string{}}
		for name, to := range map[string]*int64{"Repairs": &w.team, "Sales": &w.otherTeam} {
			dbtest.Do(t, d.db, func(tx *db.Tx) error {
				team, err := d.people.AddTeam(tx, people.System, name)
				*to = team.ID
				return err
			})
		}
		w.mia, w.mate = d.granted("Mia", reaching(people.OwnedOnly, false, allVerbs...), w.team), d.granted("Mate", reaching(people.Everything, true, allVerbs...), w.team)
		other := d.granted("Otto", reaching(people.Everything, true, allVerbs...), w.otherTeam)
		for place, owner := range map[string]map[string]string{
			"mine": {"hubspot_owner_id": id.Format(w.mia.ID)}, "mate's": {"hubspot_owner_id": id.Format(w.mate.ID)},
			"team's": {"hubspot_team_id": id.Format(w.team)}, "nobody's": {}, "another's": {"hubspot_owner_id": id.Format(other.ID)},
		} {
			w.tickets[place] = w.secretTicket(place, owner)
		}
		story(t, w)
	})
}

// enter signs in when nobody has for a minute: more often is refused.
func (w *walked) enter(u people.User) agent {
	w.t.Helper()
	w.clock.Advance(time.Minute)
	return w.SignIn(u)
}

// secretTicket is a ticket with a contact, a conversation with a file, and a note.
func (w *walked) secretTicket(place string, owner map[string]string) string {
	word, domain := secret, secret
	if place == "another's" {
		word, domain = apart+" "+secret, apart
	}
	w.mailWithFile("Quinn "+word+" <"+strings.Trim(place, "'s")+"@"+domain+".example>", word+" of "+place, "The "+word+" is broken. "+place, domain)
	n := w.Newest()
	w.enter(w.boss).Reply(n, "Which "+word+"?")
	w.enter(w.boss).Ask("POST", api+"/tickets/"+n+"/comments", map[string]any{"html": "<p>a " + word + "</p>"}).Is(http.StatusCreated)
	props := map[string]string{"hubspot_owner_id": ""} // who replied has it otherwise
	maps.Copy(props, owner)
	w.Ask("PATCH", objects+"tickets/"+n, map[string]any{"properties": props}).Is(http.StatusOK)
	if place == "another's" {
		w.ids["id"], w.ids["tickets"] = n, n
		w.ids["contacts"] = w.Ticket(n)["desk_contact_id"]
		w.ids["notes"] = w.add("notes", map[string]any{"hs_note_body": word, "hs_timestamp": "2026-01-01T00:00:00Z"},
			map[string]any{"to": map[string]any{"id": n}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 228}}})
		number, _ := id.Parse("id", n)
		dbtest.See(w.t, w.db, func(tx *db.Tx) (err error) {
			for name, statement := range map[string]string{"threadId": "SELECT max(id) FROM threads WHERE ticket_id = $1", "messageId": "SELECT max(id) FROM messages WHERE ticket_id = $1 AND kind = 'message'",
				"attachment": "SELECT max(a.id) FROM attachments a JOIN messages m ON m.id = a.message_id WHERE m.ticket_id = $1"} {
				found, err := db.Value[int64](tx, statement, number)
				if err != nil {
					return err
				}
				w.ids[name] = id.Format(found)
			}
			return nil
		})
	}
	return n
}

// state is what a ticket is, and how much there is about it and all others.
func (w *walked) state(ticket string) string {
	w.t.Helper()
	var out string
	n, _ := id.Parse("id", ticket)
	dbtest.See(w.t, w.db, func(tx *db.Tx) error {
		r, err := w.records.Any(tx, "tickets", n)
		if err != nil {
			return err
		}
		out = fmt.Sprint(r.Archived, r.Properties)
		for _, table := range []string{"tickets", "contacts", "objects", "messages", "associations", "ticket_marks", "drafts", "merges", "attachments", "threads"} {
			rows, err := db.Value[int64](tx, "SELECT count(*) FROM "+table)
			if err != nil {
				return err
			}
			out += fmt.Sprint(" ", table, " ", rows)
		}
		return nil
	})
	return out
}

// about is what a ticket is, and how much there is about it alone.
func (w *walked) about(ticket string) string {
	w.t.Helper()
	var out string
	n, _ := id.Parse("id", ticket)
	dbtest.See(w.t, w.db, func(tx *db.Tx) error {
		r, err := w.records.Any(tx, "tickets", n)
		if err != nil {
			return err
		}
		out = fmt.Sprint(r.Archived, r.Properties)
		for _, rows := range []string{"messages WHERE ticket_id", "threads WHERE ticket_id", "ticket_marks WHERE ticket_id", "drafts WHERE ticket_id",
			"associations WHERE from_type = 'tickets' AND from_id"} {
			count, err := db.Value[int64](tx, "SELECT count(*) FROM "+rows+" = $1", n)
			if err != nil {
				return err
			}
			out += fmt.Sprint(" ", rows, " ", count)
		}
		return nil
	})
	return out
}

// aboutRecords are the routes that read or write records and what belongs to them; what an account is set up with is not.
func (w *walked) aboutRecords() (out []gate.Route) {
	for _, r := range w.gate.Routes() {
		if r.Public || r.Endless {
			continue
		}
		for _, part := range []string{"/objects/", "/associations/{from", "/conversations/", "/records/", "/tickets", "/contacts", "/companies", "/messages/", "/attachments/",
			"/notifications", "/views", "/outbox", "/attention"} {
			if strings.Contains(r.Path, part) && !strings.HasSuffix(r.Path, "/labels") && !strings.HasSuffix(r.Path, "/{labels}") && !strings.Contains(r.Path, "/labels/{") && !strings.HasPrefix(r.Path, "/crm/limits") && !strings.HasPrefix(r.Path, "/crm/v3/limits") {
				out = append(out, r)
				break
			}
		}
	}
	return out
}

// filled is the path of a route for a record, and a body that could do something.
func (w *walked) filled(r gate.Route, objectType, n string) (path string, body any) {
	other := map[string]string{"tickets": "contacts"}[objectType]
	if other == "" {
		other = "tickets"
	}
	values := map[string]string{"{id}": n, "{objectType}": objectType, "{fromObjectType}": objectType, "{toObjectType}": other, "{toObjectId}": w.ids[other],
		"{other}": w.ids["contacts"], "{kind}": "reply", "{version}": "2026-03", "{threadId}": w.ids["threadId"], "{messageId}": w.ids["messageId"]}
	switch {
	case strings.Contains(r.Path, "/messages/{id}"):
		values["{id}"] = w.ids["messageId"]
	case strings.Contains(r.Path, "/attachments/{id}"):
		values["{id}"] = w.ids["attachment"]
	case strings.Contains(r.Path, "/contacts/{id}"):
		values["{id}"] = w.ids["contacts"]
	case strings.Contains(r.Path, "/views/{id}"):
		values["{id}"] = "all-open"
	}
	path = r.Path
	for name, v := range values {
		path = strings.ReplaceAll(path, name, v)
	}
	props := map[string]any{"subject": "changed", "lastname": "changed", "dealname": "changed", "name": "changed", "hs_note_body": "changed"}
	delete(props, map[string]string{"tickets": "lastname"}[objectType])
	for name := range props {
		if name != map[string]string{"tickets": "subject", "contacts": "lastname", "deals": "dealname", "companies": "name", "notes": "hs_note_body"}[objectType] {
			delete(props, name)
		}
	}
	inputs := func(one map[string]any) map[string]any { return map[string]any{"inputs": []any{one}} }
	pair := map[string]any{"from": map[string]any{"id": n}, "to": map[string]any{"id": w.ids[other]}, "type": "ticket_to_contact"}
	switch {
	case r.Method == http.MethodGet || r.Method == http.MethodDelete:
		if r.Method == http.MethodGet && strings.Contains(path, "/objects/") && !strings.Contains(path, "/associations/") {
			path += "?associations=contacts,notes,tickets&properties=subject,content,lastname,dealname,name,hs_note_body&limit=100"
		}
		return strings.TrimSuffix(path, "$"), nil
	case strings.Contains(path, "/associations/") && strings.HasSuffix(path, "/batch/read"):
		return path, inputs(map[string]any{"id": n})
	case strings.Contains(path, "/associations/") && strings.Contains(path, "/batch/archive"):
		return path, inputs(map[string]any{"from": map[string]any{"id": n}, "to": []any{map[string]any{"id": w.ids[other]}}})
	case strings.Contains(path, "/associations/"):
		return path, inputs(pair)
	case strings.HasSuffix(path, "/search"):
		return path, map[string]any{"limit": 100, "properties": []string{"subject", "content", "lastname"}}
	case strings.HasSuffix(path, "/merge"):
		return path, map[string]any{"primaryObjectId": n, "objectIdToMerge": w.tickets["mine"], "otherId": w.tickets["mine"]}
	case strings.HasSuffix(path, "/gdpr-delete"):
		return path, map[string]any{"objectId": n}
	case strings.HasSuffix(path, "/batch/create"):
		return path, inputs(map[string]any{}) // who may see nothing may make something of their own
	case strings.Contains(path, "/batch/"):
		return path, inputs(map[string]any{"id": n, "properties": props})
	case strings.HasSuffix(path, "/comments"), strings.HasSuffix(path, "/replies"), strings.Contains(path, "/drafts/"):
		return path, map[string]any{"html": "<p>changed</p>"}
	case strings.HasSuffix(path, "/snooze"):
		return path, map[string]any{"until": "2030-01-01T00:00:00Z"}
	case strings.HasSuffix(path, "/threads/"+w.ids["threadId"]+"/messages"):
		return path, map[string]any{"type": "COMMENT", "text": "changed"}
	case r.Method == http.MethodPatch && strings.HasPrefix(path, api):
		return path, map[string]any{"properties": props, "subject": "changed"}
	case r.Method == http.MethodPatch:
		return path, map[string]any{"properties": props}
	}
	return path, map[string]any{}
}

// keeps walks all routes about a record that somebody does not see: none may show or change anything of another's ticket and what is
// about it. word gives away who has seen it, state is what nobody else changes.
func (w *walked) keeps(who string, ask asking, objectType, n, word string, state func(ticket string) string) {
	w.t.Helper()
	before := state(w.tickets["another's"])
	for _, r := range w.aboutRecords() {
		path, body := w.filled(r, objectType, n)
		got := ask(r.Method, path, body)
		if strings.Contains(strings.ToLower(got.Raw), word) || got.Status >= 500 {
			w.t.Errorf("%s: %s %s answered %d %.300s", who, r.Method, path, got.Status, got.Raw)
		}
		if after := state(w.tickets["another's"]); after != before {
			raw, _ := json.Marshal(body)
			w.t.Errorf("%s: %s %s %s answered %d and changed\n%s to\n%s", who, r.Method, path, raw, got.Status, before, after)
			before = after
		}
	}
}

// Somebody with every permission of the account, and none for records, gets to see none and changes none, by any route; nor does who
// sees but their own, or their team's, get at another's.
func TestNoRouteShowsWhatOneMayNotSee(t *testing.T) { // ACC-3, ACC-4, ACC-10
	eachWalked(t, func(t *testing.T, w *walked) {
		blind := w.enter(w.granted("Blind", reaching(people.None, false)))
		own := w.enter(w.mia)
		team := w.enter(w.granted("Tess", reaching(people.TeamOnly, false, allVerbs...), w.team))
		for _, objectType := range []string{"tickets", "contacts", "notes"} {
			n := w.ids[objectType]
			w.keeps("who sees nothing", blind.Ask, objectType, n, secret, w.state)
			w.keeps("who sees their own", own.Ask, objectType, n, apart, w.about)
			w.keeps("who sees their team's", team.Ask, objectType, n, apart, w.about)
		}
		for scope, app := range map[string][]string{"tickets": {"tickets", w.tickets["another's"]}, "crm.objects.contacts.": {"contacts", w.ids["contacts"]}} {
			var rest []string
			for _, s := range people.AppScopes() {
				if !strings.HasPrefix(s.Name, scope) && !strings.HasPrefix(s.Name, "conversations.") && !strings.HasPrefix(s.Name, "helpdesk.") {
					rest = append(rest, s.Name)
				}
			}
			_, token, err := w.people.AddToken(t.Context(), people.System, "without "+scope, rest...)
			if err != nil {
				t.Fatal(err)
			}
			w.without(app[0], "an app without "+scope, func(method, path string, body any) answer { return w.ask(method, path, body, "Bearer "+token) }, app[1])
		}
	})
}

// without walks the routes of one type with an app that lacks its scope: each refuses.
func (w *walked) without(objectType, who string, ask asking, n string) {
	w.t.Helper()
	before := w.state(w.tickets["another's"])
	for _, r := range w.aboutRecords() {
		if !strings.Contains(r.Path, "{objectType}") && !strings.Contains(r.Path, "{fromObjectType}") {
			continue
		}
		path, body := w.filled(r, objectType, n)
		if got := ask(r.Method, path, body); got.Status != http.StatusForbidden {
			w.t.Errorf("%s: %s %s answered %d %.300s", who, r.Method, path, got.Status, got.Raw)
		}
	}
	if after := w.state(w.tickets["another's"]); after != before {
		w.t.Errorf("%s changed\n%s to\n%s", who, before, after)
	}
}

// places are the tickets that a reach takes in.
var places = map[string]struct {
	reach      people.Reach
	unassigned bool
	sees       []string
}{
	"nothing":                 {people.None, false, nil},
	"own":                     {people.OwnedOnly, false, []string{"mine"}},
	"own and nobody's":        {people.OwnedOnly, true, []string{"mine", "nobody's"}},
	"the team's":              {people.TeamOnly, false, []string{"mate's", "mine", "team's"}},
	"the team's and nobody's": {people.TeamOnly, true, []string{"mate's", "mine", "nobody's", "team's"}},
	"all but nobody's":        {people.Everything, false, []string{"another's", "mate's", "mine"}}, // what is a team\'s has no owner, either
	"everything":              {people.Everything, true, []string{"another's", "mate's", "mine", "nobody's", "team's"}},
}

// Each reach lets in to just the tickets it takes in, by HubSpot's routes and by ours, one by one and in lists.
func TestEveryReachByEveryRoad(t *testing.T) { // ACC-3, ACC-4
	eachWalked(t, func(t *testing.T, w *walked) {
		names := map[string]string{}
		for place, n := range w.tickets {
			names[n] = place
		}
		for reach, c := range places {
			dbtest.Do(t, w.db, func(tx *db.Tx) error {
				_, err := tx.Exec("UPDATE users SET permissions = $2 WHERE id = $1", w.mia.ID, reaching(c.reach, c.unassigned, allVerbs...))
				return err
			})
			name := "Mia"
			if _, err := w.people.ChangeUser(t.Context(), people.System, w.mia.ID, people.UserChange{Name: &name}); err != nil {
				t.Fatal(err)
			}
			mia := w.enter(w.mia)
			for road, list := range map[string]answer{
				"list":     mia.Ask("GET", objects+"tickets?limit=100", nil).Is(http.StatusOK),
				"search":   mia.Ask("POST", objects+"tickets/search", map[string]any{"limit": 100}).Is(http.StatusOK),
				"by words": mia.Ask("POST", objects+"tickets/search", map[string]any{"query": secret, "limit": 100}).Is(http.StatusOK),
				"our list": mia.Ask("POST", api+"/tickets/search", map[string]any{"limit": 100}).Is(http.StatusOK),
			} {
				var got []string
				for _, one := range list.Get("results").([]any) {
					got = append(got, names[one.(map[string]any)["id"].(string)])
				}
				if slices.Sort(got); !slices.Equal(got, c.sees) {
					t.Errorf("%s, %s: %q, want %q", reach, road, got, c.sees)
				}
			}
			w.oneByOne(mia, reach, c.sees)
		}
	})
}

// oneByOne asks for each ticket by itself.
func (w *walked) oneByOne(mia agent, reach string, sees []string) {
	w.t.Helper()
	for _, place := range slices.Sorted(maps.Keys(w.tickets)) {
		n, seen := w.tickets[place], slices.Contains(sees, place)
		for path, body := range map[string]any{
			"GET " + objects + "tickets/" + n: nil, "GET " + api + "/tickets/" + n: nil, "GET " + api + "/tickets/" + n + "/conversation": nil,
			"GET /crm/v4/objects/tickets/" + n + "/associations/contacts": nil, "GET " + api + "/tickets/" + n + "/drafts": nil,
			"GET " + api + "/records/tickets/" + n + "/merges": nil,
			"PATCH " + objects + "tickets/" + n:                map[string]any{"properties": map[string]any{"hs_ticket_priority": "LOW"}},
			"POST " + api + "/tickets/" + n + "/read":          nil,
			"POST " + api + "/tickets/" + n + "/follow":        nil,
			"PUT " + api + "/tickets/" + n + "/drafts/reply":   map[string]any{"html": "<p>x</p>"},
			"POST " + objects + "tickets/batch/read ":          map[string]any{"inputs": []any{map[string]any{"id": n}}},
			"POST " + objects + "tickets/batch/update":         map[string]any{"inputs": []any{map[string]any{"id": n, "properties": map[string]any{"hs_ticket_priority": "LOW"}}}},
		} {
			method, path, _ := strings.Cut(path, " ")
			got := mia.Ask(method, strings.TrimSpace(path), body)
			if let := got.Status < 300 && got.Status != http.StatusMultiStatus; let != seen || !let && got.Status != http.StatusNotFound && got.Status != http.StatusMultiStatus {
				w.t.Errorf("who sees %s: %s %s of %s answered %d %.200s", reach, method, path, place, got.Status, got.Raw)
			}
		}
	}
}

// Who sees a ticket and may no more changes nothing of it: each verb is asked for where it is used.
func TestEveryVerbIsAskedFor(t *testing.T) { // ACC-3
	eachWalked(t, func(t *testing.T, w *walked) {
		n := w.tickets["mine"]
		for path, c := range map[string]struct {
			needs people.Verb
			body  any
		}{
			"PATCH " + objects + "tickets/" + n:                    {people.Edit, map[string]any{"properties": map[string]any{"hs_ticket_priority": "LOW"}}},
			"POST " + objects + "tickets/batch/update":             {people.Edit, map[string]any{"inputs": []any{map[string]any{"id": n, "properties": map[string]any{"subject": "changed"}}}}},
			"PATCH " + api + "/tickets/" + n:                       {people.Edit, map[string]any{"properties": map[string]any{"hs_ticket_priority": "HIGH"}}},
			"DELETE " + objects + "tickets/" + n:                   {people.Delete, nil},
			"DELETE " + api + "/tickets/" + n:                      {people.Delete, nil},
			"DELETE " + api + "/records/tickets/" + n + "/forever": {people.Delete, nil},
			"POST " + objects + "tickets/gdpr-delete":              {people.Delete, map[string]any{"objectId": n}},
			"POST " + objects + "tickets/merge":                    {people.Edit, map[string]any{"primaryObjectId": n, "objectIdToMerge": w.tickets["nobody's"]}},
			"POST " + api + "/tickets/" + n + "/replies":           {people.Communicate, map[string]any{"html": "<p>changed</p>"}},
			"POST " + objects + "tickets":                          {people.Create, map[string]any{"properties": map[string]any{"subject": "changed", "hs_pipeline_stage": "1"}}},
			"POST " + api + "/tickets":                             {people.Create, map[string]any{"properties": map[string]any{"subject": "changed", "hs_pipeline_stage": "1"}}},
		} {
			verbs := slices.DeleteFunc(slices.Clone(allVerbs), func(v people.Verb) bool { return v == c.needs })
			u := w.granted(fmt.Sprint("U", len(path), c.needs, strings.Count(path, "t"), path[len(path)-1:]), reaching(people.Everything, true, verbs...))
			before := w.state(n)
			method, at, _ := strings.Cut(path, " ")
			got := w.enter(u).Ask(method, at, c.body)
			if after := w.state(n); got.Status != http.StatusForbidden || after != before {
				t.Errorf("without %s: %s answered %d %.200s\n%s\n%s", c.needs, path, got.Status, got.Raw, before, after)
			}
		}
	})
}
