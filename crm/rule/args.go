package rule

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	domainsMost = 20
	patternMost = 500 // bytes
	messageMost = 300
)

func none(args []string) error {
	if len(args) > 0 {
		return errors.New("it takes no arguments")
	}
	return nil
}

func oneOf(allowed ...string) func([]string) error {
	return func(args []string) error {
		if len(args) != 1 || !slices.Contains(allowed, args[0]) {
			return fmt.Errorf("it takes one of %s", strings.Join(allowed, ", "))
		}
		return nil
	}
}

func maybe(allowed ...string) func([]string) error {
	return func(args []string) error {
		if len(args) == 0 {
			return nil
		}
		return oneOf(allowed...)(args)
	}
}

func whole(low, high int) func([]string) error {
	return func(args []string) error {
		if len(args) == 1 {
			if n, err := strconv.Atoi(args[0]); err == nil && n >= low && n <= high {
				return nil
			}
		}
		return fmt.Errorf("it takes a whole number from %d to %d", low, high)
	}
}

func number(args []string) error {
	if len(args) != 1 || len(args[0]) > 40 || decimal(args[0]) == nil {
		return errors.New("it takes a number")
	}
	return nil
}

// decimal reads a number written out; nil for anything else.
func decimal(s string) *big.Rat {
	if strings.Trim(s, "0123456789.-") != "" {
		return nil
	}
	n, _ := new(big.Rat).SetString(s)
	return n
}

func domains(args []string) error {
	if len(args) == 0 || len(args) > domainsMost || slices.ContainsFunc(args, func(a string) bool { return !domain.MatchString(strings.ToLower(a)) }) {
		return fmt.Errorf("it takes 1 to %d domains such as example.com", domainsMost)
	}
	return nil
}

func pattern(args []string) error {
	if len(args) == 0 || len(args) > 2 || len(args[0]) > patternMost || len(args) == 2 && len(args[1]) > messageMost {
		return fmt.Errorf("it takes a regular expression of at most %d characters, and what to say of values that do not match", patternMost)
	}
	if _, err := regexp.Compile(args[0]); err != nil {
		return errors.New("the first argument is not a regular expression")
	}
	return nil
}

func country(args []string) error {
	if len(args) > 1 || len(args) == 1 && len(args[0]) != 2 {
		return errors.New("it takes nothing, or the two letters of a country")
	}
	return nil
}

func weekdays(args []string) error {
	if len(args) == 0 || len(args) > 7 || slices.ContainsFunc(args, func(a string) bool { return weekday(a) < 0 }) {
		return errors.New("it takes one to seven days such as MONDAY")
	}
	return nil
}

func weekday(name string) time.Weekday {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.ToUpper(d.String()) == name {
			return d
		}
	}
	return -1
}

func instant(args []string) error {
	if len(args) == 1 {
		if _, err := strconv.ParseInt(args[0], 10, 53); err == nil {
			return nil
		}
	}
	return errors.New("it takes a time in milliseconds since 1970")
}

func period(args []string) error {
	if len(args) == 1 {
		if _, ok := parsePeriod(args[0]); ok {
			return nil
		}
	}
	return errors.New("it takes a period such as P7D, P1M or PT12H")
}

// span is a period of the calendar.
type span struct {
	years, months, days int
	clock               time.Duration
}

func (s span) after(t time.Time) time.Time {
	return t.AddDate(s.years, s.months, s.days).Add(s.clock)
}

func (s span) before(t time.Time) time.Time {
	return t.AddDate(-s.years, -s.months, -s.days).Add(-s.clock)
}

var iso8601 = regexp.MustCompile(`^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$`)

// parsePeriod reads ISO 8601 in whole numbers.
func parsePeriod(s string) (span, bool) {
	m := iso8601.FindStringSubmatch(s)
	if m == nil || s == "P" || strings.HasSuffix(s, "T") {
		return span{}, false
	}
	n := make([]int, len(m))
	for i := 1; i < len(m); i++ {
		n[i], _ = strconv.Atoi(m[i])
	}
	return span{n[1], n[2], n[3]*7 + n[4],
		time.Duration(n[5])*time.Hour + time.Duration(n[6])*time.Minute + time.Duration(n[7])*time.Second}, true
}
