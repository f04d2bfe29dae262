package channels

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/people"
)

func (r *routes) outbox(g *gate.Gate) {
	row := func(path, summary string) gate.Route {
		return gate.Route{Method: http.MethodGet, Path: "/helpdesk/v1/outbox" + path, Needs: people.Workspace, Scopes: gate.OneOf("conversations.read"), Tag: "Outbox", Summary: summary}
	}
	gate.Add(g, row("", "Mail that has no server to go to, newest first"), r.page)
	gate.Add(g, row("/{id}", "One mail of the outbox"), r.mail)
	g.Handle(row("/{id}/source", "Download a mail of the outbox"), r.source)
}

// Kept is a mail in the outbox.
type Kept struct {
	ID       wire.ID   `json:"id"`
	From     string    `json:"from"`
	To       []string  `json:"to" doc:"Every recipient, Cc and Bcc too."`
	Subject  string    `json:"subject"`
	At       time.Time `json:"at"`
	Size     int64     `json:"size" doc:"Bytes."`
	TicketID *wire.ID  `json:"ticketId" nullable:"true"`
}

// KeptMail is a mail in the outbox, read.
type KeptMail struct {
	Kept
	Text    string   `json:"text"`
	HTML    string   `json:"html" doc:"Harmless; empty for a mail without HTML."`
	Headers []Header `json:"headers" doc:"In their order."`
}

// Header is one line of a mail's header.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func keptOf(k intake.Kept) Kept {
	return Kept{wire.ID(k.ID), k.From, append([]string{}, k.To...), k.Subject, k.At, k.Size, wire.Ref(k.Ticket)}
}

type outboxInput struct {
	After string `query:"after" maxLength:"30" doc:"paging.next.after of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (r *routes) page(ctx context.Context, by people.Actor, in *outboxInput) (*wire.Answer[wire.Page[Kept]], error) {
	before, err := wire.Place(in.After)
	if err != nil {
		return nil, err
	}
	var out wire.Page[Kept]
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, next, err := r.intake.OutboxPage(tx, by, before, in.Limit)
		var list []Kept
		for _, k := range all {
			list = append(list, keptOf(k))
		}
		after := ""
		if next != 0 {
			after = id.Format(next)
		}
		out = wire.Paged(list, after)
		return err
	})
	return wire.Of(out), err
}

func (r *routes) mail(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[KeptMail], error) {
	m, err := r.intake.OutboxMail(ctx, by, in.ID)
	if err != nil {
		return nil, err
	}
	out := KeptMail{Kept: keptOf(m.Kept), Text: m.Text, HTML: m.HTML, Headers: []Header{}}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, Header(h))
	}
	return wire.Of(out), nil
}

func (r *routes) source(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	n, err := id.Parse("id", req.PathValue("id"))
	if err != nil {
		return err
	}
	_, content, err := r.intake.OpenOutbox(req.Context(), by, n)
	if err != nil {
		return err
	}
	sendMail(w, "outbox-"+id.Format(n)+".eml", content)
	return nil
}
