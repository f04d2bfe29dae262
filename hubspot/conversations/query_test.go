package conversations

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/thread"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
)

func ask(query string) *http.Request { return httptest.NewRequest(http.MethodGet, "/?"+query, nil) }

func TestWhatThreadsAreAskedFor(t *testing.T) { // API-5, API-9
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]thread.Query{
		"":                            {Limit: pageLength},
		"limit=7&after=12":            {Limit: 7, After: "12"},
		"associatedTicketId=1":        {Limit: pageLength, Ticket: 1},
		"associatedContactId=2":       {Limit: pageLength, Contact: 2},
		"archived=true":               {Limit: pageLength, Archived: true},
		"threadStatus=CLOSED&sort=id": {Limit: pageLength, Status: "CLOSED"},
		"sort=latestMessageTimestamp": {Limit: pageLength, Latest: true},
		"latestMessageTimestampAfter=2026-11-02T10:00:00%2B01:00": {Limit: pageLength, LatestAfter: at},
		"latestMessageTimestampAfter=1793610000000":               {Limit: pageLength, LatestAfter: at},
	} {
		q, err := query(ask(text))
		if err != nil || q.Limit != want.Limit || q.After != want.After || q.Ticket != want.Ticket || q.Contact != want.Contact || q.Archived != want.Archived ||
			q.Status != want.Status || q.Latest != want.Latest || !q.LatestAfter.Equal(want.LatestAfter) {
			t.Errorf("%q: %+v, %v", text, q, err)
		}
	}
	for text, want := range map[string][]int64{"inboxId=1&inboxId=2": {1, 2}, "inboxId=1,2&inboxId=3": {1, 2, 3}, "": nil} {
		if q, err := query(ask(text)); err != nil || !slices.Equal(q.Inboxes, want) {
			t.Errorf("%q: %v, %v", text, q.Inboxes, err)
		}
	}
	for _, bad := range []string{"limit=0", "limit=501", "associatedTicketId=x", "associatedContactId=-1", "inboxId=a", "archived=2", "threadStatus=open", "sort=-id",
		"latestMessageTimestampAfter=soon", "latestMessageTimestampAfter=0001-01-01T00:00:00Z", "latestMessageTimestampAfter=-5"} {
		if _, err := query(ask(bad)); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWhatAnAppHandsOver(t *testing.T) { // API-9
	var p publication
	p.AccountID, p.Idempotency = "7", "m1"
	if hand, n, err := p.hand(); err != nil || n != 7 || hand.Raw.ExternalID != "m1" || hand.Contact != 0 || hand.Uploads != nil {
		t.Errorf("%+v, %d, %v", hand, n, err)
	}
	p.Idempotency = ""
	one, _, _ := p.hand()
	two, _, _ := p.hand()
	if one.Raw.ExternalID == "" || one.Raw.ExternalID == two.Raw.ExternalID {
		t.Error("what has no id of the app's gets one of its own")
	}
	p.ContactID = "12"
	if hand, _, err := p.hand(); err != nil || hand.Contact != 12 {
		t.Errorf("contact %d, %v", hand.Contact, err)
	}
	for name, spoil := range map[string]func(p *publication){
		"no account": func(p *publication) { p.AccountID = "" }, "account": func(p *publication) { p.AccountID = "x" },
		"contact": func(p *publication) { p.ContactID = "ann" }, "long id": func(p *publication) { p.Idempotency = strings.Repeat("x", 400) },
	} {
		bad := p
		spoil(&bad)
		if _, _, err := bad.hand(); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhoseActorsAreUsers(t *testing.T) { // API-9
	if n, err := userOf("actorId", "A-7"); err != nil || n != 7 {
		t.Errorf("%d, %v", n, err)
	}
	for _, bad := range []string{"", "7", "V-7", "A-", "A-x", "a-7"} {
		if _, err := userOf("actorId", bad); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestIdentifiersInHubSpotsWords(t *testing.T) { // API-9
	for _, a := range []channel.Address{{Email: "a@example.org"}, {Email: "+31", Type: channel.Phone}, {Email: "x", Type: channel.Opaque}} {
		shown := identifierOf(a)
		back, err := addressOf(shown)
		if err != nil || back.Email != a.Email || back.Type != a.Type || shown.Type == "" {
			t.Errorf("%+v is shown as %+v and read as %+v, %v", a, shown, back, err)
		}
	}
	if _, err := addressOf(deliveryIdentifier{"EMAIL", "x"}); !errs.Is(err, errs.Invalid) {
		t.Errorf("no such type: %v", err)
	}
}

// What happened is shown with who did it and with what, and nothing of a message.
func TestHappeningsInHubSpotsWords(t *testing.T) { // API-9
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		entry        thread.Entry
		kind, by, on string
		check        func(m message) bool
	}{
		"closed": {thread.Entry{Status: "CLOSED", Actor: event.Actor{Kind: event.User, ID: 3}}, "THREAD_STATUS_CHANGE", "A-3", "HUBSPOT",
			func(m message) bool { return m.NewStatus == "CLOSED" && m.AssignedTo == "" }},
		"assigned": {thread.Entry{To: "5", Actor: event.Actor{Kind: event.Automation}}, "ASSIGNMENT", "S-deskbell", "SYSTEM",
			func(m message) bool { return m.AssignedTo == "A-5" && m.AssignedFrom == "" && m.NewStatus == "" }},
		"taken": {thread.Entry{From: "5", Actor: event.Actor{Kind: event.App, ID: 9}}, "ASSIGNMENT", "I-9", "INTEGRATION",
			func(m message) bool {
				return m.AssignedTo == "" && m.AssignedFrom == "A-5" && m.Client.IntegrationAppID == 9
			}},
		"by a channel": {thread.Entry{Status: "OPEN", Actor: event.Actor{Kind: event.Channel, ID: 2}}, "THREAD_STATUS_CHANGE", "S-deskbell", "HUBSPOT",
			func(m message) bool { return m.NewStatus == "OPEN" }},
	} {
		c.entry.ID, c.entry.At = 1, at
		got := desk.entry(c.entry)
		if got.Type != c.kind || got.CreatedBy != c.by || got.Client.ClientType != c.on || got.Text != nil || got.Attachments != nil || got.Senders == nil || got.CreatedAt != "2026-11-02T09:00:00.000Z" || !c.check(got) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestThreadsInHubSpotsWords(t *testing.T) { // API-9
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	th := conversation.Thread{ID: 1, Inbox: 2, Account: 3, Ticket: 4, Contact: 5, Owner: 6, Status: conversation.Closed, CreatedAt: at, LatestAt: at, OutboundAt: at, ClosedAt: at, ArchivedAt: at}
	got := desk.api.showThread(&account.Book{}, th, true)
	if got.AssignedTo != "A-6" || got.ClosedAt == "" || !got.Archived || got.LatestMessageSent == "" || got.LatestMessageReceived != "" || got.ThreadAssociations.AssociatedTicketID != "4" || got.AssociatedContactID != "5" {
		t.Errorf("%+v", got)
	}
	if got := desk.api.showThread(&account.Book{}, conversation.Thread{}, false); got.AssignedTo != "" || got.Archived || got.ThreadAssociations != nil {
		t.Errorf("%+v", got)
	}
}

// Lists that are held in memory have pages as well.
func TestPagesOfWhatIsInMemory(t *testing.T) { // API-5
	all := []int64{1, 2, 3, 4, 5}
	same := func(n int64) int64 { return n }
	for text, want := range map[string][]int64{"limit=2": {1, 2}, "limit=2&after=2": {3, 4}, "limit=2&after=4": {5}, "after=5": {}, "": all, "limit=5": all} {
		page, err := slice(ask(text), all, same)
		last := len(page.Results) == 0 || page.Results[len(page.Results)-1] == 5
		if err != nil || !slices.Equal(page.Results, want) || (page.Paging == nil) != last {
			t.Errorf("%q: %v, %+v, %v", text, page.Results, page.Paging, err)
		}
	}
	if _, err := slice(ask("limit=x"), all, same); !errs.Is(err, errs.Invalid) {
		t.Errorf("%v", err)
	}
}
