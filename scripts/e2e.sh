#!/usr/bin/env bash
# The browser tests against bin/deskbell with demo data in a folder of its own. Arguments go to vitest.
# With DESKBELL_URL set, they run against that one instead.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${DESKBELL_URL:-}" ]; then
  data=$(mktemp -d)
  port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
  ./bin/deskbell demo --listen "127.0.0.1:$port" --data "$data/data" >"$data/log" 2>&1 &
  server=$!
  finish() {
    local code=$?
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    if [ "$code" != 0 ]; then echo "the server's last words:"; tail -n 40 "$data/log"; fi
    rm -rf "$data"
    exit "$code"
  }
  trap finish EXIT
  export DESKBELL_URL="http://127.0.0.1:$port"
  for _ in $(seq 300); do
    curl -fsS -o /dev/null "$DESKBELL_URL/readyz" 2>/dev/null && break
    kill -0 "$server" 2>/dev/null || { echo "deskbell ended before it was ready" >&2; exit 1; }
    sleep 0.1
  done
fi
cd web && npm run e2e -- "$@"
