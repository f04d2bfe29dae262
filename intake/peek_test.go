package intake

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestOrderKey(t *testing.T) { // MAIL-3: mails of one chain are taken in order
	for name, c := range map[string]struct{ mail, want string }{
		"its own":              {"Message-ID: <a@x>\r\n\r\nbody", "a@x"},
		"what it answers":      {"Message-ID: <b@x>\nIn-Reply-To: <a@x>\n\nbody", "a@x"},
		"the first of a chain": {"message-id: <c@x>\r\nREFERENCES: <a@x>\r\n\t<b@x>\r\nIn-Reply-To: <b@x>\r\n\r\n", "a@x"},
		"words around it":      {"In-Reply-To: your mail of Monday <a@x>\r\n\r\n", "a@x"},
		"nothing":              {"Subject: hello\r\n\r\nReferences: <body@x>", "alone"},
		"empty":                {"", "alone"},
		"not a mail":           {"{\"json\": true}", "alone"},
		"cut":                  {"References: <a@x", "alone"},
		"too long":             {"References: <" + strings.Repeat("x", 300) + ">\r\n\r\n", "alone"},
		"no text":              {"References: <a\x00\xff@x>\r\n\r\n", "a\uFFFD@x"},
	} {
		if got := orderKey([]byte(c.mail), "alone"); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func FuzzPeek(f *testing.F) { // SEC-1
	f.Add([]byte("From: a@x\r\nReferences: <a@x>\r\n\r\nbody"))
	f.Add([]byte(" folded: first\r\n\r\n"))
	f.Add([]byte("A:\r\n b\r\n\x00\xff:\xfe"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, text := range []string{orderKey(body, "alone"), readable(first(headerOf(body), "Subject"))} {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\n") {
				t.Errorf("%q", text)
			}
		}
	})
}

func TestPause(t *testing.T) {
	if err := pause(t.Context(), time.Microsecond); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := pause(ended, time.Hour); err == nil {
		t.Error("slept on although the program stops")
	}
}
