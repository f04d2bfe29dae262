package house

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tables says which folder owns a table: it alone, and folders below it, may name the table in SQL. The kernel
// (rings 0 and 1) may name any table of the kernel.
var tables = map[string]string{
	"events": "event",
	"jobs":   "job",

	"account": "people", "users": "people", "teams": "people", "team_members": "people", "sessions": "people", "tokens": "people",
	"audit_log": "people", "apps": "people", "app_grants": "people", "app_codes": "people", "app_tokens": "people", "api_usage": "people", "visitor_key": "people",

	"tickets": "crm", "contacts": "crm", "companies": "crm", "contact_identities": "crm", "associations": "crm",
	"objects": "crm", "object_types": "crm", "record_changes": "crm", "properties": "crm", "property_groups": "crm", "property_runs": "crm", "pipelines": "crm", "stages": "crm", "pipeline_audit": "crm", "unique_values": "crm",
	"association_types": "crm", "association_limits": "crm", "merged_records": "crm", "merges": "crm", "blocked_identities": "crm", "fills": "crm",

	"lists": "crm", "list_folders": "crm", "list_members": "crm", "list_history": "crm",

	"ticket_marks": "ticket", "ticket_counts": "ticket", "clearings": "ticket",
	"inboxes": "conversation", "accounts": "conversation", "threads": "conversation", "messages": "conversation", "message_refs": "conversation",
	"attachments": "conversation", "merge_moves": "conversation", "participants": "conversation", "drafts": "conversation",
	"files": "file", "folders": "file", "file_tasks": "file",
	"custom_channels": "conversation", "channel_stagings": "conversation",
	"imports": "importer", "import_errors": "importer", "imported_records": "importer",
	"exports": "exporter", "export_parts": "exporter",
	"inbound": "intake", "raw_bodies": "intake", "outbox": "intake",

	"status_automation": "workflow", "notifications": "notify",
	"idempotency":       "gate",
	"webhook_endpoints": "webhook", "webhook_subscriptions": "webhook", "webhook_queue": "webhook", "webhook_deliveries": "webhook",
	"journal_subscriptions": "webhook", "journal_filters": "webhook", "journal_queue": "webhook", "journal_entries": "webhook", "journal_snapshots": "webhook",

	"search_todo": "crm", "search_chunks": "crm", "search_segments": "crm", "search_blocks": "crm", "search_state": "crm",
}

// sqlExceptions: key "folder -> table".
var sqlExceptions = []exception{
	{"gate -> idempotency", "what a request was answered is the door's own and nobody else's"},
}

var (
	isSQL     = regexp.MustCompile(`\b(SELECT|INSERT INTO|DELETE FROM|UPDATE [a-z_]+ SET|FROM [a-z_]+|JOIN [a-z_]+)\b`)
	tableName = regexp.MustCompile(`\b(FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?([a-z_][a-z0-9_]*)(\()?`)
	cteName   = regexp.MustCompile(`(?:\bWITH(?: RECURSIVE)?|,)\s+([a-z_][a-z0-9_]*)(?:\s*\([^()]*\))?\s+AS\s+(?:MATERIALIZED\s+)?\(`)
	madeTable = regexp.MustCompile(`(?i)\bCREATE\s+(?:VIRTUAL\s+)?TABLE\s+(?:IF NOT EXISTS\s+)?([a-z_][a-z0-9_]*)`)
)

// sqlTables lists the tables that the strings of a file name. Common table expressions and functions are not tables.
func sqlTables(f *file) (named []string, speaks bool) {
	ctes := map[string]bool{}
	seen := map[string]bool{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil || !isSQL.MatchString(text) {
			return true
		}
		speaks = true
		for _, m := range cteName.FindAllStringSubmatch(text, -1) {
			ctes[m[1]] = true
		}
		for _, m := range tableName.FindAllStringSubmatch(text, -1) {
			if m[3] == "" || m[1] == "INTO" {
				seen[m[2]] = true
			}
		}
		return true
	})
	for name := range seen {
		if !ctes[name] {
			named = append(named, name)
		}
	}
	slices.Sort(named)
	return named, speaks
}

func ringOf(dir string) int {
	r, _ := roomOf(dir)
	return r.ring
}

// sqlProblem says why a folder may not name a table, or "".
func sqlProblem(dir, table string) string {
	owner, known := tables[table]
	switch {
	case ringOf(dir) >= 4:
		return "SQL in ring 4 or 5: call a method of the package that owns the table"
	case !known:
		return "no owner is known: write it into tables in house/sql_test.go"
	case dir == owner || strings.HasPrefix(dir, owner+"/") || dir == "db":
		return ""
	case ringOf(dir) <= 1 && ringOf(owner) <= 1:
		return ""
	}
	return "the table belongs to " + owner + ": call a method of it, or react to its events"
}

func TestSQLStaysWithItsTables(t *testing.T) {
	var all []problem
	for dir, files := range packages(tree(t), isCode) {
		if dir == "db" {
			continue // asks the catalogues of both engines too
		}
		seen := map[string]bool{}
		for _, f := range files {
			named, _ := sqlTables(f)
			for _, table := range named {
				if says := sqlProblem(dir, table); says != "" && !seen[table] {
					seen[table] = true
					all = append(all, problem{dir + " -> " + table, says})
				}
			}
		}
	}
	report(t, all, sqlExceptions...)
}

func TestEveryTableHasAnOwner(t *testing.T) {
	made := 0
	for _, f := range tree(t) {
		if !strings.Contains(f.path, "migrations/") {
			continue
		}
		for _, m := range madeTable.FindAllStringSubmatch(f.text, -1) {
			made++
			if tables[m[1]] == "" {
				t.Errorf("%s makes the table %s, and nobody owns it: write its package into tables in house/sql_test.go", f.path, m[1])
			}
		}
	}
	if made == 0 {
		t.Error("no migration makes a table: are they read?")
	}
}

func TestSQLTables(t *testing.T) {
	f := source(t, `package p
const a = "SELECT t.id FROM tickets t LEFT JOIN teams ON true"
const b = "WITH due AS (SELECT id FROM jobs) UPDATE jobs SET at = 1 WHERE id IN (SELECT id FROM due)"
const c = "INSERT INTO notes(id) SELECT value FROM json_each($1) ON CONFLICT DO UPDATE SET at = 2"
const d = "the update from the customer was inserted into the list"
`)
	named, speaks := sqlTables(f)
	if want := []string{"jobs", "notes", "teams", "tickets"}; !slices.Equal(named, want) || !speaks {
		t.Errorf("tables are %v, want %v", named, want)
	}
}

func TestSQLOwners(t *testing.T) {
	for _, c := range []struct {
		dir, table string
		refused    bool
	}{
		{"event", "events", false},
		{"job", "events", false},
		{"routing", "events", true},
		{"api/tickets", "events", true},
		{"event", "attic", true},
	} {
		if says := sqlProblem(c.dir, c.table); (says != "") != c.refused {
			t.Errorf("%s -> %s: %q, refused should be %v", c.dir, c.table, says, c.refused)
		}
	}
}
