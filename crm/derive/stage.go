package derive

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// Place resolves the pipeline and stage that a write puts its record into, and sets both. A stage alone brings its pipeline; a
// pipeline that is named binds the stage, and moving to another needs a stage of it. moved is false when the record stays.
func Place(all []pipeline.Pipeline, w *record.Write) (p pipeline.Pipeline, st pipeline.Stage, moved bool, err error) {
	pipelineName, stageName := w.Type.Pipeline, w.Type.Stage
	_, stageSet := w.Set[stageName]
	_, pipelineSet := w.Set[pipelineName]
	if !w.Create && !stageSet && !pipelineSet {
		return p, st, false, nil
	}
	// A pipeline that was named and is the record's already binds the stage all the same.
	_, named := w.Asked[pipelineName]
	pipelineSet = pipelineSet || named
	if p, st, err = resolve(all, w, stageSet, pipelineSet); err != nil {
		return p, st, false, err
	}
	w.Set[pipelineName], w.Set[stageName] = p.ID, st.ID
	return p, st, w.Create || w.Before[stageName] != st.ID, nil
}

func resolve(all []pipeline.Pipeline, w *record.Write, stageSet, pipelineSet bool) (none pipeline.Pipeline, st pipeline.Stage, err error) {
	pipelineName, stageName, what := w.Type.Pipeline, w.Type.Stage, strings.ToLower(w.Type.Label)
	pipelineID, stageID := w.Get(pipelineName), w.Get(stageName)
	noun := "stage"
	if stageName != "dealstage" { // people call those of all other types statuses
		noun = "status"
	}
	if pipelineSet && pipelineID != "" && !slices.ContainsFunc(all, func(p pipeline.Pipeline) bool { return p.ID == pipelineID }) {
		return none, st, errs.Bad(pipelineName, "INVALID_OPTION", fmt.Sprintf("There is no %s pipeline %q.", what, pipelineID))
	}
	if pipelineSet && !stageSet && !w.Create && pipelineID != w.Before[pipelineName] {
		return none, st, errs.Bad(stageName, "REQUIRED", fmt.Sprintf("Moving a %s to another pipeline needs a %s of that pipeline.", what, noun))
	}
	if stageID == "" {
		return none, st, errs.Bad(stageName, "REQUIRED", fmt.Sprintf("A %s needs a %s.", what, noun))
	}
	for _, p := range all {
		if pipelineSet && p.ID != pipelineID {
			continue
		}
		if st, ok := p.Stage(stageID); ok {
			return p, st, nil
		}
	}
	return none, st, errs.Bad(stageName, "INVALID_OPTION", fmt.Sprintf("%q is not a %s of the %s's pipeline.", stageID, noun, what))
}

// Moved derives when a record entered the stage it moves to, and how long it was in the one before (STAT-6).
func Moved(tx *db.Tx, w *record.Write, to pipeline.Stage) {
	w.Set["hs_date_entered_"+to.ID] = now(tx)
	from := w.Before[w.Type.Stage]
	if from == "" {
		return
	}
	w.Set["hs_date_exited_"+from] = now(tx)
	if entered, ok := property.ParseTime(w.Before["hs_date_entered_"+from]); ok {
		before, _ := strconv.ParseInt(w.Before["hs_time_in_"+from], 10, 64)
		latest := tx.Now.Sub(entered).Milliseconds()
		w.Set["hs_time_in_"+from], w.Set["hs_v2_latest_time_in_"+from] = strconv.FormatInt(before+latest, 10), strconv.FormatInt(latest, 10)
	}
}
