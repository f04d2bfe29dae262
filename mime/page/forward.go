package page

import (
	"strings"
)

const maxForwardLines = 400

// ForwardedFrom returns the values of the From lines of copied headers in a forward, each with the line after it, for
// wrapped addresses: those below a forward mark, or all if the subject says that the mail is a forward (MAIL-6).
func ForwardedFrom(subject, text string) []string {
	marked := IsForward(subject)
	lines := strings.SplitN(text, "\n", maxForwardLines+1)
	lines = lines[:min(len(lines), maxForwardLines)]
	var found []string
	for i, line := range lines {
		if forwardLine.MatchString(line) {
			marked = true
			continue
		}
		if !marked || !strings.Contains(line, ":") {
			continue
		}
		if m := headerFrom.FindStringSubmatch(line); m != nil && nearHeader(lines, i) {
			value := m[2]
			if !strings.Contains(value, "@") && i+1 < len(lines) {
				value += " " + strings.TrimLeft(lines[i+1], "> \t")
			}
			found = append(found, value)
		}
	}
	return found
}

// IsForward says whether a subject begins with the mark of a forward: Fwd:, WG:, TR:, PD:, and the like.
func IsForward(subject string) bool { return forwardSubject.MatchString(subject) }

// nearHeader says whether another field of a copied header stands within the next five lines or the two before.
func nearHeader(lines []string, i int) bool {
	for j := max(0, i-2); j < min(i+6, len(lines)); j++ {
		if j != i && headerOther.MatchString(lines[j]) {
			return true
		}
	}
	return false
}
