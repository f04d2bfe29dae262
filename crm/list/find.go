package list

import (
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
)

// Query asks for lists.
type Query struct {
	Text       string // in the name
	IDs        []int64
	Processing []Processing
	Sort       string // a property of lists under HubSpot's name, - in front for backwards; "" for by id
	Offset     int
	Limit      int
}

// orders are what lists can be sorted by, under HubSpot's names without their hs_ and in lower case.
var orders = map[string]string{"": "id", "listid": "id", "list_id": "id", "name": "name_key", "createdate": "created_at", "createdat": "created_at",
	"updatedat": "updated_at", "lastmodifieddate": "updated_at", "size": "size", "list_size": "size"}

// Search reads a page of the lists that match, and how many they are. Pages go by offset, as HubSpot's do.
func (s *Service) Search(tx *db.Tx, q Query) (found []List, total int64, err error) {
	name, backwards := strings.CutPrefix(q.Sort, "-")
	order, ok := orders[strings.TrimPrefix(strings.ToLower(name), "hs_")]
	if !ok {
		return nil, 0, errs.Bad("sort", "INVALID_OPTION", "Lists can be sorted by LIST_ID, NAME, CREATEDATE, LASTMODIFIEDDATE and LIST_SIZE.")
	}
	if backwards {
		order += " DESC"
	}
	where, err := s.matching(tx, q)
	if err != nil {
		return nil, 0, err
	}
	var count, page db.SQL
	count.Add("SELECT count(*) FROM lists WHERE ").Append(where)
	if total, err = db.Value[int64](tx, count.Text(), count.Args()...); err != nil {
		return nil, 0, fmt.Errorf("count lists: %w", err)
	}
	page.Add(selectLists).Append(where).Add(" ORDER BY "+order+", id LIMIT ? OFFSET ?", q.Limit, q.Offset)
	if found, err = db.List(tx, scanList, page.Text(), page.Args()...); err != nil {
		return nil, 0, fmt.Errorf("search lists: %w", err)
	}
	return found, total, nil
}

func (s *Service) matching(tx *db.Tx, q Query) (*db.SQL, error) {
	types, err := s.types(tx)
	if err != nil {
		return nil, err
	}
	where := (&db.SQL{}).Add("archived_at IS NULL AND ")
	db.In(where, "object_type", types)
	if text := key(q.Text); text != "" {
		where.Add(" AND "+tx.Contains("name_key", "?"), db.Like(text))
	}
	if q.IDs != nil {
		tx.Among(where.Add(" AND "), "id", q.IDs)
	}
	if q.Processing != nil {
		names := make([]string, len(q.Processing))
		for i, p := range q.Processing {
			names[i] = string(p)
		}
		db.In(where.Add(" AND "), "processing", names)
	}
	return where, nil
}
