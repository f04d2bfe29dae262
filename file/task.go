package file

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"time"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// TaskKind is what a task does.
type TaskKind string

// The kinds.
const (
	Fetched TaskKind = "fetch" // a file from elsewhere
	Moved   TaskKind = "move"  // a folder
)

// State is how far a task is, in HubSpot's words.
type State string

// The states.
const (
	Pending    State = "PENDING"
	Processing State = "PROCESSING"
	Canceled   State = "CANCELED"
	Complete   State = "COMPLETE"
)

// Task is something that is done after it was asked for.
type Task struct {
	ID          int64
	Kind        TaskKind
	State       State
	Result      int64 // the file or folder; 0 until there is one
	Error       string
	RequestedAt time.Time
	StartedAt   time.Time // zero before
	CompletedAt time.Time
	asked       string
}

const (
	taskJob  = "file.task"
	taskMost = 5 * time.Minute
	urlMost  = 2000
)

type taskArgs struct {
	ID int64 `json:"id,string"`
}

// asked is what a task does, for whom.
type asked struct {
	URL    string          `json:"url,omitempty"`
	Draft  Draft           `json:"draft,omitzero"`
	Folder int64           `json:"folder,string,omitempty"`
	Change FolderChange    `json:"change,omitzero"`
	Kind   event.ActorKind `json:"kind"`
	By     int64           `json:"by,string"`
}

// FetchLater has a file fetched from another server.
func (s *Service) FetchLater(tx *db.Tx, by people.Actor, address string, in Draft) (Task, error) {
	if err := may(by); err != nil {
		return Task{}, err
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(address) > urlMost {
		return Task{}, errs.Bad("url", "INVALID_URL", "url must be an address that begins with http:// or https://")
	}
	if _, err := in.expiry(tx.Now); err != nil {
		return Task{}, err
	}
	if in.Folder != 0 {
		if _, err := s.place(tx, in.Folder, in.FolderPath); err != nil {
			return Task{}, err
		}
	}
	if in.Name == "" {
		in.Name = path.Base(clean(u.Path))
	}
	return s.later(tx, Fetched, asked{URL: address, Draft: in, Kind: by.Kind, By: by.ID})
}

// MoveLater has a folder renamed or moved.
func (s *Service) MoveLater(tx *db.Tx, by people.Actor, folder int64, c FolderChange) (Task, error) {
	if err := may(by); err != nil {
		return Task{}, err
	}
	if _, err := s.Folder(tx, folder); err != nil {
		return Task{}, err
	}
	return s.later(tx, Moved, asked{Folder: folder, Change: c, Kind: by.Kind, By: by.ID})
}

func (s *Service) later(tx *db.Tx, kind TaskKind, a asked) (Task, error) {
	raw, err := json.Marshal(a)
	if err != nil {
		return Task{}, fmt.Errorf("a task of files: %w", err)
	}
	t := Task{ID: tx.NewID(), Kind: kind, State: Pending, RequestedAt: tx.Now}
	if _, err := tx.Exec("INSERT INTO file_tasks (id, kind, state, asked, result_id, error, requested_at) VALUES ($1, $2, $3, $4, 0, '', $5)",
		t.ID, string(kind), string(t.State), string(raw), tx.Micros()); err != nil {
		return t, err
	}
	if err := sweepLater(tx); err != nil {
		return t, err
	}
	_, err = job.Enqueue(tx, job.Spec{Kind: taskJob, Key: fmt.Sprint(t.ID), Args: taskArgs{t.ID}})
	return t, err
}

// Task reads a task of a kind.
func (s *Service) Task(tx *db.Tx, kind TaskKind, id int64) (Task, error) {
	t, ok, err := db.One(tx, func(sc db.Scanner) (t Task, err error) {
		var requested int64
		var started, completed *int64
		err = sc.Scan(&t.ID, &t.Kind, &t.State, &t.asked, &t.Result, &t.Error, &requested, &started, &completed)
		t.RequestedAt, t.StartedAt, t.CompletedAt = moment(&requested), moment(started), moment(completed)
		return t, err
	}, "SELECT id, kind, state, asked, result_id, error, requested_at, started_at, completed_at FROM file_tasks WHERE id = $1 AND kind = $2", id, string(kind))
	if err == nil && !ok {
		err = errs.New(errs.NotFound, "There is no such task.", nil).WithCode("OBJECT_NOT_FOUND")
	}
	return t, err
}

// TaskHandler does what was asked for. What is wrong with it becomes the task's error; what may pass is tried again a few times.
func (s *Service) TaskHandler() job.Handler {
	return job.Handler{Kind: taskJob, Queue: "files", Timeout: taskMost, Attempts: 4, Run: s.runTask, Dead: func(tx *db.Tx, run job.Run, _ error) error {
		var args taskArgs
		_ = json.Unmarshal(run.Args, &args) // without an id there is no task to finish
		return finish(tx, args.ID, 0, "It did not work. Try again later.")
	}}
}

func (s *Service) runTask(ctx context.Context, run job.Run) error {
	var args taskArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	var state State
	var a asked
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		var raw string
		_, ok, err := db.One(tx, func(sc db.Scanner) (bool, error) { return true, sc.Scan(&state, &raw) }, "SELECT state, asked FROM file_tasks WHERE id = $1", args.ID)
		if err != nil || !ok {
			return err
		}
		if _, err := tx.Exec("UPDATE file_tasks SET state = $2, started_at = $3 WHERE id = $1 AND state = $4", args.ID, string(Processing), tx.Micros(), string(Pending)); err != nil {
			return err
		}
		return json.Unmarshal([]byte(raw), &a)
	})
	if err != nil || state == Complete || state == "" {
		return err
	}
	by := people.Actor{Kind: a.Kind, ID: a.By, SuperAdmin: true} // who was allowed to when they asked
	if a.URL != "" {
		return s.fetchFile(ctx, run, args.ID, by, a)
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		f, err := s.ChangeFolder(tx, by, a.Folder, a.Change)
		return end(tx, run, args.ID, f.ID, err)
	})
}

func (s *Service) fetchFile(ctx context.Context, run job.Run, task int64, by people.Actor, a asked) error {
	body, err := s.fetch(ctx, a.URL)
	if err != nil {
		return s.db.Write(ctx, func(tx *db.Tx) error { return end(tx, run, task, 0, err) })
	}
	defer body.Close()
	content, err := s.Store(ctx, body)
	if err != nil {
		return s.db.Write(ctx, func(tx *db.Tx) error { return end(tx, run, task, 0, err) })
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var f File
		err := tx.Savepoint(func() (err error) {
			f, err = s.Make(tx, by, a.Draft, content)
			return err
		})
		if err != nil || f.Key != content.Key {
			if dropped := waste.Drop(tx, content.Key); dropped != nil {
				return dropped
			}
		}
		return end(tx, run, task, f.ID, err)
	})
}

// end writes down how a task ended, in the commit that ends its job. What is not its fault is for another attempt.
func end(tx *db.Tx, run job.Run, task, result int64, err error) error {
	says := ""
	if err != nil {
		e := errs.As(err)
		if e == nil || e.Kind == errs.Internal || e.Kind == errs.Unavailable {
			return err
		}
		says, result = e.Message, 0
	}
	if err := finish(tx, task, result, says); err != nil {
		return err
	}
	return run.Complete(tx)
}

func finish(tx *db.Tx, task, result int64, says string) error {
	_, err := tx.Exec("UPDATE file_tasks SET state = $2, result_id = $3, error = $4, completed_at = $5 WHERE id = $1", task, string(Complete), result, says, tx.Micros())
	return err
}
