#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: readme.sh BINARY
# Runs the quick start of README.md as a newcomer would type it: the first two 'sh' blocks in terminals of their own, the
# others one after the other in a third. Only the ports are changed, to free ones.
set -euo pipefail
binary=$(realpath "${1:?readme.sh BINARY}")
readme=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../README.md")
example=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../config/hookledger.json")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
unset "${!HOOKLEDGER_@}" PORT

# The folder looks like a checkout in which 'make build' has run.
mkdir -p "$work/.build/release"
ln -s "$binary" "$work/.build/release/hookledger"
cd "$work"

awk '
  /^## / { inside = /^## Quick start/ }
  inside && /^```sh$/ { block++; copying = 1; next }
  /^```$/ { copying = 0 }
  copying { print > ("block-" block ".sh") }
' "$readme"
expect "the quick start has its blocks" "$(ls block-*.sh | wc -l)" 6

public=$(free_port)
api=$(free_port)
provider=$(free_port)
sed -i "s/:8080/:$public/g; s/:8081/:$api/g; s/:8090/:$provider/g" block-*.sh
export HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:$public HOOKLEDGER_API_LISTEN=127.0.0.1:$api

answers() { curl -sS -o /dev/null "$1" 2>/dev/null; }

# 'exec' lets the process take the place of its shell, so that it can be ended by its id.
sed -i 's/^hookledger /exec hookledger /' block-1.sh block-2.sh
start simulator bash -eu block-1.sh
eventually answers "http://127.0.0.1:$provider/" || fail "the simulator does not start"
start server bash -eu block-2.sh
eventually answers "http://127.0.0.1:$api/readyz" || fail "the server does not start"

for block in 3 4 5 6; do
  echo "exec >block-$block.out"
  cat "block-$block.sh"
done >third.sh
bash -euo pipefail third.sh 2>third.log || fail "the third terminal: $(cat third.log)"

expect "the task was accepted" "$(jq -r '.providerTaskId | length > 0' task.json)" true
expect "it ends in success" "$(jq -rs '.[0].state' block-4.out)" success
expect "the list has it" "$(jq -rs '.[1].data[0].id' block-4.out)" "$(jq -r .id task.json)"
expect "the history is there" "$(jq -rs '.[2].data[0].type' block-4.out)" submitted
expect "the command line and the files show it" \
  "$(grep -c "$(jq -r .id task.json)" block-5.out | awk '{ print ($1 >= 2) }')" 1
expect "the forged callback is refused" "$(jq -rs '.[0].status' block-6.out)" 401
expect "and listed with its reason" "$(jq -rs '.[1].data[0].reason' block-6.out)" missing_signature

"$binary" config check --config "$example" >/dev/null || fail "config/hookledger.json is not accepted"
unset "${!HOOKLEDGER_@}"
"$binary" config print --config "$example" --output json >settings.json
expect "the example configuration has every setting" \
  "$(jq -r '.data[] | select(.source | startswith("file ") | not) | .key' settings.json | xargs)" ""
absent=$(jq -r '.data[].environment' settings.json | while read -r name; do grep -qF "\`$name\`" "$readme" || echo "$name"; done)
expect "the README names every setting" "$absent" ""
echo "readme: $passed checks passed"
