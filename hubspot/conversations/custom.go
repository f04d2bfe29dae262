package conversations

import (
	"encoding/json"
	"net/http"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// customRoutes are the channels that apps bring. Registering one is the business of an app's maker, who may come with the
// developer key instead.
func (a *API) customRoutes(g *gate.Gate) {
	read, write := gate.OneOf("conversations.custom_channels.read", "conversations.custom_channels.write"), gate.OneOf("conversations.custom_channels.write")
	channels := wire.At(g, "/conversations/v3/custom-channels", "/conversations/custom-channels/{version}").Of("Custom channels").For(read, write)
	maker := channels
	maker.Row.DeveloperKey = true
	ok, made, page, archived := gate.Gives[custom](http.StatusOK), gate.Gives[custom](http.StatusCreated), wire.Query(listed...), wire.Query("archived")
	maker.Add("GET ", "List the app's channels", a.customList, page, gate.Gives[wire.Page[custom]](http.StatusOK))
	maker.Add("POST ", "Register a channel", a.customCreate, gate.Takes[customBody](), made)
	maker.Add("GET /{channelId}", "Read a channel", a.customRead, ok)
	maker.Add("PATCH /{channelId}", "Change a channel", a.customChange, gate.Takes[customBody](), ok)
	maker.Add("DELETE /{channelId}", "Remove a channel", a.customRemove, gate.GivesNothing)
	accounts, acc := "/{channelId}/channel-accounts", gate.Gives[shownAccount](http.StatusOK)
	channels.Add("GET "+accounts, "List a channel's accounts", a.customAccounts, page, archived,
		wire.Query("deliveryIdentifierType", "deliveryIdentifierValue"), gate.Gives[wire.Page[shownAccount]](http.StatusOK))
	channels.Add("POST "+accounts, "Connect an account", a.customConnect, gate.Takes[accountBody](), gate.Gives[shownAccount](http.StatusCreated))
	channels.Add("GET "+accounts+"/{channelAccountId}", "Read an account", a.customAccount, archived, acc)
	channels.Add("PATCH "+accounts+"/{channelAccountId}", "Change an account", a.customReconnect, gate.Takes[accountBody](), acc)
	channels.Add("PATCH /{channelId}/channel-account-staging-tokens/{accountToken}", "Say which account somebody wants to connect", a.customStaged,
		gate.Takes[stagedBody](), gate.Gives[staged](http.StatusOK))
	channels.Add("POST /{channelId}/messages", "Publish a message", a.publish, gate.Takes[publication](), gate.Gives[message](http.StatusCreated))
	channels.Add("GET /{channelId}/messages/{messageId}", "Read a message", a.published, gate.Gives[message](http.StatusOK))
	channels.Add("PATCH /{channelId}/messages/{messageId}", "Report what became of a message", a.report, gate.Takes[fate](), gate.Gives[message](http.StatusOK))
}

type custom struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	CreatedAt    string          `json:"createdAt"`
	Capabilities json.RawMessage `json:"capabilities"`
	WebhookURL   string          `json:"webhookUrl,omitempty"`
	ConnectURL   string          `json:"channelAccountConnectionRedirectUrl,omitempty"`
	Description  string          `json:"channelDescription,omitempty"`
	LogoURL      string          `json:"channelLogoUrl,omitempty"`

	number int64
}

func showCustom(c account.Registered) custom {
	return custom{ID: id.Format(c.ID), Name: c.Name, CreatedAt: instant(c.CreatedAt), Capabilities: c.Capabilities, WebhookURL: c.WebhookURL,
		ConnectURL: c.ConnectURL, Description: c.Description, LogoURL: c.LogoURL, number: c.ID}
}

// customBody is what a channel is made of, or what is to change of it.
type customBody struct {
	Name         *string         `json:"name"`
	Capabilities json.RawMessage `json:"capabilities"`
	WebhookURL   *string         `json:"webhookUrl"`
	ConnectURL   *string         `json:"channelAccountConnectionRedirectUrl"`
	Description  *string         `json:"channelDescription"`
	LogoURL      *string         `json:"channelLogoUrl"`
}

func (b customBody) into(c *account.Registered) {
	for to, from := range map[*string]*string{&c.Name: b.Name, &c.WebhookURL: b.WebhookURL, &c.ConnectURL: b.ConnectURL, &c.Description: b.Description,
		&c.LogoURL: b.LogoURL} {
		if from != nil {
			*to = *from
		}
	}
	if b.Capabilities != nil {
		c.Capabilities = b.Capabilities
	}
}

func (a *API) customList(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return reads(a, w, r, func(tx *db.Tx) (page wire.Page[custom], err error) {
		found, err := a.accounts.RegisteredBy(tx, by)
		if err != nil {
			return page, err
		}
		all := make([]custom, len(found))
		for i, c := range found {
			all[i] = showCustom(c)
		}
		page, err = slice(r, all, func(c custom) int64 { return c.number })
		total := int64(len(all))
		page.Total = &total
		return page, err
	})
}

func (a *API) customCreate(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body customBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Name == nil || body.Capabilities == nil {
		return wire.Missing("name", "capabilities")
	}
	var c account.Registered
	body.into(&c)
	return writes(a, w, r, http.StatusCreated, func(tx *db.Tx) (custom, error) {
		c, err := a.accounts.Register(tx, by, c)
		return showCustom(c), err
	})
}

func (a *API) customRead(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "channelId")
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (custom, error) {
		c, err := a.accounts.Own(tx, by, n)
		return showCustom(c), err
	})
}

func (a *API) customChange(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body customBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	n, err := wire.PathID(r, "channelId")
	if err != nil {
		return err
	}
	return writes(a, w, r, http.StatusOK, func(tx *db.Tx) (custom, error) {
		c, err := a.accounts.Reregister(tx, by, n, body.into)
		return showCustom(c), err
	})
}

func (a *API) customRemove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "channelId")
	if err != nil {
		return err
	}
	return a.does(w, r, func(tx *db.Tx) error { return a.accounts.Unregister(tx, by, n) })
}

func (a *API) customAccounts(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "channelId")
	if err != nil {
		return err
	}
	f, err := readAccountFilter(r)
	if err != nil {
		return err
	}
	f.channels = []string{id.Format(n)}
	return reads(a, w, r, func(tx *db.Tx) (page wire.Page[shownAccount], err error) {
		if _, err := a.accounts.Own(tx, by, n); err != nil {
			return page, err
		}
		return a.accountPage(tx, r, f)
	})
}

// accountBody is what an account is made of, or what is to change of it.
type accountBody struct {
	Name               *string             `json:"name"`
	InboxID            wire.Value          `json:"inboxId"`
	DeliveryIdentifier *deliveryIdentifier `json:"deliveryIdentifier"`
	Authorized         *bool               `json:"authorized"`
}

// change is the body in the words of accounts.
func (b accountBody) change() (account.Change, error) {
	c := account.Change{Name: b.Name, Authorized: b.Authorized}
	if b.DeliveryIdentifier == nil {
		return c, nil
	}
	known, err := addressOf(*b.DeliveryIdentifier)
	c.Address, c.Type = &known.Email, &known.Type
	return c, err
}

func addressOf(d deliveryIdentifier) (channel.Address, error) {
	t, ok := account.IdentifierType(d.Type)
	if !ok {
		return channel.Address{}, errs.Bad("deliveryIdentifier", "INVALID_DELIVERY_IDENTIFIER", "There is no such type of delivery identifier.")
	}
	return channel.Address{Email: d.Value, Type: t}, nil
}

func (a *API) customConnect(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body accountBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	n, err := wire.PathID(r, "channelId")
	if err != nil {
		return err
	}
	if body.Name == nil || body.DeliveryIdentifier == nil || body.InboxID == "" {
		return wire.Missing("name", "inboxId", "deliveryIdentifier")
	}
	known, err := addressOf(*body.DeliveryIdentifier)
	if err != nil {
		return err
	}
	inbox, err := id.Parse("inboxId", string(body.InboxID))
	if err != nil {
		return err
	}
	return writes(a, w, r, http.StatusCreated, func(tx *db.Tx) (shownAccount, error) {
		acc, err := a.accounts.Connected(tx, by, n, account.Input{Name: *body.Name, Address: known.Email, Type: known.Type, Inbox: inbox})
		if err == nil && body.Authorized != nil && !*body.Authorized {
			acc, err = a.accounts.Reconnect(tx, by, n, acc.ID, account.Change{Authorized: body.Authorized})
		}
		return a.showAccount(acc), err
	})
}

// inPath are the two ids of a path below a channel.
func inPath(r *http.Request, name string) (channelID, second int64, err error) {
	if channelID, err = wire.PathID(r, "channelId"); err != nil {
		return 0, 0, err
	}
	second, err = wire.PathID(r, name)
	return channelID, second, err
}

func (a *API) customAccount(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	channelID, n, err := inPath(r, "channelAccountId")
	if err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (shownAccount, error) {
		acc, err := a.accounts.Account(tx, by, channelID, n)
		if err == nil && acc.Removed != archived {
			err = wire.NotFound()
		}
		return a.showAccount(acc), err
	})
}

func (a *API) customReconnect(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body accountBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	channelID, n, err := inPath(r, "channelAccountId")
	if err != nil {
		return err
	}
	change, err := body.change()
	if err != nil {
		return err
	}
	return writes(a, w, r, http.StatusOK, func(tx *db.Tx) (shownAccount, error) {
		acc, err := a.accounts.Reconnect(tx, by, channelID, n, change)
		return a.showAccount(acc), err
	})
}

// staged is an account that somebody connects, as its app hears of it.
type staged struct {
	AccountToken       string             `json:"accountToken"`
	AccountName        string             `json:"accountName"`
	ChannelID          int64              `json:"genericChannelId"` // clients have numbers here, and texts elsewhere
	InboxID            int64              `json:"inboxId"`
	UserID             int64              `json:"userId"` // who connects it
	CreatedAt          string             `json:"createdAt"`
	DeliveryIdentifier deliveryIdentifier `json:"deliveryIdentifier"`
}

// stagedBody says which account somebody wants to connect.
type stagedBody struct {
	AccountName        string              `json:"accountName" required:"true"`
	DeliveryIdentifier *deliveryIdentifier `json:"deliveryIdentifier" required:"true"`
}

func (a *API) customStaged(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body stagedBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	n, err := wire.PathID(r, "channelId")
	if err != nil {
		return err
	}
	if body.DeliveryIdentifier == nil || body.AccountName == "" {
		return wire.Missing("accountName", "deliveryIdentifier")
	}
	known, err := addressOf(*body.DeliveryIdentifier)
	if err != nil {
		return err
	}
	token := r.PathValue("accountToken")
	return writes(a, w, r, http.StatusOK, func(tx *db.Tx) (staged, error) {
		acc, user, err := a.accounts.Staged(tx, by, n, token, account.Input{Name: body.AccountName, Address: known.Email, Type: known.Type})
		return staged{token, acc.Name, n, acc.Inbox, user, instant(acc.CreatedAt),
			identifierOf(channel.Address{Email: acc.Address, Type: acc.Type})}, err
	})
}
