package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// traces are the places of the database and of the files that hold a word, in any case.
func (d *desk) traces(word string) (out []string) {
	d.t.Helper()
	word = strings.ToLower(word)
	dbtest.See(d.t, d.db, func(tx *db.Tx) error {
		tables := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
		if tx.Postgres() {
			tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
		}
		names, err := db.List(tx, db.Col[string], tables)
		if err != nil {
			return err
		}
		for _, name := range names {
			columns := "SELECT name FROM pragma_table_info('" + name + "')"
			if tx.Postgres() {
				columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '" + name + "'"
			}
			all, err := db.List(tx, db.Col[string], columns)
			if err != nil {
				return err
			}
			for _, column := range all {
				text := `lower(CAST("` + column + `" AS TEXT))`
				if tx.Postgres() {
					text = `lower(CASE WHEN pg_typeof("` + column + `")::text = 'bytea' THEN encode("` + column + `"::text::bytea, 'escape') ELSE "` + column + `"::text END)`
				}
				n, err := db.Value[int64](tx, `SELECT count(*) FROM "`+name+`" WHERE `+text+" LIKE $1", "%"+word+"%")
				if err != nil {
					return fmt.Errorf("%s.%s: %w", name, column, err)
				}
				if n > 0 {
					out = append(out, fmt.Sprintf("%s.%s: %d", name, column, n))
				}
			}
		}
		return nil
	})
	err := filepath.WalkDir(d.cfg.Data, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.Contains(path, ".db") {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(strings.ToLower(string(content)), word) {
			out = append(out, "file "+filepath.Base(path))
		}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

// fold brings the search index up to date.
func (d *desk) fold() {
	d.t.Helper()
	if err := d.indexer.Fold(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

// mailWithFile is a mail with a large enough file to lie among the blobs.
func (d *desk) mailWithFile(from, subject, body, file string) {
	d.t.Helper()
	d.Raw(from, []byte("From: "+from+"\r\nTo: support@desk.localhost\r\nSubject: "+subject+"\r\nMessage-ID: <file@example.org>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n"+body+"\r\n--x\r\nContent-Type: text/plain; name=passport.txt\r\n"+
		"Content-Disposition: attachment; filename=passport.txt\r\n\r\n"+strings.Repeat(file+"\r\n", 20000)+"\r\n--x--\r\n"))
}

// Zelda had herself erased: neither her name, her address, what she wrote nor her file is anywhere, and what others wrote is.
func TestPersonIsErased(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.mailWithFile("Zelda Quux <zelda@quux.example>", "My zither broke", "The xylograph too.", "kumquat")
		theirs := d.Newest()
		zelda := d.Ticket(theirs)["desk_contact_id"]
		d.Ask("PATCH", objects+"contacts/"+zelda, `{"properties":{"phone":"+31 20 5550123","city":"Zaltbommel"}}`).Is(http.StatusOK)
		bea.Reply(theirs, "Dear Zelda, which zither?")
		bea.Ask("POST", api+"/tickets/"+theirs+"/comments", map[string]any{"html": "<p>zelda is kind</p>"}).Is(http.StatusCreated)
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>", "Cc: Zelda <zelda@quux.example>")
		others := d.Newest()
		d.clock.Advance(time.Minute)
		d.Mail("Zelda Quux <zelda@quux.example>", "Re: Lamp is broken", "I saw the yurt fall.", "Message-ID: <two@example.org>", "In-Reply-To: <one@example.org>")
		d.fold()
		words := []string{"zelda", "quux", "zither", "xylograph", "kumquat", "yurt", "5550123", "zaltbommel"}
		for _, w := range words {
			if len(d.traces(w)) == 0 {
				t.Errorf("%s is nowhere before: the test looks in the wrong places", w)
			}
		}
		d.Ask("POST", objects+"contacts/gdpr-delete", map[string]any{"objectId": "ZELDA@quux.example", "idProperty": "email"}).Is(http.StatusNoContent)
		d.Ask("GET", objects+"contacts/"+zelda, nil).Is(http.StatusNotFound)
		d.Settle()
		d.fold()
		d.Advance(25 * time.Hour) // blobs wait a day
		d.fold()
		for _, w := range words {
			if got := d.traces(w); len(got) > 0 {
				t.Errorf("%s is left in %v", w, got)
			}
		}
		if got := bea.said(others); !slices.Equal(got, []string{"It fell."}) {
			t.Errorf("the others' ticket reads %q", got)
		}
		if p := d.Ticket(theirs); p["subject"] != "Deleted on request" || p["desk_contact_id"] != "" || len(bea.said(theirs)) != 0 {
			t.Errorf("their ticket is %v, and reads %q", p, bea.said(theirs))
		}
		log := bea.Ask("GET", api+"/audit?category=deletion", nil).Is(http.StatusOK).Raw
		if !strings.Contains(log, "deletion.gdpr") || !strings.Contains(log, zelda) {
			t.Errorf("the audit log: %s", log)
		}
		if got := d.events("contacts"); !slices.Contains(got, "contact.erased") {
			t.Errorf("told %v", got)
		}
		// Nobody makes her again from a list; she herself may come back.
		d.Ask("POST", objects+"contacts", `{"properties":{"email":"zelda@quux.example"}}`).Is(http.StatusBadRequest)
		d.Ask("PATCH", objects+"contacts/"+d.Ticket(others)["desk_contact_id"], `{"properties":{"hs_additional_emails":"zelda@quux.example"}}`).Is(http.StatusBadRequest)
		d.Mail("Zelda Quux <zelda@quux.example>", "Re: My zither broke", "Hello again.", "Message-ID: <three@example.org>", "In-Reply-To: <file@example.org>")
		if again := d.Ticket(d.Newest()); again["desk_contact_id"] == "" || again["desk_contact_id"] == zelda {
			t.Errorf("who writes again is %v", again)
		}
	})
}

// What imports and files kept of Zelda goes, too: her rows, refused ones among them, the whole file she stood in, and what bears her
// address as a name.
func TestImportedPersonIsErased(t *testing.T) { // REC-5, IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		columns := append([]map[string]any{mapping("Phone", "0-1", "phone"), mapping("Last", "0-1", "lastname")}, contactColumns...)
		request := strings.Replace(asked(map[string]any{"name": "Zelda Quux"}, columns...), "a.csv", "zelda@quux.example.csv", 1)
		one := importsV3 + d.Upload("POST", importsV3, "files", "zelda@quux.example.csv", "First,Last,Email,Phone\nZelda,Quux,zelda@quux.example,+31 20 5550123\n",
			map[string]string{"importRequest": request}).Is(200).Get("id").(string)
		d.imported(one, "DONE 1 0 0")
		two := d.Import("First,Last,Email,Phone\nZelda,Quux,zelda@@quux,+31 20 5550123\nAnn,Bell,ann@@x,\n", asked(nil, columns...))
		d.imported(two, "DONE 0 0 2")
		options := map[string]string{"options": `{"access":"PRIVATE"}`, "folderPath": "/people/zelda@quux.example"}
		d.Upload("POST", filesV3, "file", "passport.txt", "kumquat", options).Is(201)
		words := []string{"zelda", "quux", "5550123", "kumquat"}
		for _, w := range words {
			if len(d.traces(w)) == 0 {
				t.Errorf("%s is nowhere before: the test looks in the wrong places", w)
			}
		}
		d.Ask("POST", objects+"contacts/gdpr-delete", map[string]any{"objectId": "zelda@quux.example", "idProperty": "email"}).Is(http.StatusNoContent)
		d.Settle()
		d.fold()
		d.Advance(25 * time.Hour)
		d.fold()
		for _, w := range words {
			if got := d.traces(w); len(got) > 0 {
				t.Errorf("%s is left in %v", w, got)
			}
		}
		if got := d.Ask("GET", two+"/errors", nil).Is(200).Raw; !strings.Contains(got, "ann@@x") || !strings.Contains(got, "Deleted on request") {
			t.Errorf("what was refused reads %s", got)
		}
		if got := d.Ask("GET", one, nil).Is(200); got.Get("importName") != "Deleted on request" || got.Get("metadata", "counters", "CREATED_OBJECTS") != 1.0 {
			t.Errorf("the import reads %s", got.Raw)
		}
		d.imported(d.Import("First,Last,Email,Phone\nZelda,Quux,zelda@quux.example,\n", asked(nil, columns...)), "DONE 0 0 1")
	})
}

// A mail whose thread was erased still arrives somewhere.
func TestAnswerToAnErasedTicket(t *testing.T) { // REC-5, MAIL-3
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.Mail("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "Message-ID: <one@example.org>")
		old := d.Newest()
		bea.Reply(old, "Which one?")
		answer := d.Sent()[0].Header.Get("Message-Id")
		before := bea.Counts()
		mia := d.Agent("Mia Berg")
		mia.Ask("DELETE", api+"/records/tickets/"+old+"/forever", nil).Is(http.StatusForbidden)
		bea.Ask("DELETE", api+"/records/tickets/"+old+"/forever", nil).Is(http.StatusNoContent)
		d.Settle()
		bea.Ask("DELETE", api+"/records/tickets/"+old+"/forever", nil).Is(http.StatusNotFound)
		if len(d.Tickets()) != 0 || bea.Counts() == before || len(d.Sent()) != 0 {
			t.Errorf("%d tickets left, counts %s, %d in the outbox", len(d.Tickets()), bea.Counts(), len(d.Sent()))
		}
		if got := d.traces("fell"); len(got) != 0 {
			t.Errorf("left in %v", got)
		}
		d.Mail("Ann Bell <ann@example.org>", "Re: Lamp is broken", "The red one.", "Message-ID: <two@example.org>", "In-Reply-To: "+answer)
		if all := d.Tickets(); len(all) != 1 || id.Format(all[0].ID) == old {
			t.Fatalf("%d tickets", len(all))
		}
		if got := bea.said(d.Newest()); !slices.Equal(got, []string{"The red one."}) {
			t.Errorf("reads %q", got)
		}
	})
}

// The trash is kept for ninety days, and what was restored meanwhile stays.
func TestTrashIsEmptied(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		var tickets []string
		for i := range 25 {
			tickets = append(tickets, d.made("tickets", map[string]any{"subject": fmt.Sprint("Ticket ", i), "hs_pipeline_stage": "1"}))
		}
		firm := d.made("companies", map[string]any{"name": "Acme", "domain": "acme.example"})
		deal := d.made("deals", map[string]any{"dealname": "Lamps", "dealstage": "appointmentscheduled"})
		for _, n := range tickets {
			d.Ask("DELETE", objects+"tickets/"+n, nil).Is(http.StatusNoContent)
		}
		d.Ask("DELETE", objects+"companies/"+firm, nil).Is(http.StatusNoContent)
		d.Ask("DELETE", objects+"deals/"+deal, nil).Is(http.StatusNoContent)
		trash := func(kind string) int {
			return len(bea.Ask("GET", api+"/records/"+kind+"/trash?limit=100", nil).Is(http.StatusOK).Get("results").([]any))
		}
		if trash("tickets") != 25 || trash("company") != 1 {
			t.Errorf("in the trash: %d tickets, %d companies", trash("tickets"), trash("company"))
		}
		bea.Ask("POST", api+"/records/tickets/"+tickets[0]+"/restore", nil).Is(http.StatusNoContent)
		d.Advance(89 * 24 * time.Hour)
		bea = d.SignIn(d.boss)
		if trash("tickets") != 24 || trash("deals") != 1 {
			t.Errorf("a day early: %d tickets", trash("tickets"))
		}
		d.Advance(24 * time.Hour)
		d.Advance(24 * time.Hour)
		if trash("tickets") != 0 || trash("company") != 0 || trash("deals") != 0 || len(d.Tickets()) != 1 {
			t.Errorf("after ninety days: %d tickets, %d companies, %d deals; %d tickets live", trash("tickets"), trash("company"), trash("deals"), len(d.Tickets()))
		}
		for _, word := range []string{"ticket 3", "acme", "lamps"} {
			if got := d.traces(word); len(got) != 0 {
				t.Errorf("%s is left in %v", word, got)
			}
		}
		counted := int64(0)
		dbtest.See(t, d.db, func(tx *db.Tx) (err error) {
			counted, err = db.Value[int64](tx, "SELECT coalesce(sum(n), 0) FROM ticket_counts")
			return err
		})
		if counted != 1 {
			t.Errorf("%d tickets are counted, trash included", counted)
		}
	})
}

// Who is erased takes the records along that were merged into them.
func TestMergedPersonIsErased(t *testing.T) { // REC-4, REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		ann := d.made("contacts", map[string]any{"email": "ann@example.org"})
		old := d.made("contacts", map[string]any{"email": "quux@home.example", "city": "Zaltbommel"})
		d.merged("contacts", ann, old)
		d.Ask("POST", "/crm/objects/2026-09-beta/contacts/gdpr-delete", map[string]any{"objectId": old}).Is(http.StatusNoContent) // by the old id
		d.Settle()
		for _, n := range []string{ann, old} {
			d.Ask("GET", objects+"contacts/"+n, nil).Is(http.StatusNotFound)
		}
		for _, word := range []string{"quux", "zaltbommel", "ann@"} {
			if got := d.traces(word); len(got) != 0 {
				t.Errorf("%s is left in %v", word, got)
			}
		}
		d.Advance(31 * 24 * time.Hour) // the merge has nothing to settle any more
	})
}

// An address that nobody has can be blocked, too; what cannot be erased is said.
func TestErasingErrors(t *testing.T) { // REC-5, API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		erase := objects + "contacts/gdpr-delete"
		d.Ask("POST", erase, map[string]any{"objectId": "nobody@example.org", "idProperty": "email"}).Is(http.StatusNoContent)
		got := d.Ask("POST", objects+"contacts", `{"properties":{"email":"Nobody@example.org"}}`).Is(http.StatusBadRequest)
		if !strings.Contains(got.Raw, "EMAIL_BLOCKED") {
			t.Errorf("said %s", got.Raw)
		}
		if got := d.traces("nobody@example.org"); len(got) != 0 {
			t.Errorf("the address is kept in %v", got)
		}
		d.Ask("POST", erase, map[string]any{"objectId": "99"}).Is(http.StatusNotFound)
		d.Ask("POST", erase, map[string]any{"objectId": "x"}).Is(http.StatusNotFound)
		d.Ask("POST", erase, map[string]any{"objectId": "nonsense", "idProperty": "email"}).Is(http.StatusBadRequest)
		d.Ask("POST", erase, `{}`).Is(http.StatusBadRequest)
		d.Ask("POST", objects+"users/gdpr-delete", map[string]any{"objectId": id.Format(d.boss.ID)}).Is(http.StatusForbidden)
		n := d.made("tickets", map[string]any{"subject": "A", "hs_pipeline_stage": "1"})
		d.Ask("POST", objects+"tickets/gdpr-delete", map[string]any{"objectId": n}).Is(http.StatusNoContent)
		d.Settle()
		d.Ask("GET", objects+"tickets/"+n+"?archived=true", nil).Is(http.StatusNotFound)
		d.SignIn(d.boss).Ask("POST", api+"/records/tickets/"+n+"/restore", nil).Is(http.StatusNotFound)
		if err := d.db.Write(context.Background(), func(tx *db.Tx) error { return d.eraser.BlockEmail(tx, people.Actor{}, "x@example.org") }); err == nil {
			t.Error("anybody may block addresses")
		}
	})
}

// What others said stays theirs: without Zelda's address, without what they quote of her, and with their own files.
func TestWhatOthersSaidStays(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.mailWithFile("Ann Bell <ann@example.org>", "Lamp is broken", "It fell.", "kumquat")
		anns := d.Newest()
		d.clock.Advance(time.Minute)
		d.Raw("zelda@quux.example", []byte("From: Zelda <zelda@quux.example>\r\nTo: support@desk.localhost\r\nSubject: Mine too\r\nMessage-ID: <mine@quux.example>\r\nMIME-Version: 1.0\r\n"+
			"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSo did mine.\r\n--x\r\nContent-Type: text/plain; name=passport.txt\r\n"+
			"Content-Disposition: attachment; filename=passport.txt\r\n\r\n"+strings.Repeat("kumquat\r\n", 20000)+"\r\n--x--\r\n"))
		zelda := d.Ticket(d.Newest())["desk_contact_id"]
		d.clock.Advance(time.Minute)
		bea.Ask("POST", api+"/tickets/"+anns+"/replies", map[string]any{"html": "<p>We send one.</p>", "to": []any{map[string]any{"email": "ann@example.org"}}, "cc": []any{map[string]any{"email": "zelda@quux.example"}}}).Is(http.StatusCreated)
		d.Settle()
		d.Mail("Ann Bell <ann@example.org>", "Re: Lamp is broken", "Thanks.\n\nOn Monday, Zelda <zelda@quux.example> wrote:\n> So did my yurt.", "Message-ID: <thanks@example.org>", "In-Reply-To: <file@example.org>")
		to := map[string]any{"html": "<p>And</p>", "to": []any{map[string]any{"email": "ann@example.org"}}, "cc": []any{map[string]any{"name": "Zelda", "email": "zelda@quux.example"}}}
		bea.Ask("PUT", api+"/tickets/"+anns+"/drafts/reply", to).Is(http.StatusOK)
		before := bea.said(anns)
		d.Ask("POST", objects+"contacts/gdpr-delete", map[string]any{"objectId": zelda}).Is(http.StatusNoContent)
		d.Settle()
		d.Advance(25 * time.Hour)
		d.fold()
		for _, w := range []string{"zelda", "quux", "yurt"} {
			if got := d.traces(w); len(got) > 0 {
				t.Errorf("%s is left in %v", w, got)
			}
		}
		if got := bea.said(anns); len(got) != len(before) || got[1] != "We send one." || got[2] != "Thanks." {
			t.Errorf("Ann's ticket reads %q, before %q", got, before)
		}
		bea = d.SignIn(d.boss)
		if draft := bea.Ask("GET", api+"/tickets/"+anns+"/drafts", nil).Is(http.StatusOK).Raw; !strings.Contains(draft, "And") || !strings.Contains(draft, "ann@example.org") {
			t.Errorf("the draft is %s", draft)
		}
		if len(d.traces("kumquat")) == 0 {
			t.Error("Ann's file went with Zelda's, which was the same")
		}
		number, _ := id.Parse("id", anns)
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			to, err := db.List(tx, db.Col[string], "SELECT CAST(recipients AS TEXT) FROM messages WHERE ticket_id = $1 AND direction = 'out'", number)
			if len(to) != 1 || !strings.Contains(to[0], "ann@example.org") {
				t.Errorf("the reply went to %q", to)
			}
			return err
		})
	})
}

// What a trash shows is what one may see, and so is what one takes out of it.
func TestWhoMayTakeOutOfTheTrash(t *testing.T) { // REC-5, ACC-3
	eachWalked(t, func(t *testing.T, w *walked) {
		for _, n := range w.tickets {
			w.Ask("DELETE", objects+"tickets/"+n, nil).Is(http.StatusNoContent)
		}
		mia := w.enter(w.mia) // of her own tickets alone
		list := mia.Ask("GET", api+"/records/tickets/trash", nil).Is(http.StatusOK)
		if all := list.Get("results").([]any); len(all) != 1 || list.Get("results", 0, "id") != w.tickets["mine"] || list.Get("results", 0, "name") == "" {
			t.Errorf("Mia's trash: %s", list.Raw)
		}
		mia.Ask("POST", api+"/records/tickets/"+w.tickets["another's"]+"/restore", nil).Is(http.StatusNotFound)
		mia.Ask("DELETE", api+"/records/tickets/"+w.tickets["another's"]+"/forever", nil).Is(http.StatusNotFound)
		mia.Ask("POST", api+"/records/tickets/"+w.tickets["mine"]+"/restore", nil).Is(http.StatusNoContent)
		mia.Ask("GET", api+"/tickets/"+w.tickets["mine"], nil).Is(http.StatusOK)
		mia.Ask("GET", api+"/records/rockets/trash", nil).Is(http.StatusBadRequest)
	})
}
