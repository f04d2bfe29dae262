package relation

import "github.com/deskbell/deskbell/db"

// RelatedStatement is what Related runs for the pages of records.
func RelatedStatement(q Related) (string, []any) {
	r := reading{q: q, from: q.FromType, to: q.ToType}
	text := r.statement(q.IDs, q.Limit, func(sql *db.SQL, id int64) { sql.Add("to_id > ? AND type_id = ?", q.After[id], 1) })
	return text.Text(), text.Args()
}

// DeletionStatement is what ends relations of one pair of object types.
func DeletionStatement(links []Link) (string, []any) {
	some := make([]relation, len(links))
	for i, l := range links {
		some[i].Link = l
	}
	q := deletion(some, true)
	return q.Text(), q.Args()
}
