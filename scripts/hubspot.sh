#!/usr/bin/env bash
# HubSpot's own client against bin/deskbell (API-1).
set -euo pipefail
cd "$(dirname "$0")/../tests/hubspot-client"
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  npm ci --no-audit --no-fund
  touch "$installed"
fi
npm test
