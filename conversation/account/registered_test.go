package account_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

var (
	chat  = people.LimitedApp(900, "Chat", []string{"conversations.custom_channels.write"})
	other = people.LimitedApp(901, "Other", []string{"conversations.custom_channels.write"})
)

func registered(capabilities string) account.Registered {
	return account.Registered{Name: " Lamp  chat ", WebhookURL: "https://chat.example/hook", ConnectURL: "https://chat.example/connect?a=b",
		Capabilities: json.RawMessage(capabilities)}
}

const usual = `{"deliveryIdentifierTypes":["CHANNEL_SPECIFIC_OPAQUE_ID"],"richText":["BOLD"],"outgoingAttachmentTypes":["FILE"],"maxFileAttachmentCount":2,
"maxFileAttachmentSizeBytes":1000,"maxTotalFileAttachmentSizeBytes":1500,"threadingModel":"DELIVERY_IDENTIFIER","somethingNew":true}`

func (d *desk) register(by people.Actor, r account.Registered) (out account.Registered, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		out, err = d.store.Register(tx, by, r)
		return err
	})
	return out, err
}

func (d *desk) connect(by people.Actor, channelID int64, n account.Input) (out account.Account, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		out, err = d.store.Connected(tx, by, channelID, n)
		return err
	})
	return out, err
}

func line(value string) account.Input {
	return account.Input{Name: "Lamps NL", Address: value, Type: channel.Opaque}
}

// An app's channel is kept with what the app says that it can carry, and limits its accounts by that.
func TestAChannelOfAnApp(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		r, err := d.register(chat, registered(usual))
		if err != nil || r.Name != "Lamp chat" || r.App != chat.ID || r.ID == 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		a, err := d.connect(chat, r.ID, line("Shop-7"))
		if err != nil || a.Address != "Shop-7" || a.Kind != "apps" || a.Channel != r.ID || !a.Authorized || !a.MakesTickets || a.Inbox == 0 {
			t.Fatalf("%+v, %v", a, err)
		}
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			kept, err := d.store.Get(tx, a.ID)
			l := d.store.Limits(kept)
			if !l.HTML || !l.Attachments || l.MaxFiles != 2 || l.MaxFileBytes != 1000 || l.MaxBytes != 1500 || l.OneWay || l.StatusTriggers || l.CopyRecipients ||
				!l.Reaches(channel.Opaque) || l.Reaches(channel.Email) || l.Reaches(channel.Phone) {
				t.Errorf("limits %+v", l)
			}
			b, _ := d.store.Book(tx)
			if b.Own("Shop-7") || b.Own("shop-7") {
				t.Error("no mail is for an account of another sort")
			}
			if got, ok := b.Registered(r.ID); !ok || string(got.Capabilities) != usual || got.CreatedAt.IsZero() {
				t.Errorf("kept as %+v", got)
			}
			secret, err2 := d.store.Secret(r)
			if err2 != nil || len(secret) < 20 {
				t.Errorf("secret %q, %v", secret, err2)
			}
			return err
		})
	})
}

func TestWhatAnAppCannotRegister(t *testing.T) { // API-4, API-9
	each(t, func(t *testing.T, d *desk) {
		for name, change := range map[string]func(*account.Registered){
			"no name":      func(r *account.Registered) { r.Name = " " },
			"long name":    func(r *account.Registered) { r.Name = strings.Repeat("x", 300) },
			"webhook":      func(r *account.Registered) { r.WebhookURL = "javascript:alert(1)" },
			"with user":    func(r *account.Registered) { r.WebhookURL = "https://user@chat.example/" },
			"long address": func(r *account.Registered) { r.ConnectURL = "https://chat.example/" + strings.Repeat("x", 3000) },
			"logo":         func(r *account.Registered) { r.LogoURL = "logo.png" },
			"description":  func(r *account.Registered) { r.Description = strings.Repeat("x", 20_000) },
			"nothing":      func(r *account.Registered) { r.Capabilities = json.RawMessage(`{}`) },
			"no object":    func(r *account.Registered) { r.Capabilities = json.RawMessage(`[1]`) },
			"identifier":   func(r *account.Registered) { r.Capabilities = json.RawMessage(`{"deliveryIdentifierTypes":["SMELL"]}`) },
			"threading": func(r *account.Registered) {
				r.Capabilities = json.RawMessage(`{"deliveryIdentifierTypes":["HS_PHONE_NUMBER"],"threadingModel":"X"}`)
			},
			"negative": func(r *account.Registered) {
				r.Capabilities = json.RawMessage(`{"deliveryIdentifierTypes":["HS_PHONE_NUMBER"],"maxFileAttachmentCount":-1}`)
			},
		} {
			r := registered(usual)
			change(&r)
			if _, err := d.register(chat, r); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		person := people.Actor{Kind: event.User, ID: 5, SuperAdmin: true}
		if _, err := d.register(person, registered(usual)); !errs.Is(err, errs.Denied) {
			t.Errorf("a person registers: %v", err)
		}
	})
}

// Others' channels are as if they were not there, but for who looks after all channels.
func TestWhoseAChannelIs(t *testing.T) { // API-9, ACC-10
	each(t, func(t *testing.T, d *desk) {
		r, err := d.register(chat, registered(usual))
		if err != nil {
			t.Fatal(err)
		}
		a, err := d.connect(chat, r.ID, line("x"))
		if err != nil {
			t.Fatal(err)
		}
		admin := people.Actor{Kind: event.User, ID: 5, SuperAdmin: true}
		name := "Taken"
		for by, want := range map[*people.Actor]bool{&chat: true, &admin: true, &other: false} {
			for what, try := range map[string]func(tx *db.Tx) error{
				"own":     func(tx *db.Tx) error { _, err := d.store.Own(tx, *by, r.ID); return err },
				"account": func(tx *db.Tx) error { _, err := d.store.Account(tx, *by, r.ID, a.ID); return err },
				"reregister": func(tx *db.Tx) error {
					_, err := d.store.Reregister(tx, *by, r.ID, func(r *account.Registered) { r.Name = name })
					return err
				},
				"reconnect": func(tx *db.Tx) error {
					_, err := d.store.Reconnect(tx, *by, r.ID, a.ID, account.Change{Name: &name})
					return err
				},
				"connect": func(tx *db.Tx) error { _, err := d.store.Connected(tx, *by, r.ID, line(by.Name+"2")); return err },
				"other's one": func(tx *db.Tx) error {
					_, err := d.store.Account(tx, *by, r.ID, r.ID)
					return orNil(errs.Is(err, errs.NotFound) && want)
				},
			} {
				err := d.Write(ctx, try)
				if want && err != nil || !want && what != "other's one" && !errs.Is(err, errs.NotFound) {
					t.Errorf("%s as %+v: %v", what, by.Name, err)
				}
			}
		}
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			for by, want := range map[*people.Actor]int{&chat: 1, &admin: 1, &other: 0} {
				if got, err := d.store.RegisteredBy(tx, *by); err != nil || len(got) != want {
					t.Errorf("%s has %d, %v", by.Name, len(got), err)
				}
			}
			return nil
		})
	})
}

func orNil(ok bool) error {
	if ok {
		return nil
	}
	return errs.New(errs.Internal, "not as it should be", nil)
}

func TestAccountsOfAChannel(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		r, err := d.register(chat, registered(usual))
		if err != nil {
			t.Fatal(err)
		}
		second, err := d.register(chat, registered(usual))
		if err != nil {
			t.Fatal(err)
		}
		a, err := d.connect(chat, r.ID, line("Same"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.connect(chat, r.ID, line("Same")); !errs.Is(err, errs.Invalid) {
			t.Errorf("twice: %v", err)
		}
		for what, n := range map[string]account.Input{"other channel": line("Same"), "other case": line("same")} {
			on := r.ID
			if what == "other channel" {
				on = second.ID
			}
			if _, err := d.connect(chat, on, n); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		for what, n := range map[string]account.Input{
			"identifier": {Name: "x", Address: "a@example.org", Type: channel.Email}, "inbox": {Name: "x", Address: "y", Type: channel.Opaque, Inbox: 12},
			"no name": {Address: "y", Type: channel.Opaque}, "no address": {Name: "x", Type: channel.Opaque},
		} {
			if _, err := d.connect(chat, r.ID, n); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		// By a form nobody connects one.
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := d.store.Add(tx, people.System, account.Input{Kind: "apps", Name: "x", Address: "y"})
			return err
		}); !errs.Is(err, errs.Invalid) {
			t.Errorf("by a form: %v", err)
		}
		no := false
		if err := d.Write(ctx, func(tx *db.Tx) error {
			a, err := d.store.Reconnect(tx, chat, r.ID, a.ID, account.Change{Authorized: &no})
			if a.Authorized {
				t.Error("still authorized")
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return d.store.Unregister(tx, chat, r.ID) }); err != nil {
			t.Fatal(err)
		}
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			b, err := d.store.Book(tx)
			if kept, ok := b.Account(a.ID); !ok || !kept.Removed || kept.RemovedAt.IsZero() || len(b.Channels()) != 1 || len(b.List()) != 1 || len(b.All()) != 3 {
				t.Errorf("after the channel went: %+v, %d channels, %d accounts of %d", kept, len(b.Channels()), len(b.List()), len(b.All()))
			}
			_, gone := d.store.Own(tx, chat, r.ID)
			if !errs.Is(gone, errs.NotFound) {
				t.Errorf("it is still there: %v", gone)
			}
			return err
		})
	})
}

// An admin sends somebody to the app, which says by the token which account is meant.
func TestConnectingByTheAppsPage(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		r, err := d.register(chat, registered(usual))
		if err != nil {
			t.Fatal(err)
		}
		stage := func(by people.Actor, on int64) (token string, err error) {
			err = d.Write(ctx, func(tx *db.Tx) error {
				address, err := d.store.Stage(tx, by, on, 0, "https://desk.example/settings")
				if err != nil {
					return err
				}
				u, err := url.Parse(address)
				if err != nil || u.Host != "chat.example" || u.Query().Get("a") != "b" || u.Query().Get("redirectUrl") != "https://desk.example/settings" ||
					u.Query().Get("inboxId") == "" || u.Query().Get("channelId") == "" {
					t.Errorf("sent to %s", address)
				}
				token = u.Query().Get("accountToken")
				return err
			})
			return token, err
		}
		staged := func(by people.Actor, token, value string) (a account.Account, err error) {
			err = d.Write(ctx, func(tx *db.Tx) error {
				var user int64
				a, user, err = d.store.Staged(tx, by, r.ID, token, line(value))
				if err == nil && user != 5 {
					t.Errorf("it was given to %d", user)
				}
				return err
			})
			return a, err
		}
		admin := people.Actor{Kind: event.User, ID: 5, SuperAdmin: true}
		if _, err := stage(people.Actor{Kind: event.User, ID: 6, Seat: people.ServiceSeat}, r.ID); !errs.Is(err, errs.Denied) {
			t.Errorf("a user stages: %v", err)
		}
		token, err := stage(admin, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := staged(other, token, "x"); !errs.Is(err, errs.NotFound) {
			t.Errorf("another app: %v", err)
		}
		if _, err := staged(chat, token+"x", "x"); !errs.Is(err, errs.NotFound) {
			t.Errorf("another token: %v", err)
		}
		first, err := staged(chat, token, "Shop-1")
		if err != nil || first.Address != "Shop-1" || first.Channel != r.ID {
			t.Fatalf("%+v, %v", first, err)
		}
		again, err := staged(chat, token, "Shop-2")
		if err != nil || again.ID != first.ID || again.Address != "Shop-2" {
			t.Errorf("said again: %+v, %v", again, err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := d.store.Reregister(tx, chat, r.ID, func(r *account.Registered) { r.ConnectURL = "" })
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := stage(admin, r.ID); !errs.Is(err, errs.Conflict) {
			t.Errorf("without a page: %v", err)
		}
	})
}

func TestWordsForIdentifiers(t *testing.T) { // API-9
	for word, want := range map[string]channel.IDType{"HS_EMAIL_ADDRESS": channel.Email, "HS_PHONE_NUMBER": channel.Phone, "CHANNEL_SPECIFIC_OPAQUE_ID": channel.Opaque} {
		if got, ok := account.IdentifierType(word); !ok || got != want {
			t.Errorf("%s is %q", word, got)
		}
	}
	if _, ok := account.IdentifierType(""); ok {
		t.Error("no word is no type")
	}
}
