#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: fuzz.sh [TARGET...]
# Coverage-guided fuzzing with libFuzzer, which the Swift toolchain brings along. Each target runs for FUZZ_SECONDS (60)
# from the inputs in Corpus/TARGET and from what the last run found; an input on which it stops is kept in
# .build-fuzz/TARGET and named, and belongs into the tables of the unit tests once it is mended.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${FUZZ_SECONDS:-60}
targets=("$@")
[ $# -gt 0 ] || targets=(http json report journal)

out=.build-fuzz
# libFuzzer itself must see the trap, or it does not keep the input.
export SWIFT_BACKTRACE=enable=no
fuzzers=Tests/Fuzz
mkdir -p "$out/CLinux"

# Every edge is counted. Traps stay: they are what is looked for.
swift=(swiftc -swift-version 6 -O -wmo -parse-as-library -enable-testing -package-name hookledger -sanitize=fuzzer
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility
  -I "$out" -I "$out/CLinux" -I Sources/COpenSSL -I Sources/CVector/include -I "$fuzzers/Reference" -Xcc -D_GNU_SOURCE)
clang=$(command -v clang || command -v cc)

# is_new OUTPUT INPUT...: whether an input is younger than the output.
is_new() {
  local output=$1 input
  shift
  [ -e "$output" ] || return 0
  for input in "$@"; do [ "$input" -nt "$output" ] && return 0; done
  return 1
}

# module NAME [MODULE IT NEEDS...]: compiles Sources/NAME with counters.
module() {
  local name=$1 sources=(Sources/"$1"/*.swift) needed
  shift
  needed=("${@/#/$out/}")
  if is_new "$out/$name.o" "${sources[@]}" "${needed[@]/%/.swiftmodule}"; then
    echo "compiling $name"
    "${swift[@]}" -module-name "$name" -emit-module -emit-module-path "$out/$name.swiftmodule" \
      -c -o "$out/$name.o" "${sources[@]}"
  fi
}

# fuzzer NAME MODULE...: compiles and links Tests/Fuzz/NAME.swift.
fuzzer() {
  local name=$1 objects sources
  shift
  objects=("${@/#/$out/}")
  objects=("${objects[@]/%/.o}" "$out/reference.o")
  sources=("$fuzzers/$name.swift" "$fuzzers/Support.swift")
  [[ " $* " != *" Ledger "* ]] || sources+=("$fuzzers/JournalSupport.swift")
  if is_new "$out/fuzz-$name" "${sources[@]}" "${objects[@]}"; then
    echo "linking $name"
    "${swift[@]}" -module-name Fuzz -o "$out/fuzz-$name" "${sources[@]}" "${objects[@]}" "$out"/CLinux/*.o \
      -lssl -lcrypto
  fi
}

printf 'module CLinux { header "%s" export * }\n' "$PWD/Sources/CLinux/include/CLinux.h" >"$out/CLinux/module.modulemap"
for source in Sources/CLinux/*.c; do
  "$clang" -c -O2 -D_GNU_SOURCE -ISources/CLinux/include -o "$out/CLinux/$(basename "${source%.c}").o" "$source"
done
if is_new "$out/reference.o" "$fuzzers"/Reference/*; then
  for name in http json; do
    "$clang" -c -O2 -Wall -Wextra -Werror -fsanitize=fuzzer-no-link -o "$out/$name-reference.o" \
      "$fuzzers/Reference/$name-reference.c"
  done
  ld -r -o "$out/reference.o" "$out/http-reference.o" "$out/json-reference.o"
fi

for target in "${targets[@]}"; do
  case $target in
    http) module HTTP1 && fuzzer http HTTP1 ;;
    json) module JSON && fuzzer json JSON ;;
    report | journal)
      module JSON && module HTTP1 && module OpenSSL && module Callbacks HTTP1 JSON OpenSSL && module Threads &&
        module Ledger Callbacks JSON Threads
      fuzzer "$target" JSON HTTP1 OpenSSL Callbacks Threads Ledger
      ;;
    *) echo "error: no fuzzer is called $target" >&2 && exit 2 ;;
  esac
done

status=0
for target in "${targets[@]}"; do
  found=$out/$target
  mkdir -p "$found"
  log=$out/$target.log
  # What finds something ends at once; the rest of the targets run all the same.
  if "$out/fuzz-$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/stopped-" -dict="$fuzzers/$target.dict" "$found" "$fuzzers/Corpus/$target" &>"$log"; then
    echo "fuzz $target: ok, $(awk '/stat::number_of_executed_units/ { print $2 }' "$log") inputs in $seconds s," \
      "$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -d ' ' -f 2) edges reached"
  else
    status=1
    echo "fuzz $target: STOPPED; the input and the reason:"
    grep -aE 'DIFFERENCE|Fatal error|ERROR:|Test unit written' "$log" | head -n 8 || tail -n 5 "$log"
  fi
done
exit "$status"
