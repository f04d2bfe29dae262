package conversation

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// names is what ids on a page of a conversation are called, read once for the page.
type names struct {
	dir       *people.Directory
	set       *property.Set
	pipelines []pipeline.Pipeline
	contacts  map[int64]string
	apps      map[int64]string
	outbox    map[int64]bool // accounts that send nothing
}

// names reads what a page needs: held in memory but for contacts, one statement, and apps, one.
func (r *routes) names(tx *db.Tx, by people.Actor, items []conversation.Item) (*names, error) {
	n := &names{contacts: map[int64]string{}, apps: map[int64]string{}, outbox: map[int64]bool{}}
	var err error
	if n.dir, err = r.people.Directory(tx); err != nil {
		return nil, err
	}
	if n.set, err = r.props.Set(tx, ticket.Object); err != nil {
		return nil, err
	}
	if n.pipelines, err = r.pipelines.All(tx, ticket.Object); err != nil {
		return nil, err
	}
	accounts, err := r.talk.Accounts().List(tx)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		n.outbox[a.ID] = a.Channel == 0 && (a.Settings["send"] == "outbox" || a.Settings["send"] == "")
	}
	ids, app := named(items)
	contacts, err := r.records.GetMany(tx, by, row.Contacts, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range contacts {
		n.contacts[c.ID] = row.NameOf(c)
	}
	if !app {
		return n, nil
	}
	tokens, err := r.people.Tokens(tx, people.System)
	for _, t := range tokens {
		n.apps[t.ID] = t.Name
	}
	return n, err
}

// named are the contacts that a page names, and whether it names an app.
func named(items []conversation.Item) (contacts []int64, app bool) {
	add := func(n int64) {
		if n != 0 && !slices.Contains(contacts, n) {
			contacts = append(contacts, n)
		}
	}
	for _, it := range items {
		actor := it.Actor
		if it.Message != nil {
			actor = it.Message.Actor
		}
		if actor.Kind == event.Contact {
			add(actor.ID)
		}
		app = app || actor.Kind == event.App
		for _, c := range it.Changes {
			if c.Property == ticket.Contact {
				add(number(c.From))
				add(number(c.To))
			}
		}
	}
	return contacts, app
}

func number(s string) int64 {
	n, err := id.Parse("id", s)
	if err != nil {
		return 0
	}
	return n
}

// actor is what somebody who did something is called; "" for a contact whom the user may not see.
func (n *names) actor(a event.Actor) string {
	switch a.Kind {
	case event.User:
		u, _ := n.dir.User(a.ID)
		return u.Name
	case event.Contact:
		return n.contacts[a.ID]
	case event.App:
		return n.apps[a.ID]
	case event.Automation:
		return people.Automation.Name
	}
	return people.System.Name
}

func (n *names) happening(h conversation.Happened) *Happening {
	out := &Happening{Type: strings.TrimPrefix(h.Type, "ticket."), Reason: wire.Text(h.Reason), Changes: []Change{},
		Actor: Actor{Kind: string(h.Actor.Kind), Name: n.actor(h.Actor)}}
	if h.Actor.Kind == event.User {
		out.Actor.UserID = wire.Ref(h.Actor.ID)
	}
	for _, c := range h.Changes {
		if c.Property == ticket.Owner || c.Property == ticket.Team {
			out.Type = "assigned"
		}
		d, _ := n.set.Get(c.Property)
		label := d.Label
		if label == "" {
			label = c.Property // a property that was deleted since
		}
		format := ""
		if d.Type == property.Number {
			format = d.Format
		}
		out.Changes = append(out.Changes, Change{c.Property, label, c.From, c.To, n.value(d, c.From), n.value(d, c.To), format})
	}
	return out
}

// value is what people read for a property's value.
func (n *names) value(d property.Definition, v string) string {
	if v == "" {
		return ""
	}
	switch {
	case d.Name == ticket.Pipeline || d.Name == ticket.Stage:
		return n.place(v, d.Name == ticket.Stage)
	case d.References == property.ToUser:
		if u, ok := n.dir.User(number(v)); ok {
			return u.Name
		}
	case d.References == property.ToTeam:
		if t, ok := n.dir.Team(number(v)); ok {
			return t.Name
		}
	case d.References == property.ToContact:
		if name := n.contacts[number(v)]; name != "" {
			return name
		}
	case d.Type == property.Bool:
		return map[string]string{"true": "Yes", "false": "No"}[v]
	case d.Type == property.Enumeration:
		parts := strings.Split(v, ";")
		for i, p := range parts {
			if o, ok := d.Option(p); ok {
				parts[i] = o.Label
			}
		}
		return strings.Join(parts, ", ")
	}
	return v
}

func (n *names) place(v string, stage bool) string {
	for _, p := range n.pipelines {
		if !stage && p.ID == v {
			return p.Label
		}
		if s, ok := p.Stage(v); stage && ok {
			return s.Label
		}
	}
	return v
}
