package importer_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/importer"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

// desk is the services that imports need, with helpers that read as stories.
type desk struct {
	*importer.Service
	t       *testing.T
	db      *db.DB
	clock   *clock.Fixed
	people  *people.Service
	records *record.Store
	props   *property.Registry
	files   *file.Service
	blobs   blob.Store
	lines   *pipeline.Store
	box     *seal.Box
	jobs    *job.Runner
	events  []string
	during  func(tx *db.Tx, e event.Event) error // what happens while records are made
}

func eachDesk(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := &desk{t: t}
		log := slog.New(slog.DiscardHandler)
		d.clock = clock.At(dbtest.Start)
		cfg.Clock = d.clock
		bus := event.NewBus(log)
		cfg.Reactor = bus
		d.db = dbtest.Open(t, cfg)
		var err error
		if d.blobs, err = blob.NewFiles(t.TempDir()); err != nil {
			t.Fatal(err)
		}
		box, err := seal.New(make([]byte, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		d.people = people.New(d.db, people.HashMemory(64))
		d.props = property.New(d.db)
		lines := pipeline.New(d.db, d.props)
		d.records = record.New(d.db, d.props, search.New(d.db, d.props, nil), derive.Of(lines, d.people))
		d.lines, d.box = lines, box
		err = bus.Install(event.Reactor{Name: "watch", React: func(tx *db.Tx, e event.Event) error {
			d.events = append(d.events, e.Type)
			if d.during != nil {
				return d.during(tx, e)
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		d.rewire(d.blobs)
		story(t, d)
	})
}

// rewire makes the service with another store.
func (d *desk) rewire(blobs blob.Store) {
	d.t.Helper()
	d.files = file.New(d.db, blobs, d.box, d.people, "http://desk.localhost", nil)
	d.Service = importer.New(d.db, d.records, d.props, d.lines, d.people, d.files, blobs)
	var err error
	if d.jobs, err = job.NewRunner(d.db, slog.New(slog.DiscardHandler), job.Config{}, d.Handlers()...); err != nil {
		d.t.Fatal(err)
	}
}

// user makes a user with a seat, or an admin.
func (d *desk) user(name string, admin bool) people.Actor {
	d.t.Helper()
	u, err := d.people.AddUser(context.Background(), people.System, people.NewUser{
		Name:       name,
		Email:      strings.ToLower(name) + "@desk.localhost",
		Password:   "correct horse battery",
		Seat:       people.ServiceSeat,
		SuperAdmin: admin,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return u.Actor()
}

// sent are files by name.
func (d *desk) sent(files map[string]string) (out []importer.Sent) {
	d.t.Helper()
	for name, content := range files {
		c, err := d.files.Store(context.Background(), strings.NewReader(content))
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, importer.Sent{Name: name, Content: c})
	}
	return out
}

func (d *desk) try(by people.Actor, r importer.Request, files map[string]string) (im importer.Import, err error) {
	d.t.Helper()
	sent := d.sent(files)
	err = d.db.Write(context.Background(), func(tx *db.Tx) (err error) {
		im, err = d.Start(tx, by, r, "{}", "API", sent)
		return err
	})
	return im, err
}

func (d *desk) start(by people.Actor, r importer.Request, files map[string]string) importer.Import {
	d.t.Helper()
	im, err := d.try(by, r, files)
	if err != nil {
		d.t.Fatal(err)
	}
	return im
}

// settle runs all jobs and reads the import again.
func (d *desk) settle(im importer.Import) importer.Import {
	d.t.Helper()
	if err := d.jobs.Drain(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	return d.again(im)
}

func (d *desk) again(im importer.Import) (out importer.Import) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		out, err = d.Get(tx, im.ID)
		return err
	})
	return out
}

// ended is how an import ended, in few words.
func (d *desk) ended(im importer.Import, want string) importer.Import {
	d.t.Helper()
	im = d.settle(im)
	c := im.Counters
	if got := fmt.Sprintf("%s: %d rows, %d made, %d changed, %d refused", im.State, c.Rows, c.Created, c.Updated, c.Errors); got != want {
		d.t.Errorf("it ended as %q, want %q; %s; %v", got, want, im.Says, d.refused(im))
	}
	return im
}

// refused are the lines and kinds of what an import refused.
func (d *desk) refused(im importer.Import) string {
	d.t.Helper()
	var out []string
	dbtest.See(d.t, d.db, func(tx *db.Tx) error {
		all, err := d.Rejected(tx, im, 0, 1000)
		for _, r := range all {
			out = append(out, fmt.Sprintf("%d %s", r.Line, r.Kind))
		}
		return err
	})
	return strings.Join(out, ", ")
}

// values are a property's values of the living records of a type.
func (d *desk) values(objectType, property string) string {
	d.t.Helper()
	var out []string
	dbtest.See(d.t, d.db, func(tx *db.Tx) error {
		p, err := d.records.List(tx, people.System, objectType, "", 200, false)
		for _, r := range p.Records {
			out = append(out, r.Properties[property])
		}
		return err
	})
	return strings.Join(out, " ")
}

func (d *desk) do(want errs.Kind, fn func(tx *db.Tx) error) {
	d.t.Helper()
	err := d.db.Write(context.Background(), fn)
	if want == errs.Internal && err != nil || want != errs.Internal && !errs.Is(err, want) {
		d.t.Fatalf("%v, want %v", err, want)
	}
}

// contacts asks for an import of contacts from a.csv with columns that are called as their properties.
func contacts(properties ...string) importer.Request {
	f := importer.FileRequest{Name: "a.csv", Headers: true}
	for _, p := range properties {
		f.Columns = append(f.Columns, importer.Column{Name: p, TypeID: "0-1", Property: p})
	}
	return importer.Request{Name: "contacts", Files: []importer.FileRequest{f}}
}

func csvOf(lines ...string) map[string]string {
	return map[string]string{"a.csv": strings.Join(lines, "\n") + "\n"}
}
