package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const schemas = "/crm-object-schemas/v3/schemas"

// carSchema is a custom object as HubSpot's clients define it.
const carSchema = `{"name":"car","labels":{"singular":"Car","plural":"Cars"},"description":"What we rent out","primaryDisplayProperty":"model",
"secondaryDisplayProperties":["plate"],"requiredProperties":["plate"],"searchableProperties":["model"],"associatedObjects":["CONTACT",5],
"properties":[{"name":"model","label":"Model","type":"string","fieldType":"text"},
{"name":"plate","label":"Plate","type":"string","fieldType":"text","hasUniqueValue":true},
{"name":"fuel","label":"Fuel","type":"enumeration","fieldType":"select","options":[{"label":"Petrol","value":"petrol","hidden":false},{"label":"Power","value":"power","displayOrder":0}]},
{"name":"price","label":"Price","type":"number","fieldType":"number","numberDisplayHint":"currency","showCurrencySymbol":true}]}`

// names are what each element of a list is called.
func names(list any) (out []string) {
	all, _ := list.([]any)
	for _, one := range all {
		out = append(out, one.(map[string]any)["name"].(string))
	}
	return out
}

func TestHubSpotCustomObjectLife(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		made := d.Ask("POST", schemas, strings.Replace(carSchema, `,5]`, `,"0-5"]`, 1)).Is(http.StatusCreated)
		typeID, full := made.Get("objectTypeId").(string), made.Get("fullyQualifiedName").(string)
		if typeID != "2-1" || made.Get("id") != typeID || made.Get("name") != "car" || made.Get("labels", "plural") != "Cars" || !strings.HasSuffix(full, "_car") ||
			made.Get("primaryDisplayProperty") != "model" || made.Get("archived") != false || made.Get("createdAt") == nil {
			t.Fatalf("made %s", made.Raw)
		}
		if got := names(made.Get("properties")); !slices.Contains(got, "price") || !slices.Contains(got, "hs_object_id") || !slices.Contains(got, "hubspot_owner_id") {
			t.Errorf("properties %v", got)
		}
		if got := names(made.Get("associations")); !slices.Contains(got, "car_to_contact") || !slices.Contains(got, "contact_to_car") || !slices.Contains(got, "car_to_note") {
			t.Errorf("associations %v", got)
		}
		id := d.Ask("POST", objects+typeID, `{"properties":{"model":"Golf","plate":"M-AB 1","fuel":"petrol","price":19.5}}`).Is(http.StatusCreated).Get("id").(string)
		d.Ask("POST", objects+"car", `{"properties":{"model":"Polo"}}`).Is(http.StatusBadRequest)
		for _, name := range []string{"car", "Car", typeID, full} {
			got := d.Ask("GET", objects+name+"/"+id+"?properties=price,fuel", nil).Is(http.StatusOK)
			if got.Get("properties", "price") != "19.5" || got.Get("properties", "hs_createdate") == nil || got.Get("properties", "hs_object_id") != id {
				t.Errorf("%s: %s", name, got.Raw)
			}
		}
		if got := d.Ask("GET", objects+"car/M-AB%201?idProperty=plate", nil).Is(http.StatusOK).Get("id"); got != id {
			t.Errorf("by its plate: %v", got)
		}
		found := d.Ask("POST", objects+full+"/search", `{"query":"golf","filterGroups":[{"filters":[{"propertyName":"fuel","operator":"IN","values":["petrol"]}]}]}`).Is(http.StatusOK)
		if found.Get("total") != float64(1) {
			t.Errorf("search %s", found.Raw)
		}
		if got := d.events("car"); !slices.Equal(got, []string{full + ".created"}) {
			t.Errorf("emitted %v", got)
		}
		d.Ask("DELETE", schemas+"/car", nil).Is(http.StatusBadRequest)
		d.Ask("DELETE", objects+"car/"+id, nil).Is(http.StatusNoContent)
		d.Ask("DELETE", schemas+"/"+full, nil).Is(http.StatusNoContent)
		d.Ask("GET", objects+"car", nil).Is(http.StatusBadRequest)
		if got := names(d.Ask("GET", schemas, nil).Is(http.StatusOK).Get("results")); len(got) != 0 {
			t.Errorf("living %v", got)
		}
		if got := names(d.Ask("GET", schemas+"?archived=true", nil).Is(http.StatusOK).Get("results")); !slices.Equal(got, []string{"car"}) {
			t.Errorf("archived %v", got)
		}
		d.Ask("POST", schemas, carSchema).Is(http.StatusConflict)
		d.Ask("DELETE", schemas+"/car?archived=true", nil).Is(http.StatusNoContent)
		d.Settle()
		d.Ask("GET", schemas+"/car", nil).Is(http.StatusNotFound)
		if again := d.Ask("POST", schemas, strings.Replace(carSchema, `,5]`, `]`, 1)).Is(http.StatusCreated).Get("objectTypeId"); again != "2-2" {
			t.Errorf("made again: %v", again)
		}
	})
}

func TestHubSpotSchemasReadAndChanged(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Ask("POST", "/crm/v3/schemas", strings.Replace(carSchema, `,5]`, `]`, 1)).Is(http.StatusCreated)
		dated := "/crm-object-schemas/2026-09/schemas"
		changed := d.Ask("PATCH", dated+"/2-1", `{"labels":{"plural":"Vehicles"},"clearDescription":true,"requiredProperties":["model"],"restorable":true}`).Is(http.StatusOK)
		if changed.Get("labels", "singular") != "Car" || changed.Get("labels", "plural") != "Vehicles" || changed.Get("description") != nil ||
			changed.Get("portalId") == nil || changed.Get("properties") != nil {
			t.Errorf("changed %s", changed.Raw)
		}
		bare := d.Ask("GET", dated+"/car?includePropertyDefinitions=false&includeAssociationDefinitions=false&includeAuditMetadata=true", nil).Is(http.StatusOK)
		if len(bare.Get("properties").([]any)) != 0 || len(bare.Get("associations").([]any)) != 0 {
			t.Errorf("bare %s", bare.Raw)
		}
		builtin := d.Ask("GET", schemas+"/deals", nil).Is(http.StatusOK)
		if builtin.Get("objectTypeId") != "0-3" || builtin.Get("fullyQualifiedName") != nil || !slices.Contains(names(builtin.Get("properties")), "dealstage") {
			t.Errorf("deals %s", builtin.Raw)
		}
		many := d.Ask("POST", schemas+"/batch/read", `{"inputs":["car","2-99","0-1"],"includePropertyDefinitions":false,"includeAssociationDefinitions":true,"includeAuditMetadata":false}`).Is(http.StatusOK)
		if got := names(many.Get("results")); !slices.Equal(got, []string{"car", "contacts"}) {
			t.Errorf("batch %v", got)
		}
		way := d.Ask("POST", schemas+"/2-1/associations", `{"fromObjectTypeId":"2-1","toObjectTypeId":"0-2","name":"car_to_company"}`).Is(http.StatusCreated)
		if way.Get("fromObjectTypeId") != "2-1" || way.Get("toObjectTypeId") != "0-2" || way.Get("id") == nil {
			t.Errorf("association %s", way.Raw)
		}
		d.Ask("DELETE", schemas+"/car/associations/"+way.Get("id").(string), nil).Is(http.StatusNoContent)
		d.Ask("DELETE", schemas+"/car/associations/"+way.Get("id").(string), nil).Is(http.StatusNotFound)
	})
}

func TestHubSpotSchemasThatAreRefused(t *testing.T) { // API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		for name, c := range map[string]struct {
			method, path, body string
			status             int
			words              string
		}{
			"no name":       {"POST", "", `{"labels":{"singular":"a","plural":"b"}}`, 400, "name"},
			"no labels":     {"POST", "", `{"name":"boat"}`, 400, "labels"},
			"no plural":     {"POST", "", `{"name":"boat","labels":{"singular":"a"}}`, 400, "plural"},
			"bad property":  {"POST", "", `{"name":"boat","labels":{"singular":"a","plural":"b"},"properties":[{"name":"x","label":"X","type":"colour","fieldType":"text"}]}`, 400, `Property \"x\"`},
			"bad primary":   {"POST", "", `{"name":"boat","labels":{"singular":"a","plural":"b"},"primaryDisplayProperty":"y"}`, 400, "primaryDisplayProperty"},
			"built in":      {"PATCH", "/tickets", `{"labels":{"singular":"Case"}}`, 400, "built in"},
			"none to read":  {"GET", "/boat", ``, 404, "boat"},
			"none to purge": {"DELETE", "/boat?archived=true", ``, 404, "boat"},
			"no end":        {"POST", "/tickets/associations", `{"fromObjectTypeId":"0-5"}`, 400, "toObjectTypeId"},
			"bad flag":      {"GET", "?archived=maybe", ``, 400, "archived"},
			"bad version":   {"GET", "/../../v9/schemas", ``, 404, ""},
		} {
			got := d.Ask(c.method, schemas+c.path, c.body)
			if got.Status != c.status || !strings.Contains(got.Raw, c.words) {
				t.Errorf("%s: %d %s", name, got.Status, got.Raw)
			}
		}
	})
}
