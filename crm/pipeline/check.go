package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

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

// settled are stages by their order; those that are to be last come after the others.
func settled(stages []Stage) []Stage {
	out := slices.Clone(stages)
	end := 0
	for _, st := range out {
		end = max(end, st.Order+1)
	}
	for i := range out {
		if out[i].Order < 0 {
			out[i].Order, end = end, end+1
		}
	}
	slices.SortStableFunc(out, func(a, b Stage) int { return a.Order - b.Order })
	return out
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
	out := settled(stages)
	labels, open, closed := map[string]bool{}, 0, 0
	for i := range out {
		st := &out[i]
		st.Label = strings.TrimSpace(st.Label)
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

// use is the records that stages hold.
type use struct {
	records int64
	stages  []string // that hold some
	ids     []string // of records, the first few
}

// usedMost is how many records an error names.
const usedMost = 100

// usage counts the living records in stages of a pipeline, nil for all. What is in the trash does not count.
func usage(tx *db.Tx, t property.ObjectType, pipelineID string, stages []string) (use, error) {
	var u use
	where := func(q *db.SQL, text string) *db.SQL {
		q.Add(text+t.From()+"archived_at IS NULL AND pipeline_id = ?", pipelineID)
		if stages != nil {
			db.In(q.Add(" AND "), "stage_id", stages)
		}
		return q
	}
	var count, some db.SQL
	where(&count, "SELECT stage_id, count(*) FROM ").Add(" GROUP BY stage_id ORDER BY stage_id")
	_, err := db.List(tx, func(sc db.Scanner) (n int64, err error) {
		var stage string
		err = sc.Scan(&stage, &n)
		u.stages, u.records = append(u.stages, stage), u.records+n
		return n, err
	}, count.Text(), count.Args()...)
	if err != nil || u.records == 0 {
		return u, err
	}
	where(&some, "SELECT id FROM ").Add(" LIMIT ?", usedMost)
	ids, err := db.List(tx, db.Col[int64], some.Text(), some.Args()...)
	slices.Sort(ids)
	for _, n := range ids {
		u.ids = append(u.ids, id.Format(n))
	}
	return u, err
}

func (u use) refuse(e *errs.Error) error {
	return e.WithDetail("stageIds", u.stages...).WithDetail("objectIds", u.ids...).WithDetail("count", strconv.FormatInt(u.records, 10))
}
