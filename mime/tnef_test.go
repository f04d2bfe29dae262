package mime

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/channel"
)

// container writes Outlook's container as MS-OXTNEF has it: a signature, a key, and attributes.
type container struct{ bytes.Buffer }

func newContainer() *container {
	c := &container{}
	c.u32(tnefMagic)
	c.Write([]byte{1, 0})
	return c
}

func (c *container) u32(v uint32) { c.Write(binary.LittleEndian.AppendUint32(nil, v)) }

func (c *container) attribute(level byte, id uint32, value []byte) {
	c.WriteByte(level)
	c.u32(id)
	c.u32(uint32(len(value)))
	c.Write(value)
	c.Write([]byte{0, 0}) // checksum, which nobody keeps
}

// props is a property list; each of the values is one variable property.
func props(values ...prop) []byte {
	c := &container{}
	c.u32(uint32(len(values)))
	for _, p := range values {
		c.u32(uint32(p.kind) | uint32(p.id)<<16)
		if p.id >= 0x8000 { // a name before the value
			c.Write(make([]byte, 16))
			c.u32(1)
			c.u32(6)
			c.Write([]byte{'n', 0, 'a', 0, 0, 0, 0, 0})
		}
		if p.fixed != nil {
			c.Write(p.fixed)
			continue
		}
		c.u32(1)
		c.u32(uint32(len(p.value)))
		c.Write(p.value)
		c.Write(make([]byte, (4-len(p.value)%4)%4))
	}
	return c.Bytes()
}

type prop struct {
	kind, id uint16
	value    []byte
	fixed    []byte
}

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

func winmail(c *container) []byte {
	return []byte("From: ada@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString(c.Bytes()) + "\n--b--\n")
}

func full() *container {
	c := newContainer()
	c.attribute(1, attCodePage, []byte{0xe3, 0x04, 0, 0, 0, 0, 0, 0}) // 1251
	c.attribute(1, attMessage, props(
		prop{kind: 0x03, id: 0x0017, fixed: []byte{1, 0, 0, 0}},             // a number, to be passed over
		prop{kind: 0x40, id: 0x0039, fixed: make([]byte, 8)},                // a time
		prop{kind: 0x1f, id: 0x8001, value: wide("a property with a name")}, // not ours
		prop{kind: 0x102, id: propHTML, value: []byte(`<p>Hello <b>Ada</b><script>alert(1)</script></p>`)},
	))
	c.attribute(2, attAttachStart, make([]byte, 14))
	c.attribute(2, attAttachTitle, []byte("RECHNU~1.PDF\x00"))
	c.attribute(2, attAttachData, []byte("%PDF-1.4 pages"))
	c.attribute(2, attAttachProps, props(prop{kind: 0x1f, id: propLongName, value: wide("../Rechnung für Zoë.pdf")}, prop{kind: 0x1e, id: propMIME, value: []byte("Application/PDF\x00")}))
	c.attribute(2, attAttachStart, make([]byte, 14))
	c.attribute(2, attAttachTitle, []byte("\xcf\xf0\xe8.txt\x00"))
	c.attribute(2, attAttachData, []byte("hello"))
	c.attribute(2, attAttachProps, props(prop{kind: 0x1e, id: propContentID, value: []byte("<pic@x>\x00")}))
	return c
}

func TestOutlookContainer(t *testing.T) { // MAIL-4
	in := mustParse(t, winmail(full()))
	if !strings.Contains(in.HTML, "<p>Hello <b>Ada</b></p>") || strings.Contains(in.HTML, "script") || in.Text != "Hello Ada" {
		t.Errorf("text %q, HTML %q", in.Text, in.HTML)
	}
	if len(in.Attachments) != 2 {
		t.Fatalf("%d files: %+v", len(in.Attachments), in.Attachments)
	}
	first, second := in.Attachments[0], in.Attachments[1]
	if first.Name != "Rechnung für Zoë.pdf" || first.ContentType != "application/pdf" || string(first.Data) != "%PDF-1.4 pages" {
		t.Errorf("the first file is %q of %s: %q", first.Name, first.ContentType, first.Data)
	}
	if second.Name != "При.txt" || second.ContentID != "pic@x" || second.ContentType != "text/plain" {
		t.Errorf("the second file is %+v", second)
	}
}

func TestOutlookContainerWithPlainText(t *testing.T) { // MAIL-4
	c := newContainer()
	c.attribute(1, attBody, []byte("only\r\nwords\x00"))
	if in := mustParse(t, winmail(c)); in.Text != "only\nwords" || len(in.Attachments) != 0 {
		t.Errorf("text %q, files %+v", in.Text, in.Attachments)
	}
	c = newContainer()
	c.attribute(1, attMessage, props(prop{kind: 0x1f, id: propBody, value: wide("wide wörds")}))
	if in := mustParse(t, winmail(c)); in.Text != "wide wörds" {
		t.Errorf("text %q", in.Text)
	}
}

// What cannot be unpacked is kept as it came, and said so.
func TestOutlookContainerThatIsNone(t *testing.T) { // MAIL-4
	c := &container{}
	c.WriteString("this is no container at all")
	in := mustParse(t, winmail(c))
	if len(in.Attachments) != 1 || string(in.Attachments[0].Data) != "this is no container at all" || !strings.Contains(fmt.Sprint(in.Warnings), "winmail.dat") {
		t.Errorf("files %+v, warnings %v", in.Attachments, in.Warnings)
	}
}

// Cut anywhere, or with any byte wrong, a container neither panics nor runs away, and what came before the damage stays.
func TestDamagedOutlookContainer(t *testing.T) { // MAIL-4, SEC-1
	whole := full().Bytes()
	for n := range len(whole) {
		if mail, ok := parseTNEF(whole[:n]); len(mail.files) > 2 || ok && n < 7 && n != 6 {
			t.Fatalf("cut at %d: %d files, %v", n, len(mail.files), ok)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(whole)
		for range rapid.IntRange(1, 8).Draw(t, "times") {
			bad[rapid.IntRange(0, len(bad)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		c := &container{}
		c.Write(bad)
		in := mustParse(t, winmail(c))
		wellFormed(t, in)
	})
	many := newContainer()
	for range maxTNEFFiles * 3 {
		many.attribute(2, attAttachStart, nil)
	}
	if mail, ok := parseTNEF(many.Bytes()); ok || len(mail.files) > maxTNEFFiles+1 {
		t.Errorf("%d files of a container that claims %d", len(mail.files), maxTNEFFiles*3)
	}
}

// Long chains, long names, many people: every line of the header is one that servers take, and nothing is lost on the way.
func TestBuildFoldsLongHeaders(t *testing.T) { // MAIL-3, MAIL-7
	rapid.Check(t, func(t *rapid.T) {
		out := letter()
		out.Subject = strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-zA-Zäß😀]{1,40}`), 0, 60).Draw(t, "subject"), " ")
		for i := range rapid.IntRange(0, 80).Draw(t, "references") {
			out.References = append(out.References, fmt.Sprintf("%s.%d@x.example", strings.Repeat("r", rapid.IntRange(1, 200).Draw(t, "length")), i))
		}
		for i := range rapid.IntRange(0, 40).Draw(t, "people") {
			out.Cc = append(out.Cc, channel.Address{Name: strings.TrimSpace(rapid.StringMatching(`[a-zé, ".-]{0,60}[a-z]`).Draw(t, "name")), Email: fmt.Sprintf("u%d@x.example", i)})
		}
		raw, err := Build(out)
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		for line := range bytes.SplitSeq(header, []byte("\r\n")) {
			if len(line) > 998 || len(line) > lineWidth && bytes.Count(bytes.TrimLeft(line, " "), []byte(" ")) > 1 || len(bytes.TrimSpace(line)) == 0 {
				t.Fatalf("a line of %d bytes that could be shorter, or is blank: %q", len(line), line)
			}
		}
		in := mustParse(t, raw)
		if in.Subject != strings.Join(strings.Fields(out.Subject), " ") || len(in.Cc) != len(out.Cc) {
			t.Fatalf("the subject became %q, of %d people %d are left", in.Subject, len(out.Cc), len(in.Cc))
		}
		if n := len(out.References); n > 0 && n <= 40 && strings.Join(in.References, " ") != strings.Join(out.References, " ") {
			t.Fatalf("references became %v", in.References)
		}
	})
}

func TestBuildLeavesOutWhatCannotStand(t *testing.T) { // MAIL-3, SEC-1
	out := letter()
	out.To, out.Bcc, out.Date = nil, []channel.Address{{Email: "secret@x.example"}}, out.Date.AddDate(-3000, 0, 0)
	out.InReplyTo, out.References = "not an id>\r\nX: y", []string{"", "<>", "ok@x.example", "<ok@x.example>", "naïve@x.example", strings.Repeat("x", 2000) + "@x"}
	out.Headers = map[string]string{"X-Good": "yes", "X-Empty": " ", "Resent-Bcc": "a@b", "Content-Language": "de", "X Bad": "no", "": "no", "List-Id": "a\r\n b"}
	raw, err := Build(out)
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(string(raw), "\r\n\r\n")
	for _, want := range []string{"\r\nTo: undisclosed-recipients:;\r\n", "\r\nReferences: <ok@x.example>\r\n", "\r\nX-Good: yes\r\n", "\r\nList-Id: a b\r\n"} {
		if !strings.Contains(header, want) {
			t.Errorf("no %q in\n%s", want, header)
		}
	}
	for _, not := range []string{"secret@", "In-Reply-To", "X-Empty", "Resent-Bcc", "Content-Language", "X Bad", "\r\nX:"} {
		if strings.Contains(header, not) {
			t.Errorf("%q in\n%s", not, header)
		}
	}
}

func TestThreadingTokens(t *testing.T) { // MAIL-3
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`[a-z][a-z0-9.]{0,10}(\+[a-z0-9]{1,5})?`).Draw(t, "local")
		token := rapid.StringMatching(`[a-z0-9]{1,20}`).Draw(t, "token")
		address := local + "@desk.example"
		base, got, ok := TokenFrom(strings.ToUpper(PlusAddress(address, token)))
		if base != address || got != token || !ok {
			t.Fatalf("%s with %s became %s with %s", address, token, base, got)
		}
		n := rapid.Int64().Draw(t, "id")
		if id := NewMessageID(n, "desk.example"); headerID(id) != "<"+id+">" || !strings.HasSuffix(id, "@desk.example") || id == NewMessageID(n+1, "desk.example") {
			t.Fatalf("%d is %s", n, id)
		}
	})
	if id := NewMessageID(7, ""); !strings.HasSuffix(id, "@localhost") {
		t.Error(id)
	}
	if got := PlusAddress("a@b.example", ""); got != "a@b.example" {
		t.Error(got)
	}
}
