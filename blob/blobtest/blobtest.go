// Package blobtest is what every blob.Store must do, as a test that each maker runs. It knows blob only by its interface.
package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/errs"
)

// Run tests the stores that open returns; each subtest opens an empty one.
func Run(t *testing.T, open func(t *testing.T) blob.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		test func(*testing.T, blob.Store)
	}{
		{"sizes", sizes},
		{"same content once", sameOnce},
		{"concurrent puts of the same content", concurrentPuts},
		{"missing", missing},
		{"delete", deletes},
		{"hostile keys", hostileKeys},
		{"failing source stores nothing", failingSource},
		{"cancelled", cancelled},
		{"read limit", readLimit},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func sizes(t *testing.T, s blob.Store) {
	for _, n := range []int{0, 1, 4096, 1<<20 - 1, 1 << 20, 1<<20 + 1, 6 << 20} {
		content := noise(n)
		ref, err := s.Put(t.Context(), bytes.NewReader(content))
		if err != nil {
			t.Fatalf("Put of %d bytes: %v", n, err)
		}
		sum := sha256.Sum256(content)
		if ref.Size != int64(n) || ref.SHA256 != hex.EncodeToString(sum[:]) || ref.Key == "" {
			t.Errorf("Put of %d bytes: ref %+v", n, ref)
		}
		if got := read(t, s, ref.Key); !bytes.Equal(got, content) {
			t.Errorf("%d bytes came back as %d different ones", n, len(got))
		}
	}
}

func sameOnce(t *testing.T, s blob.Store) {
	content := noise(2000)
	first, err := blob.PutBytes(t.Context(), s, content)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Put(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	third, err := blob.PutBytes(t.Context(), s, content)
	if err != nil {
		t.Fatal(err)
	}
	if first != second || first != third {
		t.Errorf("refs differ: %+v, %+v, %+v", first, second, third)
	}
	if err := s.Delete(t.Context(), first.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), first.Key); !errs.Is(err, errs.NotFound) {
		t.Errorf("a second copy was left behind: Open gave %v", err)
	}
}

func concurrentPuts(t *testing.T, s blob.Store) {
	content := noise(50_000)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = s.Put(t.Context(), bytes.NewReader(content))
			} else {
				_, err = blob.PutBytes(t.Context(), s, content)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	sum := sha256.Sum256(content)
	if got := read(t, s, hex.EncodeToString(sum[:])); !bytes.Equal(got, content) {
		t.Errorf("got %d bytes, want %d", len(got), len(content))
	}
}

func missing(t *testing.T, s blob.Store) {
	key := strings.Repeat("ab", 32)
	if _, err := s.Open(t.Context(), key); !errs.Is(err, errs.NotFound) {
		t.Errorf("Open of a missing key: %v, want not found", err)
	}
	if err := s.Delete(t.Context(), key); err != nil {
		t.Errorf("Delete of a missing key: %v, want nil", err)
	}
}

func deletes(t *testing.T, s blob.Store) {
	gone, err := blob.PutBytes(t.Context(), s, noise(10))
	if err != nil {
		t.Fatal(err)
	}
	stays, err := blob.PutBytes(t.Context(), s, noise(11))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), gone.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), gone.Key); !errs.Is(err, errs.NotFound) {
		t.Errorf("Open after Delete: %v, want not found", err)
	}
	if got := read(t, s, stays.Key); len(got) != 11 {
		t.Errorf("the other blob has %d bytes, want 11", len(got))
	}
}

// hostileKeys: SEC-1, path traversal.
func hostileKeys(t *testing.T, s blob.Store) {
	for _, key := range []string{
		"", ".", "..", "a", "../../etc/passwd", "/etc/passwd", "ab/../../x",
		strings.Repeat("../", 21) + "x", strings.Repeat("AB", 32), strings.Repeat("a", 63), strings.Repeat("a", 65),
		strings.Repeat("a", 63) + "\x00", strings.Repeat("a", 62) + "/x", strings.Repeat("é", 32),
	} {
		if r, err := s.Open(t.Context(), key); !errs.Is(err, errs.Invalid) {
			t.Errorf("Open(%q) = %v, %v, want invalid", key, r, err)
		}
		if err := s.Delete(t.Context(), key); !errs.Is(err, errs.Invalid) {
			t.Errorf("Delete(%q) = %v, want invalid", key, err)
		}
	}
}

// failingSource: REL-1, half a message is never stored.
func failingSource(t *testing.T, s blob.Store) {
	broken := errors.New("the line went dead")
	for _, n := range []int{0, 100, 3 << 20} {
		content := noise(n)
		_, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(content), failure{broken}))
		if !errors.Is(err, broken) {
			t.Errorf("Put after %d bytes: %v, want the source's error", n, err)
		}
		sum := sha256.Sum256(content)
		if _, err := s.Open(t.Context(), hex.EncodeToString(sum[:])); !errs.Is(err, errs.NotFound) {
			t.Errorf("half a stream of %d bytes was stored: %v", n, err)
		}
	}
}

func cancelled(t *testing.T, s blob.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, bytes.NewReader(noise(5000))); !errors.Is(err, context.Canceled) {
		t.Errorf("Put with a cancelled context: %v", err)
	}
}

func readLimit(t *testing.T, s blob.Store) {
	ref, err := blob.PutBytes(t.Context(), s, noise(100))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := blob.ReadAll(t.Context(), s, ref.Key, 100); err != nil || len(got) != 100 {
		t.Errorf("ReadAll at the limit: %d bytes, %v", len(got), err)
	}
	if _, err := blob.ReadAll(t.Context(), s, ref.Key, 99); !errs.Is(err, errs.Limited) {
		t.Errorf("ReadAll above the limit: %v, want limited", err)
	}
}

func read(t *testing.T, s blob.Store, key string) []byte {
	t.Helper()
	content, err := blob.ReadAll(t.Context(), s, key, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// noise is the same for the same n.
func noise(n int) []byte {
	var seed [32]byte
	seed[0], seed[1], seed[2] = byte(n), byte(n>>8), byte(n>>16)
	out := make([]byte, n)
	rand.NewChaCha8(seed).Read(out)
	return out
}

type failure struct{ err error }

func (f failure) Read([]byte) (int, error) { return 0, f.err }
