package page

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// What mail programs put before the history, by language: only the new words are left (MAIL-4).
func TestFreshByLanguage(t *testing.T) {
	headers := map[string][]string{
		"english":    {"From: Desk <d@x.example>", "Sent: Monday, 2 November 2026 10:00", "To: Ada", "Subject: Lamp"},
		"german":     {"Von: Desk <d@x.example>", "Gesendet: Montag, 2. November 2026 10:00", "An: Ada", "Betreff: Lampe"},
		"dutch":      {"Van: Desk <d@x.example>", "Verzonden: maandag 2 november 2026 10:00", "Aan: Ada", "Onderwerp: Lamp"},
		"french":     {"De : Desk <d@x.example>", "Envoyé : lundi 2 novembre 2026 10:00", "À : Ada", "Objet : Lampe"},
		"spanish":    {"De: Desk <d@x.example>", "Enviado: lunes, 2 de noviembre de 2026", "Para: Ada", "Asunto: Lámpara"},
		"polish":     {"Od: Desk <d@x.example>", "Wysłano: poniedziałek, 2 listopada 2026", "Do: Ada", "Temat: Lampa"},
		"norwegian":  {"Fra: Desk <d@x.example>", "Sendt: mandag 2. november 2026", "Til: Ada", "Emne: Lampe"},
		"danish":     {"Fra: Desk <d@x.example>", "Dato: mandag 2. november 2026", "Til: Ada", "Emne: Lampe"},
		"swedish":    {"Från: Desk <d@x.example>", "Skickat: den 2 november 2026", "Till: Ada", "Ämne: Lampa"},
		"italian":    {"Da: Desk <d@x.example>", "Inviato: lunedì 2 novembre 2026", "A: Ada", "Oggetto: Lampada"},
		"portuguese": {"De: Desk <d@x.example>", "Enviado: segunda-feira", "Para: Ada", "Assunto: Lâmpada"},
		"starred":    {"*From:* Desk <d@x.example>", "*Sent:* Monday", "*To:* Ada", "*Subject:* Lamp"},
	}
	for name, lines := range headers {
		block := strings.Join(lines, "\n")
		for how, in := range map[string]string{
			"bare":         "New words.\n\n" + block + "\n\nold words",
			"under a rule": "New words.\n\n________________________________\n" + block + "\n\nold words",
			"marked":       "New words.\n\n> " + strings.ReplaceAll(block, "\n", "\n> ") + "\n> old words",
		} {
			if got := Fresh(in, ""); got != "New words." {
				t.Errorf("%s, %s: got %q", name, how, got)
			}
		}
	}
	for name, line := range map[string]string{
		"english":       "On Mon, Nov 2, 2026 at 10:00 AM, Desk <d@x.example> wrote:",
		"english, 24 h": "On 2/11/2026 10:00, Desk wrote:",
		"german":        "Am 02.11.2026 um 10:00 schrieb Desk:",
		"dutch":         "Op ma 2 nov 2026 om 10:00 schreef Desk <d@x.example>:",
		"french":        "Le 02/11/2026 à 10:00, Desk a écrit :",
		"spanish":       "El 2/11/26 a las 10:00, Desk escribió:",
		"italian":       "Il giorno lun 2 nov 2026 alle ore 10:00 Desk <d@x.example> ha scritto:",
		"portuguese":    "Em seg., 2 de nov. de 2026 às 10:00, Desk <d@x.example> escreveu:",
		"polish":        "W dniu 02.11.2026 o 10:00, Desk napisał:",
		"norwegian":     "Den 02.11.2026 10:00, skrev Desk:",
		"swedish":       "Den mån 2 nov. 2026 kl 10:00 skrev Desk <d@x.example>:",
	} {
		if got := Fresh("New words.\n\n"+line+"\n\n> old words\n> more\n", ""); got != "New words." {
			t.Errorf("attribution, %s: got %q", name, got)
		}
		if got := Fresh(line+"\n> old words\n\nNew words below.", ""); got != "New words below." {
			t.Errorf("answer below, %s: got %q", name, got)
		}
	}
	for name, line := range map[string]string{
		"english": "-----Original Message-----", "german": "-----Ursprüngliche Nachricht-----", "dutch": "-----Oorspronkelijk bericht-----", "french": "-----Message d'origine-----",
		"spanish": "-----Mensaje original-----", "polish": "-----Wiadomość oryginalna-----", "norwegian": "-----Opprinnelig melding-----", "danish": "-----Oprindelig meddelelse-----",
		"swedish": "-----Ursprungligt meddelande-----", "italian": "-----Messaggio originale-----", "portuguese": "-----Mensagem original-----",
	} {
		if got := Fresh("New words.\n\n"+line+"\nold words", ""); got != "New words." {
			t.Errorf("separator, %s: got %q", name, got)
		}
	}
}

func TestFreshWithoutAdvertising(t *testing.T) { // MAIL-4
	for _, line := range []string{
		"Sent from my iPhone", "Sent from Outlook for Android", "Sent from Mail for Windows", "Get Outlook for iOS", "Sent with Proton Mail secure email.", "Von meinem iPad gesendet",
		"Gesendet mit der GMX App", "Verzonden vanaf mijn iPhone", "Envoyé de mon iPhone", "Enviado desde mi iPhone", "Wysłane z iPhone'a", "Sendt fra min iPhone", "Skickat från min iPhone", "Inviato da iPhone",
	} {
		if got := Fresh("New words.\n\n"+line+"\n", ""); got != "New words." {
			t.Errorf("%s: got %q", line, got)
		}
		if said := line + " and it broke there, please help me with this order of mine today. " + strings.Repeat("It is a long story. ", 10); Fresh("Hello.\n"+said, "") == "Hello." {
			t.Errorf("%s: a person's long line was taken for an advertisement", line)
		}
	}
	if got := Fresh("Sent from my iPhone", ""); got != "Sent from my iPhone" {
		t.Errorf("a mail that is nothing else: %q", got)
	}
}

func TestFreshLeavesProseAlone(t *testing.T) { // MAIL-4: nothing a person says may vanish
	for _, in := range []string{
		"From: Berlin\nTo: Paris\nWe need two tickets.",
		"On the 2nd of May he wrote to me",
		"The steps:\n1. open\n2. it says: error",
		"> quoted first\n\nthen my answer",
		"a -- b\n-- is my list\n-- of dashes",
		"Date: it was on Monday",
		"Subject: lamp",
		"He wrote:\nplease",
		"Begin forwarded message is what it says",
		"---\nmarkdown\n---",
		"My signature is\n--\n" + strings.Repeat("not this long\n", 30) + "end",
	} {
		if got := Fresh(in, ""); got != strings.TrimSpace(in) {
			t.Errorf("%q became %q", in, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[A-Za-z ,.!?äé]{0,60}`), 0, 12).Draw(t, "lines"), "\n")
		if got := Fresh(text, ""); got != strings.TrimSpace(text) {
			t.Fatalf("%q became %q", text, got)
		}
		any := rapid.StringOfN(rapid.RuneFrom([]rune("> \n:-—_Oon wrotechib@2<>")), 0, 300, -1).Draw(t, "any")
		if got := Fresh(any, ""); strings.TrimSpace(any) != "" && got == "" || !utf8.ValidString(got) {
			t.Fatalf("%q became nothing", any)
		}
	})
}

// What programs write around history and signatures in HTML: the new words stay in sight, the old ones fold, none is lost.
func TestFoldByClient(t *testing.T) { // MAIL-4
	for name, in := range map[string]string{
		"gmail web":        `<div dir="ltr">New words</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Nov 2, 2026 at 10:00 AM Desk &lt;d@x.example&gt; wrote:<br></div><blockquote class="gmail_quote">Old words</blockquote></div>`,
		"gmail container":  `<div dir="ltr">New words</div><div class="gmail_quote gmail_quote_container"><div>On Mon, Nov 2, 2026 at 10:00 AM Desk &lt;d@x.example&gt; wrote:</div><blockquote>Old words</blockquote></div>`,
		"apple mail":       `<div>New words</div><div><br><blockquote type="cite"><div>On 2 Nov 2026, at 10:00, Desk wrote:</div><div>Old words</div></blockquote></div>`,
		"thunderbird":      `<p>New words</p><div class="moz-cite-prefix">Am 02.11.26 um 10:00 schrieb Desk:</div><blockquote type="cite" cite="mid:x"><p>Old words</p></blockquote>`,
		"outlook web":      `<div>New words</div><div id="appendonsend"></div><hr style="width:98%"><div id="divRplyFwdMsg"><font><b>From:</b> Desk</font></div><div>Old words</div>`,
		"outlook web x":    `<div>New words</div><hr><div id="x_divRplyFwdMsg"><b>From:</b> Desk</div><div>Old words</div>`,
		"outlook classic":  `<div><p>New words</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>Von:</b> Desk<br><b>Gesendet:</b> Montag<br><b>An:</b> Ada<br><b>Betreff:</b> x</p></div><p>Old words</p></div>`,
		"a separator line": `<p>New words</p><p>-----Ursprüngliche Nachricht-----</p><p>Old words</p>`,
	} {
		clean := Sanitize(in)
		got := Fold(clean)
		before, after, ok := strings.Cut(got, `<details class="quoted">`)
		if !ok || !strings.Contains(before, "New words") || strings.Contains(before, "Old words") || !strings.Contains(after, "Old words") {
			t.Errorf("%s: %s", name, got)
		}
		if Fold(got) != got || Sanitize(got) != got {
			t.Errorf("%s: folded or sanitised twice it changes: %s", name, got)
		}
		if fresh := Fresh(Text(clean), clean); fresh != "New words" {
			t.Errorf("%s: newly said is %q", name, fresh)
		}
	}
	for name, in := range map[string]string{
		"gmail":       `<div>New words</div><div class="gmail_signature">Ada<br>ACME</div>`,
		"thunderbird": `<p>New words</p><div class="moz-signature">-- <br>Ada</div>`,
		"outlook app": `<div>New words</div><div id="ms-outlook-mobile-signature">Get Outlook for iOS</div>`,
		"proton":      `<div>New words</div><div class="protonmail_signature_block">Sent with Proton</div>`,
	} {
		got := Fold(Sanitize(in))
		if before, _, ok := strings.Cut(got, `<details class="signature">`); !ok || !strings.Contains(before, "New words") {
			t.Errorf("signature, %s: %s", name, got)
		}
	}
}

// Whatever HTML comes: harmless, stable, within bounds, and its plain words are still there.
func TestSanitizeAnything(t *testing.T) { // MAIL-4, SEC-1
	piece := rapid.SampledFrom([]string{"<div>", "</div>", "<b", ">", "<p style='color:red;position:fixed'>", "<img src=", `"https://x.example/a.png"`, "<a href=javascript:x>", "</a>", "<table><td>",
		"<svg>", "</svg>", "<style>", "</style>", "<!--", "-->", "<blockquote type=cite>", "</blockquote>", "&lt;script&gt;", "&#106;avascript:", "<script>", "</script>", "\x00", "'", `"`, "ä", " onerror=x ", "<math><mtext>", "<![CDATA[", "]]>"})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 30).Draw(t, "html"), "")
		got := Sanitize(in)
		if p := unsafe(got); p != "" {
			t.Fatalf("%q became %q: %s", in, got, p)
		}
		if again := Sanitize(got); again != got {
			t.Fatalf("%q: once %q, twice %q", in, got, again)
		}
		if folded := Fold(got); unsafe(folded) != "" || Fold(folded) != folded {
			t.Fatalf("%q folded to %q", got, folded)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zäß0-9]{1,12}`), 1, 20).Draw(t, "words")
		tag := rapid.SampledFrom([]string{"p", "div", "b", "li", "td", "h1", "blockquote", "span", "pre", "center", "font"})
		var in strings.Builder
		for _, w := range words {
			name := tag.Draw(t, "tag")
			in.WriteString("<" + name + ">" + w + "</" + name + "> ")
		}
		text := Text(Sanitize(in.String()))
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Fatalf("%q is lost from %q: %q", w, in.String(), text)
			}
		}
	})
}
