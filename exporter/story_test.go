package exporter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/exporter"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// numbers are those from one to another, as a column of first names.
func numbers(from, to int) string {
	var out []string
	for i := from; i <= to; i++ {
		out = append(out, fmt.Sprint(i))
	}
	return strings.Join(out, " ")
}

func TestPartsBecomeOneFile(t *testing.T) { // IMP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Small(7, 10)
		d.add(1, 25)
		name, csv := d.done(people.System, d.start(people.System, names("CSV")))
		if name != "people.csv" || !strings.HasPrefix(csv, "Record ID,First name\n") || column(csv, 1) != numbers(1, 25) {
			t.Errorf("%s is\n%s", name, csv)
		}
		name, book := d.done(people.System, d.start(people.System, names("XLSX")))
		if name != "people.xlsx" {
			t.Errorf("it is called %s", name)
		}
		var got []string
		for i := range 4 { // a part of seven fits in a sheet of ten, and no second one
			rows := d.sheetOf(book, fmt.Sprint("Sheet", i+1))
			if rows[0] != "1 [Record ID First name]" {
				t.Errorf("sheet %d begins with %s", i+1, rows[0])
			}
			for _, r := range rows[1:] {
				got = append(got, strings.TrimSuffix(r[strings.LastIndex(r, " ")+1:], "]"))
			}
		}
		if strings.Join(got, " ") != numbers(1, 25) {
			t.Errorf("the sheets hold %v", got)
		}
		_, empty := d.done(people.System, d.start(people.System, exporter.Request{Format: "XLSX", ObjectType: "companies"}))
		if rows := d.sheetOf(empty, ""); len(rows) != 1 {
			t.Errorf("of nothing there is %v", rows)
		}
		if parts := d.rowsOf("export_parts"); parts != 0 {
			t.Errorf("%d parts are left", parts)
		}
	})
}

// A list is exported as far as the asker sees its members, whatever sort of list it is.
func TestAListIsExported(t *testing.T) { // IMP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Small(7, 10)
		people20 := d.add(1, 20)
		of := func(w list.Wanted) (l list.List) {
			dbtest.Do(t, d.db, func(tx *db.Tx) (err error) {
				l, err = d.lists.Create(tx, people.System, w)
				return err
			})
			return l
		}
		picked := of(list.Wanted{ObjectType: "contacts", Name: "Picked", Processing: list.Manual})
		if _, err := d.lists.Change(context.Background(), people.System, picked.ID, people20[4:15], nil); err != nil {
			t.Fatal(err)
		}
		r := names("CSV")
		r.List = picked.ID
		if _, csv := d.done(people.System, d.start(people.System, r)); column(csv, 1) != numbers(5, 15) {
			t.Errorf("of a list that people fill there is\n%s", csv)
		}
		found := of(list.Wanted{ObjectType: "contacts", Name: "Found", Processing: list.Dynamic, Filters: json.RawMessage(`{"filterBranchType":"OR","filterBranches":[{
"filterBranchType":"AND","filterBranches":[],"filters":[{"filterType":"PROPERTY","property":"firstname","operation":{
"operationType":"MULTISTRING","operator":"IS_EQUAL_TO","values":["3","12"],"includeObjectsWithNoValueSet":false}}]}],"filters":[]}`)})
		r.List = found.ID
		if _, csv := d.done(people.System, d.start(people.System, r)); column(csv, 1) != "3 12" {
			t.Errorf("of a list that finds its members there is\n%s", csv)
		}
		for objectType, n := range map[string]int64{"companies": picked.ID, "contacts": picked.ID + 1} {
			err := d.db.Write(context.Background(), func(tx *db.Tx) error {
				_, err := d.Start(tx, people.System, exporter.Request{Format: "CSV", ObjectType: objectType, List: n})
				return err
			})
			if !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.NotFound) {
				t.Errorf("an export of list %d as %s: %v", n, objectType, err)
			}
		}
	})
}

// Whatever stops an export, it goes on after the last part that counts: here its job is stopped after more and more statements.
func TestAnExportThatIsStoppedGoesOn(t *testing.T) { // IMP-3, REL-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var left atomic.Int64
		var stop atomic.Pointer[context.CancelFunc]
		cfg.Trace = func(statements ...string) {
			if f := stop.Load(); f != nil && left.Add(-int64(len(statements))) <= 0 {
				(*f)()
			}
		}
		d := newDesk(t, cfg)
		d.Small(10, 1000)
		d.add(1, 95)
		ex := d.start(people.System, names("CSV"))
		args := json.RawMessage(fmt.Sprintf(`{"id":"%d"}`, ex.ID))
		stopped := 0
		for statements := int64(1); statements < 200; statements += 7 {
			ctx, cancel := context.WithCancel(t.Context())
			left.Store(statements)
			stop.Store(&cancel)
			err := d.Handlers()[0].Run(ctx, job.Run{Args: args})
			stop.Store(nil)
			cancel()
			if err == nil {
				break
			}
			stopped++
		}
		if stopped < 3 {
			t.Errorf("it was stopped %d times only", stopped)
		}
		if _, csv := d.done(people.System, ex); column(csv, 1) != numbers(1, 95) {
			t.Errorf("it holds\n%s", csv)
		}
	})
}

// An export holds the records that matched when it began, in their order then, as they are when they are written; what is deleted meanwhile is
// left out, and what is new is not in it.
func TestATableThatChangesMeanwhile(t *testing.T) { // IMP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Small(2, 1000)
		ids := d.add(1, 6)
		r := names("CSV")
		r.Sorts = []record.Sort{{Property: "firstname", Desc: true}}
		ex := d.start(people.System, r)
		stored := 0
		d.blobs.before = func() {
			if stored++; stored != 3 { // the ids and one part are there
				return
			}
			dbtest.Do(t, d.db, func(tx *db.Tx) error {
				if err := d.records.Archive(tx, people.System, "contacts", ids[3]); err != nil {
					return err
				}
				_, err := d.records.Update(tx, people.System, "contacts", ids[0], map[string]string{"firstname": "9"}, "")
				return err
			})
			d.add(7, 1)
		}
		_, csv := d.done(people.System, ex)
		if got := column(csv, 1); got != "6 5 3 2 9" {
			t.Errorf("it holds %s", got)
		}
		if ex = d.again(people.System, ex); ex.Total != 6 || ex.Done != 6 || ex.Records != 5 {
			t.Errorf("it counts %d, %d, %d", ex.Total, ex.Done, ex.Records)
		}
	})
}

func TestAnExportIsCancelledWhileItRuns(t *testing.T) { // IMP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Small(2, 1000)
		d.add(1, 6)
		ex := d.start(people.System, names("CSV"))
		stored := 0
		d.blobs.before = func() {
			if stored++; stored == 3 {
				dbtest.Do(t, d.db, func(tx *db.Tx) error {
					_, err := d.Cancel(tx, people.System, ex.ID)
					return err
				})
			}
		}
		if ex = d.again(people.System, ex); ex.State != exporter.Canceled || ex.EndedAt.IsZero() || d.rowsOf("export_parts") != 0 || d.rowsOf("files") != 0 {
			t.Errorf("it is %+v with %d parts", ex, d.rowsOf("export_parts"))
		}
		d.blobs.before = nil
		dbtest.Do(t, d.db, func(tx *db.Tx) error { // once more changes nothing
			_, err := d.Cancel(tx, people.System, ex.ID)
			return err
		})
		stranger := people.Actor{Kind: "user", ID: 99, Seat: people.ServiceSeat}
		err := d.db.Write(context.Background(), func(tx *db.Tx) error {
			_, err := d.Cancel(tx, stranger, ex.ID)
			return err
		})
		if !errs.Is(err, errs.NotFound) {
			t.Errorf("a stranger's cancelling: %v", err)
		}
	})
}

func TestALargeTableIsPacked(t *testing.T) { // IMP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.add(1, 40)
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, property.Definition{ObjectType: "contacts", Name: "story", Label: "Story", Type: property.String, FieldType: "textarea", Group: "contactinformation"})
			return err
		})
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			page, err := d.records.List(tx, people.System, "contacts", "", 100, false)
			for _, r := range page.Records {
				if err == nil {
					_, err = d.records.Update(tx, people.System, "contacts", r.ID, map[string]string{"story": strings.Repeat("long ", 12_000)}, "")
				}
			}
			return err
		})
		r := names("CSV")
		r.Properties = append(r.Properties, "story")
		name, raw := d.done(people.System, d.start(people.System, r))
		inner, csv := d.unpacked(raw)
		if name != "people.zip" || inner != "people.csv" || column(csv, 1) != numbers(1, 40) || len(csv) < 2<<20 {
			t.Errorf("%s holds %s of %d bytes", name, inner, len(csv))
		}
	})
}

func TestAnExportIsForgotten(t *testing.T) { // IMP-3, REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		d.add(1, 3)
		ex := d.start(people.System, names("CSV"))
		d.done(people.System, ex)
		d.clock.Advance(31 * 24 * time.Hour)
		for range 3 { // the file, then its content
			if err := d.jobs.Drain(context.Background()); err != nil {
				t.Fatal(err)
			}
			d.clock.Advance(25 * time.Hour)
		}
		if d.rowsOf("exports") != 0 || d.rowsOf("files") != 0 {
			t.Errorf("%d exports and %d files are left", d.rowsOf("exports"), d.rowsOf("files"))
		}
	})
}

func TestExportsForgetAPerson(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Small(2, 1000)
		ids := d.add(1, 6)
		forget := func() {
			for from, more := erase.Cursor(0), true; more; {
				dbtest.Do(t, d.db, func(tx *db.Tx) (err error) {
					from, more, err = d.Erasing().Step(tx, erase.What{ObjectType: "contacts", ID: ids[0], Person: true}, from)
					return err
				})
			}
		}
		d.done(people.System, d.start(people.System, names("CSV")))
		running := d.start(people.System, names("CSV"))
		stored := 0
		d.blobs.before = func() {
			if stored++; stored == 3 {
				dbtest.Do(t, d.db, func(tx *db.Tx) error { return d.records.Archive(tx, people.System, "contacts", ids[0]) })
				forget()
			}
		}
		_, csv := d.done(people.System, running)
		if got := column(csv, 1); got != numbers(2, 6) || d.rowsOf("exports") != 1 || d.rowsOf("files") != 1 {
			t.Errorf("there are %d exports and %d files, and the one that ran holds %s", d.rowsOf("exports"), d.rowsOf("files"), got)
		}
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			_, more, err := d.Erasing().Step(tx, erase.What{ObjectType: "companies", ID: 5}, 0)
			if more {
				t.Error("a company is a person")
			}
			return err
		})
	})
}

func TestAnAskerWhoIsSwitchedOffExportsNothing(t *testing.T) { // ACC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		var u people.User
		for _, name := range []string{"bea", "ann"} {
			var err error
			u, err = d.people.AddUser(context.Background(), people.System, people.NewUser{Name: name, Email: name + "@desk.localhost", Password: "correct horse battery",
				Seat: people.ServiceSeat, SuperAdmin: true})
			if err != nil {
				t.Fatal(err)
			}
		}
		d.add(1, 3)
		ex := d.start(u.Actor(), names("CSV"))
		no := false
		if _, err := d.people.ChangeUser(context.Background(), people.System, u.ID, people.UserChange{Active: &no}); err != nil {
			t.Fatal(err)
		}
		if ex = d.again(u.Actor(), ex); ex.State != exporter.Failed || ex.Says == "" {
			t.Errorf("it is %s: %q", ex.State, ex.Says)
		}
	})
}

func TestExportsThatAreRefused(t *testing.T) { // API-4, ACC-3
	eachDesk(t, func(t *testing.T, d *desk) {
		with := func(change func(r *exporter.Request)) exporter.Request {
			r := names("CSV")
			change(&r)
			return r
		}
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, property.Definition{ObjectType: "contacts", Name: "pay", Label: "Pay", Type: property.Number, FieldType: "number",
				Group: "contactinformation", Access: property.Access{View: property.Chosen{Users: []int64{7}}}})
			return err
		})
		all := map[people.Grant]people.Scope{{ObjectType: "*", Verb: people.View}: {Reach: people.Everything, Unassigned: true}}
		ann := people.Actor{Kind: "user", ID: 5, Seat: people.ServiceSeat, Grants: all}
		for name, c := range map[string]struct {
			by   people.Actor
			r    exporter.Request
			want errs.Kind
		}{
			"no seat":              {people.Actor{Kind: "user", ID: 5, Seat: people.ViewSeat}, names("CSV"), errs.Denied},
			"no scope":             {people.LimitedApp(5, "app", []string{"crm.export"}), names("CSV"), errs.Denied},
			"a property of others": {ann, with(func(r *exporter.Request) { r.Properties = []string{"pay"} }), errs.Invalid},
			"a filter by it": {ann, with(func(r *exporter.Request) {
				r.Groups = []filter.Group{{Filters: []filter.Filter{{PropertyName: "pay", Operator: "GT", Value: "1"}}}}
			}), errs.Invalid},
			"another format":      {people.System, names("XLS"), errs.Invalid},
			"no type":             {people.System, with(func(r *exporter.Request) { r.ObjectType = "cars" }), errs.Invalid},
			"no property":         {people.System, with(func(r *exporter.Request) { r.Properties = []string{"nothing"} }), errs.Invalid},
			"too many properties": {people.System, with(func(r *exporter.Request) { r.Properties = make([]string, 1001) }), errs.Invalid},
			"a view of contacts":  {people.System, with(func(r *exporter.Request) { r.View = "open" }), errs.Invalid},
			"a filter of nothing": {people.System, with(func(r *exporter.Request) {
				r.Groups = []filter.Group{{Filters: []filter.Filter{{PropertyName: "nothing", Operator: "EQ", Value: "1"}}}}
			}), errs.Invalid},
			"a sort by nothing": {people.System, with(func(r *exporter.Request) { r.Sorts = []record.Sort{{Property: "nothing"}} }), errs.Invalid},
			"too many types":    {people.System, with(func(r *exporter.Request) { r.Associated = []string{"0-1", "0-2", "0-3", "0-5", "0-46"} }), errs.Invalid},
		} {
			err := d.db.Write(context.Background(), func(tx *db.Tx) error {
				_, err := d.Start(tx, c.by, c.r)
				return err
			})
			if !errs.Is(err, c.want) && !(c.want == errs.Invalid && errs.Is(err, errs.NotFound)) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for range 30 {
			d.start(people.System, names("CSV"))
		}
		err := d.db.Write(context.Background(), func(tx *db.Tx) error {
			_, err := d.Start(tx, people.System, names("CSV"))
			return err
		})
		if !errs.Is(err, errs.Limited) {
			t.Errorf("the 31st: %v", err)
		}
	})
}

// Content that an export needs is not deleted as waste.
func TestContentOfExportsIsHeld(t *testing.T) { // REL-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Small(2, 1000)
		d.add(1, 6)
		ex := d.start(people.System, names("CSV"))
		dbtest.Do(t, d.db, func(tx *db.Tx) error { return waste.Drop(tx, strings.Repeat("0", 64)) })
		var keys []string
		stored := 0
		d.blobs.before = func() {
			if stored++; stored == 3 {
				dbtest.See(t, d.db, func(tx *db.Tx) (err error) {
					keys, err = db.List(tx, db.Col[string], "SELECT ids_key FROM exports UNION ALL SELECT blob_key FROM export_parts")
					for _, k := range keys {
						if held, err := exporter.Holds(tx, k); !held || err != nil {
							t.Errorf("%s is not held: %v", k, err)
						}
					}
					return err
				})
			}
		}
		d.done(people.System, ex)
		if len(keys) != 2 {
			t.Errorf("there are %d contents", len(keys))
		}
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			for _, k := range keys {
				if held, err := exporter.Holds(tx, k); held || err != nil {
					t.Errorf("%s is held: %v", k, err)
				}
			}
			return nil
		})
	})
}

// What is in memory does not grow with the table.
func TestLongTablesPassThrough(t *testing.T) { // IMP-3
	if testing.Short() {
		t.Skip("takes a while")
	}
	d := newDesk(t, dbtest.SQLite(t))
	d.Small(500, 1_000_000)
	peak := func(format string) (most uint64) {
		d.blobs.before = func() {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		d.done(people.System, d.start(people.System, names(format)))
		d.blobs.before = nil
		return most
	}
	d.add(1, 1_000)
	small := peak("CSV")
	d.add(1_001, 14_000)
	for _, format := range []string{"CSV", "XLSX"} {
		if large := peak(format); large > small+16<<20 {
			t.Errorf("%s: %d MB are in memory with a long table, %d with a short one", format, large>>20, small>>20)
		}
	}
}
