package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

// List is an array parameter, in both encodings: repeated, and joined with commas (hubspot-api.md 0.3).
func List(r *http.Request, name string) []string {
	var out []string
	for _, v := range r.URL.Query()[name] {
		for item := range strings.SplitSeq(v, ",") {
			if item = strings.TrimSpace(item); item != "" {
				out = append(out, item)
			}
		}
	}
	return out
}

// Limit is the parameter limit, standard when it is absent.
func Limit(r *http.Request, standard, most int) (int, error) {
	v := r.URL.Query().Get("limit")
	if v == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > most {
		return 0, errs.Bad("limit", "INVALID_LIMIT", fmt.Sprintf("limit must be a number from 1 to %d", most))
	}
	return n, nil
}

// Flag is a parameter that is true or false; absent is false.
func Flag(r *http.Request, name string) (bool, error) {
	switch v := r.URL.Query().Get(name); strings.ToLower(v) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, errs.Bad(name, "INVALID_BOOLEAN", fmt.Sprintf("%s must be true or false, not %q", name, v))
	}
}

// PathID is a numeric id in the path; what is no number names nothing.
func PathID(r *http.Request, name string) (int64, error) {
	n, err := id.Parse(name, r.PathValue(name))
	if err != nil {
		return 0, NotFound()
	}
	return n, nil
}

// NotFound is the answer for an id that names nothing.
func NotFound() error { return errs.New(errs.NotFound, "resource not found", nil) }

// Page is one page of a list. Without a next page it has no paging.
type Page[T any] struct {
	Total   *int64  `json:"total,omitempty"`
	Results []T     `json:"results"`
	Paging  *Paging `json:"paging,omitempty"`
}

// Paging says where the next page begins.
type Paging struct {
	Next Next `json:"next"`
}

// Next is the place of the next page, and for a GET the address that asks for it.
type Next struct {
	After string `json:"after"`
	Link  string `json:"link,omitempty"`
}

// Following is the paging of an answer whose next page begins at after; nil when after is "".
func Following(r *http.Request, after string) *Paging {
	if after == "" {
		return nil
	}
	p := &Paging{Next{After: after}}
	if r.Method == http.MethodGet {
		q := r.URL.Query()
		q.Set("after", after)
		p.Next.Link = (&url.URL{Path: r.URL.Path, RawQuery: q.Encode()}).String()
	}
	return p
}
