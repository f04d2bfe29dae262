package webhooks

import (
	"context"
	"net/http"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/webhook"
)

// transact is a database's Read or Write.
type transact func(ctx context.Context, fn func(tx *db.Tx) error) error

// one answers with what ask finds of the app that the path names.
func one[T any](w http.ResponseWriter, r *http.Request, in transact, status int, ask func(tx *db.Tx, app int64) (T, error)) error {
	app, err := wire.PathID(r, "appId")
	if err != nil {
		return err
	}
	var out T
	err = in(r.Context(), func(tx *db.Tx) (err error) {
		out, err = ask(tx, app)
		return err
	})
	if err == nil {
		gate.WriteJSON(w, status, out)
	}
	return err
}

// named is one, of a subscription that the path names too.
func (a *API) named(w http.ResponseWriter, r *http.Request, in transact, ask func(tx *db.Tx, app, n int64) (webhook.Subscription, error)) error {
	n, err := wire.PathID(r, "subscriptionId")
	if err != nil {
		return err
	}
	return one(w, r, in, http.StatusOK, func(tx *db.Tx, app int64) (subscription, error) {
		s, err := ask(tx, app, n)
		return show(s), err
	})
}

// none does something to the app that the path names, and answers with no body.
func none(w http.ResponseWriter, r *http.Request, d *db.DB, do func(tx *db.Tx, app int64) error) error {
	app, err := wire.PathID(r, "appId")
	if err != nil {
		return err
	}
	if err := d.Write(r.Context(), func(tx *db.Tx) error { return do(tx, app) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
