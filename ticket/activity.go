package ticket

import (
	"strconv"
	"time"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// Properties that messages keep true (behaviour.md 3).
const (
	FromVisitor    = "hs_last_message_from_visitor"
	LastReply      = "last_reply_date"
	LastEmail      = "hs_last_email_activity"
	LastActivity   = "hs_lastactivitydate"
	LastContacted  = "hs_lastcontacted"
	TimesContacted = "hs_num_times_contacted"
	Activities     = "num_notes"
	FirstSentAt    = "hs_first_agent_message_sent_at"
	FirstSentBy    = "hs_first_agent_message_sent_by"
	FirstReply     = "first_agent_reply_date"
	TimeToReply    = "time_to_first_agent_reply"
	Conversations  = "hs_num_associated_conversations"
	OriginThread   = "hs_conversations_originating_thread_id"
	OriginAccount  = "hs_originating_channel_instance_id"
	OriginChannel  = "hs_originating_generic_channel_id"
	LatestChannel  = "hs_current_generic_channel_id"
	Inbox          = "hs_inbox_id"
	Outbound       = "hs_outbound_ticket"
	InHelpDesk     = "hs_in_helpdesk"
)

// Activity is what a message changes of its ticket.
type Activity struct {
	At      time.Time
	From    string // "contact" or "user"
	Preview string
	Agent   int64   // the user who wrote; 0 for none
	Email   bool    // it came or goes as an e-mail
	Channel string  // HubSpot's number of the channel that it came or goes by; "" for none
	Thread  *Thread // the message's thread where that is new to the ticket
}

// Thread is a thread that a ticket gets.
type Thread struct{ ID, Account, Inbox int64 }

// Touched records a message on the ticket: when, from whom, how it begins, and what that makes of counts and first times. A
// message of the contact wakes a snoozed ticket.
func (s *Service) Touched(tx *db.Tx, by people.Actor, ticketID int64, a Activity) error {
	_, err := s.records.Amend(tx, by, Object, ticketID, func(r record.Record) map[string]string { return a.properties(tx, r) }, "")
	return err
}

// properties are what the message makes of a ticket, which is empty when it is made with it.
func (a Activity) properties(tx *db.Tx, before record.Record) map[string]string {
	at := DateTime(a.At)
	props := map[string]string{ActiveAt: at, LastFrom: a.From, Preview: a.Preview, LastActivity: at, Activities: more(before, Activities)}
	if a.From == "contact" {
		a.received(before, at, props)
	} else {
		a.sent(tx, before, at, props)
	}
	if a.Channel != "" {
		props[LatestChannel] = a.Channel
	}
	if a.Thread == nil {
		return props
	}
	props[Conversations] = more(before, Conversations)
	if before.Properties[OriginThread] == "" {
		props[OriginThread], props[OriginAccount], props[Inbox] = id.Format(a.Thread.ID), id.Format(a.Thread.Account), id.Format(a.Thread.Inbox)
		props[OriginChannel] = a.Channel
		props[Outbound] = strconv.FormatBool(a.From != "contact")
	}
	return props
}

func (a Activity) received(before record.Record, at string, props map[string]string) {
	first := before.Properties[ActiveAt] == ""
	props[LastReceived], props[SnoozedUntil], props[FromVisitor], props[LatestSeen] = at, "", "true", ""
	if !first {
		props[LastReply] = at
	}
	switch {
	case a.Email && first:
		props[LastEmail] = "ORIGINAL_FROM_CONTACT"
	case a.Email:
		props[LastEmail] = "REPLY_FROM_CONTACT"
	}
}

func (a Activity) sent(tx *db.Tx, before record.Record, at string, props map[string]string) {
	props[LastSent], props[FromVisitor], props[LastContacted] = at, "false", at
	props[TimesContacted] = more(before, TimesContacted)
	if a.Email {
		props[LastEmail] = "SENT_TO_CONTACT"
	}
	props[LatestSeen] = ""
	if a.Agent == 0 {
		return
	}
	props[LatestSeen] = id.Format(a.Agent)
	props[Touches] = more(before, Touches)
	if before.Properties[FirstSentAt] == "" {
		props[FirstSentAt], props[FirstSentBy] = at, id.Format(a.Agent)
	}
	if a.Email && before.Properties[FirstReply] == "" {
		props[FirstReply] = at
		props[TimeToReply] = age(tx, before.Properties[Created])
	}
}

// more is a count with one more.
func more(r record.Record, name string) string {
	n, _ := strconv.Atoi(r.Properties[name])
	return strconv.Itoa(n + 1)
}

// age is how many milliseconds ago an instant was; 0 for one that is missing or to come.
func age(tx *db.Tx, instant string) string {
	t := ParseDateTime(instant)
	if t.IsZero() {
		t = tx.Now
	}
	return strconv.FormatInt(max(0, tx.Now.Sub(t).Milliseconds()), 10)
}
