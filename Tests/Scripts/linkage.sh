#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: linkage.sh BINARY
# Holds the release program against what it may need and contain: the system's OpenSSL, libcurl and C and C++ runtimes,
# the Swift runtime inside, no full Foundation, no ICU, no SwiftNIO. Prints its size.
set -euo pipefail
binary=${1:?linkage.sh BINARY}

allowed=" libssl.so.3 libcrypto.so.3 libcurl.so.4 libc.so.6 libm.so.6 libstdc++.so.6 libgcc_s.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 "
# The stripped program, in bytes. A quarter of it is FoundationEssentials and what that uses, which swift-argument-parser brings.
limit=20000000
faults=0

if readelf --dynamic --wide "$binary" | grep -qE '\((RPATH|RUNPATH)\)'; then
  echo "$binary: error: looks for libraries in a folder of its own"
  faults=1
fi
for library in $(readelf --dynamic --wide "$binary" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'); do
  echo "needs $library"
  case "$allowed" in
    *" $library "*) ;;
    *)
      echo "$binary: error: needs $library"
      faults=1
      ;;
  esac
done
readelf --dynamic --wide "$binary" | grep -q 'NEEDED.*libssl\|NEEDED.*libcrypto' || {
  echo "$binary: error: OpenSSL is not the system's"
  faults=1
}

# Swift mangles a symbol's module as length and name: $s7NIOCore…; Foundation's own C parts have names of their own.
forbidden='\$s(7NIOCore|8NIOPosix|10Foundation|20FoundationNetworking|30FoundationInternationalization)|_CFRuntime|ucol_open|u_strToUpper'
symbols=$(mktemp)
stripped=$(mktemp)
trap 'rm -f "$symbols" "$stripped"' EXIT
readelf --symbols --wide "$binary" >"$symbols"
grep -q "Symbol table '.symtab'" "$symbols" || {
  echo "$binary: error: has no symbols to look at: it is stripped already"
  exit 1
}
found=$(grep -oE "$forbidden" "$symbols" | sort | uniq -c | head -n 5 || true)
if [ -n "$found" ]; then
  echo "$binary: error: has symbols of what must not be in it:"
  echo "$found"
  faults=1
fi

strip --strip-all -o "$stripped" "$binary"
size=$(stat -c %s "$stripped")
if [ "$size" -gt "$limit" ]; then
  echo "$binary: error: $size bytes stripped, more than $limit"
  faults=1
fi
[ "$faults" = 0 ] || exit 1
awk -v size="$size" -v whole="$(stat -c %s "$binary")" \
  'BEGIN { printf "the program links only what it may; %.1f MB stripped, %.1f MB with symbols\n", size / 1e6, whole / 1e6 }'
