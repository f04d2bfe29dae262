// Package crm is HubSpot's CRM API on the record engine: objects and pipelines in HubSpot's wire format, frozen. It holds no
// rule of records, only how they look outside.
package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

// API answers the CRM routes.
type API struct {
	db        *db.DB
	records   *record.Store
	props     *property.Registry
	pipelines *pipeline.Store
}

// Routes adds the CRM routes. Each is served under the legacy path that HubSpot's Node client calls and under the dated one
// that its generated clients call (hubspot-api.md 0.2); {version} may be any of them.
func Routes(g *gate.Gate, d *db.DB, records *record.Store, props *property.Registry, pipelines *pipeline.Store) {
	a := &API{db: d, records: records, props: props, pipelines: pipelines}
	for _, base := range []string{"/crm/v3/objects/{objectType}", "/crm/objects/{version}/{objectType}"} {
		add(g, "GET "+base, "List records", a.list)
		add(g, "POST "+base, "Create a record", a.create)
		add(g, "POST "+base+"/search", "Search records", a.search)
		add(g, "GET "+base+"/{id}", "Read a record", a.read)
		add(g, "PATCH "+base+"/{id}", "Update a record", a.update)
		add(g, "DELETE "+base+"/{id}", "Archive a record", a.archive)
	}
	for _, base := range []string{"/crm/v3/pipelines/{objectType}", "/crm/pipelines/{version}/{objectType}"} {
		add(g, "GET "+base, "List pipelines", a.listPipelines)
		add(g, "GET "+base+"/{pipelineId}", "Read a pipeline", a.readPipeline)
		add(g, "GET "+base+"/{pipelineId}/stages", "List stages", a.listStages)
		add(g, "GET "+base+"/{pipelineId}/stages/{stageId}", "Read a stage", a.readStage)
	}
}

func add(g *gate.Gate, route, summary string, h gate.Handler) {
	method, path, _ := strings.Cut(route, " ")
	g.Handle(gate.Route{Method: method, Path: path, Needs: people.Workspace, Summary: summary, Tag: "hubspot"}, h)
}

// objectType resolves the {objectType} of a path: plural, singular, any case, or the type id.
func (a *API) objectType(tx *db.Tx, r *http.Request) (property.ObjectType, error) {
	return a.props.Type(tx, r.PathValue("objectType"))
}

// decode reads a JSON body into v, in HubSpot's words when it is none.
func decode(r *http.Request, v any) error {
	err := json.NewDecoder(r.Body).Decode(v)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &syntax):
		return errs.Newf(errs.Invalid, "Invalid input JSON on line 1, column %d: %s", syntax.Offset, syntax.Error())
	case errors.As(err, &kind):
		return errs.Newf(errs.Invalid, "Invalid input JSON on line 1, column %d: Cannot read %s as %s", kind.Offset, kind.Field, kind.Type)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errs.New(errs.Invalid, "Invalid input JSON on line 1, column 1: the body is empty or cut off", nil)
	}
	return gate.Classify(err)
}

// asked are the properties asked for, in both encodings of arrays: repeated, and joined with commas (hubspot-api.md 0.3).
func asked(r *http.Request) []string {
	var out []string
	for _, v := range r.URL.Query()["properties"] {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.TrimSpace(name); name != "" {
				out = append(out, name)
			}
		}
	}
	return out
}

func limitOf(r *http.Request, standard, most int) (int, error) {
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
