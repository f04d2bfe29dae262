package file

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
)

// Duplicates says what becomes of a file whose content is there already.
type Duplicates string

// What can become of them.
const (
	KeepDuplicates Duplicates = "NONE"
	RejectThem     Duplicates = "REJECT"
	ReturnExisting Duplicates = "RETURN_EXISTING"
)

// Draft is what a file is made from, besides its content.
type Draft struct {
	Name       string // with its extension, or without: then the content's usual one; "" for a made up name
	Folder     int64  // or
	FolderPath string // made where it is missing
	Access     Access
	ExpiresAt  time.Time     // or
	TTL        time.Duration // how long it stays
	Overwrite  bool          // a file of this name becomes this one; else this one gets another name
	Duplicates Duplicates    // "" keeps them
	Everywhere bool          // duplicates are looked for in all folders
	Charset    string        // what the sender thinks
}

const (
	ttlLeast = 24 * time.Hour
	ttlMost  = 366 * 24 * time.Hour
)

// Make makes a file of content. With ReturnExisting, or to overwrite, it may be one that is there; content is then not needed any more,
// or the content that was there.
func (s *Service) Make(tx *db.Tx, by people.Actor, in Draft, c Content) (File, error) {
	if err := may(by); err != nil {
		return File{}, err
	}
	expires, err := in.expiry(tx.Now)
	if err != nil {
		return File{}, err
	}
	folder, err := s.place(tx, in.Folder, in.FolderPath)
	if err != nil {
		return File{}, err
	}
	if err := tx.Lock(fmt.Sprintf("files of %d", folder)); err != nil { // names are given one after another
		return File{}, err
	}
	if f, ok, err := s.duplicate(tx, in, folder, c); ok || err != nil {
		return f, err
	}
	base, extension := c.named(in.Name)
	if in.Overwrite {
		old, ok, err := db.One(tx, scanFile, selectFile+"f.folder_id = $1 AND f.name = $2 AND f.extension = $3 AND f.archived_at IS NULL", folder, base, extension)
		if err != nil {
			return old, err
		}
		if ok {
			old.Access = in.Access
			return s.replace(tx, old, c, in.Charset, expires)
		}
	}
	if base, err = free(tx, folder, base, extension); err != nil {
		return File{}, err
	}
	f := File{ID: tx.NewID(), Folder: folder, Name: base, Extension: extension, Access: in.Access, Usable: true, CreatedAt: tx.Now,
		UpdatedAt: tx.Now, ExpiresAt: expires, By: by.ID, createdByKind: string(by.Kind)}
	f.hold(c, in.Charset)
	dir, err := s.pathOf(tx, folder)
	if err != nil {
		return f, err
	}
	f.Path = dir + "/" + f.Full()
	if err := insert(tx, f); err != nil {
		return f, err
	}
	event.Emit(tx, event.Event{Type: "file.created", ObjectType: "files", ObjectID: f.ID, Actor: by.As(), Data: struct{}{}})
	return f, expireLater(tx, f)
}

func (in Draft) expiry(now time.Time) (time.Time, error) {
	switch {
	case !slices.Contains(accesses, in.Access):
		return now, badAccess(in.Access)
	case in.Duplicates != "" && !slices.Contains([]Duplicates{KeepDuplicates, RejectThem, ReturnExisting}, in.Duplicates):
		return now, errs.Bad("duplicateValidationStrategy", "INVALID_OPTION", fmt.Sprintf("duplicateValidationStrategy must be NONE, REJECT or RETURN_EXISTING, not %q", cut(string(in.Duplicates), 40)))
	case in.TTL != 0 && (in.TTL < ttlLeast || in.TTL > ttlMost):
		return now, errs.Bad("ttl", "INVALID_TTL", "ttl must be from one day to one year")
	case in.TTL != 0:
		return now.Add(in.TTL), nil
	case !in.ExpiresAt.IsZero() && !in.ExpiresAt.After(now):
		return now, errs.Bad("expiresAt", "INVALID_TIME", "expiresAt must be in the future")
	}
	return in.ExpiresAt, nil
}

func badAccess(a Access) error {
	var names []string
	for _, known := range accesses {
		names = append(names, string(known))
	}
	return errs.Bad("access", "INVALID_OPTION", fmt.Sprintf("access must be one of %s, not %q", strings.Join(names, ", "), cut(string(a), 40)))
}

// duplicate finds a file with the same content, where that matters.
func (s *Service) duplicate(tx *db.Tx, in Draft, folder int64, c Content) (File, bool, error) {
	if in.Duplicates == "" || in.Duplicates == KeepDuplicates {
		return File{}, false, nil
	}
	var q db.SQL
	q.Add(selectFile+"f.blob_key = ? AND f.archived_at IS NULL", c.Key)
	if !in.Everywhere {
		q.Add(" AND f.folder_id = ?", folder)
	}
	f, ok, err := db.One(tx, scanFile, q.Add(" ORDER BY f.id LIMIT 1").Text(), q.Args()...)
	if err == nil && ok && in.Duplicates == RejectThem {
		err = errs.Newf(errs.Conflict, "The same file is there already: %s", f.Path).WithCode("DUPLICATE_FILE").WithDetail("id", fmt.Sprint(f.ID))
	}
	return f, ok && err == nil, err
}

// hold makes content the file's.
func (f *File) hold(c Content, hunch string) {
	f.Key, f.Size, f.MD5, f.ContentType, f.Width, f.Height = c.Key, c.Size, c.MD5, c.ContentType, c.Width, c.Height
	f.Kind, f.Encoding = c.kind(), c.encoding(hunch)
}

const namesMost = 10_000 // alike, in one folder

// free is a name that no file of the folder has: the one given, or with a number behind it.
func free(tx *db.Tx, folder int64, base, extension string) (string, error) {
	have, err := db.List(tx, db.Col[string], `SELECT name FROM files WHERE folder_id = $1 AND extension = $2 AND archived_at IS NULL
AND (name = $3 OR name LIKE $4 ESCAPE '\') LIMIT 10000`, folder, extension, base, strings.TrimPrefix(db.Like(base+"-"), "%"))
	if err != nil {
		return "", err
	}
	names := make(map[string]bool, len(have))
	for _, n := range have {
		names[n] = true
	}
	for i, name := 0, base; i <= namesMost; i, name = i+1, fmt.Sprintf("%s-%d", base, i+1) {
		if !names[name] {
			return name, nil
		}
	}
	return "", errs.Newf(errs.Conflict, "Too many files are called %s.", full(base, extension)).WithCode("NAME_TAKEN")
}

func insert(tx *db.Tx, f File) error {
	_, err := tx.Exec(`INSERT INTO files (id, folder_id, name, extension, kind, content_type, encoding, access, size, md5, width, height, usable, blob_key,
expires_at, created_by_kind, created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)`,
		f.ID, f.Folder, f.Name, f.Extension, f.Kind, f.ContentType, f.Encoding, string(f.Access), f.Size, f.MD5, f.Width, f.Height, f.Usable, f.Key,
		micros(f.ExpiresAt), f.createdByKind, f.By, tx.Micros())
	return err
}

// save stores what can change of a file.
func save(tx *db.Tx, f File) error {
	_, err := tx.Exec(`UPDATE files SET folder_id = $2, name = $3, extension = $4, kind = $5, content_type = $6, encoding = $7, access = $8, size = $9,
md5 = $10, width = $11, height = $12, usable = $13, blob_key = $14, expires_at = $15, updated_at = $16 WHERE id = $1`, f.ID, f.Folder, f.Name, f.Extension,
		f.Kind, f.ContentType, f.Encoding, string(f.Access), f.Size, f.MD5, f.Width, f.Height, f.Usable, f.Key, micros(f.ExpiresAt), clock.Micros(f.UpdatedAt))
	return err
}

// Replace gives a file other content. Of in the access, "" to keep it, the expiry and the charset count.
func (s *Service) Replace(tx *db.Tx, by people.Actor, id int64, in Draft, c Content) (File, error) {
	if err := may(by); err != nil {
		return File{}, err
	}
	f, err := s.Get(tx, by, id)
	if err != nil {
		return f, err
	}
	if in.Access == "" {
		in.Access = f.Access
	}
	expires, err := in.expiry(tx.Now)
	if err != nil {
		return f, err
	}
	f.Access = in.Access
	return s.replace(tx, f, c, in.Charset, expires)
}

func (s *Service) replace(tx *db.Tx, f File, c Content, hunch string, expires time.Time) (File, error) {
	was := f.Key
	f.hold(c, hunch)
	if f.UpdatedAt = tx.Now; !expires.IsZero() {
		f.ExpiresAt = expires
	}
	if err := save(tx, f); err != nil {
		return f, err
	}
	if was != f.Key {
		if err := waste.Drop(tx, was); err != nil {
			return f, err
		}
	}
	return f, expireLater(tx, f)
}

// Change is what is to change of a file; nil keeps it.
type Change struct {
	Name       *string
	Folder     *int64 // 0 is the top
	FolderPath *string
	Access     *Access
	Usable     *bool
	ExpiresAt  *time.Time // zero for never
}

// Change changes a file's name, place, access or expiry.
func (s *Service) Change(tx *db.Tx, by people.Actor, id int64, c Change) (File, error) {
	if err := may(by); err != nil {
		return File{}, err
	}
	f, err := s.Get(tx, by, id)
	if err != nil {
		return f, err
	}
	if err := s.apply(tx, &f, c); err != nil {
		return f, err
	}
	dir, err := s.pathOf(tx, f.Folder)
	if err != nil {
		return f, err
	}
	f.Path, f.UpdatedAt = dir+"/"+f.Full(), tx.Now
	if other, ok, err := s.find(tx, f.Path); err != nil || ok && other != f.ID {
		if err == nil {
			err = taken(f.Path)
		}
		return f, err
	}
	if err := save(tx, f); err != nil {
		return f, err
	}
	return f, expireLater(tx, f)
}

func (s *Service) apply(tx *db.Tx, f *File, c Change) (err error) {
	if c.Name != nil {
		// Who gives the extension, too, means the same: it stays.
		if f.Name = cut(strings.TrimSuffix(mime.SafeName(*c.Name), "."+f.Extension), nameMost); f.Name == "" {
			return errs.Bad("name", "INVALID_NAME", "A file needs a name.")
		}
	}
	var folder int64
	var path string
	if c.Folder != nil {
		folder = *c.Folder
	}
	if c.FolderPath != nil {
		path = *c.FolderPath
	}
	if c.Folder != nil || c.FolderPath != nil {
		if f.Folder, err = s.place(tx, folder, path); err != nil {
			return err
		}
	}
	if c.Access != nil {
		if f.Access = *c.Access; !slices.Contains(accesses, f.Access) {
			return badAccess(f.Access)
		}
	}
	if c.Usable != nil {
		f.Usable = *c.Usable
	}
	if c.ExpiresAt != nil {
		if f.ExpiresAt = *c.ExpiresAt; f.over(tx.Now) {
			return errs.Bad("expiresAt", "INVALID_TIME", "expiresAt must be in the future")
		}
	}
	return nil
}

// Delete puts a file into the trash.
func (s *Service) Delete(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	if _, err := s.Get(tx, by, id); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE files SET archived_at = $2, updated_at = $2 WHERE id = $1", id, tx.Micros()); err != nil {
		return err
	}
	event.Emit(tx, event.Event{Type: "file.archived", ObjectType: "files", ObjectID: id, Actor: by.As(), Data: struct{}{}})
	return sweepLater(tx)
}

// Erase deletes a file for good, whether it is in the trash or not; its content goes when nobody else has the same.
func (s *Service) Erase(tx *db.Tx, by people.Actor, id int64) error {
	if err := may(by); err != nil {
		return err
	}
	key, ok, err := db.One(tx, db.Col[string], "DELETE FROM files WHERE id = $1 RETURNING blob_key", id)
	if err != nil {
		return err
	}
	if !ok {
		return errNoFile
	}
	if err := people.Audit(tx, by, audit.Entry{Action: audit.Erased, ObjectType: "files", ObjectID: id}); err != nil {
		return err
	}
	return waste.Drop(tx, key)
}
