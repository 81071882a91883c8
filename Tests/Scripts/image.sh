#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the container image 'hookledger:latest' with the container engine that is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

engine=
for candidate in docker podman; do
  if command -v "$candidate" >/dev/null && "$candidate" info >/dev/null 2>&1; then
    engine=("$candidate" build)
    break
  fi
done
[ -n "$engine" ] || { command -v buildah >/dev/null && engine=(buildah build --format docker); }
[ -n "$engine" ] || { echo "error: no container engine answers: install and start docker, podman or buildah" >&2; exit 1; }

version=$(sed -nE 's/.*hookledgerVersion = "([^"]+)".*/\1/p' Sources/Receiver/Version.swift)
"${engine[@]}" \
  --build-arg "VERSION=$version" \
  --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
  --build-arg "CREATED=$(git log -1 --format=%cI 2>/dev/null || date -u +%Y-%m-%dT%H:%M:%SZ)" \
  -t hookledger:latest .
