package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// merged merges one record into another as HubSpot's API does.
func (d *desk) merged(kind, into, from string) answer {
	d.t.Helper()
	return d.Ask("POST", objects+kind+"/merge", map[string]any{"primaryObjectId": into, "objectIdToMerge": from}).Is(http.StatusOK)
}

// said is what a ticket's page shows of what was said, the oldest first.
func (a agent) said(ticket string) (out []string) {
	a.t.Helper()
	items, _ := a.Ask("GET", api+"/tickets/"+ticket+"/conversation", nil).Is(http.StatusOK).Get("items").([]any)
	for _, one := range items {
		if item := one.(map[string]any); item["kind"] == "message" || item["kind"] == "comment" {
			out = append(out, strings.TrimSpace(item["text"].(string)))
		}
	}
	return out
}

// Ann wrote twice about one lamp. Bea makes one ticket of it, and Ann's answers to either go there.
func TestTwoTicketsBecomeOne(t *testing.T) { // REC-4, MAIL-3, LIST-4
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
		first := d.Newest()
		d.clock.Advance(time.Minute)
		d.Mail("Ann Bell <ann@home.example>", "The lamp again", "Did you get this?", "Message-ID: <two@example.org>")
		second := d.Newest()
		d.clock.Advance(time.Minute)
		bea.Reply(second, "We did.")
		answered := d.Sent()[0].Header.Get("Message-Id")
		bea.Ask("POST", api+"/tickets/"+second+"/follow", nil).Is(http.StatusNoContent)
		bea.Ask("PUT", api+"/tickets/"+second+"/drafts/reply", map[string]any{"html": "<p>And</p>"}).Is(http.StatusOK)
		before := bea.Counts()

		got := d.merged("tickets", first, second)
		if got.Get("id") != first || got.Get("properties", "subject") != "Lamp is broken" || got.Get("properties", "hs_merged_object_ids") != second {
			t.Errorf("merged into %s", got.Raw)
		}
		if counts := bea.Counts(); counts == before || !strings.Contains(counts, "open 1") {
			t.Errorf("counts %s, before %s", counts, before)
		}
		all := []string{"It fell.", "Did you get this?", "We did."}
		for _, n := range []string{first, second} { // by either id
			if got := bea.said(n); !slices.Equal(got, all) {
				t.Errorf("%s reads %q", n, got)
			}
			page := bea.Ask("GET", api+"/tickets/"+n, nil).Is(http.StatusOK)
			if page.Get("id") != first || page.Get("following") != true || len(page.Get("threads").([]any)) != 2 || len(page.Get("contacts").([]any)) != 2 {
				t.Errorf("page of %s: %s", n, page.Raw)
			}
			if draft := bea.Ask("GET", api+"/tickets/"+n+"/drafts", nil).Is(http.StatusOK); !strings.Contains(draft.Raw, "And") {
				t.Errorf("drafts of %s: %s", n, draft.Raw)
			}
			if got := d.Ask("GET", objects+"tickets/"+n, nil).Is(http.StatusOK).Get("id"); got != first {
				t.Errorf("%s answers as %v", n, got)
			}
		}
		d.Ask("PATCH", objects+"tickets/"+second, `{"properties":{"hs_ticket_priority":"HIGH"}}`).Is(http.StatusOK)
		if d.Ticket(first)["hs_ticket_priority"] != "HIGH" {
			t.Error("a change by the old id went nowhere")
		}

		d.clock.Advance(time.Minute)
		d.Mail("Ann Bell <ann@home.example>", "Re: The lamp again", "Thanks.", "Message-ID: <three@example.org>", "In-Reply-To: "+answered)
		if got := bea.said(first); len(d.Tickets()) != 1 || !slices.Equal(got, append(all, "Thanks.")) {
			t.Errorf("%d tickets; it reads %q", len(d.Tickets()), got)
		}
		bea.Reply(second, "Welcome.")
		bea.Ask("POST", api+"/tickets/"+second+"/comments", map[string]any{"html": "<p>Nice person.</p>"}).Is(http.StatusCreated)
		if got := bea.said(first); !slices.Equal(got, append(all, "Thanks.", "Welcome.", "Nice person.")) {
			t.Errorf("by the old id one writes to nowhere: %q", got)
		}
	})
}

// A merge that was a mistake is undone: what was said since on the other's threads goes back with them.
func TestOneTicketBecomesTwoAgain(t *testing.T) { // REC-4
	eachDesk(t, func(t *testing.T, d *desk) {
		bea, mia := d.SignIn(d.boss), d.Agent("Mia Berg")
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
		first := d.Newest()
		d.Mail("Bob Bell <bob@example.org>", "No light", "It is dark.", "Message-ID: <two@example.org>")
		second := d.Newest()
		mia.Ask("POST", api+"/tickets/"+second+"/comments", map[string]any{"html": "<p>Poor Bob.</p>"}).Is(http.StatusCreated)
		before := bea.Counts()
		made := mia.Ask("POST", api+"/records/tickets/"+first+"/merge", map[string]any{"otherId": second}).Is(http.StatusOK)
		if made.Get("primaryId") != first || made.Get("mergedId") != second {
			t.Errorf("merged %s", made.Raw)
		}
		d.clock.Advance(time.Minute)
		d.Mail("Bob Bell <bob@example.org>", "Re: No light", "Still dark.", "Message-ID: <three@example.org>", "In-Reply-To: <two@example.org>")
		if got := mia.said(first); !slices.Equal(got, []string{"It fell.", "It is dark.", "Poor Bob.", "Still dark."}) {
			t.Errorf("merged it reads %q", got)
		}
		list := mia.Ask("GET", api+"/records/ticket/"+second+"/merges", nil).Is(http.StatusOK)
		merge := list.Get("results", 0, "id").(string)
		mia.Ask("POST", api+"/merges/"+merge+"/undo", nil).Is(http.StatusForbidden)
		bea.Ask("POST", api+"/merges/"+merge+"/undo", nil).Is(http.StatusNoContent)
		bea.Ask("POST", api+"/merges/"+merge+"/undo", nil).Is(http.StatusNotFound)
		if got := mia.said(first); !slices.Equal(got, []string{"It fell."}) {
			t.Errorf("the first reads %q", got)
		}
		if got := mia.said(second); !slices.Equal(got, []string{"It is dark.", "Poor Bob.", "Still dark."}) {
			t.Errorf("the second reads %q", got)
		}
		if got := bea.Counts(); got != before {
			t.Errorf("counts %s, before %s", got, before)
		}
		if p := d.Ticket(second); p["subject"] != "No light" || p["desk_contact_id"] == d.Ticket(first)["desk_contact_id"] {
			t.Errorf("the second is %v", p)
		}
	})
}

// Ann is known twice. Made one, her tickets are one person's, and a mail from either address is hers.
func TestTwoContactsBecomeOne(t *testing.T) { // REC-4, REC-6
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
		first := d.Newest()
		d.Mail("Ann <ann@home.example>", "Kettle", "It leaks.", "Message-ID: <two@example.org>")
		second := d.Newest()
		ann, old := d.Ticket(first)["desk_contact_id"], d.Ticket(second)["desk_contact_id"]
		contact := func(n string) string { return d.Ticket(n)["desk_contact_id"] }
		d.merged("contacts", ann, old)
		d.Settle()
		if contact(first) != ann || contact(second) != ann {
			t.Errorf("tickets of %s and %s, want %s", contact(first), contact(second), ann)
		}
		d.Mail("Ann <ann@home.example>", "Re: Kettle", "Still.", "Message-ID: <three@example.org>", "In-Reply-To: <two@example.org>")
		d.Mail("Ann <ann@home.example>", "Lamp two", "And a lamp.", "Message-ID: <four@example.org>")
		if len(d.Tickets()) != 3 || contact(d.Newest()) != ann {
			t.Errorf("%d tickets, the newest of %s", len(d.Tickets()), contact(d.Newest()))
		}
		linked := d.Ask("GET", "/crm/v4/objects/contacts/"+old+"/associations/tickets", nil).Is(http.StatusOK).Get("results").([]any)
		if len(linked) != 3 {
			t.Errorf("%d tickets by the old id", len(linked))
		}
		var merge string
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			n, err := id.Parse("id", ann)
			if err != nil {
				return err
			}
			all, err := d.merges.List(tx, people.System, "contacts", n)
			merge = id.Format(all[0].ID)
			return err
		})
		d.SignIn(d.boss).Ask("POST", api+"/merges/"+merge+"/undo", nil).Is(http.StatusNoContent)
		d.Settle()
		if contact(first) != ann || contact(second) != old {
			t.Errorf("undone: tickets of %s and %s, want %s and %s", contact(first), contact(second), ann, old)
		}
	})
}

// While tickets are merged, mails arrive on both and colleagues comment: nothing of it is lost on the old one.
func TestMergeWhileMessagesArrive(t *testing.T) { // REC-4, REL-1
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
		first := d.Newest()
		d.Mail("Ann Bell <ann@example.org>", "Lamp again", "It fell again.", "Message-ID: <two@example.org>")
		second := d.Newest()
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				bea.Ask("POST", api+"/tickets/"+second+"/comments", map[string]any{"html": fmt.Sprintf("<p>note %d</p>", i)}).Is(http.StatusCreated)
			})
		}
		wg.Go(func() { d.merged("tickets", first, second) })
		for i := range 4 {
			d.Mail("Ann Bell <ann@example.org>", "Re: Lamp again", fmt.Sprintf("mail %d", i), fmt.Sprintf("Message-ID: <r%d@example.org>", i), "In-Reply-To: <two@example.org>")
		}
		wg.Wait()
		d.Settle()
		if got := bea.said(first); len(got) != 12 || len(d.Tickets()) != 1 {
			t.Errorf("%d tickets; the merged one has %d of 12: %q", len(d.Tickets()), len(got), got)
		}
	})
}

// A merge of a ticket with ten thousand messages is a handful of statements.
func TestMergeOfALongTicket(t *testing.T) { // REC-4, PERF-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
		long := d.Newest()
		short := d.made("tickets", map[string]any{"subject": "Short", "hs_pipeline_stage": "1"})
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO messages (id, kind, thread_id, ticket_id, inbox_id, account_id, direction, nature, actor_kind, actor_id, from_name, from_email,
recipients, subject, text, html, visible, at, state, error, attempts, message_id, in_reply_to, refs, auth, mentions, raw_key)
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
SELECT m.id + n.i, m.kind, m.thread_id, m.ticket_id, m.inbox_id, m.account_id, m.direction, m.nature, m.actor_kind, m.actor_id, m.from_name, m.from_email,
m.recipients, m.subject, m.text, m.html, m.visible, m.at, m.state, m.error, m.attempts, NULL, m.in_reply_to, m.refs, m.auth, m.mentions, m.raw_key FROM messages m, n`)
			return err
		})
		began := time.Now()
		d.merged("tickets", short, long)
		t.Logf("took %v", time.Since(began))
		count := func(n string) (c int64) {
			dbtest.See(t, d.db, func(tx *db.Tx) (err error) {
				parsed, err := id.Parse("id", n)
				if err != nil {
					return err
				}
				c, err = db.Value[int64](tx, "SELECT count(*) FROM messages WHERE ticket_id = $1", parsed)
				return err
			})
			return c
		}
		if count(short) != 10001 || count(long) != 0 {
			t.Errorf("%d moved, %d stayed", count(short), count(long))
		}
	})
}

// What a merge may not do it says in HubSpot's words.
func TestMergeErrors(t *testing.T) { // REC-4, API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		a := d.made("tickets", map[string]any{"subject": "A", "hs_pipeline_stage": "1"})
		b := d.made("contacts", map[string]any{"email": "b@example.org"})
		for name, c := range map[string]struct {
			path, body string
			status     int
		}{
			"itself":       {"tickets", fmt.Sprintf(`{"primaryObjectId":%q,"objectIdToMerge":%q}`, a, a), 400},
			"another type": {"tickets", fmt.Sprintf(`{"primaryObjectId":%q,"objectIdToMerge":%q}`, a, b), 404},
			"nobody":       {"0-5", fmt.Sprintf(`{"primaryObjectId":%q,"objectIdToMerge":"99"}`, a), 404},
			"no number":    {"tickets", fmt.Sprintf(`{"primaryObjectId":%q,"objectIdToMerge":"x"}`, a), 400},
			"nothing":      {"tickets", `{}`, 400},
			"no such type": {"rockets", fmt.Sprintf(`{"primaryObjectId":%q,"objectIdToMerge":"99"}`, a), 400},
		} {
			if got := d.Ask("POST", objects+c.path+"/merge", c.body); got.Status != c.status {
				t.Errorf("%s: %d %s", name, got.Status, got.Raw)
			}
		}
		d.Ask("POST", "/crm/objects/2026-09/tickets/merge", map[string]any{"primaryObjectId": a, "objectIdToMerge": d.made("tickets", map[string]any{"subject": "C", "hs_pipeline_stage": "1"})}).Is(http.StatusOK)
		if got := d.events("tickets"); !slices.Contains(got, "ticket.merged") {
			t.Errorf("told %v", got)
		}
	})
}

// A batch that knows a record by its old id, or by its old address, means what it was merged into.
func TestBatchesFollowMergedRecords(t *testing.T) { // REC-4, API-6
	eachDesk(t, func(t *testing.T, d *desk) {
		ann := d.made("contacts", map[string]any{"email": "ann@example.org"})
		old := d.made("contacts", map[string]any{"email": "ann@home.example", "city": "Delft"})
		other := d.made("contacts", map[string]any{"email": "bob@example.org"})
		d.merged("contacts", ann, old)
		batch := func(what, body string) answer {
			t.Helper()
			return d.Ask("POST", objects+"contacts/batch/"+what, strings.NewReplacer("OLD", old, "ANN", ann, "BOB", other).Replace(body))
		}
		for body, want := range map[string][]string{
			`{"inputs":[{"id":"OLD"}]}`:                                                        {ann},
			`{"inputs":[{"id":"BOB"},{"id":"OLD"}]}`:                                           {ann, other},
			`{"inputs":[{"id":"ANN"},{"id":"OLD"}]}`:                                           {ann}, // one record, once
			`{"idProperty":"hs_object_id","inputs":[{"id":"OLD"}]}`:                            {ann},
			`{"idProperty":"email","inputs":[{"id":"Ann@HOME.example"}]}`:                      {ann},
			`{"idProperty":"email","properties":["city"],"inputs":[{"id":"ann@example.org"}]}`: {ann},
		} {
			got := batch("read", body).Is(http.StatusOK).ids()
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", body, got, want)
			}
		}
		batch("update", `{"inputs":[{"id":"OLD","properties":{"city":"Gouda"}},{"id":"BOB","properties":{"city":"Goes"}}]}`).Is(http.StatusOK)
		if got := d.Ask("GET", objects+"contacts/"+ann+"?properties=city", nil).Is(http.StatusOK).Get("properties", "city"); got != "Gouda" {
			t.Errorf("updated by the old id it is of %v", got)
		}
		batch("update", `{"inputs":[{"id":"OLD","properties":{"city":"A"}},{"id":"ANN","properties":{"city":"B"}}]}`).Is(http.StatusBadRequest)
		batch("upsert", `{"inputs":[{"idProperty":"email","id":"ann@home.example","properties":{"city":"Breda"}}]}`).Is(http.StatusOK)
		if got := d.Ask("GET", objects+"contacts/"+old+"?properties=city", nil).Is(http.StatusOK); got.Get("properties", "city") != "Breda" || got.Get("id") != ann {
			t.Errorf("by the old id: %s", got.Raw)
		}
		batch("read", `{"inputs":[{"id":"OLD"},{"id":"99"}]}`).Is(http.StatusMultiStatus)
	})
}
