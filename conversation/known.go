package conversation

import (
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/crm/phone"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// know finds or makes the contact who speaks: the one that the channel names, else by e-mail address or what else the channel
// knows people by.
func (r *reception) know(speaks channel.Address) (err error) {
	var c record.Record
	switch {
	case r.Contact != 0:
		if c, err = r.s.records.Get(r.tx, people.System, "contacts", r.Contact); errs.Is(err, errs.NotFound) {
			return errs.Bad("associateWithContactId", "INVALID_OPTION", "There is no such contact.")
		}
	case speaks.Type == channel.Email:
		c, _, err = r.s.records.EnsureContact(r.tx, r.by, speaks.Email, speaks.Name)
	default:
		c, err = r.s.records.EnsureKnown(r.tx, r.by, r.identity(speaks), speaks.Name)
	}
	if err != nil && !errs.Is(err, errs.Invalid) {
		return err
	}
	r.contact = c.ID // an address that is none makes no contact, and the mail is kept all the same
	return nil
}

// identity is what names one contact: a telephone number everywhere, another identifier on its channel alone.
func (r *reception) identity(who channel.Address) record.Identity {
	if number, ok := phone.E164(who.Email); ok && who.Type == channel.Phone {
		return record.Identity{Kind: "phone", Value: number, Set: map[string]string{"phone": number}}
	}
	return record.Identity{Kind: "channel:" + id.Format(r.Account.Channel) + ":" + string(who.Type), Value: who.Email}
}
