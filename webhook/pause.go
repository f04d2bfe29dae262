package webhook

import (
	"encoding/json"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// Pause stops telling an endpoint. What happens meanwhile waits, for three days.
func (s *Service) Pause(tx *db.Tx, by people.Actor, n int64) (Endpoint, error) {
	if err := may(by); err != nil {
		return Endpoint{}, err
	}
	e, err := one(tx, n, tx.ForUpdate())
	if err != nil || e.State == Paused {
		return e, err
	}
	err = s.pause(tx, by, e, "")
	e.State = Paused
	return e, err
}

// PausedData is the data of "webhook.paused", as JSON: who is told of it stands beside this package.
type PausedData struct {
	Name string `json:"name"`
	Why  string `json:"why"` // "" for by hand
}

// pause stops an endpoint, and tells of one that stopped by itself.
func (s *Service) pause(tx *db.Tx, by people.Actor, e Endpoint, why string) error {
	if e.State == Paused {
		return nil
	}
	if _, err := tx.Exec("UPDATE webhook_endpoints SET state = 'paused', paused_why = $2, updated_at = $3 WHERE id = $1", e.ID, why, tx.Micros()); err != nil {
		return err
	}
	name, err := s.nameOf(tx, e)
	if err != nil {
		return err
	}
	e.Name = name
	if err := s.changed(tx, by, e, "webhook.changed", map[string]string{"state": "paused", "why": why}); err != nil || why == "" {
		return err
	}
	raw, err := json.Marshal(PausedData{name, why})
	if err != nil {
		return err
	}
	event.Emit(tx, event.Event{Type: "webhook.paused", ObjectType: objectType, ObjectID: e.ID, Actor: by.As(), Data: json.RawMessage(raw)})
	return nil
}

// nameOf is what people know an endpoint by: one of an app has the app's name.
func (s *Service) nameOf(tx *db.Tx, e Endpoint) (string, error) {
	if e.App == 0 {
		return e.Name, nil
	}
	return s.apps.Name(tx, e.App)
}

// Resume lets an endpoint be told again, first of what has waited.
func (s *Service) Resume(tx *db.Tx, by people.Actor, n int64) (Endpoint, error) {
	if err := may(by); err != nil {
		return Endpoint{}, err
	}
	e, err := one(tx, n, tx.ForUpdate())
	if err != nil || e.State == Active {
		return e, err
	}
	return s.resume(tx, by, e)
}

// waitingMost bounds the requests that a resumed endpoint is sent at once; the sweep orders what is left.
const waitingMost = 1000

func (s *Service) resume(tx *db.Tx, by people.Actor, e Endpoint) (Endpoint, error) {
	e.State, e.PausedWhy, e.FailingSince, e.Updated = Active, "", time.Time{}, tx.Now
	if _, err := tx.Exec("UPDATE webhook_endpoints SET state = 'active', paused_why = '', failing_since = NULL, updated_at = $2 WHERE id = $1",
		e.ID, tx.Micros()); err != nil {
		return e, err
	}
	if err := orderWaiting(tx, e.ID); err != nil {
		return e, err
	}
	if err := look(tx, 0); err != nil {
		return e, err
	}
	return e, s.changed(tx, by, e, "webhook.changed", map[string]string{"state": "active"})
}

// orderWaiting has all sent at once that an endpoint is to be sent: what waits for its next attempt, and what nobody ordered while it
// was paused.
func orderWaiting(tx *db.Tx, endpoint int64) error {
	list, err := db.List(tx, scanWhole, selectLog+" WHERE endpoint_id = $1 AND state = 'waiting' ORDER BY id LIMIT $2", endpoint, waitingMost)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := d.order(tx); err != nil {
			return err
		}
	}
	return nil
}
