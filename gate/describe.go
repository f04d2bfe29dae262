package gate

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/deskbell/deskbell/people"
)

// ownAPI is the prefix of our own API; the other routes speak HubSpot's format.
const ownAPI = "/helpdesk/"

// notAPI is the tag of routes that are for browsers, and stay out of the description.
const notAPI = "Web app"

// schemaName tells types of the same name in several packages apart: TicketsContact, RowContact. A body without a name of its
// own is told apart by its shape.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" && t.Kind() == reflect.Struct {
		return fmt.Sprintf("%s%08x", name, crc32.ChecksumIEEE([]byte(t.String())))
	}
	if t.Name() == "" || !strings.HasPrefix(t.PkgPath(), module) {
		return name
	}
	pkg := path.Base(t.PkgPath())
	return strings.ToUpper(pkg[:1]) + pkg[1:] + name
}

const module = "github.com/deskbell/deskbell/"

// The ways to say who one is.
const (
	bySession   = "session"
	byToken     = "token"
	byOAuth     = "oauth"
	byDeveloper = "developerKey"
)

func securitySchemes(baseURL string) map[string]*huma.SecurityScheme {
	scopes := map[string]string{}
	for _, s := range people.AppScopes() {
		scopes[s.Name] = s.Does
	}
	flow := &huma.OAuthFlow{AuthorizationURL: baseURL + "/oauth/authorize", TokenURL: baseURL + "/oauth/v1/token", RefreshURL: baseURL + "/oauth/v1/token", Scopes: scopes}
	return map[string]*huma.SecurityScheme{
		bySession:   {Type: "apiKey", In: "cookie", Name: SessionCookie, Description: "A signed-in user's session."},
		byToken:     {Type: "http", Scheme: "bearer", Description: "A private app's API token."},
		byOAuth:     {Type: "oauth2", Flows: &huma.OAuthFlows{AuthorizationCode: flow}, Description: "An app that an admin let in."},
		byDeveloper: {Type: "apiKey", In: "query", Name: "hapikey", Description: "An app's developer key, for the app itself."},
	}
}

var pathParam = regexp.MustCompile(`\{([a-zA-Z]+)(?:\.\.\.)?\}`)

// pathOf is a route's path without what only our own router reads: the dots of a parameter that takes the rest of an address.
func pathOf(r Route) string { return strings.ReplaceAll(r.Path, "...}", "}") }

// describe is what a route's row alone says of it.
func describe(r Route) *huma.Operation {
	op := &huma.Operation{Method: r.Method, Path: pathOf(r), Summary: r.Summary, Tags: []string{r.Tag}, OperationID: operationID(r)}
	if !r.Public {
		op.Security, op.Description = security(r), "Needs the permission "+string(r.Needs)+"."+scopesOf(r.Needed())
	}
	for _, name := range pathParam.FindAllStringSubmatch(r.Path, -1) {
		s := &huma.Schema{Type: huma.TypeString}
		for _, choice := range r.About.Choices[name[1]] {
			s.Enum = append(s.Enum, choice)
		}
		op.Parameters = append(op.Parameters, &huma.Param{Name: name[1], In: "path", Required: true, Schema: s})
	}
	return op
}

// security: each of the ways in alone will do. Every combination of scopes that opens the route is a way.
func security(r Route) []map[string][]string {
	ways := []map[string][]string{{bySession: {}}, {byToken: {}}}
	if needed := r.Needed(); needed != nil {
		combinations := [][]string{{}}
		for _, oneOf := range needed {
			var next [][]string
			for _, c := range combinations {
				for _, scope := range oneOf {
					next = append(next, append(slices.Clone(c), scope))
				}
			}
			combinations = next
		}
		for _, c := range combinations {
			ways = append(ways, map[string][]string{byOAuth: c})
		}
	}
	if r.DeveloperKey {
		ways = append(ways, map[string][]string{byDeveloper: {}})
	}
	return ways
}

func scopesOf(needed Scopes) string {
	if needed == nil {
		return " Of apps, only private ones with all scopes may ask."
	}
	var lists []string
	for _, oneOf := range needed {
		lists = append(lists, strings.Join(oneOf, " or "))
	}
	if len(lists) == 0 {
		return " Any app may ask."
	}
	return " An app needs the scope " + strings.Join(lists, ", and ") + "."
}

// describeByHand adds a route that reads and writes HTTP itself to the description, with what its About says.
func (g *Gate) describeByHand(r Route) {
	if r.Tag == notAPI {
		return
	}
	op := describe(r)
	for _, p := range r.About.Query {
		op.Parameters = append(op.Parameters, query(p))
	}
	schemas := g.api.OpenAPI().Components.Schemas.Map()
	if t := r.About.Takes; t != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: media(cmp.Or(r.About.Kind, "application/json"), outline{schemas, true}.of(t))}
	}
	op.Responses = map[string]*huma.Response{"default": {Description: "It was refused.", Content: media("application/json", outline{schemas, false}.of(reflect.TypeFor[Body]()))}}
	for status, t := range r.About.Gives {
		out := &huma.Response{Description: http.StatusText(status)}
		if t != nil {
			out.Content = media("application/json", outline{schemas, false}.of(t))
		}
		op.Responses[strconv.Itoa(status)] = out
	}
	if r.About.File {
		op.Responses["200"] = &huma.Response{Description: "The file.", Content: media("application/octet-stream", &huma.Schema{})}
	}
	if r.Status != 0 {
		op.Responses[strconv.Itoa(r.Status)] = &huma.Response{Description: http.StatusText(r.Status)}
	} else if len(r.About.Gives) == 0 && !r.About.File {
		op.Responses["2XX"] = &huma.Response{Description: "It was done."}
	}
	g.api.OpenAPI().AddOperation(op)
}

func media(kind string, s *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{kind: {Schema: s}}
}

func query(p Param) *huma.Param {
	s := &huma.Schema{Type: p.Kind}
	if p.Kind == "list" {
		s = &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}}
	}
	return &huma.Param{Name: p.Name, In: "query", Description: p.Says, Schema: s}
}

func operationID(r Route) string {
	path := strings.NewReplacer("/helpdesk/v1/", "", "/", "-", "{", "", "}", "").Replace(r.Path)
	return strings.ToLower(r.Method) + "-" + strings.TrimPrefix(path, "-")
}
