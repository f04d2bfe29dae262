package list

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const (
	foldersMost = 1000 // of an account
	depthMost   = 20   // folders in folders
)

// Folder holds lists and folders. The top is folder 0.
type Folder struct {
	ID         int64
	Parent     int64
	Name       string
	CreatedBy  int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ContentsAt time.Time // when a list or folder came or went last
	Folders    []Folder
	Lists      []int64
}

func scanFolder(sc db.Scanner) (f Folder, err error) {
	var created, updated, contents int64
	err = sc.Scan(&f.ID, &f.Parent, &f.Name, &f.CreatedBy, &created, &updated, &contents)
	f.CreatedAt, f.UpdatedAt, f.ContentsAt = clock.FromMicros(created), clock.FromMicros(updated), clock.FromMicros(contents)
	return f, err
}

var errNoFolder = errs.New(errs.NotFound, "There is no such folder.", nil).WithCode("OBJECT_NOT_FOUND")

// folders is the tree of folders, by id; the top is among them.
func (s *Service) folders(tx *db.Tx) (map[int64]*Folder, error) {
	all, err := db.List(tx, scanFolder, "SELECT id, parent_id, name, created_by, created_at, updated_at, contents_at FROM list_folders ORDER BY name, id")
	if err != nil {
		return nil, fmt.Errorf("folders of lists: %w", err)
	}
	byID := map[int64]*Folder{0: {}}
	for i := range all {
		byID[all[i].ID] = &all[i]
	}
	return byID, nil
}

// Folder reads a folder with all that is in it.
func (s *Service) Folder(tx *db.Tx, id int64) (Folder, error) {
	all, err := s.folders(tx)
	if err != nil {
		return Folder{}, err
	}
	if all[id] == nil {
		return Folder{}, errNoFolder
	}
	types, err := s.types(tx)
	if err != nil {
		return Folder{}, err
	}
	var q db.SQL
	db.In(q.Add("SELECT id, folder_id FROM lists WHERE archived_at IS NULL AND "), "object_type", types).Add(" ORDER BY id")
	_, err = db.List(tx, func(sc db.Scanner) (struct{}, error) {
		var list, folder int64
		err := sc.Scan(&list, &folder)
		if f := all[folder]; f != nil {
			f.Lists = append(f.Lists, list)
		}
		return struct{}{}, err
	}, q.Text(), q.Args()...)
	if err != nil {
		return Folder{}, fmt.Errorf("lists in folders: %w", err)
	}
	return whole(all, id), nil
}

// whole is a folder with what is in it, and in that.
func whole(all map[int64]*Folder, id int64) Folder {
	f := *all[id]
	for _, child := range children(all, id) {
		f.Folders = append(f.Folders, whole(all, child))
	}
	return f
}

// entered refuses a folder that there is not, and notes that something comes into it.
func (s *Service) entered(tx *db.Tx, id int64) error {
	if id == 0 {
		return nil
	}
	n, err := tx.Exec("UPDATE list_folders SET contents_at = $2 WHERE id = $1", id, tx.Micros())
	if err == nil && n == 0 {
		err = errNoFolder
	}
	return err
}

// changed notes that something came into a folder or left it.
func changed(tx *db.Tx, id int64) error {
	_, err := tx.Exec("UPDATE list_folders SET contents_at = $2 WHERE id = $1", id, tx.Micros())
	return err
}

// lockFolders makes others wait who change the tree: two moves at once could make a circle.
func lockFolders(tx *db.Tx) error { return tx.Lock("list.folders") }

// MakeFolder makes a folder in another.
func (s *Service) MakeFolder(tx *db.Tx, by people.Actor, name string, parent int64) (Folder, error) {
	if err := may(by); err != nil {
		return Folder{}, err
	}
	f := Folder{ID: tx.NewID(), Parent: parent, CreatedBy: user(by), CreatedAt: tx.Now, UpdatedAt: tx.Now, ContentsAt: tx.Now}
	var err error
	if f.Name, err = checkName("name", name); err != nil {
		return f, err
	}
	if err := lockFolders(tx); err != nil {
		return f, err
	}
	all, err := s.folders(tx)
	switch {
	case err != nil:
		return f, err
	case all[parent] == nil:
		return f, errNoFolder
	case len(all) > foldersMost:
		return f, errs.Bad("name", "LIMIT_REACHED", fmt.Sprintf("An account has at most %d folders of lists.", foldersMost))
	}
	if err := fits(all, f.ID, parent, f.Name); err != nil {
		return f, err
	}
	if _, err := tx.Exec(`INSERT INTO list_folders (id, parent_id, name, created_by, created_at, updated_at, contents_at) VALUES ($1, $2, $3, $4, $5, $5, $5)`,
		f.ID, parent, f.Name, f.CreatedBy, tx.Micros()); err != nil {
		return f, fmt.Errorf("make folder: %w", err)
	}
	return f, changed(tx, parent)
}

// fits refuses a place for a folder: below itself, too deep, or beside one of the same name.
func fits(all map[int64]*Folder, id, parent int64, name string) error {
	depth := 1
	for p := parent; p != 0; p = all[p].Parent {
		if p == id {
			return errs.Bad("newParentFolderId", "INVALID_PARENT", "A folder cannot lie in itself.")
		}
		depth++
	}
	if depth+height(all, id) > depthMost {
		return errs.Bad("parentFolderId", "TOO_DEEP", fmt.Sprintf("Folders may lie %d deep at most.", depthMost))
	}
	for _, f := range all {
		if f.ID != 0 && f.ID != id && f.Parent == parent && strings.EqualFold(f.Name, name) {
			return errs.Bad("name", "DUPLICATE_NAME", fmt.Sprintf("There is a folder %q in that folder.", name))
		}
	}
	return nil
}

// height is how deep the folders in a folder lie.
func height(all map[int64]*Folder, id int64) (deepest int) {
	for _, child := range children(all, id) {
		deepest = max(deepest, 1+height(all, child))
	}
	return deepest
}

// MoveFolder puts a folder into another.
func (s *Service) MoveFolder(tx *db.Tx, by people.Actor, id, parent int64) (Folder, error) {
	return s.changeFolder(tx, by, id, func(f *Folder, all map[int64]*Folder) error {
		if all[parent] == nil {
			return errNoFolder
		}
		f.Parent = parent
		return nil
	})
}

// RenameFolder gives a folder another name.
func (s *Service) RenameFolder(tx *db.Tx, by people.Actor, id int64, name string) (Folder, error) {
	return s.changeFolder(tx, by, id, func(f *Folder, _ map[int64]*Folder) (err error) {
		f.Name, err = checkName("newFolderName", name)
		return err
	})
}

func (s *Service) changeFolder(tx *db.Tx, by people.Actor, id int64, change func(f *Folder, all map[int64]*Folder) error) (Folder, error) {
	if err := may(by); err != nil {
		return Folder{}, err
	}
	if err := lockFolders(tx); err != nil {
		return Folder{}, err
	}
	all, err := s.folders(tx)
	if err != nil {
		return Folder{}, err
	}
	if id == 0 || all[id] == nil {
		return Folder{}, errNoFolder
	}
	f := *all[id]
	if err := change(&f, all); err != nil {
		return f, err
	}
	if err := fits(all, id, f.Parent, f.Name); err != nil {
		return f, err
	}
	if _, err := tx.Exec("UPDATE list_folders SET parent_id = $2, name = $3, updated_at = $4 WHERE id = $1", id, f.Parent, f.Name, tx.Micros()); err != nil {
		return f, fmt.Errorf("change folder %d: %w", id, err)
	}
	for _, p := range []int64{all[id].Parent, f.Parent} {
		if err := changed(tx, p); err != nil {
			return f, err
		}
	}
	return s.Folder(tx, id)
}

// DeleteFolder deletes a folder, which must be empty.
func (s *Service) DeleteFolder(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	if err := lockFolders(tx); err != nil {
		return err
	}
	if err := s.entered(tx, id); err != nil { // whoever puts a list into it waits
		return err
	}
	f, err := s.Folder(tx, id)
	switch {
	case err != nil:
		return err
	case id == 0:
		return errNoFolder
	case len(f.Folders)+len(f.Lists) > 0:
		return errs.Bad("folderId", "FOLDER_NOT_EMPTY", "A folder with lists or folders in it cannot be deleted. Move them first.")
	}
	if _, err := tx.Exec("DELETE FROM list_folders WHERE id = $1", id); err != nil {
		return fmt.Errorf("delete folder %d: %w", id, err)
	}
	return changed(tx, f.Parent)
}

// Move puts a list into a folder.
func (s *Service) Move(tx *db.Tx, by people.Actor, id, folder int64) error {
	if err := may(by); err != nil {
		return err
	}
	l, err := s.held(tx, id)
	if err != nil {
		return err
	}
	if err := s.entered(tx, folder); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE lists SET folder_id = $2, updated_by = $3, updated_at = $4 WHERE id = $1", id, folder, user(by), tx.Micros()); err != nil {
		return fmt.Errorf("move list %d: %w", id, err)
	}
	return changed(tx, l.Folder)
}

// children are the folders in a folder, by name.
func children(all map[int64]*Folder, id int64) (ids []int64) {
	for _, f := range all {
		if f.ID != 0 && f.Parent == id {
			ids = append(ids, f.ID)
		}
	}
	slices.SortFunc(ids, func(a, b int64) int {
		return cmp.Or(cmp.Compare(key(all[a].Name), key(all[b].Name)), cmp.Compare(a, b))
	})
	return ids
}

// FolderNames are what the folders are called, by id.
func (s *Service) FolderNames(tx *db.Tx) (map[int64]string, error) {
	all, err := s.folders(tx)
	out := make(map[int64]string, len(all))
	for n, f := range all {
		out[n] = f.Name
	}
	return out, err
}
