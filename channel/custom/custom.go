// Package custom is the channels that apps bring: what an app publishes is taken in, and what is answered is posted to the app,
// in HubSpot's wire format of custom channels. It must not know tickets, threads, or the database.
package custom

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/id"
)

// sendMost bounds one message that goes out, in bytes; its files are fetched by the app.
const sendMost = 25 << 20

// Kind describes custom channels as data. What one of them can carry, the app says that registers it.
func Kind() channel.Kind {
	return channel.Kind{
		Name:   "custom",
		Label:  "Custom channel",
		Source: "CUSTOM",
		ByApps: true,
		Limits: channel.Limits{MaxBytes: sendMost, HTML: true, Attachments: true, Identifiers: []channel.IDType{channel.Email, channel.Phone, channel.Short, channel.Opaque}},
		New:    New,
	}
}

// line is one connected account of a channel.
type line struct {
	account channel.Account
	deps    channel.Deps
}

var (
	_ channel.Channel = (*line)(nil)
	_ channel.Parser  = (*line)(nil)
)

// New returns the channel of one account.
func New(account channel.Account, deps channel.Deps) (channel.Channel, error) {
	if deps.Now == nil {
		deps.Now = time.Now
	}
	return &line{account, deps}, nil
}

// outgoing is the body that tells an app of a message to deliver.
type outgoing struct {
	Type        string   `json:"type"`
	PortalID    string   `json:"portalId"`
	ChannelID   string   `json:"channelId"`
	EventID     string   `json:"eventId"`
	At          string   `json:"eventTimestamp"`
	ThreadNames []string `json:"channelIntegrationThreadIds"`
	Message     message  `json:"message"`
}

type message struct {
	ID         string        `json:"id"`
	Type       string        `json:"type"`
	ChannelID  string        `json:"channelId"`
	AccountID  string        `json:"channelAccountId"`
	ThreadID   string        `json:"conversationsThreadId"`
	CreatedAt  string        `json:"createdAt"`
	CreatedBy  string        `json:"createdBy"`
	Client     client        `json:"client"`
	Senders    []participant `json:"senders"`
	Recipients []participant `json:"recipients"`
	Text       string        `json:"text"`
	RichText   string        `json:"richText,omitempty"`
	Direction  string        `json:"direction"`
	Truncation string        `json:"truncationStatus"`
	Status     status        `json:"status"`
	Files      []file        `json:"attachments"`
	Archived   bool          `json:"archived"`
}

type client struct {
	Type string `json:"clientType"`
}

type status struct {
	Type string `json:"statusType"`
}

type participant struct {
	ActorID        string     `json:"actorId,omitempty"`
	Name           string     `json:"name,omitempty"`
	SenderField    string     `json:"senderField,omitempty"`
	RecipientField string     `json:"recipientField,omitempty"`
	Identifier     identifier `json:"deliveryIdentifier"`
}

type identifier struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type file struct {
	Type string `json:"type"`
	ID   string `json:"fileId"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

// Send implements channel.Channel: a signed POST to the app. The same message is the same event each time, so that the app can
// tell a repetition after a crash. What becomes of it further on, the app reports.
func (l *line) Send(ctx context.Context, out channel.Outbound) (channel.Receipt, error) {
	app, err := l.deps.App(ctx, l.account.Channel)
	if err != nil {
		return channel.Receipt{}, err
	}
	if app.URL == "" {
		return channel.Receipt{}, &channel.SendError{Message: "The app of this channel has not said where messages are to be sent."}
	}
	body, err := json.Marshal(l.outgoing(app, out))
	if err != nil {
		return channel.Receipt{}, err
	}
	answered, text, err := l.deps.Post(ctx, app.URL, l.signed(app, body), body)
	switch {
	case err != nil:
		return channel.Receipt{}, &channel.SendError{Temporary: true, Message: "The app of this channel cannot be reached.", Cause: err}
	case answered/100 == 2:
		return channel.Receipt{Detail: fmt.Sprintf("The app answered %d.", answered), Source: body}, nil
	}
	return channel.Receipt{}, &channel.SendError{Temporary: temporary(answered), Code: strconv.Itoa(answered),
		Message: "The app of this channel did not take the message.", Cause: fmt.Errorf("answered %d: %.200q", answered, text)}
}

// temporary reports whether trying again can help: a refusal of the message itself stays one.
func temporary(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return false
	}
	return true
}

// signed are the headers by which the app knows that it is we who call (hubspot-api.md, Webhooks: signature v3).
func (l *line) signed(app channel.App, body []byte) map[string]string {
	at := strconv.FormatInt(l.deps.Now().UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(app.Secret))
	mac.Write([]byte(http.MethodPost + app.URL))
	mac.Write(body)
	mac.Write([]byte(at))
	return map[string]string{"Content-Type": "application/json", "X-HubSpot-Request-Timestamp": at,
		"X-HubSpot-Signature-v3": base64.StdEncoding.EncodeToString(mac.Sum(nil))}
}

func (l *line) outgoing(app channel.App, out channel.Outbound) outgoing {
	channelID := id.Format(l.account.Channel)
	m := message{ID: id.Format(out.Ref.Message), Type: "MESSAGE", ChannelID: channelID, AccountID: id.Format(l.account.ID),
		ThreadID: id.Format(out.Ref.Thread), CreatedAt: instant(out.Date), CreatedBy: author(out.Ref.Author), Client: client{"HUBSPOT"},
		Text: out.Text, RichText: out.HTML, Direction: "OUTGOING", Truncation: "NOT_TRUNCATED", Status: status{"SENT"}, Recipients: []participant{}, Files: []file{}}
	m.Senders = []participant{{ActorID: m.CreatedBy, Name: out.From.Name, SenderField: "FROM", Identifier: known(out.From)}}
	for _, to := range out.To {
		p := participant{Name: to.Name, RecipientField: "TO", Identifier: known(to)}
		if out.Ref.Contact != 0 && len(out.To) == 1 {
			p.ActorID = "V-" + id.Format(out.Ref.Contact)
		}
		m.Recipients = append(m.Recipients, p)
	}
	for _, f := range out.Attachments {
		m.Files = append(m.Files, file{Type: "FILE", ID: id.Format(f.File), Name: f.Name, URL: app.BaseURL + f.Link})
	}
	body := outgoing{Type: "OUTGOING_CHANNEL_MESSAGE_CREATED", PortalID: strconv.FormatInt(app.Account, 10), ChannelID: channelID, EventID: m.ID, At: m.CreatedAt,
		ThreadNames: []string{}, Message: m}
	if out.Ref.ThreadKey != "" {
		body.ThreadNames = append(body.ThreadNames, out.Ref.ThreadKey)
	}
	return body
}

func author(user int64) string {
	if user == 0 {
		return "S-deskbell"
	}
	return "A-" + id.Format(user)
}

// Instants are in HubSpot's form.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

const emailType = "HS_EMAIL_ADDRESS"

func known(a channel.Address) identifier {
	if a.Type == channel.Email {
		return identifier{emailType, a.Email}
	}
	return identifier{string(a.Type), a.Email}
}
