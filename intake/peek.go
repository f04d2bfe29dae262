package intake

import (
	"bufio"
	"bytes"
	"io"
	stdmime "mime"
	"net/textproto"
	"strings"
)

// peekMost is how much of a raw message is looked at before it is understood, in bytes.
const peekMost = 64 << 10

// field is one header field of a message, unfolded.
type field struct{ Name, Value string }

// headerOf reads the header fields of what looks like a mail, in their order, as far as that goes: what it cannot read it
// leaves out, for here nothing may fail.
func headerOf(body []byte) []field {
	r := textproto.NewReader(bufio.NewReader(io.LimitReader(bytes.NewReader(body), peekMost)))
	var out []field
	for len(out) < 1000 {
		line, err := r.ReadContinuedLine()
		if err != nil || line == "" {
			return out
		}
		name, value, ok := strings.Cut(line, ":")
		if ok && !strings.ContainsAny(name, " \t") {
			out = append(out, field{name, strings.TrimSpace(value)})
		}
	}
	return out
}

func first(fields []field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// orderKey names the chain that a mail belongs to, so that its mails are taken in the order they came: the first id that
// it refers to, else its own. What has none stands alone.
func orderKey(body []byte, alone string) string {
	fields := headerOf(body)
	for _, name := range []string{"References", "In-Reply-To", "Message-ID"} {
		if _, rest, ok := strings.Cut(first(fields, name), "<"); ok {
			if messageID, _, ok := strings.Cut(rest, ">"); ok && messageID != "" && len(messageID) < 200 {
				return plain(messageID)
			}
		}
	}
	return alone
}

// readable decodes a header value for display.
func readable(value string) string {
	decoded, err := (&stdmime.WordDecoder{}).DecodeHeader(value)
	if err != nil {
		decoded = value
	}
	return plain(decoded)
}

// plain makes text that every database takes: UTF-8 without control characters.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}
