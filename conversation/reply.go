package conversation

import (
	"html"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/draft"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/mime/page"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/ticket"
)

// SendKind is the job that sends a message; its key is the message's id.
const SendKind = "message.send"

// SendArgs are the arguments of that job.
type SendArgs struct {
	Message int64 `json:"message"`
}

// ReplyInput is what a user writes to a contact.
type ReplyInput struct {
	TicketID  int64
	ThreadID  int64 // 0 for the ticket's newest, or a new one where there is none (TICK-4)
	AccountID int64 // 0 for the thread's channel, or the first one
	// To, Cc and Bcc all empty answer everybody on the newest message.
	To, Cc, Bcc   []channel.Address
	Subject       string // "" goes on with the thread's
	HTML          string
	AttachmentIDs []int64
	Files         []File // the account's, which the author may read
	StageID       string // the status to set with it; "" for none
	Seen          int64  // id of the newest item that the author saw; 0 does not ask
	Quote         bool   // add what is answered below
	Key           string // of the client, so that sending twice sends once; "" for none

	clean bool
	text  string
}

const (
	htmlMost  = 1 << 20   // bytes of what a user writes
	quoteMost = 256 << 10 // bytes of what is quoted
	keyMost   = 200
)

// Cleaned returns the input with its HTML made harmless. Call it before the transaction, for it may take a while; Reply
// does it where the caller did not.
func (in ReplyInput) Cleaned() (ReplyInput, error) {
	if in.clean {
		return in, nil
	}
	var err error
	in.HTML, in.text, err = cleaned(in.HTML, len(in.AttachmentIDs)+len(in.Files) > 0)
	in.clean = err == nil
	return in, err
}

func cleaned(source string, mayBeEmpty bool) (safe, text string, err error) {
	if len(source) > htmlMost {
		return "", "", errs.Bad("html", "TOO_LONG", "The text is too long.")
	}
	safe = page.Sanitize(source)
	text = strings.TrimSpace(page.Text(safe))
	if text == "" && !mayBeEmpty && !strings.Contains(safe, "<img") {
		return "", "", errs.Bad("html", "REQUIRED", "Write something first.")
	}
	return safe, text, nil
}

// answer is one reply on its way.
type answer struct {
	ReplyInput
	s       *Service
	tx      *db.Tx
	by      people.Actor
	ticket  record.Record
	book    *account.Book
	account account.Account
	limits  channel.Limits
	thread  Thread
	begun   *ticket.Thread // the thread, when it is new
	latest  Message        // what is answered; ID 0 for nothing
	files   []Attachment
}

// Reply writes a message to the contact and has it sent (REPLY-5). It is stored and queued when the transaction commits;
// how sending goes is shown on the message. A Conflict with code THREAD_ADVANCED and the items in the way says that
// somebody wrote since the author looked (TICK-6). The same Key again returns the first message.
func (s *Service) Reply(tx *db.Tx, by people.Actor, in ReplyInput) (Message, error) {
	in, err := in.Cleaned()
	if err != nil {
		return Message{}, err
	}
	if len(in.Key) > keyMost {
		return Message{}, errs.Bad("key", "TOO_LONG", "The idempotency key is too long.")
	}
	a := &answer{ReplyInput: in, s: s, tx: tx, by: by}
	if a.ticket, err = s.ticketFor(tx, by, people.Communicate, in.TicketID); err != nil {
		return Message{}, err
	}
	a.TicketID = a.ticket.ID
	// Of two replies at one time the second must see the first.
	if err := tx.Lock("reply:" + id.Format(a.TicketID)); err != nil {
		return Message{}, err
	}
	if done, ok, err := s.repeated(tx, by, in.Key); err != nil || ok {
		return done, err
	}
	for _, step := range []func() error{a.unseen, a.choose, a.address, a.check} {
		if err := step(); err != nil {
			return Message{}, err
		}
	}
	return a.write()
}

// repeated finds what an actor wrote under a client's key before.
func (s *Service) repeated(tx *db.Tx, by people.Actor, key string) (Message, bool, error) {
	if key == "" {
		return Message{}, false, nil
	}
	if err := tx.Lock("client:" + id.Format(by.ID) + ":" + key); err != nil {
		return Message{}, false, err
	}
	m, ok, err := db.One(tx, scanMessage, selectByKey, by.ID, key)
	if err != nil || !ok {
		return m, ok, err
	}
	all := []Message{m}
	err = s.addAttachments(tx, all)
	return all[0], true, err
}

const selectByKey = selectMessages + " WHERE actor_id = $1 AND client_key = $2"

// unseen refuses when the thread advanced since the author looked.
func (a *answer) unseen() error {
	if a.Seen == 0 {
		return nil
	}
	newer, err := db.List(a.tx, db.Col[int64], `SELECT id FROM messages WHERE ticket_id = $1 AND id > $2 AND kind = 'message'
AND (direction = 'in' AND nature IN ('message', 'bulk') OR direction = 'out' AND actor_kind = 'user' AND actor_id <> $3) ORDER BY id LIMIT 20`,
		a.TicketID, a.Seen, a.by.ID)
	if err != nil || len(newer) == 0 {
		return err
	}
	ids := make([]string, len(newer))
	for i, n := range newer {
		ids[i] = id.Format(n)
	}
	return errs.New(errs.Conflict, "Something new arrived while you were writing. Read it, then send again.", nil).
		WithCode("THREAD_ADVANCED").WithDetail("itemIds", ids...)
}

// choose finds the thread and the channel, or begins a thread (TICK-4).
func (a *answer) choose() (err error) {
	if a.book, err = a.s.accounts.Book(a.tx); err != nil {
		return err
	}
	threads, err := threadsOf(a.tx, a.TicketID)
	if err != nil {
		return err
	}
	var found bool
	if a.ThreadID != 0 {
		i := slices.IndexFunc(threads, func(t Thread) bool { return t.ID == a.ThreadID })
		if i < 0 {
			return errs.Bad("threadId", "INVALID_OPTION", "This ticket has no such thread.")
		}
		a.thread, found = threads[i], true
	} else {
		a.thread, found = newest(threads)
	}
	if a.account, err = a.channel(found); err != nil {
		return err
	}
	if a.limits = a.s.accounts.Limits(a.account); a.limits.OneWay || !a.account.Authorized {
		return errs.Newf(errs.Conflict, "Nothing can be sent by the channel %s. Choose another to send by.", a.account.Name).WithCode("ONE_WAY")
	}
	if found && a.fits() {
		a.latest, err = a.answered()
		return err
	}
	return a.begin(len(threads) == 0)
}

func newest(threads []Thread) (t Thread, ok bool) {
	for _, one := range threads {
		if !ok || one.LatestAt.After(t.LatestAt) {
			t, ok = one, true
		}
	}
	return t, ok
}

// channel is the one asked for, else the thread's, else the first one.
func (a *answer) channel(found bool) (account.Account, error) {
	want := a.AccountID
	if want == 0 && found {
		want = a.thread.Account
	}
	if want == 0 {
		for _, one := range a.book.List() {
			if one.Active {
				return one, nil
			}
		}
		return account.Account{}, errs.New(errs.Conflict, "There is no channel to send by. Connect one in the settings.", nil).WithCode("NO_CHANNEL")
	}
	one, ok := a.book.Account(want)
	switch {
	case !ok || one.Removed && a.AccountID != 0:
		return one, errs.Bad("channelId", "INVALID_OPTION", "There is no such channel.")
	case one.Removed:
		return one, errs.New(errs.Conflict, "The channel of this thread was removed. Choose another to send by.", nil).WithCode("CHANNEL_REMOVED")
	case !one.Active:
		return one, errs.Newf(errs.Conflict, "The channel %s is paused. Choose another to send by.", one.Name).WithCode("CHANNEL_PAUSED")
	}
	return one, nil
}

// fits reports whether the thread can go on over the chosen channel: its own, or another of the same kind and inbox.
func (a *answer) fits() bool {
	own, _ := a.book.Account(a.thread.Account)
	return a.account.ID == a.thread.Account || a.account.Kind == own.Kind && a.account.Inbox == a.thread.Inbox
}

// answered is the newest message of the thread that came in, else the newest that went out.
func (a *answer) answered() (Message, error) {
	m, _, err := db.One(a.tx, scanMessage, selectAnswered, a.thread.ID)
	return m, err
}

const selectAnswered = selectMessages + ` WHERE id = coalesce(
(SELECT max(id) FROM messages WHERE thread_id = $1 AND direction = 'in' AND nature IN ('message', 'bulk')),
(SELECT max(id) FROM messages WHERE thread_id = $1 AND direction = 'out'))`

// begin starts a thread. The first of a ticket stands for the one that it was made from.
func (a *answer) begin(first bool) error {
	contact, err := id.Parse(ticket.Contact, a.ticket.Properties[ticket.Contact])
	if err != nil {
		contact = 0
	}
	subject := a.Subject
	if subject == "" {
		subject = a.ticket.Properties[ticket.Subject]
	}
	a.thread = Thread{ID: a.tx.NewID(), Inbox: a.account.Inbox, Account: a.account.ID, Ticket: a.TicketID, Contact: contact, Subject: cut(oneLine(subject), subjectMost),
		Token: newToken(), Status: Open, Originating: first, CreatedAt: a.tx.Now, LatestAt: a.tx.Now}
	if a.account.Channel != 0 {
		a.thread.Key = id.Format(a.thread.ID) // the app hears it, and names the thread by it
	}
	a.begun = &ticket.Thread{ID: a.thread.ID, Account: a.thread.Account, Inbox: a.thread.Inbox}
	if err := a.thread.insert(a.tx); err != nil {
		return err
	}
	event.Emit(a.tx, event.Event{Type: "thread.created", ObjectType: "threads", ObjectID: a.thread.ID, Actor: a.by.As(),
		Data: ThreadCreated{ThreadID: a.thread.ID, TicketID: a.TicketID, ContactID: contact, AccountID: a.account.ID}})
	return nil
}

// write stores the message and all that follows from it.
func (a *answer) write() (Message, error) {
	m := Message{ID: a.tx.NewID(), Kind: Said, Thread: a.thread.ID, Ticket: a.TicketID, Inbox: a.thread.Inbox, Account: a.account.ID, Direction: Out,
		Nature: channel.Message, Actor: a.by.As(), From: channel.Address{Name: a.fromName(), Email: a.account.Address, Type: a.account.Type}, Subject: a.subject(),
		HTML: a.HTML, Text: a.text, Visible: a.text, At: a.tx.Now, State: StateQueued, MessageID: a.s.newMessageID(),
		Recipients: Recipients{To: a.To, Cc: a.Cc, Bcc: a.Bcc}}
	if a.latest.ID != 0 {
		m.InReplyTo = a.latest.MessageID
		m.References = firstAndLast(append(slices.Clone(a.latest.References), a.latest.MessageID))
	}
	if a.Quote {
		a.quote(&m)
	}
	if err := m.insert(a.tx, a.Key); err != nil {
		return m, err
	}
	for _, step := range []func() error{
		func() error { return take(a.tx, &m, a.files) },
		func() error { return attach(a.tx, &m, a.Files) },
		func() error { return remember(a.tx, a.thread, []string{m.MessageID}) },
		func() error { return join(a.tx, a.thread.ID, role{"to", slices.Concat(a.To, a.Cc)}) },
		func() error { return a.thread.grew(a.tx, m) },
		func() error { return enqueue(a.tx, m) },
		func() error { return a.onTicket(m) },
	} {
		if err := step(); err != nil {
			return m, err
		}
	}
	customer, err := a.toContact()
	if err != nil {
		return m, err
	}
	event.Emit(a.tx, event.Event{Type: "message.replied", ObjectType: "messages", ObjectID: m.ID, Actor: a.by.As(), Data: Replied{
		MessageID: m.ID, ThreadID: m.Thread, TicketID: m.Ticket, AccountID: m.Account, ByUser: a.by.IsPerson(), StatusChosen: a.StageID != "",
		StatusTriggers: a.limits.StatusTriggers && customer}})
	return m, nil
}

func enqueue(tx *db.Tx, m Message) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: SendKind, Key: id.Format(m.ID), Serial: "thread:" + id.Format(m.Thread), Args: SendArgs{m.ID}})
	return err
}

// onTicket moves the ticket on, and clears what the author had begun.
func (a *answer) onTicket(m Message) error {
	activity := ticket.Activity{At: a.tx.Now, From: "user", Preview: Preview(m.Visible), Email: a.limits.EmailDates, Thread: a.begun,
		Channel: a.s.accounts.ChannelOf(a.account)}
	if a.by.IsPerson() {
		activity.Agent = a.by.ID
	}
	if err := a.s.tickets.Touched(a.tx, people.System, a.TicketID, activity); err != nil {
		return err
	}
	if a.StageID != "" {
		if err := a.s.tickets.SetStatus(a.tx, a.by, a.TicketID, a.StageID, "set with a reply"); err != nil {
			return err
		}
	}
	if !a.by.IsPerson() {
		return nil
	}
	if err := a.s.tickets.Mark(a.tx, a.by.ID, a.TicketID, ticket.Sent); err != nil {
		return err
	}
	return a.s.drafts.Drop(a.tx, a.by, a.TicketID, draft.Reply)
}

// fromName is the author's name with the channel's, "Ann (Example Support)".
func (a *answer) fromName() string {
	if !a.by.IsPerson() || a.by.Name == "" || a.by.Name == a.account.Name {
		return a.account.Name
	}
	return a.by.Name + " (" + a.account.Name + ")"
}

// subject goes on with the thread's, so that every mail program keeps it together.
func (a *answer) subject() string {
	subject := cut(oneLine(a.Subject), subjectMost)
	if subject == "" {
		subject = a.thread.Subject
	}
	if subject == "" {
		subject = a.ticket.Properties[ticket.Subject]
	}
	if a.latest.ID != 0 && a.Subject == "" && !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	return subject
}

// quote adds what is answered below what is said.
func (a *answer) quote(m *Message) {
	said := a.latest.HTML
	if said == "" {
		said = strings.ReplaceAll(html.EscapeString(a.latest.Text), "\n", "<br>")
	}
	if a.latest.ID == 0 || said == "" || len(said) > quoteMost {
		return
	}
	who := a.latest.From.Name
	if who == "" {
		who = a.latest.From.Email
	}
	line := a.latest.At.Format("2 Jan 2006 15:04 MST") + ", " + who + ":"
	m.HTML += "<p>" + html.EscapeString(line) + "</p><blockquote type=\"cite\">" + said + "</blockquote>"
	m.Text += "\n\n" + line + "\n> " + strings.ReplaceAll(strings.TrimSpace(a.latest.Text), "\n", "\n> ")
}
