package people

import (
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people/audit"
)

// Audit writes what an actor did into the audit log, in the transaction that does it (ACC-9). The actor is who, the request's
// context from where; the entry says what.
func Audit(tx *db.Tx, by Actor, e audit.Entry) error {
	e.Actor, e.Name = by.As(), by.Name
	return audit.Add(tx, e)
}

// AuditLog reads a page of the audit log.
func (s *Service) AuditLog(tx *db.Tx, by Actor, q audit.Query) ([]audit.Entry, error) {
	if !by.May(ReadAudit) {
		return nil, errs.New(errs.Denied, "Only an admin may read the audit log.", nil)
	}
	return audit.List(tx, q)
}

// audited are the events that bear on the audit log and that their writers do not audit themselves, by the action that they are
// there.
var audited = map[string]string{"pipeline.changed": "settings.pipeline", "automation.changed": "settings.automation", "channel.changed": "settings.channel"}

// trashed ends the type of the event of a record of any type that went to the trash.
const trashed = ".archived"

// AuditReactor writes down settings that were changed and records that were deleted. Of a record only its id is kept: its name may
// have to be forgotten, and the log forgets nothing.
func (s *Service) AuditReactor() event.Reactor {
	return event.Reactor{Name: "audit", React: func(tx *db.Tx, e event.Event) error {
		action := audited[e.Type]
		if strings.HasSuffix(e.Type, trashed) {
			action = audit.Deleted
		}
		if action == "" {
			return nil
		}
		name, err := s.nameOf(tx, e.Actor)
		if err != nil {
			return err
		}
		return audit.Add(tx, audit.Entry{Action: action, Actor: e.Actor, Name: name, ObjectType: e.ObjectType, ObjectID: e.ObjectID})
	}}
}

// nameOf is what an actor is called.
func (s *Service) nameOf(tx *db.Tx, a event.Actor) (string, error) {
	switch a.Kind {
	case event.User:
		dir, err := s.directory.Get(tx)
		if err != nil {
			return "", err
		}
		u, _ := dir.User(a.ID)
		return u.Name, nil
	case event.App:
		return db.Value[string](tx, "SELECT name FROM tokens WHERE id = $1 UNION ALL SELECT name FROM apps WHERE id = $1", a.ID)
	case event.Automation:
		return Automation.Name, nil
	}
	return System.Name, nil
}

// differ notes a change in an entry's detail.
func differ(detail map[string]string, what, was, is string) {
	switch was {
	case is:
	case "":
		detail[what] = is
	default:
		detail[what] = was + " → " + is
	}
}
