package importer

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/sheet"
)

// unpack makes a CSV file of a spreadsheet, which is then read in its place: there a row can be found again by its byte.
func (s *Service) unpack(ctx context.Context, im Import) (out Import, err error) {
	f := im.plan.Files[im.at.file]
	book, err := openBook(ctx, s.blobs, f)
	if err != nil {
		return im, err
	}
	content, err := s.files.Store(ctx, book)
	if err = errors.Join(err, book.Close()); err != nil {
		return im, err
	}
	kept := false
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if out, kept, err = s.unpacked(tx, im, content); err != nil {
			return fmt.Errorf("import %d, unpacking %s: %w", im.ID, f.Name, err)
		}
		return nil
	})
	if err != nil || !kept {
		err = errors.Join(err, s.files.Discard(context.WithoutCancel(ctx), content))
	}
	return out, err
}

// unpacked puts the rows of a spreadsheet in its place; false when the import ended meanwhile.
func (s *Service) unpacked(tx *db.Tx, im Import, content file.Content) (Import, bool, error) {
	if err := tx.Lock(fmt.Sprintf("import %d", im.ID)); err != nil {
		return im, false, err
	}
	at := im.at
	im, err := s.Get(tx, im.ID)
	if err != nil || im.State != Started && im.State != Processing {
		return im, false, err
	}
	if im.at != at || !im.plan.Files[at.file].Book {
		return im, false, errMoved
	}
	f := &im.plan.Files[at.file]
	kept, err := s.files.Make(tx, people.System, file.Draft{Name: f.Name + ".csv", FolderPath: importFolder, Access: file.HiddenPrivate, TTL: keepFiles}, content)
	if err != nil {
		return im, false, err
	}
	f.Key, f.Charset, f.Book, f.Unpacked = kept.Key, "", false, kept.ID
	plan, err := json.Marshal(im.plan)
	if err != nil {
		return im, false, err
	}
	_, err = tx.Exec("UPDATE imports SET plan = $2, updated_at = $3 WHERE id = $1", im.ID, string(plan), tx.Micros())
	return im, true, err
}

// book reads a sheet as CSV. Rows keep their numbers: those that are not there are blank.
type book struct {
	rows *sheet.Reader
	from *seekable
	line int
	out  bytes.Buffer
	end  error
}

func openBook(ctx context.Context, blobs blob.Store, f planned) (*book, error) {
	r, err := blobs.Open(ctx, f.Key)
	if errs.Is(err, errs.NotFound) {
		return nil, errDeleted(f)
	}
	if err != nil {
		return nil, err
	}
	from, err := seek(r)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	b := &book{from: from}
	if b.rows, err = sheet.Open(from, from.size, f.Page); err != nil {
		return nil, errors.Join(inFile(f, err), from.close())
	}
	return b, nil
}

// inFile says of which file an error is.
func inFile(f planned, err error) error {
	e := errs.As(err)
	if e == nil {
		return err
	}
	return errs.Newf(e.Kind, "%s: %s", cut(f.Name, 60), e.Message).WithCode(e.Code)
}

// Close implements io.Closer.
func (b *book) Close() error { return errors.Join(b.rows.Close(), b.from.close()) }

// Read implements io.Reader.
func (b *book) Read(p []byte) (int, error) {
	for b.out.Len() == 0 {
		if b.end != nil {
			return 0, b.end
		}
		b.end = b.next()
	}
	return b.out.Read(p)
}

func (b *book) next() error {
	cells, number, err := b.rows.Next()
	if err != nil {
		return err
	}
	for b.line++; b.line < number; b.line++ {
		b.write(nil)
	}
	b.write(cells)
	return nil
}

func (b *book) write(cells []string) {
	for len(cells) > 0 && cells[len(cells)-1] == "" { // cells that have nothing but a colour
		cells = cells[:len(cells)-1]
	}
	row := make([]sheet.Cell, max(len(cells), 1))
	for i, c := range cells {
		row[i].Value = c
	}
	b.out.Write(sheet.AppendCSV(b.out.AvailableBuffer(), row))
}

// seekable is a file that can be read anywhere.
type seekable struct {
	io.ReaderAt
	size  int64
	close func() error
}

// seek makes one of what a store gave: itself where it can, else a copy on the disk.
func seek(r io.ReadCloser) (*seekable, error) {
	type anywhere interface {
		io.ReaderAt
		io.Seeker
	}
	if a, ok := r.(anywhere); ok {
		size, err := a.Seek(0, io.SeekEnd)
		return &seekable{a, size, r.Close}, err
	}
	f, err := os.CreateTemp("", "deskbell-import-*")
	if err != nil {
		return nil, err
	}
	away := func() error { return errors.Join(f.Close(), os.Remove(f.Name()), r.Close()) }
	size, err := io.Copy(f, r)
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	return &seekable{f, size, away}, nil
}

// formats are how a file may come.
var formats = []string{"", "CSV", "SPREADSHEET", "XLSX"}

func isBook(format string) (bool, error) {
	i := slices.Index(formats, format)
	if i < 0 {
		return false, errs.Bad("fileFormat", "INVALID_OPTION", fmt.Sprintf("fileFormat must be CSV or SPREADSHEET, not %q", cut(format, 40)))
	}
	return i > 1, nil
}
