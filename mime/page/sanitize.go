// Package page makes what strangers write fit to be shown: sanitised HTML, its text, and which part of a mail is new,
// quoted or a signature. It knows nothing of MIME, headers or messages.
package page

import (
	"html"
	"net/url"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// MaxHTML is how many bytes of HTML are shown; more is cut.
const MaxHTML = 2 << 20

// policy is the first gate: elements and attributes that pass. The second, tidy, judges their values.
var policy = newPolicy()

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code",
		"col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4",
		"h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp",
		"section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt",
		"u", "ul", "var", "wbr")
	p.AllowNoAttrs().OnElements("a", "span", "font", "img", "details")
	p.AllowAttrs("class", "id", "style", "title", "dir", "lang", "align").Globally()
	p.AllowAttrs("href", "name").OnElements("a")
	p.AllowAttrs("src", "alt", "width", "height", "border", "data-remote-src").OnElements("img")
	p.AllowAttrs("color", "face", "size").OnElements("font")
	p.AllowAttrs("bgcolor", "border", "cellpadding", "cellspacing", "width", "height").OnElements("table")
	p.AllowAttrs("abbr", "bgcolor", "colspan", "headers", "height", "nowrap", "rowspan", "scope", "valign", "width").OnElements("td", "th")
	p.AllowAttrs("bgcolor", "height", "valign").OnElements("tr", "tbody", "thead", "tfoot")
	p.AllowAttrs("span", "width").OnElements("col", "colgroup")
	p.AllowAttrs("start", "type", "reversed").OnElements("ol")
	p.AllowAttrs("type").OnElements("ul", "blockquote")
	p.AllowAttrs("cite").OnElements("blockquote", "q")
	p.AllowAttrs("value").OnElements("li")
	p.AllowAttrs("datetime").OnElements("time", "del", "ins")
	p.AllowAttrs("size", "width", "noshade").OnElements("hr")
	p.AllowAttrs("data-type", "data-id", "data-label").OnElements("span")
	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.AllowDataURIImages()
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true) // for "//host/picture"; tidy removes the rest
	return p
}

// Sanitize makes mail or what an agent typed harmless, twice the same as once (MAIL-4): no scripts, handlers,
// forms, frames, style sheets, no positioning, nothing that is fetched by showing it. Pictures from elsewhere keep
// their address in data-remote-src and have no src; cid: and small formats of data: pictures stay. Links open in a
// new window and tell nobody where they came from. What is nested beyond reason becomes plain text.
func Sanitize(s string) string {
	s = Clean(s)
	if len(s) > MaxHTML {
		s = strings.ToValidUTF8(s[:MaxHTML], "")
	}
	if strings.TrimSpace(s) == "" {
		return ""
	}
	gated := policy.Sanitize(paired(s))
	root, err := parseFragment(gated)
	if err != nil {
		return FromText(strings.TrimSpace(html.UnescapeString(anyTag.ReplaceAllString(gated, " "))))
	}
	(&judge{styles: map[string]string{}}).tidy(root)
	return strings.TrimSpace(render(root))
}

// swallowed are the elements that the gate drops with all that is inside.
var swallowed = map[string]bool{"frame": true, "frameset": true, "iframe": true, "noembed": true, "noframes": true, "noscript": true, "nostyle": true,
	"object": true, "script": true, "style": true, "title": true}

// paired takes away the ends of such elements that never began, and frame, which has no end: the gate counts ends against
// beginnings, and once the count is off everything after the next one would be lost. Mail with a stray </style> is common.
func paired(s string) string {
	z := xhtml.NewTokenizer(strings.NewReader(s))
	var b strings.Builder
	open := map[string]int{}
	kept, at := 0, 0 // what of s is in b, and where the token ends
	for kind := z.Next(); kind != xhtml.ErrorToken; kind = z.Next() {
		began := at
		at += len(z.Raw())
		if kind != xhtml.StartTagToken && kind != xhtml.EndTagToken && kind != xhtml.SelfClosingTagToken {
			continue
		}
		tag, _ := z.TagName()
		if !swallowed[string(tag)] {
			continue
		}
		switch name := string(tag); {
		case name == "frame" || kind == xhtml.EndTagToken && open[name] == 0:
			b.WriteString(s[kept:began] + " ") // not nothing: what stood around it must not become a tag
			kept = at
		case kind == xhtml.StartTagToken:
			open[name]++
		case kind == xhtml.EndTagToken:
			open[name]--
		}
	}
	b.WriteString(s[kept:at]) // what the tokenizer leaves at the end is no token
	return b.String()
}

var anyTag = regexp.MustCompile(`<[^>]*>`)

// parseFragment parses body content under a root of its own. It fails where elements are nested more than 512 deep.
func parseFragment(s string) (*xhtml.Node, error) {
	root := &xhtml.Node{Type: xhtml.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := xhtml.ParseFragment(strings.NewReader(s), root)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	return root, nil
}

func render(root *xhtml.Node) string {
	var b strings.Builder
	for c := root.FirstChild; c != nil; c = c.NextSibling {
		if xhtml.Render(&b, c) != nil {
			return ""
		}
	}
	return b.String()
}

// judge judges every attribute value of one page.
type judge struct{ styles map[string]string } // what is left of each: a page says the same of many elements

func (j *judge) tidy(n *xhtml.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == xhtml.ElementNode {
			j.tidyElement(c)
		}
		j.tidy(c)
	}
}

func (j *judge) style(v string) string {
	safe, ok := j.styles[v]
	if !ok {
		safe = safeStyle(v)
		j.styles[v] = safe
	}
	return safe
}

func (j *judge) tidyElement(n *xhtml.Node) {
	attrs := n.Attr
	n.Attr = nil
	remote := ""
	for _, a := range attrs {
		if a.Namespace != "" {
			continue
		}
		switch a.Key {
		case "href":
			a.Val = safeLink(a.Val)
		case "cite":
			if safeRemote(a.Val) == "" {
				a.Val = ""
			}
		case "src":
			src := strings.TrimSpace(a.Val)
			if lower := strings.ToLower(src); !strings.HasPrefix(lower, "cid:") && !dataImage.MatchString(lower) {
				remote, src = safeRemote(src), ""
			}
			a.Val = src
		case "data-remote-src":
			if remote == "" {
				remote = safeRemote(a.Val)
			}
			continue
		case "style":
			a.Val = j.style(a.Val)
		case "class":
			a.Val = knownWords(a.Val, knownClass)
		case "id":
			a.Val = knownWords(a.Val, knownID)
		case "name":
			continue // a name in the page could stand for one of ours
		case "rel", "target":
			continue
		}
		if a.Val != "" || a.Key == "alt" || a.Key == "nowrap" || a.Key == "noshade" || a.Key == "reversed" {
			n.Attr = append(n.Attr, a)
		}
	}
	if n.DataAtom == atom.Img && remote != "" && attr(n, "src") == "" {
		n.Attr = append(n.Attr, xhtml.Attribute{Key: "data-remote-src", Val: remote})
	}
	if n.DataAtom == atom.A && attr(n, "href") != "" {
		n.Attr = append(n.Attr, xhtml.Attribute{Key: "rel", Val: "noopener noreferrer nofollow"}, xhtml.Attribute{Key: "target", Val: "_blank"})
	}
}

var dataImage = regexp.MustCompile(`^data:image/(png|jpeg|gif|webp);base64,`)

func attr(n *xhtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// safeLink returns a link that may be followed, or "".
func safeLink(v string) string {
	u, err := url.Parse(strings.TrimSpace(v))
	if err != nil {
		return ""
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https":
		if u.Host == "" {
			return ""
		}
	case "mailto", "tel":
	default:
		return ""
	}
	return u.String()
}

// safeRemote returns the address of a picture elsewhere, or "".
func safeRemote(v string) string {
	v = strings.TrimSpace(v)
	if strings.HasPrefix(v, "//") {
		v = "https:" + v
	}
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || (!strings.EqualFold(u.Scheme, "http") && !strings.EqualFold(u.Scheme, "https")) {
		return ""
	}
	return u.String()
}

// knownClass and knownID are the names that mark quotes, signatures, code and mentions. Others would take their look
// from our own style sheet.
var (
	knownClass = regexp.MustCompile(`^(gmail_(quote|quote_container|attr|extra|signature)|moz-(cite-prefix|signature|forward-container)|yahoo_quoted|protonmail_(quote|signature_block)|OutlookMessageHeader|MsoNormal|WordSection1|AppleMailSignature|quoted|signature|mention|language-[a-z0-9+-]{1,20})$`)
	knownID    = regexp.MustCompile(`^(divRplyFwdMsg|x_divRplyFwdMsg|appendonsend|x_appendonsend|AppleMailSignature|ms-outlook-mobile-signature|OLK_SRC_BODY_SECTION|reply-intro)$`)
)

func knownWords(v string, known *regexp.Regexp) string {
	var kept []string
	for _, w := range strings.Fields(v) {
		if known.MatchString(w) {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, " ")
}

// styleNames are the properties that shape text and tables. Nothing that places, layers, animates or fetches.
var styleNames = regexp.MustCompile(`^(color|background|background-color|font|font-(family|size|style|weight|variant)|text-(align|decoration|decoration-line|indent|transform)|line-height|letter-spacing|vertical-align|white-space|word-break|overflow-wrap|direction|list-style|list-style-type|border|border-(top|right|bottom|left|color|style|width|radius|collapse|spacing)|border-(top|right|bottom|left)-(color|style|width)|padding|padding-(top|right|bottom|left)|margin|margin-(top|right|bottom|left)|width|height|max-width|min-width|max-height|display|table-layout|caption-side|empty-cells)$`)

// styleValue allows words, numbers, colours and font names. A backslash could hide anything, and of functions only
// colours are left.
var (
	styleValue    = regexp.MustCompile(`^[a-zA-Z0-9 #%.,'"!_-]{1,200}$`)
	styleColour   = regexp.MustCompile(`\b(rgb|rgba|hsl|hsla)\([0-9 ,.%/]{1,60}\)`)
	styleNegative = regexp.MustCompile(`(^|[ ,])-[0-9.]`)
	styleDisplay  = regexp.MustCompile(`^(block|inline|inline-block|none|table|inline-table|table-(row|cell|caption|column|row-group|header-group|footer-group)|list-item)( *!important)?$`)
)

// safeStyle keeps the declarations that are allowed.
func safeStyle(v string) string {
	if len(v) > 4000 {
		return ""
	}
	var kept []string
	for decl := range strings.SplitSeq(v, ";") {
		name, value, ok := strings.Cut(decl, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		if !ok || !styleNames.MatchString(name) {
			continue
		}
		lower := strings.ToLower(value)
		switch {
		case !styleValue.MatchString(styleColour.ReplaceAllString(lower, "x")),
			styleNegative.MatchString(lower),
			name == "display" && !styleDisplay.MatchString(lower),
			strings.Count(value, `"`)%2 == 1 || strings.Count(value, `'`)%2 == 1:
			continue
		}
		kept = append(kept, name+": "+value)
	}
	return strings.Join(kept, "; ")
}

// FromText shows plain text as HTML.
func FromText(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	return "<div>" + strings.ReplaceAll(html.EscapeString(s), "\n", "<br/>\n") + "</div>"
}

// Clean makes valid UTF-8 without NUL and other control characters but tab and newline, with \n line ends:
// PostgreSQL refuses the first two, and people are fooled by the rest.
func Clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || (r >= 0x7f && r < 0xa0) || r == '\uFEFF':
			return -1
		}
		return r
	}, s)
}
