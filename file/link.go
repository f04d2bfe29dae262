package file

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// Where files are read: public ones by the account's number and their path, others by id and a signature that runs out.
const (
	Public = "/hubfs/"
	Signed = "/hubfs-signed/"
)

// URL is the address of a file by its path; of one that is not public it leads nowhere without a signature.
func (s *Service) URL(tx *db.Tx, f File) (string, error) {
	a, _, err := s.people.Account(tx)
	if err != nil {
		return "", err
	}
	return s.base + Public + strconv.FormatInt(a.Portal, 10) + (&url.URL{Path: f.Path}).EscapedPath(), nil
}

// Link is an address by which anybody may read a file until a time.
func (s *Service) Link(f File, until time.Time) string {
	return s.base + Signed + id.Format(f.ID) + "?" + s.box.Link(about(f.ID), until)
}

func about(n int64) string { return "file " + id.Format(n) }

var errBadLink = errs.New(errs.Denied, "This link is not good, or not any more.", nil)

// Linked reads the file that a link leads to.
func (s *Service) Linked(tx *db.Tx, n int64, expires, signature string) (File, error) {
	if !s.box.Linked(about(n), expires, signature, tx.Now) {
		return File{}, errBadLink
	}
	return s.Get(tx, people.System, n)
}

// Published reads the public file at a path of the account with a number.
func (s *Service) Published(tx *db.Tx, portal, path string) (File, error) {
	a, _, err := s.people.Account(tx)
	if err != nil {
		return File{}, err
	}
	if portal != fmt.Sprint(a.Portal) {
		return File{}, errNoFile
	}
	f, err := s.At(tx, people.System, path)
	if err == nil && !f.Access.Public() {
		err = errNoFile
	}
	return f, err
}

// Address is where browsers reach a path of ours.
func (s *Service) Address(path string) string { return s.base + path }
