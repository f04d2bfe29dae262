package main

import (
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
)

// store is where the data lives; every command but demo and version has it.
type store struct {
	Data     string `help:"Folder of the data." type:"path" required:"" env:"DESKBELL_DATA"`
	Database string `help:"postgres:// address. Without it the data is in an SQLite file in the data folder." env:"DESKBELL_DATABASE" placeholder:"URL"`
}

func (s store) databaseURL() string {
	if s.Database != "" {
		return s.Database
	}
	return filepath.Join(s.Data, "deskbell.db")
}

// network is where the program listens.
type network struct {
	Listen  string `help:"Address of the web app and the API." default:"127.0.0.1:8080" env:"DESKBELL_LISTEN" placeholder:"ADDR"`
	SMTP    string `help:"Address of the built-in mail listener; none to have none." default:"127.0.0.1:2525" env:"DESKBELL_SMTP" placeholder:"ADDR"`
	LMTP    string `help:"Address of the built-in LMTP listener, host:port or unix:/path." env:"DESKBELL_LMTP" placeholder:"ADDR"`
	BaseURL string `name:"base-url" help:"Address by which browsers reach the app. Default: http:// and the listen address." env:"DESKBELL_BASE_URL" placeholder:"URL"`
	Node    int    `help:"Number of this node, 0 to 63, unique among those on one PostgreSQL." default:"0" env:"DESKBELL_NODE"`
}

func (n network) baseURL() string {
	if n.BaseURL != "" {
		return n.BaseURL
	}
	return (&url.URL{Scheme: "http", Host: n.Listen}).String()
}

// host is our name in mail: of the base URL, or localhost.
func (n network) host() string {
	u, err := url.Parse(n.baseURL())
	if err != nil || u.Hostname() == "" {
		return "localhost"
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return "localhost" // an IP address is no name for a Message-ID
	}
	return u.Hostname()
}

// config is all that the program is put together from.
type config struct {
	store
	network
	clock clock.Clock
	log   *slog.Logger
}

func newConfig(s store, n network) config {
	return config{store: s, network: n, clock: clock.System{}, log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
}

func (c config) db(reactor db.Dispatcher) db.Config {
	return db.Config{URL: c.databaseURL(), Clock: c.clock, Node: c.Node, Log: c.log, Reactor: reactor}
}

// prepareFolder makes the data folder; only its owner may look into it.
func (s store) prepareFolder() error { return os.MkdirAll(s.Data, 0o700) }
