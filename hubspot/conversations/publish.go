package conversations

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/people"
)

// publication is a message that an app publishes. The channel itself reads what was said, by whom and to whom.
type publication struct {
	Direction   string        `json:"messageDirection" required:"true"`
	Text        string        `json:"text"`
	RichText    string        `json:"richText"`
	ThreadName  string        `json:"integrationThreadId"`
	Timestamp   string        `json:"timestamp"`
	Senders     []participant `json:"senders" required:"true"`
	Recipients  []participant `json:"recipients" required:"true"`
	AccountID   wire.Value    `json:"channelAccountId"`
	Idempotency string        `json:"integrationIdempotencyId"`
	ContactID   wire.Value    `json:"associateWithContactId"`
	Attachments []attached    `json:"attachments"`
	PreResolved struct {
		Contacts []struct {
			ID wire.Value `json:"contactVid"`
		} `json:"contacts"`
	} `json:"preResolvedContacts"`
}

// participant is who is on a message of a custom channel.
type participant struct {
	Name               string             `json:"name"`
	DeliveryIdentifier deliveryIdentifier `json:"deliveryIdentifier" required:"true"`
}

// idempotencyMost bounds an app's own id of a message, in bytes.
const idempotencyMost = 300

// hand makes what the intake takes.
func (p publication) hand() (out intake.Published, accountID int64, err error) {
	if p.AccountID == "" {
		return out, 0, wire.Missing("channelAccountId")
	}
	if accountID, err = id.Parse("channelAccountId", string(p.AccountID)); err != nil {
		return out, 0, err
	}
	if len(p.Idempotency) > idempotencyMost {
		return out, 0, errs.Bad("integrationIdempotencyId", "TOO_LONG", "integrationIdempotencyId is too long")
	}
	if p.ContactID == "" && len(p.PreResolved.Contacts) > 0 {
		p.ContactID = p.PreResolved.Contacts[0].ID
	}
	if p.ContactID != "" {
		if out.Contact, err = id.Parse("associateWithContactId", string(p.ContactID)); err != nil {
			return out, 0, err
		}
	}
	if out.Uploads, err = fileIDs(p.Attachments); err != nil {
		return out, 0, err
	}
	out.Raw.ExternalID = p.Idempotency
	if out.Raw.ExternalID == "" {
		out.Raw.ExternalID = people.NewSecret()
	}
	return out, accountID, nil
}

func (a *API) publish(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	channelID, err := wire.PathID(r, "channelId")
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return gate.Classify(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var body publication
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	hand, accountID, err := body.hand()
	if err != nil {
		return err
	}
	var acc account.Account
	err = a.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		if acc, err = a.accounts.Account(tx, by, channelID, accountID); err == nil {
			hand.Files, hand.Uploads, err = a.filesOf(tx, by, hand.Uploads)
		}
		return err
	})
	switch {
	case errs.Is(err, errs.NotFound):
		return errs.Bad("channelAccountId", "INVALID_OPTION", "This channel has no such account.")
	case err != nil:
		return err
	case acc.Removed || !acc.Active:
		return errs.New(errs.Conflict, "The account is not connected any more, or paused.", nil).WithCode("CHANNEL_ACCOUNT_INACTIVE")
	}
	hand.Account, hand.By, hand.Raw.Body, hand.Raw.ReceivedAt, hand.Raw.EnvelopeTo = acc, by, raw, a.db.Clock().Now(), []string{acc.Address}
	message, err := a.road.Accept(r.Context(), hand)
	if err != nil {
		return err
	}
	return a.answer(w, r, http.StatusCreated, func(tx *db.Tx) (conversation.Message, error) { return a.talk.Message(tx, people.System, message) })
}

// answer answers with a message of a channel.
func (a *API) answer(w http.ResponseWriter, r *http.Request, code int, read func(tx *db.Tx) (conversation.Message, error)) error {
	var out message
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		m, err := read(tx)
		if err != nil {
			return err
		}
		s, err := a.scene(tx, people.System, m.Thread)
		out = s.message(m)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, code, out)
	return nil
}

// own reads a message that went over a channel of the app's.
func (a *API) own(tx *db.Tx, by people.Actor, channelID, n int64) (conversation.Message, error) {
	if _, err := a.accounts.Own(tx, by, channelID); err != nil {
		return conversation.Message{}, err
	}
	m, err := a.talk.Message(tx, people.System, n)
	if err != nil {
		return m, err
	}
	over, err := a.accounts.Get(tx, m.Account)
	if err != nil || over.Channel != channelID || m.Kind == conversation.Comment {
		return conversation.Message{}, wire.NotFound()
	}
	return m, nil
}

func (a *API) published(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	channelID, n, err := inPath(r, "messageId")
	if err != nil {
		return err
	}
	return a.answer(w, r, http.StatusOK, func(tx *db.Tx) (conversation.Message, error) { return a.own(tx, by, channelID, n) })
}

// fates are our states by what an app may report.
var fates = map[string]conversation.State{"SENT": conversation.StateSent, "READ": conversation.StateRead, "FAILED": conversation.StateFailed}

// fate is what became of a message.
type fate struct {
	Status string          `json:"statusType" required:"true"`
	Error  json.RawMessage `json:"errorMessage"` // a text; older clients send an object
}

func (a *API) report(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body fate
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	channelID, n, err := inPath(r, "messageId")
	if err != nil {
		return err
	}
	state, ok := fates[body.Status]
	if !ok {
		return errs.Bad("statusType", "INVALID_OPTION", "statusType must be SENT, FAILED or READ")
	}
	reason := "The app of the channel could not deliver the message."
	var said string
	if json.Unmarshal(body.Error, &said) == nil && said != "" {
		reason = said
	}
	return writes(a, w, r, http.StatusOK, func(tx *db.Tx) (message, error) {
		m, err := a.own(tx, by, channelID, n)
		if err != nil {
			return message{}, err
		}
		if m.Direction != conversation.Out {
			return message{}, errs.Bad("messageId", "INVALID_OPTION", "Only a message that went out has a status to report")
		}
		if m, err = a.talk.Reported(tx, n, state, reason); err != nil {
			return message{}, err
		}
		s, err := a.scene(tx, people.System, m.Thread)
		return s.message(m), err
	})
}
