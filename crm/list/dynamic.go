package list

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// groups are filters as package filter takes them, as of the transaction.
func (s *Service) groups(tx *db.Tx, set *property.Set, raw json.RawMessage) ([]filter.Group, error) {
	b, err := parse(raw)
	if err != nil {
		return nil, err
	}
	t := &translator{set: set, now: tx.Now, unlabelled: func(to property.ObjectType, name string, c association.Category) (bool, error) {
		n, err := strconv.Atoi(name)
		if err != nil || n == 0 {
			n = -1 // no type's
		}
		kind, ok, err := s.records.AssociationTypes().Find(tx, set.ObjectType, to, n)
		return ok && kind.Label == "" && !kind.Primary && (c == "" || c == kind.Category), err
	}}
	return t.groups(b)
}

// condition is what filters mean to an actor: Invalid when they mean nothing, or ask for a value that the actor may not see.
func (s *Service) condition(tx *db.Tx, by people.Actor, objectType string, raw json.RawMessage) ([]filter.Group, *filter.Condition, error) {
	set, err := s.props.Set(tx, objectType)
	if err != nil {
		return nil, nil, err
	}
	groups, err := s.groups(tx, set, raw)
	if err != nil {
		return nil, nil, err
	}
	for _, g := range groups {
		for _, f := range g.Filters {
			if !set.Sees(by, f.PropertyName) {
				return nil, nil, errs.Bad(f.PropertyName, "PROPERTY_DOESNT_EXIST", fmt.Sprintf("There is no property %q.", f.PropertyName))
			}
		}
	}
	c, err := filter.Compile(set, groups)
	return groups, c, err
}

// filters checks what a list is to be filled by, and brings it into the form in which it is kept.
func (s *Service) filters(tx *db.Tx, by people.Actor, l List, raw json.RawMessage) (json.RawMessage, error) {
	given := len(raw) > 0 && !bytes.Equal(raw, []byte("null"))
	switch {
	case l.Processing == Manual && given:
		return nil, errs.Bad("filterBranch", "NOT_ALLOWED", "A MANUAL list has no filters.")
	case l.Processing == Dynamic && !given:
		return nil, errs.Bad("filterBranch", "REQUIRED", "A DYNAMIC list needs a filterBranch.")
	case !given:
		return nil, nil
	}
	if _, _, err := s.condition(tx, by, l.ObjectType, raw); err != nil {
		return nil, err
	}
	var kept bytes.Buffer
	err := json.Compact(&kept, raw)
	return kept.Bytes(), err
}

// SetFilters gives a DYNAMIC list other filters.
func (s *Service) SetFilters(tx *db.Tx, by people.Actor, id int64, raw json.RawMessage) (List, error) {
	if err := may(by); err != nil {
		return List{}, err
	}
	l, err := s.held(tx, id)
	if err != nil {
		return l, err
	}
	if l.Processing != Dynamic {
		return l, errs.Newf(errs.Invalid, "The filters of a %s list cannot be changed.", l.Processing).WithCode("ILS.INVALID_PROCESSING_TYPE")
	}
	if l.Filters, err = s.filters(tx, by, l, raw); err != nil {
		return l, err
	}
	l.Version++
	l.FiltersAt, l.UpdatedAt, l.UpdatedBy = tx.Now, tx.Now, user(by)
	if _, err := tx.Exec("UPDATE lists SET filters = $2, version = $3, filters_at = $4, updated_at = $4, updated_by = $5 WHERE id = $1",
		l.ID, string(l.Filters), l.Version, tx.Micros(), l.UpdatedBy); err != nil {
		return l, fmt.Errorf("filters of list %d: %w", id, err)
	}
	return l, edited(tx, l.ID)
}

// searchMost is a page of package record.
const searchMost = 200

// answered reads one more than a page of the records that a list's filters find. Their order is that of their ids, by which they came
// to be: so they came into the list in this order, too.
func (s *Service) answered(tx *db.Tx, by people.Actor, l List, w Window, from *place) ([]Member, error) {
	groups, _, err := s.condition(tx, by, l.ObjectType, l.Filters)
	if err != nil {
		return nil, err
	}
	order := "hs_object_id"
	if w.backwards() {
		order = "-" + order
	}
	q := record.Query{ObjectType: l.ObjectType, Groups: groups, Sorts: []record.Sort{{Property: "hs_object_id", Desc: w.backwards()}}}
	if from != nil && from.id > 0 {
		q.After = record.Place(l.ObjectType+":"+order, from.id)
	}
	var out []Member
	for want := w.Limit + 1; want > 0; {
		q.Limit = min(want, searchMost)
		page, err := s.records.Search(tx, by, q)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Records {
			out = append(out, Member{r.ID, l.since(r.ID)})
		}
		if want -= len(page.Records); page.Next == "" {
			break
		}
		q.After = page.Next
	}
	return out, nil
}

// since is when a record came into a list that its filters answer, as far as is known: nobody watches when a value began to match.
func (l List) since(record int64) time.Time {
	if made := id.Time(record); made.After(l.FiltersAt) {
		return made
	}
	return l.FiltersAt
}

// answeredSize is how many records a list's filters find. A list whose filters mean nothing any more has none.
func (s *Service) answeredSize(tx *db.Tx, by people.Actor, l List) (int64, error) {
	groups, _, err := s.condition(tx, by, l.ObjectType, l.Filters)
	if errs.Is(err, errs.Invalid) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	page, err := s.records.Search(tx, by, record.Query{ObjectType: l.ObjectType, Groups: groups, Limit: 1, CountTotal: true})
	return page.Total, err
}

// matched adds the lists whose filters find records, which the actor sees. One whose filters mean nothing any more is none of them.
func (s *Service) matched(tx *db.Tx, by people.Actor, objectType string, ids []int64, out map[int64][]In) error {
	lists, err := db.List(tx, scanList, selectLists+"object_type = $1 AND processing = $2 AND archived_at IS NULL", objectType, string(Dynamic))
	if err != nil || len(lists) == 0 {
		return err
	}
	records, err := s.records.GetMany(tx, by, objectType, ids)
	if err != nil {
		return err
	}
	for _, l := range lists {
		groups, c, err := s.condition(tx, by, objectType, l.Filters)
		if errs.Is(err, errs.Invalid) {
			continue
		}
		if err != nil {
			return err
		}
		in, err := s.match(tx, objectType, groups, c, records)
		if err != nil {
			return err
		}
		for _, n := range in {
			out[n] = append(out[n], In{l.ID, l.Version, l.since(n)})
		}
	}
	return nil
}

// match asks a condition of records: in memory, or the database where it is about relations.
func (s *Service) match(tx *db.Tx, objectType string, groups []filter.Group, c *filter.Condition, records []record.Record) (in []int64, err error) {
	for _, g := range groups {
		for _, f := range g.Filters {
			if strings.HasPrefix(f.PropertyName, "associations.") {
				return s.related(tx, objectType, c, records)
			}
		}
	}
	for _, r := range records {
		if c.Match(func(name string) string { return r.Properties[name] }, tx.Now) {
			in = append(in, r.ID)
		}
	}
	return in, nil
}

func (s *Service) related(tx *db.Tx, objectType string, c *filter.Condition, records []record.Record) ([]int64, error) {
	t, err := s.props.Type(tx, objectType)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	ids := make([]int64, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	var q db.SQL
	tx.Among(q.Add("SELECT id FROM "+t.From()), "id", ids)
	c.Where(q.Add(" AND "), tx)
	return db.List(tx, db.Col[int64], q.Text(), q.Args()...)
}

const fillKind = "list.fill"

type fillArgs struct {
	List int64 `json:"list,string"`
}

// toFill leaves it to a job to put what a list's filters find into it.
func toFill(tx *db.Tx, list int64) error {
	return job.Ensure(tx, job.Spec{Kind: fillKind, Key: id.Format(list), Args: fillArgs{list}})
}

// fill puts what a SNAPSHOT list's filters find into it. It goes by ids, so that again from the beginning it adds what is missing.
func (s *Service) fill(ctx context.Context, run job.Run) error {
	var args fillArgs
	if err := json.Unmarshal(run.Args, &args); err != nil {
		return job.Permanent(err)
	}
	for last := int64(0); ; {
		var found []Member
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			l, err := s.Get(tx, args.List)
			if err != nil || l.Status != Filling {
				return err
			}
			found, err = s.answered(tx, people.System, l, Window{Limit: chunk}, &place{id: last})
			return err
		})
		switch {
		case errs.Is(err, errs.NotFound):
			return nil
		case errs.Is(err, errs.Invalid): // a property is gone meanwhile
			return s.filled(ctx, args.List, Failed)
		case err != nil:
			return fmt.Errorf("fill list %d: %w", args.List, err)
		case len(found) == 0:
			return s.filled(ctx, args.List, Complete)
		}
		ids := make([]int64, min(len(found), chunk))
		for i := range ids {
			ids[i] = found[i].ID
		}
		last = ids[len(ids)-1]
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			_, _, err := s.add(tx, people.System, args.List, ids)
			return err
		})
		if err != nil && !errs.Is(err, errs.NotFound) {
			return fmt.Errorf("fill list %d: %w", args.List, err)
		}
	}
}

func (s *Service) filled(ctx context.Context, list int64, status Status) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE lists SET status = $2 WHERE id = $1 AND status = $3", list, string(status), string(Filling))
		return err
	})
}
