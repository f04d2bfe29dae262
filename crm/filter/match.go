package filter

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/property"
)

// match asks one value. It must agree with where and with Columns; TestSQLMemoryAndColumnsAgree compares them.
func (t *test) match(value string, now time.Time) bool { return t.holds(value, now) != t.not }

func (t *test) holds(value string, now time.Time) bool {
	if value == "" {
		return false
	}
	if t.link != nil || t.def.Multi() {
		return t.holdsOfSet(value)
	}
	switch t.op {
	case opHas:
		return true
	case opEqual, opIn:
		return slices.ContainsFunc(t.values, func(v string) bool { return t.fold(v) == t.fold(value) })
	case opToken:
		return containsAll(value, t.values)
	case opPart:
		return indexFold(value, t.values[0]) >= 0
	case opStart:
		return len(value) >= len(t.values[0]) && lowerASCII(value[:len(t.values[0])]) == t.values[0]
	case opEnd:
		return len(value) >= len(t.values[0]) && lowerASCII(value[len(value)-len(t.values[0]):]) == t.values[0]
	case opBetween:
		return t.compare(value, t.values[0]) >= 0 && t.compare(value, t.values[1]) <= 0
	case opRelative:
		low, high := t.span.bounds(t.def, now)
		return (low == "" || value >= low) && (high == "" || value <= high)
	}
	c := t.compare(value, t.values[0])
	switch t.op {
	case opLess:
		return c < 0
	case opLessEqual:
		return c <= 0
	case opGreater:
		return c > 0
	}
	return c >= 0
}

func (t *test) holdsOfSet(value string) bool {
	has := func(v string) bool { return containsEach(value, v) }
	switch {
	case t.op == opHas:
		return true
	case t.op == opEqual && t.link == nil:
		return value == t.values[0]
	}
	return slices.ContainsFunc(t.values, has)
}

// containsEach reports whether every option of part is among those of set.
func containsEach(set, part string) bool {
	for p := range strings.SplitSeq(part, ";") {
		if !slices.Contains(strings.Split(set, ";"), p) {
			return false
		}
	}
	return true
}

// folds reports whether equality ignores the case of A to Z, as HubSpot's does for free text.
func (t *test) folds() bool {
	return t.def.Type == property.String && t.def.Format != "email" && t.def.Format != "domain"
}

func (t *test) fold(s string) string {
	if t.folds() {
		return lowerASCII(s)
	}
	return s
}

// lowerASCII is lower() of both databases: A to Z alone.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// containsAll reports whether a value holds every word; the words are in lower case.
func containsAll(value string, words []string) bool {
	for _, w := range words {
		rest := value
		for part := range strings.SplitSeq(w, "*") {
			i := indexFold(rest, part)
			if i < 0 {
				return false
			}
			rest = rest[i+len(part):]
		}
	}
	return true
}

// indexFold is where a part in lower case begins in a text, ignoring the case of A to Z, or -1.
func indexFold(s, part string) int {
	if part == "" {
		return 0
	}
	for i := range len(s) - len(part) + 1 {
		n := 0
		for n < len(part) && lowerByte(s[i+n]) == part[n] {
			n++
		}
		if n == len(part) {
			return i
		}
	}
	return -1
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// compare orders two canonical values: numbers and ids by size, all others as text.
func (t *test) compare(a, b string) int {
	if t.def.Type != property.Number && t.def.Store != property.Ref {
		return strings.Compare(a, b)
	}
	if x, err := strconv.ParseInt(a, 10, 64); err == nil {
		if y, err := strconv.ParseInt(b, 10, 64); err == nil {
			return cmp.Compare(x, y)
		}
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if !okX || !okY {
		return strings.Compare(a, b)
	}
	return x.Cmp(y)
}
