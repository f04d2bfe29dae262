package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/htmlindex"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/sheet"
)

// row is a row of a file.
type row struct {
	cells []string
	line  int64 // its number, the row of names included
	end   int64 // the byte after it
	bad   error // it is no row
}

// blank reports whether the row is an empty line.
func (r row) blank() bool { return len(r.cells) == 1 && strings.TrimSpace(r.cells[0]) == "" }

// source reads a file row by row, of which no more than a row is in memory.
type source struct {
	closer  io.Closer
	csv     *csv.Reader
	meter   *meter
	start   int64 // byte of the file that the reader began at
	line    int64
	columns map[string]int // places by name
	width   int
}

const rowMost = 4 << 20

// meter fails when more is read for one row than a row may have: a quote that is never closed would be read to the end.
type meter struct {
	r    io.Reader
	read int64
}

var errRowTooLarge = errs.Newf(errs.Invalid, "A row is larger than %d MB: is a quotation mark missing?", rowMost>>20).WithCode("ROW_DATA_TOO_LARGE")

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.read > rowMost {
		return 0, errRowTooLarge
	}
	n, err := m.r.Read(p)
	m.read += int64(n)
	return n, err
}

// open opens a file after the row that ends at a place.
func open(ctx context.Context, blobs blob.Store, f planned, at place) (*source, error) {
	first, err := opened(ctx, blobs, f)
	if err != nil {
		return nil, err
	}
	s := &source{closer: first.closer, columns: map[string]int{}}
	head := bufio.NewReaderSize(first.r, headMost)
	peeked, err := head.Peek(headMost)
	if err != nil && !errors.Is(err, io.EOF) {
		first.closer.Close()
		return nil, err
	}
	comma := ','
	if f.Unpacked == 0 {
		comma = delimiter(peeked)
	}
	if bytes.HasPrefix(peeked, bom) {
		s.start = int64(len(bom))
		_, _ = head.Discard(len(bom)) // it was peeked
	}
	s.begin(head, comma)
	if err := s.names(f); err != nil {
		first.closer.Close()
		return nil, err
	}
	if at.byte <= s.place() {
		return s, nil
	}
	// The names are read from the beginning; the rest of the way is passed over.
	first.closer.Close()
	again, err := opened(ctx, blobs, f)
	if err != nil {
		return nil, err
	}
	if err := again.skip(at.byte); err != nil {
		again.closer.Close()
		return nil, err
	}
	s.closer, s.start, s.line = again.closer, at.byte, at.line
	s.begin(again.r, comma)
	return s, nil
}

const headMost = 64 << 10

var bom = []byte("\xEF\xBB\xBF")

// stream is a file as UTF-8.
type stream struct {
	r      io.Reader
	closer io.Closer
}

func opened(ctx context.Context, blobs blob.Store, f planned) (stream, error) {
	r, err := blobs.Open(ctx, f.Key)
	if errs.Is(err, errs.NotFound) {
		return stream{}, errDeleted(f)
	}
	if err != nil {
		return stream{}, err
	}
	out := stream{r, r}
	if f.Charset != "" && !strings.EqualFold(f.Charset, "utf-8") {
		if e, err := htmlindex.Get(f.Charset); err == nil {
			out.r = e.NewDecoder().Reader(r)
		}
	}
	return out, nil
}

func errDeleted(f planned) error {
	return errs.Newf(errs.Invalid, "The file %s was deleted.", f.Name).WithCode("FILE_NOT_FOUND")
}

// skip goes to a byte, at once where the store can.
func (s *stream) skip(to int64) error {
	if seeker, ok := s.r.(io.Seeker); ok {
		_, err := seeker.Seek(to, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, s.r, to)
	return err
}

func (s *source) begin(r io.Reader, comma rune) {
	s.meter = &meter{r: r}
	s.csv = csv.NewReader(s.meter)
	s.csv.Comma, s.csv.FieldsPerRecord, s.csv.LazyQuotes = comma, -1, true
}

// delimiter is what parts the columns of the first line.
func delimiter(head []byte) rune {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := ',', 0
	for _, c := range ",;\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// names finds the places of the columns.
func (s *source) names(f planned) error {
	if !f.Headers {
		for i, c := range f.Columns {
			s.columns[c.Name] = i
		}
		s.width = len(f.Columns)
		return nil
	}
	names, ok, err := s.next()
	for err == nil && ok && names.blank() {
		names, ok, err = s.next()
	}
	if err != nil {
		return err
	}
	if !ok {
		return errs.Newf(errs.Invalid, "The file %s is empty.", f.Name).WithCode("INVALID_COLUMN_CONFIGURATION")
	}
	for i, name := range names.cells {
		if name = sheet.Bare(strings.TrimSpace(name)); name != "" {
			if _, twice := s.columns[name]; !twice {
				s.columns[name] = i
			}
		}
	}
	s.width = len(names.cells)
	for _, c := range f.Columns {
		if _, ok := s.columns[c.Name]; !ok {
			return errs.Newf(errs.Invalid, "The file %s has no column %q.", f.Name, cut(c.Name, 60)).WithCode("INVALID_COLUMN_CONFIGURATION")
		}
	}
	return nil
}

func (s *source) place() int64 { return s.start + s.csv.InputOffset() }

// next reads a row; ok is false at the end. What is no row comes back as a bad one.
func (s *source) next() (r row, ok bool, err error) {
	cells, err := s.csv.Read()
	s.meter.read = 0
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return row{}, false, nil
	case errors.As(err, &parse) && !errors.Is(err, errRowTooLarge):
		r.bad = errs.New(errs.Invalid, "This is no row of a CSV file.", err)
	case err != nil:
		return row{}, false, err
	}
	s.line++
	r.cells, r.line, r.end = cells, s.line, s.place()
	for i, c := range r.cells {
		r.cells[i] = strings.ReplaceAll(strings.ToValidUTF8(c, "\uFFFD"), "\x00", "")
	}
	if r.bad == nil && s.width > 0 && len(cells) > s.width {
		r.bad = errs.New(errs.Invalid, fmt.Sprintf("The row has %d columns, the first one %d.", len(cells), s.width), nil)
	}
	return r, true, nil
}

// some reads rows up to a number, and fewer only at the end.
func (s *source) some(n int) (rows []row, err error) {
	for len(rows) < n {
		r, ok, err := s.next()
		if err != nil || !ok {
			return rows, err
		}
		if r.blank() {
			continue
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// cell is what a row has in a column.
func (s *source) cell(r row, c Column) string {
	if i, ok := s.columns[c.Name]; ok && i < len(r.cells) {
		return sheet.Bare(strings.TrimSpace(r.cells[i]))
	}
	return ""
}
