package rule_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/errs"
)

var now = time.Date(2026, 11, 4, 15, 0, 0, 0, time.UTC) // a Wednesday

func TestRules(t *testing.T) { // PROP-2
	for _, c := range []struct {
		of   rule.Sort
		typ  string
		args string // joined by a space
		good string // values joined by |
		bad  string
		code string
	}{
		{rule.Text, "ALPHANUMERIC", "ALPHANUMERIC", "ab1|É9", "a b|a-b", "INVALID_STRING"},
		{rule.Text, "ALPHANUMERIC", "ALPHA_ONLY", "ab|é", "a1", "INVALID_STRING"},
		{rule.Text, "ALPHANUMERIC", "NUMERIC_ONLY", "007", "7a|-7|7.5", "INVALID_STRING"},
		{rule.Text, "DOMAIN", "", "example.com|A.b-c.EXAMPLE", "example|a b.com|https://a.com", "INVALID_STRING"},
		{rule.Text, "EMAIL", "", "ann@example.com", "ann|Ann <ann@example.com>|@b.c", "INVALID_EMAIL"},
		{rule.Text, "EMAIL_ALLOWED_DOMAINS", "example.com", "ann@example.com|ann@eu.Example.com", "ann@other.com|ann@badexample.com|x", "INVALID_STRING"},
		{rule.Text, "EMAIL_BLOCKED_DOMAINS", "example.com other.com", "ann@b.c", "ann@other.com|ann@a.example.com|x", "INVALID_STRING"},
		{rule.Text, "FORMAT", "UPPER", "ÄB 1", "Ab", "INVALID_STRING"},
		{rule.Text, "FORMAT", "LOWER", "äb 1", "Ab", "INVALID_STRING"},
		{rule.Text, "FORMAT", "CAPITALIZATION", "Ann De Vries|McCoy", "ann|Ann de Vries", "INVALID_STRING"},
		{rule.Text, "MAX_LENGTH", "3", "abc|ééé", "abcd", "INVALID_STRING"},
		{rule.Phone, "MIN_LENGTH", "3", "112", "12", "INVALID_STRING"},
		{rule.Text, "REGEX", "[A-Z]{2}|x", "AB|x", "ABC|ab|AB\n", "INVALID_STRING"},
		{rule.Text, "SPECIAL_CHARACTERS", "NOT_ALLOWED", "Ann 1", "Ann!|a_b", "INVALID_STRING"},
		{rule.Text, "URL", "", "https://example.com/a?b|http://x.example", "example.com|ftp://a.b|javascript:alert(1)|https:", "INVALID_STRING"},
		{rule.Text, "URL_ALLOWED_DOMAINS", "example.com", "https://www.example.com/x", "https://other.com|example.com", "INVALID_STRING"},
		{rule.Text, "URL_BLOCKED_DOMAINS", "spam.com", "https://example.com", "https://a.spam.com/x|x", "INVALID_STRING"},
		{rule.Text, "WHITESPACE", "", "ab", "a b| ab", "INVALID_STRING"},
		{rule.Text, "WHITESPACE", "TRIM", "a b", " ab|ab ", "INVALID_STRING"},
		{rule.Phone, "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE", "", "+31201234567|+1 415 555 0100", "0201234567|x", "INVALID_STRING"},
		{rule.Phone, "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE", "nl", "+31201234567", "+14155550100", "INVALID_STRING"},
		{rule.Number, "DECIMAL", "2", "5|5.25|-0.1", "5.255", "INVALID_NUMBER"},
		{rule.Number, "DECIMAL", "0", "5", "5.5", "INVALID_NUMBER"},
		{rule.Number, "MAX_NUMBER", "99.9", "99.9|-5", "99.91|1000", "INVALID_NUMBER"},
		{rule.Number, "MIN_NUMBER", "-10.5", "-10.5|0", "-10.51", "INVALID_NUMBER"},
		{rule.Date, "AFTER_DURATION", "P7D", "2026-11-11|2027-01-01", "2026-11-10", "INVALID_DATE"},
		{rule.DateTime, "AFTER_DATETIME_DURATION", "PT12H", "2026-11-05T03:00:00.000Z", "2026-11-05T02:59:59.999Z", "INVALID_DATE"},
		{rule.Date, "BEFORE_DURATION", "P1M", "2026-10-04", "2026-10-05|2026-11-04", "INVALID_DATE"},
		{rule.DateTime, "BEFORE_DATETIME_DURATION", "P1Y2W", "2025-10-21T15:00:00.000Z", "2025-10-21T15:00:00.001Z", "INVALID_DATE"},
		{rule.Date, "DAYS_OF_WEEK", "MONDAY WEDNESDAY", "2026-11-04|2026-11-02", "2026-11-03", "INVALID_DATE"},
		{rule.DateTime, "DAYS_OF_WEEK", "TUESDAY", "2026-11-03T23:59:59.999Z", "2026-11-04T00:00:00.000Z", "INVALID_DATE"},
		{rule.Date, "START_DATE", "1640995200000", "2022-01-01", "2021-12-31", "INVALID_DATE"},
		{rule.DateTime, "START_DATETIME", "1640995200000", "2022-01-01T00:00:00.000Z", "2021-12-31T23:59:59.999Z", "INVALID_DATE"},
		{rule.Date, "END_DATE", "1640995200000", "2022-01-01", "2022-01-02", "INVALID_DATE"},
		{rule.DateTime, "END_DATETIME", "1640995200000", "2022-01-01T00:00:00.000Z", "2022-01-01T00:00:00.001Z", "INVALID_DATE"},
	} {
		r := rule.Rule{Type: c.typ, Args: strings.Fields(c.args)}
		if err := r.Check(c.of); err != nil || !rule.Known(c.typ) {
			t.Errorf("%s %s: %v", c.typ, c.args, err)
			continue
		}
		for v := range strings.SplitSeq(c.good, "|") {
			if got, broken := rule.Apply([]rule.Rule{r}, v, now); broken != nil || got != v {
				t.Errorf("%s %s: %q must be fine: %v", c.typ, c.args, v, broken)
			}
		}
		for v := range strings.SplitSeq(c.bad, "|") {
			if _, broken := rule.Apply([]rule.Rule{r}, v, now); broken == nil || broken.Code != c.code || broken.Says == "" {
				t.Errorf("%s %s: %q must be refused: %v", c.typ, c.args, v, broken)
			}
		}
		if _, broken := rule.Apply([]rule.Rule{r}, "", now); broken != nil {
			t.Errorf("%s: no value is fine", c.typ)
		}
	}
}

func TestRulesThatBringIntoForm(t *testing.T) { // PROP-2
	upper := rule.Rule{Type: "FORMAT", Args: []string{"UPPER"}, Normalize: true}
	words := rule.Rule{Type: "FORMAT", Args: []string{"CAPITALIZATION"}, Normalize: true}
	trim := rule.Rule{Type: "WHITESPACE", Args: []string{"TRIM"}, Normalize: true}
	bare := rule.Rule{Type: "WHITESPACE", Normalize: true}
	short := rule.Rule{Type: "MAX_LENGTH", Args: []string{"3"}}
	for _, c := range []struct {
		rules    []rule.Rule
		in, want string
	}{
		{[]rule.Rule{upper, trim, short}, "  abc ", "ABC"},
		{[]rule.Rule{words}, "ann  de vries", "Ann  De Vries"},
		{[]rule.Rule{bare}, "a b\tc", "abc"},
		{[]rule.Rule{bare, short}, "   ", ""},
		{[]rule.Rule{{Type: "EMAIL", Normalize: true}}, " Ann@Example.com ", "ann@example.com"},
	} {
		if got, broken := rule.Apply(c.rules, c.in, now); got != c.want || broken != nil {
			t.Errorf("%q becomes %q, %v; want %q", c.in, got, broken, c.want)
		}
	}
	for _, r := range []rule.Rule{upper, short} {
		if err := r.Check(rule.Text); err != nil {
			t.Error(err)
		}
	}
	own := rule.Rule{Type: "REGEX", Args: []string{"a+", "Only a."}}
	if _, broken := rule.Apply([]rule.Rule{own}, "b", now); broken == nil || !strings.HasSuffix(broken.Says, "Only a.") {
		t.Errorf("got %v", broken)
	}
}

func TestWrongRules(t *testing.T) { // PROP-2
	for _, c := range []struct {
		of    rule.Sort
		typ   string
		args  []string
		field string
	}{
		{rule.Text, "SPELLING", nil, "ruleType"},
		{rule.Number, "MAX_LENGTH", []string{"3"}, "ruleType"},
		{rule.DateTime, "START_DATE", []string{"1"}, "ruleType"},
		{rule.Text, "MAX_LENGTH", nil, "ruleArguments"},
		{rule.Text, "MAX_LENGTH", []string{"0"}, "ruleArguments"},
		{rule.Text, "MAX_LENGTH", []string{"many"}, "ruleArguments"},
		{rule.Text, "URL", []string{"x"}, "ruleArguments"},
		{rule.Text, "FORMAT", []string{"TITLE"}, "ruleArguments"},
		{rule.Text, "WHITESPACE", []string{"SOME"}, "ruleArguments"},
		{rule.Text, "REGEX", []string{"("}, "ruleArguments"},
		{rule.Text, "REGEX", []string{strings.Repeat("a", 501)}, "ruleArguments"},
		{rule.Text, "URL_ALLOWED_DOMAINS", []string{"no domain"}, "ruleArguments"},
		{rule.Text, "EMAIL_BLOCKED_DOMAINS", nil, "ruleArguments"},
		{rule.Phone, "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE", []string{"usa"}, "ruleArguments"},
		{rule.Number, "DECIMAL", []string{"21"}, "ruleArguments"},
		{rule.Number, "MIN_NUMBER", []string{"1/2"}, "ruleArguments"},
		{rule.Number, "MIN_NUMBER", []string{"1e9"}, "ruleArguments"},
		{rule.Date, "AFTER_DURATION", []string{"P"}, "ruleArguments"},
		{rule.Date, "AFTER_DURATION", []string{"PT"}, "ruleArguments"},
		{rule.Date, "AFTER_DURATION", []string{"7 days"}, "ruleArguments"},
		{rule.Date, "DAYS_OF_WEEK", []string{"someday"}, "ruleArguments"},
		{rule.Date, "END_DATE", []string{"tomorrow"}, "ruleArguments"},
	} {
		err := errs.As(rule.Rule{Type: c.typ, Args: c.args}.Check(c.of))
		if err == nil || err.Fields[0].Name != c.field {
			t.Errorf("%s %q of a %s: %v", c.typ, c.args, c.of, err)
		}
	}
	if err := errs.As(rule.Rule{Type: "URL", Normalize: true}.Check(rule.Text)); err == nil || err.Fields[0].Name != "shouldApplyNormalization" {
		t.Errorf("got %v", err)
	}
}

// What a rule brought into form it leaves as it is.
func TestFormIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SampledFrom([]rule.Rule{{Type: "FORMAT", Args: []string{"UPPER"}}, {Type: "FORMAT", Args: []string{"LOWER"}},
			{Type: "FORMAT", Args: []string{"CAPITALIZATION"}}, {Type: "WHITESPACE"}, {Type: "WHITESPACE", Args: []string{"TRIM"}}}).Draw(t, "rule")
		r.Normalize = true
		once, _ := rule.Apply([]rule.Rule{r}, rapid.StringMatching(`[ a-zA-Zäß0-9!.\t-]{0,12}`).Draw(t, "value"), now)
		if twice, broken := rule.Apply([]rule.Rule{r}, once, now); twice != once || broken != nil {
			t.Errorf("%v: %q becomes %q, %v", r, once, twice, broken)
		}
	})
}
