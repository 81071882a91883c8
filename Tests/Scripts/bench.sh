#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: bench.sh quick|full|counts [arguments of bench.py or counts.py]
# Needs python3 and a C compiler, nginx for 'quick', and for 'counts' valgrind and strace. 'full' also takes
# redis-server and webhook where they are installed, and builds the Hummingbird receiver.
set -euo pipefail
export PYTHONDONTWRITEBYTECODE=1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
job=${1:?bench.sh quick|full|counts}
shift

missing=()
need() { command -v "$1" >/dev/null || missing+=("$2"); }
need python3 python3
need "${CC:-cc}" gcc
case $job in
  counts) need valgrind valgrind && need strace strace && need strip binutils ;;
  *) need nginx nginx && need taskset util-linux ;;
esac
if [ "${#missing[@]}" -gt 0 ]; then
  echo "error: please install: ${missing[*]} (names of Debian packages)" >&2
  exit 1
fi

case $job in
  quick) exec python3 Tests/Benchmarks/bench.py --quick "$@" ;;
  counts) exec python3 Tests/Benchmarks/counts.py "$@" ;;
  full)
    swift build -c release --package-path Tests/Benchmarks/HummingbirdReceiver
    exec python3 Tests/Benchmarks/bench.py "$@"
    ;;
esac
