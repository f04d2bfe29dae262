package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/sheet"
)

const importsV3 = "/crm/v3/imports/"

// mapping is a column of a file: header, object type, property, and what else it says.
func mapping(header, objectType, property string, more ...string) map[string]any {
	out := map[string]any{"columnName": header, "columnObjectTypeId": objectType, "propertyName": property}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// contactColumns are columns that most stories have.
var contactColumns = []map[string]any{
	mapping("First", "0-1", "firstname"),
	mapping("Email", "0-1", "email", "columnType", "HUBSPOT_ALTERNATE_ID"),
}

// asked is an importRequest of one file.
func asked(more map[string]any, columns ...map[string]any) string {
	body := map[string]any{
		"name":  "people",
		"files": []any{map[string]any{"fileName": "a.csv", "fileFormat": "CSV", "fileImportPage": map[string]any{"hasHeader": true, "columnMappings": columns}}},
	}
	for k, v := range more {
		body[k] = v
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// Import sends a file to be imported, and returns where to ask for it.
func (d *desk) Import(csv, request string) string {
	d.t.Helper()
	a := d.Upload("POST", importsV3, "files", "a.csv", csv, map[string]string{"importRequest": request}).Is(200)
	return importsV3 + a.Get("id").(string)
}

// imported runs an import and checks how it ended: state, created, updated, errors.
func (d *desk) imported(one, want string) answer {
	d.t.Helper()
	d.Settle()
	a := d.Ask("GET", one, nil).Is(200)
	got := fmt.Sprintf("%v %v %v %v", a.Get("state"), a.Get("metadata", "counters", "CREATED_OBJECTS"), a.Get("metadata", "counters", "UPDATED_OBJECTS"), a.Get("metadata", "counters", "ERRORS"))
	if got != want {
		d.t.Errorf("the import is %q, want %q: %s; %s", got, want, a.Raw, d.Ask("GET", one+"/errors", nil).Raw)
	}
	return a
}

// values are a property's values of the records of a type, in the order they were made.
func (d *desk) values(objectType, property string) string {
	d.t.Helper()
	var out []string
	dbtest.See(d.t, d.db, func(tx *db.Tx) error {
		p, err := d.records.List(tx, people.System, objectType, "", 200, false)
		for _, r := range p.Records {
			out = append(out, r.Properties[property])
		}
		return err
	})
	return strings.Join(out, " ")
}

func TestContactsFromAFile(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Ask("POST", "/crm/v3/objects/contacts", map[string]any{"properties": map[string]any{"email": "ann@x.example", "firstname": "Old", "lastname": "Lee"}}).Is(201)
		one := d.Import("\xEF\xBB\xBFFirst,Email,Nobody's\r\nAnn,ANN@x.example,1\r\nBob,bob@x.example,2\r\n\r\n\"Cid, jr\",cid@x.example,3\r\n", asked(nil, contactColumns...))
		if got := d.Ask("GET", one, nil).Is(200); got.Get("state") != "STARTED" || got.Get("importName") != "people" || got.Get("importSource") != "API" ||
			got.Get("mappedObjectTypeIds", 0) != "0-1" || got.Get("importRequestJson", "name") != "people" || len(got.Get("metadata", "fileIds").([]any)) != 1 {
			t.Errorf("before it runs it is %s", got.Raw)
		}
		done := d.imported(one, "DONE 2 1 0")
		if done.Get("metadata", "counters", "TOTAL_ROWS") != 3.0 {
			t.Errorf("rows: %s", done.Raw)
		}
		if got := d.values("contacts", "firstname"); got != "Ann Bob Cid, jr" {
			t.Errorf("there are %s", got)
		}
		if got := d.values("contacts", "lastname"); got != "Lee  " {
			t.Errorf("what the file does not have was changed: %q", got)
		}
		ann := d.Ask("GET", "/crm/v3/objects/contacts/ann@x.example?idProperty=email&propertiesWithHistory=firstname", nil).Is(200)
		if ann.Get("propertiesWithHistory", "firstname", 0, "sourceType") != "IMPORT" {
			t.Errorf("who changed it: %s", ann.Raw)
		}
		hidden := d.Ask("GET", filesV3+"/search", nil).Is(200)
		if len(hidden.Get("results").([]any)) != 0 {
			t.Errorf("the file of an import is listed: %s", hidden.Raw)
		}
		list := d.Ask("GET", "/crm/imports/2026-09", nil).Is(200)
		if len(list.Get("results").([]any)) != 1 || list.Get("results", 0, "id") != done.Get("id") {
			t.Errorf("the list is %s", list.Raw)
		}
	})
}

func TestContactsFromASpreadsheet(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		var file bytes.Buffer
		book, err := sheet.NewBook(&file, 1)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.Next()
		for i, r := range [][2]string{{"First", "Email"}, {"Ann", "ann@x.example"}, {"Bob", "nonsense"}} {
			if err == nil {
				_, err = rows.Write(sheet.AppendRow(nil, i+1, []sheet.Cell{{Value: r[0]}, {Value: r[1]}}))
			}
		}
		if err = errors.Join(err, book.Close()); err != nil {
			t.Fatal(err)
		}
		request := strings.Replace(asked(nil, contactColumns...), `"fileFormat":"CSV"`, `"fileFormat":"SPREADSHEET"`, 1)
		one := d.Import(file.String(), strings.Replace(request, `"hasHeader"`, `"pageName":"Sheet1","hasHeader"`, 1))
		d.imported(one, "DONE 1 0 1")
		if got := d.Ask("GET", one+"/errors", nil).Is(200); got.Get("results", 0, "sourceData", "lineNumber") != 3.0 {
			t.Errorf("what was refused: %s", got.Raw)
		}
	})
}

func TestEveryRefusedRowIsKept(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		columns := append([]map[string]any{
			mapping("Stage", "0-5", "hs_pipeline_stage"),
			mapping("Subject", "0-5", "subject"),
			mapping("Prio", "0-5", "hs_ticket_priority"),
			mapping("Owner", "0-5", "hubspot_owner_id"),
		}, contactColumns...)
		csv := strings.Join([]string{
			"Stage,Subject,Prio,Owner,First,Email",
			"New,good,high,boss@desk.localhost,Ann,ann@x.example",
			"New,bad priority,HUGE,,Bob,bob@x.example",
			"New,bad address,,,Cid,nonsense",
			",no stage,,,Dan,dan@x.example",
			"New,bad owner,,nobody@x.example,Eve,eve@x.example",
			"New,too many columns,,,Fay,fay@x.example,more",
			"waiting on us,=cmd(),,Bea Boss,Gus,gus@x.example",
		}, "\n")
		one := d.Import(csv, asked(nil, columns...))
		d.imported(one, "DONE 8 0 5")
		if got := d.values("tickets", "subject"); got != "good bad address =cmd()" {
			t.Errorf("tickets: %s", got)
		}
		if got := d.values("tickets", "hs_pipeline_stage"); got != "1 1 3" {
			t.Errorf("stages: %s", got)
		}
		if got := d.values("tickets", "hubspot_owner_id"); got != fmt.Sprintf("%d  %d", d.boss.ID, d.boss.ID) {
			t.Errorf("owners: %s", got)
		}
		errors := d.Ask("GET", one+"/errors?limit=100", nil).Is(200)
		var got []string
		for i := range errors.Get("results").([]any) {
			e := func(path ...any) any { return errors.Get(append([]any{"results", i}, path...)...) }
			got = append(got, fmt.Sprintf("%v %v %v %v", e("sourceData", "lineNumber"), e("errorType"), e("objectTypeId"), e("knownColumnNumber")))
			if e("errorMessage") == nil || len(e("sourceData", "rowData").([]any)) < 6 {
				t.Errorf("an error without words or row: %s", errors.Raw)
			}
		}
		want := []string{
			"7 COULD_NOT_PARSE_ROW <nil> <nil>",
			"3 INVALID_ENUMERATION_OPTION 0-5 3",
			"6 COULD_NOT_FIND_OWNER 0-5 4",
			"5 MISSING_REQUIRED_PROPERTY 0-5 1",
			"4 INVALID_EMAIL 0-1 6",
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("errors are %v, want %v", got, want)
		}
		page := d.Ask("GET", one+"/errors?limit=2&includeErrorMessage=false&includeRowData=false", nil).Is(200)
		if page.Get("paging", "next", "after") == nil || page.Get("results", 0, "errorMessage") != nil || len(page.Get("results", 0, "sourceData", "rowData").([]any)) != 0 {
			t.Errorf("a page is %s", page.Raw)
		}
		id := strings.TrimPrefix(one, importsV3)
		table := d.Ask("GET", api+"/imports/"+id+"/errors.csv", nil).Is(200).Raw
		if lines := strings.Split(strings.TrimSpace(table), "\n"); len(lines) != 6 || !strings.Contains(table, "bad priority") {
			t.Errorf("the table is %s", table)
		}
	})
}

// Two files of one import, told apart by name, whose records a common column relates.
func TestFilesThatNameEachOthersRecords(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		label := d.Ask("POST", "/crm/v4/associations/contacts/companies/labels", map[string]any{"name": "chief", "label": "Chief"}).Is(200)
		_ = label
		columns := []map[string]any{
			mapping("First", "0-1", "firstname"),
			mapping("Mail", "0-1", "email", "columnType", "HUBSPOT_ALTERNATE_ID"),
			mapping("Company", "0-2", "name"),
			mapping("Domain", "0-2", "domain", "columnType", "HUBSPOT_ALTERNATE_ID"),
			mapping("Role", "0-1", "", "columnType", "FLEXIBLE_ASSOCIATION_LABEL", "toColumnObjectTypeId", "0-2"),
		}
		one := d.Import(strings.Join([]string{
			"First;Mail;Company;Domain;Role",
			"Ann;ann@x.example;X Ltd;x.example;Chief",
			"Bob;bob@x.example;X Limited;x.example;",
			"Cid;cid@y.example;Y;y.example;Butler",
		}, "\n"), asked(nil, columns...))
		d.imported(one, "DONE 5 0 1")
		if got := d.values("companies", "name"); got != "X Limited Y" {
			t.Errorf("companies: %s", got)
		}
		labels := func(email string) string {
			var out []string
			id := d.Ask("GET", "/crm/v3/objects/contacts/"+email+"?idProperty=email", nil).Is(200).Get("id").(string)
			for _, end := range d.Ask("GET", "/crm/v4/objects/contacts/"+id+"/associations/companies", nil).Is(200).Get("results").([]any) {
				for _, kind := range end.(map[string]any)["associationTypes"].([]any) {
					out = append(out, fmt.Sprint(kind.(map[string]any)["label"]))
				}
			}
			return strings.Join(out, " ")
		}
		for email, want := range map[string]string{"ann@x.example": "<nil> Chief", "bob@x.example": "<nil>", "cid@y.example": "<nil>"} {
			if got := labels(email); got != want {
				t.Errorf("%s is related as %q, want %q", email, got, want)
			}
		}
		// Deals that name contacts by their addresses.
		deals := []map[string]any{
			mapping("Deal", "0-3", "dealname"),
			mapping("Stage", "0-3", "dealstage"),
			mapping("Who", "0-3", "", "toColumnObjectTypeId", "0-1"),
		}
		stages := d.Ask("GET", "/crm/v3/pipelines/deals", nil).Is(200).Get("results", 0, "stages", 0, "label").(string)
		two := d.Import(fmt.Sprintf("Deal,Stage,Who\nLamps,%s,ann@x.example\nDesks,%s,nobody@x.example\n", stages, stages), asked(nil, deals...))
		d.imported(two, "DONE 2 0 1")
		if got := d.Ask("GET", two+"/errors", nil).Get("results", 0, "errorType"); got != "NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER" {
			t.Errorf("the error is %v", got)
		}
	})
}

func TestWhatAnImportMayDo(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		csv := "First,Email\nAnn,ann@x.example\nBob,bob@x.example\n"
		d.imported(d.Import(csv, asked(map[string]any{"importOperations": map[string]any{"0-1": "UPDATE"}}, contactColumns...)), "DONE 0 0 2")
		d.imported(d.Import(csv, asked(map[string]any{"importOperations": map[string]any{"contacts": "CREATE"}}, contactColumns...)), "DONE 2 0 0")
		d.imported(d.Import(csv, asked(map[string]any{"importOperations": map[string]any{"0-1": "CREATE"}}, contactColumns...)), "DONE 0 0 2")
		d.imported(d.Import(csv, asked(map[string]any{"importOperations": map[string]any{"0-1": "UPDATE"}}, contactColumns...)), "DONE 0 2 0")
		var ids []string
		for _, c := range d.Ask("GET", "/crm/v3/objects/contacts", nil).Get("results").([]any) {
			ids = append(ids, c.(map[string]any)["id"].(string))
		}
		byID := []map[string]any{
			mapping("Id", "0-1", "", "idColumnType", "HUBSPOT_OBJECT_ID"),
			mapping("Last", "0-1", "lastname"),
		}
		one := d.Import("Id,Last\n"+ids[0]+",Lee\n12345,Nobody\nx,Bad\n"+ids[0]+",Lee-Ray\n,New\n", asked(nil, byID...))
		d.imported(one, "DONE 1 1 2")
		if got := d.values("contacts", "lastname"); got != "Lee-Ray  New" {
			t.Errorf("names: %q", got)
		}
	})
}

func TestDatesInTheirOrder(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Ask("POST", "/crm/v3/properties/contacts", map[string]any{"name": "born", "label": "Born", "type": "date", "fieldType": "date", "groupName": "contactinformation"}).Is(201)
		columns := append([]map[string]any{mapping("Born", "0-1", "born")}, contactColumns...)
		for i, c := range []struct{ format, given, want string }{
			{"", "3/4/1990", "1990-03-04"},
			{"MONTH_DAY_YEAR", "12-31-1990", "1990-12-31"},
			{"DAY_MONTH_YEAR", "3/4/1990", "1990-04-03"},
			{"DAY_MONTH_YEAR", "31.12.1990", "1990-12-31"},
			{"YEAR_MONTH_DAY", "1990/3/4", "1990-03-04"},
			{"DAY_MONTH_YEAR", "1990-03-04", "1990-03-04"},
			{"MONTH_DAY_YEAR", "31/12/1990", ""},
		} {
			more := map[string]any{}
			if c.format != "" {
				more["dateFormat"] = c.format
			}
			want := "DONE 1 0 0"
			if c.want == "" {
				want = "DONE 0 0 1"
			}
			email := fmt.Sprintf("%d@x.example", i)
			d.imported(d.Import("Born,First,Email\n"+c.given+",X,"+email+"\n", asked(more, columns...)), want)
			if c.want == "" {
				continue
			}
			if got := d.Ask("GET", "/crm/v3/objects/contacts/"+email+"?idProperty=email&properties=born", nil).Is(200).Get("properties", "born"); got != c.want {
				t.Errorf("%s as %s is %v, want %s", c.given, c.format, got, c.want)
			}
		}
	})
}

func TestImportsThatCannotBegin(t *testing.T) { // API-4
	eachDesk(t, func(t *testing.T, d *desk) {
		for name, request := range map[string]string{
			"no JSON":             "{",
			"no file":             `{"name":"x","files":[]}`,
			"no columns":          asked(nil),
			"an unknown type":     asked(nil, mapping("First", "9-9", "firstname")),
			"an unknown property": asked(nil, mapping("First", "0-1", "nothing")),
			"a read-only one":     asked(nil, mapping("First", "0-1", "createdate")),
			"an unknown kind":     asked(nil, mapping("First", "0-1", "firstname", "columnType", "MAGIC")),
			"no unique property":  asked(nil, mapping("First", "0-1", "firstname", "columnType", "HUBSPOT_ALTERNATE_ID")),
			"a label of nothing":  asked(nil, mapping("First", "0-1", "", "columnType", "FLEXIBLE_ASSOCIATION_LABEL")),
			"an operation":        asked(map[string]any{"importOperations": map[string]any{"0-1": "DELETE"}}, contactColumns...),
			"an operation's type": asked(map[string]any{"importOperations": map[string]any{"9-9": "CREATE"}}, contactColumns...),
			"a date format":       asked(map[string]any{"dateFormat": "STARDATE"}, contactColumns...),
			"an old spreadsheet":  strings.Replace(asked(nil, contactColumns...), `"CSV"`, `"XLS"`, 1),
		} {
			if a := d.Upload("POST", importsV3, "files", "a.csv", "First,Email\n", map[string]string{"importRequest": request}); a.Status != 400 {
				t.Errorf("%s: %d %s", name, a.Status, a.Raw)
			}
		}
		d.Upload("POST", importsV3, "files", "a.csv", "First,Email\n", nil).Is(400)
		d.Upload("POST", importsV3, "files", "", "", map[string]string{"importRequest": asked(nil, contactColumns...)}).Is(400)
		d.Ask("GET", importsV3+"12345", nil).Is(404)
		d.Ask("POST", importsV3+"12345/cancel", nil).Is(404)
		d.Ask("GET", importsV3+"12345/errors", nil).Is(404)
		if list := d.Ask("GET", importsV3, nil).Is(200); len(list.Get("results").([]any)) != 0 {
			t.Errorf("a refused import is listed: %s", list.Raw)
		}
	})
}

func TestImportsByBothPaths(t *testing.T) { // API-1
	eachDesk(t, func(t *testing.T, d *desk) {
		const dated = "/crm/imports/2026-03"
		var ids []any
		for i := range 3 {
			a := d.Upload("POST", dated, "files", "a.csv", fmt.Sprintf("First,Email\nAnn,%d@x.example\n", i),
				map[string]string{"importRequest": asked(nil, contactColumns...)}).Is(200)
			ids = append([]any{a.Get("id")}, ids...)
			d.imported(importsV3+a.Get("id").(string), "DONE 1 0 0")
		}
		for _, base := range []string{dated, strings.TrimSuffix(importsV3, "/"), importsV3} {
			var got []any
			for after := ""; ; {
				page := d.Ask("GET", base+"?limit=2"+after, nil).Is(200)
				for _, im := range page.Get("results").([]any) {
					got = append(got, im.(map[string]any)["id"])
				}
				next, _ := page.Get("paging", "next", "after").(string)
				if next == "" {
					break
				}
				after = "&after=" + next
			}
			if fmt.Sprint(got) != fmt.Sprint(ids) {
				t.Errorf("%s has %v, want %v", base, got, ids)
			}
		}
		d.Ask("GET", importsV3+"?limit=0", nil).Is(400)
		d.Ask("GET", importsV3+"?after=x", nil).Is(400)
		d.Ask("GET", dated+"/x", nil).Is(404)
	})
}

func TestImportsThatFail(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		for csv, says := range map[string]string{
			"Other,Columns\n1,2\n": "has no column",
			"":                     "is empty",
			"First,Email\n\"" + strings.Repeat("x", 5<<20) + "\n": "quotation mark",
		} {
			one := d.Import(csv, asked(nil, contactColumns...))
			d.imported(one, "FAILED 0 0 0")
			got := d.Ask("GET", api+"/imports/"+strings.TrimPrefix(one, importsV3), nil).Is(200)
			if !strings.Contains(got.Get("says").(string), says) {
				t.Errorf("%.20q: %s", csv, got.Raw)
			}
		}
	})
}

// lines are n contacts as a file.
func lines(n int) string {
	var b strings.Builder
	b.WriteString("First,Email\n")
	for i := range n {
		fmt.Fprintf(&b, "Name %d,%d@x.example\n", i, i)
	}
	return b.String()
}

// Whatever stops an import, it goes on after the last row that counts: here its job is stopped after more and more statements,
// in the middle of a transaction or between two.
func TestAnImportThatIsStoppedGoesOn(t *testing.T) { // IMP-1, REL-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		var left atomic.Int64
		var stop atomic.Pointer[context.CancelFunc]
		cfg.Trace = func(statements ...string) {
			if f := stop.Load(); f != nil && left.Add(-int64(len(statements))) <= 0 {
				(*f)()
			}
		}
		d := newDesk(t, cfg)
		one := d.Import(lines(1010), asked(nil, contactColumns...))
		run := d.imports.Handlers()[0].Run
		args := json.RawMessage(`{"id":"` + strings.TrimPrefix(one, importsV3) + `"}`)
		stopped := 0
		for statements := int64(1); statements < 400; statements += 13 {
			ctx, cancel := context.WithCancel(t.Context())
			left.Store(statements)
			stop.Store(&cancel)
			err := run(ctx, job.Run{Args: args})
			stop.Store(nil)
			cancel()
			if err == nil {
				break
			}
			stopped++
		}
		if stopped < 3 {
			t.Errorf("it was stopped %d times only", stopped)
		}
		done := d.imported(one, "DONE 1010 0 0")
		if n := d.count("contacts"); n != 1010 || done.Get("metadata", "counters", "TOTAL_ROWS") != 1010.0 {
			t.Errorf("there are %d contacts: %s", n, done.Raw)
		}
	})
}

// What is in memory does not grow with the file: twenty thousand rows take no more at once than two thousand.
func TestLongFilesPassThrough(t *testing.T) { // IMP-1
	if testing.Short() {
		t.Skip("takes a minute")
	}
	d := newDesk(t, dbtest.SQLite(t))
	most := func(n int) uint64 {
		d.Import(strings.ReplaceAll(lines(n), "@x", fmt.Sprintf("@%d", n)), asked(nil, contactColumns...))
		var peak uint64
		for d.waiting("import.run") {
			if err := d.jobs.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			peak = max(peak, inUse())
		}
		return peak
	}
	small := most(2_000)
	large := most(20_000)
	if n := d.count("contacts"); n != 22_000 {
		t.Errorf("there are %d contacts", n)
	}
	if large > small+48<<20 {
		t.Errorf("%d MB are in memory after a long file, %d after a short one", large>>20, small>>20)
	}
}

// waiting reports whether a job of a kind is to be done.
func (d *desk) waiting(kind string) (yes bool) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		yes, err = db.Value[bool](tx, "SELECT EXISTS (SELECT 1 FROM jobs WHERE kind = $1)", kind)
		return err
	})
	return yes
}

// inUse is how many bytes are in use.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// count counts the records of a type.
func (d *desk) count(table string) (n int64) {
	d.t.Helper()
	dbtest.See(d.t, d.db, func(tx *db.Tx) (err error) {
		n, err = db.Value[int64](tx, "SELECT count(*) FROM "+table+" WHERE archived_at IS NULL")
		return err
	})
	return n
}

func TestAnImportIsCancelledAndUndone(t *testing.T) { // IMP-1
	eachDesk(t, func(t *testing.T, d *desk) {
		d.Ask("POST", "/crm/v3/objects/contacts", map[string]any{"properties": map[string]any{"email": "0@x.example"}}).Is(201)
		off := d.Import(lines(3), asked(nil, contactColumns...))
		undo := api + "/imports/" + strings.TrimPrefix(off, importsV3) + "/undo"
		d.Ask("POST", undo, nil).Is(409)
		if got := d.Ask("POST", off+"/cancel", nil).Is(200); got.Get("status") != "COMPLETE" {
			t.Errorf("cancelled: %s", got.Raw)
		}
		d.imported(off, "CANCELED 0 0 0")
		one := d.Import(lines(450), asked(nil, contactColumns...))
		d.imported(one, "DONE 449 1 0")
		d.Ask("POST", one+"/cancel", nil).Is(200) // it has ended: nothing changes
		d.imported(one, "DONE 449 1 0")
		undo = api + "/imports/" + strings.TrimPrefix(one, importsV3) + "/undo"
		if got := d.Ask("POST", undo, nil).Is(200); got.Get("state") != "DEFERRED" {
			t.Errorf("being undone it is %s", got.Raw)
		}
		d.imported(one, "REVERTED 449 1 0")
		if n := d.count("contacts"); n != 1 {
			t.Errorf("there are %d contacts, want the one that was there", n)
		}
		d.Ask("POST", undo, nil).Is(409)
	})
}

// An import may what its asker may, at the time.
func TestAnImportMayWhatItsAskerMay(t *testing.T) { // ACC-8
	eachDesk(t, func(t *testing.T, d *desk) {
		_, token, err := d.people.AddToken(t.Context(), d.boss.Actor(), "importer", "crm.import", "crm.objects.companies.write")
		if err != nil {
			t.Fatal(err)
		}
		all := d.token
		d.token = token
		refused := d.Import("First,Email\nAnn,ann@x.example\n", asked(nil, contactColumns...))
		good := d.Import("Name,Domain\nX,x.example\n", asked(nil, mapping("Name", "0-2", "name"), mapping("Domain", "0-2", "domain")))
		d.imported(refused, "DONE 0 0 1")
		d.imported(good, "DONE 1 0 0")
		d.token = all
		if n := d.count("contacts"); n != 0 {
			t.Errorf("an app without the scope made %d contacts", n)
		}
		_, other, err := d.people.AddToken(t.Context(), d.boss.Actor(), "other", "crm.objects.contacts.write")
		if err != nil {
			t.Fatal(err)
		}
		d.ask("GET", good, nil, "Bearer "+other).Is(403)
	})
}
