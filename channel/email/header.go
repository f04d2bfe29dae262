package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"iter"
	"strings"
	"time"
)

const (
	maxHeader     = 1 << 20 // bytes of a header that are looked at here; reading a mail is mime's
	maxEnvelopeTo = 20
)

// split cuts a mail after its header. The header keeps its last line end; the body starts after the empty line.
func split(mail []byte) (header, body []byte) {
	rest := mail
	for len(rest) > 0 {
		line, after := cutLine(rest)
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			return mail[:len(mail)-len(rest)], after
		}
		rest = after
	}
	return mail, nil
}

func cutLine(b []byte) (line, rest []byte) {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1], b[i+1:]
	}
	return b, nil
}

// fields yields the header fields of a mail, each with its continuation lines and line ends.
func fields(mail []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		header, _ := split(mail[:min(len(mail), maxHeader)])
		for len(header) > 0 {
			_, rest := cutLine(header)
			for len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
				_, rest = cutLine(rest)
			}
			if !yield(header[:len(header)-len(rest)]) {
				return
			}
			header = rest
		}
	}
}

// values returns the unfolded values of all fields with the lower-case name, in order.
func values(mail []byte, name string) []string {
	var out []string
	for field := range fields(mail) {
		key, value, ok := bytes.Cut(field, []byte(":"))
		if ok && strings.EqualFold(string(bytes.TrimSpace(key)), name) {
			out = append(out, strings.Join(strings.Fields(string(value)), " "))
		}
	}
	return out
}

// envelope reads back what a mail server noted of the SMTP envelope at delivery.
func envelope(mail []byte) (from string, to []string) {
	if path := values(mail, "return-path"); len(path) > 0 {
		from = bare(path[0])
	}
	for _, name := range []string{"delivered-to", "x-original-to", "envelope-to"} {
		for _, v := range values(mail, name) {
			for one := range strings.SplitSeq(v, ",") {
				if one = strings.ToLower(bare(one)); one != "" && len(to) < maxEnvelopeTo && !contains(to, one) {
					to = append(to, one)
				}
			}
		}
	}
	return from, to
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// bare is the address inside "<...>", "" if that is not one.
func bare(path string) string {
	path = strings.Trim(strings.TrimSpace(path), "<>")
	if !validAddress(path) {
		return ""
	}
	return path
}

// fingerprint names a mail that came by SMTP so that a second delivery of it is known (CHAN-3): its Message-ID, Date
// and content. A mail without Message-ID is named by sender and everything in it; where nothing in it can differ
// between two sendings, such as a script's daily notice, the day is added, for a notice twice is better than none.
func fingerprint(mail []byte, envelopeFrom string, now time.Time) string {
	h := sha256.New()
	add := func(s string) { _, _ = io.WriteString(h, s+"\x00") } // a hash never fails
	ids, dates := values(mail, "message-id"), values(mail, "date")
	_, body := split(mail)
	if len(ids) > 0 && ids[0] != "" {
		add(strings.Join(ids, " "))
		add(strings.Join(dates, " "))
	} else {
		add("no message-id")
		add(envelopeFrom)
		if len(dates) == 0 && len(values(mail, "received")) == 0 {
			add(now.UTC().Format(time.DateOnly))
		}
		body = mail
	}
	_, _ = h.Write(body)
	return "smtp:" + hex.EncodeToString(h.Sum(nil))
}
