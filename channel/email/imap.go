package email

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

// session is one signed-in connection with the folder open.
type session struct {
	m       *mailbox
	cfg     *imapConfig
	line    *line
	client  *imapclient.Client
	changed chan struct{} // the server announced something; holds at most one
	folder  *imap.SelectData
	noIdle  bool // the server cannot, or refused
	at      cursor
}

// Run implements channel.Receiver (MAIL-2). With the built-in listener there is nothing to do but wait.
func (m *mailbox) Run(ctx context.Context, sink channel.Sink) error {
	if m.cfg.imap == nil {
		<-ctx.Done()
		return nil
	}
	if err := m.fetch(ctx, sink); ctx.Err() == nil {
		return err
	}
	return nil // told to stop: that the fetch broke off is no failure
}

// fetch delivers what is new, then waits for more, until something fails.
func (m *mailbox) fetch(ctx context.Context, sink channel.Sink) error {
	s, err := m.openFolder(ctx)
	if err != nil {
		return err
	}
	defer s.logout()
	if err := s.begin(ctx, sink); err != nil {
		return err
	}
	for {
		s.forget()
		if err := s.catchUp(ctx, sink); err != nil {
			return err
		}
		sink.Healthy(ctx)
		if err := s.wait(ctx); err != nil {
			return err
		}
	}
}

// openFolder connects, signs in and opens the folder. Read-only where mail is left as it was: then not even
// \Recent changes.
func (m *mailbox) openFolder(ctx context.Context) (*session, error) {
	s := &session{m: m, cfg: m.cfg.imap, changed: make(chan struct{}, 1)}
	var err error
	if s.line, err = m.connect(ctx, s.cfg.endpoint); err != nil {
		return nil, err
	}
	if err := s.signIn(); err != nil {
		s.line.close()
		return nil, err
	}
	if s.cfg.moveTo != "" {
		// Made if it is missing. A refusal shows when something is moved.
		_ = s.client.Create(s.cfg.moveTo, nil).Wait()
	}
	s.folder, err = s.client.Select(s.cfg.folder, &imap.SelectOptions{ReadOnly: s.cfg.moveTo == ""}).Wait()
	if err != nil {
		s.line.close()
		return nil, s.explainFolder(err)
	}
	s.line.raw.expect(0)
	return s, nil
}

func (s *session) options() *imapclient.Options {
	announce := func() {
		select {
		case s.changed <- struct{}{}:
		default: // one announcement is enough
		}
	}
	return &imapclient.Options{
		TLSConfig: s.m.tlsConfig(s.cfg.endpoint),
		UnilateralDataHandler: &imapclient.UnilateralDataHandler{
			Mailbox: func(data *imapclient.UnilateralDataMailbox) {
				if data.NumMessages != nil {
					announce()
				}
			},
		},
	}
}

func (s *session) signIn() error {
	var err error
	if s.cfg.security == securityStartTLS {
		if s.client, err = imapclient.NewStartTLS(s.line.conn, s.options()); err != nil {
			return s.explainStart(err)
		}
	} else {
		s.client = imapclient.New(s.line.conn, s.options())
		if err := s.client.WaitGreeting(); err != nil {
			return s.explainStart(err)
		}
	}
	if s.client.State() == imap.ConnStateAuthenticated {
		return nil // PREAUTH
	}
	if err := s.authenticate(); err != nil {
		var no *imap.Error
		if !errors.As(err, &no) {
			return s.explain(err)
		}
		return refused(s.cfg.endpoint, no.Text, err)
	}
	return nil
}

func (s *session) authenticate() error {
	caps := s.client.Caps()
	switch {
	case s.cfg.auth == authXOAuth2:
		return s.client.Authenticate(xoauth2{s.cfg.user, s.cfg.password})
	case caps.Has(imap.AuthCap(sasl.Plain)):
		return s.client.Authenticate(sasl.NewPlainClient("", s.cfg.user, s.cfg.password))
	case caps.Has(imap.CapLoginDisabled):
		return errs.Bad("imap_security", "NOT_PROTECTED",
			fmt.Sprintf("The server at %s takes no password over this connection. Choose TLS or STARTTLS.", s.cfg.endpoint.address()))
	}
	return s.client.Login(s.cfg.user, s.cfg.password).Wait()
}

// refused is a wrong user, password or token, in plain words (CHAN-4). The kind is Invalid because the setting is
// wrong, not the session of the person who looks at it.
func refused(e endpoint, reply string, cause error) error {
	what := "the user name or password"
	if e.auth == authXOAuth2 {
		what = "the OAuth 2.0 access token"
	}
	message := fmt.Sprintf("The server at %s refused %s.%s", e.address(), what, said(reply))
	bad := errs.Bad(e.prefix+"_password", "REFUSED", message)
	bad.Cause = cause
	return bad
}

func (s *session) explainStart(err error) error {
	var no *imap.Error
	if errors.As(err, &no) {
		message := fmt.Sprintf("The server at %s does not let us in.%s", s.cfg.endpoint.address(), said(no.Text))
		return errs.New(errs.Unavailable, message, err)
	}
	return s.explain(err)
}

func (s *session) explainFolder(err error) error {
	var no *imap.Error
	if !errors.As(err, &no) {
		return s.explain(err)
	}
	bad := errs.Bad("imap_folder", "NO_FOLDER", fmt.Sprintf("The server at %s does not open the folder %q.%s",
		s.cfg.endpoint.address(), s.cfg.folder, said(no.Text)))
	bad.Cause = err
	return bad
}

// explain turns an error of a command into plain words.
func (s *session) explain(err error) error {
	var no *imap.Error
	if err != nil && errors.As(err, &no) {
		message := fmt.Sprintf("The server at %s refused a command.%s", s.cfg.endpoint.address(), said(no.Text))
		return errs.New(errs.Unavailable, message, err)
	}
	return explain(s.cfg.endpoint, s.line.raw.because(err))
}

// ask runs one command under a deadline: silence longer than the patience for a step ends it.
func (s *session) ask(command func() error) error {
	s.line.raw.expect(s.m.step)
	defer s.line.raw.expect(0)
	return command()
}

// begin finds the place to go on from, and saves it when it is a new one: what arrives from here on counts.
func (s *session) begin(ctx context.Context, sink channel.Sink) error {
	saved, err := sink.Cursor(ctx)
	if err != nil {
		return fmt.Errorf("reading the place in the mailbox: %w", err)
	}
	next := s.folder.UIDNext
	if next == 0 { // optional before IMAP4rev1
		if next, err = s.highest(); err != nil {
			return s.explain(err)
		}
		next++
	}
	s.at = resume(saved, s.folder.UIDValidity, next, s.cfg.history, s.m.deps.Now())
	if s.at.String() == saved {
		return nil
	}
	return s.save(ctx, sink)
}

func (s *session) save(ctx context.Context, sink channel.Sink) error {
	if err := sink.SaveCursor(ctx, s.at.String()); err != nil {
		return fmt.Errorf("saving the place in the mailbox: %w", err)
	}
	return nil
}

// forget drops an announcement: the look that follows sees whatever it was about.
func (s *session) forget() {
	select {
	case <-s.changed:
	default:
	}
}

// wait returns when the server announces something, or after the polling interval: some servers never announce.
func (s *session) wait(ctx context.Context) error {
	timer := time.NewTimer(s.cfg.poll)
	defer timer.Stop()
	if s.noIdle || !s.client.Caps().Has(imap.CapIdle) {
		return s.poll(ctx, timer)
	}
	var idle *imapclient.IdleCommand
	err := s.ask(func() (err error) {
		idle, err = s.client.Idle()
		return err
	})
	var no *imap.Error
	if errors.As(err, &no) {
		s.noIdle = true
		return s.poll(ctx, timer)
	}
	if err != nil {
		return s.explain(err)
	}
	s.line.raw.expect(s.cfg.poll + s.m.step)
	s.pause(ctx, timer)
	return s.explainNil(s.ask(func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	}))
}

func (s *session) poll(ctx context.Context, timer *time.Timer) error {
	s.pause(ctx, timer)
	return s.explainNil(s.ask(func() error { return s.client.Noop().Wait() }))
}

func (s *session) pause(ctx context.Context, timer *time.Timer) {
	select {
	case <-ctx.Done():
	case <-s.changed:
	case <-timer.C:
	case <-s.client.Closed():
	}
}

func (s *session) explainNil(err error) error {
	if err == nil {
		return nil
	}
	return s.explain(err)
}

// logout says goodbye without waiting long, and closes.
func (s *session) logout() {
	s.line.raw.expect(2 * time.Second)
	_ = s.client.Logout().Wait() // the server may be gone already
	s.line.close()
}
