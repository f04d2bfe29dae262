// Package files is HubSpot's API of files and folders, in its wire format, and the addresses at which files are read. It holds no rule of
// them, only how they look outside.
package files

import (
	"net/http"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// API answers the routes of files.
type API struct {
	db    *db.DB
	files *file.Service
}

// bodyMost is a file with what a form adds.
const bodyMost = file.Most + 1<<20

// Routes adds the routes of files.
func Routes(g *gate.Gate, d *db.DB, files *file.Service) {
	a := &API{d, files}
	all := wire.At(g, "/files/{version}/files").Of("Files").For(gate.OneOf("files", "files.ui_hidden.read"), gate.OneOf("files"))
	all.Add("GET /search", "Search files", a.search, asks(file.FileFields()), gate.Gives[wire.Page[shownFile]](http.StatusOK))
	all.Add("POST /import-from-url/async", "Fetch a file from an address", a.fetch, gate.Takes[fetchBody](), gate.Gives[locator](http.StatusAccepted))
	all.Add("GET /import-from-url/async/tasks/{taskId}/status", "How far fetching a file is", a.fetched, gate.Gives[action](http.StatusOK))
	all.Add("GET /{fileId}", "Read a file's properties", a.read, gate.Gives[shownFile](http.StatusOK))
	// HubSpot's addresses /stat/{path} and /{fileId}/download overlap: one route takes both.
	all.Add("GET /{fileId}/{what...}", "What lies at a path (stat/…), a link to a file (signed-url), or its content (download)", a.aside,
		wire.Query("expirationSeconds"), gate.Gives[map[string]any](http.StatusOK), gate.GivesEmpty(http.StatusFound))
	all.Add("PATCH /{fileId}", "Change a file's name, place, access or expiry", a.update, gate.Takes[fileChange](), gate.Gives[shownFile](http.StatusOK))
	all.Add("DELETE /{fileId}", "Delete a file", a.remove, gate.GivesNothing)
	all.Add("DELETE /{fileId}/gdpr-delete", "Delete a file for good", a.erase, gate.GivesNothing)
	uploads := all
	uploads.Row.Body, uploads.Row.Endless, uploads.Row.Forget = bodyMost, true, true
	uploads.Add("POST ", "Upload a file", a.upload, gate.TakesUpload[uploadForm](), gate.Gives[shownFile](http.StatusCreated))
	uploads.Add("PUT /{fileId}", "Replace a file's content", a.replace, gate.TakesUpload[replaceForm](), gate.Gives[shownFile](http.StatusOK))

	folders := wire.At(g, "/files/{version}/folders").Of("Files").For(gate.OneOf("files"), gate.OneOf("files"))
	folders.Add("POST ", "Make a folder", a.makeFolder, gate.Takes[newFolder](), gate.Gives[shownFolder](http.StatusCreated))
	folders.Add("GET /search", "Search folders", a.searchFolders, asks(file.FolderFields()), gate.Gives[wire.Page[shownFolder]](http.StatusOK))
	folders.Add("POST /update/async", "Rename or move a folder later", a.move, gate.Takes[folderMove](), gate.Gives[locator](http.StatusAccepted))
	folders.Add("GET /update/async/tasks/{taskId}/status", "How far changing a folder is", a.moved, gate.Gives[action](http.StatusOK))
	folders.Add("GET /{folder...}", "Read a folder, by id or path", a.readFolder, gate.Gives[shownFolder](http.StatusOK))
	folders.Add("DELETE /{folder...}", "Delete a folder, by id or path", a.removeFolder, gate.GivesNothing)
	folders.Add("PATCH /{folder}", "Rename or move a folder", a.updateFolder, gate.Takes[folderChange](), gate.Gives[shownFolder](http.StatusOK))

	public := gate.Route{Method: http.MethodGet, Public: true, Tag: "Files", About: gate.About{File: true}}
	public.Path, public.Summary = file.Public+"{portal}/{path...}", "Read a public file"
	g.Handle(public, a.published)
	public.Path, public.Summary = file.Signed+"{fileId}", "Read a file by a signed link"
	g.Handle(public, a.linked)
}

// one answers with the file that do returns, read or written in one transaction.
func (a *API) one(w http.ResponseWriter, status int, in func(func(*db.Tx) error) error, do func(tx *db.Tx) (file.File, error)) error {
	var out shownFile
	err := in(func(tx *db.Tx) error {
		f, err := do(tx)
		if err != nil {
			return err
		}
		out, err = a.show(tx, f)
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, status, out)
	return nil
}

func (a *API) reads(r *http.Request) func(func(*db.Tx) error) error {
	return func(fn func(*db.Tx) error) error { return a.db.Read(r.Context(), fn) }
}

func (a *API) writes(r *http.Request) func(func(*db.Tx) error) error {
	return func(fn func(*db.Tx) error) error { return a.db.Write(r.Context(), fn) }
}

func (a *API) read(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "fileId")
	if err != nil {
		return err
	}
	return a.one(w, http.StatusOK, a.reads(r), func(tx *db.Tx) (file.File, error) { return a.files.Get(tx, by, n) })
}

// fileChange is what is to change of a file.
type fileChange struct {
	Access           *file.Access `json:"access"`
	Name             *string      `json:"name"`
	ParentFolderID   *wire.Value  `json:"parentFolderId"`
	ParentFolderPath *string      `json:"parentFolderPath"`
	Usable           *bool        `json:"isUsableInContent"`
	ExpiresAt        *wire.Value  `json:"expiresAt"`
	ClearExpires     bool         `json:"clearExpires"`
}

func (a *API) update(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	n, err := wire.PathID(r, "fileId")
	if err != nil {
		return err
	}
	var body fileChange
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	c := file.Change{Access: body.Access, Name: body.Name, FolderPath: body.ParentFolderPath, Usable: body.Usable}
	if c.Folder, err = folderID(body.ParentFolderID); err != nil {
		return err
	}
	if body.ExpiresAt != nil || body.ClearExpires {
		at, err := moment("expiresAt", body.ExpiresAt)
		if err != nil {
			return err
		}
		c.ExpiresAt = &at
	}
	return a.one(w, http.StatusOK, a.writes(r), func(tx *db.Tx) (file.File, error) { return a.files.Change(tx, by, n, c) })
}

func (a *API) remove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.gone(w, r, func(tx *db.Tx, n int64) error { return a.files.Delete(tx, by, n) })
}

func (a *API) erase(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return a.gone(w, r, func(tx *db.Tx, n int64) error { return a.files.Erase(tx, by, n) })
}

func (a *API) gone(w http.ResponseWriter, r *http.Request, do func(tx *db.Tx, n int64) error) error {
	n, err := wire.PathID(r, "fileId")
	if err != nil {
		return err
	}
	if err := a.db.Write(r.Context(), func(tx *db.Tx) error { return do(tx, n) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
