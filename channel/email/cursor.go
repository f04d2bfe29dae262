package email

import (
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
)

// cursor is the place in an IMAP folder: everything up to uid is delivered.
//
// When a folder is first seen with history wanted, or its UIDVALIDITY has changed, mail is chosen by its date
// instead: of the UIDs up to bound, only those that arrived at or after since. Its written form is
// "<uidvalidity>:<uid>:<start>" or, while such a scan is under way, "<uidvalidity>:<uid>:<start>:<bound>:<since>".
type cursor struct {
	validity uint32
	uid      imap.UID
	start    int64 // Unix seconds: mail older than this was never wanted
	bound    imap.UID
	since    int64
}

func (c cursor) String() string {
	if c.bound == 0 {
		return fmt.Sprintf("%d:%d:%d", c.validity, c.uid, c.start)
	}
	return fmt.Sprintf("%d:%d:%d:%d:%d", c.validity, c.uid, c.start, c.bound, c.since)
}

// parseCursor returns false for what is not a cursor of ours, which is then as good as none.
func parseCursor(s string) (c cursor, ok bool) {
	n, _ := fmt.Sscanf(s, "%d:%d:%d:%d:%d", &c.validity, &c.uid, &c.start, &c.bound, &c.since)
	if (n != 3 && n != 5) || c.String() != s {
		return cursor{}, false
	}
	return c, true
}

// rescanDays bounds how far back a new UIDVALIDITY makes us look; intake tells what it has by the Message-ID.
const rescanDays = 30

// resume returns where to go on in a folder whose UIDVALIDITY is validity and whose next mail will get next.
func resume(saved string, validity uint32, next imap.UID, history time.Duration, now time.Time) cursor {
	c, ok := parseCursor(saved)
	switch {
	case ok && c.validity == validity:
		return c
	case ok:
		since := max(c.start, now.Add(-rescanDays*24*time.Hour).Unix())
		return cursor{validity: validity, start: c.start, bound: next - 1, since: since}
	case history > 0:
		start := now.Add(-history).Unix()
		return cursor{validity: validity, start: start, bound: next - 1, since: start}
	}
	return cursor{validity: validity, uid: next - 1, start: now.Unix()}
}

// scanned is the cursor after the choice by date is done.
func (c cursor) scanned() cursor {
	return cursor{validity: c.validity, uid: max(c.uid, c.bound), start: c.start}
}

// externalID names one mail of the folder.
func (c cursor) externalID(uid imap.UID) string { return fmt.Sprintf("imap:%d:%d", c.validity, uid) }
