package importer_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/importer"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// zelda is who had herself erased.
var zelda = erase.What{ObjectType: "contacts", ID: 7, Person: true, Emails: []string{"zelda@quux.example"}, Phones: []string{"31205550123"}, Names: []string{"zelda", "quux"}}

// forget has imports forget somebody.
func (d *desk) forget(w erase.What) {
	d.t.Helper()
	d.do(errs.Internal, func(tx *db.Tx) error {
		_, more, err := d.Erasing().Step(tx, w, 0)
		if more {
			d.t.Error("there is more")
		}
		return err
	})
}

// kept reports whether the files of an import are there.
func (d *desk) kept(im importer.Import) (yes bool) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) error {
		_, err := d.files.Get(tx, people.System, im.Files[0])
		if yes = err == nil; errs.Is(err, errs.NotFound) {
			return nil
		}
		return err
	})
	return yes
}

// rows are the refused rows that are kept of an import.
func (d *desk) rows(im importer.Import) string {
	d.t.Helper()
	var out []string
	dbtest.See(d.t, d.db, func(tx *db.Tx) error {
		all, err := d.Rejected(tx, im, 0, 5000)
		for _, r := range all {
			out = append(out, strings.Join(r.Row, ","))
		}
		return err
	})
	return strings.Join(out, ";")
}

// An import forgets the rows and the files of who had herself erased, whatever became of the rows, and keeps those of others.
func TestImportsForgetAPerson(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		ask := func(name string, lines ...string) importer.Import {
			r := contacts("email", "firstname", "lastname", "phone")
			r.Name, r.Files[0].Name = name, name+".csv"
			var im importer.Import
			d.do(errs.Internal, func(tx *db.Tx) (err error) {
				im, err = d.Start(tx, people.System, r, `{"name":"`+name+`","n":12345678901234567}`, "API", d.sent(csvOf(append([]string{"email,firstname,lastname,phone"}, lines...)...)))
				return err
			})
			return d.settle(im)
		}
		others := ask("others", "ann@x.example,Ann,Bell,", "bad,Bob,Quux,", "joezelda@quux.example.org,Joe,Foe,")
		hers := ask("Zelda", "bob@x.example,Bob,Lee,", "ZELDA@quux.example,Zelda,Quux,")
		refused := ask("wrong", "bad,QUUX,zelda,", "worse,Ann,Bell,", "worst,,,020 5550123")
		made := ask("made", ",Nameless,,")
		var nameless int64
		d.do(errs.Internal, func(tx *db.Tx) error {
			p, err := d.records.List(tx, people.System, "contacts", "", 100, false)
			nameless = p.Records[len(p.Records)-1].ID
			return err
		})
		d.forget(erase.What{ObjectType: "contacts", ID: zelda.ID, Emails: zelda.Emails}) // of a record alone
		d.settle(hers)
		if !d.kept(hers) {
			t.Error("a record that goes takes files along")
		}
		d.forget(zelda)
		hers, refused, others = d.settle(hers), d.again(refused), d.again(others)
		if d.kept(hers) || d.kept(refused) || !d.kept(others) || !d.kept(made) {
			t.Errorf("kept are hers %v, the refused %v, others %v, the nameless one's %v", d.kept(hers), d.kept(refused), d.kept(others), d.kept(made))
		}
		if hers.Name != "Deleted on request" || !strings.Contains(hers.Asked, "12345678901234567") || strings.Contains(hers.Asked, "Zelda") || hers.Counters.Created != 2 {
			t.Errorf("hers is %q, asked for as %s", hers.Name, hers.Asked)
		}
		if refused.Name != "wrong" || others.Name != "others" {
			t.Errorf("the others are called %q and %q", refused.Name, others.Name)
		}
		if got := d.rows(refused); got != ";worse,Ann,Bell,;" {
			t.Errorf("of what was refused is kept %q", got)
		}
		if got := d.rows(others); got != "bad,Bob,Quux," {
			t.Errorf("of others is kept %q", got)
		}
		d.forget(erase.What{ObjectType: "contacts", ID: nameless, Person: true})
		if d.settle(made); d.kept(made) {
			t.Error("the file stays of which a nameless one was made")
		}
	})
}

// What is blocked since somebody had themself erased is refused without being kept, and an import that runs forgets when it has ended.
func TestARunningImportForgetsLater(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		d.do(errs.Internal, func(tx *db.Tx) error { return d.records.BlockEmail(tx, "zelda@quux.example") })
		im := d.start(people.System, contacts("email", "firstname"), csvOf("email,firstname", "zelda@quux.example,Zelda", "bad,Ann"))
		d.forget(zelda)
		if im = d.ended(im, "DONE: 2 rows, 0 made, 0 changed, 2 refused"); d.rows(im) != ";bad,Ann" && d.rows(im) != "bad,Ann;" {
			t.Errorf("kept is %q", d.rows(im))
		}
		d.clock.Advance(11 * time.Minute)
		if d.settle(im); d.kept(im) {
			t.Error("the file is kept")
		}
	})
}

// An address is found wherever it stands in a large file, in whatever characters.
func TestAnAddressInALargeFile(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, before := range []int{0, 256<<10 - 5, 256<<10 + 507, 600_000} {
			content := []byte("email\n" + strings.Repeat("x", before%7) + "\n" + strings.Repeat("ann@x.ex\n", before/9) + "\"Zelda\" <zelda@quux.example>\n")
			if before == 600_000 { // as UTF-16
				wide := []byte{0xFF, 0xFE}
				for _, c := range content {
					wide = append(wide, c, 0)
				}
				content = wide
			}
			stored, err := d.files.Store(context.Background(), bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			var im importer.Import
			d.do(errs.Internal, func(tx *db.Tx) (err error) {
				im, err = d.Start(tx, people.System, contacts("firstname"), "{", "API", []importer.Sent{{Name: "a.csv", Content: stored}})
				if err == nil {
					_, err = d.Cancel(tx, people.System, im.ID)
				}
				return err
			})
			d.forget(zelda)
			if im = d.settle(im); d.kept(im) {
				t.Errorf("it is not found behind %d bytes", before)
			}
			if im.Asked != "null" {
				t.Errorf("what cannot be read is kept: %s", im.Asked)
			}
			d.forget(zelda) // a file that is gone is no trouble
			d.settle(im)
		}
	})
}

// Who starts, cancels and undoes imports is written down, with how much it was and nothing of whom.
func TestImportsAreAudited(t *testing.T) { // ACC-9
	eachDesk(t, func(t *testing.T, d *desk) {
		sam := d.user("Sam", false)
		im := d.start(sam, contacts("email"), csvOf("email", "a@x.example", "b@x.example"))
		im = d.settle(im)
		d.do(errs.Internal, func(tx *db.Tx) error { _, err := d.Undo(tx, sam, im.ID); return err })
		d.settle(im)
		two := d.start(sam, contacts("email"), csvOf("email", "c@x.example"))
		d.do(errs.Internal, func(tx *db.Tx) error { _, err := d.Cancel(tx, sam, two.ID); return err })
		d.do(errs.Internal, func(tx *db.Tx) error { _, err := d.Cancel(tx, sam, two.ID); return err }) // it is already
		var got []string
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			all, err := audit.List(tx, audit.Query{Categories: []string{"import"}, OldFirst: true, Limit: 20})
			for _, e := range all {
				got = append(got, e.Name+" "+e.Action+" "+e.Object+e.Detail["files"]+e.Detail["records"]+e.Detail["rows"])
			}
			return err
		})
		want := []string{"Sam import.started 1", "Sam import.undone 2", "Sam import.started 1", "Sam import.cancelled 0"}
		if !slices.Equal(got, want) {
			t.Errorf("the log has %q, want %q", got, want)
		}
	})
}
