package list

import (
	"fmt"
	"strings"

	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
)

// Reactor keeps records in the trash out of lists, forgets those that are gone for good, and puts a merged record into the lists of both.
func (s *Service) Reactor() event.Reactor {
	return event.Reactor{Name: "list", React: func(tx *db.Tx, e event.Event) error {
		switch what := e.Type[strings.LastIndexByte(e.Type, '.')+1:]; what {
		case "archived":
			return leave(tx, e.ObjectID)
		case "restored":
			return comeBack(tx, e.ObjectID)
		case "purged":
			_, err := tx.Exec("DELETE FROM list_members WHERE record_id = $1 AND NOT living", e.ObjectID)
			return err
		case "merged", "unmerged":
			m, err := event.Data[merge.Merged](e)
			if err != nil {
				return err
			}
			if what == "merged" {
				return join(tx, e.ObjectID, m)
			}
			return part(tx, e.ObjectID, m)
		}
		return nil
	}}
}

// leave takes a record that goes to the trash out of sight.
func leave(tx *db.Tx, record int64) error {
	lists, err := hold(tx, "record_id = ? AND living", record)
	if err != nil || len(lists) == 0 {
		return err
	}
	if _, err := tx.Exec("UPDATE list_members SET living = FALSE WHERE record_id = $1 AND living", record); err != nil {
		return fmt.Errorf("leave lists: %w", err)
	}
	return resize(tx, lists, -1)
}

// comeBack puts a record that is out of the trash again back.
func comeBack(tx *db.Tx, record int64) error {
	lists, err := hold(tx, "record_id = ? AND NOT living", record)
	if err != nil || len(lists) == 0 {
		return err
	}
	if _, err := tx.Exec("UPDATE list_members SET living = TRUE WHERE record_id = $1 AND NOT living", record); err != nil {
		return fmt.Errorf("come back to lists: %w", err)
	}
	return resize(tx, lists, 1)
}

// join puts a record into the lists of the one that was merged into it, which is in the trash by now.
func join(tx *db.Tx, into int64, m merge.Merged) error {
	lists, err := hold(tx, "record_id = ? AND NOT EXISTS (SELECT 1 FROM list_members o WHERE o.list_id = m.list_id AND o.record_id = ?)", m.From, into)
	if err != nil || len(lists) == 0 {
		return err
	}
	var q db.SQL
	q.Add("INSERT INTO list_members (list_id, record_id, living, at, merge_id) SELECT list_id, CAST(? AS BIGINT), TRUE, at, CAST(? AS BIGINT) FROM list_members WHERE record_id = ? AND ",
		into, m.Merge, m.From)
	if _, err := db.In(&q, "list_id", lists).Exec(tx); err != nil {
		return fmt.Errorf("join lists: %w", err)
	}
	return resize(tx, lists, 1)
}

// part takes back what a merge brought.
func part(tx *db.Tx, from int64, m merge.Merged) error {
	lists, err := hold(tx, "record_id = ? AND living AND merge_id = ?", from, m.Merge)
	if err != nil || len(lists) == 0 {
		return err
	}
	if _, err := tx.Exec("DELETE FROM list_members WHERE record_id = $1 AND merge_id = $2", from, m.Merge); err != nil {
		return fmt.Errorf("part from lists: %w", err)
	}
	return resize(tx, lists, -1)
}

// hold makes others wait for the lists of some members, and returns them.
func hold(tx *db.Tx, which string, args ...any) ([]int64, error) {
	var q db.SQL
	q.Add("SELECT id FROM lists WHERE id IN (SELECT m.list_id FROM list_members m WHERE "+which+") ORDER BY id"+tx.ForUpdate(), args...)
	lists, err := db.List(tx, db.Col[int64], q.Text(), q.Args()...)
	if err != nil {
		return nil, fmt.Errorf("lists of a record: %w", err)
	}
	return lists, nil
}

func resize(tx *db.Tx, lists []int64, by int64) error {
	var q db.SQL
	_, err := tx.Among(q.Add("UPDATE lists SET size = size + ? WHERE ", by), "id", lists).Exec(tx)
	return err
}
