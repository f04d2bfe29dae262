package mime

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Attributes and properties of Outlook's own container ("winmail.dat"), from the published MS-OXTNEF and MS-OXPROPS.
const (
	tnefMagic      = 0x223e9f78
	attBody        = 0x0002800c
	attAttachStart = 0x00069002
	attAttachTitle = 0x00018010
	attAttachData  = 0x0006800f
	attAttachProps = 0x00069005
	attMessage     = 0x00069003
	attCodePage    = 0x00069007

	propLongName  = 0x3707
	propMIME      = 0x370e
	propContentID = 0x3712
	propHTML      = 0x1013
	propBody      = 0x1000

	maxTNEFFiles = 200
	maxTNEFProps = 2000
)

type tnefFile struct {
	title, long, ctype, cid string
	data                    []byte
}

type tnefMail struct {
	text, html string
	codePage   string
	files      []tnefFile
}

// tnef puts the files of a winmail.dat among the attachments and returns the text it carries. What cannot be
// unpacked stays an attachment.
func (r *reader) tnef(b *body, p *part, data []byte) content {
	mail, ok := parseTNEF(data)
	if !ok {
		r.warn("An Outlook container (winmail.dat) could not be unpacked; it is kept as a file.")
	}
	if !ok && len(mail.files) == 0 {
		r.attach(b, p, data)
		return content{}
	}
	for _, f := range mail.files {
		name := f.long
		if name == "" {
			name = f.title
		}
		b.add(name, f.ctype, firstID(f.cid), f.data)
	}
	c := content{text: clean(mail.text)}
	if mail.html != "" && len(mail.html) <= maxHTML {
		c.html = SanitizeHTML(mail.html)
	}
	return c
}

// parseTNEF walks the attributes: level, id, length, data, checksum. ok is false if it ends in the middle; what was
// read by then is returned.
func parseTNEF(b []byte) (mail tnefMail, ok bool) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefMagic {
		return mail, false
	}
	for b = b[6:]; len(b) > 0; {
		if len(b) < 11 {
			return mail, strings.Trim(string(b), "\x00") == ""
		}
		id, n := binary.LittleEndian.Uint32(b[1:]), uint64(binary.LittleEndian.Uint32(b[5:]))
		if n+11 > uint64(len(b)) {
			return mail, false
		}
		if !mail.attribute(id, b[9:9+n]) {
			return mail, false
		}
		b = b[n+11:]
	}
	return mail, true
}

func (m *tnefMail) attribute(id uint32, v []byte) bool {
	if id == attAttachStart {
		m.files = append(m.files, tnefFile{})
		return len(m.files) <= maxTNEFFiles
	}
	switch id {
	case attCodePage:
		if len(v) >= 4 {
			cp := binary.LittleEndian.Uint32(v)
			m.codePage = "cp" + strconv.Itoa(int(cp))
			if cp >= 1250 && cp <= 1258 {
				m.codePage = "windows-" + strconv.Itoa(int(cp))
			}
		}
	case attBody:
		m.text = m.text8(v)
	case attMessage:
		eachProp(v, func(prop uint16, wide bool, v []byte) {
			switch prop {
			case propHTML:
				m.html = decodeCharset(v, metaCharset(v))
			case propBody:
				m.text = m.propText(wide, v)
			}
		})
	}
	if len(m.files) == 0 {
		return true
	}
	f := &m.files[len(m.files)-1]
	switch id {
	case attAttachTitle:
		f.title = m.text8(v)
	case attAttachData:
		f.data = v
	case attAttachProps:
		eachProp(v, func(prop uint16, wide bool, v []byte) {
			switch prop {
			case propLongName:
				f.long = m.propText(wide, v)
			case propMIME:
				f.ctype = strings.ToLower(m.propText(wide, v))
			case propContentID:
				f.cid = m.propText(wide, v)
			}
		})
	}
	return true
}

func (m *tnefMail) text8(v []byte) string {
	return strings.TrimRight(decodeCharset(v, m.codePage), "\x00")
}

func (m *tnefMail) propText(wide bool, v []byte) string {
	if !wide {
		return m.text8(v)
	}
	units := make([]uint16, 0, len(v)/2)
	for i := 0; i+1 < len(v); i += 2 {
		units = append(units, uint16(v[i])|uint16(v[i+1])<<8)
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

// eachProp calls f for the text and binary properties of a property list; it stops at what it does not understand.
func eachProp(b []byte, f func(prop uint16, wide bool, v []byte)) {
	u32 := func() uint32 {
		if len(b) < 4 {
			b = nil
			return 0
		}
		v := binary.LittleEndian.Uint32(b)
		b = b[4:]
		return v
	}
	skip := func(n uint32) {
		n = (n + 3) &^ 3
		b = b[min(uint64(n), uint64(len(b))):]
	}
	count := min(u32(), maxTNEFProps)
	for ; count > 0 && len(b) > 0; count-- {
		tag := u32()
		kind, prop := uint16(tag)&0x0fff, uint16(tag>>16)
		if prop >= 0x8000 { // a named property: its name comes first
			skip(16)
			if u32() == 0 {
				u32()
			} else {
				skip(u32())
			}
		}
		multi := uint16(tag)&0x1000 != 0
		if size := fixedSize(kind); size > 0 && !multi {
			skip(size)
			continue
		} else if size > 0 {
			skip(size * min(u32(), 1<<16))
			continue
		}
		if kind != 0x1e && kind != 0x1f && kind != 0x102 && kind != 0x0d {
			return
		}
		for values := min(u32(), maxTNEFProps); values > 0 && len(b) > 0; values-- {
			n := u32()
			if uint64(n) > uint64(len(b)) {
				return
			}
			f(prop, kind == 0x1f, b[:n])
			skip(n)
		}
	}
}

// fixedSize is the padded size of a property type, 0 if it varies.
func fixedSize(kind uint16) uint32 {
	switch kind {
	case 0x02, 0x03, 0x04, 0x0a, 0x0b:
		return 4
	case 0x05, 0x06, 0x07, 0x14, 0x40:
		return 8
	case 0x48:
		return 16
	}
	return 0
}
