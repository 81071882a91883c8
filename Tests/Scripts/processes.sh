# SPDX-License-Identifier: Apache-2.0
# Sourced by the end-to-end scripts: a work folder, processes that are ended by their ids, free ports, and checks.
# Everything listens on loopback.

work=$(mktemp -d)
processes=()
passed=0

# Ends what was started and shows the logs if a check failed.
finish() {
  local status=$?
  trap - EXIT
  local id
  for id in "${processes[@]}"; do kill "$id" 2>/dev/null || true; done
  for id in "${processes[@]}"; do wait "$id" 2>/dev/null || true; done
  if [ "$status" -ne 0 ]; then
    for log in "$work"/*.log; do
      [ -e "$log" ] || continue
      echo "--- the last lines of $(basename "$log")"
      tail -n 30 "$log"
    done
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# expect WHAT ACTUAL EXPECTED
expect() {
  [ "$2" = "$3" ] || fail "$1: expected '$3', got '$2'"
  passed=$((passed + 1))
  echo "ok: $1"
}

# Runs a command until it succeeds, at most ten seconds.
eventually() {
  local round
  for round in {1..100}; do
    "$@" && return 0
    sleep 0.1
  done
  return 1
}

# start NAME COMMAND...: runs it in the background, its output in NAME.log, its id in $started.
start() {
  local name=$1
  shift
  "$@" >>"$work/$name.log" 2>&1 </dev/null &
  started=$!
  processes+=("$started")
}

# stop ID SIGNAL: the exit status of the process is in $ended.
stop() {
  kill "-$2" "$1" 2>/dev/null || true
  ended=0
  wait "$1" || ended=$?
}

# A port that nobody listens on now, below those that the kernel hands out. Whoever uses it must cope with losing a race.
free_port() {
  local round port
  for round in {1..100}; do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return 0
    fi
  done
  fail "no free port"
}
