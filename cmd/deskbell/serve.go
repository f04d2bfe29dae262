package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/deskbell/deskbell/channel/email"
)

type serveCommand struct {
	store
	network
	API   limits `embed:"" prefix:"api-" group:"How often apps may call the API; 0 is no bound"`
	Reach reach  `embed:""`
}

// Run serves until it is told to stop.
func (c serveCommand) Run(ctx context.Context) error {
	cfg := newConfig(c.store, c.network)
	cfg.limits, cfg.reach = c.API, c.Reach
	p, err := wire(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(p.run(ctx, func() { p.cfg.log.Info("ready", "app", p.cfg.baseURL(), "mail", p.cfg.SMTP) }), p.close())
}

const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	stopTime   = 10 * time.Second
	settleTime = 2 * time.Second // after the program answers
)

// run starts all that runs and waits until ctx ends or one part fails. ready is called when the program answers.
func (p *program) run(ctx context.Context, ready func()) error {
	var lc net.ListenConfig
	web, err := lc.Listen(ctx, "tcp", p.cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen for the app: %w", err)
	}
	// Every address is taken before anything runs, so that one which is not to be had leaves nothing behind.
	listeners := p.listeners()
	opened := []net.Listener{web}
	for _, l := range listeners {
		in, err := l.Listen()
		if err != nil {
			for _, o := range opened {
				err = errors.Join(err, o.Close())
			}
			return fmt.Errorf("listen for mail: %w", err)
		}
		opened = append(opened, in)
	}
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return p.serveHTTP(ctx, web) })
	for i, l := range listeners {
		all.Go(func() error { return l.Serve(ctx, opened[i+1]) })
	}
	all.Go(func() error { return p.jobs.Run(ctx) })
	all.Go(func() error { return p.receivers.Run(ctx) })
	all.Go(func() error { return p.usage.Run(ctx) })
	all.Go(func() error { return p.indexer.Run(ctx) })
	all.Go(func() error { return settle(ctx) })
	ready()
	return all.Wait()
}

// settle gives back to the system, once, the memory that starting took and running does not need: by itself it would be kept for a
// rush that may never come (PERF-5).
func settle(ctx context.Context) error {
	timer := time.NewTimer(settleTime)
	defer timer.Stop()
	select {
	case <-timer.C:
		debug.FreeOSMemory()
	case <-ctx.Done():
	}
	return nil
}

func (p *program) serveHTTP(ctx context.Context, l net.Listener) error {
	base, cancel := context.WithCancel(context.Background())
	s := &http.Server{Handler: p.gate.Door(), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime,
		BaseContext: func(net.Listener) context.Context { return base }}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		p.hub.Close() // streams end, so that Shutdown has nothing endless to wait for
		grace, done := context.WithTimeout(context.Background(), stopTime)
		defer done()
		err := s.Shutdown(grace)
		cancel()
		stopped <- err
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		cancel()
		return err
	}
	return <-stopped
}

// listeners take mail from other mail servers (MAIL-1).
func (p *program) listeners() []*email.Listener {
	var out []*email.Listener
	add := func(addr string, lmtp bool) {
		if addr != "" && addr != "none" {
			out = append(out, email.NewListener(email.ListenerConfig{Addr: addr, LMTP: lmtp, Domain: p.cfg.host(),
				Route: p.route, Now: p.cfg.clock.Now, Log: p.cfg.log}))
		}
	}
	add(p.cfg.SMTP, false)
	add(p.cfg.LMTP, true)
	return out
}

// route finds who takes the mail for an address.
func (p *program) route(ctx context.Context, recipient string) (email.Destination, bool, error) {
	account, ok, err := p.intake.Route(ctx, recipient)
	if err != nil || !ok {
		return email.Destination{}, false, err
	}
	return email.Destination{AccountID: account, Sink: p.intake.Sink(account)}, true, nil
}
