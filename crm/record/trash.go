package record

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// Trashed is the data of "<singular>.archived" and "<singular>.restored".
type Trashed struct {
	Name string `json:"name"`                  // what the record is called
	Into int64  `json:"into,omitempty,string"` // the record that it was merged into
}

// Archive puts a record in the trash (REC-5): nothing finds it, and what named it alone is free for others. Archiving what
// is in the trash already, or was merged into another record, changes nothing.
func (s *Store) Archive(tx *db.Tx, by people.Actor, objectType string, n int64) error {
	p, r, err := s.delete(tx, by, objectType, n)
	if err != nil || r.Archived {
		return err
	}
	return s.trash(tx, by, p, r, 0)
}

func (s *Store) trash(tx *db.Tx, by people.Actor, p *plan, r Record, into int64) error {
	p.forget(tx, r.ID)
	if _, err := tx.Exec("UPDATE "+p.t.Table+" SET archived_at = $1 WHERE id = $2", tx.Micros(), r.ID); err != nil {
		return fmt.Errorf("archive %s %d: %w", p.t.Singular, r.ID, err)
	}
	if err := release(tx, p, r.ID); err != nil {
		return err
	}
	p.emit(tx, by, "archived", r.ID, Trashed{Name: r.Properties[p.t.PrimaryDisplay], Into: into})
	return nil
}

// Restore takes a record out of the trash. It is a Conflict when another has its e-mail address or unique value by now, or
// when it is there because it was merged.
func (s *Store) Restore(tx *db.Tx, by people.Actor, objectType string, n int64) error {
	p, r, err := s.delete(tx, by, objectType, n)
	if err != nil || !r.Archived {
		return err
	}
	known, err := relation.Survivors(tx, []int64{n})
	if err != nil {
		return err
	}
	if survivor, ok := known[n]; ok {
		return errs.Newf(errs.Conflict, "This %s was merged into %d: the merge has to be undone.", p.t.Singular, survivor).WithCode("MERGED")
	}
	return s.untrash(tx, by, p, r)
}

func (s *Store) untrash(tx *db.Tx, by people.Actor, p *plan, r Record) error {
	p.forget(tx, r.ID)
	if _, err := tx.Exec("UPDATE "+p.t.Table+" SET archived_at = NULL WHERE id = $1", r.ID); err != nil {
		return fmt.Errorf("restore %s %d: %w", p.t.Singular, r.ID, err)
	}
	refused, err := claim(tx, p, []*Write{{ObjectType: p.t.Name, ID: r.ID, Before: map[string]string{}, Set: r.Properties}})
	if err == nil {
		err = refused.first()
	}
	if err != nil {
		return err
	}
	p.emit(tx, by, "restored", r.ID, Trashed{Name: r.Properties[p.t.PrimaryDisplay]})
	return s.Recalculate(tx, by, p.t.Name, r.ID, "")
}

// delete reads a record that the actor may put into the trash and take out of it.
func (s *Store) delete(tx *db.Tx, by people.Actor, objectType string, n int64) (*plan, Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, Record{}, err
	}
	if err := p.mayMake(by); err != nil {
		return p, Record{}, err
	}
	r, err := s.one(tx, p, n, tx.ForUpdate())
	if err != nil {
		return p, r, err
	}
	if !by.Scope(people.View, p.t.Name).Allows(ownership(r.get)) {
		return p, r, p.notFound()
	}
	return p, r, by.Check(people.Delete, p.t.Name, ownership(r.get))
}

// Living counts the records of an object type that are not in the trash.
func Living(tx *db.Tx, t property.ObjectType) (int64, error) {
	n, err := db.Value[int64](tx, "SELECT count(*) FROM "+t.From()+"archived_at IS NULL")
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", t.Name, err)
	}
	return n, nil
}

// Erase removes up to so many records of a type that is deleted for good, with their history and all that they alone had, and
// returns how many it removed. The type is in no registry any more: it is given by name.
func Erase(tx *db.Tx, objectType string, most int) (int, error) {
	ids, err := db.List(tx, db.Col[int64], `SELECT id FROM (SELECT id FROM objects WHERE object_type = $1 AND archived_at IS NOT NULL LIMIT $2) gone
UNION ALL SELECT id FROM (SELECT id FROM objects WHERE object_type = $1 AND archived_at IS NULL LIMIT $2) stray LIMIT $2`, objectType, most)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	for _, from := range []string{"DELETE FROM record_changes WHERE ", "DELETE FROM unique_values WHERE "} {
		var q db.SQL
		if _, err := db.In(q.Add(from), "record_id", ids).Exec(tx); err != nil {
			return 0, fmt.Errorf("erase %s: %w", objectType, err)
		}
	}
	var q db.SQL
	if _, err := db.In(q.Add("DELETE FROM objects WHERE "), "id", ids).Exec(tx); err != nil {
		return 0, fmt.Errorf("erase %s: %w", objectType, err)
	}
	return len(ids), nil
}

// lockKey names a record to those who wait for one another over it.
func lockKey(n int64) string { return "record:" + id.Format(n) }

// Lock makes others wait who merge the record or delete it for good, and who add to it what such a change takes along. Several
// are locked in the order of their ids.
func Lock(tx *db.Tx, n int64) error { return tx.Lock(lockKey(n)) }

// LockNext is Lock for where a statement comes next.
func LockNext(tx *db.Tx, n int64) error { return tx.LockNext(lockKey(n)) }

// Current returns ids with those of merged records replaced by those of what they were merged into (REC-4).
func Current(tx *db.Tx, ids []int64) ([]int64, error) {
	known, err := relation.Survivors(tx, ids)
	out := make([]int64, len(ids))
	for i, n := range ids {
		out[i] = n
		if survivor, ok := known[n]; ok {
			out[i] = survivor
		}
	}
	return out, err
}

// current reads a record, and for one that was merged what it was merged into.
func (s *Store) current(tx *db.Tx, p *plan, n int64, lock string) (Record, error) {
	r, err := s.one(tx, p, n, lock)
	if err != nil && !errs.Is(err, errs.NotFound) || err == nil && !r.Archived {
		return r, err
	}
	known, aliasErr := relation.Survivors(tx, []int64{n})
	if aliasErr != nil {
		return Record{}, aliasErr
	}
	if survivor, ok := known[n]; ok {
		return s.one(tx, p, survivor, lock)
	}
	return r, err
}

// notMerged is the condition that a row of the table is not that of a merged record: those are in no trash.
func notMerged(t property.ObjectType) string {
	return "NOT EXISTS (SELECT 1 FROM merged_records m WHERE m.merged_id = " + t.Table + ".id)"
}

// unalias replaces the ids of merged records that a search asks for, as such or as associated ones.
func unalias(tx *db.Tx, groups []filter.Group) ([]filter.Group, error) {
	asks := func(f filter.Filter) bool {
		return f.PropertyName == propID || strings.HasPrefix(f.PropertyName, "associations.")
	}
	var ids []int64
	for _, g := range groups {
		for _, f := range g.Filters {
			if asks(f) {
				for _, v := range slices.Concat(f.Values, []string{f.Value}) {
					ids = append(ids, number(v))
				}
			}
		}
	}
	known, err := relation.Survivors(tx, ids)
	if err != nil || len(known) == 0 {
		return groups, err
	}
	now := func(v string) string {
		if survivor, ok := known[number(v)]; ok {
			return id.Format(survivor)
		}
		return v
	}
	out := slices.Clone(groups)
	for i := range out {
		out[i].Filters = slices.Clone(out[i].Filters)
		for j := range out[i].Filters {
			if f := &out[i].Filters[j]; asks(*f) {
				f.Value, f.Values = now(f.Value), slices.Clone(f.Values)
				for k, v := range f.Values {
					f.Values[k] = now(v)
				}
			}
		}
	}
	return out, nil
}

// Held reads records, those in the trash too, and locks them in the order of their ids: for the program itself.
func (s *Store) Held(tx *db.Tx, objectType string, ids ...int64) (map[int64]Record, error) {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return nil, err
	}
	edits := make([]Edit, len(ids))
	for i, n := range ids {
		edits[i].ID = n
	}
	return s.hold(tx, p, edits)
}

// Withdraw takes a record that is merged into another out of sight, for the program itself: what named it alone is free, and its id
// answers as the other. It is told as being archived.
func (s *Store) Withdraw(tx *db.Tx, by people.Actor, objectType string, n, into int64) error {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return err
	}
	r, err := s.one(tx, p, n, tx.ForUpdate())
	if err != nil {
		return err
	}
	if err := s.trash(tx, by, p, r, into); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE merged_records SET survivor_id = $1 WHERE survivor_id = $2", into, n); err != nil {
		return fmt.Errorf("merged into %s %d: %w", p.t.Singular, n, err)
	}
	_, err = tx.Exec("INSERT INTO merged_records (merged_id, object_type, survivor_id) VALUES ($1, $2, $3)", n, p.t.Name, into)
	return err
}

// Readmit undoes Withdraw: own are the records that had been merged into this one before.
func (s *Store) Readmit(tx *db.Tx, by people.Actor, objectType string, n int64, own []int64) error {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM merged_records WHERE merged_id = $1", n); err != nil {
		return err
	}
	var q db.SQL
	q.Add("UPDATE merged_records SET survivor_id = ? WHERE ", n)
	if _, err := db.In(&q, "merged_id", own).Exec(tx); err != nil {
		return err
	}
	r, err := s.one(tx, p, n, tx.ForUpdate())
	if err != nil {
		return err
	}
	return s.untrash(tx, by, p, r)
}

// Purged is the data of "<singular>.purged": where the record stood, for who counts it.
type Purged struct {
	Owner int64  `json:"owner,string"`
	Team  int64  `json:"team,string"`
	Stage string `json:"stage,omitempty"`
}

// Discard removes the row of a record that is out of sight for good, for the program itself. Its history stays. None is fine.
func (s *Store) Discard(tx *db.Tx, objectType string, n int64) error {
	p, err := s.plan(tx, objectType)
	if err != nil {
		return err
	}
	r, err := s.one(tx, p, n, tx.ForUpdate())
	if errs.Is(err, errs.NotFound) || err == nil && !r.Archived {
		return nil
	}
	if err != nil {
		return err
	}
	p.forget(tx, n)
	if err := release(tx, p, n); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM "+p.t.From()+"id = $1", n); err != nil {
		return fmt.Errorf("discard %s %d: %w", p.t.Singular, n, err)
	}
	o := ownership(r.get)
	p.emit(tx, people.System, "purged", n, Purged{Owner: o.Owner, Team: o.Team, Stage: r.Properties[p.t.Stage]})
	return nil
}

// Unwrite takes values of a property from a record's history and from what events tell, for what must be forgotten.
func (s *Store) Unwrite(tx *db.Tx, objectType string, n int64, property string, values []string) error {
	p, err := s.plan(tx, objectType)
	if err != nil || len(values) == 0 {
		return err
	}
	d, ok := p.set.Get(property)
	if !ok {
		return nil
	}
	var q db.SQL
	q.Add("UPDATE record_changes SET changes = "+tx.RemoveJSON("changes", d.Name)+" WHERE record_id = ? AND object_type = ? AND ", n, p.t.Name)
	if _, err := db.In(&q, "(changes->>'"+d.Name+"')", values).Exec(tx); err != nil {
		return fmt.Errorf("history of %s %d: %w", p.t.Singular, n, err)
	}
	return event.Unsay(tx, p.t.Name, n, d.Name, values)
}

// TrashedContacts are those in the trash that have one of the addresses.
func TrashedContacts(tx *db.Tx, emails []string) ([]int64, error) {
	var out []int64
	for _, a := range emails {
		found, err := db.List(tx, func(sc db.Scanner) (r Record, err error) {
			var first, more *string
			err = sc.Scan(&r.ID, &first, &more)
			r.Properties = map[string]string{}
			for name, v := range map[string]*string{propEmail: first, propEmails: more} {
				if v != nil {
					r.Properties[name] = *v
				}
			}
			return r, err
		}, "SELECT id, email, props->>'"+propEmails+"' FROM contacts WHERE archived_at IS NOT NULL AND (email = $1 OR "+
			tx.Contains("props->>'"+propEmails+"'", "$2")+")", a, db.Like(a))
		if err != nil {
			return nil, fmt.Errorf("contacts in the trash: %w", err)
		}
		for _, r := range found {
			if slices.Contains(addresses(r.get), a) && !slices.Contains(out, r.ID) {
				out = append(out, r.ID)
			}
		}
	}
	return out, nil
}

// TrashedBefore returns records that have been in the trash since before a time, in the order of ids and behind one, but for merged
// ones.
func TrashedBefore(tx *db.Tx, t property.ObjectType, before time.Time, after int64, most int) ([]int64, error) {
	ids, err := db.List(tx, db.Col[int64], "SELECT id FROM "+t.From()+"archived_at IS NOT NULL AND archived_at < $1 AND id > $2 AND "+notMerged(t)+
		" ORDER BY id LIMIT $3", before.UnixMicro(), after, most)
	if err != nil {
		return nil, fmt.Errorf("old %s in the trash: %w", t.Name, err)
	}
	return ids, nil
}
