package limits

import (
	"net/http"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

// named is an object type.
type named struct {
	ObjectTypeID string `json:"objectTypeId"`
	Singular     string `json:"singularLabel"`
	Plural       string `json:"pluralLabel"`
}

func name(t property.ObjectType) named { return named{t.TypeID, t.Label, t.LabelPlural} }

type labels struct {
	From       named    `json:"fromObjectType"`
	To         named    `json:"toObjectType"`
	All        []string `json:"allLabels"`
	Limit      int64    `json:"limit"`
	Usage      int64    `json:"usage"`
	Percentage float64  `json:"percentage"`
}

// wanted finds an object type that a parameter names; any is true when there is none.
func (a *API) wanted(tx *db.Tx, text string) (t property.ObjectType, any bool, err error) {
	if text == "" {
		return t, true, nil
	}
	t, err = a.props.Type(tx, text)
	return t, false, err
}

// ofLabels lists the pairs of object types that have labels of the account's own.
func (a *API) ofLabels(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	out := wire.Page[labels]{}
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		out.Results = []labels{}
		from, anyFrom, err := a.wanted(tx, r.URL.Query().Get("fromObjectTypeId"))
		if err != nil {
			return err
		}
		to, anyTo, err := a.wanted(tx, r.URL.Query().Get("toObjectTypeId"))
		if err != nil {
			return err
		}
		types, err := a.props.Types(tx)
		if err != nil {
			return err
		}
		byName := map[string]property.ObjectType{}
		for _, t := range types {
			byName[t.Name] = t
		}
		for _, t := range types {
			if !anyFrom && t.Name != from.Name {
				continue
			}
			found, err := a.labelsFrom(tx, t, byName)
			if err != nil {
				return err
			}
			for _, l := range found {
				if anyTo || l.To.ObjectTypeID == to.TypeID {
					out.Results = append(out.Results, l)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) labelsFrom(tx *db.Tx, from property.ObjectType, byName map[string]property.ObjectType) (out []labels, err error) {
	all, err := a.records.AssociationTypes().From(tx, from)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for _, t := range all {
		if t.Category != association.UserDefined || t.Label == "" {
			continue
		}
		i, ok := at[t.To]
		if !ok {
			i = len(out)
			at[t.To] = i
			out = append(out, labels{From: name(from), To: name(byName[t.To]), Limit: association.LabelsMost})
		}
		l := &out[i]
		l.All = append(l.All, t.Label)
		l.Usage++
		l.Percentage = percent(l.Usage, l.Limit)
	}
	return out, nil
}

type nearness struct {
	named
	At   bool `json:"hasRecordsAtLimit"`
	Near bool `json:"hasRecordsNearLimit"`
}

// near reads the records that are near a limit.
func (a *API) near(r *http.Request, read func(tx *db.Tx, all []relation.NearLimit) error) error {
	return a.db.Read(r.Context(), func(tx *db.Tx) error {
		all, err := a.records.Near(tx)
		if err != nil {
			return err
		}
		return read(tx, all)
	})
}

func full(n relation.NearLimit) bool { return n.Has >= n.Most }

// sides sums records by the object type at one side.
func (a *API) sides(tx *db.Tx, all []relation.NearLimit, side func(relation.NearLimit) string) ([]nearness, error) {
	out, at := []nearness{}, map[string]int{}
	for _, n := range all {
		i, ok := at[side(n)]
		if !ok {
			t, err := a.props.Type(tx, side(n))
			if err != nil {
				return nil, err
			}
			i = len(out)
			at[side(n)] = i
			out = append(out, nearness{named: name(t)})
		}
		out[i].At = out[i].At || full(n)
		out[i].Near = out[i].Near || !full(n)
	}
	return out, nil
}

func (a *API) from(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	out := wire.Page[nearness]{}
	err := a.near(r, func(tx *db.Tx, all []relation.NearLimit) (err error) {
		out.Results, err = a.sides(tx, all, func(n relation.NearLimit) string { return n.ObjectType })
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

// among are the records of an object type among those near a limit, and, if it is given, of those related to another type.
func among(all []relation.NearLimit, from, to string) (out []relation.NearLimit) {
	for _, n := range all {
		if n.ObjectType == from && (to == "" || n.To == to) {
			out = append(out, n)
		}
	}
	return out
}

func (a *API) to(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	out := wire.Page[nearness]{}
	err := a.near(r, func(tx *db.Tx, all []relation.NearLimit) error {
		from, err := a.props.Type(tx, r.PathValue("fromObjectTypeId"))
		if err != nil {
			return err
		}
		out.Results, err = a.sides(tx, among(all, from.Name, ""), func(n relation.NearLimit) string { return n.To })
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

type sample struct {
	ObjectID int64  `json:"objectId"`
	Label    string `json:"label"` // what the record is called; "" when the actor may not see it
}

type nearSample struct {
	sample
	Usage      int64   `json:"usage"`
	Percentage float64 `json:"percentage"`
}

type samples struct {
	Limit     int64        `json:"limit"`
	TotalAt   int64        `json:"totalRecordsAtLimit"`
	TotalNear int64        `json:"totalRecordsNearLimit"`
	At        []sample     `json:"atLimitFromRecordSamples"`
	Near      []nearSample `json:"nearLimitFromRecordSamples"`
}

func (a *API) between(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var out samples
	err := a.near(r, func(tx *db.Tx, all []relation.NearLimit) error {
		out = samples{Limit: unbounded, At: []sample{}, Near: []nearSample{}}
		from, err := a.props.Type(tx, r.PathValue("fromObjectTypeId"))
		if err != nil {
			return err
		}
		to, err := a.props.Type(tx, r.PathValue("toObjectTypeId"))
		if err != nil {
			return err
		}
		found := among(all, from.Name, to.Name)
		names, err := a.names(tx, by, from, found)
		if err != nil {
			return err
		}
		for _, n := range found {
			out.Limit = int64(n.Most)
			s := sample{n.ID, names[n.ID]}
			if full(n) {
				out.At = append(out.At, s)
			} else {
				out.Near = append(out.Near, nearSample{s, int64(n.Has), percent(int64(n.Has), int64(n.Most))})
			}
		}
		out.TotalAt, out.TotalNear = int64(len(out.At)), int64(len(out.Near))
		return nil
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) names(tx *db.Tx, by people.Actor, t property.ObjectType, found []relation.NearLimit) (map[int64]string, error) {
	ids, out := make([]int64, len(found)), map[int64]string{}
	for i, n := range found {
		ids[i] = n.ID
	}
	records, err := a.records.GetMany(tx, by, t.Name, ids)
	for _, r := range records {
		out[r.ID] = r.Properties[t.PrimaryDisplay]
	}
	return out, err
}
