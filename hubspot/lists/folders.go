package lists

import (
	"net/http"
	"time"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

func (a *API) folderRoutes(all wire.Family) {
	all.Add("GET /folders", "Read a folder of lists with all that is in it", a.folder, wire.Query("folderId"), gate.Gives[oneFolder](http.StatusOK))
	all.Add("POST /folders", "Make a folder of lists", a.makeFolder, gate.Takes[folderBody](), gate.Gives[oneFolder](http.StatusOK))
	all.Add("PUT /folders/{folderId}/move/{newParentFolderId}", "Move a folder of lists", a.moveFolder, gate.Takes[struct{}](), gate.Gives[oneFolder](http.StatusOK))
	all.Add("PUT /folders/{folderId}/rename", "Rename a folder of lists", a.renameFolder, gate.Takes[struct{}](), wire.Query("newFolderName"), gate.Gives[oneFolder](http.StatusOK))
	all.Add("PUT /folders/move-list", "Move a list into a folder", a.move, gate.Takes[moveBody](), gate.GivesNothing)
}

// shownFolder is a folder in HubSpot's form: its ids are numbers.
type shownFolder struct {
	ID         int64         `json:"id"`
	ParentID   int64         `json:"parentFolderId"`
	Name       string        `json:"name,omitempty"`
	Folders    []shownFolder `json:"childNodes"`
	Lists      []int64       `json:"childLists"`
	UserID     int64         `json:"userId,omitempty"`
	CreatedAt  string        `json:"createdAt,omitempty"`
	UpdatedAt  string        `json:"updatedAt,omitempty"`
	ContentsAt string        `json:"updatedContentsAt,omitempty"`
}

type oneFolder struct {
	Folder shownFolder `json:"folder"`
}

func folderOf(f list.Folder) shownFolder {
	at := func(t time.Time) string {
		if f.ID == 0 {
			return "" // the top was never made
		}
		return wire.Time(t)
	}
	out := shownFolder{ID: f.ID, ParentID: f.Parent, Name: f.Name, Folders: []shownFolder{}, Lists: f.Lists, UserID: f.CreatedBy,
		CreatedAt: at(f.CreatedAt), UpdatedAt: at(f.UpdatedAt), ContentsAt: at(f.ContentsAt)}
	if out.Lists == nil {
		out.Lists = []int64{}
	}
	for _, child := range f.Folders {
		out.Folders = append(out.Folders, folderOf(child))
	}
	return out
}

// folderID reads the id of a folder; none, or 0, is the top.
func folderID(field, given string) (int64, error) {
	if given == "" || given == "0" {
		return 0, nil
	}
	return id.Parse(field, given)
}

func (a *API) folder(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	n, err := folderID("folderId", r.URL.Query().Get("folderId"))
	if err != nil {
		return err
	}
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		f, err := a.lists.Folder(tx, n)
		return oneFolder{folderOf(f)}, err
	})
}

// folderBody is what a folder is made from.
type folderBody struct {
	Name     string     `json:"name" required:"true"`
	ParentID wire.Value `json:"parentFolderId"`
}

func (a *API) makeFolder(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body folderBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Name == "" {
		return wire.Missing("name")
	}
	parent, err := folderID("parentFolderId", string(body.ParentID))
	if err != nil {
		return err
	}
	return a.writes(w, r, func(tx *db.Tx) (any, error) {
		f, err := a.lists.MakeFolder(tx, by, body.Name, parent)
		return oneFolder{folderOf(f)}, err
	})
}

func (a *API) moveFolder(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	parent, err := folderID("newParentFolderId", r.PathValue("newParentFolderId"))
	if err != nil {
		return wire.NotFound()
	}
	return a.changeFolder(w, r, func(tx *db.Tx, n int64) (list.Folder, error) { return a.lists.MoveFolder(tx, by, n, parent) })
}

func (a *API) renameFolder(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	name := r.URL.Query().Get("newFolderName")
	return a.changeFolder(w, r, func(tx *db.Tx, n int64) (list.Folder, error) { return a.lists.RenameFolder(tx, by, n, name) })
}

func (a *API) changeFolder(w http.ResponseWriter, r *http.Request, do func(tx *db.Tx, n int64) (list.Folder, error)) error {
	n, err := wire.PathID(r, "folderId")
	if err != nil {
		return err
	}
	return a.writes(w, r, func(tx *db.Tx) (any, error) {
		f, err := do(tx, n)
		return oneFolder{folderOf(f)}, err
	})
}

func (a *API) removeFolder(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "what")
	if err != nil {
		return err
	}
	if err := a.db.Write(r.Context(), func(tx *db.Tx) error { return a.lists.DeleteFolder(tx, by, n) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// moveBody says which list goes into which folder.
type moveBody struct {
	ListID   wire.Value `json:"listId" required:"true"`
	FolderID wire.Value `json:"newFolderId" required:"true"`
}

func (a *API) move(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body moveBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	switch {
	case body.ListID == "":
		return wire.Missing("listId")
	case body.FolderID == "":
		return wire.Missing("newFolderId")
	}
	n, err := id.Parse("listId", string(body.ListID))
	if err != nil {
		return err
	}
	folder, err := folderID("newFolderId", string(body.FolderID))
	if err != nil {
		return err
	}
	if err := a.db.Write(r.Context(), func(tx *db.Tx) error { return a.lists.Move(tx, by, n, folder) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
