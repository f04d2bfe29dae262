package files

import (
	"net/http"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
)

// shownFile is a file in HubSpot's form.
type shownFile struct {
	ID             string `json:"id"`
	CreatedAt      string `json:"createdAt"`
	UpdatedAt      string `json:"updatedAt"`
	Archived       bool   `json:"archived"`
	ParentFolderID string `json:"parentFolderId,omitempty"`
	Name           string `json:"name"`
	Path           string `json:"path"`
	Size           int64  `json:"size"`
	Height         int    `json:"height,omitempty"`
	Width          int    `json:"width,omitempty"`
	Encoding       string `json:"encoding,omitempty"`
	Type           string `json:"type"`
	Extension      string `json:"extension"`
	HostingURL     string `json:"defaultHostingUrl"`
	URL            string `json:"url"`
	Usable         bool   `json:"isUsableInContent"`
	Access         string `json:"access"`
	MD5            string `json:"fileMd5"`
	ExpiresAt      int64  `json:"expiresAt,omitempty"` // milliseconds
}

func (a *API) show(tx *db.Tx, f file.File) (shownFile, error) {
	url, err := a.files.URL(tx, f)
	out := shownFile{ID: id.Format(f.ID), CreatedAt: wire.Time(f.CreatedAt), UpdatedAt: wire.Time(f.UpdatedAt), Name: f.Name, Path: f.Path, Size: f.Size,
		Height: f.Height, Width: f.Width, Encoding: f.Encoding, Type: f.Kind, Extension: f.Extension, HostingURL: url, URL: url, Usable: f.Usable,
		Access: string(f.Access), MD5: f.MD5, ParentFolderID: after(f.Folder)}
	if !f.ExpiresAt.IsZero() {
		out.ExpiresAt = f.ExpiresAt.UnixMilli()
	}
	return out, err
}

// shownFolder is a folder in HubSpot's form.
type shownFolder struct {
	ID             string `json:"id"`
	CreatedAt      string `json:"createdAt"`
	UpdatedAt      string `json:"updatedAt"`
	Archived       bool   `json:"archived"`
	ParentFolderID string `json:"parentFolderId,omitempty"`
	Name           string `json:"name"`
	Path           string `json:"path"`
}

func folderOf(f file.Folder) shownFolder {
	return shownFolder{ID: id.Format(f.ID), CreatedAt: wire.Time(f.CreatedAt), UpdatedAt: wire.Time(f.UpdatedAt), ParentFolderID: after(f.Parent), Name: f.Name, Path: f.Path}
}

// locator says where to ask how far a task is.
type locator struct {
	ID    string            `json:"id"`
	Links map[string]string `json:"links"`
}

// later has something done later, and answers with where to ask for it.
func (a *API) later(w http.ResponseWriter, r *http.Request, ask func(tx *db.Tx) (file.Task, error)) error {
	var t file.Task
	err := a.db.Write(r.Context(), func(tx *db.Tx) (err error) {
		t, err = ask(tx)
		return err
	})
	if err != nil {
		return err
	}
	n := id.Format(t.ID)
	gate.WriteJSON(w, http.StatusAccepted, locator{n, map[string]string{"status": a.files.Address(r.URL.Path + "/tasks/" + n + "/status")}})
	return nil
}

// action is how far a task is, in HubSpot's form.
type action struct {
	TaskID      string            `json:"taskId"`
	Status      file.State        `json:"status"`
	Result      any               `json:"result,omitempty"`
	NumErrors   int               `json:"numErrors,omitempty"`
	Errors      []wire.BatchError `json:"errors,omitempty"`
	RequestedAt string            `json:"requestedAt"`
	StartedAt   string            `json:"startedAt"`
	CompletedAt string            `json:"completedAt"`
}

// task answers how far a task is. Times that are not yet are those of the last thing that happened: clients want all three.
func (a *API) task(w http.ResponseWriter, r *http.Request, kind file.TaskKind, result func(tx *db.Tx, n int64) (any, error)) error {
	n, err := wire.PathID(r, "taskId")
	if err != nil {
		return err
	}
	var out action
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		t, err := a.files.Task(tx, kind, n)
		if err != nil {
			return err
		}
		started := orElse(t.StartedAt, t.RequestedAt)
		out = action{TaskID: id.Format(t.ID), Status: t.State, RequestedAt: wire.Time(t.RequestedAt), StartedAt: wire.Time(started),
			CompletedAt: wire.Time(orElse(t.CompletedAt, started))}
		if t.Error != "" {
			out.NumErrors, out.Errors = 1, []wire.BatchError{{Status: "error", Category: "VALIDATION_ERROR", Message: t.Error, Errors: []gate.BodyError{},
				Context: map[string][]string{}, Links: map[string]string{}}}
		}
		if t.Result == 0 {
			return nil
		}
		out.Result, err = result(tx, t.Result)
		if errs.Is(err, errs.NotFound) {
			out.Result, err = nil, nil // it was deleted meanwhile
		}
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func orElse(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}
