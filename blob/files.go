package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// staleTemp is how old a temporary file must be before a start takes it for the leftover of a crash. It is generous
// because several programs may share the folder.
const staleTemp = 24 * time.Hour

// Files stores content in a folder: <dir>/<first two digits>/<key>, so that no folder grows beyond 1/256 of all.
type Files struct {
	dir    string
	tmp    string
	noSync bool // only the benchmark, to show what durability costs
}

// NewFiles opens, or makes, a store in dir and clears what a crash left half written.
func NewFiles(dir string) (*Files, error) {
	f := &Files{dir: dir, tmp: filepath.Join(dir, "tmp")}
	if err := f.prepare(); err != nil {
		return nil, fmt.Errorf("opening blob folder: %w", unavailable(err))
	}
	return f, nil
}

// prepare makes every folder at once, so that a Put never has to sync a parent.
func (f *Files) prepare() error {
	if err := os.MkdirAll(f.tmp, 0o700); err != nil {
		return err
	}
	for i := range 256 {
		err := os.Mkdir(filepath.Join(f.dir, hex.EncodeToString([]byte{byte(i)})), 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := f.syncDir(f.dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.tmp)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > staleTemp {
			_ = os.Remove(filepath.Join(f.tmp, e.Name())) // next start tries again
		}
	}
	return nil
}

// Put implements Store.
func (f *Files) Put(ctx context.Context, r io.Reader) (Ref, error) {
	hash := sha256.New()
	tmp, err := os.CreateTemp(f.tmp, "put-*")
	if err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", unavailable(err))
	}
	defer discard(tmp)
	source := &failing{r: ctxReader{ctx, r}}
	size, err := io.Copy(io.MultiWriter(tmp, hash), source)
	if source.err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", source.err)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", unavailable(err))
	}
	ref := makeRef(hash.Sum(nil), size)
	if f.has(ref) {
		err = f.syncShard(ref)
	} else {
		err = f.settle(tmp, ref)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", unavailable(err))
	}
	return ref, nil
}

// putBytes hashes first, so content that is there already costs a stat, and other content is hashed once.
func (f *Files) putBytes(ctx context.Context, content []byte) (Ref, error) {
	if err := ctx.Err(); err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", err)
	}
	sum := sha256.Sum256(content)
	ref := makeRef(sum[:], int64(len(content)))
	if err := f.putKnown(ref, content); err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", unavailable(err))
	}
	return ref, nil
}

func (f *Files) putKnown(ref Ref, content []byte) error {
	if f.has(ref) {
		return f.syncShard(ref)
	}
	tmp, err := os.CreateTemp(f.tmp, "put-*")
	if err != nil {
		return err
	}
	defer discard(tmp)
	if _, err := tmp.Write(content); err != nil {
		return err
	}
	return f.settle(tmp, ref)
}

// settle makes tmp's content durable under ref's key: content first, name second, so that a name never stands for
// half a file, then the folder, so that the name itself survives.
func (f *Files) settle(tmp *os.File, ref Ref) error {
	if !f.noSync {
		if err := tmp.Sync(); err != nil {
			return err
		}
	}
	// Closed only after the rename: an open file that remains is one to discard.
	if err := os.Rename(tmp.Name(), f.path(ref.Key)); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return f.syncShard(ref)
}

// has reports whether the content is there whole; a wrong size is damage that a new Put repairs.
func (f *Files) has(ref Ref) bool {
	info, err := os.Stat(f.path(ref.Key))
	return err == nil && info.Size() == ref.Size
}

// syncShard also runs when the content was there already: another Put may have named it and not yet have synced.
func (f *Files) syncShard(ref Ref) error {
	return f.syncDir(filepath.Dir(f.path(ref.Key)))
}

func (f *Files) syncDir(dir string) error {
	if f.noSync {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// Open implements Store.
func (f *Files) Open(_ context.Context, key string) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	file, err := os.Open(f.path(key))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, notFound(err)
	case err != nil:
		return nil, fmt.Errorf("opening blob: %w", unavailable(err))
	}
	return file, nil
}

// Delete implements Store.
func (f *Files) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if err := os.Remove(f.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting blob: %w", unavailable(err))
	}
	return nil
}

func (f *Files) path(key string) string { return filepath.Join(f.dir, key[:2], key) }

func makeRef(sum []byte, size int64) Ref {
	key := hex.EncodeToString(sum)
	return Ref{Key: key, Size: size, SHA256: key}
}

// discard closes and removes a temporary file that was not renamed.
func discard(tmp *os.File) {
	if tmp.Close() == nil { // settle closes what it renames
		_ = os.Remove(tmp.Name())
	}
}

// failing remembers the source's own error, to tell it from one of the storage.
type failing struct {
	r   io.Reader
	err error
}

func (s *failing) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}
