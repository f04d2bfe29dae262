// Package outbound calls servers whose addresses people typed, and never reaches into the network that the program itself
// stands in unless the installation allows it (API-8). It knows nothing of what is sent or why.
package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Config says what may be reached. The zero value is what a strict installation needs.
type Config struct {
	Allow    []netip.Prefix // addresses that may be called although they are not public, at any port
	Resolver *net.Resolver  // nil is the machine's own
	Agent    string         // what we call ourselves; "" is Deskbell
}

const (
	connectTime = 5 * time.Second
	idleTime    = 30 * time.Second
	idleEach    = 16       // connections kept for one server
	idleAll     = 128      // and for all
	headerMost  = 64 << 10 // bytes of an answer's header
)

// Client calls servers outside. It follows no redirects, asks no proxy of the environment, keeps no cookies, and uncompresses
// nothing.
type Client struct {
	http  *http.Client
	agent string
	allow []netip.Prefix
}

// New returns a client.
func New(cfg Config) *Client {
	c := &Client{agent: cfg.Agent, allow: cfg.Allow}
	if c.agent == "" {
		c.agent = "Deskbell"
	}
	// Control sees the address after the name was resolved, for each address that is tried: no name can lead inside, whatever
	// it resolved to a moment ago.
	dialer := &net.Dialer{Timeout: connectTime, Resolver: cfg.Resolver, Control: c.control}
	c.http = &http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, DisableCompression: true,
			TLSHandshakeTimeout: connectTime, MaxIdleConns: idleAll, MaxIdleConnsPerHost: idleEach, IdleConnTimeout: idleTime,
			MaxResponseHeaderBytes: headerMost},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// ErrInside says that an address is not public, or its port not one for the web, and the installation does not allow it.
var ErrInside = errors.New("the address leads into a private network, or to a port that is not for the web")

func (c *Client) control(network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !c.reaches(at) {
		return fmt.Errorf("%s %s: %w", network, address, ErrInside)
	}
	return nil
}

// reaches reports whether an address may be called.
func (c *Client) reaches(at netip.AddrPort) bool {
	addr := at.Addr().Unmap()
	for _, p := range c.allow {
		if p.Contains(addr.WithZone("")) {
			return true
		}
	}
	return public(addr) && webPort(at.Port())
}

// Call is one request.
type Call struct {
	Method string
	URL    string
	Header map[string]string
	Body   []byte
	Most   int // bytes of the answer to keep; the rest is not read
}

// Answer is what the server said.
type Answer struct {
	Status int
	Body   []byte // its beginning
	Took   time.Duration
}

// OK reports whether the server took it.
func (a Answer) OK() bool { return a.Status/100 == 2 }

// Gone reports whether the server said that it wants no more, ever (RFC 9110, 15.5.11).
func (a Answer) Gone() bool { return a.Status == 410 }

// Do makes a call. The error is of the network, or ErrInside; whatever the server answered is none. Took is filled in either way.
func (c *Client) Do(ctx context.Context, call Call) (a Answer, err error) {
	began := time.Now()
	defer func() { a.Took = time.Since(began) }()
	req, err := http.NewRequestWithContext(ctx, call.Method, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return a, err
	}
	req.Header.Set("User-Agent", c.agent)
	for name, value := range call.Header {
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return a, err
	}
	defer res.Body.Close()
	a.Status = res.StatusCode
	// What was read in vain lets the connection be used again; a server that sends more loses it.
	a.Body, err = io.ReadAll(io.LimitReader(res.Body, int64(call.Most)))
	_, _ = io.CopyN(io.Discard, res.Body, drainMost)
	if err != nil && a.OK() {
		err = nil // it took the request; how its answer ends is nothing to us
	}
	return a, err
}

const drainMost = 4 << 10
