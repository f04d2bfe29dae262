package rule

import (
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/deskbell/deskbell/crm/phone"
)

var domain = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$`)

func alphanumeric(r Rule, v string, _ time.Time) string {
	letters, digits := r.Args[0] != "NUMERIC_ONLY", r.Args[0] != "ALPHA_ONLY"
	for _, c := range v {
		if !(letters && (unicode.IsLetter(c) || unicode.IsMark(c)) || digits && unicode.IsDigit(c)) {
			return map[string]string{"ALPHANUMERIC": "hold only letters and digits", "ALPHA_ONLY": "hold only letters",
				"NUMERIC_ONLY": "hold only digits"}[r.Args[0]]
		}
	}
	return ""
}

func noSpecial(_ Rule, v string, _ time.Time) string {
	for _, c := range v {
		if !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) && !unicode.IsSpace(c) {
			return "hold no special characters"
		}
	}
	return ""
}

func isDomain(_ Rule, v string, _ time.Time) string {
	if !domain.MatchString(strings.ToLower(v)) {
		return "be a domain such as example.com"
	}
	return ""
}

// address is the domain of an e-mail address, "" when it is none.
func address(v string) string {
	a, err := mail.ParseAddress(v)
	if err != nil || a.Name != "" || a.Address != v {
		return ""
	}
	return strings.ToLower(v[strings.LastIndexByte(v, '@')+1:])
}

func isEmail(_ Rule, v string, _ time.Time) string {
	if address(v) == "" {
		return "be an e-mail address such as ann@example.com"
	}
	return ""
}

// within reports whether a domain is one of the list, or below one of them.
func within(d string, list []string) bool {
	return slices.ContainsFunc(list, func(l string) bool {
		l = strings.ToLower(l)
		return d == l || strings.HasSuffix(d, "."+l)
	})
}

func emailAllowed(r Rule, v string, _ time.Time) string {
	if d := address(v); d == "" || !within(d, r.Args) {
		return "be an e-mail address at " + strings.Join(r.Args, ", ")
	}
	return ""
}

func emailBlocked(r Rule, v string, _ time.Time) string {
	if d := address(v); d == "" || within(d, r.Args) {
		return "be an e-mail address, but not at " + strings.Join(r.Args, ", ")
	}
	return ""
}

// host is that of a web address, "" when it is none.
func host(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

func isURL(_ Rule, v string, _ time.Time) string {
	if host(v) == "" {
		return "be a web address such as https://example.com"
	}
	return ""
}

func urlAllowed(r Rule, v string, _ time.Time) string {
	if h := host(v); h == "" || !within(h, r.Args) {
		return "be a web address at " + strings.Join(r.Args, ", ")
	}
	return ""
}

func urlBlocked(r Rule, v string, _ time.Time) string {
	if h := host(v); h == "" || within(h, r.Args) {
		return "be a web address, but not at " + strings.Join(r.Args, ", ")
	}
	return ""
}

func lower(_ Rule, v string) string { return strings.ToLower(strings.TrimSpace(v)) }

func format(r Rule, v string, _ time.Time) string {
	if formatted(r, v) == v {
		return ""
	}
	return map[string]string{"UPPER": "be in upper case", "LOWER": "be in lower case", "CAPITALIZATION": "begin each word with a capital"}[r.Args[0]]
}

func formatted(r Rule, v string) string {
	switch r.Args[0] {
	case "UPPER":
		return strings.ToUpper(v)
	case "LOWER":
		return strings.ToLower(v)
	}
	start := true
	return strings.Map(func(c rune) rune {
		out := c
		if start {
			out = unicode.ToUpper(c)
		}
		start = unicode.IsSpace(c)
		return out
	}, v)
}

func maxLength(r Rule, v string, _ time.Time) string {
	if n, _ := strconv.Atoi(r.Args[0]); utf8.RuneCountInString(v) > n {
		return fmt.Sprintf("have at most %d characters", n)
	}
	return ""
}

func minLength(r Rule, v string, _ time.Time) string {
	if n, _ := strconv.Atoi(r.Args[0]); utf8.RuneCountInString(v) < n {
		return fmt.Sprintf("have at least %d characters", n)
	}
	return ""
}

// matches asks the whole value.
func matches(r Rule, v string, _ time.Time) string {
	ok, err := regexp.MatchString(`\A(?:`+r.Args[0]+`)\z`, v)
	switch {
	case err == nil && ok:
		return ""
	case len(r.Args) == 2 && r.Args[1] != "":
		return "match " + r.Args[0] + ": " + r.Args[1]
	}
	return "match " + r.Args[0]
}

func noSpace(r Rule, v string, _ time.Time) string {
	if withoutSpace(r, v) == v {
		return ""
	}
	if len(r.Args) == 1 && r.Args[0] == "TRIM" {
		return "neither begin nor end with a space"
	}
	return "hold no spaces"
}

func withoutSpace(r Rule, v string) string {
	if len(r.Args) == 1 && r.Args[0] == "TRIM" {
		return strings.TrimSpace(v)
	}
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return c
	}, v)
}

func isPhone(r Rule, v string, _ time.Time) string {
	if _, ok := phone.E164(v); !ok {
		return "be a phone number with its country's code, such as +31201234567"
	}
	if len(r.Args) == 1 && !strings.EqualFold(phone.Country(v), r.Args[0]) {
		return "be a phone number of the country " + strings.ToUpper(r.Args[0])
	}
	return ""
}

func decimals(r Rule, v string, _ time.Time) string {
	_, fraction, _ := strings.Cut(v, ".")
	if n, _ := strconv.Atoi(r.Args[0]); len(fraction) > n {
		return fmt.Sprintf("have at most %d decimals", n)
	}
	return ""
}

func maxNumber(r Rule, v string, _ time.Time) string {
	if n, most := decimal(v), decimal(r.Args[0]); n != nil && most != nil && n.Cmp(most) > 0 {
		return "be at most " + r.Args[0]
	}
	return ""
}

func minNumber(r Rule, v string, _ time.Time) string {
	if n, least := decimal(v), decimal(r.Args[0]); n != nil && least != nil && n.Cmp(least) < 0 {
		return "be at least " + r.Args[0]
	}
	return ""
}

// at is a canonical date or time, and what now is beside it: a day beside a day.
func at(v string, now time.Time) (t, today time.Time) {
	t, err := time.Parse(time.RFC3339Nano, v)
	if err == nil {
		return t, now
	}
	t, _ = time.Parse(time.DateOnly, v)
	return t, now.UTC().Truncate(24 * time.Hour)
}

// after holds for what is at least the period ahead of now.
func after(r Rule, v string, now time.Time) string {
	s, _ := parsePeriod(r.Args[0])
	if t, today := at(v, now); t.Before(s.after(today)) {
		return "be at least " + r.Args[0] + " from now"
	}
	return ""
}

// before holds for what is at least the period behind now.
func before(r Rule, v string, now time.Time) string {
	s, _ := parsePeriod(r.Args[0])
	if t, today := at(v, now); t.After(s.before(today)) {
		return "be at least " + r.Args[0] + " ago"
	}
	return ""
}

func onDays(r Rule, v string, now time.Time) string {
	t, _ := at(v, now)
	if slices.ContainsFunc(r.Args, func(a string) bool { return weekday(a) == t.UTC().Weekday() }) {
		return ""
	}
	return "be on " + strings.Join(r.Args, ", ")
}

func limit(r Rule) time.Time {
	ms, _ := strconv.ParseInt(r.Args[0], 10, 64)
	return time.UnixMilli(ms).UTC()
}

func notBefore(r Rule, v string, now time.Time) string {
	if t, _ := at(v, now); t.Before(limit(r)) {
		return "not be before " + limit(r).Format(time.RFC3339)
	}
	return ""
}

func notAfter(r Rule, v string, now time.Time) string {
	if t, _ := at(v, now); t.After(limit(r)) {
		return "not be after " + limit(r).Format(time.RFC3339)
	}
	return ""
}
