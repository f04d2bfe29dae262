#!/usr/bin/env bash
# Runs the benchmarks. Arguments go to go test: bench.sh -benchtime 5s
set -euo pipefail
cd "$(dirname "$0")/.."
go test -run '^$' -bench . -benchmem -timeout 60m "$@" ./...
