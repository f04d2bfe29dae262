package page

import (
	"strconv"
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text is what a person reads in sanitised HTML: paragraphs and rows on lines of their own, list marks, "> " before
// quotes, link targets in brackets after their words, the words of pictures.
func Text(sanitised string) string {
	root, err := parseFragment(sanitised)
	if err != nil {
		return ""
	}
	return textOf(root, false)
}

// textOf renders the nodes below root, without folded quotes and signatures if newOnly.
func textOf(root *xhtml.Node, newOnly bool) string {
	t := &textWriter{newOnly: newOnly}
	t.children(root)
	return strings.TrimSpace(t.out.String())
}

// textWriter collapses blanks as a browser does: breaks are remembered, and written before the next word.
type textWriter struct {
	out     strings.Builder
	breaks  int // line breaks owed
	space   bool
	pre     int
	quote   int
	lists   []int // counters, -1 for bullets
	newOnly bool
}

func (t *textWriter) children(n *xhtml.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		t.node(c)
	}
}

func (t *textWriter) owe(n int) {
	if t.out.Len() > 0 && t.breaks < n {
		t.breaks = n
	}
	t.space = false
}

// word writes s after what is owed.
func (t *textWriter) word(s string) {
	if s == "" {
		return
	}
	atStart := t.out.Len() == 0
	for ; t.breaks > 0; t.breaks-- {
		t.out.WriteByte('\n')
		if t.breaks > 1 && t.quote > 0 {
			t.out.WriteString(strings.Repeat(">", t.quote))
		}
		atStart = true
	}
	if atStart {
		if t.quote > 0 {
			t.out.WriteString(strings.Repeat(">", t.quote) + " ")
		}
	} else if t.space {
		t.out.WriteByte(' ')
	}
	t.space = false
	t.out.WriteString(s)
}

// blanks are what part words on a page.
const blanks = " \t\n\r\f\u00a0\u200b"

func (t *textWriter) text(s string) {
	if t.pre > 0 {
		for i, line := range strings.Split(strings.ReplaceAll(s, "\u00a0", " "), "\n") {
			if i > 0 {
				t.breaks++
			}
			t.word(line)
		}
		return
	}
	for len(s) > 0 {
		i := strings.IndexAny(s, blanks)
		if i < 0 {
			t.word(s)
			return
		}
		t.word(s[:i])
		t.space = t.out.Len() > 0 && t.breaks == 0
		s = strings.TrimLeft(s[i:], blanks)
	}
}

func (t *textWriter) node(n *xhtml.Node) {
	if n.Type == xhtml.TextNode {
		t.text(n.Data)
		return
	}
	if n.Type != xhtml.ElementNode || strings.Contains(strings.ReplaceAll(attr(n, "style"), " ", ""), "display:none") {
		return
	}
	switch n.DataAtom {
	case atom.Br:
		t.breaks = min(t.breaks+1, 3)
		t.space = false
		if t.out.Len() == 0 {
			t.breaks = 0
		}
	case atom.Img:
		if alt := strings.TrimSpace(attr(n, "alt")); alt != "" {
			t.text("[" + alt + "]")
		}
	case atom.A:
		t.link(n)
	case atom.Hr:
		t.owe(1)
		t.word("---")
		t.owe(1)
	case atom.Summary:
		return
	case atom.Details:
		if t.newOnly {
			return
		}
		t.block(n, 1)
	case atom.Li:
		t.item(n)
	case atom.Td, atom.Th:
		t.children(n)
		t.space = t.out.Len() > 0 && t.breaks == 0
	default:
		t.container(n)
	}
}

func (t *textWriter) container(n *xhtml.Node) {
	switch n.DataAtom {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Figure:
		t.block(n, 2)
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Center, atom.Dt, atom.Dd, atom.Dl,
		atom.Caption, atom.Figcaption, atom.Main, atom.Nav, atom.Aside:
		t.block(n, 1)
	case atom.Blockquote:
		t.owe(1)
		t.quote++
		t.children(n)
		t.quote--
		t.owe(1)
	case atom.Pre:
		t.pre++
		t.block(n, 1)
		t.pre--
	case atom.Ul, atom.Ol:
		counter := -1
		if n.DataAtom == atom.Ol {
			counter = 0
		}
		t.lists = append(t.lists, counter)
		t.block(n, 1)
		t.lists = t.lists[:len(t.lists)-1]
	default:
		t.children(n)
	}
}

func (t *textWriter) block(n *xhtml.Node, breaks int) {
	t.owe(breaks)
	t.children(n)
	t.owe(breaks)
}

func (t *textWriter) item(n *xhtml.Node) {
	t.owe(1)
	mark := "- "
	if len(t.lists) > 0 {
		last := &t.lists[len(t.lists)-1]
		if *last >= 0 {
			*last++
			mark = strconv.Itoa(*last) + ". "
		}
		mark = strings.Repeat("  ", min(len(t.lists)-1, 8)) + mark
	}
	t.word(mark)
	t.children(n)
	t.owe(1)
}

// link writes the target after the words unless they say the same.
func (t *textWriter) link(n *xhtml.Node) {
	before := t.out.Len()
	t.children(n)
	said := strings.TrimSpace(t.out.String()[before:])
	href := attr(n, "href")
	plain := strings.TrimSuffix(strings.TrimPrefix(href, "mailto:"), "/")
	if href == "" || said == "" || strings.Contains(said, plain) || strings.HasPrefix(href, "tel:") ||
		strings.HasSuffix(strings.TrimPrefix(strings.TrimPrefix(plain, "https://"), "http://"), said) {
		return
	}
	t.space = true
	t.word("(" + href + ")")
}
