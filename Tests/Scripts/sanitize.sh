#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: sanitize.sh [ARGUMENT OF swift test...]
# The unit tests under the thread sanitizer and under the address sanitizer; SANITIZERS names one of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# The sanitizers map their shadow memory at fixed places, which address randomisation of newer kernels can take.
steady=()
setarch -R true 2>/dev/null && steady=(setarch -R)

# All tests at once would starve each other past their time limits: sanitized they take ten times as long.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4
# A finding must fail the run, also when the test itself would pass.
export TSAN_OPTIONS="halt_on_error=1"
export ASAN_OPTIONS="detect_leaks=0"

for sanitizer in ${SANITIZERS:-thread address}; do
  echo "== $sanitizer sanitizer"
  # The other linker warns of every function of the address sanitizer.
  build=(--scratch-path ".build-$sanitizer" --sanitize "$sanitizer" -Xswiftc -use-ld=lld)
  swift build --build-tests "${build[@]}"
  preload=()
  if [ "$sanitizer" = thread ]; then
    library=$PWD/.build-thread/thread-sanitizer.so
    "$(command -v clang)" -shared -fPIC -O2 -Wall -Wextra -Werror -o "$library" Tests/Scripts/thread-sanitizer.c
    preload=(env "LD_PRELOAD=$library")
  fi
  "${steady[@]}" "${preload[@]}" swift test --skip-build --disable-xctest "${build[@]}" "$@"
done
