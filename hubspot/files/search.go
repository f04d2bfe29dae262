package files

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const (
	pageUsual = 20
	pageMost  = 100
	idsMost   = 1000
)

func (a *API) search(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	q, err := query(r, file.FileFields())
	if err != nil {
		return err
	}
	out := wire.Page[shownFile]{Results: []shownFile{}}
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		p, err := a.files.SearchFiles(tx, by, q)
		if err != nil {
			return err
		}
		for _, f := range p.Items {
			shown, err := a.show(tx, f)
			if err != nil {
				return err
			}
			out.Results = append(out.Results, shown)
		}
		out.Paging = wire.Following(r, after(p.Next))
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func after(n int64) string {
	if n == 0 {
		return ""
	}
	return id.Format(n)
}

// listed are the fields that are asked for by lists.
var listed = map[string]string{"id": "ids", "parentFolderId": "parentFolderIds"}

// asks says which parameters a search takes.
func asks(fields []file.Field) gate.Say {
	names := []string{"limit", "after", "before", "sort"}
	for _, f := range fields {
		if name, ok := listed[f.Name]; ok {
			names = append(names, name)
		} else {
			names = append(names, f.Name)
		}
		if f.Range {
			names = append(names, f.Name+"Lte", f.Name+"Gte")
		}
	}
	return wire.Query(names...)
}

// query reads the address of a search: each field is a parameter of its name, those that have an order also with Lte and Gte.
func query(r *http.Request, fields []file.Field) (q file.Query, err error) {
	if q.Limit, err = wire.Limit(r, pageUsual, pageMost); err != nil {
		return q, err
	}
	if q.After, err = place(r, "after"); err != nil {
		return q, err
	}
	if q.Before, err = place(r, "before"); err != nil {
		return q, err
	}
	sorts := wire.List(r, "sort")
	if len(sorts) > 1 {
		return q, errs.Bad("sort", "TOO_MANY_SORTS", "There can be only one sort")
	}
	for _, s := range sorts {
		q.Sort, q.Desc = strings.TrimPrefix(s, "-"), strings.HasPrefix(s, "-")
	}
	for _, f := range fields {
		if name, ok := listed[f.Name]; ok {
			if q.Where, err = among(r, q.Where, f.Name, name); err != nil {
				return q, err
			}
		}
		for suffix, op := range map[string]file.Op{"": file.Is, "Lte": file.AtMost, "Gte": file.AtLeast} {
			given := r.URL.Query().Get(f.Name + suffix)
			if given == "" || suffix != "" && !f.Range {
				continue
			}
			v, err := value(f.Name+suffix, f.Holds, given)
			if err != nil {
				return q, err
			}
			q.Where = append(q.Where, file.Condition{Field: f.Name, Op: op, Value: v})
		}
	}
	return q, nil
}

func place(r *http.Request, name string) (int64, error) {
	given := r.URL.Query().Get(name)
	if given == "" {
		return 0, nil
	}
	n, err := id.Parse(name, given)
	if err != nil {
		return 0, errs.Bad(name, "INVALID_CURSOR", "The place to go on from is not one of this search.")
	}
	return n, nil
}

func among(r *http.Request, where []file.Condition, field, name string) ([]file.Condition, error) {
	given := wire.List(r, name)
	if len(given) == 0 {
		return where, nil
	}
	if len(given) > idsMost {
		return nil, errs.Bad(name, "TOO_MANY", fmt.Sprintf("%s takes at most %d ids", name, idsMost))
	}
	ids := make([]int64, len(given))
	for i, v := range given {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return nil, errs.Bad(name, "INVALID_ID", fmt.Sprintf("%s must be numeric ids, not %q", name, v))
		}
		ids[i] = n
	}
	return append(where, file.Condition{Field: field, Op: file.Is, Value: ids}), nil
}

// value reads a parameter as what its field holds.
func value(name string, holds file.Holding, given string) (any, error) {
	switch holds {
	case file.Number:
		n, err := strconv.ParseInt(given, 10, 64)
		if err != nil {
			return nil, errs.Bad(name, "INVALID_NUMBER", fmt.Sprintf("%s must be a whole number, not %q", name, given))
		}
		return n, nil
	case file.Flag:
		switch strings.ToLower(given) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errs.Bad(name, "INVALID_BOOLEAN", fmt.Sprintf("%s must be true or false, not %q", name, given))
	case file.Time:
		v := wire.Value(given)
		at, err := moment(name, &v)
		return clock.Micros(at), err
	}
	return given, nil
}

// moment reads a time: milliseconds since 1970, or ISO 8601; zero for none.
func moment(name string, given *wire.Value) (time.Time, error) {
	if given == nil || *given == "" {
		return time.Time{}, nil
	}
	if ms, err := strconv.ParseInt(string(*given), 10, 64); err == nil {
		return time.UnixMilli(ms).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339Nano, string(*given))
	if err != nil {
		at, err = time.Parse(time.DateOnly, string(*given))
	}
	if err != nil {
		return at, errs.Bad(name, "INVALID_TIME", fmt.Sprintf("%s must be a time such as 2026-11-30T12:00:00Z, not %q", name, string(*given)))
	}
	return at, nil
}

// folderID reads a folder's id; nil for none given, and 0 for the top.
func folderID(given *wire.Value) (*int64, error) {
	if given == nil {
		return nil, nil
	}
	n := int64(0)
	if *given != "" && *given != "0" {
		var err error
		if n, err = id.Parse("parentFolderId", string(*given)); err != nil {
			return nil, err
		}
	}
	return &n, nil
}
