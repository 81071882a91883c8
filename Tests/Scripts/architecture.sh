#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The rules of CONTRIBUTING.md that the compiler does not check. SwiftPM lets a target import whatever happens to be built,
# so the arrows of Package.swift are checked here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Modules of the toolchain that any target may use. Foundation is not among them: it would bring ICU into the program.
toolchain="Glibc Synchronization Dispatch"
# Rooms that touch the kernel or C; everywhere else memory safety has no exception but the wall clock, which has no safe call.
touching_memory=" OpenSSL HTTPClient Reactor Threads Ledger hookledger "

# Use: check TARGET SOURCE|TEST SAFE|ANY IMPORTABLE FILE...
check() {
  awk -v target="$1" -v kind="$2" -v safety="$3" -v importable="$4" '
    function complain(words) { print FILENAME ":" FNR ": error: " words; faults++ }
    BEGIN { count = split(importable, names, " "); for (i = 1; i <= count; i++) allowed[names[i]] = 1 }
    FNR == 1 && !/swift-tools-version|SPDX-License-Identifier: Apache-2\.0/ {
      complain("the first line must be // SPDX-License-Identifier: Apache-2.0")
    }
    FNR == 1 { isGenerated = 0 }
    /^\/\/ swift-format-ignore-file/ { isGenerated = 1 }
    FNR == 401 && !isGenerated { complain("longer than 400 lines: split it") }
    /^[ \t]*\/\// { next }
    /^((@[A-Za-z_()]+|package|internal|private|fileprivate|public) +)*import / {
      module = $0
      sub(/^.*import +((struct|class|enum|func|protocol|var|let|typealias) +)?/, "", module)
      sub(/[^A-Za-z0-9_].*/, "", module)
      if (!(module in allowed)) complain(target " does not depend on " module " in Package.swift")
    }
    kind == "SOURCE" && /^ *(@[a-zA-Z_]+(\([^)]*\))? +)*(public|open)(\(set\))? +[a-z]/ {
      complain("nothing is public: the door of a target is package")
    }
    safety == "SAFE" && !/unsafe clock_gettime\(/ && /(^|[^A-Za-z_"])unsafe([^A-Za-z_"]|$)/ { complain("unsafe has no place in " target) }
    END { exit faults > 0 }
  ' "${@:5}"
}

faults=0
while read -r kind target path dependencies; do
  mapfile -t files < <(find "$path" -name '*.swift' | sort)
  [ "${#files[@]}" -gt 0 ] || continue
  if [ "$kind" = test ]; then
    check "$target" TEST ANY "$toolchain Testing $dependencies" "${files[@]}" || faults=1
  else
    safety=SAFE
    [[ $touching_memory != *" $target "* ]] || safety=ANY
    check "$target" SOURCE "$safety" "$toolchain $dependencies" "${files[@]}" || faults=1
  fi
done < <(
  swift package dump-package | jq -r '
    .targets[] | select(.type != "system")
    | (.path // (if .type == "test" then "Tests/" else "Sources/" end) + .name) as $path
    | "\(.type) \(.name) \($path) \([.dependencies[] | (.byName // .product // .target)[0]] | join(" "))"'
)

version=$(sed -nE 's/.*hookledgerVersion = "([^"]+)".*/\1/p' Sources/Receiver/Version.swift)
for file in Dockerfile:"ARG VERSION=$version" CHANGELOG.md:"## [$version]"; do
  grep -qF "${file#*:}" "${file%%:*}" || {
    echo "${file%%:*}:1: error: does not have '${file#*:}', the version in Sources/Receiver/Version.swift"
    faults=1
  }
done

[ "$faults" = 0 ] || exit 1
echo "the architecture holds"
