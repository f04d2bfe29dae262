package main

import (
	"net/http"
	"testing"
)

// A pipeline with tickets goes only when it is said where they go, and then they go on as if they had always been there.
func TestDeletingPipelineMovesItsConversations(t *testing.T) { // PIPE-2, PIPE-3, AUTO-3
	eachDesk(t, func(t *testing.T, d *desk) {
		bea := d.SignIn(d.boss)
		ticket, answer := d.answered(bea)
		made := bea.Ask("POST", api+"/pipelines", map[string]string{"label": "Repairs"}).Is(http.StatusCreated)
		repairs := made.Get("id").(string)
		stage := func(i int) string { return made.Get("stages", i, "id").(string) }
		old := api + "/pipelines/0/delete"
		refused := bea.Ask("POST", old, map[string]any{}).Is(http.StatusConflict)
		if refused.Get("errors", 0, "code") != "PIPELINE_IN_USE" || refused.Get("context", "count", 0) != "1" {
			t.Errorf("%s", refused.Raw)
		}
		bea.Ask("POST", old, map[string]any{"move": map[string]any{"pipelineId": repairs, "stages": map[string]string{"2": stage(1), "1": stage(0), "3": stage(2), "4": stage(3)}}}).
			Is(http.StatusNoContent)
		if p := d.Ticket(ticket); p["hs_pipeline"] != repairs || p["hs_pipeline_stage"] != stage(1) {
			t.Errorf("moved to %s, %s", p["hs_pipeline"], p["hs_pipeline_stage"])
		}
		d.Mail("Ann Bell <ann@example.org>", "Re: Lamp is broken", "The red one.", "Message-ID: <two@example.org>", "In-Reply-To: "+answer)
		if p := d.Ticket(ticket); p["hs_pipeline_stage"] != stage(2) || len(d.Tickets()) != 1 {
			t.Errorf("after her reply the status is %s, want Waiting on us of the new pipeline", p["hs_pipeline_stage"])
		}
		// The channel's own pipeline is gone: new mail must find another place, not get lost (CHAN-1).
		d.Mail("Bob <bob@example.org>", "Chair", "It creaks.")
		if p := d.Ticket(d.Newest()); p["subject"] != "Chair" || p["hs_pipeline"] != repairs || p["hs_pipeline_stage"] != stage(0) {
			t.Errorf("new mail went to %v", p)
		}
		if got := bea.Counts(); got != "mine 1, open 2, sent 1, unassigned 1" {
			t.Errorf("counts %s", got)
		}
		if last := bea.Ask("POST", api+"/pipelines/"+repairs+"/delete", map[string]any{"deleteTickets": true}); last.Status != http.StatusBadRequest ||
			last.Get("errors", 0, "code") != "LAST_PIPELINE" {
			t.Errorf("the last pipeline: %d %s", last.Status, last.Raw)
		}
	})
}
