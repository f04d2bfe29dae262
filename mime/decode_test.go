package mime

import (
	"bytes"
	"encoding/base64"
	"fmt"
	stdmime "mime"
	"mime/quotedprintable"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/channel"
)

func TestEncodedWords(t *testing.T) { // MAIL-4
	for _, c := range []struct{ in, want string }{
		{"plain", "plain"},
		{"=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"},
		{"=?UTF-8?b?R3LDvMOfZQ==?=", "Grüße"},
		{"=?iso-8859-1?q?Gr=FC=DFe_aus_K=F6ln?=", "Grüße aus Köln"},
		{"=?koi8-r?B?8NLJ18XU?=", "Привет"},
		{"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
		{"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},            // a blank between words is not there
		{"=?utf-8?q?a?=\r\n\t=?utf-8?q?b?=", "ab"},       // nor is a fold
		{"=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"},       // but around plain text it is
		{"=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€"},       // one sign cut in two
		{"=?utf-8?q?=E2=82?= =?utf-8?q?=AC?=", "€"},      // the same, quoted
		{"=?utf-8*en?q?x?=", "x"},                        // RFC 2231 language
		{"=?utf-8?q?a b?=", "a b"},                       // a blank that may not be there
		{"Re:=?utf-8?q?x?=y", "Re:xy"},                   // glued to text
		{"=?x-none?q?=E4?=", "ä"},                        // a charset that nobody has
		{"=?utf-8?x?abc?=", "=?utf-8?x?abc?="},           // an encoding that nobody has
		{"=?utf-8?q?unfinished", "=?utf-8?q?unfinished"}, // an end that never comes
		{"=?utf-8?q?=0D=0ABcc:_x?=", "Bcc: x"},           // a line break cannot come in by way of a word
		{"=?utf-8?q?a=00b?=", "ab"},
		{"Gr\xfc\xdfe", "Grüße"}, // raw windows-1252
	} {
		if got := decodeWords(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestAddressFields(t *testing.T) { // MAIL-4
	for _, c := range []struct{ in, want string }{
		{"ada@x.example", "ada@x.example"},
		{"ADA@X.Example", "ada@x.example"},
		{"Ada <ada@x.example>", "Ada|ada@x.example"},
		{`"Lovelace, Ada" <ada@x.example>`, "Lovelace, Ada|ada@x.example"},
		{"ada@x.example (Ada)", "Ada|ada@x.example"},
		{"=?utf-8?q?Zo=C3=AB?= <zoe@x.example>", "Zoë|zoe@x.example"},
		{"a@x.example, b@x.example;c@x.example", "a@x.example b@x.example c@x.example"},
		{"a@x.example, A@X.EXAMPLE", "a@x.example"},
		{"Team: a@x.example, b@x.example;", "a@x.example b@x.example"},
		{"undisclosed-recipients:;", ""},
		{"Lovelace, Ada <ada@x.example>", "Lovelace, Ada|ada@x.example"},
		{"<ada@x.example", "ada@x.example"},
		{"ada@x.example <ada@x.example>", "ada@x.example"},
		{"'Ada' <ada@x.example>", "Ada|ada@x.example"},
		{"Ada ada@x.example", "ada@x.example"},
		{"mailto:ada@x.example", "ada@x.example"},
		{"nobody", ""},
		{"@", ""},
		{"", ""},
	} {
		var got []string
		for _, a := range addresses([]string{c.in}) {
			got = append(got, strings.TrimPrefix(a.Name+"|"+a.Email, "|"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
	if n := len(addresses([]string{strings.Repeat("a@x.example, ", 10) + manyAddresses(2000)})); n != maxAddresses {
		t.Errorf("%d addresses kept, want %d", n, maxAddresses)
	}
}

func manyAddresses(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "u%d@x.example,\n ", i)
	}
	return b.String()
}

func TestHeaderLines(t *testing.T) { // MAIL-4: broken headers
	h, odd := parseHeader([]byte("Subject: one\r\n two\r\n\tthree\r\nX-Empty:\r\nno colon here\r\nx-case: a\r\nX-CASE: b\r\nBlank : c\r\n: nameless\r\nÄ: d\r\n"))
	for name, want := range map[string]string{"Subject": "[one two three]", "X-Empty": "[no colon here]", "X-Case": "[a b]", "Blank": "[c : nameless Ä: d]", "Missing": "[]"} {
		if got := fmt.Sprint(h[name]); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if odd != "no colon here" {
		t.Errorf("the first odd line is %q", odd)
	}
	if h, _ := parseHeader(bytes.Repeat([]byte("X-A: b\n"), maxFields*3)); len(h["X-A"]) != maxFields {
		t.Errorf("%d fields kept, want %d", len(h["X-A"]), maxFields)
	}
}

func TestQuotedPrintable(t *testing.T) { // MAIL-4
	for _, c := range []struct{ in, want string }{
		{"a=3Db", "a=b"}, {"a=3db", "a=b"}, {"soft=\r\nbreak", "softbreak"}, {"soft= \t\nbreak", "softbreak"}, {"=C3=A4", "ä"},
		{"not=an escape", "not=an escape"}, {"end=", "end"}, {"end=3", "end=3"}, {"a==3D", "a=="}, {"tail=\n", "tail"}, {"", ""}, {"=ZZ", "=ZZ"},
	} {
		if got := string(decodeQP([]byte(c.in))); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

// What the standard library encodes comes back whole.
func TestTransferEncodingsComeBack(t *testing.T) { // MAIL-4
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "data")
		var qp bytes.Buffer
		w := quotedprintable.NewWriter(&qp)
		w.Binary = true
		_, _ = w.Write(data)
		_ = w.Close()
		if got := decodeQP(qp.Bytes()); !bytes.Equal(got, data) {
			t.Fatalf("quoted-printable: %q became %q", data, got)
		}
		encoded := base64.StdEncoding.EncodeToString(data)
		var lines strings.Builder
		for len(encoded) > 0 {
			n := min(len(encoded), rapid.IntRange(1, 90).Draw(t, "line"))
			lines.WriteString(encoded[:n] + "\r\n")
			encoded = encoded[n:]
		}
		if got := decodeBase64([]byte(lines.String())); !bytes.Equal(got, data) {
			t.Fatalf("base64: %q became %q", data, got)
		}
		text := rapid.StringOfN(rapid.RuneFrom([]rune("aä€😀 _=?")), 0, 60, -1).Draw(t, "text")
		want := oneLine(text)
		for _, e := range []stdmime.WordEncoder{stdmime.BEncoding, stdmime.QEncoding} {
			if word := e.Encode("utf-8", text); word != text {
				if got := decodeWords(word); got != want {
					t.Fatalf("%q became %q, want %q", word, got, want)
				}
			}
		}
	})
}

func TestBase64ThatIsNotWhole(t *testing.T) { // MAIL-4
	for _, c := range []struct{ in, want string }{
		{"SGVsbG8=", "Hello"}, {"SGVsbG8", "Hello"}, {"SGVs\r\nbG8=", "Hello"}, {"SGVs bG8=", "Hello"}, {"SGVsbG8=SGVsbG8=", "HelloHello"},
		{"S!G*V#s", "Hel"}, {"_-8=", "\xff\xef"}, {"====", ""}, {"A", ""}, {"", ""},
	} {
		if got := string(decodeBase64([]byte(c.in))); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCharsets(t *testing.T) { // MAIL-4
	for _, c := range []struct{ label, in, want string }{
		{"utf-8", "ä", "ä"}, {" UTF-8 ", "ä", "ä"}, {`"utf8"`, "ä", "ä"}, {"utf-8", "\xe4", "ä"}, {"us-ascii", "\xe4", "ä"}, {"", "\x80", "€"},
		{"iso-8859-1", "\xe4", "ä"}, {"latin1", "ä", "ä"}, {"windows-1252", "\x93x\x94", "“x”"}, {"iso-8859-15", "\xa4", "€"},
		{"windows-1251", "\xcf\xf0", "Пр"}, {"win-1251", "\xcf\xf0", "Пр"}, {"koi8-r", "\xf0\xd2", "Пр"}, {"iso-8859-2", "\xb1", "ą"},
		{"gb2312", "\xc4\xe3", "你"}, {"big5", "\xa7A", "你"}, {"shift_jis", "\x93\xfa", "日"}, {"cp932", "\x93\xfa", "日"}, {"euc-kr", "\xb0\xa1", "가"},
		{"cp850", "\x84", "ä"}, {"utf-16le", "a\x00\xe4\x00", "aä"}, {"utf-8", "\xff\xfea\x00", "a"}, {"utf-7", "Hi +AOQ-!", "Hi ä!"},
		{"utf-7", "1 +- 1", "1 + 1"}, {"utf-7", "+AOQ", "ä"}, {"utf-7", "a+b c", "a+b c"}, {"no-such-charset", "ä", "ä"}, {"no-such-charset", "\xe4", "ä"},
	} {
		if got := clean(decodeCharset([]byte(c.in), c.label)); got != c.want {
			t.Errorf("%s, %q: got %q, want %q", c.label, c.in, got, c.want)
		}
	}
}

func TestNoCharsetMakesBadText(t *testing.T) { // SEC-1
	rapid.Check(t, func(t *rapid.T) {
		label := rapid.SampledFrom([]string{"utf-8", "utf-7", "utf-16", "iso-2022-jp", "gb18030", "hz-gb-2312", "windows-1252", "", "x"}).Draw(t, "label")
		data := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "data")
		if got := clean(decodeCharset(data, label)); !utf8.ValidString(got) || strings.Contains(got, "\x00") {
			t.Fatalf("%s, %q: %q", label, data, got)
		}
	})
}

// Whatever a sender calls a file, its name is one that a file system takes and a person can trust.
func TestSafeNameIsSafe(t *testing.T) { // SEC-1
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.RuneFrom([]rune(`./\:. conaux1`+"\u202e\x00\n")), 0, 30, -1)).Draw(t, "name")
		got := SafeName(name)
		if strings.ContainsAny(got, "/\\<>:\"|?*\x00\r\n\u202e") || strings.HasPrefix(got, ".") || strings.HasSuffix(got, ".") || utf8.RuneCountInString(got) > maxName+1 || !utf8.ValidString(got) {
			t.Fatalf("%q became %q", name, got)
		}
		if again := SafeName(got); again != got {
			t.Fatalf("%q became %q and then %q", name, got, again)
		}
	})
}

func TestCalendarParts(t *testing.T) { // MAIL-4
	event := func(lines ...string) string {
		return "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	for _, c := range []struct{ name, in, want string }{
		{"whole", event(`SUMMARY:Lunch\, with Ada`, "DTSTART;TZID=Europe/Berlin:20261102T120000", "DTEND;TZID=Europe/Berlin:20261102T130000", "LOCATION:Room 1", "ORGANIZER;CN=Ada:mailto:ada@x.example"),
			"Invitation: Lunch, with Ada\nWhen: 2026-11-02 12:00 Europe/Berlin to 2026-11-02 13:00 Europe/Berlin\nWhere: Room 1\nOrganiser: ada@x.example"},
		{"UTC", event("SUMMARY:Call", "DTSTART:20261102T120000Z"), "Invitation: Call\nWhen: 2026-11-02 12:00 UTC"},
		{"a day", event("SUMMARY:Fair", "DTSTART;VALUE=DATE:20261102"), "Invitation: Fair\nWhen: 2026-11-02"},
		{"folded", event("SUMMARY:Lu", " nch"), "Invitation: Lunch"},
		{"cancelled", strings.Replace(event("SUMMARY:Lunch"), "REQUEST", "CANCEL", 1), "Cancelled: Lunch"},
		{"no method", "BEGIN:VEVENT\nSUMMARY:Lunch\nEND:VEVENT", "Event: Lunch"},
		{"the first of two", event("SUMMARY:One", "END:VEVENT", "BEGIN:VEVENT", "SUMMARY:Two"), "Invitation: One"},
		{"a time nobody writes", event("SUMMARY:Lunch", "DTSTART:tomorrow"), "Invitation: Lunch"},
		{"a to-do", "BEGIN:VTODO\nSUMMARY:x\nEND:VTODO", ""},
		{"nothing", "", ""},
	} {
		if got := calendarSummary(c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestForwardedSenders(t *testing.T) { // MAIL-6
	for _, c := range []struct{ name, subject, text, want string }{
		{"gmail", "Fwd: Broken", "See below.\n\n---------- Forwarded message ---------\nFrom: Ada L <ada@x.example>\nDate: Mon\nSubject: Broken\nTo: <support@desk.example>\n\nIt broke.", "Ada L|ada@x.example"},
		{"apple", "Fwd: Broken", "Begin forwarded message:\n\n> From: Ada <ada@x.example>\n> Subject: Broken\n> Date: 2 November\n\n> It broke.", "Ada|ada@x.example"},
		{"outlook", "FW: Broken", "From: Ada [mailto:ada@x.example]\nSent: Monday\nTo: Desk\nSubject: Broken\n\nIt broke.", "Ada|ada@x.example"},
		{"german", "WG: Kaputt", "Von: Ada <ada@x.example>\nGesendet: Montag\nAn: Desk\nBetreff: Kaputt", "Ada|ada@x.example"},
		{"starred", "Fwd: x", "*From:* Ada <ada@x.example>\n*Sent:* Monday\n*To:* Desk", "Ada|ada@x.example"},
		{"a name with a comma", "Fwd: x", "From: \"Lovelace, Ada\" <ADA@x.example>\nDate: Monday\n", "Lovelace, Ada|ada@x.example"},
		{"our own goes to the one before", "Fwd: x", "From: Desk <support@desk.example>\nDate: Mon\n\nFrom: Ada <ada@x.example>\nDate: Sun\n", "Ada|ada@x.example"},
		{"only our own", "Fwd: x", "From: Desk <support@desk.example>\nDate: Mon\n", ""},
		{"an answer", "Re: x", "From: Ada <ada@x.example>\nDate: Mon\n", ""},
		{"a forward without a sender", "Fwd: x", "From: somebody\nDate: Mon\n", ""},
	} {
		in := mustParse(t, []byte("From: agent@desk.example\nSubject: "+c.subject+"\nContent-Type: text/plain; charset=utf-8\n\n"+c.text))
		got := ""
		if in.Forwarded != nil {
			got = in.Forwarded.Name + "|" + in.Forwarded.Email
		}
		if got != c.want || in.Nature != channel.Message {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
