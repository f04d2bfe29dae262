package channels

import (
	"context"
	"net/http"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

// apps are the channels that apps brought, and the way to connect an account of one.
func (r *routes) apps(g *gate.Gate) {
	admin := func(method, path, summary string) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1/app-channels" + path, Needs: people.ManageAccount, Tag: tag, Summary: summary}
	}
	gate.Add(g, admin(http.MethodGet, "", "The channels that apps brought"), r.appChannels)
	connect := admin(http.MethodPost, "/{id}/connect", "Begin to connect an account of an app's channel: where to send the admin")
	connect.Forget = true
	gate.Add(g, connect, r.connect)
}

// AppChannel is a channel that an app brought.
type AppChannel struct {
	ID          wire.ID `json:"id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Connects    bool    `json:"connects" doc:"Its app has a page on which an account is connected; else the app connects accounts by itself."`
}

func (r *routes) appChannels(ctx context.Context, _ people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[AppChannel]], error) {
	var out []AppChannel
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		b, err := r.accounts.Book(tx)
		if err != nil {
			return err
		}
		for _, c := range b.Channels() {
			out = append(out, AppChannel{wire.ID(c.ID), c.Name, c.Description, c.ConnectURL != ""})
		}
		return nil
	})
	return wire.Listed(out), err
}

// Elsewhere is where a browser is to go on.
type Elsewhere struct {
	URL string `json:"url" doc:"A page of the app. The app sends the admin back to the settings of channels."`
}

func (r *routes) connect(ctx context.Context, by people.Actor, in *wire.One) (*wire.Answer[Elsewhere], error) {
	var out Elsewhere
	err := r.db.Write(ctx, func(tx *db.Tx) (err error) {
		out.URL, err = r.accounts.Stage(tx, by, in.ID, 0, r.base+settingsPage)
		return err
	})
	return wire.Of(out), err
}

// settingsPage is the web app's page of channels.
const settingsPage = "/settings/channels"
