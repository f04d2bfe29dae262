package list

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Member is a record in a list, and since when.
type Member struct {
	ID int64
	At time.Time
}

// Window asks for a page of members: those behind a place, or those before one, backwards.
type Window struct {
	After, Before string // places that a page named; After counts when both are there
	Limit         int
	Joined        bool // in the order in which they came into the list; else by id
}

// Page is one page of members, with the places before its first and behind its last one; "" where there are no more.
type Page struct {
	Members    []Member
	Next, Prev string
}

// place is where a page begins: a member that it begins behind.
type place struct {
	at time.Time // of Joined
	id int64
}

func (w Window) name(m Member) string {
	if w.Joined {
		return strconv.FormatInt(clock.Micros(m.At), 10) + "-" + strconv.FormatInt(m.ID, 10)
	}
	return strconv.FormatInt(m.ID, 10)
}

func (w Window) place() (p place, given bool, err error) {
	field, v := "after", w.After
	if v == "" {
		field, v = "before", w.Before
	}
	if v == "" {
		return p, false, nil
	}
	bad := errs.Bad(field, "INVALID_CURSOR", field+" is not a place in this list in this order.")
	if w.Joined {
		at, rest, ok := strings.Cut(v, "-")
		us, err := strconv.ParseInt(at, 10, 64)
		if !ok || err != nil {
			return p, false, bad
		}
		p.at, v = clock.FromMicros(us), rest
	}
	if p.id, err = strconv.ParseInt(v, 10, 64); err != nil || p.id < 0 {
		return p, false, bad
	}
	return p, true, nil
}

// backwards reports whether the page goes towards the beginning of the list.
func (w Window) backwards() bool { return w.After == "" && w.Before != "" }

// Page reads a page of the members that the actor may see.
func (s *Service) Page(tx *db.Tx, by people.Actor, l List, w Window) (Page, error) {
	from, given, err := w.place()
	if err != nil {
		return Page{}, err
	}
	t, err := s.props.Type(tx, l.ObjectType)
	if err != nil {
		return Page{}, err
	}
	var at *place
	if given {
		at = &from
	}
	found, err := s.members(tx, by, t, l, w, at)
	if err != nil {
		return Page{}, fmt.Errorf("members of list %d: %w", l.ID, err)
	}
	more := len(found) > w.Limit
	found = found[:min(len(found), w.Limit)]
	p := Page{Members: found}
	if len(found) == 0 {
		return p, nil
	}
	first, last := found[0], found[len(found)-1]
	if w.backwards() {
		p.Next = w.name(first)
		if more {
			p.Prev = w.name(last)
		}
		return p, nil
	}
	if more {
		p.Next = w.name(last)
	}
	if given {
		p.Prev = w.name(first)
	}
	return p, nil
}

// members reads one more than a page of the members.
func (s *Service) members(tx *db.Tx, by people.Actor, t property.ObjectType, l List, w Window, from *place) ([]Member, error) {
	if l.Processing == Dynamic {
		return s.answered(tx, by, l, w, from)
	}
	var q db.SQL
	w.statement(&q, by, t, l, from)
	return db.List(tx, scanMember, q.Text(), q.Args()...)
}

func (w Window) statement(q *db.SQL, by people.Actor, t property.ObjectType, l List, from *place) {
	q.Add("SELECT record_id, at FROM list_members WHERE list_id = ? AND living", l.ID)
	sign, direction := ">", ""
	if w.backwards() {
		sign, direction = "<", " DESC"
	}
	switch {
	case from != nil && w.Joined:
		q.Add(" AND (at, record_id) "+sign+" (?, ?)", clock.Micros(from.at), from.id)
	case from != nil:
		q.Add(" AND record_id "+sign+" ?", from.id)
	}
	mine(q, t, by)
	q.Add(" ORDER BY ")
	if w.Joined {
		q.Add("at" + direction + ", ")
	}
	q.Add("record_id"+direction+" LIMIT ?", w.Limit+1)
}

// mine appends the condition that the actor may see a member, where it does not go without saying.
func mine(q *db.SQL, t property.ObjectType, by people.Actor) {
	if !by.Scope(people.View, t.Name).All() {
		seen(q.Add(" AND EXISTS (SELECT 1 FROM "+t.From()+t.Table+".id = list_members.record_id AND "), t, by).Add(")")
	}
}

func scanMember(sc db.Scanner) (m Member, err error) {
	var at int64
	err = sc.Scan(&m.ID, &at)
	m.At = clock.FromMicros(at)
	return m, err
}

// Members reads the ids of up to limit members that the actor may see, by id and behind one, for who goes through them all: none
// are left when none come.
func (s *Service) Members(tx *db.Tx, by people.Actor, id, after int64, limit int) ([]int64, error) {
	l, err := s.Get(tx, id)
	if err != nil {
		return nil, err
	}
	p, err := s.Page(tx, by, l, Window{After: strconv.FormatInt(after, 10), Limit: limit})
	ids := make([]int64, len(p.Members))
	for i, m := range p.Members {
		ids[i] = m.ID
	}
	return ids, err
}

// Size is how many members a list has that the actor may see.
func (s *Service) Size(tx *db.Tx, by people.Actor, l List) (int64, error) {
	switch {
	case l.Processing == Dynamic:
		return s.answeredSize(tx, by, l)
	case by.Scope(people.View, l.ObjectType).All():
		return l.size, nil
	}
	return s.records.CountVisible(tx, by, l.ObjectType, subset{l})
}

// subset is the members of a list, for a search among them.
type subset struct{ list List }

// subsetMost is how many members are read for a question in memory.
const subsetMost = 50_000

// Where implements record.Subset.
func (s subset) Where(q *db.SQL) {
	q.Add("id IN (SELECT record_id FROM list_members WHERE list_id = ? AND living)", s.list.ID)
}

// IDs implements record.Subset.
func (s subset) IDs(tx *db.Tx) ([]int64, bool, error) {
	if s.list.size > subsetMost {
		return nil, false, nil
	}
	ids, err := db.List(tx, db.Col[int64], "SELECT record_id FROM list_members WHERE list_id = $1 AND living ORDER BY record_id", s.list.ID)
	return ids, true, err
}

// In is a list that a record is in.
type In struct {
	List    int64
	Version int
	At      time.Time // since when
}

// recordsMost bounds the records of which one call asks for lists.
const recordsMost = 1000

// Of returns the lists that records are in, by record and the oldest first; of records that are not there, or that the actor may not
// see, it has none at all.
func (s *Service) Of(tx *db.Tx, by people.Actor, objectType string, ids []int64) (map[int64][]In, error) {
	if len(ids) > recordsMost {
		return nil, errs.Bad("inputs", "TOO_MANY", fmt.Sprintf("At most %d records at a time.", recordsMost))
	}
	there, _, err := s.visible(tx, by, objectType, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[int64][]In, len(there))
	for _, n := range there {
		out[n] = []In{}
	}
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return nil, err
	}
	if err := chosen(tx, there, out); err != nil {
		return nil, err
	}
	if err := s.matched(tx, by, t.Name, there, out); err != nil {
		return nil, fmt.Errorf("lists of %s: %w", t.Name, err)
	}
	now, err := record.Current(tx, ids)
	if err != nil {
		return nil, err
	}
	for i, n := range now {
		if in, ok := out[n]; ok {
			out[ids[i]] = in
		}
	}
	for _, in := range out {
		slices.SortFunc(in, func(a, b In) int { return cmp.Compare(a.List, b.List) })
	}
	return out, nil
}

// chosen adds the lists that records were put into.
func chosen(tx *db.Tx, ids []int64, out map[int64][]In) error {
	if len(ids) == 0 {
		return nil
	}
	var q db.SQL
	tx.Among(q.Add(`SELECT m.record_id, m.list_id, m.at, l.version FROM list_members m JOIN lists l ON l.id = m.list_id
WHERE l.archived_at IS NULL AND m.living AND `), "m.record_id", ids)
	_, err := db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var n, at int64
		var in In
		err := sc.Scan(&n, &in.List, &at, &in.Version)
		in.At = clock.FromMicros(at)
		out[n] = append(out[n], in)
		return struct{}{}, err
	}, q.Text(), q.Args()...)
	if err != nil {
		return fmt.Errorf("lists of records: %w", err)
	}
	return nil
}
