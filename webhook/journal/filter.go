package journal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Filter narrows a subscription to records of which all conditions hold. Of several filters one is enough.
type Filter struct {
	ID, Subscription int64
	Conditions       []Condition
	Created          time.Time
}

// Condition holds of a property's value, in HubSpot's words. Numbers compare as numbers.
type Condition struct {
	Property string   `json:"property"`
	Operator string   `json:"operator"`
	Value    string   `json:"value,omitempty"`
	Values   []string `json:"values,omitempty"` // of IN and NOT_IN
}

// operators are what a condition may ask.
var operators = map[string]func(have string, c Condition) bool{
	"EQ":     func(have string, c Condition) bool { return have != "" && compare(have, c.Value) == 0 },
	"N_EQ":   func(have string, c Condition) bool { return compare(have, c.Value) != 0 },
	"GT":     func(have string, c Condition) bool { return have != "" && compare(have, c.Value) > 0 },
	"GTE":    func(have string, c Condition) bool { return have != "" && compare(have, c.Value) >= 0 },
	"LT":     func(have string, c Condition) bool { return have != "" && compare(have, c.Value) < 0 },
	"LTE":    func(have string, c Condition) bool { return have != "" && compare(have, c.Value) <= 0 },
	"IN":     func(have string, c Condition) bool { return slices.ContainsFunc(c.Values, fold(have)) },
	"NOT_IN": func(have string, c Condition) bool { return !slices.ContainsFunc(c.Values, fold(have)) },
	"CONTAINS": func(have string, c Condition) bool {
		return strings.Contains(strings.ToLower(have), strings.ToLower(c.Value))
	},
	"STARTS_WITH": func(have string, c Condition) bool {
		return strings.HasPrefix(strings.ToLower(have), strings.ToLower(c.Value))
	},
	"ENDS_WITH": func(have string, c Condition) bool {
		return strings.HasSuffix(strings.ToLower(have), strings.ToLower(c.Value))
	},
	"IS_EMPTY":     func(have string, _ Condition) bool { return have == "" },
	"IS_NOT_EMPTY": func(have string, _ Condition) bool { return have != "" },
}

func fold(have string) func(string) bool {
	return func(v string) bool { return strings.EqualFold(have, v) }
}

// compare puts values in order: as numbers where both are, else as texts in any case, which is the order of dates too.
func compare(a, b string) int {
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	if err == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

func (f Filter) passes(props map[string]string) bool {
	return !slices.ContainsFunc(f.Conditions, func(c Condition) bool { return !operators[c.Operator](props[c.Property], c) })
}

func (f Filter) check() error {
	if len(f.Conditions) == 0 || len(f.Conditions) > filtersMost {
		return errs.Bad("filter", "REQUIRED", fmt.Sprintf("A filter needs 1 to %d conditions.", filtersMost))
	}
	for _, c := range f.Conditions {
		many, none := c.Operator == "IN" || c.Operator == "NOT_IN", strings.HasSuffix(c.Operator, "_EMPTY")
		switch {
		case operators[c.Operator] == nil:
			return errs.Bad("operator", "INVALID_OPTION", "There is no such operator: it must be one of CONTAINS, ENDS_WITH, EQ, GT, GTE, IN, IS_EMPTY, IS_NOT_EMPTY, LT, LTE, N_EQ, NOT_IN, STARTS_WITH.")
		case c.Property == "" || len(c.Property) > nameMost:
			return errs.Bad("property", "REQUIRED", "A condition needs the name of a property.")
		case many && (len(c.Values) == 0 || len(c.Values) > listMost):
			return errs.Bad("values", "REQUIRED", fmt.Sprintf("%s needs 1 to %d values.", c.Operator, listMost))
		case !many && !none && c.Value == "":
			return errs.Bad("value", "REQUIRED", c.Operator+" needs a value.")
		}
	}
	return nil
}

const selectFilters = "SELECT id, subscription_id, conditions, created_at FROM journal_filters"

func scanFilter(sc db.Scanner) (f Filter, err error) {
	var conditions string
	var created int64
	if err := sc.Scan(&f.ID, &f.Subscription, &conditions, &created); err != nil {
		return f, err
	}
	f.Created = clock.FromMicros(created)
	return f, json.Unmarshal([]byte(conditions), &f.Conditions)
}

// AddFilter narrows an app's subscription.
func (s *Service) AddFilter(tx *db.Tx, by people.Actor, f Filter) (Filter, error) {
	w, err := s.Subscription(tx, by, f.Subscription)
	if err != nil {
		return f, err
	}
	if err := f.check(); err != nil {
		return f, err
	}
	if n, err := db.Value[int64](tx, "SELECT count(*) FROM journal_filters WHERE subscription_id = $1", w.ID); err != nil || n >= filtersMost {
		if err == nil {
			err = errs.New(errs.Conflict, "The subscription has too many filters already.", nil)
		}
		return f, err
	}
	raw, err := json.Marshal(f.Conditions)
	if err != nil {
		return f, err
	}
	f.ID, f.Created = tx.NewID(), tx.Now
	if _, err := tx.Exec("INSERT INTO journal_filters (id, subscription_id, conditions, created_at) VALUES ($1, $2, $3, $4)", f.ID, w.ID, string(raw), tx.Micros()); err != nil {
		return f, err
	}
	return f, s.changed(tx, by, w, "webhook.changed")
}

// Filters are those of an app's subscription.
func (s *Service) Filters(tx *db.Tx, by people.Actor, subscription int64) ([]Filter, error) {
	if _, err := s.Subscription(tx, by, subscription); err != nil {
		return nil, err
	}
	return db.List(tx, scanFilter, selectFilters+" WHERE subscription_id = $1 ORDER BY id", subscription)
}

// Filter is one of an app's.
func (s *Service) Filter(tx *db.Tx, by people.Actor, n int64) (Filter, error) {
	f, ok, err := db.One(tx, scanFilter, selectFilters+" WHERE id = $1", n)
	if err != nil || !ok {
		return f, orNone(err)
	}
	_, err = s.Subscription(tx, by, f.Subscription)
	return f, err
}

// RemoveFilter takes a filter away.
func (s *Service) RemoveFilter(tx *db.Tx, by people.Actor, n int64) error {
	f, err := s.Filter(tx, by, n)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM journal_filters WHERE id = $1", n); err != nil {
		return err
	}
	return s.changed(tx, by, Subscription{ID: f.Subscription}, "webhook.changed")
}
