package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/people"
)

type doctorCommand struct{ store }

// A finding is what one check saw; fix is what to do, "" if all is well.
type finding struct{ what, saw, fix string }

var errUnwell = errors.New("something needs to be fixed")

const (
	doctorTime  = 30 * time.Second
	clockWrong  = 2020 // a year before which no clock is right
	testedBytes = 1 << 20
)

// Run checks what a help desk needs and says what to fix.
func (c doctorCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, doctorTime)
	defer cancel()
	findings := []finding{c.clock(), c.folder()}
	findings = append(findings, c.data(ctx)...)
	unwell := false
	for _, f := range findings {
		mark := "ok  "
		if f.fix != "" {
			mark, unwell = "FIX ", true
		}
		fmt.Printf("%s %-10s %s\n", mark, f.what, f.saw)
		if f.fix != "" {
			fmt.Printf("                → %s\n", f.fix)
		}
	}
	if unwell {
		return errUnwell
	}
	return nil
}

func (c doctorCommand) clock() finding {
	now := time.Now()
	f := finding{what: "clock", saw: now.Format(time.RFC1123Z)}
	if now.Year() < clockWrong {
		f.fix = "set the machine's clock, for example with an NTP service"
	}
	return f
}

// folder writes a file as large as a mail and reads it back.
func (c doctorCommand) folder() finding {
	f := finding{what: "storage", saw: c.Data}
	name := filepath.Join(c.Data, "doctor.tmp")
	err := errors.Join(c.prepareFolder(), os.WriteFile(name, make([]byte, testedBytes), 0o600), os.Remove(name))
	if err != nil {
		f.saw, f.fix = err.Error(), "give the program's user a folder it may write, with free space"
	}
	return f
}

func (c doctorCommand) data(ctx context.Context) []finding {
	p, err := wire(ctx, newConfig(c.store, network{Listen: "127.0.0.1:0", Node: commandNode}))
	if err != nil {
		return []finding{{"database", err.Error(), "check the --database address, or the rights of the data folder"}}
	}
	defer p.close()
	out := []finding{{what: "database", saw: "opened, and up to date"}}
	var accounts []account.Account
	err = p.db.Read(ctx, func(tx *db.Tx) (err error) {
		accounts, err = p.accounts.List(tx)
		return err
	})
	if err != nil {
		return append(out, finding{"channels", err.Error(), "see the database above"})
	}
	for _, a := range accounts {
		out = append(out, p.checkMail(ctx, a))
	}
	return out
}

// checkMail signs in to the servers of a channel.
func (p *program) checkMail(ctx context.Context, a account.Account) finding {
	f := finding{what: "mail", saw: a.Name + " <" + a.Address + ">"}
	if !a.Active {
		f.saw += ": paused"
		return f
	}
	if err := p.accounts.Test(ctx, people.System, a.ID, account.Input{}); err != nil {
		f.saw += ": " + plain(err).Error()
		f.fix = "correct the channel under Settings, Channels"
	}
	return f
}
