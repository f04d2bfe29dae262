package routing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/routing"
	"github.com/deskbell/deskbell/ticket"
)

func TestReplyTakesAnUnassignedTicket(t *testing.T) { // ROUTE-1, ROUTE-2
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.Default())
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		staff, props := people.New(d), property.New(d)
		pipes := pipeline.New(d, props)
		records := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, staff)})
		tickets := ticket.New(records, pipes)
		if err := bus.Install(routing.OnReply(tickets)); err != nil {
			t.Fatal(err)
		}
		var team people.Team
		dbtest.Do(t, d, func(tx *db.Tx) (err error) { team, err = staff.AddTeam(tx, people.System, "Support"); return err })
		user := func(name string) people.User {
			u, err := staff.AddUser(context.Background(), people.System, people.NewUser{Name: name, Email: name + "@desk.example", Password: "correct horse", MainTeam: team.ID})
			if err != nil {
				t.Fatal(err)
			}
			return u
		}
		ann, bob := user("ann"), user("bob")
		app := event.Actor{Kind: event.App, ID: ann.ID}
		for name, c := range map[string]struct {
			owner, team int64
			by          event.Actor
			byUser      bool
			want        int64
		}{
			"nobody's ticket":                  {0, 0, ann.Actor().As(), true, ann.ID},
			"a team's ticket without an owner": {0, team.ID, ann.Actor().As(), true, ann.ID},
			"another's ticket":                 {bob.ID, 0, ann.Actor().As(), true, bob.ID},
			"one's own":                        {ann.ID, 0, ann.Actor().As(), true, ann.ID},
			"an app":                           {0, 0, app, false, 0},
			"an app, for a user":               {0, 0, app, true, 0},
			"an automatic answer":              {0, 0, event.Actor{Kind: event.Automation}, false, 0},
		} {
			dbtest.Do(t, d, func(tx *db.Tx) error {
				props := map[string]string{ticket.Subject: "Lamp", ticket.Pipeline: "0", ticket.Stage: "1"}
				if c.owner != 0 {
					props[ticket.Owner] = fmt.Sprint(c.owner)
				}
				if c.team != 0 {
					props[ticket.Team] = fmt.Sprint(c.team)
				}
				r, err := tickets.Create(tx, people.System, ticket.NewTicket{Properties: props})
				if err != nil {
					return err
				}
				defer func() {
					after, err := tickets.Get(tx, people.System, r.ID)
					if got := ticket.OwnershipOf(after); err != nil || got.Owner != c.want || c.want != 0 && got.Team != team.ID {
						t.Errorf("%s: %+v, want the owner %d: %v", name, got, c.want, err)
					}
				}()
				e := event.Event{ID: tx.NewID(), Type: "message.replied", Actor: c.by, Data: conversation.Replied{TicketID: r.ID, ByUser: c.byUser}}
				return routing.OnReply(tickets).React(tx, e)
			})
		}
		// The history says why (ROUTE-2), and a comment is no event that assigns.
		if types := routing.OnReply(tickets).Types; len(types) != 1 || types[0] != "message.replied" {
			t.Errorf("it reacts to %v", types)
		}
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			return routing.OnReply(tickets).React(tx, event.Event{Actor: ann.Actor().As(), Data: conversation.Replied{TicketID: 404, ByUser: true}})
		})
		if err == nil || errors.Is(err, context.Canceled) {
			t.Errorf("a ticket that is not there: %v; it must be tried again and shown", err)
		}
	})
}

func TestHistorySaysWhoGotATicketAndWhy(t *testing.T) { // ROUTE-2, PROP-4
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.Default())
		cfg.Reactor = bus
		d := dbtest.Open(t, cfg)
		staff, props := people.New(d), property.New(d)
		pipes := pipeline.New(d, props)
		records := record.New(d, props, search.New(d, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, staff)})
		tickets := ticket.New(records, pipes)
		if err := bus.Install(routing.OnReply(tickets)); err != nil {
			t.Fatal(err)
		}
		ann, err := staff.AddUser(context.Background(), people.System, people.NewUser{Name: "Ann", Email: "ann@desk.example", Password: "correct horse"})
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			r, err := tickets.Create(tx, people.System, ticket.NewTicket{Properties: map[string]string{ticket.Subject: "Lamp", ticket.Pipeline: "0", ticket.Stage: "1"}})
			if err == nil {
				event.Emit(tx, event.Event{Type: "message.replied", ObjectType: "messages", ObjectID: 1, Actor: ann.Actor().As(),
					Data: conversation.Replied{TicketID: r.ID, ByUser: true}})
			}
			return err
		})
		dbtest.See(t, d, func(tx *db.Tx) error {
			all, err := records.List(tx, people.System, ticket.Object, "", 10, false)
			if err != nil {
				return err
			}
			past, err := records.History(tx, people.System, ticket.Object, all.Records[0].ID, ticket.Owner)
			if err != nil || len(past) != 1 || past[0].Value != fmt.Sprint(ann.ID) || past[0].By.Kind != event.Automation || past[0].Reason != "replied to an unassigned ticket" {
				t.Errorf("%+v %v", past, err)
			}
			return nil
		})
	})
}
