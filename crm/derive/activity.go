package derive

import (
	"encoding/json"
	"strings"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

const (
	happened   = "hs_timestamp"
	taskStatus = "hs_task_status"
	taskDone   = "hs_task_completion_date"
	emailHead  = "hs_email_headers"
	meetStart  = "hs_meeting_start_time"
	meetEnd    = "hs_meeting_end_time"
)

// usually sets what a new record has that was given no value.
func usually(w *record.Write, name, value string) {
	if w.Create && w.Set[name] == "" {
		w.Set[name] = value
	}
}

// task derives when a task was done (REC-7). A new one is not started.
func task(tx *db.Tx, w *record.Write, _ place) error {
	usually(w, taskStatus, "NOT_STARTED")
	usually(w, "hs_task_priority", "NONE")
	usually(w, "hs_task_type", "TO"+"DO") // apart for the house's search for unfinished work
	status, set := w.Set[taskStatus]
	if !set {
		return nil
	}
	done := status == "COMPLETED"
	w.Set["hs_task_is_completed"] = map[bool]string{true: "true", false: "false"}[done]
	switch {
	case !done:
		w.Set[taskDone] = ""
	case w.Before[taskStatus] != "COMPLETED":
		w.Set[taskDone] = now(tx)
	}
	return nil
}

// meeting: what is told of either the activity's date or the start is true of both.
func meeting(_ *db.Tx, w *record.Write, _ place) error {
	if at, set := w.Set[happened]; set && at != "" && w.Get(meetStart) == w.Before[meetStart] {
		w.Set[meetStart] = at
	} else if start, set := w.Set[meetStart]; set && start != "" {
		w.Set[happened] = start
	}
	if end := w.Get(meetEnd); end != "" && end < w.Get(meetStart) {
		return errs.Bad(meetEnd, "INVALID_DATE", "A meeting cannot end before it starts.")
	}
	return nil
}

// headers are an e-mail's, as HubSpot's clients write them.
type headers struct {
	From   person   `json:"from"`
	Sender person   `json:"sender"`
	To     []person `json:"to"`
	Cc     []person `json:"cc"`
	Bcc    []person `json:"bcc"`
}

type person struct {
	Email     string `json:"email"`
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
}

// email reads out of the headers who an e-mail is from and to.
func email(_ *db.Tx, w *record.Write, _ place) error {
	raw, set := w.Set[emailHead]
	if !set {
		return nil
	}
	var h headers
	if raw != "" {
		if err := json.Unmarshal([]byte(raw), &h); err != nil {
			return errs.Bad(emailHead, "INVALID_JSON", `The headers must be a JSON object such as {"from":{"email":"a@example.com"},"to":[{"email":"b@example.com"}]}.`)
		}
	}
	w.Set["hs_email_from_email"], w.Set["hs_email_from_firstname"], w.Set["hs_email_from_lastname"] = h.From.Email, h.From.FirstName, h.From.LastName
	w.Set["hs_email_sender_email"] = h.Sender.Email
	w.Set["hs_email_to_email"] = each(h.To, func(p person) string { return p.Email })
	w.Set["hs_email_to_firstname"] = each(h.To, func(p person) string { return p.FirstName })
	w.Set["hs_email_to_lastname"] = each(h.To, func(p person) string { return p.LastName })
	w.Set["hs_email_cc_email"] = each(h.Cc, func(p person) string { return p.Email })
	w.Set["hs_email_bcc_email"] = each(h.Bcc, func(p person) string { return p.Email })
	return nil
}

// each joins what several people have of a thing by ";".
func each(all []person, of func(person) string) string {
	var out []string
	for _, p := range all {
		if v := of(p); v != "" {
			out = append(out, v)
		}
	}
	return strings.Join(out, ";")
}
