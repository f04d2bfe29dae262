package custom

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/mime/page"
)

// published is what an app says was said.
type published struct {
	Text        string        `json:"text"`
	RichText    string        `json:"richText"`
	Direction   string        `json:"messageDirection"`
	ThreadName  string        `json:"integrationThreadId"`
	Timestamp   string        `json:"timestamp"`
	InReplyToID string        `json:"inReplyToId"`
	Senders     []participant `json:"senders"`
	Recipients  []participant `json:"recipients"`
	Attachments []struct {
		Type string `json:"type"`
	} `json:"attachments"`
}

// Bounds of what an app says, in bytes and pieces.
const (
	textMost         = 256 << 10
	participantsMost = 100
	valueMost        = 320
	threadMost       = 300
)

// Parse implements channel.Parser: it reads what the app posted.
func (l *line) Parse(_ context.Context, raw channel.Raw) (channel.Inbound, error) {
	var p published
	if err := json.Unmarshal(raw.Body, &p); err != nil {
		return channel.Inbound{}, errs.New(errs.Invalid, "This is no message of a custom channel.", err)
	}
	in := channel.Inbound{Nature: channel.Message, MessageID: clean(raw.ExternalID) + "@channel", Outgoing: p.Direction == "OUTGOING"}
	switch {
	case p.Direction != "INCOMING" && p.Direction != "OUTGOING":
		return in, errs.Bad("messageDirection", "INVALID_OPTION", "messageDirection must be INCOMING or OUTGOING")
	case len(p.Text)+len(p.RichText) > textMost:
		return in, errs.Bad("text", "TOO_LONG", "The text is too long.")
	case len(p.Senders) == 0:
		return in, errs.Bad("senders", "REQUIRED", "Name who wrote the message in senders.")
	case len(p.Recipients) == 0:
		return in, errs.Bad("recipients", "REQUIRED", "Name who the message went to in recipients.")
	case len(p.Senders)+len(p.Recipients) > participantsMost:
		return in, errs.Bad("recipients", "TOO_MANY", fmt.Sprintf("A message may have at most %d senders and recipients.", participantsMost))
	case len(p.ThreadName) > threadMost:
		return in, errs.Bad("integrationThreadId", "TOO_LONG", fmt.Sprintf("integrationThreadId may have at most %d bytes.", threadMost))
	}
	from, err := addresses("senders", p.Senders)
	if err != nil {
		return in, err
	}
	in.From = from[0]
	if in.To, err = addresses("recipients", p.Recipients); err != nil {
		return in, err
	}
	if in.SentAt, err = when(p.Timestamp, raw.ReceivedAt); err != nil {
		return in, err
	}
	in.HTML, in.Text = page.Sanitize(clean(p.RichText)), strings.TrimSpace(clean(p.Text))
	if in.Text == "" {
		in.Text = strings.TrimSpace(page.Text(in.HTML))
	}
	in.Visible = in.Text
	if in.Text == "" && in.HTML == "" && len(p.Attachments) == 0 {
		return in, errs.Bad("text", "REQUIRED", "A message needs a text or an attachment.")
	}
	in.ThreadKey = l.threadKey(clean(p.ThreadName), in)
	return in, nil
}

// threadKey is the app's name for the thread, else whom it is with.
func (l *line) threadKey(name string, in channel.Inbound) string {
	if name != "" {
		return name
	}
	with := in.From
	if in.Outgoing {
		with = in.To[0]
	}
	return "with:" + string(with.Type) + ":" + with.Email
}

func addresses(field string, all []participant) ([]channel.Address, error) {
	out := make([]channel.Address, len(all))
	for i, p := range all {
		a, problem := address(p)
		if problem != "" {
			return nil, errs.Bad(field, "INVALID_DELIVERY_IDENTIFIER", problem)
		}
		out[i] = a
	}
	return out, nil
}

// address reads one, or says what is wrong with it.
func address(p participant) (a channel.Address, problem string) {
	value := strings.TrimSpace(clean(p.Identifier.Value))
	a = channel.Address{Name: strings.Join(strings.Fields(clean(p.Name)), " "), Email: value, Type: channel.IDType(p.Identifier.Type)}
	switch p.Identifier.Type {
	case emailType:
		a.Type, a.Email = channel.Email, strings.ToLower(value)
	case string(channel.Phone), string(channel.Short), string(channel.Opaque):
	default:
		return a, fmt.Sprintf("The type of a delivery identifier must be %s, %s, %s or %s, not %.50q", emailType, channel.Phone, channel.Short, channel.Opaque, clean(p.Identifier.Type))
	}
	if value == "" || len(value) > valueMost {
		return a, fmt.Sprintf("The value of a delivery identifier must have 1 to %d bytes", valueMost)
	}
	return a, ""
}

func when(text string, received time.Time) (time.Time, error) {
	if text == "" {
		return received, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		return received, errs.Bad("timestamp", "INVALID_DATE", "timestamp must be a time such as 2026-11-02T09:00:00Z")
	}
	return at.UTC(), nil
}

// clean makes text that every database takes: UTF-8 without control characters but line ends and tabs.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
