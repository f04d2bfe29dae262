package page

import (
	"strings"
	"testing"
)

func TestFresh(t *testing.T) { // MAIL-4: quotes and signatures fold
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Hello\n\nthere", "Hello\n\nthere"},
		{"english", "New.\n\nOn Mon, 2 Nov 2026 at 10:00, Ada <a@x.example> wrote:\n> old", "New."},
		{"english wrapped", "New.\n\nOn Mon, Nov 2, 2026 at 10:00 AM Ada\n<a@x.example> wrote:\n\n> old", "New."},
		{"english glued", "New.\nOn Mon, 2 Nov 2026 at 10:00, Ada <a@x.example> wrote:\n> old", "New."},
		{"dutch", "Nieuw.\n\nOp ma 2 nov. 2026 om 10:00 schreef Ada <a@x.example>:\n> oud", "Nieuw."},
		{"german", "Neu.\n\nAm Mo., 2. Nov. 2026 um 10:00 Uhr schrieb Ada <a@x.example>:\n\n> alt", "Neu."},
		{"french", "Nouveau.\n\nLe lun. 2 nov. 2026 à 10:00, Ada <a@x.example> a écrit :\n\n> vieux", "Nouveau."},
		{"spanish", "Nuevo.\n\nEl lun, 2 nov 2026 a las 10:00, Ada (<a@x.example>) escribió:\n\n> viejo", "Nuevo."},
		{"polish", "Nowe.\n\npon., 2 lis 2026 o 10:00 Ada <a@x.example> napisał(a):\n\n> stare", "Nowe."},
		{"polish long", "Nowe.\n\nW dniu 2.11.2026 o 10:00, Ada pisze i napisał:\n> stare", "Nowe."},
		{"norwegian", "Nytt.\n\nman. 2. nov. 2026 kl. 10:00 skrev Ada <a@x.example>:\n\n> gammelt", "Nytt."},
		{"norwegian den", "Nytt.\n\nDen 2.11.2026 10:00, skrev Ada:\n> gammelt", "Nytt."},
		{"original message", "New.\n\n-----Original Message-----\nFrom: x\n\nold", "New."},
		{"original german", "Neu.\n\n-----Ursprüngliche Nachricht-----\nVon: x", "Neu."},
		{"outlook english", "New.\n\nFrom: Desk <d@x.example>\nSent: Monday\nTo: Ada\nSubject: x\n\nold", "New."},
		{"outlook german", "Neu.\n\nVon: Desk <d@x.example>\nGesendet: Montag\nAn: Ada\nBetreff: x\n\nalt", "Neu."},
		{"outlook dutch", "Nieuw.\n\n________________________________\nVan: Desk\nVerzonden: maandag\nAan: Ada\nOnderwerp: x\n\noud", "Nieuw."},
		{"outlook norwegian", "Nytt.\n\nFra: Desk\nSendt: mandag\nTil: Ada\nEmne: x\n\ngammelt", "Nytt."},
		{"tail", "New.\n\n> old\n> older\n", "New."},
		{"answer below", "On Mon, 2 Nov 2026, Ada wrote:\n> old\n> older\n\nBelow.", "Below."},
		{"answers between", "On 2 Nov, Ada wrote:\n> one?\nyes\n> two?\nno", "On 2 Nov, Ada wrote:\n> one?\nyes\n> two?\nno"},
		{"signature", "New.\n-- \nAda\nACME", "New."},
		{"signature without blank", "New.\n--\nAda", "New."},
		{"phone", "New.\n\nSent from my iPhone", "New."},
		{"phone german", "Neu.\n\nVon meinem iPhone gesendet", "Neu."},
		{"outlook app", "New.\n\nGet Outlook for iOS<https://aka.example>\n", "New."},
		{"only a quote", "> all old", "> all old"},
		{"not an attribution", "As I wrote:\nplease call.", "As I wrote:\nplease call."},
		{"wrote in prose", "On Monday he wrote: it is broken\nand so on.", "On Monday he wrote: it is broken\nand so on."},
		{"from in prose", "From: the beginning\nit was bad.", "From: the beginning\nit was bad."},
		{"empty", "", ""},
	} {
		if got := Fresh(c.in, ""); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestFreshByHTML(t *testing.T) { // MAIL-4
	got := Fresh("New.\nold without a mark", `<div>New.</div><div class="gmail_quote">old without a mark</div>`)
	if got != "New." {
		t.Errorf("got %q", got)
	}
}

func TestFold(t *testing.T) { // MAIL-4
	for _, c := range []struct {
		name, in           string
		fresh, quoted, sig string // words inside and outside of what is folded
	}{
		{"gmail", `<div>New</div><div class="gmail_quote">Old</div>`, "New", "Old", ""},
		{"gmail signature", `<div>New</div><div class="gmail_signature">Ada</div><div class="gmail_quote">Old</div>`, "New", "Old", "Ada"},
		{"thunderbird", `<p>New</p><div class="moz-cite-prefix">On 2.11.2026 Ada wrote:</div><blockquote type="cite">Old</blockquote>`, "New", "Old", ""},
		{"outlook web", `<div>New</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> x</div><div>Old</div>`, "New", "Old", ""},
		{"outlook", `<div class="WordSection1"><p class="MsoNormal">New</p><div style="border-top: solid 1pt"><p><b>From:</b> Desk<br><b>Sent:</b> Monday<br><b>To:</b> Ada<br><b>Subject:</b> x</p></div><p>Old</p></div>`, "New", "Old", ""},
		{"separator", `<p>New</p><p>-----Original Message-----</p><p>Old</p>`, "New", "Old", ""},
		{"forward stays", `<div>Look</div><div class="gmail_quote">---------- Forwarded message ---------<br>Old</div>`, "Look", "", ""},
		{"only a quote stays", `<blockquote type="cite">Old</blockquote>`, "Old", "", ""},
		{"answers between stay", `<blockquote type="cite">one?</blockquote><p>yes</p><blockquote type="cite">two?</blockquote><p>no</p>`, "yes", "", ""},
	} {
		in := Sanitize(c.in)
		got := Fold(in)
		if again := Fold(got); again != got {
			t.Errorf("%s: folding twice: %s", c.name, again)
		}
		if c.quoted == "" {
			if got != in {
				t.Errorf("%s: changed: %s", c.name, got)
			}
			continue
		}
		before, after, ok := strings.Cut(got, `<details class="quoted">`)
		if !ok || !strings.Contains(before, c.fresh) || strings.Contains(before, c.quoted) || !strings.Contains(after, c.quoted) {
			t.Errorf("%s: %s", c.name, got)
		}
		if c.sig != "" && !strings.Contains(got, `<details class="signature"><summary>…</summary>`) {
			t.Errorf("%s: signature: %s", c.name, got)
		}
		if Sanitize(got) != got {
			t.Errorf("%s: sanitising changes what was folded: %s", c.name, Sanitize(got))
		}
	}
}

func TestText(t *testing.T) { // MAIL-4: text and HTML kept
	for _, c := range []struct{ in, want string }{
		{"<p>one</p><p>two</p>", "one\n\ntwo"},
		{"<div>one</div><div>two<br>three</div>", "one\ntwo\nthree"},
		{"a <b>b</b>  c\n d", "a b c d"},
		{"<ul><li>a<li>b<ol><li>c</ol></ul>", "- a\n- b\n  1. c"},
		{"<blockquote><p>a</p><p>b</p></blockquote>c", "> a\n>\n> b\n\nc"},
		{"<table><tr><th>k</th><td>v</td></tr><tr><td>x</td><td>y</td></tr></table>", "k v\nx y"},
		{`<a href="https://x.example/a">here</a>`, "here (https://x.example/a)"},
		{`<a href="https://x.example/">x.example</a>`, "x.example"},
		{`<a href="mailto:a@x.example">a@x.example</a>`, "a@x.example"},
		{"<pre>a\n  b</pre>", "a\n  b"},
		{`<img alt="logo" src="cid:x">`, "[logo]"},
		{`<div style="display:none">hidden</div>seen`, "seen"},
		{"a<hr>b", "a\n---\nb"},
		{"", ""},
	} {
		if got := Text(Sanitize(c.in)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.in, got, c.want)
		}
	}
}

func TestForwardedFrom(t *testing.T) { // MAIL-6
	for _, c := range []struct {
		subject, text string
		want          string
	}{
		{"Fwd: x", "From: A <a@x.example>\nDate: now\n", "A <a@x.example>"},
		{"Doorst: x", "Van: A <a@x.example>\nDatum: nu\n", "A <a@x.example>"},
		{"RV: x", "De: A <a@x.example>\nEnviado: hoy\n", "A <a@x.example>"},
		{"PD: x", "Od: A <a@x.example>\nWysłano: dziś\n", "A <a@x.example>"},
		{"VS: x", "Fra: A <a@x.example>\nSendt: nå\n", "A <a@x.example>"},
		{"x", "Begin forwarded message:\n\n> From: A\n> <a@x.example>\n> Subject: x\n", "A <a@x.example>"},
		{"Re: x", "From: A <a@x.example>\nSent: now\n", ""},
		{"Fwd: x", "From: now on it is fine", ""},
	} {
		got := ""
		if all := ForwardedFrom(c.subject, c.text); len(all) > 0 {
			got = all[0]
		}
		if got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.subject, c.text, got, c.want)
		}
	}
}
