// Command servertest runs a command, such as go test, with one PostgreSQL server for all of it: without it every package's
// tests start a server of their own. It is for tests only and knows no table.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/deskbell/deskbell/db/dbtest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: servertest command [argument …]")
		os.Exit(2)
	}
	code, err := run(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "servertest:", err)
		code = 1
	}
	os.Exit(code)
}

// run returns the command's exit code. A server that is there already, or no binaries, is fine: nothing is started then.
func run(name string, args []string) (int, error) {
	// The command is interrupted as well and ends by itself; this process waits for it, and ends the server after it.
	signal.Ignore(syscall.SIGINT)
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = os.Stdin, os.Stdout, os.Stderr, os.Environ()
	if os.Getenv(dbtest.EnvPostgres) == "" {
		s, err := dbtest.StartServer()
		if err != nil {
			return 0, err
		}
		if s != nil {
			defer s.Stop()
			cmd.Env = append(cmd.Env, dbtest.EnvPostgres+"="+s.URL())
		}
	}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
