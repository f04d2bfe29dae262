package crm

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
)

func TestSearchLimits(t *testing.T) { // API-5
	long := searchBody{Query: strings.Repeat("x", queryMost+1)}
	for name, b := range map[string]searchBody{"too long": long, "limit": {Limit: searchMost + 1}, "negative": {Limit: -1}, "two sorts": {Sorts: make([]wire.SortBy, 2)}} {
		if _, err := b.query(property.ObjectType{Name: "tickets"}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	q, err := searchBody{Query: strings.Repeat("x", queryMost), Limit: searchMost}.query(property.ObjectType{Name: "tickets"})
	if err != nil || q.Limit != searchMost {
		t.Errorf("the most that is allowed: %+v %v", q, err)
	}
}

func TestSortsInEachForm(t *testing.T) { // API-5
	for raw, want := range map[string]wire.SortBy{
		`"createdate"`:                  sorted("createdate", false),
		`"-createdate"`:                 sorted("createdate", true),
		`{"propertyName":"createdate"}`: sorted("createdate", false),
		`{"propertyName":"createdate","direction":"DESCENDING"}`: sorted("createdate", true),
		`{"propertyName":"createdate","direction":"descending"}`: sorted("createdate", true),
		`{"propertyName":"createdate","direction":"ASCENDING"}`:  sorted("createdate", false),
		`{"propertyName":"createdate","order":"DESC"}`:           sorted("createdate", true),
	} {
		var got wire.SortBy
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: %+v, %v", raw, got, err)
		}
	}
	var got wire.SortBy
	if err := json.Unmarshal([]byte(`5`), &got); err == nil {
		t.Errorf("a number sorts by %+v", got)
	}
}

func sorted(name string, desc bool) (s wire.SortBy) {
	s.Property, s.Desc = name, desc
	return s
}
