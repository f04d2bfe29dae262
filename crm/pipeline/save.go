package pipeline

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// save checks what a pipeline is to become and stores what that changes; old is empty for a new one.
func (s *Store) save(tx *db.Tx, by people.Actor, t property.ObjectType, all []Pipeline, old, next Pipeline) (Pipeline, error) {
	var err error
	if next.Label, err = freeLabel(all, next.ID, next.Label); err != nil {
		return Pipeline{}, err
	}
	for i, st := range next.Stages {
		if st.Metadata == nil { // nothing was said of it
			before, _ := old.Stage(st.ID)
			next.Stages[i].Metadata = before.Metadata
		}
	}
	if next.Stages, err = s.checkStages(tx, next, next.Stages); err != nil {
		return Pipeline{}, err
	}
	if next.Order < 0 {
		next.Order = 0
		for _, other := range all {
			next.Order = max(next.Order, other.Order+1)
		}
	}
	action := updated
	if old.ID == "" {
		action = created
	}
	stages := changes(old.Stages, next.Stages)
	if len(stages) == 0 && action == updated && old.Label == next.Label && old.Order == next.Order {
		return old, nil
	}
	if err := unused(tx, t, next.ID, stages); err != nil {
		return Pipeline{}, err
	}
	_, err = tx.Exec(`INSERT INTO pipelines (id, object_type, label, position, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (id) DO UPDATE SET label = excluded.label, position = excluded.position, updated_at = excluded.updated_at`,
		next.ID, next.ObjectType, next.Label, next.Order, tx.Micros())
	if err != nil {
		return Pipeline{}, err
	}
	if err := saveStages(tx, by, next.ID, stages); err != nil {
		return Pipeline{}, err
	}
	s.emit(tx, by, next.ID)
	if next, _, err = s.byID(tx, next.ID); err != nil {
		return Pipeline{}, err
	}
	return next, note(tx, by, next.ID, "", action, next)
}

// changed is a stage that is made, changed or deleted.
type changed struct {
	action string
	old    Stage
	Stage
}

// changes are what makes the old stages the new ones, deletions first.
func changes(old, next []Stage) []changed {
	var out []changed
	for _, o := range old {
		if !slices.ContainsFunc(next, func(n Stage) bool { return n.ID == o.ID }) {
			out = append(out, changed{deleted, o, o})
		}
	}
	for _, n := range next {
		i := slices.IndexFunc(old, func(o Stage) bool { return o.ID == n.ID })
		switch {
		case i < 0:
			out = append(out, changed{created, Stage{}, n})
		case old[i].Label != n.Label || old[i].Order != n.Order || old[i].Closed != n.Closed || !maps.Equal(old[i].Metadata, n.Metadata):
			out = append(out, changed{updated, old[i], n})
		}
	}
	return out
}

// unused refuses to delete, open or close stages that hold records.
func unused(tx *db.Tx, t property.ObjectType, pipelineID string, stages []changed) error {
	var touched []string
	for _, c := range stages {
		if c.action == deleted || c.action == updated && c.Closed != c.old.Closed {
			touched = append(touched, c.ID)
		}
	}
	if len(touched) == 0 {
		return nil
	}
	used, err := usage(tx, t, pipelineID, touched)
	if err != nil || used.records == 0 {
		return err
	}
	return used.refuse(errs.Newf(errs.Conflict, "%d %s are in statuses that would go, or open or close. Move them first.", used.records, strings.ToLower(t.LabelPlural)).
		WithCode("STAGE_IN_USE"))
}

func saveStages(tx *db.Tx, by people.Actor, pipelineID string, stages []changed) error {
	for _, c := range stages {
		if c.Metadata == nil {
			c.Metadata = map[string]string{}
		}
		metadata, err := json.Marshal(c.Metadata)
		if err != nil {
			return err
		}
		if c.action == deleted {
			_, err = tx.Exec("DELETE FROM stages WHERE id = $1", c.ID)
		} else {
			_, err = tx.Exec(`INSERT INTO stages (id, pipeline_id, label, position, closed, metadata, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (id) DO UPDATE SET label = excluded.label, position = excluded.position,
closed = excluded.closed, metadata = excluded.metadata, updated_at = excluded.updated_at`,
				c.ID, pipelineID, c.Label, c.Order, c.Closed, string(metadata), tx.Micros())
		}
		if err == nil {
			err = note(tx, by, pipelineID, c.ID, c.action, c.Stage)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// What an entry of the audit says was done, in HubSpot's words.
const (
	created = "CREATE"
	updated = "UPDATE"
	deleted = "DELETE"
)

// Entry is something that was done to a pipeline, or to one of its stages.
type Entry struct {
	PipelineID string
	StageID    string // "" of the pipeline itself
	Action     string // CREATE, UPDATE or DELETE
	At         time.Time
	By         event.Actor
	Object     json.RawMessage // the Pipeline or Stage as it became, or as it was when it was deleted
}

func note(tx *db.Tx, by people.Actor, pipelineID, stageID, action string, object any) error {
	raw, err := json.Marshal(object)
	if err != nil {
		return err
	}
	return tx.Later("INSERT INTO pipeline_audit (id, pipeline_id, stage_id, action, at, actor_kind, actor_id, object) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		tx.NewID(), pipelineID, stageID, action, tx.Micros(), string(by.Kind), by.ID, string(raw))
}

// auditMost bounds the entries that one call returns.
const auditMost = 500

// Audit returns what was done to a pipeline, or with a stage id to the stage, newest first. A pipeline that is gone still has
// its audit; one that never was is NotFound.
func (s *Store) Audit(tx *db.Tx, objectType, pipelineID, stageID string) ([]Entry, error) {
	p, t, err := s.byID(tx, pipelineID)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return nil, err
	}
	if err == nil {
		asked, err := s.piped(tx, objectType)
		if err != nil {
			return nil, err
		}
		if asked.Name != t.Name {
			return nil, noPipeline()
		}
	}
	entries, err := db.List(tx, func(sc db.Scanner) (e Entry, err error) {
		var at int64
		var raw []byte
		err = sc.Scan(&e.PipelineID, &e.StageID, &e.Action, &at, &e.By.Kind, &e.By.ID, &raw)
		e.At, e.Object = clock.FromMicros(at), raw
		return e, err
	}, "SELECT pipeline_id, stage_id, action, at, actor_kind, actor_id, object FROM pipeline_audit WHERE pipeline_id = $1 AND stage_id = $2 ORDER BY id DESC LIMIT $3",
		pipelineID, stageID, auditMost)
	if err != nil || len(entries) > 0 {
		return entries, err
	}
	if _, ok := p.Stage(stageID); p.ID == "" || stageID != "" && !ok {
		return nil, noPipeline()
	}
	return nil, nil
}
