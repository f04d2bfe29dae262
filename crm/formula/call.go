package formula

import (
	"math/big"
	"strings"
	"time"
)

// function is one that a formula can call. Kinds are of its arguments, the last repeated up to most; any of them may be anyKind.
type function struct {
	kinds       []Kind
	least, most int
	result      Kind
	blank       bool // runs with arguments that have no value; the others have none then
	run         func(args []value) value
}

const (
	anyKind  Kind = -1
	same     Kind = -2 // of the result: the kind of the arguments
	argsMost      = 100
)

// functions are HubSpot's with their other names, and the few that numbers and dates need.
var functions = map[string]function{
	"is_known":         {[]Kind{anyKind}, 1, 1, Bool, true, isKnown},
	"is_present":       {[]Kind{anyKind}, 1, 1, Bool, true, isKnown},
	"contains":         {[]Kind{Text, Text}, 2, 2, Bool, false, contains},
	"starts_with":      {[]Kind{Text, Text}, 2, 2, Bool, false, startsWith},
	"concatenate":      {[]Kind{anyKind}, 1, argsMost, Text, true, concatenate},
	"upper":            {[]Kind{Text}, 1, 1, Text, false, func(a []value) value { return textValue(strings.ToUpper(a[0].text)) }},
	"lower":            {[]Kind{Text}, 1, 1, Text, false, func(a []value) value { return textValue(strings.ToLower(a[0].text)) }},
	"trim":             {[]Kind{Text}, 1, 1, Text, false, func(a []value) value { return textValue(strings.TrimSpace(a[0].text)) }},
	"length":           {[]Kind{Text}, 1, 1, Number, false, length},
	"round":            {[]Kind{Number}, 1, 2, Number, false, func(a []value) value { return rounded(a, half) }},
	"floor":            {[]Kind{Number}, 1, 2, Number, false, func(a []value) value { return rounded(a, down) }},
	"ceil":             {[]Kind{Number}, 1, 2, Number, false, func(a []value) value { return rounded(a, up) }},
	"abs":              {[]Kind{Number}, 1, 1, Number, false, func(a []value) value { return numberValue(new(big.Rat).Abs(a[0].num)) }},
	"min":              {[]Kind{anyKind}, 1, argsMost, same, true, func(a []value) value { return extreme(a, "<") }},
	"max":              {[]Kind{anyKind}, 1, argsMost, same, true, func(a []value) value { return extreme(a, ">") }},
	"time_between":     {[]Kind{Time, Time}, 2, 2, Number, false, between},
	"year":             {[]Kind{Time}, 1, 1, Number, false, func(a []value) value { return whole(a[0].time().Year()) }},
	"month":            {[]Kind{Time}, 1, 1, Number, false, func(a []value) value { return whole(int(a[0].time().Month())) }},
	"day":              {[]Kind{Time}, 1, 1, Number, false, func(a []value) value { return whole(a[0].time().Day()) }},
	"string":           {[]Kind{anyKind}, 1, 1, Text, true, func(a []value) value { return textValue(a[0].String()) }},
	"number_to_string": {[]Kind{Number}, 1, 1, Text, true, func(a []value) value { return textValue(a[0].String()) }},
	"number":           {[]Kind{anyKind}, 1, 1, Number, false, toNumber},
	"string_to_number": {[]Kind{Text}, 1, 1, Number, false, toNumber},
	"bool":             {[]Kind{anyKind}, 1, 1, Bool, false, toBool},
	"date":             {[]Kind{Text}, 1, 1, Time, false, func(a []value) value { return read(Time, strings.TrimSpace(a[0].text)) }},
}

// call reads the arguments of a function, whose bracket is open already.
func (p *parser) call(t token) (expr, error) {
	f, ok := functions[strings.ToLower(t.text)]
	if !ok {
		return expr{}, badAt(t.at, "There is no function %q", t.text)
	}
	var args []expr
	for !p.peek().is(")") {
		if len(args) > 0 {
			if err := p.expect(",", "between arguments"); err != nil {
				return expr{}, err
			}
		}
		e, err := p.any()
		if err != nil {
			return e, err
		}
		if args = append(args, e); len(args) > f.most {
			return e, badAt(e.at, "%s takes at most %d values", t.text, f.most)
		}
	}
	p.next()
	if len(args) < f.least {
		return expr{}, badAt(t.at, "%s needs at least %d values", t.text, f.least)
	}
	return f.typed(t, args)
}

// typed checks the kinds of the arguments and makes the call.
func (f function) typed(t token, args []expr) (expr, error) {
	result := f.result
	for i, a := range args {
		want := f.kinds[min(i, len(f.kinds)-1)]
		if result == same && i == 0 {
			if result = a.kind; a.kind == None || a.kind == Bool {
				return a, badAt(a.at, "%s compares numbers, dates or texts, not %s", t.text, a.kind)
			}
		}
		if f.result == same {
			want = result
		}
		if want != anyKind && a.kind != want {
			return a, badAt(a.at, "%s needs %s here, not %s", t.text, want, a.kind)
		}
	}
	return expr{result, t.at, func(get env) value {
		in := make([]value, len(args))
		for i, a := range args {
			if in[i] = a.eval(get); !in[i].known && !f.blank {
				return value{kind: result, known: result == Text}
			}
		}
		return f.run(in).as(result)
	}}, nil
}

func (v value) time() time.Time { return time.UnixMilli(v.ms).UTC() }

func whole(n int) value { return numberValue(new(big.Rat).SetInt64(int64(n))) }

func isKnown(a []value) value { return boolValue(a[0].String() != "") }

// contains and starts_with ignore the case, as HubSpot's do and filters here.
func contains(a []value) value {
	return boolValue(strings.Contains(strings.ToLower(a[0].text), strings.ToLower(a[1].text)))
}

func startsWith(a []value) value {
	return boolValue(strings.HasPrefix(strings.ToLower(a[0].text), strings.ToLower(a[1].text)))
}

func concatenate(a []value) value {
	var b strings.Builder
	for _, v := range a {
		b.WriteString(v.shown())
		if b.Len() > resultMost {
			break
		}
	}
	return textValue(b.String())
}

// shown is a value within a text: a date as a day.
func (v value) shown() string {
	if v.kind == Time && v.known {
		return v.time().Format(time.DateOnly)
	}
	return v.String()
}

func length(a []value) value { return whole(len([]rune(a[0].text))) }

type rounding int

const (
	half rounding = iota // away from zero at the half
	down
	up
)

// rounded rounds to places, 0 for none; negative places round to tens and hundreds.
func rounded(a []value, how rounding) value {
	places := int64(0)
	if len(a) == 2 {
		if !a[1].num.IsInt() || !a[1].num.Num().IsInt64() {
			return value{kind: Number}
		}
		places = a[1].num.Num().Int64()
	}
	if places < -placesMost || places > placesMost {
		return value{kind: Number}
	}
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(max(places, -places)), nil))
	if places < 0 {
		scale.Inv(scale)
	}
	n := new(big.Rat).Mul(a[0].num, scale)
	num, den := n.Num(), n.Denom()
	if how == half {
		// The sign is put aside, so that halves go away from zero.
		double := new(big.Int).Add(new(big.Int).Mul(new(big.Int).Abs(num), big.NewInt(2)), den)
		q := double.Quo(double, new(big.Int).Mul(den, big.NewInt(2)))
		if n.Sign() < 0 {
			q.Neg(q)
		}
		return numberValue(new(big.Rat).Quo(new(big.Rat).SetInt(q), scale))
	}
	q := new(big.Int).Div(num, den) // towards minus infinity, since the denominator is positive
	if how == up && !n.IsInt() {
		q.Add(q, big.NewInt(1))
	}
	return numberValue(new(big.Rat).Quo(new(big.Rat).SetInt(q), scale))
}

// extreme leaves out what has no value.
func extreme(a []value, op string) value {
	var best value
	for _, v := range a {
		if !v.known || v.kind == Text && v.text == "" {
			continue
		}
		if best.kind == None || compare(op, v, best, false).yes {
			best = v
		}
	}
	return best
}

// between is the milliseconds from the first to the second.
func between(a []value) value { return numberValue(new(big.Rat).SetInt64(a[1].ms - a[0].ms)) }

func toNumber(a []value) value {
	switch v := a[0]; v.kind {
	case Number:
		return v
	case Time:
		return numberValue(new(big.Rat).SetInt64(v.ms))
	case Bool:
		if v.yes {
			return whole(1)
		}
		return whole(0)
	case Text:
		s := strings.TrimSpace(v.text)
		if len(s) <= digitsMost && !strings.ContainsAny(s, "/eEpPxX_") {
			if n, ok := new(big.Rat).SetString(s); ok {
				return numberValue(n)
			}
		}
	}
	return value{kind: Number}
}

func toBool(a []value) value {
	switch v := a[0]; v.kind {
	case Bool:
		return v
	case Number:
		return boolValue(v.num.Sign() != 0)
	case Text:
		switch strings.ToLower(strings.TrimSpace(v.text)) {
		case "true", "yes":
			return boolValue(true)
		case "false", "no":
			return boolValue(false)
		}
	}
	return value{kind: Bool}
}
