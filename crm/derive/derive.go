// Package derive says what object types besides tickets demand of their records and derive: who owns them, their stages,
// what closes a deal, when a task was done. It stores nothing itself, and knows nothing of tickets and messages.
package derive

import (
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// Property names that all types share.
const (
	Owner      = "hubspot_owner_id"
	OwnerSince = "hubspot_owner_assigneddate"
	Team       = "hubspot_team_id"
	AllOwners  = "hs_all_owner_ids"
	AllTeams   = "hs_all_team_ids"
)

// common are the rules of every type, with those of the type itself behind.
type common struct {
	pipelines *pipeline.Store
	people    *people.Service
	own       func(tx *db.Tx, w *record.Write, to place) error
}

// place is where a write puts a record of a type with pipelines; moved says whether it was elsewhere before.
type place struct {
	pipeline.Stage
	moved bool
}

// Of returns the rules of the object types, by plural name; record.AnyType are those of all types not named.
func Of(pipelines *pipeline.Store, staff *people.Service) map[string]record.Rules {
	of := func(own func(tx *db.Tx, w *record.Write, to place) error) record.Rules {
		return &common{pipelines, staff, own}
	}
	return map[string]record.Rules{
		"deals": of(deal), "tasks": of(task), "emails": of(email), "meetings": of(meeting), record.AnyType: of(nil),
		users: nil, "feedback_submissions": nil, // what is kept elsewhere is checked there
	}
}

// Prepare checks and completes a write.
func (c *common) Prepare(tx *db.Tx, _ people.Actor, w *record.Write) error {
	if err := c.owner(tx, w); err != nil {
		return err
	}
	to, err := c.stage(tx, w)
	if err != nil || c.own == nil {
		return err
	}
	return c.own(tx, w, to)
}

func (c *common) stage(tx *db.Tx, w *record.Write) (place, error) {
	pipelineName, stageName := w.Type.Pipeline, w.Type.Stage
	if stageName == "" || w.Get(stageName) == "" && w.Get(pipelineName) == "" {
		return place{}, nil
	}
	all, err := c.pipelines.All(tx, w.ObjectType)
	if err != nil {
		return place{}, err
	}
	_, st, moved, err := Place(all, w)
	if moved {
		Moved(tx, w, st)
	}
	return place{st, moved}, err
}

// now is the transaction's time as properties hold it.
func now(tx *db.Tx) string { return property.FormatTime(tx.Now) }
