package channels

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

func (r *routes) asides(g *gate.Gate) {
	const attention = "Needs attention"
	work := func(method, path, summary string, needs people.Permission) gate.Route {
		return gate.Route{Method: method, Path: "/helpdesk/v1" + path, Needs: needs, Tag: attention, Summary: summary, Forget: true}
	}
	gate.Add(g, work(http.MethodGet, "/attention", "What came in and could not be understood, newest first", people.Workspace), r.attention)
	gate.Add(g, work(http.MethodPost, "/attention/{id}/retry", "Take it in again", people.Workspace), r.retryAside)
	g.Handle(work(http.MethodGet, "/attention/{id}/raw", "Download it as it came", people.Workspace), r.raw)
	gate.Add(g, work(http.MethodGet, "/jobs/dead", "Work that was given up, newest first", people.ManageAccount), r.dead)
	gate.Add(g, work(http.MethodPost, "/jobs/{id}/retry", "Do it again", people.ManageAccount), r.retryJob)
}

// Aside is a raw message that needs attention.
type Aside struct {
	ID         wire.ID   `json:"id"`
	ChannelID  wire.ID   `json:"channelId"`
	ReceivedAt time.Time `json:"receivedAt"`
	From       string    `json:"from" doc:"As far as it could be read."`
	Subject    string    `json:"subject"`
	Error      string    `json:"error" doc:"In plain words."`
	Attempts   int       `json:"attempts"`
	Size       int64     `json:"size" doc:"Bytes."`
}

func (r *routes) attention(ctx context.Context, by people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[Aside]], error) {
	var out []Aside
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := r.intake.Asides(tx, by)
		for _, a := range all {
			out = append(out, Aside{wire.ID(a.ID), wire.ID(a.Account), a.ReceivedAt, a.From, a.Subject, a.Reason, a.Attempts, a.Size})
		}
		return err
	})
	return wire.Listed(out), err
}

func (r *routes) retryAside(ctx context.Context, by people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return r.intake.RetryAside(tx, by, in.ID) })
}

func (r *routes) raw(w http.ResponseWriter, req *http.Request, by people.Actor) error {
	n, err := id.Parse("id", req.PathValue("id"))
	if err != nil {
		return err
	}
	content, err := r.intake.OpenAside(req.Context(), by, n)
	if err != nil {
		return err
	}
	sendMail(w, "message-"+id.Format(n)+".eml", content)
	return nil
}

// sendMail downloads a mail, so that nothing in it can run, and closes it.
func sendMail(w http.ResponseWriter, name string, content io.ReadCloser) {
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", "message/rfc822")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	w.WriteHeader(http.StatusOK)
	// The client is gone if this fails.
	_, _ = io.Copy(w, content)
}

// DeadJob is work that was given up.
type DeadJob struct {
	ID       wire.ID   `json:"id"`
	Kind     string    `json:"kind"`
	Error    string    `json:"error"`
	Attempts int       `json:"attempts"`
	At       time.Time `json:"at" doc:"Of the newest failure."`
}

func (r *routes) dead(ctx context.Context, _ people.Actor, _ *wire.Nothing) (*wire.Answer[wire.List[DeadJob]], error) {
	var out []DeadJob
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		all, err := job.List(tx, job.Dead)
		for _, j := range all {
			at := j.FailedAt
			if at.IsZero() {
				at = j.CreatedAt
			}
			out = append(out, DeadJob{wire.ID(j.ID), j.Kind, j.Error, j.Attempts, at})
		}
		return err
	})
	return wire.Listed(out), err
}

func (r *routes) retryJob(ctx context.Context, _ people.Actor, in *wire.One) (*wire.Nothing, error) {
	return nil, r.db.Write(ctx, func(tx *db.Tx) error { return job.Retry(tx, in.ID) })
}
