package conversations

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

type inbox struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
	Archived  bool   `json:"archived"`

	number int64
}

func showInbox(i account.Inbox) inbox {
	return inbox{ID: id.Format(i.ID), Name: i.Name, Type: string(i.Kind), CreatedAt: instant(i.CreatedAt), UpdatedAt: instant(i.CreatedAt), number: i.ID}
}

func (a *API) inboxes(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (wire.Page[inbox], error) {
		found, err := a.accounts.Inboxes(tx)
		if err != nil {
			return wire.Page[inbox]{}, err
		}
		var all []inbox
		for _, i := range found {
			if !archived { // none ever is
				all = append(all, showInbox(i))
			}
		}
		return slice(r, all, func(i inbox) int64 { return i.number })
	})
}

func (a *API) inbox(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := wire.PathID(r, "inboxId")
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (inbox, error) {
		found, err := a.accounts.Inboxes(tx)
		if err != nil {
			return inbox{}, err
		}
		i := slices.IndexFunc(found, func(i account.Inbox) bool { return i.ID == n })
		if i < 0 {
			return inbox{}, wire.NotFound()
		}
		return showInbox(found[i]), nil
	})
}

type shownChannel struct {
	ID   string `json:"id"`
	Name string `json:"name"`

	number int64
}

// everyChannel are the kinds of channel that have accounts of their own, and what apps registered.
func (a *API) everyChannel(tx *db.Tx) ([]shownChannel, error) {
	b, err := a.accounts.Book(tx)
	if err != nil {
		return nil, err
	}
	var all []shownChannel
	for _, k := range a.accounts.Kinds() {
		if !k.ByApps {
			all = append(all, shownChannel{strconv.FormatInt(k.Number, 10), k.Label, k.Number})
		}
	}
	for _, c := range b.Channels() {
		all = append(all, shownChannel{id.Format(c.ID), c.Name, c.ID})
	}
	slices.SortFunc(all, func(x, y shownChannel) int { return cmp.Compare(x.number, y.number) })
	return all, nil
}

func (a *API) channels(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return reads(a, w, r, func(tx *db.Tx) (wire.Page[shownChannel], error) {
		all, err := a.everyChannel(tx)
		if err != nil {
			return wire.Page[shownChannel]{}, err
		}
		return slice(r, all, func(c shownChannel) int64 { return c.number })
	})
}

func (a *API) channel(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return reads(a, w, r, func(tx *db.Tx) (shownChannel, error) {
		all, err := a.everyChannel(tx)
		if err != nil {
			return shownChannel{}, err
		}
		i := slices.IndexFunc(all, func(c shownChannel) bool { return c.ID == r.PathValue("channelId") })
		if i < 0 {
			return shownChannel{}, wire.NotFound()
		}
		return all[i], nil
	})
}

type shownAccount struct {
	ID                 string             `json:"id"`
	ChannelID          string             `json:"channelId"`
	Name               string             `json:"name"`
	InboxID            string             `json:"inboxId"`
	Active             bool               `json:"active"`
	Authorized         bool               `json:"authorized"`
	Archived           bool               `json:"archived"`
	ArchivedAt         string             `json:"archivedAt,omitempty"`
	CreatedAt          string             `json:"createdAt"`
	DeliveryIdentifier deliveryIdentifier `json:"deliveryIdentifier"`

	number int64
}

func (a *API) showAccount(acc account.Account) shownAccount {
	return shownAccount{ID: id.Format(acc.ID), ChannelID: a.accounts.ChannelOf(acc), Name: acc.Name, InboxID: id.Format(acc.Inbox), Active: acc.Active,
		Authorized: acc.Authorized, Archived: acc.Removed, ArchivedAt: instant(acc.RemovedAt), CreatedAt: instant(acc.CreatedAt),
		DeliveryIdentifier: identifierOf(channel.Address{Email: acc.Address, Type: acc.Type}), number: acc.ID}
}

// accountFilter is which accounts were asked for.
type accountFilter struct {
	archived      bool
	channels      []string
	inbox         int64
	types, values []string
}

func readAccountFilter(r *http.Request) (f accountFilter, err error) {
	if f.archived, err = wire.Flag(r, "archived"); err != nil {
		return f, err
	}
	f.inbox, err = optional(r, "inboxId")
	f.channels, f.types, f.values = wire.List(r, "channelId"), wire.List(r, "deliveryIdentifierType"), wire.List(r, "deliveryIdentifierValue")
	return f, err
}

func (f accountFilter) takes(one shownAccount) bool {
	given := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	return one.Archived == f.archived && given(f.channels, one.ChannelID) && given(f.types, one.DeliveryIdentifier.Type) &&
		given(f.values, one.DeliveryIdentifier.Value) && (f.inbox == 0 || one.InboxID == id.Format(f.inbox))
}

func (a *API) accountPage(tx *db.Tx, r *http.Request, f accountFilter) (page wire.Page[shownAccount], err error) {
	b, err := a.accounts.Book(tx)
	if err != nil {
		return page, err
	}
	var all []shownAccount
	for _, acc := range b.All() {
		if one := a.showAccount(acc); f.takes(one) {
			all = append(all, one)
		}
	}
	return slice(r, all, func(c shownAccount) int64 { return c.number })
}

func (a *API) channelAccounts(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	f, err := readAccountFilter(r)
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (wire.Page[shownAccount], error) { return a.accountPage(tx, r, f) })
}

func (a *API) channelAccount(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := wire.PathID(r, "channelAccountId")
	if err != nil {
		return err
	}
	archived, err := wire.Flag(r, "archived")
	if err != nil {
		return err
	}
	return reads(a, w, r, func(tx *db.Tx) (shownAccount, error) {
		acc, err := a.accounts.Get(tx, n)
		if err == nil && acc.Removed != archived {
			err = wire.NotFound()
		}
		return a.showAccount(acc), err
	})
}
