package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
)

const (
	forgetKind  = "import.forget"
	forgetStep  = 1000 // refused rows a transaction that are looked at
	pageMost    = 20
	forgetPause = 10 * time.Minute
	forgotten   = "Deleted on request"
)

// forgetArgs is whom imports forget; Import is 0 for all imports.
type forgetArgs struct {
	Whom   erase.What `json:"whom"`
	Import int64      `json:"import,string,omitempty"`
}

// Erasing has imports forget a person who is erased. It takes reading their files, so a job does it.
func (s *Service) Erasing() erase.Part {
	return erase.Part{Name: "imports", Step: func(tx *db.Tx, w erase.What, _ erase.Cursor) (erase.Cursor, bool, error) {
		if !w.Person {
			return 0, false, nil
		}
		return 0, false, forgetLater(tx, forgetArgs{Whom: w}, tx.Now)
	}}
}

func forgetLater(tx *db.Tx, args forgetArgs, due time.Time) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: forgetKind, Key: fmt.Sprintf("%d:%d", args.Whom.ID, args.Import), Args: args, Due: due})
	return err
}

// forget looks through imports for a person. One that runs still needs its file, and is looked at when it has ended.
func (s *Service) forget(ctx context.Context, run job.Run) error {
	var args forgetArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	f := &forgetting{s: s, whom: args.Whom, mentioned: args.Whom.Mentioned(), addressed: args.Whom.Addressed()}
	before, most := int64(0), pageMost
	if args.Import != 0 {
		before, most = args.Import+1, 1
	}
	for more := true; more; {
		var page []Import
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			page, err = s.List(tx, before, most)
			return err
		})
		if err != nil {
			return err
		}
		for _, im := range page {
			if err := f.in(ctx, im); err != nil {
				return fmt.Errorf("forget in import %d: %w", im.ID, err)
			}
			before = im.ID
		}
		more = len(page) == pageMost
	}
	return nil
}

// forgetting is the look for a person.
type forgetting struct {
	s         *Service
	whom      erase.What
	mentioned func(texts ...string) bool
	addressed func(text string) bool
}

// in has an import forget the person: the rows of theirs that it refused, and if it knew of them its files and what those are called.
func (f *forgetting) in(ctx context.Context, im Import) error {
	if im.State == Started || im.State == Processing {
		return f.s.db.Write(ctx, func(tx *db.Tx) error {
			return forgetLater(tx, forgetArgs{f.whom, im.ID}, tx.Now.Add(forgetPause))
		})
	}
	held, err := f.refused(ctx, im)
	if err != nil {
		return err
	}
	held = held || f.mentioned(im.Name)
	for _, file := range im.plan.Files {
		if held = held || f.mentioned(file.Name); !held {
			if held, err = f.inside(ctx, file); err != nil {
				return err
			}
		}
	}
	return f.s.db.Write(ctx, func(tx *db.Tx) error {
		made, err := tx.Exec("DELETE FROM imported_records WHERE import_id = $1 AND record_id = $2", im.ID, f.whom.ID)
		if err != nil || made == 0 && !held {
			return err
		}
		return f.drop(tx, im)
	})
}

// refused strikes out the refused rows that name the person.
func (f *forgetting) refused(ctx context.Context, im Import) (found bool, err error) {
	for after, more := int64(0), true; more && err == nil; {
		err = f.s.db.Write(ctx, func(tx *db.Tx) error {
			some, err := f.s.Rejected(tx, im, after, forgetStep)
			if err != nil {
				return err
			}
			more = len(some) == forgetStep
			for _, r := range some {
				after = r.ID
				if !f.mentioned(append([]string{r.Value, r.Message}, r.Row...)...) {
					continue
				}
				found = true
				if _, err := tx.Exec("UPDATE import_errors SET value = '', message = $2, row_data = '[]' WHERE id = $1", r.ID, forgotten); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return found, err
}

const (
	lookChunk = 256 << 10
	lookAgain = 512 // bytes that are looked at with the next chunk, too: an address may stand across the border
)

// inside reports whether an address of the person stands in a file.
func (f *forgetting) inside(ctx context.Context, file planned) (bool, error) {
	if len(f.whom.Emails) == 0 {
		return false, nil
	}
	if file.Book { // it was never unpacked, or cannot be: then it may hold anything
		book, err := openBook(ctx, f.s.blobs, file)
		if err == nil {
			defer book.Close()
			return f.within(book)
		}
		return errs.Is(err, errs.Invalid), other(err)
	}
	content, err := opened(ctx, f.s.blobs, file)
	if errs.Is(err, errs.Invalid) {
		return false, nil // it is gone
	}
	if err != nil {
		return false, err
	}
	defer content.closer.Close()
	return f.within(content.r)
}

// other is an error that is not of what cannot be read.
func other(err error) error {
	if errs.Is(err, errs.Invalid) {
		return nil
	}
	return err
}

// within reports whether an address of the person stands in a text.
func (f *forgetting) within(text io.Reader) (bool, error) {
	emails := make([][]byte, len(f.whom.Emails))
	for i, e := range f.whom.Emails {
		emails[i] = []byte(e)
	}
	buf := make([]byte, lookAgain+lookChunk)
	for kept := 0; ; {
		n, err := io.ReadFull(text, buf[kept:])
		if errs.Is(err, errs.Invalid) {
			return true, nil // it breaks off
		}
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return false, err
		}
		lower := bytes.ToLower(buf[:kept+n])
		for _, e := range emails {
			if bytes.Contains(lower, e) && f.addressed(string(lower)) {
				return true, nil
			}
		}
		if ended {
			return false, nil
		}
		kept = copy(buf, buf[kept+n-lookAgain:kept+n])
	}
}

// drop deletes an import's files, and strikes out what they are called where it may be a name.
func (f *forgetting) drop(tx *db.Tx, im Import) error {
	kept := slices.Clone(im.Files)
	for _, file := range im.plan.Files {
		if file.Unpacked != 0 {
			kept = append(kept, file.Unpacked)
		}
	}
	if err := f.s.files.Forget(tx, kept); err != nil {
		return err
	}
	asked, err := f.strike(im.Asked)
	if err != nil {
		return err
	}
	for i := range im.plan.Files {
		im.plan.Files[i].Name = f.struck(im.plan.Files[i].Name)
	}
	plan, err := json.Marshal(im.plan)
	if err != nil {
		return err
	}
	_, err = tx.Exec("UPDATE imports SET name = $2, asked = $3, plan = $4, says = $5 WHERE id = $1", im.ID, f.struck(im.Name), asked, string(plan), f.struck(im.Says))
	return err
}

// struck is a text, unless it has an address, a number or one word of the person's name in it.
func (f *forgetting) struck(text string) string {
	if f.mentioned(text) {
		return forgotten
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	for _, w := range words {
		for _, n := range f.whom.Names {
			if w == n {
				return forgotten
			}
		}
	}
	return text
}

// strike strikes out texts in JSON.
func (f *forgetting) strike(raw string) (string, error) {
	var v any
	in := json.NewDecoder(strings.NewReader(raw))
	in.UseNumber()
	if in.Decode(&v) != nil {
		v = nil // what cannot be read may hold anything
	}
	out, err := json.Marshal(f.walk(v))
	return string(out), err
}

func (f *forgetting) walk(v any) any {
	switch v := v.(type) {
	case string:
		return f.struck(v)
	case []any:
		for i := range v {
			v[i] = f.walk(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = f.walk(v[k])
		}
	}
	return v
}
