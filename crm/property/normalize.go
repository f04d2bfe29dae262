package property

import (
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/deskbell/deskbell/crm/phone"
	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/mime"
)

const (
	valueMost  = 65536 // bytes of one value (HubSpot's limit)
	digitsMost = 40    // of a number written out
	emailMost  = 254   // RFC 5321 4.5.3.1.3
)

// DateTimeLayout is the one form of instants in properties; it sorts as text as it does in time.
const DateTimeLayout = "2006-01-02T15:04:05.000Z"

const dateLayout = "2006-01-02"

// Normalize returns the canonical form of a value, or an Invalid error naming the property, with HubSpot's code:
// INVALID_OPTION, INVALID_NUMBER, INVALID_DATE, INVALID_EMAIL, INVALID_STRING. "" is always allowed: no value.
func (d Definition) Normalize(raw string) (string, error) {
	if len(raw) > valueMost {
		return "", d.bad("INVALID_STRING", fmt.Sprintf("%s may have at most %d bytes.", d.Label, valueMost))
	}
	if !utf8.ValidString(raw) || strings.IndexByte(raw, 0) >= 0 {
		raw = strings.ReplaceAll(strings.ToValidUTF8(raw, "\uFFFD"), "\x00", "")
	}
	if raw == "" {
		return "", nil
	}
	switch d.Type {
	case Number:
		return d.number(strings.TrimSpace(raw))
	case Date:
		t, ok := parseInstant(raw)
		if !ok {
			return "", d.bad("INVALID_DATE", fmt.Sprintf("%s must be a date such as 2026-11-02, not %q.", d.Label, clip(raw)))
		}
		return t.Format(dateLayout), nil
	case DateTime:
		t, ok := parseInstant(raw)
		if !ok {
			return "", d.bad("INVALID_DATE", fmt.Sprintf("%s must be a time such as 2026-11-02T09:00:00Z or milliseconds since 1970, not %q.", d.Label, clip(raw)))
		}
		return FormatTime(t), nil
	case Bool:
		return d.boolean(raw)
	case Enumeration:
		return d.choice(raw)
	}
	return d.text(raw)
}

// Accept is Normalize for what people and apps enter: the value must keep the property's rules too. now is what some count from.
func (d Definition) Accept(raw string, now time.Time) (string, error) {
	v, err := d.Normalize(raw)
	if err != nil || len(d.Rules) == 0 {
		return v, err
	}
	v, broken := rule.Apply(d.Rules, v, now)
	if broken != nil {
		return "", d.bad(broken.Code, fmt.Sprintf("%s must %s.", d.Label, broken.Says))
	}
	return v, nil
}

func (d Definition) bad(code, message string) error { return errs.Bad(d.Name, code, message) }

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

// FormatTime writes an instant as properties hold it: UTC, milliseconds.
func FormatTime(t time.Time) string {
	return string(t.UTC().AppendFormat(make([]byte, 0, len(DateTimeLayout)), DateTimeLayout))
}

// ParseTime reads FormatTime's form; ok is false for anything else.
func ParseTime(s string) (t time.Time, ok bool) {
	t, err := time.Parse(DateTimeLayout, s)
	return t, err == nil
}

// instants are the forms that people and programs send, besides milliseconds since 1970.
var instants = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", dateLayout}

// parseInstant reads milliseconds since 1970 or ISO 8601, years 1 to 9999, cut to milliseconds.
func parseInstant(raw string) (t time.Time, ok bool) {
	raw = strings.TrimSpace(raw)
	if ms, err := strconv.ParseInt(raw, 10, 64); err == nil {
		t, ok = time.UnixMilli(ms).UTC(), true
	} else {
		for _, layout := range instants {
			if t, err = time.Parse(layout, raw); err == nil {
				t, ok = t.UTC().Truncate(time.Millisecond), true
				break
			}
		}
	}
	return t, ok && t.Year() >= 1 && t.Year() <= 9999
}

func (d Definition) number(raw string) (string, error) {
	canonical := ""
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		canonical = strconv.FormatInt(n, 10)
	} else if f, err := strconv.ParseFloat(raw, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		canonical = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if canonical == "-0" {
		canonical = "0"
	}
	if canonical == "" || len(canonical) > digitsMost || strings.ContainsAny(raw, "xX_") {
		return "", d.bad("INVALID_NUMBER", fmt.Sprintf("%s must be a number, not %q.", d.Label, clip(raw)))
	}
	if _, err := strconv.ParseInt(canonical, 10, 64); err != nil && d.Store == Int {
		return "", d.bad("INVALID_NUMBER", d.Label+" must be a whole number below 2^63.")
	}
	return canonical, nil
}

func (d Definition) boolean(raw string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(raw)) {
	case "true", "yes", "1":
		return "true", nil
	case "false", "no", "0":
		return "false", nil
	}
	return "", d.bad("INVALID_OPTION", fmt.Sprintf("%s must be true or false, not %q.", d.Label, clip(raw)))
}

func (d Definition) choice(raw string) (string, error) {
	switch {
	case d.Store == Ref && d.Column != "" || d.References != "" && !d.Multi():
		n, err := strconv.ParseInt(strings.TrimSpace(raw), 10, 64)
		if err != nil || n <= 0 {
			return "", d.bad("INVALID_OPTION", fmt.Sprintf("%s must be a numeric id, not %q.", d.Label, clip(raw)))
		}
		return strconv.FormatInt(n, 10), nil
	case d.Multi():
		return d.choices(raw)
	case len(d.Options) == 0:
		return d.text(raw)
	}
	o, ok := d.match(raw)
	if !ok {
		return "", d.noOption(raw)
	}
	return o.Value, nil
}

// choices puts several options in the order of the definition, each once, so that equal sets are equal strings.
func (d Definition) choices(raw string) (string, error) {
	var chosen []Option
	for part := range strings.SplitSeq(raw, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		o, ok := d.match(part)
		if !ok && len(d.Options) > 0 {
			return "", d.noOption(part)
		}
		if !ok {
			o = Option{Value: part}
		}
		if !slices.ContainsFunc(chosen, func(c Option) bool { return c.Value == o.Value }) {
			chosen = append(chosen, o)
		}
	}
	slices.SortStableFunc(chosen, func(a, b Option) int {
		if a.Order != b.Order {
			return a.Order - b.Order
		}
		return strings.Compare(a.Value, b.Value)
	})
	values := make([]string, len(chosen))
	for i, o := range chosen {
		values[i] = o.Value
	}
	return strings.Join(values, ";"), nil
}

func (d Definition) match(raw string) (Option, bool) {
	if o, ok := d.Option(raw); ok {
		return o, true
	}
	for _, o := range d.Options {
		if strings.EqualFold(o.Value, strings.TrimSpace(raw)) {
			return o, true
		}
	}
	return Option{}, false
}

func (d Definition) noOption(raw string) error {
	allowed := make([]string, 0, len(d.Options))
	for _, o := range d.Options {
		if len(allowed) == 20 {
			allowed = append(allowed, "…")
			break
		}
		allowed = append(allowed, o.Value)
	}
	return d.bad("INVALID_OPTION", fmt.Sprintf("%q was not one of the allowed options: [%s]", clip(raw), strings.Join(allowed, ", ")))
}

var domain = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}$`)

// filesMost bounds the files of one value.
const filesMost = 100

func (d Definition) text(raw string) (string, error) {
	switch {
	case d.Type == Phone, d.FieldType == "phonenumber":
		return phone.Canonical(raw), nil
	case d.FieldType == "html":
		return d.html(raw)
	case d.FieldType == "file":
		return d.files(raw)
	}
	switch d.Format {
	case "email":
		return d.email(raw)
	case "emails":
		return d.emails(raw)
	case "domain":
		raw = strings.ToLower(strings.TrimSpace(raw))
		if u, err := url.Parse(raw); err == nil && u.Host != "" {
			raw = u.Hostname()
		}
		raw = strings.TrimPrefix(strings.Trim(raw, "./"), "www.")
		if len(raw) > emailMost || !isDomain(raw) {
			return "", d.bad("INVALID_DOMAIN", fmt.Sprintf("%s must be a domain such as example.com, not %q.", d.Label, clip(raw)))
		}
	case "url":
		if u, err := url.Parse(raw); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", d.bad("INVALID_URL", fmt.Sprintf("%s must be a web address such as https://example.com, not %q.", d.Label, clip(raw)))
		}
	}
	return raw, nil
}

func isDomain(s string) bool {
	for _, r := range s {
		if r > 127 {
			// An internationalised name is kept as it is written; its form is the resolver's matter.
			return strings.Contains(s, ".") && !strings.ContainsAny(s, " /@")
		}
	}
	return domain.MatchString(s)
}

func (d Definition) email(raw string) (string, error) {
	address := strings.ToLower(strings.TrimSpace(raw))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != strings.Trim(address, "<>") || len(parsed.Address) > emailMost ||
		!strings.Contains(parsed.Address, "@") {
		return "", d.bad("INVALID_EMAIL", fmt.Sprintf("Email address %s is invalid", clip(raw)))
	}
	return parsed.Address, nil
}

func (d Definition) emails(raw string) (string, error) {
	var all []string
	for part := range strings.SplitSeq(raw, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		address, err := d.email(part)
		if err != nil {
			return "", err
		}
		if !slices.Contains(all, address) {
			all = append(all, address)
		}
	}
	return strings.Join(all, ";"), nil
}

// Required is the error for a property that must have a value.
func Required(d Definition) error { return d.bad("REQUIRED", d.Label+" is required.") }

// html makes rich text safe to show, wherever it came from.
func (d Definition) html(raw string) (string, error) {
	safe := mime.SanitizeHTML(raw)
	if len(safe) > valueMost {
		return "", d.bad("INVALID_STRING", fmt.Sprintf("%s may have at most %d bytes.", d.Label, valueMost))
	}
	return safe, nil
}

// files are ids of uploaded files, each once.
func (d Definition) files(raw string) (string, error) {
	var all []string
	for part := range strings.SplitSeq(raw, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := id.Parse(d.Name, part)
		if err != nil || len(all) == filesMost {
			return "", d.bad("INVALID_FILE", fmt.Sprintf("%s must be ids of at most %d uploaded files, joined by semicolons, not %q.", d.Label, filesMost, clip(part)))
		}
		if v := id.Format(n); !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return strings.Join(all, ";"), nil
}
