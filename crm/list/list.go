// Package list keeps lists of records (HubSpot's segments): those whose members people and apps choose, and those that filters
// answer. It owns lists, their folders and their members; what a filter means is package filter's, and records are package record's.
package list

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Processing says how a list comes to its members, in HubSpot's words.
type Processing string

// The ways.
const (
	Manual   Processing = "MANUAL"   // people and apps put them in
	Snapshot Processing = "SNAPSHOT" // what filters found once, and then as MANUAL
	Dynamic  Processing = "DYNAMIC"  // what filters find at the time
)

// Status says whether a list has all its members, in HubSpot's words.
type Status string

// The states.
const (
	Complete Status = "COMPLETE"
	Filling  Status = "PROCESSING" // a SNAPSHOT that is being filled
	Failed   Status = "FAILED"     // its filters mean nothing any more
)

// List is one.
type List struct {
	ID         int64
	ObjectType string // the plural
	Name       string
	Processing Processing
	Status     Status
	Filters    json.RawMessage // as they were given; nil for none
	Folder     int64           // 0 for the top
	Version    int             // grows with each change of what the list means
	Settings   Settings
	CreatedBy  int64 // the user; 0 for an app
	UpdatedBy  int64
	CreatedAt  time.Time
	UpdatedAt  time.Time
	FiltersAt  time.Time // when the filters were set
	AddedAt    time.Time // when a member was put in last; zero for never
	RemovedAt  time.Time
	ArchivedAt time.Time // zero for a living one

	size       int64 // of a DYNAMIC list, when it was counted last
	conversion string
	converted  time.Time
}

// Settings is what apps keep with a list. Nothing here acts on it.
type Settings struct {
	Custom      map[string]string `json:"customProperties,omitempty"`
	Permissions *Permissions      `json:"listPermissions,omitempty"`
	Membership  *Membership       `json:"membershipSettings,omitempty"`
}

// Permissions are the users and teams that an app says may edit a list.
type Permissions struct {
	Teams []int64 `json:"teamsWithEditAccess"`
	Users []int64 `json:"usersWithEditAccess"`
}

// Membership are HubSpot's settings of whose records a list holds.
type Membership struct {
	Team       int64 `json:"membershipTeamId,omitempty"`
	Unassigned bool  `json:"includeUnassigned,omitempty"`
}

// Service keeps lists.
type Service struct {
	db      *db.DB
	records *record.Store
	props   *property.Registry
}

// New returns the service.
func New(d *db.DB, records *record.Store, props *property.Registry) *Service {
	return &Service{db: d, records: records, props: props}
}

const selectLists = `SELECT id, object_type, name, processing, status, filters, folder_id, version, size, settings, conversion, created_by, updated_by,
created_at, updated_at, filters_at, converted_at, added_at, removed_at, archived_at FROM lists WHERE `

func scanList(sc db.Scanner) (l List, err error) {
	var filters, settings string
	var created, updated, filtered int64
	var converted, added, removed, archived *int64
	err = sc.Scan(&l.ID, &l.ObjectType, &l.Name, &l.Processing, &l.Status, &filters, &l.Folder, &l.Version, &l.size, &settings, &l.conversion,
		&l.CreatedBy, &l.UpdatedBy, &created, &updated, &filtered, &converted, &added, &removed, &archived)
	if err != nil {
		return l, err
	}
	if filters != "" {
		l.Filters = json.RawMessage(filters)
	}
	l.CreatedAt, l.UpdatedAt, l.FiltersAt = clock.FromMicros(created), clock.FromMicros(updated), clock.FromMicros(filtered)
	l.converted, l.AddedAt, l.RemovedAt, l.ArchivedAt = moment(converted), moment(added), moment(removed), moment(archived)
	if err := json.Unmarshal([]byte(settings), &l.Settings); err != nil {
		return l, fmt.Errorf("list %d: %w", l.ID, err)
	}
	return l, nil
}

func moment(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return clock.FromMicros(*us)
}

var errNoList = errs.New(errs.NotFound, "There is no such list.", nil).WithCode("OBJECT_NOT_FOUND")

// Get reads a list that is not deleted.
func (s *Service) Get(tx *db.Tx, id int64) (List, error) { return s.one(tx, id, "") }

// TypeOf is the object type of a list.
func (s *Service) TypeOf(tx *db.Tx, id int64) (objectType string, err error) {
	l, err := s.Get(tx, id)
	return l.ObjectType, err
}

// held is Get for who changes the list or its members: others wait.
func (s *Service) held(tx *db.Tx, id int64) (List, error) { return s.one(tx, id, tx.ForUpdate()) }

func (s *Service) one(tx *db.Tx, id int64, lock string) (List, error) {
	l, ok, err := db.One(tx, scanList, selectLists+"id = $1 AND archived_at IS NULL"+lock, id)
	if err != nil {
		return l, fmt.Errorf("list %d: %w", id, err)
	}
	if !ok {
		return l, errNoList
	}
	return s.known(tx, l)
}

// known hides a list of an object type that is there no more.
func (s *Service) known(tx *db.Tx, l List) (List, error) {
	_, err := s.props.Type(tx, l.ObjectType)
	if errs.Is(err, errs.Invalid) || errs.Is(err, errs.NotFound) {
		err = errNoList
	}
	return l, err
}

// Named finds the list of an object type by its name, in any case.
func (s *Service) Named(tx *db.Tx, objectType, name string) (List, error) {
	t, err := s.props.Type(tx, objectType)
	if err != nil {
		return List{}, err
	}
	l, ok, err := db.One(tx, scanList, selectLists+"object_type = $1 AND name_key = $2 AND archived_at IS NULL", t.Name, key(name))
	if err != nil {
		return l, fmt.Errorf("list %q: %w", name, err)
	}
	if !ok {
		return l, errNoList
	}
	return l, nil
}

// manyMost bounds the lists that one call names.
const manyMost = 500

// Some reads the living lists of ids, in the order of ids.
func (s *Service) Some(tx *db.Tx, ids []int64) ([]List, error) {
	if len(ids) > manyMost {
		return nil, errs.Bad("listIds", "TOO_MANY", fmt.Sprintf("At most %d lists at a time.", manyMost))
	}
	types, err := s.types(tx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var q db.SQL
	db.In(q.Add(selectLists+"archived_at IS NULL AND "), "id", db.Padded(ids))
	db.In(q.Add(" AND "), "object_type", types).Add(" ORDER BY id")
	found, err := db.List(tx, scanList, q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("lists: %w", err)
	}
	return found, nil
}

// types are the names of the object types there are.
func (s *Service) types(tx *db.Tx) ([]string, error) {
	all, err := s.props.Types(tx)
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.Name
	}
	return names, err
}

// may refuses people who may not change lists; of apps the door asks for the scope.
func may(by people.Actor) error {
	if by.IsPerson() && !by.May(people.CustomViews) {
		return errs.New(errs.Denied, "You may not change lists. Ask an admin for the permission.", nil)
	}
	return nil
}

// user is who acts, 0 for an app.
func user(by people.Actor) int64 { return by.Person() }

// fixed refuses a list whose members its filters say.
func (l List) fixed() error {
	if l.Processing != Dynamic {
		return nil
	}
	return errs.Newf(errs.Invalid, "The members of a %s list are those that its filters say.", l.Processing).WithCode("ILS.INVALID_PROCESSING_TYPE")
}
