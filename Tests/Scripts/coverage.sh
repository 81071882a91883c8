#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: coverage.sh
# Runs the unit tests with counters and tells for each of the targets below how many of its lines they reach, and which
# they do not. The whole report stays in .build-coverage/lines.info.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
targets=(HTTP1 Callbacks Ledger)

out=.build-coverage
build=(--scratch-path "$out" --enable-code-coverage)
swift build --build-tests "${build[@]}"
debug=$out/debug
rm -rf "$debug/codecov"
unset HOOKLEDGER_BINARY
swift test --skip-build --disable-xctest "${build[@]}" --skip EndToEndTests

# Of the same toolchain: another version does not read the counters.
llvm_cov=$(dirname "$(swiftc -print-target-info | jq -r .paths.runtimeResourcePath)")/../bin/llvm-cov
"$llvm_cov" export -format=lcov -instr-profile "$debug/codecov/default.profdata" \
  "$debug"/*.xctest "${targets[@]/#/Sources/}" >"$out/lines.info"
Tests/Scripts/coverage.py "$out/lines.info" "${targets[@]}"
