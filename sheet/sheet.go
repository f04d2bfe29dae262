// Package sheet reads and writes tables as CSV and as spreadsheets (XLSX), a row at a time, however many there are (ADR 0023).
// It knows nothing of what the cells mean, nor where the files are kept.
package sheet

import "strings"

// Kind is what a cell holds.
type Kind uint8

// The kinds.
const (
	Text   Kind = iota
	Number      // a decimal number
	Day         // in the form of time.DateOnly
	Moment      // in the form of MomentLayout
)

// MomentLayout is how a cell holds a moment, in whatever time zone the reader is told of.
const MomentLayout = "2006-01-02 15:04:05"

// Cell is a value in a table.
type Cell struct {
	Kind  Kind
	Value string
}

// Most of what a sheet has: what spreadsheet programs take.
const (
	RowsMost    = 1_048_576
	ColumnsMost = 16_384
	cellMost    = 32_767 // characters, in units of UTF-16
)

// dangerous begin a cell that spreadsheet programs take for a formula when they open a CSV file.
const dangerous = "=+-@\t\r"

// taken reports whether a cell would be taken for a formula, or looks as if it had been kept from that.
func taken(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	return rest != "" && strings.IndexByte(dangerous, rest[0]) >= 0
}

// Harmless is a cell of a CSV file that no spreadsheet program takes for a formula.
func Harmless(cell string) string {
	if taken(cell) {
		return "'" + cell
	}
	return cell
}

// Bare is what Harmless was given.
func Bare(cell string) string {
	if taken(cell) {
		return strings.TrimPrefix(cell, "'")
	}
	return cell
}

// AppendCSV appends a row of a CSV file. Texts are made harmless.
func AppendCSV(to []byte, row []Cell) []byte {
	for i, c := range row {
		if i > 0 {
			to = append(to, ',')
		}
		text := c.Value
		if c.Kind == Text {
			text = Harmless(text)
		}
		quoted := strings.ContainsAny(text, "\",\r\n") || len(row) == 1 && text == "" || strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ")
		if !quoted {
			to = append(to, text...)
			continue
		}
		to = append(to, '"')
		to = append(to, strings.ReplaceAll(text, `"`, `""`)...)
		to = append(to, '"')
	}
	return append(to, '\n')
}
