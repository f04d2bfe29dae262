package mime

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/channel"
)

var update = flag.Bool("update", false, "write what is read now as the expected result")

var received = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func testOptions() Options {
	return Options{
		ReceivedAt:      received,
		OwnAddresses:    func(a string) bool { return a == "support@desk.example" },
		TrustedAuthServ: func(id string) bool { return id == "mx.desk.example" },
	}
}

// TestGolden reads every mail in testdata and compares all that was understood: MAIL-3, MAIL-4, MAIL-5, MAIL-6, AUTO-7.
// Each phrase of MAIL-4 has its mails, by prefix: charset, encoding, nested, broken, tnef, calendar, smime, inline, empty.
func TestGolden(t *testing.T) {
	mails, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(mails) < 60 {
		t.Fatalf("%d mails, %v", len(mails), err)
	}
	for _, name := range mails {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".eml"), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			in, err := Parse(context.Background(), raw, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			wellFormed(t, in)
			golden := strings.TrimSuffix(name, ".eml") + ".golden"
			got := dump(in)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// dump writes an Inbound so that people can review it.
func dump(in channel.Inbound) string {
	var b strings.Builder
	line := func(name string, v any) {
		if s := fmt.Sprint(v); s != "" && s != "[]" && s != "{  }" {
			fmt.Fprintf(&b, "%s: %s\n", name, s)
		}
	}
	line("nature", in.Nature)
	line("message-id", in.MessageID)
	line("in-reply-to", in.InReplyTo)
	line("references", in.References)
	line("from", people(in.From))
	line("reply-to", people(in.ReplyTo...))
	line("to", people(in.To...))
	line("cc", people(in.Cc...))
	line("subject", in.Subject)
	line("sent", in.SentAt.Format(time.RFC3339))
	if in.Forwarded != nil {
		line("forwarded", people(*in.Forwarded))
	}
	line("auth", in.Auth)
	for _, a := range in.Bounced {
		line("bounced", fmt.Sprintf("%+v", a))
	}
	for _, a := range in.Attachments {
		line("attachment", fmt.Sprintf("%q %s %d bytes cid=%q inline=%v %q", a.Name, a.ContentType, a.Size, a.ContentID, a.Inline, cut(clean(string(a.Data)), 20)))
	}
	var keys []string
	for k := range in.Headers {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		line("header "+k, strings.Join(in.Headers[k], " | "))
	}
	for _, w := range in.Warnings {
		line("warning", w)
	}
	fmt.Fprintf(&b, "--- text\n%s\n--- visible\n%s\n", in.Text, in.Visible)
	if in.HTML != "" {
		fmt.Fprintf(&b, "--- html\n%s\n--- folded\n%s\n", in.HTML, FoldHTML(in.HTML))
	}
	return b.String()
}

func people(list ...channel.Address) string {
	var all []string
	for _, a := range list {
		all = append(all, strings.TrimSpace(a.Name+" <"+a.Email+">"))
	}
	return strings.Join(all, ", ")
}

// wellFormed checks what must hold for every mail.
func wellFormed(t interface {
	Helper()
	Errorf(string, ...any)
}, in channel.Inbound) {
	t.Helper()
	all := []string{in.MessageID, in.Subject, in.Text, in.HTML, in.Visible, in.From.Name, in.From.Email}
	all = append(all, in.InReplyTo...)
	all = append(all, in.References...)
	all = append(all, in.Warnings...)
	for _, a := range append(append(append([]channel.Address{}, in.To...), in.Cc...), in.ReplyTo...) {
		all = append(all, a.Name, a.Email)
	}
	for _, vs := range in.Headers {
		all = append(all, vs...)
	}
	for _, x := range in.Bounced {
		all = append(all, x.MessageID, x.Recipient, x.Status, x.Reason)
	}
	seen := map[string]bool{}
	for _, a := range in.Attachments {
		all = append(all, a.Name, a.ContentType, a.ContentID)
		if strings.ContainsAny(a.Name, "/\\\n\r") || a.Name == "" || a.Name == ".." || utf8.RuneCountInString(a.Name) > maxName+10 {
			t.Errorf("attachment name %q", a.Name)
		}
		if seen[strings.ToLower(a.Name)] {
			t.Errorf("attachment name %q twice", a.Name)
		}
		seen[strings.ToLower(a.Name)] = true
		if a.Size != int64(len(a.Data)) {
			t.Errorf("size of %q: %d, has %d", a.Name, a.Size, len(a.Data))
		}
	}
	for _, s := range all {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Errorf("not clean: %q", s)
		}
	}
	if in.MessageID == "" || strings.ContainsAny(in.MessageID, "<>") {
		t.Errorf("message id %q", in.MessageID)
	}
	if in.Nature == "" {
		t.Errorf("no nature")
	}
	if len(in.References) > maxReferences || len(in.InReplyTo) > maxReferences {
		t.Errorf("%d references", len(in.References))
	}
}
