// Package importer makes and updates records from files that people and apps send (IMP-1): row by row, in the background, so that it can
// stop anywhere and go on. It does not know how the files came, nor how an import looks outside.
package importer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// State is how far an import is, in HubSpot's words.
type State string

// The states.
const (
	Started    State = "STARTED"
	Processing State = "PROCESSING"
	Done       State = "DONE"
	Failed     State = "FAILED"
	Canceled   State = "CANCELED"
	Reverting  State = "DEFERRED" // it is being undone
	Reverted   State = "REVERTED"
)

// Counters count what an import did, under HubSpot's names.
type Counters struct {
	Rows    int64 `json:"TOTAL_ROWS"`
	Created int64 `json:"CREATED_OBJECTS"`
	Updated int64 `json:"UPDATED_OBJECTS"`
	Unique  int64 `json:"UNIQUE_OBJECTS_WRITTEN"`
	Values  int64 `json:"PROPERTY_VALUES_EMITTED"`
	Related int64 `json:"FOREIGN_KEYS_CREATED"`
	Errors  int64 `json:"ERRORS"`
}

// Import is one.
type Import struct {
	ID        int64
	Name      string
	State     State
	Source    string // API or CRM_UI
	Asked     string // as it came, JSON
	Files     []int64
	Types     []string // ids of the object types it writes
	Counters  Counters
	Says      string // why it failed
	CreatedAt time.Time
	UpdatedAt time.Time

	plan  plan
	asker people.Asker
	at    place
}

// place is how far an import is: after the row that ends at a byte of one of its files.
type place struct {
	file int
	byte int64
	line int64
}

// Service runs imports.
type Service struct {
	db        *db.DB
	records   *record.Store
	props     *property.Registry
	pipelines *pipeline.Store
	people    *people.Service
	files     *file.Service
	blobs     blob.Store
}

// New returns the service.
func New(d *db.DB, records *record.Store, props *property.Registry, pipelines *pipeline.Store, p *people.Service, files *file.Service, blobs blob.Store) *Service {
	return &Service{d, records, props, pipelines, p, files, blobs}
}

const importColumns = "id, name, state, source, asked, plan, asker, file, place, line, counters, says, created_at, updated_at"

func scanImport(s db.Scanner) (Import, error) {
	var im Import
	var plan, asker, counters string
	var created, updated int64
	err := s.Scan(&im.ID, &im.Name, &im.State, &im.Source, &im.Asked, &plan, &asker, &im.at.file, &im.at.byte, &im.at.line, &counters, &im.Says, &created, &updated)
	if err != nil {
		return im, err
	}
	im.CreatedAt, im.UpdatedAt = clock.FromMicros(created), clock.FromMicros(updated)
	for _, part := range []struct {
		text string
		into any
	}{{plan, &im.plan}, {asker, &im.asker}, {counters, &im.Counters}} {
		if err := json.Unmarshal([]byte(part.text), part.into); err != nil {
			return im, fmt.Errorf("import %d: %w", im.ID, err)
		}
	}
	for _, f := range im.plan.Files {
		im.Files = append(im.Files, f.File)
		for _, c := range f.Columns {
			if !slices.Contains(im.Types, c.TypeID) {
				im.Types = append(im.Types, c.TypeID)
			}
		}
	}
	return im, nil
}

var errNoImport = errs.New(errs.NotFound, "There is no such import.", nil).WithCode("OBJECT_NOT_FOUND")

// Get reads an import.
func (s *Service) Get(tx *db.Tx, id int64) (Import, error) {
	im, ok, err := db.One(tx, scanImport, "SELECT "+importColumns+" FROM imports WHERE id = $1", id)
	if err == nil && !ok {
		err = errNoImport
	}
	return im, err
}

// List reads a page of imports, the newest first, that are older than before, 0 for the newest.
func (s *Service) List(tx *db.Tx, before int64, limit int) ([]Import, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	return db.List(tx, scanImport, "SELECT "+importColumns+" FROM imports WHERE id < $1 ORDER BY id DESC LIMIT $2", before, limit)
}

// Sent is a file that came for an import.
type Sent struct {
	Name    string
	Content file.Content
}

const (
	importFolder = "/imports"
	keepFiles    = 90 * 24 * time.Hour
	nameMost     = 200
)

// Start begins an import. Its files are kept for 90 days, hidden.
func (s *Service) Start(tx *db.Tx, by people.Actor, r Request, asked, source string, sent []Sent) (Import, error) {
	if !by.May(people.Workspace) {
		return Import{}, errs.New(errs.Denied, "Importing needs a service seat.", nil)
	}
	im := Import{ID: tx.NewID(), Name: cut(r.Name, nameMost), State: Started, Source: source, Asked: asked, CreatedAt: tx.Now, UpdatedAt: tx.Now,
		asker: by.Asking()}
	var err error
	if im.plan, err = s.planned(tx, by, r); err != nil {
		return im, err
	}
	for i := range im.plan.Files {
		f := &im.plan.Files[i]
		at := slices.IndexFunc(sent, func(x Sent) bool { return x.Name == f.Name })
		if at < 0 && len(sent) == 1 && len(im.plan.Files) == 1 {
			at = 0 // there is no doubt
		}
		if at < 0 {
			return im, errs.Bad("files", "FILE_NOT_FOUND", fmt.Sprintf("No file called %q came with the import.", f.Name))
		}
		kept, err := s.files.Make(tx, people.System, file.Draft{Name: f.Name, FolderPath: importFolder, Access: file.HiddenPrivate, TTL: keepFiles}, sent[at].Content)
		if err != nil {
			return im, err
		}
		f.File, f.Key, f.Charset = kept.ID, kept.Key, sent[at].Content.Charset
		im.Files = append(im.Files, kept.ID)
	}
	if err := s.insert(tx, im); err != nil {
		return im, err
	}
	event.Emit(tx, event.Event{Type: "import.started", ObjectType: "imports", ObjectID: im.ID, Actor: by.As(), Data: struct{}{}})
	if err := im.audit(tx, by, "import.started", "files", int64(len(im.Files))); err != nil {
		return im, err
	}
	if err := later(tx, runKind, im.ID); err != nil {
		return im, err
	}
	return s.Get(tx, im.ID)
}

func (s *Service) insert(tx *db.Tx, im Import) error {
	var texts [3]string
	for i, v := range []any{im.plan, im.asker, im.Counters} {
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("import %d: %w", im.ID, err)
		}
		texts[i] = string(raw)
	}
	_, err := tx.Exec(`INSERT INTO imports (id, name, state, source, asked, plan, asker, file, place, line, counters, says, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, 0, $8, '', $9, $9)`, im.ID, im.Name, string(im.State), im.Source, im.Asked, texts[0], texts[1], texts[2], tx.Micros())
	return err
}

const (
	runKind  = "import.run"
	undoKind = "import.undo"
)

type runArgs struct {
	ID int64 `json:"id,string"`
}

func later(tx *db.Tx, kind string, id int64) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: kind, Key: fmt.Sprint(id), Args: runArgs{id}})
	return err
}

// Cancel stops an import where it is; what it made stays.
func (s *Service) Cancel(tx *db.Tx, by people.Actor, id int64) (Import, error) {
	im, err := s.held(tx, by, id)
	if err != nil || im.State != Started && im.State != Processing {
		return im, err
	}
	if err := im.audit(tx, by, "import.cancelled", "rows", im.Counters.Rows); err != nil {
		return im, err
	}
	return im, s.settle(tx, &im, Canceled, "")
}

// audit writes down what somebody did to an import: how much, and nothing of what is in it, its name included.
func (im Import) audit(tx *db.Tx, by people.Actor, action, unit string, n int64) error {
	return people.Audit(tx, by, audit.Entry{Action: action, ObjectType: "imports", ObjectID: im.ID, Detail: map[string]string{unit: strconv.FormatInt(n, 10)}})
}

// Undo takes what an import made into the trash. What it changed of records that were there stays as it is.
func (s *Service) Undo(tx *db.Tx, by people.Actor, id int64) (Import, error) {
	im, err := s.held(tx, by, id)
	if err != nil {
		return im, err
	}
	if im.State != Done && im.State != Failed && im.State != Canceled {
		return im, errs.New(errs.Conflict, "Only an import that has ended can be undone, and only once.", nil).WithCode("IMPORT_NOT_ENDED")
	}
	if err := im.audit(tx, by, "import.undone", "records", im.Counters.Created); err != nil {
		return im, err
	}
	if err := s.settle(tx, &im, Reverting, im.Says); err != nil {
		return im, err
	}
	return im, later(tx, undoKind, id)
}

// held reads an import that nobody else changes meanwhile.
func (s *Service) held(tx *db.Tx, by people.Actor, id int64) (Import, error) {
	if !by.May(people.Workspace) {
		return Import{}, errs.New(errs.Denied, "Importing needs a service seat.", nil)
	}
	if err := tx.Lock(fmt.Sprintf("import %d", id)); err != nil {
		return Import{}, err
	}
	im, err := s.Get(tx, id)
	if err == nil && by.IsPerson() && !by.May(people.ManageAccount) && !im.asker.Is(by) {
		err = errs.New(errs.Denied, "Only who started an import, or an admin, may do this.", nil)
	}
	return im, err
}

func (s *Service) settle(tx *db.Tx, im *Import, state State, says string) error {
	im.State, im.Says, im.UpdatedAt = state, says, tx.Now
	_, err := tx.Exec("UPDATE imports SET state = $2, says = $3, updated_at = $4 WHERE id = $1", im.ID, string(state), says, tx.Micros())
	return err
}

// actor is who the import is, with what its asker may now.
func (s *Service) actor(tx *db.Tx, im Import) (people.Actor, error) {
	by, err := s.people.Again(tx, im.asker)
	return by.Importing(im.ID), err
}

// Handlers run imports and undo them.
func (s *Service) Handlers() []job.Handler {
	return []job.Handler{
		{Kind: runKind, Queue: "imports", Timeout: 10 * time.Minute, Run: s.run, Dead: s.gaveUp},
		{Kind: undoKind, Queue: "imports", Timeout: 10 * time.Minute, Run: s.undo, Dead: s.gaveUp},
		{Kind: forgetKind, Queue: "imports", Timeout: time.Hour, Run: s.forget},
	}
}

func (s *Service) gaveUp(tx *db.Tx, run job.Run, _ error) error {
	var args runArgs
	_ = json.Unmarshal(run.Args, &args) // without an id there is no import to settle
	im, err := s.Get(tx, args.ID)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.settle(tx, &im, Failed, "Something went wrong on our side, again and again.")
}

const undoStep = 200

func (s *Service) undo(ctx context.Context, run job.Run) error {
	var args runArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	for more := true; more; {
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			if more, err = s.undoSome(tx, args.ID); err == nil && !more {
				err = run.Complete(tx)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) undoSome(tx *db.Tx, id int64) (more bool, err error) {
	im, err := s.Get(tx, id)
	if err != nil {
		return false, err
	}
	by, err := s.actor(tx, im)
	if err != nil {
		return false, s.settle(tx, &im, Failed, "Who started the import may not do this any more.")
	}
	type made struct {
		id         int64
		objectType string
	}
	some, err := db.List(tx, func(sc db.Scanner) (m made, err error) {
		err = sc.Scan(&m.id, &m.objectType)
		return m, err
	}, "DELETE FROM imported_records WHERE import_id = $1 AND record_id IN (SELECT record_id FROM imported_records WHERE import_id = $1 LIMIT $2) RETURNING record_id, object_type", id, undoStep)
	if err != nil {
		return false, err
	}
	for _, m := range some {
		err := tx.Savepoint(func() error { return s.records.Archive(tx, by, m.objectType, m.id) })
		if err != nil && !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Denied) { // it is gone, or became somebody else's
			return false, err
		}
	}
	if len(some) == undoStep {
		return true, nil
	}
	return false, s.settle(tx, &im, Reverted, "")
}

func cut(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
