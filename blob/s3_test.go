package blob_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/blobtest"
	"github.com/deskbell/deskbell/errs"
)

func TestS3Conforms(t *testing.T) { // SCALE-1
	blobtest.Run(t, func(t *testing.T) blob.Store { return openS3(t, "mail") })
}

// openS3 starts a store in memory that has the bucket "mail", and opens bucket.
func openS3(t *testing.T, bucket string) *blob.S3 {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("mail"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	s, err := blob.NewS3(blob.S3Config{
		Endpoint: strings.TrimPrefix(server.URL, "http://"), Region: "us-east-1", Bucket: bucket, Prefix: "desk/",
		AccessKey: "key", SecretKey: "secret", Plain: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3Check(t *testing.T) { // OPS-1
	if err := openS3(t, "mail").Check(t.Context()); err != nil {
		t.Errorf("a bucket that is there: %v", err)
	}
	if err := openS3(t, "other").Check(t.Context()); !errs.Is(err, errs.NotFound) {
		t.Errorf("a bucket that is not: %v, want not found", err)
	}
}

func TestS3Config(t *testing.T) {
	for name, cfg := range map[string]blob.S3Config{
		"bucket":   {Endpoint: "127.0.0.1:9"},
		"endpoint": {Endpoint: "http://127.0.0.1:9", Bucket: "mail"},
	} {
		_, err := blob.NewS3(cfg)
		e := errs.As(err)
		if e == nil || len(e.Fields) != 1 || e.Fields[0].Name != name {
			t.Errorf("%+v: %v, want a complaint about %s", cfg, err, name)
		}
	}
}
