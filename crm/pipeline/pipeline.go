// Package pipeline owns pipelines and their stages: order, names, which stages are closed, and what keeps one from being
// deleted. It knows nothing of what happens when a ticket moves.
package pipeline

import (
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// Pipeline is an ordered list of stages.
type Pipeline struct {
	ID         string
	ObjectType string
	Label      string
	Order      int     // among the pipelines of its object type; below 0 to put it last
	Stages     []Stage // in order
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Stage is a status of a pipeline. Its id never changes (STAT-2).
type Stage struct {
	ID        string
	Label     string
	Order     int // among the stages of its pipeline; below 0 to put it last
	Closed    bool
	Metadata  map[string]string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Stage returns the stage with an id.
func (p Pipeline) Stage(id string) (Stage, bool) {
	for _, s := range p.Stages {
		if s.ID == id {
			return s, true
		}
	}
	return Stage{}, false
}

// Changed is the data of "pipeline.changed", whose object is the pipeline's type; ids that are gone are among them.
type Changed struct {
	ID string `json:"id"`
}

// Store keeps pipelines.
type Store struct {
	all   *db.Cache[map[string][]Pipeline] // by object type
	props *property.Registry
}

// New returns the pipelines of a database.
func New(d *db.DB, props *property.Registry) *Store {
	return &Store{all: db.NewCache(d, "pipelines", load), props: props}
}

// Forget deletes the pipelines of an object type of the account's own that is deleted for good, records or not.
func (s *Store) Forget(tx *db.Tx, objectType string) error {
	for _, statement := range []string{"DELETE FROM stages WHERE pipeline_id IN (SELECT id FROM pipelines WHERE object_type = $1)",
		"DELETE FROM pipelines WHERE object_type = $1"} {
		if _, err := tx.Exec(statement, objectType); err != nil {
			return err
		}
	}
	s.all.Invalidate(tx)
	return nil
}
