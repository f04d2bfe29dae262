package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/people/visitor"
)

const tokens = "/visitor-identification/v3/tokens/create"

// A website asks for a token for its visitor; the contact is not made by that.
func TestVisitorsAreIdentified(t *testing.T) { // API-9, CHAT-2
	eachDesk(t, func(t *testing.T, d *desk) {
		for _, path := range []string{tokens, tokens + "/", strings.Replace(tokens, "v3", "2026-09", 1)} {
			made := d.Ask("POST", path, `{"email":"Ann@example.org","firstName":"Ann","lastName":"Lee"}`).Is(http.StatusOK)
			if len(made.Body) != 1 || strings.Count(made.Get("token").(string), ".") != 2 {
				t.Errorf("%s: %s", path, made.Raw)
			}
			dbtest.See(t, d.db, func(tx *db.Tx) error {
				who, err := d.visitors.Verify(tx, made.Get("token").(string))
				if who != (visitor.Visitor{Email: "ann@example.org", FirstName: "Ann", LastName: "Lee"}) {
					t.Errorf("it says %+v", who)
				}
				return err
			})
		}
		if found := d.Ask("GET", objects+"contacts", nil).Get("results").([]any); len(found) != 0 {
			t.Errorf("contacts were made: %v", found)
		}
		for body, words := range map[string]string{`{}`: "Some required fields were not set: [email]", `{"email":""}`: "[email]", `{"email":"ann"}`: "Email address \"ann\" is invalid",
			`{"email":7}`: "Cannot read email as string", `[]`: "Cannot read the body as object", ``: "empty or cut off",
			`{"email":"a@example.org","firstName":"` + strings.Repeat("x", 300) + `"}`: "firstName may have at most"} {
			if got := d.Ask("POST", tokens, body); got.Status != 400 || got.Get("category") != "VALIDATION_ERROR" || !strings.Contains(got.Get("message").(string), words) {
				t.Errorf("%s: %d %s", body, got.Status, got.Raw)
			}
		}
		for scope, want := range map[string]int{"conversations.visitor_identification.tokens.create": 200, "conversations.write": 403} {
			_, token, err := d.people.AddToken(t.Context(), d.boss.Actor(), scope, scope)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.ask("POST", tokens, `{"email":"ann@example.org"}`, "Bearer "+token); got.Status != want || want == 403 && got.Get("category") != "MISSING_SCOPES" {
				t.Errorf("with %s: %d %s", scope, got.Status, got.Raw)
			}
		}
		d.Agent("Mia").Ask("POST", tokens, map[string]any{"email": "ann@example.org"}).Is(http.StatusForbidden)
	})
}
