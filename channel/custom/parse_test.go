package custom_test

import (
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

func parse(t *testing.T, body string) (channel.Inbound, error) {
	t.Helper()
	p, ok := newFar().open(t).(channel.Parser)
	if !ok {
		t.Fatal("the channel reads nothing")
	}
	return p.Parse(t.Context(), channel.Raw{ExternalID: "m1", ReceivedAt: now, Body: []byte(body)})
}

const full = `{"messageDirection":"INCOMING","channelAccountId":"7","integrationThreadId":"chat-1","integrationIdempotencyId":"m1","timestamp":"2026-11-02T08:00:00+01:00",
"text":"  Hello\nthere ","richText":"<p onclick=x()>Hello <b>there</b></p><script>x</script>","attachments":[],
"senders":[{"name":" Ann\n Lee ","deliveryIdentifier":{"type":"CHANNEL_SPECIFIC_OPAQUE_ID","value":" Ann/7 "}}],
"recipients":[{"name":"Us","deliveryIdentifier":{"type":"HS_EMAIL_ADDRESS","value":"Shop@Example.org"}},{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"+31 20 123"}}]}`

func TestWhatAnAppPublishes(t *testing.T) { // API-9
	in, err := parse(t, full)
	if err != nil {
		t.Fatal(err)
	}
	if in.Text != "Hello\nthere" || in.Visible != in.Text || strings.Contains(in.HTML, "onclick") || strings.Contains(in.HTML, "script") || !strings.Contains(in.HTML, "<b>there</b>") {
		t.Errorf("said %q, %q", in.Text, in.HTML)
	}
	if in.From != (channel.Address{Name: "Ann Lee", Email: "Ann/7", Type: channel.Opaque}) {
		t.Errorf("from %+v", in.From)
	}
	if len(in.To) != 2 || in.To[0] != (channel.Address{Name: "Us", Email: "shop@example.org"}) || in.To[1] != (channel.Address{Email: "+31 20 123", Type: channel.Phone}) {
		t.Errorf("to %+v", in.To)
	}
	if in.ThreadKey != "chat-1" || in.MessageID != "m1@channel" || in.Outgoing || in.Nature != channel.Message || !in.SentAt.Equal(time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", in)
	}
}

// Where the app leaves threads to us, one is with one person, in either direction.
func TestThreadsWithoutName(t *testing.T) { // API-9
	unnamed := strings.Replace(full, `"chat-1"`, `""`, 1)
	in, err := parse(t, unnamed)
	if err != nil || in.ThreadKey != "with:CHANNEL_SPECIFIC_OPAQUE_ID:Ann/7" {
		t.Fatalf("%q, %v", in.ThreadKey, err)
	}
	back := strings.NewReplacer(`"INCOMING"`, `"OUTGOING"`, `"senders"`, `"recipients"`, `"recipients"`, `"senders"`).Replace(unnamed)
	out, err := parse(t, back)
	if err != nil || !out.Outgoing || out.ThreadKey != in.ThreadKey {
		t.Errorf("%q, %v", out.ThreadKey, err)
	}
	other, err := parse(t, strings.Replace(unnamed, "Ann/7", "ann/7", 1))
	if err != nil || other.ThreadKey == in.ThreadKey {
		t.Errorf("%q, %v", other.ThreadKey, err)
	}
}

func TestTextsThatAreNotThere(t *testing.T) { // API-9
	rich, err := parse(t, strings.Replace(full, `"  Hello\nthere "`, `""`, 1))
	if err != nil || strings.TrimSpace(rich.Text) != "Hello there" {
		t.Errorf("of rich text alone %q, %v", rich.Text, err)
	}
	file := `{"messageDirection":"INCOMING","text":"","attachments":[{"type":"FILE","fileId":"1"}],"senders":[{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"1"}}],
"recipients":[{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"2"}}]}`
	if in, err := parse(t, file); err != nil || in.Text != "" || !in.SentAt.Equal(now) {
		t.Errorf("a file alone: %+v, %v", in, err)
	}
}

func TestPublicationsThatCannotBe(t *testing.T) { // API-4, API-9
	for name, change := range map[string][2]string{
		"direction":      {`"INCOMING"`, `"SIDEWAYS"`},
		"no direction":   {`"INCOMING"`, `""`},
		"no senders":     {`"senders"`, `"nobody"`},
		"no recipients":  {`"recipients"`, `"nobody"`},
		"type":           {`"CHANNEL_SPECIFIC_OPAQUE_ID"`, `"HS_SMELL"`},
		"no type":        {`"CHANNEL_SPECIFIC_OPAQUE_ID"`, `""`},
		"no value":       {`" Ann/7 "`, `"  "`},
		"long value":     {`" Ann/7 "`, `"` + strings.Repeat("x", 400) + `"`},
		"time":           {`2026-11-02T08:00:00+01:00`, `yesterday`},
		"old time":       {`2026-11-02T08:00:00+01:00`, `0001-01-01T00:00:00Z`},
		"thread":         {`"chat-1"`, `"` + strings.Repeat("x", 400) + `"`},
		"text":           {`"  Hello\nthere "`, `"` + strings.Repeat("x", 300<<10) + `"`},
		"number as text": {`"  Hello\nthere "`, `7`},
	} {
		if _, err := parse(t, strings.Replace(full, change[0], change[1], 1)); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	many := strings.Repeat(`{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"1"}},`, 200)
	if _, err := parse(t, strings.Replace(full, `"recipients":[`, `"recipients":[`+many, 1)); !errs.Is(err, errs.Invalid) {
		t.Errorf("many people: %v", err)
	}
}

// What strangers send through an app never breaks us.
func FuzzPublications(f *testing.F) {
	for _, seed := range []string{full, `{}`, `[]`, `null`, `{"senders":[{}]}`, strings.Replace(full, "Ann", "\\u0000\\ud800", 3)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in, err := parse(t, string(body))
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		all := in.Text + in.HTML + in.From.Name + in.From.Email + in.ThreadKey + in.MessageID
		if strings.Contains(all, "\x00") || strings.ToValidUTF8(all, "") != all || in.From.Email == "" || len(in.To) == 0 || in.ThreadKey == "" {
			t.Errorf("read as %+v", in)
		}
	})
}
