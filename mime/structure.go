package mime

import (
	"bytes"
	"context"
	"net/textproto"
	"strings"

	"github.com/jhillyerd/enmime/v2/mediatype"

	"github.com/deskbell/deskbell/errs"
)

const (
	maxHeaderBlock = 1 << 20  // bytes of one header block that are looked at
	maxHeaderField = 64 << 10 // bytes of one field that are kept
	maxContentType = 2 << 10  // bytes of a Content-Type or -Disposition: parsing it is quadratic in its parameters
)

// part is a node of the MIME tree. body is a slice of the raw message, still transfer-encoded.
type part struct {
	header   textproto.MIMEHeader
	ctype    string // lower-cased media type
	params   map[string]string
	disp     string // "inline", "attachment" or ""
	fileName string
	body     []byte
	children []*part
	depth    int
}

func (p *part) multipart() bool { return strings.HasPrefix(p.ctype, "multipart/") }

// open is a multipart whose end was not seen yet.
type open struct {
	part      *part
	delimiter []byte // "--" + boundary
}

// walker reads the structure of a message in one pass over its lines. The libraries that we measured take time in
// proportion to size times nesting; this takes time in proportion to size.
type walker struct {
	ctx      context.Context
	opt      Options
	raw      []byte
	stack    []open
	parts    int
	warnings []string
}

// readStructure splits raw into its parts, within the bounds of opt.
func readStructure(ctx context.Context, raw []byte, opt Options) (*part, []string, error) {
	if len(raw) > opt.MaxBytes {
		return nil, nil, errs.Newf(errs.Invalid, "This mail is too large to be read: %d MB, and at most %d MB are allowed.", len(raw)>>20, opt.MaxBytes>>20)
	}
	w := &walker{ctx: ctx, opt: opt, raw: normalise(raw)}
	root, pos, err := w.begin(0, 0, "text/plain")
	if err != nil {
		return nil, nil, err
	}
	if len(root.header) == 0 {
		pos = 0 // no header at all: whatever it is, it is text
	}
	if err := w.walk(root, pos); err != nil {
		return nil, nil, err
	}
	settle(root)
	return root, w.warnings, nil
}

// normalise removes what mail programs leave before a message (byte order mark, blank lines, the "From " line of a
// mailbox file) and repairs lone carriage returns.
func normalise(raw []byte) []byte {
	if !bytes.ContainsRune(raw, '\n') && bytes.ContainsRune(raw, '\r') {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	raw = bytes.TrimLeft(raw, "\r\n")
	for _, mbox := range []string{"From ", ">From "} {
		if bytes.HasPrefix(raw, []byte(mbox)) {
			if _, rest, ok := bytes.Cut(raw, []byte("\n")); ok {
				raw = rest
			}
			break
		}
	}
	return raw
}

// line returns the line that begins at pos without its end, and where the next one begins.
func (w *walker) line(pos int) (line []byte, next int) {
	rest := w.raw[pos:]
	i := bytes.IndexByte(rest, '\n')
	if i < 0 {
		return rest, len(w.raw)
	}
	return bytes.TrimSuffix(rest[:i], []byte("\r")), pos + i + 1
}

// walk reads all that follows the header of root.
func (w *walker) walk(root *part, pos int) error {
	leaf, start := root, pos // the part whose body is being read, nil in a preamble or epilogue
	if root.multipart() {
		w.push(root, pos)
	}
	for n := 0; pos < len(w.raw); n++ {
		if n%4096 == 0 {
			if err := late(w.ctx); err != nil {
				return err
			}
		}
		line, next := w.line(pos)
		level, final := w.match(line)
		if level < 0 {
			pos = next
			continue
		}
		w.close(leaf, start, pos)
		for _, o := range w.stack[level+1:] {
			w.warn("A part was not closed: boundary %q.", cut(string(o.delimiter[2:]), 70))
		}
		parent := w.stack[level].part
		w.stack = w.stack[:level+1]
		if final {
			w.stack = w.stack[:level]
			leaf, pos = nil, next
			continue
		}
		def := "text/plain"
		if parent.ctype == "multipart/digest" {
			def = "message/rfc822"
		}
		p, body, err := w.begin(next, parent.depth+1, def)
		if err != nil {
			return err
		}
		parent.children = append(parent.children, p)
		leaf, start, pos = p, body, body
		if p.multipart() {
			if p.depth >= w.opt.MaxDepth {
				return errs.Newf(errs.Invalid, "This mail could not be read: its parts are nested more than %d deep.", w.opt.MaxDepth)
			}
			w.push(p, body)
		}
	}
	w.close(leaf, start, len(w.raw))
	for _, o := range w.stack {
		w.warn("A part was not closed: boundary %q.", cut(string(o.delimiter[2:]), 70))
	}
	return nil
}

func (w *walker) warn(format string, args ...any) {
	r := reader{warnings: w.warnings}
	r.warn(format, args...)
	w.warnings = r.warnings
}

// close gives a part its body, which ends before the line break that belongs to the boundary. A multipart gets one
// too: it is shown as text if no part of it is found.
func (w *walker) close(p *part, start, end int) {
	if p == nil || p.body != nil {
		return
	}
	if end < start {
		end = start
	}
	body := w.raw[start:end]
	if end < len(w.raw) {
		body = bytes.TrimSuffix(body, []byte("\n"))
		body = bytes.TrimSuffix(body, []byte("\r"))
	}
	p.body = body
}

// push makes p the multipart whose boundary is looked for. A missing boundary is guessed from the first line that
// looks like one.
func (w *walker) push(p *part, body int) {
	boundary := strings.TrimRight(p.params["boundary"], " \t")
	if boundary == "" {
		boundary = w.guessBoundary(body)
		w.warn("A multipart has no boundary.")
	}
	if boundary == "" || len(boundary) > 1000 {
		p.ctype = "text/plain"
		return
	}
	w.stack = append(w.stack, open{part: p, delimiter: []byte("--" + boundary)})
}

func (w *walker) guessBoundary(pos int) string {
	for range 20 {
		if pos >= len(w.raw) {
			return ""
		}
		line, next := w.line(pos)
		if b, ok := strings.CutPrefix(string(line), "--"); ok && len(b) > 3 && len(b) < 200 && !strings.ContainsAny(b, " \t") {
			return b
		}
		pos = next
	}
	return ""
}

// match finds the innermost open multipart that line delimits, -1 if none, and whether it ends it.
func (w *walker) match(line []byte) (level int, final bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1, false
	}
	for i := len(w.stack) - 1; i >= 0; i-- {
		rest, ok := bytes.CutPrefix(line, w.stack[i].delimiter)
		if !ok {
			continue
		}
		if bytes.HasPrefix(rest, []byte("--")) {
			return i, true
		}
		if len(bytes.TrimSpace(rest)) == 0 {
			return i, false
		}
	}
	return -1, false
}

// begin reads the header of a part at pos and returns the part and where its body begins.
func (w *walker) begin(pos, depth int, def string) (*part, int, error) {
	if w.parts++; w.parts > w.opt.MaxParts {
		return nil, 0, errs.Newf(errs.Invalid, "This mail could not be read: it has more than %d parts.", w.opt.MaxParts)
	}
	block, body, cutOff := w.headerBlock(pos)
	if cutOff {
		w.warn("A header was longer than we read, and was cut.")
	}
	p := &part{depth: depth, ctype: def}
	header, odd := parseHeader(block)
	if odd != "" {
		w.warn("A header line has no name: %q.", cut(odd, 60))
	}
	p.header = header
	p.readContentHeaders(def)
	return p, body, nil
}

// headerBlock returns the header lines from pos, with what is too long cut off, and where the body begins. A header
// ends at a blank line, or where a part of an open multipart begins.
func (w *walker) headerBlock(pos int) (block []byte, body int, cutOff bool) {
	start, field, copied := pos, 0, []byte(nil)
	for pos < len(w.raw) {
		line, next := w.line(pos)
		if len(line) == 0 || len(bytes.TrimRight(line, " \t")) == 0 && !continues(w.raw, next) {
			body = next
			break
		}
		if level, _ := w.match(line); level >= 0 {
			body = pos
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			field = 0
		}
		field += len(line)
		if (field > maxHeaderField || pos-start > maxHeaderBlock) && !cutOff {
			cutOff, copied = true, append([]byte(nil), w.raw[start:pos]...)
		}
		if cutOff && len(copied) < maxHeaderBlock {
			keep := line
			if over := field - maxHeaderField; over > 0 {
				keep = line[:max(0, len(line)-over)]
			}
			if len(keep) > 0 {
				copied = append(append(copied, keep...), '\r', '\n')
			}
		}
		pos, body = next, next
	}
	if cutOff {
		return copied, body, true
	}
	return w.raw[start:min(pos, len(w.raw))], body, false
}

// continues says whether the line at pos is a folded one: some programs fold with a line of blanks.
func continues(raw []byte, pos int) bool {
	return pos < len(raw) && (raw[pos] == ' ' || raw[pos] == '\t')
}

func (p *part) readContentHeaders(def string) {
	if v := firstHeader(p.header, "Content-Type"); v != "" {
		if t, params, _, err := mediatype.Parse(cut(v, maxContentType)); err == nil && t != "" {
			p.ctype, p.params = t, params
		}
		if !strings.Contains(p.ctype, "/") {
			p.ctype = def // "Content-Type: text" is an old way to say plain text
		}
	}
	if p.ctype == "attachment" || p.ctype == "inline" {
		p.disp, p.ctype = p.ctype, "application/octet-stream"
	}
	name := p.params["name"]
	if name == "" {
		name = p.params["file"]
	}
	if v := firstHeader(p.header, "Content-Disposition"); v != "" {
		if d, params, _, err := mediatype.Parse(cut(v, maxContentType)); err == nil {
			p.disp = d
			if params["filename"] != "" {
				name = params["filename"]
			}
		}
	}
	p.fileName = decodeWords(name)
}

// settle turns multiparts in which no part was found into text.
func settle(p *part) {
	if p.multipart() && len(p.children) == 0 {
		p.ctype = "text/plain"
		if looksHTML(p.body) {
			p.ctype = "text/html"
		}
	}
	for _, c := range p.children {
		settle(c)
	}
}

func looksHTML(b []byte) bool {
	b = bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 512)]))
	return bytes.HasPrefix(b, []byte("<html")) || bytes.HasPrefix(b, []byte("<!doctype html"))
}
