package word

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	typedMost   = 3000 // bytes of what is typed that count (HubSpot's limit)
	leavesMost  = 32   // words that are looked for; further ones narrow nothing
	prefixLeast = 2    // characters from which the last word may go on
	digitsLeast = 3    // digits from which a number may go on, or be the end of one
)

// Query is what to look for: one word, or all of several queries, or any of them.
type Query struct {
	Word   string
	Prefix bool // the word may go on
	All    []Query
	Any    []Query
}

// Parse reads what was typed. Every word must occur, the last one may go on: it is still being typed. ok is false when
// there is no word in it.
func Parse(typed string) (q Query, ok bool) {
	if len(typed) > typedMost {
		typed = typed[:typedMost]
	}
	typed = strings.ToValidUTF8(typed, " ")
	var found []string
	for chunk := range chunks(typed) {
		found = append(found, chunk)
	}
	left := leavesMost
	var words []Query
	for i, chunk := range found {
		last := i == len(found)-1
		one := parseChunk(chunk, last && strings.HasSuffix(strings.TrimRight(typed, ` "'>)`), "@"), last)
		if n := one.leaves(); n == 0 || n > left {
			continue
		} else {
			left -= n
		}
		words = append(words, one)
	}
	if len(words) == 0 {
		return Query{}, false
	}
	q = all(words)
	if d := digits(typed); found[0] != d && isPhone(typed, len(d)) {
		return Query{Any: []Query{q, number(d, true)}}, true
	}
	return q, true
}

// isPhone: nothing but digits and what people write between those of a telephone number.
func isPhone(typed string, digits int) bool {
	return digits >= 5 && strings.Trim(typed, "0123456789 +-()./") == ""
}

func (q Query) leaves() int {
	if q.Word != "" {
		return 1
	}
	n := 0
	for _, kid := range slices.Concat(q.All, q.Any) {
		n += kid.leaves()
	}
	return n
}

func all(of []Query) Query {
	if len(of) == 1 {
		return of[0]
	}
	return Query{All: of}
}

// parseChunk reads what hangs together; at says that an @ follows at the very end.
func parseChunk(chunk string, at, last bool) Query {
	whole := string(fold(nil, chunk))
	switch {
	case at && !strings.Contains(whole, "@"):
		return Query{Word: string(cut([]byte(whole+"@"), compoundMost)), Prefix: true}
	case strings.Count(whole, "@") == 1:
		return Query{Word: string(cut([]byte(whole), compoundMost)), Prefix: last}
	}
	parts := strings.FieldsFunc(whole, func(r rune) bool { return r < utf8.RuneSelf && isJoiner(byte(r)) })
	var words []Query
	for i, part := range parts {
		words = append(words, parsePart(part, last && i == len(parts)-1)...)
	}
	if len(words) == 0 {
		return Query{}
	}
	if strings.Contains(strings.Trim(whole, "."), ".") {
		return Query{Any: []Query{{Word: string(cut([]byte(whole), compoundMost)), Prefix: last}, all(words)}}
	}
	return all(words)
}

// parsePart reads folded letters without a joiner.
func parsePart(part string, last bool) (words []Query) {
	if digits(part) == part {
		return []Query{number(part, last)}
	}
	for run, spaces := range runs([]byte(part)) {
		switch {
		case spaces:
			w := string(cut(run, wordMost))
			words = append(words, Query{Word: w, Prefix: last && strings.HasSuffix(part, w) && utf8.RuneCountInString(w) >= prefixLeast})
		case single(run):
			words = append(words, Query{Word: string(run), Prefix: true}) // any pair that it begins
		default:
			pairs(run, func(w []byte) { words = append(words, Query{Word: string(w)}) })
		}
	}
	return words
}

// number looks for digits as a word, and as the end of a telephone number or an id. Zeros in front are how a number is
// dialled within a country, or out of it.
func number(d string, last bool) Query {
	word := Query{Word: d, Prefix: last && len(d) >= digitsLeast}
	if len(d) < digitsLeast {
		return word
	}
	q := Query{Any: []Query{word, {Word: string(backwards(d)), Prefix: true}}}
	if short := strings.TrimLeft(d, "0"); short != d && len(short) >= 2*digitsLeast {
		q.Any = append(q.Any, Query{Word: string(backwards(short)), Prefix: true})
	}
	return q
}
