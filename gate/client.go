package gate

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/deskbell/deskbell/people/audit"
)

// Client is the address of who asks, "" when it is not known. A proxy that we trust may name it.
func Client(ctx context.Context) string { return audit.Address(ctx) }

// clientOf walks X-Forwarded-For from the right while the speaker is a trusted proxy: what lies left of the first stranger
// anybody may have written.
func clientOf(req *http.Request, proxies []netip.Prefix) string {
	port, err := netip.ParseAddrPort(req.RemoteAddr)
	if err != nil {
		return ""
	}
	at := port.Addr().Unmap()
	hops := strings.Split(strings.Join(req.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && trusted(at, proxies); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = next.Unmap()
	}
	return at.String()
}

func trusted(a netip.Addr, proxies []netip.Prefix) bool {
	for _, p := range proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func (g *Gate) secure() bool { return strings.HasPrefix(g.cfg.BaseURL, "https://") }

const sessionAge = 30 * 24 * time.Hour

// Cookie holds a session's secret (ACC-7): scripts cannot read it, and other sites' forms do not carry it.
func (g *Gate) Cookie(secret string) string {
	c := http.Cookie{Name: SessionCookie, Value: secret, Path: "/", HttpOnly: true, Secure: g.secure(),
		SameSite: http.SameSiteLaxMode, MaxAge: int(sessionAge / time.Second)}
	return c.String()
}

// NoCookie removes the session's cookie.
func (g *Gate) NoCookie() string {
	c := http.Cookie{Name: SessionCookie, Path: "/", HttpOnly: true, Secure: g.secure(), SameSite: http.SameSiteLaxMode, MaxAge: -1}
	return c.String()
}
