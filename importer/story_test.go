package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/importer"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// Rows that tell of one record tell it together: it is made once, and the last of them counts.
func TestRowsOfOneRecord(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		im := d.start(people.System, contacts("email", "firstname", "lastname"), csvOf(
			"email,firstname,lastname",
			"ann@x.example,Ann,",
			"bob@x.example,Bob,",
			"ANN@X.example,,Lee",
			"ann@x.example,Anna,",
			",Nameless,One",
			",Nameless,Two",
		))
		d.ended(im, "DONE: 6 rows, 4 made, 0 changed, 0 refused")
		if got := d.values("contacts", "firstname"); got != "Anna Bob Nameless Nameless" {
			t.Errorf("first names: %s", got)
		}
		if got := d.values("contacts", "lastname"); got != "Lee  One Two" {
			t.Errorf("last names: %s", got)
		}
		if !slices.Contains(d.events, "import.started") || !slices.Contains(d.events, "import.ended") {
			t.Errorf("nobody is told: %v", d.events)
		}
	})
}

// A row that is refused refuses nothing else, in whatever part of a batch it stands.
func TestOneRefusedRowRefusesNoOther(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		lines := []string{"email,firstname"}
		var want []string
		for i := range 450 {
			email := fmt.Sprintf("%d@x.example", i)
			if i%100 == 7 {
				email = "no address"
				want = append(want, fmt.Sprintf("%d INVALID_EMAIL", i+2))
			}
			lines = append(lines, email+",Name")
		}
		im := d.start(people.System, contacts("email", "firstname"), csvOf(lines...))
		im = d.ended(im, "DONE: 450 rows, 445 made, 0 changed, 5 refused")
		if got := d.refused(im); got != strings.Join(want, ", ") {
			t.Errorf("refused: %s", got)
		}
	})
}

func TestRequestsThatAreRefused(t *testing.T) { // API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		with := func(change func(r *importer.Request)) importer.Request {
			r := contacts("email", "firstname")
			change(&r)
			return r
		}
		column := func(change func(c *importer.Column)) importer.Request {
			return with(func(r *importer.Request) { change(&r.Files[0].Columns[1]) })
		}
		for name, c := range map[string]struct {
			request     importer.Request
			field, code string
		}{
			"no files": {
				with(func(r *importer.Request) { r.Files = nil }),
				"files", "REQUIRED",
			},
			"too many files": {
				with(func(r *importer.Request) { r.Files = make([]importer.FileRequest, 11) }),
				"files", "REQUIRED",
			},
			"no columns": {
				with(func(r *importer.Request) { r.Files[0].Columns = nil }),
				"columnMappings", "REQUIRED",
			},
			"another format": {
				with(func(r *importer.Request) { r.Files[0].Format = "XLS" }),
				"fileFormat", "INVALID_OPTION",
			},
			"a file that did not come": {
				with(func(r *importer.Request) {
					r.Files = append(r.Files, r.Files[0])
					r.Files[1].Name = "b.csv"
				}),
				"files", "FILE_NOT_FOUND",
			},
			"another order of dates": {
				with(func(r *importer.Request) { r.DateFormat = "YEAR" }),
				"dateFormat", "INVALID_OPTION",
			},
			"another operation": {
				with(func(r *importer.Request) { r.Operations = map[string]importer.Operation{"0-1": "MERGE"} }),
				"importOperations", "INVALID_OPTION",
			},
			"no property": {
				column(func(c *importer.Column) { c.Property = "nothing" }),
				"propertyName", "PROPERTY_DOESNT_EXIST",
			},
			"a property that the program keeps": {
				column(func(c *importer.Column) { c.Property = "createdate" }),
				"propertyName", "READ_ONLY_VALUE",
			},
			"a name that many can have": {
				column(func(c *importer.Column) { c.Kind = importer.AlternateID }),
				"columnType", "NOT_UNIQUE",
			},
			"another kind": {
				column(func(c *importer.Column) { c.Kind = "OTHER" }),
				"columnType", "INVALID_OPTION",
			},
			"labels of relations to nothing": {
				column(func(c *importer.Column) { c.Kind = importer.Label }),
				"toColumnObjectTypeId", "REQUIRED",
			},
		} {
			_, err := d.try(people.System, c.request, csvOf("email,firstname"))
			e := errs.As(err)
			if e == nil || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != c.field || e.Fields[0].Code != c.code {
				t.Errorf("%s: %+v, want %s of %s", name, err, c.code, c.field)
			}
		}
		for name, request := range map[string]importer.Request{
			"a column's object type":     column(func(c *importer.Column) { c.TypeID = "9-9" }),
			"what a column leads to":     column(func(c *importer.Column) { c.To = "9-9" }),
			"an operation's object type": with(func(r *importer.Request) { r.Operations = map[string]importer.Operation{"9-9": importer.Upsert} }),
		} {
			if _, err := d.try(people.System, request, csvOf("email,firstname")); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		viewer := people.Actor{Kind: event.User, ID: 5, Seat: people.ViewSeat}
		if _, err := d.try(viewer, contacts("email"), csvOf("email")); !errs.Is(err, errs.Denied) {
			t.Errorf("a view-only user: %v", err)
		}
	})
}

// While an import runs its asker goes: nothing more is written in their name.
func TestAnAskerWhoIsSwitchedOff(t *testing.T) { // ACC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.user("Boss", true)
		sam := d.user("Sam", false)
		lines := []string{"email"}
		for i := range 650 {
			lines = append(lines, fmt.Sprintf("%d@x.example", i))
		}
		im := d.start(sam, contacts("email"), csvOf(lines...))
		no := false
		if _, err := d.people.ChangeUser(context.Background(), people.System, sam.ID, people.UserChange{Active: &no}); err != nil {
			t.Fatal(err)
		}
		im = d.ended(im, "FAILED: 0 rows, 0 made, 0 changed, 0 refused")
		if !strings.Contains(im.Says, "may not") {
			t.Errorf("it says %q", im.Says)
		}
	})
}

func TestAnImportIsCancelledWhileItRuns(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		lines := []string{"email"}
		for i := range 650 {
			lines = append(lines, fmt.Sprintf("%d@x.example", i))
		}
		im := d.start(people.System, contacts("email"), csvOf(lines...))
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		made := 0
		d.during = func(tx *db.Tx, e event.Event) error {
			if e.Type == "contact.created" {
				if made++; made == 250 { // in the second transaction
					stop()
				}
			}
			return nil
		}
		args := json.RawMessage(fmt.Sprintf(`{"id":"%d"}`, im.ID))
		if err := d.Handlers()[0].Run(ctx, job.Run{Args: args}); err == nil {
			t.Fatal("it was not stopped")
		}
		d.during = nil
		// The transaction that runs may end or not; the next one does not begin.
		got := d.again(im)
		rows := got.Counters.Rows
		if got.State != importer.Processing || rows != 200 && rows != 400 {
			t.Errorf("after it was stopped it is %s after %d rows", got.State, rows)
		}
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.Cancel(tx, people.System, im.ID)
			return err
		})
		d.ended(im, fmt.Sprintf("CANCELED: %d rows, %d made, 0 changed, 0 refused", rows, rows))
		d.do(errs.NotFound, func(tx *db.Tx) error {
			_, err := d.Cancel(tx, people.System, 12345)
			return err
		})
	})
}

// Only who started an import, or an admin, stops or undoes it.
func TestWhoStopsAnImport(t *testing.T) { // ACC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		boss, sam, eve := d.user("Boss", true), d.user("Sam", false), d.user("Eve", false)
		for _, c := range []struct {
			name string
			by   people.Actor
			want errs.Kind
		}{
			{"another user", eve, errs.Denied},
			{"who started it", sam, errs.Internal},
		} {
			im := d.start(sam, contacts("email"), csvOf("email", "a@x.example"))
			d.do(c.want, func(tx *db.Tx) error {
				_, err := d.Cancel(tx, c.by, im.ID)
				return err
			})
		}
		im := d.start(sam, contacts("email"), csvOf("email", "b@x.example"))
		im = d.settle(im)
		d.do(errs.Denied, func(tx *db.Tx) error {
			_, err := d.Undo(tx, eve, im.ID)
			return err
		})
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.Undo(tx, boss, im.ID)
			return err
		})
	})
}

// What went meanwhile, or was changed by people, does not keep the rest from being undone.
func TestUndoingWhatIsThere(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.records.Create(tx, people.System, "contacts", record.Input{Properties: map[string]string{"email": "old@x.example"}})
			return err
		})
		im := d.start(people.System, contacts("email", "firstname"), csvOf(
			"email,firstname",
			"old@x.example,Changed",
			"a@x.example,A",
			"b@x.example,B",
			"c@x.example,C",
		))
		im = d.ended(im, "DONE: 4 rows, 3 made, 1 changed, 0 refused")
		d.do(errs.Internal, func(tx *db.Tx) error {
			n, _, err := d.records.FindBy(tx, "contacts", "email", "b@x.example")
			if err != nil {
				return err
			}
			return d.records.Archive(tx, people.System, "contacts", n)
		})
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.Undo(tx, people.System, im.ID)
			return err
		})
		im = d.settle(im)
		if im.State != importer.Reverted {
			t.Errorf("it is %s", im.State)
		}
		if got := d.values("contacts", "email"); got != "old@x.example" {
			t.Errorf("there are %s", got)
		}
		if got := d.values("contacts", "firstname"); got != "Changed" {
			t.Errorf("what it changed is %q", got)
		}
	})
}

// A property that is archived while an import waits refuses its rows, and the import goes on.
func TestAPropertyThatGoes(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, property.Definition{
				ObjectType: "contacts",
				Name:       "shoe_size",
				Label:      "Shoe size",
				Type:       property.Number,
				FieldType:  "number",
				Group:      "contactinformation",
			})
			return err
		})
		im := d.start(people.System, contacts("email", "shoe_size"), csvOf(
			"email,shoe_size",
			"a@x.example,42",
			"b@x.example,",
		))
		d.do(errs.Internal, func(tx *db.Tx) error { return d.props.Archive(tx, people.System, "contacts", "shoe_size") })
		im = d.ended(im, "DONE: 2 rows, 1 made, 0 changed, 1 refused")
		if got := d.refused(im); got != "2 PROPERTY_DEFINITION_NOT_FOUND" {
			t.Errorf("refused: %s", got)
		}
	})
}

// Unique properties of the account's own know records, too.
func TestUniquePropertiesAreKeys(t *testing.T) { // IMP-1, PROP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, property.Definition{
				ObjectType: "companies",
				Name:       "customer_number",
				Label:      "Customer number",
				Type:       property.String,
				FieldType:  "text",
				Group:      "companyinformation",
				Unique:     true,
			})
			return err
		})
		request := importer.Request{Files: []importer.FileRequest{{
			Name:    "a.csv",
			Headers: true,
			Columns: []importer.Column{
				{Name: "number", TypeID: "0-2", Property: "customer_number", Kind: importer.AlternateID},
				{Name: "name", TypeID: "companies", Property: "name"},
				{Name: "domain", TypeID: "company", Property: "domain"},
			},
		}}}
		im := d.start(people.System, request, csvOf("number,name,domain", "A1,First,one.example", "A2,Second,"))
		d.ended(im, "DONE: 2 rows, 2 made, 0 changed, 0 refused")
		im = d.start(people.System, request, csvOf("number,name,domain", "A1,Renamed,two.example", "A3,Third,one.example"))
		d.ended(im, "DONE: 2 rows, 1 made, 1 changed, 0 refused")
		if got := d.values("companies", "name"); got != "Renamed Second Third" {
			t.Errorf("companies: %s", got)
		}
	})
}

// The table of what was refused holds each row as it came, and nothing that a spreadsheet would run.
func TestTheTableOfWhatWasRefused(t *testing.T) { // IMP-1, SEC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		im := d.start(people.System, contacts("email", "firstname"), csvOf(
			"email,firstname",
			"=evil,\"a, b\"",
			"ann@x.example,Ann",
			"bad,Bob",
		))
		im = d.ended(im, "DONE: 3 rows, 1 made, 0 changed, 2 refused")
		var out bytes.Buffer
		if err := d.Table(context.Background(), im, &out); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("the table is %s", out.String())
		}
		for i, want := range []string{
			"File,Line,Reason,Column,Value,Row",
			",1,'=evil,'=evil,\"a, b\"",
			",1,bad,bad,Bob",
		} {
			if !strings.HasSuffix(lines[i], want) {
				t.Errorf("line %d is %s, want it to end in %s", i, lines[i], want)
			}
		}
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			first, err := d.Rejected(tx, im, 0, 1)
			if err != nil || len(first) != 1 {
				t.Fatalf("%v, %v", first, err)
			}
			second, err := d.Rejected(tx, im, first[0].ID, 10)
			if len(second) != 1 || second[0].Line != 4 || second[0].ObjectType.TypeID != "0-1" || second[0].Column != 1 || second[0].FileID != im.Files[0] {
				t.Errorf("the second is %+v", second)
			}
			return err
		})
	})
}

func TestImportsAreListedNewestFirst(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		var ids []int64
		for i := range 5 {
			im := d.start(people.System, contacts("email"), csvOf("email", fmt.Sprintf("%d@x.example", i)))
			ids = append([]int64{im.ID}, ids...)
		}
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			var got []int64
			for before := int64(0); ; {
				page, err := d.List(tx, before, 2)
				if err != nil {
					return err
				}
				if len(page) == 0 {
					break
				}
				for _, im := range page {
					got = append(got, im.ID)
				}
				before = got[len(got)-1]
			}
			if !slices.Equal(got, ids) {
				t.Errorf("they are %v, want %v", got, ids)
			}
			return nil
		})
	})
}

// The records of a row are related, and to those that it names; what cannot be is told, and the records stay.
func TestRelationsOfRows(t *testing.T) { // IMP-1, REC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		request := importer.Request{Files: []importer.FileRequest{
			{
				// It names records of the other file, so it is read after that one.
				Name:    "companies.csv",
				Headers: true,
				Columns: []importer.Column{
					{Name: "name", TypeID: "0-2", Property: "name"},
					{Name: "domain", TypeID: "0-2", Property: "domain"},
					{Name: "chief", TypeID: "0-2", To: "0-1"},
				},
			},
			{
				Name:    "people.csv",
				Headers: true,
				Columns: []importer.Column{
					{Name: "mail", TypeID: "0-1", Property: "email", Key: true},
					{Name: "first", TypeID: "0-1", Property: "firstname"},
				},
			},
		}}
		im := d.start(people.System, request, map[string]string{
			"companies.csv": "name,domain,chief\nOne,one.example,ann@x.example\nTwo,two.example,nobody@x.example\nThree,three.example,no address\nFour,four.example,\n",
			"people.csv":    "mail,first\nann@x.example,Ann\nbob@x.example,Bob\n",
		})
		im = d.ended(im, "DONE: 6 rows, 6 made, 0 changed, 2 refused")
		if got := d.refused(im); got != "4 INVALID_ASSOCIATION_IDENTIFIER, 3 NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER" {
			t.Errorf("refused: %s", got)
		}
		if im.Counters.Related != 1 {
			t.Errorf("%d relations were made", im.Counters.Related)
		}
		dbtest.See(t, d.db, func(tx *db.Tx) error {
			ann, _, err := d.records.FindBy(tx, "contacts", "email", "ann@x.example")
			if err != nil {
				return err
			}
			one, _, err := d.records.FindBy(tx, "companies", "domain", "one.example")
			if err != nil {
				return err
			}
			yes, err := d.records.AreRelated(tx, "contacts", ann, "companies", one)
			if !yes {
				t.Error("Ann and her company are not related")
			}
			return err
		})
		// The same again changes nothing.
		im = d.start(people.System, request, map[string]string{
			"companies.csv": "name,domain,chief\nOne,one.example,ann@x.example\n",
			"people.csv":    "mail,first\nann@x.example,Ann\n",
		})
		d.ended(im, "DONE: 2 rows, 0 made, 2 changed, 0 refused")
	})
}
