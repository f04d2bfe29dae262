package word_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/search/word"
)

func words(text string) (out []string) {
	word.Each(text, func(w []byte) { out = append(out, string(w)) })
	slices.Sort(out)
	return slices.Compact(out)
}

// matches is what a query means, over the words of one text.
func matches(q word.Query, words []string) bool {
	holds := func(q word.Query) bool { return matches(q, words) }
	switch {
	case q.Word != "":
		return slices.ContainsFunc(words, func(w string) bool { return w == q.Word || q.Prefix && strings.HasPrefix(w, q.Word) })
	case len(q.Any) > 0:
		return slices.ContainsFunc(q.Any, holds)
	}
	return !slices.ContainsFunc(q.All, func(q word.Query) bool { return !holds(q) })
}

func TestWordsOfText(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                     nil,
		" ?! \x00\xff 🙂":                       nil,
		"The lamp, the LAMP":                   {"lamp", "the"},
		"don't stop":                           {"don", "stop", "t"},
		"Zażółć Ærøskøbing straße":             {"aeroskobing", "strasse", "zazolc"},
		"Ｆｕｌｌ ﬁne":                             {"fine", "full"},
		"ΟΔΟΣ οδός":                            {"οδοσ"},
		"İstanbul ılık":                        {"ilik", "istanbul"},
		"in\u00advoice":                        {"invoice"},
		"ann@example.org.":                     {"ann", "ann@example.org", "example", "example.org", "org"},
		"<Ann.Lee+x@Mail.Example.org>":         {"ann", "ann.lee+x@mail.example.org", "example", "example.org", "lee", "mail", "mail.example.org", "org", "x"},
		"https://www.shop.example.org/a-b?c=1": {"1", "a", "b", "c", "example", "example.org", "https", "org", "shop", "shop.example.org", "www", "www.shop.example.org"},
		"a@b@c":                                {"a", "b", "c"},
		"v1.2.3, e.g. so":                      {"2", "3", "e", "g", "so", "v1"},
		"東京都 iPhone手机":                         {"iphone", "京都", "手机", "机", "東京", "都"},
		strings.Repeat("x", 100):               {strings.Repeat("x", 64)},
		strings.Repeat("é", 99) + "!":          {strings.Repeat("e", 64)},
		strings.Repeat("a.", 200) + "org":      {"a", "org"},
	} {
		if got := words(text); !slices.Equal(got, want) {
			t.Errorf("%.40q gives %q, want %q", text, got, want)
		}
	}
}

// LIST-2: what is typed, and what it finds.
func TestTypedFinds(t *testing.T) {
	phone := func(n string) (out []string) {
		word.Phone(n, func(w []byte) { out = append(out, string(w)) })
		return out
	}
	ann, tel := words("Ann Łoś <ann.lee@example.org>, Acme Ltd, www.acme.example"), phone("+31201234567")
	var id []string
	word.ID("1122334455667788", func(w []byte) { id = append(id, string(w)) })
	for _, c := range []struct {
		typed string
		in    []string
		want  bool
	}{
		{"ann", ann, true}, {"an", ann, true}, {"a", ann, false}, {"an acme", ann, false}, {"ann acm", ann, true}, {"los", ann, true}, {"ŁOŚ", ann, true},
		{"nn", ann, false}, {"ann@", ann, false}, {"ann.lee@", ann, true}, {"ann.lee@exa", ann, true}, {"ann.lee@exa ltd", ann, false},
		{"ann.lee@example.org ltd", ann, true}, {"@example.org", ann, true}, {"example.o", ann, true}, {"example.com", ann, false},
		{"example", ann, true}, {"acme.example", ann, true}, {"ann-lee", ann, true}, {"ann.le", ann, true}, {`"ann.lee@"`, ann, true},
		{"+31201234567", tel, true}, {"31201234567", tel, true}, {"0031201234567", tel, true}, {"0201234567", tel, true}, {"+31 20 123 45 67", tel, true},
		{"(020) 123-4567", tel, true}, {"+3120", tel, true}, {"4567", tel, true}, {"567", tel, true}, {"67", tel, false}, {"0201234568", tel, false},
		{"1122334455667788", id, true}, {"667788", id, true}, {"112233", id, false},
		{"東", words("在東京都"), true}, {"東京", words("在東京都"), true}, {"京東", words("在東京都"), false}, {"都", words("在東京都"), true}, {"東京都 手", words("在東京都手机"), true},
		{"1.2.3", words("version 1.2.3"), true}, {"2026-11-02", words("on 2026-11-02"), true}, {"12-34-56", words("12-34-56"), true},
		{strings.Repeat("x", 70), words(strings.Repeat("x", 90)), true}, {strings.Repeat("lamp ", 400), words("lamp"), true},
	} {
		q, ok := word.Parse(c.typed)
		if got := ok && matches(q, c.in); got != c.want {
			t.Errorf("%.40q finds in %.60q: %v, want %v", c.typed, c.in, got, c.want)
		}
	}
	for _, typed := range []string{"", " \x00 ", "\xff", "?!", "🙂", "@", "-.-"} {
		if q, ok := word.Parse(typed); ok {
			t.Errorf("%q looks for %+v, though there is no word in it", typed, q)
		}
	}
}

func TestWholeTextFindsItself(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("abcÄøß東京0123 .@-_+'\u00ad\u0301ﬁ🙂\n")), 0, 40, -1)
	rapid.Check(t, func(t *rapid.T) {
		text := letters.Draw(t, "text") + "." // an @ at the very end says that an address goes on
		q, ok := word.Parse(text)
		if in := words(text); ok && !matches(q, in) {
			t.Fatalf("%q is not found in its own words %q by %+v", text, in, q)
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{"ann@example.org", "+31 20 123", "東京都", "a.b.c@d", `" OR NEAR( * ^ "`, "\xff\x00", "ﷺ ½ ℡"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		word.Phone(text, func(w []byte) { sound(t, string(w)) })
		q, _ := word.Parse(text)
		if n := walk(t, q); n > 40 {
			t.Errorf("%q looks for %d words", text, n)
		}
	})
}

// sound: keys of the index are made of words and control characters.
func sound(t *testing.T, w string) {
	if w == "" || len(w) > 128 || !utf8.ValidString(w) || strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' }) {
		t.Errorf("%q is no word", w)
	}
}

func walk(t *testing.T, q word.Query) int {
	n := 0
	if q.Word != "" {
		sound(t, q.Word)
		n = 1
	}
	for _, kid := range append(q.All, q.Any...) {
		n += walk(t, kid)
	}
	return n
}
