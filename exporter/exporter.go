// Package exporter writes records to files that people and apps ask for (IMP-3): part by part, in the background, so that it can stop
// anywhere and go on. It does not know how an export looks outside, nor how its file leaves the house.
package exporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/sheet"
)

// State is how far an export is, in HubSpot's words.
type State string

// The states.
const (
	Enqueued   State = "ENQUEUED"
	Processing State = "PROCESSING"
	Done       State = "DONE"
	Failed     State = "FAILED"
	Canceled   State = "CANCELED"
)

// Ended reports whether nothing more becomes of it.
func (s State) Ended() bool { return s != Enqueued && s != Processing }

// Format is what sort of file an export becomes.
type Format string

// The formats.
const (
	CSV  Format = "CSV"
	XLSX Format = "XLSX"
)

// Export is one.
type Export struct {
	ID         int64
	Name       string
	State      State
	ObjectType string
	Format     Format
	Total      int64 // records that matched when it began
	Done       int64 // of them, those that were written or found gone
	Records    int64 // that were written
	File       int64 // 0 before there is one
	Says       string
	CreatedAt  time.Time
	StartedAt  time.Time // zero before it began
	UpdatedAt  time.Time
	EndedAt    time.Time // zero before it ended

	plan  plan
	asker people.Asker
	ids   string
	at    place
}

// place is where the next part of an export stands.
type place struct {
	part, sheet int
	line        int64 // rows of the sheet that are there
}

// Properties are the names of the properties that it is of.
func (ex Export) Properties() []string { return ex.plan.Properties }

// OfList reports whether it is of the members of a list.
func (ex Export) OfList() bool { return ex.plan.List != 0 }

// Views knows the views by which tickets can be exported.
type Views interface {
	// Narrow makes a search one of a view's tickets; false when the actor can have none there.
	Narrow(by people.Actor, view string, q record.Query) (record.Query, bool, error)
}

// Lists knows lists of records, each of which can be exported.
type Lists interface {
	// TypeOf is the object type of a list.
	TypeOf(tx *db.Tx, list int64) (objectType string, err error)
	// Members reads the ids of members that the actor may see, by id and behind one; none are left when none come.
	Members(tx *db.Tx, by people.Actor, list, after int64, limit int) ([]int64, error)
}

// Sources are what exports can be of besides searches.
type Sources struct {
	Views Views
	Lists Lists
}

// Service runs exports.
type Service struct {
	db        *db.DB
	records   *record.Store
	props     *property.Registry
	pipelines *pipeline.Store
	people    *people.Service
	files     *file.Service
	blobs     blob.Store
	of        Sources
	size      size
}

// size is how much is done at a time.
type size struct {
	part  int64 // records in a part: what a stop may cost
	sheet int64 // rows in a sheet
}

// New returns the service.
func New(d *db.DB, records *record.Store, props *property.Registry, pipelines *pipeline.Store, p *people.Service, files *file.Service, blobs blob.Store,
	of Sources) *Service {
	return &Service{d, records, props, pipelines, p, files, blobs, of, size{partRecords, sheet.RowsMost}}
}

const exportColumns = `id, name, state, object_type, format, plan, asker, ids_key, total, done, records, part, sheet, line, file_id, says, created_at,
started_at, updated_at, ended_at`

func scanExport(s db.Scanner) (Export, error) {
	var ex Export
	var plan, asker string
	var created, updated int64
	var started, ended *int64
	err := s.Scan(&ex.ID, &ex.Name, &ex.State, &ex.ObjectType, &ex.Format, &plan, &asker, &ex.ids, &ex.Total, &ex.Done, &ex.Records, &ex.at.part,
		&ex.at.sheet, &ex.at.line, &ex.File, &ex.Says, &created, &started, &updated, &ended)
	if err != nil {
		return ex, err
	}
	ex.CreatedAt, ex.UpdatedAt = clock.FromMicros(created), clock.FromMicros(updated)
	if started != nil {
		ex.StartedAt = clock.FromMicros(*started)
	}
	if ended != nil {
		ex.EndedAt = clock.FromMicros(*ended)
	}
	if err := errors.Join(json.Unmarshal([]byte(plan), &ex.plan), json.Unmarshal([]byte(asker), &ex.asker)); err != nil {
		return ex, fmt.Errorf("export %d: %w", ex.ID, err)
	}
	return ex, nil
}

var errNoExport = errs.New(errs.NotFound, "There is no such export.", nil).WithCode("OBJECT_NOT_FOUND")

func get(tx *db.Tx, id int64) (Export, error) {
	ex, ok, err := db.One(tx, scanExport, "SELECT "+exportColumns+" FROM exports WHERE id = $1", id)
	if err == nil && !ok {
		err = errNoExport
	}
	return ex, err
}

// Get reads an export for who asked for it: it holds what they may see, and nobody else has a right to.
func (s *Service) Get(tx *db.Tx, by people.Actor, id int64) (Export, error) {
	ex, err := get(tx, id)
	if err == nil && !ex.asker.Is(by) {
		return Export{}, errNoExport
	}
	return ex, err
}

// List reads a page of the exports that the actor asked for, the newest first, that are older than before, 0 for the newest.
func (s *Service) List(tx *db.Tx, by people.Actor, before int64, limit int) ([]Export, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return db.List(tx, scanExport, "SELECT "+exportColumns+" FROM exports WHERE asker_kind = $1 AND asker_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4",
		string(by.Kind), by.ID, before, limit)
}

// linkTime is how long a link to a file is good; HubSpot's is as long.
const linkTime = 5 * time.Minute

// Link is an address by which the file of an export can be read for five minutes; "" when there is none.
func (s *Service) Link(tx *db.Tx, ex Export) (string, error) {
	f, err := s.fileOf(tx, ex)
	if errs.Is(err, errs.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return s.files.Link(f, tx.Now.Add(linkTime)), nil
}

func (s *Service) fileOf(tx *db.Tx, ex Export) (file.File, error) {
	if ex.File == 0 {
		return file.File{}, errs.New(errs.NotFound, "The export has no file.", nil).WithCode("FILE_NOT_FOUND")
	}
	return s.files.Get(tx, people.System, ex.File)
}

// File reads what is known of an export's file.
func (s *Service) File(tx *db.Tx, by people.Actor, id int64) (file.File, error) {
	ex, err := s.Get(tx, by, id)
	if err != nil {
		return file.File{}, err
	}
	return s.fileOf(tx, ex)
}

// Open opens the file of an export. The caller closes it.
func (s *Service) Open(ctx context.Context, f file.File) (io.ReadCloser, error) {
	return s.files.Open(ctx, f)
}

// Holds reports whether an export that runs needs the content under a key.
func Holds(tx *db.Tx, key string) (bool, error) {
	return db.Value[bool](tx, "SELECT EXISTS (SELECT 1 FROM exports WHERE ids_key = $1) OR EXISTS (SELECT 1 FROM export_parts WHERE blob_key = $1)", key)
}

func cut(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
