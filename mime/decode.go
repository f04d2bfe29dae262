package mime

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/ianaindex"
)

// decodeTransfer undoes the Content-Transfer-Encoding. An unknown one is left as it is: it is mostly text.
func (r *reader) decodeTransfer(p *part) []byte {
	name := strings.ToLower(oneLine(firstHeader(p.header, "Content-Transfer-Encoding")))
	switch strings.Trim(name, `"';. `) {
	case "base64":
		return r.bodyBase64(p)
	case "quoted-printable":
		return decodeQP(p.body)
	case "", "7bit", "8bit", "binary":
	default:
		r.warn("Unknown transfer encoding %q: shown as it came.", cut(name, 40))
	}
	return p.body
}

// bodyBase64 decodes a base64 body. A mailing list's or scanner's plain text after the padding is not part of it.
func (r *reader) bodyBase64(p *part) []byte {
	foreign, after := 0, -1
	for i, c := range p.body {
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '\r' || c == '\n':
			if after >= 0 && c > ' ' {
				foreign++
			}
		case c == '=':
			if after < 0 && i+2 < len(p.body) {
				after = i
			}
		case c != ' ' && c != '\t':
			foreign++
		}
	}
	if foreign == 0 {
		return decodeBase64(p.body)
	}
	r.warn("A base64 part is damaged: it may be incomplete.")
	if foreign > len(p.body)/20+4 && after < 0 && strings.HasPrefix(p.ctype, "text/") {
		return p.body // plain text under a wrong label
	}
	if after >= 0 && bytes.ContainsAny(p.body[after:], " .:") {
		return decodeBase64(p.body[:after])
	}
	return decodeBase64(p.body)
}

// decodeQP decodes quoted-printable, leaving what is not an escape as it is.
func decodeQP(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			out = append(out, b...)
			break
		}
		out = append(out, b[:i]...)
		b = b[i:]
		if len(b) >= 3 {
			if hi, lo := unhex(b[1]), unhex(b[2]); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				b = b[3:]
				continue
			}
		}
		if n := softBreak(b); n > 0 {
			b = b[n:]
			continue
		}
		out = append(out, '=')
		b = b[1:]
	}
	return out
}

// softBreak returns the length of the soft line break that b begins with, 0 if none.
func softBreak(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case ' ', '\t', '\r':
		case '\n':
			return i + 1
		default:
			return 0
		}
	}
	return len(b)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}

// rawText is text whose charset nobody named: UTF-8 if it is valid, else windows-1252, which maps every byte.
func rawText(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}

// decodeCharset turns b into UTF-8 by its label. The label is not believed where the bytes disprove it: "utf-8" that
// is not valid, and "us-ascii" or nothing with bytes above 127.
func decodeCharset(b []byte, label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\"'"))
	switch label {
	case "", "us-ascii", "ascii", "ansi_x3.4-1968", "utf-8", "utf8", "utf8mb4", "unknown-8bit", "8bit", "x-unknown", "default", "default_charset", "_autodetect":
		if bytes.HasPrefix(b, []byte{0xff, 0xfe}) || bytes.HasPrefix(b, []byte{0xfe, 0xff}) {
			label = "utf-16"
			break
		}
		if bytes.IndexByte(b, 0x1b) >= 0 && utf8.Valid(b) && bytes.Contains(b, []byte("\x1b$B")) {
			label = "iso-2022-jp"
			break
		}
		return rawText(b)
	case "utf-7", "utf7", "unicode-1-1-utf-7":
		return decodeUTF7(b)
	}
	if latin[label] && utf8.Valid(b) && hasMultibyte(b) {
		return string(b) // UTF-8 under the label that a program puts on everything
	}
	if e := lookup(label); e != nil {
		if s, err := e.NewDecoder().Bytes(b); err == nil {
			return string(s)
		}
	}
	return rawText(b)
}

// latin are the labels under which UTF-8 is often sent by mistake.
var latin = map[string]bool{"iso-8859-1": true, "latin1": true, "windows-1252": true, "iso-8859-15": true, "cp1252": true}

func hasMultibyte(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// aliases are labels that mail programs write and the registries lack.
var aliases = map[string]string{
	"cp932": "shift_jis", "ms932": "shift_jis", "cp936": "gbk", "cp949": "euc-kr", "ks_c_5601-1987": "euc-kr", "cp950": "big5", "x-gbk": "gbk",
	"8859-1": "iso-8859-1", "8859_1": "iso-8859-1", "iso-8859-8-i": "iso-8859-8", "utf-16": "utf-16", "unicode": "utf-16le", "cp850": "ibm850",
	"iso-2022-jp-ms": "iso-2022-jp", "iso-2022-jp-2": "iso-2022-jp", "sjis": "shift_jis", "win-1251": "windows-1251", "gb2312": "gb18030",
}

func lookup(label string) encoding.Encoding {
	if a := aliases[label]; a != "" {
		label = a
	}
	if e, _ := charset.Lookup(label); e != nil && e != encoding.Replacement {
		return e
	}
	if e, err := ianaindex.MIME.Encoding(label); err == nil {
		return e
	}
	if e, err := ianaindex.IANA.Encoding(label); err == nil {
		return e
	}
	return nil
}

// decodeUTF7 decodes RFC 2152 text; a broken run is kept as it is.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			out.WriteString(rawText(b))
			break
		}
		out.WriteString(rawText(b[:i]))
		b = b[i+1:]
		n := 0
		for n < len(b) && (b[n] >= 'A' && b[n] <= 'Z' || b[n] >= 'a' && b[n] <= 'z' || b[n] >= '0' && b[n] <= '9' || b[n] == '+' || b[n] == '/') {
			n++
		}
		run, closed := b[:n], n < len(b) && b[n] == '-'
		raw := make([]byte, base64.RawStdEncoding.DecodedLen(n))
		m, err := base64.RawStdEncoding.Decode(raw, run)
		switch {
		case n == 0 || err != nil:
			out.WriteByte('+')
			if n == 0 && closed {
				b = b[1:]
			}
			continue
		case closed:
			b = b[n+1:]
		default:
			b = b[n:]
		}
		units := make([]uint16, 0, m/2)
		for j := 0; j+1 < m; j += 2 {
			units = append(units, uint16(raw[j])<<8|uint16(raw[j+1]))
		}
		out.WriteString(string(utf16.Decode(units)))
	}
	return out.String()
}
