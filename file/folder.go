package file

import (
	"fmt"
	"path"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
)

const (
	depthMost = 20 // folders in folders
)

var errNoFolder = errs.New(errs.NotFound, "There is no such folder.", nil).WithCode("OBJECT_NOT_FOUND")

// clean is a path in its one form: "/a/b", and "" for the top.
func clean(given string) string {
	if p := path.Clean("/" + given); p != "/" {
		return p
	}
	return ""
}

// split is the folder and the name of a path.
func split(given string) (dir, name string) {
	dir, name = path.Split(clean(given))
	return clean(dir), name
}

// folderAt finds the folder at a path: 0 is the top.
func (s *Service) folderAt(tx *db.Tx, path string) (id int64, ok bool, err error) {
	if path == "" {
		return 0, true, nil
	}
	return db.One(tx, db.Col[int64], "SELECT id FROM folders WHERE path = $1 AND archived_at IS NULL", path)
}

// Folder reads a folder.
func (s *Service) Folder(tx *db.Tx, id int64) (Folder, error) {
	f, ok, err := db.One(tx, scanFolder, selectFolder+"d.id = $1 AND d.archived_at IS NULL", id)
	if err == nil && !ok {
		err = errNoFolder
	}
	return f, err
}

// FolderAt reads the folder at a path.
func (s *Service) FolderAt(tx *db.Tx, path string) (Folder, error) {
	n, ok, err := s.folderAt(tx, clean(path))
	if err == nil && !ok || n == 0 {
		return Folder{}, errNoFolder
	}
	if err != nil {
		return Folder{}, err
	}
	return s.Folder(tx, n)
}

// folderName is a name as a folder may have it.
func folderName(given string) (string, error) {
	name := cut(mime.SafeName(given), nameMost)
	if name == "" || strings.ContainsAny(given, `/\`) {
		return "", errs.Bad("name", "INVALID_NAME", "A folder needs a name without slashes.")
	}
	return name, nil
}

// MakeFolder makes a folder in another, given by id or, made where it is missing, by path; neither is the top.
func (s *Service) MakeFolder(tx *db.Tx, by people.Actor, name string, parent int64, parentPath string) (Folder, error) {
	if err := may(by); err != nil {
		return Folder{}, err
	}
	name, err := folderName(name)
	if err != nil {
		return Folder{}, err
	}
	if parent, err = s.place(tx, parent, parentPath); err != nil {
		return Folder{}, err
	}
	return s.makeFolder(tx, parent, name)
}

// place is the folder of an id or, made where it is missing, of a path.
func (s *Service) place(tx *db.Tx, id int64, path string) (int64, error) {
	switch {
	case id != 0 && path != "":
		return 0, errs.Bad("folderPath", "TOO_MANY", "Give the folder by its id or its path, not by both.")
	case id != 0:
		_, err := s.Folder(tx, id)
		return id, err
	}
	return s.ensure(tx, path)
}

// ensure finds the folder at a path, and makes what is missing of it.
func (s *Service) ensure(tx *db.Tx, path string) (int64, error) {
	path = clean(path)
	if n, ok, err := s.folderAt(tx, path); ok || err != nil {
		return n, err
	}
	dir, last := split(path)
	parent, err := s.ensure(tx, dir)
	if err != nil {
		return 0, err
	}
	name, err := folderName(last)
	if err != nil {
		return 0, err
	}
	f, err := s.makeFolder(tx, parent, name)
	return f.ID, err
}

func (s *Service) makeFolder(tx *db.Tx, parent int64, name string) (Folder, error) {
	dir, err := s.pathOf(tx, parent)
	if err != nil {
		return Folder{}, err
	}
	f := Folder{ID: tx.NewID(), Parent: parent, Name: name, Path: dir + "/" + name, CreatedAt: tx.Now, UpdatedAt: tx.Now}
	if strings.Count(f.Path, "/") > depthMost {
		return f, errs.Bad("parentFolderId", "TOO_DEEP", fmt.Sprintf("Folders may lie %d deep at most.", depthMost))
	}
	n, err := tx.Exec(`INSERT INTO folders (id, parent_id, name, path, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (path) WHERE archived_at IS NULL DO NOTHING`, f.ID, parent, name, f.Path, tx.Micros())
	if err == nil && n == 0 {
		err = taken(f.Path)
	}
	return f, err
}

func taken(path string) error {
	return errs.Newf(errs.Conflict, "There is something at %s already.", path).WithCode("NAME_TAKEN")
}

// pathOf is the path of a folder, "" of the top.
func (s *Service) pathOf(tx *db.Tx, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	f, err := s.Folder(tx, id)
	return f.Path, err
}

// FolderChange is what is to change of a folder; nil keeps it.
type FolderChange struct {
	Name   *string `json:"name,omitempty"`
	Parent *int64  `json:"parent,omitempty"` // 0 is the top
}

// tree is a folder with all below it.
const tree = `WITH RECURSIVE tree(id) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT f.id FROM folders f JOIN tree t ON f.parent_id = t.id)`

// ChangeFolder renames or moves a folder, with all that lies in it.
func (s *Service) ChangeFolder(tx *db.Tx, by people.Actor, id int64, c FolderChange) (Folder, error) {
	if err := may(by); err != nil {
		return Folder{}, err
	}
	if err := tx.Lock("folders"); err != nil { // so that no two moves make a circle
		return Folder{}, err
	}
	f, err := s.Folder(tx, id)
	if err != nil {
		return f, err
	}
	if c.Name != nil {
		if f.Name, err = folderName(*c.Name); err != nil {
			return f, err
		}
	}
	if c.Parent != nil {
		f.Parent = *c.Parent
		if err := s.outside(tx, f); err != nil {
			return f, err
		}
	}
	dir, err := s.pathOf(tx, f.Parent)
	if err != nil {
		return f, err
	}
	was := f.Path
	if f.Path = dir + "/" + f.Name; f.Path == was {
		return f, nil
	}
	if _, there, err := s.folderAt(tx, f.Path); there || err != nil {
		if err == nil {
			err = taken(f.Path)
		}
		return f, err
	}
	f.UpdatedAt = tx.Now
	if _, err := tx.Exec("UPDATE folders SET name = $2, parent_id = $3, updated_at = $4 WHERE id = $1", id, f.Name, f.Parent, tx.Micros()); err != nil {
		return f, err
	}
	_, err = tx.Exec(tree+` UPDATE folders SET path = CAST($2 AS TEXT) || substr(path, CAST($3 AS INTEGER)) WHERE id IN (SELECT id FROM tree)`,
		id, f.Path, len([]rune(was))+1)
	return f, err
}

// outside refuses to put a folder into itself, too deep, or where there is no folder.
func (s *Service) outside(tx *db.Tx, f Folder) error {
	if f.Parent == 0 {
		return nil
	}
	dir, err := s.Folder(tx, f.Parent)
	if err != nil {
		return err
	}
	if dir.ID == f.ID || strings.HasPrefix(dir.Path, f.Path+"/") {
		return errs.Bad("parentFolderId", "INVALID_PARENT", "A folder cannot lie in itself.")
	}
	if strings.Count(dir.Path, "/") >= depthMost {
		return errs.Bad("parentFolderId", "TOO_DEEP", fmt.Sprintf("Folders may lie %d deep at most.", depthMost))
	}
	return nil
}

// DeleteFolder puts a folder into the trash, with all that lies in it.
func (s *Service) DeleteFolder(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	if _, err := s.Folder(tx, id); err != nil {
		return err
	}
	for _, statement := range []string{
		" UPDATE files SET archived_at = $2, updated_at = $2 WHERE folder_id IN (SELECT id FROM tree) AND archived_at IS NULL",
		" UPDATE folders SET archived_at = $2, updated_at = $2 WHERE id IN (SELECT id FROM tree) AND archived_at IS NULL"} {
		if _, err := tx.Exec(tree+statement, id, tx.Micros()); err != nil {
			return err
		}
	}
	return sweepLater(tx)
}
