package db

import "slices"

// lastRow is a row that waits for the end of its transaction.
type lastRow struct {
	insert *Insert
	args   []any
	counts bool // n is to be added to what the row with these args holds
	n      int64
}

// StoreLast stores a row when the transaction ends, together with its like. Nothing in the transaction finds it in its table; it
// vanishes with its savepoint. It is for rows that tell what happened, of which a transaction makes many and reads none.
func (tx *Tx) StoreLast(insert *Insert, args ...any) {
	tx.last = append(tx.last, lastRow{insert: insert, args: args})
}

// CountLast adds to a count as StoreLast stores a row: key is what its row is found by, n its last column, and the tail of insert
// adds to what is there. All that a transaction adds under one key becomes one; what adds up to nothing is not stored. So the
// row, which others count in too, is locked for no longer than the commit takes.
func (tx *Tx) CountLast(insert *Insert, n int64, key ...any) {
	tx.last = append(tx.last, lastRow{insert: insert, args: key, counts: true, n: n})
}

// storeLast inserts the rows, those of one table in the order they were given.
func (tx *Tx) storeLast() error {
	for len(tx.last) > 0 {
		insert := tx.last[0].insert
		var like, rest []lastRow
		for _, r := range tx.last {
			if r.insert == insert {
				like = append(like, r)
			} else {
				rest = append(rest, r)
			}
		}
		tx.last = rest
		var rows [][]any
		for _, r := range added(like) {
			if r.counts {
				r.args = append(r.args[:len(r.args):len(r.args)], r.n)
			}
			rows = append(rows, r.args)
		}
		if err := insert.Later(tx, rows...); err != nil {
			return err
		}
	}
	return nil
}

// keyMost is how many columns the key of a count may have.
const keyMost = 8

// added makes one of counts of one key.
func added(rows []lastRow) []lastRow {
	var out []lastRow
	places := map[[keyMost]any]int{}
	for _, r := range rows {
		if !r.counts {
			return rows
		}
		var key [keyMost]any
		copy(key[:], r.args)
		if i, ok := places[key]; ok {
			out[i].n += r.n
			continue
		}
		places[key] = len(out)
		out = append(out, r)
	}
	return slices.DeleteFunc(out, func(r lastRow) bool { return r.n == 0 })
}
