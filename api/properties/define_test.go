package properties_test

import (
	"net/http"
	"testing"

	"github.com/deskbell/deskbell/api/properties"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/id"
)

const (
	definitions = "/helpdesk/v1/property-definitions/tickets"
	groups      = "/helpdesk/v1/property-groups/tickets"
)

type m = map[string]any

func text(name string, more m) m {
	body := m{"name": name, "label": "Text", "type": "string"}
	for k, v := range more {
		body[k] = v
	}
	return body
}

func TestDefinitionsOverTheirLife(t *testing.T) { // PROP-1, PROP-2
	d := start(t)
	admin := d.Roles()["admin"]
	var made, got properties.Definition
	admin.Post(definitions, text("note", m{"fieldType": "textarea", "description": "What it is", "displayOrder": 3, "formField": true, "dataSensitivity": "sensitive",
		"rules": []m{{"type": "MAX_LENGTH", "arguments": []string{"5"}}}})).Is(http.StatusCreated).Into(&made)
	if made.FieldType != "textarea" || made.GroupName != "ticketinformation" || !made.Custom || made.ReadOnly || made.CreatedBy == nil || made.Sensitivity != "sensitive" ||
		len(made.Rules) != 1 || made.Progress != nil || made.CreatedAt == nil {
		t.Errorf("made %+v", made)
	}
	admin.Post(definitions, text("note", nil)).Refused(http.StatusConflict, "OBJECT_ALREADY_EXISTS")
	admin.Patch(definitions+"/note", m{"label": "Note", "rules": []m{}, "groupName": "desk_information"}).Is(http.StatusOK).Into(&got)
	if got.Label != "Note" || len(got.Rules) != 0 || got.GroupName != "desk_information" || got.Description != "What it is" || got.DisplayOrder != 3 {
		t.Errorf("changed %+v", got)
	}
	admin.Patch(definitions+"/nothing", m{"label": "x"}).Is(http.StatusNotFound)
	admin.Get(definitions + "/nothing").Is(http.StatusNotFound)
	admin.Patch(definitions+"/subject", m{"label": "Topic"}).Is(http.StatusOK).Into(&got)
	if got.Label != "Topic" || got.Custom {
		t.Errorf("a built-in one is %+v", got)
	}
	admin.Delete(definitions+"/subject").Refused(http.StatusBadRequest, "CANNOT_DELETE_BUILT_IN")
	admin.Delete(definitions + "/note").Is(http.StatusNoContent)
	var archived struct{ Results []properties.Definition }
	admin.Get(definitions + "?archived=true").Is(http.StatusOK).Into(&archived)
	if len(archived.Results) != 1 || archived.Results[0].Name != "note" || !archived.Results[0].Archived {
		t.Errorf("archived are %+v", archived.Results)
	}
	admin.Post(definitions, text("note", nil)).Is(http.StatusCreated)
	for field, body := range map[string]m{"label": {"label": ""}, "fieldType": {"fieldType": "html"}, "format": {"format": "currency"}, "groupName": {"groupName": "nowhere"}} {
		a := admin.Patch(definitions+"/note", body).Is(http.StatusBadRequest).Object()
		if a["errors"].([]any)[0].(m)["in"] != field {
			t.Errorf("%v: %v", body, a)
		}
	}
}

func TestComputedDefinitions(t *testing.T) { // PROP-1
	d := start(t)
	admin := d.Roles()["admin"]
	var got properties.Definition
	admin.Post(definitions, m{"name": "price", "label": "Price", "type": "number", "format": "currency"}).Is(http.StatusCreated)
	admin.Post(definitions, m{"name": "gross", "label": "Gross", "type": "number", "calculationFormula": "price * 1.21"}).Is(http.StatusCreated).Into(&got)
	if got.FieldType != "calculation_equation" || !got.ReadOnly || got.Progress == nil || got.Progress.Finished {
		t.Errorf("made %+v", got)
	}
	a := admin.Patch(definitions+"/gross", m{"calculationFormula": "price * prize"}).Is(http.StatusBadRequest).Object()
	if a["message"] != `There is no property "prize" (at character 9)` {
		t.Errorf("a wrong formula: %v", a)
	}
	filter := []m{{"filters": []m{{"propertyName": "hs_ticket_priority", "operator": "EQ", "value": "HIGH"}}}}
	admin.Post("/helpdesk/v1/property-definitions/companies", m{"name": "spent", "label": "Spent", "type": "number",
		"rollup": m{"of": "tickets", "how": "sum", "property": "price", "filterGroups": filter}}).Is(http.StatusCreated).Into(&got)
	if got.Rollup == nil || got.Rollup.How != "sum" || len(got.Rollup.Filter) != 1 || got.Rollup.Filter[0].Filters[0].Value != "HIGH" || got.FieldType != "calculation_rollup" {
		t.Errorf("made %+v", got.Rollup)
	}
	admin.Get("/helpdesk/v1/property-definitions/companies/spent").Is(http.StatusOK).Into(&got)
	if got.Progress == nil || got.Rollup == nil {
		t.Errorf("read %+v", got)
	}
	admin.Delete(definitions+"/price").Refused(http.StatusBadRequest, "PROPERTY_IN_USE")
}

func TestRenamingAnOption(t *testing.T) { // PROP-2
	d := start(t)
	admin := d.Roles()["admin"]
	var got properties.Definition
	admin.Post(definitions, m{"name": "size", "label": "Size", "type": "enumeration", "options": []m{{"label": "Small", "value": "s", "color": "blue"}}}).Is(http.StatusCreated)
	admin.Post(definitions+"/size/rename-option", m{"from": "s", "to": "xs"}).Is(http.StatusOK).Into(&got)
	if len(got.Options) != 1 || got.Options[0].Value != "xs" || got.Options[0].Color != "blue" || got.Progress == nil {
		t.Errorf("renamed %+v", got)
	}
	admin.Post(definitions+"/size/rename-option", m{"from": "xs", "to": "s"}).Refused(http.StatusConflict, "IN_PROGRESS")
	admin.Post(definitions+"/nothing/rename-option", m{"from": "xs", "to": "s"}).Is(http.StatusNotFound)
}

func TestGroupsOfProperties(t *testing.T) { // PROP-2
	d := start(t)
	admin := d.Roles()["admin"]
	var g properties.Group
	admin.Post(groups, m{"name": "shop", "label": "Shop"}).Is(http.StatusCreated).Into(&g)
	if g != (properties.Group{Name: "shop", Label: "Shop", DisplayOrder: -1, Custom: true}) {
		t.Errorf("made %+v", g)
	}
	admin.Patch(groups+"/shop", m{"displayOrder": 0}).Is(http.StatusOK).Into(&g)
	if g.Label != "Shop" || g.DisplayOrder != 0 {
		t.Errorf("changed %+v", g)
	}
	var all struct{ Results []properties.Group }
	admin.Get(groups).Is(http.StatusOK).Into(&all)
	if len(all.Results) < 5 || all.Results[0].Custom {
		t.Errorf("all are %+v", all.Results)
	}
	admin.Post(definitions, text("note", m{"groupName": "shop"})).Is(http.StatusCreated)
	admin.Delete(groups+"/shop").Refused(http.StatusBadRequest, "GROUP_IN_USE")
	admin.Delete(definitions + "/note").Is(http.StatusNoContent)
	admin.Delete(groups + "/shop").Is(http.StatusNoContent)
	admin.Patch(groups+"/shop", m{"label": "x"}).Is(http.StatusNotFound)
	admin.Delete(groups + "/ticketinformation").Is(http.StatusBadRequest)
}

// A property that one may not see is not offered, and one that one may not edit is read-only.
func TestFormsFollowAccess(t *testing.T) { // PROP-2
	d := start(t)
	admin := d.Roles()["admin"]
	sam, user := d.Agent("Tom Service")
	ann, _ := d.Agent("Ann Agent")
	only := m{"userIds": []string{id.Format(user.ID)}}
	admin.Post(definitions, text("secret", m{"access": m{"view": only}})).Is(http.StatusCreated)
	admin.Post(definitions, text("fixed", m{"access": m{"edit": only}})).Is(http.StatusCreated)
	for _, c := range []struct {
		name  string
		who   *gatetest.Client
		sees  bool
		edits bool
	}{{"the chosen one", sam, true, true}, {"another", ann, false, false}, {"a super admin", admin, true, true}} {
		seen := map[string]bool{}
		for _, p := range c.who.Get("/helpdesk/v1/properties/tickets").Is(200).Object()["results"].([]any) {
			if p := p.(m); p["name"] == "secret" || p["name"] == "fixed" {
				seen[p["name"].(string)] = p["readOnly"] == false
			}
		}
		if _, sees := seen["secret"]; sees != c.sees || seen["fixed"] != c.edits {
			t.Errorf("%s: %v", c.name, seen)
		}
	}
	var got properties.Definition
	admin.Get(definitions + "/secret").Is(http.StatusOK).Into(&got)
	if len(got.Access.View.Users) != 1 || len(got.Access.Edit.Users) != 0 {
		t.Errorf("access is %+v", got.Access)
	}
	admin.Patch(definitions+"/secret", m{"access": m{}}).Is(http.StatusOK)
	property(t, ann.Get("/helpdesk/v1/properties/tickets"), "secret")
	admin.Patch(definitions+"/subject", m{"access": m{"view": only}}).Is(http.StatusBadRequest)
}
