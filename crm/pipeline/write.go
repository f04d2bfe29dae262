package pipeline

import (
	"encoding/json"
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
	pipelinesMost = 100
	stagesMost    = 100 // of a pipeline (HubSpot's limit)
	labelMost     = 200
	stageIDMost   = 100
)

// goodID is what ids given by the caller look like; a stage's is part of property names.
var goodID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,100}$`)

// Create makes a pipeline at the end of the order. Without stages it gets those of a new account (PIPE-1). Stages without an
// id get one.
func (s *Store) Create(tx *db.Tx, by people.Actor, objectType, label string, stages []Stage) (Pipeline, error) {
	all, err := s.change(tx, by, objectType)
	if err != nil {
		return Pipeline{}, err
	}
	t, err := s.piped(tx, objectType)
	if err != nil {
		return Pipeline{}, err
	}
	if len(all) >= pipelinesMost {
		return Pipeline{}, errs.Newf(errs.Limited, "There are %d pipelines, which is the limit.", len(all))
	}
	if label, err = freeLabel(all, "", label); err != nil {
		return Pipeline{}, err
	}
	p := Pipeline{ID: id.Format(tx.NewID()), ObjectType: t.Name, Label: label}
	for _, other := range all {
		p.Order = max(p.Order, other.Order+1)
	}
	if len(stages) == 0 {
		stages = firstStages(t.Name)
	}
	if stages, err = s.checkStages(tx, p, stages); err != nil {
		return Pipeline{}, err
	}
	_, err = tx.Exec("INSERT INTO pipelines (id, object_type, label, position, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
		p.ID, p.ObjectType, p.Label, p.Order, tx.Micros())
	if err != nil {
		return Pipeline{}, err
	}
	if err := saveStages(tx, p, stages); err != nil {
		return Pipeline{}, err
	}
	return s.changed(tx, by, p.ID)
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

// Rename changes a pipeline's label.
func (s *Store) Rename(tx *db.Tx, by people.Actor, pipelineID, label string) (Pipeline, error) {
	_, _, all, err := s.changeOne(tx, by, pipelineID)
	if err != nil {
		return Pipeline{}, err
	}
	if label, err = freeLabel(all, pipelineID, label); err != nil {
		return Pipeline{}, err
	}
	if _, err := tx.Exec("UPDATE pipelines SET label = $1, updated_at = $2 WHERE id = $3", label, tx.Micros(), pipelineID); err != nil {
		return Pipeline{}, err
	}
	return s.changed(tx, by, pipelineID)
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
	for i, pipelineID := range ids {
		if _, err := tx.Exec("UPDATE pipelines SET position = $1, updated_at = $2 WHERE id = $3", i, tx.Micros(), pipelineID); err != nil {
			return err
		}
	}
	_, err = s.changed(tx, by, ids[0])
	return err
}

// SetStages replaces the stages of a pipeline, in order. A stage with an id keeps it, one without gets a new one, and one
// that is left out is deleted, which its records prevent: Conflict STAGE_IN_USE (STAT-3). A ticket pipeline has
// at least one open and one closed stage (STAT-1); each stage of a deal pipeline has a probability.
func (s *Store) SetStages(tx *db.Tx, by people.Actor, pipelineID string, stages []Stage) (Pipeline, error) {
	p, t, _, err := s.changeOne(tx, by, pipelineID)
	if err != nil {
		return Pipeline{}, err
	}
	if stages, err = s.checkStages(tx, p, stages); err != nil {
		return Pipeline{}, err
	}
	if err := dropStages(tx, t, p, stages); err != nil {
		return Pipeline{}, err
	}
	if err := saveStages(tx, p, stages); err != nil {
		return Pipeline{}, err
	}
	return s.changed(tx, by, pipelineID)
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
	n, err := db.Value[int64](tx, "SELECT count(*) FROM "+t.From()+"archived_at IS NULL AND pipeline_id = $1", p.ID)
	if err != nil {
		return err
	}
	if n > 0 {
		return errs.Newf(errs.Conflict, "%s holds %d %s. Move or delete them first.", p.Label, n, strings.ToLower(t.LabelPlural)).
			WithCode("PIPELINE_IN_USE").WithDetail("count", strconv.FormatInt(n, 10))
	}
	if _, err := tx.Exec("DELETE FROM stages WHERE pipeline_id = $1", p.ID); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM pipelines WHERE id = $1", p.ID); err != nil {
		return err
	}
	s.emit(tx, by, p.ID)
	return nil
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

func (s *Store) changed(tx *db.Tx, by people.Actor, pipelineID string) (Pipeline, error) {
	s.emit(tx, by, pipelineID)
	p, _, err := s.byID(tx, pipelineID)
	return p, err
}

func (s *Store) emit(tx *db.Tx, by people.Actor, pipelineID string) {
	s.all.Invalidate(tx)
	n, _ := strconv.ParseInt(pipelineID, 10, 64) // an id that is no number is in the data alone
	event.Emit(tx, event.Event{Type: "pipeline.changed", ObjectType: "pipelines", ObjectID: n, Actor: by.As(), Data: Changed{ID: pipelineID}})
}

func freeLabel(all []Pipeline, self, label string) (string, error) {
	label = strings.TrimSpace(label)
	if label == "" || len(label) > labelMost {
		return "", errs.Bad("label", "REQUIRED", fmt.Sprintf("A pipeline needs a name of at most %d characters.", labelMost))
	}
	for _, p := range all {
		if p.ID != self && strings.EqualFold(p.Label, label) {
			return "", errs.Newf(errs.Conflict, "There is a pipeline %q already.", p.Label).WithCode("PIPELINE_LABEL_EXISTS")
		}
	}
	return label, nil
}

// checkStages completes the stages of a pipeline and refuses what breaks STAT-1.
func (s *Store) checkStages(tx *db.Tx, p Pipeline, stages []Stage) ([]Stage, error) {
	if len(stages) > stagesMost {
		return nil, errs.Bad("stages", "TOO_MANY", fmt.Sprintf("At most %d statuses.", stagesMost))
	}
	all, err := s.all.Get(tx)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{} // by other pipelines, of any object type
	for _, pipelines := range all {
		for _, other := range pipelines {
			for _, st := range other.Stages {
				taken[st.ID] = taken[st.ID] || other.ID != p.ID
			}
		}
	}
	out := slices.Clone(stages)
	labels, open, closed := map[string]bool{}, 0, 0
	for i := range out {
		st := &out[i]
		st.Order, st.Label = i, strings.TrimSpace(st.Label)
		folded := strings.ToLower(st.Label)
		switch {
		case st.Label == "" || len(st.Label) > labelMost:
			return nil, errs.Bad("stages", "REQUIRED", fmt.Sprintf("Each status needs a name of at most %d characters.", labelMost))
		case labels[folded]:
			return nil, errs.Newf(errs.Conflict, "There are two statuses %q.", st.Label).WithCode("STAGE_LABEL_EXISTS")
		case st.ID == "":
			st.ID = id.Format(tx.NewID())
		case !goodID.MatchString(st.ID):
			return nil, errs.Bad("stages", "INVALID_ID", fmt.Sprintf("A status id has letters, digits, _ and -, at most %d.", stageIDMost))
		case taken[st.ID]:
			return nil, errs.Newf(errs.Conflict, "The status id %s belongs to another pipeline.", st.ID).WithCode("STAGE_ID_EXISTS")
		}
		labels[folded], taken[st.ID] = true, true
		if p.ObjectType == deals {
			if st.Closed, err = decided(*st); err != nil {
				return nil, err
			}
		}
		if st.Closed {
			closed++
		} else {
			open++
		}
	}
	switch {
	case len(out) == 0:
		return nil, errs.Bad("stages", "REQUIRED", "A pipeline needs at least one stage.")
	case p.ObjectType == tickets && (open == 0 || closed == 0):
		return nil, errs.Bad("stages", "MISSING_CLOSED_STAGE", "A pipeline needs at least one open and one closed status.")
	}
	return out, nil
}

// Probability is the key in the metadata of a deal stage for how likely a deal in it is won, 0 to 1.
const Probability = "probability"

// decided reports whether a deal stage is a closed one: what is won or lost for certain is closed.
func decided(st Stage) (bool, error) {
	p, err := strconv.ParseFloat(st.Metadata[Probability], 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return false, errs.Bad("stages", "INVALID_PROBABILITY", fmt.Sprintf("The stage %s needs a probability from 0.0 to 1.0 in its metadata.", st.Label))
	}
	return p == 0 || p == 1, nil
}

// dropStages deletes the stages that are not among those to keep, unless records are in them.
func dropStages(tx *db.Tx, t property.ObjectType, p Pipeline, keep []Stage) error {
	var gone, used []string
	var records int64
	for _, old := range p.Stages {
		if slices.ContainsFunc(keep, func(st Stage) bool { return st.ID == old.ID }) {
			continue
		}
		n, err := db.Value[int64](tx, "SELECT count(*) FROM "+t.From()+"archived_at IS NULL AND pipeline_id = $1 AND stage_id = $2", p.ID, old.ID)
		if err != nil {
			return err
		}
		gone = append(gone, old.ID)
		if n > 0 {
			used, records = append(used, old.ID), records+n
		}
	}
	if len(used) > 0 {
		return errs.Newf(errs.Conflict, "%d %s are in statuses that would go. Move them first.", records, strings.ToLower(t.LabelPlural)).WithCode("STAGE_IN_USE").
			WithDetail("stageIds", used...).WithDetail("count", strconv.FormatInt(records, 10))
	}
	if len(gone) == 0 {
		return nil
	}
	var q db.SQL
	_, err := db.In(q.Add("DELETE FROM stages WHERE "), "id", gone).Exec(tx)
	return err
}

func saveStages(tx *db.Tx, p Pipeline, stages []Stage) error {
	for _, st := range stages {
		if st.Metadata == nil {
			st.Metadata = map[string]string{}
		}
		metadata, err := json.Marshal(st.Metadata)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO stages (id, pipeline_id, label, position, closed, metadata, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (id) DO UPDATE SET label = excluded.label, position = excluded.position,
closed = excluded.closed, metadata = excluded.metadata, updated_at = excluded.updated_at`,
			st.ID, p.ID, st.Label, st.Order, st.Closed, string(metadata), tx.Micros())
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE pipelines SET updated_at = $1 WHERE id = $2", tx.Micros(), p.ID)
	return err
}
