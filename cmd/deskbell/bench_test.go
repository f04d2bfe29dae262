package main

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkDesk measures the program against the numbers it promises (PERF-1, PERF-3, PERF-5, PERF-6) and, when
// DESKBELL_BENCH_PAGE names the page, writes what it found between the page's marks. scripts/bench.sh runs it once:
//
//	DESKBELL_BENCH_TICKETS=1000000 scripts/bench.sh
//
// measures with a million tickets, "100000 1000000" with both sizes.
func BenchmarkDesk(b *testing.B) {
	for _, n := range benchSizes(b) {
		b.Run(fmt.Sprintf("read=%d", n), func(b *testing.B) { benchReads(b, n) })
		b.Run(fmt.Sprintf("hubspot=%d", n), func(b *testing.B) { benchHubSpot(b, n) })
	}
	b.Run("arrivals", benchArrivals)
	b.Run("records", benchRecords)
	b.Run("webhooks", benchWebhooks)
	b.Run("start", benchStart)
	b.Run("size", benchSize)
}

func benchSizes(b *testing.B) []int64 {
	b.Helper()
	text := os.Getenv("DESKBELL_BENCH_TICKETS")
	if text == "" {
		text = "100000"
	}
	var out []int64
	for word := range strings.FieldsSeq(text) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil || n < 1000 {
			b.Fatalf("DESKBELL_BENCH_TICKETS: %q is no number of tickets from 1000 up", word)
		}
		out = append(out, n)
	}
	return out
}

func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

const (
	samplesMost = 2000            // of one kind of request
	samplesTime = 5 * time.Second // a kind this slow is measured less often
	warmUp      = 100
)

// samples are how long requests of one kind took, sorted.
type samples []time.Duration

// sample runs something many times, one after another.
func sample(b *testing.B, run func(n int) error) samples {
	b.Helper()
	return sampleOf(b, samplesMost, samplesTime, run)
}

// sampleOf is sample with bounds of its own.
func sampleOf(b *testing.B, most int, long time.Duration, run func(n int) error) samples {
	b.Helper()
	began := time.Now()
	for n := 0; n < warmUp && time.Since(began) < long/4; n++ {
		if err := run(n); err != nil {
			b.Fatal(err)
		}
	}
	runtime.GC() // what was measured before must not be swept up in this
	began = time.Now()
	var all samples
	for n := 0; n < most && time.Since(began) < long; n++ {
		start := time.Now()
		if err := run(warmUp + n); err != nil {
			b.Fatal(err)
		}
		all = append(all, time.Since(start))
	}
	slices.Sort(all)
	return all
}

// at is the time that a share of the requests, from 0 to 1, did not exceed.
func (s samples) at(share float64) time.Duration {
	return s[min(len(s)-1, int(share*float64(len(s))))]
}

func (s samples) report(b *testing.B, name string) {
	b.ReportMetric(s.at(0.5).Seconds()*1000, name+"-p50-ms")
	b.ReportMetric(s.at(0.99).Seconds()*1000, name+"-p99-ms")
}

// millis is a time for the page.
func millis(d time.Duration) string { return strconv.FormatFloat(d.Seconds()*1000, 'f', 1, 64) }

// writeSection writes a part of the page between its own marks.
func writeSection(b *testing.B, name, text string) {
	b.Helper()
	b.Logf("%s\n%s", name, text)
	page := os.Getenv("DESKBELL_BENCH_PAGE")
	if page == "" {
		return
	}
	old, err := os.ReadFile(page)
	if err != nil {
		b.Fatal(err)
	}
	begin, end := "<!-- measured: "+name+" -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		b.Fatalf("%s has no marks %q … %q", page, strings.TrimSpace(begin), end)
	}
	if err := os.WriteFile(page, []byte(before+begin+text+end+after), 0o644); err != nil {
		b.Fatal(err)
	}
}

// machine says on what and when a section was measured.
func machine() string {
	return fmt.Sprintf("Measured %s on %d cores (%s, %s/%s), %s.\n\n", time.Now().UTC().Format("2 January 2006"), runtime.NumCPU(), processor(),
		runtime.GOOS, runtime.GOARCH, runtime.Version())
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown processor"
}

// verdict compares a figure with its target.
func verdict(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**"
}
