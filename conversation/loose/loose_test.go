package loose_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation/loose"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
)

// room is a database with uploads.
type room struct {
	t     *testing.T
	db    *db.DB
	clock *clock.Fixed
	jobs  *job.Runner
	next  int64
}

func eachRoom(t *testing.T, story func(t *testing.T, r *room)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		r := &room{t: t, clock: clock.At(dbtest.Start)}
		cfg.Clock = r.clock
		r.db = dbtest.Open(t, cfg)
		blobs, err := blob.NewFiles(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		r.jobs, err = job.NewRunner(r.db, slog.New(slog.DiscardHandler), job.Config{}, loose.Handler(r.db), waste.Handler(r.db, blobs, loose.Holds))
		if err != nil {
			t.Fatal(err)
		}
		story(t, r)
	})
}

// upload adds uploads of an owner, loose or of a message, and returns the id of the first.
func (r *room) upload(owner int64, message any, n int) int64 {
	r.t.Helper()
	first := r.next + 1
	dbtest.Do(r.t, r.db, func(tx *db.Tx) error {
		for range n {
			r.next++
			_, err := tx.Exec(`INSERT INTO attachments (id, message_id, owner_id, blob_key, name, content_type, size, content_id, inline, created_at)
VALUES ($1, $2, $3, $4, 'a.txt', 'text/plain', 1, '', FALSE, $5)`, r.next, message, owner, fmt.Sprintf("%064d", r.next), tx.Micros())
			if err != nil {
				return err
			}
		}
		return loose.Later(tx)
	})
	return first
}

func (r *room) draft(owner, ticket int64, files ...int64) {
	r.t.Helper()
	raw, err := json.Marshal(files)
	if err != nil {
		r.t.Fatal(err)
	}
	dbtest.Do(r.t, r.db, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO drafts (user_id, ticket_id, kind, html, recipients, attachment_ids, seen, updated_at)
VALUES ($1, $2, 'reply', '', '{}', $3, 0, $4)`, owner, ticket, string(raw), tx.Micros())
		return err
	})
}

func (r *room) left() (ids []int64) {
	r.t.Helper()
	dbtest.See(r.t, r.db, func(tx *db.Tx) (err error) {
		ids, err = db.List(tx, db.Col[int64], "SELECT id FROM attachments ORDER BY id")
		return err
	})
	return ids
}

func (r *room) days(n int) {
	r.t.Helper()
	for range n {
		r.clock.Advance(24 * time.Hour)
		if err := r.jobs.Drain(context.Background()); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *room) waiting() (n int64) {
	r.t.Helper()
	dbtest.See(r.t, r.db, func(tx *db.Tx) (err error) {
		n, err = db.Value[int64](tx, "SELECT count(*) FROM jobs WHERE kind = 'conversation.loose'")
		return err
	})
	return n
}

func TestLooseUploadsGoAfterAWeek(t *testing.T) {
	eachRoom(t, func(t *testing.T, r *room) {
		r.upload(1, nil, 1)
		taken := r.upload(1, int64(77), 1)
		r.days(3)
		late := r.upload(2, nil, 1)
		r.days(3)
		if got := r.left(); len(got) != 3 {
			t.Fatalf("after six days there are %v", got)
		}
		r.days(2)
		if got := r.left(); !slices.Equal(got, []int64{taken, late}) {
			t.Errorf("after eight days there are %v", got)
		}
		r.days(3)
		if got := r.left(); !slices.Equal(got, []int64{taken}) {
			t.Errorf("after eleven days there are %v", got)
		}
		if n := r.waiting(); n != 0 {
			t.Errorf("%d jobs look for uploads although there are none", n)
		}
	})
}

// What a draft of the owner's has waits with it; another's draft keeps nothing.
func TestDraftsKeepTheirUploads(t *testing.T) {
	eachRoom(t, func(t *testing.T, r *room) {
		kept := r.upload(1, nil, 2)
		others := r.upload(2, nil, 1)
		r.draft(1, 5, kept)
		r.draft(1, 6, kept+1, others)
		r.days(20)
		if got := r.left(); !slices.Equal(got, []int64{kept, kept + 1}) {
			t.Errorf("there are %v", got)
		}
		dbtest.Do(t, r.db, func(tx *db.Tx) error {
			_, err := tx.Exec("DELETE FROM drafts WHERE ticket_id = 6")
			return err
		})
		r.days(2)
		if got := r.left(); !slices.Equal(got, []int64{kept}) {
			t.Errorf("when a draft is gone there are %v", got)
		}
		if r.waiting() != 1 {
			t.Error("nobody looks for what the other draft has")
		}
	})
}

// Many uploads of one moment, which all stay, do not hold up those after them.
func TestManyUploadsAreLookedThrough(t *testing.T) {
	eachRoom(t, func(t *testing.T, r *room) {
		const many = 450
		first := r.upload(1, nil, many)
		var all []int64
		for i := range int64(many) {
			all = append(all, first+i)
		}
		r.draft(1, 5, all...)
		r.clock.Advance(time.Minute)
		r.upload(2, nil, many)
		r.days(9)
		if got := r.left(); !slices.Equal(got, all) {
			t.Errorf("%d are left, want the %d of the draft", len(got), many)
		}
	})
}

func TestWhatHoldsContent(t *testing.T) {
	eachRoom(t, func(t *testing.T, r *room) {
		n := r.upload(1, int64(77), 1)
		dbtest.See(t, r.db, func(tx *db.Tx) error {
			for key, want := range map[string]bool{fmt.Sprintf("%064d", n): true, fmt.Sprintf("%064d", n+1): false} {
				if got, err := loose.Holds(tx, key); got != want || err != nil {
					t.Errorf("%s: %v, %v", key, got, err)
				}
			}
			return nil
		})
	})
}
