#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: torture.sh [ROW...]
# The rows are in torture/torture.py; HOOKLEDGER_BINARY is the program, else the release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
binary=${HOOKLEDGER_BINARY:-$PWD/.build/release/hookledger}
unset "${!HOOKLEDGER_@}"
export HOOKLEDGER_BINARY=$binary
# The kernel gives a process as many connections as its hard limit allows.
ulimit -n "$(ulimit -Hn)"
exec python3 Tests/Scripts/torture/torture.py "$@"
