package conversation

import "github.com/deskbell/deskbell/channel"

// ThreadCreated is the data of "thread.created".
type ThreadCreated struct {
	ThreadID, TicketID, ContactID, AccountID int64
}

// OnTicket is the ticket the event happened on; 0 for none.
func (d ThreadCreated) OnTicket() int64 { return d.TicketID }

// ThreadChanged is the data of "thread.changed", "thread.archived" and "thread.restored": From and To are its status.
type ThreadChanged struct {
	ThreadID, TicketID int64

	From, To string
}

// OnTicket is the ticket the event happened on; 0 for none.
func (d ThreadChanged) OnTicket() int64 { return d.TicketID }

// Received is the data of "message.received": anything that came in and was kept on a thread.
type Received struct {
	MessageID, ThreadID, TicketID, ContactID, AccountID int64

	Nature      channel.Nature
	Originating bool // on the thread that the ticket was made from
	Reply       bool // on a thread that was there before
	Forward     bool // a user's forward, or a message on a thread that began as one (MAIL-6, AUTO-3)
	NewTicket   bool // the ticket was made for it
	// StatusTriggers says whether status automation applies: the channel's default, and not for what users send from
	// mailboxes of their own (AUTO-3, AUTO-5).
	StatusTriggers bool
}

// OnTicket is the ticket the event happened on; 0 for none.
func (d Received) OnTicket() int64 { return d.TicketID }

// Replied is the data of "message.replied": a message was written and waits to be sent.
type Replied struct {
	MessageID, ThreadID, TicketID, AccountID int64

	ByUser         bool // a person wrote it
	StatusChosen   bool // with a status to set, so that none is set by rule
	StatusTriggers bool // status automation applies: to the channel (AUTO-5), and the message goes to a contact of the ticket (AUTO-2)
}

// OnTicket is the ticket the event happened on; 0 for none.
func (d Replied) OnTicket() int64 { return d.TicketID }

// Mentions are whom a comment names.
type Mentions struct {
	Users []int64 `json:"users,omitempty"`
	Teams []int64 `json:"teams,omitempty"`
}

// Commented is the data of "comment.added".
type Commented struct {
	MessageID, TicketID int64

	Mentions Mentions
	Preview  string
}

// OnTicket is the ticket the event happened on; 0 for none.
func (d Commented) OnTicket() int64 { return d.TicketID }

// Delivered is the data of "message.sent" and of "message.queued", a message that is to be tried again or was called off.
type Delivered struct {
	MessageID, ThreadID, TicketID int64
}

// OnTicket is the ticket the event happened on; 0 for none.
func (d Delivered) OnTicket() int64 { return d.TicketID }

// Failed is the data of "message.failed": a message will not arrive.
type Failed struct {
	MessageID, ThreadID, TicketID int64

	SenderID int64  // the user who wrote it; 0 for none
	Reason   string // in plain words
	Bounce   bool   // a server took it and gave it back (MAIL-5)
}

// OnTicket is the ticket the event happened on; 0 for none.
func (d Failed) OnTicket() int64 { return d.TicketID }
