package dbtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/deskbell/deskbell/db"
)

// EnvPostgres names a running PostgreSQL server to make test databases in, so that one server serves a whole run.
const EnvPostgres = "DESKBELL_TEST_POSTGRES"

// server is the PostgreSQL of this test process, made when first asked for.
var server = sync.OnceValues(startServer)

// Postgres is a migrated database of its own on the process's PostgreSQL; the test is skipped without its binaries.
func Postgres(t testing.TB) db.Config {
	t.Helper()
	s, err := server()
	if err != nil {
		t.Fatal(err)
	}
	if s == nil {
		t.Skip("PostgreSQL's binaries are not on this machine")
	}
	return config(s.database(t))
}

// Server is a PostgreSQL server that makes databases from a migrated template.
type Server struct {
	base     *url.URL
	template string
	stop     func()
}

func startServer() (*Server, error) {
	if base := os.Getenv(EnvPostgres); base != "" {
		return newServer(base, func() {})
	}
	return StartServer()
}

// StartServer starts PostgreSQL's binaries in a temporary folder, on loopback; nil without an error if there are none.
// It ends, and its folder with it, when this process does, however that happens.
func StartServer() (*Server, error) {
	bin := binaries()
	if bin == "" {
		return nil, nil
	}
	sweep(os.TempDir(), time.Now())
	dir, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	owner, err := owner(dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(dir, "data")
	if out, err := command(owner, filepath.Join(bin, "initdb"), "-D", data, "-U", "desk", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// Without fsync: these tests are about behaviour; the fault test has its own.
	stop, err := guard(owner, dir, filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-k", dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=400", "-c", "shared_buffers=64MB")
	if err != nil {
		return nil, err
	}
	return newServer(fmt.Sprintf("postgres://desk@127.0.0.1:%d/postgres?sslmode=disable", port), stop)
}

// whileRead runs the words behind the folder's name until its own standard input ends, and removes the folder then.
const whileRead = `dir=$1; shift; "$@" </dev/null & read -r _; kill -QUIT $!; wait $!; rm -rf "$dir"`

// guard runs a server below a shell that outlives this process by a moment: the pipe between them closes even when this process
// is killed.
func guard(owner *syscall.Credential, dir, name string, args ...string) (stop func(), err error) {
	sh := command(owner, "/bin/sh", append([]string{"-c", whileRead, "sh", dir, name}, args...)...)
	sh.SysProcAttr.Setpgid = true // the interrupt that ends a test is not the shell's
	pipe, err := sh.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := sh.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = pipe.Close()
		_ = sh.Wait()
	}, nil
}

func newServer(base string, stop func()) (*Server, error) {
	u, err := url.Parse(base)
	if err != nil {
		stop()
		return nil, err
	}
	s := &Server{base: u, stop: stop, template: fmt.Sprintf("desk_template_%d_%x", os.Getpid(), time.Now().UnixNano())}
	if err := s.makeTemplate(); err != nil {
		stop()
		return nil, err
	}
	return s, nil
}

// URL is the address of the server's own database.
func (s *Server) URL() string { return s.base.String() }

// Stop ends the server and removes its folder.
func (s *Server) Stop() { s.stop() }

func (s *Server) makeTemplate() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	for {
		if err = s.admin(ctx, "CREATE DATABASE "+s.template); err == nil || ctx.Err() != nil {
			break
		}
		if !starting(err) {
			break
		}
		time.Sleep(20 * time.Millisecond) // the server is starting; it has no moment to wait on
	}
	if err != nil {
		return err
	}
	_, err = db.Migrate(ctx, s.named(s.template))
	return err
}

func (s *Server) named(name string) string {
	u := *s.base
	u.Path = "/" + name
	return u.String()
}

func (s *Server) admin(ctx context.Context, statement string) error {
	c, err := pgx.Connect(ctx, s.base.String())
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	return err
}

func (s *Server) database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("desk_%d_%d", os.Getpid(), time.Now().UnixNano())
	ctx := context.Background()
	if err := s.admin(ctx, "CREATE DATABASE "+name+" TEMPLATE "+s.template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.admin(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.named(name)
}

// starting tells a server that is not there yet from one that refuses for good.
func starting(err error) bool {
	return strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "starting up")
}

func binaries() string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	if p, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(p)
	}
	return ""
}

// owner is who runs PostgreSQL, which refuses to run as root.
func owner(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}

func command(c *syscall.Credential, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c}
	cmd.Dir = os.TempDir()
	return cmd
}

const (
	folderPrefix = "deskbell-pg-"
	folderGrace  = 10 * time.Minute // a server that just starts has no process yet
)

// sweep removes the folders of servers that are gone, left behind where a whole machine or container was ended.
func sweep(temp string, now time.Time) {
	folders, _ := filepath.Glob(filepath.Join(temp, folderPrefix+"*"))
	for _, dir := range folders {
		info, err := os.Stat(dir)
		if err != nil || now.Sub(info.ModTime()) < folderGrace || serves(dir) {
			continue
		}
		// Another's folder may refuse; its owner will sweep it.
		_ = os.RemoveAll(dir)
	}
}

// serves reports whether the postmaster of a folder still runs.
func serves(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return false
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	return err == nil && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
