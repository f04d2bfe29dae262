package channeltest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/channel"
)

// Suite is a channel to test.
type Suite struct {
	Kind channel.Kind
	// Open starts a far side and connects an account to it; both end with the test. What the far side pushes goes to
	// sink; what has to be fetched, the suite fetches by Run.
	Open func(t *testing.T, sink *Sink) Side
	// Hostile is input that Parse must survive, besides what the suite has.
	Hostile map[string][]byte
}

// Side is the far side of a connected account, as its test drives it. Functions that do not apply are nil.
type Side struct {
	Channel channel.Channel

	// Fetches says that Run fetches; otherwise what arrives is pushed, by a listener or a webhook.
	Fetches bool
	// Arrive makes one message with the subject arrive, and returns when the far side has offered it once.
	Arrive func(t *testing.T, subject string)
	// Again makes the far side offer once more all that ever arrived, as after a lost acknowledgement.
	Again func(t *testing.T)
	// Acknowledged counts the messages that the far side was told are taken; nil if it is not told.
	Acknowledged func() int

	// Outbound is a complete message with the id.
	Outbound func(id string) channel.Outbound
	// Accepted lists the ids of the messages that the far side accepted, in order.
	Accepted func() []string
	// Refuse makes the far side refuse the next message.
	Refuse func(t *testing.T, temporary bool)
	// Vanish makes the far side unreachable for good.
	Vanish func()
}

// Run tests a channel (CHAN-2, CHAN-3, CHAN-4).
func Run(t *testing.T, s Suite) {
	t.Helper()
	t.Run("kind", func(t *testing.T) { testKind(t, s.Kind) })
	for _, c := range []struct {
		name  string
		needs func(Side) bool
		test  func(*testing.T, Side, *Sink)
	}{
		{"stored before acknowledged", receives, storedFirst},
		{"not stored is offered again", receives, offeredAgain},
		{"delivered twice is stored once", receives, storedOnce},
		{"what arrived can be read", receives, readable},
		{"send", sends, send},
		{"sent twice has one id", sends, sendTwice},
		{"refused for now", sends, refusedForNow},
		{"refused for good", sends, refusedForGood},
		{"far side gone", sends, farSideGone},
		{"send gives up with its context", sends, sendCancelled},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink := &Sink{}
			side := s.Open(t, sink)
			if c.needs(side) {
				c.test(t, side, sink)
			}
		})
	}
	t.Run("hostile input", func(t *testing.T) {
		sink := &Sink{}
		if p, ok := s.Open(t, sink).Channel.(channel.Parser); ok {
			survives(t, p, s.Hostile)
		}
	})
}

func receives(s Side) bool { return s.Arrive != nil }
func sends(s Side) bool    { return s.Outbound != nil }

// running runs the receiver as the product's runner does: again after an error, until the returned function is
// called, which checks that Run then ends without one.
func running(t *testing.T, side Side, sink *Sink) {
	t.Helper()
	receiver, ok := side.Channel.(channel.Receiver)
	if !ok {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		var err error
		for range 50 {
			if err = receiver.Run(ctx, sink); ctx.Err() != nil {
				break
			}
		}
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("Run ended with %v", err)
			}
		case <-time.After(patience):
			t.Error("Run does not end with its context")
		}
	})
	if side.Fetches {
		sink.Await(t, "the receiver's first success", func() bool { return sink.Successes() > 0 })
	}
}

func storedFirst(t *testing.T, side Side, sink *Sink) {
	running(t, side, sink)
	release := sink.Hold()
	defer release()
	offered := make(chan struct{})
	go func() {
		defer close(offered)
		side.Arrive(t, "held")
	}()
	sink.Await(t, "the delivery", func() bool { return sink.Attempts() > 0 })
	if side.Acknowledged != nil && side.Acknowledged() != 0 {
		t.Error("the message was acknowledged before it was stored")
	}
	release()
	sink.AwaitStored(t, 1)
	<-offered
	if side.Acknowledged != nil && side.Acknowledged() != 1 {
		t.Errorf("%d messages were acknowledged, want 1", side.Acknowledged())
	}
}

func offeredAgain(t *testing.T, side Side, sink *Sink) {
	sink.FailNext(1)
	running(t, side, sink)
	side.Arrive(t, "refused at first")
	sink.Await(t, "the failing delivery", func() bool { return sink.Attempts() > 0 })
	if side.Acknowledged != nil && side.Acknowledged() != 0 {
		t.Error("a message that could not be stored was acknowledged")
	}
	side.Again(t)
	if got := sink.AwaitStored(t, 1); !strings.Contains(string(got[0].Body), "refused at first") {
		t.Errorf("stored %q", got[0].Body)
	}
}

func storedOnce(t *testing.T, side Side, sink *Sink) {
	running(t, side, sink)
	side.Arrive(t, "one")
	sink.AwaitStored(t, 1)
	side.Again(t)
	side.Arrive(t, "two")
	side.Arrive(t, "three")
	side.Again(t)
	got := sink.AwaitStored(t, 3)
	var subjects []string
	for _, raw := range got {
		for _, s := range []string{"one", "two", "three"} {
			if strings.Contains(string(raw.Body), s) {
				subjects = append(subjects, s)
			}
		}
		if raw.ExternalID == "" || raw.ReceivedAt.IsZero() {
			t.Errorf("incomplete: %+v", raw)
		}
	}
	if fmt.Sprint(subjects) != "[one two three]" {
		t.Errorf("stored %v, want each once and in order", subjects)
	}
}

func readable(t *testing.T, side Side, sink *Sink) {
	parser, ok := side.Channel.(channel.Parser)
	if !ok {
		return
	}
	running(t, side, sink)
	side.Arrive(t, "readable words")
	raw := sink.AwaitStored(t, 1)[0]
	in, err := parser.Parse(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if in.MessageID == "" || !strings.Contains(in.Subject+in.Text, "readable words") {
		t.Errorf("read as %+v", in)
	}
}

func send(t *testing.T, side Side, _ *Sink) {
	receipt, err := side.Channel.Send(t.Context(), side.Outbound("first@test"))
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Detail == "" && receipt.ProviderID == "" {
		t.Error("the receipt says nothing")
	}
	if got := side.Accepted(); fmt.Sprint(got) != "[first@test]" {
		t.Errorf("the far side accepted %v", got)
	}
}

func sendTwice(t *testing.T, side Side, _ *Sink) {
	for range 2 {
		if _, err := side.Channel.Send(t.Context(), side.Outbound("same@test")); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range side.Accepted() {
		if id != "same@test" {
			t.Errorf("the far side saw the id %q, by which it cannot tell the repetition", id)
		}
	}
}

func refusedForNow(t *testing.T, side Side, _ *Sink)  { refused(t, side, true) }
func refusedForGood(t *testing.T, side Side, _ *Sink) { refused(t, side, false) }

func refused(t *testing.T, side Side, temporary bool) {
	if side.Refuse == nil {
		return
	}
	side.Refuse(t, temporary)
	_, err := side.Channel.Send(t.Context(), side.Outbound("refused@test"))
	checkSendError(t, err, temporary)
	if got := side.Accepted(); len(got) != 0 {
		t.Errorf("the far side accepted %v", got)
	}
	if _, err := side.Channel.Send(t.Context(), side.Outbound("refused@test")); err != nil {
		t.Errorf("the next try: %v", err)
	}
}

func farSideGone(t *testing.T, side Side, _ *Sink) {
	if side.Vanish == nil {
		return
	}
	side.Vanish()
	_, err := side.Channel.Send(t.Context(), side.Outbound("lost@test"))
	checkSendError(t, err, true)
}

func sendCancelled(t *testing.T, side Side, _ *Sink) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := side.Channel.Send(ctx, side.Outbound("cancelled@test")); err == nil {
		t.Error("Send said yes although its context had ended")
	}
}

func checkSendError(t *testing.T, err error, temporary bool) {
	t.Helper()
	var e *channel.SendError
	switch {
	case !errors.As(err, &e):
		t.Fatalf("got %v, want a SendError", err)
	case e.Temporary != temporary:
		t.Errorf("temporary is %v, want %v: %v", e.Temporary, temporary, err)
	case len(e.Message) < 10 || !strings.HasSuffix(e.Message, "."):
		t.Errorf("the message is no sentence for an agent: %q", e.Message)
	}
}
