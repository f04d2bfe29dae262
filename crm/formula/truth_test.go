package formula_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/formula"
)

// number is a formula that computes a number, as text and as what it must compute: nil for no value.
type number struct {
	text string
	want *big.Rat
}

// truth is a formula that computes a yes or no; unknown is neither.
type truth struct {
	text    string
	yes     bool
	unknown bool
}

// generator makes formulas of a bounded depth over a record, together with their results, worked out the slow way.
type generator struct {
	t      *rapid.T
	values map[string]string // of the properties a to d; "" for none
}

func (g *generator) number(depth int) number {
	if depth == 0 {
		if rapid.Bool().Draw(g.t, "property") {
			name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(g.t, "name")
			want, ok := new(big.Rat).SetString(g.values[name])
			if !ok {
				want = nil
			}
			return number{name, want}
		}
		n := rapid.Int64Range(-50, 50).Draw(g.t, "constant")
		return number{fmt.Sprint(n), new(big.Rat).SetInt64(n)}
	}
	switch rapid.IntRange(0, 7).Draw(g.t, "kind") {
	case 0:
		x := g.number(depth - 1)
		if x.want != nil {
			x.want = new(big.Rat).Neg(x.want)
		}
		return number{"-(" + x.text + ")", x.want}
	case 1:
		x := g.number(depth - 1)
		if x.want != nil {
			x.want = new(big.Rat).Abs(x.want)
		}
		return number{"abs(" + x.text + ")", x.want}
	case 2:
		cond, yes, no := g.truth(depth-1), g.number(depth-1), g.number(depth-1)
		out := number{"(if " + cond.text + " then " + yes.text + " else " + no.text + ")", no.want}
		if cond.yes && !cond.unknown {
			out.want = yes.want
		}
		return out
	case 3:
		return g.extreme(depth, rapid.Bool().Draw(g.t, "largest"))
	}
	return g.arithmetic(depth)
}

func (g *generator) extreme(depth int, largest bool) number {
	x, y := g.number(depth-1), g.number(depth-1)
	name, want := "min", x.want
	if largest {
		name = "max"
	}
	if want == nil || y.want != nil && (y.want.Cmp(want) > 0) == largest && y.want.Cmp(want) != 0 {
		want = y.want
	}
	return number{name + "(" + x.text + ", " + y.text + ")", want}
}

func (g *generator) arithmetic(depth int) number {
	x, y := g.number(depth-1), g.number(depth-1)
	op := rapid.SampledFrom([]string{"+", "-", "*", "/"}).Draw(g.t, "operator")
	out := number{text: "(" + x.text + ") " + op + " (" + y.text + ")"}
	if x.want == nil || y.want == nil || op == "/" && y.want.Sign() == 0 {
		return out
	}
	out.want = new(big.Rat)
	switch op {
	case "+":
		out.want.Add(x.want, y.want)
	case "-":
		out.want.Sub(x.want, y.want)
	case "*":
		out.want.Mul(x.want, y.want)
	default:
		out.want.Quo(x.want, y.want)
	}
	return out
}

func (g *generator) truth(depth int) truth {
	if depth == 0 || rapid.Bool().Draw(g.t, "compare") {
		x, y := g.number(max(depth-1, 0)), g.number(max(depth-1, 0))
		op := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(g.t, "comparison")
		out := truth{text: x.text + " " + op + " " + y.text, unknown: x.want == nil || y.want == nil}
		if !out.unknown {
			c := x.want.Cmp(y.want)
			out.yes = map[string]bool{"=": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
		}
		return out
	}
	switch rapid.IntRange(0, 3).Draw(g.t, "logic") {
	case 0:
		x := g.truth(depth - 1)
		return truth{"not (" + x.text + ")", !x.yes, x.unknown}
	case 1:
		x := g.number(depth - 1)
		return truth{"is_known(" + x.text + ")", x.want != nil && formula.Decimal(x.want) != "", false}
	case 2:
		return g.both("and", depth)
	}
	return g.both("or", depth)
}

// both is and, or: one side that decides is enough.
func (g *generator) both(op string, depth int) truth {
	x, y := g.truth(depth-1), g.truth(depth-1)
	out := truth{text: "(" + x.text + ") " + op + " (" + y.text + ")", yes: op == "and", unknown: x.unknown || y.unknown}
	for _, side := range []truth{x, y} {
		if !side.unknown && side.yes == (op == "or") {
			return truth{out.text, op == "or", false}
		}
	}
	return out
}

func TestFormulasComputeWhatTheySay(t *testing.T) { // PROP-1
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{t, map[string]string{}}
		for _, name := range []string{"a", "b", "c", "d"} {
			if rapid.IntRange(0, 3).Draw(t, "known") > 0 {
				g.values[name] = strings.TrimSuffix(fmt.Sprintf("%d.%d", rapid.IntRange(-20, 20).Draw(t, "whole"), rapid.IntRange(0, 9).Draw(t, "tenth")), ".0")
			}
		}
		kind := func(name string) (formula.Kind, bool) { return formula.Number, strings.Contains("abcd", name) }
		get := func(name string) string { return g.values[name] }
		n := g.number(3)
		f, err := formula.Parse(n.text, kind)
		if err != nil {
			t.Fatalf("%s: %v", n.text, err)
		}
		want := ""
		if n.want != nil {
			want = formula.Decimal(n.want)
		}
		if got := f.Eval(get); got != want {
			t.Errorf("%s with %v is %q, want %q", n.text, g.values, got, want)
		}
		c := g.truth(3)
		if f, err = formula.Parse(c.text, kind); err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		want = fmt.Sprint(c.yes)
		if c.unknown {
			want = ""
		}
		if got := f.Eval(get); got != want {
			t.Errorf("%s with %v is %q, want %q", c.text, g.values, got, want)
		}
	})
}
