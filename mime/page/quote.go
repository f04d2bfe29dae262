package page

import (
	"regexp"
	"slices"
	"strings"
)

// The words of mail programs in the languages we know: English, Dutch, German, French, Spanish, Polish, Norwegian,
// with Danish, Swedish, Italian and Portuguese where they come for free.
const (
	wordsFrom  = `from|von|van|de|od|fra|fr[åa]n|da|expéditeur|remitente`
	wordsOther = `sent|date|to|cc|subject|reply-to|gesendet|datum|an|betreff|antwort an|verzonden|aan|onderwerp|envoyé|date|à|objet|enviado(?: el)?|fecha|para|asunto|` +
		`wysłano|data|wysłane|do|dw|temat|sendt|dato|til|kopi|emne|skickat|till|ämne|inviato|a|oggetto|assunto`
)

var (
	separatorLine = regexp.MustCompile(`(?i)^[>\s]*[-_—]{2,}\s*(original message|original email|reply message|urspr(ü|ue)ngliche (nachricht|e-?mail)|oorspronkelijk bericht|origineel bericht|` +
		`message d'origine|message original|mensaje original|wiadomo(ś|s)(ć|c) (oryginalna|pierwotna)|oryginalna wiadomo(ś|s)(ć|c)|opprinnelig melding|oprindelig meddelelse|ursprungligt meddelande|messaggio originale|mensagem original)\s*[-_—]{2,}\s*$`)
	forwardLine = regexp.MustCompile(`(?i)^[>\s]*([-_—]{2,}\s*)?(forwarded message|begin forwarded message|weitergeleitete nachricht|anfang der weitergeleiteten (nachricht|e-?mail)|doorgestuurd bericht|begin doorgestuurd bericht|` +
		`message transféré|début du message (transféré|réexpédié)|mensaje reenviado|inicio del mensaje reenviado|wiadomo(ś|s)(ć|c) przekazana|przekazana wiadomo(ś|s)(ć|c)|początek przekazanej wiadomości|videresendt melding|videresendt meddelelse|vidarebefordrat meddelande|messaggio inoltrato|mensagem encaminhada)\s*:?\s*([-_—]{2,})?\s*$`)
	headerFrom    = regexp.MustCompile(`(?i)^[>\s*_]*(` + wordsFrom + `)[\s*_]*:[\s*_]*(\S.*)$`)
	headerOther   = regexp.MustCompile(`(?i)^[>\s*_]*(` + wordsOther + `)[\s*_]*:`)
	ruler         = regexp.MustCompile(`^\s*[_-]{10,}\s*$`)
	attribution   = regexp.MustCompile(`(?i)(^|\s)(wrote|a écrit|écrit|escribió|escreveu|ha scritto|napisał(\(a\)|a|/a)?|napisal|skrev|schrieb|schreef|skrev)\b?\s*:\s*$`)
	attributionIn = regexp.MustCompile(`(?i)\s(schrieb|schreef|skrev)\s.{1,200}:\s*$`)
	attributionOn = regexp.MustCompile(`(?i)^[*_\s]*(on|am|op|le|el|em|il|den|på|w dniu|dnia|(mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|ma|wo|vr|za|zo|lun|mar|mer|jeu|ven|sam|dim|mié|jue|vie|sáb|dom|pon|wt|śr|czw|pt|sob|niedz|man|tir|tirs|ons|tor|tors|fre|lør|søn)[a-zéü]*[.,]?)\s`)
	mobileLine    = regexp.MustCompile(`(?i)^\s*(sent from my |sent from (mail|outlook|yahoo|samsung|proton)|sent with |sent via |get outlook for |von meinem .{2,40} gesendet|gesendet (von|mit) |verzonden (vanaf|met|vanuit) |verstuurd vanaf |` +
		`envoyé (de mon|depuis|à partir de) |obtenir outlook |télécharger outlook |enviado desde |obtener outlook |wysłan[eo] z |pobierz outlook |sendt fra (min )?|hent outlook |skickat från |inviato da )`)
	forwardSubject = regexp.MustCompile(`(?i)^\s*((re|aw|sv|antw?|odp)\s*:\s*)*(fwd?|wg|tr|rv|doorst|pd|podaj dalej|vs|vb|vl|i|enc|renv)\s*:`)
)

// Fresh is what the person newly said: text without quoted history and signature. sanitised is the HTML form of the
// same mail or "", whose marks are surer where the text has none. It is the whole text if nothing is left.
func Fresh(text, sanitised string) string {
	text = strings.TrimSpace(text)
	fresh, quoted := dropQuote(text)
	if !quoted && sanitised != "" {
		if h, ok := freshFromHTML(sanitised); ok {
			fresh = h
		}
	}
	if fresh = dropSignature(fresh); fresh == "" {
		return text
	}
	return fresh
}

// dropQuote removes the quoted history and says whether it found one.
func dropQuote(text string) (string, bool) {
	lines := strings.Split(text, "\n")
	start, attributed := quoteStart(lines)
	if start < 0 {
		return dropTail(lines)
	}
	before := strings.TrimSpace(strings.Join(lines[:start], "\n"))
	if !attributed {
		return before, true
	}
	after, blocks := unquotedAfter(lines, start)
	switch {
	case after == "":
		return before, true
	case blocks == 1 && before == "":
		return after, true // the answer stands below the quote
	case blocks == 1:
		return before + "\n\n" + after, true
	case blocks == 0:
		return before, true // a quote without marks: nothing tells it from an answer
	}
	return text, true // answers between the quotes make no sense without them
}

// quoteStart is the first line of the history, -1 if none; attributed says it is "On … wrote:", after which the
// quoted lines are marked one by one.
func quoteStart(lines []string) (start int, attributed bool) {
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "":
		case isSeparator(line), forwardLine.MatchString(line) && i > 0:
			return i, false
		case isHeaderBlock(lines, i):
			if i > 0 && ruler.MatchString(lines[i-1]) {
				i--
			}
			return i, false
		default:
			if isAttribution(lines, i) {
				return i, true
			}
		}
	}
	return -1, false
}

// isSeparator recognises "----- Original Message -----".
func isSeparator(line string) bool { return mayBeSeparator(line) && separatorLine.MatchString(line) }

// mayBeSeparator tells at a glance that a line is none; "" may become one.
func mayBeSeparator(line string) bool {
	line = strings.TrimLeft(line, "> \t\n\f\r")
	return line == "" || line[0] == '-' || line[0] == '_' || strings.HasPrefix(line, "—")
}

// isHeaderBlock recognises the copied header that Outlook puts before what it quotes: a From line, and two more
// fields within the next six lines.
func isHeaderBlock(lines []string, i int) bool {
	if !strings.Contains(lines[i], ":") || !headerFrom.MatchString(lines[i]) {
		return false
	}
	others := 0
	for _, l := range lines[i+1 : min(i+7, len(lines))] {
		if headerOther.MatchString(l) {
			others++
		}
	}
	return others >= 2
}

// isAttribution recognises "On … wrote:" that begins at line i and may be wrapped over three. It needs a date or an
// address, and an opening we know or a quoted line after it: people write "wrote:" too.
func isAttribution(lines []string, i int) bool {
	if strings.HasPrefix(strings.TrimSpace(lines[i]), ">") || len(lines[i]) > 500 {
		return false
	}
	joined := ""
	for n := 0; n < 3 && i+n < len(lines); n++ {
		l := strings.TrimSpace(lines[i+n])
		if n > 0 && (l == "" || strings.HasPrefix(l, ">")) {
			return false
		}
		joined = strings.TrimSpace(joined + " " + l)
		if len(joined) > 600 {
			return false
		}
		if !strings.HasSuffix(joined, ":") {
			continue
		}
		if !attribution.MatchString(joined) && !attributionIn.MatchString(joined) || !strings.ContainsAny(joined, "0123456789@") {
			return false
		}
		if attributionOn.MatchString(joined) {
			return true
		}
		// Where it opens on a later line, this one was still said by the person.
		return !slices.ContainsFunc(lines[i+1:i+n+1], attributionOn.MatchString) && nextQuoted(lines[i+n+1:])
	}
	return false
}

func nextQuoted(lines []string) bool {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			return strings.HasPrefix(l, ">")
		}
	}
	return false
}

// unquotedAfter returns what stands unmarked after the attribution, and the number of marked blocks.
func unquotedAfter(lines []string, start int) (after string, blocks int) {
	i := start
	for i < len(lines) && !strings.HasSuffix(strings.TrimSpace(lines[i]), ":") {
		i++
	}
	var kept []string
	in := false
	for _, l := range lines[min(i+1, len(lines)):] {
		if strings.HasPrefix(strings.TrimSpace(l), ">") {
			if !in {
				blocks++
			}
			in = true
			continue
		}
		if strings.TrimSpace(l) != "" {
			in = false
		}
		kept = append(kept, l)
	}
	return strings.TrimSpace(strings.Join(kept, "\n")), blocks
}

// dropTail removes marked lines at the very end.
func dropTail(lines []string) (string, bool) {
	end := len(lines)
	found := false
	for end > 0 {
		l := strings.TrimSpace(lines[end-1])
		if strings.HasPrefix(l, ">") {
			found = true
		} else if l != "" {
			break
		}
		end--
	}
	if !found || end == 0 {
		return strings.TrimSpace(strings.Join(lines, "\n")), false
	}
	return strings.TrimSpace(strings.Join(lines[:end], "\n")), true
}

const maxSignatureLines = 15

// dropSignature removes what follows "-- " (RFC 3676 section 4.3), and lines with which programs advertise
// themselves at the end.
func dropSignature(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		l = strings.TrimRight(l, "\u00a0\r")
		if i > 0 && (l == "-- " || (l == "--" || l == "—") && len(lines)-i <= maxSignatureLines) {
			lines = lines[:i]
			break
		}
	}
	for n := 0; n < 2 && len(lines) > 1; n++ {
		for len(lines) > 1 && strings.TrimSpace(lines[len(lines)-1]) == "" {
			lines = lines[:len(lines)-1]
		}
		if last := lines[len(lines)-1]; mobileLine.MatchString(last) && len(last) < 200 {
			lines = lines[:len(lines)-1]
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
