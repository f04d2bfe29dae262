// Package erasure removes what was said with people who are erased (REC-5), and with tickets that are. It owns no table: it knows those of
// package conversation; what becomes of tickets and of mails as they came and went, others do.
package erasure

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/ticket"
)

// message is what is looked at of one.
type message struct {
	ID, Ticket, RawID                                     int64
	From, Subject, Text, HTML, Visible, MessageID, RawKey string
	In                                                    bool
	Recipients                                            conversation.Recipients
}

const selectMessages = `SELECT id, coalesce(ticket_id, 0), coalesce(raw_id, 0), lower(from_email), subject, text, html, visible, coalesce(message_id, ''), raw_key, direction = 'in', recipients
FROM messages`

func scan(s db.Scanner) (m message, err error) {
	var to []byte
	if err := s.Scan(&m.ID, &m.Ticket, &m.RawID, &m.From, &m.Subject, &m.Text, &m.HTML, &m.Visible, &m.MessageID, &m.RawKey, &m.In, &to); err != nil {
		return m, err
	}
	return m, json.Unmarshal(to, &m.Recipients)
}

// Raws has what came in and went out raw erased: the rows of messages and their Message-IDs.
type Raws func(tx *db.Tx, raws []int64, messageIDs []string) error

// erasure takes conversations apart.
type erasure struct {
	tickets *ticket.Service
	raws    Raws
	reindex func(tx *db.Tx, objectType string, n int64) error
}

const (
	eraseStep = 100  // messages a transaction that go
	eraseLook = 2000 // rows a transaction that are looked at
)

// Parts are what is said: of a ticket that is erased all of it, of a person all on their threads and what they wrote on others'. A thread
// stays as a shell that our Message-IDs lead to, so that an answer to it still finds the desk; nothing tells whose it was.
func Parts(tickets *ticket.Service, raws Raws, reindex func(tx *db.Tx, objectType string, n int64) error) []erase.Part {
	e := &erasure{tickets, raws, reindex}
	return []erase.Part{
		{Name: "conversations", Step: e.threads},
		{Name: "messages", Step: e.elsewhere},
		{Name: "participants", Step: participants},
		{Name: "drafts", Step: drafts},
	}
}

// threads erases the conversations of a ticket or of a person.
func (e *erasure) threads(tx *db.Tx, w erase.What, _ erase.Cursor) (erase.Cursor, bool, error) {
	switch {
	case w.ObjectType == ticket.Object:
		more, err := e.some(tx, " WHERE ticket_id = $1 ORDER BY id LIMIT $2", w.ID, eraseStep)
		if err != nil || more {
			return 0, true, err
		}
		if _, err := tx.Exec("DELETE FROM drafts WHERE ticket_id = $1", w.ID); err != nil {
			return 0, false, err
		}
		return 0, false, shells(tx, "ticket_id", w.ID)
	case w.Person:
		more, err := e.some(tx, " WHERE thread_id IN (SELECT id FROM threads WHERE contact_id = $1) ORDER BY id LIMIT $2", w.ID, eraseStep)
		if err != nil || more {
			return 0, true, err
		}
		return 0, false, shells(tx, "contact_id", w.ID)
	}
	return 0, false, nil
}

// shells takes from threads whose they were.
func shells(tx *db.Tx, column string, n int64) error {
	if _, err := tx.Exec("DELETE FROM participants WHERE thread_id IN (SELECT id FROM threads WHERE "+column+" = $1)", n); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE threads SET subject = '', channel_key = '', contact_id = NULL, messages = 0 WHERE "+column+" = $1", n)
	return err
}

// some erases messages that a condition picks, and says whether there may be more.
func (e *erasure) some(tx *db.Tx, where string, args ...any) (more bool, err error) {
	found, err := db.List(tx, scan, selectMessages+where, args...)
	if err != nil || len(found) == 0 {
		return false, err
	}
	_, err = e.erase(tx, found)
	return true, err
}

// erase removes messages with all that was kept of them. With again they are there still, but tickets do not show them any more.
func (e *erasure) erase(tx *db.Tx, found []message) (again bool, err error) {
	var ids []int64
	words := map[int64][]string{} // by ticket
	for _, m := range found {
		ids = append(ids, m.ID)
		if m.Ticket != 0 {
			words[m.Ticket] = append(words[m.Ticket], conversation.Preview(m.Visible))
		}
	}
	if len(found) == 0 {
		return false, nil
	}
	for n, gone := range words {
		showed, err := e.unsay(tx, n, gone, ids)
		if err != nil {
			return false, err
		}
		again = again || showed
	}
	if again {
		return true, nil
	}
	if err := e.originals(tx, found); err != nil {
		return false, err
	}
	var files, gone, lost db.SQL
	keys, err := db.List(tx, db.Col[string], db.In(files.Add("SELECT blob_key FROM attachments WHERE "), "message_id", ids).Text(), files.Args()...)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		if err := waste.Drop(tx, k); err != nil {
			return false, err
		}
	}
	if err := forgetIDs(tx, found); err != nil {
		return false, err
	}
	if _, err := db.In(lost.Add("DELETE FROM attachments WHERE "), "message_id", ids).Exec(tx); err != nil {
		return false, err
	}
	if _, err := db.In(gone.Add("DELETE FROM messages WHERE "), "id", ids).Exec(tx); err != nil {
		return false, err
	}
	for more := true; more; {
		if more, err = event.Forget(tx, "messages", ids, eraseLook); err != nil {
			return false, err
		}
	}
	for n := range words {
		if err := e.reindex(tx, ticket.Object, n); err != nil {
			return false, err
		}
	}
	return false, nil
}

// forgetIDs takes the Message-IDs away that others gave. Ours lead an answer to the desk still.
func forgetIDs(tx *db.Tx, found []message) error {
	var theirs []string
	for _, m := range found {
		if m.In && m.MessageID != "" {
			theirs = append(theirs, m.MessageID)
		}
	}
	if len(theirs) == 0 {
		return nil
	}
	var q db.SQL
	_, err := db.In(q.Add("DELETE FROM message_refs WHERE "), "ref", theirs).Exec(tx)
	return err
}

// unsay has a ticket show the newest of the messages that stay.
func (e *erasure) unsay(tx *db.Tx, n int64, gone []string, ids []int64) (again bool, err error) {
	var q db.SQL
	q.Add("SELECT visible FROM messages WHERE ticket_id = ? AND kind = ? AND NOT ", n, string(conversation.Said))
	text, _, err := db.One(tx, db.Col[string], db.In(&q, "id", ids).Add(" ORDER BY id DESC LIMIT 1").Text(), q.Args()...)
	if err != nil {
		return false, err
	}
	return e.tickets.Unsaid(tx, n, gone, conversation.Preview(text))
}

// originals removes messages as they came and went.
func (e *erasure) originals(tx *db.Tx, found []message) error {
	var raws []int64
	var messageIDs []string
	for _, m := range found {
		raws = append(raws, m.ID)
		if m.RawID != 0 {
			raws = append(raws, m.RawID)
		}
		if m.MessageID != "" {
			messageIDs = append(messageIDs, m.MessageID)
		}
		if err := waste.Drop(tx, m.RawKey); err != nil {
			return err
		}
	}
	return e.raws(tx, raws, messageIDs)
}

// elsewhere looks through all messages for what a person wrote on threads of others, and for where their address stands.
func (e *erasure) elsewhere(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
	if len(w.Emails) == 0 {
		return 0, false, nil
	}
	last, err := db.Value[int64](tx, "SELECT coalesce(max(id), 0) FROM (SELECT id FROM messages WHERE id > $1 ORDER BY id LIMIT $2) AS span", int64(from), eraseLook)
	if err != nil || last == 0 {
		return 0, false, err
	}
	var q db.SQL
	q.Add(selectMessages+" WHERE id > ? AND id <= ? AND (", int64(from), last)
	db.In(&q, "lower(from_email)", w.Emails)
	for _, a := range w.Emails {
		for _, column := range []string{"CAST(recipients AS TEXT)", "text", "html", "subject"} {
			q.Add(" OR "+tx.Contains(column, "?"), db.Like(a))
		}
	}
	found, err := db.List(tx, scan, q.Add(")").Text(), q.Args()...)
	if err != nil {
		return 0, false, err
	}
	var theirs []message
	for _, m := range found {
		if slices.Contains(w.Emails, m.From) {
			theirs = append(theirs, m)
		} else if err := e.unaddress(tx, m, w.Emails); err != nil {
			return 0, false, err
		}
	}
	again, err := e.erase(tx, theirs)
	if again {
		last = int64(from)
	}
	return erase.Cursor(last), true, err
}

// unaddress takes addresses from a message of somebody else. Where its text has one, what it quotes goes too: it may be theirs.
func (e *erasure) unaddress(tx *db.Tx, m message, emails []string) error {
	raw, err := json.Marshal(but(m.Recipients, emails))
	if err != nil {
		return err
	}
	if err := e.originals(tx, []message{m}); err != nil {
		return err
	}
	if named(m.Text, emails) || named(m.HTML, emails) {
		m.Text, m.HTML = m.Visible, ""
	}
	for _, text := range []*string{&m.Text, &m.Visible, &m.Subject} {
		*text = without(*text, emails)
	}
	if _, err := tx.Exec("UPDATE messages SET recipients = $2, subject = $3, text = $4, html = $5, visible = $6, raw_id = NULL, raw_key = '' WHERE id = $1",
		m.ID, string(raw), m.Subject, m.Text, m.HTML, m.Visible); err != nil || m.Ticket == 0 {
		return err
	}
	return e.reindex(tx, ticket.Object, m.Ticket)
}

// named reports whether a text has one of the addresses in it.
func named(text string, emails []string) bool {
	return slices.ContainsFunc(emails, func(a string) bool { return addressIn(a).MatchString(text) })
}

// without is a text in which addresses are struck out.
func without(text string, emails []string) string {
	for _, a := range emails {
		text = addressIn(a).ReplaceAllString(text, "…")
	}
	return text
}

func addressIn(email string) *regexp.Regexp {
	return regexp.MustCompile("(?i)" + regexp.QuoteMeta(email))
}

// drafts takes a person's addresses from what users are about to send to others.
func drafts(tx *db.Tx, w erase.What, _ erase.Cursor) (erase.Cursor, bool, error) {
	for _, a := range w.Emails {
		type draft struct {
			user, ticket     int64
			kind, recipients string
		}
		found, err := db.List(tx, func(s db.Scanner) (d draft, err error) { return d, s.Scan(&d.user, &d.ticket, &d.kind, &d.recipients) },
			"SELECT user_id, ticket_id, kind, CAST(recipients AS TEXT) FROM drafts WHERE "+tx.Contains("CAST(recipients AS TEXT)", "$1"), db.Like(a))
		if err != nil {
			return 0, false, err
		}
		for _, d := range found {
			var to conversation.Recipients
			if err := json.Unmarshal([]byte(d.recipients), &to); err != nil {
				return 0, false, err
			}
			left, err := json.Marshal(but(to, w.Emails))
			if err != nil {
				return 0, false, err
			}
			if _, err := tx.Exec("UPDATE drafts SET recipients = $4 WHERE user_id = $1 AND ticket_id = $2 AND kind = $3", d.user, d.ticket, d.kind, string(left)); err != nil {
				return 0, false, err
			}
		}
	}
	return 0, false, nil
}

// but are recipients without those at some addresses.
func but(to conversation.Recipients, emails []string) conversation.Recipients {
	for _, list := range []*[]channel.Address{&to.To, &to.Cc, &to.Bcc, &to.ReplyTo} {
		*list = slices.DeleteFunc(slices.Clone(*list), func(a channel.Address) bool { return slices.Contains(emails, strings.ToLower(a.Email)) })
	}
	return to
}

// participants looks through all threads for a person's addresses.
func participants(tx *db.Tx, w erase.What, from erase.Cursor) (erase.Cursor, bool, error) {
	if len(w.Emails) == 0 {
		return 0, false, nil
	}
	last, err := db.Value[int64](tx, "SELECT coalesce(max(thread_id), 0) FROM (SELECT thread_id FROM participants WHERE thread_id > $1 ORDER BY thread_id LIMIT $2) AS span",
		int64(from), eraseLook)
	if err != nil || last == 0 {
		return 0, false, err
	}
	var q db.SQL
	q.Add("DELETE FROM participants WHERE thread_id > ? AND thread_id <= ? AND ", int64(from), last)
	_, err = db.In(&q, "email", w.Emails).Exec(tx)
	return erase.Cursor(last), true, err
}
