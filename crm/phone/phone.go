// Package phone reads phone numbers (PROP-1, REC-6). It knows numbering plans and nothing of records.
package phone

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// numberMost bounds what is looked at.
const numberMost = 100

func parse(raw string) (*phonenumbers.PhoneNumber, bool) {
	raw = strings.TrimSpace(raw)
	// Without its country's code a number may be anybody's.
	if len(raw) > numberMost || !strings.HasPrefix(raw, "+") {
		return nil, false
	}
	n, err := phonenumbers.Parse(raw, "")
	return n, err == nil && phonenumbers.IsPossibleNumber(n)
}

// E164 is a number as +31201234567, without an extension; ok is false when it does not begin with + and a country's code, or
// no such number is possible.
func E164(raw string) (number string, ok bool) {
	n, ok := parse(raw)
	if !ok {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

// Canonical is a number in the one form that all ways to write it share, with its extension: +31201234567 ext. 5. What
// E164 cannot read stays as it is, for a person to read.
func Canonical(raw string) string {
	n, ok := parse(raw)
	if !ok {
		return strings.TrimSpace(raw)
	}
	number := phonenumbers.Format(n, phonenumbers.E164)
	if n.GetExtension() != "" {
		number += " ext. " + n.GetExtension()
	}
	return number
}

// Country is the two letters of the country that a number belongs to, "" when E164 cannot read it or it belongs to none.
func Country(raw string) string {
	n, ok := parse(raw)
	if !ok {
		return ""
	}
	return phonenumbers.GetRegionCodeForNumber(n)
}
