package files

import (
	"net/http"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// newFolder is what a folder is made from.
type newFolder struct {
	Name           string      `json:"name" required:"true"`
	ParentFolderID *wire.Value `json:"parentFolderId"`
	ParentPath     string      `json:"parentPath"`
}

func (a *API) makeFolder(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body newFolder
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Name == "" {
		return wire.Missing("name")
	}
	parent, err := folderID(body.ParentFolderID)
	if err != nil {
		return err
	}
	if parent == nil {
		parent = new(int64)
	}
	var f file.Folder
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		f, err = a.files.MakeFolder(tx, by, body.Name, *parent, body.ParentPath)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, folderOf(f))
	return nil
}

// folder finds the folder that a path names, by its id or its path.
func (a *API) folder(tx *db.Tx, r *http.Request) (file.Folder, error) {
	name := r.PathValue("folder")
	if n, err := id.Parse("folderId", name); err == nil {
		f, err := a.files.Folder(tx, n)
		if !errs.Is(err, errs.NotFound) {
			return f, err
		}
	}
	return a.files.FolderAt(tx, name)
}

func (a *API) readFolder(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	var f file.Folder
	err := a.db.Read(r.Context(), func(tx *db.Tx) (err error) {
		f, err = a.folder(tx, r)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, folderOf(f))
	return nil
}

func (a *API) removeFolder(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	err := a.db.Write(r.Context(), func(tx *db.Tx) error {
		f, err := a.folder(tx, r)
		if err != nil {
			return err
		}
		return a.files.DeleteFolder(tx, by, f.ID)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// folderChange is what is to change of a folder.
type folderChange struct {
	Name           *string     `json:"name"`
	ParentFolderID *wire.Value `json:"parentFolderId"`
}

func (c folderChange) change() (file.FolderChange, error) {
	parent, err := folderID(c.ParentFolderID)
	return file.FolderChange{Name: c.Name, Parent: parent}, err
}

func (a *API) updateFolder(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "folder")
	if err != nil {
		return err
	}
	var body folderChange
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	c, err := body.change()
	if err != nil {
		return err
	}
	var f file.Folder
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		f, err = a.files.ChangeFolder(tx, by, n, c)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, folderOf(f))
	return nil
}

// folderMove is what is to change later of which folder.
type folderMove struct {
	folderChange
	ID wire.Value `json:"id" required:"true"`
}

func (a *API) move(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body folderMove
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	n, err := id.Parse("id", string(body.ID))
	if err != nil {
		return err
	}
	c, err := body.change()
	if err != nil {
		return err
	}
	return a.later(w, r, func(tx *db.Tx) (file.Task, error) { return a.files.MoveLater(tx, by, n, c) })
}

func (a *API) moved(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	return a.task(w, r, file.Moved, func(tx *db.Tx, n int64) (any, error) {
		f, err := a.files.Folder(tx, n)
		return folderOf(f), err
	})
}

func (a *API) searchFolders(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	q, err := query(r, file.FolderFields())
	if err != nil {
		return err
	}
	out := wire.Page[shownFolder]{Results: []shownFolder{}}
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		p, err := a.files.SearchFolders(tx, by, q)
		for _, f := range p.Items {
			out.Results = append(out.Results, folderOf(f))
		}
		out.Paging = wire.Following(r, after(p.Next))
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}
