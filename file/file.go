// Package file owns the account's files and folders: names, places, who may read them, and their content among the blobs. It does not
// know what they are used for, nor how they come and go over the network.
package file

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/seal"
)

// Access says who may read a file, in HubSpot's words.
type Access string

// The accesses. Anybody who has its address may read a public file; a private one is read by a signed link. Hidden ones are not listed.
const (
	PublicIndexable    Access = "PUBLIC_INDEXABLE"
	PublicNotIndexable Access = "PUBLIC_NOT_INDEXABLE"
	HiddenIndexable    Access = "HIDDEN_INDEXABLE"
	HiddenNotIndexable Access = "HIDDEN_NOT_INDEXABLE"
	HiddenPrivate      Access = "HIDDEN_PRIVATE"
	Private            Access = "PRIVATE"
	HiddenSensitive    Access = "HIDDEN_SENSITIVE"
	Sensitive          Access = "SENSITIVE"
)

var (
	accesses     = []Access{PublicIndexable, PublicNotIndexable, HiddenIndexable, HiddenNotIndexable, HiddenPrivate, Private, HiddenSensitive, Sensitive}
	publicOnes   = []Access{PublicIndexable, PublicNotIndexable, HiddenIndexable, HiddenNotIndexable}
	hiddenPrefix = "HIDDEN_"
)

// Public reports whether anybody who has the address may read the file.
func (a Access) Public() bool { return slices.Contains(publicOnes, a) }

// Indexable reports whether search engines may show it.
func (a Access) Indexable() bool { return a == PublicIndexable || a == HiddenIndexable }

// Hidden reports whether lists leave it out.
func (a Access) Hidden() bool { return strings.HasPrefix(string(a), hiddenPrefix) }

// File is one of the account's files.
type File struct {
	ID, Folder     int64  // Folder is 0 at the top
	Name           string // without the extension
	Extension      string // lower case, without the dot; "" for none
	Path           string // of the folder, with the name
	Kind           string // HubSpot's type: IMG, DOCUMENT, AUDIO, MOVIE, OTHER
	ContentType    string // what the content is, whatever the name says
	Encoding       string // of a text its character set, of a picture its format
	Access         Access
	Size           int64
	MD5            string
	Width, Height  int  // of a picture; else 0
	Usable         bool // in content
	Key            string
	ExpiresAt      time.Time // zero for never
	By             int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
	ArchivedAt     time.Time // zero while it is not in the trash
	createdByKind  string
	folderArchived bool
}

// Full is the name with the extension.
func (f File) Full() string { return full(f.Name, f.Extension) }

func full(name, extension string) string {
	if extension == "" {
		return name
	}
	return name + "." + extension
}

// Folder is a place for files.
type Folder struct {
	ID, Parent int64 // Parent is 0 at the top
	Name       string
	Path       string // begins with /
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ArchivedAt time.Time
}

// Fetch opens what lies at an address of another server, safely. The caller closes it.
type Fetch func(ctx context.Context, url string) (io.ReadCloser, error)

// Service keeps files.
type Service struct {
	db     *db.DB
	blobs  blob.Store
	box    *seal.Box
	people *people.Service
	base   string
	fetch  Fetch
}

// New returns the service. base is the address by which browsers reach us, box signs links, fetch gets files from elsewhere.
func New(d *db.DB, blobs blob.Store, box *seal.Box, p *people.Service, base string, fetch Fetch) *Service {
	return &Service{db: d, blobs: blobs, box: box, people: p, base: strings.TrimSuffix(base, "/"), fetch: fetch}
}

const (
	fileColumns = `f.id, f.folder_id, f.name, f.extension, f.kind, f.content_type, f.encoding, f.access, f.size, f.md5, f.width, f.height, f.usable,
f.blob_key, f.expires_at, f.created_by_kind, f.created_by, f.created_at, f.updated_at, f.archived_at, coalesce(d.path, ''), d.archived_at IS NOT NULL`
	selectFile = "SELECT " + fileColumns + " FROM files f LEFT JOIN folders d ON d.id = f.folder_id WHERE "

	folderColumns = "d.id, d.parent_id, d.name, d.path, d.created_at, d.updated_at, d.archived_at"
	selectFolder  = "SELECT " + folderColumns + " FROM folders d WHERE "
)

func scanFile(s db.Scanner) (File, error) {
	var f File
	var created, updated int64
	var expires, archived *int64
	var folder string
	err := s.Scan(&f.ID, &f.Folder, &f.Name, &f.Extension, &f.Kind, &f.ContentType, &f.Encoding, &f.Access, &f.Size, &f.MD5, &f.Width, &f.Height,
		&f.Usable, &f.Key, &expires, &f.createdByKind, &f.By, &created, &updated, &archived, &folder, &f.folderArchived)
	f.ExpiresAt, f.ArchivedAt, f.CreatedAt, f.UpdatedAt = moment(expires), moment(archived), clock.FromMicros(created), clock.FromMicros(updated)
	f.Path = folder + "/" + f.Full()
	return f, err
}

func scanFolder(s db.Scanner) (Folder, error) {
	var f Folder
	var created, updated int64
	var archived *int64
	err := s.Scan(&f.ID, &f.Parent, &f.Name, &f.Path, &created, &updated, &archived)
	f.CreatedAt, f.UpdatedAt, f.ArchivedAt = clock.FromMicros(created), clock.FromMicros(updated), moment(archived)
	return f, err
}

func moment(micros *int64) time.Time {
	if micros == nil {
		return time.Time{}
	}
	return clock.FromMicros(*micros)
}

func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := clock.Micros(t)
	return &n
}

func may(by people.Actor) error {
	if by.May(people.Workspace) {
		return nil
	}
	return errs.New(errs.Denied, "Files need a service seat.", nil)
}

var errNoFile = errs.New(errs.NotFound, "There is no such file.", nil).WithCode("OBJECT_NOT_FOUND")

// seesHidden is the scope by which an app reads files that are not listed.
const seesHidden = "files.ui_hidden.read"

// Get reads a file that is not in the trash and has not run out.
func (s *Service) Get(tx *db.Tx, by people.Actor, id int64) (File, error) {
	f, ok, err := db.One(tx, scanFile, selectFile+"f.id = $1", id)
	if err != nil {
		return f, err
	}
	if !ok || !f.seen(by, tx.Now) {
		return File{}, errNoFile
	}
	return f, nil
}

// scope is that by which an app reads files.
const scope = "files"

// Among reads those files that ids name and the actor may use, in the order of ids; what is no file, or not any more, is left out.
// An app without the scope of files is Denied, once one is named.
func (s *Service) Among(tx *db.Tx, by people.Actor, ids []int64) ([]File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var q db.SQL
	found, err := db.List(tx, scanFile, db.In(q.Add(selectFile), "f.id", ids).Text(), q.Args()...)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(f File) bool { return !f.seen(by, tx.Now) })
	if len(found) > 0 && (!by.May(people.Workspace) || by.Limited() && !slices.Contains(by.Scopes, scope) && !slices.Contains(by.Scopes, seesHidden)) {
		return nil, errs.New(errs.Denied, "This app hasn't been granted all required scopes to make this call.", nil).WithDetail("requiredGranularScopes", scope)
	}
	slices.SortFunc(found, func(x, y File) int { return slices.Index(ids, x.ID) - slices.Index(ids, y.ID) })
	return found, nil
}

// seen reports whether a file is there for the actor: not in the trash, not run out, not hidden.
func (f File) seen(by people.Actor, now time.Time) bool {
	return f.ArchivedAt.IsZero() && !f.over(now) && !(f.Access.Hidden() && by.Limited() && !slices.Contains(by.Scopes, seesHidden))
}

func (f File) over(now time.Time) bool { return !f.ExpiresAt.IsZero() && !f.ExpiresAt.After(now) }

// At reads the file at a path.
func (s *Service) At(tx *db.Tx, by people.Actor, path string) (File, error) {
	n, ok, err := s.find(tx, path)
	if err != nil {
		return File{}, err
	}
	if !ok {
		return File{}, errNoFile
	}
	return s.Get(tx, by, n)
}

// find finds the living file at a path.
func (s *Service) find(tx *db.Tx, path string) (id int64, ok bool, err error) {
	dir, name := split(path)
	folder, ok, err := s.folderAt(tx, dir)
	if err != nil || !ok {
		return 0, false, err
	}
	base, extension := parts(name)
	return db.One(tx, db.Col[int64], "SELECT id FROM files WHERE folder_id = $1 AND name = $2 AND extension = $3 AND archived_at IS NULL",
		folder, base, extension)
}

// Open opens the content of a file. The caller closes it.
func (s *Service) Open(ctx context.Context, f File) (io.ReadCloser, error) {
	return s.blobs.Open(ctx, f.Key)
}

// Holds reports whether a file has the content under a key.
func Holds(tx *db.Tx, key string) (bool, error) {
	n, err := db.Value[int64](tx, "SELECT count(*) FROM files WHERE blob_key = $1", key)
	return n > 0, err
}
