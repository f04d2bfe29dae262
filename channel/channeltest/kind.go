package channeltest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

// testKind checks that the description is complete and consistent, so that the form it drives works.
func testKind(t *testing.T, k channel.Kind) {
	if k.Name == "" || k.Label == "" || k.Source == "" || k.New == nil {
		t.Errorf("incomplete: %+v", k)
	}
	if k.Limits.MaxBytes <= 0 {
		t.Error("Limits.MaxBytes must say how large a message may be")
	}
	byName := map[string]channel.Setting{}
	for _, s := range k.Settings {
		if _, ok := byName[s.Name]; ok || s.Name == "" || s.Label == "" {
			t.Errorf("setting %q has no label, or is there twice", s.Name)
		}
		byName[s.Name] = s
		checkType(t, s)
	}
	for _, s := range k.Settings {
		if s.When != "" && !whenHolds(byName, s.When) {
			t.Errorf("setting %s: When %q names no setting before it or no value of it", s.Name, s.When)
		}
	}
	for _, s := range k.Settings {
		if s.Type == channel.Choice && s.When == "" {
			refusesUnknown(t, k, s.Name)
		}
	}
}

func checkType(t *testing.T, s channel.Setting) {
	t.Helper()
	switch s.Type {
	case channel.Text, channel.Number:
	case channel.Secret:
		if s.Default != "" {
			t.Errorf("setting %s: a secret has no default", s.Name)
		}
	case channel.Switch:
		if s.Default != "true" && s.Default != "false" {
			t.Errorf("setting %s: the default must be true or false", s.Name)
		}
	case channel.Choice:
		if !slices.ContainsFunc(s.Choices, func(o channel.Option) bool { return o.Value == s.Default }) {
			t.Errorf("setting %s: the default %q is not a choice", s.Name, s.Default)
		}
	default:
		t.Errorf("setting %s: unknown type %q", s.Name, s.Type)
	}
}

func whenHolds(byName map[string]channel.Setting, when string) bool {
	name, value, _ := strings.Cut(when, "=")
	s, ok := byName[name]
	if ok && s.Type == channel.Switch {
		return value == "true" || value == "false"
	}
	return ok && slices.ContainsFunc(s.Choices, func(o channel.Option) bool { return o.Value == value })
}

func refusesUnknown(t *testing.T, k channel.Kind, name string) {
	t.Helper()
	settings := map[string]string{name: "no such choice"}
	account := channel.Account{ID: 1, Kind: k.Name, Name: "Test", Address: "test@example.org", Settings: settings}
	_, err := k.New(account, channel.Deps{Outbox: &Outbox{}, Now: time.Now, Host: "desk.example.org"})
	e := errs.As(err)
	if e == nil || e.Kind != errs.Invalid || len(e.Fields) == 0 || e.Fields[0].Name != name {
		t.Errorf("setting %s with an unknown value: %v, want an invalid input that names it", name, err)
	}
}

// survives gives a parser what strangers send: it may refuse, but must end, not panic, and let nothing through that a
// database refuses.
func survives(t *testing.T, p channel.Parser, more map[string][]byte) {
	inputs := map[string][]byte{
		"nothing":       nil,
		"one NUL":       {0},
		"NULs":          make([]byte, 1<<16),
		"invalid UTF-8": bytes.Repeat([]byte{0xff, 0xfe, '\n'}, 1000),
		"one long line": bytes.Repeat([]byte("a"), 1<<20),
		"brackets":      bytes.Repeat([]byte("[{(<"), 1<<16),
		"line ends":     bytes.Repeat([]byte("\r\n"), 1<<16),
	}
	for name, input := range more {
		inputs[name] = input
	}
	for name, input := range inputs {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			in, err := p.Parse(ctx, channel.Raw{ExternalID: "x", ReceivedAt: time.Now(), Body: input})
			if ctx.Err() != nil {
				t.Errorf("took longer than %v", patience)
			}
			if err != nil && errs.Is(err, errs.Internal) {
				t.Errorf("the error has no kind that fits a user: %v", err)
			}
			if all := fmt.Sprint(in.Subject, in.Text, in.HTML, in.Visible, in.From, in.MessageID); !utf8.ValidString(all) || strings.Contains(all, "\x00") {
				t.Error("invalid UTF-8 or NUL came through")
			}
		})
	}
}
