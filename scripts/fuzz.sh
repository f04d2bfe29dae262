#!/usr/bin/env bash
# Runs every Fuzz function of the tree for the given time each: fuzz.sh 3s
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-10s}

found=0
while IFS=: read -r file name; do
  found=$((found + 1))
  echo "fuzz $name in $(dirname "$file") for $time"
  go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$time" -parallel 2
done < <(find . -name '*_test.go' -not -path '*/node_modules/*' -print0 | xargs -0 -r grep -oHE '^func Fuzz[A-Za-z0-9_]+' |
  sed -E 's/^\.\///; s/func //' | sort)
echo "fuzzed $found targets"
[ "$found" -gt 0 ] # none at all means that they were not found
