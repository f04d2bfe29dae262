package file

import (
	"bytes"
	"context"
	"crypto/md5" // HubSpot's clients compare files by it; nothing rests on it
	"encoding/hex"
	"fmt"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"path"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/mime"
)

// Most is how many bytes a file may have.
const Most = 300 << 20

// headMost is how much of a file is looked at for what it is: enough for the size of most pictures.
const headMost = 256 << 10

// Content is what was stored and is no file yet.
type Content struct {
	Key           string
	Size          int64
	MD5           string
	ContentType   string
	Charset       string // of a text
	Extension     string // the usual one of such content
	Width, Height int
}

// Store puts content among the blobs, as it comes; only its beginning is ever in memory. Who makes no file of it calls Discard.
func (s *Service) Store(ctx context.Context, content io.Reader) (Content, error) {
	sum := md5.New()
	head := &beginning{}
	bounded := &limited{r: content, left: Most}
	ref, err := s.blobs.Put(ctx, io.TeeReader(bounded, io.MultiWriter(sum, head)))
	if bounded.over {
		return Content{}, errs.Bad("file", "TOO_LARGE", fmt.Sprintf("A file may have at most %d MB.", Most>>20))
	}
	if err != nil {
		return Content{}, fmt.Errorf("storing a file: %w", err)
	}
	c := Content{Key: ref.Key, Size: ref.Size, MD5: hex.EncodeToString(sum.Sum(nil))}
	found := mimetype.Detect(head.Bytes())
	var params string
	c.ContentType, params, _ = strings.Cut(found.String(), ";")
	_, c.Charset, _ = strings.Cut(params, "charset=")
	c.Extension = strings.TrimPrefix(found.Extension(), ".")
	if cfg, _, err := image.DecodeConfig(bytes.NewReader(head.Bytes())); err == nil {
		c.Width, c.Height = cfg.Width, cfg.Height
	}
	return c, nil
}

// Discard has content deleted that no file was made of, unless others have the same.
func (s *Service) Discard(ctx context.Context, c Content) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return waste.Drop(tx, c.Key) })
}

// beginning keeps the first bytes that are written to it.
type beginning struct{ bytes.Buffer }

// Write implements io.Writer.
func (b *beginning) Write(p []byte) (int, error) {
	if room := headMost - b.Len(); room > 0 {
		b.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
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

// kinds are HubSpot's types by what content types begin with; what is none of them is OTHER.
var kinds = []struct{ prefix, kind string }{
	{"image/", "IMG"}, {"video/", "MOVIE"}, {"audio/", "AUDIO"}, {"text/", "DOCUMENT"}, {"application/pdf", "DOCUMENT"},
	{"application/msword", "DOCUMENT"}, {"application/vnd.ms-", "DOCUMENT"}, {"application/vnd.openxmlformats-officedocument", "DOCUMENT"},
	{"application/vnd.oasis.opendocument", "DOCUMENT"}, {"application/rtf", "DOCUMENT"},
}

func (c Content) kind() string {
	for _, k := range kinds {
		if strings.HasPrefix(c.ContentType, k.prefix) {
			return k.kind
		}
	}
	return "OTHER"
}

// encoding of a picture is its format, of a text its characters'; hunch is what who sent it thinks.
func (c Content) encoding(hunch string) string {
	if format, ok := strings.CutPrefix(c.ContentType, "image/"); ok {
		return format
	}
	if c.Charset != "" && hunch != "" {
		return cut(hunch, 40)
	}
	return c.Charset
}

// extensionMost bounds extensions: what is longer is part of the name.
const extensionMost = 12

// parts are a file's name and extension.
func parts(name string) (base, extension string) {
	extension = path.Ext(name)
	if len(extension) < 2 || len(extension) > extensionMost+1 || extension == name || strings.ContainsAny(extension, " ") {
		return name, ""
	}
	return strings.TrimSuffix(name, extension), strings.ToLower(extension[1:])
}

const nameMost = 200

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// named is the name and extension of content that somebody calls name.
func (c Content) named(name string) (base, extension string) {
	base, extension = parts(mime.SafeName(name))
	if base == "" {
		base = "file-" + c.MD5[:12]
	}
	if extension == "" {
		extension = c.Extension
	}
	return cut(base, nameMost), extension
}
