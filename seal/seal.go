// Package seal keeps secrets unreadable in the database: AES-256-GCM under a key that lives in a file outside it
// (SEC-2). It must not know whose secrets they are or where the sealed text is kept.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/errs"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// version begins every sealed text, so that another cipher can follow.
const version = "s1."

// Box seals and unseals under one key, and signs under another that comes of it.
type Box struct {
	aead cipher.AEAD
	sign []byte
}

// New returns the box of a key of KeySize bytes.
func New(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("seal: a key has %d bytes, not %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return &Box{aead, mac(key, "signatures")}, nil
}

func mac(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10)) // so that no two lists of parts are one text
		h.Write([]byte(":" + p))
	}
	return h.Sum(nil)
}

// Sign returns a signature of a text that is about something, such as "file 12". It is the same each time.
func (b *Box) Sign(about, text string) string {
	return base64.RawURLEncoding.EncodeToString(mac(b.sign, about, text))
}

// Signed reports whether signature is that of the text.
func (b *Box) Signed(about, text, signature string) bool {
	return hmac.Equal([]byte(signature), []byte(b.Sign(about, text)))
}

// Link is the query of an address by which anybody who has it may read what about names, until a time.
func (b *Box) Link(about string, until time.Time) string {
	expires := strconv.FormatInt(until.Unix(), 10)
	return url.Values{"expires": {expires}, "signature": {b.Sign(about, expires)}}.Encode()
}

// Linked reports whether expires and signature are of a link to what about names that has not run out at now.
func (b *Box) Linked(about, expires, signature string, now time.Time) bool {
	until, err := strconv.ParseInt(expires, 10, 64)
	return err == nil && b.Signed(about, expires, signature) && now.Unix() < until
}

// Parse returns the box of a key written in base64, as a key file or an environment variable holds it.
func Parse(text string) (*Box, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return nil, errors.New("seal: the key is not base64")
	}
	return New(key)
}

// Open returns the box of a key file. On first use it makes the file, readable by its owner alone; it refuses one that
// others may read. Whoever loses the file loses the secrets, and nothing else.
func Open(path string) (*Box, error) {
	box, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return box, err
	}
	if err := create(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("seal: making the key file: %w", err)
	}
	return read(path) // another process may have been first
}

func read(path string) (*Box, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("seal: others may read the key file %s: chmod 600 it, and change the secrets it sealed", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	box, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return box, nil
}

// create writes the key beside the file and links it in place: the file is whole or not there, and never replaced.
func create(path string) error {
	key := make([]byte, KeySize)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path)
}

// Seal returns the secret as text that only Unseal with the same about reads. about says what the secret is of, such
// as "account 12", so that a sealed text moved to another row is worthless. The same secret seals differently each time.
func (b *Box) Seal(secret []byte, about string) (string, error) {
	nonce := make([]byte, b.aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return version + base64.RawStdEncoding.EncodeToString(b.aead.Seal(nonce, nonce, secret, []byte(about))), nil
}

// Unseal returns the secret. It fails when the text was changed, is about something else, or was sealed under another key.
func (b *Box) Unseal(sealed, about string) ([]byte, error) {
	text, ok := strings.CutPrefix(sealed, version)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) < b.aead.NonceSize() {
		return nil, errs.New(errs.Internal, "A stored secret is damaged.", fmt.Errorf("seal: not a sealed text (%w)", err))
	}
	nonce, body := raw[:b.aead.NonceSize()], raw[b.aead.NonceSize():]
	secret, err := b.aead.Open(nil, nonce, body, []byte(about))
	if err != nil {
		return nil, errs.New(errs.Unavailable, "A stored secret cannot be read: was the key file replaced? Enter the secret again.", err)
	}
	return secret, nil
}
