package mime

import (
	"bufio"
	"bytes"
	stdmime "mime"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/gabriel-vasile/mimetype"

	"github.com/deskbell/deskbell/channel"
)

const maxName = 200

// attach keeps a part as a file.
func (r *reader) attach(b *body, p *part, data []byte) {
	name := p.fileName
	if p.ctype == "message/rfc822" || p.ctype == "message/global" {
		block, _, _ := bytes.Cut(bytes.ReplaceAll(data[:min(len(data), maxHeaderField)], []byte("\r\n"), []byte("\n")), []byte("\n\n"))
		header, _ := parseHeader(normalise(block))
		if b.embedded == nil {
			b.embedded = header
		}
		if name == "" {
			name = decodeWords(firstHeader(header, "Subject"))
			if name == "" {
				name = "message"
			}
			name = strings.NewReplacer("/", "-", "\\", "-", ":", "-").Replace(cut(name, maxName-10)) + ".eml"
		}
	}
	b.add(name, p.ctype, firstID(firstHeader(p.header, "Content-Id")), data)
}

// add keeps a file under a name that is safe and not taken.
func (b *body) add(name, ctype, cid string, data []byte) {
	if ctype == "" || ctype == "application/octet-stream" || !strings.Contains(ctype, "/") {
		ctype, _, _ = strings.Cut(mimetype.Detect(data).String(), ";")
	}
	name = SafeName(name)
	if name == "" {
		name = defaultName(ctype)
	}
	ext := path.Ext(name)
	if len(ext) > 12 {
		ext = ""
	}
	base, unique := strings.TrimSuffix(name, ext), name
	for n := 2; b.names[strings.ToLower(unique)]; n++ {
		unique = base + " (" + strconv.Itoa(n) + ")" + ext
	}
	b.names[strings.ToLower(unique)] = true
	b.attachments = append(b.attachments, channel.Attachment{
		Name: unique, ContentType: cut(oneLine(ctype), 200), ContentID: cid, Size: int64(len(data)), Data: data,
	})
}

var defaultNames = map[string]string{
	"text/calendar": "invite.ics", "application/pkcs7-signature": "smime.p7s", "application/x-pkcs7-signature": "smime.p7s",
	"application/pgp-signature": "signature.asc", "image/jpeg": "image.jpg", "image/png": "image.png", "image/gif": "image.gif",
	"text/plain": "text.txt", "text/html": "page.html", "message/rfc822": "message.eml", "application/pgp-encrypted": "version.asc",
}

func defaultName(ctype string) string {
	if n := defaultNames[ctype]; n != "" {
		return n
	}
	if m := mimetype.Lookup(ctype); m != nil && m.Extension() != "" {
		return "file" + m.Extension()
	}
	if ext, _ := stdmime.ExtensionsByType(ctype); len(ext) > 0 {
		return "file" + ext[0]
	}
	return "file.bin"
}

// SafeName makes a sender's file name harmless: no path, no control or direction characters, no characters that a
// file system refuses, no leading or trailing dots, at most 200 runes with its extension kept. It is "" when nothing
// is left.
func SafeName(name string) string {
	name = oneLine(name)
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r):
			return -1 // Cf has the marks that turn "gpj.exe" into "exe.jpg"
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if r := []rune(name); len(r) > maxName {
		ext := []rune(path.Ext(name))
		if len(ext) > 12 {
			ext = nil
		}
		name = strings.TrimRight(string(r[:maxName-len(ext)]), " .") + string(ext)
	}
	if reserved[strings.ToLower(strings.TrimSuffix(name, path.Ext(name)))] {
		name = "_" + name
	}
	return name
}

// reserved are names that open a device on Windows.
var reserved = map[string]bool{"con": true, "prn": true, "aux": true, "nul": true, "com1": true, "com2": true, "com3": true, "lpt1": true, "lpt2": true}

var calendarMethods = map[string]string{"REQUEST": "Invitation", "CANCEL": "Cancelled", "REPLY": "Answer to invitation", "COUNTER": "Proposed new time"}

// calendarSummary says in a few lines what the first event of a calendar part is. It is "" if the part has none.
func calendarSummary(ics string) string {
	f := map[string]string{}
	in := false
	for _, line := range unfoldCalendar(ics) {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		key, params, _ := strings.Cut(strings.ToUpper(name), ";")
		switch {
		case key == "BEGIN" && strings.EqualFold(value, "VEVENT"):
			if f["SUMMARY"] != "" || f["DTSTART"] != "" {
				return formatEvent(f)
			}
			in = true
		case key == "END" && strings.EqualFold(value, "VEVENT"):
			in = false
		case in || key == "METHOD":
			if f[key] == "" {
				f[key] = calendarText(value)
				if i := strings.Index(params, "TZID="); i >= 0 {
					zone, _, _ := strings.Cut(name[len(key)+1+i+len("TZID="):], ";")
					f[key+"-ZONE"] = strings.Trim(zone, `"`)
				}
			}
		}
	}
	if f["SUMMARY"] == "" && f["DTSTART"] == "" {
		return ""
	}
	return formatEvent(f)
}

func unfoldCalendar(ics string) []string {
	var lines []string
	sc := bufio.NewScanner(strings.NewReader(cut(clean(ics), 64<<10)))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() && len(lines) < 2000 {
		l := sc.Text()
		if len(lines) > 0 && (strings.HasPrefix(l, " ") || strings.HasPrefix(l, "\t")) {
			lines[len(lines)-1] += l[1:]
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

func calendarText(s string) string {
	return oneLine(strings.NewReplacer(`\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\\`, `\`).Replace(s))
}

func formatEvent(f map[string]string) string {
	title := calendarMethods[strings.ToUpper(f["METHOD"])]
	if title == "" {
		title = "Event"
	}
	out := title + ": " + cut(f["SUMMARY"], 300)
	if t := calendarTime(f["DTSTART"], f["DTSTART-ZONE"]); t != "" {
		out += "\nWhen: " + t
		if end := calendarTime(f["DTEND"], f["DTEND-ZONE"]); end != "" {
			out += " to " + end
		}
	}
	if f["LOCATION"] != "" {
		out += "\nWhere: " + cut(f["LOCATION"], 300)
	}
	if who := addressShape.FindString(f["ORGANIZER"]); who != "" {
		out += "\nOrganiser: " + who
	}
	return out
}

// calendarTime shows a time as the calendar wrote it, with its zone's name: the offset of a zone that the sender
// defines himself is not ours to guess.
func calendarTime(v, zone string) string {
	if t, err := time.Parse("20060102T150405Z", v); err == nil {
		return t.Format("2006-01-02 15:04 UTC")
	}
	if t, err := time.Parse("20060102T150405", v); err == nil {
		return strings.TrimSpace(t.Format("2006-01-02 15:04") + " " + cut(zone, 60))
	}
	if t, err := time.Parse("20060102", v); err == nil {
		return t.Format("2006-01-02")
	}
	return ""
}
