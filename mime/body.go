package mime

import (
	"bytes"
	"html"
	"net/textproto"
	"strings"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/mime/page"
)

// content is what one subtree shows.
type content struct{ text, html string }

func (c content) empty() bool {
	return strings.TrimSpace(c.text) == "" && strings.TrimSpace(c.html) == ""
}

// body is what a mail shows and carries.
type body struct {
	text, html  string
	attachments []channel.Attachment
	embedded    textproto.MIMEHeader // header of the first message/rfc822 part
	names       map[string]bool      // taken, lower-cased
	events      []string             // what the calendar parts say
	nesting     int                  // signed messages inside signed messages
}

// readBody walks the tree once and puts every part in its place.
func (r *reader) readBody() (*body, error) {
	b := &body{names: map[string]bool{}}
	shown, err := r.gather(b, r.root, nil)
	if err != nil {
		return nil, err
	}
	b.html = shown.html
	b.text = strings.Trim(shown.text, "\n")
	if strings.TrimSpace(b.text) == "" && b.html != "" {
		b.text = TextFromHTML(b.html)
	}
	b.addEvents()
	if cutText := cut(b.text, maxText); len(cutText) < len(b.text) {
		b.text = cutText
		r.warn("The text is very long and was cut; the original has all of it.")
	}
	for i := range b.attachments {
		a := &b.attachments[i]
		a.Inline = a.ContentID != "" && strings.Contains(b.html, "cid:"+html.EscapeString(a.ContentID))
	}
	return b, nil
}

// addEvents puts below the text what a calendar part says, unless the text begins to say the same.
func (b *body) addEvents() {
	for i, e := range b.events {
		what, _, _ := strings.Cut(e, "\n")
		if e == "" || strings.Contains(b.text, what) || i >= 5 {
			continue
		}
		b.text = strings.TrimLeft(b.text+"\n\n"+e, "\n")
		if b.html != "" {
			b.html += "\n" + page.FromText(e)
		}
	}
}

func (r *reader) gather(b *body, p, parent *part) (content, error) {
	if err := late(r.ctx); err != nil {
		return content{}, err
	}
	if !p.multipart() {
		return r.leaf(b, p, parent)
	}
	if p.ctype == "multipart/encrypted" {
		r.warn("The mail is encrypted; its parts are kept as files.")
	}
	var shown []content
	for i, child := range p.children {
		if p.ctype == "multipart/signed" && i > 0 {
			r.attach(b, child, r.decodeTransfer(child))
			continue
		}
		c, err := r.gather(b, child, p)
		if err != nil {
			return content{}, err
		}
		if !c.empty() {
			shown = append(shown, c)
		}
	}
	if p.ctype == "multipart/alternative" {
		return alternative(shown), nil
	}
	return sequence(shown), nil
}

// alternative takes the first plain text and the last HTML: RFC 2046 puts the best last.
func alternative(shown []content) content {
	var out content
	for _, c := range shown {
		if out.text == "" || strings.TrimSpace(out.text) == "" {
			out.text = c.text
		}
		if c.html != "" {
			out.html = c.html
		}
	}
	return out
}

// sequence puts parts after one another. If any of them has HTML all get it, so that neither form lacks anything.
func sequence(shown []content) content {
	if len(shown) == 1 {
		return shown[0]
	}
	var texts, htmls []string
	rich := false
	for _, c := range shown {
		rich = rich || c.html != ""
	}
	for _, c := range shown {
		t, h := c.text, c.html
		if strings.TrimSpace(t) == "" {
			t = TextFromHTML(h)
		}
		if h == "" {
			h = page.FromText(t)
		}
		texts, htmls = append(texts, strings.Trim(t, "\n")), append(htmls, h)
	}
	out := content{text: strings.Join(texts, "\n\n")}
	if rich {
		out.html = strings.Join(htmls, "\n")
	}
	return out
}

// leaf shows or attaches one part.
func (r *reader) leaf(b *body, p, parent *part) (content, error) {
	if len(p.body) == 0 && p.fileName == "" {
		return content{}, nil
	}
	data := r.decodeTransfer(p)
	isFile := p.disp == "attachment" || p.fileName != "" && parent != nil
	switch {
	case p.ctype == "application/ms-tnef" || p.ctype == "application/vnd.ms-tnef" || strings.EqualFold(p.fileName, "winmail.dat"):
		return r.tnef(b, p, data), nil
	case p.ctype == "application/pkcs7-mime" || p.ctype == "application/x-pkcs7-mime":
		return r.smime(b, p, data)
	case p.ctype == "text/calendar":
		r.attach(b, p, data)
		b.events = append(b.events, calendarSummary(decodeCharset(data, p.params["charset"])))
		return content{}, nil
	case p.ctype == "message/delivery-status" || p.ctype == "message/global-delivery-status" || p.ctype == "text/rfc822-headers",
		p.ctype == "message/disposition-notification", p.ctype == "text/x-amp-html", p.ctype == "text/watch-html":
		return content{}, nil // the first ones are read by readReport, the last are copies of the HTML
	case isFile:
		r.attach(b, p, data)
	case p.ctype == "text/plain" || p.ctype == "text/html" || p.ctype == "text/enriched" || p.ctype == "text/markdown":
		return r.shownText(p, data), nil
	default:
		r.attach(b, p, data)
	}
	return content{}, nil
}

func (r *reader) shownText(p *part, data []byte) content {
	charset := p.params["charset"]
	if p.ctype != "text/html" {
		s := clean(decodeCharset(data, charset))
		if strings.EqualFold(p.params["format"], "flowed") {
			s = unflow(s, strings.EqualFold(p.params["delsp"], "yes"))
		}
		return content{text: s}
	}
	if charset == "" {
		charset = metaCharset(data)
	}
	if len(data) > maxHTML {
		data = data[:maxHTML]
		if i := bytes.LastIndexByte(data, '<'); i > 0 {
			data = data[:i]
		}
		r.warn("The HTML is very long and was cut; the original has all of it.")
	}
	return content{html: SanitizeHTML(decodeCharset(data, charset))}
}

// metaCharset finds the charset that an HTML part itself names.
func metaCharset(data []byte) string {
	head := bytes.ToLower(data[:min(len(data), 2048)])
	_, rest, ok := bytes.Cut(head, []byte("charset="))
	if !ok {
		return ""
	}
	rest = bytes.TrimLeft(rest, "\"' ")
	end := bytes.IndexAny(rest, "\"' ;/>\r\n")
	if end <= 0 || end > 40 {
		return ""
	}
	return string(rest[:end])
}

// unflow joins the soft line breaks of format=flowed (RFC 3676).
func unflow(s string, delsp bool) string {
	var out strings.Builder
	depth, open := 0, false
	for i, line := range strings.Split(s, "\n") {
		d := len(line) - len(strings.TrimLeft(line, ">"))
		text := strings.TrimPrefix(line[d:], " ")
		if !open || d != depth || text == "-- " {
			if i > 0 {
				out.WriteByte('\n')
			}
			if d > 0 {
				out.WriteString(strings.Repeat(">", min(d, 50)) + " ")
			}
		}
		open, depth = strings.HasSuffix(text, " ") && text != "-- ", d
		if open && delsp {
			text = text[:len(text)-1]
		}
		out.WriteString(text)
	}
	return out.String()
}
