#!/usr/bin/env bash
# Measures the program against the numbers it promises and writes what it found into docs/benchmarks.md.
#   DESKBELL_BENCH_TICKETS="100000 1000000"  sizes of the seeded desks; 100000 by itself when not set
#   DESKBELL_BENCH_DIR                       where seeded desks are kept; the user's cache folder when not set
# Arguments go to go test: bench.sh -bench Desk/arrivals -cpuprofile cpu.out. Benchmarks of single packages:
# go test -run '^$' -bench . ./db ./job ./crm/...
set -euo pipefail
cd "$(dirname "$0")/.."
DESKBELL_BENCH_BINARY=$PWD/bin/deskbell DESKBELL_BENCH_PAGE=$PWD/docs/benchmarks.md \
  go test -run '^$' -bench 'BenchmarkDesk$' -benchtime 1x -timeout 60m "$@" ./cmd/deskbell
