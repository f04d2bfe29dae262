package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/errs"
)

var errRow = errs.Newf(errs.Invalid, "A sheet has at most %d rows and %d columns.", RowsMost, ColumnsMost).WithCode("FILE_TOO_LARGE")

// Next reads the next row that is there, and its number in the sheet, from 1; io.EOF after the last one. Times are in ISO form, and
// numbers without an exponent.
func (r *Reader) Next() (cells []string, number int, err error) {
	for {
		t, err := r.tokens.RawToken()
		if err != nil {
			return nil, 0, refused(ended(err))
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				return nil, 0, io.EOF
			}
		case xml.StartElement:
			if t.Name.Local != "row" {
				continue
			}
			r.line++
			if given := attr(t, "r"); given != "" {
				n, err := strconv.Atoi(given)
				if err != nil || n < r.line {
					return nil, 0, errNone // rows stand in their order
				}
				r.line = n
			}
			if r.line > RowsMost {
				return nil, 0, errRow
			}
			cells, err = r.row()
			r.meter.reset()
			return cells, r.line, refused(err)
		}
	}
}

func (r *Reader) row() (cells []string, err error) {
	for {
		t, err := r.tokens.RawToken()
		if err != nil {
			return nil, ended(err)
		}
		if e, ok := t.(xml.EndElement); ok && e.Name.Local == "row" {
			return cells, nil
		}
		c, ok := t.(xml.StartElement)
		if !ok || c.Name.Local != "c" {
			continue
		}
		at := len(cells)
		if given := attr(c, "r"); given != "" {
			at = columnOf(given)
		}
		if at < len(cells) || at >= ColumnsMost {
			return nil, errRow
		}
		text, err := r.cell(c)
		if err != nil {
			return nil, err
		}
		for len(cells) < at {
			cells = append(cells, "")
		}
		cells = append(cells, text)
	}
}

// columnOf is the place of a cell such as AB12, from 0; beyond all when it is none.
func columnOf(name string) int {
	n := 0
	for i := range len(name) {
		c := name[i] &^ 0x20
		if c < 'A' || c > 'Z' || n > ColumnsMost {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	if n == 0 {
		return ColumnsMost
	}
	return n - 1
}

// cell reads a cell that has begun.
func (r *Reader) cell(c xml.StartElement) (string, error) {
	kind := attr(c, "t")
	if kind == "inlineStr" {
		return runs(r.tokens, "c")
	}
	var value strings.Builder
	for in := false; ; {
		t, err := r.tokens.RawToken()
		if err != nil {
			return "", ended(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local == "v"
		case xml.CharData:
			if in {
				value.Write(t)
			}
		case xml.EndElement:
			in = false
			if t.Name.Local == "c" {
				return r.value(kind, attr(c, "s"), value.String())
			}
		}
	}
}

// value is what a cell of a kind and a style shows.
func (r *Reader) value(kind, style, given string) (string, error) {
	switch kind {
	case "s":
		if given == "" {
			return "", nil
		}
		return r.texts.get(strings.TrimSpace(given))
	case "b":
		if given == "" {
			return "", nil
		}
		return strconv.FormatBool(truth(given)), nil
	case "", "n":
	default:
		return unescaped(given), nil // the text of a formula, an error, an ISO date
	}
	f := formNone
	if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(r.styles) {
		f = r.styles[n]
	}
	if f != formNone {
		if text, ok := r.time(f, given); ok {
			return text, nil
		}
	}
	return plain(given), nil
}

// plain is a number without an exponent, with the 15 digits that spreadsheet programs show.
func plain(given string) string {
	if given == "" || numeric.MatchString(given) {
		return given
	}
	n, err := strconv.ParseFloat(given, 64)
	if err == nil {
		n, err = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	}
	if err != nil && !errors.Is(err, strconv.ErrRange) || n != n {
		return given
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
