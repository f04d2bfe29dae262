package email

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

// How a connection is protected.
const (
	securityTLS      = "tls"
	securityStartTLS = "starttls"
	securityNone     = "none"
)

// How a sign-in is proven.
const (
	authPassword = "password"
	authXOAuth2  = "xoauth2"
)

const (
	maxHistoryDays = 3650
	minPoll        = 10
	maxPoll        = 1500 // RFC 2177: a server may hang up on a silent client after 30 minutes
)

// settingsForm is the settings of an account; the form, its checks and readConfig follow it.
func settingsForm() []channel.Setting {
	const imap, smtp = "receive=imap", "send=smtp"
	security := []channel.Option{
		{Value: securityTLS, Label: "TLS"}, {Value: securityStartTLS, Label: "STARTTLS"},
		{Value: securityNone, Label: "None (not protected)"},
	}
	auth := []channel.Option{
		{Value: authPassword, Label: "Password"}, {Value: authXOAuth2, Label: "OAuth 2.0 access token"},
	}
	return []channel.Setting{
		{Name: "receive", Label: "Receive by", Type: channel.Choice, Required: true, Default: "builtin", Choices: []channel.Option{
			{Value: "builtin", Label: "Forwarding to this server"}, {Value: "imap", Label: "IMAP mailbox"}},
			Help: "With forwarding, your mail server passes mail for this address to the built-in listener."},
		{Name: "imap_host", Label: "IMAP server", Type: channel.Text, Required: true, When: imap},
		{Name: "imap_port", Label: "IMAP port", Type: channel.Number, When: imap, Help: "Empty is 993 with TLS, otherwise 143."},
		{Name: "imap_security", Label: "IMAP security", Type: channel.Choice, Default: securityTLS, Choices: security, When: imap},
		{Name: "imap_user", Label: "IMAP user", Type: channel.Text, When: imap, Help: "Empty is the address."},
		{Name: "imap_password", Label: "IMAP password or token", Type: channel.Secret, Required: true, When: imap},
		{Name: "imap_auth", Label: "IMAP sign-in", Type: channel.Choice, Default: authPassword, Choices: auth, When: imap},
		{Name: "imap_folder", Label: "Folder", Type: channel.Text, Default: "INBOX", When: imap},
		{Name: "imap_after", Label: "After fetching", Type: channel.Choice, Default: "leave", When: imap, Choices: []channel.Option{
			{Value: "leave", Label: "Leave mail as it was"}, {Value: "move", Label: "Move mail to another folder"}}},
		{Name: "imap_move_to", Label: "Move to folder", Type: channel.Text, When: "imap_after=move"},
		{Name: "imap_history_days", Label: "Days of history to import", Type: channel.Number, Default: "0", When: imap,
			Help: "0 takes only mail that arrives from now on."},
		{Name: "imap_poll_seconds", Label: "Look for mail every (seconds)", Type: channel.Number, Default: "60", When: imap,
			Help: "New mail is usually announced at once; this is for servers that do not."},
		{Name: "send", Label: "Send by", Type: channel.Choice, Required: true, Default: "outbox", Choices: []channel.Option{
			{Value: "outbox", Label: "Outbox: keep, do not send"}, {Value: "smtp", Label: "SMTP server"}}},
		{Name: "smtp_host", Label: "SMTP server", Type: channel.Text, Required: true, When: smtp},
		{Name: "smtp_port", Label: "SMTP port", Type: channel.Number, When: smtp, Help: "Empty is 465 with TLS, otherwise 587."},
		{Name: "smtp_security", Label: "SMTP security", Type: channel.Choice, Default: securityTLS, Choices: security, When: smtp},
		{Name: "smtp_user", Label: "SMTP user", Type: channel.Text, When: smtp, Help: "Empty is no sign-in."},
		{Name: "smtp_password", Label: "SMTP password or token", Type: channel.Secret, When: smtp},
		{Name: "smtp_auth", Label: "SMTP sign-in", Type: channel.Choice, Default: authPassword, Choices: auth, When: smtp},
		{Name: "tls_insecure", Label: "Accept certificates that cannot be verified", Type: channel.Switch, Default: "false"},
		{Name: "auth_servers", Label: "Trusted authentication results", Type: channel.Text,
			Help: "Names of your mail servers whose Authentication-Results headers are believed, separated by commas."},
		{Name: "signature", Label: "Signature", Type: channel.Text, Help: "Offered in the composer below each reply."},
	}
}

// endpoint is one server and how to sign in there.
type endpoint struct {
	prefix   string // "imap" or "smtp", of the settings' names
	host     string
	port     int
	security string
	user     string
	password string
	auth     string
	insecure bool
}

func (e endpoint) address() string { return e.host + ":" + strconv.Itoa(e.port) }

// imapConfig is how to receive from a mailbox.
type imapConfig struct {
	endpoint
	folder  string
	moveTo  string // "" leaves mail where it was
	history time.Duration
	poll    time.Duration
}

// config is an account's settings, checked.
type config struct {
	address     string
	imap        *imapConfig // nil: the built-in listener receives
	smtp        *endpoint   // nil: the outbox keeps
	authServers map[string]bool
}

// form reads settings with the form's defaults and remembers the first problem.
type form struct {
	values map[string]string
	err    error
}

func (f *form) text(name string) string {
	if v := strings.TrimSpace(f.values[name]); v != "" {
		return v
	}
	for _, s := range settingsForm() {
		if s.Name == name {
			return s.Default
		}
	}
	return ""
}

func (f *form) bad(field, code, message string) {
	if f.err == nil {
		f.err = errs.Bad(field, code, message)
	}
}

func (f *form) required(name string) string {
	v := f.text(name)
	if v == "" {
		f.bad(name, "REQUIRED", name+" must not be empty")
	}
	return v
}

func (f *form) choice(name string, allowed ...string) string {
	v := f.text(name)
	for _, a := range allowed {
		if v == a {
			return v
		}
	}
	f.bad(name, "INVALID_OPTION", fmt.Sprintf("%s must be one of %s", name, strings.Join(allowed, ", ")))
	return allowed[0]
}

func (f *form) number(name string, empty, low, high int) int {
	v := f.text(name)
	if v == "" {
		return empty
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < low || n > high {
		f.bad(name, "OUT_OF_RANGE", fmt.Sprintf("%s must be a number from %d to %d", name, low, high))
	}
	return n
}

func readConfig(a channel.Account) (config, error) {
	f := &form{values: a.Settings}
	c := config{address: strings.ToLower(strings.TrimSpace(a.Address)), authServers: map[string]bool{}}
	if !validAddress(c.address) {
		f.bad("address", "INVALID_ADDRESS", "address must be an e-mail address such as support@example.org")
	}
	for id := range strings.SplitSeq(f.text("auth_servers"), ",") {
		if id = strings.ToLower(strings.TrimSpace(id)); id != "" {
			c.authServers[id] = true
		}
	}
	if f.choice("receive", "builtin", "imap") == "imap" {
		c.imap = f.imap(c.address)
	}
	if f.choice("send", "outbox", "smtp") == "smtp" {
		e := f.endpoint("smtp", 465, 587)
		c.smtp = &e
	}
	return c, f.err
}

func (f *form) imap(address string) *imapConfig {
	c := &imapConfig{endpoint: f.endpoint("imap", 993, 143), folder: f.required("imap_folder")}
	if c.user == "" {
		c.user = address
	}
	f.required("imap_password")
	if f.choice("imap_after", "leave", "move") == "move" {
		c.moveTo = f.required("imap_move_to")
		if c.moveTo == c.folder {
			f.bad("imap_move_to", "INVALID_OPTION", "imap_move_to must be another folder than imap_folder")
		}
	}
	c.history = time.Duration(f.number("imap_history_days", 0, 0, maxHistoryDays)) * 24 * time.Hour
	c.poll = time.Duration(f.number("imap_poll_seconds", 60, minPoll, maxPoll)) * time.Second
	return c
}

func (f *form) endpoint(prefix string, tlsPort, otherPort int) endpoint {
	e := endpoint{
		prefix:   prefix,
		host:     f.required(prefix + "_host"),
		security: f.choice(prefix+"_security", securityTLS, securityStartTLS, securityNone),
		user:     f.text(prefix + "_user"),
		password: f.values[prefix+"_password"],
		auth:     f.choice(prefix+"_auth", authPassword, authXOAuth2),
		insecure: f.choice("tls_insecure", "false", "true") == "true",
	}
	usual := otherPort
	if e.security == securityTLS {
		usual = tlsPort
	}
	e.port = f.number(prefix+"_port", usual, 1, 65535)
	if strings.ContainsAny(e.host, " /@\t\r\n") {
		f.bad(prefix+"_host", "INVALID_HOST", prefix+"_host must be a server name such as mail.example.org")
	}
	return e
}

// validAddress reports whether s can stand in an SMTP command as an address: one @, a local part and a domain, no
// spaces, control characters or brackets that could smuggle in a parameter or a command (SEC-1).
func validAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 || len(s) > 320 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' || r == 0xFFFD })
}
