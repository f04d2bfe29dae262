# Deskbell. `make` prints the targets; each installs what it needs, or says in one line what to install.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
GOBUILD := CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)"
# One PostgreSQL server for all packages' tests.
GOTEST := go run ./db/dbtest/servertest go test
FUZZTIME ?= 60s
LINT_VERSION := v2.6.0
LINT := bin/tools/golangci-lint-$(LINT_VERSION)

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path 'web/e2e/*' \
	\( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' -o -name '*.json' -o -name '*.mjs' -o -name '*.svg' \) 2>/dev/null)
MODULES := web/node_modules/.package-lock.json
BUNDLE := bin/.bundle

.PHONY: run test test-short lint web e2e bench fuzz build release help

run: build ## build, then start a help desk with demo data on the embedded database
	./bin/deskbell demo $(ARGS)

test: ## every test: Go, web, browser, a few seconds of fuzzing
	scripts/need.sh test
	$(MAKE) build
	go vet ./...
	$(GOTEST) -p 2 -timeout 15m ./...
	cd web && npm run types -- --check && npm test
	scripts/hubspot.sh
	scripts/e2e.sh
	scripts/fuzz.sh 3s

test-short: $(MODULES) ## the tests to run before each commit, under 3 minutes
	$(GOTEST) -p 2 -short -timeout 5m ./...
	cd web && npm test

lint: $(LINT) $(MODULES) ## gofmt, go vet, golangci-lint, eslint, tsc
	@files=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$files" ] || { echo "run gofmt -w on:"; echo "$$files"; exit 1; }
	go vet ./...
	$(LINT) run ./...
	cd web && npm run lint && npm run typecheck

web: $(BUNDLE) ## build the web app's bundle, when its sources changed

e2e: build ## the browser tests against the built binary
	scripts/need.sh e2e
	scripts/e2e.sh $(ARGS)

bench: build ## measure; numbers to compare with docs/benchmarks.md
	scripts/bench.sh $(ARGS)

fuzz: ## fuzz each target for FUZZTIME (60s)
	scripts/need.sh go
	scripts/fuzz.sh $(FUZZTIME)

build: $(BUNDLE) ## bin/deskbell, one static binary with the web app inside
	scripts/need.sh go
	$(GOBUILD) -o bin/deskbell ./cmd/deskbell

release: $(BUNDLE) ## binaries for linux and darwin, amd64 and arm64, with checksums, in dist/
	rm -rf dist && mkdir -p dist
	for os in linux darwin; do for arch in amd64 arm64; do \
		GOOS=$$os GOARCH=$$arch $(GOBUILD) -o dist/deskbell-$(VERSION)-$$os-$$arch ./cmd/deskbell; done; done
	cd dist && { sha256sum deskbell-* 2>/dev/null || shasum -a 256 deskbell-*; } > SHA256SUMS && cat SHA256SUMS

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

# What the targets above are made of. Real files, so that nothing is built twice.

$(MODULES): web/package-lock.json web/package.json
	scripts/need.sh web
	cd web && npm ci --no-audit --no-fund
	@touch $@

$(BUNDLE): $(MODULES) $(WEB_SOURCES)
	cd web && npm run build
	@touch web/dist/.gitkeep && mkdir -p bin && touch $@

$(LINT):
	scripts/need.sh go
	GOBIN=$(CURDIR)/bin/tools GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv bin/tools/golangci-lint $@
