package lists

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// head is what both forms of a list have.
type head struct {
	ListID       string          `json:"listId"`
	ObjectTypeID string          `json:"objectTypeId"`
	Name         string          `json:"name"`
	Processing   list.Processing `json:"processingType"`
	Status       list.Status     `json:"processingStatus"`
	Version      int             `json:"listVersion"`
	CreatedByID  string          `json:"createdById,omitempty"`
	UpdatedByID  string          `json:"updatedById,omitempty"`
	CreatedAt    string          `json:"createdAt"`
	UpdatedAt    string          `json:"updatedAt"`
	FiltersAt    string          `json:"filtersUpdatedAt"`
}

// shownList is a list in HubSpot's form.
type shownList struct {
	head
	Size        int64             `json:"size"`
	Filters     json.RawMessage   `json:"filterBranch,omitempty"`
	Permissions *list.Permissions `json:"listPermissions,omitempty"`
	Membership  *list.Membership  `json:"membershipSettings,omitempty"`
}

type (
	oneList struct {
		List shownList `json:"list"`
	}
	manyLists struct {
		Lists []shownList `json:"lists"`
	}
	updated struct {
		List shownList `json:"updatedList"`
	}
	// listed is a list in the answer to a search.
	listed struct {
		head
		Additional map[string]string `json:"additionalProperties"`
	}
	found struct {
		Total   int64    `json:"total"`
		Offset  int      `json:"offset"`
		Lists   []listed `json:"lists"`
		HasMore bool     `json:"hasMore"`
	}
)

func (a *API) head(tx *db.Tx, l list.List) (head, error) {
	t, err := a.props.Type(tx, l.ObjectType)
	return head{ListID: id.Format(l.ID), ObjectTypeID: t.TypeID, Name: l.Name, Processing: l.Processing, Status: l.Status, Version: l.Version,
		CreatedByID: userID(l.CreatedBy), UpdatedByID: userID(l.UpdatedBy), CreatedAt: wire.Time(l.CreatedAt), UpdatedAt: wire.Time(l.UpdatedAt),
		FiltersAt: wire.Time(l.FiltersAt)}, err
}

func userID(n int64) string {
	if n == 0 {
		return ""
	}
	return id.Format(n)
}

func (a *API) show(tx *db.Tx, by people.Actor, l list.List, filters bool) (shownList, error) {
	h, err := a.head(tx, l)
	if err != nil {
		return shownList{}, err
	}
	out := shownList{head: h, Permissions: l.Settings.Permissions, Membership: l.Settings.Membership}
	if filters {
		out.Filters = l.Filters
	}
	out.Size, err = a.lists.Size(tx, by, l)
	return out, err
}

// searchBody asks for lists.
type searchBody struct {
	Query      string            `json:"query"`
	ListIDs    []wire.Value      `json:"listIds"`
	Processing []list.Processing `json:"processingTypes"`
	Additional []string          `json:"additionalProperties"`
	Sort       string            `json:"sort"`
	Offset     int               `json:"offset"`
	Count      int               `json:"count"`
}

const (
	countUsual = 20
	countMost  = 500
)

// additional are the properties of lists that an answer has when nothing else was asked for.
var additional = []string{"hs_list_size", "hs_last_record_added_at", "hs_last_record_removed_at", "hs_folder_name", "hs_list_reference_count"}

func (a *API) search(w http.ResponseWriter, r *http.Request, by people.Actor) error {
	var body searchBody
	if err := wire.Decode(r, &body); err != nil {
		return err
	}
	if body.Count == 0 {
		body.Count = countUsual
	}
	if body.Count < 0 || body.Count > countMost {
		return errs.Bad("count", "INVALID_LIMIT", "count must be from 1 to "+strconv.Itoa(countMost))
	}
	if body.Offset < 0 {
		return errs.Bad("offset", "INVALID_OFFSET", "offset must not be below 0")
	}
	q := list.Query{Text: body.Query, Processing: body.Processing, Sort: body.Sort, Offset: body.Offset, Limit: body.Count}
	if body.ListIDs != nil {
		var err error
		if q.IDs, err = idsOf("listIds", body.ListIDs); err != nil {
			return err
		}
	}
	wanted := slices.Concat(additional, body.Additional)
	return a.reads(w, r, func(tx *db.Tx) (any, error) {
		some, total, err := a.lists.Search(tx, q)
		if err != nil {
			return nil, err
		}
		out := found{Total: total, Offset: q.Offset + len(some), Lists: make([]listed, len(some))}
		out.HasMore = int64(out.Offset) < total
		folders, err := a.lists.FolderNames(tx)
		if err != nil {
			return nil, err
		}
		for i, l := range some {
			if out.Lists[i], err = a.listed(tx, by, l, folders, wanted); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
}

func (a *API) listed(tx *db.Tx, by people.Actor, l list.List, folders map[int64]string, wanted []string) (listed, error) {
	h, err := a.head(tx, l)
	if err != nil {
		return listed{}, err
	}
	out := listed{h, map[string]string{}}
	set := func(name, value string) {
		if value != "" && slices.Contains(wanted, name) {
			out.Additional[name] = value
		}
	}
	size, err := a.lists.Size(tx, by, l)
	if err != nil {
		return listed{}, err
	}
	set("hs_list_size", strconv.FormatInt(size, 10))
	set("hs_last_record_added_at", millis(l.AddedAt))
	set("hs_last_record_removed_at", millis(l.RemovedAt))
	set("hs_folder_name", folders[l.Folder])
	if l.Folder != 0 {
		set("hs_folder_id", id.Format(l.Folder))
	}
	for name, value := range l.Settings.Custom {
		set(name, value)
	}
	return out, nil
}
