package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// batchTarget is how many records a second batches make on the embedded database, at least.
const batchTarget = 5000

// benchRecords asks HubSpot's records API as an app does, through the whole door, on each database.
func benchRecords(b *testing.B) {
	lines := []string{"| database | asked | p50 | p99 |", "| --- | --- | --- | --- |"}
	b.Run("sqlite", func(b *testing.B) { lines = append(lines, recordsOn(b, "SQLite", dbtest.SQLite(b))...) })
	b.Run("postgres", func(b *testing.B) { lines = append(lines, recordsOn(b, "PostgreSQL", dbtest.Postgres(b))...) })
	writeSection(b, "records", machine()+strings.Join(lines, "\n")+"\n")
}

// client asks a desk as its app.
type client struct {
	door  http.Handler
	token string
}

func (c client) ask(method, path, body string, want int) (string, error) {
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.door.ServeHTTP(w, req)
	if w.Code != want {
		return "", fmt.Errorf("%s %s answered %d: %.300s", method, path, w.Code, w.Body)
	}
	return w.Body.String(), nil
}

func recordsOn(b *testing.B, database string, cfg db.Config) (lines []string) {
	b.Helper()
	d := newDesk(b, cfg)
	c := client{d.gate.Door(), d.token}
	contact := d.Ask("POST", objects+"contacts", `{"properties":{"email":"ann@example.org"}}`).Is(http.StatusCreated).Get("id").(string)
	one := `{"properties":{"subject":"Lamp %d","content":"It flickers.","hs_pipeline":"0","hs_pipeline_stage":"1","hs_ticket_priority":"HIGH"},` +
		`"associations":[{"to":{"id":"` + contact + `"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":16}]}]}`
	hundred := make([]string, batchRecords)
	for i := range hundred {
		hundred[i] = fmt.Sprintf(one, i)
	}
	all := `{"inputs":[` + strings.Join(hundred, ",") + `]}`
	ids := d.Ask("POST", objects+"tickets/batch/create", all).Is(http.StatusCreated).ids()
	at := func(n int) string { return objects + "tickets/" + ids[n%len(ids)] }
	run := func(name string, ask func(n int) error) {
		s := sample(b, ask)
		s.report(b, name)
		lines = append(lines, fmt.Sprintf("| %s | %s | %s | %s |", database, strings.ReplaceAll(name, "-", " "), millis(s.at(0.5)), millis(s.at(0.99))))
	}
	run("create", func(n int) error {
		_, err := c.ask("POST", objects+"tickets", fmt.Sprintf(one, n), http.StatusCreated)
		return err
	})
	run("read", func(n int) error {
		_, err := c.ask("GET", at(n)+"?associations=contacts", "", http.StatusOK)
		return err
	})
	run("update", func(n int) error {
		_, err := c.ask("PATCH", at(n), fmt.Sprintf(`{"properties":{"content":"Seen %d times."}}`, n), http.StatusOK)
		return err
	})
	run("associations", func(n int) error {
		_, err := c.ask("GET", objects+"contacts/"+contact+"?associations=tickets", "", http.StatusOK)
		return err
	})
	end, made := measure(), 0
	run("batch-create-100", func(int) error {
		made += batchRecords
		_, err := c.ask("POST", objects+"tickets/batch/create", all, http.StatusCreated)
		return err
	})
	took := end()
	rate, micros := float64(made)/took.time.Seconds(), float64(took.busy.Microseconds())/float64(made)
	b.ReportMetric(rate, "records/s")
	b.ReportMetric(micros, "cpu-us/record")
	target := ""
	if database == "SQLite" {
		target = fmt.Sprintf("; the target of %d a second is met: %s", batchTarget, verdict(rate >= batchTarget))
	}
	return append(lines, fmt.Sprintf("| %s | records in batches: %.0f a second, %.0f µs of processor time each%s | | |", database, rate, micros, target))
}

// batchRecords is how many records one batch makes.
const batchRecords = 100
