package email

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/deskbell/deskbell/channel"
	"github.com/deskbell/deskbell/errs"
)

// maxFolder is how many mails of a folder are believed.
const maxFolder = 10_000_000

// fetchLimits bound what is held in memory at once.
type fetchLimits struct {
	whole  int64 // bytes of one mail fetched whole; of a larger one only the header is
	group  int64 // bytes fetched in one command, unless one mail alone is more
	count  int   // mails looked at in one command
	header int64 // bytes of a header
}

var defaultFetchLimits = fetchLimits{whole: maxReceive, group: 8 << 20, count: 100, header: 256 << 10}

// found is one mail that waits to be fetched.
type found struct {
	uid  imap.UID
	size int64
	date time.Time
}

// catchUp delivers everything after the cursor.
func (s *session) catchUp(ctx context.Context, sink channel.Sink) error {
	if s.at.bound > 0 {
		// SINCE knows whole days in the server's zone; the exact choice follows on INTERNALDATE.
		day := time.Unix(s.at.since, 0).UTC().AddDate(0, 0, -1)
		if err := s.deliverRange(ctx, sink, s.at.bound, &imap.SearchCriteria{Since: day}); err != nil {
			return err
		}
		s.at = s.at.scanned()
		if err := s.save(ctx, sink); err != nil {
			return err
		}
	}
	return s.deliverRange(ctx, sink, 0, &imap.SearchCriteria{})
}

// deliverRange delivers the mail after the cursor up to last (0 is the end) that matches the criteria.
func (s *session) deliverRange(ctx context.Context, sink channel.Sink, last imap.UID, criteria *imap.SearchCriteria) error {
	uids, err := s.search(s.at.uid+1, last, criteria)
	if err != nil {
		return s.explain(err)
	}
	for batch := range slices.Chunk(uids, s.m.limits.count) {
		mails, err := s.sizes(batch)
		if err != nil {
			return s.explain(err)
		}
		for len(mails) > 0 {
			n := s.groupLength(mails)
			if err := s.deliverGroup(ctx, sink, mails[:n]); err != nil {
				return err
			}
			mails = mails[n:]
		}
	}
	return nil
}

// search lists the UIDs from first to last (0 is the end), ascending. A range that ends in "*" always matches the
// last mail of a folder, even when that comes before first.
func (s *session) search(first, last imap.UID, criteria *imap.SearchCriteria) ([]imap.UID, error) {
	criteria.UID = []imap.UIDSet{{{Start: first, Stop: last}}}
	var data *imap.SearchData
	err := s.ask(func() (err error) {
		data, err = s.client.UIDSearch(criteria, nil).Wait()
		return err
	})
	if err != nil {
		return nil, err
	}
	set, _ := data.All.(imap.UIDSet)
	if !reasonable(set) {
		return nil, errs.New(errs.Unavailable, "The IMAP server answered a search with more mail than a folder can hold.", nil)
	}
	all, _ := set.Nums()
	all = slices.DeleteFunc(all, func(uid imap.UID) bool { return uid < first || last != 0 && uid > last })
	slices.Sort(all)
	return slices.Compact(all), nil
}

// reasonable refuses open and absurd ranges, which would fill the memory when written out.
func reasonable(set imap.UIDSet) bool {
	total := int64(0)
	for _, r := range set {
		if r.Start == 0 || r.Stop < r.Start {
			return false
		}
		total += int64(r.Stop-r.Start) + 1
	}
	return total <= maxFolder
}

func (s *session) highest() (imap.UID, error) {
	uids, err := s.search(1, 0, &imap.SearchCriteria{})
	if err != nil || len(uids) == 0 {
		return 0, err
	}
	return uids[len(uids)-1], nil
}

// sizes learns size and arrival of each mail; one that vanished meanwhile, or is older than a scan wants, is left out.
func (s *session) sizes(uids []imap.UID) ([]found, error) {
	var all []*imapclient.FetchMessageBuffer
	err := s.ask(func() (err error) {
		all, err = s.client.Fetch(imap.UIDSetNum(uids...), &imap.FetchOptions{UID: true, RFC822Size: true, InternalDate: true}).Collect()
		return err
	})
	if err != nil {
		return nil, err
	}
	var mails []found
	for _, b := range all {
		old := s.at.bound > 0 && b.InternalDate.Unix() < s.at.since
		if _, asked := slices.BinarySearch(uids, b.UID); asked && !old {
			mails = append(mails, found{b.UID, b.RFC822Size, b.InternalDate})
		}
	}
	slices.SortFunc(mails, func(a, b found) int { return cmp.Compare(a.uid, b.uid) })
	return slices.CompactFunc(mails, func(a, b found) bool { return a.uid == b.uid }), nil
}

// groupLength is how many of the mails to fetch with one command: at least one.
func (s *session) groupLength(mails []found) int {
	total := mails[0].size
	n := 1
	for n < len(mails) && total+mails[n].size <= s.m.limits.group {
		total += mails[n].size
		n++
	}
	return n
}

// deliverGroup fetches and delivers mails, and only then moves the cursor (CHAN-2): after a crash in between they
// come again under the same ids, which changes nothing.
func (s *session) deliverGroup(ctx context.Context, sink channel.Sink, mails []found) error {
	bodies, err := s.bodies(mails)
	if err != nil {
		return s.explain(err)
	}
	var failed, unfiled error
	for _, mail := range mails {
		if body := bodies[mail.uid]; body != nil {
			if failed = sink.Deliver(ctx, s.raw(mail, body)); failed != nil {
				failed = fmt.Errorf("storing mail %d: %w", mail.uid, failed)
				break
			}
			if err := s.file(mail.uid); err != nil {
				unfiled = err
			}
		}
		s.at.uid = mail.uid
	}
	return errors.Join(failed, unfiled, s.save(ctx, sink))
}

func (s *session) raw(mail found, body []byte) channel.Raw {
	now := s.m.deps.Now()
	received := mail.date
	if received.IsZero() || received.After(now) {
		received = now
	}
	from, to := envelope(body)
	return channel.Raw{
		ExternalID: s.at.externalID(mail.uid), ReceivedAt: received.UTC(), EnvelopeFrom: from, EnvelopeTo: to, Body: body,
	}
}

// bodies fetches mails whole where their size allows it. One that the server cannot give, or that is too large,
// becomes a notice, so that it shows and does not block the next (CHAN-2). One that is gone is missing.
func (s *session) bodies(mails []found) (map[imap.UID][]byte, error) {
	var set imap.UIDSet
	for _, mail := range mails {
		if mail.size <= s.m.limits.whole {
			set.AddNum(mail.uid)
		}
	}
	out, err := s.fetchBodies(set)
	if err != nil {
		return nil, err
	}
	for _, mail := range mails {
		if _, ok := out[mail.uid]; ok {
			continue
		}
		var one map[imap.UID][]byte
		if mail.size <= s.m.limits.whole {
			if one, err = s.fetchBodies(imap.UIDSetNum(mail.uid)); err != nil {
				return nil, err
			}
		}
		if body, ok := one[mail.uid]; ok {
			out[mail.uid] = body
		} else if out[mail.uid], err = s.notice(mail); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fetchBodies returns what the server gave. A refusal of the server is not an error: some refuse a whole command
// because of one mail they cannot read.
func (s *session) fetchBodies(set imap.UIDSet) (map[imap.UID][]byte, error) {
	out := map[imap.UID][]byte{}
	if len(set) == 0 {
		return out, nil
	}
	err := s.fetchSection(set, &imap.FetchItemBodySection{Peek: true}, s.m.limits.whole, out)
	var no *imap.Error
	if errors.As(err, &no) {
		return out, nil
	}
	return out, err
}

// fetchSection reads one section of each mail, never more than limit bytes of it: a server may send more than it
// said. What is longer is left out.
func (s *session) fetchSection(set imap.UIDSet, section *imap.FetchItemBodySection, limit int64, out map[imap.UID][]byte) error {
	return s.ask(func() error {
		cmd := s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			var uid imap.UID
			var body []byte
			for item := msg.Next(); item != nil; item = msg.Next() {
				switch item := item.(type) {
				case imapclient.FetchItemDataUID:
					uid = item.UID
				case imapclient.FetchItemDataBodySection:
					if item.Literal == nil {
						continue
					}
					var err error
					if body, err = io.ReadAll(io.LimitReader(item.Literal, limit+1)); err != nil {
						_ = cmd.Close() // the read error says more
						return err
					}
				}
			}
			if len(body) > 0 && int64(len(body)) <= limit && set.Contains(uid) {
				out[uid] = body
			}
		}
		return cmd.Close()
	})
}

// notice returns the header of a mail with a text that says why the rest is missing; nil if the mail is gone.
func (s *session) notice(mail found) ([]byte, error) {
	still, err := s.sizes([]imap.UID{mail.uid})
	if err != nil || len(still) == 0 {
		return nil, err
	}
	why := fmt.Sprintf("This mail of %d bytes could not be read from the server at %s.", mail.size, s.cfg.endpoint.address())
	if mail.size > s.m.limits.whole {
		why = fmt.Sprintf("This mail has %d bytes, more than the %d that are fetched. It is still in the mailbox.", mail.size, s.m.limits.whole)
	}
	section := &imap.FetchItemBodySection{
		Specifier: imap.PartSpecifierHeader, Peek: true, Partial: &imap.SectionPartial{Size: s.m.limits.header},
	}
	out := map[imap.UID][]byte{}
	err = s.fetchSection(imap.UIDSetNum(mail.uid), section, s.m.limits.header, out)
	var no *imap.Error
	if err != nil && !errors.As(err, &no) {
		return nil, err
	}
	return withNotice(out[mail.uid], why), nil
}

// withNotice keeps a header but for what describes the body, and puts text below it.
func withNotice(header []byte, text string) []byte {
	var b bytes.Buffer
	for field := range fields(header) {
		name, _, _ := bytes.Cut(field, []byte(":"))
		lower := bytes.ToLower(bytes.TrimSpace(name))
		if !bytes.HasPrefix(lower, []byte("content-")) && !bytes.Equal(lower, []byte("mime-version")) {
			b.Write(field)
		}
	}
	if b.Len() == 0 {
		b.WriteString("Subject: A mail that could not be fetched\r\n")
	}
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n")
	return b.Bytes()
}

// file moves a delivered mail if the account wants that. A failure does not undo the delivery.
func (s *session) file(uid imap.UID) error {
	if s.cfg.moveTo == "" {
		return nil
	}
	caps := s.client.Caps()
	if !caps.Has(imap.CapMove) && !caps.Has(imap.CapUIDPlus) {
		// Without either, moving would expunge what others have marked as deleted.
		return errs.Bad("imap_after", "CANNOT_MOVE",
			fmt.Sprintf("The server at %s cannot move single mails. Choose to leave mail as it was.", s.cfg.endpoint.address()))
	}
	err := s.ask(func() error {
		_, err := s.client.Move(imap.UIDSetNum(uid), s.cfg.moveTo).Wait()
		return err
	})
	if err == nil {
		return nil
	}
	var no *imap.Error
	if !errors.As(err, &no) {
		return s.explain(err)
	}
	return errs.New(errs.Unavailable, fmt.Sprintf("A mail was received but could not be moved to %q.%s", s.cfg.moveTo, said(no.Text)), err)
}
