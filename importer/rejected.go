package importer

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/sheet"
)

// rejection is why a row, or a part of it, was refused.
type rejection struct {
	line       int64
	kind       string
	objectType string
	column     int
	value      string
	message    string
	cells      []string
}

// Rejected is a row, or a part of one, that was refused.
type Rejected struct {
	ID         int64
	FileID     int64
	Line       int64  // of the file, from 1
	Kind       string // HubSpot's errorType
	ObjectType property.ObjectType
	Column     int // from 1; 0 for none
	Value      string
	Message    string
	Row        []string
	At         time.Time
}

var insertErrors = db.NewInsert("INSERT INTO import_errors (id, import_id, file, line, kind, object_type, column_number, value, message, row_data, at)", "")

const (
	valueMost = 500
	rowKept   = 64 << 10 // bytes of a row
)

func (b *batch) keepErrors() error {
	if len(b.errors) == 0 {
		return nil
	}
	rows := make([][]any, len(b.errors))
	for i, r := range b.errors {
		cells := r.cells
		raw, err := json.Marshal(cells)
		for err == nil && len(raw) > rowKept {
			cells = cells[:len(cells)/2]
			raw, err = json.Marshal(cells)
		}
		if err != nil {
			return err
		}
		rows[i] = []any{b.tx.NewID(), b.im.ID, b.im.at.file, r.line, r.kind, r.objectType, r.column, cut(r.value, valueMost), cut(r.message, valueMost), string(raw), b.tx.Micros()}
	}
	return insertErrors.Later(b.tx, rows...)
}

// Rejected reads a page of what an import refused, in the order of the files, after the one with an id.
func (s *Service) Rejected(tx *db.Tx, im Import, after int64, limit int) ([]Rejected, error) {
	types, err := s.props.Types(tx)
	if err != nil {
		return nil, err
	}
	return db.List(tx, func(sc db.Scanner) (r Rejected, err error) {
		var file int
		var objectType, cells string
		var at int64
		if err := sc.Scan(&r.ID, &file, &r.Line, &r.Kind, &objectType, &r.Column, &r.Value, &r.Message, &cells, &at); err != nil {
			return r, err
		}
		r.At = clock.FromMicros(at)
		if file < len(im.plan.Files) {
			r.FileID = im.plan.Files[file].File
		}
		for _, t := range types {
			if t.Name == objectType {
				r.ObjectType = t
			}
		}
		return r, json.Unmarshal([]byte(cells), &r.Row)
	}, `SELECT id, file, line, kind, object_type, column_number, value, message, row_data, at FROM import_errors WHERE import_id = $1 AND id > $2
ORDER BY id LIMIT $3`, im.ID, after, limit)
}

const tableStep = 500

// Table writes all that an import refused as CSV: line, reason, and the row itself.
func (s *Service) Table(ctx context.Context, im Import, w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"File", "Line", "Reason", "Column", "Value", "Row"}); err != nil {
		return err
	}
	for after := int64(0); ; {
		var some []Rejected
		err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
			some, err = s.Rejected(tx, im, after, tableStep)
			return err
		})
		if err != nil {
			return fmt.Errorf("what import %d refused: %w", im.ID, err)
		}
		for _, r := range some {
			column := ""
			if r.Column > 0 {
				column = strconv.Itoa(r.Column)
			}
			line := append([]string{strconv.FormatInt(r.FileID, 10), strconv.FormatInt(r.Line, 10), r.Message, column, r.Value}, r.Row...)
			for i := range line {
				line[i] = sheet.Harmless(line[i])
			}
			if err := out.Write(line); err != nil {
				return err
			}
			after = r.ID
		}
		if len(some) < tableStep {
			out.Flush()
			return out.Error()
		}
	}
}
