package conversation

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// recipientsMost bounds To, Cc and Bcc together.
const recipientsMost = 100

// address fills in whom to answer, or checks whom the author named.
func (a *answer) address() error {
	if len(a.To)+len(a.Cc)+len(a.Bcc) == 0 {
		var err error
		if a.To, a.Cc, err = a.s.replyAll(a.tx, a.book, a.thread, a.latest); err != nil {
			return err
		}
		if !a.limits.CopyRecipients {
			a.Cc = nil
		}
	}
	if len(a.Cc)+len(a.Bcc) > 0 && !a.limits.CopyRecipients {
		return errs.Bad("cc", "NOT_SUPPORTED", "This channel sends no copies.")
	}
	seen := map[string]bool{}
	for _, list := range []struct {
		field string
		all   *[]channel.Address
	}{{"to", &a.To}, {"cc", &a.Cc}, {"bcc", &a.Bcc}} {
		var out []channel.Address
		for _, one := range *list.all {
			one, err := a.recipient(list.field, one)
			if err != nil {
				return err
			}
			if !seen[one.Email] {
				seen[one.Email] = true
				out = append(out, one)
			}
		}
		*list.all = out
	}
	switch {
	case len(seen) == 0:
		return errs.Bad("to", "REQUIRED", "Name at least one recipient.")
	case len(seen) > recipientsMost:
		return errs.Bad("to", "TOO_MANY", fmt.Sprintf("A message may have at most %d recipients.", recipientsMost))
	}
	return nil
}

func (a *answer) recipient(field string, one channel.Address) (channel.Address, error) {
	one.Email, one.Name = strings.TrimSpace(one.Email), cut(oneLine(one.Name), nameMost)
	if one.Type == channel.Email {
		one.Email = strings.ToLower(one.Email)
	}
	switch {
	case !deliverable(one) || !a.limits.Reaches(one.Type):
		return one, errs.Bad(field, "INVALID_EMAIL", fmt.Sprintf("%q is not an address that this channel reaches.", cut(one.Email, nameMost)))
	case one.Type == channel.Email && a.book.Own(one.Email):
		return one, errs.Bad(field, "OWN_ADDRESS", one.Email+" is an address of this help desk: the message would come back as a new one.")
	}
	return one, nil
}

// deliverable reports whether somebody can be written to, as far as anybody but the channel can tell.
func deliverable(one channel.Address) bool {
	if one.Type == channel.Email {
		return plainAddress(one.Email)
	}
	return one.Email != "" && len(one.Email) <= addressMost && !strings.ContainsFunc(one.Email, unicode.IsControl)
}

// plainAddress reports whether text can be an address at all; the channel knows better.
func plainAddress(text string) bool {
	local, domain, ok := strings.Cut(text, "@")
	return ok && local != "" && domain != "" && len(text) <= addressMost && !strings.Contains(domain, "@") &&
		!strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`<>,;:"()[]\`, r) })
}

// toContact reports whether the message goes to a contact of the ticket: what is written to others alone is no answer to
// the customer (AUTO-2).
func (a *answer) toContact() (bool, error) {
	linked, err := a.s.records.Associated(a.tx, people.System, ticket.Object, []int64{a.TicketID}, "contacts")
	if err != nil || len(linked[a.TicketID]) == 0 {
		return false, err
	}
	for _, one := range slices.Concat(a.To, a.Cc, a.Bcc) {
		if one.Type != channel.Email { // the thread is with the contact
			return a.thread.Contact != 0, nil
		}
		contact, ok, err := a.s.records.FindBy(a.tx, "contacts", "email", one.Email)
		if err != nil {
			return false, err
		}
		if ok && slices.ContainsFunc(linked[a.TicketID], func(l record.Association) bool { return l.ID == contact }) {
			return true, nil
		}
	}
	return false, nil
}

// replyAll is everybody on the newest message but ourselves: its sender, and who got it with us.
func (s *Service) replyAll(tx *db.Tx, b *account.Book, t Thread, latest Message) (to, cc []channel.Address, err error) {
	outside := func(all []channel.Address) []channel.Address {
		return slices.DeleteFunc(slices.Clone(all), func(one channel.Address) bool {
			return !deliverable(one) || one.Type == channel.Email && b.Own(one.Email) || slices.Contains(latest.Here, one.Email)
		})
	}
	switch {
	case latest.ID != 0 && latest.Direction == Out:
		return outside(latest.To), outside(latest.Cc), nil
	// What a user sent in from a mailbox of their own is answered to the contact.
	case latest.ID != 0 && latest.Actor.Kind != event.User:
		to = outside(latest.ReplyTo)
		if len(to) == 0 {
			to = outside([]channel.Address{latest.From})
		}
		cc = outside(slices.Concat(latest.To, latest.Cc))
	}
	if len(to) == 0 && t.Contact != 0 {
		over, _ := b.Account(t.Account)
		to, err = s.contactAddress(tx, t.Contact, s.accounts.Limits(over))
	}
	cc = slices.DeleteFunc(cc, func(one channel.Address) bool {
		return slices.ContainsFunc(to, func(x channel.Address) bool { return x.Email == one.Email })
	})
	return to, cc, err
}

// contactAddress is by what a channel reaches a contact.
func (s *Service) contactAddress(tx *db.Tx, contact int64, l channel.Limits) ([]channel.Address, error) {
	c, err := s.records.Get(tx, people.System, "contacts", contact)
	if errs.Is(err, errs.NotFound) {
		return nil, nil
	}
	name := oneLine(c.Properties["firstname"] + " " + c.Properties["lastname"])
	for property, t := range map[string]channel.IDType{"email": channel.Email, "phone": channel.Phone} {
		if c.Properties[property] != "" && l.Reaches(t) {
			return []channel.Address{{Name: name, Email: c.Properties[property], Type: t}}, err
		}
	}
	return nil, err
}

// ThreadInfo is a thread as a ticket's page shows it.
type ThreadInfo struct {
	Thread
	Account      account.Account
	Participants []channel.Address
	To, Cc       []channel.Address // whom a reply goes to unless its author says otherwise
}

// Threads are the threads of a ticket that the actor may view, the oldest first.
func (s *Service) Threads(tx *db.Tx, by people.Actor, ticketID int64) ([]ThreadInfo, error) {
	ticketID, err := s.ticketOf(tx, by, ticketID)
	if err != nil {
		return nil, err
	}
	b, err := s.accounts.Book(tx)
	if err != nil {
		return nil, err
	}
	threads, err := threadsOf(tx, ticketID)
	if err != nil || len(threads) == 0 {
		return nil, err
	}
	ids := make([]int64, len(threads))
	for i, t := range threads {
		ids[i] = t.ID
	}
	participants, err := participantsOf(tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]ThreadInfo, len(threads))
	for i, t := range threads {
		a := &answer{s: s, tx: tx, thread: t}
		latest, err := a.answered()
		if err != nil {
			return nil, err
		}
		over, _ := b.Account(t.Account)
		out[i] = ThreadInfo{Thread: t, Account: over, Participants: participants[t.ID]}
		if out[i].To, out[i].Cc, err = s.replyAll(tx, b, t, latest); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ReplyChannels are the channels that a message can be sent by now.
func (s *Service) ReplyChannels(tx *db.Tx) ([]account.Account, error) {
	all, err := s.accounts.List(tx)
	return slices.DeleteFunc(all, func(a account.Account) bool { return !a.Active }), err
}
