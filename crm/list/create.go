package list

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const (
	nameMost  = 200    // letters
	listsMost = 10_000 // of an account, deleted ones too
)

// Wanted is what a list is made from.
type Wanted struct {
	ObjectType string // by any of its names
	Name       string
	Processing Processing
	Filters    json.RawMessage // HubSpot's tree; of DYNAMIC and SNAPSHOT
	Folder     int64
	Settings   Settings
}

// Create makes a list.
func (s *Service) Create(tx *db.Tx, by people.Actor, w Wanted) (List, error) {
	if err := may(by); err != nil {
		return List{}, err
	}
	t, err := s.props.Type(tx, w.ObjectType)
	if err != nil {
		return List{}, err
	}
	l := List{ID: tx.NewID(), ObjectType: t.Name, Processing: w.Processing, Status: Complete, Folder: w.Folder, Version: 1,
		Settings: w.Settings, CreatedBy: user(by), UpdatedBy: user(by), CreatedAt: tx.Now, UpdatedAt: tx.Now, FiltersAt: tx.Now}
	if l.Processing != Manual && l.Processing != Snapshot && l.Processing != Dynamic {
		return l, errs.Bad("processingType", "INVALID_OPTION", "processingType must be MANUAL, SNAPSHOT or DYNAMIC.")
	}
	if l.Name, err = checkName("name", w.Name); err != nil {
		return l, err
	}
	if err := s.entered(tx, l.Folder); err != nil {
		return l, err
	}
	if err := room(tx); err != nil {
		return l, err
	}
	if l.Filters, err = s.filters(tx, by, l, w.Filters); err != nil {
		return l, err
	}
	if l.Processing != Snapshot || l.Filters == nil {
		return l, insert(tx, l)
	}
	l.Status = Filling
	if err := insert(tx, l); err != nil {
		return l, err
	}
	return l, toFill(tx, l.ID)
}

func insert(tx *db.Tx, l List) error {
	settings, err := json.Marshal(l.Settings)
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO lists (id, object_type, name, name_key, processing, status, filters, folder_id, version, size, settings, conversion,
created_by, updated_by, created_at, updated_at, filters_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, '', $11, $11, $12, $12, $12)
ON CONFLICT (object_type, name_key) WHERE archived_at IS NULL DO NOTHING`, l.ID, l.ObjectType, l.Name, key(l.Name), string(l.Processing), string(l.Status),
		string(l.Filters), l.Folder, l.Version, string(settings), l.CreatedBy, tx.Micros())
	switch {
	case err != nil:
		return fmt.Errorf("create list: %w", err)
	case n == 0:
		return taken("name", l.Name)
	}
	return nil
}

// room refuses more lists than an account may have.
func room(tx *db.Tx) error {
	n, err := db.Value[int64](tx, "SELECT count(*) FROM lists")
	if err == nil && n >= listsMost {
		err = errs.Bad("name", "LIMIT_REACHED", fmt.Sprintf("An account has at most %d lists.", listsMost))
	}
	return err
}

// key is a name as names are compared.
func key(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

func checkName(field, given string) (string, error) {
	name := strings.TrimSpace(given)
	if name == "" || utf8.RuneCountInString(name) > nameMost || !utf8.ValidString(name) || strings.ContainsRune(name, 0) {
		return "", errs.Bad(field, "INVALID_NAME", fmt.Sprintf("%s must be 1 to %d letters.", field, nameMost))
	}
	return name, nil
}

// taken is HubSpot's refusal of a name that another list of the object type has.
func taken(field, name string) error {
	return errs.Bad(field, "DUPLICATE_NAME", fmt.Sprintf("There is a list of these records with the name %q.", name)).WithCode("ILS.DUPLICATE_LIST_NAMES").WithDetail("name", name)
}
