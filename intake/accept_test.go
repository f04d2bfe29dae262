package intake_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/people"
)

var app = people.LimitedApp(77, "Chat", []string{"conversations.custom_channels.write"})

// chatLine connects an account of an app's channel.
func (d *desk) chatLine() (a account.Account) {
	d.t.Helper()
	d.do(func(tx *db.Tx) error {
		r, err := d.accounts.Register(tx, app, account.Registered{Name: "Chat", Capabilities: json.RawMessage(`{"deliveryIdentifierTypes":["HS_PHONE_NUMBER"]}`)})
		d.must(err)
		a, err = d.accounts.Connected(tx, app, r.ID, account.Input{Name: "Line", Address: "+31201234567", Type: channel.Phone})
		return err
	})
	return a
}

func published(a account.Account, key, text string) intake.Published {
	body := fmt.Sprintf(`{"messageDirection":"INCOMING","text":%q,"integrationThreadId":"t","senders":[{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"+31207654321"}}],
"recipients":[{"deliveryIdentifier":{"type":"HS_PHONE_NUMBER","value":"+31201234567"}}]}`, text)
	return intake.Published{Account: a, By: app, Raw: channel.Raw{ExternalID: key, EnvelopeTo: []string{a.Address}, Body: []byte(body)}}
}

// Who waits for it hears what became of the message, once and for all.
func TestAMessageIsTakenWhileItsSenderWaits(t *testing.T) { // API-9, CHAN-2, CHAN-3
	each(t, func(t *testing.T, d *desk) {
		line := d.chatLine()
		first, err := d.intake.Accept(ctx, published(line, "k1", "Hello"))
		d.must(err)
		if again, err := d.intake.Accept(ctx, published(line, "k1", "Hello, but different")); err != nil || again != first {
			t.Errorf("again: %d, %v", again, err)
		}
		second, err := d.intake.Accept(ctx, published(line, "k2", "Are you there?"))
		if err != nil || second == first {
			t.Errorf("the next: %d, %v", second, err)
		}
		var m conversation.Message
		d.do(func(tx *db.Tx) (err error) { m, err = d.conv.Message(tx, people.System, second); return err })
		if m.Text != "Are you there?" || m.From.Type != channel.Phone || !m.HasOriginal() || m.Ticket == 0 {
			t.Errorf("%+v", m)
		}
		original, err := d.intake.Original(ctx, people.System, second)
		d.must(err)
		defer original.Close()
		var kept struct{ Text string }
		if err := json.NewDecoder(original).Decode(&kept); err != nil || kept.Text != "Are you there?" {
			t.Errorf("original %+v, %v", kept, err)
		}
	})
}

// Many calls of one message at a time make one message.
func TestAMessageThatComesManyTimesAtOnce(t *testing.T) { // API-9, CHAN-3
	each(t, func(t *testing.T, d *desk) {
		line := d.chatLine()
		var all sync.WaitGroup
		got := make([]int64, 8)
		for i := range got {
			all.Go(func() {
				n, err := d.intake.Accept(ctx, published(line, fmt.Sprint("k", i%2), fmt.Sprint("Hello ", i%2)))
				if err != nil {
					t.Error(err)
				}
				got[i] = n
			})
		}
		all.Wait()
		for i, n := range got {
			if n == 0 || n != got[i%2] {
				t.Errorf("messages %v", got)
			}
		}
		var threads map[int64]bool
		d.do(func(tx *db.Tx) error {
			threads = map[int64]bool{}
			for _, n := range got {
				m, err := d.conv.Message(tx, people.System, n)
				if err != nil {
					return err
				}
				threads[m.Thread] = true
			}
			return nil
		})
		if len(threads) != 1 {
			t.Errorf("of one chat %d threads were made", len(threads))
		}
	})
}

// What is refused leaves nothing, so that the sender can mend it and send it under the same key.
func TestWhatIsRefusedLeavesNothing(t *testing.T) { // API-9
	each(t, func(t *testing.T, d *desk) {
		line := d.chatLine()
		bad := published(line, "k1", "Hello")
		bad.Contact = 12
		for name, p := range map[string]intake.Published{"contact": bad, "text": published(line, "k1", ""), "file": {Account: line, By: app, Raw: published(line, "k1", "x").Raw, Uploads: []int64{7}}} {
			if _, err := d.intake.Accept(ctx, p); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n, err := d.intake.Accept(ctx, published(line, "k1", "Hello")); err != nil || n == 0 {
			t.Errorf("mended: %d, %v", n, err)
		}
		d.do(func(tx *db.Tx) error {
			if all, err := d.intake.Asides(tx, people.System); err != nil || len(all) != 0 {
				t.Errorf("kept aside: %+v, %v", all, err)
			}
			return nil
		})
		large := published(line, "k2", strings.Repeat("long ", 20_000))
		if n, err := d.intake.Accept(ctx, large); err != nil || n == 0 {
			t.Errorf("a large one: %d, %v", n, err)
		}
	})
}
