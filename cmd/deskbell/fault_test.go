package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// asProgram makes the test binary behave as the program itself, so that it can be killed without a build of its own.
const asProgram = "DESKBELL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		if err := execute(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	faultMails   = 200
	faultKills   = 20
	faultSenders = 8
	faultTime    = 4 * time.Minute
)

// victim is a server that is killed and started again on the same data.
type victim struct {
	t        *testing.T
	dir      string
	app      string // address of the API
	smtp     string
	sink     *sinkServer
	token    string
	mu       sync.Mutex
	cmd      *exec.Cmd
	accepted map[string]bool // Message-IDs that the server answered with 250
	replied  map[string]bool // ids of replies that the API accepted
}

// Every mail that was answered with 250 is exactly one message in exactly one ticket, and every reply is delivered, at
// least once and always with the same Message-ID, whenever the program is killed (REL-1, CHAN-2, MAIL-7).
func TestKilledAtAnyMomentNothingIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	ctx, cancel := context.WithTimeout(context.Background(), faultTime)
	defer cancel()
	v := newVictim(t)
	v.start(ctx)
	v.connectSink(ctx)
	var work sync.WaitGroup
	stop := make(chan struct{})
	work.Go(func() { v.killNowAndThen(ctx, stop) })
	var mails sync.WaitGroup
	for s := range faultSenders {
		mails.Go(func() { v.pushMails(ctx, s) })
	}
	mails.Wait()
	close(stop)
	work.Wait()
	v.replyToAll(ctx)
	v.waitQuiet(ctx)
	v.kill()
	v.check()
}

func newVictim(t *testing.T) *victim {
	v := &victim{t: t, dir: t.TempDir(), app: free(t), smtp: free(t), sink: newSink(t), accepted: map[string]bool{}, replied: map[string]bool{}}
	token, err := v.command(context.Background(), "token", "add", "--data", v.dir, "--name", "fault").Output()
	if err != nil {
		t.Fatal(err)
	}
	v.token = string(bytes.TrimSpace(token))
	t.Cleanup(v.kill)
	return v
}

func free(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (v *victim) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// start runs the server and waits until it answers.
func (v *victim) start(ctx context.Context) {
	v.mu.Lock()
	v.cmd = v.command(context.WithoutCancel(ctx), "serve", "--data", v.dir, "--listen", v.app, "--smtp", v.smtp)
	err := v.cmd.Start()
	v.mu.Unlock()
	if err != nil {
		v.t.Error(err)
		return
	}
	v.eventually(ctx, "the server answers", func() bool {
		res, err := http.Get("http://" + v.app + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// kill is SIGKILL: the program gets no chance to tidy up.
func (v *victim) kill() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cmd != nil {
		_ = v.cmd.Process.Signal(syscall.SIGKILL)
		_ = v.cmd.Wait()
		v.cmd = nil
	}
}

func (v *victim) killNowAndThen(ctx context.Context, stop chan struct{}) {
	for range faultKills {
		select {
		case <-time.After(time.Duration(20+rand.IntN(400)) * time.Millisecond):
		case <-ctx.Done():
			return
		}
		v.kill()
		v.start(ctx)
	}
	<-stop
}

// eventually asks again until the answer is yes; a process that was killed has no moment to wait on.
func (v *victim) eventually(ctx context.Context, what string, ok func() bool) {
	for !ok() {
		select {
		case <-ctx.Done():
			v.t.Errorf("waited too long until %s", what)
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// pushMails sends its share of the mails as a mail server does: each again until it was answered with 250.
func (v *victim) pushMails(ctx context.Context, sender int) {
	for i := sender; i < faultMails; i += faultSenders {
		messageID := fmt.Sprintf("mail-%d@customer.example", i)
		source := fmt.Sprintf("From: Customer %d <customer%d@customer.example>\r\nTo: support@desk.localhost\r\nSubject: Question %d\r\n"+
			"Message-ID: <%s>\r\nDate: Mon, 02 Nov 2026 09:00:00 +0000\r\n\r\nMy question is number %d.\r\n", i, i, i, messageID, i)
		v.eventually(ctx, "a mail is accepted", func() bool { return v.push(fmt.Sprintf("customer%d@customer.example", i), source) == nil })
		v.mu.Lock()
		v.accepted[messageID] = true
		v.mu.Unlock()
		select { // spread over the kills
		case <-ctx.Done():
		case <-time.After(time.Duration(rand.IntN(400)) * time.Millisecond):
		}
	}
}

func (v *victim) push(from, source string) error {
	conn, err := net.DialTimeout("tcp", v.smtp, time.Second)
	if err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	c := smtp.NewClient(conn)
	defer c.Close()
	return c.SendMail(from, []string{"support@desk.localhost"}, bytes.NewReader([]byte(source)))
}

// ask calls the API and fails when the server is not there.
func (v *victim) ask(method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, "http://"+v.app+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+v.token)
	req.Header.Set("Content-Type", "application/json")
	if key, ok := in.(map[string]any); ok && method == http.MethodPost {
		req.Header.Set("Idempotency-Key", fmt.Sprint(path, key["html"]))
	}
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, body)
	}
	return json.Unmarshal(body, out)
}

// connectSink makes the built-in channel send through the test's SMTP server.
func (v *victim) connectSink(ctx context.Context) {
	var list struct{ Results []struct{ ID string } }
	host, port, _ := net.SplitHostPort(v.sink.addr)
	settings := map[string]any{"settings": map[string]string{"send": "smtp", "smtp_host": host, "smtp_port": port, "smtp_security": "none"}}
	var err error
	v.eventually(ctx, "the channel is connected", func() bool {
		if err = v.ask("GET", "/helpdesk/v1/channels", nil, &list); err != nil || len(list.Results) == 0 {
			return false
		}
		err = v.ask("PATCH", "/helpdesk/v1/channels/"+list.Results[0].ID, settings, &struct{}{})
		return err == nil || !errors.Is(err, syscall.ECONNREFUSED)
	})
	if err != nil {
		v.t.Fatal(err)
	}
}

// replyToAll answers every ticket while the program goes on being killed.
func (v *victim) replyToAll(ctx context.Context) {
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() { v.killNowAndThen(ctx, stop) })
	var ids []string
	v.eventually(ctx, "all tickets are there", func() bool {
		ids = v.tickets()
		return len(ids) >= faultMails
	})
	for i, id := range ids {
		if i >= faultMails/4 {
			break
		}
		var item struct{ ID string }
		v.eventually(ctx, "a reply is accepted", func() bool {
			return v.ask("POST", "/helpdesk/v1/tickets/"+id+"/replies", map[string]any{"html": "<p>Answer to " + id + "</p>"}, &item) == nil
		})
		v.replied[item.ID] = true
	}
	close(stop)
	killer.Wait()
}

func (v *victim) tickets() (ids []string) {
	after := ""
	for {
		var page struct {
			Results []struct{ ID string }
			Paging  struct{ Next struct{ After string } }
		}
		if err := v.ask("GET", "/crm/v3/objects/tickets?limit=100&after="+after, nil, &page); err != nil {
			return nil
		}
		for _, r := range page.Results {
			ids = append(ids, r.ID)
		}
		if after = page.Paging.Next.After; after == "" {
			return ids
		}
	}
}

// waitQuiet waits until no job is left but those that come back once in a while, such as sweeps.
func (v *victim) waitQuiet(ctx context.Context) {
	d := v.open()
	defer d.Close()
	v.eventually(ctx, "all jobs are done", func() bool {
		var left int
		err := d.QueryRow("SELECT count(*) FROM jobs WHERE state <> 'dead' AND due < $1", time.Now().Add(10*time.Minute).UnixMicro()).Scan(&left)
		return err == nil && left == 0
	})
}

func (v *victim) open() *sql.DB {
	d, err := sql.Open("sqlite", "file:"+filepath.Join(v.dir, "deskbell.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		v.t.Fatal(err)
	}
	return d
}

func (v *victim) check() {
	d := v.open()
	defer d.Close()
	for messageID := range v.accepted {
		var messages, tickets int
		if err := d.QueryRow("SELECT count(*), count(DISTINCT ticket_id) FROM messages WHERE message_id = $1", messageID).Scan(&messages, &tickets); err != nil {
			v.t.Fatal(err)
		}
		if messages != 1 || tickets != 1 {
			v.t.Errorf("the mail %s is %d messages in %d tickets", messageID, messages, tickets)
		}
	}
	var tickets, dead int
	if err := d.QueryRow("SELECT (SELECT count(*) FROM tickets), (SELECT count(*) FROM jobs WHERE state = 'dead')").Scan(&tickets, &dead); err != nil {
		v.t.Fatal(err)
	}
	if len(v.accepted) != faultMails || tickets != faultMails || dead != 0 {
		v.t.Errorf("%d mails accepted, %d tickets, %d dead jobs", len(v.accepted), tickets, dead)
	}
	twice := 0
	for id := range v.replied {
		var messageID, state string
		if err := d.QueryRow("SELECT message_id, state FROM messages WHERE id = $1", id).Scan(&messageID, &state); err != nil {
			v.t.Fatal(err)
		}
		got := v.sink.count(messageID)
		if got == 0 || state != "sent" {
			v.t.Errorf("reply %s was delivered %d times and is %s", messageID, got, state)
		}
		twice += got - 1
	}
	if others := v.sink.others(len(v.replied)); others != 0 {
		v.t.Errorf("%d mails were sent that nobody wrote", others)
	}
	v.t.Logf("%d mails, %d replies, %d kills; %d replies were delivered twice, with the same Message-ID", len(v.accepted), len(v.replied), 2*faultKills, twice)
}

// sinkServer is a real SMTP server that keeps what it is given.
type sinkServer struct {
	addr string
	mu   sync.Mutex
	got  map[string]int // by Message-ID
}

func newSink(t *testing.T) *sinkServer {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sinkServer{addr: l.Addr().String(), got: map[string]int{}}
	server := smtp.NewServer(s)
	server.Domain, server.ReadTimeout, server.WriteTimeout = "sink.localhost", 10*time.Second, 10*time.Second
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		<-served
	})
	return s
}

// NewSession implements smtp.Backend.
func (s *sinkServer) NewSession(*smtp.Conn) (smtp.Session, error) { return sinkSession{s}, nil }

func (s *sinkServer) count(messageID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[messageID]
}

func (s *sinkServer) others(known int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got) - known
}

type sinkSession struct{ s *sinkServer }

func (sinkSession) Reset()                               {}
func (sinkSession) Logout() error                        { return nil }
func (sinkSession) Mail(string, *smtp.MailOptions) error { return nil }
func (sinkSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

var messageIDLine = regexp.MustCompile(`(?mi)^Message-Id: <([^>]+)>`)

// Data implements smtp.Session.
func (c sinkSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	found := messageIDLine.FindSubmatch(body)
	if found == nil {
		return &smtp.SMTPError{Code: 550, Message: "no Message-ID"}
	}
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.got[string(found[1])]++
	return nil
}
