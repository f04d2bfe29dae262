package mime

import (
	"bytes"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/deskbell/deskbell/channel"
)

const maxBounced = 100

var (
	enhancedStatus = regexp.MustCompile(`\b([245])\.(\d{1,3})\.(\d{1,3})\b`)
	replyCode      = regexp.MustCompile(`\b([45])\d\d[ -]`)
	quotedID       = regexp.MustCompile(`(?im)^[> \t]*Message-ID:\s*<([^<>\s]{3,400})>`)
)

// reportParts are the machine-readable parts of a report, wherever programs put them.
type reportParts struct{ status, receipt, original *part }

func (f *reportParts) find(p *part) {
	switch p.ctype {
	case "message/delivery-status", "message/global-delivery-status":
		f.status = p
	case "message/disposition-notification":
		f.receipt = p
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers":
		if f.original == nil {
			f.original = p
		}
	}
	for _, c := range p.children {
		f.find(c)
	}
}

// readReport fills Bounced from a delivery report (RFC 3464), a read receipt (RFC 8098), or the prose of a mail
// server that writes neither, and sets Nature by what it says (MAIL-5).
func (r *reader) readReport(in *channel.Inbound) {
	var f reportParts
	f.find(r.root)
	switch {
	case f.status != nil:
		in.Bounced = deliveryStatus(r.decodeTransfer(f.status))
		in.Nature = channel.Report
	case f.receipt != nil:
		in.Bounced = receipt(r.decodeTransfer(f.receipt))
		in.Nature = channel.Report
	case r.root.ctype == "multipart/report" && in.Nature == channel.Message:
		in.Nature = channel.Report
	}
	if in.Nature == channel.Bounce && len(in.Bounced) == 0 {
		in.Bounced = r.proseBounce(in)
	}
	if len(in.Bounced) == 0 {
		return
	}
	original := r.originalID(f.original, in)
	for i := range in.Bounced {
		if in.Bounced[i].MessageID == "" {
			in.Bounced[i].MessageID = original
		}
		if in.Bounced[i].Permanent {
			in.Nature = channel.Bounce
		}
	}
}

// originalID is the Message-ID of the mail that a report is about.
func (r *reader) originalID(original *part, in *channel.Inbound) string {
	if original != nil {
		data := normalise(r.decodeTransfer(original))
		header, _, _ := bytes.Cut(bytes.ReplaceAll(data[:min(len(data), maxHeaderBlock)], []byte("\r\n"), []byte("\n")), []byte("\n\n"))
		h, _ := parseHeader(header)
		if id := firstID(h.Get("Message-Id")); id != "" {
			return id
		}
	}
	if m := quotedID.FindStringSubmatch(in.Text); m != nil {
		return m[1]
	}
	if len(in.InReplyTo) > 0 {
		return in.InReplyTo[0]
	}
	if n := len(in.References); n > 0 {
		return in.References[n-1]
	}
	return ""
}

// fieldGroups reads the groups of fields that blank lines part.
func fieldGroups(data []byte) []textproto.MIMEHeader {
	var groups []textproto.MIMEHeader
	data = bytes.ReplaceAll(data[:min(len(data), maxHeaderBlock)], []byte("\r\n"), []byte("\n"))
	for block := range bytes.SplitSeq(data, []byte("\n\n")) {
		if h, _ := parseHeader(block); len(h) > 0 && len(groups) <= maxBounced {
			groups = append(groups, h)
		}
	}
	return groups
}

func deliveryStatus(data []byte) []channel.Bounced {
	var out []channel.Bounced
	envelope := ""
	for _, g := range fieldGroups(data) {
		if id := g.Get("X-Original-Message-Id"); id != "" {
			envelope = firstID(id)
		}
		rcpt := typed(g.Get("Final-Recipient"))
		if o := typed(g.Get("Original-Recipient")); o != "" {
			rcpt = o // the address that we wrote to, not where it was forwarded
		}
		action := strings.ToLower(oneLine(g.Get("Action")))
		if rcpt == "" && action == "" {
			continue
		}
		status := enhancedStatus.FindString(g.Get("Status"))
		reason := typed(decodeWords(g.Get("Diagnostic-Code")))
		if status == "" {
			status = enhancedStatus.FindString(reason)
		}
		b := channel.Bounced{MessageID: envelope, Recipient: strings.ToLower(rcpt), Status: status, Reason: cut(reason, 500)}
		switch action {
		case "failed":
			b.Permanent = true // even 4.x.x: the server gave up
		case "delivered", "relayed", "expanded":
			b.Delivered = true
		case "delayed":
		default:
			b.Permanent = strings.HasPrefix(status, "5")
		}
		if b.Reason == "" {
			b.Reason = defaultReason(b, action)
		}
		out = append(out, b)
	}
	return out
}

func defaultReason(b channel.Bounced, action string) string {
	switch {
	case b.Delivered:
		return "It was delivered."
	case action == "delayed":
		return "It is delayed; the mail server keeps trying."
	case strings.HasPrefix(b.Status, "5.1."):
		return "The address does not exist."
	case b.Status == "5.2.2" || b.Status == "4.2.2":
		return "The mailbox is full."
	}
	return "The mail server refused it without a reason."
}

// typed drops the type of "rfc822; a@b" and "smtp; 550 no".
func typed(v string) string {
	v = oneLine(v)
	if _, rest, ok := strings.Cut(v, ";"); ok {
		v = strings.TrimSpace(rest)
	}
	return strings.Trim(v, "<>")
}

func receipt(data []byte) []channel.Bounced {
	for _, g := range fieldGroups(data) {
		disposition := strings.ToLower(oneLine(g.Get("Disposition")))
		if disposition == "" {
			continue
		}
		b := channel.Bounced{MessageID: firstID(g.Get("Original-Message-Id")), Recipient: strings.ToLower(typed(g.Get("Final-Recipient"))), Delivered: true}
		b.Reason = "It was read."
		if strings.Contains(disposition, "deleted") {
			b.Reason = "It was deleted without being read."
		} else if !strings.Contains(disposition, "displayed") {
			b.Reason = "The recipient's program confirmed it."
		}
		return []channel.Bounced{b}
	}
	return nil
}

// proseBounce reads the notice of a server that writes for people only: who, and the line with the code.
func (r *reader) proseBounce(in *channel.Inbound) []channel.Bounced {
	text := cut(in.Text, 20000)
	b := channel.Bounced{Permanent: true}
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		status, code := enhancedStatus.FindString(line), replyCode.FindStringSubmatch(line)
		if status == "" && code == nil {
			continue
		}
		b.Status, b.Reason = status, cut(line, 500)
		b.Permanent = !strings.HasPrefix(status, "4") && (status != "" || code[1] != "4")
		break
	}
	rcpt := addresses(r.root.header["X-Failed-Recipients"])
	for _, m := range addressShape.FindAllString(text, 20) {
		m = strings.ToLower(strings.TrimRight(m, ".'"))
		if len(rcpt) == 0 && !r.opt.OwnAddresses(m) && m != in.From.Email && !strings.Contains(m, "mailer-daemon") {
			rcpt = []channel.Address{{Email: m}}
		}
	}
	if b.Reason == "" {
		b.Reason = cut(oneLine(text), 300)
	}
	if len(rcpt) == 0 {
		return []channel.Bounced{b}
	}
	var out []channel.Bounced
	for _, a := range rcpt[:min(len(rcpt), maxBounced)] {
		b.Recipient = a.Email
		out = append(out, b)
	}
	return out
}
