package health_test

import (
	"testing"

	"github.com/deskbell/deskbell/api/health"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/people"
)

func TestHealth(t *testing.T) { // OPS-1
	d, err := db.Open(t.Context(), dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	c := gatetest.Start(t, d, people.New(d), func(g *gate.Gate) { health.Routes(g, d) }).Nobody()
	c.Get("/healthz").Is(200)
	if got := c.Get("/readyz").Is(200).Object()["status"]; got != "ok" {
		t.Errorf("ready is %v", got)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	c.Get("/healthz").Is(200) // the program itself still runs
	c.Get("/readyz").Is(503)
}
