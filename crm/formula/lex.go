package formula

import (
	"strings"
	"unicode"
)

type tokenKind int

const (
	tokEnd tokenKind = iota
	tokNumber
	tokText
	tokName   // a property or a function
	tokQuoted // a property's name in brackets
	tokWord   // a keyword, in lower case
	tokSign
)

type token struct {
	kind tokenKind
	text string
	at   int // from 1, in characters
}

func (t token) is(sign string) bool {
	return (t.kind == tokSign || t.kind == tokWord) && t.text == sign
}

func (t token) String() string {
	if t.kind == tokEnd {
		return "the end"
	}
	return `"` + t.text + `"`
}

var words = map[string]string{"if": "if", "then": "then", "elseif": "elseif", "else": "else", "endif": "endif", "and": "and", "or": "or",
	"not": "not", "true": "true", "false": "false", "null": "null", "equals": "="}

// signs are the longest first.
var signs = []string{"<=", ">=", "!=", "<>", "==", "&&", "||", "+", "-", "*", "/", "<", ">", "=", "!", "(", ")", ","}

// spelled are other ways to write a sign.
var spelled = map[string]string{"<>": "!=", "==": "=", "&&": "and", "||": "or", "!": "not"}

func isNameStart(r rune) bool { return r == '_' || r < 128 && unicode.IsLetter(r) }

func isName(r rune) bool { return isNameStart(r) || r >= '0' && r <= '9' }

// lex takes a formula apart.
func lex(text string) ([]token, error) {
	s := []rune(text)
	var out []token
	for i := 0; i < len(s); {
		at := i + 1
		switch r := s[i]; {
		case unicode.IsSpace(r):
			i++
		case r == '\'' || r == '"':
			body, end, ok := quoted(s, i)
			if !ok {
				return nil, badAt(at, "The text has no closing %c", r)
			}
			out, i = append(out, token{tokText, body, at}), end
		case r == '[':
			end := i + 1
			for end < len(s) && s[end] != ']' {
				end++
			}
			if end == len(s) {
				return nil, badAt(at, "The [ has no closing ]")
			}
			out, i = append(out, token{tokQuoted, strings.TrimSpace(string(s[i+1 : end])), at}), end+1
		case r >= '0' && r <= '9' || r == '.':
			end := i
			for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.') {
				end++
			}
			out, i = append(out, token{tokNumber, string(s[i:end]), at}), end
		case isNameStart(r):
			end := i
			for end < len(s) && isName(s[end]) {
				end++
			}
			out, i = append(out, name(string(s[i:end]), at)), end
		default:
			sign, ok := sign(s[i:])
			if !ok {
				return nil, badAt(at, "%q cannot stand in a formula", string(r))
			}
			i += len(sign)
			if other, ok := spelled[sign]; ok {
				sign = other
			}
			out = append(out, token{tokSign, sign, at})
		}
	}
	return append(out, token{tokEnd, "", len(s) + 1}), nil
}

func name(s string, at int) token {
	if w, ok := words[strings.ToLower(s)]; ok {
		return token{tokWord, w, at}
	}
	return token{tokName, s, at}
}

func sign(rest []rune) (string, bool) {
	start := string(rest[:min(2, len(rest))])
	for _, s := range signs {
		if strings.HasPrefix(start, s) {
			return s, true
		}
	}
	return "", false
}

// quoted reads a text that begins at i; a backslash takes the next character as it is.
func quoted(s []rune, i int) (body string, end int, ok bool) {
	var b strings.Builder
	for end = i + 1; end < len(s); end++ {
		switch {
		case s[end] == s[i]:
			return b.String(), end + 1, true
		case s[end] == '\\' && end+1 < len(s):
			end++
			b.WriteRune(s[end])
		default:
			b.WriteRune(s[end])
		}
	}
	return "", end, false
}
