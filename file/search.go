package file

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Op compares a field with a value.
type Op string

// The comparisons.
const (
	Is      Op = "="
	AtMost  Op = "<="
	AtLeast Op = ">="
)

// Condition is one that a file or folder must fulfil. Value is what the field holds: a number, a time in microseconds, a text, a bool; for
// fields of ids and Is a list of ids.
type Condition struct {
	Field string
	Op    Op
	Value any
}

// Query asks for a page. Its places are ids.
type Query struct {
	Where         []Condition
	Sort          string // a field; "" is the id
	Desc          bool
	After, Before int64 // the last of the page before, or the first of the page after; 0 for neither
	Limit         int
}

// Page is one page; Next is 0 on the last one.
type Page[T any] struct {
	Items []T
	Next  int64
}

// Holding is what a field holds.
type Holding int

// What fields can hold.
const (
	Number Holding = iota
	Time
	Text
	Flag
)

// Field is one that can be asked for and, unless it says otherwise, sorted by.
type Field struct {
	Name   string
	Holds  Holding
	Range  bool // at least and at most, too
	column string
	where  func(s *Service, tx *db.Tx, q *db.SQL, v any) error // where no column is compared
}

// FileFields are those of files.
func FileFields() []Field { return slices.Clone(fileFields) }

// FolderFields are those of folders.
func FolderFields() []Field { return slices.Clone(folderFields) }

var fileFields = []Field{
	{Name: "id", Range: true, column: "f.id"}, {Name: "createdAt", Holds: Time, Range: true, column: "f.created_at"},
	{Name: "updatedAt", Holds: Time, Range: true, column: "f.updated_at"}, {Name: "expiresAt", Holds: Time, Range: true, column: "coalesce(f.expires_at, 0)"},
	{Name: "name", Holds: Text, column: "f.name", where: contains("f.name")}, {Name: "parentFolderId", column: "f.folder_id"},
	{Name: "size", Range: true, column: "f.size"}, {Name: "height", Range: true, column: "f.height"}, {Name: "width", Range: true, column: "f.width"},
	{Name: "encoding", Holds: Text, column: "f.encoding"}, {Name: "type", Holds: Text, column: "f.kind"},
	{Name: "extension", Holds: Text, column: "f.extension"}, {Name: "fileMd5", Holds: Text, column: "f.md5"},
	{Name: "isUsableInContent", Holds: Flag, column: "f.usable"}, {Name: "allowsAnonymousAccess", Holds: Flag, where: public},
	{Name: "path", Holds: Text, where: atPath}, {Name: "url", Holds: Text, where: atURL},
}

var folderFields = []Field{
	{Name: "id", Range: true, column: "d.id"}, {Name: "createdAt", Holds: Time, Range: true, column: "d.created_at"},
	{Name: "updatedAt", Holds: Time, Range: true, column: "d.updated_at"}, {Name: "name", Holds: Text, column: "d.name", where: contains("d.name")},
	{Name: "path", Holds: Text, column: "d.path"}, {Name: "parentFolderId", column: "d.parent_id"},
}

func contains(column string) func(*Service, *db.Tx, *db.SQL, any) error {
	return func(_ *Service, tx *db.Tx, q *db.SQL, v any) error {
		text, _ := v.(string)
		q.Add(tx.Contains(column, "?"), db.Like(text))
		return nil
	}
}

func public(_ *Service, _ *db.Tx, q *db.SQL, v any) error {
	if yes, _ := v.(bool); !yes {
		q.Add("NOT ")
	}
	db.In(q, "f.access", publicOnes)
	return nil
}

func atPath(s *Service, tx *db.Tx, q *db.SQL, v any) error {
	text, _ := v.(string)
	n, ok, err := s.find(tx, text)
	if !ok {
		n = 0
	}
	q.Add("f.id = ?", n)
	return err
}

func atURL(s *Service, tx *db.Tx, q *db.SQL, v any) error {
	text, _ := v.(string)
	path := ""
	if u, err := url.Parse(text); err == nil {
		_, path, _ = strings.Cut(strings.TrimPrefix(u.Path, Public), "/") // after the account's number
	}
	return atPath(s, tx, q, path)
}

// SearchFiles lists files that are not hidden, in the trash or run out.
func (s *Service) SearchFiles(tx *db.Tx, by people.Actor, q Query) (Page[File], error) {
	var sql db.SQL
	sql.Add(selectFile+"f.archived_at IS NULL AND (f.expires_at IS NULL OR f.expires_at > ?) AND NOT ", tx.Micros())
	db.In(&sql, "f.access", slices.DeleteFunc(slices.Clone(accesses), func(a Access) bool { return !a.Hidden() }))
	return search(s, tx, fileFields, "FROM files f", scanFile, func(f File) int64 { return f.ID }, &sql, q)
}

// SearchFolders lists folders that are not in the trash.
func (s *Service) SearchFolders(tx *db.Tx, _ people.Actor, q Query) (Page[Folder], error) {
	var sql db.SQL
	sql.Add(selectFolder + "d.archived_at IS NULL")
	return search(s, tx, folderFields, "FROM folders d", scanFolder, func(f Folder) int64 { return f.ID }, &sql, q)
}

const pageMost = 100

func search[T any](s *Service, tx *db.Tx, fields []Field, from string, scan func(db.Scanner) (T, error), id func(T) int64, sql *db.SQL, q Query) (Page[T], error) {
	var p Page[T]
	if q.Limit < 1 || q.Limit > pageMost {
		return p, errs.Bad("limit", "INVALID_LIMIT", fmt.Sprintf("limit must be a number from 1 to %d", pageMost))
	}
	for _, c := range q.Where {
		if err := c.add(s, tx, fields, sql); err != nil {
			return p, err
		}
	}
	order, err := column(fields, q.Sort)
	if err != nil {
		return p, err
	}
	back := q.Before != 0
	place, sign, direction := q.After, ">", "ASC"
	if back {
		place = q.Before
	}
	if q.Desc != back {
		sign, direction = "<", "DESC"
	}
	key := fields[0].column
	if place != 0 {
		sql.Add(" AND ("+order+", "+key+") "+sign+" (SELECT "+order+", "+key+" "+from+" WHERE "+key+" = ?)", place)
	}
	sql.Add(" ORDER BY " + order + " " + direction + ", " + key + " " + direction + " LIMIT " + strconv.Itoa(q.Limit+1))
	if p.Items, err = db.List(tx, scan, sql.Text(), sql.Args()...); err != nil {
		return p, err
	}
	more := len(p.Items) > q.Limit
	if p.Items = p.Items[:min(len(p.Items), q.Limit)]; back {
		slices.Reverse(p.Items)
		more = true // the page that was come from
	}
	if more && len(p.Items) > 0 {
		p.Next = id(p.Items[len(p.Items)-1])
	}
	return p, nil
}

func column(fields []Field, name string) (string, error) {
	if name == "" {
		return fields[0].column, nil
	}
	for _, f := range fields {
		if f.Name == name && f.column != "" {
			return f.column, nil
		}
	}
	return "", errs.Bad("sort", "INVALID_OPTION", fmt.Sprintf("There is no sorting by %q", cut(name, 40)))
}

func (c Condition) add(s *Service, tx *db.Tx, fields []Field, q *db.SQL) error {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == c.Field })
	if i < 0 {
		return errs.Bad(c.Field, "INVALID_OPTION", fmt.Sprintf("There is no field %q", cut(c.Field, 40)))
	}
	f := fields[i]
	q.Add(" AND ")
	switch v := c.Value.(type) {
	case []int64:
		tx.Among(q, f.column, v)
	default:
		if f.where != nil {
			return f.where(s, tx, q, v)
		}
		q.Add(f.column+" "+string(c.Op)+" ?", v)
	}
	return nil
}
