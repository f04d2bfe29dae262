package formula_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/formula"
	"github.com/deskbell/deskbell/errs"
)

// kinds are the properties that the formulas of these tests can use; row is a record with some of them.
var (
	kinds = map[string]formula.Kind{"price": formula.Number, "cost": formula.Number, "tiny": formula.Number, "gone": formula.Number,
		"name": formula.Text, "empty": formula.Text, "paid": formula.Bool, "unsaid": formula.Bool, "began": formula.Time, "ended": formula.Time,
		"day": formula.Time, "never": formula.Time, "hs_time_in_a-1": formula.Number}
	row = map[string]string{"price": "10", "cost": "0.1", "tiny": "0.2", "name": "Ann", "paid": "true", "began": "2026-03-01T10:00:00.000Z",
		"ended": "2026-03-01T11:30:00.000Z", "day": "2026-03-02", "hs_time_in_a-1": "7"}
)

func parse(text string) (*formula.Formula, error) {
	return formula.Parse(text, func(name string) (formula.Kind, bool) { k, ok := kinds[name]; return k, ok })
}

func eval(t *testing.T, text string) string {
	t.Helper()
	f, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f.Eval(func(name string) string { return row[name] })
}

func TestFormulas(t *testing.T) { // PROP-1
	for _, c := range []struct{ text, want string }{
		{"price * 1.21", "12.1"},
		{"cost + tiny", "0.3"}, // in decimals, as money is
		{"1/3", "0.333333333333"},
		{"2 + 3 * 4 - -1", "15"},
		{"(2 + 3) * 4", "20"},
		{"-price / 4", "-2.5"},
		{"price / 0", ""},
		{"price + gone", ""},
		{"[hs_time_in_a-1] * 2", "14"},
		{"name + ' ' + \"B\"", "Ann B"},
		{`'it\'s'`, "it's"},
		{"concatenate(upper(name), '-', price, '-', day)", "ANN-10-2026-03-02"},
		{"concatenate(empty, name, empty)", "Ann"},
		{"lower(trim('  ÄB '))", "äb"},
		{"length(name)", "3"},
		{"ended - began", "5400000"},
		{"time_between(began, ended) / 60000", "90"},
		{"time_between(began, never)", ""},
		{"began + 3600000", "1772362800000"},
		{"day", "1772409600000"},
		{"year(day) * 100 + month(day) + day(day) / 100", "202603.02"},
		{"began < day and day > date('2026-03-01')", "true"},
		{"if price > 5 then 'dear' else 'cheap'", "dear"},
		{"IF price > 50 THEN 1 ELSEIF price > 5 THEN 2 ELSE 3 ENDIF", "2"},
		{"if gone > 5 then 1 else 2", "2"}, // what is not known does not hold
		{"if unsaid then 1", ""},
		{"if price > 5 then '' else 4", ""},
		{"(if paid then 1 else 2) + 1", "2"},
		{"not paid or price = 10", "true"},
		{"not (paid and price equals 11)", "true"},
		{"unsaid or paid", "true"},
		{"unsaid and paid", ""},
		{"unsaid and false", "false"},
		{"gone = null", "true"},
		{"gone != null", "false"},
		{"price <> null && !unsaid = null", "false"},
		{"empty = ''", "true"},
		{"name != ''", "true"},
		{"is_known(price) and not is_known(gone) and is_present(name) and not is_present(empty)", "true"},
		{"is_known(unsaid)", "false"},
		{"contains(name, 'NN')", "true"},
		{"starts_with(name, 'an')", "true"},
		{"max(price, gone, 3)", "10"},
		{"min(price, cost)", "0.1"},
		{"max(gone)", ""},
		{"min('b', name)", "Ann"},
		{"max(began, day)", "1772409600000"},
		{"round(2.5) * 100 + round(-2.5)", "297"},
		{"round(2.345, 2)", "2.35"},
		{"round(1234, -2)", "1200"},
		{"floor(-1.5) * 10 + ceil(-1.5)", "-21"},
		{"floor(2.39, 1) + ceil(2.31, 1)", "4.7"},
		{"abs(-2)", "2"},
		{"string(price) + string(paid)", "10true"},
		{"number('12.50') + number(paid) + string_to_number('x' )", ""},
		{"number('12.50') + number(paid)", "13.5"},
		{"bool('yes') and bool(price)", "true"},
		{"number_to_string(cost)", "0.1"},
	} {
		if got := eval(t, c.text); got != c.want {
			t.Errorf("%s is %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFormulaErrorsSayWhere(t *testing.T) { // PROP-1
	for _, c := range []struct{ text, says string }{
		{"", "Expected a value, not the end (at character 1)"},
		{"price +", "Expected a value, not the end (at character 8)"},
		{"price 3", `not "3" (at character 7)`},
		{"prize + 1", `There is no property "prize" (at character 1)`},
		{"1 + name", `"+" does not fit between a number and a text (at character 3)`},
		{"price = name", "does not fit between"},
		{"paid < true", "does not fit between"},
		{"price and paid", "does not fit between"},
		{"day * 2", "does not fit between a date and a number"},
		{"now()", `There is no function "now"`},
		{"if price then 1", "Expected true or false after if, not a number (at character 4)"},
		{"if paid 1", `Expected "then" after the condition`},
		{"if paid then 1 else 'x'", "one is a number and the other a text (at character 21)"},
		{"'open", "has no closing ' (at character 1)"},
		{"[open", "no closing ]"},
		{"(1", `Expected ")"`},
		{"1.2.3", "is not a number"},
		{"5 % 2", `"%" cannot stand in a formula (at character 3)`},
		{"upper(price)", "upper needs a text here, not a number (at character 7)"},
		{"max(price, name)", "max needs a number here, not a text"},
		{"max(paid)", "max compares"},
		{"round()", "round needs at least 1"},
		{"round(1,2,3)", "round takes at most 2"},
		{"round(1 2)", `Expected "," between arguments`},
		{"null", "The formula has no value"},
		{"not price", "Expected true or false after not"},
		{"-name", "Only a number can be negative"},
		{strings.Repeat("(", 60) + "1" + strings.Repeat(")", 60), "nested too deep"},
		{strings.Repeat("not ", 60) + "paid", "nested too deep"},
		{"if paid then 1 " + strings.Repeat("elseif paid then 1 ", 60), "nested too deep"},
		{"1" + strings.Repeat("+1", 300), "too long"},
		{strings.Repeat(" ", 5000), "at most 4000 characters"},
	} {
		_, err := parse(c.text)
		if e := errs.As(err); e == nil || e.Kind != errs.Invalid || !strings.Contains(e.Message, c.says) || e.Fields[0].Name != "calculationFormula" {
			t.Errorf("%.40q: %v, want %q", c.text, err, c.says)
		}
	}
}

func TestNamesAndKinds(t *testing.T) {
	f, err := parse("if paid then price else cost + price + [tiny]")
	if err != nil || f.Kind() != formula.Number || fmt.Sprint(f.Names()) != "[cost paid price tiny]" {
		t.Errorf("%v: %v of %v", err, f.Kind(), f.Names())
	}
	for text, want := range map[string]formula.Kind{"name": formula.Text, "day": formula.Time, "1 = 1": formula.Bool, "ended - began": formula.Number} {
		if f, err := parse(text); err != nil || f.Kind() != want {
			t.Errorf("%s: %v, %v", text, f, err)
		}
	}
}

// Numbers stay exact in decimals, and no formula makes them grow without end.
func TestArithmeticIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(-1e12, 1e12).Draw(t, "a"), rapid.Int64Range(-1e12, 1e12).Draw(t, "b")
		get := func(name string) string {
			return strings.TrimRight(strings.TrimRight(big.NewRat(map[string]int64{"price": a, "cost": b}[name], 1000).FloatString(3), "0"), ".")
		}
		f, err := parse("(price + cost) * 1000 - cost * 1000")
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Eval(get); got != fmt.Sprint(a) {
			t.Errorf("%d, %d: %s", a, b, got)
		}
	})
	if got := eval(t, "1"+strings.Repeat("*price*1234567890.123456789", 90)); got != "" {
		t.Errorf("a number of %d digits came out", len(got))
	}
	if got := eval(t, "1"+strings.Repeat("/7", 90)); got != "0" {
		t.Errorf("a hair is %s", got)
	}
	if got := eval(t, "concatenate("+strings.Repeat("concatenate(name, name, name, name),", 15)+"name)"); len(got) != 61*3 {
		t.Errorf("%d bytes", len(got))
	}
	if got := eval(t, "day + 99999999999999999999"); got != "" {
		t.Errorf("a day after the last is %s", got)
	}
}

func FuzzParse(f *testing.F) { // SEC-1: whatever one writes is refused or computes
	for _, s := range []string{"price*2", "if paid then 'a' else name", "max(price,[cost],.5)", "not(a)", `"\"`, "[[]]", "elseif", "- - 1", "date(name) - day"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := parse(text)
		if err != nil {
			if errs.KindOf(err) != errs.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		for _, get := range []func(string) string{func(n string) string { return row[n] }, func(string) string { return "" }} {
			if out := parsed.Eval(get); len(out) > 65536 {
				t.Errorf("%d bytes", len(out))
			}
		}
	})
}

func BenchmarkEval(b *testing.B) {
	f, err := parse("if is_known(ended) then round(time_between(began, ended) / 60000 * price, 2) else null")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		f.Eval(func(name string) string { return row[name] })
	}
}
