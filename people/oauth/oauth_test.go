package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/audit"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/seal"
)

var ctx = context.Background()

const callback = "https://sync.example.org/back?from=desk"

// world is an account with an admin and a registered app.
type world struct {
	*oauth.Service
	t       *testing.T
	db      *db.DB
	clock   *clock.Fixed
	people  *people.Service
	boss    people.Actor
	app     oauth.App
	secrets oauth.Secrets
}

func each(t *testing.T, story func(w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		d := dbtest.Open(t, cfg)
		box, err := seal.New(make([]byte, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		p := people.New(d, people.HashMemory(64))
		w := &world{Service: oauth.New(d, p, box), t: t, db: d, clock: cfg.Clock.(*clock.Fixed), people: p}
		w.boss = w.user("ann@example.org", true)
		w.do(func(tx *db.Tx) (err error) {
			w.app, w.secrets, err = w.Add(tx, w.boss, oauth.App{Name: "Sync", RedirectURIs: []string{callback, "http://localhost:3000/"},
				Scopes: []string{"tickets", "crm.objects.contacts.read", "files"}})
			return err
		})
		story(w)
	})
}

func (w *world) do(fn func(tx *db.Tx) error) { w.t.Helper(); dbtest.Do(w.t, w.db, fn) }

func (w *world) user(email string, admin bool) people.Actor {
	w.t.Helper()
	u, err := w.people.AddUser(ctx, people.System, people.NewUser{Name: "Ann", Email: email, Password: "correct horse", SuperAdmin: admin})
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Actor()
}

func (w *world) client() oauth.Client {
	return oauth.Client{ID: w.app.ClientID, Secret: w.secrets.Client}
}

func (w *world) request() oauth.Request {
	return oauth.Request{ClientID: w.app.ClientID, RedirectURI: callback, Scope: "tickets", State: "x y&z"}
}

// code lets the app in and returns the code.
func (w *world) code(r oauth.Request) string {
	w.t.Helper()
	to, err := w.Allow(ctx, w.boss, r)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(to)
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Query().Get("code")
}

func (w *world) tokens() oauth.Tokens {
	w.t.Helper()
	t, err := w.Exchange(ctx, w.client(), w.code(w.request()), callback, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func code(err error) string {
	if e := errs.As(err); e != nil {
		return e.Code
	}
	return ""
}

func TestAnAppIsLetInAndWorks(t *testing.T) { // ACC-8, API-3
	each(t, func(w *world) {
		to, err := w.Allow(ctx, w.boss, w.request())
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(to)
		if u.Host != "sync.example.org" || u.Query().Get("from") != "desk" || u.Query().Get("state") != "x y&z" {
			t.Errorf("the user goes to %s", to)
		}
		got, err := w.Exchange(ctx, w.client(), u.Query().Get("code"), callback, "")
		if err != nil || got.User != w.boss.ID || got.Email != "ann@example.org" || !slices.Equal(got.Scopes, []string{"tickets", "oauth"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		by, err := w.Bearer(ctx, got.Access)
		if err != nil || by.ID != w.app.ID || by.Name != "Sync" || !by.Limited() || !by.Scope(people.View, "tickets").All() || by.Scope(people.View, "contacts").Reach != people.None {
			t.Errorf("acts as %+v, %v", by, err)
		}
		w.clock.Advance(oauth.AccessLife)
		if _, err := w.Bearer(ctx, got.Access); code(err) != "EXPIRED_AUTHENTICATION" || !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("an old token: %v", err)
		}
		next, err := w.Refresh(ctx, w.client(), got.Refresh)
		if err != nil || next.Refresh != got.Refresh || next.Access == got.Access {
			t.Errorf("refreshed: %+v, %v", next, err)
		}
		if _, err := w.Bearer(ctx, next.Access); err != nil {
			t.Error(err)
		}
		w.clock.Advance(48 * time.Hour)
		if _, err := w.Refresh(ctx, w.client(), got.Refresh); err != nil {
			t.Error(err)
		}
		if _, err := w.Bearer(ctx, got.Access); code(err) == "EXPIRED_AUTHENTICATION" {
			t.Error("a token that ended days ago is still kept")
		}
	})
}

func TestRequestsThatAreRefused(t *testing.T) { // ACC-8
	each(t, func(w *world) {
		mia := w.user("mia@example.org", false)
		for name, tt := range map[string]struct {
			by    people.Actor
			spoil func(*oauth.Request)
			kind  errs.Kind
		}{
			"no admin":          {mia, func(*oauth.Request) {}, errs.Denied},
			"unknown app":       {w.boss, func(r *oauth.Request) { r.ClientID = "x" }, errs.Invalid},
			"another address":   {w.boss, func(r *oauth.Request) { r.RedirectURI = callback + "&more=1" }, errs.Invalid},
			"the same but case": {w.boss, func(r *oauth.Request) { r.RedirectURI = strings.ToUpper(callback) }, errs.Invalid},
			"no address":        {w.boss, func(r *oauth.Request) { r.RedirectURI = "" }, errs.Invalid},
			"more scopes":       {w.boss, func(r *oauth.Request) { r.Scope = "tickets settings.users.write" }, errs.Invalid},
			"plain challenge":   {w.boss, func(r *oauth.Request) { r.Challenge, r.Method = strings.Repeat("a", 43), "plain" }, errs.Invalid},
			"no challenge":      {w.boss, func(r *oauth.Request) { r.Method = "S256" }, errs.Invalid},
			"short challenge":   {w.boss, func(r *oauth.Request) { r.Challenge, r.Method = "abc", "S256" }, errs.Invalid},
			"long state":        {w.boss, func(r *oauth.Request) { r.State = strings.Repeat("a", 3000) }, errs.Invalid},
		} {
			r := w.request()
			tt.spoil(&r)
			to, err := w.Allow(ctx, tt.by, r)
			no := w.db.Read(ctx, func(tx *db.Tx) error { _, err := w.Deny(tx, tt.by, r); return err })
			if to != "" || !errs.Is(err, tt.kind) || !errs.Is(no, tt.kind) {
				t.Errorf("%s: %q, %v, %v", name, to, err, no)
			}
		}
		if _, err := w.Allow(ctx, people.System, w.request()); !errs.Is(err, errs.Denied) {
			t.Errorf("an app lets an app in: %v", err)
		}
		dbtest.See(t, w.db, func(tx *db.Tx) error {
			to, err := w.Deny(tx, w.boss, w.request())
			if !strings.Contains(to, "error=access_denied") || !strings.HasPrefix(to, "https://sync.example.org/back?") {
				t.Errorf("denied to %s", to)
			}
			return err
		})
	})
}

func TestScopesThatAreGranted(t *testing.T) { // ACC-8
	each(t, func(w *world) {
		for asked, want := range map[string][]string{
			"|":                            {"tickets", "crm.objects.contacts.read", "files", "oauth"},
			"files tickets oauth|":         {"tickets", "files", "oauth"},
			"tickets|files automation foo": {"tickets", "files", "oauth"},
		} {
			r := w.request()
			r.Scope, r.OptionalScope, _ = strings.Cut(asked, "|")
			dbtest.See(t, w.db, func(tx *db.Tx) error {
				c, err := w.Asked(tx, w.boss, r)
				if !slices.Equal(c.Scopes, want) {
					t.Errorf("%q grants %q", asked, c.Scopes)
				}
				return err
			})
		}
		got := w.tokens()
		w.do(func(tx *db.Tx) error {
			less := w.app
			less.Scopes = []string{"files"}
			_, err := w.Change(tx, w.boss, less)
			return err
		})
		if by, err := w.Bearer(ctx, got.Access); err != nil || !slices.Equal(by.Scopes, []string{"oauth"}) {
			t.Errorf("after the app lost its scope: %q, %v", by.Scopes, err)
		}
	})
}

func TestCodesAreGoodOnce(t *testing.T) { // ACC-8, RFC 6749 4.1.2
	each(t, func(w *world) {
		secret := w.code(w.request())
		first, err := w.Exchange(ctx, w.client(), secret, callback, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Exchange(ctx, w.client(), secret, callback, ""); code(err) != "BAD_AUTH_CODE" {
			t.Errorf("used twice: %v", err)
		}
		if _, err := w.Bearer(ctx, first.Access); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("what a stolen code brought still works: %v", err)
		}
		if _, err := w.Refresh(ctx, w.client(), first.Refresh); code(err) != "BAD_REFRESH_TOKEN" {
			t.Errorf("and is refreshed: %v", err)
		}
		late := w.code(w.request())
		w.clock.Advance(5 * time.Minute)
		if _, err := w.Exchange(ctx, w.client(), late, callback, ""); code(err) != "BAD_AUTH_CODE" {
			t.Errorf("too late: %v", err)
		}
		raced := w.code(w.request())
		got := make([]error, 4)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() { _, got[i] = w.Exchange(ctx, w.client(), raced, callback, "") })
		}
		all.Wait()
		if n := len(slices.DeleteFunc(got, func(err error) bool { return err != nil })); n > 1 {
			t.Errorf("%d got tokens for one code", n)
		}
	})
}

func TestWhoMayExchange(t *testing.T) { // ACC-8, RFC 7636
	each(t, func(w *world) {
		var other oauth.App
		var theirs oauth.Secrets
		w.do(func(tx *db.Tx) (err error) {
			other, theirs, err = w.Add(tx, w.boss, oauth.App{Name: "Other", RedirectURIs: []string{callback}, Scopes: []string{"tickets"}})
			return err
		})
		verifier := strings.Repeat("v", 43)
		sum := sha256.Sum256([]byte(verifier))
		proved := w.request()
		proved.Challenge, proved.Method = base64.RawURLEncoding.EncodeToString(sum[:]), "S256"
		for name, tt := range map[string]struct {
			request          oauth.Request
			client           oauth.Client
			redirect, verify string
			want             string
		}{
			"unknown client":     {w.request(), oauth.Client{ID: "x", Secret: w.secrets.Client}, callback, "", "BAD_CLIENT_ID"},
			"wrong secret":       {w.request(), oauth.Client{ID: w.app.ClientID, Secret: "x"}, callback, "", "BAD_CLIENT_SECRET"},
			"no secret":          {w.request(), oauth.Client{ID: w.app.ClientID}, callback, "", "BAD_CLIENT_SECRET"},
			"another app":        {w.request(), oauth.Client{ID: other.ClientID, Secret: theirs.Client}, callback, "", "BAD_AUTH_CODE"},
			"another address":    {w.request(), w.client(), "http://localhost:3000/", "", "BAD_REDIRECT_URI"},
			"a verifier too few": {proved, w.client(), callback, "", "BAD_CODE_VERIFIER"},
			"a wrong verifier":   {proved, w.client(), callback, strings.Repeat("w", 43), "BAD_CODE_VERIFIER"},
			"one too many":       {w.request(), w.client(), callback, verifier, "BAD_CODE_VERIFIER"},
			"the right one":      {proved, w.client(), callback, verifier, ""},
		} {
			_, err := w.Exchange(ctx, tt.client, w.code(tt.request), tt.redirect, tt.verify)
			if code(err) != tt.want || (err == nil) != (tt.want == "") || tt.want != "" && oauth.OAuthError(err) == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		got := w.tokens()
		if _, err := w.Refresh(ctx, oauth.Client{ID: other.ClientID, Secret: theirs.Client}, got.Refresh); code(err) != "BAD_REFRESH_TOKEN" {
			t.Errorf("another app refreshed it: %v", err)
		}
		if oauth.OAuthError(errs.New(errs.Internal, "x", nil)) != "" || oauth.OAuthError(nil) != "" {
			t.Error("an error of another kind has a name of RFC 6749")
		}
	})
}

func TestSecretsOfAnApp(t *testing.T) { // ACC-8, SEC-2
	each(t, func(w *world) {
		got := w.tokens()
		var secret, key string
		w.do(func(tx *db.Tx) (err error) {
			if secret, err = w.RotateSecret(tx, w.boss, w.app.ID); err != nil {
				return err
			}
			key, err = w.RotateKey(tx, w.boss, w.app.ID)
			return err
		})
		if _, err := w.Refresh(ctx, w.client(), got.Refresh); code(err) != "BAD_CLIENT_SECRET" {
			t.Errorf("the old secret: %v", err)
		}
		if _, err := w.Refresh(ctx, oauth.Client{ID: w.app.ClientID, Secret: secret}, got.Refresh); err != nil {
			t.Error(err)
		}
		if by, err := w.Developer(ctx, key); err != nil || by.ID != w.app.ID || !by.Developer || by.SuperAdmin {
			t.Errorf("the developer is %+v, %v", by, err)
		}
		for _, bad := range []string{w.secrets.Developer, "", "x", secret} {
			if _, err := w.Developer(ctx, bad); !errs.Is(err, errs.Unauthenticated) {
				t.Errorf("the key %q: %v", bad, err)
			}
		}
		dbtest.See(t, w.db, func(tx *db.Tx) error {
			signs, err := w.Secret(tx, w.app.ID)
			if signs != secret {
				t.Error("what webhooks are signed with is not the secret")
			}
			kept, more := db.Value[string](tx, "SELECT secret_hash || secret_sealed || developer_key_hash FROM apps")
			if strings.Contains(kept, secret) || strings.Contains(kept, key) {
				t.Error("a secret can be read in the database")
			}
			if _, none := w.Secret(tx, 5); !errs.Is(none, errs.NotFound) {
				t.Errorf("of no app: %v", none)
			}
			return orErr(err, more)
		})
	})
}

func orErr(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestTokensEnd(t *testing.T) { // ACC-8, ACC-9
	each(t, func(w *world) {
		ended := func(what string, tokens ...oauth.Tokens) {
			t.Helper()
			for _, got := range tokens {
				_, access := w.Bearer(ctx, got.Access)
				_, refresh := w.Refresh(ctx, w.client(), got.Refresh)
				if !errs.Is(access, errs.Unauthenticated) || refresh == nil {
					t.Errorf("%s: %v, %v", what, access, refresh)
				}
			}
		}
		one, two := w.tokens(), w.tokens()
		w.do(func(tx *db.Tx) error { return w.Revoke(tx, one.Refresh) })
		ended("revoked", one)
		if _, err := w.Bearer(ctx, two.Access); err != nil {
			t.Errorf("revoking one ended another: %v", err)
		}
		w.do(func(tx *db.Tx) error { return w.RevokeOwn(tx, w.client(), two.Access) })
		if _, err := w.Bearer(ctx, two.Access); err == nil {
			t.Error("a revoked access token works")
		}
		w.do(func(tx *db.Tx) error { return w.Uninstall(tx, w.boss, w.app.ID) })
		ended("uninstalled", two)
		three := w.tokens()
		w.do(func(tx *db.Tx) error { return w.Remove(tx, w.boss, w.app.ID) })
		ended("deleted", three)
		dbtest.See(t, w.db, func(tx *db.Tx) error {
			all, err := w.people.AuditLog(tx, people.System, audit.Query{Categories: []string{"app"}, OldFirst: true, Limit: 100})
			var got []string
			for _, e := range all {
				got = append(got, strings.TrimPrefix(e.Action, "app.")+" by "+string(e.Actor.Kind))
			}
			want := []string{"created by user", "allowed by user", "installed by app", "allowed by user", "installed by app", "revoked by app",
				"uninstalled by user", "allowed by user", "installed by app", "deleted by user"}
			if !slices.Equal(got, want) {
				t.Errorf("the log says %q", got)
			}
			return err
		})
	})
}

func TestGrantsAndTokensAreBounded(t *testing.T) {
	each(t, func(w *world) {
		var first, last oauth.Tokens
		for i := range 30 {
			last = w.tokens()
			if i == 0 {
				first = last
			}
		}
		for range 120 {
			if _, err := w.Refresh(ctx, w.client(), last.Refresh); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(time.Second)
		}
		if _, err := w.Refresh(ctx, w.client(), first.Refresh); err == nil {
			t.Error("the oldest of thirty grants is still there")
		}
		dbtest.See(t, w.db, func(tx *db.Tx) error {
			grants, err := db.Value[int64](tx, "SELECT count(*) FROM app_grants")
			tokens, more := db.Value[int64](tx, "SELECT count(*) FROM app_tokens WHERE grant_id = $1", last.Grant)
			if grants > 25 || tokens > 100 {
				t.Errorf("%d grants, %d tokens of one", grants, tokens)
			}
			return orErr(err, more)
		})
	})
}

func TestAppsThatCannotBe(t *testing.T) { // API-4
	each(t, func(w *world) {
		good := oauth.App{Name: "Sync", RedirectURIs: []string{callback}, Scopes: []string{"tickets"}}
		for name, spoil := range map[string]func(*oauth.App){
			"no name":          func(a *oauth.App) { a.Name = " " },
			"no scopes":        func(a *oauth.App) { a.Scopes = nil },
			"no such scope":    func(a *oauth.App) { a.Scopes = []string{"fly"} },
			"no address":       func(a *oauth.App) { a.RedirectURIs = nil },
			"plain http":       func(a *oauth.App) { a.RedirectURIs = []string{"http://example.org/"} },
			"a fragment":       func(a *oauth.App) { a.RedirectURIs = []string{"https://example.org/#x"} },
			"an empty one":     func(a *oauth.App) { a.RedirectURIs = []string{"https://example.org/#"} },
			"script":           func(a *oauth.App) { a.RedirectURIs = []string{"javascript://x/%0aalert(1)"} },
			"no host":          func(a *oauth.App) { a.RedirectURIs = []string{"https:///x"} },
			"a user":           func(a *oauth.App) { a.RedirectURIs = []string{"https://a:b@example.org/"} },
			"relative":         func(a *oauth.App) { a.RedirectURIs = []string{"/back"} },
			"many":             func(a *oauth.App) { a.RedirectURIs = slices.Repeat([]string{callback}, 21) },
			"long description": func(a *oauth.App) { a.Description = strings.Repeat("x", 1001) },
			"control letters":  func(a *oauth.App) { a.Name = "a\x00b" },
		} {
			bad := good
			spoil(&bad)
			added := w.db.Write(ctx, func(tx *db.Tx) error { _, _, err := w.Add(tx, w.boss, bad); return err })
			bad.ID = w.app.ID
			changed := w.db.Write(ctx, func(tx *db.Tx) error { _, err := w.Change(tx, w.boss, bad); return err })
			if !errs.Is(added, errs.Invalid) || !errs.Is(changed, errs.Invalid) {
				t.Errorf("%s: %v, %v", name, added, changed)
			}
		}
		mia := w.user("mia@example.org", false)
		for name, fn := range map[string]func(tx *db.Tx) error{
			"add":       func(tx *db.Tx) error { _, _, err := w.Add(tx, mia, good); return err },
			"change":    func(tx *db.Tx) error { _, err := w.Change(tx, mia, w.app); return err },
			"list":      func(tx *db.Tx) error { _, err := w.List(tx, mia); return err },
			"get":       func(tx *db.Tx) error { _, err := w.Get(tx, mia, w.app.ID); return err },
			"remove":    func(tx *db.Tx) error { return w.Remove(tx, mia, w.app.ID) },
			"uninstall": func(tx *db.Tx) error { return w.Uninstall(tx, mia, w.app.ID) },
			"rotate":    func(tx *db.Tx) error { _, err := w.RotateSecret(tx, mia, w.app.ID); return err },
		} {
			if err := w.db.Write(ctx, fn); !errs.Is(err, errs.Denied) {
				t.Errorf("%s as anybody: %v", name, err)
			}
		}
		dbtest.See(t, w.db, func(tx *db.Tx) error {
			all, err := w.List(tx, w.boss)
			if len(all) != 1 || all[0].Grants != 0 || !all[0].Used.IsZero() {
				t.Errorf("the apps are %+v", all)
			}
			_, none := w.Get(tx, w.boss, 5)
			if !errs.Is(none, errs.NotFound) {
				t.Errorf("no app: %v", none)
			}
			return err
		})
	})
}

func FuzzRedirectURIs(f *testing.F) {
	for _, s := range []string{callback, "http://localhost/", "javascript:alert(1)", "https://", "https://[::1", "http://127.0.0.1@example.org/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		if !oauth.GoodRedirect(uri) {
			return
		}
		u, err := url.Parse(uri)
		if err != nil || u.Scheme != "https" && u.Hostname() != "localhost" && !strings.HasPrefix(u.Hostname(), "127.") && u.Hostname() != "::1" && !strings.Contains(u.Hostname(), ":") {
			t.Errorf("%q is taken: %+v, %v", uri, u, err)
		}
	})
}

// An app that asks for itself gets a token of what the newest that let it in allowed, and none that outlives that.
func TestAnAppAsksForItself(t *testing.T) { // ACC-8
	each(t, func(w *world) {
		if _, err := w.ForItself(ctx, w.client(), nil); oauth.OAuthError(err) != "unauthorized_client" {
			t.Errorf("before anybody let it in: %v", err)
		}
		w.tokens()
		got, err := w.ForItself(ctx, w.client(), []string{"tickets"})
		if err != nil || got.Refresh != "" || got.Access == "" || !slices.Contains(got.Scopes, "tickets") {
			t.Fatalf("%+v: %v", got, err)
		}
		by, err := w.Bearer(ctx, got.Access)
		if err != nil || by.ID != w.app.ID || !slices.Contains(by.Scopes, "tickets") {
			t.Errorf("it is %+v: %v", by, err)
		}
		for name, c := range map[string]struct {
			client oauth.Client
			scopes []string
			want   string
		}{
			"more than it was let do": {w.client(), []string{"tickets", "files"}, "invalid_scope"},
			"another secret":          {oauth.Client{ID: w.app.ClientID, Secret: "x"}, nil, "invalid_client"},
			"nobody":                  {oauth.Client{}, nil, "invalid_client"},
		} {
			if _, err := w.ForItself(ctx, c.client, c.scopes); oauth.OAuthError(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.do(func(tx *db.Tx) error { return w.Uninstall(tx, w.boss, w.app.ID) })
		if _, err := w.Bearer(ctx, got.Access); !errs.Is(err, errs.Unauthenticated) {
			t.Errorf("after it was put out: %v", err)
		}
	})
}

// A private app has a client secret when an admin makes one: sealed, shown once, and another one when it is asked for again.
func TestPrivateAppsHaveSecrets(t *testing.T) { // ACC-8, API-8
	each(t, func(w *world) {
		token, _, err := w.people.AddToken(ctx, w.boss, "Sync", "tickets")
		if err != nil {
			t.Fatal(err)
		}
		var first, second string
		w.do(func(tx *db.Tx) error {
			if _, err := w.Secret(tx, token.ID); code(err) != "NO_CLIENT_SECRET" {
				t.Errorf("before: %v", err)
			}
			if first, err = w.PrivateSecret(tx, w.boss, token.ID); err != nil {
				return err
			}
			second, err = w.PrivateSecret(tx, w.boss, token.ID)
			return err
		})
		w.do(func(tx *db.Tx) error {
			got, err := w.Secret(tx, token.ID)
			if got != second || second == first || len(second) < 32 {
				t.Errorf("%q, then %q; kept is %q", first, second, got)
			}
			if kept, err := db.Value[string](tx, "SELECT secret_sealed FROM tokens"); err != nil || strings.Contains(kept, second) || kept == "" {
				t.Errorf("stored as %q: %v", kept, err)
			}
			all, err2 := w.people.Tokens(tx, w.boss)
			if len(all) != 1 || !all[0].Signs {
				t.Errorf("the tokens are %+v: %v", all, err2)
			}
			return err
		})
		w.do(func(tx *db.Tx) error {
			readers, err := w.Readers(tx)
			if len(readers) != 1 || readers[token.ID].Name != "Sync" || !readers[token.ID].Limited() {
				t.Errorf("who may read: %+v", readers)
			}
			for n, want := range map[int64]string{token.ID: "Sync", w.app.ID: "Sync", 7: ""} {
				if name, err := w.Name(tx, n); name != want || errs.Is(err, errs.NotFound) != (want == "") {
					t.Errorf("%d is called %q: %v", n, name, err)
				}
			}
			for name, by := range map[string]people.Actor{"a user": {Kind: "user", ID: 9}, "the app itself": token.Actor()} {
				if _, err := w.PrivateSecret(tx, by, token.ID); !errs.Is(err, errs.Denied) {
					t.Errorf("%s makes one: %v", name, err)
				}
			}
			if _, err := w.PrivateSecret(tx, w.boss, 7); !errs.Is(err, errs.NotFound) {
				t.Errorf("of no token: %v", err)
			}
			return err
		})
	})
}
