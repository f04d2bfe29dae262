package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/errs"
)

// Bounds of what a spreadsheet may unpack to, whatever it says of itself.
const (
	directoryMost = 1 << 20 // bytes of the list of what is in the archive
	partMost      = 8 << 20 // of styles and the like
	stringsMost   = 1 << 30 // of the common texts, unpacked,
	textsMost     = 64 << 20
	sheetMost     = 4 << 30 // of a sheet
	rowMost       = 4 << 20 // of a row
)

var (
	errBounds = errors.New("sheet: more than is allowed")
	errNone   = errs.New(errs.Invalid, "This is no XLSX file, or a broken one.", nil).WithCode("INVALID_FILE")
	errLarge  = errs.New(errs.Invalid, "The spreadsheet is too large to be read. Save it as CSV.", nil).WithCode("FILE_TOO_LARGE")
)

// refused is the error of what cannot be read.
func refused(err error) error {
	switch {
	case err == nil || errs.As(err) != nil || errors.Is(err, io.EOF):
		return err
	case errors.Is(err, errBounds):
		return errLarge
	}
	e := *errNone
	e.Cause = err
	return &e
}

// Reader reads the rows of one sheet of a spreadsheet.
type Reader struct {
	part   io.Closer
	tokens *xml.Decoder
	meter  *meter
	texts  texts
	styles []form
	late   bool // counts days since 1904
	line   int
}

// meter fails when more is read than is allowed: in all, or until someone resets it.
type meter struct {
	r         io.Reader
	all, some int64 // that are left
	step      int64
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.all <= 0 || m.some <= 0 {
		return 0, errBounds
	}
	n, err := m.r.Read(p)
	m.all -= int64(n)
	m.some -= int64(n)
	return n, err
}

func (m *meter) reset() { m.some = m.step }

// budget fails when more of an archive is read than is allowed.
type budget struct {
	r    io.ReaderAt
	left int64
}

// ReadAt implements io.ReaderAt.
func (b *budget) ReadAt(p []byte, at int64) (int, error) {
	if b.left -= int64(len(p)); b.left < 0 {
		return 0, errBounds
	}
	return b.r.ReadAt(p, at)
}

// Open opens a sheet of a spreadsheet by its name, or the first one.
func Open(r io.ReaderAt, size int64, name string) (*Reader, error) {
	list := &budget{r, directoryMost}
	archive, err := zip.NewReader(list, size)
	if err != nil {
		return nil, refused(err)
	}
	list.left = 1 << 62 // from here on what is unpacked counts
	out, err := open(archive, name)
	return out, refused(err)
}

func open(archive *zip.Reader, name string) (*Reader, error) {
	top, err := relations(archive, "", "_rels/.rels")
	if err != nil {
		return nil, err
	}
	book := top.by("officeDocument")
	links, err := relations(archive, path.Dir(book), path.Join(path.Dir(book), "_rels", path.Base(book)+".rels"))
	if err != nil {
		return nil, err
	}
	out := &Reader{}
	at, err := out.sheet(archive, book, name, links)
	if err != nil {
		return nil, err
	}
	if p := links.by("styles"); p != "" {
		if out.styles, err = readStyles(archive, p); err != nil {
			return nil, err
		}
	}
	if p := links.by("sharedStrings"); p != "" {
		if out.texts, err = readTexts(archive, p); err != nil {
			return nil, err
		}
	}
	part, err := archive.Open(at)
	if err != nil {
		return nil, err
	}
	out.part = part
	out.tokens, out.meter = decoder(part, sheetMost, rowMost)
	for {
		t, err := out.tokens.RawToken()
		if err != nil {
			return nil, errors.Join(ended(err), part.Close())
		}
		if s, ok := t.(xml.StartElement); ok && s.Name.Local == "sheetData" {
			return out, nil
		}
	}
}

// ended is the error of a part that ends in the middle.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func decoder(r io.Reader, all, step int64) (*xml.Decoder, *meter) {
	m := &meter{r, all, step, step}
	return xml.NewDecoder(m), m
}

// Close closes the sheet.
func (r *Reader) Close() error { return r.part.Close() }

// sheet finds where the named sheet is.
func (r *Reader) sheet(archive *zip.Reader, book, name string, links links) (string, error) {
	var found string
	err := elements(archive, book, func(e xml.StartElement) {
		switch e.Name.Local {
		case "workbookPr":
			r.late = truth(attr(e, "date1904"))
		case "sheet":
			if found == "" && (name == "" || strings.EqualFold(attr(e, "name"), name)) {
				found = links.targets[attr(e, "id")]
			}
		}
	})
	if err == nil && found == "" {
		err = errs.New(errs.Invalid, "The spreadsheet has no such sheet.", nil).WithCode("SHEET_NOT_FOUND")
	}
	return found, err
}

// links are the relations of a part to others.
type links struct {
	targets map[string]string // by id
	kinds   map[string]string // the first of a kind
}

func (l links) by(kind string) string { return l.kinds[kind] }

func relations(archive *zip.Reader, dir, at string) (links, error) {
	l := links{map[string]string{}, map[string]string{}}
	err := elements(archive, at, func(e xml.StartElement) {
		if e.Name.Local != "Relationship" {
			return
		}
		target, kind := attr(e, "Target"), path.Base(attr(e, "Type"))
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		target = strings.TrimPrefix(target, "/")
		l.targets[attr(e, "Id")] = target
		if l.kinds[kind] == "" {
			l.kinds[kind] = target
		}
	})
	return l, err
}

// elements hands over every element of a part.
func elements(archive *zip.Reader, at string, see func(xml.StartElement)) error {
	part, err := archive.Open(at)
	if err != nil {
		return err
	}
	defer part.Close()
	tokens, _ := decoder(part, partMost, partMost)
	for {
		t, err := tokens.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if s, ok := t.(xml.StartElement); ok {
			see(s)
		}
	}
}

func attr(e xml.StartElement, name string) string {
	i := slices.IndexFunc(e.Attr, func(a xml.Attr) bool { return a.Name.Local == name })
	if i < 0 {
		return ""
	}
	return e.Attr[i].Value
}

func truth(text string) bool { return text == "1" || text == "true" }

// texts are those that cells name by their number.
type texts struct {
	all  []byte
	ends []int
}

func (t texts) get(number string) (string, error) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(t.ends) {
		return "", errNone
	}
	from := 0
	if n > 0 {
		from = t.ends[n-1]
	}
	return string(t.all[from:t.ends[n]]), nil
}

func readTexts(archive *zip.Reader, at string) (t texts, err error) {
	part, err := archive.Open(at)
	if err != nil {
		return t, err
	}
	defer part.Close()
	tokens, meter := decoder(part, stringsMost, rowMost)
	for {
		next, err := tokens.RawToken()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return t, err
		}
		if s, ok := next.(xml.StartElement); ok && s.Name.Local == "si" {
			text, err := runs(tokens, "si")
			if err != nil {
				return t, err
			}
			t.all = append(t.all, text...)
			t.ends = append(t.ends, len(t.all))
			if len(t.all)+8*len(t.ends) > textsMost {
				return t, errBounds
			}
			meter.reset()
		}
	}
}

// runs is the text of an element that may be in several runs, without how it is read out.
func runs(tokens *xml.Decoder, end string) (string, error) {
	var out strings.Builder
	for in, aloud := false, false; ; {
		t, err := tokens.RawToken()
		if err != nil {
			return "", ended(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local == "t" && !aloud
			aloud = aloud || t.Name.Local == "rPh"
		case xml.CharData:
			if in {
				out.Write(t)
			}
		case xml.EndElement:
			in = false
			switch t.Name.Local {
			case "rPh":
				aloud = false
			case end:
				return unescaped(out.String()), nil
			}
		}
	}
}

// unescaped reads the characters that are written by their numbers.
func unescaped(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(s string) string {
		n, _ := strconv.ParseUint(s[2:6], 16, 16) // the pattern has four such digits
		return string(rune(n))
	})
}
