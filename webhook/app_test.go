package webhook_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/webhook"
)

const back = "https://sync.example/back"

// app registers an app that may ask for the scopes.
func (w *world) app(scopes ...string) (a oauth.App, s oauth.Secrets) {
	w.t.Helper()
	w.do(func(tx *db.Tx) (err error) {
		a, s, err = w.apps.Add(tx, people.System, oauth.App{Name: "Sync", RedirectURIs: []string{back}, Scopes: scopes})
		return err
	})
	return a, s
}

// let lets an app in as an admin does.
func (w *world) let(a oauth.App, s oauth.Secrets, boss people.Actor) {
	w.t.Helper()
	to, err := w.apps.Allow(ctx, boss, oauth.Request{ClientID: a.ClientID, RedirectURI: back, Scope: strings.Join(a.Scopes, " ")})
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.apps.Exchange(ctx, oauth.Client{ID: a.ClientID, Secret: s.Client}, u.Query().Get("code"), back, ""); err != nil {
		w.t.Fatal(err)
	}
}

// boss is an admin who is there.
func (w *world) boss() people.Actor {
	w.t.Helper()
	u, err := people.New(w.DB, people.HashMemory(64)).AddUser(ctx, people.System, people.NewUser{Name: "Bea", Email: "bea@desk.localhost", Password: "correct horse", SuperAdmin: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Actor()
}

func (w *world) subscribe(by people.Actor, app int64, s webhook.Subscription) (out webhook.Subscription, err error) {
	err = w.Write(ctx, func(tx *db.Tx) error { out, err = w.hooks.Subscribe(tx, by, app, s); return err })
	return out, err
}

func TestAnAppIsToldWhileItIsIn(t *testing.T) { // API-8, ACC-8
	each(t, func(t *testing.T, w *world) {
		a, s := w.app("crm.objects.contacts.read")
		dev := people.DeveloperOf(a.ID, a.Name)
		for _, kind := range []string{"contact.creation", "company.creation"} {
			if _, err := w.subscribe(dev, a.ID, webhook.Subscription{EventType: kind, Active: true}); err != nil {
				t.Fatal(err)
			}
		}
		w.do(func(tx *db.Tx) error { _, err := w.hooks.SetApp(tx, dev, a.ID, w.at+"/in?a=1&b=%20", 10); return err })
		tell := func(email string) []request {
			w.contact(email)
			w.pass(2 * time.Second)
			return w.take()
		}
		if got := tell("before@example.org"); len(got) != 0 {
			t.Errorf("told before anybody let it in")
		}
		boss := w.boss()
		w.let(a, s, boss)
		got := tell("in@example.org")
		if len(got) != 1 || fmt.Sprint(got[0].events[0]["appId"]) != fmt.Sprint(a.ID) {
			t.Fatalf("told %d times while it is in", len(got))
		}
		signed(t, w, got[0], s.Client)
		var newer string
		w.do(func(tx *db.Tx) (err error) { newer, err = w.apps.RotateSecret(tx, boss, a.ID); return err })
		if got := tell("rotated@example.org"); len(got) == 1 {
			signed(t, w, got[0], newer)
		} else {
			t.Errorf("told %d times with a new secret", len(got))
		}
		// A scope that it may no longer ask for ends what it opened.
		w.do(func(tx *db.Tx) error {
			less := a
			less.Scopes = []string{"crm.objects.companies.read"}
			_, err := w.apps.Change(tx, boss, less)
			return err
		})
		if got := tell("less@example.org"); len(got) != 0 {
			t.Error("told beyond its scopes")
		}
		w.do(func(tx *db.Tx) error { _, err := w.apps.Change(tx, boss, a); return err })
		if got := tell("more@example.org"); len(got) != 1 {
			t.Errorf("told %d times with the scope again", len(got))
		}
		w.do(func(tx *db.Tx) error { return w.apps.Uninstall(tx, boss, a.ID) })
		if got := tell("out@example.org"); len(got) != 0 {
			t.Error("told after it was let out")
		}
		w.do(func(tx *db.Tx) error { return w.apps.Remove(tx, boss, a.ID) })
		w.pass(time.Minute)
		dbtest.See(t, w.DB, func(tx *db.Tx) error {
			for _, table := range []string{"webhook_queue", "webhook_deliveries", "webhook_subscriptions", "webhook_endpoints"} {
				if n, err := db.Value[int64](tx, "SELECT count(*) FROM "+table); err != nil || n != 0 {
					t.Errorf("%d rows of %s are left of an app that is gone, %v", n, table, err)
				}
			}
			return nil
		})
	})
}

func TestOnlyTheAppAndAdminsFindIt(t *testing.T) { // ACC-10
	each(t, func(t *testing.T, w *world) {
		a, _ := w.app("tickets")
		other, _ := w.app("tickets")
		agent := people.Actor{Kind: event.User, ID: a.ID, Seat: people.ServiceSeat} // the number alone is not enough
		for name, c := range map[string]struct {
			by people.Actor
			in bool
		}{
			"its developer": {people.DeveloperOf(a.ID, "x"), true}, "itself": {people.LimitedApp(a.ID, "x", []string{"tickets"}), true}, "an admin": {ann, true},
			"another's developer": {people.DeveloperOf(other.ID, "x"), false}, "another app": {people.LimitedApp(other.ID, "x", nil), false}, "an agent": {agent, false},
		} {
			_, err := w.subscribe(c.by, a.ID, webhook.Subscription{EventType: "ticket.creation", Active: true})
			if c.in && err != nil && !errs.Is(err, errs.Conflict) || !c.in && !errs.Is(err, errs.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.subscribe(ann, 12345, webhook.Subscription{EventType: "ticket.creation"}); !errs.Is(err, errs.NotFound) {
			t.Errorf("no app: %v", err)
		}
	})
}

func TestAnAppsSettings(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		a, _ := w.app("tickets")
		dev := people.DeveloperOf(a.ID, a.Name)
		read := func() (e webhook.Endpoint, err error) {
			err = w.Read(ctx, func(tx *db.Tx) error { e, err = w.hooks.AppSettings(tx, dev, a.ID); return err })
			return e, err
		}
		set := func(url string, most int) error {
			return w.Write(ctx, func(tx *db.Tx) error { _, err := w.hooks.SetApp(tx, dev, a.ID, url, most); return err })
		}
		if _, err := read(); !errs.Is(err, errs.NotFound) {
			t.Errorf("none yet: %v", err)
		}
		for name, err := range map[string]error{"no address": set("", 10), "a private one": set("https://10.0.0.1/", 10), "none at once": set(w.at, 0), "too many at once": set(w.at, 101)} {
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := set(w.at, 10); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Hour)
		if err := set(w.at+"/2", 20); err != nil {
			t.Fatal(err)
		}
		e, err := read()
		if err != nil || e.URL != w.at+"/2" || e.Concurrency != 20 || !e.Created.Equal(dbtest.Start) || !e.Updated.Equal(dbtest.Start.Add(time.Hour)) {
			t.Errorf("%+v, %v", e, err)
		}
		w.do(func(tx *db.Tx) error { return w.hooks.ClearApp(tx, dev, a.ID) })
		if _, err := read(); !errs.Is(err, errs.NotFound) {
			t.Errorf("cleared: %v", err)
		}
		if err := w.Write(ctx, func(tx *db.Tx) error { return w.hooks.ClearApp(tx, dev, a.ID) }); !errs.Is(err, errs.NotFound) {
			t.Errorf("cleared twice: %v", err)
		}
	})
}

func TestAnAppThatWasPausedGoesOnWithANewAddress(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		a, s := w.app("crm.objects.contacts.read")
		w.let(a, s, w.boss())
		dev := people.DeveloperOf(a.ID, a.Name)
		if _, err := w.subscribe(dev, a.ID, webhook.Subscription{EventType: "contact.creation", Active: true}); err != nil {
			t.Fatal(err)
		}
		set := func(at string) {
			w.do(func(tx *db.Tx) error { _, err := w.hooks.SetApp(tx, dev, a.ID, at, 10); return err })
		}
		set(w.at)
		w.set(status(http.StatusGone))
		n := w.contact("eve@example.org")
		w.pass(time.Minute)
		if len(w.paused) != 1 || !strings.HasPrefix(w.paused[0], "Sync: ") {
			t.Fatalf("told %q", w.paused)
		}
		w.take()
		w.set(nil)
		set(w.at + "/new")
		w.pass(time.Minute)
		if got := field(told(w.take()), "objectId"); got != fmt.Sprint(n) {
			t.Errorf("at the new address it is told of %s", got)
		}
	})
}

func TestSubscriptionsOfAnApp(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		a, _ := w.app("tickets")
		dev := people.DeveloperOf(a.ID, a.Name)
		made, err := w.subscribe(dev, a.ID, webhook.Subscription{EventType: "ticket.propertyChange", Property: "subject"})
		if err != nil || made.Active || made.ID == 0 {
			t.Fatalf("%+v, %v", made, err)
		}
		if _, err := w.subscribe(dev, a.ID, webhook.Subscription{EventType: "ticket.propertyChange", Property: "subject"}); !errs.Is(err, errs.Conflict) {
			t.Errorf("the same again: %v", err)
		}
		if _, err := w.subscribe(dev, a.ID, webhook.Subscription{EventType: "ticket.propertyChange"}); !errs.Is(err, errs.Invalid) {
			t.Errorf("without a property: %v", err)
		}
		w.clock.Advance(time.Minute)
		on := func(active bool) (out webhook.Subscription) {
			w.do(func(tx *db.Tx) (err error) { out, err = w.hooks.Activate(tx, dev, a.ID, made.ID, active); return err })
			return out
		}
		if now := on(true); !now.Active || !now.Updated.Equal(dbtest.Start.Add(time.Minute)) {
			t.Errorf("switched on: %+v", now)
		}
		w.clock.Advance(time.Minute)
		if now := on(true); !now.Updated.Equal(dbtest.Start.Add(time.Minute)) {
			t.Errorf("switched on twice: %+v", now)
		}
		list := func() (all []webhook.Subscription) {
			dbtest.See(t, w.DB, func(tx *db.Tx) (err error) { all, err = w.hooks.AppSubscriptions(tx, dev, a.ID); return err })
			return all
		}
		if all := list(); len(all) != 1 || all[0].Property != "subject" {
			t.Errorf("%+v", all)
		}
		w.do(func(tx *db.Tx) error { return w.hooks.Unsubscribe(tx, dev, a.ID, made.ID) })
		if all := list(); len(all) != 0 {
			t.Errorf("%+v", all)
		}
		if err := w.Write(ctx, func(tx *db.Tx) error { return w.hooks.Unsubscribe(tx, dev, a.ID, made.ID) }); !errs.Is(err, errs.NotFound) {
			t.Errorf("ended twice: %v", err)
		}
	})
}

// A change of what a webhook is told of leaves what stays as it is: those who are told know it by its id.
func TestWhatStaysKeepsItsID(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation", "contact.deletion")
		ids := func() map[string]int64 {
			out := map[string]int64{}
			dbtest.See(t, w.DB, func(tx *db.Tx) error {
				all, err := w.hooks.Subscriptions(tx, people.System, hook.ID)
				for _, s := range all {
					out[s.EventType] = s.ID
				}
				return err
			})
			return out
		}
		before := ids()
		w.do(func(tx *db.Tx) error {
			_, err := w.hooks.Change(tx, people.System, hook, events("contact.creation", "contact.merge", "contact.merge"))
			return err
		})
		after := ids()
		if len(after) != 2 || after["contact.creation"] != before["contact.creation"] || after["contact.merge"] == 0 {
			t.Errorf("%v became %v", before, after)
		}
		w.contact("eve@example.org")
		w.pass(time.Second)
		if got := field(told(w.take()), "subscriptionId"); got != fmt.Sprint(before["contact.creation"]) {
			t.Errorf("told by subscription %s", got)
		}
	})
}

// No more requests are under way than the endpoint takes, and one while it fails.
func TestRequestsAtOnceAreBounded(t *testing.T) { // API-8
	each(t, func(t *testing.T, w *world) {
		hook, _ := w.hook("contact.creation")
		w.do(func(tx *db.Tx) error {
			hook.Concurrency = 3
			_, err := w.hooks.Change(tx, people.System, hook, events("contact.creation"))
			return err
		})
		w.set(status(500))
		for i := range 30 {
			w.contact(fmt.Sprintf("c%d@example.org", i))
		}
		waiting := func() (n int) {
			for _, d := range w.log(hook.ID) {
				if d.State == webhook.Waiting {
					n++
				}
			}
			return n
		}
		w.pass(time.Second)
		if n := waiting(); n != 3 {
			t.Errorf("%d requests under way", n)
		}
		w.set(nil)
		w.pass(time.Hour)
		if seen := strings.Fields(field(told(w.take()), "objectId")); len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 30 {
			t.Errorf("told of %d records in the end", len(seen))
		}
	})
}

// While nobody subscribes, or to nothing of the sort, an event asks nothing of the database.
func TestNobodySubscribedCostsNothing(t *testing.T) { // PERF-3
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var asked []string
		cfg.Trace = func(statements ...string) { asked = append(asked, statements...) }
		w := open(t, cfg, nil)
		count := func() (n int) {
			for _, s := range asked {
				if strings.Contains(s, "webhook_") {
					n++
				}
			}
			asked = nil
			return n
		}
		// The cheapest of a few: the first after a change reads the subscriptions.
		contacts := 0
		cheapest := func() int {
			least := 1000
			for range 5 {
				asked = nil
				contacts++
				w.contact(fmt.Sprintf("c%d@example.org", contacts))
				least = min(least, count())
			}
			return least
		}
		if n := cheapest(); n != 0 {
			t.Errorf("%d statements while there is no webhook", n)
		}
		w.hook("contact.deletion")
		if n := cheapest(); n != 0 {
			t.Errorf("%d statements while nobody is told of it", n)
		}
		w.hook("contact.creation")
		if n := cheapest(); n != 1 {
			t.Errorf("%d statements for one who is told", n)
		}
	})
}
