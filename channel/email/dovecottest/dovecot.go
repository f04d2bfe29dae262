// Package dovecottest starts Debian's Dovecot on loopback with a folder of its own, as a real IMAP and LMTP server
// for tests. It knows nothing of channels.
package dovecottest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// binary is where Debian has it; it is not on everybody's path.
const binary = "/usr/sbin/dovecot"

// startLimit is how long Dovecot may take to answer.
const startLimit = 20 * time.Second

// ErrAbsent says that this machine has no Dovecot.
var ErrAbsent = errors.New("dovecot is not installed (Debian: dovecot-imapd dovecot-lmtpd)")

// Server is a running Dovecot. Every address is a mailbox there, with the same password.
type Server struct {
	IMAPAddr string // host:port without TLS
	LMTPAddr string // host:port
	User     string // a mailbox to use
	Password string

	dir string
	cmd *exec.Cmd
}

// Start starts a server that ends with the test, and skips the test where there is none to start.
func Start(t testing.TB) *Server {
	t.Helper()
	s, err := Launch(t.Context())
	if errors.Is(err, ErrAbsent) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Launch starts a server; the caller stops it. ctx bounds the start only.
func Launch(ctx context.Context) (*Server, error) {
	if _, err := os.Stat(binary); err != nil {
		return nil, ErrAbsent
	}
	// Not a test's own folder: as root, Dovecot's processes are other users, who must be able to get there.
	dir, err := os.MkdirTemp("", "dovecot")
	if err != nil {
		return nil, err
	}
	s := &Server{User: "support@desk.example", Password: "dovecot-test", dir: dir}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting dovecot: %w", err), s.Stop())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	ports, err := freePorts(2)
	if err != nil {
		return err
	}
	s.IMAPAddr, s.LMTPAddr = "127.0.0.1:"+ports[0], "127.0.0.1:"+ports[1]
	who, err := mailUser()
	if err != nil {
		return err
	}
	mail := filepath.Join(s.dir, "mail")
	if err := errors.Join(os.Chmod(s.dir, 0o755), os.Mkdir(mail, 0o700)); err != nil {
		return err
	}
	if who.root {
		if err := os.Chown(mail, who.uid, who.gid); err != nil {
			return err
		}
	}
	config := filepath.Join(s.dir, "dovecot.conf")
	if err := os.WriteFile(config, []byte(s.config(ports, who)), 0o600); err != nil {
		return err
	}
	s.cmd = exec.Command(binary, "-F", "-c", config)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for _, address := range []string{s.IMAPAddr, s.LMTPAddr} {
		if err := greeted(ctx, address); err != nil {
			return fmt.Errorf("%w; its log says: %s", err, s.Log())
		}
	}
	return nil
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	if s.cmd != nil && s.cmd.Process != nil {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // gone already is as good
		done := make(chan struct{})
		go func() {
			_ = s.cmd.Wait() // how it ends does not matter
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
	}
	return os.RemoveAll(s.dir)
}

// Deliver hands a mail to the server by LMTP; it is in the mailbox when Deliver returns.
func (s *Server) Deliver(from, to, mail string) error {
	conn, err := net.DialTimeout("tcp", s.LMTPAddr, 5*time.Second)
	if err != nil {
		return err
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	if err := c.SendMail(from, []string{to}, strings.NewReader(mail)); err != nil {
		return err
	}
	return c.Quit()
}

// Log returns what the server wrote, without what is always there.
func (s *Server) Log() string {
	log, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(log))
}

// account is whom mail belongs to.
type account struct {
	name     string
	uid, gid int
	root     bool // we are root, and it is another user
}

func mailUser() (account, error) {
	name := ""
	if os.Getuid() == 0 {
		name = "nobody" // Dovecot never reads mail as root
	}
	who, err := user.Current()
	if name != "" {
		who, err = user.Lookup(name)
	}
	if err != nil {
		return account{}, err
	}
	a := account{name: who.Username, root: name != ""}
	_, err = fmt.Sscan(who.Uid+" "+who.Gid, &a.uid, &a.gid)
	return a, err
}

// config is for Dovecot 2.3.
func (s *Server) config(ports []string, who account) string {
	internal := ""
	if !who.root {
		// Without root no process can change its user or its root folder.
		internal = fmt.Sprintf("default_internal_user = %[1]s\ndefault_login_user = %[1]s\n", who.name)
		if group, err := user.LookupGroupId(fmt.Sprint(who.gid)); err == nil {
			internal += "default_internal_group = " + group.Name + "\n"
		}
		internal += "service anvil {\n  chroot =\n}\nservice imap-login {\n  chroot =\n}\n"
	}
	return strings.NewReplacer("DIR", s.dir, "IMAP_PORT", ports[0], "LMTP_PORT", ports[1], "PASSWORD", s.Password,
		"UID", fmt.Sprint(who.uid), "GID", fmt.Sprint(who.gid)).Replace(`
base_dir = DIR/run
state_dir = DIR/run
log_path = DIR/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:~/Maildir
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = static
  args = password=PASSWORD
}
userdb {
  driver = static
  args = uid=UID gid=GID home=DIR/mail/%u allow_all_users=yes
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = IMAP_PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = LMTP_PORT
  }
}
`) + internal
}

// freePorts finds ports nobody listens on. Another program may take one before Dovecot does; its start then fails.
func freePorts(n int) ([]string, error) {
	var ports []string
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close()
		_, port, _ := net.SplitHostPort(ln.Addr().String())
		ports = append(ports, port)
	}
	return ports, nil
}

// greeted waits until somebody at address says something.
func greeted(ctx context.Context, address string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			_, err = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer at %s: %w", address, err)
		case <-tick.C:
		}
	}
}
