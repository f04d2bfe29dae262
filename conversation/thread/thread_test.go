package thread_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/email"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/thread"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/ticket"
)

var ctx = context.Background()

// desk is a help desk at which mail has been understood already.
type desk struct {
	*db.DB
	t         *testing.T
	clock     *clock.Fixed
	people    *people.Service
	tickets   *ticket.Service
	accounts  *account.Store
	talks     *conversation.Service
	threads   *thread.Service
	support   account.Account
	ann, otto people.User
	delivered int
}

func each(t *testing.T, story func(t *testing.T, d *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		bus := event.NewBus(slog.New(slog.DiscardHandler))
		cfg.Reactor = bus
		d := &desk{DB: dbtest.Open(t, cfg), t: t, clock: cfg.Clock.(*clock.Fixed)}
		d.people = people.New(d.DB)
		props := property.New(d.DB)
		pipes := pipeline.New(d.DB, props)
		records := record.New(d.DB, props, search.New(d.DB, props, nil), map[string]record.Rules{ticket.Object: ticket.NewRules(pipes, d.people)})
		d.tickets = ticket.New(records, pipes)
		box, err := seal.Open(filepath.Join(t.TempDir(), "key"))
		d.must(err)
		blobs, err := blob.NewFiles(t.TempDir())
		d.must(err)
		d.accounts = account.New(d.DB, d.people, box, []channel.Kind{email.Kind()}, channel.Deps{Outbox: &channeltest.Outbox{}, Now: d.clock.Now})
		d.talks = conversation.New(d.DB, records, d.tickets, d.people, d.accounts, blobs, box, "desk.localhost")
		d.threads = thread.New(d.talks, d.tickets, d.people)
		d.must(bus.Install(d.tickets.PrimaryContact()))
		d.do(func(tx *db.Tx) error {
			d.support, err = d.accounts.EnsureBuiltin(tx, "desk.localhost")
			return err
		})
		d.ann, d.otto = d.user("Ann", people.ServiceSeat), d.user("Otto", people.ViewSeat)
		story(t, d)
	})
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) do(fn func(tx *db.Tx) error)  { d.t.Helper(); dbtest.Do(d.t, d.DB, fn) }
func (d *desk) see(fn func(tx *db.Tx) error) { d.t.Helper(); dbtest.See(d.t, d.DB, fn) }

func (d *desk) user(name string, seat people.Seat) people.User {
	d.t.Helper()
	u, err := d.people.AddUser(ctx, people.System, people.NewUser{Name: name, Email: strings.ToLower(name) + "@desk.example", Password: "correct horse battery", Seat: seat})
	d.must(err)
	return u
}

// arrive is a mail; answers name the mail that it goes on with.
func (d *desk) arrive(from string, answers ...conversation.Message) (m conversation.Message) {
	d.t.Helper()
	d.delivered++
	in := channel.Inbound{Nature: channel.Message, MessageID: fmt.Sprintf("m%d@outside.example", d.delivered), From: channel.Address{Email: from},
		To: []channel.Address{{Email: d.support.Address}}, Subject: "Lamp", Text: "It is dark.", Visible: "It is dark.", SentAt: d.clock.Now()}
	for _, a := range answers {
		in.References = append(in.References, a.MessageID)
	}
	d.do(func(tx *db.Tx) error {
		placed, err := d.talks.Receive(tx, conversation.Arrival{Account: d.support, Inbound: in, EnvelopeTo: []string{d.support.Address}, ReceivedAt: tx.Now})
		d.must(err)
		m, err = d.talks.Message(tx, people.System, placed.Message)
		return err
	})
	return m
}

func (d *desk) try(fn func(tx *db.Tx) error) error { return d.Write(ctx, fn) }

func (d *desk) thread(n int64) (t conversation.Thread) {
	d.t.Helper()
	d.see(func(tx *db.Tx) (err error) { t, err = d.talks.ThreadByID(tx, people.System, n); return err })
	return t
}

// browse reads a whole list in pages.
func (d *desk) browse(by people.Actor, q thread.Query) (ids []int64) {
	d.t.Helper()
	if q.Limit == 0 {
		q.Limit = 2
	}
	for range 20 {
		d.see(func(tx *db.Tx) error {
			page, next, err := d.threads.Browse(tx, by, q)
			for _, t := range page {
				ids = append(ids, t.ID)
			}
			q.After = next
			return err
		})
		if q.After == "" {
			return ids
		}
	}
	d.t.Fatalf("the list does not end: %v", ids)
	return nil
}

func TestThreadsCloseAndOpen(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		first := d.arrive("eve@example.org")
		n := first.Thread
		for _, status := range []string{conversation.Closed, conversation.Closed, conversation.Open, conversation.Closed} {
			d.must(d.try(func(tx *db.Tx) error {
				got, err := d.threads.SetStatus(tx, d.ann.Actor(), n, status)
				if got.Status != status || got.ClosedAt.IsZero() == (status == conversation.Closed) {
					t.Errorf("%s: %+v", status, got)
				}
				return err
			}))
		}
		if err := d.try(func(tx *db.Tx) error { _, err := d.threads.SetStatus(tx, d.ann.Actor(), n, "open"); return err }); !errs.Is(err, errs.Invalid) {
			t.Errorf("another word: %v", err)
		}
		if err := d.try(func(tx *db.Tx) error {
			_, err := d.threads.SetStatus(tx, d.ann.Actor(), 12, conversation.Open)
			return err
		}); !errs.Is(err, errs.NotFound) {
			t.Errorf("no thread: %v", err)
		}
		d.arrive("eve@example.org", first)
		if got := d.thread(n); got.Status != conversation.Open || !got.ClosedAt.IsZero() || got.Messages != 2 {
			t.Errorf("after a message: %+v", got)
		}
		// Three changes of status, and the one of the message.
		var told []string
		d.see(func(tx *db.Tx) error {
			all, err := event.Between(tx, "threads", n, []string{"thread.changed"}, event.Span{Limit: 10})
			for _, e := range all {
				data, err := event.Data[conversation.ThreadChanged](e)
				if err != nil || data.TicketID != first.Ticket || data.OnTicket() != first.Ticket {
					t.Errorf("%+v, %v", data, err)
				}
				told = append(told, data.To)
			}
			return err
		})
		if want := []string{"CLOSED", "OPEN", "CLOSED", "OPEN"}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

func TestArchivedThreadsComeBack(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		first, other := d.arrive("eve@example.org"), d.arrive("max@example.org")
		archive := func(tx *db.Tx) error { return d.threads.Archive(tx, d.ann.Actor(), first.Thread) }
		d.must(d.try(archive))
		d.must(d.try(archive))
		lists := func(what string, in, out []int64) {
			t.Helper()
			if got := d.browse(people.System, thread.Query{Archived: true}); !slices.Equal(got, in) {
				t.Errorf("%s: archived %v, want %v", what, got, in)
			}
			if got := d.browse(people.System, thread.Query{}); !slices.Equal(got, out) {
				t.Errorf("%s: listed %v, want %v", what, got, out)
			}
		}
		lists("archived", []int64{first.Thread}, []int64{other.Thread})
		restore := func(tx *db.Tx) error {
			got, err := d.threads.Restore(tx, d.ann.Actor(), first.Thread)
			if !got.ArchivedAt.IsZero() {
				t.Errorf("restored %+v", got)
			}
			return err
		}
		d.must(d.try(restore))
		d.must(d.try(restore))
		lists("restored", nil, []int64{first.Thread, other.Thread})
		d.must(d.try(archive))
		d.arrive("eve@example.org", first)
		lists("after a message", nil, []int64{first.Thread, other.Thread})
	})
}

func TestThreadsAreAssignedWithTheirTickets(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("eve@example.org")
		assign := func(user int64) error {
			return d.try(func(tx *db.Tx) error {
				got, err := d.threads.Assign(tx, d.ann.Actor(), m.Thread, user)
				if err == nil && got.Owner != user {
					t.Errorf("has %d, want %d", got.Owner, user)
				}
				return err
			})
		}
		for _, user := range []int64{d.ann.ID, d.ann.ID, 0, 0} {
			d.must(assign(user))
		}
		for what, user := range map[string]int64{"nobody": 12, "who works not": d.otto.ID} {
			if err := assign(user); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", what, err)
			}
		}
		no := false
		d.must(d.try(func(tx *db.Tx) (err error) {
			d.support, err = d.accounts.Edit(tx, people.System, d.support.ID, account.Change{MakesTickets: &no})
			return err
		}))
		m = d.arrive("max@example.org")
		if err := assign(d.ann.ID); !errs.Is(err, errs.Conflict) {
			t.Errorf("without a ticket: %v", err)
		}
	})
}

func TestWhoMayChangeThreads(t *testing.T) { // ACC-10
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("eve@example.org")
		reader := people.LimitedApp(7, "Reader", []string{"conversations.read"})
		stranger := people.LimitedApp(8, "Stranger", []string{"oauth"})
		for what, try := range map[string]func(tx *db.Tx, by people.Actor) error{
			"status": func(tx *db.Tx, by people.Actor) error {
				_, err := d.threads.SetStatus(tx, by, m.Thread, "CLOSED")
				return err
			},
			"archive": func(tx *db.Tx, by people.Actor) error { return d.threads.Archive(tx, by, m.Thread) },
			"restore": func(tx *db.Tx, by people.Actor) error { _, err := d.threads.Restore(tx, by, m.Thread); return err },
			"assign": func(tx *db.Tx, by people.Actor) error {
				_, err := d.threads.Assign(tx, by, m.Thread, d.ann.ID)
				return err
			},
		} {
			for _, by := range []people.Actor{d.otto.Actor(), reader} {
				if err := d.try(func(tx *db.Tx) error { return try(tx, by) }); !errs.Is(err, errs.Denied) {
					t.Errorf("%s as %s: %v", what, by.Name, err)
				}
			}
			if err := d.try(func(tx *db.Tx) error { return try(tx, stranger) }); !errs.Is(err, errs.NotFound) && !errs.Is(err, errs.Denied) {
				t.Errorf("%s as a stranger: %v", what, err)
			}
		}
		if got := d.thread(m.Thread); got.Status != conversation.Open || !got.ArchivedAt.IsZero() || got.Owner != 0 {
			t.Errorf("changed all the same: %+v", got)
		}
		if got := d.browse(stranger, thread.Query{}); len(got) != 0 {
			t.Errorf("a stranger sees %v", got)
		}
	})
}

func TestListsOfThreads(t *testing.T) { // API-5, API-9
	each(t, func(t *testing.T, d *desk) {
		var all []int64
		var messages []conversation.Message
		for i := range 5 {
			m := d.arrive(fmt.Sprintf("who%d@example.org", i))
			all, messages = append(all, m.Thread), append(messages, m)
			d.clock.Advance(time.Minute)
		}
		d.arrive("who1@example.org", messages[1])
		d.must(d.try(func(tx *db.Tx) error {
			_, err := d.threads.SetStatus(tx, people.System, all[2], conversation.Closed)
			return err
		}))
		contact := d.thread(all[3]).Contact
		latest := []int64{all[0], all[2], all[3], all[4], all[1]}
		for _, c := range []struct {
			name string
			q    thread.Query
			want []int64
		}{
			{"all", thread.Query{}, all},
			{"one at a time", thread.Query{Limit: 1}, all},
			{"at once", thread.Query{Limit: 100}, all},
			{"by ticket", thread.Query{Ticket: messages[4].Ticket}, all[4:]},
			{"by contact", thread.Query{Contact: contact}, all[3:4]},
			{"by contact, closed", thread.Query{Contact: contact, Status: conversation.Closed}, nil},
			{"closed", thread.Query{Status: conversation.Closed}, all[2:3]},
			{"by inbox", thread.Query{Inboxes: []int64{d.support.Inbox, 12}}, all},
			{"by another inbox", thread.Query{Inboxes: []int64{12}}, nil},
			{"latest", thread.Query{Latest: true}, latest},
			{"latest, one at a time", thread.Query{Latest: true, Limit: 1}, latest},
			{"latest after", thread.Query{Latest: true, LatestAfter: dbtest.Start.Add(150 * time.Second)}, latest[2:]},
			{"after, in order of ids", thread.Query{LatestAfter: dbtest.Start.Add(150 * time.Second)}, []int64{all[1], all[3], all[4]}},
		} {
			if got := d.browse(people.System, c.q); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		for _, after := range []string{"x", "-1", "7-8", "1-2-3"} {
			d.see(func(tx *db.Tx) error {
				if _, _, err := d.threads.Browse(tx, people.System, thread.Query{After: after, Limit: 2}); !errs.Is(err, errs.Invalid) {
					t.Errorf("after %q: %v", after, err)
				}
				return nil
			})
		}
	})
}

func TestWhatHappenedOnAThread(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		m := d.arrive("eve@example.org")
		other := d.arrive("max@example.org")
		d.do(func(tx *db.Tx) error {
			if err := d.tickets.SetStatus(tx, people.System, m.Ticket, "3", "no news of the thread"); err != nil {
				return err
			}
			if _, err := d.threads.Assign(tx, d.ann.Actor(), m.Thread, d.ann.ID); err != nil {
				return err
			}
			_, err := d.threads.SetStatus(tx, d.ann.Actor(), m.Thread, conversation.Closed)
			return err
		})
		d.do(func(tx *db.Tx) error {
			_, err := d.talks.Comment(tx, d.ann.Actor(), conversation.CommentInput{TicketID: m.Ticket, HTML: "<p>look</p>"})
			return err
		})
		d.arrive("eve@example.org", m)
		d.do(func(tx *db.Tx) error { _, err := d.threads.Assign(tx, d.ann.Actor(), m.Thread, 0); return err })
		word := func(e thread.Entry) string {
			switch {
			case e.Message != nil && e.Message.Kind == conversation.Comment:
				return "comment"
			case e.Message != nil:
				return "message"
			case e.Status != "":
				return e.Status
			}
			return e.From + ">" + e.To
		}
		ann := id.Format(d.ann.ID)
		want := []string{"message", ">" + ann, "CLOSED", "comment", "message", "OPEN", ann + ">"}
		for _, newest := range []bool{false, true} {
			for limit := 1; limit < 9; limit++ {
				var got []string
				after := int64(0)
				for range 12 {
					d.see(func(tx *db.Tx) error {
						page, next, err := d.threads.Entries(tx, people.System, m.Thread, after, limit, newest)
						for _, e := range page {
							got = append(got, word(e))
							alone, err := d.threads.Entry(tx, people.System, m.Thread, e.ID)
							if err != nil || word(alone) != word(e) {
								t.Errorf("%s alone: %+v, %v", word(e), alone, err)
							}
						}
						after = next
						return err
					})
					if after == 0 {
						break
					}
				}
				if newest {
					slices.Reverse(got)
				}
				if !slices.Equal(got, want) {
					t.Errorf("in pages of %d, the newest first %v: %q, want %q", limit, newest, got, want)
				}
			}
		}
		d.see(func(tx *db.Tx) error {
			for what, n := range map[string]int64{"another thread's": other.ID, "nothing": 12, "a ticket": m.Ticket} {
				if _, err := d.threads.Entry(tx, people.System, m.Thread, n); !errs.Is(err, errs.NotFound) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if _, _, err := d.threads.Entries(tx, people.System, 12, 0, 5, false); !errs.Is(err, errs.NotFound) {
				t.Errorf("no thread: %v", err)
			}
			return nil
		})
	})
}
