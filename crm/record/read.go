package record

import (
	"fmt"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Get reads one record; of one that was merged, the record that it was merged into (REC-4). What is in the trash or not visible to
// the actor is NotFound.
func (s *Store) Get(tx *db.Tx, by people.Actor, objectType string, id int64) (Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Record{}, err
	}
	r, err := s.current(tx, p, id, "")
	if err != nil {
		return Record{}, err
	}
	if r.Archived || !by.Scope(people.View, r.ObjectType).Allows(ownership(r.get)) {
		return Record{}, errs.New(errs.NotFound, "There is no such record, or you may not see it.", nil).WithCode("OBJECT_NOT_FOUND")
	}
	p.veil(by, &r)
	return r, nil
}

// Any reads a record whether it is in the trash or not, whoever asks: for the program itself.
func (s *Store) Any(tx *db.Tx, objectType string, id int64) (Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return Record{}, err
	}
	return s.one(tx, p, id, "")
}

func (s *Store) one(tx *db.Tx, p *plan, id int64, lock string) (Record, error) {
	if r, ok := p.kept(tx, id); ok {
		return r, nil
	}
	r, ok, err := db.One(tx, p.scanner(), p.read+"id = $1"+lock, id)
	if err != nil {
		return Record{}, fmt.Errorf("read %s %d: %w", p.t.Singular, id, err)
	}
	if !ok {
		return Record{}, p.notFound()
	}
	return r, nil
}

// idsMost bounds what one call may name.
const idsMost = 2000

// GetMany reads the living records of ids that the actor may see, in the order of ids.
func (s *Store) GetMany(tx *db.Tx, by people.Actor, objectType string, ids []int64) ([]Record, error) {
	return s.some(tx, by, objectType, ids, " AND archived_at IS NULL AND ")
}

// GetTrashed is GetMany of records in the trash.
func (s *Store) GetTrashed(tx *db.Tx, by people.Actor, objectType string, ids []int64) ([]Record, error) {
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return nil, err
	}
	return s.some(tx, by, t.Name, ids, " AND archived_at IS NOT NULL AND "+notMerged(t)+" AND ")
}

func (s *Store) some(tx *db.Tx, by people.Actor, objectType string, ids []int64, where string) ([]Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if len(ids) > idsMost {
		return nil, errs.Bad("ids", "TOO_MANY", fmt.Sprintf("At most %d ids at a time.", idsMost))
	}
	var q db.SQL
	db.In(q.Add(p.read), "id", db.Padded(ids)).Add(where)
	by.Scope(people.View, p.t.Name).Where(&q, "owner_id", "team_id")
	found, err := db.List(tx, p.scanner(), q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", p.t.Name, err)
	}
	byID := make(map[int64]Record, len(found))
	for _, r := range p.veiled(by, found) {
		byID[r.ID] = r
	}
	out := make([]Record, 0, len(found))
	for _, id := range ids {
		if r, ok := byID[id]; ok {
			out = append(out, r)
			delete(byID, id)
		}
	}
	return out, nil
}

// versionsMost bounds what one call returns of a property's history.
const versionsMost = 1000

// History returns the values that a property had, newest first, "" where it was cleared (PROP-4).
func (s *Store) History(tx *db.Tx, by people.Actor, objectType string, id int64, property string) ([]Version, error) {
	r, err := s.Get(tx, by, objectType, id)
	if err != nil {
		return nil, err
	}
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	d, ok := p.set.Get(property)
	if !ok || !d.Sees(by) {
		return nil, nil
	}
	scan := func(sc db.Scanner) (Version, error) {
		var v Version
		var at int64
		err := sc.Scan(&v.Value, &at, &v.By.Kind, &v.By.ID, &v.Reason)
		v.At = clock.FromMicros(at)
		return v, err
	}
	// The name is one that a definition has, so it can stand in the text.
	value := "(changes->>'" + d.Name + "')"
	versions, err := db.List(tx, scan, "SELECT "+value+", at, actor_kind, actor_id, reason FROM record_changes WHERE record_id = $1 AND object_type = $2 AND "+
		value+" IS NOT NULL ORDER BY id DESC LIMIT $3", id, r.ObjectType, versionsMost)
	if err != nil {
		return nil, fmt.Errorf("history of %s %d: %w", p.t.Singular, id, err)
	}
	return versions, nil
}

// historiesMost bounds the versions that one call returns of each property of each record.
const historiesMost = 100

// Histories returns the values that properties of records had, newest first, by record and property. Names that are no
// property, or one whose values the actor may not see, are left out. The caller has read the records for the actor.
func (s *Store) Histories(tx *db.Tx, by people.Actor, objectType string, ids []int64, names []string) (map[int64]map[string][]Version, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]map[string][]Version, len(ids))
	for _, id := range ids {
		out[id] = map[string][]Version{}
	}
	for _, name := range names {
		d, ok := p.set.Get(name)
		if !ok || !d.Sees(by) || len(ids) == 0 {
			continue
		}
		if err := p.histories(tx, ids, name, d.Name, out); err != nil {
			return nil, fmt.Errorf("history of %s of %s: %w", name, p.t.Name, err)
		}
	}
	return out, nil
}

// histories reads the versions of a property, and calls it name.
func (p *plan) histories(tx *db.Tx, ids []int64, name, property string, out map[int64]map[string][]Version) error {
	value := "(changes->>'" + property + "')" // a name of a definition can stand in the text
	var q db.SQL
	q.Add("SELECT record_id, v, at, actor_kind, actor_id, reason FROM (SELECT record_id, id, " + value +
		" AS v, at, actor_kind, actor_id, reason, row_number() OVER (PARTITION BY record_id ORDER BY id DESC) AS n FROM record_changes WHERE ")
	db.In(&q, "record_id", db.Padded(ids)).Add(" AND object_type = ? AND "+value+" IS NOT NULL) newest WHERE n <= ? ORDER BY id DESC", p.t.Name, historiesMost)
	_, err := db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var id, at int64
		var v Version
		err := sc.Scan(&id, &v.Value, &at, &v.By.Kind, &v.By.ID, &v.Reason)
		v.At = clock.FromMicros(at)
		out[id][name] = append(out[id][name], v)
		return struct{}{}, err
	}, q.Text(), q.Args()...)
	return err
}

var insertChanges = db.NewInsert("INSERT INTO record_changes (id, object_type, record_id, at, actor_kind, actor_id, reason, changes)", "")

// remember keeps the new values of writes (PROP-4), but for when a record was changed, which the row's own time says.
func remember(tx *db.Tx, by people.Actor, p *plan, writes []*Write) {
	for _, w := range writes {
		raw := property.AppendValues(make([]byte, 0, property.Room(w.Set)), w.Set, func(name, _ string) bool { return !p.silent[name] })
		if len(raw) == len("{}") {
			continue
		}
		tx.StoreLast(insertChanges, tx.NewID(), p.t.Name, w.ID, tx.Micros(), string(by.Kind), by.ID, w.Reason, string(raw))
	}
}
