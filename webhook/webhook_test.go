package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/webhook"
)

func TestWhatHappensIsToldInHubSpotsForm(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, secret := w.hook("contact.creation", "contact.propertyChange:firstname", "contact.deletion", "contact.restore")
		n := w.contact("eve@example.org", "firstname", "Eve", "lastname", "Moss")
		w.change(n, "firstname", "Eva")
		w.change(n, "lastname", "Marsh") // nobody asked for it
		w.do(func(tx *db.Tx) error { return w.records.Archive(tx, ann, "contacts", n) })
		w.do(func(tx *db.Tx) error { return w.records.Restore(tx, ann, "contacts", n) })
		w.settle()
		if got := w.take(); len(got) != 0 {
			t.Fatalf("told before others could join: %d requests", len(got))
		}
		w.pass(time.Second)
		got := w.take()
		if len(got) != 1 {
			t.Fatalf("%d requests", len(got))
		}
		want := "contact.creation contact.propertyChange contact.propertyChange contact.deletion contact.restore"
		if types := field(got[0].events, "subscriptionType"); types != want {
			t.Fatalf("told of %s", types)
		}
		ids := field(got[0].events, "eventId")
		if distinct := strings.Fields(ids); len(slices.Compact(slices.Sorted(slices.Values(distinct)))) != 5 || !slices.IsSorted(distinct) {
			t.Errorf("event ids %s", ids)
		}
		first, second := got[0].events[0], got[0].events[2]
		for name, want := range map[string]any{"portalId": w.portal(), "appId": hook.ID, "occurredAt": dbtest.Start.UnixMilli(), "attemptNumber": 0, "objectId": n,
			"changeSource": "CRM_UI", "sourceId": "userId:77", "changeFlag": "CREATED", "propertyName": nil} {
			if fmt.Sprint(first[name]) != fmt.Sprint(want) {
				t.Errorf("%s is %v, want %v", name, first[name], want)
			}
		}
		if second["propertyName"] != "firstname" || second["propertyValue"] != "Eva" || second["changeFlag"] != nil {
			t.Errorf("a changed property is %v", second)
		}
		signed(t, w, got[0], secret)
	})
}

// signed checks a request's signatures as HubSpot's clients do.
func signed(t *testing.T, w *world, r request, secret string) {
	t.Helper()
	v1 := sha256.Sum256([]byte(secret + string(r.body)))
	if r.header.Get("X-HubSpot-Signature") != hex.EncodeToString(v1[:]) || r.header.Get("X-HubSpot-Signature-Version") != "v1" {
		t.Errorf("v1: %v", r.header)
	}
	at := fmt.Sprint(w.clock.Now().UnixMilli())
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("POST" + w.at + "/in?a=1&b=%20" + string(r.body) + at))
	if r.header.Get("X-HubSpot-Signature-v3") != base64.StdEncoding.EncodeToString(mac.Sum(nil)) || r.header.Get("X-HubSpot-Request-Timestamp") != at {
		t.Errorf("v3: %v", r.header)
	}
	if r.header.Get("Content-Type") != "application/json;charset=utf-8" || r.header.Get("X-Deskbell-Delivery") == "" || r.header.Get("Content-Encoding") != "" {
		t.Errorf("headers %v", r.header)
	}
}

func TestMergesAndRelations(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		w.do(func(tx *db.Tx) error {
			_, _, err := w.hooks.Add(tx, people.System, webhook.Endpoint{Name: "Sync", URL: w.at},
				append(events("contact.merge", "contact.deletion", "contact.associationChange", "company.associationChange"),
					webhook.Subscription{EventType: "object.creation", ObjectTypeID: "0-2"}), "")
			return err
		})
		a, b := w.contact("a@example.org"), w.contact("b@example.org", "lastname", "Bee")
		var company int64
		w.do(func(tx *db.Tx) error {
			r, err := w.records.Create(tx, ann, "companies", record.Input{Properties: map[string]string{"name": "Moss"}, Links: []record.Link{{ToType: "contacts", ToID: a}}})
			company = r.ID
			return err
		})
		w.do(func(tx *db.Tx) error {
			return w.records.Dissociate(tx, ann, record.Link{FromType: "contacts", FromID: a, ToType: "companies", ToID: company})
		})
		w.do(func(tx *db.Tx) error { _, err := w.merges.Merge(tx, ann, "contacts", a, b); return err })
		w.pass(time.Second)
		all := told(w.take())
		of := func(kind string) (out []map[string]any) {
			for _, e := range all {
				if e["subscriptionType"] == kind {
					out = append(out, e)
				}
			}
			return out
		}
		if made := of("object.creation"); len(made) != 1 || made[0]["objectTypeId"] != "0-2" || fmt.Sprint(made[0]["objectId"]) != fmt.Sprint(company) {
			t.Errorf("creations of any object: %v", made)
		}
		near, far := of("contact.associationChange"), of("company.associationChange")
		if field(near, "associationRemoved") != "false true" || field(far, "associationRemoved") != "false true" || field(near, "associationType") != "CONTACT_TO_COMPANY CONTACT_TO_COMPANY" ||
			field(far, "associationType") != "COMPANY_TO_CONTACT COMPANY_TO_CONTACT" {
			t.Fatalf("relations: %v and %v", near, far)
		}
		if fmt.Sprintln(near[0]["fromObjectId"], near[0]["toObjectId"], far[0]["fromObjectId"], far[0]["toObjectId"]) != fmt.Sprintln(a, company, company, a) {
			t.Errorf("relations: %v and %v", near, far)
		}
		if merged := of("contact.merge"); len(merged) != 1 || fmt.Sprintln(merged[0]["primaryObjectId"], merged[0]["newObjectId"], merged[0]["mergedObjectIds"]) !=
			fmt.Sprintf("%d %d [%d]\n", a, a, b) || fmt.Sprint(merged[0]["numberOfPropertiesMoved"]) == "0" {
			t.Errorf("merges: %v", merged)
		}
		if gone := of("contact.deletion"); len(gone) != 0 {
			t.Errorf("a merged record was told of as deleted: %v", gone)
		}
	})
}

func TestNothingIsToldOfWhatWasTakenBack(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		w.hook("contact.creation")
		no := errs.New(errs.Invalid, "no", nil)
		err := w.Write(ctx, func(tx *db.Tx) error {
			if _, err := w.records.Create(tx, ann, "contacts", record.Input{Properties: map[string]string{"email": "x@example.org"}}); err != nil {
				return err
			}
			return no
		})
		w.pass(time.Minute)
		if got := w.take(); !errs.Is(err, errs.Invalid) || len(got) != 0 {
			t.Errorf("%v; %d requests", err, len(got))
		}
	})
}

// What happens to one record comes in order, whatever fails between; other records do not wait for it.
func TestOrderOfARecordAndRetries(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.propertyChange:firstname")
		n := w.contact("eve@example.org")
		w.set(func(i int, rw http.ResponseWriter) {
			if i < 3 {
				status(500)(i, rw)
			}
		})
		for i := range 5 {
			w.change(n, "firstname", fmt.Sprint("v", i))
			w.pass(time.Second)
		}
		w.pass(10 * time.Minute)
		got := w.take()
		if len(got) < 4 {
			t.Fatalf("%d requests", len(got))
		}
		for i, r := range got[:4] {
			if field(r.events, "propertyValue") != "v0" || field(r.events, "attemptNumber") != fmt.Sprint(i) || r.header.Get("X-Deskbell-Delivery") != got[0].header.Get("X-Deskbell-Delivery") ||
				field(r.events, "eventId") != field(got[0].events, "eventId") {
				t.Errorf("attempt %d: %s", i, r.body)
			}
		}
		if rest := field(told(got[4:]), "propertyValue"); rest != "v1 v2 v3 v4" || len(got) != 5 {
			t.Errorf("the rest came as %s in %d requests", rest, len(got)-4)
		}
		log := w.log(hook.ID)
		if len(log) != 2 || log[0].State != webhook.Delivered || log[0].Attempts != 4 || log[0].Status != 200 || log[1].Events != 4 || log[1].Types != "contact.propertyChange ×4" {
			t.Errorf("the log is %+v", log)
		}
		if e := w.get(hook.ID); !e.FailingSince.IsZero() {
			t.Errorf("failing since %s", e.FailingSince)
		}
	})
}

func TestManyEventsGoTogether(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		w.hook("contact.creation")
		const all = 250
		w.do(func(tx *db.Tx) error {
			for i := range all {
				if _, err := w.records.Create(tx, ann, "contacts", record.Input{Properties: map[string]string{"email": fmt.Sprintf("c%d@example.org", i)}}); err != nil {
					return err
				}
			}
			return nil
		})
		w.pass(2 * time.Second)
		got := w.take()
		seen := map[string]bool{}
		for _, id := range strings.Fields(field(told(got), "objectId")) {
			seen[id] = true
		}
		if len(seen) != all || len(got) > 40 {
			t.Errorf("%d records in %d requests", len(seen), len(got))
		}
		w.pass(time.Hour)
		if again := w.take(); len(again) != 0 {
			t.Errorf("%d requests more", len(again))
		}
	})
}

func TestARequestOfABusyLaneIsBounded(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		w.hook("contact.propertyChange:firstname")
		n := w.contact("eve@example.org")
		for i := range 230 {
			w.change(n, "firstname", fmt.Sprint("v", i))
		}
		w.pass(2 * time.Second)
		got := w.take()
		var sizes []int
		for _, r := range got {
			sizes = append(sizes, len(r.events))
		}
		if !slices.Equal(sizes, []int{100, 100, 30}) {
			t.Errorf("requests of %v events", sizes)
		}
		if values := strings.Fields(field(told(got), "propertyValue")); values[0] != "v0" || values[100] != "v100" || values[229] != "v229" {
			t.Errorf("in the order %v", values)
		}
	})
}

// The process ends between sending and keeping that it was sent: the same comes again, and can be told by its ids.
func TestACrashSendsTheSameAgain(t *testing.T) { // API-8
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		c := &caller{Caller: outbound.New(local), crash: true}
		w := open(t, cfg, c)
		w.hook("contact.creation")
		w.contact("eve@example.org")
		w.pass(time.Second)
		first := w.take()
		c.crash = false
		w.pass(time.Minute)
		second := w.take()
		if len(first) != 1 || len(second) != 1 || string(first[0].body) != string(second[0].body) ||
			first[0].header.Get("X-Deskbell-Delivery") != second[0].header.Get("X-Deskbell-Delivery") {
			t.Fatalf("%d, then %d requests", len(first), len(second))
		}
		w.pass(time.Hour)
		if more := w.take(); len(more) != 0 {
			t.Errorf("%d requests more", len(more))
		}
	})
}

func TestAnEndpointThatFailsForThreeDaysIsPaused(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		w.set(status(503))
		for i := range 20 { // many records: all lanes
			w.contact(fmt.Sprintf("c%d@example.org", i))
		}
		w.pass(2*24*time.Hour + 23*time.Hour)
		if e := w.get(hook.ID); e.State != webhook.Active || e.FailingSince.IsZero() {
			t.Errorf("after less than three days: %+v", e)
		}
		tries := len(w.take())
		w.pass(10 * time.Hour)
		e := w.get(hook.ID)
		if e.State != webhook.Paused || e.PausedWhy != "It took nothing for three days." || !slices.Equal(w.paused, []string{"Sync: It took nothing for three days."}) {
			t.Errorf("%+v; told %q", e, w.paused)
		}
		if tries < 15 || tries > 300 {
			t.Errorf("tried %d times", tries)
		}
		log := w.log(hook.ID)
		if log[0].State == webhook.Delivered || log[0].Status != 503 || log[0].Answer != "no \uFFFD thanks" {
			t.Errorf("the log begins with %+v", log[0])
		}
		w.take()
		w.contact("late@example.org")
		w.pass(time.Hour)
		if got := w.take(); len(got) != 0 {
			t.Errorf("%d requests while it is paused", len(got))
		}
		w.set(nil)
		w.do(func(tx *db.Tx) error { _, err := w.hooks.Resume(tx, people.System, hook.ID); return err })
		w.pass(time.Minute)
		w.do(func(tx *db.Tx) error { return w.hooks.Replay(tx, people.System, hook.ID, webhook.Replay{Failed: true}) })
		w.pass(time.Minute)
		seen := map[string]int{}
		for _, id := range strings.Fields(field(told(w.take()), "objectId")) {
			seen[id]++
		}
		if len(seen) != 21 {
			t.Errorf("%d of 21 records were told of in the end", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s was told of %d times", id, n)
			}
		}
	})
}

func TestGoneIsTakenAtItsWord(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		w.set(status(http.StatusGone))
		w.contact("eve@example.org")
		w.pass(2 * time.Hour)
		if e, got := w.get(hook.ID), w.take(); e.State != webhook.Paused || len(got) != 1 || len(w.paused) != 1 {
			t.Errorf("%+v after %d requests; told %q", e, len(got), w.paused)
		}
	})
}

func TestPausedByHand(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		w.do(func(tx *db.Tx) error { _, err := w.hooks.Pause(tx, ann, hook.ID); return err })
		w.contact("eve@example.org")
		w.pass(time.Hour)
		if got := w.take(); len(got) != 0 || len(w.paused) != 0 {
			t.Fatalf("%d requests while it is paused; told %q", len(got), w.paused)
		}
		w.do(func(tx *db.Tx) error { _, err := w.hooks.Resume(tx, ann, hook.ID); return err })
		w.settle()
		if got := w.take(); len(got) != 1 {
			t.Fatalf("%d requests when it goes on", len(got))
		}
		w.do(func(tx *db.Tx) error { _, err := w.hooks.Pause(tx, ann, hook.ID); return err })
		w.contact("fay@example.org")
		w.pass(4 * 24 * time.Hour)
		log := w.log(hook.ID)
		if last := log[len(log)-1]; last.State != webhook.Failed || last.Error != "It was paused for three days." {
			t.Errorf("what waited too long is %+v", last)
		}
	})
}

func TestReplay(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		var made []int64
		for i := range 3 {
			made = append(made, w.contact(fmt.Sprintf("c%d@example.org", i)))
			w.pass(time.Minute)
		}
		first := w.take()
		log := w.log(hook.ID)
		w.do(func(tx *db.Tx) error {
			return w.hooks.Replay(tx, people.System, hook.ID, webhook.Replay{IDs: []int64{log[1].ID}})
		})
		w.settle()
		got := w.take()
		if len(got) != 1 || field(got[0].events, "objectId") != fmt.Sprint(made[1]) || field(got[0].events, "eventId") != field(first[1].events, "eventId") ||
			got[0].header.Get("X-Deskbell-Delivery") == first[1].header.Get("X-Deskbell-Delivery") {
			t.Fatalf("one: %+v", got)
		}
		from := dbtest.Start.Add(30 * time.Second)
		w.do(func(tx *db.Tx) error {
			return w.hooks.Replay(tx, people.System, hook.ID, webhook.Replay{From: from, To: from.Add(2 * time.Minute)})
		})
		w.pass(time.Second)
		if got := field(told(w.take()), "objectId"); got != fmt.Sprintf("%d %d", made[0], made[1]) {
			t.Errorf("a range: %s of %v", got, made)
		}
		for name, bad := range map[string]webhook.Replay{"nothing": {}, "unknown": {IDs: []int64{1}}} {
			if err := w.Write(ctx, func(tx *db.Tx) error { return w.hooks.Replay(tx, people.System, hook.ID, bad) }); errs.As(err) == nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestSecretsAreRotated(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, secret := w.hook("contact.creation")
		w.contact("eve@example.org")
		w.pass(time.Second)
		signed(t, w, w.take()[0], secret)
		var newer string
		w.do(func(tx *db.Tx) (err error) { newer, err = w.hooks.RotateSecret(tx, people.System, hook.ID); return err })
		w.contact("fay@example.org")
		w.pass(time.Second)
		if newer == secret {
			t.Error("the secret is the old one")
		}
		signed(t, w, w.take()[0], newer)
	})
}

func TestSamples(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, secret := w.hook("contact.propertyChange:firstname")
		d, err := w.hooks.Test(ctx, people.System, hook.ID)
		if err != nil || d.State != webhook.Delivered || d.Status != 200 {
			t.Fatalf("%+v, %v", d, err)
		}
		got := w.take()
		signed(t, w, got[0], secret)
		if field(got[0].events, "propertyName") != "firstname" || field(got[0].events, "changeSource") != "TEST" {
			t.Errorf("%s", got[0].body)
		}
		w.set(status(404))
		if d, err = w.hooks.Test(ctx, people.System, hook.ID); err != nil || d.State != webhook.Failed || d.Status != 404 {
			t.Errorf("%+v, %v", d, err)
		}
		w.pass(time.Hour)
		if log := w.log(hook.ID); len(log) != 2 || len(w.take()) != 1 {
			t.Errorf("%+v", log)
		}
	})
}

// A name may lead inside by the time it is called, whatever was checked when it was typed.
func TestPrivateAddressesAreNotCalled(t *testing.T) { // API-8
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		w := open(t, cfg, outbound.New(outbound.Config{}))
		add := func(url string) (e webhook.Endpoint, err error) {
			err = w.Write(ctx, func(tx *db.Tx) error {
				e, _, err = w.hooks.Add(tx, people.System, webhook.Endpoint{Name: "Sync", URL: url}, events("contact.creation"), "")
				return err
			})
			return e, err
		}
		if _, err := add(w.at); !errs.Is(err, errs.Invalid) {
			t.Errorf("typed: %v", err)
		}
		hook, err := add(strings.Replace(w.at, "127.0.0.1", "localhost", 1))
		if err != nil {
			t.Fatal(err)
		}
		w.contact("eve@example.org")
		w.pass(time.Second)
		if log := w.log(hook.ID); len(w.take()) != 0 || len(log) != 1 || !strings.Contains(log[0].Error, "private network") {
			t.Errorf("%+v", log)
		}
	})
}

func TestOnlyAdminsManage(t *testing.T) { // ACC-10
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		agent := people.Actor{Kind: event.User, ID: 5, Seat: people.ServiceSeat}
		for name, ask := range map[string]func(tx *db.Tx) error{
			"list":   func(tx *db.Tx) error { _, err := w.hooks.List(tx, agent); return err },
			"get":    func(tx *db.Tx) error { _, err := w.hooks.Get(tx, agent, hook.ID); return err },
			"add":    func(tx *db.Tx) error { _, _, err := w.hooks.Add(tx, agent, hook, nil, ""); return err },
			"change": func(tx *db.Tx) error { _, err := w.hooks.Change(tx, agent, hook, nil); return err },
			"remove": func(tx *db.Tx) error { return w.hooks.Remove(tx, agent, hook.ID) },
			"pause":  func(tx *db.Tx) error { _, err := w.hooks.Pause(tx, agent, hook.ID); return err },
			"resume": func(tx *db.Tx) error { _, err := w.hooks.Resume(tx, agent, hook.ID); return err },
			"rotate": func(tx *db.Tx) error { _, err := w.hooks.RotateSecret(tx, agent, hook.ID); return err },
			"log":    func(tx *db.Tx) error { _, err := w.hooks.Log(tx, agent, hook.ID, 0, false, 1); return err },
			"replay": func(tx *db.Tx) error { return w.hooks.Replay(tx, agent, hook.ID, webhook.Replay{Failed: true}) },
			"test":   func(*db.Tx) error { _, err := w.hooks.Test(ctx, agent, hook.ID); return err },
		} {
			var err error
			if name == "test" { // it opens its own transactions
				err = ask(nil)
			} else {
				err = w.Write(ctx, ask)
			}
			if !errs.Is(err, errs.Denied) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestRemovedEndpointsLeaveNothing(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		w.set(status(500))
		for i := range 5 {
			w.contact(fmt.Sprintf("c%d@example.org", i))
		}
		w.pass(time.Second)
		w.contact("late@example.org")
		w.do(func(tx *db.Tx) error { return w.hooks.Remove(tx, people.System, hook.ID) })
		w.take()
		w.pass(3 * time.Hour)
		if got := w.take(); len(got) != 0 {
			t.Errorf("%d requests to one that is gone", len(got))
		}
		dbtest.See(t, w.DB, func(tx *db.Tx) error {
			for _, table := range []string{"webhook_queue", "webhook_deliveries", "webhook_subscriptions", "webhook_endpoints", "jobs"} {
				if n, err := db.Value[int64](tx, "SELECT count(*) FROM "+table); err != nil || n != 0 {
					t.Errorf("%d rows of %s are left, %v", n, table, err)
				}
			}
			return nil
		})
	})
}

func TestTheLogIsBounded(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		w.contact("eve@example.org")
		w.pass(24 * time.Hour)
		w.contact("fay@example.org")
		w.pass(29*24*time.Hour + 2*time.Hour)
		if log := w.log(hook.ID); len(log) != 1 || len(w.take()) != 2 {
			t.Errorf("%+v", log)
		}
	})
}

// What is told of a record that is erased holds no value of it, nor does the log.
func TestErasedRecordsAreForgotten(t *testing.T) { // API-8, REC-5
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation", "contact.propertyChange", "contact.privacyDeletion")
		n, other := w.contact("eve@example.org"), w.contact("fay@example.org")
		w.pass(time.Second)
		w.take()
		w.change(n, "firstname", "Eve-after")
		w.do(func(tx *db.Tx) error {
			event.Emit(tx, event.Event{Type: "contact.erased", ObjectType: "contacts", ObjectID: n, Actor: ann.As(), Data: struct{}{}})
			return nil
		})
		w.pass(time.Minute)
		if got := field(told(w.take()), "subscriptionType"); got != "contact.privacyDeletion" {
			t.Errorf("told of %s", got)
		}
		var kept string
		for _, d := range w.log(hook.ID) {
			dbtest.See(t, w.DB, func(tx *db.Tx) error {
				whole, err := w.hooks.Logged(tx, people.System, hook.ID, d.ID)
				kept += string(whole.Body())
				return err
			})
		}
		if strings.Contains(kept, "eve@example.org") || strings.Contains(kept, "Eve-after") || !strings.Contains(kept, "fay@example.org") || !strings.Contains(kept, fmt.Sprintf(`"objectId":%d,"changeSource":"CRM_UI","sourceId":"userId:77","changeFlag":"CREATED"`, other)) {
			t.Errorf("the log holds %s", kept)
		}
	})
}

func TestBadSubscriptions(t *testing.T) { // API-4
	each(t, func(t *testing.T, w *world) {
		for name, bad := range map[string][]webhook.Subscription{
			"none": {}, "unknown": events("contact.birthday"), "no object type": events("object.creation"), "a property too many": events("contact.creation:email"),
			"an object type that there is not": {{EventType: "object.creation", ObjectTypeID: "2-99"}},
		} {
			err := w.Write(ctx, func(tx *db.Tx) error {
				_, _, err := w.hooks.Add(tx, people.System, webhook.Endpoint{Name: "Sync", URL: w.at}, bad, "")
				return err
			})
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
