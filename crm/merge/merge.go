// Package merge makes one record of two, and two again of one (REC-4). It owns what was merged and what taking that back needs; what a
// type adds comes from outside, and threads and messages follow by the events.
package merge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

const (
	undoFor    = 30 * 24 * time.Hour
	mergesMost = 250 // that two records together took part in (HubSpot's limit)

	propMerged  = "hs_merged_object_ids"
	propCreated = "created_at" // the column
)

// Rules are what an object type adds: values that the merged record has besides its own and those that were empty.
type Rules interface {
	Merge(into, from record.Record) map[string]string
}

// Merged is the data of "<singular>.merged" and "<singular>.unmerged", which are told of the primary record.
type Merged struct {
	Merge int64  `json:"merge,string"` // the id of the merge
	From  int64  `json:"from,string"`  // the record that was merged into it
	Name  string `json:"name"`         // what that was called
	Moved int    `json:"moved"`        // how many values the primary record got of it
}

// Merge is one that was made.
type Merge struct {
	ID         int64
	ObjectType string
	Primary    int64
	From       int64
	At         time.Time
	Settled    bool // it can no longer be taken back
	undo       undo
}

// undo is what taking a merge back needs.
type undo struct {
	Before map[string]string `json:"before"` // what the primary record had of what the merge changed
	After  map[string]string `json:"after"`  // and what it has instead
	Kept   []relation.Kept   `json:"kept,omitempty"`
}

// Service merges records.
type Service struct {
	db      *db.DB
	records *record.Store
	props   *property.Registry
	rules   map[string]Rules
}

// New returns the service. rules holds the object types' own, by plural name.
func New(d *db.DB, records *record.Store, props *property.Registry, rules map[string]Rules) *Service {
	return &Service{db: d, records: records, props: props, rules: rules}
}

// Merge makes one record of two: the primary one keeps its id and its values, and gets those of the other where it had none, and
// all that was the other's. The other's id answers as the primary one from then on. The actor must be allowed to edit both.
func (s *Service) Merge(tx *db.Tx, by people.Actor, objectType string, primary, other int64) (record.Record, error) {
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return record.Record{}, err
	}
	into, from, err := s.both(tx, by, t, primary, other)
	if err != nil {
		return into, err
	}
	kept, err := s.props.Set(tx, t.Name)
	if err != nil {
		return into, err
	}
	set := s.values(kept, into, from)
	if err := s.records.Withdraw(tx, by, t.Name, from.ID, into.ID); err != nil {
		return into, err
	}
	after, err := s.write(tx, by, t, into, set, "merge")
	if err != nil {
		return into, err
	}
	u := undo{Before: map[string]string{}, After: map[string]string{}}
	for name, v := range after.Properties {
		if d, ok := kept.Get(name); ok && v != into.Properties[name] && d.Column != "updated_at" {
			u.Before[name], u.After[name] = into.Properties[name], v
		}
	}
	if u.Kept, err = s.records.Absorb(tx, t, into.ID, from.ID); err != nil {
		return into, err
	}
	m := Merge{ID: tx.NewID(), ObjectType: t.Name, Primary: into.ID, From: from.ID, undo: u}
	if err := m.insert(tx); err != nil {
		return into, err
	}
	event.Emit(tx, event.Event{Type: t.Events + ".merged", ObjectType: t.Name, ObjectID: into.ID, Actor: by.As(),
		Data: Merged{Merge: m.ID, From: from.ID, Name: from.Properties[t.PrimaryDisplay], Moved: len(u.After)}})
	return after, nil
}

// both holds and checks the two records.
func (s *Service) both(tx *db.Tx, by people.Actor, t property.ObjectType, primary, other int64) (into, from record.Record, err error) {
	if t.Mirror {
		return into, from, errs.Newf(errs.Denied, "%s cannot be merged.", t.LabelPlural)
	}
	now, err := record.Current(tx, []int64{primary, other})
	if err != nil {
		return into, from, err
	}
	if now[0] == now[1] {
		return into, from, errs.Bad("objectIdToMerge", "INVALID_MERGE", "A record cannot be merged with itself, nor with one that was merged into it.")
	}
	if now[1] != other {
		return into, from, errs.Bad("objectIdToMerge", "ALREADY_MERGED", fmt.Sprintf("%d was merged into %d already.", other, now[1]))
	}
	for _, n := range slices.Sorted(slices.Values(now)) {
		if err := record.Lock(tx, n); err != nil {
			return into, from, err
		}
	}
	held, err := s.records.Held(tx, t.Name, now...)
	if err != nil {
		return into, from, err
	}
	into, from = held[now[0]], held[now[1]]
	for i, r := range []record.Record{into, from} {
		own := people.Ownership{Owner: number(r.Properties["hubspot_owner_id"]), Team: number(r.Properties["hubspot_team_id"])}
		if r.ID == 0 || r.Archived || !by.Scope(people.View, t.Name).Allows(own) {
			return into, from, errs.Newf(errs.NotFound, "There is no such %s to merge: %d.", t.Singular, now[i]).WithCode("OBJECT_NOT_FOUND")
		}
		if err := by.Check(people.Edit, t.Name, own); err != nil {
			return into, from, err
		}
	}
	if n := len(merged(into)) + len(merged(from)); n >= mergesMost {
		return into, from, errs.Newf(errs.Invalid, "These two took part in %d merges; %d are the most.", n, mergesMost).WithCode("MERGE_LIMIT_EXCEEDED")
	}
	return into, from, nil
}

func number(s string) int64 {
	n, err := id.Parse("id", s)
	if err != nil {
		return 0
	}
	return n
}

// merged are the ids of the records that were merged into one.
func merged(r record.Record) []int64 {
	var out []int64
	for v := range strings.SplitSeq(r.Properties[propMerged], ";") {
		if n := number(v); n != 0 {
			out = append(out, n)
		}
	}
	return out
}

// values are what the merge changes of the primary record.
func (s *Service) values(set *property.Set, into, from record.Record) map[string]string {
	out := map[string]string{}
	for _, d := range set.All() {
		v := from.Properties[d.Name]
		switch {
		case v == "":
		case d.Column == propCreated && v < into.Properties[d.Name]: // the older one counts
			out[d.Name] = v
		case !d.ReadOnly && into.Properties[d.Name] == "":
			out[d.Name] = v
		}
	}
	if set.ObjectType.Name == "contacts" {
		addresses(into, from, out)
	}
	if r := s.rules[set.ObjectType.Name]; r != nil {
		maps.Copy(out, r.Merge(into, from))
	}
	var named []string
	for _, n := range slices.Concat(merged(into), []int64{from.ID}, merged(from)) {
		named = append(named, id.Format(n))
	}
	out[propMerged] = strings.Join(named, ";")
	return out
}

// addresses makes the other contact's e-mail addresses further ones of the first (REC-6).
func addresses(into, from record.Record, out map[string]string) {
	first := into.Properties["email"]
	if first == "" {
		first = out["email"]
	}
	var all []string
	for _, list := range []string{into.Properties["hs_additional_emails"], from.Properties["email"], from.Properties["hs_additional_emails"]} {
		for a := range strings.SplitSeq(list, ";") {
			if a != "" && a != first && !slices.Contains(all, a) {
				all = append(all, a)
			}
		}
	}
	if len(all) > 0 {
		out["hs_additional_emails"] = strings.Join(all, ";")
	}
}

// write changes the primary record. A value of the other that is not allowed any more, such as an owner who left, is left out.
func (s *Service) write(tx *db.Tx, by people.Actor, t property.ObjectType, into record.Record, set map[string]string, reason string) (after record.Record, err error) {
	for {
		err = tx.Savepoint(func() (err error) {
			after, err = s.records.Derive(tx, by, t.Name, into.ID, set, reason)
			return err
		})
		e := errs.As(err)
		if e == nil || e.Kind != errs.Invalid || len(e.Fields) == 0 {
			return after, err
		}
		dropped := false
		for _, f := range e.Fields {
			if _, given := set[f.Name]; given && f.Name != propMerged {
				delete(set, f.Name)
				dropped = true
			}
		}
		if !dropped {
			return after, err
		}
	}
}

func (m Merge) insert(tx *db.Tx) error {
	raw, err := json.Marshal(m.undo)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("INSERT INTO merges (id, object_type, primary_id, merged_id, at, undo) VALUES ($1, $2, $3, $4, $5, $6)",
		m.ID, m.ObjectType, m.Primary, m.From, tx.Micros(), string(raw)); err != nil {
		return fmt.Errorf("keep merge: %w", err)
	}
	_, err = job.Enqueue(tx, job.Spec{Kind: settleKind, Key: id.Format(m.ID), Args: settleArgs{m.ID}, Due: tx.Now.Add(undoFor)})
	return err
}

const selectMerges = "SELECT id, object_type, primary_id, merged_id, at, undo, settled_at IS NOT NULL FROM merges"

func scan(sc db.Scanner) (m Merge, err error) {
	var at int64
	var raw []byte
	if err := sc.Scan(&m.ID, &m.ObjectType, &m.Primary, &m.From, &at, &raw, &m.Settled); err != nil {
		return m, err
	}
	m.At = clock.FromMicros(at)
	return m, json.Unmarshal(raw, &m.undo)
}

// mergesShown bounds List.
const mergesShown = 500

// List returns the merges into a record that still hold, the newest first.
func (s *Service) List(tx *db.Tx, by people.Actor, objectType string, primary int64) ([]Merge, error) {
	r, err := s.records.Get(tx, by, objectType, primary)
	if err != nil {
		return nil, err
	}
	return db.List(tx, scan, selectMerges+" WHERE primary_id = $1 ORDER BY id DESC LIMIT $2", r.ID, mergesShown)
}
