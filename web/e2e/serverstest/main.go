// Command serverstest runs a real server for the browser tests, Dovecot or PostgreSQL, until its standard input is closed.
// It knows nothing of Deskbell but how its tests start these two.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/deskbell/deskbell/channel/email/dovecottest"
	"github.com/deskbell/deskbell/db/dbtest"
)

// running is what a started server tells: one line of JSON on standard output.
type running struct {
	Absent   string `json:"absent,omitempty"`
	URL      string `json:"url,omitempty"`
	IMAP     string `json:"imap,omitempty"`
	LMTP     string `json:"lmtp,omitempty"`
	User     string `json:"user,omitempty"`
	Password string `json:"password,omitempty"`
}

func main() {
	runtime.LockOSThread() // PostgreSQL is told to end with the thread that started it
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "serverstest:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	starts := map[string]func() (running, func() error, error){"dovecot": dovecot, "postgres": postgres}
	if len(args) != 1 || starts[args[0]] == nil {
		return errors.New("usage: serverstest dovecot|postgres")
	}
	at, stop, err := starts[args[0]]()
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(at); err != nil {
		return errors.Join(err, stop())
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, stop())
}

func nothing() error { return nil }

func dovecot() (running, func() error, error) {
	s, err := dovecottest.Launch(context.Background())
	if errors.Is(err, dovecottest.ErrAbsent) {
		return running{Absent: err.Error()}, nothing, nil
	}
	if err != nil {
		return running{}, nil, err
	}
	return running{IMAP: s.IMAPAddr, LMTP: s.LMTPAddr, User: s.User, Password: s.Password}, s.Stop, nil
}

func postgres() (running, func() error, error) {
	s, err := dbtest.StartServer()
	if err != nil {
		return running{}, nil, err
	}
	if s == nil {
		return running{Absent: "PostgreSQL's binaries are not on this machine"}, nothing, nil
	}
	return running{URL: s.URL()}, func() error { s.Stop(); return nil }, nil
}
