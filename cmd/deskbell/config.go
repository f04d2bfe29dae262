package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/seal"
)

// store is where the data lives; every command but demo and version has it.
type store struct {
	Data     string `help:"Folder of the data." required:"" env:"DESKBELL_DATA" placeholder:"DIR"`
	Database string `help:"postgres:// address. Without it the data is in an SQLite file in the data folder." env:"DESKBELL_DATABASE" placeholder:"URL"`
	S3       bucket `embed:"" prefix:"s3-" group:"Attachments in S3, which nodes on one PostgreSQL share"`
	Secret   string `name:"secret-key" help:"Key in base64 that seals mailbox passwords. Nodes on one PostgreSQL share it. Default: the file secret.key in the data folder." env:"DESKBELL_SECRET_KEY" placeholder:"KEY"`
}

// bucket is where attachments and large mails are kept instead of the data folder.
type bucket struct {
	Endpoint  string `help:"host:port of the S3 server." env:"DESKBELL_S3_ENDPOINT"`
	Region    string `help:"Region, if the server wants one." env:"DESKBELL_S3_REGION"`
	Bucket    string `help:"Name of the bucket, which must exist." env:"DESKBELL_S3_BUCKET"`
	Prefix    string `help:"Put before every key." env:"DESKBELL_S3_PREFIX"`
	AccessKey string `help:"Access key." env:"DESKBELL_S3_ACCESS_KEY"`
	SecretKey string `help:"Secret key." env:"DESKBELL_S3_SECRET_KEY"`
	Plain     bool   `help:"HTTP instead of HTTPS, for a server on the same machine." env:"DESKBELL_S3_PLAIN"`
}

// blobs opens the store of attachments: the bucket, or the data folder.
func (s store) blobs(ctx context.Context) (blob.Store, error) {
	if s.S3.Endpoint == "" {
		return blob.NewFiles(filepath.Join(s.Data, "blobs"))
	}
	b, err := blob.NewS3(blob.S3Config(s.S3))
	if err != nil {
		return nil, err
	}
	return b, b.Check(ctx)
}

// box opens what seals secrets.
func (s store) box() (*seal.Box, error) {
	if s.Secret != "" {
		return seal.Parse(s.Secret)
	}
	return seal.Open(filepath.Join(s.Data, "secret.key"))
}

// Validate implements kong's check: an empty environment variable counts as given, and must not mean the current folder.
func (s store) Validate() error {
	if s.Data == "" {
		return errors.New("--data must name a folder")
	}
	return nil
}

func (s store) databaseURL() string {
	if s.Database != "" {
		return s.Database
	}
	return filepath.Join(s.Data, "deskbell.db")
}

// network is where the program listens.
type network struct {
	Listen  string `help:"Address of the web app and the API. Default: ${default}." default:"127.0.0.1:8080" env:"DESKBELL_LISTEN" placeholder:"ADDR"`
	SMTP    string `help:"Address of the built-in mail listener; none to have none. Default: ${default}." default:"127.0.0.1:2525" env:"DESKBELL_SMTP" placeholder:"ADDR"`
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

// limits bound how often apps may call the API; 0 is no bound.
type limits struct {
	Burst  int   `help:"Calls in ten seconds, of each app. HubSpot's is 190. Default: ${default}." default:"1900" env:"DESKBELL_API_BURST"`
	Search int   `help:"Searches in a second, of all apps. HubSpot's is 5. Default: ${default}." default:"50" env:"DESKBELL_API_SEARCH"`
	Daily  int64 `help:"Calls in a day (UTC), of all private apps. HubSpot's is 650000. Default: ${default}." default:"10000000" env:"DESKBELL_API_DAILY"`
}

// reach is what the program may call of itself: webhooks are typed by people.
type reach struct {
	Allow []netip.Prefix `name:"webhook-allow" help:"Networks that webhooks may lead to although they are not public, such as 10.1.0.0/16." env:"DESKBELL_WEBHOOK_ALLOW" placeholder:"CIDR"`
}

// config is all that the program is put together from.
type config struct {
	store
	network
	limits limits
	reach  reach
	clock  clock.Clock
	log    *slog.Logger
	trace  func(statements ...string) // as in db.Config; nil but in tests
}

func newConfig(s store, n network) config {
	return config{store: s, network: n, clock: clock.System{}, log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
}

func (c config) db(reactor db.Dispatcher) db.Config {
	return db.Config{URL: c.databaseURL(), Clock: c.clock, Node: c.Node, Log: c.log, Reactor: reactor, Trace: c.trace}
}

// prepareFolder makes the data folder; only its owner may look into it.
func (s store) prepareFolder() error { return os.MkdirAll(s.Data, 0o700) }
