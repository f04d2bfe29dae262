package page

import (
	"strings"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	classQuoted    = "quoted"
	classSignature = "signature"
)

// Fold wraps quoted history in <details class="quoted"> and a signature in <details class="signature">, so that
// a conversation shows what is new (MAIL-4). It takes sanitised HTML, leaves a forward and a mail that is nothing but
// a quote as they are, and changes nothing that is folded already.
func Fold(s string) string {
	root, err := parseFragment(s)
	if err != nil || !fold(root) {
		return s
	}
	return render(root)
}

// freshFromHTML is the text outside of what would be folded; ok is false if nothing would be.
func freshFromHTML(s string) (string, bool) {
	root, err := parseFragment(s)
	if err != nil || !fold(root) {
		return "", false
	}
	return textOf(root, true), true
}

func fold(root *xhtml.Node) bool {
	if find(root, func(n *xhtml.Node) bool {
		return n.DataAtom == atom.Details && hasClass(n, classQuoted, classSignature)
	}) != nil {
		return false
	}
	folded := foldQuote(root)
	if sig := find(root, isSignature); sig != nil && !within(sig, classQuoted) {
		wrap([]*xhtml.Node{sig}, classSignature)
		folded = true
	}
	if folded && textOf(root, true) == "" {
		unwrap(root)
		return false
	}
	return folded
}

// foldQuote wraps the history: from a mark to the end, or the one element that holds it.
func foldQuote(root *xhtml.Node) bool {
	if n := find(root, isQuoteMark); n != nil && !isForward(n) {
		if prev := previous(n); prev != nil && prev.DataAtom == atom.Hr {
			n = prev
		}
		wrapRest(root, n)
		return true
	}
	var quotes []*xhtml.Node
	collect(root, &quotes)
	if len(quotes) == 0 || isForward(quotes[0]) {
		return false
	}
	if len(quotes) > 1 && textBetween(quotes[0], quotes[len(quotes)-1]) {
		return false // answers between the quotes make no sense without them
	}
	for _, q := range quotes {
		nodes := []*xhtml.Node{q}
		if a := previous(q); a != nil && isAttributionNode(a) {
			nodes = []*xhtml.Node{a, q}
			for n := a.NextSibling; n != nil && n != q; n = n.NextSibling {
				nodes = append(nodes[:len(nodes)-1], n, q)
			}
		}
		wrap(nodes, classQuoted)
	}
	return true
}

func isSignature(n *xhtml.Node) bool {
	return hasClass(n, "gmail_signature", "moz-signature", "protonmail_signature_block", "AppleMailSignature") ||
		attr(n, "id") == "AppleMailSignature" || attr(n, "id") == "ms-outlook-mobile-signature"
}

// isQuoteMark recognises what stands before a history that has no element of its own.
func isQuoteMark(n *xhtml.Node) bool {
	switch strings.TrimPrefix(attr(n, "id"), "x_") {
	case "divRplyFwdMsg", "appendonsend":
		return true
	}
	if hasClass(n, "OutlookMessageHeader") {
		return true
	}
	if n.DataAtom != atom.Div && n.DataAtom != atom.P {
		return false
	}
	framed := strings.Contains(attr(n, "style"), "border-top")
	if !framed && !mayBeSeparator(opening(n)) {
		return false // as nearly all are: their text need not be put together
	}
	own := firstLines(n)
	if len(own) > 0 && isSeparator(own[0]) {
		return true
	}
	return framed && len(own) > 0 && isHeaderBlock(own, 0)
}

// opening is how the text of a node begins, as far as it is in one piece: "" when that is not seen at a glance.
func opening(n *xhtml.Node) string {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == xhtml.TextNode:
			if text := strings.TrimLeft(c.Data, blanks); text != "" {
				return text
			}
		case c.Type == xhtml.ElementNode && c.DataAtom != atom.Br:
			switch c.DataAtom {
			case atom.Div, atom.P, atom.Span, atom.B, atom.Strong, atom.I, atom.Em, atom.U, atom.Font, atom.A:
				if attr(c, "style") == "" || !strings.Contains(attr(c, "style"), "display") {
					return opening(c)
				}
			}
			return ""
		}
	}
	return ""
}

// firstLines is the beginning of a node's text; nodes that hold the whole mail are not looked at.
func firstLines(n *xhtml.Node) []string {
	if countNodes(n, 60) >= 60 {
		return nil
	}
	lines := strings.Split(textOf(n, false), "\n")
	return lines[:min(len(lines), 8)]
}

func countNodes(n *xhtml.Node, limit int) int {
	count := 1
	for c := n.FirstChild; c != nil && count < limit; c = c.NextSibling {
		count += countNodes(c, limit-count)
	}
	return count
}

func isQuoteElement(n *xhtml.Node) bool {
	return n.DataAtom == atom.Blockquote && strings.EqualFold(attr(n, "type"), "cite") ||
		hasClass(n, "gmail_quote", "yahoo_quoted", "protonmail_quote")
}

// isForward looks for a forward's mark in the first lines of a quote.
func isForward(n *xhtml.Node) bool {
	for i, l := range strings.SplitN(textOf(n, false), "\n", 5) {
		if i < 4 && forwardLine.MatchString(l) {
			return true
		}
	}
	return false
}

func isAttributionNode(n *xhtml.Node) bool {
	if hasClass(n, "moz-cite-prefix", "gmail_attr") {
		return true
	}
	text := n.Data
	if n.Type != xhtml.TextNode {
		if countNodes(n, 40) >= 40 {
			return false
		}
		text = textOf(n, false)
	}
	return isAttribution(strings.Split(strings.TrimSpace(text), "\n"), 0)
}

// collect gathers the outermost quotes.
func collect(n *xhtml.Node, out *[]*xhtml.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == xhtml.ElementNode && isQuoteElement(c) {
			*out = append(*out, c)
			continue
		}
		collect(c, out)
	}
}

// textBetween says whether words stand after a and before b in the document.
func textBetween(a, b *xhtml.Node) bool {
	for n := after(a); n != nil && n != b; n = next(n) {
		if n.Type == xhtml.TextNode && strings.TrimSpace(n.Data) != "" && !insideQuote(n) && !isAttributionNode(n) {
			return true
		}
	}
	return false
}

func insideQuote(n *xhtml.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if isQuoteElement(p) {
			return true
		}
	}
	return false
}

// next and after walk the document: into the node, and past it.
func next(n *xhtml.Node) *xhtml.Node {
	if n.FirstChild != nil {
		return n.FirstChild
	}
	return after(n)
}

func after(n *xhtml.Node) *xhtml.Node {
	for ; n != nil; n = n.Parent {
		if n.NextSibling != nil {
			return n.NextSibling
		}
	}
	return nil
}

func find(n *xhtml.Node, ok func(*xhtml.Node) bool) *xhtml.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == xhtml.ElementNode && ok(c) {
			return c
		}
		if found := find(c, ok); found != nil {
			return found
		}
	}
	return nil
}

func hasClass(n *xhtml.Node, names ...string) bool {
	for _, c := range strings.Fields(attr(n, "class")) {
		for _, name := range names {
			if c == name {
				return true
			}
		}
	}
	return false
}

func within(n *xhtml.Node, class string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Details && hasClass(p, class) {
			return true
		}
	}
	return false
}

// previous is the sibling before n that is not blank.
func previous(n *xhtml.Node) *xhtml.Node {
	p := n.PrevSibling
	for p != nil && (p.Type == xhtml.TextNode && strings.TrimSpace(p.Data) == "" || p.DataAtom == atom.Br) {
		p = p.PrevSibling
	}
	return p
}

// wrap puts siblings into a details element in their place.
func wrap(nodes []*xhtml.Node, class string) {
	d := &xhtml.Node{Type: xhtml.ElementNode, Data: "details", DataAtom: atom.Details, Attr: []xhtml.Attribute{{Key: "class", Val: class}}}
	summary := &xhtml.Node{Type: xhtml.ElementNode, Data: "summary", DataAtom: atom.Summary}
	summary.AppendChild(&xhtml.Node{Type: xhtml.TextNode, Data: "…"})
	d.AppendChild(summary)
	nodes[0].Parent.InsertBefore(d, nodes[0])
	for _, n := range nodes {
		n.Parent.RemoveChild(n)
		d.AppendChild(n)
	}
}

// wrapRest wraps n and everything after it in the document.
func wrapRest(root, n *xhtml.Node) {
	parent := n.Parent
	nodes := siblings(n)
	wrap(nodes, classQuoted)
	d := nodes[0].Parent
	for p := parent; p != nil && p != root; p = p.Parent {
		for _, s := range siblings(p.NextSibling) {
			p.Parent.RemoveChild(s)
			d.AppendChild(s)
		}
	}
}

func siblings(n *xhtml.Node) []*xhtml.Node {
	var out []*xhtml.Node
	for ; n != nil; n = n.NextSibling {
		out = append(out, n)
	}
	return out
}

// unwrap undoes wrap everywhere below root.
func unwrap(root *xhtml.Node) {
	isOurs := func(n *xhtml.Node) bool {
		return n.DataAtom == atom.Details && hasClass(n, classQuoted, classSignature)
	}
	for d := find(root, isOurs); d != nil; d = find(root, isOurs) {
		for _, c := range siblings(d.FirstChild.NextSibling) {
			d.RemoveChild(c)
			d.Parent.InsertBefore(c, d)
		}
		d.Parent.RemoveChild(d)
	}
}
