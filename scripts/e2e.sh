#!/usr/bin/env bash
# The browser tests against bin/deskbell: most on one with demo data in a folder of its own, the others on empty ones that
# they start themselves, with Dovecot and PostgreSQL where these are installed. Arguments go to vitest.
# With DESKBELL_URL set, the first run against that one instead. With DESKBELL_PICTURES set to a folder, a picture of every
# page in every width and theme is left there.
set -euo pipefail
cd "$(dirname "$0")/.."

go build -o bin/serverstest ./web/e2e/serverstest
if [ -n "${DESKBELL_PICTURES:-}" ]; then
  mkdir -p "$DESKBELL_PICTURES"
  DESKBELL_PICTURES=$(cd "$DESKBELL_PICTURES" && pwd)
  export DESKBELL_PICTURES
fi

if [ -z "${DESKBELL_URL:-}" ]; then
  data=$(mktemp -d)
  port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
  ./bin/deskbell demo --listen "127.0.0.1:$port" --smtp none --data "$data/data" >"$data/log" 2>&1 &
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
