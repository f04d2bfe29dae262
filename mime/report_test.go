package mime

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/channel"
)

// dsn is a report with this status part about the mail sent.1@desk.example.
func dsn(status string) []byte {
	return []byte("From: mailer-daemon@mx.example\r\nSubject: Report\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n" +
		"--b\r\n\r\nThe notice.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" + strings.ReplaceAll(status, "\n", "\r\n") +
		"\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <sent.1@desk.example>\r\nSubject: x\r\n\r\n--b--\r\n")
}

func fate(b channel.Bounced) string {
	word := "temporary"
	if b.Permanent {
		word = "permanent"
	}
	if b.Delivered {
		word = "delivered"
	}
	return b.Recipient + " " + word + " " + b.Status + " " + b.Reason
}

func TestDeliveryReports(t *testing.T) { // MAIL-5: RFC 3464
	const mta = "Reporting-MTA: dns; mx.example\n\n"
	for _, c := range []struct {
		name, status string
		nature       channel.Nature
		want         []string
	}{
		{"failed", mta + "Final-Recipient: rfc822; Ada@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user", channel.Bounce,
			[]string{"ada@x.example permanent 5.1.1 550 5.1.1 no such user"}},
		{"given up after days", mta + "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 4.4.1", channel.Bounce,
			[]string{"a@x.example permanent 4.4.1 The mail server refused it without a reason."}},
		{"delayed", mta + "Final-Recipient: rfc822; a@x.example\nAction: delayed\nStatus: 4.4.1", channel.Report,
			[]string{"a@x.example temporary 4.4.1 It is delayed; the mail server keeps trying."}},
		{"delivered", mta + "Final-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0", channel.Report, []string{"a@x.example delivered 2.0.0 It was delivered."}},
		{"relayed", mta + "Final-Recipient: rfc822; a@x.example\nAction: relayed\nStatus: 2.0.0", channel.Report, []string{"a@x.example delivered 2.0.0 It was delivered."}},
		{"two of three", mta + "Final-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0\n\nFinal-Recipient: rfc822; b@x.example\nAction: failed\nStatus: 5.2.2\n\nFinal-Recipient: rfc822; c@x.example\nAction: failed\nStatus: 5.7.1", channel.Bounce,
			[]string{"a@x.example delivered 2.0.0 It was delivered.", "b@x.example permanent 5.2.2 The mailbox is full.", "c@x.example permanent 5.7.1 The mail server refused it without a reason."}},
		{"forwarded on", mta + "Original-Recipient: rfc822;info@x.example\nFinal-Recipient: rfc822;ada@inner.example\nAction: failed\nStatus: 5.1.1", channel.Bounce,
			[]string{"info@x.example permanent 5.1.1 The address does not exist."}},
		{"status in the diagnosis", mta + "Final-Recipient: rfc822; a@x.example\nAction: failed\nDiagnostic-Code: smtp; 552 5.2.2 mailbox full", channel.Bounce,
			[]string{"a@x.example permanent 5.2.2 552 5.2.2 mailbox full"}},
		{"no action, a permanent status", mta + "Final-Recipient: rfc822; a@x.example\nStatus: 5.0.0", channel.Bounce, []string{"a@x.example permanent 5.0.0 The mail server refused it without a reason."}},
		{"no action, a temporary one", mta + "Final-Recipient: rfc822; a@x.example\nStatus: 4.0.0", channel.Report, []string{"a@x.example temporary 4.0.0 The mail server refused it without a reason."}},
		{"an action nobody knows", mta + "Final-Recipient: rfc822; a@x.example\nAction: pondered\nStatus: 5.1.2", channel.Bounce, []string{"a@x.example permanent 5.1.2 The address does not exist."}},
		{"an address in brackets", mta + "Final-Recipient: rfc822; <a@x.example>\nAction: FAILED (expired)\nStatus: 5.4.7 (expired)", channel.Bounce,
			[]string{"a@x.example permanent 5.4.7 The mail server refused it without a reason."}},
		{"an encoded diagnosis", mta + "Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; =?utf-8?q?Empf=C3=A4nger?= unbekannt", channel.Bounce,
			[]string{"a@x.example permanent 5.1.1 Empfänger unbekannt"}},
		{"no recipients at all", mta, channel.Report, nil},
		{"not fields at all", "the words of a poet\n\nand more of them", channel.Report, nil},
	} {
		in := mustParse(t, dsn(c.status))
		var got []string
		for _, b := range in.Bounced {
			got = append(got, fate(b))
			if b.MessageID != "sent.1@desk.example" {
				t.Errorf("%s: about %q", c.name, b.MessageID)
			}
		}
		if in.Nature != c.nature && !(len(c.want) == 0 && in.Nature == channel.Bounce) || strings.Join(got, "\n") != strings.Join(c.want, "\n") && len(c.want) > 0 {
			t.Errorf("%s: %s\n%s\nwant %s\n%s", c.name, in.Nature, strings.Join(got, "\n"), c.nature, strings.Join(c.want, "\n"))
		}
	}
}

func TestReportsAreBounded(t *testing.T) { // SEC-1
	var status strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&status, "Final-Recipient: rfc822; u%d@x.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; %s\n\n", i, strings.Repeat("x", 2000))
	}
	in := mustParse(t, dsn(status.String()))
	if n := len(in.Bounced); n == 0 || n > maxBounced+1 {
		t.Errorf("%d fates kept", n)
	}
	for _, b := range in.Bounced {
		if len(b.Reason) > 500 {
			t.Fatalf("a reason of %d bytes", len(b.Reason))
		}
	}
}

func TestReadReceipts(t *testing.T) { // MAIL-5: RFC 8098
	for disposition, want := range map[string]string{
		"manual-action/MDN-sent-manually; displayed":         "It was read.",
		"automatic-action/MDN-sent-automatically; deleted":   "It was deleted without being read.",
		"automatic-action/MDN-sent-automatically; processed": "The recipient's program confirmed it.",
	} {
		in := mustParse(t, []byte("From: ada@x.example\nSubject: Read: x\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"+
			"--b\n\nRead.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; Ada@x.example\nOriginal-Message-ID: <sent.2@desk.example>\nDisposition: "+disposition+"\n--b--\n"))
		if len(in.Bounced) != 1 || in.Nature != channel.Report || in.Bounced[0].Reason != want || in.Bounced[0].MessageID != "sent.2@desk.example" || in.Bounced[0].Recipient != "ada@x.example" || in.Bounced[0].Permanent {
			t.Errorf("%s: %s %+v", disposition, in.Nature, in.Bounced)
		}
	}
}

// Servers that write for people only (MAIL-5).
func TestProseBounces(t *testing.T) {
	for _, c := range []struct{ name, header, text, want, about string }{
		{"qmail", "", "Hi. This is the qmail-send program.\n\n<ada@x.example>:\n550 5.1.1 no mailbox here\n\n--- Below this line is a copy.\nMessage-ID: <sent.3@desk.example>\n", "ada@x.example permanent 5.1.1 550 5.1.1 no mailbox here", "sent.3@desk.example"},
		{"exim", "X-Failed-Recipients: ada@x.example, bob@x.example\n", "A message that you sent could not be delivered:\n  550 unrouteable address", "ada@x.example permanent  550 unrouteable address", ""},
		{"temporary", "", "ada@x.example\n451 4.3.0 try later", "ada@x.example temporary 4.3.0 451 4.3.0 try later", ""},
		{"temporary without status", "", "ada@x.example\n450 greylisted", "ada@x.example temporary  450 greylisted", ""},
		{"no code", "References: <a@x> <sent.4@desk.example>\n", "Your mail to ada@x.example was lost.", "ada@x.example permanent  Your mail to ada@x.example was lost.", "sent.4@desk.example"},
		{"not about our own address", "", "Mail from support@desk.example to ada@x.example: 550 no", "ada@x.example permanent  Mail from support@desk.example to ada@x.example: 550 no", ""},
		{"nobody named", "", "It could not be delivered. Sorry.", " permanent  It could not be delivered. Sorry.", ""},
	} {
		in := mustParse(t, []byte("From: mailer-daemon@mx.example\nSubject: Undelivered mail returned to sender\n"+c.header+"\n"+c.text))
		if in.Nature != channel.Bounce && !strings.Contains(c.want, "temporary") || len(in.Bounced) == 0 || fate(in.Bounced[0]) != c.want || in.Bounced[0].MessageID != c.about {
			t.Errorf("%s: %s %+v, want %s about %q", c.name, in.Nature, in.Bounced, c.want, c.about)
		}
	}
}

// The words of answering machines and mail servers, and sentences of people that resemble them (AUTO-7, MAIL-5).
func TestSubjectsOfMachinesAndPeople(t *testing.T) {
	for subject, want := range map[string]channel.Nature{
		"Automatic reply: Lamp":                           channel.AutoReply,
		"RE: Automatic reply: Lamp":                       channel.AutoReply,
		"AutoReply":                                       channel.AutoReply,
		"OOO: back on Monday":                             channel.AutoReply,
		"Out of the office until 3 May":                   channel.AutoReply,
		"Vacation response":                               channel.AutoReply,
		"Abwesenheitsnotiz: Lampe":                        channel.AutoReply,
		"Abwesend: bis Montag":                            channel.AutoReply,
		"AW: Automatische Antwort: Lampe":                 channel.AutoReply,
		"Afwezig: tot maandag":                            channel.AutoReply,
		"Absence du bureau":                               channel.AutoReply,
		"Fuera de la oficina":                             channel.AutoReply,
		"Risposta automatica: Lampada":                    channel.AutoReply,
		"Resposta automática: Lâmpada":                    channel.AutoReply,
		"Automatisk svar: Lampe":                          channel.AutoReply,
		"Frånvaro":                                        channel.AutoReply,
		"The lamp in the office is out":                   channel.Message,
		"Please switch the automatic reply off":           channel.Message,
		"Urlaub: Frage zur Rechnung":                      channel.Message,
		"Autonomous car question":                         channel.Message,
		"My package was not delivered":                    channel.Message,
		"Delivery failed! Where is my lamp?":              channel.Message,
		"Undeliverable: I got this from you, what is it?": channel.Message,
		"": channel.Message,
	} {
		got, why := LooksAutomatic(map[string][]string{}, channel.Address{Email: "ada@x.example"}, subject)
		if got != want {
			t.Errorf("%q is %s (%s), want %s", subject, got, why, want)
		}
	}
	for _, local := range []string{"noreply", "no-reply", "no_reply", "no.reply", "donotreply", "do-not-reply", "orders-noreply", "noreply-orders", "nepasrepondre", "ne-pas-repondre", "bounce", "bounces+x", "autoresponder"} {
		if got, _ := LooksAutomatic(map[string][]string{}, channel.Address{Email: local + "@shop.example"}, "Receipt"); got != channel.AutoReply {
			t.Errorf("%s@ is %s", local, got)
		}
	}
	for _, local := range []string{"ada", "norah", "replyall", "bouncer", "postman", "nora.reply.smith", "dont"} {
		if got, why := LooksAutomatic(map[string][]string{}, channel.Address{Email: local + "@shop.example"}, "Receipt"); got != channel.Message {
			t.Errorf("%s@ is %s (%s)", local, got, why)
		}
	}
}
