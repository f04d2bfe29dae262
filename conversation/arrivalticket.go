package conversation

import (
	"errors"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

const (
	titleMost       = 80     // characters of the first words that name a ticket without subject
	descriptionMost = 20_000 // characters
	noSubject       = "(no subject)"
)

// title names a ticket: the subject, else the first words (CHAN-1).
func title(in channel.Inbound) string {
	for _, text := range []string{in.Subject, in.Visible, in.Text} {
		line := oneLine(cut(text, 8*titleMost))
		switch {
		case line == "":
		case text == in.Subject:
			return cut(line, subjectMost)
		case len(line) > titleMost:
			short := cut(line, titleMost)
			if at := strings.LastIndexByte(short, ' '); at > titleMost/2 {
				short = short[:at]
			}
			return short + "…"
		default:
			return line
		}
	}
	return noSubject
}

// makeTicket makes the ticket of a thread (CHAN-1).
func (r *reception) makeTicket() error {
	n := ticket.NewTicket{Reason: "received by " + r.Account.Name, Properties: map[string]string{
		ticket.Subject: title(r.Inbound), "content": cut(r.Inbound.Visible, descriptionMost),
	}, First: r.activity()}
	n.First.Thread = &ticket.Thread{ID: r.thread.ID, Account: r.thread.Account, Inbox: r.thread.Inbox}
	if k, err := r.s.accounts.Kind(r.Account.Kind); err == nil {
		n.Properties[ticket.Source] = k.Source
	}
	if r.contact != 0 {
		n.Contacts = []int64{r.contact}
		if c, ok, err := r.s.records.CompanyOf(r.tx, r.contact); err != nil {
			return err
		} else if ok {
			n.Companies = []int64{c.ID}
		}
	}
	made, err := r.s.createTicket(r.tx, r.by, n, r.Account)
	if err != nil {
		return err
	}
	r.thread.Ticket, r.thread.Originating, r.newTicket = made, true, true
	return nil
}

// createTicket makes a ticket in the account's pipeline and status. If those are gone meanwhile it goes where tickets go
// by default: a setting that broke must not cost a message.
func (s *Service) createTicket(tx *db.Tx, by people.Actor, n ticket.NewTicket, a account.Account) (int64, error) {
	if a.Stage != "" {
		var made int64
		err := tx.Savepoint(func() error {
			n.Properties[ticket.Stage] = a.Stage
			if a.Pipeline != "" {
				n.Properties[ticket.Pipeline] = a.Pipeline
			}
			r, err := s.tickets.Create(tx, by, n)
			made = r.ID
			return err
		})
		if err == nil || !errs.Is(err, errs.Invalid) {
			return made, err
		}
	}
	p, stage, err := s.tickets.FirstOpen(tx)
	if err != nil {
		return 0, err
	}
	n.Properties[ticket.Pipeline], n.Properties[ticket.Stage] = p, stage
	r, err := s.tickets.Create(tx, by, n)
	return r.ID, err
}

// unknownReport is for a report about nothing of ours.
func unknownReport() error {
	return &Unplaced{"This is a delivery report for a message we do not know."}
}

// report attaches a delivery report to the message it is about: no ticket, no status (MAIL-5).
func (r *reception) report() (Placed, error) {
	original, bounced, err := r.original()
	if err != nil {
		return Placed{}, err
	}
	t, ok, err := threadByID(r.tx, original.Thread)
	if err != nil {
		return Placed{}, err
	}
	if !ok {
		return Placed{}, unknownReport()
	}
	in := r.Inbound
	m := Message{ID: r.messageID(), Kind: Said, Thread: t.ID, Ticket: original.Ticket, Inbox: t.Inbox, Account: r.Account.ID, Direction: In,
		Nature: in.Nature, Actor: event.BySystem, From: in.From, Subject: cut(in.Subject, subjectMost), Text: in.Text, HTML: in.HTML,
		Visible: in.Visible, At: r.ReceivedAt, State: StateReceived, SentAt: in.SentAt, MessageID: in.MessageID, InReplyTo: original.MessageID,
		RawID: r.RawID, RawKey: r.RawKey, Recipients: Recipients{To: bounded(in.To), Here: r.EnvelopeTo}}
	if err := m.insert(r.tx, ""); err != nil {
		return Placed{}, err
	}
	if err := attach(r.tx, &m, r.Files); err != nil {
		return Placed{}, err
	}
	event.Emit(r.tx, event.Event{Type: "message.received", ObjectType: "messages", ObjectID: m.ID, Actor: m.Actor, Data: Received{
		MessageID: m.ID, ThreadID: m.Thread, TicketID: m.Ticket, AccountID: m.Account, Nature: m.Nature, Reply: true}})
	return Placed{Message: m.ID}, r.s.undelivered(r.tx, original, bounced)
}

const selectOurs = selectMessages + " WHERE message_id = $1 AND direction = 'out'"

// original finds the message of ours that a report is about: by the ids it gives, else by what it answers.
func (r *reception) original() (Message, []channel.Bounced, error) {
	var ids []string
	for _, b := range r.Inbound.Bounced {
		ids = append(ids, b.MessageID)
	}
	ids = append(append(ids, r.Inbound.InReplyTo...), r.Inbound.References...)
	for _, messageID := range ids[:min(len(ids), refsMost)] {
		if messageID == "" {
			continue
		}
		m, ok, err := db.One(r.tx, scanMessage, selectOurs, refKey(messageID))
		if err != nil {
			return m, nil, err
		}
		if ok {
			return m, r.fates(), nil
		}
	}
	return Message{}, nil, unknownReport()
}

// fates are what a report says became of the message; a bare notice without a machine's part means that it failed.
func (r *reception) fates() []channel.Bounced {
	if r.Inbound.Nature == channel.Bounce && len(r.Inbound.Bounced) == 0 {
		return []channel.Bounced{{Permanent: true, Reason: r.Inbound.Subject}}
	}
	return r.Inbound.Bounced
}

// undelivered notes what a report says: failed for good, late, or nothing to worry about.
func (s *Service) undelivered(tx *db.Tx, m Message, bounced []channel.Bounced) error {
	var failed, late []string
	for _, b := range bounced {
		words := oneLine(cut(strings.TrimSpace(b.Status+" "+b.Reason), errorMost))
		if b.Recipient != "" {
			words = b.Recipient + ": " + words
		}
		switch {
		case b.Delivered:
		case b.Permanent:
			failed = append(failed, words)
		default:
			late = append(late, words)
		}
	}
	if len(failed) > 0 {
		return s.fail(tx, m, strings.Join(failed, "; "), true)
	}
	if len(late) == 0 || m.State == StateFailed {
		return nil
	}
	_, err := tx.Exec("UPDATE messages SET error = $2 WHERE id = $1", m.ID, cut("Delayed: "+strings.Join(late, "; "), errorMost))
	return err
}

// IsUnplaced returns the reason of an *Unplaced error.
func IsUnplaced(err error) (reason string, ok bool) {
	var u *Unplaced
	if errors.As(err, &u) {
		return u.Reason, true
	}
	return "", false
}
