package phone_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/phone"
)

func TestNumbers(t *testing.T) { // PROP-1, REC-6
	for _, c := range []struct{ raw, e164, canonical, country string }{
		{"+1 (415) 555-0100", "+14155550100", "+14155550100", "US"},
		{" +31 20 123 4567 ", "+31201234567", "+31201234567", "NL"},
		{"+31 (0)20 123 4567", "+31201234567", "+31201234567", "NL"},
		{"+31 20 123 4567 ext. 12", "+31201234567", "+31201234567 ext. 12", "NL"},
		{"020 123 4567", "", "020 123 4567", ""}, // whose country?
		{" 112 ", "", "112", ""},
		{"+1 5", "", "+1 5", ""},
		{"+999 123456789", "", "+999 123456789", ""},
		{"+", "", "+", ""},
		{"ask Ann", "", "ask Ann", ""},
		{"", "", "", ""},
		{"+1" + strings.Repeat("4", 200), "", "+1" + strings.Repeat("4", 200), ""},
	} {
		e164, ok := phone.E164(c.raw)
		if e164 != c.e164 || ok != (c.e164 != "") || phone.Canonical(c.raw) != c.canonical || phone.Country(c.raw) != c.country {
			t.Errorf("%q: %q %v, %q, %q", c.raw, e164, ok, phone.Canonical(c.raw), phone.Country(c.raw))
		}
	}
}

func TestCanonicalIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(rapid.String(), rapid.StringMatching(`\+[0-9]{1,3} ?[0-9 ()-]{4,14}( ?(x|ext\.|;ext=)[0-9]{1,8})?`)).Draw(t, "raw")
		if once := phone.Canonical(raw); phone.Canonical(once) != once {
			t.Errorf("%q becomes %q, then %q", raw, once, phone.Canonical(once))
		}
	})
}
