package seal_test

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/seal"
)

func open(t *testing.T, path string) *seal.Box {
	t.Helper()
	box, err := seal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestSecretsAreReadableOnlyWithTheKeyFile(t *testing.T) { // SEC-2
	path := filepath.Join(t.TempDir(), "secret.key")
	box := open(t, path)
	sealed, err := box.Seal([]byte("hunter2"), "account 7")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(sealed, "hunter2") {
		t.Errorf("sealed is %q", sealed)
	}
	again, err := box.Seal([]byte("hunter2"), "account 7")
	if err != nil || again == sealed {
		t.Errorf("sealing twice gives one text (%v), by which equal secrets show", err)
	}
	got, err := open(t, path).Unseal(sealed, "account 7")
	if err != nil || string(got) != "hunter2" {
		t.Errorf("unsealed %q, %v", got, err)
	}
	other := open(t, filepath.Join(t.TempDir(), "secret.key"))
	if _, err := other.Unseal(sealed, "account 7"); !errs.Is(err, errs.Unavailable) {
		t.Errorf("another key: %v", err)
	}
}

func TestSealedTextIsBoundToItsPlace(t *testing.T) {
	box := open(t, filepath.Join(t.TempDir(), "k"))
	sealed, err := box.Seal([]byte("secret"), "account 7")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ sealed, about string }{
		"of another account": {sealed, "account 8"},
		"changed":            {sealed[:len(sealed)-2] + "AA", "account 7"},
		"cut":                {sealed[:8], "account 7"},
		"empty":              {"", "account 7"},
		"plain":              {"secret", "account 7"},
		"no base64":          {"s1.%%%", "account 7"},
	} {
		if got, err := box.Unseal(c.sealed, c.about); err == nil {
			t.Errorf("%s: unsealed %q", name, got)
		}
	}
}

func TestKeyFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key that others may read: %v", err)
	}
}

func TestDamagedKeyFileIsNeverReplaced(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "short": "c2hvcnQ=\n", "no base64": "?"} {
		path := filepath.Join(t.TempDir(), "secret.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Open(path); err == nil {
			t.Errorf("%s: opened", name)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s: the file is %q now, %v", name, got, err)
		}
	}
	if _, err := seal.Open(filepath.Join(t.TempDir(), "missing", "secret.key")); err == nil {
		t.Error("opened in a folder that does not exist")
	}
}

func TestTwoProcessesAgreeOnOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.key")
	boxes := make([]*seal.Box, 8)
	var wg sync.WaitGroup
	for i := range boxes {
		wg.Go(func() {
			var err error
			if boxes[i], err = seal.Open(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	sealed, err := boxes[0].Seal([]byte("x"), "")
	if err != nil {
		t.Fatal(err)
	}
	for i, box := range boxes {
		if got, err := box.Unseal(sealed, ""); err != nil || !bytes.Equal(got, []byte("x")) {
			t.Errorf("opener %d has another key: %v", i, err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

func TestSignaturesAreOfOneTextAboutOneThing(t *testing.T) { // SEC-2
	box, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.New(bytes.Repeat([]byte{8}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	s := box.Sign("file 12", "until 5")
	if !box.Signed("file 12", "until 5", s) || s != box.Sign("file 12", "until 5") {
		t.Error("a signature is not known again")
	}
	if box.Signed("file 1", "2until 5", s) || box.Signed("file 12", "until 6", s) || box.Signed("file 12", "until 5", s+"a") ||
		box.Signed("file 12", "until 5", "") || other.Signed("file 12", "until 5", s) {
		t.Error("a signature is good for something else")
	}
}

func TestLinksRunOut(t *testing.T) { // SEC-1
	b, err := seal.New(bytes.Repeat([]byte{1}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	q, err := url.ParseQuery(b.Link("file 1", until))
	if err != nil {
		t.Fatal(err)
	}
	expires, signature := q.Get("expires"), q.Get("signature")
	for name, c := range map[string]struct {
		about, expires, signature string
		now                       time.Time
		good                      bool
	}{
		"good": {"file 1", expires, signature, until.Add(-time.Second), true}, "over": {"file 1", expires, signature, until, false},
		"another": {"file 2", expires, signature, until.Add(-time.Hour), false}, "longer": {"file 1", expires + "0", signature, until.Add(-time.Hour), false},
		"no number": {"file 1", "soon", b.Sign("file 1", "soon"), until, false}, "unsigned": {"file 1", expires, "", until.Add(-time.Hour), false},
	} {
		if got := b.Linked(c.about, c.expires, c.signature, c.now); got != c.good {
			t.Errorf("%s: %v", name, got)
		}
	}
}
