package formula

import (
	"math/big"
	"strconv"
	"strings"
	"time"
)

// value is one value. A text is always known; the others are unknown where a record has none.
type value struct {
	kind  Kind
	known bool
	num   *big.Rat
	text  string
	yes   bool
	ms    int64 // of Time: since 1970
}

func numberValue(n *big.Rat) value {
	if n = bounded(n); n == nil {
		return value{kind: Number}
	}
	return value{kind: Number, known: true, num: n}
}

func textValue(s string) value {
	if len(s) > resultMost {
		s = strings.ToValidUTF8(s[:resultMost], "")
	}
	return value{kind: Text, known: true, text: s}
}

func boolValue(yes bool) value { return value{kind: Bool, known: true, yes: yes} }

// The first and last instants that a property can hold: the years 1 to 9999.
const (
	firstMS = -62135596800000
	lastMS  = 253402300799999
)

func timeValue(ms int64) value {
	return value{kind: Time, known: ms >= firstMS && ms <= lastMS, ms: ms}
}

// as gives ” and null the kind that the other side has.
func (v value) as(kind Kind) value {
	if v.kind == None {
		return value{kind: kind, known: kind == Text}
	}
	return v
}

// read takes a canonical value of a record.
func read(kind Kind, raw string) value {
	if kind == Text {
		return textValue(raw)
	}
	if raw == "" {
		return value{kind: kind}
	}
	switch kind {
	case Number:
		if n, ok := new(big.Rat).SetString(raw); ok {
			return numberValue(n)
		}
	case Bool:
		return boolValue(raw == "true")
	case Time:
		for _, layout := range []string{"2006-01-02T15:04:05.000Z", time.DateOnly} {
			if t, err := time.Parse(layout, raw); err == nil {
				return timeValue(t.UnixMilli())
			}
		}
	}
	return value{kind: kind}
}

// String is the canonical form.
func (v value) String() string {
	switch {
	case !v.known:
		return ""
	case v.kind == Number:
		return Decimal(v.num)
	case v.kind == Bool:
		return strconv.FormatBool(v.yes)
	case v.kind == Time:
		return strconv.FormatInt(v.ms, 10)
	}
	return v.text
}

const (
	placesMost = 12  // of a result that has no end, such as 1/3
	digitsMost = 40  // of a result: as of any number
	bitsMost   = 512 // of an intermediate result
)

// bounded keeps numbers from growing without end: what is too large is none, what is too fine is rounded.
func bounded(n *big.Rat) *big.Rat {
	if n.Num().BitLen() <= bitsMost && n.Denom().BitLen() <= bitsMost {
		return n
	}
	rounded, ok := new(big.Rat).SetString(n.FloatString(2 * placesMost))
	if !ok || rounded.Num().BitLen() > bitsMost {
		return nil
	}
	return rounded
}

// Decimal is a number as properties hold it, rounded to 12 places; "" when it has too many digits for one.
func Decimal(n *big.Rat) string {
	if n.IsInt() {
		if s := n.Num().String(); len(s) <= digitsMost {
			return s
		}
		return ""
	}
	s := strings.TrimRight(strings.TrimRight(n.FloatString(placesMost), "0"), ".")
	if s == "-0" {
		return "0"
	}
	if len(s) > digitsMost {
		return ""
	}
	return s
}
