package channels

import (
	"context"
	"errors"
	"time"

	"github.com/deskbell/deskbell/api/wire"
	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Outcome is what trying a channel came to.
type Outcome struct {
	OK      bool   `json:"ok"`
	Message string `json:"message" doc:"In plain words, what is wrong or that nothing is."`
}

type testInput struct {
	wire.One
	Body *struct {
		Settings map[string]string `json:"settings,omitempty" doc:"Changed ones; the others are as they were saved."`
	}
}

func (r *routes) test(ctx context.Context, by people.Actor, in *testInput) (*wire.Answer[Outcome], error) {
	var n account.Input
	if in.Body != nil && in.Body.Settings != nil {
		err := r.db.Read(ctx, func(tx *db.Tx) error {
			a, err := r.accounts.Get(tx, in.ID)
			n.Settings = r.kept(a.Kind, in.Body.Settings)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return r.try(ctx, by, in.ID, n)
}

type testNewInput struct {
	Body struct {
		Kind     string            `json:"kind" maxLength:"50"`
		Name     string            `json:"name,omitempty" maxLength:"200"`
		Address  string            `json:"address" maxLength:"320"`
		Settings map[string]string `json:"settings,omitempty"`
	}
}

func (r *routes) testNew(ctx context.Context, by people.Actor, in *testNewInput) (*wire.Answer[Outcome], error) {
	return r.try(ctx, by, 0, account.Input{Kind: in.Body.Kind, Address: in.Body.Address, Settings: in.Body.Settings})
}

const testTime = 25 * time.Second // below what a request may take, so that the answer is ours

// try tells a wrong form from a far side that does not answer: the first is the request's error.
func (r *routes) try(ctx context.Context, by people.Actor, id int64, n account.Input) (*wire.Answer[Outcome], error) {
	ctx, cancel := context.WithTimeout(ctx, testTime)
	defer cancel()
	err := r.accounts.Test(ctx, by, id, n)
	if err == nil {
		return wire.Of(Outcome{true, "It works."}), nil
	}
	if k := errs.KindOf(err); k == errs.Invalid || k == errs.Denied || k == errs.NotFound {
		return nil, err
	}
	return wire.Of(Outcome{false, words(err)}), nil
}

// words are what an admin who connects a server needs to read of a failure.
func words(err error) string {
	var refused *channel.SendError
	switch e := errs.As(err); {
	case errors.As(err, &refused):
		return refused.Message
	case errors.Is(err, context.DeadlineExceeded):
		return "The server did not answer in time."
	case e != nil && e.Cause != nil:
		return e.Message + " " + e.Cause.Error()
	}
	return err.Error()
}
