package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/view"
)

// found are the ids of an answer's results.
func (a answer) found() []string {
	a.t.Helper()
	a.Is(http.StatusOK)
	list, _ := a.Get("results").([]any)
	out := []string{}
	for _, one := range list {
		out = append(out, fmt.Sprint(one.(map[string]any)["id"]))
	}
	return out
}

// search is what the web app's box does.
func (a agent) search(text string) []string {
	a.t.Helper()
	return a.Ask("POST", api+"/tickets/search", map[string]any{"query": text, "filterGroups": []any{}, "sorts": []string{}, "limit": 50}).found()
}

func (d *desk) index() {
	d.t.Helper()
	if err := d.indexer.Fold(context.Background()); err != nil {
		d.t.Fatal(err)
	}
}

// LIST-2: mails come, a user answers and comments, and all of it is found by whoever may see it: at once, and when it is
// indexed.
func TestSearchBoxFindsWhatCameAndWent(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.Mail("Ann Müller <ann@example.org>", "Broken lamp", "The shade came in three pieces.")
		d.Mail("bob@other.example", "Wrong chair", "I ordered a blue one.")
		all := d.Tickets()
		lamp, chair := id.Format(all[0].ID), id.Format(all[1].ID)
		bea.Reply(lamp, "A replacement is on its way")
		bea.Ask("POST", api+"/tickets/"+lamp+"/comments", map[string]any{"html": "<p>Ask the warehouse about crates</p>"}).Is(http.StatusCreated)
		for _, when := range []string{"before", "after"} {
			for text, want := range map[string][]string{
				"lamp": {lamp}, "LAM": {lamp}, "shade pieces": {lamp}, "replacement": {lamp}, "crates": {lamp}, "muller": {lamp}, "ann@": {lamp},
				"example.org lamp": {lamp}, "ann crates shade": {lamp}, "blue": {chair}, "bob@other.example": {chair}, lamp: {lamp}, lamp[6:]: {lamp},
				"lamp blue": {}, "strong": {}, "nothing": {}, "!!": {}, `"lamp" NEAR *`: {}, "%": {},
			} {
				if got := bea.search(text); !slices.Equal(got, want) {
					t.Errorf("%s: %q finds %v, want %v", when, text, got, want)
				}
			}
			d.index()
		}
	})
}

// What one user may not see is neither found nor counted; what is in the trash is found by nobody.
func TestSearchBoxRespectsPermissionsAndTrash(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.Mail("ann@example.org", "Secret lamp", "for the boss alone")
		ticket := id.Format(d.Tickets()[0].ID)
		mia := people.Actor{Kind: event.User, ID: 7, Grants: map[people.Grant]people.Scope{{ObjectType: "tickets", Verb: people.View}: {Reach: people.OwnedOnly}}}
		for _, when := range []string{"before", "after"} {
			if got := bea.search("secret"); !slices.Equal(got, []string{ticket}) {
				t.Errorf("%s: the boss finds %v", when, got)
			}
			dbtest.See(t, d.db, func(tx *db.Tx) error {
				page, err := d.views.Page(tx, mia, view.Query{Text: "secret", Total: true})
				if len(page.Records) != 0 || page.Total != 0 {
					t.Errorf("%s: one who sees her own alone finds %+v", when, page)
				}
				return err
			})
			d.index()
		}
		dbtest.Do(t, d.db, func(tx *db.Tx) error { return d.tickets.Archive(tx, people.System, d.Tickets()[0].ID) })
		if got := bea.search("secret"); len(got) != 0 {
			t.Errorf("in the trash it is found: %v", got)
		}
	})
}

// HubSpot's search with a query finds each object type by its default properties, with its total.
func TestHubSpotQuery(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		made := func(objectType string, props map[string]any) string {
			t.Helper()
			return fmt.Sprint(d.Ask("POST", "/crm/v3/objects/"+objectType, map[string]any{"properties": props}).Is(http.StatusCreated).Get("id"))
		}
		ann := made("contacts", map[string]any{"email": "ann@example.org", "firstname": "Ann", "lastname": "Łoś"})
		acme := made("companies", map[string]any{"name": "Acme Söhne", "domain": "acme.example"})
		lamp := made("tickets", map[string]any{"subject": "Broken lamp", "content": "It fell", "hs_pipeline_stage": "1"})
		dbtest.Do(t, d.db, func(tx *db.Tx) error {
			from, err := id.Parse("ticket", lamp)
			to, errTo := id.Parse("company", acme)
			return errors.Join(err, errTo, d.records.Associate(tx, people.System, record.Link{FromType: "tickets", FromID: from, ToType: "companies", ToID: to}))
		})
		query := func(objectType, text string) answer {
			return d.Ask("POST", "/crm/v3/objects/"+objectType+"/search", map[string]any{"query": text})
		}
		for _, when := range []string{"before", "after"} {
			for _, c := range []struct {
				objectType, text string
				want             []string
			}{
				{"contacts", "los", []string{ann}}, {"contacts", "ANN", []string{ann}}, {"contacts", "ann@example.org", []string{ann}}, {"contacts", "lamp", nil},
				{"companies", "sohne", []string{acme}}, {"companies", "acme.example", []string{acme}}, {"tickets", "fell lamp", []string{lamp}},
				{"tickets", "acme", []string{lamp}}, {"tickets", "ann", nil}, {"deals", "lamp", nil},
			} {
				a := query(c.objectType, c.text)
				if got := a.found(); !slices.Equal(got, append([]string{}, c.want...)) || a.Get("total") != float64(len(c.want)) {
					t.Errorf("%s: %s with %q are %v, total %v, want %v", when, c.objectType, c.text, got, a.Get("total"), c.want)
				}
			}
			d.index()
		}
		d.Ask("PATCH", "/crm/v3/objects/companies/"+acme, map[string]any{"properties": map[string]any{"name": "Zenith"}}).Is(http.StatusOK)
		for _, when := range []string{"before", "after"} {
			if got := query("tickets", "zenith").found(); !slices.Equal(got, []string{lamp}) {
				t.Errorf("%s: by the company's new name %v", when, got)
			}
			if got := query("tickets", "sohne").found(); len(got) != 0 {
				t.Errorf("%s: by its old name %v", when, got)
			}
			d.index()
		}
	})
}

// The palette's searches of contacts go the same way.
func TestContactsAreFoundAsOneTypes(t *testing.T) {
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		d.Mail("Grace Hopper <grace@navy.example>", "Moth", "in the relay")
		for _, typed := range []string{"gr", "grace", "hop", "grace hop", "grace@", "navy.example"} {
			if got := bea.Ask("GET", api+"/contacts?query="+url.QueryEscape(typed), nil).found(); len(got) != 1 {
				t.Errorf("%q finds %v", typed, got)
			}
		}
		if got := bea.Ask("GET", api+"/contacts?query=hopper+ada", nil).found(); len(got) != 0 {
			t.Errorf("found %v", got)
		}
	})
}
