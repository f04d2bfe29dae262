package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

// The people of a seeded desk. The first is the super admin; what the last ones may see is narrower than everything.
const (
	seedUsers    = 20
	seedTeams    = 4
	seedTeamOnly = 14 // from here on users see their team's tickets and those of nobody
	seedTeamHard = 17 // from here on not even those of nobody
	seedOwnOnly  = 19 // sees their own tickets alone
	seedPassword = "wind-over-water-41"
)

func seedEmail(n int) string { return fmt.Sprintf("agent%02d@bench.example", n) }

// seeding is how one desk is filled: by SQL alone, so that a million tickets take minutes. Everything is arithmetic on the
// ticket's number i, so two seedings of a size are alike.
type seeding struct {
	tickets int64
	lag     int64 // a ticket's second message comes with the first message of the ticket this much further on, its third again so
	first   int64 // id tick of the first ticket
	step    int64 // ticks between tickets
	users   []int64
	teams   []int64
	inbox   int64
	account int64
}

// seeded returns the data folder of a desk with so many tickets, 5% of them open, three messages each; made when there is
// none for the migrations that the program has.
func seeded(b *testing.B, tickets int64) string {
	b.Helper()
	sum, err := schemaSum()
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(benchCache(b), fmt.Sprintf("%s-%d", sum, tickets))
	if _, err := os.Stat(filepath.Join(dir, "deskbell.db")); err == nil {
		return dir
	}
	tmp := dir + ".part"
	if err := os.RemoveAll(tmp); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := seed(tmp, tickets); err != nil {
		b.Fatalf("seed %d tickets: %v", tickets, err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		b.Fatal(err)
	}
	b.Logf("seeded %d tickets in %s", tickets, time.Since(began).Round(time.Second))
	return dir
}

// benchCache is where seeded desks are kept between runs.
func benchCache(b *testing.B) string {
	b.Helper()
	dir := os.Getenv("DESKBELL_BENCH_DIR")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			b.Fatal(err)
		}
		dir = filepath.Join(cache, "deskbell-bench")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	return dir
}

// schemaSum names the schema and this seeder: a change of either makes new desks.
func schemaSum() (string, error) {
	files, err := filepath.Glob("../../db/migrations/*.sql")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, name := range append(files, "bench_seed_test.go", "bench_seedsql_test.go", "bench_seedprops_test.go") {
		text, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

func seed(dir string, tickets int64) (err error) {
	ctx := context.Background()
	p, err := wire(ctx, benchConfig(dir, ""))
	if err != nil {
		return err
	}
	s, err := seedPeople(ctx, p)
	if err := errors.Join(err, p.close()); err != nil {
		return err
	}
	s.tickets = tickets
	s.lag = max(1, tickets/40)
	epoch := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := time.Now()
	span := int64(now.Sub(epoch) / (10 * time.Millisecond))
	s.first = span / 10
	s.step = max(1, (span-s.first)/(tickets+2*s.lag+1))
	if err := s.fill(ctx, filepath.Join(dir, "deskbell.db")); err != nil {
		return err
	}
	return foldAll(ctx, dir)
}

// foldAll builds the search index, as a desk that runs does in the background.
func foldAll(ctx context.Context, dir string) error {
	p, err := wire(ctx, benchConfig(dir, ""))
	if err != nil {
		return err
	}
	return errors.Join(p.indexer.Fold(ctx), p.close())
}

// seedPeople makes teams and users by the program's own commands.
func seedPeople(ctx context.Context, p *program) (s seeding, err error) {
	err = p.db.Write(ctx, func(tx *db.Tx) error {
		if err := p.people.SetAccount(tx, people.System, people.Account{Name: "Bench", Domain: "desk.bench.example"}); err != nil {
			return err
		}
		s.teams = nil
		for n := range seedTeams {
			t, err := p.people.AddTeam(tx, people.System, fmt.Sprintf("Team %d", n+1))
			if err != nil {
				return err
			}
			s.teams = append(s.teams, t.ID)
		}
		for _, prop := range s.seedProps() {
			if _, err := p.props.Create(tx, people.System, prop.Definition); err != nil {
				return err
			}
		}
		a, err := p.accounts.EnsureBuiltin(tx, "desk.bench.example")
		s.inbox, s.account = a.Inbox, a.ID
		return err
	})
	if err != nil {
		return s, err
	}
	for n := range seedUsers {
		u, err := p.people.AddUser(ctx, people.System, people.NewUser{Name: fmt.Sprintf("Agent %02d", n), Email: seedEmail(n),
			Password: seedPassword, SuperAdmin: n == 0, MainTeam: s.teams[n%seedTeams]})
		if err != nil {
			return s, err
		}
		s.users = append(s.users, u.ID)
	}
	return s, nil
}

func benchConfig(dir, database string) config {
	return config{store: store{Data: dir, Database: database}, clock: clock.System{}, log: quiet(),
		network: network{Listen: "127.0.0.1:0", BaseURL: "http://127.0.0.1"}}
}

// fill runs the statements of one chunk of tickets after another, then what is counted from all of them. It writes past
// the program's writer and without a journal: a seeding that fails is thrown away.
func (s seeding) fill(ctx context.Context, file string) error {
	raw, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-1500000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return err
	}
	defer raw.Close()
	raw.SetMaxOpenConns(1)
	if _, err := raw.ExecContext(ctx, "UPDATE users SET permissions = CASE "+s.permissions()+" ELSE permissions END"); err != nil {
		return err
	}
	const chunk = 10_000
	for lo := int64(0); lo < s.tickets+2*s.lag; lo += chunk {
		if err := s.chunk(ctx, raw, lo, lo+chunk); err != nil {
			return err
		}
	}
	for _, text := range []string{s.cube()} {
		if _, err := raw.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	_, err = raw.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return err
}

func (s seeding) chunk(ctx context.Context, raw *sql.DB, lo, hi int64) error {
	tx, err := raw.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, st := range s.statements() {
		from, to := max(0, lo-st.later*s.lag), min(s.tickets, hi-st.later*s.lag)
		if st.contacts {
			from, to = (from+2)/3, (to+2)/3
		}
		if from >= to {
			continue
		}
		if _, err := tx.ExecContext(ctx, st.text, from, to); err != nil {
			return errors.Join(fmt.Errorf("%.60s: %w", st.text, err), tx.Rollback())
		}
	}
	return tx.Commit()
}

// permissions narrows what the last users may see.
func (s seeding) permissions() string {
	var out strings.Builder
	for n, u := range s.users {
		reach, unassigned := people.TeamOnly, n < seedTeamHard
		if n < seedTeamOnly {
			continue
		}
		if n >= seedOwnOnly {
			reach = people.OwnedOnly
		}
		grants := ""
		for _, v := range []people.Verb{people.View, people.Create, people.Edit, people.Delete, people.Communicate} {
			grants += fmt.Sprintf(`,{"objectType":"tickets","verb":"%s","reach":%d,"unassigned":%t}`, v, reach, unassigned)
			grants += fmt.Sprintf(`,{"objectType":"*","verb":"%s","reach":%d,"unassigned":true}`, v, people.Everything)
		}
		fmt.Fprintf(&out, ` WHEN id = %d THEN '{"permissions":["views"],"grants":[%s]}'`, u, grants[1:])
	}
	return out.String()
}

// The ids of a seeded ticket and what belongs to it stand beside one another, in the slots of one tick.
const (
	slotTicket  = 0
	slotThread  = 1
	slotMessage = 2
	slotEvent   = 5
	slotContact = 40
)

func (s seeding) tick(at string) string {
	return fmt.Sprintf("(%d + (%s) * %d)", s.first, at, s.step)
}

// id is the id of what happened with the ticket of a number.
func (s seeding) id(at string, slot int) string {
	return fmt.Sprintf("(%s * 65536 + %d)", s.tick(at), slot)
}

// micros is when that was.
func (s seeding) micros(at string) string {
	return fmt.Sprintf("(%d + %s * 10000)", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro(), s.tick(at))
}

func (s seeding) iso(at string) string {
	return fmt.Sprintf("(strftime('%%Y-%%m-%%dT%%H:%%M:%%S', %s / 1000000, 'unixepoch') || '.000Z')", s.micros(at))
}

// pick is one of a few values by a number.
func pick[T any](number string, values []T) string {
	var out strings.Builder
	fmt.Fprintf(&out, "CASE (%s) %% %d", number, len(values))
	for n, v := range values {
		switch v := any(v).(type) {
		case string:
			fmt.Fprintf(&out, " WHEN %d THEN nullif('%s', '')", n, v)
		default:
			fmt.Fprintf(&out, " WHEN %d THEN %v", n, v)
		}
	}
	return "(" + out.String() + " END)"
}
