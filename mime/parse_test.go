package mime

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

func TestLooksAutomatic(t *testing.T) { // AUTO-7, MAIL-5
	person := "ada@customer.example"
	for _, c := range []struct {
		header, value, from, subject string
		want                         channel.Nature
	}{
		{"", "", person, "Hello", channel.Message},
		{"Auto-Submitted", "no", person, "Hello", channel.Message},
		{"Auto-Submitted", "auto-replied; owner-email=x", person, "", channel.AutoReply},
		{"Auto-Submitted", "Auto-Generated", person, "", channel.AutoReply},
		{"Auto-Submitted", "auto-notified", person, "", channel.AutoReply},
		{"X-Auto-Response-Suppress", "DR, OOF, AutoReply", person, "", channel.AutoReply},
		{"X-Auto-Response-Suppress", "All", person, "", channel.AutoReply},
		{"X-Auto-Response-Suppress", "DR", person, "", channel.Message},
		{"X-Autoreply", "yes", person, "", channel.AutoReply},
		{"X-Autoreply", "no", person, "", channel.Message},
		{"X-Autorespond", "Hello", person, "", channel.AutoReply},
		{"X-Loop", "support@desk.example", person, "", channel.AutoReply},
		{"Precedence", "bulk", person, "", channel.Bulk},
		{"Precedence", "junk", person, "Out of office", channel.AutoReply},
		{"Precedence", "auto_reply", person, "", channel.AutoReply},
		{"Precedence", "list", person, "", channel.Bulk},
		{"Precedence", "first-class", person, "", channel.Message},
		{"List-Id", "<l.example>", person, "", channel.Bulk},
		{"List-Unsubscribe", "<https://l.example>", person, "", channel.Bulk},
		{"Return-Path", "<>", person, "Hello", channel.AutoReply},
		{"Return-Path", "<ada@customer.example>", person, "Hello", channel.Message},
		{"Return-Path", "<>", person, "Undeliverable: Hello", channel.Bounce},
		{"X-Failed-Recipients", "x@y.example", person, "", channel.Bounce},
		{"", "", "mailer-daemon@mx.example", "Returned mail: see transcript", channel.Bounce},
		{"", "", "postmaster@mx.example", "Delivery Status Notification (Failure)", channel.Bounce},
		{"", "", "postmaster@customer.example", "Our new mail server", channel.AutoReply},
		{"", "", "noreply@shop.example", "Your receipt", channel.AutoReply},
		{"", "", "do-not-reply@shop.example", "Your receipt", channel.AutoReply},
		{"", "", "bounces+123@shop.example", "x", channel.AutoReply},
		{"Reply-To", "ada@customer.example", "noreply@forms.example", "Contact form", channel.Message},
		{"Reply-To", "no-reply@forms.example", "noreply@forms.example", "Notice", channel.AutoReply},
		{"", "", "norepliesneeded@x.example", "Hello", channel.Message},
		{"", "", person, "Automatic reply: Hello", channel.AutoReply},
		{"", "", person, "Out of Office: Hello", channel.AutoReply},
		{"", "", person, "Automatische Antwort: Hallo", channel.AutoReply},
		{"", "", person, "Automatisch antwoord: Hallo", channel.AutoReply},
		{"", "", person, "Réponse automatique : Bonjour", channel.AutoReply},
		{"", "", person, "Respuesta automática: Hola", channel.AutoReply},
		{"", "", person, "Odpowiedź automatyczna: Cześć", channel.AutoReply},
		{"", "", person, "Autosvar: Hei", channel.AutoReply},
		{"", "", person, "Question about automatic reply settings", channel.Message},
		{"", "", person, "Re: the office is out of paper", channel.Message},
	} {
		h := map[string][]string{}
		if c.header != "" {
			h[c.header] = []string{c.value}
		}
		got, why := LooksAutomatic(h, channel.Address{Email: c.from}, c.subject)
		if got != c.want || (why == "") != (got == channel.Message) {
			t.Errorf("%s: %s from %s, %q: got %s (%s), want %s", c.header, c.value, c.from, c.subject, got, why, c.want)
		}
	}
}

func TestEnvelopeDecides(t *testing.T) { // MAIL-5
	raw := []byte("From: ada@customer.example\nSubject: x\n\nHello")
	null, some := "", "ada@customer.example"
	for _, c := range []struct {
		envelope *string
		own      string
		want     channel.Nature
	}{{nil, "", channel.Message}, {&null, "", channel.AutoReply}, {&some, "", channel.Message}, {&some, some, channel.AutoReply}} {
		in, err := Parse(context.Background(), raw, Options{EnvelopeFrom: c.envelope, OwnAddresses: func(a string) bool { return a == c.own }})
		if err != nil || in.Nature != c.want {
			t.Errorf("%v %q: %s %v", c.envelope, c.own, in.Nature, err)
		}
	}
}

func TestMessageIDs(t *testing.T) { // MAIL-3
	for _, c := range []struct{ in, want string }{
		{"<a@b>", "a@b"},
		{"<a@b> <c@d>\r\n\t<e@f>", "a@b c@d e@f"},
		{"<a@b><c@d>,<e@f>", "a@b c@d e@f"},
		{"a@b, c@d", "a@b c@d"},
		{"<a@b", "a@b"},
		{"<a@\r\n b>", "a@b"},
		{"<a@b> <a@b>", "a@b"},
		{"Your message of Monday <a@b>", "a@b"},
		{"<no-at-sign>", "no-at-sign"},
		{"<>", ""},
		{"words only", ""},
		{"", ""},
	} {
		if got := strings.Join(messageIDs(c.in), " "); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
	var many strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, "<%d@x>\n ", i)
	}
	if ids := messageIDs(many.String()); len(ids) != maxReferences || ids[0] != "0@x" || ids[99] != "499@x" {
		t.Errorf("%d: %v", len(ids), ids)
	}
}

func TestLimits(t *testing.T) { // MAIL-4: huge ones
	nested := func(n int) string {
		var b strings.Builder
		b.WriteString("From: a@b.example\n")
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		b.WriteString("Content-Type: text/plain\n\ndeep\n")
		return b.String()
	}
	parts := "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", 5000)
	for _, c := range []struct {
		name, raw string
		want      string
	}{
		{"size", "From: a@b.example\n\n" + strings.Repeat("x", defaultMaxBytes), "too large"},
		{"nesting", nested(5000), "nested more than 50"},
		{"nesting allowed", nested(40), ""},
		{"parts", parts, "more than 1000 parts"},
		{"long header", "From: a@b.example\nX-Long: " + strings.Repeat("y", 2<<20) + "\nSubject: kept\n\nbody", ""},
		{"long folded header", "From: a@b.example\nSubject: kept\nX-Long: y" + strings.Repeat("\n y", 1<<20) + "\n\nbody", ""},
		{"many headers", "From: a@b.example\nSubject: kept\n" + strings.Repeat("X-A: b\n", 1<<19) + "\nbody", ""},
		{"many addresses", "From: a@b.example\nSubject: kept\nTo: " + strings.Repeat("x@y.example,\n ", 50000) + "\n\nbody", ""},
		{"long encoded word", "From: a@b.example\nSubject: =?utf-8?B?" + strings.Repeat("QUFB", 1<<18) + "?=\n\nbody", ""},
		{"long type", "From: a@b.example\nContent-Type: text/plain;" + strings.Repeat("a=b;", 1<<18) + "\n\nbody", ""},
		{"huge text", "From: a@b.example\n\n" + strings.Repeat("> a line of text \n", 1<<20), ""},
		{"huge html", "From: a@b.example\nContent-Type: text/html\n\n" + strings.Repeat("<p><b>words</b></p>\n", 1<<18), ""},
		{"huge flowed", "From: a@b.example\nContent-Type: text/plain; format=flowed\n\n" + strings.Repeat("soft \n", 1<<20), ""},
		{"many from lines", "From: a@b.example\nSubject: Fwd: x\n\n" + strings.Repeat("From: x\n", 1<<17), ""},
	} {
		start := time.Now()
		in, err := Parse(context.Background(), []byte(c.raw), Options{})
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: took %v", c.name, took)
		}
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if strings.Contains(c.raw, "Subject: kept") && (in.Subject != "kept" || in.Text != "body") {
				t.Errorf("%s: %q %.60q %v", c.name, in.Subject, in.Text, in.Warnings)
			}
			continue
		}
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestDeadline(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Parse(ctx, []byte("From: a@b.example\n\nx"), Options{})
	if !errs.Is(err, errs.Invalid) || !strings.Contains(errs.As(err).Message, "time allowed") {
		t.Errorf("%v", err)
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Mon, 02 Nov 2026 10:15:00 +0100", "2026-11-02T09:15:00Z"},
		{"2 Nov 2026 10:15 GMT", "2026-11-02T10:15:00Z"},
		{"Mon Nov  2 10:15:00 2026", "2026-11-02T10:15:00Z"},
		{"Mon, 2 Nov 2026 10:15:00 +0100 (CET)", "2026-11-02T09:15:00Z"},
		{"2026-11-02T10:15:00Z", "2026-11-02T10:15:00Z"},
		{"Mon, 02 Nov 2099 10:15:00 +0100", "2026-11-03T12:00:00Z"},
		{"Thu, 01 Jan 1970 00:00:00 +0000", "2026-11-03T12:00:00Z"},
		{"yesterday", "2026-11-03T12:00:00Z"},
	} {
		in := mustParse(t, []byte("From: a@b.example\nDate: "+c.in+"\n\nx"))
		if got := in.SentAt.Format(time.RFC3339); got != c.want {
			t.Errorf("%s: got %s, want %s", c.in, got, c.want)
		}
	}
}

func TestSynthesisedID(t *testing.T) { // MAIL-3, CHAN-3: the same mail twice has the same id
	raw := []byte("From: a@b.example\n\nx")
	one, two := mustParse(t, raw), mustParse(t, append([]byte(nil), raw...))
	other := mustParse(t, []byte("From: a@b.example\n\ny"))
	if one.MessageID != two.MessageID || one.MessageID == other.MessageID || !strings.HasSuffix(one.MessageID, "@no-message-id.invalid") {
		t.Errorf("%s %s %s", one.MessageID, two.MessageID, other.MessageID)
	}
}

func TestSafeName(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a.txt", "a.txt"}, {"../../etc/passwd", "passwd"}, {`C:\x\y.doc`, "y.doc"}, {"a\r\nb.txt", "a b.txt"}, {"..", ""}, {". .", ""}, {"", ""},
		{"x\u202egpj.exe", "xgpj.exe"}, {"a:b?.txt", "a_b_.txt"}, {"con.txt", "_con.txt"}, {"trailing/", ""}, {"ä\xffö.txt", "ä\uFFFDö.txt"},
		{strings.Repeat("ü", 300) + ".pdf", strings.Repeat("ü", 196) + ".pdf"},
	} {
		if got := SafeName(c.in); got != c.want {
			t.Errorf("%q: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestTrustedResultsOnly(t *testing.T) { // MAIL-7
	raw := []byte("Authentication-Results: evil.example; spf=pass; dmarc=pass\nAuthentication-Results: mx.desk.example; spf=fail smtp.mailfrom=x\nFrom: a@b.example\n\nx")
	if a := mustParse(t, raw).Auth; a != (channel.Auth{SPF: "fail"}) {
		t.Errorf("%+v", a)
	}
	if in, _ := Parse(context.Background(), raw, Options{}); in.Auth != (channel.Auth{}) {
		t.Errorf("nobody is trusted, but %+v", in.Auth)
	}
}

func FuzzParse(f *testing.F) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(mails) == 0 {
		f.Fatal("no mails", err)
	}
	for _, m := range mails {
		raw, err := os.ReadFile(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, err := Parse(context.Background(), raw, testOptions())
		if err != nil {
			if e := errs.As(err); e == nil || e.Kind != errs.Invalid || e.Cause != nil {
				t.Fatal(err) // a panic that was caught shows as a cause
			}
			return
		}
		wellFormed(t, in)
		if strings.Contains(strings.ToLower(in.HTML), "<script") {
			t.Fatal(in.HTML)
		}
	})
}

func FuzzHeaders(f *testing.F) {
	for _, s := range []string{"<a@b>, c@d", "Ada <a@b.example>, \"x, y\" <c@d>", "=?utf-8?B?R3LDvA==?= <x@y>", "a@b (c) d@e;", "<<>>@", "=?utf-7?Q?+AGE-?="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, id := range messageIDs(s) {
			if id == "" || strings.ContainsAny(id, "<> \t\r\n\x00") {
				t.Fatalf("%q has id %q", s, id)
			}
		}
		for _, a := range addresses([]string{s}) {
			if !strings.Contains(a.Email, "@") || strings.ContainsAny(a.Email+a.Name, "\r\n\x00") {
				t.Fatalf("%q has %+v", s, a)
			}
		}
		if d := decodeWords(s); strings.ContainsAny(d, "\r\n\x00") {
			t.Fatalf("%q: %q", s, d)
		}
		out := letter()
		out.Subject, out.To[0].Name, out.References, out.Headers = s, s, []string{s}, map[string]string{s: s, "X-Note": s}
		raw, err := Build(out)
		if err != nil {
			return
		}
		header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		if bytes.Contains(bytes.ToLower(header), []byte("\nbcc:")) || bytes.Count(header, []byte("\n")) != bytes.Count(header, []byte("\r\n")) {
			t.Fatalf("%q: %s", s, header)
		}
	})
}

func BenchmarkParseTypical(b *testing.B) {
	out := letter()
	out.HTML = "<div>" + strings.Repeat("<p>Hello <b>Ada</b>, it is <a href=\"https://x.example\">here</a>.</p>", 40) + "</div>"
	out.Text = strings.Repeat("Hello Ada, it is here.\n", 40) + "\nOn Mon, 2 Nov 2026 at 10:00, Ada <a@x.example> wrote:\n" + strings.Repeat("> old words\n", 40)
	out.Attachments = []channel.Attachment{{Name: "a.pdf", ContentType: "application/pdf", Data: make([]byte, 50<<10)}}
	raw, err := Build(out)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(context.Background(), raw, testOptions()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseNested shows that time grows with size, not with size times nesting.
func BenchmarkParseNested(b *testing.B) {
	var s strings.Builder
	s.WriteString("From: a@b.example\n")
	for i := range 900 {
		fmt.Fprintf(&s, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
	}
	raw := []byte(s.String() + "\n" + strings.Repeat("words\n", 1<<17))
	for b.Loop() {
		if _, err := Parse(context.Background(), raw, Options{MaxDepth: 1000}); err != nil {
			b.Fatal(err)
		}
	}
}
