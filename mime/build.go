package mime

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"html"
	stdmime "mime"
	"mime/quotedprintable"
	"net/textproto"
	"net/url"
	"sort"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

const (
	keepReferences = 20 // of each end of a long chain
	lineWidth      = 76
)

// Build writes a complete message after RFC 5322 (MAIL-3, MAIL-7), the same bytes for the same Outbound. Bcc is never
// written; a line break cannot get into a header; what is not ASCII is encoded, so that every server takes it.
// Attachments need Data: the caller reads Open ones first. Its errors are Invalid and name the field.
func Build(out channel.Outbound) ([]byte, error) {
	if err := checkOutbound(out); err != nil {
		return nil, err
	}
	w := &writer{id: out.MessageID}
	if err := w.headers(out); err != nil {
		return nil, err
	}
	text, markup := strings.ReplaceAll(out.Text, "\r\n", "\n"), out.HTML
	if strings.TrimSpace(text) == "" && markup != "" {
		text = TextFromHTML(markup)
	}
	var inline, files []channel.Attachment
	for _, a := range out.Attachments {
		if a.ContentID != "" && mentions(markup, a.ContentID) {
			inline = append(inline, a)
		} else {
			files = append(files, a)
		}
	}
	w.mixed(text, markup, inline, files)
	return w.buf.Bytes(), nil
}

// mentions says whether the page shows the picture with this id.
func mentions(page, cid string) bool {
	return page != "" && (strings.Contains(page, "cid:"+cid) || strings.Contains(page, "cid:"+html.EscapeString(cid)) || strings.Contains(page, "cid:"+url.PathEscape(cid)))
}

func checkOutbound(out channel.Outbound) error {
	if out.MessageID == "" || !bareID.MatchString(out.MessageID) || strings.ContainsAny(out.MessageID, " \t\r\n<>") {
		return errs.Bad("messageId", "INVALID", "A message needs a Message-ID of the form left@right.")
	}
	if out.From.Email == "" {
		return errs.Bad("from", "REQUIRED", "A message needs a sender.")
	}
	if len(out.To)+len(out.Cc)+len(out.Bcc) == 0 {
		return errs.Bad("to", "REQUIRED", "A message needs at least one recipient.")
	}
	for _, a := range out.Attachments {
		if a.Data == nil && a.Open != nil {
			return errs.Bad("attachments", "NOT_READ", "The file "+SafeName(a.Name)+" was not read before the message was built.")
		}
	}
	return nil
}

type writer struct {
	buf bytes.Buffer
	id  string
	n   int // boundaries made
}

// reservedHeaders are written by Build itself, and cannot be given as extra ones.
var reservedHeaders = map[string]bool{
	"From": true, "To": true, "Cc": true, "Bcc": true, "Reply-To": true, "Subject": true, "Date": true, "Message-Id": true, "In-Reply-To": true,
	"References": true, "Mime-Version": true, "Content-Type": true, "Content-Transfer-Encoding": true, "Content-Disposition": true, "Content-Id": true,
	"Sender": true, "Resent-Bcc": true, "Return-Path": true, "Received": true,
}

func (w *writer) headers(out channel.Outbound) error {
	lists := []struct {
		name string
		list []channel.Address
	}{{"From", []channel.Address{out.From}}, {"Reply-To", replyTo(out.ReplyTo)}, {"To", out.To}, {"Cc", out.Cc}}
	date := out.Date
	if date.IsZero() {
		date = time.Unix(0, 0).UTC() // the same at every attempt, and visibly wrong
	}
	w.field("Date", date.Format(time.RFC1123Z))
	for _, l := range lists {
		var all []string
		for _, a := range l.list {
			s, err := formatAddress(a)
			if err != nil {
				return errs.Bad(strings.ToLower(l.name), "INVALID", err.Error())
			}
			all = append(all, s)
		}
		if len(all) > 0 {
			w.folded(l.name, all, ",")
		}
	}
	if len(out.To) == 0 && len(out.Cc) == 0 {
		w.field("To", "undisclosed-recipients:;")
	}
	w.words("Subject", oneLine(out.Subject))
	w.field("Message-ID", "<"+out.MessageID+">")
	if id := headerID(out.InReplyTo); id != "" {
		w.field("In-Reply-To", id)
	}
	if refs := references(out); len(refs) > 0 {
		w.folded("References", refs, "")
	}
	w.extra(out)
	w.field("MIME-Version", "1.0")
	return nil
}

func replyTo(a *channel.Address) []channel.Address {
	if a == nil || a.Email == "" {
		return nil
	}
	return []channel.Address{*a}
}

// extra writes the headers that the caller chose and, for what a rule sends, those of RFC 3834 by which answering
// machines keep still.
func (w *writer) extra(out channel.Outbound) {
	extra := map[string]string{}
	if out.Automatic {
		extra["Auto-Submitted"], extra["X-Auto-Response-Suppress"] = "auto-replied", "All"
	}
	for k, v := range out.Headers {
		key := textproto.CanonicalMIMEHeaderKey(k)
		if validName([]byte(k)) && !reservedHeaders[key] && !strings.HasPrefix(key, "Content-") {
			extra[key] = v
		}
	}
	keys := make([]string, 0, len(extra))
	for k := range extra {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if v := oneLine(extra[k]); v != "" {
			w.words(k, v)
		}
	}
}

// references bounds the chain: the first ids name the thread, the last what is answered.
func references(out channel.Outbound) []string {
	var ids []string
	seen := map[string]bool{}
	for _, r := range append(append([]string(nil), out.References...), out.InReplyTo) {
		if id := headerID(r); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	if len(ids) > 2*keepReferences {
		ids = append(ids[:keepReferences:keepReferences], ids[len(ids)-keepReferences:]...)
	}
	return ids
}

// headerID is an id with its brackets, "" if it could not stand in a header.
func headerID(id string) string {
	id = strings.Trim(id, "<> \t")
	for _, c := range []byte(id) {
		if c <= ' ' || c >= 0x7f || c == '<' || c == '>' {
			return ""
		}
	}
	if id == "" || len(id) > 900 {
		return ""
	}
	return "<" + id + ">"
}

// formatAddress writes a name and an address. An international domain becomes its ASCII form; an international local
// part is refused, since without SMTPUTF8 no server may pass it on.
func formatAddress(a channel.Address) (string, error) {
	email := strings.TrimSpace(a.Email)
	at := strings.LastIndexByte(email, '@')
	if at <= 0 || at == len(email)-1 || strings.ContainsAny(email, " \t\r\n<>,;:\"()[]\\\x00") || strings.Count(email, "@") > 1 || len(email) > 320 {
		return "", errs.Newf(errs.Invalid, "%q is not an e-mail address.", cut(oneLine(email), 100))
	}
	local, domain := email[:at], email[at+1:]
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		ascii = domain
	}
	for _, c := range []byte(local + ascii) {
		if c <= ' ' || c >= 0x7f {
			return "", errs.Newf(errs.Invalid, "%q cannot be written to: only the domain of an address may have international characters.", cut(oneLine(email), 100))
		}
	}
	name := oneLine(a.Name)
	if name == "" {
		return local + "@" + ascii, nil
	}
	return phrase(name) + " <" + local + "@" + ascii + ">", nil
}

// phrase writes a display name: as it is, quoted, or encoded.
func phrase(name string) string {
	plain, special := true, false
	for _, r := range name {
		plain = plain && r >= ' ' && r < 0x7f
		special = special || !(r == ' ' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}
	switch {
	case !plain || strings.Contains(name, "=?") || len(name) > 200:
		return encodeWords(name)
	case special:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
	}
	return name
}

// encodeWords writes RFC 2047 words in base64, short enough to be folded, none of which splits a character.
func encodeWords(s string) string {
	if encoded := stdmime.BEncoding.Encode("utf-8", s); strings.HasPrefix(encoded, "=?") && encoded != s {
		return strings.Join(strings.Fields(encoded), " ")
	}
	return forceWords(s)
}

func (w *writer) field(name, value string) {
	w.buf.WriteString(name + ": " + value + "\r\n")
}

// words writes free text: folded at blanks, encoded if it has to be.
func (w *writer) words(name, value string) {
	ascii := !strings.Contains(value, "=?")
	for _, r := range value {
		ascii = ascii && r >= ' ' && r < 0x7f
	}
	for word := range strings.FieldsSeq(value) {
		ascii = ascii && len(word) < 900
	}
	if !ascii {
		value = encodeWords(value)
	}
	w.folded(name, strings.Fields(value), "")
}

// forceWords encodes ASCII that would otherwise be misread: text that looks encoded, and words too long for a line.
func forceWords(s string) string {
	var words []string
	for len(s) > 0 {
		n := min(len(s), 42)
		words = append(words, "=?utf-8?b?"+base64.StdEncoding.EncodeToString([]byte(s[:n]))+"?=")
		s = s[n:]
	}
	return strings.Join(words, " ")
}

// folded writes items on lines of at most 76 characters where that is possible.
func (w *writer) folded(name string, items []string, separator string) {
	w.buf.WriteString(name + ":")
	width := len(name) + 1
	for i, item := range items {
		if i < len(items)-1 {
			item += separator
		}
		for j, word := range strings.Split(item, " ") {
			if width+1+len(word) > lineWidth && (i > 0 || j > 0) {
				w.buf.WriteString("\r\n")
				width = 0
			}
			w.buf.WriteString(" " + word)
			width += 1 + len(word)
		}
	}
	w.buf.WriteString("\r\n")
}

// boundary is derived from the Message-ID: it is the same at every attempt, and a sender of text cannot know it
// before the id exists. The "=_" cannot occur in quoted-printable or base64.
func (w *writer) boundary() string {
	w.n++
	sum := sha256.Sum256([]byte(w.id + "\x00" + string(rune('0'+w.n))))
	return "=_" + hex.EncodeToString(sum[:12])
}

// multi writes a multipart of this kind around its parts.
func (w *writer) multi(kind string, parts ...func()) {
	b := w.boundary()
	w.buf.WriteString("Content-Type: multipart/" + kind + ";\r\n boundary=\"" + b + "\"\r\n\r\n")
	for _, p := range parts {
		w.buf.WriteString("--" + b + "\r\n")
		p()
		w.buf.WriteString("\r\n")
	}
	w.buf.WriteString("--" + b + "--\r\n")
}

func (w *writer) mixed(text, page string, inline, files []channel.Attachment) {
	if len(files) == 0 {
		w.alternative(text, page, inline)
		return
	}
	parts := []func(){func() { w.alternative(text, page, inline) }}
	for _, f := range files {
		parts = append(parts, func() { w.file(f, "attachment") })
	}
	w.multi("mixed", parts...)
}

func (w *writer) alternative(text, page string, inline []channel.Attachment) {
	if page == "" {
		w.text("text/plain", text)
		return
	}
	w.multi("alternative", func() { w.text("text/plain", text) }, func() { w.related(page, inline) })
}

func (w *writer) related(page string, inline []channel.Attachment) {
	if len(inline) == 0 {
		w.text("text/html", page)
		return
	}
	parts := []func(){func() { w.text("text/html", page) }}
	for _, f := range inline {
		parts = append(parts, func() { w.file(f, "inline") })
	}
	w.multi("related; type=\"text/html\"", parts...)
}

// text writes text as quoted-printable: short lines, and no server changes it on the way.
func (w *writer) text(ctype, s string) {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	w.buf.WriteString("Content-Type: " + ctype + "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	qp := quotedprintable.NewWriter(&w.buf)
	_, _ = qp.Write([]byte(s)) // a bytes.Buffer takes everything
	_ = qp.Close()
	if !bytes.HasSuffix(w.buf.Bytes(), []byte("\n")) {
		w.buf.WriteString("\r\n")
	}
}

func (w *writer) file(a channel.Attachment, disposition string) {
	name := SafeName(a.Name)
	ctype, params, err := stdmime.ParseMediaType(a.ContentType)
	if err != nil || !strings.Contains(ctype, "/") || strings.HasPrefix(ctype, "multipart/") || strings.HasPrefix(ctype, "message/") {
		ctype, params = "application/octet-stream", nil // base64 is not allowed for message/*
	}
	if name == "" {
		name = defaultName(ctype)
	}
	typeParams := map[string]string{"name": name}
	for _, keep := range []string{"charset", "method"} {
		if v := params[keep]; v != "" {
			typeParams[keep] = v
		}
	}
	w.param("Content-Type", ctype, typeParams)
	w.param("Content-Disposition", disposition, map[string]string{"filename": name})
	if id := headerID(a.ContentID); id != "" {
		w.field("Content-ID", id)
	}
	w.buf.WriteString("Content-Transfer-Encoding: base64\r\n\r\n")
	encoded := base64.StdEncoding.EncodeToString(a.Data)
	for len(encoded) > lineWidth {
		w.buf.WriteString(encoded[:lineWidth] + "\r\n")
		encoded = encoded[lineWidth:]
	}
	w.buf.WriteString(encoded + "\r\n")
}

func (w *writer) param(name, value string, params map[string]string) {
	formatted := stdmime.FormatMediaType(value, params)
	if formatted == "" {
		formatted = value
	}
	w.folded(name, strings.Split(formatted, "; "), ";")
}
