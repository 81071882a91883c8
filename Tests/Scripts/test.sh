#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that must hold before a change is taken in; stops at the first step that fails. At the end the test runners'
# own closing lines are printed once more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
scripts=Tests/Scripts
strict=(-Xswiftc -warnings-as-errors --explicit-target-dependency-import-check error)

logs=.build/test-logs
mkdir -p "$logs"
rm -f "$logs"/*

# step NAME COMMAND...: runs the command, keeps what it printed, and says how long it took.
step() {
  local name=$1 start=$SECONDS
  shift
  echo
  echo "== $name"
  "$@" 2>&1 | tee "$logs/$name.log"
  echo "== $name: done in $((SECONDS - start)) s"
}

step format make lint
# SwiftPM takes no -Werror for C, so the shims are looked at here.
step c-warnings "$(command -v clang || command -v cc)" -fsyntax-only -Wall -Wextra -Werror \
  -D_GNU_SOURCE -ISources/CLinux/include Sources/CLinux/*.c
step build-debug swift build --build-tests "${strict[@]}"
step test-debug swift test --skip-build --disable-xctest "${strict[@]}"
step build-release make build
step linkage "$scripts/linkage.sh" .build/release/hookledger

# Release tests need testability, which the product must not have: they are built apart.
optimised=(-c release --scratch-path .build-testing -Xswiftc -enable-testing "${strict[@]}")
step build-tests-release swift build --build-tests "${optimised[@]}"
step test-release swift test --skip-build --disable-xctest "${optimised[@]}"
# What runs processes blocks the threads that the other tests share, so it comes by itself.
export HOOKLEDGER_BINARY=$PWD/.build/release/hookledger
step test-processes swift test --skip-build --disable-xctest --filter EndToEndTests "${optimised[@]}"
step counts "$scripts/bench.sh" counts
step end-to-end "$scripts/e2e.sh" .build/release/hookledger
step readme "$scripts/readme.sh" .build/release/hookledger

echo
for log in test-debug test-release test-processes; do
  echo "$log: $(grep -E 'Test run with [0-9]+ tests' "$logs/$log.log" | tail -n 1)"
done
echo "linkage: $(tail -n 1 "$logs/linkage.log")"
echo "counts: $(grep -c -v DEARER <(grep '^| .*[0-9] |' "$logs/counts.log")) of $(grep -c '^| .*[0-9] |' "$logs/counts.log") within their thresholds"
echo "end to end: $(tail -n 1 "$logs/end-to-end.log")"
echo "readme: $(tail -n 1 "$logs/readme.log")"
echo "all of 'make test' passed in $SECONDS s"
