package conversation

import (
	"context"
	"fmt"
	"io"
	stdmime "mime"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/conversation/loose"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/mime"
	"github.com/deskbell/deskbell/people"
)

// Attachment is a file of a message, or a loose one that waits for its message.
type Attachment struct {
	ID          int64
	Message     int64 // 0 while loose
	Owner       int64 // the user who uploaded it; 0 for none
	Key         string
	Name        string // never a path
	ContentType string
	Size        int64
	ContentID   string // by which HTML shows it: cid:…
	Inline      bool
	File        int64 // of the account's files that it was taken from; 0 for none
	CreatedAt   time.Time
}

// File is the stored content of an attachment that is to be: it came in, or is one of the account's files.
type File struct {
	Key, Name, ContentType, ContentID string
	Inline                            bool
	Size                              int64
	ID                                int64 // of the account's file; 0 for none
}

// FileID is its id to those who know it as a file: that of the file it was, else its own.
func (a Attachment) FileID() int64 {
	if a.File != 0 {
		return a.File
	}
	return a.ID
}

const attachmentColumns = "id, message_id, owner_id, blob_key, name, content_type, size, content_id, inline, file_id, created_at"

func scanAttachment(s db.Scanner) (Attachment, error) {
	var a Attachment
	var message *int64
	var created int64
	err := s.Scan(&a.ID, &message, &a.Owner, &a.Key, &a.Name, &a.ContentType, &a.Size, &a.ContentID, &a.Inline, &a.File, &created)
	a.Message, a.CreatedAt = number(message), clock.FromMicros(created)
	return a, err
}

var insertAttachments = db.NewInsert("INSERT INTO attachments ("+attachmentColumns+")", "")

func insert(tx *db.Tx, files ...Attachment) error {
	rows := make([][]any, len(files))
	for i, a := range files {
		rows[i] = []any{a.ID, reference(a.Message), a.Owner, a.Key, a.Name, a.ContentType, a.Size, a.ContentID, a.Inline, a.File, tx.Micros()}
	}
	return insertAttachments.Later(tx, rows...)
}

// attach gives a message the files that came with it. They share their content with whoever else has it.
func attach(tx *db.Tx, m *Message, files []File) error {
	all := make([]Attachment, len(files))
	for i, f := range files {
		all[i] = Attachment{ID: tx.NewID(), Message: m.ID, Key: f.Key, Name: cut(f.Name, nameMost), ContentType: f.ContentType, Size: f.Size,
			ContentID: f.ContentID, Inline: f.Inline, File: f.ID, CreatedAt: tx.Now}
	}
	m.Attachments = append(m.Attachments, all...)
	return insert(tx, all...)
}

// addAttachments fills in the files of a page of messages.
func (s *Service) addAttachments(tx *db.Tx, all []Message) error {
	ids := make([]int64, len(all))
	for i, m := range all {
		ids[i] = m.ID
	}
	var q db.SQL
	q.Add("SELECT " + attachmentColumns + " FROM attachments WHERE ")
	db.In(&q, "message_id", ids).Add(" ORDER BY id")
	files, err := db.List(tx, scanAttachment, q.Text(), q.Args()...)
	for _, f := range files {
		i := slices.Index(ids, f.Message)
		all[i].Attachments = append(all[i].Attachments, f)
	}
	return err
}

const (
	uploadMost = 25 << 20 // bytes of one file
	filesMost  = 100      // of one message
)

// AddAttachment stores a file for a message that is being written. It is loose until a message takes it.
func (s *Service) AddAttachment(ctx context.Context, by people.Actor, name, contentType string, content io.Reader) (Attachment, error) {
	bounded := &limited{r: content, left: uploadMost}
	ref, err := s.blobs.Put(ctx, bounded)
	if bounded.over {
		return Attachment{}, errs.Bad("file", "TOO_LARGE", fmt.Sprintf("A file may have at most %d MB.", uploadMost>>20))
	}
	if err != nil {
		return Attachment{}, fmt.Errorf("storing an upload: %w", err)
	}
	var a Attachment
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		a = Attachment{ID: tx.NewID(), Owner: by.ID, Key: ref.Key, Name: cut(mime.SafeName(name), nameMost), ContentType: safeType(contentType),
			Size: ref.Size, CreatedAt: tx.Now}
		a.ContentID = "file-" + id.Format(a.ID) + "@deskbell"
		if err := loose.Later(tx); err != nil {
			return err
		}
		return insert(tx, a)
	})
	return a, err
}

// limited fails when there is more than allowed, so that nothing of it is stored.
type limited struct {
	r    io.Reader
	left int64
	over bool
}

// Read implements io.Reader.
func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.over = true
		return 0, errs.New(errs.Limited, "The file is too large.", nil)
	}
	return n, err
}

func safeType(contentType string) string {
	t, _, err := stdmime.ParseMediaType(contentType)
	if err != nil || !strings.Contains(t, "/") {
		return "application/octet-stream"
	}
	return t
}

var errNoFile = errs.New(errs.NotFound, "There is no such file.", nil)

// OpenAttachment opens a file of a ticket that the actor may view, or a loose one of their own. The caller closes it.
func (s *Service) OpenAttachment(ctx context.Context, by people.Actor, attachment int64) (Attachment, io.ReadCloser, error) {
	var a Attachment
	err := s.db.Read(ctx, func(tx *db.Tx) (err error) {
		var ok bool
		if a, ok, err = db.One(tx, scanAttachment, "SELECT "+attachmentColumns+" FROM attachments WHERE id = $1", attachment); err != nil {
			return err
		}
		if !ok || a.Message == 0 && a.Owner != by.ID && !by.SuperAdmin {
			return errNoFile
		}
		if a.Message != 0 {
			if _, err = s.Message(tx, by, a.Message); errs.Is(err, errs.NotFound) {
				return errNoFile
			}
		}
		return err
	})
	if err != nil {
		return a, nil, err
	}
	r, err := s.blobs.Open(ctx, a.Key)
	return a, r, err
}

// Linked is where attachments are read by a signature that runs out.
const Linked = "/attachments-signed/"

func about(attachment int64) string { return "attachment " + id.Format(attachment) }

// Link is an address on our host by which anybody may read an attachment until a time.
func (s *Service) Link(attachment int64, until time.Time) string {
	return Linked + id.Format(attachment) + "?" + s.box.Link(about(attachment), until)
}

// OpenLinked opens the attachment that a link leads to. The caller closes it.
func (s *Service) OpenLinked(ctx context.Context, attachment int64, expires, signature string) (Attachment, io.ReadCloser, error) {
	if !s.box.Linked(about(attachment), expires, signature, s.db.Clock().Now()) {
		return Attachment{}, nil, errs.New(errs.Denied, "This link is not good, or not any more.", nil)
	}
	return s.OpenAttachment(ctx, people.System, attachment)
}

// loose reads the actor's loose files, in the order of ids; each must be there.
func (s *Service) loose(tx *db.Tx, by people.Actor, ids []int64) ([]Attachment, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > filesMost {
		return nil, tooMany()
	}
	var q db.SQL
	q.Add("SELECT "+attachmentColumns+" FROM attachments WHERE message_id IS NULL AND owner_id = ? AND ", by.ID)
	found, err := db.List(tx, scanAttachment, db.In(&q, "id", ids).Text(), q.Args()...)
	if err != nil {
		return nil, err
	}
	var out []Attachment
	for _, want := range ids {
		i := slices.IndexFunc(found, func(a Attachment) bool { return a.ID == want })
		if i < 0 {
			return nil, errs.Bad("attachmentIds", "INVALID_OPTION", "One of the files is not there any more. Attach it again.")
		}
		out = append(out, found[i])
	}
	return out, nil
}

func tooMany() error {
	return errs.Bad("attachmentIds", "TOO_MANY", fmt.Sprintf("A message may have at most %d files.", filesMost))
}

// Unsent are those of the actor's uploads that no message has taken, of a draft's for example.
func (s *Service) Unsent(tx *db.Tx, by people.Actor, ids []int64) ([]Attachment, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var q db.SQL
	q.Add("SELECT "+attachmentColumns+" FROM attachments WHERE message_id IS NULL AND owner_id = ? AND ", by.ID)
	db.In(&q, "id", ids).Add(" ORDER BY id")
	return db.List(tx, scanAttachment, q.Text(), q.Args()...)
}

// check holds the message against the channel's limits.
func (a *answer) check() (err error) {
	if a.files, err = a.s.loose(a.tx, a.by, a.AttachmentIDs); err != nil {
		return err
	}
	if len(a.files)+len(a.Files) > filesMost {
		return tooMany()
	}
	if len(a.files)+len(a.Files) > 0 && !a.limits.Attachments {
		return errs.Bad("attachmentIds", "NOT_SUPPORTED", "This channel sends no files.")
	}
	if most := a.limits.MaxFiles; most > 0 && len(a.files)+len(a.Files) > most {
		return errs.Bad("attachmentIds", "TOO_MANY", fmt.Sprintf("A message may have at most %d files on this channel.", most))
	}
	size := int64(len(a.HTML))
	all := slices.Clone(a.Files)
	for _, f := range a.files {
		all = append(all, File{Name: f.Name, Size: f.Size})
	}
	for _, f := range all {
		if most := a.limits.MaxFileBytes; most > 0 && f.Size > most {
			return errs.Bad("attachmentIds", "TOO_LARGE", fmt.Sprintf("%s is larger than the %d bytes that a file may have on this channel.", f.Name, most))
		}
		size += f.Size
	}
	// A file grows by a third on its way, and a message has its headers.
	if most := a.limits.MaxBytes; most > 0 && size > most/4*3-64<<10 {
		return errs.Bad("attachmentIds", "TOO_LARGE", fmt.Sprintf("Text and files together may have at most %d MB on this channel.", most*3/4>>20))
	}
	if w := a.limits.ReplyWindow; w > 0 && (a.thread.InboundAt.IsZero() || a.tx.Now.Sub(a.thread.InboundAt) > w) {
		return errs.Newf(errs.Conflict, "This channel can be answered only within %.0f hours of the contact's message.", w.Hours()).WithCode("REPLY_WINDOW")
	}
	return nil
}

// take gives loose files to a message. Those that its HTML shows are part of the text.
func take(tx *db.Tx, m *Message, files []Attachment) error {
	for _, f := range files {
		f.Message, f.Inline = m.ID, strings.Contains(m.HTML, "cid:"+f.ContentID)
		n, err := tx.Exec("UPDATE attachments SET message_id = $2, inline = $3 WHERE id = $1 AND message_id IS NULL", f.ID, m.ID, f.Inline)
		if err != nil {
			return err
		}
		if n == 0 {
			return errs.New(errs.Conflict, "One of the files was sent with another message just now.", nil)
		}
		m.Attachments = append(m.Attachments, f)
	}
	return nil
}
