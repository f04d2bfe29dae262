package gate

import (
	"fmt"
	"hash/crc32"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// ownAPI is the prefix of what the description covers; HubSpot's API is described by HubSpot.
const ownAPI = "/helpdesk/"

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
	bySession = "session"
	byToken   = "token"
)

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		bySession: {Type: "apiKey", In: "cookie", Name: SessionCookie, Description: "A signed-in user's session."},
		byToken:   {Type: "http", Scheme: "bearer", Description: "An API token."},
	}
}

var pathParam = regexp.MustCompile(`\{([a-zA-Z]+)\}`)

// describe is what a route's row alone says of it.
func describe(r Route) *huma.Operation {
	op := &huma.Operation{Method: r.Method, Path: r.Path, Summary: r.Summary, Tags: []string{r.Tag}, OperationID: operationID(r)}
	if !r.Public {
		op.Security = []map[string][]string{{bySession: {}}, {byToken: {}}}
		op.Description = "Needs the permission " + string(r.Needs) + "."
	}
	for _, name := range pathParam.FindAllStringSubmatch(r.Path, -1) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name[1], In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}})
	}
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	op.Responses = map[string]*huma.Response{strconv.Itoa(status): {Description: http.StatusText(status)}}
	return op
}

func operationID(r Route) string {
	path := strings.NewReplacer("/helpdesk/v1/", "", "/", "-", "{", "", "}", "").Replace(r.Path)
	return strings.ToLower(r.Method) + "-" + path
}
