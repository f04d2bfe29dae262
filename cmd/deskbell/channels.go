package main

import (
	"context"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/channel/custom"
	"github.com/deskbell/deskbell/channel/email"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/outbound"
)

// channels is the list of all kinds of channel. A new one is its package and a line here.
func channels() []channel.Kind {
	return []channel.Kind{email.Kind(), custom.Kind()}
}

// channelDeps is what channels may use.
func (p *program) channelDeps() channel.Deps {
	return channel.Deps{Outbox: p.outbox, Now: p.cfg.clock.Now, Host: p.cfg.host(), Post: p.post, App: p.appOf}
}

// appOf finds the app that registered a channel: its client secret signs, and of a private app that has none the channel's own.
func (p *program) appOf(ctx context.Context, channelID int64) (app channel.App, err error) {
	err = p.db.Read(ctx, func(tx *db.Tx) error {
		b, err := p.accounts.Book(tx)
		if err != nil {
			return err
		}
		r, ok := b.Registered(channelID)
		if !ok || r.Removed {
			return &channel.SendError{Message: "The app has taken this channel away."}
		}
		own, _, err := p.people.Account(tx)
		if err != nil {
			return err
		}
		app = channel.App{Account: own.Portal, URL: r.WebhookURL, BaseURL: p.cfg.baseURL()}
		if app.Secret, err = p.apps.Secret(tx, r.App); errs.Is(err, errs.NotFound) || errs.Is(err, errs.Conflict) {
			app.Secret, err = p.accounts.Secret(r)
		}
		return err
	})
	return app, err
}

const answerMost = 1 << 10 // bytes of what an app answers that are looked at

// post calls an app.
func (p *program) post(ctx context.Context, url string, header map[string]string, body []byte) (int, []byte, error) {
	a, err := p.out.Do(ctx, outbound.Call{Method: "POST", URL: url, Header: header, Body: body, Most: answerMost})
	return a.Status, a.Body, err
}
