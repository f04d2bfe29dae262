package crm_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/gate/gatetest"
)

type related struct {
	object
	Associations map[string]struct {
		Results []struct{ ID, Type string }
		Paging  *struct{ Next struct{ After, Link string } }
	}
}

// to is one association of a new record.
func to(id string, kinds ...int) map[string]any {
	var types []any
	for _, k := range kinds {
		types = append(types, map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": k})
	}
	return map[string]any{"to": map[string]any{"id": id}, "types": types}
}

func (r related) types(kind string) (out []string) {
	for _, l := range r.Associations[kind].Results {
		out = append(out, l.ID+" "+l.Type)
	}
	return out
}

func TestRelatedRecordsAreShownWhenAsked(t *testing.T) { // REC-1, API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		ann := add(t, app, "contacts", map[string]any{"email": "ann@example.org"})
		berg := add(t, app, "companies", map[string]any{"name": "Berg"})
		var made object
		app.Post(objects+"tickets", map[string]any{"properties": map[string]any{"subject": "Lamp", "hs_pipeline_stage": "1"},
			"associations": []any{to(ann.ID, 16), to(berg.ID, 26)}}).Is(http.StatusCreated).Into(&made)
		at := objects + "tickets/" + made.ID
		for _, query := range []string{"?associations=contacts,companies,deals", "?associations=contact&associations=0-2"} {
			var got related
			app.Get(at + query).Is(http.StatusOK).Into(&got)
			if len(got.Associations) != 2 || !slices.Equal(got.types("contacts"), []string{ann.ID + " ticket_to_contact"}) {
				t.Errorf("%s: %+v", query, got.Associations)
			}
			companies := got.types("companies")
			if len(companies) != 2 || companies[0] == companies[1] || !strings.HasPrefix(companies[0], berg.ID+" ticket_to_company") || !strings.HasPrefix(companies[1], berg.ID+" ticket_to_company") {
				t.Errorf("%s: companies %q", query, companies)
			}
		}
		var none related
		if app.Get(at).Is(http.StatusOK).Into(&none); none.Associations != nil {
			t.Errorf("not asked for: %+v", none.Associations)
		}
		var other related
		app.Get(objects + "contacts/ann@example.org?idProperty=email&associations=tickets").Is(http.StatusOK).Into(&other)
		if !slices.Equal(other.types("tickets"), []string{made.ID + " contact_to_ticket"}) {
			t.Errorf("from the other end: %+v", other.Associations)
		}
		app.Delete(objects + "contacts/" + ann.ID).Is(http.StatusNoContent)
		var left related
		if app.Get(at + "?associations=contacts").Is(http.StatusOK).Into(&left); left.Associations != nil {
			t.Errorf("what is in the trash is shown: %+v", left.Associations)
		}
	})
}

func TestManyRelatedRecordsComeByPages(t *testing.T) { // REC-1, API-5
	each(t, func(t *testing.T, app *gatetest.Client) {
		ann := add(t, app, "contacts", map[string]any{"email": "ann@example.org"})
		add(t, app, "contacts", map[string]any{"email": "bob@example.org"})
		for range 2 {
			var all []any
			for i := range 60 {
				all = append(all, map[string]any{"properties": map[string]any{"subject": fmt.Sprint(i), "hs_pipeline_stage": "1"}, "associations": []any{to(ann.ID, 16)}})
			}
			app.Post(objects+"tickets/batch/create", map[string]any{"inputs": all}).Is(http.StatusCreated)
		}
		var one related
		app.Get(objects + "contacts/" + ann.ID + "?associations=tickets").Is(http.StatusOK).Into(&one)
		if n := len(one.types("tickets")); n != 120 || one.Associations["tickets"].Paging != nil {
			t.Errorf("one record shows %d", n)
		}
		var list struct{ Results []related }
		app.Get(objects + "contacts?associations=tickets").Is(http.StatusOK).Into(&list)
		tickets := list.Results[0].Associations["tickets"]
		if len(list.Results) != 2 || len(tickets.Results) != 100 || tickets.Paging == nil || tickets.Paging.Next.After != tickets.Results[99].ID ||
			tickets.Paging.Next.Link != "/crm/v4/objects/contacts/"+ann.ID+"/associations/tickets?after="+tickets.Results[99].ID || list.Results[1].Associations != nil {
			t.Errorf("a list shows %d, then %+v", len(tickets.Results), tickets.Paging)
		}
	})
}
