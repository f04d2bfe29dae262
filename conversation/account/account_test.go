package account_test

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

var ctx = context.Background()

// mailbox is a channel that remembers with what it was opened.
type mailbox struct{ account channel.Account }

// Send implements channel.Channel.
func (m mailbox) Send(context.Context, channel.Outbound) (channel.Receipt, error) {
	return channel.Receipt{}, nil
}

// Test implements channel.Tester.
func (m mailbox) Test(context.Context) error {
	if m.account.Settings["password"] != "right" {
		return errs.New(errs.Unavailable, "The password is wrong.", nil)
	}
	return nil
}

// kind has a setting of each sort that matters.
func kind() channel.Kind {
	return channel.Kind{Name: "email", Label: "E-mail", Source: "EMAIL", Limits: channel.Limits{MaxBytes: 1000},
		Settings: []channel.Setting{
			{Name: "receive", Type: channel.Text, Default: "builtin"}, {Name: "send", Type: channel.Text},
			{Name: "host", Label: "Host", Type: channel.Text, Default: "localhost"}, {Name: "password", Label: "Password", Type: channel.Secret},
		},
		New: func(a channel.Account, _ channel.Deps) (channel.Channel, error) {
			if strings.Contains(a.Settings["host"], " ") {
				return nil, errs.Bad("host", "INVALID_HOST", "The host must be a name.")
			}
			return mailbox{a}, nil
		}}
}

// byApps is a kind whose accounts apps connect.
func byApps() channel.Kind {
	return channel.Kind{Name: "apps", Label: "An app's", Source: "CUSTOM", ByApps: true, Limits: channel.Limits{MaxBytes: 1000},
		New: func(a channel.Account, _ channel.Deps) (channel.Channel, error) { return mailbox{a}, nil }}
}

type desk struct {
	*db.DB
	t     *testing.T
	store *account.Store
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		box, err := seal.Open(filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		story(t, &desk{DB: d, t: t, store: account.New(d, people.New(d), box, []channel.Kind{kind(), byApps()}, channel.Deps{})})
	})
}

func (d *desk) add(in account.Input) (a account.Account, err error) {
	if in.Kind == "" {
		in.Kind = "email"
	}
	if in.Name == "" {
		in.Name = "Sales"
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		a, err = d.store.Add(tx, people.System, in)
		return err
	})
	return a, err
}

func (d *desk) edit(id int64, c account.Change) (a account.Account, err error) {
	err = d.Write(ctx, func(tx *db.Tx) error {
		a, err = d.store.Edit(tx, people.System, id, c)
		return err
	})
	return a, err
}

// opened is the account as its channel sees it, read from the database.
func (d *desk) opened(id int64) channel.Account {
	d.t.Helper()
	var a account.Account
	dbtest.See(d.t, d.DB, func(tx *db.Tx) (err error) { a, err = d.store.Get(tx, id); return err })
	c, err := d.store.Connect(a)
	if err != nil {
		d.t.Fatal(err)
	}
	return c.(mailbox).account
}

func code(err error) string {
	if e := errs.As(err); e != nil && len(e.Fields) > 0 {
		return e.Fields[0].Name + " " + e.Fields[0].Code
	}
	if err == nil {
		return "fine"
	}
	return errs.KindOf(err).String()
}

func TestSettingsAreChecked(t *testing.T) { // MAIL-1
	each(t, func(t *testing.T, d *desk) {
		if _, err := d.add(account.Input{Address: "taken@desk.localhost"}); err != nil {
			t.Fatal(err)
		}
		for want, in := range map[string]account.Input{
			"kind INVALID_OPTION":     {Kind: "pigeon", Address: "a@x.example"},
			"name INVALID_NAME":       {Name: strings.Repeat("x", 201), Address: "a@x.example"},
			"address INVALID_ADDRESS": {Address: " "},
			"address ADDRESS_TAKEN":   {Address: "Taken@desk.localhost "},
			"colour UNKNOWN_SETTING":  {Address: "a@x.example", Settings: map[string]string{"colour": "red"}},
			"host TOO_LONG":           {Address: "a@x.example", Settings: map[string]string{"host": strings.Repeat("x", 20_000)}},
			"host INVALID_HOST":       {Address: "a@x.example", Settings: map[string]string{"host": "two words"}},
			"fine":                    {Address: "a@x.example", Settings: map[string]string{"host": "mail.x.example"}},
		} {
			if _, err := d.add(in); code(err) != want {
				t.Errorf("%s, want %s", code(err), want)
			}
		}
	})
}

func TestSecretsAreSealedAndKept(t *testing.T) { // SEC-2
	each(t, func(t *testing.T, d *desk) {
		a, err := d.add(account.Input{Address: "sales@desk.localhost", Settings: map[string]string{"password": "hunter2", "host": "one"}})
		if err != nil {
			t.Fatal(err)
		}
		if a.Settings["password"] != "" || !slices.Equal(a.SecretsSet, []string{"password"}) {
			t.Errorf("settings %v, secrets %v", a.Settings, a.SecretsSet)
		}
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			row, err := db.Value[string](tx, "SELECT secrets || CAST(settings AS TEXT) FROM accounts WHERE id = $1", a.ID)
			if strings.Contains(row, "hunter2") || !strings.Contains(row, "password") {
				t.Errorf("the database has %s", row)
			}
			return err
		})
		if got := d.opened(a.ID).Settings; got["password"] != "hunter2" || got["host"] != "one" || got["receive"] != "builtin" {
			t.Errorf("the channel sees %v", got)
		}
		if _, err := d.edit(a.ID, account.Change{Settings: map[string]string{"host": "two"}}); err != nil {
			t.Fatal(err)
		}
		if got := d.opened(a.ID).Settings; got["password"] != "hunter2" || got["host"] != "two" {
			t.Errorf("after another change: %v", got)
		}
		if _, err := d.edit(a.ID, account.Change{Settings: map[string]string{"password": ""}}); err != nil {
			t.Fatal(err)
		}
		if got := d.opened(a.ID).Settings; got["password"] != "" {
			t.Errorf("cleared, and still %q", got["password"])
		}
	})
}

func TestBuiltinAccount(t *testing.T) { // MAIL-1: with nothing configured mail becomes tickets
	each(t, func(t *testing.T, d *desk) {
		ensure := func(domain string) (a account.Account) {
			dbtest.Do(t, d.DB, func(tx *db.Tx) (err error) { a, err = d.store.EnsureBuiltin(tx, domain); return err })
			return a
		}
		first := ensure("desk.localhost")
		if again := ensure("Desk.localhost"); again.ID != first.ID {
			t.Error("a second one was made")
		}
		if moved := ensure("help.example"); moved.ID != first.ID || moved.Address != "support@help.example" || !moved.Plus() || !moved.MakesTickets {
			t.Errorf("moved %+v", moved)
		}
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			inboxes, err := d.store.Inboxes(tx)
			all, err2 := d.store.List(tx)
			if len(inboxes) != 1 || inboxes[0].Kind != account.HelpDesk || len(all) != 1 {
				t.Errorf("inboxes %+v, channels %+v", inboxes, all)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestRemovedChannelStaysForItsMessages(t *testing.T) { // CHAN
	each(t, func(t *testing.T, d *desk) {
		a, err := d.add(account.Input{Address: "sales@desk.localhost", Settings: map[string]string{"password": "x"}})
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Do(t, d.DB, func(tx *db.Tx) error { return d.store.Remove(tx, people.System, a.ID) })
		dbtest.See(t, d.DB, func(tx *db.Tx) error {
			got, err := d.store.Get(tx, a.ID)
			all, err2 := d.store.List(tx)
			if !got.Removed || got.Active || len(got.SecretsSet) != 0 || len(all) != 0 {
				t.Errorf("removed %+v, listed %v", got, all)
			}
			_, ok, err3 := d.store.Route(tx, "sales@desk.localhost")
			if ok {
				t.Error("mail is still taken for it")
			}
			return errors.Join(err, err2, err3)
		})
		if _, err := d.edit(a.ID, account.Change{}); code(err) != "not found" {
			t.Errorf("changed after it was removed: %v", err)
		}
		if _, err := d.add(account.Input{Address: "sales@desk.localhost"}); err != nil {
			t.Errorf("the address is not free again: %v", err)
		}
	})
}

func TestOnlyAdminsChangeChannels(t *testing.T) { // ACC-5
	each(t, func(t *testing.T, d *desk) {
		a, err := d.add(account.Input{Address: "sales@desk.localhost"})
		if err != nil {
			t.Fatal(err)
		}
		user := people.Actor{Kind: "user", ID: 5}
		for name, fn := range map[string]func(tx *db.Tx) error{
			"add":    func(tx *db.Tx) error { _, err := d.store.Add(tx, user, account.Input{}); return err },
			"change": func(tx *db.Tx) error { _, err := d.store.Edit(tx, user, a.ID, account.Change{}); return err },
			"remove": func(tx *db.Tx) error { return d.store.Remove(tx, user, a.ID) },
		} {
			if err := d.Write(ctx, fn); code(err) != "denied" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := d.store.Test(ctx, user, a.ID, account.Input{}); code(err) != "denied" {
			t.Errorf("test: %v", err)
		}
	})
}

func TestTryingAChannel(t *testing.T) { // CHAN-4
	each(t, func(t *testing.T, d *desk) {
		a, err := d.add(account.Input{Address: "sales@desk.localhost", Settings: map[string]string{"password": "right"}})
		if err != nil {
			t.Fatal(err)
		}
		fresh := account.Input{Kind: "email", Address: "new@desk.localhost"}
		wrong := map[string]string{"password": "wrong"}
		for name, c := range map[string]struct {
			id   int64
			in   account.Input
			want string
		}{
			"as it is saved":          {a.ID, account.Input{}, "fine"},
			"with a change to try":    {a.ID, account.Input{Settings: wrong}, "unavailable"},
			"new, without a password": {0, fresh, "unavailable"},
			"new, with a bad setting": {0, account.Input{Kind: "email", Address: "x@y.example", Settings: map[string]string{"host": "a b"}}, "host INVALID_HOST"},
		} {
			before := maps.Clone(c.in.Settings)
			if err := d.store.Test(ctx, people.System, c.id, c.in); code(err) != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			if !maps.Equal(before, c.in.Settings) {
				t.Errorf("%s: the input was changed", name)
			}
		}
		if got := d.opened(a.ID).Settings["password"]; got != "right" {
			t.Errorf("trying a change saved it: %q", got)
		}
	})
}
