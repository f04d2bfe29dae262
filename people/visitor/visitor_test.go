package visitor_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/visitor"
	"github.com/deskbell/deskbell/seal"
)

var (
	ctx = context.Background()
	app = people.LimitedApp(7, "Shop", []string{"conversations.visitor_identification.tokens.create"})
	ann = visitor.Visitor{Email: "ann@example.org", FirstName: "Ann", LastName: "Lee"}
)

type world struct {
	*visitor.Service
	t     *testing.T
	db    *db.DB
	clock *clock.Fixed
	other *visitor.Service // of the same database, with another key file
}

func each(t *testing.T, story func(w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		w := &world{t: t, db: d, clock: cfg.Clock.(*clock.Fixed)}
		p := people.New(d)
		for i, to := range []**visitor.Service{&w.Service, &w.other} {
			box, err := seal.New(bytes.Repeat([]byte{byte(i)}, seal.KeySize))
			if err != nil {
				t.Fatal(err)
			}
			*to = visitor.New(d, p, box)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			return p.SetAccount(tx, people.System, people.Account{Name: "Acme", Domain: "acme.example"})
		})
		story(w)
	})
}

func (w *world) token(s *visitor.Service, v visitor.Visitor) string {
	w.t.Helper()
	token, err := s.Token(ctx, app, v)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) verify(s *visitor.Service, token string) (v visitor.Visitor, err error) {
	err = w.db.Read(ctx, func(tx *db.Tx) (err error) {
		v, err = s.Verify(tx, token)
		return err
	})
	return v, err
}

func TestATokenSaysWhoAVisitorIs(t *testing.T) { // CHAT-2
	each(t, func(w *world) {
		token := w.token(w.Service, visitor.Visitor{Email: " Ann@Example.org ", FirstName: " Ann", LastName: "Lee "})
		if got, err := w.verify(w.Service, token); err != nil || got != ann {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := w.verify(w.Service, w.token(w.Service, visitor.Visitor{Email: "é@example.org"})); err != nil || got != (visitor.Visitor{Email: "é@example.org"}) {
			t.Errorf("without names %+v, %v", got, err)
		}
		w.clock.Advance(visitor.Life - time.Second)
		if _, err := w.verify(w.Service, token); err != nil {
			t.Errorf("at the last moment: %v", err)
		}
		w.clock.Advance(time.Second)
		if _, err := w.verify(w.Service, token); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("after twelve hours: %v", err)
		}
	})
}

func TestAForgedTokenSaysNothing(t *testing.T) { // CHAT-2
	each(t, func(w *world) {
		if _, err := w.verify(w.Service, "a.b.c"); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("before there is a secret: %v", err)
		}
		token := w.token(w.Service, ann)
		parts := strings.Split(token, ".")
		code := base64.RawURLEncoding.EncodeToString
		claims, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			t.Fatal(err)
		}
		hers := code(bytes.Replace(claims, []byte("ann@"), []byte("eve@"), 1))
		none := code([]byte(`{"alg":"none","typ":"JWT"}`))
		for name, forged := range map[string]string{
			"empty": "", "dots": "..", "other claims": parts[0] + "." + hers + "." + parts[2], "no signature": parts[0] + "." + parts[1] + ".",
			"algorithm none": none + "." + parts[1] + ".", "none, signed": none + "." + parts[1] + "." + parts[2], "a part less": parts[1] + "." + parts[2],
			"a part more": token + ".x", "padded": token + "=", "long": token + strings.Repeat("x", 1<<20), "space": " " + token,
		} {
			if _, err := w.verify(w.Service, forged); !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
		}
		dbtest.Do(t, w.db, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE account SET portal_id = portal_id + 1")
			return err
		})
		if _, err := w.verify(w.Service, token); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("of another account: %v", err)
		}
	})
}

// The secret is made once, kept unreadable, and made anew when the key file was lost.
func TestTheSecretOfTokens(t *testing.T) { // SEC-2
	each(t, func(w *world) {
		tokens := make([]string, 4)
		var all sync.WaitGroup
		for i := range tokens {
			all.Go(func() { tokens[i] = w.token(w.Service, ann) })
		}
		all.Wait()
		for _, token := range tokens {
			if token != tokens[0] {
				t.Error("tokens of one moment differ: they are signed with different secrets")
			}
		}
		dbtest.See(t, w.db, func(tx *db.Tx) error {
			kept, err := db.Value[string](tx, "SELECT secret FROM visitor_key")
			if !strings.HasPrefix(kept, "s1.") {
				t.Errorf("kept as %.5s", kept)
			}
			return err
		})
		if _, err := w.verify(w.other, tokens[0]); !errs.Is(err, errs.Unavailable) {
			t.Errorf("without the key file: %v", err)
		}
		if got, err := w.verify(w.other, w.token(w.other, ann)); err != nil || got != ann {
			t.Errorf("with a new key file: %+v, %v", got, err)
		}
		if _, err := w.verify(w.other, tokens[0]); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("an old token: %v", err)
		}
	})
}

func TestWhatATokenIsNotMadeFor(t *testing.T) { // ACC-2, API-4
	each(t, func(w *world) {
		for field, bad := range map[string][]visitor.Visitor{
			"email": {{}, {Email: "ann"}, {Email: "Ann <ann@example.org>"}, {Email: "ann@example.org, eve@example.org"},
				{Email: "an\x00n@example.org"}, {Email: strings.Repeat("a", 250) + "@example.org"}},
			"firstName": {{Email: ann.Email, FirstName: strings.Repeat("x", 201)}, {Email: ann.Email, FirstName: "A\x00"}},
			"lastName":  {{Email: ann.Email, LastName: "L\nee"}},
		} {
			for _, v := range bad {
				_, err := w.Token(ctx, app, v)
				if e := errs.As(err); e == nil || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != field {
					t.Errorf("%s %.40q: %v", field, v, err)
				}
			}
		}
		for name, by := range map[string]people.Actor{"nobody": {}, "user": {Kind: "user", ID: 3, Seat: people.ServiceSeat}} {
			if _, err := w.Token(ctx, by, ann); !errs.Is(err, errs.Denied) {
				t.Errorf("as %s: %v", name, err)
			}
		}
	})
}
