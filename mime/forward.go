package mime

import (
	"net/textproto"
	"strings"

	"github.com/deskbell/deskbell/channel"
)

const maxForwardLines = 400

// forwardedSender finds who wrote the mail that was forwarded (MAIL-6): in the copied header below a forward mark, or
// below anything if the subject says it is a forward; or in the mail that is attached whole. It is nil for other
// mails, and never one of our own addresses.
func forwardedSender(subject, text string, embedded textproto.MIMEHeader, own func(string) bool) *channel.Address {
	bySubject := fwSubject.MatchString(subject)
	lines := strings.SplitN(text, "\n", maxForwardLines+1)
	marked := false
	for i, line := range lines[:min(len(lines), maxForwardLines)] {
		if forwardLine.MatchString(line) {
			marked = true
			continue
		}
		m := headerFrom.FindStringSubmatch(line)
		if m == nil || !(marked || bySubject) || !nearHeader(lines, i) {
			continue
		}
		if a := senderIn(m[2], lines, i); a != nil && !own(a.Email) {
			return a
		}
	}
	if embedded != nil && (bySubject || strings.TrimSpace(text) == "") {
		if from := addresses(embedded["From"]); len(from) > 0 && !own(from[0].Email) {
			return &from[0]
		}
	}
	return nil
}

// nearHeader says whether another field of a copied header stands within the next five lines or the two before.
func nearHeader(lines []string, i int) bool {
	for j := max(0, i-2); j < min(i+6, len(lines)); j++ {
		if j != i && headerOther.MatchString(lines[j]) {
			return true
		}
	}
	return false
}

// senderIn reads the name and address of a copied From line; the address may be wrapped to the next line.
func senderIn(value string, lines []string, i int) *channel.Address {
	if !strings.Contains(value, "@") && i+1 < len(lines) {
		value += " " + strings.TrimLeft(lines[i+1], "> \t")
	}
	value = strings.NewReplacer("[mailto:", "<", "(mailto:", "<", "mailto:", "", "]", ">", "[", "<", "*", "").Replace(value)
	email := addressShape.FindString(value)
	if email == "" {
		return nil
	}
	name, _, _ := strings.Cut(value, email)
	name = strings.Trim(oneLine(name), ` "'<>(,`)
	return &channel.Address{Name: cut(name, 200), Email: strings.ToLower(strings.TrimRight(email, ".'"))}
}
