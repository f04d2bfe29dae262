package gate

import (
	"context"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/google/uuid"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people/audit"
)

type correlationKey struct{}

// CorrelationID names the request in answers and logs, so that a user's report finds its line.
func CorrelationID(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}

func newCorrelation() string { return uuid.NewString() }

// Door is what every request passes before its route: correlation id, headers, cross-site writes refused, panics answered.
func (g *Gate) Door() http.Handler {
	inner := g.sameSite(http.HandlerFunc(g.route))
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		id := newCorrelation()
		ctx := context.WithValue(req.Context(), correlationKey{}, id)
		req = req.WithContext(audit.From(ctx, clientOf(req, g.cfg.Proxies)))
		h := w.Header()
		h.Set("X-HubSpot-Correlation-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store") // what a route may let others keep it says itself
		if g.secure() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		defer g.recovered(w, req)
		inner.ServeHTTP(w, req)
	})
}

// sameSite refuses writes that another site's page made the browser send (SEC-1).
func (g *Gate) sameSite(next http.Handler) http.Handler {
	csrf := http.NewCrossOriginProtection()
	if u, err := url.Parse(g.cfg.BaseURL); err == nil && u.Host != "" {
		// Behind a proxy that changes Host, old browsers' Origin is still ours. It cannot fail: scheme and host are set.
		_ = csrf.AddTrustedOrigin(u.Scheme + "://" + u.Host)
	}
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		g.fail(w, req, errs.New(errs.Denied, "This request came from another site and was refused.", nil))
	}))
	return csrf.Handler(next)
}

// route answers what no route takes in the error body of all others.
func (g *Gate) route(w http.ResponseWriter, req *http.Request) {
	h, pattern := g.mux.Handler(req)
	if pattern != "" {
		g.mux.ServeHTTP(w, req)
		return
	}
	miss := &missed{header: http.Header{}}
	h.ServeHTTP(miss, req)
	if allow := miss.header.Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		g.fail(w, req, &statusError{http.StatusMethodNotAllowed,
			errs.New(errs.Invalid, "This address does not take "+req.Method+", only "+allow+".", nil).WithCode("METHOD_NOT_ALLOWED"), nil})
		return
	}
	g.fail(w, req, errNoAddress)
}

var errNoAddress = errs.New(errs.NotFound, "There is nothing at this address.", nil)

// NoRoute is the error of an address below an API's prefix that no route takes.
func NoRoute() error { return errNoAddress }

// missed takes the mux's own answer for what no route takes, for its Allow header.
type missed struct{ header http.Header }

func (m *missed) Header() http.Header         { return m.header }
func (m *missed) Write(b []byte) (int, error) { return len(b), nil }
func (m *missed) WriteHeader(int)             {}

func (g *Gate) recovered(w http.ResponseWriter, req *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		g.log.Error("panic in a request", "path", req.URL.Path, "panic", p, "stack", string(debug.Stack()))
		g.fail(w, req, errs.New(errs.Internal, "panic", nil))
	}
}
