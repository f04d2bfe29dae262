package search

import (
	"database/sql"
	"strconv"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/search/word"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/mime/page"
)

// TextMost is how many bytes of a message or a value are searched.
const TextMost = 16 << 10

// value is a searched value of a record.
type value struct {
	text  string
	phone bool
}

// words emits the words of a value.
func (v value) words(emit func([]byte)) {
	if v.phone {
		word.Phone(v.text, emit)
	} else {
		word.Each(v.text, emit)
	}
}

// field is a searched property: its value as SQL.
type field struct {
	sql         string
	phone, html bool
}

func fields(set *property.Set) (out []field) {
	for _, name := range set.ObjectType.Searchable {
		d, ok := set.Get(name)
		if !ok {
			continue
		}
		f := field{sql: d.Column, phone: d.Type == property.Phone, html: d.FieldType == "html"}
		switch {
		case d.Column == "":
			f.sql = "props->>'" + d.Name + "'"
		case d.Store != property.Text:
			f.sql = "CAST(" + d.Column + " AS TEXT)"
		}
		out = append(out, f)
	}
	return out
}

// known returns the properties of an object type; ok is false for one of the account's own that was deleted meanwhile.
func (x *Index) known(tx *db.Tx, objectType string) (set *property.Set, ok bool, err error) {
	set, err = x.props.Set(tx, objectType)
	if errs.Is(err, errs.Invalid) {
		return nil, false, nil
	}
	return set, err == nil, err
}

// texts reads the searched values of records; with living not of those in the trash.
func (x *Index) texts(tx *db.Tx, objectType string, ids []int64, living bool) (map[int64][]value, error) {
	set, ok, err := x.known(tx, objectType)
	if err != nil || !ok {
		return nil, err
	}
	all := fields(set)
	head := "SELECT id"
	for _, f := range all {
		head += ", " + f.sql
	}
	head += " FROM " + set.ObjectType.From()
	if living {
		head += "archived_at IS NULL AND "
	}
	out := make(map[int64][]value, len(ids))
	var q db.SQL
	tx.Among(q.Add(head), "id", ids)
	if _, err := db.List(tx, textsScanner(all, out), q.Text(), q.Args()...); err != nil {
		return nil, err
	}
	return out, nil
}

func textsScanner(all []field, out map[int64][]value) func(db.Scanner) (struct{}, error) {
	var id int64
	cells := make([]sql.NullString, len(all))
	dest := []any{&id}
	for i := range cells {
		dest = append(dest, &cells[i])
	}
	return func(s db.Scanner) (struct{}, error) {
		if err := s.Scan(dest...); err != nil {
			return struct{}{}, err
		}
		values := make([]value, 0, len(all))
		for i, f := range all {
			text := cells[i].String
			if f.html {
				text = page.Text(text)
			}
			if text != "" {
				values = append(values, value{short(text), f.phone})
			}
		}
		out[id] = values
		return struct{}{}, nil
	}
}

func short(text string) string { return text[:min(len(text), TextMost)] }

// others reads whom records concern: the ends of their relations to a type.
func others(tx *db.Tx, objectType string, ids []int64, otherType string) (map[int64][]int64, error) {
	out := map[int64][]int64{}
	var q db.SQL
	q.Add("SELECT DISTINCT from_id, to_id FROM associations WHERE from_type = ? AND to_type = ? AND ", objectType, otherType)
	_, err := db.List(tx, func(s db.Scanner) (struct{}, error) {
		var from, to int64
		err := s.Scan(&from, &to)
		out[from] = append(out[from], to)
		return struct{}{}, err
	}, tx.Among(&q, "from_id", ids).Text(), q.Args()...)
	return out, err
}

const selectConcerned = `SELECT DISTINCT to_id FROM associations WHERE from_type = $1 AND from_id = $2 AND to_type = $3 AND to_id > $4
ORDER BY to_id LIMIT $5`

// gone returns what records may have held: the lines of their rows, and the text of records that those name, as it is
// and as it was before changes that are not indexed either.
func (x *Index) gone(tx *db.Tx, rows []todo) (map[int64][]string, error) {
	out := map[int64][]string{}
	named := map[string][]int64{}
	wants := map[ref][]int64{}
	for _, r := range rows {
		text, refs := parseGone(r.gone)
		out[r.record] = append(out[r.record], text...)
		for _, other := range refs {
			named[other.objectType] = append(named[other.objectType], other.id)
			wants[other] = append(wants[other], r.record)
		}
	}
	for objectType, ids := range named {
		ids = unique(ids)
		now, err := x.texts(tx, objectType, ids, false)
		if err != nil {
			return nil, err
		}
		before, err := goneOf(tx, objectType, ids)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			for _, record := range wants[ref{objectType, id}] {
				for _, v := range now[id] {
					out[record] = append(out[record], v.text)
				}
				out[record] = append(out[record], before[id]...)
			}
		}
	}
	return out, nil
}

// goneOf reads what rows say that records may have held.
func goneOf(tx *db.Tx, objectType string, ids []int64) (map[int64][]string, error) {
	out := map[int64][]string{}
	var q db.SQL
	q.Add("SELECT record_id, gone FROM search_todo WHERE gone <> '' AND object_type = ? AND ", objectType)
	_, err := db.List(tx, func(s db.Scanner) (struct{}, error) {
		var id int64
		var gone string
		err := s.Scan(&id, &gone)
		text, _ := parseGone(gone)
		out[id] = append(out[id], text...)
		return struct{}{}, err
	}, tx.Among(&q, "record_id", ids).Text(), q.Args()...)
	return out, err
}

func idWord(id int64, emit func([]byte)) { word.ID(strconv.FormatInt(id, 10), emit) }
