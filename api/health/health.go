// Package health tells machines whether the program lives and can work. It knows nothing of what the program does.
package health

import (
	"context"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/people"
)

const databaseTime = 3 * time.Second

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB) {
	g.Handle(gate.Route{Method: http.MethodGet, Path: "/healthz", Public: true, Tag: "Health", Summary: "Whether the program runs"},
		func(w http.ResponseWriter, _ *http.Request, _ people.Actor) error {
			gate.WriteJSON(w, http.StatusOK, status{"ok"})
			return nil
		})
	g.Handle(gate.Route{Method: http.MethodGet, Path: "/readyz", Public: true, Tag: "Health", Summary: "Whether the database answers"},
		func(w http.ResponseWriter, req *http.Request, _ people.Actor) error {
			ctx, cancel := context.WithTimeout(req.Context(), databaseTime)
			defer cancel()
			if err := d.Read(ctx, ask); err != nil {
				return errs.New(errs.Unavailable, "The database does not answer.", err)
			}
			gate.WriteJSON(w, http.StatusOK, status{"ok"})
			return nil
		})
}

type status struct {
	Status string `json:"status"`
}

func ask(tx *db.Tx) error {
	_, err := db.Value[int64](tx, "SELECT 1")
	return err
}
