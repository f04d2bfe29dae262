package search

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
)

// part is what of a record has to be read again.
type part int

const (
	own     part = 1 << iota // its own text
	related                  // the text of whom it concerns
	said                     // all that was said about it
	spread                   // the text of the records that it is related text of
	forget                   // nothing: it leaves the index, and no trace
	purge                    // what it does not hold any more leaves no trace
	build                    // all records of the type, or all messages
)

// todo is a row of search_todo.
type todo struct {
	id         int64
	objectType string
	record     int64
	parts      part
	gone       string
	after      int64
}

var insertTodo = db.NewInsert("INSERT INTO search_todo (id, object_type, record_id, parts, gone, after)", "")

// messages stands for an object type where a message is meant.
const messages = "messages"

// topic wakes the indexer.
const topic = "search"

// note adds to what is to be done. Rows are added only, so that writers never wait for one another.
func note(tx *db.Tx, objectType string, record int64, parts part, gone string) {
	tx.Notify(topic, "")
	tx.StoreLast(insertTodo, tx.NewID(), objectType, record, int(parts), gone, 0)
}

// relatedTypes are the object types whose text counts as a record's own, too (LIST-2).
func relatedTypes(objectType string) []string {
	if objectType == tickets {
		return []string{"contacts", "companies"}
	}
	return nil
}

// concernsTickets reports whether a type's text counts as that of tickets.
func concernsTickets(objectType string) bool {
	return slices.Contains(relatedTypes(tickets), objectType)
}

// Created says that a record was made.
func Created(tx *db.Tx, t property.ObjectType, record int64) {
	parts := own
	if len(relatedTypes(t.Name)) > 0 {
		parts |= related
	}
	note(tx, t.Name, record, parts, "")
}

// Changed says that properties of a record have new values; before are their old ones. It does nothing when none of
// them is searched.
func Changed(tx *db.Tx, t property.ObjectType, record int64, before map[string]string) {
	var gone strings.Builder
	searched := false
	for _, name := range t.Searchable {
		if v, ok := before[name]; ok {
			searched = true
			gone.WriteString(line(v) + "\n")
		}
	}
	if !searched {
		return
	}
	parts := own
	if concernsTickets(t.Name) {
		parts |= spread
	}
	note(tx, t.Name, record, parts, gone.String())
}

// Moved says that a record went into the trash or came out of it.
func Moved(tx *db.Tx, t property.ObjectType, record int64) {
	if concernsTickets(t.Name) { // of the record itself whoever asks leaves out what is in the trash
		note(tx, t.Name, record, spread, "")
	}
}

// Related says that a relation of a record to another began or ended.
func Related(tx *db.Tx, t property.ObjectType, record int64, otherType string, other int64) {
	if slices.Contains(relatedTypes(t.Name), otherType) {
		note(tx, t.Name, record, related, referTo(otherType, other))
	}
}

// Said says that a message was written.
func Said(tx *db.Tx, message int64) { note(tx, messages, message, said, "") }

// Took says that a record has taken over what was said about others, or whom they concern.
func Took(tx *db.Tx, t property.ObjectType, record int64) {
	note(tx, t.Name, record, own|related|said, "")
}

// reference begins a line of gone that names a record, whose text is meant. No text holds the byte.
const reference = "\x02"

func referTo(objectType string, record int64) string {
	return reference + objectType + " " + id.Format(record) + "\n"
}

// line is a value as a line of gone.
func line(value string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, value)
}

// parseGone takes gone apart: text, and the records whose text is meant.
func parseGone(gone string) (text []string, others []ref) {
	for l := range strings.Lines(gone) {
		l = strings.TrimSuffix(l, "\n")
		name, ok := strings.CutPrefix(l, reference)
		if !ok {
			text = append(text, l)
			continue
		}
		t, id, _ := strings.Cut(name, " ")
		if n, err := strconv.ParseInt(id, 10, 64); err == nil {
			others = append(others, ref{t, n})
		}
	}
	return text, others
}

// ref names a record.
type ref struct {
	objectType string
	id         int64
}

const todoColumns = "SELECT id, object_type, record_id, parts, gone, after FROM search_todo"

func scanTodo(s db.Scanner) (t todo, err error) {
	return t, s.Scan(&t.id, &t.objectType, &t.record, &t.parts, &t.gone, &t.after)
}

// newest reads the newest rows of some object types.
func newest(tx *db.Tx, types []string, limit int) ([]todo, error) {
	var q db.SQL
	db.In(q.Add(todoColumns+" WHERE "), "object_type", types).Add(" ORDER BY id DESC LIMIT " + strconv.Itoa(limit))
	rows, err := db.List(tx, scanTodo, q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("what is not indexed: %w", err)
	}
	return rows, nil
}
