package exporter

import (
	"archive/zip"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/sheet"
)

const (
	folder  = "/exports"
	zipFrom = 2 << 20 // bytes of a CSV file; HubSpot packs larger ones, too
)

// piece is a part that is stored.
type piece struct {
	sheet int
	size  int64
	key   string
}

// finish makes one file of the parts.
func (s *Service) finish(ctx context.Context, ex Export) (out Export, err error) {
	w := &whole{s: s, ctx: ctx, ex: ex, name: mime.SafeName(ex.Name)}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		w.pieces, err = db.List(tx, scanPiece,
			"SELECT sheet, size, blob_key FROM export_parts WHERE export_id = $1 ORDER BY number", ex.ID)
		return err
	})
	if err != nil {
		return ex, err
	}
	content, err := w.store()
	if err != nil {
		return ex, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if out, err = s.held(tx, ex.ID); err != nil || out.moved(ex) {
			return err
		}
		f, err := s.files.Make(tx, people.System, file.Draft{Name: w.name + w.extension(), FolderPath: folder, Access: file.HiddenPrivate, TTL: kept}, content)
		if err != nil {
			return err
		}
		out.File = f.ID
		return settle(tx, &out, Done, "")
	})
	if err != nil || out.File == 0 {
		err = errors.Join(err, s.files.Discard(context.WithoutCancel(ctx), content))
	}
	return out, err
}

// whole is the parts as one file.
type whole struct {
	s      *Service
	ctx    context.Context
	ex     Export
	pieces []piece
	name   string
}

func (w *whole) size() (n int64) {
	for _, p := range w.pieces {
		n += p.size
	}
	return n
}

func (w *whole) extension() string {
	switch {
	case w.ex.Format == XLSX:
		return ".xlsx"
	case w.size() > zipFrom:
		return ".zip"
	}
	return ".csv"
}

// store puts the file among the others, as it is made.
func (w *whole) store() (content file.Content, err error) {
	from, to := io.Pipe()
	var group errgroup.Group
	group.Go(func() error {
		err := w.write(to)
		to.CloseWithError(err)
		return err
	})
	content, err = w.s.files.Store(w.ctx, from)
	from.CloseWithError(err)
	if made := group.Wait(); err == nil {
		err = made
	}
	return content, err
}

func (w *whole) write(to io.Writer) error {
	switch w.extension() {
	case ".xlsx":
		return w.book(to)
	case ".csv":
		return w.csv(to)
	}
	packed := zip.NewWriter(to)
	table, err := packed.Create(w.name + ".csv")
	if err == nil {
		err = w.csv(table)
	}
	return errors.Join(err, packed.Close())
}

func (w *whole) header() (row []sheet.Cell) {
	for _, name := range w.ex.plan.Header {
		row = append(row, sheet.Cell{Value: name})
	}
	return row
}

func (w *whole) csv(to io.Writer) error {
	_, err := to.Write(sheet.AppendCSV(nil, w.header()))
	for _, p := range w.pieces {
		if err == nil {
			err = w.copy(to, p)
		}
	}
	return err
}

func (w *whole) book(to io.Writer) error {
	book, err := sheet.NewBook(to, w.ex.at.sheet)
	if err != nil {
		return err
	}
	pieces := w.pieces
	for n := 1; n <= w.ex.at.sheet; n++ {
		rows, err := book.Next()
		if err == nil {
			_, err = rows.Write(sheet.AppendRow(nil, 1, w.header()))
		}
		for err == nil && len(pieces) > 0 && pieces[0].sheet == n {
			err = w.copy(rows, pieces[0])
			pieces = pieces[1:]
		}
		if err != nil {
			return err
		}
	}
	return book.Close()
}

func (w *whole) copy(to io.Writer, p piece) error {
	r, err := w.s.blobs.Open(w.ctx, p.key)
	if err != nil {
		return err
	}
	defer r.Close()
	rows, err := gzip.NewReader(r)
	if err == nil {
		_, err = io.CopyN(to, rows, p.size)
	}
	if err != nil {
		return fmt.Errorf("a part of export %d: %w", w.ex.ID, err)
	}
	return nil
}

// Erasing takes back what exports hold of a person who is erased: those that ended are deleted, and those that run begin again.
func (s *Service) Erasing() erase.Part {
	return erase.Part{Name: "exports", Step: func(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
		if !w.Person {
			return 0, false, nil
		}
		ex, ok, err := db.One(tx, scanExport, "SELECT "+exportColumns+" FROM exports WHERE id > $1 ORDER BY id LIMIT 1", int64(from))
		if err != nil || !ok {
			return 0, false, err
		}
		if ex, err = s.held(tx, ex.ID); err == nil {
			err = s.takeBack(tx, ex)
		}
		return erase.Cursor(ex.ID), true, err
	}}
}

func (s *Service) takeBack(tx *db.Tx, ex Export) error {
	if ex.State.Ended() {
		return s.remove(tx, ex)
	}
	if err := dropParts(tx, ex); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE exports SET ids_key = '', total = 0, done = 0, records = 0, part = 0, sheet = 1, line = 0, updated_at = $2 WHERE id = $1", ex.ID, tx.Micros())
	return err
}

func scanPiece(s db.Scanner) (p piece, err error) {
	err = s.Scan(&p.sheet, &p.size, &p.key)
	return p, err
}
