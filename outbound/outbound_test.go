package outbound_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/outbound"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func do(t *testing.T, c *outbound.Client, address string) (outbound.Answer, error) {
	t.Helper()
	return c.Do(context.Background(), outbound.Call{Method: http.MethodPost, URL: address, Body: []byte("hello"), Most: 10,
		Header: map[string]string{"X-Test": "yes"}})
}

func TestWhatIsAllowedIsCalled(t *testing.T) { // API-8
	var asked *http.Request
	var body []byte
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
	})
	a, err := do(t, outbound.New(outbound.Config{Allow: loopback}), at+"/hook?a=1")
	if err != nil || a.Status != http.StatusAccepted || !a.OK() || a.Gone() || string(a.Body) != strings.Repeat("x", 10) || a.Took <= 0 {
		t.Errorf("%+v, %v", a, err)
	}
	if string(body) != "hello" || asked.Header.Get("X-Test") != "yes" || asked.RequestURI != "/hook?a=1" || asked.Header.Get("Accept-Encoding") != "" || asked.UserAgent() != "Deskbell" {
		t.Errorf("%s: %s %+v", asked.RequestURI, body, asked.Header)
	}
}

func TestNothingInsideIsCalled(t *testing.T) { // API-8
	reached := false
	at := serve(t, func(http.ResponseWriter, *http.Request) { reached = true })
	strict := outbound.New(outbound.Config{})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "2130706433"} {
		if _, err := do(t, strict, "http://"+host+":"+u.Port()); err == nil || reached {
			t.Errorf("%s was called: %v", host, err)
		}
	}
	if _, err := do(t, strict, at); !errors.Is(err, outbound.ErrInside) {
		t.Errorf("%v", err)
	}
}

func TestRedirectsAreAnswers(t *testing.T) { // API-8
	asked := 0
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	if a, err := do(t, outbound.New(outbound.Config{Allow: loopback}), at); err != nil || a.Status != http.StatusTemporaryRedirect || a.OK() || asked != 1 {
		t.Errorf("%+v, %v after %d requests", a, err, asked)
	}
}

// A name that led outside when it was typed leads inside when it is called.
func TestNamesThatLeadInside(t *testing.T) { // API-8
	reached := false
	at := serve(t, func(http.ResponseWriter, *http.Request) { reached = true })
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	address := "http://rebound.example.org:" + u.Port()
	names := resolver(t, [4]byte{127, 0, 0, 1})
	strict := outbound.New(outbound.Config{Resolver: names})
	if err := strict.Check("url", address); err != nil {
		t.Errorf("a name is checked when it is called: %v", err)
	}
	if _, err := do(t, strict, address); !errors.Is(err, outbound.ErrInside) || reached {
		t.Errorf("it was called: %v", err)
	}
	if _, err := do(t, outbound.New(outbound.Config{Resolver: names, Allow: loopback}), address); err != nil || !reached {
		t.Errorf("the resolver of this test leads nowhere: %v", err)
	}
}

// resolver knows one address for every name.
func resolver(t *testing.T, ip [4]byte) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Header.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body: &dnsmessage.AResource{A: ip}}}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = server.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

func TestAddressesAreCheckedAsTheyAreTyped(t *testing.T) { // API-8
	c := outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}})
	for _, good := range []string{"https://example.org/hook", "http://example.org:8080/a?b=c", "https://93.184.215.14/", "https://[2606:4700::1111]/",
		"https://10.1.2.3:25/", "https://bücher.example/"} {
		if err := c.Check("url", good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "example.org", "ftp://example.org", "https://", "https:///x", "https://a:b@example.org/", "https://example.org/#x", "https://example.org:0/",
		"https://example.org:/", "https://example.org:70000/", "https://exa mple.org/", "https://example.org/\n", "https://example.org/" + strings.Repeat("x", 2000),
		"https://127.0.0.1/", "https://10.0.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://169.254.169.254/latest", "https://100.64.0.1/", "https://0.0.0.0/",
		"https://224.0.0.1/", "https://255.255.255.255/", "https://192.0.2.1/", "https://93.184.215.14:25/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
		"https://[fc00::1]/", "https://[ff02::1]/", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[2001:db8::1]/"} {
		if err := c.Check("url", bad); !errs.Is(err, errs.Invalid) || errs.As(err).Fields[0].Name != "url" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
