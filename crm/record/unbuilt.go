package record

import (
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

type plans struct{}

var errUnbuilt = errs.New(errs.Unavailable, "the record engine is being built", nil)

// Create makes a record.
func (s *Store) Create(tx *db.Tx, by people.Actor, objectType string, in Input) (Record, error) {
	return Record{}, errUnbuilt
}

// Update changes properties; "" clears.
func (s *Store) Update(tx *db.Tx, by people.Actor, objectType string, id int64, props map[string]string, reason string) (Record, error) {
	return Record{}, errUnbuilt
}

// Derive is Update for the program's own derived values: it may set read-only properties and asks for no permission.
func (s *Store) Derive(tx *db.Tx, by people.Actor, objectType string, id int64, props map[string]string, reason string) (Record, error) {
	return Record{}, errUnbuilt
}

// Get reads one visible living record.
func (s *Store) Get(tx *db.Tx, by people.Actor, objectType string, id int64) (Record, error) {
	return Record{}, errUnbuilt
}

// Any reads a record in the trash or not, whoever asks.
func (s *Store) Any(tx *db.Tx, objectType string, id int64) (Record, error) {
	return Record{}, errUnbuilt
}

// GetMany reads the visible living ones of ids, in their order.
func (s *Store) GetMany(tx *db.Tx, by people.Actor, objectType string, ids []int64) ([]Record, error) {
	return nil, errUnbuilt
}

// Search reads one page of what matches.
func (s *Store) Search(tx *db.Tx, by people.Actor, q Query) (Page, error) { return Page{}, errUnbuilt }

// List reads one page by id.
func (s *Store) List(tx *db.Tx, by people.Actor, objectType, after string, limit int, archived bool) (Page, error) {
	return Page{}, errUnbuilt
}

// Archive puts a record in the trash.
func (s *Store) Archive(tx *db.Tx, by people.Actor, objectType string, id int64) error {
	return errUnbuilt
}

// Restore takes a record out of the trash.
func (s *Store) Restore(tx *db.Tx, by people.Actor, objectType string, id int64) error {
	return errUnbuilt
}

// History returns a property's values, newest first.
func (s *Store) History(tx *db.Tx, by people.Actor, objectType string, id int64, property string) ([]Version, error) {
	return nil, errUnbuilt
}

// FindBy returns the living record with a value of a unique property.
func (s *Store) FindBy(tx *db.Tx, objectType, property, value string) (id int64, ok bool, err error) {
	return 0, false, errUnbuilt
}

// EnsureContact returns the contact with an address, made if need be.
func (s *Store) EnsureContact(tx *db.Tx, by people.Actor, email, name string) (r Record, created bool, err error) {
	return Record{}, false, errUnbuilt
}

// Associate relates two records.
func (s *Store) Associate(tx *db.Tx, by people.Actor, l Link) error { return errUnbuilt }

// Dissociate ends a relation.
func (s *Store) Dissociate(tx *db.Tx, by people.Actor, l Link) error { return errUnbuilt }

// Associated returns the visible living other ends, by from id.
func (s *Store) Associated(tx *db.Tx, by people.Actor, fromType string, fromIDs []int64, toType string) (map[int64][]Association, error) {
	return nil, errUnbuilt
}
