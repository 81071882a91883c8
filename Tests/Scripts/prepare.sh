#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: prepare.sh lint|build|test|torture
# Sees to it that everything is there that the job needs: installs missing Debian packages where it may, and otherwise
# says in one line what to install.
set -euo pipefail
job=${1:?prepare.sh lint|build|test|torture}

fail() {
  echo "error: $*" >&2
  exit 1
}

has_header() {
  printf '#include <%s>\n' "$1" | "$(command -v clang || command -v cc || echo gcc)" -fsyntax-only -x c - 2>/dev/null
}

# What is missing, as Debian packages, one a line.
missing() {
  local command
  command -v git >/dev/null || echo git
  if [ "$job" != lint ]; then
    command -v pkg-config >/dev/null || echo pkg-config
    has_header openssl/ssl.h || echo libssl-dev
    has_header curl/curl.h || echo libcurl4-openssl-dev
    [ -s /etc/ssl/certs/ca-certificates.crt ] || [ -s /etc/pki/tls/certs/ca-bundle.crt ] || echo ca-certificates
  fi
  if [ "$job" = test ]; then
    for command in make curl jq openssl; do
      command -v "$command" >/dev/null || echo "$command"
    done
    command -v readelf >/dev/null || echo binutils
    for command in python3 gcc valgrind strace; do
      command -v "$command" >/dev/null || echo "$command"
    done
  fi
  if [ "$job" = lint ]; then
    command -v jq >/dev/null || echo jq
  fi
  if [ "$job" = torture ]; then
    for command in python3 openssl strace slowhttptest; do
      command -v "$command" >/dev/null || echo "$command"
    done
    command -v ip >/dev/null || [ -x /usr/sbin/ip ] || echo iproute2
    command -v testssl >/dev/null || echo testssl.sh
    command -v mkfs.ext4 >/dev/null || [ -x /usr/sbin/mkfs.ext4 ] || echo e2fsprogs
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  fi
}

install() {
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    sudo=(sudo -n)
    "${sudo[@]}" true 2>/dev/null || return 1
  fi
  command -v apt-get >/dev/null || return 1
  echo "installing $*"
  # Output is only of interest when something fails.
  local log
  log=$(mktemp)
  if ! {
    "${sudo[@]}" apt-get -o DPkg::Lock::Timeout=300 update &&
      "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
  } >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

command -v swift >/dev/null || fail "Swift is missing: install Swift $(cat .swift-version) from https://www.swift.org/install"

mapfile -t packages < <(missing)
if [ "${#packages[@]}" -gt 0 ]; then
  install "${packages[@]}" || fail "please install: ${packages[*]} (names of Debian and Ubuntu packages)"
fi
