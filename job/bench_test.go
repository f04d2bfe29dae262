package job_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/job"
)

// BenchmarkEnqueueAndRun is a job from its enqueuer's commit to its deletion, with 16 enqueuers and a runner at work
// beside them. Bounds here are many at once; TestRunWakesForNewJobs is about one.
func BenchmarkEnqueueAndRun(b *testing.B) {
	for name, open := range map[string]func(testing.TB) db.Config{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) {
			cfg := open(b)
			cfg.Clock = clock.System{}
			d := dbtest.Open(b, cfg)
			var left atomic.Int64
			left.Store(int64(b.N))
			over := make(chan struct{})
			start(b, runner(b, d, job.Config{Workers: map[string]int{"default": 16}}, job.Handler{Kind: "a", Run: func(context.Context, job.Run) error {
				if left.Add(-1) == 0 {
					close(over)
				}
				return nil
			}}))
			b.ResetTimer()
			var next atomic.Int64
			var callers sync.WaitGroup
			for range 16 {
				callers.Go(func() {
					for next.Add(1) <= int64(b.N) {
						enqueue(b, d, job.Spec{Kind: "a", Args: "a"})
					}
				})
			}
			callers.Wait()
			<-over
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}
