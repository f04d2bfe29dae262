package erase_test

import (
	"testing"

	"github.com/deskbell/deskbell/crm/erase"
)

func TestWhatNamesAPerson(t *testing.T) { // REC-5
	ann := erase.What{Emails: []string{"ann@x.example", "a.bell+1@home.example"}, Phones: []string{"31205550123"}, Names: []string{"ann", "bell", "van", "dijk"}}
	for text, want := range map[string]bool{
		"ann@x.example": true, "To: <ANN@x.Example>, bob": true, "ann@x.example.": true, "a.bell+1@home.example": true,
		"joann@x.example": false, "ann@x.example2": false, "aabell+1@home.example": false, "": false, "\xff": false,
	} {
		if got := ann.Addressed()(text); got != want {
			t.Errorf("%q has an address: %v", text, got)
		}
	}
	for _, c := range []struct {
		texts []string
		want  bool
	}{
		{[]string{"x", "ann@x.example"}, true},
		{[]string{"+31 (0)20 555 01 23", "x"}, false}, // no number reads so
		{[]string{"020-5550123"}, true},
		{[]string{"0031 20 5550123"}, true},
		{[]string{"5550124"}, false},
		{[]string{"123"}, false},
		{[]string{"Ann", "Bell-van Dijk"}, true},
		{[]string{"Ann", "Bell"}, false},
		{[]string{"Anna Bellvan", "Dijk"}, false},
		{nil, false},
	} {
		if got := ann.Mentioned()(c.texts...); got != c.want {
			t.Errorf("%q name her: %v", c.texts, got)
		}
	}
	if nobody := (erase.What{}); nobody.Mentioned()("", "anybody", "0") || nobody.Addressed()("") {
		t.Error("who has no name is named")
	}
}
