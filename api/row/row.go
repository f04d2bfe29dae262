// Package row is the short shapes of tickets, contacts and companies that lists show, read with a fixed number of
// statements whatever the list's length. It knows nothing of where the lists come from.
package row

import (
	"strings"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// The object types beside tickets.
const (
	Contacts  = "contacts"
	Companies = "companies"
)

// Ticket is a ticket in a list.
type Ticket struct {
	ID              wire.ID  `json:"id"`
	Subject         string   `json:"subject"`
	Contact         *Contact `json:"contact" doc:"The primary contact; null for none, or one that the user may not see."`
	Preview         string   `json:"preview" doc:"How the newest message begins."`
	LastMessageAt   string   `json:"lastMessageAt" format:"date-time" doc:"Of the newest message; of the ticket while there is none."`
	LastMessageFrom *string  `json:"lastMessageFrom" enum:"contact,user"`
	PipelineID      string   `json:"pipelineId"`
	StageID         string   `json:"stageId"`
	Closed          bool     `json:"closed"`
	Priority        string   `json:"priority" doc:"LOW, MEDIUM, HIGH, URGENT or empty."`
	Category        string   `json:"category" doc:"Values joined by ; or empty."`
	OwnerID         *wire.ID `json:"ownerId" nullable:"true"`
	TeamID          *wire.ID `json:"teamId" nullable:"true"`
	Unread          bool     `json:"unread" doc:"The contact wrote since the user last looked, or the user never did."`
	ChannelKind     *string  `json:"channelKind" doc:"Kind of channel that it came by; null for a ticket made by hand."`
	CreatedAt       string   `json:"createdAt" format:"date-time"`
	UpdatedAt       string   `json:"updatedAt" format:"date-time"`
	SnoozedUntil    *string  `json:"snoozedUntil" format:"date-time"`
	HasDraft        bool     `json:"hasDraft" doc:"The user has an unsent reply or comment."`
}

// Contact is a contact in a list.
type Contact struct {
	_ struct{} `nullable:"true"`

	ID    wire.ID `json:"id"`
	Name  string  `json:"name" doc:"The e-mail address where no name is known."`
	Email string  `json:"email"`
}

// Company is a company in a list.
type Company struct {
	ID     wire.ID `json:"id"`
	Name   string  `json:"name"`
	Domain string  `json:"domain"`
}

// Maker makes rows.
type Maker struct {
	records *record.Store
	tickets *ticket.Service
	sources map[string]string // kind of channel by HubSpot's source_type
}

// New returns the maker. kinds are the channels there are.
func New(records *record.Store, tickets *ticket.Service, kinds []channel.Kind) *Maker {
	m := &Maker{records, tickets, map[string]string{}}
	for _, k := range kinds {
		m.sources[k.Source] = k.Name
	}
	return m
}

// Tickets makes the rows of records, in their order, with two statements.
func (m *Maker) Tickets(tx *db.Tx, by people.Actor, records []record.Record) ([]Ticket, error) {
	out := make([]Ticket, 0, len(records))
	if len(records) == 0 {
		return out, nil
	}
	ids, contacts := make([]int64, len(records)), make([]int64, 0, len(records))
	for i, r := range records {
		ids[i] = r.ID
		if c := wire.RefOf(r.Properties[ticket.Contact]); c != nil {
			contacts = append(contacts, int64(*c))
		}
	}
	marks, err := m.tickets.Marks(tx, by.ID, ids)
	if err != nil {
		return nil, err
	}
	people, err := m.contacts(tx, by, contacts)
	if err != nil {
		return nil, err
	}
	for _, r := range records {
		t := m.of(r, marks[r.ID])
		if c := wire.RefOf(r.Properties[ticket.Contact]); c != nil {
			t.Contact = people[*c]
		}
		out = append(out, t)
	}
	return out, nil
}

func (m *Maker) contacts(tx *db.Tx, by people.Actor, ids []int64) (map[wire.ID]*Contact, error) {
	out := map[wire.ID]*Contact{}
	records, err := m.records.GetMany(tx, by, Contacts, ids)
	for _, r := range records {
		c := ContactOf(r)
		out[c.ID] = &c
	}
	return out, err
}

func (m *Maker) of(r record.Record, marks map[ticket.MarkKind]time.Time) Ticket {
	p := r.Properties
	_, draft := marks[ticket.Draft]
	t := Ticket{ID: wire.ID(r.ID), Subject: p[ticket.Subject], Preview: p[ticket.Preview], LastMessageAt: p[ticket.ActiveAt],
		LastMessageFrom: wire.Text(p[ticket.LastFrom]), PipelineID: p[ticket.Pipeline], StageID: p[ticket.Stage],
		Closed: p[ticket.Open] != "true", Priority: p["hs_ticket_priority"], Category: p["hs_ticket_category"],
		OwnerID: wire.RefOf(p[ticket.Owner]), TeamID: wire.RefOf(p[ticket.Team]), Unread: Unread(r, marks),
		CreatedAt: p[ticket.Created], UpdatedAt: p["hs_lastmodifieddate"], SnoozedUntil: wire.Text(p[ticket.SnoozedUntil]), HasDraft: draft}
	if kind := m.sources[p[ticket.Source]]; kind != "" {
		t.ChannelKind = &kind
	}
	return t
}

// Unread reports whether there is something on a ticket that the user whose marks these are has not seen.
func Unread(r record.Record, marks map[ticket.MarkKind]time.Time) bool {
	seen, ok := marks[ticket.Seen]
	return !ok || ticket.ParseDateTime(r.Properties[ticket.LastReceived]).After(seen)
}

// ContactOf is the short shape of a contact.
func ContactOf(r record.Record) Contact {
	return Contact{ID: wire.ID(r.ID), Name: NameOf(r), Email: r.Properties["email"]}
}

// NameOf is what people call a contact: the name, else the address, else the telephone number.
func NameOf(r record.Record) string {
	p := r.Properties
	for _, name := range []string{strings.TrimSpace(p["firstname"] + " " + p["lastname"]), p["email"], p["phone"]} {
		if name != "" {
			return name
		}
	}
	return "Contact " + p["hs_object_id"]
}

// CompanyOf is the short shape of a company.
func CompanyOf(r record.Record) Company {
	name := r.Properties["name"]
	if name == "" {
		name = r.Properties["domain"]
	}
	return Company{ID: wire.ID(r.ID), Name: name, Domain: r.Properties["domain"]}
}
