package erase

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/deskbell/deskbell/crm/record"
)

// person notes by what others may have named a person.
func (w *What) person(r record.Record) {
	w.Person, w.Emails = true, emails(r)
	for _, name := range []string{"phone", "mobilephone"} {
		if n := digits(r.Properties[name]); len(n) >= phoneLeast {
			w.Phones = append(w.Phones, n)
		}
	}
	for _, name := range []string{"firstname", "lastname"} {
		w.Names = append(w.Names, words(r.Properties[name])...)
	}
	if r.Properties["firstname"] == "" || r.Properties["lastname"] == "" {
		w.Names = nil // one name names too many
	}
}

// phoneLeast is how many digits say whose number it is, whatever stands before them.
const phoneLeast = 7

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

// Addressed returns what reports whether a text has one of the person's addresses in it, and not as a part of a longer one.
func (w What) Addressed() func(text string) bool {
	if len(w.Emails) == 0 {
		return func(string) bool { return false }
	}
	quoted := make([]string, len(w.Emails))
	for i, a := range w.Emails {
		quoted[i] = regexp.QuoteMeta(a)
	}
	return regexp.MustCompile(`(?i)(^|[^\pL\pN._%+-])(` + strings.Join(quoted, "|") + `)($|[^\pL\pN-])`).MatchString
}

// Mentioned returns what reports whether texts that belong together, such as the cells of a row, name the person: by an address, a
// number or the whole name. Who is called the same is taken for the person: it is for what nobody misses.
func (w What) Mentioned() func(texts ...string) bool {
	addressed := w.Addressed()
	return func(texts ...string) bool {
		var said []string
		for _, text := range texts {
			if addressed(text) || w.calls(digits(text)) {
				return true
			}
			said = append(said, words(text)...)
		}
		return len(w.Names) > 0 && !slices.ContainsFunc(w.Names, func(n string) bool { return !slices.Contains(said, n) })
	}
}

func (w What) calls(number string) bool {
	return len(number) >= phoneLeast && slices.ContainsFunc(w.Phones, func(p string) bool {
		return strings.HasSuffix(p, strings.TrimLeft(number, "0")) || strings.HasSuffix(number, p)
	})
}
