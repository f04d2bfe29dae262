package relation

import (
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// RelatedMost is how many other ends one page of a record's relations has at most (HubSpot's limit).
const RelatedMost = 500

// Related asks for the records of one object type that records are related to.
type Related struct {
	FromType string
	IDs      []int64
	ToType   string
	After    map[int64]int64 // by the id of the record, where its next page begins: Ends.Next
	Limit    int             // of each record, 1 to RelatedMost
}

// Ends is one page of the records that a record is related to, by their ids.
type Ends struct {
	To   []End
	Next int64 // 0 on the last page
}

// End is a record that another is related to, and in which ways.
type End struct {
	ID    int64
	Types []association.Type
}

// Related reads a page of relations of each of some records. Records that are not there, or that the actor may not see, are
// not in the answer; ends that are not, or that the actor may not see, are left out.
func (s *Store) Related(tx *db.Tx, by people.Actor, q Related) (map[int64]Ends, error) {
	from, to, err := s.ends(tx, q.FromType, q.ToType)
	if err != nil {
		return nil, err
	}
	if q.Limit < 1 || q.Limit > RelatedMost {
		return nil, errs.Bad("limit", "INVALID_NUMBER", fmt.Sprintf("limit must be from 1 to %d.", RelatedMost))
	}
	if len(q.IDs) > idsMost {
		return nil, errs.Bad("ids", "TOO_MANY", fmt.Sprintf("At most %d ids at a time.", idsMost))
	}
	there, err := s.living(tx, from.Name, q.IDs)
	if err != nil {
		return nil, err
	}
	if len(there) < len(q.IDs) {
		// Pages of merged records are those of what they were merged into (REC-4).
		known, err := Survivors(tx, q.IDs)
		if err != nil {
			return nil, err
		}
		if len(known) > 0 {
			return s.relatedNow(tx, by, q, known)
		}
	}
	scope, out := by.Scope(people.View, from.Name), map[int64]Ends{}
	var ids []int64
	for _, id := range q.IDs {
		o, ok := there[id]
		if _, twice := out[id]; ok && !twice && scope.Allows(o) {
			ids, out[id] = append(ids, id), Ends{}
		}
	}
	types, err := s.types.Of(tx, from, to)
	if err != nil || len(types) == 0 {
		return out, err
	}
	for some := range slices.Chunk(ids, relatedAtOnce) {
		r := reading{s: s, by: by, q: q, from: from.Name, to: to.Name, types: types, pages: out}
		if err := r.read(tx, some); err != nil {
			return nil, fmt.Errorf("associations of %s: %w", from.Name, err)
		}
	}
	return out, nil
}

// relatedNow is Related for ids of which some are of merged records.
func (s *Store) relatedNow(tx *db.Tx, by people.Actor, q Related, known map[int64]int64) (map[int64]Ends, error) {
	asked, after := q.IDs, q.After
	q.IDs, q.After = make([]int64, len(asked)), map[int64]int64{}
	now := func(n int64) int64 {
		if survivor, ok := known[n]; ok {
			return survivor
		}
		return n
	}
	for i, n := range asked {
		q.IDs[i] = now(n)
		q.After[now(n)] = after[n]
	}
	found, err := s.Related(tx, by, q)
	out := make(map[int64]Ends, len(found))
	for _, n := range asked {
		if page, ok := found[now(n)]; ok {
			out[n] = page
		}
	}
	return out, err
}

// relatedAtOnce is how many records' pages one statement reads.
const relatedAtOnce = 50

// reading is how the pages of some records are read.
type reading struct {
	s        *Store
	by       people.Actor
	q        Related
	from, to string
	types    []*association.Type
	pages    map[int64]Ends
}

// read fills the pages of records. It reads on where ends are hidden, until a page is full or there are no more.
func (r *reading) read(tx *db.Tx, ids []int64) error {
	after := map[int64]int64{}
	for _, id := range ids {
		after[id] = r.q.After[id]
	}
	for open := ids; len(open) > 0; {
		found, err := r.step(tx, open, after)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(slices.Clone(open), func(id int64) bool {
			return len(found[id]) <= r.q.Limit || len(r.pages[id].To) > r.q.Limit
		})
		for _, id := range open {
			after[id] = found[id][r.q.Limit]
		}
	}
	for _, id := range ids {
		if page := r.pages[id]; len(page.To) > r.q.Limit {
			r.pages[id] = Ends{To: page.To[:r.q.Limit], Next: page.To[r.q.Limit-1].ID}
		}
	}
	return r.name(tx, ids)
}

// step reads a page of each record and one end more, and adds what is not hidden to the pages.
func (r *reading) step(tx *db.Tx, open []int64, after map[int64]int64) (found map[int64][]int64, err error) {
	rows, err := r.rows(tx, open, r.q.Limit+1, func(q *db.SQL, id int64) {
		// Every related pair has the unlabelled relation, so a page is one of those.
		q.Add("to_id > ? AND type_id = ?", after[id], r.types[0].ID)
	})
	if err != nil {
		return nil, err
	}
	found = map[int64][]int64{}
	var all []int64
	for _, l := range rows {
		found[l.FromID], all = append(found[l.FromID], l.ToID), append(all, l.ToID)
	}
	there, err := r.s.living(tx, r.to, all)
	if err != nil {
		return nil, err
	}
	scope := r.by.Scope(people.View, r.to)
	for id, others := range found {
		page := r.pages[id]
		for _, other := range others {
			if o, ok := there[other]; ok && scope.Allows(o) {
				page.To = append(page.To, End{ID: other})
			}
		}
		r.pages[id] = page
	}
	return found, nil
}

// name adds the types to the ends of the pages.
func (r *reading) name(tx *db.Tx, ids []int64) error {
	if len(r.types) == 1 {
		for _, id := range ids {
			for i := range r.pages[id].To {
				r.pages[id].To[i].Types = []association.Type{*r.types[0]}
			}
		}
		return nil
	}
	ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return len(r.pages[id].To) == 0 })
	rows, err := r.rows(tx, ids, 0, func(q *db.SQL, id int64) {
		var first, last int64 = 0, -1
		if page := r.pages[id]; len(page.To) > 0 {
			first, last = page.To[0].ID, page.To[len(page.To)-1].ID
		}
		q.Add("to_id BETWEEN ? AND ?", first, last)
	})
	if err != nil {
		return err
	}
	kinds := map[[2]int64][]association.Type{}
	for _, l := range rows {
		if i := slices.IndexFunc(r.types, func(t *association.Type) bool { return t.ID == l.TypeID }); i >= 0 {
			key := [2]int64{l.FromID, l.ToID}
			kinds[key] = append(kinds[key], *r.types[i])
		}
	}
	for _, id := range ids {
		for i, e := range r.pages[id].To {
			r.pages[id].To[i].Types = kinds[[2]int64{id, e.ID}]
		}
	}
	return nil
}

// rows reads relations of records in the order of their ends, at most so many of each, or all for 0. Each record has a SELECT of its own, so
// that what it costs does not grow with what the record has. For few texts there are places for 1, 2, 4 … records; those
// left over ask for none.
func (r *reading) rows(tx *db.Tx, ids []int64, most int, where func(q *db.SQL, id int64)) ([]Link, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	q := r.statement(ids, most, where)
	return db.List(tx, func(sc db.Scanner) (l Link, err error) { return l, sc.Scan(&l.FromID, &l.ToID, &l.TypeID) }, q.Text(), q.Args()...)
}

func (r *reading) statement(ids []int64, most int, where func(q *db.SQL, id int64)) *db.SQL {
	places := 1
	for places < len(ids) {
		places *= 2
	}
	var q db.SQL
	for i := range places {
		var id int64
		if i < len(ids) {
			id = ids[i]
		}
		if i > 0 {
			q.Add(" UNION ALL ")
		}
		q.Add("SELECT * FROM (SELECT from_id, to_id, type_id FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND ", r.from, id, r.to)
		where(&q, id)
		q.Add(" ORDER BY to_id, type_id")
		if most > 0 {
			q.Add(fmt.Sprintf(" LIMIT %d", most))
		}
		q.Add(fmt.Sprintf(") s%d", i))
	}
	return &q
}

// AreRelated reports whether two living records are related.
func (s *Store) AreRelated(tx *db.Tx, fromType string, fromID int64, toType string, toID int64) (bool, error) {
	from, to, err := s.ends(tx, fromType, toType)
	if err != nil {
		return false, err
	}
	n, err := db.Value[int64](tx, "SELECT count(*) FROM associations a JOIN "+to.Table+` t ON t.id = a.to_id
WHERE a.from_type = $1 AND a.from_id = $2 AND a.to_type = $3 AND a.to_id = $4 AND t.archived_at IS NULL`, from.Name, fromID, to.Name, toID)
	return n > 0, err
}

// FirstRelated returns the living record of a type that a record has been related to for the longest time.
func (s *Store) FirstRelated(tx *db.Tx, fromType string, fromID int64, toType string) (other int64, ok bool, err error) {
	from, to, err := s.ends(tx, fromType, toType)
	if err != nil {
		return 0, false, err
	}
	return db.One(tx, db.Col[int64], "SELECT a.to_id FROM associations a JOIN "+to.Table+` t ON t.id = a.to_id
WHERE a.from_type = $1 AND a.from_id = $2 AND a.to_type = $3 AND t.archived_at IS NULL ORDER BY a.created_at, a.to_id LIMIT 1`, from.Name, fromID, to.Name)
}

// Association is the other end of a relation.
type Association struct {
	ID      int64
	TypeID  int
	Label   string // "" for the unlabelled type
	Primary bool
}

// Associated returns the other ends of the relations of records to an object type, by the records' ids, each in the order
// they were made. Ends in the trash, ends the actor may not see, and records the actor may not see are left out. It is for
// records that have few; Related reads by pages.
func (s *Store) Associated(tx *db.Tx, by people.Actor, fromType string, fromIDs []int64, toType string) (map[int64][]Association, error) {
	from, to, err := s.ends(tx, fromType, toType)
	if err != nil {
		return nil, err
	}
	out := map[int64][]Association{}
	if len(fromIDs) == 0 {
		return out, nil
	}
	if len(fromIDs) > idsMost {
		return nil, errs.Bad("ids", "TOO_MANY", fmt.Sprintf("At most %d ids at a time.", idsMost))
	}
	types, err := s.types.Of(tx, from, to)
	if err != nil {
		return nil, err
	}
	var q db.SQL
	q.Add("SELECT a.from_id, a.to_id, a.type_id FROM associations a JOIN "+to.Table+" t ON t.id = a.to_id WHERE a.from_type = ? AND a.to_type = ? AND ", from.Name, to.Name)
	db.In(&q, "a.from_id", db.Padded(fromIDs)).Add(" AND t.archived_at IS NULL AND ")
	by.Scope(people.View, to.Name).Where(&q, "t.owner_id", "t.team_id")
	if scope := by.Scope(people.View, from.Name); !scope.All() {
		q.Add(" AND EXISTS (SELECT 1 FROM " + from.Table + " f WHERE f.id = a.from_id AND ")
		scope.Where(&q, "f.owner_id", "f.team_id").Add(")")
	}
	q.Add(" ORDER BY a.from_id, a.created_at, a.to_id, a.type_id")
	_, err = db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var id int64
		var a Association
		if err := sc.Scan(&id, &a.ID, &a.TypeID); err != nil {
			return struct{}{}, err
		}
		if i := slices.IndexFunc(types, func(t *association.Type) bool { return t.ID == a.TypeID }); i >= 0 {
			a.Label, a.Primary = types[i].Label, types[i].Primary
			out[id] = append(out[id], a)
		}
		return struct{}{}, nil
	}, q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("associations of %s: %w", from.Name, err)
	}
	return out, nil
}
