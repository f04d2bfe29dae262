package main

import (
	"context"
	"fmt"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

type userCommand struct {
	Add userAddCommand `cmd:"" help:"Add a user."`
}

type userAddCommand struct {
	store
	Email      string `required:"" help:"E-mail address, with which the user signs in."`
	Name       string `required:"" help:"Full name."`
	Password   string `required:"" help:"Password, at least 8 characters." env:"DESKBELL_PASSWORD"`
	SuperAdmin bool   `help:"May do everything."`
}

// Run adds a user. The server may be running: it sees the user within moments.
func (c userAddCommand) Run(ctx context.Context) error {
	return withPeople(ctx, c.store, func(s *people.Service) error {
		u, err := s.AddUser(ctx, people.System, people.NewUser{Name: c.Name, Email: c.Email, Password: c.Password, SuperAdmin: c.SuperAdmin})
		if err != nil {
			return plain(err)
		}
		fmt.Println("added", u.Email)
		return nil
	})
}

type tokenCommand struct {
	Add tokenAddCommand `cmd:"" help:"Add a private-app token, and print it and nothing else."`
}

type tokenAddCommand struct {
	store
	Name  string   `required:"" help:"What the token is for."`
	Scope []string `help:"A scope that it gets, such as tickets; may be repeated. Without any it gets all." placeholder:"NAME"`
}

// Run adds a token and prints it.
func (c tokenAddCommand) Run(ctx context.Context) error {
	return withPeople(ctx, c.store, func(s *people.Service) error {
		_, secret, err := s.AddToken(ctx, people.System, c.Name, c.Scope...)
		if err != nil {
			return plain(err)
		}
		fmt.Println(secret)
		return nil
	})
}

// withPeople opens the database, brought up to date, for a command that works beside a server or before there is one.
func withPeople(ctx context.Context, st store, fn func(*people.Service) error) error {
	if err := st.prepareFolder(); err != nil {
		return err
	}
	if _, err := db.Migrate(ctx, st.databaseURL()); err != nil {
		return err
	}
	c := newConfig(st, network{Node: commandNode})
	d, err := db.Open(ctx, c.db(event.NewBus(c.log)))
	if err != nil {
		return err
	}
	defer d.Close()
	return fn(people.New(d))
}

// commandNode is the id space of commands that run beside servers.
const commandNode = 63
