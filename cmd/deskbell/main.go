// Command deskbell is the whole help desk in one program: it reads flags, puts the parts together, and runs them. It holds
// no rule of the product.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones, whatever the machine has

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

type commands struct {
	Config kong.ConfigFlag `help:"Read flags from this JSON file." type:"existingfile" placeholder:"FILE"`

	Serve   serveCommand   `cmd:"" help:"Run the help desk."`
	Demo    demoCommand    `cmd:"" help:"Run a help desk with an account, users and tickets that look real, in a temporary folder."`
	User    userCommand    `cmd:"" help:"Manage users."`
	Token   tokenCommand   `cmd:"" help:"Manage API tokens."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date, and say what was done."`
	OpenAPI openapiCommand `cmd:"" name:"openapi" help:"Print the description of the API, OpenAPI 3.1."`
	Version versionCommand `cmd:"" help:"Print the version."`
	Doctor  doctorCommand  `cmd:"" help:"Check storage, database, clock and mail, and say what to fix."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := execute(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "deskbell:", err)
		os.Exit(1)
	}
}

func execute(ctx context.Context, args []string) error {
	parser, err := kong.New(&commands{}, kong.Name("deskbell"), kong.UsageOnError(),
		kong.Description("Customer support in one program."),
		kong.DefaultEnvars("DESKBELL"), kong.Configuration(kong.JSON, "/etc/deskbell.json"),
		kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if err != nil {
		return err
	}
	return command.Run()
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run() error {
	fmt.Println("deskbell", version)
	return nil
}
