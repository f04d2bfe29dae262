package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
)

// BenchmarkArrival is a raw mail on its whole road: stored, understood, a ticket (PERF-3). Sixty-four senders at one time.
func BenchmarkArrival(b *testing.B) {
	d := openDesk(b, dbtest.SQLite(b))
	d.quiet = true
	runner, err := job.NewRunner(d.DB, slog.New(slog.DiscardHandler), job.Config{Workers: map[string]int{"intake": 32}}, d.intake.Handlers()...)
	d.must(err)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- runner.Run(running) }()
	sink := d.intake.Sink(d.builtin.ID)
	arrived := d.arrivals(b.N)
	b.ResetTimer()
	var senders sync.WaitGroup
	for s := range 64 {
		senders.Go(func() {
			for i := s; i < b.N; i += 64 {
				l := letter{from: fmt.Sprintf("p%d@x%d.example", i, i%100), to: "support@desk.localhost", subject: fmt.Sprint("Lamp ", i), body: "It is dark."}
				if err := sink.Deliver(ctx, channel.Raw{ExternalID: fmt.Sprint(i), ReceivedAt: d.clock.Now(), EnvelopeTo: []string{l.to}, Body: l.raw()}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	senders.Wait()
	<-arrived
	b.StopTimer()
	stop()
	d.must(<-ended)
}
