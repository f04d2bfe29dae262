package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
)

// openapiCommand prints the API's description, for whoever generates clients from it; the web app's types are made so.
type openapiCommand struct{}

// Run describes a program without data: what routes there are depends on none.
func (openapiCommand) Run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "deskbell-openapi-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := newConfig(store{Data: dir}, network{Listen: "127.0.0.1:8080", SMTP: "none"})
	cfg.log = slog.New(slog.DiscardHandler)
	p, err := wire(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	return out.Encode(p.gate.API().OpenAPI())
}
