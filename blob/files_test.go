package blob_test

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/blobtest"
)

func TestFilesConform(t *testing.T) { // CHAN-2, REL-1
	blobtest.Run(t, func(t *testing.T) blob.Store { return openFiles(t, t.TempDir()) })
}

func openFiles(t testing.TB, dir string) *blob.Files {
	t.Helper()
	s, err := blob.NewFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFilesSurviveReopening(t *testing.T) { // REL-1
	dir := t.TempDir()
	ref, err := blob.PutBytes(t.Context(), openFiles(t, dir), []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := blob.ReadAll(t.Context(), openFiles(t, dir), ref.Key, 10)
	if err != nil || string(got) != "hello" {
		t.Fatalf("%q, %v", got, err)
	}
}

// A put leaves one file in its shard, private, and nothing temporary.
func TestFilesLayout(t *testing.T) {
	dir := t.TempDir()
	s := openFiles(t, dir)
	var ref blob.Ref
	for range 3 {
		var err error
		if ref, err = s.Put(t.Context(), bytes.NewReader([]byte("hello"))); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found = append(found, path)
		info, err := d.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", path, info.Mode())
		}
		return err
	})
	want := filepath.Join(dir, ref.Key[:2], ref.Key)
	if err != nil || len(found) != 1 || found[0] != want {
		t.Errorf("found %v (%v), want only %s", found, err, want)
	}
}

// A file of the wrong size, such as a disk error leaves, is repaired by putting the content again.
func TestFilesRepairTruncated(t *testing.T) { // REL-1
	dir := t.TempDir()
	s := openFiles(t, dir)
	ref, err := blob.PutBytes(t.Context(), s, []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, ref.Key[:2], ref.Key), 2); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.PutBytes(t.Context(), s, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if got, err := blob.ReadAll(t.Context(), s, ref.Key, 10); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

// What a crash left half written goes at the next start; what another program writes right now stays.
func TestFilesClearStaleTemporaries(t *testing.T) { // REL-1
	dir := t.TempDir()
	openFiles(t, dir)
	old, fresh := filepath.Join(dir, "tmp", "put-1"), filepath.Join(dir, "tmp", "put-2")
	for _, path := range []string{old, fresh} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-48 * time.Hour)
	if err := os.Chtimes(old, past, past); err != nil {
		t.Fatal(err)
	}
	openFiles(t, dir)
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the stale file is still there: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the fresh file is gone: %v", err)
	}
}

func TestFilesNeedAFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.NewFiles(path); err == nil {
		t.Error("a store was opened in a file")
	}
}

// BenchmarkFilesPut shows what durability costs: PERF-3.
func BenchmarkFilesPut(b *testing.B) {
	for _, c := range []struct {
		name string
		open func(testing.TB, string) *blob.Files
	}{{"fsync", openFiles}, {"none", openUnsynced}} {
		b.Run(c.name, func(b *testing.B) { putMany(b, c.open(b, b.TempDir())) })
		b.Run(c.name+"-parallel", func(b *testing.B) {
			s := c.open(b, b.TempDir())
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				content := make([]byte, 8<<10)
				for i := uint64(0); pb.Next(); i++ {
					binary.LittleEndian.PutUint64(content, i)
					binary.LittleEndian.PutUint64(content[8:], uint64(time.Now().UnixNano()))
					if _, err := blob.PutBytes(b.Context(), s, content); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func putMany(b *testing.B, s *blob.Files) {
	content := make([]byte, 8<<10)
	for i := uint64(0); b.Loop(); i++ {
		binary.LittleEndian.PutUint64(content, i)
		if _, err := blob.PutBytes(b.Context(), s, content); err != nil {
			b.Fatal(err)
		}
	}
}

func openUnsynced(t testing.TB, dir string) *blob.Files {
	s := openFiles(t, dir)
	blob.DisableSync(s)
	return s
}
