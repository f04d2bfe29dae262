package wire_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

type bulb struct {
	Watts wire.Value `json:"watts" required:"true"`
}

// What a row says is in the description, under each of its paths.
func TestWhatARowSaysIsDescribed(t *testing.T) { // API-7
	d := dbtest.Open(t, dbtest.SQLite(t))
	desk := gatetest.Start(t, d, people.New(d), func(g *gate.Gate) {
		f := wire.At(g, "/crm/v3/bulbs", "/crm/bulbs/{version}").Of("Bulbs").For(gate.AnyApp, gate.AnyApp)
		nothing := func(w http.ResponseWriter, _ *http.Request, _ people.Actor) error {
			gate.WriteJSON(w, http.StatusOK, wire.NewBatch[bulb](d.Clock().Now()))
			return nil
		}
		f.Add("POST /batch", "Make bulbs", nothing, wire.Query("limit", "archived", "properties", "colour"), gate.Takes[wire.Many[bulb]](), wire.GivesBatch[bulb](http.StatusOK))
		f.Add("POST /{id}/turn", "Turn a bulb", nothing, gate.TakesForm[bulb](), gate.GivesEmpty(http.StatusAccepted))
		f.Add("DELETE /{id}", "Remove a bulb", nothing, gate.GivesNothing)
		f.Add("GET /{id}", "Read a bulb", nothing)
	})
	for _, base := range []string{"/crm/v3/bulbs", "/crm/bulbs/{version}"} {
		paths := desk.Gate.API().OpenAPI().Paths
		batch := paths[base+"/batch"].Post
		var kinds []string
		for _, p := range batch.Parameters {
			if p.In == "query" {
				kinds = append(kinds, p.Name+" "+p.Schema.Type)
			}
			if p.Name == "version" && len(p.Schema.Enum) != 6 {
				t.Errorf("the versions are %v", p.Schema.Enum)
			}
		}
		if !slices.Equal(kinds, []string{"limit integer", "archived boolean", "properties array", "colour string"}) {
			t.Errorf("the parameters are %v", kinds)
		}
		if ref := batch.RequestBody.Content["application/json"].Schema.Ref; ref != "#/components/schemas/HubspotWireManyHubspotWire_testBulbInput" {
			t.Errorf("it takes %s", ref)
		}
		for _, status := range []string{"200", "207"} {
			if ref := batch.Responses[status].Content["application/json"].Schema.Ref; ref != "#/components/schemas/HubspotWireBatchHubspotWire_testBulb" {
				t.Errorf("%s gives %s", status, ref)
			}
		}
		if batch.Tags[0] != "Bulbs" || batch.Responses["default"] == nil {
			t.Errorf("%+v", batch)
		}
		turn := paths[base+"/{id}/turn"].Post
		if turn.RequestBody.Content["application/x-www-form-urlencoded"] == nil || turn.Responses["202"] == nil || turn.Responses["202"].Content != nil {
			t.Errorf("%+v", turn)
		}
		if r := paths[base+"/{id}"].Delete.Responses["204"]; r == nil || r.Content != nil {
			t.Errorf("nothing is %+v", r)
		}
		if r := paths[base+"/{id}"].Get.Responses["2XX"]; r == nil {
			t.Error("a row that says nothing of its answer has none")
		}
	}
	desk.App().Post("/crm/v3/bulbs/batch", `{"inputs":[]}`).Is(http.StatusOK)
}
