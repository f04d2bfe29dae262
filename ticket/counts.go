package ticket

import (
	"github.com/deskbell/deskbell/crm/column"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

// The places of the cube: where a ticket counts.
const (
	placeOpen    = "open"
	placeSnoozed = "snoozed"
	placeClosed  = "closed"
	placeSpam    = "spam"
	placeTrash   = "trash"
)

// cellShards splits the cells on PostgreSQL, where writers of one row wait for one another's commit.
const cellShards = 16

type cell struct {
	place       string
	owner, team int64
	stage       string
}

func cellOf(get func(string) string) cell {
	c := cell{place: placeClosed, owner: parse(get(Owner)), team: parse(get(Team)), stage: get(Stage)}
	switch {
	case get(Spam) == "true":
		c.place = placeSpam
	case get(Open) != "true":
	case get(SnoozedUntil) != "":
		c.place = placeSnoozed
	default:
		c.place = placeOpen
	}
	return c
}

// recount moves the written ticket from its old cell to its new one. Until the transaction ends the counts are those before it.
func recount(tx *db.Tx, w *record.Write) {
	after := cellOf(w.Get)
	if w.Create {
		add(tx, after, 1)
		return
	}
	shift(tx, cellOf(func(name string) string { return w.Before[name] }), after)
}

func shift(tx *db.Tx, from, to cell) {
	if from != to {
		add(tx, from, -1)
		add(tx, to, 1)
	}
}

var insertCounts = db.NewInsert("INSERT INTO ticket_counts (place, owner_id, team_id, stage_id, shard, n)",
	"ON CONFLICT (place, owner_id, team_id, stage_id, shard) DO UPDATE SET n = ticket_counts.n + excluded.n")

func add(tx *db.Tx, c cell, n int64) {
	shard := int64(0)
	if tx.Postgres() {
		shard = tx.Micros() % cellShards // one for all that a transaction counts
	}
	tx.CountLast(insertCounts, n, c.place, c.owner, c.team, c.stage, shard)
}

// Trashed keeps the counts and the marks true when tickets go to the trash and come back; it is a reactor.
func (s *Service) Trashed() event.Reactor {
	return event.Reactor{Name: "ticket.trash", Types: []string{"ticket.archived", "ticket.restored", "ticket.purged"},
		React: func(tx *db.Tx, e event.Event) error {
			if e.Type == "ticket.purged" {
				return s.purged(tx, e)
			}
			r, err := s.records.Any(tx, Object, e.ObjectID)
			if err != nil {
				return err
			}
			live := cellOf(func(name string) string { return r.Properties[name] })
			trash := live
			trash.place = placeTrash
			from, to := live, trash
			if err := s.remarked(tx, e.ObjectID); err != nil {
				return err
			}
			rename := "UPDATE ticket_marks SET kind = 'trash.' || kind WHERE ticket_id = $1"
			if e.Type == "ticket.restored" {
				from, to = trash, live
				rename = "UPDATE ticket_marks SET kind = substr(kind, 7) WHERE ticket_id = $1 AND kind LIKE 'trash.%'"
			}
			if _, err := tx.Exec(rename, e.ObjectID); err != nil {
				return err
			}
			shift(tx, from, to)
			return nil
		}}
}

// purged takes a ticket that is gone for good out of the trash's count, and its marks away.
func (s *Service) purged(tx *db.Tx, e event.Event) error {
	p, err := event.Data[record.Purged](e)
	if err != nil {
		return err
	}
	if err := s.remarked(tx, e.ObjectID); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM ticket_marks WHERE ticket_id = $1", e.ObjectID); err != nil {
		return err
	}
	add(tx, cell{placeTrash, p.Owner, p.Team, p.Stage}, -1)
	return nil
}

// Counts are the sidebar's figures.
type Counts struct {
	Unassigned, Mine, Team, Open, Snoozed, Spam int64
	Marked                                      map[MarkKind]int64
}

// Counts sums the cube for what the actor may view: exact, and independent of how many tickets there are.
func (s *Service) Counts(tx *db.Tx, by people.Actor) (Counts, error) {
	scope := by.Scope(people.View, Object)
	var q db.SQL
	sum := func(condition string) {
		q.Add("coalesce(sum(CASE WHEN place = 'open' AND " + condition + " THEN n ELSE 0 END), 0), ")
	}
	q.Add("SELECT ")
	sum("owner_id = 0")
	q.Add("coalesce(sum(CASE WHEN place = 'open' AND owner_id = ? THEN n ELSE 0 END), 0), ", by.ID)
	q.Add("coalesce(sum(CASE WHEN place = 'open' AND ")
	db.In(&q, "team_id", by.Teams)
	q.Add(" THEN n ELSE 0 END), 0), ")
	sum("TRUE")
	q.Add("coalesce(sum(CASE WHEN place = 'snoozed' THEN n ELSE 0 END), 0), coalesce(sum(CASE WHEN place = 'spam' THEN n ELSE 0 END), 0) FROM ticket_counts WHERE place IN ('open', 'snoozed', 'spam') AND ")
	scope.Where(&q, "nullif(owner_id, 0)", "nullif(team_id, 0)")
	c, _, err := db.One(tx, func(sc db.Scanner) (c Counts, err error) {
		return c, sc.Scan(&c.Unassigned, &c.Mine, &c.Team, &c.Open, &c.Snoozed, &c.Spam)
	}, q.Text(), q.Args()...)
	if err != nil {
		return c, err
	}
	c.Marked, err = s.countMarks(tx, by, scope)
	return c, err
}

// countMarks counts what the user marked. Who may not see every ticket must not count those either.
func (s *Service) countMarks(tx *db.Tx, by people.Actor, scope people.Scope) (map[MarkKind]int64, error) {
	out := map[MarkKind]int64{}
	for _, kind := range listed {
		ids, ok, err := s.marks.Get(tx, column.SetKey{Owner: by.ID, Kind: string(kind)})
		if err != nil {
			return nil, err
		}
		if ok && (scope.All() || len(ids) == 0) {
			out[kind] = int64(len(ids))
			continue
		}
		if out[kind], err = s.records.CountVisible(tx, by, Object, s.Marked(by.ID, kind)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ByStage counts the tickets of each status, those in the trash left out.
func (s *Service) ByStage(tx *db.Tx) (map[string]int64, error) {
	out := map[string]int64{}
	_, err := db.List(tx, func(sc db.Scanner) (n int64, err error) {
		var stage string
		err = sc.Scan(&stage, &n)
		out[stage] = n
		return n, err
	}, "SELECT stage_id, CAST(sum(n) AS BIGINT) FROM ticket_counts WHERE place <> 'trash' GROUP BY stage_id")
	return out, err
}

// OpenByOwner counts the open tickets of each user.
func (s *Service) OpenByOwner(tx *db.Tx) (map[int64]int64, error) {
	out := map[int64]int64{}
	_, err := db.List(tx, func(sc db.Scanner) (n int64, err error) {
		var owner int64
		err = sc.Scan(&owner, &n)
		out[owner] = n
		return n, err
	}, "SELECT owner_id, CAST(sum(n) AS BIGINT) FROM ticket_counts WHERE place IN ('open', 'snoozed') AND owner_id <> 0 GROUP BY owner_id")
	return out, err
}

// MarkedPage returns the ids of tickets that a user marked, the newest mark first, older than the mark at (before, ticket).
func (s *Service) MarkedPage(tx *db.Tx, user int64, kind MarkKind, before, ticket int64, limit int) (ids, ats []int64, err error) {
	_, err = db.List(tx, func(sc db.Scanner) (id int64, err error) {
		var at int64
		err = sc.Scan(&id, &at)
		ids, ats = append(ids, id), append(ats, at)
		return id, err
	}, `SELECT ticket_id, at FROM ticket_marks WHERE user_id = $1 AND kind = $2 AND (at, ticket_id) < ($3, $4)
ORDER BY at DESC, ticket_id DESC LIMIT $5`, user, string(kind), before, ticket, limit)
	return ids, ats, err
}
