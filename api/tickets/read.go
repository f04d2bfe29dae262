package tickets

import (
	"slices"

	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// read makes a ticket's page, with a number of statements that depends on its threads alone.
func (r *routes) read(tx *db.Tx, by people.Actor, id int64) (*wire.Answer[Ticket], error) {
	rec, err := r.tickets.Get(tx, by, id)
	if err != nil {
		return nil, err
	}
	t := Ticket{ID: wire.ID(rec.ID), Properties: rec.Properties, Closed: rec.Properties[ticket.Open] != "true",
		SnoozedUntil: wire.Text(rec.Properties[ticket.SnoozedUntil]), Can: can(by, ticket.OwnershipOf(rec))}
	for _, step := range []func(*db.Tx, people.Actor, record.Record, *Ticket) error{r.rev, r.marked, r.contacts, r.companies, r.threads, r.channels} {
		if err := step(tx, by, rec, &t); err != nil {
			return nil, err
		}
	}
	return wire.Of(t), nil
}

func can(by people.Actor, o people.Ownership) Can {
	works := by.May(people.Workspace)
	may := func(v people.Verb) bool { return works && by.Scope(v, ticket.Object).Allows(o) }
	return Can{Edit: may(people.Edit), Delete: may(people.Delete), Reply: may(people.Communicate)}
}

func (r *routes) rev(tx *db.Tx, _ people.Actor, rec record.Record, t *Ticket) error {
	newest, err := event.Of(tx, ticket.Object, rec.ID, 0, 1)
	if len(newest) > 0 {
		t.Rev = wire.ID(newest[0].ID)
	}
	return err
}

func (r *routes) marked(tx *db.Tx, by people.Actor, rec record.Record, t *Ticket) error {
	marks, err := r.tickets.Marks(tx, by.ID, []int64{rec.ID})
	mine := marks[rec.ID]
	t.Unread = row.Unread(rec, mine)
	_, follows := mine[ticket.Follow]
	_, unfollowed := mine[ticket.Unfollow]
	t.Following = follows || !unfollowed && by.IsPerson() && ticket.OwnershipOf(rec).Owner == by.ID
	return err
}

// related reads the records of a type that the ticket is related to, in the order they were related.
func (r *routes) related(tx *db.Tx, by people.Actor, id int64, to string) ([]record.Record, error) {
	linked, err := r.records.Associated(tx, by, ticket.Object, []int64{id}, to)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, a := range linked[id] {
		if !slices.Contains(ids, a.ID) {
			ids = append(ids, a.ID)
		}
	}
	return r.records.GetMany(tx, by, to, ids[:min(len(ids), relatedMost)])
}

const relatedMost = 200 // shown of one type

func (r *routes) contacts(tx *db.Tx, by people.Actor, rec record.Record, t *Ticket) error {
	t.Contacts = []Contact{}
	all, err := r.related(tx, by, rec.ID, row.Contacts)
	for _, c := range all {
		primary := c.Properties["hs_object_id"] == rec.Properties[ticket.Contact]
		one := Contact{Contact: row.ContactOf(c), Phone: c.Properties["phone"], Primary: primary}
		if primary {
			t.Contacts = slices.Insert(t.Contacts, 0, one)
		} else {
			t.Contacts = append(t.Contacts, one)
		}
	}
	return err
}

func (r *routes) companies(tx *db.Tx, by people.Actor, rec record.Record, t *Ticket) error {
	t.Companies = []row.Company{}
	all, err := r.related(tx, by, rec.ID, row.Companies)
	for _, c := range all {
		t.Companies = append(t.Companies, row.CompanyOf(c))
	}
	return err
}

func (r *routes) threads(tx *db.Tx, by people.Actor, rec record.Record, t *Ticket) error {
	t.Threads = []Thread{}
	all, err := r.talk.Threads(tx, by, rec.ID)
	for _, one := range all {
		th := Thread{ID: wire.ID(one.ID), ChannelID: wire.ID(one.Account.ID), ChannelKind: one.Account.Kind, ChannelAddress: one.Account.Address,
			Subject: one.Subject, ContactID: wire.Ref(one.Contact), Participants: addresses(one.Participants), ReplyTo: addresses(one.To),
			ReplyCc: addresses(one.Cc)}
		if !one.InboundAt.IsZero() {
			at := ticket.DateTime(one.InboundAt)
			th.LastInboundAt = &at
		}
		t.Threads = append(t.Threads, th)
	}
	return err
}

func addresses(all []channel.Address) []wire.Address {
	out := make([]wire.Address, len(all))
	for i, a := range all {
		out[i] = wire.Address(a)
	}
	return out
}

func (r *routes) channels(tx *db.Tx, _ people.Actor, _ record.Record, t *Ticket) error {
	t.ReplyChannels = []ReplyChannel{}
	all, err := r.talk.ReplyChannels(tx)
	for _, a := range all {
		t.ReplyChannels = append(t.ReplyChannels, ReplyChannel{wire.ID(a.ID), a.Kind, a.Name, a.Address})
	}
	return err
}
