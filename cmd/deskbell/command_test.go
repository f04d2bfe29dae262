package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
)

// ran is how a command ended.
type ran struct {
	out, err string
	code     int
}

const commandTime = 30 * time.Second

// command runs the program with arguments as a shell would, with more in its environment.
func command(t *testing.T, env []string, args ...string) ran {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), asProgram+"=1"), env...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}
}

// on is the flags that name a database.
func on(cfg db.Config, dir string) []string {
	args := []string{"--data", dir}
	if strings.HasPrefix(cfg.URL, "postgres") {
		args = append(args, "--database", cfg.URL)
	}
	return args
}

func TestVersionCommand(t *testing.T) {
	if got := command(t, nil, "version"); got.code != 0 || got.out != "deskbell "+version+"\n" {
		t.Errorf("%+v", got)
	}
}

func TestUnknownWordsAreRefused(t *testing.T) { // OPS-1
	for _, args := range [][]string{{"fly"}, {"serve", "--wings"}, {"serve"}, {"user", "add", "--data", "x"}} {
		if got := command(t, nil, args...); got.code != 1 || got.err == "" || got.out != "" && !strings.Contains(got.out, "Usage:") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

func TestNoFolderIsNotTheCurrentOne(t *testing.T) { // OPS-1
	if got := command(t, []string{"DESKBELL_DATA="}, "migrate"); got.code != 1 || !strings.Contains(got.err, "--data must name a folder") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat("deskbell.db"); err == nil {
		t.Error("a database was made in the current folder")
	}
}

func TestMigrateTwice(t *testing.T) { // REL-2
	dir := filepath.Join(t.TempDir(), "new", "folder")
	first := command(t, nil, "migrate", "--data", dir)
	if first.code != 0 || !strings.HasPrefix(first.out, "applied migration 1\napplied migration 2\n") {
		t.Fatalf("the first time: %+v", first)
	}
	second := command(t, nil, "migrate", "--data", dir)
	if second.code != 0 || second.out != "the database is up to date\n" {
		t.Errorf("the second time: %+v", second)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("only its owner may look into the data folder: %v %v", info.Mode(), err)
	}
}

func TestUserAddCommand(t *testing.T) { // ACC-1, ACC-7
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		dir := t.TempDir()
		add := func(env []string, more ...string) ran {
			return command(t, env, append(append([]string{"user", "add"}, on(cfg, dir)...), more...)...)
		}
		if got := add([]string{"DESKBELL_PASSWORD=" + bossPassword}, "--email", "Ada@Desk.localhost", "--name", "Ada Lee", "--super-admin"); got.code != 0 ||
			got.out != "added ada@desk.localhost\n" {
			t.Fatalf("%+v", got)
		}
		for name, c := range map[string]struct {
			args  []string
			words string
		}{
			"same address":   {[]string{"--email", "ada@desk.localhost", "--name", "Ada Two", "--password", bossPassword}, "already"},
			"short password": {[]string{"--email", "bob@desk.localhost", "--name", "Bob", "--password", "short"}, "8 characters"},
			"no address":     {[]string{"--email", "bob", "--name", "Bob", "--password", bossPassword}, "mail"},
		} {
			if got := add(nil, c.args...); got.code != 1 || got.out != "" || !strings.Contains(got.err, c.words) {
				t.Errorf("%s: %+v", name, got)
			}
		}
		p := open(t, cfg, dir)
		if _, u, err := p.people.SignIn(context.Background(), "ada@desk.localhost", bossPassword, "test", "127.0.0.1"); err != nil || !u.SuperAdmin {
			t.Errorf("Ada signs in: %+v %v", u, err)
		}
	})
}

// open puts the program together on data that a command left.
func open(t *testing.T, cfg db.Config, dir string) *program {
	t.Helper()
	st := store{Data: dir}
	if strings.HasPrefix(cfg.URL, "postgres") {
		st.Database = cfg.URL
	}
	p, err := wire(context.Background(), newConfig(st, network{Listen: "127.0.0.1:0"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func TestTokenAddCommandPrintsOnlyTheToken(t *testing.T) { // ACC-8
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		dir := t.TempDir()
		got := command(t, nil, append([]string{"token", "add", "--name", "nightly export"}, on(cfg, dir)...)...)
		token := strings.TrimSuffix(got.out, "\n")
		if got.code != 0 || token == "" || strings.ContainsAny(token, " \n") {
			t.Fatalf("%+v", got)
		}
		a, err := open(t, cfg, dir).people.TokenOf(context.Background(), token)
		if err != nil || a.Name != "nightly export" {
			t.Errorf("the token opens %+v, %v", a, err)
		}
	})
}

func TestFlagsFromFileAndEnvironment(t *testing.T) { // OPS-1
	dir, other := t.TempDir(), t.TempDir()
	file := filepath.Join(t.TempDir(), "deskbell.json")
	write := func(v map[string]any) {
		t.Helper()
		raw, err := json.Marshal(v)
		if err == nil {
			err = os.WriteFile(file, raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	there := func(dir string) bool {
		_, err := os.Stat(filepath.Join(dir, "deskbell.db"))
		return err == nil
	}
	write(map[string]any{"data": dir})
	if got := command(t, nil, "--config", file, "migrate"); got.code != 0 || !there(dir) {
		t.Errorf("data from the file: %+v", got)
	}
	if got := command(t, []string{"DESKBELL_DATA=" + other}, "migrate"); got.code != 0 || !there(other) {
		t.Errorf("data from the environment: %+v", got)
	}
	third := t.TempDir()
	if got := command(t, []string{"DESKBELL_DATA=" + other}, "--config", file, "migrate", "--data", third); got.code != 0 || !there(third) {
		t.Errorf("what is typed comes before the file and the environment: %+v", got)
	}
	if err := os.WriteFile(file, []byte(`{"data":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := command(t, nil, "--config", file, "migrate"); got.code != 1 || got.err == "" {
		t.Errorf("a broken file: %+v", got)
	}
	if got := command(t, nil, "--config", file+".missing", "migrate"); got.code != 1 || !strings.Contains(got.err, "missing") {
		t.Errorf("no file: %+v", got)
	}
}

func TestDoctorSaysWhatToFix(t *testing.T) { // OPS-1
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		dir := t.TempDir()
		well := command(t, nil, append([]string{"doctor"}, on(cfg, dir)...)...)
		if well.code != 0 || strings.Contains(well.out, "FIX") {
			t.Errorf("a good folder: %+v", well)
		}
		for _, what := range []string{"clock", "storage", "database", "mail"} {
			if !strings.Contains(well.out, "ok   "+what) {
				t.Errorf("nothing is said of %s: %s", what, well.out)
			}
		}
		if left, err := filepath.Glob(filepath.Join(dir, "*.tmp")); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})
}

func TestDoctorOnBrokenData(t *testing.T) { // OPS-1
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "deskbell.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		fix  string
	}{
		"a file in place of the folder": {[]string{"--data", file}, "FIX  storage"},
		"a file that is no database":    {[]string{"--data", broken}, "FIX  database"},
		"no server at the address":      {[]string{"--data", t.TempDir(), "--database", "postgres://desk@127.0.0.1:1/desk?sslmode=disable"}, "FIX  database"},
	} {
		got := command(t, nil, append([]string{"doctor"}, c.args...)...)
		if got.code != 1 || !strings.Contains(got.out, c.fix) || !strings.Contains(got.out, "→") || !strings.Contains(got.err, errUnwell.Error()) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNamesInMail(t *testing.T) { // MAIL-3
	for _, c := range []struct{ listen, base, url, host string }{
		{"127.0.0.1:8080", "", "http://127.0.0.1:8080", "localhost"},
		{"[::1]:8080", "", "http://[::1]:8080", "localhost"},
		{":8080", "", "http://:8080", "localhost"},
		{"0.0.0.0:80", "https://help.example.org", "https://help.example.org", "help.example.org"},
		{"0.0.0.0:80", "https://help.example.org:8443/desk", "https://help.example.org:8443/desk", "help.example.org"},
		{"127.0.0.1:80", "%", "%", "localhost"},
	} {
		n := network{Listen: c.listen, BaseURL: c.base}
		if n.baseURL() != c.url || n.host() != c.host {
			t.Errorf("%s, %s: %s and %s", c.listen, c.base, n.baseURL(), n.host())
		}
	}
}

// serve answers until it is told to stop, and then stops with nothing wrong (OPS-1).
func TestServeStopsWhenTold(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	p, err := wire(ctx, newConfig(store{Data: t.TempDir()}, network{Listen: free(t), SMTP: free(t)}))
	if err != nil {
		t.Fatal(err)
	}
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- errors.Join(p.run(ctx, func() { close(ready) }), p.close()) }()
	<-ready
	for _, path := range []string{"/healthz", "/readyz", "/"} {
		res, err := http.Get(p.cfg.baseURL() + path)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %v", path, res.StatusCode, err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A second server on the same address says so in plain words, and leaves nothing running (OPS-1).
func TestServeSaysThatTheAddressIsTaken(t *testing.T) {
	taken := newSink(t).addr
	for words, n := range map[string]network{"listen for the app": {Listen: taken, SMTP: "none"}, "listen for mail": {Listen: free(t), SMTP: taken}} {
		p, err := wire(t.Context(), newConfig(store{Data: t.TempDir()}, n))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.run(t.Context(), func() { t.Error("ready") }); err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "in use") {
			t.Errorf("%s: %v", words, err)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
}
