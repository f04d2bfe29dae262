package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
)

// The signatures that HubSpot's own client for Node computes of these inputs.
func TestSignaturesAreThoseOfHubSpotsClient(t *testing.T) { // API-8
	body := []byte(`[{"eventId":1}]`)
	if got := signV1("a secret", body); got != "065d1aad1ad43b9abeafb2f5e265171d28621df7a4a98ff9679892bd4f9bea4d" {
		t.Errorf("v1 is %s", got)
	}
	if got := signV3("a secret", "POST", "https://example.org/in?a=1", body, "1793610000000"); got != "XwzDtyKbUinBWj9Wgm2RkZd6MQPcKiGXGJZONSiF6wg=" {
		t.Errorf("v3 is %s", got)
	}
}

func TestEachAttemptIsNumbered(t *testing.T) { // API-8
	d := Delivery{Events: 2, body: `{"eventId":1,"propertyValue":"a}"}` + "\n" + `{"eventId":2}`}
	for attempts := range 3 {
		d.Attempts = attempts
		var got []struct {
			EventID       int64
			AttemptNumber int
			PropertyValue string
		}
		if err := json.Unmarshal(d.numbered(), &got); err != nil || len(got) != 2 || got[0].PropertyValue != "a}" || got[1].EventID != 2 || got[1].AttemptNumber != attempts {
			t.Errorf("%s, %v", d.numbered(), err)
		}
	}
	d.Attempts = 3
	if shown := string(d.Body()); strings.Count(shown, `"attemptNumber":2`) != 2 {
		t.Errorf("the latest attempt was %s", shown)
	}
	d.Attempts = 0
	if shown := string(d.Body()); strings.Count(shown, `"attemptNumber":0`) != 2 {
		t.Errorf("the first attempt is to be %s", shown)
	}
}

// Whatever a value holds, a request is one JSON list with it.
func TestAnyValueSurvives(t *testing.T) { // API-8
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.String(), 1, 5).Draw(rt, "values")
		var lines []string
		for i, v := range values {
			raw, err := json.Marshal(payload{EventID: int64(i), PropertyName: "x", PropertyValue: &v})
			if err != nil {
				rt.Fatal(err)
			}
			lines = append(lines, string(raw))
		}
		d := Delivery{Events: len(values), body: strings.Join(lines, "\n")}
		var got []struct{ PropertyValue string }
		if err := json.Unmarshal(d.numbered(), &got); err != nil || len(got) != len(values) {
			rt.Fatalf("%s: %v", d.numbered(), err)
		}
		for i, v := range values {
			if got[i].PropertyValue != strings.ToValidUTF8(v, "\uFFFD") {
				rt.Fatalf("%q came out as %q", v, got[i].PropertyValue)
			}
		}
	})
}

// HubSpot's fields, and no other, in each sort of event.
func TestPayloads(t *testing.T) { // API-8
	empty, yes, no, three := "", true, false, 3
	base := payload{EventID: 1, SubscriptionID: 2, PortalID: 3, AppID: 4, OccurredAt: 5, ChangeSource: "CRM_UI", SourceID: "userId:6"}
	of := func(change func(p *payload)) payload {
		p := base
		change(&p)
		return p
	}
	for want, p := range map[string]payload{
		`"subscriptionType":"ticket.creation","objectId":7,"changeSource":"CRM_UI","sourceId":"userId:6","changeFlag":"CREATED"}`: of(func(p *payload) {
			p.SubscriptionType, p.ObjectID, p.ChangeFlag = "ticket.creation", 7, "CREATED"
		}),
		`"subscriptionType":"ticket.propertyChange","objectId":7,"changeSource":"CRM_UI","sourceId":"userId:6","propertyName":"subject","propertyValue":""}`: of(func(p *payload) {
			p.SubscriptionType, p.ObjectID, p.PropertyName, p.PropertyValue = "ticket.propertyChange", 7, "subject", &empty
		}),
		`"subscriptionType":"object.deletion","objectTypeId":"2-7","objectId":7,"changeSource":"CRM_UI","sourceId":"userId:6","changeFlag":"DELETED"}`: of(func(p *payload) {
			p.SubscriptionType, p.ObjectTypeID, p.ObjectID, p.ChangeFlag = "object.deletion", "2-7", 7, "DELETED"
		}),
		`"subscriptionType":"conversation.newMessage","objectId":7,"changeSource":"CRM_UI","sourceId":"userId:6","changeFlag":"NEW_MESSAGE","messageId":"8","messageType":"MESSAGE"}`: of(func(p *payload) {
			p.SubscriptionType, p.ObjectID, p.ChangeFlag, p.MessageID, p.MessageType = "conversation.newMessage", 7, "NEW_MESSAGE", "8", "MESSAGE"
		}),
		`"subscriptionType":"contact.merge","objectId":7,"changeSource":"CRM_UI","sourceId":"userId:6","changeFlag":"MERGED","primaryObjectId":7,"mergedObjectIds":[8],"newObjectId":7,"numberOfPropertiesMoved":3}`: of(func(p *payload) {
			p.SubscriptionType, p.ObjectID, p.ChangeFlag, p.PrimaryObjectID, p.MergedObjectIDs, p.NewObjectID, p.NumberOfPropertiesMoved = "contact.merge", 7, "MERGED", 7, []int64{8}, 7, &three
		}),
		`"subscriptionType":"contact.associationChange","changeSource":"CRM_UI","sourceId":"userId:6","fromObjectId":7,"fromObjectTypeId":"0-1","toObjectId":8,"toObjectTypeId":"0-2","associationType":"CONTACT_TO_COMPANY","associationTypeId":279,"associationCategory":"HUBSPOT_DEFINED","associationRemoved":false,"isPrimaryAssociation":true}`: of(func(p *payload) {
			p.SubscriptionType, p.FromObjectID, p.FromObjectTypeID, p.ToObjectID, p.ToObjectTypeID = "contact.associationChange", 7, "0-1", 8, "0-2"
			p.AssociationType, p.AssociationTypeID, p.AssociationCategory, p.AssociationRemoved, p.IsPrimaryAssociation = "CONTACT_TO_COMPANY", 279, "HUBSPOT_DEFINED", &no, &yes
		}),
	} {
		raw, err := json.Marshal(p)
		if want = `{"eventId":1,"subscriptionId":2,"portalId":3,"appId":4,"occurredAt":5,` + want; err != nil || string(raw) != want {
			t.Errorf("%s, want\n%s, %v", raw, want, err)
		}
	}
}

func TestRecordsAreSpreadOverLanes(t *testing.T) { // API-8
	used := map[int]int{}
	for n := range int64(1600) {
		lane := laneOf("ticket.creation", 172912803840000+n)
		if lane < 0 || lane >= lanes || lane != laneOf("ticket.propertyChange", 172912803840000+n) {
			t.Fatalf("%d is in lane %d", n, lane)
		}
		used[lane]++
	}
	for lane := range lanes {
		if used[lane] < 50 || used[lane] > 200 {
			t.Errorf("lane %d has %d of 1600", lane, used[lane])
		}
	}
}

func TestWaitsGrow(t *testing.T) { // API-8
	var all time.Duration
	n := 0
	for all < patience {
		n++
		step := backoff(n)
		if step < backoff(n-1) || step > 2*time.Hour {
			t.Errorf("after %d failures it waits %s", n, step)
		}
		all += step
	}
	if n < 15 || n > 50 || n >= attemptsMost {
		t.Errorf("%d attempts in three days", n)
	}
}

func TestWhatWentWrongInPlainWords(t *testing.T) { // API-8
	for want, err := range map[string]error{
		"It took too long to answer.": &url.Error{Op: "Post", URL: "https://x.example", Err: context.DeadlineExceeded},
		"The address leads into a private network, or to a port that is not for the web. Whoever runs the server can allow it.": &url.Error{Op: "Post", URL: "https://x.example",
			Err: &net.OpError{Op: "dial", Err: fmt.Errorf("tcp 10.0.0.1:80: %w", outbound.ErrInside)}},
		"connection refused":        &url.Error{Op: "Post", URL: "https://x.example", Err: errors.New("connection refused")},
		"something \uFFFD happened": errors.New("something \x00 happened"),
	} {
		if got := plain(err); got != want {
			t.Errorf("%v is told as %q, want %q", err, got, want)
		}
	}
	if got := clean([]byte(strings.Repeat("ü", 2000))); len(got) > answerMost+3 || !strings.HasPrefix(got, "üü") {
		t.Errorf("%d bytes of an answer", len(got))
	}
}

func TestEventsAreCountedForPeople(t *testing.T) {
	for want, list := range map[string][]string{"": nil, "a": {"a"}, "a ×2": {"a", "a"}, "b, a ×3": {"b", "a", "a", "a"}} {
		if got := counted(list); got != want {
			t.Errorf("%v: %s, want %s", list, got, want)
		}
	}
	if got := names([]Subscription{{EventType: "a.creation"}, {EventType: "a.propertyChange", Property: "x"}, {EventType: "object.creation", ObjectTypeID: "2-7"}}); got !=
		"a.creation a.propertyChange:x object.creation:2-7" {
		t.Errorf("in short: %s", got)
	}
}

// Every type that HubSpot's client for Node knows can be subscribed to.
func TestAllOfHubSpotsEventTypes(t *testing.T) { // API-8
	known := EventTypes()
	for _, object := range []string{"contact", "company", "deal", "ticket", "product", "line_item", "object"} {
		for _, what := range []string{"creation", "deletion", "propertyChange", "merge", "restore", "associationChange"} {
			if has := slices.Contains(known, object+"."+what); has != (object != "product" || what != "associationChange") {
				t.Errorf("%s.%s: %v", object, what, has)
			}
		}
	}
	for _, more := range []string{"contact.privacyDeletion", "conversation.creation", "conversation.deletion", "conversation.newMessage", "conversation.privacyDeletion",
		"conversation.propertyChange"} {
		if !slices.Contains(known, more) {
			t.Errorf("%s is missing", more)
		}
	}
	if len(known) != 41+6 {
		t.Errorf("%d types", len(known))
	}
}

func TestScopesOfAppsBoundWhatTheyAreTold(t *testing.T) { // ACC-8
	for _, c := range []struct {
		scope, eventType, objectType string
		want                         bool
	}{
		{"tickets", "ticket.creation", "", true}, {"tickets", "contact.creation", "", false}, {"tickets", "object.creation", "0-5", true}, {"tickets", "object.creation", "2-7", false},
		{"crm.objects.contacts.read", "contact.merge", "", true}, {"crm.objects.contacts.read", "company.merge", "", false}, {"crm.objects.companies.read", "company.merge", "", true},
		{"crm.objects.custom.read", "object.creation", "2-7", true}, {"crm.objects.custom.read", "object.creation", "0-1", false},
		{"conversations.read", "conversation.newMessage", "", true}, {"tickets", "conversation.newMessage", "", false},
	} {
		by := people.LimitedApp(1, "Sync", []string{c.scope})
		if got := reads(by, Subscription{EventType: c.eventType, ObjectTypeID: c.objectType}); got != c.want {
			t.Errorf("%s may read %s %s: %v", c.scope, c.eventType, c.objectType, got)
		}
	}
	if !reads(people.System, Subscription{EventType: "deal.creation"}) {
		t.Error("an admin's webhook is told of all")
	}
}

func TestSubjectsOfAType(t *testing.T) { // API-8
	if got := subjects(property.ObjectType{Singular: "ticket", TypeID: "0-5"}, creation); got != [2]subject{{"ticket.creation", ""}, {"object.creation", "0-5"}} {
		t.Errorf("%v", got)
	}
}

// What runs for each event and each request is found by an index, however much is queued or logged.
func TestHotStatementsUseTheirIndexes(t *testing.T) { // PERF-2
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		const rows = 5000
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for n := range int64(rows) {
				tx.StoreLast(insertQueue, 1+n%3, n%lanes, n+1, "ticket.creation", "{}")
				state := Delivered
				if n%500 == 0 {
					state = Failed
				}
				if err := (Delivery{ID: n + 1, Endpoint: 1 + n%3, lane: int(n % lanes), State: state, Created: tx.Now}).insert(tx); err != nil {
					return err
				}
			}
			return nil
		})
		dbtest.Do(t, d, func(tx *db.Tx) error {
			_, err := tx.Exec("ANALYZE")
			return err
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			for name, c := range map[string]struct {
				query string
				args  []any
			}{
				"heads":   {selectHeads, []any{lanes - 1, int64(1)}},
				"queue":   {selectQueue, []any{int64(1), 3, batchMost}},
				"one":     {selectWhole + " WHERE id = $1", []any{int64(7)}},
				"log":     {selectLog + " WHERE endpoint_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", []any{int64(1), int64(1) << 50, 50}},
				"failed":  {selectLog + " WHERE endpoint_id = $1 AND id < $2 AND state = 'failed' ORDER BY id DESC LIMIT $3", []any{int64(1), int64(1) << 50, 50}},
				"waiting": {selectLog + " WHERE endpoint_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2", []any{int64(1), waitingMost}},
				"lanes":   {"SELECT lane FROM webhook_deliveries WHERE endpoint_id = $1 AND state = 'waiting' AND lane >= 0", []any{int64(1)}},
			} {
				plan, err := tx.Explain(c.query, c.args...)
				if err != nil {
					return err
				}
				for _, table := range []string{"webhook_queue", "webhook_deliveries"} {
					if strings.Contains(plan, "Seq Scan on "+table) || strings.Contains(plan, "SCAN "+table) || strings.Contains(plan, "SCAN q\n") {
						t.Errorf("%s reads all of %s:\n%s", name, table, plan)
					}
				}
			}
			return nil
		})
	})
}
