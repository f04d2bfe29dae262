package errs_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/errs"
)

func TestKindSurvivesWrapping(t *testing.T) { // API-4
	for kind, name := range map[errs.Kind]string{
		errs.Internal: "internal", errs.Invalid: "invalid", errs.Unauthenticated: "unauthenticated", errs.Denied: "denied", errs.NotFound: "not found",
		errs.Conflict: "conflict", errs.Limited: "limited", errs.Unavailable: "unavailable",
	} {
		err := fmt.Errorf("assign ticket 7: %w", errors.Join(io.EOF, fmt.Errorf("deeper: %w", errs.New(kind, "the words", io.ErrUnexpectedEOF))))
		if errs.KindOf(err) != kind || !errs.Is(err, kind) || kind.String() != name {
			t.Errorf("%v: wrapped it is %v, %v", kind, errs.KindOf(err), errs.Is(err, kind))
		}
		if e := errs.As(err); e == nil || e.Message != "the words" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v: lost its message or its cause: %v", kind, err)
		}
		for other := errs.Internal; other <= errs.Unavailable; other++ {
			if other != kind && errs.Is(err, other) {
				t.Errorf("%v is %v too", kind, other)
			}
		}
	}
}

func TestWhatNobodyClassifiedIsInternal(t *testing.T) { // API-4: the message of such an error is hidden
	plain := errors.New("disk on fire")
	if errs.KindOf(plain) != errs.Internal || !errs.Is(plain, errs.Internal) || errs.As(plain) != nil {
		t.Errorf("%v is %v", plain, errs.KindOf(plain))
	}
	if errs.Is(nil, errs.Internal) || errs.As(nil) != nil {
		t.Error("no error has no kind")
	}
}

func TestOutermostClassificationHolds(t *testing.T) {
	err := errs.New(errs.Conflict, "The pipeline is in use.", errs.New(errs.NotFound, "no such row", nil))
	if errs.KindOf(err) != errs.Conflict || errs.As(err).Message != "The pipeline is in use." {
		t.Errorf("got %v, %v", errs.KindOf(err), errs.As(err).Message)
	}
}

func TestMessageIsForThePersonCauseForTheLog(t *testing.T) {
	for want, err := range map[string]error{
		"Try later.":                errs.New(errs.Unavailable, "Try later.", nil),
		"Try later.: dial tcp: EOF": errs.New(errs.Unavailable, "Try later.", fmt.Errorf("dial tcp: %w", io.EOF)),
		"At most 3, not 7.":         errs.Newf(errs.Invalid, "At most %d, not %d.", 3, 7),
		"Enter a name.":             errs.Bad("name", "REQUIRED", "Enter a name."),
	} {
		if err.Error() != want {
			t.Errorf("says %q, want %q", err, want)
		}
	}
	if e := errs.New(errs.Unavailable, "Try later.", io.EOF); strings.Contains(e.Message, "EOF") {
		t.Errorf("the person is shown %q", e.Message)
	}
}

func TestBadInputNamesItsField(t *testing.T) { // API-4
	e := errs.Bad("email", "INVALID_EMAIL", "Enter an e-mail address.")
	if e.Kind != errs.Invalid || !reflect.DeepEqual(e.Fields, []errs.Field{{Name: "email", Code: "INVALID_EMAIL", Message: "Enter an e-mail address."}}) {
		t.Errorf("got %+v", e)
	}
	more := errs.New(errs.Conflict, "In use.", nil).WithCode("PIPELINE_IN_USE").WithDetail("tickets", "1", "2").WithDetail("stages", "9")
	if more.Code != "PIPELINE_IN_USE" || !reflect.DeepEqual(more.Detail, map[string][]string{"tickets": {"1", "2"}, "stages": {"9"}}) {
		t.Errorf("got %+v", more)
	}
	if again := more.WithDetail("stages", "8"); fmt.Sprint(again.Detail["stages"]) != "[8]" {
		t.Errorf("a fact said again is %v", again.Detail["stages"])
	}
}
