package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/deskbell/deskbell/clock"
)

type demoCommand struct {
	network
	Data     string `help:"Keep the demo in this folder. Default: a temporary one, removed at the end." type:"path" env:"DESKBELL_DATA"`
	Database string `help:"postgres:// address of an empty database." env:"DESKBELL_DATABASE" placeholder:"URL"`
}

// Run makes a help desk with a past, says how to use it, and serves it.
func (c demoCommand) Run(ctx context.Context) (err error) {
	dir := c.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "deskbell-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	past := &shifted{}
	cfg := newConfig(store{Data: dir, Database: c.Database}, c.network)
	cfg.clock = past
	p, err := wire(ctx, cfg)
	if err != nil {
		return err
	}
	if err := (&demo{program: p, clock: past}).tellOnce(ctx); err != nil {
		return errors.Join(fmt.Errorf("make demo data: %w", err), p.close())
	}
	return errors.Join(p.run(ctx, c.say), p.close())
}

// say prints where everything is.
func (c demoCommand) say() {
	fmt.Printf(`
Deskbell is running.

  Open     %s
  Sign in  %s with the password %s
%s
  Replies go to the Outbox page until a mail server is connected under Settings, Channels.
  Stop it with Ctrl-C.

`, c.baseURL(), admin, demoPassword, c.howToWrite())
}

// howToWrite tells how to send the demo a mail; nothing where it does not listen for any.
func (c demoCommand) howToWrite() string {
	_, port, err := net.SplitHostPort(c.SMTP)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(`
  Send it a mail, and watch it arrive under Unassigned:

  printf 'From: you@example.org\nTo: support@desk.localhost\nSubject: Hello\n\nCan you help me?\n' |
    curl -s smtp://127.0.0.1:%s --mail-from you@example.org --mail-rcpt support@desk.localhost --upload-file -
`, port)
}

// shifted is the machine's clock, set back while the demo's past is being told.
type shifted struct{ back atomic.Int64 }

// Now implements clock.Clock.
func (s *shifted) Now() time.Time { return clock.System{}.Now().Add(-time.Duration(s.back.Load())) }

// goTo sets the clock to a time ago.
func (s *shifted) goTo(ago time.Duration) { s.back.Store(int64(ago)) }
