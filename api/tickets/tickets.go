// Package tickets is one ticket: reading, making and changing it, whom it concerns, and what a user marks it with. It knows
// nothing of what is said on it but which threads there are.
package tickets

import (
	"context"
	"net/http"

	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

type routes struct {
	db      *db.DB
	records *record.Store
	tickets *ticket.Service
	talk    *conversation.Service
}

const tag = "Tickets"

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, records *record.Store, tickets *ticket.Service, talk *conversation.Service) {
	r := &routes{d, records, tickets, talk}
	work := func(method, path, summary string, status int) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1/tickets" + path, Needs: people.Workspace, Tag: tag, Summary: summary, Status: status}
	}
	gate.Add(g, work(http.MethodPost, "", "Make a ticket", http.StatusCreated), r.create)
	gate.Add(g, gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/tickets/{id}", Needs: people.Signed, Tag: tag,
		Summary: "A ticket with its properties, contacts, companies and threads"}, r.get)
	gate.Add(g, work(http.MethodPatch, "/{id}", "Change properties; an empty string clears one", 0), r.change)
	gate.Add(g, work(http.MethodDelete, "/{id}", "Put a ticket in the trash", 0), r.remove)
	for _, other := range []string{row.Contacts, row.Companies} {
		l := &linker{r, other}
		gate.Add(g, work(http.MethodPut, "/{id}/"+other+"/{other}", "Relate a ticket to one of the "+other, 0), l.link)
		gate.Add(g, work(http.MethodDelete, "/{id}/"+other+"/{other}", "End the relation to one of the "+other, 0), l.unlink)
	}
	r.marks(g)
}

// Ticket is a ticket as its page shows it.
type Ticket struct {
	ID            wire.ID           `json:"id"`
	Rev           wire.ID           `json:"rev" doc:"Id of the newest event of the ticket: it grows with each change."`
	Properties    map[string]string `json:"properties" doc:"All that have a value, as HubSpot's strings."`
	Contacts      []Contact         `json:"contacts"`
	Companies     []row.Company     `json:"companies"`
	Threads       []Thread          `json:"threads" doc:"The oldest first."`
	ReplyChannels []ReplyChannel    `json:"replyChannels" doc:"By which a message can be sent."`
	Unread        bool              `json:"unread"`
	Following     bool              `json:"following" doc:"The user is told of what happens; owners are unless they unfollow."`
	SnoozedUntil  *string           `json:"snoozedUntil" format:"date-time"`
	Closed        bool              `json:"closed"`
	Can           Can               `json:"can"`
}

// Contact is a contact of a ticket.
type Contact struct {
	row.Contact
	Phone   string `json:"phone"`
	Primary bool   `json:"primary" doc:"The one whom the ticket is with."`
}

// Thread is one conversation of a ticket.
type Thread struct {
	ID             wire.ID        `json:"id"`
	ChannelID      wire.ID        `json:"channelId"`
	ChannelKind    string         `json:"channelKind"`
	ChannelAddress string         `json:"channelAddress"`
	Subject        string         `json:"subject"`
	ContactID      *wire.ID       `json:"contactId" nullable:"true"`
	Participants   []wire.Address `json:"participants"`
	ReplyTo        []wire.Address `json:"replyTo" doc:"Whom a reply goes to unless its author says otherwise."`
	ReplyCc        []wire.Address `json:"replyCc" doc:"Who gets a copy of it."`
	LastInboundAt  *string        `json:"lastInboundAt" format:"date-time"`
}

// ReplyChannel is a channel to send by.
type ReplyChannel struct {
	ChannelID wire.ID `json:"channelId"`
	Kind      string  `json:"kind"`
	Name      string  `json:"name"`
	Address   string  `json:"address"`
}

// Can is what the user may do with the ticket.
type Can struct {
	Edit   bool `json:"edit"`
	Delete bool `json:"delete"`
	Reply  bool `json:"reply"`
}

func (r *routes) get(ctx context.Context, by people.Actor, in *wire.One) (out *wire.Answer[Ticket], err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		out, err = r.read(tx, by, in.ID)
		return err
	})
	return out, err
}

type newInput struct {
	Body struct {
		Properties map[string]string `json:"properties" doc:"subject and hs_pipeline_stage are needed."`
		ContactIDs []wire.ID         `json:"contactIds,omitempty" maxItems:"100" doc:"The first is the primary one."`
		CompanyIDs []wire.ID         `json:"companyIds,omitempty" maxItems:"100"`
	}
}

func (r *routes) create(ctx context.Context, by people.Actor, in *newInput) (*wire.Answer[Ticket], error) {
	n := ticket.NewTicket{Properties: in.Body.Properties, Contacts: wire.Ints(in.Body.ContactIDs), Companies: wire.Ints(in.Body.CompanyIDs)}
	var id int64
	err := r.db.Write(ctx, func(tx *db.Tx) error {
		made, err := r.tickets.Create(tx, by, n)
		if err != nil {
			return err
		}
		id = made.ID
		return r.tickets.Mark(tx, by.ID, id, ticket.Seen)
	})
	if err != nil {
		return nil, err
	}
	return r.after(ctx, by, id)
}

type changeInput struct {
	wire.One
	Body struct {
		Properties map[string]string `json:"properties"`
	}
}

func (r *routes) change(ctx context.Context, by people.Actor, in *changeInput) (*wire.Answer[Ticket], error) {
	return r.write(ctx, by, in.ID, func(tx *db.Tx) error {
		_, err := r.records.Update(tx, by, ticket.Object, in.ID, in.Body.Properties, "")
		return err
	})
}

// write changes a ticket and answers with it as it is then.
func (r *routes) write(ctx context.Context, by people.Actor, id int64, change func(tx *db.Tx) error) (*wire.Answer[Ticket], error) {
	if err := r.db.Write(ctx, change); err != nil {
		return nil, err
	}
	return r.after(ctx, by, id)
}

// after reads a ticket that was just changed, once what reacts to the change has done so: that is at the commit. A user may
// give a ticket away so that they do not see it any more.
func (r *routes) after(ctx context.Context, by people.Actor, id int64) (*wire.Answer[Ticket], error) {
	out, err := r.get(ctx, by, &wire.One{ID: id})
	if errs.Is(err, errs.NotFound) {
		return wire.Of(Ticket{ID: wire.ID(id), Rev: wire.ID(id), Properties: map[string]string{}, Contacts: []Contact{}, Companies: []row.Company{},
			Threads: []Thread{}, ReplyChannels: []ReplyChannel{}}), nil
	}
	return out, err
}

func (r *routes) remove(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.tickets.Archive(tx, by, in.ID) })
}

type linker struct {
	*routes
	to string
}

type linkInput struct {
	wire.One
	Other int64 `path:"other" minimum:"1" doc:"Id of the other record."`
}

func (l *linker) link(ctx context.Context, by people.Actor, in *linkInput) (*wire.Answer[Ticket], error) {
	return l.write(ctx, by, in.ID, func(tx *db.Tx) error {
		return l.records.Associate(tx, by, record.Link{FromType: ticket.Object, FromID: in.ID, ToType: l.to, ToID: in.Other})
	})
}

func (l *linker) unlink(ctx context.Context, by people.Actor, in *linkInput) (*wire.Answer[Ticket], error) {
	return l.write(ctx, by, in.ID, func(tx *db.Tx) error {
		return l.records.Dissociate(tx, by, record.Link{FromType: ticket.Object, FromID: in.ID, ToType: l.to, ToID: in.Other})
	})
}
