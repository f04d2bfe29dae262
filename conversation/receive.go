package conversation

import (
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// Arrival is one message that came in, understood, its files stored.
type Arrival struct {
	ID           int64 // of the message to be; 0 for any
	Account      account.Account
	Inbound      channel.Inbound // Attachments are in Files
	Files        []File
	EnvelopeFrom string
	EnvelopeTo   []string // addresses by which it reached us
	ReceivedAt   time.Time
	RawID        int64
	RawKey       string
	Uploads      []int64      // loose files of By that are taken as they are
	Contact      int64        // who wrote, where the channel knows; 0 where the address says
	By           people.Actor // who brought it, where it was not the channel itself
}

// Placed says where an arrival went.
type Placed struct {
	Message   int64 // the message made of it, or for a duplicate the one that was there
	Duplicate bool
}

// Unplaced is the error for what must not become a message: it stays raw, under Needs attention.
type Unplaced struct{ Reason string }

func (e *Unplaced) Error() string { return e.Reason }

const (
	refsMost        = 50 // Message-IDs of one mail that are looked up and remembered
	automaticMost   = 30 // automatic messages of one sender in automaticWindow; more are a loop
	automaticWindow = time.Hour
)

// keys are the Message-IDs of an arrival, what it answers first, its own last.
func (a Arrival) keys() []string {
	var out []string
	add := func(ids ...string) {
		for _, messageID := range ids {
			if k := refKey(messageID); k != "" && len(out) < refsMost && !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	add(a.Inbound.InReplyTo...)
	newestFirst := slices.Clone(a.Inbound.References)
	slices.Reverse(newestFirst)
	if len(newestFirst) > refsMost-2-len(out) {
		// Of a very long chain the beginning is kept too: every message of the thread names it.
		newestFirst = append(newestFirst[:max(0, refsMost-3-len(out))], a.Inbound.References[0])
	}
	add(newestFirst...)
	return append(slices.DeleteFunc(out, func(k string) bool { return k == refKey(a.Inbound.MessageID) }), refKey(a.Inbound.MessageID))
}

// tokens are those in the addresses that the arrival was sent to.
func (a Arrival) tokens() []string {
	var out []string
	for _, email := range slices.Concat(a.EnvelopeTo, emails(a.Inbound.To), emails(a.Inbound.Cc)) {
		if t := tokenIn(email); t != "" && !slices.Contains(out, t) && len(out) < 5 {
			out = append(out, t)
		}
	}
	return out
}

func emails(all []channel.Address) []string {
	out := make([]string, len(all))
	for i, a := range all {
		out[i] = a.Email
	}
	return out
}

// reception is one arrival on its way to its thread.
type reception struct {
	Arrival
	s       *Service
	tx      *db.Tx
	book    *account.Book
	by      people.Actor    // the channel
	sender  channel.Address // who speaks: of a user's forward still the user
	user    people.User     // the sender, when it is a user of ours; ID 0 for none
	forward bool            // a user's forward of someone else's mail (MAIL-6)

	uploads   []Attachment
	thread    Thread
	reply     bool // the thread was there before
	newTicket bool
	contact   int64 // the sender's contact; of a forward the original sender's; 0 for none
}

// Receive puts an arrival on its thread, or makes thread, contact and ticket (CHAN-1, MAIL-3). What must not become a
// message is an *Unplaced error, before anything was written. It is deduplicated by Message-ID within the inbox (CHAN-3).
func (s *Service) Receive(tx *db.Tx, a Arrival) (Placed, error) {
	b, err := s.accounts.Book(tx)
	if err != nil {
		return Placed{}, err
	}
	a.Inbound.MessageID = refKey(a.Inbound.MessageID)
	if done, err := a.known(tx, a.Account.Inbox); err != nil || done != 0 {
		return Placed{Message: done, Duplicate: true}, err
	}
	r := &reception{Arrival: a, s: s, tx: tx, book: b, by: people.Actor{Kind: event.Channel, ID: a.Account.ID, Name: a.Account.Name, SuperAdmin: true}}
	if err := r.look(); err != nil {
		return Placed{}, err
	}
	if a.Inbound.Nature == channel.Bounce || a.Inbound.Nature == channel.Report {
		return r.report()
	}
	if err := r.stopLoops(); err != nil {
		return Placed{}, err
	}
	// Two nodes must not each begin a thread for mails of one chain.
	keys := r.keys()
	if err := tx.LockNext("arrival:" + id.Format(a.Account.Inbox) + ":" + chainKey(a.Inbound)); err != nil {
		return Placed{}, err
	}
	t, ok, err := s.find(tx, a, b, r.sender.Email, r.user.ID != 0)
	if err != nil {
		return Placed{}, err
	}
	if ok && t.Inbox != a.Account.Inbox {
		if done, err := r.known(tx, t.Inbox); err != nil || done != 0 {
			return Placed{Message: done, Duplicate: true}, err
		}
	}
	r.thread, r.reply = t, ok
	if r.uploads, err = s.loose(tx, a.By, a.Uploads); err != nil {
		return Placed{}, err
	}
	if err := r.place(); err != nil {
		return Placed{}, err
	}
	m, err := r.store(keys)
	return Placed{Message: m.ID}, err
}

// chainKey names the chain of mails that one belongs to: the first that all of them refer to.
func chainKey(in channel.Inbound) string {
	if in.ThreadKey != "" {
		return refKey(in.ThreadKey)
	}
	if len(in.References) > 0 {
		return refKey(in.References[0])
	}
	if len(in.InReplyTo) > 0 {
		return refKey(in.InReplyTo[0])
	}
	return refKey(in.MessageID)
}

// look works out who speaks.
func (r *reception) look() error {
	in := r.Inbound
	r.sender = in.From
	if r.sender.Email == "" {
		r.sender.Email = strings.ToLower(r.EnvelopeFrom)
	}
	// A form on the company's own site writes from its own address for somebody else.
	if r.book.Own(r.sender.Email) && len(in.ReplyTo) > 0 && in.ReplyTo[0].Email != "" && !r.book.Own(in.ReplyTo[0].Email) {
		r.sender = in.ReplyTo[0]
	}
	dir, err := r.s.people.Directory(r.tx)
	if err != nil {
		return err
	}
	// Anybody can write a user's address under a mail: where authentication was checked and failed, it is a stranger.
	if u, ok := dir.UserByEmail(r.sender.Email); ok && u.Active && in.Auth.DMARC != "fail" {
		r.user = u
		r.forward = in.Forwarded != nil && in.Forwarded.Email != "" && !r.book.Own(in.Forwarded.Email)
	}
	return nil
}

// stopLoops refuses what would answer itself for ever (MAIL-5).
func (r *reception) stopLoops() error {
	if r.book.Own(r.sender.Email) {
		return &Unplaced{"Loop: this mail came from our own address " + r.sender.Email + "."}
	}
	for _, v := range r.Inbound.Headers["X-Loop"] {
		if r.book.Own(strings.ToLower(strings.Trim(strings.TrimSpace(v), "<>"))) {
			return &Unplaced{"Loop: this mail went out from here and came back."}
		}
	}
	if r.Inbound.Nature == channel.Message {
		return nil
	}
	n, err := db.Value[int64](r.tx, countAutomatic, r.sender.Email, r.ReceivedAt.Add(-automaticWindow).UnixMicro(), automaticMost)
	if err == nil && n >= automaticMost {
		return &Unplaced{"Loop: " + r.sender.Email + " sends automatic mail faster than anybody reads it."}
	}
	return err
}

const countAutomatic = `SELECT count(*) FROM (SELECT 1 FROM messages WHERE from_email = $1 AND at > $2 AND direction = 'in'
AND nature <> 'message' LIMIT $3) recent`

// place completes the thread: it is new, or its ticket is gone, or all is there.
func (r *reception) place() error {
	speaks := r.sender
	switch {
	case r.forward:
		speaks = *r.Inbound.Forwarded
	case r.Inbound.Outgoing:
		speaks = r.Inbound.To[0]
	}
	// A user who answers from a mailbox of their own is no contact.
	if speaks.Email != "" && (r.user.ID == 0 || r.forward || r.Inbound.Outgoing || !r.reply) {
		if err := r.know(speaks); err != nil {
			return err
		}
	}
	if !r.reply {
		r.thread = Thread{ID: r.tx.NewID(), Inbox: r.Account.Inbox, Account: r.Account.ID, Contact: r.contact, Subject: cut(r.Inbound.Subject, subjectMost),
			Token: newToken(), Status: Open, Forwarded: r.forward, CreatedAt: r.tx.Now, LatestAt: r.ReceivedAt, InboundAt: r.ReceivedAt,
			Key: r.Inbound.ThreadKey, Messages: 1}
		if r.Inbound.Outgoing {
			r.thread.InboundAt, r.thread.OutboundAt = time.Time{}, r.ReceivedAt
		}
		if r.Account.MakesTickets {
			if err := r.makeTicket(); err != nil {
				return err
			}
		}
		if err := r.thread.insert(r.tx); err != nil {
			return err
		}
		event.Emit(r.tx, event.Event{Type: "thread.created", ObjectType: "threads", ObjectID: r.thread.ID, Actor: r.actor(),
			Data: ThreadCreated{ThreadID: r.thread.ID, TicketID: r.thread.Ticket, ContactID: r.contact, AccountID: r.Account.ID}})
		return nil
	}
	if r.thread.Ticket == 0 {
		return nil
	}
	on, err := r.s.tickets.Hold(r.tx, people.System, r.thread.Ticket)
	if errs.Is(err, errs.NotFound) {
		return r.renewTicket()
	}
	r.thread.Ticket = on.ID
	if err == nil && r.contact != 0 && r.contact != r.thread.Contact {
		err = r.s.records.Associate(r.tx, r.by, record.Link{FromType: ticket.Object, FromID: r.thread.Ticket, ToType: "contacts", ToID: r.contact, TypeID: ticketToContact})
	}
	return err
}

// ticketToContact is HubSpot's association type.
const ticketToContact = 16

// renewTicket goes on with a thread whose ticket was deleted, on a new ticket; what was said stays with the old one.
func (r *reception) renewTicket() error {
	if r.contact == 0 {
		r.contact = r.thread.Contact
	}
	if err := r.makeTicket(); err != nil {
		return err
	}
	_, err := r.tx.Exec("UPDATE threads SET ticket_id = $2, originating = TRUE WHERE id = $1", r.thread.ID, r.thread.Ticket)
	return err
}

// actor is who the events of the arrival are by.
func (r *reception) actor() event.Actor {
	switch {
	case r.Inbound.Outgoing && r.By.ID != 0 && r.user.ID == 0:
		return r.By.As()
	case r.user.ID != 0:
		return r.user.Actor().As()
	case r.contact != 0:
		return event.Actor{Kind: event.Contact, ID: r.contact}
	}
	return r.by.As()
}

// store writes the message and all that follows from it.
func (r *reception) store(keys []string) (Message, error) {
	in := r.Inbound
	m := Message{ID: r.messageID(), Kind: Said, Thread: r.thread.ID, Ticket: r.thread.Ticket, Inbox: r.thread.Inbox, Account: r.Account.ID,
		Direction: In, Nature: in.Nature, Actor: r.actor(), From: r.sender, Subject: cut(in.Subject, subjectMost), Text: in.Text, HTML: in.HTML,
		Visible: in.Visible, At: r.ReceivedAt, State: StateReceived, SentAt: in.SentAt, MessageID: in.MessageID, References: firstAndLast(in.References),
		Auth: in.Auth, RawID: r.RawID, RawKey: r.RawKey,
		Recipients: Recipients{To: bounded(in.To), Cc: bounded(in.Cc), ReplyTo: bounded(in.ReplyTo), Here: r.EnvelopeTo}}
	if len(in.InReplyTo) > 0 {
		m.InReplyTo = in.InReplyTo[0]
	}
	if in.Outgoing {
		m.Direction, m.State = Out, StateSent
	}
	for _, step := range []func() error{
		func() error { return m.insert(r.tx, "") },
		func() error { return attach(r.tx, &m, r.Files) },
		func() error { return take(r.tx, &m, r.uploads) },
		func() error { return remember(r.tx, r.thread, keys) },
		r.joinAll,
	} {
		if err := step(); err != nil {
			return m, err
		}
	}
	if r.reply { // a new one was made with it
		if err := r.thread.grew(r.tx, m); err != nil {
			return m, err
		}
	}
	// An automatic answer is kept, but is no news: it wakes nothing and is not the ticket's latest word.
	// A new ticket was made with it.
	if m.Ticket != 0 && !r.newTicket && in.Nature != channel.AutoReply {
		if err := r.s.tickets.Touched(r.tx, people.System, m.Ticket, *r.activity()); err != nil {
			return m, err
		}
	}
	if in.Outgoing {
		event.Emit(r.tx, event.Event{Type: "message.replied", ObjectType: "messages", ObjectID: m.ID, Actor: m.Actor, Data: Replied{
			MessageID: m.ID, ThreadID: m.Thread, TicketID: m.Ticket, AccountID: m.Account, ByUser: r.user.ID != 0,
			StatusTriggers: r.s.accounts.Limits(r.Account).StatusTriggers}})
		return m, nil
	}
	event.Emit(r.tx, event.Event{Type: "message.received", ObjectType: "messages", ObjectID: m.ID, Actor: m.Actor, Data: Received{
		MessageID: m.ID, ThreadID: m.Thread, TicketID: m.Ticket, ContactID: r.contact, AccountID: m.Account, Nature: m.Nature,
		Originating: r.thread.Originating, Reply: r.reply, Forward: r.forward || r.thread.Forwarded, NewTicket: r.newTicket,
		StatusTriggers: r.s.accounts.Limits(r.Account).StatusTriggers && (r.user.ID == 0 || !r.reply)}})
	return m, nil
}

// messageID is that of the message to be.
func (r *reception) messageID() int64 {
	if r.ID != 0 {
		return r.ID
	}
	return r.tx.NewID()
}

// activity is what the arrival means to its ticket.
func (r *reception) activity() *ticket.Activity {
	a := &ticket.Activity{At: r.tx.Now, From: "contact", Preview: Preview(r.Inbound.Visible), Email: r.s.accounts.Limits(r.Account).EmailDates,
		Channel: r.s.accounts.ChannelOf(r.Account)}
	if r.user.ID != 0 && !r.forward || r.Inbound.Outgoing {
		a.From, a.Agent = "user", r.user.ID
	}
	return a
}

// joinAll adds who wrote and who was written to; our own addresses take part in every thread and are not named.
func (r *reception) joinAll() error {
	outside := func(all []channel.Address) []channel.Address {
		return slices.DeleteFunc(slices.Clone(all), func(a channel.Address) bool {
			return r.book.Own(a.Email) || slices.Contains(r.EnvelopeTo, a.Email)
		})
	}
	first := []channel.Address{r.sender}
	if r.Inbound.Outgoing {
		return join(r.tx, r.thread.ID, role{"to", outside(r.Inbound.To)})
	}
	if r.forward {
		first = []channel.Address{*r.Inbound.Forwarded}
	}
	if r.user.ID != 0 && !r.forward && r.reply {
		first = nil
	}
	return join(r.tx, r.thread.ID, role{"from", first}, role{"to", outside(r.Inbound.To)}, role{"cc", outside(r.Inbound.Cc)})
}

const (
	subjectMost    = 500 // characters
	recipientsKept = 500 // of one mail, shown
	chainMost      = 30  // References of one message, as RFC 5322 clients do
)

func bounded(all []channel.Address) []channel.Address { return all[:min(len(all), recipientsKept)] }

// firstAndLast shortens a chain of Message-IDs, keeping its beginning and its end.
func firstAndLast(refs []string) []string {
	if len(refs) <= chainMost {
		return refs
	}
	return append([]string{refs[0]}, refs[len(refs)-chainMost+1:]...)
}
