package custom_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/channeltest"
	"github.com/deskbell/deskbell/channel/custom"
)

// far is an app's server, as a channel reaches it.
type far struct {
	mu      sync.Mutex
	app     channel.App
	refuse  int // the next answer
	gone    bool
	noApp   error
	bodies  [][]byte
	headers []map[string]string
	urls    []string
}

func newFar() *far {
	return &far{app: channel.App{Account: 12345678, URL: "https://chat.example/hook?x=1", Secret: "s3cret", BaseURL: "https://desk.example"}}
}

var errUnreachable = errors.New("no route")

// post is channel.Deps' Post.
func (f *far) post(ctx context.Context, url string, header map[string]string, body []byte) (int, []byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return 0, nil, ctx.Err()
	case f.gone:
		return 0, nil, errUnreachable
	case f.refuse != 0:
		status := f.refuse
		f.refuse = 0
		return status, []byte("not today"), nil
	}
	f.bodies, f.headers, f.urls = append(f.bodies, body), append(f.headers, header), append(f.urls, url)
	return http.StatusOK, nil, nil
}

var now = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func (f *far) open(t *testing.T) channel.Channel {
	t.Helper()
	deps := channel.Deps{Now: func() time.Time { return now }, Post: f.post,
		App: func(_ context.Context, id int64) (channel.App, error) {
			if id != 21 {
				return channel.App{}, fmt.Errorf("channel %d", id)
			}
			return f.app, f.noApp
		}}
	c, err := custom.New(channel.Account{ID: 7, Kind: "custom", Name: "Lamps", Address: "Shop-7", Channel: 21, Type: channel.Opaque}, deps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// heard are the ids of the messages that the app was told of.
func (f *far) heard() (ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, raw := range f.bodies {
		var body struct {
			EventID string `json:"eventId"`
		}
		if json.Unmarshal(raw, &body) == nil {
			ids = append(ids, names[body.EventID])
		}
	}
	return ids
}

// names are the messages of the suite by the ids that the app sees.
var names = map[string]string{"1": "first@test", "2": "same@test", "3": "refused@test", "4": "lost@test", "5": "cancelled@test"}

func outbound(name string) channel.Outbound {
	out := channel.Outbound{MessageID: name, From: channel.Address{Name: "Bea", Email: "Shop-7", Type: channel.Opaque},
		To: []channel.Address{{Name: "Ann", Email: "ann/7", Type: channel.Opaque}}, Text: "Here is help.", HTML: "<p>Here is <b>help</b>.</p>", Date: now}
	for number, n := range names {
		if n == name {
			out.Ref = channel.Ref{Message: int64(number[0] - '0'), Thread: 31, Contact: 41, Author: 51, ThreadKey: "chat-1"}
		}
	}
	return out
}

func said(key, subject string) channel.Raw {
	return channel.Raw{ExternalID: key, ReceivedAt: now, EnvelopeTo: []string{"Shop-7"}, Body: []byte(fmt.Sprintf(`{"messageDirection":"INCOMING","text":%q,
"integrationThreadId":"chat-1","senders":[{"deliveryIdentifier":{"type":"CHANNEL_SPECIFIC_OPAQUE_ID","value":"ann/7"}}],
"recipients":[{"deliveryIdentifier":{"type":"CHANNEL_SPECIFIC_OPAQUE_ID","value":"Shop-7"}}]}`, subject))}
}

func TestCustomChannelConforms(t *testing.T) { // API-9, CHAN-2, CHAN-3
	channeltest.Run(t, channeltest.Suite{Kind: custom.Kind(), Hostile: map[string][]byte{
		"deep":      []byte(strings.Repeat(`{"senders":[`, 5000)),
		"no people": []byte(`{"messageDirection":"INCOMING","text":"x"}`),
		"NUL":       []byte(`{"messageDirection":"INCOMING","text":"a\u0000b","senders":[{"name":"\u0000","deliveryIdentifier":{"type":"HS_EMAIL_ADDRESS","value":"a\u0000@b.example"}}],"recipients":[{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"1"}}]}`),
		"half":      []byte(`{"messageDirection":"INCOMING","text":"\ud800","richText":"<b>\ud800","senders":[{"deliveryIdentifier":{"type":"HS_EMAIL_ADDRESS","value":"a@b.example"}}],"recipients":[{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"1"}}]}`),
	}, Open: func(t *testing.T, sink *channeltest.Sink) channeltest.Side {
		f := newFar()
		var all []string
		deliver := func(t *testing.T, subject string) {
			if err := sink.Deliver(t.Context(), said(subject, subject)); err == nil {
				return
			}
		}
		return channeltest.Side{
			Channel: f.open(t),
			Arrive: func(t *testing.T, subject string) {
				all = append(all, subject)
				deliver(t, subject)
			},
			Again: func(t *testing.T) {
				for _, subject := range all {
					deliver(t, subject)
				}
			},
			Outbound: outbound,
			Accepted: f.heard,
			Refuse: func(_ *testing.T, temporary bool) {
				f.refuse = http.StatusUnprocessableEntity
				if temporary {
					f.refuse = http.StatusServiceUnavailable
				}
			},
			Vanish: func() { f.gone = true },
		}
	}})
}

// The app reads HubSpot's words, and checks by its secret that it is we who call.
func TestWhatTheAppIsTold(t *testing.T) { // API-9
	f := newFar()
	out := outbound("first@test")
	out.Attachments = []channel.Attachment{{Name: "a.png", File: 61, Link: "/signed/62?x=1"}}
	receipt, err := f.open(t).Send(t.Context(), out)
	if err != nil || string(receipt.Source) != string(f.bodies[0]) {
		t.Fatalf("%+v, %v", receipt, err)
	}
	want := `{"type":"OUTGOING_CHANNEL_MESSAGE_CREATED","portalId":"12345678","channelId":"21","eventId":"1","eventTimestamp":"2026-11-02T09:00:00.000Z",` +
		`"channelIntegrationThreadIds":["chat-1"],"message":{"id":"1","type":"MESSAGE","channelId":"21","channelAccountId":"7","conversationsThreadId":"31",` +
		`"createdAt":"2026-11-02T09:00:00.000Z","createdBy":"A-51","client":{"clientType":"HUBSPOT"},` +
		`"senders":[{"actorId":"A-51","name":"Bea","senderField":"FROM","deliveryIdentifier":{"type":"CHANNEL_SPECIFIC_OPAQUE_ID","value":"Shop-7"}}],` +
		`"recipients":[{"actorId":"V-41","name":"Ann","recipientField":"TO","deliveryIdentifier":{"type":"CHANNEL_SPECIFIC_OPAQUE_ID","value":"ann/7"}}],` +
		`"text":"Here is help.","richText":"\u003cp\u003eHere is \u003cb\u003ehelp\u003c/b\u003e.\u003c/p\u003e","direction":"OUTGOING","truncationStatus":"NOT_TRUNCATED",` +
		`"status":{"statusType":"SENT"},"attachments":[{"type":"FILE","fileId":"61","name":"a.png","url":"https://desk.example/signed/62?x=1"}],"archived":false}}`
	if string(f.bodies[0]) != want {
		t.Errorf("told\n%s\nwant\n%s", f.bodies[0], want)
	}
	at := fmt.Sprint(now.UnixMilli())
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write([]byte("POSThttps://chat.example/hook?x=1" + want + at))
	header := f.headers[0]
	if header["X-HubSpot-Request-Timestamp"] != at || header["X-HubSpot-Signature-v3"] != base64.StdEncoding.EncodeToString(mac.Sum(nil)) || f.urls[0] != f.app.URL {
		t.Errorf("sent to %s with %v", f.urls[0], header)
	}
}

// What nobody wrote is the program's; a thread that the app has not named has no name.
func TestAMessageOfNobody(t *testing.T) { // API-9
	f := newFar()
	out := outbound("first@test")
	out.Ref.Author, out.Ref.ThreadKey = 0, ""
	out.To = append(out.To, channel.Address{Email: "bob@example.org"}, channel.Address{Email: "+31201234567", Type: channel.Phone})
	if _, err := f.open(t).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	got := string(f.bodies[0])
	for _, part := range []string{`"createdBy":"S-deskbell"`, `"channelIntegrationThreadIds":[]`, `{"type":"HS_EMAIL_ADDRESS","value":"bob@example.org"}`,
		`{"type":"HS_PHONE_NUMBER","value":"+31201234567"}`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
	if strings.Contains(got, "V-41") {
		t.Error("of several recipients nobody says which is the contact")
	}
}

func TestRefusalsOfTheApp(t *testing.T) { // API-9, MAIL-7
	for status, temporary := range map[int]bool{301: true, 400: false, 401: true, 403: false, 404: true, 408: true, 410: false, 413: false, 422: false, 429: true, 500: true, 503: true} {
		f := newFar()
		f.refuse = status
		_, err := f.open(t).Send(t.Context(), outbound("first@test"))
		var refused *channel.SendError
		if !errors.As(err, &refused) || refused.Temporary != temporary || refused.Code != fmt.Sprint(status) {
			t.Errorf("%d: %v", status, err)
		}
	}
	f := newFar()
	f.app.URL = ""
	var refused *channel.SendError
	if _, err := f.open(t).Send(t.Context(), outbound("first@test")); !errors.As(err, &refused) || refused.Temporary {
		t.Errorf("without an address: %v", err)
	}
	f.noApp = errUnreachable
	if _, err := f.open(t).Send(t.Context(), outbound("first@test")); !errors.Is(err, errUnreachable) {
		t.Errorf("without an app: %v", err)
	}
}
