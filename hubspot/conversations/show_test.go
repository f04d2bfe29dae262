package conversations

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
)

// desk shows messages of a thread without accounts.
var desk = scene{api: &API{accounts: &account.Store{}}, thread: conversation.Thread{ID: 2}, accounts: &account.Book{}}

func TestWhoWrote(t *testing.T) { // API-9
	for _, c := range []struct {
		kind event.ActorKind
		from string
		want string
	}{{event.User, "ann@desk.example", "A-7"}, {event.App, "", "I-7"}, {event.Contact, "eve@example.org", "V-7"}, {event.Channel, "eve@example.org", "E-eve@example.org"}, {event.System, "", "S-deskbell"}} {
		m := conversation.Message{Actor: event.Actor{Kind: c.kind, ID: 7}, From: channel.Address{Email: c.from}}
		if got := actorID(m); got != c.want {
			t.Errorf("%s: %s, want %s", c.kind, got, c.want)
		}
	}
}

// The same message reads the same each time: To, then Cc, then Bcc.
func TestRecipientsKeepTheirOrder(t *testing.T) { // API-9
	m := conversation.Message{ID: 1, Kind: conversation.Said, Direction: conversation.Out, State: conversation.StateSent, Recipients: conversation.Recipients{
		To: []channel.Address{{Email: "b@example.org"}, {Name: "Ann", Email: "a@example.org"}}, Cc: []channel.Address{{Email: "c@example.org"}}, Bcc: []channel.Address{{Email: "d@example.org"}}}}
	for range 20 {
		var got []string
		for _, r := range desk.message(m).Recipients {
			got = append(got, r.RecipientField+" "+r.DeliveryIdentifiers[0].Value)
		}
		if want := []string{"TO b@example.org", "TO a@example.org", "CC c@example.org", "BCC d@example.org"}; !slices.Equal(got, want) {
			t.Fatalf("%q", got)
		}
	}
}

func TestStatesInHubSpotsWords(t *testing.T) { // API-9, MAIL-5
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	show := func(m conversation.Message) message {
		m.ID, m.At = 1, at
		return desk.message(m)
	}
	in := show(conversation.Message{Kind: conversation.Said, Direction: conversation.In, State: conversation.StateReceived})
	out := show(conversation.Message{Kind: conversation.Said, Direction: conversation.Out, State: conversation.StateQueued})
	failed := show(conversation.Message{Kind: conversation.Said, Direction: conversation.Out, State: conversation.StateFailed, Error: "550 no such user"})
	if in.Direction != "INCOMING" || in.Status.StatusType != "RECEIVED" || in.CreatedAt != "2026-11-02T09:00:00.000Z" {
		t.Errorf("%+v", in)
	}
	if out.Direction != "OUTGOING" || out.Status.StatusType != "SENT" || out.Status.FailureDetails != nil {
		t.Errorf("%+v", out)
	}
	if failed.Status.StatusType != "FAILED" || failed.Status.FailureDetails.ErrorMessage != "550 no such user" {
		t.Errorf("%+v", failed.Status)
	}
	comment := show(conversation.Message{Kind: conversation.Comment, Text: "look"})
	if comment.Type != "COMMENT" || comment.Direction != "" || comment.Status != nil || *comment.Text != "look" || comment.Senders == nil || comment.Recipients == nil {
		t.Errorf("%+v", comment)
	}
}

func TestBodiesThatCannotBeSent(t *testing.T) { // API-4, API-9
	for name, b := range map[string]outgoing{
		"no type":         {Text: "x"},
		"lower case":      {Type: "message", Text: "x"},
		"channel account": {Type: "MESSAGE", Text: "x", ChannelAccountID: "first"},
		"nothing said":    {Type: "MESSAGE"},
		"empty markup":    {Type: "COMMENT", RichText: "<p> </p><script>x</script>"},
	} {
		if _, err := b.command(nil, ""); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFilesThatAreNamed(t *testing.T) { // API-4, API-9
	got, err := fileIDs([]attached{{"FILE", "7"}, {"", "8"}, {"QUICK_REPLIES", ""}})
	if err != nil || !slices.Equal(got, []int64{7, 8}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []attached{{"FILE", "../../etc"}, {"FILE", ""}, {"", "-1"}} {
		if _, err := fileIDs([]attached{bad}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestPlacesInLists(t *testing.T) { // API-5
	for query, want := range map[string]bool{"": true, "limit=1": true, "limit=0": false, "limit=-2": false, "limit=many": false, "limit=100000": false, "after=12": true,
		"after=x": false, "after=-1": false} {
		if _, _, err := place(httptest.NewRequest(http.MethodGet, "/?"+query, nil)); (err == nil) != want {
			t.Errorf("%q: %v", query, err)
		}
	}
}

// A list goes either way, page by page, and a thread without a ticket says nothing of one.
func TestListsInBothOrders(t *testing.T) { // API-5, API-9
	walk := func(query string) (seen []int64) {
		after := ""
		for range 9 {
			page, err := slice(httptest.NewRequest(http.MethodGet, "/?"+query+"&after="+after, nil), []int64{3, 5, 9}, func(n int64) int64 { return n })
			if err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			seen = append(seen, page.Results...)
			if page.Paging == nil {
				break
			}
			after = page.Paging.Next.After
		}
		return seen
	}
	up, down := []int64{3, 5, 9}, []int64{9, 5, 3}
	for query, want := range map[string][]int64{"limit=1": up, "limit=2&sort=id": up, "sort=createdAt": up, "limit=1&sort=-createdAt": down, "limit=2&sort=-id": down,
		"sort=-id": down, "defaultPageLength=1": up, "defaultPageLength=1&limit=2&sort=-id": down} {
		if got := walk(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	first, err := slice(httptest.NewRequest(http.MethodGet, "/?defaultPageLength=2", nil), up, func(n int64) int64 { return n })
	if err != nil || len(first.Results) != 2 || first.Paging == nil {
		t.Errorf("%+v, %v", first, err)
	}
	for _, bad := range []string{"sort=name", "sort=id,createdAt", "sort=--id", "defaultPageLength=0", "defaultPageLength=501", "defaultPageLength=few"} {
		if _, err := slice(httptest.NewRequest(http.MethodGet, "/?"+bad, nil), up, func(n int64) int64 { return n }); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	for ticket, want := range map[int64]bool{0: false, 4: true} {
		shown := desk.api.showThread(desk.accounts, conversation.Thread{ID: 2, Ticket: ticket}, true)
		if (shown.ThreadAssociations != nil) != want {
			t.Errorf("ticket %d: %+v", ticket, shown.ThreadAssociations)
		}
	}
}
