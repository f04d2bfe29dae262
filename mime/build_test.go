package mime

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

var sent = time.Date(2026, 11, 2, 10, 0, 0, 0, time.FixedZone("", 3600))

func letter() channel.Outbound {
	return channel.Outbound{
		MessageID: "out.1@desk.example", From: channel.Address{Name: "Support", Email: "support@desk.example"},
		To: []channel.Address{{Name: "Ada", Email: "ada@customer.example"}}, Subject: "Your order", Text: "Hello Ada,\nit is here.", Date: sent,
	}
}

func mustParse(t interface {
	Helper()
	Fatalf(string, ...any)
}, raw []byte) channel.Inbound {
	t.Helper()
	in, err := Parse(context.Background(), raw, testOptions())
	if err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	return in
}

func mustBuild(t *testing.T, out channel.Outbound) (raw []byte, in channel.Inbound) {
	t.Helper()
	raw, err := Build(out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := mail.ReadMessage(bytes.NewReader(raw)); err != nil {
		t.Fatalf("a strict reader says %v", err)
	}
	for i, l := range strings.Split(string(raw), "\r\n") {
		if len(l) > 998 || strings.ContainsAny(l, "\r\n") {
			t.Fatalf("line %d: %q", i, l)
		}
	}
	return raw, mustParse(t, raw)
}

func TestBuildPlain(t *testing.T) { // MAIL-7
	raw, in := mustBuild(t, letter())
	if bytes.Contains(raw, []byte("multipart")) || in.HTML != "" || in.Text != "Hello Ada,\nit is here." {
		t.Errorf("%s", raw)
	}
}

func TestBuildThreading(t *testing.T) { // MAIL-3: correct Message-ID, In-Reply-To, References, From name, Reply-To
	out := letter()
	out.InReplyTo = "last@customer.example"
	for i := range 60 {
		out.References = append(out.References, fmt.Sprintf("ref%d@customer.example", i))
	}
	out.References = append(out.References, "bad id@x\r\nBcc: evil@x.example")
	out.ReplyTo = &channel.Address{Email: PlusAddress("support@desk.example", "k3x")}
	_, in := mustBuild(t, out)
	if in.MessageID != out.MessageID || len(in.InReplyTo) != 1 || in.InReplyTo[0] != out.InReplyTo {
		t.Errorf("id %q, in reply to %q", in.MessageID, in.InReplyTo)
	}
	n := len(in.References)
	if n != 40 || in.References[0] != "ref0@customer.example" || in.References[19] != "ref19@customer.example" || in.References[n-1] != out.InReplyTo {
		t.Errorf("%d references: %v", n, in.References)
	}
	if in.From != out.From || len(in.ReplyTo) != 1 || in.ReplyTo[0].Email != "support+k3x@desk.example" {
		t.Errorf("from %v, reply to %v", in.From, in.ReplyTo)
	}
}

func TestBuildBothForms(t *testing.T) { // MAIL-4: inline and regular files together
	out := letter()
	out.Text, out.HTML = "", `<p>See <img src="cid:pic@x"></p>`
	out.Attachments = []channel.Attachment{
		{Name: "pic.png", ContentType: "image/png", ContentID: "pic@x", Data: []byte("\x89PNG\r\n")},
		{Name: "Rechnung für Zoë.pdf", ContentType: "application/pdf", Data: []byte("%PDF-")},
		{Name: "../x\r\nBcc: a@b.example", ContentType: "text/html; charset=utf-8", Data: bytes.Repeat([]byte("long "), 1000)},
		{Name: "", ContentType: "message/rfc822", Data: []byte("From: x\n\n")},
	}
	raw, in := mustBuild(t, out)
	if in.Text != "See" || !strings.Contains(in.HTML, `src="cid:pic@x"`) || len(in.Attachments) != 4 {
		t.Fatalf("%s", raw)
	}
	for i, want := range []string{"pic.png", "Rechnung für Zoë.pdf", "x Bcc_ a@b.example"} {
		a := in.Attachments[i]
		if a.Name != want || !bytes.Equal(a.Data, out.Attachments[i].Data) {
			t.Errorf("%q, want %q: %d bytes", a.Name, want, len(a.Data))
		}
	}
	if !in.Attachments[0].Inline || in.Attachments[1].Inline {
		t.Error("what is inline")
	}
	for _, kind := range []string{"multipart/mixed", "multipart/alternative", "multipart/related"} {
		if !bytes.Contains(raw, []byte(kind)) {
			t.Errorf("no %s", kind)
		}
	}
}

func TestBuildSameBytes(t *testing.T) { // MAIL-7: idempotent
	out := letter()
	out.HTML, out.Headers = "<p>x</p>", map[string]string{"X-Loop": "desk", "X-A": "1", "X-B": "2"}
	first, err := Build(out)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if again, _ := Build(out); !bytes.Equal(first, again) {
			t.Fatal("two builds differ")
		}
	}
}

func TestBuildAutomatic(t *testing.T) { // MAIL-5, AUTO-7: what a rule sends is never answered
	out := letter()
	out.Automatic = true
	raw, in := mustBuild(t, out)
	if in.Nature != channel.AutoReply || !bytes.Contains(raw, []byte("\r\nAuto-Submitted: auto-replied\r\n")) {
		t.Errorf("%s: %s", in.Nature, raw)
	}
}

func TestBuildInjection(t *testing.T) {
	evil := "x\r\nBcc: evil@evil.example\r\n\r\nbody"
	out := letter()
	out.Subject, out.From.Name, out.To[0].Name = evil, evil, evil+`"`
	out.Headers = map[string]string{"X-Note": evil, "X-Bad\r\nBcc": "evil@evil.example", "Bcc": "evil@evil.example", "from": "x@y.example", "content-type": "text/html"}
	out.Bcc = []channel.Address{{Email: "secret@customer.example"}}
	out.Attachments = []channel.Attachment{{Name: evil, ContentType: "text/plain" + evil, ContentID: evil, Data: []byte("x")}}
	raw, _ := mustBuild(t, out)
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Get("Bcc") != "" || bytes.Contains(raw, []byte("secret@")) || len(m.Header["From"]) != 1 || len(m.Header["Content-Type"]) != 1 {
		t.Errorf("%s", raw)
	}
	if body, _ := io.ReadAll(m.Body); bytes.HasPrefix(body, []byte("body")) {
		t.Error("the header was ended early")
	}
}

func TestBuildRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*channel.Outbound){
		"messageId":   func(o *channel.Outbound) { o.MessageID = "a@b>\r\nBcc: x" },
		"from":        func(o *channel.Outbound) { o.From.Email = "" },
		"to":          func(o *channel.Outbound) { o.To = nil },
		"cc":          func(o *channel.Outbound) { o.Cc = []channel.Address{{Email: "a@b.example>\r\nBcc: <c@d.example"}} },
		"reply-to":    func(o *channel.Outbound) { o.ReplyTo = &channel.Address{Email: "nobody"} },
		"attachments": func(o *channel.Outbound) { o.Attachments = []channel.Attachment{{Name: "x", Open: noFile}} },
	} {
		out := letter()
		spoil(&out)
		_, err := Build(out)
		e := errs.As(err)
		if e == nil || e.Kind != errs.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func noFile(context.Context) (io.ReadCloser, error) { return nil, io.EOF }

func TestBuildInternational(t *testing.T) { // MAIL-7
	out := letter()
	out.To = []channel.Address{{Name: "Łucja \"Zo\" Müller, 日本語の名前がとても長いので折り返されます", Email: "a@köln.example"}, {Name: "O'Neil, Pat (x)", Email: "pat@x.example"}}
	out.Subject = strings.Repeat("Grüße 😀 ", 30) + "=?utf-8?Q?not_encoded?="
	_, in := mustBuild(t, out)
	if in.Subject != out.Subject || in.To[0].Name != out.To[0].Name || in.To[0].Email != "a@xn--kln-sna.example" || in.To[1].Name != out.To[1].Name {
		t.Errorf("%q %v", in.Subject, in.To)
	}
}

// TestRoundTrip builds whatever and reads it back (MAIL-3, MAIL-4).
func TestRoundTrip(t *testing.T) {
	words := rapid.StringMatching(`[a-zA-Z0-9äöüßłżéñ日本😀,.!?:;"'<>()=@+-]{1,12}( [a-zA-Z0-9äöüßłżéñ日本😀,.!?=_-]{1,30}){0,12}`)
	local := rapid.StringMatching(`[a-z][a-z0-9]{0,10}(\.[a-z0-9]{1,5})?`)
	person := rapid.Custom(func(t *rapid.T) channel.Address {
		name := strings.Trim(words.Draw(t, "name"), ` "'`)
		return channel.Address{Name: name, Email: local.Draw(t, "local") + "@" + local.Draw(t, "domain") + ".example"}
	})
	line := rapid.StringMatching(`[a-zA-Z0-9äß😀.=_ -]{0,200}[a-z]`)
	rapid.Check(t, func(t *rapid.T) {
		out := channel.Outbound{
			MessageID: NewMessageID(rapid.Int64Min(1).Draw(t, "id"), "desk.example"), From: person.Draw(t, "from"), Date: sent,
			To: rapid.SliceOfNDistinct(person, 1, 5, func(a channel.Address) string { return a.Email }).Draw(t, "to"), Subject: words.Draw(t, "subject"),
			Text: strings.Join(rapid.SliceOfN(line, 1, 8).Draw(t, "text"), "\n"),
		}
		if rapid.Bool().Draw(t, "html") {
			out.HTML = "<p>rich</p>"
		}
		for i, data := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 0, 3).Draw(t, "files") {
			out.Attachments = append(out.Attachments, channel.Attachment{Name: fmt.Sprintf("file %d.bin", i), ContentType: "application/x-test", Data: data})
		}
		raw, err := Build(out)
		if err != nil {
			t.Fatal(err)
		}
		in := mustParse(t, raw)
		wellFormed(t, in)
		got := channel.Outbound{MessageID: in.MessageID, From: in.From, To: in.To, Subject: in.Subject, Text: in.Text, HTML: in.HTML, Date: in.SentAt}
		want := channel.Outbound{MessageID: out.MessageID, From: out.From, To: out.To, Subject: out.Subject, Text: strings.Trim(out.Text, "\n"), HTML: out.HTML, Date: sent.UTC()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got\n%s\n%s", diff, raw)
		}
		for i, a := range in.Attachments {
			if a.Name != out.Attachments[i].Name || !bytes.Equal(a.Data, out.Attachments[i].Data) {
				t.Fatalf("file %d: %q", i, a.Name)
			}
		}
	})
}

func TestTokens(t *testing.T) { // MAIL-3: plus-address
	for _, c := range []struct {
		address, base, token string
		ok                   bool
	}{
		{"support+k3x@desk.example", "support@desk.example", "k3x", true},
		{"<Support+A+K3X@Desk.example>", "support+a@desk.example", "k3x", true},
		{"support@desk.example", "support@desk.example", "", false},
		{"+x@desk.example", "+x@desk.example", "", false},
		{"support+@desk.example", "support+@desk.example", "", false},
		{"nobody", "nobody", "", false},
	} {
		base, token, ok := TokenFrom(c.address)
		if base != c.base || token != c.token || ok != c.ok {
			t.Errorf("%s: %q %q %v", c.address, base, token, ok)
		}
	}
	if a := PlusAddress("support@desk.example", "k3x"); a != "support+k3x@desk.example" {
		t.Error(a)
	}
	if a := PlusAddress("nobody", "k3x"); a != "nobody" {
		t.Error(a)
	}
	if first, again := NewMessageID(1, "h"), NewMessageID(1, "h"); first != again || first == NewMessageID(2, "h") || first == NewMessageID(1, "i") {
		t.Error("Message-IDs must follow from id and host")
	}
}

func BenchmarkBuild(b *testing.B) {
	out := letter()
	out.HTML = "<p>" + strings.Repeat("Hello Ada, it is here. ", 50) + "</p>"
	out.Attachments = []channel.Attachment{{Name: "a.pdf", ContentType: "application/pdf", Data: make([]byte, 50<<10)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(out); err != nil {
			b.Fatal(err)
		}
	}
}
