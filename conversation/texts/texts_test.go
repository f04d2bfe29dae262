package texts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/conversation/texts"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// insertText makes a message with only what a search reads of it.
const insertText = `INSERT INTO messages (id, kind, ticket_id, direction, nature, actor_kind, actor_id, from_name, from_email, recipients, subject, text, html,
visible, at, state, error, attempts, in_reply_to, refs, auth, mentions, raw_key)
VALUES ($1, 'message', $2, 'in', 'message', 'contact', 1, '', '', '{}', '', $3, '', $4, 0, 'received', '', 0, '', '[]', '{}', '{}', '')`

// LIST-2: message text is what is new in a message; where nothing is, all of it.
func TestTextsOfMessages(t *testing.T) {
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		ticket := int64(7)
		long := strings.Repeat("ä", search.TextMost+10)
		dbtest.Do(t, d, func(tx *db.Tx) error {
			for i, m := range []struct {
				ticket        *int64
				text, visible string
			}{
				{&ticket, "new\n> old", "new"},
				{&ticket, "forwarded", ""},
				{nil, "of no ticket", "of no ticket"},
				{&ticket, long, long},
			} {
				if _, err := tx.Exec(insertText, int64(i+1), m.ticket, m.text, m.visible); err != nil {
					return err
				}
			}
			return nil
		})
		show := func(all []search.Message, err error) (out []string) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
			for _, m := range all {
				if len(m.Text) > 100 {
					m.Text = "long"
				}
				out = append(out, strings.Join([]string{string(rune('0' + m.ID)), string(rune('0' + m.Record)), m.Text}, " "))
			}
			return out
		}
		is := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		dbtest.See(t, d, func(tx *db.Tx) error {
			var read texts.Messages
			some := show(read.Texts(tx, []int64{3, 1, 99, 4}))
			slices.Sort(some)
			is("by id", some, "1 7 new", "3 0 of no ticket", "4 7 long")
			is("by no id", show(read.Texts(tx, nil)))
			is("about a ticket", show(read.About(tx, 7, 0, 10)), "1 7 new", "2 7 forwarded", "4 7 long")
			is("about a ticket, the next page", show(read.About(tx, 7, 1, 1)), "2 7 forwarded")
			is("about another", show(read.About(tx, 8, 0, 10)))
			is("the newest", show(read.Before(tx, 1<<62, 2)), "4 7 long", "3 0 of no ticket")
			is("those before", show(read.Before(tx, 3, 10)), "2 7 forwarded", "1 7 new")
			return nil
		})
	})
}
