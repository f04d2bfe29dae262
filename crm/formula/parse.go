package formula

import (
	"math/big"
	"strings"
)

// env gives a property's canonical value.
type env = func(name string) string

// expr is a part of a formula, checked: what it is, and how to compute it.
type expr struct {
	kind Kind
	at   int
	eval func(env) value
}

type parser struct {
	tokens []token
	i      int
	nodes  int
	depth  int
	names  []string
	kindOf func(name string) (Kind, bool)
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) next() token {
	t := p.tokens[p.i]
	if t.kind != tokEnd {
		p.i++
	}
	return t
}

func (p *parser) accept(sign string) bool {
	if p.peek().is(sign) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(sign, why string) error {
	if p.accept(sign) {
		return nil
	}
	return badAt(p.peek().at, "Expected %q %s, not %s", sign, why, p.peek())
}

// count bounds how much a formula computes.
func (p *parser) count(at int) error {
	if p.nodes++; p.nodes > nodesMost {
		return badAt(at, "The formula is too long: at most %d parts", nodesMost)
	}
	return nil
}

func (p *parser) whole() (expr, error) {
	e, err := p.any()
	if err != nil {
		return e, err
	}
	if t := p.peek(); t.kind != tokEnd {
		return e, badAt(t.at, "Expected the end or an operator, not %s", t)
	}
	if e.kind == None {
		return e, badAt(e.at, "The formula has no value")
	}
	return e, nil
}

func (p *parser) any() (expr, error) {
	if p.depth++; p.depth > depthMost {
		return expr{}, badAt(p.peek().at, "The formula is nested too deep: at most %d levels", depthMost)
	}
	defer func() { p.depth-- }()
	if t := p.peek(); t.is("if") {
		p.next()
		return p.choice(t.at)
	}
	return p.binary(0)
}

// choice reads what follows if or elseif.
func (p *parser) choice(at int) (expr, error) {
	if err := p.count(at); err != nil {
		return expr{}, err
	}
	cond, err := p.want(Bool, "after if")
	if err != nil {
		return cond, err
	}
	if err := p.expect("then", "after the condition"); err != nil {
		return cond, err
	}
	yes, err := p.any()
	if err != nil {
		return yes, err
	}
	no := expr{kind: None, at: p.peek().at, eval: nothing}
	switch t := p.peek(); {
	case t.is("elseif"):
		p.next()
		no, err = p.nested(t.at)
	case p.accept("else"):
		if no, err = p.any(); err == nil {
			p.accept("endif")
		}
	default:
		p.accept("endif")
	}
	if err != nil {
		return no, err
	}
	kind, ok := unite(yes.kind, no.kind)
	if !ok {
		return no, badAt(no.at, "Both results must be of one kind, but one is %s and the other %s", yes.kind, no.kind)
	}
	return expr{kind, at, func(get env) value {
		if c := cond.eval(get); c.known && c.yes {
			return yes.eval(get).as(kind)
		}
		return no.eval(get).as(kind)
	}}, nil
}

// nested is an elseif: one level deeper.
func (p *parser) nested(at int) (expr, error) {
	if p.depth++; p.depth > depthMost {
		return expr{}, badAt(at, "The formula is nested too deep: at most %d levels", depthMost)
	}
	defer func() { p.depth-- }()
	return p.choice(at)
}

// want reads an expression of a kind.
func (p *parser) want(kind Kind, where string) (expr, error) {
	e, err := p.any()
	if err == nil && e.kind != kind {
		err = badAt(e.at, "Expected %s %s, not %s", kind, where, e.kind)
	}
	return e, err
}

// unite is the kind of a value that is of one kind or the other.
func unite(a, b Kind) (Kind, bool) {
	if a == None {
		return b, true
	}
	return a, b == None || a == b
}

// levels are the operators of two sides, from the weakest.
var levels = [][]string{{"or"}, {"and"}, {"not"}, {"=", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "/"}}

func (p *parser) binary(level int) (expr, error) {
	if level == len(levels) {
		return p.unary()
	}
	if levels[level][0] == "not" {
		return p.negation(level)
	}
	left, err := p.binary(level + 1)
	for err == nil {
		t := p.peek()
		if !isOneOf(t, levels[level]) {
			break
		}
		p.next()
		if err := p.count(t.at); err != nil {
			return left, err
		}
		var right expr
		if right, err = p.binary(level + 1); err == nil {
			left, err = combine(t, left, right)
		}
	}
	return left, err
}

func isOneOf(t token, all []string) bool {
	for _, sign := range all {
		if t.is(sign) {
			return true
		}
	}
	return false
}

func (p *parser) negation(level int) (expr, error) {
	t := p.peek()
	if !t.is("not") {
		return p.binary(level + 1)
	}
	p.next()
	if err := p.count(t.at); err != nil {
		return expr{}, err
	}
	if p.depth++; p.depth > depthMost {
		return expr{}, badAt(t.at, "The formula is nested too deep: at most %d levels", depthMost)
	}
	defer func() { p.depth-- }()
	e, err := p.negation(level)
	if err == nil && e.kind != Bool {
		err = badAt(e.at, "Expected %s after not, not %s", Bool, e.kind)
	}
	return expr{Bool, t.at, func(get env) value { v := e.eval(get); v.yes = !v.yes; return v }}, err
}

func (p *parser) unary() (expr, error) {
	minus := false
	at := p.peek().at
	for p.accept("-") {
		minus = !minus
	}
	e, err := p.primary()
	if err != nil || !minus {
		return e, err
	}
	if e.kind != Number {
		return e, badAt(e.at, "Only a number can be negative, not %s", e.kind)
	}
	return expr{Number, at, func(get env) value {
		v := e.eval(get)
		if v.known {
			v.num = new(big.Rat).Neg(v.num)
		}
		return v
	}}, nil
}

func (p *parser) primary() (expr, error) {
	t := p.next()
	if err := p.count(t.at); err != nil {
		return expr{}, err
	}
	switch {
	case t.is("("):
		e, err := p.any()
		if err != nil {
			return e, err
		}
		return e, p.expect(")", "after the expression")
	case t.is("true"), t.is("false"):
		return constant(t.at, Bool, value{kind: Bool, known: true, yes: t.text == "true"}), nil
	case t.is("null"), t.kind == tokText && t.text == "":
		return constant(t.at, None, value{}), nil
	case t.kind == tokText:
		return constant(t.at, Text, textValue(t.text)), nil
	case t.kind == tokNumber:
		n, ok := new(big.Rat).SetString(t.text)
		if !ok || len(t.text) > 40 || strings.HasSuffix(t.text, ".") {
			return expr{}, badAt(t.at, "%q is not a number", t.text)
		}
		return constant(t.at, Number, numberValue(n)), nil
	case t.kind == tokName && p.peek().is("("):
		p.next()
		return p.call(t)
	case t.kind == tokName, t.kind == tokQuoted:
		return p.property(t)
	}
	return expr{}, badAt(t.at, "Expected a value, not %s", t)
}

func constant(at int, kind Kind, v value) expr {
	return expr{kind, at, func(env) value { return v }}
}

func nothing(env) value { return value{} }

func (p *parser) property(t token) (expr, error) {
	kind, ok := p.kindOf(t.text)
	if !ok {
		return expr{}, badAt(t.at, "There is no property %q", t.text)
	}
	p.names = append(p.names, t.text)
	return expr{kind, t.at, func(get env) value { return read(kind, get(t.text)) }}, nil
}
