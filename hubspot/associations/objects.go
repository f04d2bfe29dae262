package associations

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// end is what a record is associated with.
type end struct {
	ToObjectID string `json:"toObjectId"`
	Types      []kind `json:"associationTypes"`
}

// kind is a type of association with its label; null is the unlabelled one.
type kind struct {
	Category association.Category `json:"category"`
	TypeID   int                  `json:"typeId"`
	Label    *string              `json:"label"`
}

func kindOf(t association.Type) kind {
	k := kind{Category: t.Category, TypeID: t.ID}
	if t.Label != "" {
		k.Label = &t.Label
	}
	return k
}

func endsOf(page relation.Ends) []end {
	out := make([]end, len(page.To))
	for i, e := range page.To {
		out[i] = end{ToObjectID: id.Format(e.ID), Types: make([]kind, len(e.Types))}
		for j, t := range e.Types {
			out[i].Types[j] = kindOf(t)
		}
	}
	return out
}

func following(page relation.Ends) string {
	if page.Next == 0 {
		return ""
	}
	return id.Format(page.Next)
}

func (a *API) list(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	limit, err := wire.Limit(r, relation.RelatedMost, relation.RelatedMost)
	if err != nil {
		return err
	}
	n, err := wire.PathID(r, "id")
	if err != nil {
		return err
	}
	after, err := place(r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	var page relation.Ends
	err = a.db.Read(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		found, err := a.records.Related(tx, by, relation.Related{FromType: from.Name, IDs: []int64{n}, ToType: to.Name, After: map[int64]int64{n: after}, Limit: limit})
		if err != nil {
			return err
		}
		var ok bool
		if page, ok = found[n]; !ok {
			return wire.NotFound()
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, wire.Page[end]{Results: endsOf(page), Paging: wire.Following(r, following(page))})
	return nil
}

// place reads where a page begins.
func place(after string) (int64, error) {
	if after == "" {
		return 0, nil
	}
	return id.Parse("after", after)
}

// between are the ids of the two records of a path.
func between(r *http.Request) (from, to int64, err error) {
	if from, err = wire.PathID(r, "id"); err == nil {
		to, err = wire.PathID(r, "toObjectId")
	}
	return from, to, err
}

// labelled says which labels two records have been given.
type labelled struct {
	FromObjectTypeID string   `json:"fromObjectTypeId"`
	FromObjectID     string   `json:"fromObjectId"`
	ToObjectTypeID   string   `json:"toObjectTypeId"`
	ToObjectID       string   `json:"toObjectId"`
	Labels           []string `json:"labels"`
}

func (a *API) put(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	fromID, toID, err := between(r)
	if err != nil {
		return err
	}
	var specs []spec
	if err := wire.Decode(r, &specs); err != nil {
		return err
	}
	var out labelled
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		links, labels, err := a.links(tx, from, to, fromID, toID, specs)
		if err != nil {
			return err
		}
		out = labelled{from.TypeID, id.Format(fromID), to.TypeID, id.Format(toID), labels}
		return a.associate(tx, by, links)
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusCreated, out)
	return nil
}

// associate makes relations, all or none.
func (a *API) associate(tx *db.Tx, by people.Actor, links []relation.Link) error {
	refused, err := a.records.AssociateMany(tx, by, links)
	if err != nil {
		return err
	}
	return first(refused)
}

func first(all []error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *API) putDefault(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	fromID, toID, err := between(r)
	if err != nil {
		return err
	}
	answer := wire.NewBatch[defaulted](a.db.Clock().Now())
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		if err := a.associate(tx, by, []relation.Link{{FromType: from.Name, FromID: fromID, ToType: to.Name, ToID: toID}}); err != nil {
			return err
		}
		answer.Results, err = a.defaults(tx, from, to, fromID, toID)
		return err
	})
	if err != nil {
		return err
	}
	answer.Write(w, a.db.Clock().Now(), http.StatusOK)
	return nil
}

// remove ends all; that there is nothing to end is as good.
func (a *API) remove(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	fromID, toID, err := between(r)
	if err != nil {
		return err
	}
	err = a.db.Write(r.Context(), func(tx *db.Tx) error {
		from, to, err := a.pairOf(tx, r)
		if err != nil {
			return err
		}
		err = a.records.Dissociate(tx, by, relation.Link{FromType: from.Name, FromID: fromID, ToType: to.Name, ToID: toID})
		if errs.Is(err, errs.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
