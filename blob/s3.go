package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/deskbell/deskbell/errs"
)

// spoolInMemory is how much of a stream stays in memory while its hash is worked out; more goes to a temporary file.
const spoolInMemory = 1 << 20

// S3Config says where an S3-compatible store is.
type S3Config struct {
	Endpoint  string // host:port, without scheme
	Region    string // "" lets the server say
	Bucket    string // must exist
	Prefix    string // put before every key, such as "desk/"; may be ""
	AccessKey string
	SecretKey string
	Plain     bool // HTTP instead of HTTPS: for a server on the same machine
}

// S3 stores content as objects named <prefix><key> in one bucket (SCALE-1).
type S3 struct {
	core   *minio.Core
	bucket string
	prefix string
}

// NewS3 returns the store without speaking to it; Check does that.
func NewS3(cfg S3Config) (*S3, error) {
	if cfg.Bucket == "" {
		return nil, errs.Bad("bucket", "REQUIRED", "bucket must name an existing bucket")
	}
	transport, err := minio.DefaultTransport(!cfg.Plain)
	if err != nil {
		return nil, fmt.Errorf("opening S3 store: %w", err)
	}
	transport.ResponseHeaderTimeout = 30 * time.Second
	core, err := minio.NewCore(cfg.Endpoint, &minio.Options{
		Creds:      credentials.NewStaticV4(cfg.AccessKey, cfg.SecretKey, ""),
		Secure:     !cfg.Plain,
		Region:     cfg.Region,
		Transport:  transport,
		MaxRetries: 3,
	})
	if err != nil {
		return nil, errs.Bad("endpoint", "INVALID_ENDPOINT", "endpoint must be host:port without a scheme: "+err.Error())
	}
	return &S3{core: core, bucket: cfg.Bucket, prefix: cfg.Prefix}, nil
}

// Check reports in plain words why the bucket cannot be used, or nil.
func (s *S3) Check(ctx context.Context) error {
	ok, err := s.core.BucketExists(ctx, s.bucket)
	if err != nil {
		return errs.New(errs.Unavailable, "The S3 storage does not answer or refuses the keys.", err)
	}
	if !ok {
		return errs.Newf(errs.NotFound, "The S3 storage has no bucket %q.", s.bucket)
	}
	return nil
}

// Put implements Store. The key is the hash, so the stream is spooled before it is sent.
func (s *S3) Put(ctx context.Context, r io.Reader) (Ref, error) {
	hash := sha256.New()
	source := io.TeeReader(ctxReader{ctx, r}, hash)
	var head bytes.Buffer
	size, err := io.CopyN(&head, source, spoolInMemory)
	if errors.Is(err, io.EOF) {
		return s.send(ctx, makeRef(hash.Sum(nil), size), &head)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", err)
	}
	tmp, err := os.CreateTemp("", "deskbell-s3-*")
	if err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", unavailable(err))
	}
	defer discard(tmp)
	rest, err := io.Copy(tmp, source)
	if err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", err)
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", unavailable(err))
	}
	return s.send(ctx, makeRef(hash.Sum(nil), size+rest), io.MultiReader(&head, tmp))
}

func (s *S3) putBytes(ctx context.Context, content []byte) (Ref, error) {
	sum := sha256.Sum256(content)
	return s.send(ctx, makeRef(sum[:], int64(len(content))), bytes.NewReader(content))
}

func (s *S3) send(ctx context.Context, ref Ref, r io.Reader) (Ref, error) {
	info, err := s.core.StatObject(ctx, s.bucket, s.prefix+ref.Key, minio.StatObjectOptions{})
	if err == nil && info.Size == ref.Size {
		return ref, nil
	}
	_, err = s.core.Client.PutObject(ctx, s.bucket, s.prefix+ref.Key, r, ref.Size, minio.PutObjectOptions{
		ContentType: "application/octet-stream",
		// Without TLS the client signs in chunks, and sends an empty object without the length that S3 demands.
		DisableContentSha256: ref.Size == 0,
	})
	if err != nil {
		return Ref{}, fmt.Errorf("storing blob: %w", unavailable(err))
	}
	return ref, nil
}

// Open implements Store.
func (s *S3) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	body, _, _, err := s.core.GetObject(ctx, s.bucket, s.prefix+key, minio.GetObjectOptions{})
	switch {
	case err == nil:
		return body, nil
	case minio.ToErrorResponse(err).Code == "NoSuchKey":
		return nil, notFound(err)
	}
	return nil, fmt.Errorf("opening blob: %w", unavailable(err))
}

// Delete implements Store.
func (s *S3) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := s.core.Client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
	if err != nil && minio.ToErrorResponse(err).Code != "NoSuchKey" {
		return fmt.Errorf("deleting blob: %w", unavailable(err))
	}
	return nil
}
