package intake_test

import (
	"errors"
	"io"
	"testing"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/job"
)

func read(t *testing.T, r io.ReadCloser) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// intakeJob is the job of a raw message once more, as after a crash.
func intakeJob(tx *db.Tx, inbound int64) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: "intake.process", Args: map[string]int64{"inbound": inbound}})
	return err
}

func sendJob(tx *db.Tx, message int64) error {
	_, err := job.Enqueue(tx, job.Spec{Kind: conversation.SendKind, Args: conversation.SendArgs{Message: message}})
	return err
}

func arrivalOf(d *desk, in channel.Inbound) conversation.Arrival {
	return conversation.Arrival{Account: d.builtin, Inbound: in, EnvelopeTo: []string{"support@desk.localhost"}, ReceivedAt: d.clock.Now()}
}
