package row_test

import (
	"testing"
	"time"

	"github.com/deskbell/deskbell/api/apitest"
	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

func TestNames(t *testing.T) {
	for want, p := range map[string]map[string]string{
		"Ann Customer":     {"firstname": "Ann", "lastname": "Customer", "email": "ann@customer.example"},
		"Ann":              {"firstname": "Ann"},
		"ann@a.example":    {"email": "ann@a.example", "phone": "+31 20 5550123"},
		"+31 20 5550123":   {"phone": "+31 20 5550123"},
		"Contact 12345678": {"hs_object_id": "12345678"},
	} {
		if got := row.NameOf(record.Record{Properties: p}); got != want {
			t.Errorf("%v is called %q, want %q", p, got, want)
		}
	}
	if c := row.CompanyOf(record.Record{ID: 5, Properties: map[string]string{"domain": "lamps.example"}}); c.Name != "lamps.example" || c.ID != 5 {
		t.Errorf("a company without a name is %+v", c)
	}
}

func TestUnread(t *testing.T) { // TICK-7
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	r := record.Record{Properties: map[string]string{ticket.LastReceived: ticket.DateTime(at)}}
	for _, tt := range []struct {
		name  string
		marks map[ticket.MarkKind]time.Time
		want  bool
	}{
		{"never looked", nil, true},
		{"looked before", map[ticket.MarkKind]time.Time{ticket.Seen: at.Add(-time.Second)}, true},
		{"looked since", map[ticket.MarkKind]time.Time{ticket.Seen: at.Add(time.Second)}, false},
	} {
		if got := row.Unread(r, tt.marks); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestRowsKeepTheirOrderAndHideHiddenContacts(t *testing.T) { // ACC-3, LIST-1
	d := apitest.Start(t, func(*apitest.Desk, *gate.Gate) {})
	first, second := d.Mail("Ann <ann@customer.example>", "One", "Text"), d.Mail("Bob <bob@customer.example>", "Two", "Text")
	blind := people.Actor{Kind: "user", ID: 9, Grants: map[people.Grant]people.Scope{
		{ObjectType: "tickets", Verb: people.View}: {Reach: people.Everything, Unassigned: true}}}
	maker := row.New(d.Records, d.Tickets, []channel.Kind{{Name: "pigeon", Source: "EMAIL"}})
	dbtest.See(t, d.DB, func(tx *db.Tx) error {
		p, err := d.Records.Search(tx, people.System, record.Query{ObjectType: ticket.Object, Sorts: []record.Sort{{Property: "hs_object_id"}}})
		if err != nil {
			return err
		}
		rows, err := maker.Tickets(tx, people.System, p.Records)
		if err != nil {
			return err
		}
		if len(rows) != 2 || rows[0].Subject != "One" || rows[0].Contact.Name != "Ann" || rows[1].Contact.Name != "Bob" || *rows[0].ChannelKind != "pigeon" {
			t.Errorf("rows of %s and %s are %+v", first, second, rows)
		}
		rows, err = maker.Tickets(tx, blind, p.Records)
		if err == nil && (len(rows) != 2 || rows[0].Contact != nil) {
			t.Errorf("who sees no contacts sees %+v", rows)
		}
		none, err2 := maker.Tickets(tx, people.System, nil)
		if none == nil || len(none) != 0 {
			t.Errorf("no records make %v", none)
		}
		return cmpErr(err, err2)
	})
}

func cmpErr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
