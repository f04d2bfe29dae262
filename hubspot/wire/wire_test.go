package wire_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/gate/gatetest"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
)

const jsonType = "application/json;charset=utf-8"

func TestARouteIsServedUnderAllItsPaths(t *testing.T) { // API-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	app := gatetest.Start(t, d, people.New(d), func(g *gate.Gate) {
		f := wire.At(g, "/crm/v3/lamps", "/crm/lamps/{version}")
		echo := func(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
			gate.WriteJSON(w, http.StatusOK, map[string]string{"method": r.Method, "id": r.PathValue("id")})
			return nil
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			f.Add(method+" ", "All lamps", echo)
			f.Add(method+" /{id}", "A lamp", echo)
		}
	}).App()
	bases := []string{"/crm/v3/lamps"}
	for _, v := range []string{"v3", "v4", "2025-09", "2026-03", "2026-09", "2026-09-beta"} {
		bases = append(bases, "/crm/lamps/"+v)
	}
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		for _, base := range bases {
			for path, id := range map[string]string{"": "", "/": "", "/7": "7", "/7/": "7"} {
				var got struct{ Method, ID string }
				a := app.Do(method, base+path, nil).Is(http.StatusOK)
				if a.Into(&got); got.Method != method || got.ID != id || a.Header.Get("Content-Type") != jsonType {
					t.Errorf("%s %s: %+v as %s", method, base+path, got, a.Header.Get("Content-Type"))
				}
			}
		}
		for _, wrong := range []string{"/crm/lamps/v2", "/crm/lamps/2026-04/", "/crm/lamps/2026-09-BETA/7", "/crm/v4/lamps", "/crm/v3/lamps//"} {
			a := app.Do(method, wrong, nil)
			if a.Status != http.StatusNotFound && !(strings.HasSuffix(wrong, "//") && a.Status == http.StatusMovedPermanently || a.Status == http.StatusTemporaryRedirect) {
				t.Errorf("%s %s: %d", method, wrong, a.Status)
			}
		}
	}
	if a := app.Get("/crm/lamps/v2").Is(http.StatusNotFound); a.Header.Get("Content-Type") != jsonType {
		t.Errorf("an error is %s", a.Header.Get("Content-Type"))
	}
}

func TestPagesLeadToTheNext(t *testing.T) { // API-5
	get := httptest.NewRequest(http.MethodGet, "/crm/v3/lamps?limit=2&properties=a%2Cb&properties=c&after=x", nil)
	if p := wire.Following(get, ""); p != nil {
		t.Errorf("a last page has %+v", p)
	}
	if p := wire.Following(get, "y z"); p.Next.After != "y z" || p.Next.Link != "/crm/v3/lamps?after=y+z&limit=2&properties=a%2Cb&properties=c" {
		t.Errorf("%+v", p)
	}
	if p := wire.Following(httptest.NewRequest(http.MethodPost, "/crm/v3/lamps/search", nil), "y"); p.Next.Link != "" {
		t.Errorf("a POST cannot be followed by its address: %+v", p)
	}
}

func TestFlagsAndIDs(t *testing.T) { // API-4
	for text, want := range map[string]string{"": "false", "archived=": "false", "archived=false": "false", "archived=true": "true", "archived=TRUE": "true", "archived=1": "refused"} {
		on, err := wire.Flag(httptest.NewRequest(http.MethodGet, "/?"+text, nil), "archived")
		got := map[bool]string{true: "true", false: "false"}[on]
		if err != nil {
			got = "refused"
		}
		if got != want || err != nil && !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]int64{"7": 7, "0": 0, "-1": 0, "x": 0, "": 0, "9999999999999999999999": 0} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetPathValue("id", text)
		if n, err := wire.PathID(r, "id"); n != want || errs.Is(err, errs.NotFound) != (want == 0) {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
}

func TestBatchAnswers(t *testing.T) { // API-1
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	answer := func(b *wire.Batch[string]) (int, string) {
		w := httptest.NewRecorder()
		b.Write(w, at.Add(time.Second), http.StatusCreated)
		if w.Header().Get("Content-Type") != jsonType {
			t.Errorf("sent as %s", w.Header().Get("Content-Type"))
		}
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	b := wire.NewBatch[string](at)
	const times = `"requestedAt":"2026-11-02T09:00:00.000Z","startedAt":"2026-11-02T09:00:00.000Z","completedAt":"2026-11-02T09:00:01.000Z"}`
	if code, body := answer(b); code != 201 || body != `{"status":"COMPLETE","results":[],`+times {
		t.Errorf("%d %s", code, body)
	}
	b.Add("one")
	err := b.Fail(errs.New(errs.NotFound, "No lamp.", nil).WithCode("OBJECT_NOT_FOUND"), "ids", "7", "ids", "8", "objectWriteTraceId", "x")
	if err != nil {
		t.Fatal(err)
	}
	if code, body := answer(b); code != 207 || body != `{"status":"COMPLETE","results":["one"],"numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","message":"No lamp.",`+
		`"errors":[{"message":"No lamp.","code":"OBJECT_NOT_FOUND"}],"context":{"ids":["7","8"],"objectWriteTraceId":["x"]},"links":{}}],`+times {
		t.Errorf("%d %s", code, body)
	}
	for _, ours := range []error{errors.New("disk full"), errs.New(errs.Unavailable, "later", nil), errs.New(errs.Internal, "bug", nil)} {
		if err := b.Fail(ours); !errors.Is(err, ours) || b.NumErrors != 1 {
			t.Errorf("%v was put upon the input: %v", ours, err)
		}
	}
	for name, c := range map[string]struct {
		inputs []int
		bad    bool
	}{"none given": {nil, true}, "empty": {[]int{}, false}, "most": {make([]int, 3), false}, "too many": {make([]int, 4), true}} {
		if err := wire.Inputs(c.inputs, 3); errs.Is(err, errs.Invalid) != c.bad {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMalformedBodiesAreLocated(t *testing.T) { // API-4
	var into any
	err := wire.Decode(httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{\n  \"a\": 1,\n  b\n}")), &into)
	if err == nil || !strings.HasPrefix(err.Error(), "Invalid input JSON on line 3, column 3: ") {
		t.Errorf("%v", err)
	}
	if err := wire.Missing("inputs", "x"); err.Error() != "Invalid input JSON on line 1, column 1: Some required fields were not set: [inputs, x]" {
		t.Errorf("%v", err)
	}
}
