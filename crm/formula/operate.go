package formula

import (
	"cmp"
	"math/big"
	"strings"
)

// combine checks an operator against its two sides.
func combine(op token, a, b expr) (expr, error) {
	wrong := func() (expr, error) {
		return expr{}, badAt(op.at, "%q does not fit between %s and %s", op.text, a.kind, b.kind)
	}
	switch op.text {
	case "and", "or":
		if a.kind != Bool || b.kind != Bool {
			return wrong()
		}
		return logic(op, a, b), nil
	case "+", "-", "*", "/":
		kind, run := arithmetic(op.text, a.kind, b.kind)
		if run == nil {
			return wrong()
		}
		return expr{kind, a.at, func(get env) value {
			x, y := a.eval(get), b.eval(get)
			if !x.known || !y.known {
				return value{kind: kind}
			}
			return run(x, y)
		}}, nil
	}
	kind, ok := unite(a.kind, b.kind)
	equality := op.text == "=" || op.text == "!="
	if !ok || kind == None || !equality && (kind == Bool || a.kind == None || b.kind == None) {
		return wrong()
	}
	return expr{Bool, a.at, func(get env) value {
		return compare(op.text, a.eval(get).as(kind), b.eval(get).as(kind), a.kind == None || b.kind == None)
	}}, nil
}

// logic is and, or with three values: known as soon as one side decides.
func logic(op token, a, b expr) expr {
	decides := op.text == "or"
	return expr{Bool, a.at, func(get env) value {
		x := a.eval(get)
		if x.known && x.yes == decides {
			return x
		}
		y := b.eval(get)
		if y.known && y.yes == decides {
			return y
		}
		return value{kind: Bool, known: x.known && y.known, yes: !decides}
	}}
}

// compare compares two values of one kind. toNone is a comparison with ” or null, which asks whether there is a value.
func compare(op string, x, y value, toNone bool) value {
	if toNone && x.kind != Text {
		return boolValue((x.known == y.known) == (op == "="))
	}
	if !x.known || !y.known {
		return value{kind: Bool}
	}
	c := 0
	switch x.kind {
	case Number:
		c = x.num.Cmp(y.num)
	case Time:
		c = cmp.Compare(x.ms, y.ms)
	case Bool:
		if x.yes != y.yes {
			c = 1
		}
	default:
		c = strings.Compare(x.text, y.text)
	}
	switch op {
	case "=":
		return boolValue(c == 0)
	case "!=":
		return boolValue(c != 0)
	case "<":
		return boolValue(c < 0)
	case "<=":
		return boolValue(c <= 0)
	case ">":
		return boolValue(c > 0)
	}
	return boolValue(c >= 0)
}

func arithmetic(op string, a, b Kind) (Kind, func(x, y value) value) {
	switch {
	case a == Number && b == Number:
		return Number, func(x, y value) value { return calculate(op, x.num, y.num) }
	case a == Text && b == Text && op == "+":
		return Text, func(x, y value) value { return textValue(x.text + y.text) }
	case a == Time && b == Time && op == "-":
		return Number, func(x, y value) value { return numberValue(new(big.Rat).SetInt64(x.ms - y.ms)) }
	case a == Time && b == Number && (op == "+" || op == "-"):
		return Time, func(x, y value) value { return shift(x.ms, y.num, op == "-") }
	case a == Number && b == Time && op == "+":
		return Time, func(x, y value) value { return shift(y.ms, x.num, false) }
	}
	return None, nil
}

func calculate(op string, x, y *big.Rat) value {
	n := new(big.Rat)
	switch op {
	case "+":
		return numberValue(n.Add(x, y))
	case "-":
		return numberValue(n.Sub(x, y))
	case "*":
		return numberValue(n.Mul(x, y))
	}
	if y.Sign() == 0 {
		return value{kind: Number}
	}
	return numberValue(n.Quo(x, y))
}

// shift moves an instant by milliseconds.
func shift(ms int64, by *big.Rat, back bool) value {
	whole := new(big.Int).Quo(by.Num(), by.Denom())
	if whole.BitLen() > 60 {
		return value{kind: Time}
	}
	if back {
		return timeValue(ms - whole.Int64())
	}
	return timeValue(ms + whole.Int64())
}
