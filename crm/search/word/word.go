// Package word cuts text into the words that are indexed, and what people type into the words to look for. Both databases
// find the same because neither cuts or folds anything itself; it knows nothing of where words are kept.
package word

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Version changes whenever the same text gives other words: an index made by another version is made again.
const Version = 1

const (
	wordMost     = 64  // bytes of a word that count, in text and in what is typed
	compoundMost = 128 // bytes of an address or a name of a domain that count
	chunkMost    = 256 // bytes of what hangs together; longer is no address
	domainsMost  = 5   // names of a domain in one: www.shop.example.org, shop.example.org, example.org
	reversed     = '~' // stands before digits that are kept from the last to the first
)

// Each calls emit with every word of a text, some more than once: lower case, without accents, and each part of what
// hangs together. An e-mail address and the name of a domain are words too, whole. A script without spaces gives pairs of
// letters. emit must not keep the slice.
func Each(text string, emit func(w []byte)) {
	c := cutter{emit: emit}
	for chunk := range chunks(text) {
		c.chunk(chunk)
	}
}

// Phone calls emit with the words of a telephone number: what Each gives, and its digits forwards and backwards, so that
// it is found by how it begins and by how it ends.
func Phone(number string, emit func(w []byte)) {
	Each(number, emit)
	d := digits(number)
	if d == "" {
		return
	}
	emit([]byte(d))
	emit(backwards(d))
}

// ID calls emit with the word of an id, which is found whole and by how it ends. By how it begins would find all that was
// made about the same time.
func ID(id string, emit func(w []byte)) { emit(backwards(id)) }

func backwards(digits string) []byte {
	digits = digits[max(0, len(digits)-wordMost+1):]
	out := make([]byte, 0, len(digits)+1)
	out = append(out, reversed)
	for i := len(digits) - 1; i >= 0; i-- {
		out = append(out, digits[i])
	}
	return out
}

func digits(s string) string {
	var out []byte
	for i := 0; i < len(s) && len(out) < wordMost; i++ {
		if isDigit(s[i]) {
			out = append(out, s[i])
		}
	}
	return string(out)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// chunks yields what hangs together: word letters, and what joins them in addresses. No joiner is at either end.
func chunks(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(text); {
			size, kind := classify(text[i:])
			if kind != letter {
				i += size
				continue
			}
			begin, end := i, i
			for i < len(text) {
				if size, kind = classify(text[i:]); kind == other {
					break
				}
				i += size
				if kind == letter {
					end = i
				}
			}
			if !yield(text[begin:end]) {
				return
			}
		}
	}
}

type kind int

const (
	other kind = iota
	letter
	joiner
)

// classify tells what the first character is, and its size.
func classify(s string) (int, kind) {
	b := s[0]
	switch {
	case b >= utf8.RuneSelf:
		r, size := utf8.DecodeRuneInString(s)
		if unicode.In(r, unicode.L, unicode.M, unicode.Nd) || invisible(r) {
			return size, letter
		}
		return size, other
	case b|0x20 >= 'a' && b|0x20 <= 'z', isDigit(b):
		return 1, letter
	case strings.IndexByte("@.-_+%", b) >= 0:
		return 1, joiner
	}
	return 1, other
}

// invisible characters stand inside words: soft hyphens, and what joins letters or does not.
func invisible(r rune) bool { return r == '\u00ad' || r == '\u200c' || r == '\u200d' }

// cutter cuts one text.
type cutter struct {
	emit   func([]byte)
	buf    []byte
	folded []byte
}

func (c *cutter) chunk(chunk string) {
	joined := false
	for begin := 0; begin < len(chunk); {
		end := begin
		for end < len(chunk) && !isJoiner(chunk[end]) {
			end++
		}
		if end > begin {
			c.part(chunk[begin:end])
		}
		if end < len(chunk) && (chunk[end] == '@' || chunk[end] == '.') {
			joined = true
		}
		begin = end + 1
	}
	if joined && len(chunk) <= chunkMost {
		c.folded = fold(c.folded[:0], chunk)
		compounds(c.folded, c.emit)
	}
}

func isJoiner(b byte) bool { return b < utf8.RuneSelf && strings.IndexByte("@.-_+%", b) >= 0 }

// part emits the words of letters without a joiner.
func (c *cutter) part(s string) {
	c.buf = c.buf[:0]
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= utf8.RuneSelf {
			c.buf = fold(c.buf[:0], s)
			c.folds()
			return
		}
		if b >= 'A' && b <= 'Z' {
			b |= 0x20
		}
		c.buf = append(c.buf, b)
	}
	c.emit(cut(c.buf, wordMost))
}

// folds emits the words of what buf holds. Of a script without spaces the last letter is a word as well, so that every
// letter begins one.
func (c *cutter) folds() {
	for run, spaces := range runs(c.buf) {
		if spaces {
			c.emit(cut(run, wordMost))
			continue
		}
		pairs(run, c.emit)
		_, size := utf8.DecodeLastRune(run)
		c.emit(run[len(run)-size:])
	}
}

// cut shortens to whole characters.
func cut(s []byte, most int) []byte {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// fold appends s in the form that is compared: decomposed, without accents, lower case, one spelling for letters that
// are typed in two ways. What is neither letter, digit nor joiner falls away.
func fold(dst []byte, s string) []byte {
	for _, r := range norm.NFKD.String(s) {
		r = unicode.ToLower(r)
		if same, ok := spellings[r]; ok {
			dst = append(dst, same...)
		} else if r < utf8.RuneSelf && isJoiner(byte(r)) || unicode.In(r, unicode.L, unicode.Nd, unicode.Mc) {
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}

var spellings = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ς': "σ", 'ŧ': "t",
}

// runs yields folded letters, cut where a script with spaces meets one without.
func runs(folded []byte) func(yield func(run []byte, spaces bool) bool) {
	return func(yield func([]byte, bool) bool) {
		for len(folded) > 0 {
			r, _ := utf8.DecodeRune(folded)
			spaces := !spaceless(r)
			end := bytes.IndexFunc(folded, func(r rune) bool { return spaceless(r) == spaces })
			if end < 0 {
				end = len(folded)
			}
			if !yield(folded[:end], spaces) {
				return
			}
			folded = folded[end:]
		}
	}
}

// pairs emits each pair of neighbours in a run without spaces.
func pairs(run []byte, emit func([]byte)) {
	_, size := utf8.DecodeRune(run)
	for size < len(run) {
		_, next := utf8.DecodeRune(run[size:])
		emit(run[:size+next])
		run, size = run[size:], next
	}
}

// single reports whether s is one letter of a script without spaces.
func single(s []byte) bool {
	_, size := utf8.DecodeRune(s)
	return size == len(s)
}

// spaceless are letters of scripts that put no spaces between words.
func spaceless(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// compounds emits an address, and the names of domains in it or in what is one.
func compounds(folded []byte, emit func([]byte)) {
	domain := folded
	if at := bytes.IndexByte(folded, '@'); at >= 0 {
		if bytes.IndexByte(folded[at+1:], '@') >= 0 {
			return
		}
		emit(cut(folded, compoundMost))
		domain = folded[at+1:]
	}
	labels := bytes.Count(domain, []byte(".")) + 1
	if labels < 2 || !isDomain(domain) {
		return
	}
	for n := 0; n < domainsMost && labels >= 2; n++ {
		emit(cut(domain, compoundMost))
		_, domain, _ = bytes.Cut(domain, []byte("."))
		labels--
	}
}

// isDomain reports whether every label holds something, and the last is of letters alone, two at least.
func isDomain(s []byte) bool {
	last := s[bytes.LastIndexByte(s, '.')+1:]
	if utf8.RuneCount(last) < 2 || bytes.ContainsAny(s, "%+") || bytes.Contains(s, []byte("..")) || s[0] == '.' {
		return false
	}
	return bytes.IndexFunc(last, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}
