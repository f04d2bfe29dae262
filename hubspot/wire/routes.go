// Package wire is what HubSpot's APIs have in common on the wire: the families of paths, how input is read and refused, pages,
// and batches with their 207 answer. It knows no object, only its form.
package wire

import (
	"net/http"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

// versions are what {version} in a path may be; all are served by the same handlers (hubspot-api.md 0.2).
var versions = []string{"v3", "v4", "2025-09", "2026-03", "2026-09", "2026-09-beta"}

// Family is an area's routes, each served under every base: the legacy path that HubSpot's Node client calls, and the dated one
// with {version} that its generated clients call. Row is what the rows have in common; a copy with another Row is another family.
type Family struct {
	Gate        *gate.Gate
	Row         gate.Route
	Bases       []string
	Read, Write gate.Scopes // what an app needs to read and to write, where Row does not say it
}

// At begins the family of routes below bases that whoever sees the workspace may ask.
func At(g *gate.Gate, bases ...string) Family {
	return Family{Gate: g, Row: gate.Route{Needs: people.Workspace, Tag: "Other"}, Bases: bases}
}

// Of names the subject that the API's description shows the routes under.
func (f Family) Of(subject string) Family {
	f.Row.Tag = subject
	return f
}

// For names the scopes that an app needs: those of read for what only reads, those of write for the rest.
func (f Family) For(read, write gate.Scopes) Family {
	f.Read, f.Write = read, write
	return f
}

// Add serves a route, such as "GET /{id}", under every base, with and without a slash at its end. says is what the API's
// description tells of it besides.
func (f Family) Add(route, summary string, h gate.Handler, says ...gate.Say) {
	method, path, _ := strings.Cut(route, " ")
	for _, base := range f.Bases {
		row := f.Row
		row.Method, row.Path, row.Summary, row.Slash = method, base+path, summary, !strings.HasSuffix(path, "...}")
		row.About = gate.About{Choices: map[string][]string{"version": versions}}
		for _, say := range says {
			say(&row.About)
		}
		row.Search = strings.HasSuffix(path, "/search")
		if row.Scopes == nil {
			row.Scopes = f.Write
			if reads(method, path) {
				row.Scopes = f.Read
			}
		}
		f.Gate.Handle(row, versioned(h))
	}
}

// reads reports whether a route only reads: some questions are too long for an address.
func reads(method, path string) bool {
	return method == http.MethodGet || strings.HasSuffix(path, "/search") || strings.HasSuffix(path, "/batch/read")
}

// versioned answers a version that there is not as any other address that there is not.
func versioned(h gate.Handler) gate.Handler {
	return func(w http.ResponseWriter, r *http.Request, by people.Actor) error {
		if v := r.PathValue("version"); v != "" && !slices.Contains(versions, v) {
			return gate.NoRoute()
		}
		return h(w, r, by)
	}
}
