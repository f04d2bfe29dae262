package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/errs"
)

func TestIDsAreNumericStrings(t *testing.T) { // API-2
	out, err := json.Marshal(map[string]any{"one": wire.ID(7), "many": wire.IDs([]int64{1, 2}), "none": wire.IDs(nil), "missing": wire.Ref(0)})
	if err != nil || string(out) != `{"many":["1","2"],"missing":null,"none":[],"one":"7"}` {
		t.Errorf("%s, %v", out, err)
	}
	for in, good := range map[string]bool{`"12"`: true, `12`: false, `"x"`: false, `"-1"`: false, `"0"`: false, `""`: false, `"99999999999999999999"`: false} {
		var i wire.ID
		if err := json.Unmarshal([]byte(in), &i); (err == nil) != good {
			t.Errorf("%s: %v", in, err)
		}
	}
	if s := wire.ID(0).Schema(nil); s.Type != huma.TypeString || s.Pattern == "" {
		t.Errorf("described as %+v", s)
	}
}

func TestLeftOutIsNotNull(t *testing.T) { // API-2
	type change struct {
		A wire.Optional[wire.ID]
		B wire.Optional[string]
		C wire.Optional[wire.ID]
	}
	var c change
	if err := json.Unmarshal([]byte(`{"A":"5","B":null}`), &c); err != nil {
		t.Fatal(err)
	}
	if !c.A.Sent || c.A.Value != 5 || !c.B.Sent || c.B.Value != "" || c.C.Sent {
		t.Errorf("read %+v", c)
	}
	if err := json.Unmarshal([]byte(`{"A":5}`), &c); err == nil {
		t.Error("a number was taken for an id")
	}
	r := huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)
	if s := c.A.Schema(r); !s.Nullable || s.Type != huma.TypeString {
		t.Errorf("described as %+v", s)
	}
}

func TestWhatIsMissing(t *testing.T) {
	if wire.Time(time.Time{}) != nil || wire.Text("") != nil || wire.RefOf("") != nil || wire.RefOf("abc") != nil {
		t.Error("what is missing must be null")
	}
	at := wire.Time(time.Date(2026, 11, 2, 10, 0, 0, 0, time.FixedZone("", 3600)))
	if out, _ := json.Marshal(at); string(out) != `"2026-11-02T09:00:00Z"` {
		t.Errorf("an instant is %s", out)
	}
	if *wire.Text("x") != "x" || *wire.RefOf("12") != 12 {
		t.Error("what is there must be there")
	}
}

func TestPages(t *testing.T) { // API-5
	last, _ := json.Marshal(wire.Paged[int](nil, ""))
	more, _ := json.Marshal(wire.Paged([]int{1}, "abc"))
	if string(last) != `{"results":[]}` || string(more) != `{"results":[1],"paging":{"next":{"after":"abc"}}}` {
		t.Errorf("%s, %s", last, more)
	}
	if n, err := wire.Place("12"); n != 12 || err != nil {
		t.Error(n, err)
	}
	if n, err := wire.Place(""); n != 0 || err != nil {
		t.Error(n, err)
	}
	if _, err := wire.Place("x"); !errs.Is(err, errs.Invalid) {
		t.Error(err)
	}
}
