package properties_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/crm/computed"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/properties"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"

	"github.com/deskbell/deskbell/db"
)

func open(t *testing.T, d *db.DB) *gatetest.Desk {
	t.Helper()
	staff, props := people.New(d), property.New(d)
	pipes := pipeline.New(d, props)
	c := computed.New(d, props, record.New(d, props, search.New(d, props, nil), nil))
	return gatetest.Start(t, d, staff, func(g *gate.Gate) { properties.Routes(g, d, props, c, pipes) })
}

// each asks as an app on both databases.
func each(t *testing.T, story func(t *testing.T, app *gatetest.Client)) {
	t.Helper()
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) { story(t, open(t, d).App()) })
}

const at = "/crm/v3/properties/tickets"

type m = map[string]any

// size is a body that makes a property.
func size(change m) m {
	body := m{"name": "size", "label": "Size", "type": "enumeration", "fieldType": "select", "groupName": "ticketinformation",
		"options": []m{{"label": "Small", "value": "s", "hidden": false, "displayOrder": 0, "description": "Up to 1"}, {"label": "Large", "value": "l", "hidden": true}}}
	for k, v := range change {
		if body[k] = v; v == nil {
			delete(body, k)
		}
	}
	return body
}

func TestPropertiesOverTheirLife(t *testing.T) { // PROP-1, PROP-2, API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		var made, got wire.Property
		app.Post(at, size(m{"description": "How large", "displayOrder": 4, "formField": true, "hidden": false})).Is(http.StatusCreated).Into(&made)
		if made.Name != "size" || made.Type != "enumeration" || len(made.Options) != 2 || made.Options[0].Description != "Up to 1" || !made.Options[1].Hidden ||
			made.Options[1].DisplayOrder != 1 || made.DisplayOrder != 4 || !made.FormField || made.HubspotDefined || made.DataSensitivity != "non_sensitive" ||
			made.CreatedAt == "" || made.ArchivedAt != "" || made.ModificationMetadata != (wire.Changes{Archivable: true}) {
			t.Errorf("made %+v", made)
		}
		for _, path := range []string{at + "/size", "/crm/properties/2026-09/ticket/size", "/crm/v3/properties/0-5/size/?locale=de&properties=x"} {
			app.Get(path).Is(http.StatusOK).Into(&got)
			if fmt.Sprint(got) != fmt.Sprint(made) {
				t.Errorf("%s: %+v", path, got)
			}
		}
		app.Post(at, size(nil)).Refused(http.StatusConflict, "OBJECT_ALREADY_EXISTS")
		app.Patch(at+"/size", m{"label": "How big", "hasUniqueValue": true, "options": []m{{"label": "Medium", "value": "m", "hidden": false}}}).Is(http.StatusOK).Into(&got)
		if got.Label != "How big" || got.HasUniqueValue || len(got.Options) != 1 || got.Description != "How large" || got.GroupName != "ticketinformation" || got.DisplayOrder != 4 {
			t.Errorf("changed %+v", got)
		}
		app.Delete(at + "/size").Is(http.StatusNoContent)
		app.Delete(at + "/size").Is(http.StatusNoContent)
		app.Get(at+"/size").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		app.Patch(at+"/size", m{"label": "x"}).Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		app.Get(at + "/size?archived=true").Is(http.StatusOK).Into(&got)
		if !got.Archived || got.ArchivedAt == "" {
			t.Errorf("archived %+v", got)
		}
		app.Post(at, size(nil)).Is(http.StatusCreated).Into(&got)
		if got.Archived || len(got.Options) != 2 {
			t.Errorf("restored %+v", got)
		}
		app.Get(at+"/size?archived=true").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
	})
}

type list struct {
	Results []wire.Property `json:"results"`
	Paging  any             `json:"paging"`
}

func (l list) names() (out []string) {
	for _, p := range l.Results {
		out = append(out, p.Name)
	}
	return out
}

func (l list) get(t *testing.T, name string) wire.Property {
	t.Helper()
	i := slices.IndexFunc(l.Results, func(p wire.Property) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("%s is not there", name)
	}
	return l.Results[i]
}

func TestListOfProperties(t *testing.T) { // PROP-3, API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		app.Post(at, size(m{"name": "secret", "dataSensitivity": "sensitive"})).Is(http.StatusCreated)
		app.Post(at, size(m{"name": "gone"})).Is(http.StatusCreated)
		app.Delete(at + "/gone").Is(http.StatusNoContent)
		ask := func(query string) (l list) {
			app.Get(at + query).Is(http.StatusOK).Into(&l)
			return l
		}
		all := ask("")
		if subject := all.get(t, "subject"); !subject.HubspotDefined || subject.Options == nil || len(subject.Options) != 0 || subject.Calculated ||
			subject.ModificationMetadata != (wire.Changes{ReadOnlyDefinition: true, ReadOnlyOptions: true}) || subject.CreatedAt != "2026-01-01T00:00:00.000Z" {
			t.Errorf("subject is %+v", subject)
		}
		if made := all.get(t, "createdate"); !made.ModificationMetadata.ReadOnlyValue || made.Type != "datetime" {
			t.Errorf("createdate is %+v", made)
		}
		if owner := all.get(t, "hubspot_owner_id"); !owner.ExternalOptions || owner.ReferencedObjectType != "OWNER" || owner.Type != "enumeration" {
			t.Errorf("owner is %+v", owner)
		}
		if stage := all.get(t, "hs_pipeline_stage"); !stage.ExternalOptions || len(stage.Options) != 4 || stage.Options[3].Value != "4" || stage.Options[3].Label != "Closed" {
			t.Errorf("stage is %+v", stage)
		}
		if took := all.get(t, "time_to_close"); !took.Calculated || took.NumberDisplayHint != "duration" {
			t.Errorf("time to close is %+v", took)
		}
		if names := all.names(); slices.Contains(names, "secret") || slices.Contains(names, "gone") || all.Paging != nil {
			t.Errorf("all are %v", names)
		}
		if names := ask("?dataSensitivity=sensitive").names(); !slices.Equal(names, []string{"secret"}) {
			t.Errorf("sensitive are %v", names)
		}
		if names := ask("?archived=true").names(); !slices.Equal(names, []string{"gone"}) {
			t.Errorf("archived are %v", names)
		}
		if names := ask("?properties=subject,content&properties=nonsense").names(); !slices.Equal(names, []string{"subject", "content"}) {
			t.Errorf("asked for are %v", names)
		}
		app.Get(at + "?archived=perhaps").Is(http.StatusBadRequest)
		app.Get(at + "?dataSensitivity=high").Is(http.StatusBadRequest)
		app.Get(at + "/secret").Is(http.StatusOK)
		app.Get(at + "/secret?dataSensitivity=non_sensitive").Is(http.StatusNotFound)
		a := app.Get("/crm/v3/properties/rockets").Is(http.StatusBadRequest)
		if !strings.Contains(fmt.Sprint(a.Object()["message"]), "Unable to infer object type from: rockets") {
			t.Errorf("%v", a.Object())
		}
		app.Get("/crm/properties/2024-01/tickets").Is(http.StatusNotFound)
		for _, kind := range []string{"contacts", "companies", "deals", "notes", "0-27"} {
			app.Get("/crm/v3/properties/" + kind).Is(http.StatusOK)
		}
	})
}

func TestEveryKindOfProperty(t *testing.T) { // PROP-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		for i, kind := range strings.Fields(`string/text string/textarea string/html string/file string/phonenumber phone_number/phonenumber number/number date/date
datetime/date bool/booleancheckbox bool/radio enumeration/select enumeration/radio enumeration/checkbox`) {
			typ, field, _ := strings.Cut(kind, "/")
			body := size(m{"name": fmt.Sprintf("kind%d", i), "type": typ, "fieldType": field})
			if typ != "enumeration" {
				delete(body, "options")
			}
			var got wire.Property
			app.Post(at, body).Is(http.StatusCreated).Into(&got)
			if got.Type != typ || got.FieldType != field || (len(got.Options) == 2) != (typ == "enumeration" || typ == "bool") {
				t.Errorf("%s: %+v", kind, got)
			}
		}
		var user, sum wire.Property
		app.Post(at, size(m{"name": "buyer", "options": nil, "externalOptions": true, "referencedObjectType": "OWNER"})).Is(http.StatusCreated).Into(&user)
		if !user.ExternalOptions || user.ReferencedObjectType != "OWNER" || len(user.Options) != 0 {
			t.Errorf("a user is %+v", user)
		}
		app.Post(at, size(m{"name": "price", "options": nil, "type": "number", "fieldType": "number", "numberDisplayHint": "currency", "showCurrencySymbol": true})).Is(http.StatusCreated)
		app.Post(at, size(m{"name": "gross", "options": nil, "type": "number", "fieldType": "calculation_equation",
			"calculationFormula": "if is_known(price) then price * 1.21 else 0"})).Is(http.StatusCreated).Into(&sum)
		if !sum.Calculated || sum.CalculationFormula == "" || !sum.ModificationMetadata.ReadOnlyValue {
			t.Errorf("a calculation is %+v", sum)
		}
		app.Patch(at+"/gross", m{"calculationFormula": "price * 1.07"}).Is(http.StatusOK).Into(&sum)
		if sum.CalculationFormula != "price * 1.07" {
			t.Errorf("a calculation is %+v", sum)
		}
		app.Delete(at+"/price").Refused(http.StatusBadRequest, "PROPERTY_IN_USE")
	})
}

func TestRefusedProperties(t *testing.T) { // API-4: each bad field is named
	each(t, func(t *testing.T, app *gatetest.Client) {
		app.Post(at, size(nil)).Is(http.StatusCreated)
		for i, c := range []struct {
			change m
			field  string
		}{
			{m{"name": "Bad name"}, "name"}, {m{"name": "hs_mine"}, "name"}, {m{"label": " "}, "label"}, {m{"type": "json"}, "type"},
			{m{"fieldType": "text"}, "fieldType"}, {m{"fieldType": "calculation_score"}, "fieldType"}, {m{"groupName": "nowhere"}, "groupName"},
			{m{"groupName": ""}, "groupName"}, {m{"options": []m{}}, "options"}, {m{"options": []m{{"label": "", "value": "x"}}}, "options"},
			{m{"hasUniqueValue": true}, "hasUniqueValue"}, {m{"displayOrder": -7}, "displayOrder"}, {m{"dataSensitivity": "top"}, "dataSensitivity"},
			{m{"dateDisplayHint": "time_since"}, "dateDisplayHint"}, {m{"numberDisplayHint": "currency"}, "numberDisplayHint"},
			{m{"currencyPropertyName": "subject"}, "currencyPropertyName"}, {m{"referencedObjectType": "PLANET"}, "referencedObjectType"},
			{m{"type": "number", "fieldType": "calculation_equation", "calculationFormula": "1 +"}, "calculationFormula"},
			{m{"type": "number", "fieldType": "calculation_equation"}, "calculationFormula"},
			{m{"type": "bool", "fieldType": "booleancheckbox"}, "options"},
		} {
			if c.change["name"] == nil {
				c.change["name"] = fmt.Sprintf("bad%d", i)
			}
			a := app.Post(at, size(c.change)).Is(http.StatusBadRequest).Object()
			all, _ := a["errors"].([]any)
			if a["category"] != "VALIDATION_ERROR" || len(all) == 0 || all[0].(m)["in"] != c.field {
				t.Errorf("%v: %v", c.change, a)
			}
		}
		for _, missing := range []string{"name", "label", "type", "fieldType", "groupName"} {
			a := app.Post(at, size(m{missing: nil})).Is(http.StatusBadRequest).Object()
			if !strings.Contains(fmt.Sprint(a["message"]), "Some required fields were not set: ["+missing+"]") {
				t.Errorf("%s: %v", missing, a)
			}
		}
		for field, change := range map[string]m{"type": {"type": "number"}, "fieldType": {"fieldType": "checkbox"}, "groupName": {"groupName": ""}, "label": {"label": ""}} {
			a := app.Patch(at+"/size", change).Is(http.StatusBadRequest).Object()
			if a["errors"].([]any)[0].(m)["in"] != field {
				t.Errorf("%v: %v", change, a)
			}
		}
		app.Delete(at+"/subject").Refused(http.StatusBadRequest, "CANNOT_DELETE_BUILT_IN")
		app.Delete(at+"/nothing").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		app.Post(at, "no object").Is(http.StatusBadRequest)
	})
}

func TestBatchesOfProperties(t *testing.T) { // API-1: 207 where an input failed
	each(t, func(t *testing.T, app *gatetest.Client) {
		type answer struct {
			Status    string
			Results   []wire.Property
			NumErrors int
			Errors    []struct {
				Status, Category, Message string
				Context                   map[string][]string
			}
			StartedAt   string
			CompletedAt string
		}
		var got answer
		app.Post(at+"/batch/create", m{"inputs": []m{size(nil), size(m{"name": "weight"})}}).Is(http.StatusCreated).Into(&got)
		if got.Status != "COMPLETE" || len(got.Results) != 2 || got.NumErrors != 0 || got.StartedAt == "" || got.CompletedAt == "" {
			t.Errorf("made %+v", got)
		}
		got = answer{}
		app.Post(at+"/batch/create", m{"inputs": []m{size(nil), size(m{"name": "length"}), size(m{"name": "x", "type": "blob"})}}).Is(http.StatusMultiStatus).Into(&got)
		if len(got.Results) != 1 || got.NumErrors != 2 || got.Errors[0].Category != "OBJECT_ALREADY_EXISTS" || got.Errors[0].Context["name"][0] != "size" ||
			got.Errors[1].Category != "VALIDATION_ERROR" || got.Errors[0].Status != "error" {
			t.Errorf("made %+v", got)
		}
		got = answer{}
		app.Post(at+"/batch/read", m{"archived": false, "inputs": []m{{"name": "weight"}, {"name": "subject"}}}).Is(http.StatusOK).Into(&got)
		if len(got.Results) != 2 || got.Results[0].Name != "weight" {
			t.Errorf("read %+v", got)
		}
		got = answer{}
		app.Post(at+"/batch/read", m{"inputs": []m{{"name": "weight"}, {"name": "nothing"}}}).Is(http.StatusMultiStatus).Into(&got)
		if len(got.Results) != 1 || got.NumErrors != 1 || got.Errors[0].Category != "OBJECT_NOT_FOUND" || got.Errors[0].Context["name"][0] != "nothing" {
			t.Errorf("read %+v", got)
		}
		app.Post(at+"/batch/archive", m{"inputs": []m{{"name": "weight"}, {"name": "subject"}}}).Refused(http.StatusBadRequest, "CANNOT_DELETE_BUILT_IN")
		app.Get(at + "/weight").Is(http.StatusOK)
		app.Post(at+"/batch/archive", m{"inputs": []m{{"name": "weight"}, {"name": "size"}, {"name": "nothing"}}}).Is(http.StatusNoContent)
		app.Get(at + "/weight").Is(http.StatusNotFound)
		got = answer{}
		app.Post(at+"/batch/read", m{"archived": true, "inputs": []m{{"name": "weight"}}}).Is(http.StatusOK).Into(&got)
		if len(got.Results) != 1 || !got.Results[0].Archived {
			t.Errorf("read %+v", got)
		}
		many := make([]m, 101)
		for i := range many {
			many[i] = m{"name": "x"}
		}
		for _, route := range []string{"create", "read", "archive"} {
			app.Post(at+"/batch/"+route, m{"inputs": many}).Is(http.StatusBadRequest)
			app.Post(at+"/batch/"+route, m{}).Is(http.StatusBadRequest)
		}
		app.Post(at+"/batch/read", m{"inputs": []m{{}}}).Is(http.StatusBadRequest)
		app.Post("/crm/v3/properties/rockets/batch/create", m{"inputs": []m{size(nil)}}).Is(http.StatusBadRequest)
	})
}

func TestGroups(t *testing.T) { // PROP-2, API-1
	each(t, func(t *testing.T, app *gatetest.Client) {
		var g properties.Group
		app.Post(at+"/groups", m{"name": "shop", "label": "Shop", "displayOrder": 2}).Is(http.StatusCreated).Into(&g)
		if g != (properties.Group{Name: "shop", Label: "Shop", DisplayOrder: 2}) {
			t.Errorf("made %+v", g)
		}
		app.Post(at+"/groups", m{"name": "shop", "label": "Shop"}).Refused(http.StatusConflict, "OBJECT_ALREADY_EXISTS")
		for _, body := range []m{{}, {"name": "x"}, {"label": "X"}, {"name": "X y", "label": "X"}, {"name": "x", "label": ""}} {
			app.Post(at+"/groups", body).Is(http.StatusBadRequest)
		}
		app.Patch("/crm/properties/2026-03/tickets/groups/shop", m{"label": "Store"}).Is(http.StatusOK).Into(&g)
		app.Get(at + "/groups/shop?locale=en").Is(http.StatusOK).Into(&g)
		if g != (properties.Group{Name: "shop", Label: "Store", DisplayOrder: 2}) {
			t.Errorf("changed to %+v", g)
		}
		var all struct{ Results []properties.Group }
		app.Get(at + "/groups").Is(http.StatusOK).Into(&all)
		if !slices.Contains(all.Results, g) || all.Results[0].Name != "ticketinformation" {
			t.Errorf("all are %+v", all.Results)
		}
		app.Post(at, size(m{"groupName": "shop"})).Is(http.StatusCreated)
		app.Delete(at+"/groups/shop").Refused(http.StatusBadRequest, "GROUP_IN_USE")
		app.Patch(at+"/size", m{"groupName": "ticketinformation"}).Is(http.StatusOK)
		app.Delete(at + "/groups/shop").Is(http.StatusNoContent)
		for _, a := range []*gatetest.Answer{app.Get(at + "/groups/shop"), app.Delete(at + "/groups/shop"), app.Patch(at+"/groups/shop", m{"label": "x"})} {
			a.Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		}
	})
}

func TestValidationRules(t *testing.T) { // PROP-2, API-1
	const rules = "/crm/v3/property-validations/0-5"
	each(t, func(t *testing.T, app *gatetest.Client) {
		app.Post(at, size(m{"name": "code", "type": "string", "fieldType": "text", "options": nil})).Is(http.StatusCreated)
		app.Put(rules+"/code/rule-type/MAX_LENGTH", m{"ruleArguments": []string{"10"}}).Is(http.StatusNoContent)
		app.Put("/crm/property-validations/2026-09/0-5/code/rule-type/FORMAT", m{"ruleArguments": []string{"UPPER"}, "shouldApplyNormalization": true}).Is(http.StatusNoContent)
		app.Put(rules+"/code/rule-type/MAX_LENGTH", m{"ruleArguments": []string{"3"}}).Is(http.StatusNoContent)
		app.Put(rules+"/subject/rule-type/MIN_LENGTH", m{"ruleArguments": []string{"2"}}).Is(http.StatusNoContent)
		var one properties.Rule
		app.Get(rules + "/code/rule-type/FORMAT").Is(http.StatusOK).Into(&one)
		if one.RuleType != "FORMAT" || !one.Normalize || !slices.Equal(one.RuleArguments, []string{"UPPER"}) {
			t.Errorf("one is %+v", one)
		}
		var some struct{ Results []properties.Rule }
		app.Get(rules + "/code").Is(http.StatusOK).Into(&some)
		if len(some.Results) != 2 || some.Results[1].RuleArguments[0] != "3" {
			t.Errorf("of one property: %+v", some.Results)
		}
		var all struct{ Results []properties.Rules }
		app.Get(rules).Is(http.StatusOK).Into(&all)
		if len(all.Results) != 2 || all.Results[0].PropertyName != "subject" || all.Results[1].PropertyName != "code" {
			t.Errorf("all are %+v", all.Results)
		}
		for path, field := range map[string]string{"/code/rule-type/SPELLING": "ruleType", "/code/rule-type/DECIMAL": "ruleType", "/code/rule-type/REGEX": "ruleArguments"} {
			a := app.Put(rules+path, m{"ruleArguments": []string{"("}}).Is(http.StatusBadRequest).Object()
			if a["errors"].([]any)[0].(m)["in"] != field {
				t.Errorf("%s: %v", path, a)
			}
		}
		app.Put(rules+"/code/rule-type/REGEX", m{}).Is(http.StatusBadRequest)
		app.Put(rules+"/nothing/rule-type/REGEX", m{"ruleArguments": []string{"a"}}).Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		app.Get(rules+"/code/rule-type/REGEX").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
		app.Get(rules + "/code/rule-type/SPELLING").Is(http.StatusBadRequest)
		app.Get(rules+"/nothing").Refused(http.StatusNotFound, "OBJECT_NOT_FOUND")
	})
}

func TestWhoMayDefine(t *testing.T) { // ACC-8, ACC-10
	k := open(t, dbtest.Open(t, dbtest.SQLite(t)))
	reader := k.App("crm.objects.contacts.read")
	reader.Get("/crm/v3/properties/contacts").Is(http.StatusOK)
	reader.Post("/crm/v3/properties/contacts/batch/read", m{"inputs": []m{{"name": "email"}}}).Is(http.StatusOK)
	reader.Get(at).Is(http.StatusForbidden)
	reader.Post("/crm/v3/properties/contacts", size(m{"groupName": "contactinformation"})).Is(http.StatusForbidden)
	k.App("crm.schemas.contacts.write").Post("/crm/v3/properties/contacts", size(m{"groupName": "contactinformation"})).Is(http.StatusCreated)
	k.WalkTable()
}
