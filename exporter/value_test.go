package exporter_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/exporter"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// define makes properties of contacts of each type, all beginning with x_.
func (d *desk) define() {
	d.t.Helper()
	options := []property.Option{
		{Value: "s", Label: "Small"},
		{Value: "l", Label: "Quite large"},
		{Value: "none", Label: "None"},
	}
	for _, p := range []property.Definition{
		{Name: "x_text", Label: "Text", Type: property.String, FieldType: "text"},
		{Name: "x_number", Label: "Number", Type: property.Number, FieldType: "number"},
		{Name: "x_day", Label: "Day", Type: property.Date, FieldType: "date"},
		{Name: "x_moment", Label: "Moment", Type: property.DateTime, FieldType: "date"},
		{Name: "x_truth", Label: "Truth", Type: property.Bool, FieldType: "booleancheckbox"},
		{Name: "x_size", Label: "Size", Type: property.Enumeration, FieldType: "select", Options: options},
		{Name: "x_sizes", Label: "Sizes", Type: property.Enumeration, FieldType: "checkbox", Options: options},
	} {
		p.ObjectType, p.Group = "contacts", "contactinformation"
		dbtest.Do(d.t, d.db, func(tx *db.Tx) error {
			_, err := d.props.Create(tx, people.System, p)
			return err
		})
	}
}

// make makes a record of a type.
func (d *desk) make(objectType string, props map[string]string, links ...record.Link) (n int64) {
	d.t.Helper()
	dbtest.Do(d.t, d.db, func(tx *db.Tx) error {
		r, err := d.records.Create(tx, people.System, objectType, record.Input{Properties: props, Links: links})
		n = r.ID
		return err
	})
	return n
}

// rowOf exports contacts by a user, and returns the only row, its id aside.
func (d *desk) rowOf(by people.Actor, r exporter.Request) string {
	d.t.Helper()
	r.ObjectType = "contacts"
	_, content := d.done(by, d.start(by, r))
	if r.Format == "XLSX" {
		rows := d.sheetOf(content, "")
		return rows[len(rows)-1]
	}
	lines := strings.Split(strings.TrimSpace(content), "\n")
	_, rest, _ := strings.Cut(lines[len(lines)-1], ",")
	return rest
}

// user is an admin in a time zone.
func (d *desk) user(name, zone string) people.User {
	d.t.Helper()
	u, err := d.people.AddUser(context.Background(), people.System, people.NewUser{
		Name:       name,
		Email:      strings.ToLower(strings.Fields(name)[0]) + "@desk.localhost",
		Password:   "correct horse battery",
		Seat:       people.ServiceSeat,
		SuperAdmin: true,
	})
	if err == nil {
		u, err = d.people.ChangeUser(context.Background(), people.System, u.ID, people.UserChange{TimeZone: &zone})
	}
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}

// Each type of value is written as people read it, in their time zone, or as it is stored.
func TestValuesOfEachType(t *testing.T) { // IMP-3, PROP-2
	eachDesk(t, func(t *testing.T, d *desk) {
		d.define()
		bea := d.user("Bea Berg", "Europe/Berlin")
		d.make("contacts", map[string]string{
			"x_text":           "=1+1",
			"x_number":         "-12.5",
			"x_day":            "2026-11-02",
			"x_moment":         "2026-11-02T23:30:00.000Z",
			"x_truth":          "true",
			"x_size":           "l",
			"x_sizes":          "s;none",
			"hubspot_owner_id": id.Format(bea.ID),
		})
		all := exporter.Request{Format: "CSV", Properties: []string{"x_text", "x_number", "x_day", "x_moment", "x_truth", "x_size", "x_sizes", "hubspot_owner_id", "lastname"}}
		raw, book := all, all
		raw.Values, book.Format = true, "XLSX"
		rawBook := raw
		rawBook.Format = "XLSX"
		for name, c := range map[string]struct {
			by      people.Actor
			request exporter.Request
			want    string
		}{
			"as people read them": {
				bea.Actor(), all,
				"'=1+1,-12.5,2026-11-02,2026-11-03 00:30:00,true,Quite large,None;Small,Bea Berg,",
			},
			"by the program, in UTC": {
				people.System, all,
				"'=1+1,-12.5,2026-11-02,2026-11-02 23:30:00,true,Quite large,None;Small,Bea Berg,",
			},
			"as they are stored": {
				bea.Actor(), raw,
				fmt.Sprintf("'=1+1,-12.5,2026-11-02,2026-11-02T23:30:00.000Z,true,l,none;s,%d,", bea.ID),
			},
		} {
			if got := d.rowOf(c.by, c.request); got != c.want {
				t.Errorf("%s: %s, want %s", name, got, c.want)
			}
		}
		if got := d.rowOf(bea.Actor(), book); !strings.HasSuffix(got, " =1+1 -12.5 2026-11-02 2026-11-03T00:30:00Z true Quite large None;Small Bea Berg]") {
			t.Errorf("a spreadsheet has %s", got)
		}
		if got := d.rowOf(bea.Actor(), rawBook); !strings.HasSuffix(got, fmt.Sprintf(" =1+1 -12.5 2026-11-02 2026-11-02T23:30:00.000Z true l none;s %d]", bea.ID)) {
			t.Errorf("a spreadsheet of stored values has %s", got)
		}
	})
}

// A value whose option, user or property is gone is written as it is.
func TestValuesOfWhatIsGone(t *testing.T) { // IMP-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.define()
		d.make("contacts", map[string]string{
			"x_text": "text",
			"x_size": "s",
		})
		ask := exporter.Request{Format: "CSV", ObjectType: "contacts", Properties: []string{"x_text", "x_size", "email"}}
		if got := d.rowOf(people.System, ask); got != "text,Small," {
			t.Errorf("at first it is %s", got)
		}
		ex := d.start(people.System, ask)
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			return d.props.Archive(tx, people.System, "contacts", "x_text")
		})
		_, csv := d.done(people.System, ex)
		if !strings.HasPrefix(csv, "Record ID,Text,Size,Email\n") {
			t.Errorf("the columns are %s", csv)
		}
		if !strings.HasSuffix(csv, ",,Small,\n") {
			t.Errorf("the row is %s", csv)
		}
	})
}

// Associated records: their ids, what they are called, and the labels, of as many types as are asked for.
func TestAssociatedRecords(t *testing.T) { // IMP-3, REC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		ann := d.make("contacts", map[string]string{"firstname": "Ann", "lastname": "Lee"})
		var companies, deals []string
		for _, name := range []string{"X Ltd", "Y Ltd"} {
			n := d.make("companies", map[string]string{"name": name})
			companies = append(companies, id.Format(n))
			dbtest.Do(t, d.db, func(tx *db.Tx) error {
				return d.records.Associate(tx, people.System, record.Link{FromType: "contacts", FromID: ann, ToType: "companies", ToID: n})
			})
		}
		ask := exporter.Request{Format: "CSV", Properties: []string{"firstname"}, Associated: []string{"companies", "0-3", "companies"}, Called: true, Labels: true}
		got := strings.Split(d.rowOf(people.System, ask), ",")
		if len(got) != 7 || got[0] != "Ann" {
			t.Fatalf("the row is %q", got)
		}
		ids, called := strings.Split(got[1], ";"), strings.Split(got[2], ";")
		slices.Sort(ids)
		slices.Sort(called)
		if !slices.Equal(ids, companies) || strings.Join(called, ";") != "X Ltd;Y Ltd" {
			t.Errorf("companies are %q, called %q", ids, called)
		}
		if strings.Join(got[4:], "") != strings.Join(deals, "") {
			t.Errorf("deals are %q", got[4:])
		}
		ask.Called, ask.Labels, ask.Unbounded = false, false, true
		if got := strings.Split(d.rowOf(people.System, ask), ","); len(got) != 3 || len(strings.Split(got[1], ";")) != 2 {
			t.Errorf("ids alone are %q", got)
		}
		_, csv := d.done(people.System, d.start(people.System, exporter.Request{Format: "CSV", ObjectType: "companies", Properties: []string{"name"},
			Associated: []string{"contacts"}, Called: true}))
		if lines := strings.Split(csv, "\n"); !strings.HasSuffix(lines[1], ",X Ltd,"+id.Format(ann)+",Ann Lee") {
			t.Errorf("of a company it is %s", csv)
		}
	})
}

// What one may not see of associated records is not in the file either.
func TestAssociatedRecordsOfOthers(t *testing.T) { // ACC-3
	eachDesk(t, func(t *testing.T, d *desk) {
		d.make("contacts", map[string]string{"firstname": "Ann"})
		app := people.LimitedApp(5, "app", []string{"crm.export", "crm.objects.contacts.read"})
		err := d.db.Write(context.Background(), func(tx *db.Tx) error {
			_, err := d.Start(tx, app, exporter.Request{Format: "CSV", ObjectType: "contacts", Associated: []string{"companies"}})
			return err
		})
		if err == nil {
			t.Error("companies are shown to who may not read them")
		}
		if got := d.rowOf(app, exporter.Request{Format: "CSV", Properties: []string{"firstname"}}); got != "Ann" {
			t.Errorf("contacts are %s", got)
		}
	})
}
