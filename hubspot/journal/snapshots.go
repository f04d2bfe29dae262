package journal

import (
	"net/http"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/webhook/journal"
)

type snapshotsInput struct {
	Requests []snapshotInput `json:"snapshotRequests" required:"true"`
}

type snapshotInput struct {
	PortalID     int64    `json:"portalId" required:"true"`
	ObjectID     int64    `json:"objectId" required:"true"`
	ObjectTypeID string   `json:"objectTypeId" required:"true"`
	Properties   []string `json:"properties"`
}

type snapshotsOutput struct {
	Responses []snapshotOutput `json:"snapshotResponses"`
}

type snapshotOutput struct {
	PortalID     int64  `json:"portalId"`
	ObjectID     int64  `json:"objectId"`
	ObjectTypeID string `json:"objectTypeId"`
	StatusID     string `json:"snapshotStatusId"`
}

func (a *API) snapshots(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var in snapshotsInput
	if err := wire.Decode(r, &in); err != nil {
		return err
	}
	wishes := make([]journal.Wish, len(in.Requests))
	for i, s := range in.Requests {
		wishes[i] = journal.Wish{Portal: s.PortalID, Object: s.ObjectID, ObjectTypeID: s.ObjectTypeID, Properties: s.Properties}
	}
	return answer(a, w, r, func(tx *db.Tx) (snapshotsOutput, error) {
		made, err := a.journals.Snapshots(tx, by, wishes)
		out := snapshotsOutput{Responses: make([]snapshotOutput, len(made))}
		for i, s := range made {
			in := in.Requests[i]
			out.Responses[i] = snapshotOutput{in.PortalID, in.ObjectID, in.ObjectTypeID, journal.Token(s.ID)}
		}
		return out, err
	})
}

type status struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	InitiatedAt int64  `json:"initiatedAt"` // milliseconds
	CompletedAt *int64 `json:"completedAt,omitempty"`
	ErrorCode   string `json:"errorCode,omitempty"`
	Message     string `json:"message,omitempty"`
}

func (a *API) status(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return answer(a, w, r, func(tx *db.Tx) (status, error) {
		s, err := a.journals.Status(tx, by, r.PathValue("statusId"))
		out := status{ID: journal.Token(s.ID), Status: "IN_PROGRESS", InitiatedAt: s.At.UnixMilli(), ErrorCode: s.Error, Message: s.Message}
		if !s.Done.IsZero() {
			done := s.Done.UnixMilli()
			out.Status, out.CompletedAt = "COMPLETED", &done
		}
		if s.Error != "" {
			out.Status = "FAILED"
		}
		return out, err
	})
}
