package exporter_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/exporter"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/sheet"
)

// desk is the services that exports need, with helpers that read as stories.
type desk struct {
	*exporter.Service
	t       *testing.T
	db      *db.DB
	clock   *clock.Fixed
	people  *people.Service
	records *record.Store
	props   *property.Registry
	lists   *list.Service
	files   *file.Service
	blobs   *watched
	jobs    *job.Runner
}

// watched is a store in which something happens before content is stored.
type watched struct {
	blob.Store
	before func()
}

// Put implements blob.Store.
func (w *watched) Put(ctx context.Context, r io.Reader) (blob.Ref, error) {
	if w.before != nil {
		w.before()
	}
	return w.Store.Put(ctx, r)
}

// noViews knows one view, which is empty.
type noViews struct{}

// Narrow implements exporter.Views.
func (noViews) Narrow(_ people.Actor, _ string, q record.Query) (record.Query, bool, error) {
	return q, false, nil
}

func eachDesk(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) { story(t, newDesk(t, cfg)) })
}

func newDesk(t *testing.T, cfg db.Config) *desk {
	t.Helper()
	d := &desk{t: t, clock: clock.At(dbtest.Start)}
	log := slog.New(slog.DiscardHandler)
	cfg.Clock = d.clock
	cfg.Reactor = event.NewBus(log)
	d.db = dbtest.Open(t, cfg)
	files, err := blob.NewFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d.blobs = &watched{Store: files}
	box, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	d.people = people.New(d.db, people.HashMemory(64))
	d.props = property.New(d.db)
	lines := pipeline.New(d.db, d.props)
	d.records = record.New(d.db, d.props, search.New(d.db, d.props, nil), derive.Of(lines, d.people))
	d.lists = list.New(d.db, d.records, d.props)
	d.files = file.New(d.db, d.blobs, box, d.people, "http://desk.localhost", nil)
	d.Service = exporter.New(d.db, d.records, d.props, lines, d.people, d.files, d.blobs, exporter.Sources{Views: noViews{}, Lists: d.lists})
	handlers := append(d.Handlers(), d.files.SweepHandler(), waste.Handler(d.db, d.blobs, file.Holds, exporter.Holds))
	if d.jobs, err = job.NewRunner(d.db, log, job.Config{}, handlers...); err != nil {
		t.Fatal(err)
	}
	return d
}

// add makes n contacts, whose first names are their numbers.
func (d *desk) add(from, n int) (ids []int64) {
	d.t.Helper()
	for ; n > 0; n -= 500 {
		var ins []record.Input
		for i := range min(n, 500) {
			ins = append(ins, record.Input{Properties: map[string]string{"firstname": fmt.Sprint(from + i), "email": fmt.Sprintf("%d@x.example", from+i)}})
		}
		from += len(ins)
		dbtest.Do(d.t, d.db, func(tx *db.Tx) error {
			made, err := d.records.CreateMany(tx, people.System, "contacts", ins)
			for _, r := range made {
				ids = append(ids, r.ID)
			}
			return err
		})
	}
	return ids
}

// names asks for the first names of all contacts.
func names(format string) exporter.Request {
	return exporter.Request{Name: "people", Format: format, ObjectType: "contacts", Properties: []string{"firstname"}}
}

func (d *desk) start(by people.Actor, r exporter.Request) (ex exporter.Export) {
	d.t.Helper()
	dbtest.Do(d.t, d.db, func(tx *db.Tx) (err error) {
		ex, err = d.Start(tx, by, r)
		return err
	})
	return ex
}

// again runs all jobs and reads the export again.
func (d *desk) again(by people.Actor, ex exporter.Export) exporter.Export {
	d.t.Helper()
	if err := d.jobs.Drain(context.Background()); err != nil {
		d.t.Fatal(err)
	}
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		ex, err = d.Get(tx, by, ex.ID)
		return err
	})
	return ex
}

// done runs an export and reads its file; what it is called ends its first line.
func (d *desk) done(by people.Actor, ex exporter.Export) (name, content string) {
	d.t.Helper()
	ex = d.again(by, ex)
	if ex.State != exporter.Done {
		d.t.Fatalf("it is %s: %s", ex.State, ex.Says)
	}
	var f file.File
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		f, err = d.File(tx, by, ex.ID)
		return err
	})
	r, err := d.Open(context.Background(), f)
	if err != nil {
		d.t.Fatal(err)
	}
	raw, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		d.t.Fatal(err)
	}
	return f.Full(), string(raw)
}

// column are the cells of a column of a CSV file without quotes, the name aside.
func column(csv string, n int) string {
	var out []string
	for i, line := range strings.Split(strings.TrimSuffix(csv, "\n"), "\n") {
		if cells := strings.Split(line, ","); i > 0 && n < len(cells) {
			out = append(out, cells[n])
		}
	}
	return strings.Join(out, " ")
}

// sheetOf are the rows of a sheet.
func (d *desk) sheetOf(raw, name string) (out []string) {
	d.t.Helper()
	r, err := sheet.Open(strings.NewReader(raw), int64(len(raw)), name)
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	for {
		cells, n, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			d.t.Fatal(err)
		}
		out = append(out, fmt.Sprint(n, cells))
	}
}

// unpacked is the one file of an archive.
func (d *desk) unpacked(raw string) (name, content string) {
	d.t.Helper()
	r, err := zip.NewReader(strings.NewReader(raw), int64(len(raw)))
	if err != nil || len(r.File) != 1 {
		d.t.Fatalf("%v: %v", r, err)
	}
	f, err := r.File[0].Open()
	if err != nil {
		d.t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(f); err != nil {
		d.t.Fatal(err)
	}
	return r.File[0].Name, out.String()
}

func (d *desk) rowsOf(table string) (n int) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		n, err = db.Value[int](tx, "SELECT count(*) FROM "+table)
		return err
	})
	return n
}
