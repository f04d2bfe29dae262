package conversations

import (
	"net/http"
	"strings"

	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// HubSpot's forms of who acts begin with a letter (hubspot-api.md, Conversations).
const (
	agentPrefix      = "A-"
	visitorPrefix    = "V-"
	integratorPrefix = "I-"
	systemPrefix     = "S-"
	emailPrefix      = "E-"
	system           = systemPrefix + "deskbell"
)

type actor struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Name   string `json:"name,omitempty"`
	Email  string `json:"email,omitempty"`
	Avatar string `json:"avatar,omitempty"`
}

// actorOf is who did something, in HubSpot's form; "" for whom only a message can name.
func actorOf(a event.Actor) string {
	switch a.Kind {
	case event.User:
		return agentPrefix + id.Format(a.ID)
	case event.App:
		return integratorPrefix + id.Format(a.ID)
	case event.Contact:
		return visitorPrefix + id.Format(a.ID)
	case event.Channel:
		return ""
	}
	return system
}

const actorsMost = 100

func (a *API) actors(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body wire.Many[string]
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if err := wire.Inputs(body.Inputs, actorsMost); err != nil {
		return err
	}
	out := wire.NewBatch[actor](a.db.Clock().Now())
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		contacts, err := a.contactsIn(tx, by, body.Inputs)
		if err != nil {
			return err
		}
		for _, input := range body.Inputs {
			one, err := a.whoIs(tx, input, contacts)
			if err == nil {
				out.Add(one)
			} else if err := out.Fail(err, "ids", input); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

func (a *API) actor(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	return reads(a, w, r, func(tx *db.Tx) (actor, error) {
		asked := r.PathValue("actorId")
		contacts, err := a.contactsIn(tx, by, []string{asked})
		if err != nil {
			return actor{}, err
		}
		return a.whoIs(tx, asked, contacts)
	})
}

// contactsIn reads the contacts that actors' ids name, as far as the one who asks may see them.
func (a *API) contactsIn(tx *db.Tx, by people.Actor, actors []string) (map[string]record.Record, error) {
	var ids []int64
	for _, text := range actors {
		if number, ok := strings.CutPrefix(text, visitorPrefix); ok {
			if n, err := id.Parse("id", number); err == nil {
				ids = append(ids, n)
			}
		}
	}
	found, err := a.records.GetMany(tx, by, "contacts", ids)
	out := map[string]record.Record{}
	for _, c := range found {
		out[visitorPrefix+id.Format(c.ID)] = c
	}
	return out, err
}

var errNoActor = errs.New(errs.NotFound, "There is no such actor.", nil).WithCode("OBJECT_NOT_FOUND")

func (a *API) whoIs(tx *db.Tx, asked string, contacts map[string]record.Record) (actor, error) {
	number, _ := id.Parse("id", asked[min(len(asked), 2):])
	out := actor{ID: asked}
	switch {
	case asked == system:
		out.Type, out.Name = "SYSTEM", people.System.Name
		return out, nil
	case strings.HasPrefix(asked, emailPrefix) && len(asked) > len(emailPrefix):
		out.Type, out.Email = "EMAIL", asked[len(emailPrefix):]
		return out, nil
	case strings.HasPrefix(asked, agentPrefix):
		dir, err := a.people.Directory(tx)
		if err != nil {
			return out, err
		}
		if u, ok := dir.User(number); ok {
			out.Type, out.Name, out.Email = "AGENT", u.Name, u.Email
			return out, nil
		}
	case strings.HasPrefix(asked, visitorPrefix):
		if c, ok := contacts[asked]; ok {
			out.Type, out.Email = "VISITOR", c.Properties["email"]
			out.Name = strings.TrimSpace(c.Properties["firstname"] + " " + c.Properties["lastname"])
			return out, nil
		}
	case strings.HasPrefix(asked, integratorPrefix) && number != 0:
		name, ok, err := a.appName(tx, number)
		if err != nil || ok {
			out.Type, out.Name = "INTEGRATOR", name
			return out, err
		}
	}
	return out, errNoActor
}

// appName is what a private app is called, or an app by a channel that it registered.
func (a *API) appName(tx *db.Tx, app int64) (string, bool, error) {
	tokens, err := a.people.Tokens(tx, people.System)
	if err != nil {
		return "", false, err
	}
	for _, t := range tokens {
		if t.ID == app {
			return t.Name, true, nil
		}
	}
	b, err := a.accounts.Book(tx)
	if err != nil {
		return "", false, err
	}
	for _, c := range b.Channels() {
		if c.App == app {
			return c.Name, true, nil
		}
	}
	return "", false, nil
}
