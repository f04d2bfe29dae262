package ticket

import (
	"context"
	"encoding/json"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// WakeHandler ends snoozes when they are due.
func (s *Service) WakeHandler(d *db.DB) job.Handler {
	return job.Handler{Kind: snoozeKind, Run: func(ctx context.Context, run job.Run) error {
		var args snoozeArgs
		if err := json.Unmarshal(run.Args, &args); err != nil {
			return job.Permanent(err)
		}
		return d.Write(ctx, func(tx *db.Tx) error {
			r, err := s.records.Get(tx, people.System, Object, args.Ticket)
			if err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
			if err == nil && ParseDateTime(r.Properties[SnoozedUntil]).UnixMicro() == args.Until {
				if err := s.Wake(tx, people.Automation, args.Ticket); err != nil {
					return err
				}
			}
			return run.Complete(tx)
		})
	}}
}
