package crm

import (
	"net/http"
	"slices"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// object is a record outside. Every property value is a string or null (hubspot-api.md 2).
type object struct {
	ID                    string                     `json:"id"`
	Properties            map[string]*string         `json:"properties"`
	PropertiesWithHistory map[string][]version       `json:"propertiesWithHistory,omitempty"`
	Associations          map[string]wire.Page[link] `json:"associations,omitempty"`
	CreatedAt             string                     `json:"createdAt"`
	UpdatedAt             string                     `json:"updatedAt"`
	Archived              bool                       `json:"archived"`
	ArchivedAt            string                     `json:"archivedAt,omitempty"`
	ObjectWriteTraceID    string                     `json:"objectWriteTraceId,omitempty"`
	New                   *bool                      `json:"new,omitempty"` // of an upsert
}

// version is a value that a property had.
type version struct {
	Value           string `json:"value"`
	Timestamp       string `json:"timestamp"`
	SourceType      string `json:"sourceType"`
	SourceID        string `json:"sourceId,omitempty"`
	SourceLabel     string `json:"sourceLabel,omitempty"`
	UpdatedByUserID int64  `json:"updatedByUserId,omitempty"`
}

// link is a related record, by the legacy name of the kind of relation.
type link struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// view is what an answer shows of records.
type view struct {
	properties []string
	history    []string
	links      []string // object types
	linksMost  int
}

func viewOf(r *http.Request) view {
	return view{properties: wire.List(r, "properties"), history: wire.List(r, "propertiesWithHistory"), links: wire.List(r, "associations"), linksMost: linksOfOne}
}

// The related records that an answer shows of each object type; the associations API pages through more.
const (
	linksOfOne  = relation.RelatedMost
	linksOfMany = 100
)

// show makes the outside forms. Names that are no property are left out without an error; a property without a value is null.
func (a *API) show(tx *db.Tx, by people.Actor, t property.ObjectType, records []record.Record, v view) ([]object, error) {
	set, err := a.props.Set(tx, t.Name)
	if err != nil {
		return nil, err
	}
	names := v.properties
	if len(names) == 0 {
		names = t.Standard
	}
	// When it was made and changed is returned whatever was asked for.
	names = slices.Concat(names, v.history, []string{set.Holds("created_at"), set.Holds("updated_at")})
	out, ids := make([]object, len(records)), make([]int64, len(records))
	for i, rec := range records {
		out[i], ids[i] = shown(set, rec, names), rec.ID
	}
	if len(v.history) > 0 {
		histories, err := a.records.Histories(tx, by, t.Name, ids, v.history)
		if err != nil {
			return nil, err
		}
		for i, n := range ids {
			out[i].PropertiesWithHistory = versions(histories[n])
		}
	}
	for _, to := range v.links {
		if err := a.showLinks(tx, by, t, to, ids, v.linksMost, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *API) showOne(tx *db.Tx, by people.Actor, t property.ObjectType, rec record.Record, v view) (object, error) {
	out, err := a.show(tx, by, t, []record.Record{rec}, v)
	if err != nil {
		return object{}, err
	}
	return out[0], nil
}

func shown(set *property.Set, rec record.Record, names []string) object {
	o := object{ID: id.Format(rec.ID), Properties: make(map[string]*string, len(names)+1), CreatedAt: property.FormatTime(rec.CreatedAt),
		UpdatedAt: property.FormatTime(rec.UpdatedAt), Archived: rec.Archived}
	if rec.Archived {
		o.ArchivedAt = property.FormatTime(rec.ArchivedAt)
	}
	for _, name := range names {
		if v, ok := rec.Properties[name]; ok && v != "" {
			o.Properties[name] = &v
		} else if d, known := set.Get(name); known {
			o.Properties[name] = nil
			if v := rec.Properties[d.Name]; v != "" {
				o.Properties[name] = &v
			}
		}
	}
	own := o.ID
	o.Properties["hs_object_id"] = &own
	return o
}

// sources are what HubSpot calls the actors of a change.
var sources = map[event.ActorKind]string{
	event.User: "CRM_UI", event.App: "INTEGRATION", event.Automation: "AUTOMATION_PLATFORM", event.Import: "IMPORT",
	event.Channel: "CONVERSATIONS", event.Contact: "CONTACTS", event.System: "CALCULATED",
}

func versions(of map[string][]record.Version) map[string][]version {
	out := make(map[string][]version, len(of))
	for name, all := range of {
		for _, v := range all {
			shown := version{Value: v.Value, Timestamp: property.FormatTime(v.At), SourceType: sources[v.By.Kind], SourceLabel: v.Reason}
			switch {
			case v.By.Kind == event.User:
				shown.SourceID, shown.UpdatedByUserID = "userId:"+id.Format(v.By.ID), v.By.ID
			case v.By.ID != 0:
				shown.SourceID = id.Format(v.By.ID)
			}
			out[name] = append(out[name], shown)
		}
	}
	return out
}

// showLinks adds the records of an object type that records are related to.
func (a *API) showLinks(tx *db.Tx, by people.Actor, from property.ObjectType, toType string, ids []int64, most int, out []object) error {
	to, err := a.props.Type(tx, toType)
	if err != nil {
		return err
	}
	key := to.Name
	if to.FullName != "" {
		key = to.FullName
	}
	ends, err := a.records.Related(tx, by, relation.Related{FromType: from.Name, IDs: ids, ToType: to.Name, Limit: most})
	if err != nil {
		return err
	}
	for i, n := range ids {
		page := wire.Page[link]{}
		for _, end := range ends[n].To {
			for _, kind := range end.Types {
				page.Results = append(page.Results, link{id.Format(end.ID), kind.Name})
			}
		}
		if page.Results == nil {
			continue
		}
		if next := ends[n].Next; next != 0 {
			page.Paging = &wire.Paging{Next: wire.Next{After: id.Format(next),
				Link: "/crm/v4/objects/" + from.Name + "/" + id.Format(n) + "/associations/" + to.Name + "?after=" + id.Format(next)}}
		}
		if out[i].Associations == nil {
			out[i].Associations = map[string]wire.Page[link]{}
		}
		out[i].Associations[key] = page
	}
	return nil
}
