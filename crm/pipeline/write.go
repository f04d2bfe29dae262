package pipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

const (
	PipelinesMost = 100 // of an object type
	stagesMost    = 100 // of a pipeline (HubSpot's limit)
	labelMost     = 200
	stageIDMost   = 100
	// HubSpot's limit of ids that callers give.
	pipelineIDMost = 36
)

// goodID is what ids given by the caller look like; a stage's is part of property names.
var goodID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Create makes a pipeline at the end of the order. Without stages it gets those of a new account (PIPE-1). Stages without an
// id get one.
func (s *Store) Create(tx *db.Tx, by people.Actor, objectType, label string, stages []Stage) (Pipeline, error) {
	if len(stages) == 0 {
		t, err := s.piped(tx, objectType)
		if err != nil {
			return Pipeline{}, err
		}
		stages = firstStages(t.Name)
	}
	return s.Add(tx, by, Pipeline{ObjectType: objectType, Label: label, Order: last, Stages: inOrder(stages)})
}

// last as an order puts at the end.
const last = -1

// inOrder are stages as they stand.
func inOrder(stages []Stage) []Stage {
	out := slices.Clone(stages)
	for i := range out {
		out[i].Order = i
	}
	return out
}

// Add makes a pipeline as it is given: with its own id, order and stages. Without ids it and its stages get some.
func (s *Store) Add(tx *db.Tx, by people.Actor, p Pipeline) (Pipeline, error) {
	all, err := s.change(tx, by, p.ObjectType)
	if err != nil {
		return Pipeline{}, err
	}
	t, err := s.piped(tx, p.ObjectType)
	if err != nil {
		return Pipeline{}, err
	}
	if len(all) >= PipelinesMost {
		return Pipeline{}, errs.Newf(errs.Limited, "There are %d pipelines, which is the limit.", len(all)).WithCode("TOO_MANY_PIPELINES")
	}
	p.ObjectType = t.Name
	if err := s.nameNew(tx, &p); err != nil {
		return Pipeline{}, err
	}
	return s.save(tx, by, t, all, Pipeline{}, p)
}

// nameNew checks the id of a new pipeline, or gives it one.
func (s *Store) nameNew(tx *db.Tx, p *Pipeline) error {
	if p.ID == "" {
		p.ID = id.Format(tx.NewID())
		return nil
	}
	if !goodID.MatchString(p.ID) || len(p.ID) > pipelineIDMost {
		return errs.Bad("pipelineId", "INVALID_ID", fmt.Sprintf("A pipeline id has letters, digits, _ and -, at most %d.", pipelineIDMost))
	}
	if _, _, err := s.byID(tx, p.ID); err == nil {
		return errs.Newf(errs.Conflict, "There is a pipeline with the id %s already.", p.ID).WithCode("PIPELINE_ID_EXISTS")
	} else if !errs.Is(err, errs.NotFound) {
		return err
	}
	return nil
}

// Object types whose stages have rules of their own.
const (
	tickets = "tickets"
	deals   = "deals"
)

func firstStages(objectType string) []Stage {
	switch objectType {
	case tickets:
		return []Stage{{Label: "New"}, {Label: "Waiting on contact"}, {Label: "Waiting on us"}, {Label: "Closed", Closed: true}}
	case deals:
		likely := func(label, probability string) Stage {
			return Stage{Label: label, Metadata: map[string]string{Probability: probability}}
		}
		return []Stage{likely("Appointment scheduled", "0.2"), likely("Qualified to buy", "0.4"), likely("Presentation scheduled", "0.6"),
			likely("Decision maker bought in", "0.8"), likely("Contract sent", "0.9"), likely("Closed won", "1.0"), likely("Closed lost", "0.0")}
	}
	return []Stage{{Label: "New"}, {Label: "In progress"}, {Label: "Done", Closed: true}}
}

// Duplicate makes a pipeline with the stages of another, under new ids.
func (s *Store) Duplicate(tx *db.Tx, by people.Actor, pipelineID, label string) (Pipeline, error) {
	p, _, err := s.byID(tx, pipelineID)
	if err != nil {
		return Pipeline{}, err
	}
	stages := make([]Stage, len(p.Stages))
	for i, st := range p.Stages {
		stages[i] = Stage{Label: st.Label, Closed: st.Closed, Metadata: st.Metadata}
	}
	return s.Create(tx, by, p.ObjectType, label, stages)
}

// Change lets fn change a pipeline: its label, order and stages. A stage that keeps its id is the same stage, one without gets
// a new one, and one that is left out is deleted, which its records prevent, as they do that it opens or closes: Conflict
// STAGE_IN_USE (STAT-3). A ticket pipeline has at least one open and one closed stage (STAT-1); each stage of a deal pipeline
// has a probability.
func (s *Store) Change(tx *db.Tx, by people.Actor, pipelineID string, fn func(p *Pipeline) error) (Pipeline, error) {
	p, t, all, err := s.changeOne(tx, by, pipelineID)
	if err != nil {
		return Pipeline{}, err
	}
	next := p
	next.Stages = slices.Clone(p.Stages)
	if err := fn(&next); err != nil {
		return Pipeline{}, err
	}
	next.ID, next.ObjectType = p.ID, p.ObjectType
	return s.save(tx, by, t, all, p, next)
}

// Rename changes a pipeline's label.
func (s *Store) Rename(tx *db.Tx, by people.Actor, pipelineID, label string) (Pipeline, error) {
	return s.Change(tx, by, pipelineID, func(p *Pipeline) error {
		p.Label = label
		return nil
	})
}

// Reorder puts the pipelines of an object type into the order of ids, which must name each once.
func (s *Store) Reorder(tx *db.Tx, by people.Actor, objectType string, ids []string) error {
	all, err := s.change(tx, by, objectType)
	if err != nil {
		return err
	}
	have := make([]string, len(all))
	for i, p := range all {
		have[i] = p.ID
	}
	if slices.Sort(have); !slices.Equal(have, slices.Sorted(slices.Values(ids))) {
		return errs.Bad("ids", "INVALID_OPTION", "The order must name every pipeline once: "+strings.Join(have, ", "))
	}
	for _, p := range all {
		at := slices.Index(ids, p.ID)
		if at == p.Order {
			continue
		}
		if _, err := tx.Exec("UPDATE pipelines SET position = $1, updated_at = $2 WHERE id = $3", at, tx.Micros(), p.ID); err != nil {
			return err
		}
		p.Order = at
		if err := note(tx, by, p.ID, "", updated, p); err != nil {
			return err
		}
	}
	s.emit(tx, by, ids[0])
	return nil
}

// SetStages replaces the stages of a pipeline, in the order given.
func (s *Store) SetStages(tx *db.Tx, by people.Actor, pipelineID string, stages []Stage) (Pipeline, error) {
	return s.Change(tx, by, pipelineID, func(p *Pipeline) error {
		p.Stages = inOrder(stages)
		return nil
	})
}

// Delete removes a pipeline that holds no records: else Conflict PIPELINE_IN_USE with the count (PIPE-3). The last
// pipeline cannot go: Conflict LAST_PIPELINE. What is in the trash does not count as use.
func (s *Store) Delete(tx *db.Tx, by people.Actor, pipelineID string) error {
	p, t, all, err := s.changeOne(tx, by, pipelineID)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return errs.New(errs.Conflict, "The last pipeline cannot be deleted.", nil).WithCode("LAST_PIPELINE")
	}
	used, err := usage(tx, t, p.ID, nil)
	if err != nil {
		return err
	}
	if used.records > 0 {
		return used.refuse(errs.Newf(errs.Conflict, "%s holds %d %s. Move or delete them first.", p.Label, used.records, strings.ToLower(t.LabelPlural)).
			WithCode("PIPELINE_IN_USE"))
	}
	if _, err := tx.Exec("DELETE FROM stages WHERE pipeline_id = $1", p.ID); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM pipelines WHERE id = $1", p.ID); err != nil {
		return err
	}
	s.emit(tx, by, p.ID)
	return note(tx, by, p.ID, "", deleted, p)
}

// change checks the permission and makes those who change pipelines wait for one another.
func (s *Store) change(tx *db.Tx, by people.Actor, objectType string) ([]Pipeline, error) {
	if err := mayChange(tx, by); err != nil {
		return nil, err
	}
	return s.All(tx, objectType)
}

func mayChange(tx *db.Tx, by people.Actor) error {
	if !by.May(people.ManagePipelines) {
		return errs.New(errs.Denied, "You may not change pipelines. Ask an admin for the permission.", nil)
	}
	return tx.Lock("pipelines")
}

// changeOne is change for one pipeline: it, its object type, and all of the type.
func (s *Store) changeOne(tx *db.Tx, by people.Actor, pipelineID string) (Pipeline, property.ObjectType, []Pipeline, error) {
	if err := mayChange(tx, by); err != nil {
		return Pipeline{}, property.ObjectType{}, nil, err
	}
	p, t, err := s.byID(tx, pipelineID)
	if err != nil {
		return Pipeline{}, t, nil, err
	}
	all, err := s.All(tx, t.Name)
	return p, t, all, err
}

func (s *Store) emit(tx *db.Tx, by people.Actor, pipelineID string) {
	s.all.Invalidate(tx)
	n, _ := strconv.ParseInt(pipelineID, 10, 64) // an id that is no number is in the data alone
	event.Emit(tx, event.Event{Type: "pipeline.changed", ObjectType: "pipelines", ObjectID: n, Actor: by.As(), Data: Changed{ID: pipelineID}})
}
