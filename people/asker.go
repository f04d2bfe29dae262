package people

import (
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
)

// Asker is who asked for something that is done later, and what they might do when they asked.
type Asker struct {
	Kind   event.ActorKind `json:"kind"`
	ID     int64           `json:"id,string"`
	Name   string          `json:"name"`
	All    bool            `json:"all,omitempty"`
	Scopes []string        `json:"scopes,omitempty"`
}

// Asking is the actor as an asker.
func (a Actor) Asking() Asker { return Asker{a.Kind, a.ID, a.Name, a.SuperAdmin, a.Scopes} }

// Is reports whether the actor is who asked.
func (a Asker) Is(by Actor) bool { return a.Kind == by.Kind && a.ID == by.ID }

// Again is who asked, as an actor: a user with what they may now, an app with what it might then. A user who is switched off is Denied.
func (s *Service) Again(tx *db.Tx, a Asker) (Actor, error) {
	if a.Kind == event.User {
		dir, err := s.Directory(tx)
		if err != nil {
			return Actor{}, err
		}
		u, ok := dir.User(a.ID)
		if !ok || !u.Active {
			return Actor{}, errs.New(errs.Denied, "Who started this may not do it any more.", nil)
		}
		return u.Actor(), nil
	}
	by := LimitedApp(a.ID, a.Name, a.Scopes)
	by.SuperAdmin = a.All
	return by, nil
}
