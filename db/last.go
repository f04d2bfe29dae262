package db

// lastRow is a row that waits for the end of its transaction.
type lastRow struct {
	insert *Insert
	args   []any
}

// StoreLast stores a row when the transaction ends, together with its like. Nothing in the transaction finds it in its table; it
// vanishes with its savepoint. It is for rows that tell what happened, of which a transaction makes many and reads none.
func (tx *Tx) StoreLast(insert *Insert, args ...any) {
	tx.last = append(tx.last, lastRow{insert, args})
}

// storeLast inserts the rows, those of one table in the order they were given.
func (tx *Tx) storeLast() error {
	for len(tx.last) > 0 {
		insert := tx.last[0].insert
		var rows [][]any
		var rest []lastRow
		for _, r := range tx.last {
			if r.insert == insert {
				rows = append(rows, r.args)
			} else {
				rest = append(rest, r)
			}
		}
		tx.last = rest
		if err := insert.Later(tx, rows...); err != nil {
			return err
		}
	}
	return nil
}
