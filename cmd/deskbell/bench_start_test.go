package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The targets of PERF-5 and PERF-6; bytes are counted in millions and thousands.
const (
	startTarget  = 300 * time.Millisecond
	idleTarget   = 60_000_000
	binaryTarget = 60_000_000
	scriptTarget = 250_000

	starts   = 15
	restTime = 3 * time.Second
)

// benchBinary is the program that is measured from outside: the one that make built, or one built here.
func benchBinary(b *testing.B) string {
	b.Helper()
	if file := os.Getenv("DESKBELL_BENCH_BINARY"); file != "" {
		return file
	}
	file := filepath.Join(b.TempDir(), "deskbell")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return file
}

// benchStart starts the program on a seeded desk again and again, until it answers, and looks at its memory when nobody
// asks it anything.
func benchStart(b *testing.B) {
	tickets := slices.Max(benchSizes(b))
	binary, dir := benchBinary(b), seeded(b, tickets)
	var times samples
	for range starts {
		p := launch(b, binary, dir)
		times = append(times, p.answered)
		p.stop(b)
	}
	slices.Sort(times)
	p := launch(b, binary, dir)
	defer p.stop(b)
	idle := time.NewTimer(restTime)
	<-idle.C
	resident := p.resident(b)
	times.report(b, "start")
	b.ReportMetric(float64(resident)/1e6, "idle-MB")
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	writeSection(b, "start", machine()+fmt.Sprintf(`| | measured | target | met |
| --- | --- | --- | --- |
| start to first answer, %d tickets, median of %d | %s ms | %s ms | %s |
| the slowest of them | %s ms | | |
| resident memory, idle | %.1f MB | %.0f MB | %s |
| binary | %.1f MB | %.0f MB | %s |
`, tickets, starts, millis(times.at(0.5)), millis(startTarget), verdict(times.at(0.5) < startTarget), millis(times.at(1)),
		float64(resident)/1e6, idleTarget/1e6, verdict(resident < idleTarget), float64(info.Size())/1e6, binaryTarget/1e6, verdict(info.Size() < binaryTarget)))
}

// launched is a program that runs.
type launched struct {
	cmd      *exec.Cmd
	log      *bytes.Buffer
	answered time.Duration
}

// launch starts the program and waits for its first answer.
func launch(b *testing.B, binary, dir string) *launched {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
	p := &launched{cmd: exec.Command(binary, "serve", "--data", dir, "--listen", addr, "--smtp", "none"), log: &bytes.Buffer{}}
	p.cmd.Stderr = p.log
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		res, err := http.Get("http://" + addr + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				p.answered = time.Since(began)
				return p
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
			b.Fatalf("no answer within a minute:\n%s", p.log)
		}
	}
}

func (p *launched) stop(b *testing.B) {
	b.Helper()
	if err := errors.Join(p.cmd.Process.Signal(os.Interrupt), p.cmd.Wait()); err != nil {
		b.Fatalf("%v\n%s", err, p.log)
	}
}

// resident is the process's memory in bytes.
func (p *launched) resident(b *testing.B) int64 {
	b.Helper()
	if out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(p.cmd.Process.Pid)).Output(); err == nil {
		kb, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		return kb * 1024
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return kb * 1024
}

// bundled is one file of the bundle and what it needs, as Vite's manifest says.
type bundled struct {
	File    string   `json:"file"`
	Imports []string `json:"imports"` // needed before it runs
}

// workspace are the files of the bundle by which the workspace begins: the app, and the page with the views.
var workspace = []string{"index.html", "src/features/views/pages.tsx"}

// benchSize adds up the scripts of the web app, compressed as a server would.
func benchSize(b *testing.B) {
	dist := filepath.Join("..", "..", "web", "dist")
	text, err := os.ReadFile(filepath.Join(dist, ".vite", "manifest.json"))
	if err != nil {
		b.Fatalf("the web app is not built: run make web (%v)", err)
	}
	chunks := map[string]bundled{}
	if err := json.Unmarshal(text, &chunks); err != nil {
		b.Fatal(err)
	}
	first := map[string]bool{}
	var need func(name string)
	need = func(name string) {
		c, ok := chunks[name]
		if !ok {
			b.Fatalf("the bundle has no %s: has the page moved?", name)
		}
		if !first[c.File] {
			first[c.File] = true
			for _, i := range c.Imports {
				need(i)
			}
		}
	}
	for _, name := range workspace {
		need(name)
	}
	var start, all, largest int64
	largestName := ""
	for _, c := range chunks {
		if path.Ext(c.File) != ".js" {
			continue
		}
		n := compressed(b, filepath.Join(dist, filepath.FromSlash(c.File)))
		all += n
		if first[c.File] {
			start += n
		} else if n > largest {
			largest, largestName = n, path.Base(c.File)
		}
	}
	b.ReportMetric(float64(start)/1e3, "first-load-KB")
	writeSection(b, "size", machine()+fmt.Sprintf(`| scripts of the web app, gzip | measured | target | met |
| --- | --- | --- | --- |
| first load of the workspace, %d files | %.0f KB | %.0f KB | %s |
| largest that comes later (%s) | %.0f KB | | |
| all | %.0f KB | | |
`, len(first), float64(start)/1e3, scriptTarget/1e3, verdict(start <= scriptTarget), strings.SplitN(largestName, "-", 2)[0], float64(largest)/1e3, float64(all)/1e3))
}

func compressed(b *testing.B, file string) int64 {
	b.Helper()
	in, err := os.Open(file)
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := io.Copy(z, in); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	return int64(out.Len())
}
