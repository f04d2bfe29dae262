#!/usr/bin/env bash
# HubSpot's own clients against bin/deskbell, on both databases (API-1). Arguments go to node's test runner.
set -euo pipefail
cd "$(dirname "$0")/../tests/hubspot-client"
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci --no-audit --no-fund
  touch "$installed"
fi
go run ../../db/dbtest/servertest npm test -- "$@"
