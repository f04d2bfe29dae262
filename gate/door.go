package gate

import (
	"context"
	"net/http"
	"runtime/debug"

	"github.com/google/uuid"

	"github.com/deskbell/deskbell/errs"
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
	csrf := http.NewCrossOriginProtection()
	csrf.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		g.fail(w, req, errs.New(errs.Denied, "This request came from another site and was refused.", nil))
	}))
	inner := csrf.Handler(g.mux)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		id := newCorrelation()
		req = req.WithContext(context.WithValue(req.Context(), correlationKey{}, id))
		h := w.Header()
		h.Set("X-HubSpot-Correlation-Id", id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		defer g.recovered(w, req)
		inner.ServeHTTP(w, req)
	})
}

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
