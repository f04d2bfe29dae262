package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// benchWebhooks measures how fast what happened reaches a server on this machine (API-8), on each database.
func benchWebhooks(b *testing.B) {
	lines := []string{"| database | events told a second | requests | processor time an event | of that, queueing it |", "| --- | --- | --- | --- | --- |"}
	b.Run("sqlite", func(b *testing.B) { lines = append(lines, webhooksOn(b, "SQLite", dbtest.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) { lines = append(lines, webhooksOn(b, "PostgreSQL", dbtest.Postgres(b))) })
	writeSection(b, "webhooks", machine()+strings.Join(lines, "\n")+"\n")
}

const toldMost = 20_000 // events of one measurement

func webhooksOn(b *testing.B, database string, cfg db.Config) (line string) {
	b.Helper()
	d := newDesk(b, cfg)
	var events, posts atomic.Int64
	all := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			b.Error(err)
		}
		posts.Add(1)
		if n := events.Add(int64(bytes.Count(body, []byte(`"eventId":`)))); n == toldMost {
			close(all)
		}
	}))
	b.Cleanup(server.Close)
	c := client{d.gate.Door(), d.token}
	fill := func() cost {
		end := measure()
		for done := 0; done < toldMost; done += batchRecords {
			inputs := strings.Repeat(fmt.Sprintf(`,{"properties":{"subject":"Lamp %d","hs_pipeline":"0","hs_pipeline_stage":"1"}}`, done), batchRecords)[1:]
			if _, err := c.ask("POST", objects+"tickets/batch/create", `{"inputs":[`+inputs+`]}`, http.StatusCreated); err != nil {
				b.Fatal(err)
			}
		}
		return end()
	}
	without := fill()
	d.SignIn(d.boss).Ask("POST", api+"/webhooks", map[string]any{"name": "Bench", "url": server.URL, "concurrency": 16,
		"events": []any{map[string]any{"eventType": "ticket.creation"}}}).Is(http.StatusCreated)
	with := fill()
	d.clock.Advance(time.Minute)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.jobs.Run(ctx) }()
	end := measure()
	select {
	case <-all:
	case <-time.After(time.Minute):
		b.Fatalf("told of %d of %d events in a minute", events.Load(), toldMost)
	}
	took := end()
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	perEvent := func(c cost) float64 { return float64(c.busy.Microseconds()) / toldMost }
	rate := toldMost / took.time.Seconds()
	b.ReportMetric(rate, "events/s")
	queueing := max(0, perEvent(with)-perEvent(without))
	return fmt.Sprintf("| %s | %.0f | %d | %.0f µs | %.0f µs |", database, rate, posts.Load(), perEvent(took)+queueing, queueing)
}
