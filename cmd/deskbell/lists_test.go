package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

const listsV3 = "/crm/v3/lists"

// List makes a list and returns where it is.
func (d *desk) List(objectType, name string, more ...any) string {
	d.t.Helper()
	body := map[string]any{"objectTypeId": objectType, "name": name, "processingType": "MANUAL"}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	return listsV3 + "/" + d.Ask("POST", listsV3, body).Is(200).Get("list", "listId").(string)
}

// members are the ids of a list's members, and its size, in words.
func (d *desk) members(list string) string {
	d.t.Helper()
	var out []string
	for _, r := range d.Ask("GET", list+"/memberships", nil).Is(200).Get("results").([]any) {
		out = append(out, r.(map[string]any)["recordId"].(string))
	}
	if size := d.Ask("GET", list, nil).Is(200).Get("list", "size"); size != float64(len(out)) {
		d.t.Errorf("%s has the size %v and %d members", list, size, len(out))
	}
	return strings.Join(out, " ")
}

func TestListsOfEveryObjectType(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Ask("POST", "/crm/v3/schemas", map[string]any{"name": "car", "labels": map[string]any{"singular": "Car", "plural": "Cars"},
			"requiredProperties": []string{"plate"}, "primaryDisplayProperty": "plate",
			"properties": []any{map[string]any{"name": "plate", "label": "Plate", "type": "string", "fieldType": "text"}}, "associatedObjects": []string{}}).Is(201)
		for objectType, props := range map[string]map[string]any{
			"contacts": {"email": "ann@x.example"}, "companies": {"name": "Example"}, "deals": {"dealname": "Chairs", "dealstage": "appointmentscheduled", "pipeline": "default"},
			"tickets": {"subject": "Broken", "hs_pipeline_stage": "1"}, "car": {"plate": "AB-12"},
		} {
			one := d.made(objectType, props)
			list := d.List(objectType, "Mine")
			d.Ask("PUT", list+"/memberships/add", []string{one}).Is(200)
			if got := d.members(list); got != one {
				t.Errorf("%s: %s", objectType, got)
			}
			typeID := d.Ask("GET", list, nil).Get("list", "objectTypeId").(string)
			in := d.Ask("GET", listsV3+"/records/"+typeID+"/"+one+"/memberships", nil).Is(200)
			if in.Get("total") != 1.0 || listsV3+"/"+in.Get("results", 0, "listId").(string) != list {
				t.Errorf("%s: %s", objectType, in.Raw)
			}
		}
	})
}

func TestListsFollowWhatBecomesOfRecords(t *testing.T) { // REC-4, REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		var ids []string
		for i := range 5 {
			ids = append(ids, d.made("contacts", map[string]any{"email": fmt.Sprintf("c%d@x.example", i)}))
		}
		list, other := d.List("0-1", "All"), d.List("0-1", "One")
		d.Ask("PUT", list+"/memberships/add", ids).Is(200)
		d.Ask("PUT", other+"/memberships/add", ids[:1]).Is(200)
		check := func(when string, want, wantOther []string) {
			t.Helper()
			if got := d.members(list); got != strings.Join(want, " ") {
				t.Errorf("%s: the list holds %s, want %v", when, got, want)
			}
			if got := d.members(other); got != strings.Join(wantOther, " ") {
				t.Errorf("%s: the other holds %s, want %v", when, got, wantOther)
			}
		}
		d.Ask("DELETE", objects+"contacts/"+ids[4], nil).Is(204)
		check("archived", ids[:4], ids[:1])
		d.Ask("POST", objects+"contacts/batch/archive", map[string]any{"inputs": []any{map[string]any{"id": ids[3]}}}).Is(204)
		check("archived in a batch", ids[:3], ids[:1])
		d.Ask("POST", objects+"contacts/merge", map[string]any{"primaryObjectId": ids[1], "objectIdToMerge": ids[0]}).Is(200)
		check("merged", ids[1:3], ids[1:2])
		d.Ask("POST", objects+"contacts/gdpr-delete", map[string]any{"objectId": ids[1]}).Is(204)
		d.Settle()
		check("erased", ids[2:3], nil)
		d.Ask("PUT", other+"/memberships/add-from/"+strings.TrimPrefix(list, listsV3+"/"), nil).Is(204)
		check("added from the list", ids[2:3], ids[2:3])
		d.Ask("DELETE", list+"/memberships", nil).Is(204)
		check("emptied", nil, ids[2:3])
	})
}

func TestADeletedListIsGoneAfterNinetyDays(t *testing.T) { // REC-5
	eachDesk(t, func(t *testing.T, d *desk) {
		list := d.List("0-1", "Old")
		d.Ask("DELETE", list, nil).Is(204)
		d.Advance(89 * 24 * time.Hour)
		d.Ask("PUT", list+"/restore", nil).Is(204)
		d.Ask("DELETE", list, nil).Is(204)
		d.Advance(91 * 24 * time.Hour)
		d.Settle()
		d.Ask("PUT", list+"/restore", nil).Is(404)
	})
}

// A person changes lists with the permission for views, and sees the members that they see elsewhere.
func TestListsAsAPersonSeesThem(t *testing.T) { // ACC-3, ACC-5
	eachWalked(t, func(t *testing.T, w *walked) {
		list := w.List("tickets", "Everybody's")
		var all []string
		for _, n := range w.tickets {
			all = append(all, n)
		}
		w.Ask("PUT", list+"/memberships/add", all).Is(200)
		mia := w.enter(w.mia)
		got := mia.Ask("GET", list+"/memberships", nil).Is(200)
		if n := len(got.Get("results").([]any)); n != 1 || got.Get("results", 0, "recordId") != w.tickets["mine"] {
			t.Errorf("she sees %s", got.Raw)
		}
		if size := mia.Ask("GET", list, nil).Is(200).Get("list", "size"); size != 1.0 {
			t.Errorf("she counts %v", size)
		}
		another := w.tickets["another's"]
		mia.Ask("GET", listsV3+"/records/0-5/"+another+"/memberships", nil).Is(404)
		missing := mia.Ask("PUT", list+"/memberships/remove", []string{another, w.tickets["mine"]}).Is(200)
		if missing.Get("recordIdsMissing", 0) != another || missing.Get("recordIdsRemoved", 0) != w.tickets["mine"] {
			t.Errorf("she took out %s", missing.Raw)
		}
		slices.Sort(all)
		if got := w.members(list); len(strings.Fields(got)) != len(all)-1 || !strings.Contains(got, another) {
			t.Errorf("left are %s", got)
		}
	})
}

// anyOf is a tree of filters: the property is one of these values.
func anyOf(property string, values ...string) map[string]any {
	operation := map[string]any{"operationType": "MULTISTRING", "operator": "IS_EQUAL_TO", "values": values, "includeObjectsWithNoValueSet": false}
	and := map[string]any{"filterBranchType": "AND", "filterBranches": []any{}, "filters": []any{map[string]any{"filterType": "PROPERTY", "property": property, "operation": operation}}}
	return map[string]any{"filterBranchType": "OR", "filters": []any{}, "filterBranches": []any{and}}
}

// What happens to records is in a dynamic list at once, whoever did it: a mail, an app, a merge, the trash.
func TestADynamicListIsTrueAtOnce(t *testing.T) { // API-1, REC-4
	eachDesk(t, func(t *testing.T, d *desk) {
		list := d.List("0-5", "From Ann", "processingType", "DYNAMIC", "filterBranch", anyOf("subject", "Lamp", "Chair"))
		if got := d.members(list); got != "" {
			t.Errorf("before anything there is %s", got)
		}
		d.Mail("Ann <ann@x.example>", "Lamp", "It is broken.")
		lamp := d.Ask("POST", objects+"tickets/search", map[string]any{"limit": 1}).Is(200).Get("results", 0, "id").(string)
		if got := d.members(list); got != lamp {
			t.Errorf("after a mail there is %s, want %s", got, lamp)
		}
		table, chair := d.made("tickets", map[string]any{"subject": "Table", "hs_pipeline_stage": "1"}), d.made("tickets", map[string]any{"subject": "Chair", "hs_pipeline_stage": "1"})
		d.Ask("PATCH", objects+"tickets/"+table, map[string]any{"properties": map[string]any{"subject": "chair"}}).Is(200)
		if got, want := d.members(list), strings.Join([]string{lamp, table, chair}, " "); got != want {
			t.Errorf("after a change there is %s, want %s", got, want)
		}
		d.Ask("POST", objects+"tickets/merge", map[string]any{"primaryObjectId": table, "objectIdToMerge": lamp}).Is(200)
		d.Ask("DELETE", objects+"tickets/"+chair, nil).Is(204)
		if got := d.members(list); got != table {
			t.Errorf("after a merge and the trash there is %s, want %s", got, table)
		}
		in := d.Ask("GET", listsV3+"/records/tickets/"+lamp+"/memberships", nil).Is(200)
		if in.Get("total") != 1.0 {
			t.Errorf("by the id that was merged: %s", in.Raw)
		}
	})
}

// A snapshot keeps what there was, whatever comes later.
func TestASnapshotKeepsWhatThereWas(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		var ids []string
		for range 3 {
			ids = append(ids, d.made("companies", map[string]any{"name": "Example", "city": "Delft"}))
		}
		list := d.List("0-2", "In Delft", "processingType", "SNAPSHOT", "filterBranch", anyOf("city", "DELFT"))
		d.Settle()
		d.made("companies", map[string]any{"name": "Later", "city": "Delft"})
		d.Ask("PATCH", objects+"companies/"+ids[0], map[string]any{"properties": map[string]any{"city": "Ghent"}}).Is(200)
		if got := d.members(list); got != strings.Join(ids, " ") {
			t.Errorf("it holds %s, want %v", got, ids)
		}
		if got := d.Ask("GET", list, nil).Get("list", "processingStatus"); got != "COMPLETE" {
			t.Errorf("it is %v", got)
		}
		d.Ask("PUT", list+"/update-list-filters", map[string]any{"filterBranch": anyOf("city", "Ghent")}).Is(400)
		d.Ask("PUT", list+"/memberships/remove", ids[1:2]).Is(200)
		if got, want := d.members(list), ids[0]+" "+ids[2]; got != want {
			t.Errorf("it holds %s, want %s", got, want)
		}
	})
}
