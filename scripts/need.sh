#!/usr/bin/env bash
# Checks that the tools for a purpose are here: need.sh go|web|e2e|test. Debian packages are installed when that is
# possible (root and apt-get); anything else is named in one line.
set -euo pipefail

GO_AT_LEAST=1.26
NODE_AT_LEAST=20.19

fail() { echo "$*" >&2; exit 1; }

at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

need_go() {
  command -v go >/dev/null || fail "Go is missing: install Go $GO_AT_LEAST or newer from https://go.dev/dl/"
  local have
  have=$(go env GOVERSION | sed 's/^go//')
  at_least "$GO_AT_LEAST" "$have" || fail "Go $have is too old: install Go $GO_AT_LEAST or newer from https://go.dev/dl/"
}

need_web() {
  command -v node >/dev/null || fail "Node is missing: install Node $NODE_AT_LEAST or newer with npm from https://nodejs.org/"
  command -v npm >/dev/null || fail "npm is missing: install it with Node $NODE_AT_LEAST or newer from https://nodejs.org/"
  local have
  have=$(node --version | sed 's/^v//')
  at_least "$NODE_AT_LEAST" "$have" || fail "Node $have is too old: install Node $NODE_AT_LEAST or newer from https://nodejs.org/"
}

has_chromium() { [ -x /usr/bin/chromium ] || command -v chromium >/dev/null || [ -n "${CHROMIUM:-}" ]; }
has_curl() { command -v curl >/dev/null; }
has_dovecot() { [ -x /usr/sbin/dovecot ] || command -v dovecot >/dev/null; }
has_dovecot_imap() { [ -x /usr/lib/dovecot/imap ] || [ -x /usr/libexec/dovecot/imap ]; }
has_dovecot_lmtp() { [ -x /usr/lib/dovecot/lmtp ] || [ -x /usr/libexec/dovecot/lmtp ]; }
# Debian keeps initdb and postgres out of PATH, under a folder per version.
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }

packages() { # packages chromium|servers: Debian packages that are missing
  case $1 in
    chromium)
      has_chromium || echo chromium
      has_curl || echo curl
      ;;
    servers)
      has_dovecot && has_dovecot_imap || echo dovecot-imapd
      has_dovecot_lmtp || echo dovecot-lmtpd
      has_postgres || echo postgresql
      ;;
  esac
}

install() {
  local missing="$*"
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the tests: $missing"
    # shellcheck disable=SC2086 # one word a package
    if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
      { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
      return 0
    fi
  fi
  fail "missing for the tests: $missing (on Debian: sudo apt-get install $missing)"
}

case "${1:-}" in
  go) need_go ;;
  web) need_web ;;
  e2e) need_go; need_web; install $(packages chromium) ;;
  test) need_go; need_web; install $(packages chromium) $(packages servers) ;;
  *) fail "usage: scripts/need.sh go|web|e2e|test" ;;
esac
