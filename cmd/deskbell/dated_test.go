package main

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
)

// datedForms are the dated twins of HubSpot's older paths (hubspot-api.md). A family's longest beginning counts; one without a twin
// has none at HubSpot's either.
var datedForms = map[string]string{
	"/crm/v3/objects":                   "/crm/objects/{version}",
	"/crm/v4/objects":                   "/crm/objects/{version}",
	"/crm/v3/properties":                "/crm/properties/{version}",
	"/crm/v3/property-validations":      "/crm/property-validations/{version}",
	"/crm/v3/pipelines":                 "/crm/pipelines/{version}",
	"/crm/v4/associations":              "/crm/associations/{version}",
	"/crm/v3/associations":              "", // what came before v4
	"/crm/v3/owners":                    "/crm/owners/{version}",
	"/crm/v3/imports":                   "/crm/imports/{version}",
	"/crm/v3/exports":                   "/crm/exports/{version}",
	"/crm/v3/lists":                     "/crm/lists/{version}",
	"/crm/v3/limits":                    "/crm/limits/{version}",
	"/crm/v3/schemas":                   "/crm-object-schemas/{version}/schemas",
	"/conversations/v3/conversations":   "/conversations/conversations/{version}",
	"/conversations/v3/custom-channels": "/conversations/custom-channels/{version}",
	"/visitor-identification/v3":        "/visitor-identification/{version}",
	"/webhooks/v3":                      "/app-webhooks/{version}",
	"/account-info/v3":                  "/account-info/{version}",
	"/settings/v3/users":                "/settings/users/{version}",
	"/business-units/v3/business-units": "/business-units/public/{version}/business-units",
	"/cms/v3/site-search":               "/cms/site-search/{version}",
	"/cms/site-search/v3":               "/cms/site-search/{version}",
	"/automation/v4/actions":            "/automation/actions/{version}",
	"/automation/v4/flows":              "", // no dated form is out
	"/marketing/v3/forms":               "",
	"/oauth/v1/token":                   "/oauth/{version}/token",
	"/oauth/v1/access-tokens":           "",
	"/oauth/v1/refresh-tokens":          "",
	"/oauth/v2/private-apps":            "",
}

// datedVersions are those of hubspot-api.md 0.2; the numbered ones besides, which some dated paths are asked with.
var datedVersions = []string{"2025-09", "2026-03", "2026-09", "2026-09-beta", "v3", "v4"}

var numbered = regexp.MustCompile(`/v[0-9]+(/|$)`)

// Each of HubSpot's routes that has a dated twin answers there just the same, whichever version is named; a version that there is not
// is no address.
func TestEveryRouteHasItsDatedTwin(t *testing.T) { // API-1
	d := newDesk(t, dbtest.SQLite(t))
	twins := 0
	for _, r := range d.gate.Routes() {
		if strings.HasPrefix(r.Path, api) || r.Endless || !strings.Contains(r.Path, "{version}") && !numbered.MatchString(r.Path) {
			continue
		}
		legacy, dated := r.Path, r.Path
		if !strings.Contains(r.Path, "{version}") {
			from, to := datedForm(r.Path)
			if from == "" {
				t.Errorf("%s is of no family that datedForms knows: see hubspot-api.md for its dated form", r.Path)
			}
			if to == "" {
				continue
			}
			dated = to + strings.TrimPrefix(r.Path, from)
		}
		twins++
		want := d.bare(r, legacy)
		for _, version := range datedVersions {
			if got := d.bare(r, strings.ReplaceAll(dated, "{version}", version)); got != want {
				t.Errorf("%s %s answered %s, and %s of %s answered %s", r.Method, legacy, want, dated, version, got)
			}
		}
		if got := d.bare(r, strings.ReplaceAll(dated, "{version}", "2024-01")); !strings.HasPrefix(got, "404 ") || got == want {
			t.Errorf("%s %s of no version answered %s", r.Method, dated, got)
		}
	}
	if twins < 100 {
		t.Errorf("only %d routes have a dated twin", twins)
	}
}

func datedForm(path string) (from, to string) {
	for begins, dated := range datedForms {
		if (path == begins || strings.HasPrefix(path, begins+"/")) && len(begins) > len(from) {
			from, to = begins, dated
		}
	}
	return from, to
}

// bare asks a route about what there is not, and tells how it was answered.
func (d *desk) bare(r gate.Route, path string) string {
	d.t.Helper()
	path = strings.NewReplacer("{version}", "v3", "{objectType}", "tickets", "{fromObjectType}", "tickets", "{toObjectType}", "contacts", "{labels}", "labels",
		"{what}", "memberships", "{path...}", "none", "{$}", "").Replace(path)
	path = templated.ReplaceAllString(path, "999999999")
	var body any
	if r.Method != http.MethodGet && r.Method != http.MethodDelete {
		body = map[string]any{}
	}
	got := d.Ask(r.Method, path, body)
	message, _ := got.Get("message").(string)
	return fmt.Sprint(got.Status, " ", message)
}
