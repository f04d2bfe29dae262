package intake

import (
	"context"
	"errors"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Published is a message that an app hands over, and waits for what becomes of it.
type Published struct {
	Account account.Account
	By      people.Actor
	Raw     channel.Raw
	Uploads []int64             // files that By uploaded for the message
	Files   []conversation.File // the account's, which By may read
	Contact int64               // who it is with, where the app knows; 0 where the address says
}

const selectTaken = "SELECT coalesce(message_id, 0) FROM inbound WHERE account_id = $1 AND external_id = $2"

// Accept takes in a message while its sender waits, and returns the message that was made of it: what Deliver and its job do, in
// one commit. The same ExternalID again returns the first message and changes nothing (CHAN-3). Nothing of what is refused is
// kept, for its sender hears why.
func (s *Service) Accept(ctx context.Context, p Published) (message int64, err error) {
	a := arrival{account: p.Account, raw: p.Raw}
	in, err := s.parse(ctx, &a)
	if err != nil {
		return 0, err
	}
	d, err := s.delivery(ctx, p.Account.ID, p.Raw)
	if err != nil {
		return 0, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		row, made, fresh, err := d.settled(tx, in)
		if err != nil {
			return err
		}
		if !fresh {
			message, err = db.Value[int64](tx, selectTaken, p.Account.ID, d.raw.ExternalID)
			return err
		}
		message, err = s.receive(tx, conversation.Arrival{ID: made, Account: p.Account, Inbound: in, EnvelopeTo: p.Raw.EnvelopeTo, ReceivedAt: d.raw.ReceivedAt,
			RawID: row, RawKey: d.body.key, Uploads: p.Uploads, Files: p.Files, Contact: p.Contact, By: p.By})
		return err
	})
	var unplaced *conversation.Unplaced
	if errors.As(err, &unplaced) {
		return 0, errs.New(errs.Invalid, unplaced.Reason, err)
	}
	return message, err
}
