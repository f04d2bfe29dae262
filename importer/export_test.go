package importer

import (
	"context"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/crm/property"
)

// Row is a row for tests.
type Row struct {
	Cells []string
	Line  int64
	End   int64
	Bad   bool
}

// ReadFrom reads rows of a file after a place, as imports do; most bounds them.
func ReadFrom(blobs blob.Store, key, charset string, headers bool, columns []string, end, line int64, most int) ([]Row, error) {
	f := planned{Name: "a.csv", Key: key, Charset: charset, Headers: headers}
	for _, name := range columns {
		f.Columns = append(f.Columns, Column{Name: name})
	}
	s, err := open(context.Background(), blobs, f, place{byte: end, line: line})
	if err != nil {
		return nil, err
	}
	defer s.closer.Close()
	rows, err := s.some(most)
	var out []Row
	for _, r := range rows {
		cells := r.cells
		if len(columns) > 0 {
			cells = nil
			for _, c := range f.Columns {
				cells = append(cells, s.cell(r, c))
			}
		}
		out = append(out, Row{cells, r.line, r.end, r.bad != nil})
	}
	return out, err
}

// Date is a date in an import's order.
func Date(format, given string) string {
	b := batch{im: Import{plan: plan{Dates: format}}}
	return b.date(given)
}

// Options are the values of labels.
func Options(d property.Definition, given string) string { return options(d, given) }
