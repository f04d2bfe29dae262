package exporter

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/sheet"
)

// teller says what values mean to people.
type teller struct {
	set   *property.Set
	dir   *people.Directory
	lines []pipeline.Pipeline
	zone  *time.Location
	raw   bool // values as they are stored
}

// rows are the cells of records, in the order of their ids, as far as the actor may see them now.
func (s *Service) rows(tx *db.Tx, by people.Actor, ex Export, ids []int64) ([][]sheet.Cell, error) {
	records, err := s.records.GetMany(tx, by, ex.ObjectType, ids)
	if err != nil {
		return nil, err
	}
	t := teller{raw: ex.plan.Values, zone: time.UTC}
	if t.set, err = s.props.Set(tx, ex.ObjectType); err != nil {
		return nil, err
	}
	if t.dir, err = s.people.Directory(tx); err != nil {
		return nil, err
	}
	if by.Kind == event.User {
		u, _ := t.dir.User(by.ID)
		if zone, err := time.LoadLocation(u.TimeZone); err == nil {
			t.zone = zone
		}
	}
	if t.set.ObjectType.Pipeline != "" {
		if t.lines, err = s.pipelines.All(tx, t.set.ObjectType.Name); err != nil {
			return nil, err
		}
	}
	out := make([][]sheet.Cell, len(records))
	for i, r := range records {
		out[i] = append(out[i], sheet.Cell{Value: id.Format(r.ID)})
		for _, name := range ex.plan.Properties {
			var c sheet.Cell
			if d, ok := t.set.Get(name); ok { // it may be gone by now
				c = t.cell(d, r.Properties[name])
			}
			out[i] = append(out[i], c)
		}
	}
	for _, to := range ex.plan.Associated {
		if err := s.addEnds(tx, by, ex, to, records, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// cell is a value as people read it.
func (t teller) cell(d property.Definition, value string) sheet.Cell {
	if value == "" {
		return sheet.Cell{}
	}
	switch {
	case d.Type == property.Number && d.References == "":
		return sheet.Cell{Kind: sheet.Number, Value: value}
	case t.raw:
	case d.Type == property.Date:
		return sheet.Cell{Kind: sheet.Day, Value: value}
	case d.Type == property.DateTime:
		if at, ok := property.ParseTime(value); ok {
			return sheet.Cell{Kind: sheet.Moment, Value: at.In(t.zone).Format(sheet.MomentLayout)}
		}
	case d.References != "" || d.Name == t.set.ObjectType.Pipeline || d.Name == t.set.ObjectType.Stage:
		value = cmp.Or(t.named(d, value), value)
	case len(d.Options) > 0 && d.Type == property.Enumeration:
		value = labels(d, value)
	}
	return sheet.Cell{Value: value}
}

// named is what somebody or something is called that a value is the id of; "" where nothing is known.
func (t teller) named(d property.Definition, value string) string {
	if d.References == "" {
		for _, p := range t.lines {
			if stage, ok := p.Stage(value); ok && d.Name == t.set.ObjectType.Stage {
				return stage.Label
			}
			if p.ID == value && d.Name == t.set.ObjectType.Pipeline {
				return p.Label
			}
		}
		return ""
	}
	n, err := id.Parse(d.Name, value)
	if err != nil {
		return ""
	}
	switch d.References {
	case property.ToUser:
		u, _ := t.dir.User(n)
		return u.Name
	case property.ToTeam:
		team, _ := t.dir.Team(n)
		return team.Name
	}
	return ""
}

func labels(d property.Definition, value string) string {
	parts := []string{value}
	if d.Multi() {
		parts = strings.Split(value, ";")
	}
	for i, v := range parts {
		if o, ok := d.Option(v); ok {
			parts[i] = cmp.Or(o.Label, v)
		}
	}
	return strings.Join(parts, ";")
}

// Associated records of one record, in its cell: HubSpot's thousand, or as many as a cell holds.
const (
	endsUsual = 1000
	endsMost  = 10_000
)

// addEnds adds the columns of the records of one type that records are associated with.
func (s *Service) addEnds(tx *db.Tx, by people.Actor, ex Export, to string, records []record.Record, rows [][]sheet.Cell) error {
	most := endsUsual
	if ex.plan.Unbounded {
		most = endsMost
	}
	ids := make([]int64, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	ends, err := s.ends(tx, by, ex.ObjectType, to, ids, most)
	if err != nil {
		return err
	}
	var names map[int64]string
	if ex.plan.Called {
		if names, err = s.called(tx, by, to, ends); err != nil {
			return err
		}
	}
	for i, r := range records {
		var list, called, labelled []string
		for _, e := range ends[r.ID] {
			list = append(list, id.Format(e.ID))
			called = append(called, names[e.ID])
			labelled = append(labelled, labelsOf(e))
		}
		rows[i] = append(rows[i], sheet.Cell{Value: strings.Join(list, ";")})
		if ex.plan.Called {
			rows[i] = append(rows[i], sheet.Cell{Value: strings.Join(called, ";")})
		}
		if ex.plan.Labels {
			rows[i] = append(rows[i], sheet.Cell{Value: strings.Trim(strings.Join(labelled, ";"), ";")})
		}
	}
	return nil
}

func labelsOf(e relation.End) string {
	var all []string
	for _, t := range e.Types {
		if t.Label != "" {
			all = append(all, t.Label)
		}
	}
	return strings.Join(all, ", ")
}

func (s *Service) ends(tx *db.Tx, by people.Actor, from, to string, ids []int64, most int) (map[int64][]relation.End, error) {
	out, after := map[int64][]relation.End{}, map[int64]int64{}
	for len(ids) > 0 {
		pages, err := s.records.Related(tx, by, relation.Related{FromType: from, IDs: ids, ToType: to, After: after, Limit: relation.RelatedMost})
		if err != nil {
			return nil, err
		}
		var more []int64
		for _, n := range ids {
			p := pages[n]
			out[n] = append(out[n], p.To...)
			if p.Next != 0 && len(out[n]) < most {
				after[n] = p.Next
				more = append(more, n)
			}
			out[n] = out[n][:min(len(out[n]), most)]
		}
		ids = more
	}
	return out, nil
}

const namesAtOnce = 1000

// called are the names of the records at the far ends.
func (s *Service) called(tx *db.Tx, by people.Actor, to string, ends map[int64][]relation.End) (map[int64]string, error) {
	t, err := s.props.Type(tx, to)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, all := range ends {
		for _, e := range all {
			ids = append(ids, e.ID)
		}
	}
	slices.Sort(ids)
	names := map[int64]string{}
	for some := range slices.Chunk(slices.Compact(ids), namesAtOnce) {
		found, err := s.records.GetMany(tx, by, to, some)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			person := strings.TrimSpace(r.Properties["firstname"] + " " + r.Properties["lastname"])
			names[r.ID] = cmp.Or(person, r.Properties[t.PrimaryDisplay])
		}
	}
	return names, nil
}
