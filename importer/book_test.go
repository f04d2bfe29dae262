package importer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/importer"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/sheet"
)

// texts are a row of texts.
func texts(values ...string) (row []sheet.Cell) {
	for _, v := range values {
		row = append(row, sheet.Cell{Value: v})
	}
	return row
}

// bookOf is a spreadsheet, a.csv, of sheets of rows; nil is a row that is not there.
func bookOf(t *testing.T, sheets ...[][]sheet.Cell) map[string]string {
	t.Helper()
	var out bytes.Buffer
	b, err := sheet.NewBook(&out, len(sheets))
	for _, rows := range sheets {
		if err != nil {
			break
		}
		var w io.Writer
		if w, err = b.Next(); err != nil {
			break
		}
		for i, row := range rows {
			if row != nil {
				_, err = w.Write(sheet.AppendRow(nil, i+1, row))
			}
		}
	}
	if err = errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"a.csv": out.String()}
}

func spreadsheet(page string, properties ...string) importer.Request {
	r := contacts(properties...)
	r.Files[0].Format, r.Files[0].Page = "SPREADSHEET", page
	return r
}

func TestASpreadsheetIsImported(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, property.Definition{ObjectType: "contacts", Name: "born", Label: "Born", Type: property.Date, FieldType: "date", Group: "contactinformation"})
			return err
		})
		rows := [][]sheet.Cell{nil, texts("email", "a;b;c", "firstname", "born")}
		var want []string
		for i := range 450 {
			email := fmt.Sprintf("%d@x.example", i)
			if i%100 == 7 {
				email = "no address"
				want = append(want, fmt.Sprintf("%d INVALID_EMAIL", len(rows)+1))
			}
			rows = append(rows, append(texts(email, "passed over", "'=Name\n"), sheet.Cell{Kind: sheet.Day, Value: "2026-11-02"}))
			if i%50 == 0 {
				rows = append(rows, nil, texts("", "", "", "", "", ""))
			}
		}
		im := d.start(people.System, spreadsheet("", "email", "firstname", "born"), bookOf(t, rows))
		im = d.ended(im, "DONE: 450 rows, 445 made, 0 changed, 5 refused")
		if got := d.refused(im); got != strings.Join(want, ", ") {
			t.Errorf("refused: %s, want %s", got, strings.Join(want, ", "))
		}
		if got := d.values("contacts", "firstname"); !strings.HasPrefix(got, "'=Name '=Name ") {
			t.Errorf("first names: %.40s", got)
		}
		if got := d.values("contacts", "born"); !strings.HasPrefix(got, "2026-11-02 2026-11-02 ") {
			t.Errorf("days: %.40s", got)
		}
	})
}

func TestASheetByItsName(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		file := bookOf(t, [][]sheet.Cell{texts("other")}, [][]sheet.Cell{texts("email"), texts("ann@x.example")})
		d.ended(d.start(people.System, spreadsheet("sheet2", "email"), file), "DONE: 1 rows, 1 made, 0 changed, 0 refused")
		im := d.ended(d.start(people.System, spreadsheet("Sheet3", "email"), file), "FAILED: 0 rows, 0 made, 0 changed, 0 refused")
		if !strings.Contains(im.Says, "a.csv") || !strings.Contains(im.Says, "no such sheet") {
			t.Errorf("it says %q", im.Says)
		}
		im = d.ended(d.start(people.System, spreadsheet("", "email"), csvOf("email", "bob@x.example")), "FAILED: 0 rows, 0 made, 0 changed, 0 refused")
		if !strings.Contains(im.Says, "no XLSX file") {
			t.Errorf("of a CSV file that was called a spreadsheet it says %q", im.Says)
		}
		broken := bookOf(t, [][]sheet.Cell{texts("email"), texts("ann@x.example")})
		broken["a.csv"] = strings.Replace(broken["a.csv"], "xl/styles.xml", "xl/nothing.xm", 2)
		d.ended(d.start(people.System, spreadsheet("", "email"), broken), "FAILED: 0 rows, 0 made, 0 changed, 0 refused")
	})
}

// stream is a store whose files can only be read from their beginning.
type stream struct{ blob.Store }

// Open implements blob.Store.
func (s stream) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	r, err := s.Store.Open(ctx, key)
	return struct{ io.ReadCloser }{r}, err
}

func TestASpreadsheetOfAStoreThatStreams(t *testing.T) { // IMP-1, SCALE-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.rewire(stream{d.blobs})
		im := d.start(people.System, spreadsheet("", "email"), bookOf(t, [][]sheet.Cell{texts("email"), texts("ann@x.example")}))
		d.ended(im, "DONE: 1 rows, 1 made, 0 changed, 0 refused")
	})
}

// cancelling is a store in which an import is cancelled while its spreadsheet is unpacked.
type cancelling struct {
	blob.Store
	cancel func()
}

// Open implements blob.Store.
func (c *cancelling) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if c.cancel != nil {
		c.cancel()
	}
	return c.Store.Open(ctx, key)
}

func TestASpreadsheetIsCancelledWhileItIsUnpacked(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		c := &cancelling{Store: d.blobs}
		d.rewire(c)
		im := d.start(people.System, spreadsheet("", "email"), bookOf(t, [][]sheet.Cell{texts("email"), texts("ann@x.example")}))
		c.cancel = func() {
			d.do(errs.Internal, func(tx *db.Tx) error {
				_, err := d.Cancel(tx, people.System, im.ID)
				return err
			})
		}
		d.ended(im, "CANCELED: 0 rows, 0 made, 0 changed, 0 refused")
		if files := d.count(); files != 1 {
			t.Errorf("there are %d files: what was unpacked is kept", files)
		}
	})
}

// Whoever had herself erased is found in a spreadsheet, too: in what was made of it, in one that never was unpacked, and in one that cannot be read.
func TestSpreadsheetsForgetAPerson(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		hers := [][]sheet.Cell{texts("email"), texts("zelda@quux.example")}
		others := d.settle(d.start(people.System, spreadsheet("", "email"), bookOf(t, [][]sheet.Cell{texts("email"), texts("ann@x.example")})))
		read := d.settle(d.start(people.System, spreadsheet("", "email"), bookOf(t, hers)))
		cancelled := d.start(people.System, spreadsheet("", "email"), bookOf(t, hers))
		d.do(errs.Internal, func(tx *db.Tx) error {
			_, err := d.Cancel(tx, people.System, cancelled.ID)
			return err
		})
		broken := d.settle(d.start(people.System, spreadsheet("", "email"), csvOf("email", "zelda@quux.example")))
		if files := d.count(); files != 6 {
			t.Errorf("there are %d files", files)
		}
		d.forget(zelda)
		for name, im := range map[string]importer.Import{"others": d.settle(others), "read": read, "cancelled": cancelled, "broken": broken} {
			if d.kept(im) != (name == "others") {
				t.Errorf("%s: the file is kept: %v", name, d.kept(im))
			}
		}
		if files := d.count(); files != 2 {
			t.Errorf("there are %d files, want the spreadsheet of others and what was made of it", files)
		}
	})
}

// count is how many files are kept.
func (d *desk) count() (n int) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		n, err = db.Value[int](tx, "SELECT count(*) FROM files")
		return err
	})
	return n
}
