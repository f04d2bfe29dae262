// Package gate is the one door for HTTP: the route table with each route's permission, who is asking, the error body, and
// the limits that hold for every request. It knows no route of its own.
package gate

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/usage"
)

// Route is one row of the route table.
type Route struct {
	Method, Path string            // Path as in http.ServeMux: "/helpdesk/v1/tickets/{id}"
	Needs        people.Permission // checked before the handler runs; "" only with Public
	Scopes       Scopes            // what an app needs besides; of our own routes nil is what Needs and the method say
	Public       bool              // anybody may ask
	DeveloperKey bool              // an app's developer key in ?hapikey= will do, for the app itself
	Search       bool              // counts against the limit of searches, and says nothing of limits
	Summary      string            // for the API's description
	Tag          string
	Status       int   // of a success; 0 is 200, or 204 where there is no body
	Body         int64 // most bytes of a request; 0 is 1 MB
	Endless      bool  // a stream: no time limit
	Slash        bool  // served with a slash at the end of Path as well
	About        About // for the API's description, of routes of Handle
	Forget       bool  // no Idempotency-Key is kept: running it twice is harmless, or its answer is a secret
}

const (
	bodyMost    = 1 << 20
	requestTime = 30 * time.Second
)

// Config is what the gate must be told.
type Config struct {
	Version string         // shown in the API's description
	BaseURL string         // how browsers reach us; with https the session's cookie is Secure
	Proxies []netip.Prefix // whose X-Forwarded-For is believed
	Log     *slog.Logger
	Apps    Apps           // who OAuth tokens and developer keys are of; nil knows none
	Limits  Limits         // of apps
	Usage   *usage.Counter // counts what apps ask; nil does not
}

// Gate holds the route table and answers for every route in it.
type Gate struct {
	people  *people.Service
	cfg     Config
	log     *slog.Logger
	mux     *http.ServeMux
	api     huma.API
	routes  []Route
	answers answers
	limits  limiter
}

// New returns a gate without routes.
func New(d *db.DB, p *people.Service, cfg Config) *Gate {
	g := &Gate{people: p, cfg: cfg, log: cfg.Log, mux: http.NewServeMux(), answers: answers{db: d},
		limits: limiter{Limits: cfg.Limits, calls: cfg.Usage}}
	api := huma.DefaultConfig("Deskbell", cfg.Version)
	api.OpenAPIPath, api.DocsPath, api.SchemasPath = "/helpdesk/v1/openapi", "", "/helpdesk/v1/schemas"
	api.CreateHooks = nil // no $schema in every answer
	api.Components.SecuritySchemes = securitySchemes(cfg.BaseURL)
	api.Servers = []*huma.Server{{URL: cfg.BaseURL}}
	api.Info.Description = "HubSpot's format for what both have, and /helpdesk/v1 for the rest. How they are asked, with examples: docs/api."
	api.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	api.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	g.api = humago.New(g.mux, api)
	g.api.UseMiddleware(g.middleware)
	return g
}

// Routes is the route table.
func (g *Gate) Routes() []Route { return g.routes }

// API is the description that Add fills.
func (g *Gate) API() huma.API { return g.api }

// Handler answers a request of an allowed actor. Its error is logged and answered in one place.
type Handler func(w http.ResponseWriter, r *http.Request, by people.Actor) error

// Handle adds a route that reads and writes HTTP itself.
func (g *Gate) Handle(r Route, h Handler) {
	g.routes = append(g.routes, r)
	g.describeByHand(r)
	serve := func(w http.ResponseWriter, req *http.Request) {
		if err := g.serve(r, w, req, h); err != nil {
			g.fail(w, req, err)
		}
	}
	g.mux.HandleFunc(r.Method+" "+r.Path, serve)
	if r.Slash {
		g.mux.HandleFunc(r.Method+" "+r.Path+"/{$}", serve)
	}
}

func (g *Gate) serve(r Route, w http.ResponseWriter, req *http.Request, h Handler) error {
	by, err := g.enter(r, w, req)
	if err != nil {
		return err
	}
	req.Body = http.MaxBytesReader(w, req.Body, limit(r.Body))
	if r.Endless {
		return h(w, req, by)
	}
	readBy(w, time.Now().Add(requestTime))
	defer readBy(w, time.Time{})
	ctx, cancel := context.WithTimeout(req.Context(), requestTime)
	defer cancel()
	req = req.WithContext(ctx)
	return g.once(r, w, req, by, func(w http.ResponseWriter, req *http.Request) error { return h(w, req, by) })
}

func limit(n int64) int64 {
	if n == 0 {
		return bodyMost
	}
	return n
}

// Add adds a route whose input and output are described: decoding, checking against the description, and the API text come
// from the types.
func Add[I, O any](g *Gate, r Route, h func(ctx context.Context, by people.Actor, in *I) (*O, error)) {
	g.routes = append(g.routes, r)
	whole(r, reflect.TypeFor[I]())
	op := describe(r)
	op.Parameters = nil // made from the types
	op.DefaultStatus, op.MaxBodyBytes, op.BodyReadTimeout = r.Status, limit(r.Body), requestTime
	op.Metadata = map[string]any{routeKey: r}
	huma.Register(g.api, *op, func(ctx context.Context, in *I) (*O, error) {
		by, _ := ctx.Value(actorKey{}).(people.Actor)
		ctx, cancel := context.WithTimeout(ctx, requestTime)
		defer cancel()
		out, err := h(ctx, by, in)
		if err != nil {
			return nil, g.answer(ctx, r, err)
		}
		return out, nil
	})
}

// whole refuses an input with an embedded struct that is not exported: its fields would stay empty without a word.
func whole(r Route, in reflect.Type) {
	for i := range in.NumField() {
		if f := in.Field(i); f.Anonymous && !f.IsExported() {
			panic("gate: the input of " + r.Method + " " + r.Path + " embeds " + f.Name + ", which must be exported to be filled in")
		}
	}
}

const routeKey = "route"

type actorKey struct{}

// middleware lets described routes in by the same check as the others.
func (g *Gate) middleware(ctx huma.Context, next func(huma.Context)) {
	route, _ := ctx.Operation().Metadata[routeKey].(Route)
	req, w := humago.Unwrap(ctx)
	by, err := g.enter(route, w, req)
	if err != nil {
		g.fail(w, req, err)
		return
	}
	err = g.once(route, w, req, by, func(w http.ResponseWriter, req *http.Request) error {
		inner := humago.NewContext(ctx.Operation(), req, w)
		next(huma.WithValue(inner, actorKey{}, by))
		return nil
	})
	if err != nil {
		g.fail(w, req, err)
	}
}
