package mime

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/jhillyerd/enmime/v2"

	"github.com/deskbell/deskbell/channel"
)

const (
	maxReferences = 100
	maxAddresses  = 500
	maxSubject    = 1000
	maxFields     = 2000
)

// keptHeaders are the ones that rules and the display use.
var keptHeaders = []string{
	"Auto-Submitted", "Delivered-To", "Feedback-Id", "Importance", "List-Id", "List-Unsubscribe", "Mailing-List",
	"Organization", "Original-Recipient", "Precedence", "Return-Path", "Sender", "Thread-Index", "Thread-Topic", "User-Agent",
	"X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Failed-Recipients", "X-Forwarded-To", "X-Loop", "X-Mailer",
	"X-Original-To", "X-Priority", "X-Spam-Flag", "X-Spam-Status", "Authentication-Results",
}

// parseHeader reads header lines tolerantly: a line without a name continues the field before it, as mail programs
// that forget to indent mean it. odd is the first such line.
func parseHeader(block []byte) (h textproto.MIMEHeader, odd string) {
	h = textproto.MIMEHeader{}
	key, value, fields := "", strings.Builder{}, 0
	flush := func() {
		if key != "" && fields <= maxFields {
			h[key] = append(h[key], strings.TrimSpace(value.String()))
		}
		key = ""
		value.Reset()
	}
	for line := range bytes.SplitSeq(block, []byte("\n")) {
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 {
			continue
		}
		name, rest, ok := bytes.Cut(line, []byte(":"))
		switch name = bytes.TrimRight(name, " \t"); {
		case line[0] == ' ' || line[0] == '\t':
			value.WriteByte(' ')
			value.Write(bytes.TrimSpace(line))
		case ok && validName(name):
			flush()
			key = textproto.CanonicalMIMEHeaderKey(string(name))
			fields++
			value.Write(rest)
		default:
			if odd == "" {
				odd = oneLine(string(line))
			}
			value.WriteByte(' ')
			value.Write(bytes.TrimSpace(line))
		}
	}
	flush()
	return h, odd
}

func validName(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	return len(b) > 0 && len(b) < 200
}

// firstHeader returns the first value of a field, still encoded.
func firstHeader(h textproto.MIMEHeader, name string) string {
	return h.Get(name)
}

var encodedWord = regexp.MustCompile(`=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=`)

// decodeWords decodes RFC 2047 words wherever they stand, and words that split a character between them, and returns
// clean text on one line. Raw bytes are taken as UTF-8 or else windows-1252.
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return oneLine(rawText([]byte(s)))
	}
	var out strings.Builder
	var pending []byte
	charset, end := "", 0
	flush := func() {
		out.WriteString(decodeCharset(pending, charset))
		pending = nil
	}
	for _, m := range encodedWord.FindAllStringSubmatchIndex(s, -1) {
		between, word := s[end:m[0]], strings.ToLower(s[m[2]:m[3]])
		word, _, _ = strings.Cut(word, "*") // RFC 2231 language
		if strings.TrimSpace(between) != "" || end == 0 {
			flush()
			out.WriteString(rawText([]byte(between)))
		} else if word != charset {
			flush()
		}
		charset, end = word, m[1]
		pending = append(pending, decodeWord(s[m[4]:m[5]], s[m[6]:m[7]])...)
	}
	flush()
	out.WriteString(rawText([]byte(s[end:])))
	return oneLine(out.String())
}

func decodeWord(encoding, text string) []byte {
	if strings.EqualFold(encoding, "b") {
		return decodeBase64([]byte(text))
	}
	return decodeQP([]byte(strings.ReplaceAll(text, "_", " ")))
}

// readHeaders fills what the top header says.
func (r *reader) readHeaders(in *channel.Inbound) {
	h := r.root.header
	in.MessageID = firstID(firstHeader(h, "Message-Id"))
	if in.MessageID == "" {
		sum := sha256.Sum256(r.raw)
		in.MessageID = hex.EncodeToString(sum[:]) + "@no-message-id.invalid"
	}
	in.InReplyTo = messageIDs(strings.Join(h["In-Reply-To"], " "))
	in.References = messageIDs(strings.Join(h["References"], " "))
	in.Subject = cut(decodeWords(firstHeader(h, "Subject")), maxSubject)
	from := addresses(h["From"])
	if len(from) == 0 {
		from = addresses(h["Sender"])
	}
	if len(from) == 0 {
		from = addresses(h["Return-Path"])
	}
	if len(from) > 0 {
		in.From = from[0]
	} else {
		in.From.Name = cut(decodeWords(firstHeader(h, "From")), 200)
		r.warn("The mail does not say who sent it.")
	}
	in.ReplyTo = addresses(h["Reply-To"])
	in.To = addresses(h["To"])
	in.Cc = addresses(h["Cc"])
	in.SentAt = r.sentAt(firstHeader(h, "Date"))
	in.Auth = readAuth(h["Authentication-Results"], r.opt.TrustedAuthServ)
	in.Headers = map[string][]string{}
	for _, k := range keptHeaders {
		for i, v := range h[k] {
			if i < 10 {
				in.Headers[k] = append(in.Headers[k], cut(decodeWords(v), maxSubject))
			}
		}
	}
}

var (
	angled = regexp.MustCompile(`<\s*([^<>]{1,900}?)\s*>`)
	bareID = regexp.MustCompile(`[^\s<>,;"()]{1,400}@[^\s<>,;"()]{1,400}`)
)

// messageIDs reads the ids of In-Reply-To and References: with or without brackets, separated by blanks, commas or
// nothing, folded inside an id. At most the first and the last of 100 are kept: the oldest names the thread, the
// newest what is answered (MAIL-3).
func messageIDs(s string) []string {
	s = clean(rawText([]byte(cut(s, maxHeaderField))))
	var ids []string
	seen := map[string]bool{}
	add := func(id string) {
		id = strings.Join(strings.Fields(id), "")
		if id != "" && len(id) < 800 && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	end := 0
	for _, m := range angled.FindAllStringSubmatchIndex(s, -1) {
		for _, id := range bareID.FindAllString(s[end:m[0]], -1) {
			add(id)
		}
		add(s[m[2]:m[3]])
		end = m[1]
	}
	for _, id := range bareID.FindAllString(s[end:], -1) {
		add(id)
	}
	if len(ids) > maxReferences {
		ids = append(ids[:1:1], ids[len(ids)-maxReferences+1:]...)
	}
	return ids
}

// firstID is the id of a Message-ID field, which is whatever stands there if it is not an id at all.
func firstID(s string) string {
	if ids := messageIDs(s); len(ids) > 0 {
		return ids[0]
	}
	words := strings.FieldsFunc(clean(rawText([]byte(s))), func(r rune) bool { return unicode.IsSpace(r) || r == '<' || r == '>' })
	return cut(strings.Join(words, ""), 500)
}

var addressShape = regexp.MustCompile(`[^\s<>,;:"()\[\]\\]+@[^\s<>,;:"()\[\]\\]+`)

// addresses reads address fields; what the strict readers refuse is searched for things that look like addresses.
func addresses(values []string) []channel.Address {
	var out []channel.Address
	seen := map[string]bool{}
	add := func(name, email string) {
		email = strings.ToLower(strings.Trim(oneLine(email), " .<>\"'"))
		if !strings.Contains(email, "@") || len(email) > 320 || seen[email] || len(out) >= maxAddresses {
			return
		}
		seen[email] = true
		name = strings.Trim(oneLine(name), ` "'`)
		if strings.EqualFold(name, email) {
			name = ""
		}
		out = append(out, channel.Address{Name: cut(name, 200), Email: email})
	}
	for _, v := range values {
		v = cut(v, maxHeaderField)
		if list, err := enmime.ParseAddressList(v); err == nil {
			for _, a := range list {
				add(decodeWords(a.Name), decodeWords(a.Address))
			}
			continue
		}
		looseAddresses(v, add)
	}
	return out
}

// looseAddresses takes everything that looks like an address, with the words before it as the name.
func looseAddresses(v string, add func(name, email string)) {
	v = decodeWords(v)
	end := 0
	found := addressShape.FindAllStringIndex(v, -1)
	for _, m := range found {
		name := ""
		if m[0] > 0 && v[m[0]-1] == '<' {
			name = strings.Trim(v[end:m[0]-1], " ,;>")
			if i := strings.LastIndexAny(name, ",;:"); i >= 0 && len(found) > 1 && !strings.Contains(name, `"`) {
				name = name[i+1:]
			}
		}
		add(strings.ReplaceAll(name, `"`, ""), strings.TrimPrefix(v[m[0]:m[1]], "mailto:"))
		end = m[1]
	}
}

var dateForms = []string{
	time.RFC1123Z, time.RFC1123, "Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 06 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05", time.ANSIC, time.UnixDate, time.RFC3339, "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05",
}

// sentAt reads the Date field. A date that is missing, before e-mail or in the future is replaced by the time of
// arrival, so that a wrong clock cannot pin a mail to the top of a list.
func (r *reader) sentAt(v string) time.Time {
	received := r.opt.ReceivedAt.UTC()
	v = oneLine(v)
	t, err := mail.ParseDate(v)
	for i := 0; err != nil && i < len(dateForms); i++ {
		t, err = time.Parse(dateForms[i], v)
	}
	switch {
	case v == "":
		return received
	case err != nil:
		r.warn("The date could not be read: %q.", cut(v, 60))
		return received
	case t.Year() < 1980 || !received.IsZero() && t.After(received.Add(24*time.Hour)) || t.Year() > 9999:
		r.warn("The date cannot be right: %q.", cut(v, 60))
		return received
	}
	return t.UTC()
}

// decodeBase64 decodes what is there: foreign characters are skipped, and an incomplete or padded middle does not
// end it.
func decodeBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)*3/4+3)
	var quad [4]byte
	n := 0
	flush := func() {
		if n >= 2 {
			var dst [3]byte
			if m, err := base64.RawStdEncoding.Decode(dst[:], quad[:n]); err == nil || m > 0 {
				out = append(out, dst[:m]...)
			}
		}
		n = 0
	}
	for _, c := range b {
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/':
		case c == '-':
			c = '+'
		case c == '_':
			c = '/'
		case c == '=':
			flush()
			continue
		default:
			continue
		}
		quad[n] = c
		if n++; n == 4 {
			flush()
		}
	}
	flush()
	return out
}
