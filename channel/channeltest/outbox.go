package channeltest

import (
	"context"
	"slices"
	"sync"

	"github.com/deskbell/deskbell/channel"
)

// Kept is one message of an Outbox.
type Kept struct {
	MessageID, From string
	To              []string
	Source          []byte
}

// Outbox is a channel.Outbox in memory. Its zero value is ready.
type Outbox struct {
	mu   sync.Mutex
	kept []Kept
}

var _ channel.Outbox = (*Outbox)(nil)

// Keep implements channel.Outbox.
func (o *Outbox) Keep(ctx context.Context, messageID, from string, to []string, source []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.ContainsFunc(o.kept, func(k Kept) bool { return k.MessageID == messageID }) {
		o.kept = append(o.kept, Kept{messageID, from, slices.Clone(to), slices.Clone(source)})
	}
	return ctx.Err()
}

// All returns what was kept, in order.
func (o *Outbox) All() []Kept {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.kept)
}
