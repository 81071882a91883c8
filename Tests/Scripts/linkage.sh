#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: linkage.sh BINARY
# Holds the release program against what it may need and contain: the system's OpenSSL, libcurl and C and C++ runtimes,
# the Swift runtime inside, no full Foundation, no ICU, no SwiftNIO. Prints its size.
set -euo pipefail
binary=${1:?linkage.sh BINARY}

allowed=" libssl.so.3 libcrypto.so.3 libcurl.so.4 libc.so.6 libm.so.6 libstdc++.so.6 libgcc_s.so.1 ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 "
# Stripped, in bytes: 15 MiB.
limit=$((15 << 20))
faults=0

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
forbidden='\$s[0-9]*(3NIO|7NIOCore|8NIOPosix|10Foundation|20FoundationNetworking|30FoundationInternationalization)[A-Z]|_CFRuntime|u_strToUpper|ucol_open'
found=$(readelf --symbols --wide "$binary" | grep -oE "$forbidden" | sort | uniq -c | head -n 5 || true)
if [ -n "$found" ]; then
  echo "$binary: error: has symbols of what must not be in it:"
  echo "$found"
  faults=1
fi

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip --strip-all -o "$stripped" "$binary"
size=$(stat -c %s "$stripped")
if [ "$size" -gt "$limit" ]; then
  echo "$binary: error: $size bytes stripped, more than $limit"
  faults=1
fi
[ "$faults" = 0 ] || exit 1
awk -v size="$size" -v whole="$(stat -c %s "$binary")" \
  'BEGIN { printf "the program links only what it may; %.1f MiB stripped, %.1f MiB with symbols\n", size / 1048576, whole / 1048576 }'
