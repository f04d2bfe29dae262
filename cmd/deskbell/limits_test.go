package main

import (
	"fmt"
	"net/http"
	"testing"
)

// ofType is the entry of an object type in a list.
func ofType(a answer, typeID string, path ...any) map[string]any {
	a.t.Helper()
	for _, one := range a.Get(path...).([]any) {
		if m := one.(map[string]any); m["objectTypeId"] == typeID {
			return m
		}
	}
	a.t.Fatalf("no %s in %s", typeID, a.Raw)
	return nil
}

func TestLimitsAreTracked(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		const limits = "/crm/v3/limits/"
		for i := range 3 {
			d.Ask("POST", objects+"tickets", newTicket(fmt.Sprint("Lamp ", i))).Is(http.StatusCreated)
		}
		d.Ask("POST", objects+"contacts", `{"properties":{"email":"ann@example.org"}}`).Is(http.StatusCreated)
		records := d.Ask("GET", limits+"records", nil).Is(http.StatusOK)
		if got := ofType(records, "0-5", "hubspotDefinedObjectTypes"); got["usage"] != 3.0 || got["pluralLabel"] != "Tickets" || got["limit"] != 2147483647.0 {
			t.Errorf("the tickets are %v", got)
		}
		if got := ofType(records, "0-1", "hubspotDefinedObjectTypes"); got["usage"] != 1.0 || records.Get("customObjectTypes", "overallUsage") != 0.0 {
			t.Errorf("the contacts are %v in %s", got, records.Raw)
		}
		d.Ask("GET", "/crm/limits/2026-03/records/", nil).Is(http.StatusOK)

		d.Ask("POST", "/crm/v3/properties/tickets", `{"name":"colour","label":"Colour","type":"string","fieldType":"text","groupName":"ticketinformation"}`).Is(http.StatusCreated)
		props := d.Ask("GET", limits+"custom-properties", nil).Is(http.StatusOK)
		if got := ofType(props, "0-5", "byObjectType"); got["usage"] != 1.0 || got["limit"] != 1000.0 || got["percentage"] != 0.1 || props.Get("overallUsage") != 1.0 {
			t.Errorf("the properties are %v in %s", got, props.Raw)
		}
		if got := d.Ask("GET", limits+"calculated-properties", nil).Is(http.StatusOK); got.Get("overallUsage") != 0.0 {
			t.Errorf("the calculated ones are %s", got.Raw)
		}
		lines := d.Ask("GET", limits+"pipelines", nil).Is(http.StatusOK)
		if got := ofType(lines, "0-5", "hubspotDefinedObjectTypes"); got["usage"] != 1.0 || got["limit"] != 100.0 {
			t.Errorf("the pipelines are %v", got)
		}
		if got := d.Ask("GET", limits+"custom-object-types", nil).Is(http.StatusOK); got.Get("usage") != 0.0 {
			t.Errorf("the object types are %s", got.Raw)
		}
	})
}

func TestLimitsOfAssociations(t *testing.T) { // API-1, REC-1
	eachDesk(t, func(t *testing.T, d *desk) {
		const limits = "/crm/v3/limits/associations/"
		d.Ask("POST", "/crm/v4/associations/tickets/contacts/labels", `{"name":"payer","label":"Payer"}`).Is(http.StatusOK)
		labels := d.Ask("GET", limits+"labels?fromObjectTypeId=0-5&toObjectTypeId=0-1", nil).Is(http.StatusOK)
		if fmt.Sprint(labels.Get("results", 0, "allLabels")) != "[Requester CC Payer]" || labels.Get("results", 0, "usage") != 3.0 || labels.Get("results", 0, "limit") != 50.0 ||
			labels.Get("results", 0, "toObjectType", "pluralLabel") != "Contacts" {
			t.Errorf("the labels are %s", labels.Raw)
		}
		if got := d.Ask("GET", limits+"labels?fromObjectTypeId=0-3", nil).Is(http.StatusOK); len(got.Get("results").([]any)) != 0 {
			t.Errorf("of deals: %s", got.Raw)
		}
		ticket := d.Ask("POST", objects+"tickets", newTicket("Lamp")).Is(http.StatusCreated).Get("id").(string)
		for i := range 2 {
			contact := d.Ask("POST", objects+"contacts", fmt.Sprintf(`{"properties":{"email":"ann%d@example.org"}}`, i)).Is(http.StatusCreated).Get("id").(string)
			d.Ask("PUT", "/crm/v4/objects/tickets/"+ticket+"/associations/default/contacts/"+contact, nil).Is(http.StatusOK)
		}
		if got := d.Ask("GET", limits+"records/from", nil).Is(http.StatusOK); len(got.Get("results").([]any)) != 0 {
			t.Errorf("without a limit: %s", got.Raw)
		}
		d.Ask("POST", "/crm/associations/v4/definitions/configurations/tickets/contacts/batch/create",
			`{"inputs":[{"category":"HUBSPOT_DEFINED","typeId":16,"maxToObjectIds":2}]}`).Is(http.StatusCreated)
		for _, path := range []string{"records/from", "records/0-5/to"} {
			if got := d.Ask("GET", limits+path, nil).Is(http.StatusOK); got.Get("results", 0, "hasRecordsAtLimit") != true || got.Get("results", 0, "hasRecordsNearLimit") != false {
				t.Errorf("%s: %s", path, got.Raw)
			}
		}
		between := d.Ask("GET", limits+"records/0-5/0-1", nil).Is(http.StatusOK)
		if between.Get("limit") != 2.0 || between.Get("totalRecordsAtLimit") != 1.0 || between.Get("atLimitFromRecordSamples", 0, "label") != "Lamp" {
			t.Errorf("the ticket is %s", between.Raw)
		}
		d.Ask("GET", limits+"records/0-5/spaceships", nil).Is(http.StatusBadRequest)
	})
}
