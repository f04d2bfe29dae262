// Package blob owns bytes too large for a row: raw mail, attachments, recordings, each stored once under the SHA-256
// of its content. It must not know what the bytes mean, who may see them, or who still refers to them.
package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/deskbell/deskbell/errs"
)

// KeyLength is the length of a key in characters: SHA-256 in lower-case hexadecimal.
const KeyLength = 64

// Ref names stored content. Key is what Open and Delete take; today it equals SHA256, but only this package may
// rely on that.
type Ref struct {
	Key    string
	Size   int64 // bytes
	SHA256 string
}

// Store keeps content. All makers pass blobtest.Run.
type Store interface {
	// Put stores what r holds and returns when it would survive a power cut (REL-1). Content that is already there
	// is not written again. When r fails nothing is stored and its error is inside the one returned.
	Put(ctx context.Context, r io.Reader) (Ref, error)
	// Open reads content; errs.NotFound if it is not there, errs.Invalid if key cannot be one. The caller closes it.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Delete removes content. Removing what is not there is nil, so that a job may repeat it. Whoever deletes must
	// know that nobody is putting the same content at that moment.
	Delete(ctx context.Context, key string) error
}

// bytesPutter is a store with a cheaper way to take content that is already in memory.
type bytesPutter interface {
	putBytes(ctx context.Context, content []byte) (Ref, error)
}

// PutBytes stores content that is in memory, the cheap way where the store has one.
func PutBytes(ctx context.Context, s Store, content []byte) (Ref, error) {
	if p, ok := s.(bytesPutter); ok {
		return p.putBytes(ctx, content)
	}
	return s.Put(ctx, bytes.NewReader(content))
}

// ReadAll opens key and reads it whole, up to limit bytes; longer content is errs.Limited.
func ReadAll(ctx context.Context, s Store, key string, limit int64) ([]byte, error) {
	r, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("reading blob %s: %w", key, err)
	}
	if int64(len(content)) > limit {
		return nil, errs.Newf(errs.Limited, "The stored file is larger than %d bytes.", limit)
	}
	return content, nil
}

// checkKey refuses everything but 64 lower-case hexadecimal digits, so no key can leave the store's folder or prefix.
func checkKey(key string) error {
	ok := len(key) == KeyLength
	for i := 0; ok && i < len(key); i++ {
		c := key[i]
		ok = c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
	}
	if !ok {
		return errs.Bad("key", "INVALID_KEY", "key must be 64 lower-case hexadecimal digits")
	}
	return nil
}

func notFound(cause error) error {
	return errs.New(errs.NotFound, "The stored file does not exist.", cause)
}

func unavailable(cause error) error {
	return errs.New(errs.Unavailable, "The file storage does not work right now.", cause)
}

// ctxReader stops a copy when ctx ends.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
