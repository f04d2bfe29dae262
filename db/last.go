package db

import (
	"strconv"
	"strings"
)

// lastRow is a row that waits for the end of its transaction.
type lastRow struct {
	insert string
	args   []any
}

// StoreLast stores a row when the transaction ends, together with its like: insert is "INSERT INTO table (columns)", args
// the values. Nothing in the transaction finds it in its table; it vanishes with its savepoint. It is for rows that tell
// what happened, of which a transaction makes many and reads none.
func (tx *Tx) StoreLast(insert string, args ...any) {
	tx.last = append(tx.last, lastRow{insert, args})
}

// rowsMost is how many rows go in one statement: as many texts of it are kept prepared.
const rowsMost = 32

// storeLast inserts the rows, those of one table in the order they were given.
func (tx *Tx) storeLast() error {
	for len(tx.last) > 0 {
		insert := tx.last[0].insert
		var rows, rest []lastRow
		for _, r := range tx.last {
			if r.insert == insert && len(rows) < rowsMost {
				rows = append(rows, r)
			} else {
				rest = append(rest, r)
			}
		}
		tx.last = rest
		if err := tx.insertRows(rows); err != nil {
			return err
		}
	}
	return nil
}

func (tx *Tx) insertRows(rows []lastRow) error {
	var text strings.Builder
	text.WriteString(rows[0].insert + " VALUES ")
	args := make([]any, 0, len(rows)*len(rows[0].args))
	for i, r := range rows {
		for j, arg := range r.args {
			switch {
			case j > 0:
				text.WriteString(", $")
			case i > 0:
				text.WriteString("), ($")
			default:
				text.WriteString("($")
			}
			args = append(args, arg)
			text.WriteString(strconv.Itoa(len(args)))
		}
	}
	text.WriteByte(')')
	return tx.Later(text.String(), args...)
}
