package db_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// empty is a database that was never migrated.
func empty(t *testing.T, cfg db.Config) {
	t.Helper()
	if !db.IsPostgresURL(cfg.URL) {
		if err := os.Remove(cfg.URL); err != nil {
			t.Fatal(err)
		}
		return
	}
	d := dbtest.Open(t, cfg)
	dbtest.Do(t, d, func(tx *db.Tx) error { _, err := tx.Exec("DROP SCHEMA public CASCADE"); return err })
	dbtest.Do(t, d, func(tx *db.Tx) error { _, err := tx.Exec("CREATE SCHEMA public"); return err })
}

const envMigrate = "DESKBELL_TEST_MIGRATE"

// TestMigrateChild is the other process of TestProcessesMigrateOneAfterTheOther; run by itself it has nothing to do.
func TestMigrateChild(t *testing.T) {
	url := os.Getenv(envMigrate)
	if url == "" {
		return
	}
	applied, err := db.Migrate(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("applied %d migrations\n", len(applied))
}

func TestProcessesMigrateOneAfterTheOther(t *testing.T) { // REL-2, SCALE-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		empty(t, cfg)
		said := make([]string, 3)
		var all sync.WaitGroup
		for i := range said {
			all.Go(func() {
				child := exec.Command(os.Args[0], "-test.run=^TestMigrateChild$", "-test.v")
				child.Env = append(os.Environ(), envMigrate+"="+cfg.URL)
				out, err := child.CombinedOutput()
				if err != nil {
					t.Errorf("%v\n%s", err, out)
				}
				if _, rest, ok := strings.Cut(string(out), "applied "); ok {
					said[i], _, _ = strings.Cut(rest, " ")
				}
			})
		}
		all.Wait()
		slices.Sort(said)
		if said[0] != "0" || said[1] != "0" || said[2] == "0" || said[2] == "" {
			t.Errorf("three processes applied %q migrations: one must do all, the others none", said)
		}
		dbtest.See(t, dbtest.Open(t, cfg), func(tx *db.Tx) error { _, err := db.Value[int64](tx, "SELECT count(*) FROM users"); return err })
	})
}

// Nothing runs before the lock: two that create the same table at once would break on PostgreSQL, IF NOT EXISTS or not.
func TestManyMigrateAtOnce(t *testing.T) { // REL-2, SCALE-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		for range 3 {
			empty(t, cfg)
			var all sync.WaitGroup
			var did atomic.Int32
			for range 8 {
				all.Go(func() {
					applied, err := db.Migrate(bg, cfg.URL)
					if err != nil {
						t.Error(err)
					}
					if len(applied) > 0 {
						did.Add(1)
					}
				})
			}
			all.Wait()
			if did.Load() != 1 {
				t.Errorf("%d of 8 migrated: one must do all", did.Load())
			}
		}
	})
}

// A migration that fails leaves the database as it was, and says which it was; the next try does the rest.
func TestMigrationThatFailsCanBeTriedAgain(t *testing.T) { // REL-2
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		empty(t, cfg)
		// A table of a later migration is in the way.
		d := dbtest.Open(t, cfg)
		dbtest.Do(t, d, func(tx *db.Tx) error { _, err := tx.Exec("CREATE TABLE tickets (id TEXT)"); return err })
		if _, err := db.Migrate(bg, cfg.URL); err == nil || !strings.Contains(err.Error(), "migrate") {
			t.Fatalf("migrated over a table that is in the way: %v", err)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { _, err := tx.Exec("DROP TABLE tickets"); return err })
		applied, err := db.Migrate(bg, cfg.URL)
		if err != nil || len(applied) == 0 {
			t.Errorf("the second try applied %v, %v", applied, err)
		}
		dbtest.See(t, d, func(tx *db.Tx) error { _, err := db.Value[int64](tx, "SELECT count(*) FROM tickets"); return err })
	})
}

// What a database of an older program has to be found out of its records is asked for, and nothing where there are none.
func TestAnOldDatabaseIsFilledIn(t *testing.T) { // REL-2, REC-6, PROP-3
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		for _, old := range []bool{false, true} {
			empty(t, cfg)
			if err := db.MigrateTo(bg, cfg.URL, 27); err != nil {
				t.Fatal(err)
			}
			if old {
				d := dbtest.Open(t, cfg)
				dbtest.Do(t, d, func(tx *db.Tx) error {
					_, err := tx.Exec("INSERT INTO contacts (id, phone, created_at, updated_at, props) VALUES (7, '+31201234567', 1, 1, '{}')")
					if err != nil {
						return err
					}
					_, err = tx.Exec(`INSERT INTO tickets (id, pipeline_id, stage_id, open, spam, active_at, created_at, updated_at, props)
VALUES (8, '0', '1', TRUE, FALSE, 1, 1, 1, '{}')`)
					return err
				})
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := db.Migrate(bg, cfg.URL); err != nil {
				t.Fatal(err)
			}
			d := dbtest.Open(t, cfg)
			dbtest.See(t, d, func(tx *db.Tx) error {
				names, err := db.List(tx, db.Col[string], "SELECT name FROM fills ORDER BY name")
				if want := []string{"contacts.phones", "tickets.channels", "tickets.copies", "tickets.state"}; old != slices.Equal(names, want) || !old && len(names) > 0 {
					t.Errorf("with contacts %v: %v is to be filled in", old, names)
				}
				return err
			})
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestMigrateSaysWhyItCannotBegin(t *testing.T) { // REL-2
	folder := t.TempDir()
	notADatabase := filepath.Join(folder, "letter.txt")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("Dear Ann, this is no database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, url := range map[string]string{
		"no such folder":  filepath.Join(folder, "missing", "desk.db"),
		"not a database":  notADatabase,
		"no such server":  "postgres://desk@127.0.0.1:1/desk?sslmode=disable&connect_timeout=2",
		"not an address":  "postgres://[",
		"a folder's name": folder,
	} {
		if _, err := db.Migrate(bg, url); err == nil || !strings.HasPrefix(err.Error(), "migrate: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenSaysWhyItCannot(t *testing.T) {
	for name, cfg := range map[string]db.Config{
		"no such folder": {URL: filepath.Join(t.TempDir(), "missing", "desk.db")},
		"no such server": {URL: "postgresql://desk@127.0.0.1:1/desk?sslmode=disable"},
		"not an address": {URL: "postgres://["},
		"a node too far": {URL: filepath.Join(t.TempDir(), "desk.db"), Node: 64},
		"a node below":   {URL: filepath.Join(t.TempDir(), "desk.db"), Node: -1},
	} {
		if d, err := db.Open(bg, cfg); err == nil {
			t.Errorf("%s: opened", name)
			_ = d.Close()
		}
	}
	// Names with signs that mean something in an address are names all the same.
	for _, name := range []string{"a b.db", "50%.db", "what?.db", "#1.db", "ä&b=c.db"} {
		file := filepath.Join(t.TempDir(), name)
		if _, err := db.Migrate(bg, file); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Errorf("%s: not where it was asked for: %v", name, err)
		}
	}
}

func TestMigrationFilesAreReadPerDatabase(t *testing.T) {
	text := "CREATE TABLE a (x\n-- sqlite\nTEXT\n-- end\n-- postgres\nJSONB\n-- end\n);\n"
	files := fstest.MapFS{"migrations/0002_second.sql": {Data: []byte("SELECT 2;")}, "migrations/0001_first.sql": {Data: []byte(text)},
		"migrations/README.md": {Data: []byte("not one")}}
	lite, err := db.ReadMigrations(files, false)
	if err != nil {
		t.Fatal(err)
	}
	post, err := db.ReadMigrations(files, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%q %q", fmt.Sprint(lite), fmt.Sprint(post)); len(lite) != 2 || len(post) != 2 ||
		!strings.Contains(fmt.Sprint(lite[0]), "(x\nTEXT\n)") || !strings.Contains(fmt.Sprint(post[0]), "(x\nJSONB\n)") {
		t.Errorf("read %s", got)
	}
	// What is compared with what was applied is the file as a whole, not one database's part.
	sumOf := func(m any) string { f := strings.Fields(fmt.Sprint(m)); return f[len(f)-1] }
	if sumOf(lite[0]) != sumOf(post[0]) || sumOf(lite[0]) == sumOf(lite[1]) {
		t.Errorf("sums %s, %s, %s", sumOf(lite[0]), sumOf(post[0]), sumOf(lite[1]))
	}
	files["migrations/first_0003.sql"] = &fstest.MapFile{Data: []byte("SELECT 3;")}
	if _, err := db.ReadMigrations(files, false); err == nil || !strings.Contains(err.Error(), "begin with a number") {
		t.Errorf("a file without a number: %v", err)
	}
}
