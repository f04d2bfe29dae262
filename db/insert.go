package db

import "strings"

// insertSteps are how many rows go into one statement: few lengths, so that the statements stay prepared, and none with more
// parameters than a database takes. What one arrival makes goes into one.
var insertSteps = [...]int{64, 16, 8, 7, 6, 5, 4, 3, 2, 1}

// Insert stores any number of rows of one form in few statements.
type Insert struct{ texts [len(insertSteps)]string }

// NewInsert makes the statements of a head such as "INSERT INTO t (a, b)"; tail may hold an ON CONFLICT.
func NewInsert(head, tail string) *Insert {
	_, columns, _ := strings.Cut(head, "(")
	row := "(?" + strings.Repeat(", ?", strings.Count(columns, ",")) + ")"
	var in Insert
	for i, step := range insertSteps {
		text := head + " VALUES " + row + strings.Repeat(", "+row, step-1)
		if tail != "" {
			text += " " + tail
		}
		in.texts[i] = numbered(text)
	}
	return &in
}

// numbered gives the placeholders their numbers.
func numbered(text string) string {
	var q SQL
	return q.Add(text, make([]any, strings.Count(text, "?"))...).Text()
}

// Exec stores rows, each with a value for each column, and returns how many were stored.
func (in *Insert) Exec(tx *Tx, rows ...[]any) (stored int64, err error) {
	err = in.run(rows, func(text string, args []any) error {
		n, err := tx.Exec(text, args...)
		stored += n
		return err
	})
	return stored, err
}

// Later is Exec as Tx.Later runs a statement.
func (in *Insert) Later(tx *Tx, rows ...[]any) error {
	return in.run(rows, func(text string, args []any) error { return tx.Later(text, args...) })
}

func (in *Insert) run(rows [][]any, do func(text string, args []any) error) error {
	for i, step := range insertSteps {
		for len(rows) >= step {
			args := rows[0]
			if step > 1 {
				args = make([]any, 0, step*len(rows[0]))
				for _, row := range rows[:step] {
					args = append(args, row...)
				}
			}
			if err := do(in.texts[i], args); err != nil {
				return err
			}
			rows = rows[step:]
		}
	}
	return nil
}
