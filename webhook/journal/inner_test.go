package journal

import (
	"strings"
	"testing"
)

// A token is a UUID that holds an id, and nothing else reads as one.
func TestTokens(t *testing.T) {
	for _, n := range []int64{1, 172912803840015, 1<<53 - 1} {
		token := Token(n)
		if number(token) != n || number(strings.ToUpper(token)) != n || len(token) != 36 || token[14] != '8' || token[19] != '8' && token[19] != '9' && token[19] != 'a' && token[19] != 'b' {
			t.Errorf("%d is %s, which reads %d", n, token, number(token))
		}
	}
	for _, bad := range []string{"", "7", "550e8400-e29b-41d4-a716-446655440000", "00000000-0000-8000-0000-000000000001", Token(7) + "0", "{" + Token(7) + "}x"} {
		if got := number(bad); got != 0 {
			t.Errorf("%q reads %d", bad, got)
		}
	}
}

func TestConditions(t *testing.T) { // API-8
	for _, c := range []struct {
		have, operator, value string
		want                  bool
	}{
		{"Red Lamp", "EQ", "red lamp", true}, {"", "EQ", "x", false}, {"10.0", "EQ", "10", true}, {"a", "N_EQ", "b", true}, {"", "N_EQ", "b", true}, {"b", "N_EQ", "B", false},
		{"10", "GT", "9", true}, {"9", "GT", "10", false}, {"", "GT", "-1", false}, {"2026-01-02", "GT", "2026-01-01", true}, {"9", "GTE", "9", true}, {"", "GTE", "", false},
		{"9", "LT", "10", true}, {"", "LT", "10", false}, {"10", "LTE", "10", true}, {"", "LTE", "10", false}, {"11", "LTE", "10", false},
		{"HIGH", "IN", "low,high", true}, {"HIGH", "IN", "low", false}, {"HIGH", "NOT_IN", "low", true}, {"", "NOT_IN", "low", true}, {"LOW", "NOT_IN", "low", false},
		{"Red Lamp", "CONTAINS", "LAM", true}, {"Red Lamp", "STARTS_WITH", "re", true}, {"Red Lamp", "STARTS_WITH", "lamp", false}, {"Red Lamp", "ENDS_WITH", "lamp", true},
		{"", "IS_EMPTY", "", true}, {"x", "IS_EMPTY", "", false}, {"x", "IS_NOT_EMPTY", "", true}, {"", "IS_NOT_EMPTY", "", false},
	} {
		f := Filter{Conditions: []Condition{{Property: "p", Operator: c.operator, Value: c.value, Values: strings.Split(c.value, ",")}}}
		if got := f.passes(map[string]string{"p": c.have}); got != c.want {
			t.Errorf("%q %s %q: %v", c.have, c.operator, c.value, got)
		}
		if err := f.check(); err != nil && c.value != "" {
			t.Errorf("%s %q is refused: %v", c.operator, c.value, err)
		}
	}
	both := Filter{Conditions: []Condition{{Property: "a", Operator: "EQ", Value: "1"}, {Property: "b", Operator: "EQ", Value: "2"}}}
	if both.passes(map[string]string{"a": "1"}) || !both.passes(map[string]string{"a": "1", "b": "2"}) {
		t.Error("not all conditions must hold")
	}
}
