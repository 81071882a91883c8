#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Use: e2e.sh BINARY
# The simulator and the server as two processes, driven from outside only: curl, openssl and the command line.
set -euo pipefail
binary=$(realpath "${1:?e2e.sh BINARY}")
# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"
cd "$work"
unset "${!HOOKLEDGER_@}" PORT

key=e2e-hmac-key-of-the-provider
hookledger() { "$binary" "$@"; }

# call CURL-ARGUMENT...: the status is in $status, the body in body.json.
call() {
  status=$(curl -sS --max-time 90 -o body.json -w '%{http_code}' "$@") || fail "curl $*"
}

# json FILTER: of the last body.
json() { jq -r "$1" body.json; }

signature() { printf '%s.%s' "$1" "$2" | openssl dgst -sha256 -hmac "${3:-$key}" -binary | base64; }

# callback PATH BODY [TIMESTAMP SIGNATURE]
callback() {
  local headers=()
  [ $# -lt 3 ] || headers=(-H "X-Webhook-Timestamp: $3" -H "X-Webhook-Signature: $4")
  call "$public$1" -H 'Content-Type: application/json' "${headers[@]}" -d "$2"
}

newest_refusal() { hookledger requests list --limit 20 --output json | jq -r '[.data[] | select(.status == "refused")][0].reason'; }

ready() { hookledger healthcheck 2>/dev/null; }

start_server() {
  start server "$binary" serve
  server=$started
  eventually ready || fail "the server does not become ready"
}

# --- the two processes

start simulator "$binary" simulate --listen 127.0.0.1:0 --hmac-key "$key" --speed 20 --seed 1
simulator_address() { provider=$(grep -om1 'http://127.0.0.1:[0-9]*' simulator.log); }
eventually simulator_address || fail "the simulator does not start"

export HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:$(free_port) HOOKLEDGER_API_LISTEN=127.0.0.1:$(free_port)
public=http://$HOOKLEDGER_PUBLIC_LISTEN
api=http://$HOOKLEDGER_API_LISTEN
export HOOKLEDGER_PUBLIC_URL=$public HOOKLEDGER_PROVIDER_URL=$provider HOOKLEDGER_PROVIDER_API_KEY=e2e-api-key
export HOOKLEDGER_DATA_DIR=$work/data HOOKLEDGER_HMAC_KEYS_FILE=$work/keys HOOKLEDGER_RESULTS_ALLOW_HOSTS=127.0.0.1
echo "$key" >keys
start_server

# --- a task, from submission to result

task='{"model":"sora-2-image-to-video","input":{"prompt":"A red kite","image_urls":["https://example.com/kite.png"]}}'
call "$api/api/v1/tasks" -H 'Content-Type: application/json' -d "$task"
expect "a submission is answered with 201" "$status" 201
id=$(json .id)
expect "the provider has named the task" "$(json '.providerTaskId | length > 0')" true
call "$api/api/v1/tasks/$id?wait=60s"
expect "waiting answers at the end" "$status $(json .state)" "200 success"
expect "the end was signed" "$(json '.trust == "signed" or .trust == "confirmed"')" true
expect "the result has an address" "$(json '.result.urls | length > 0')" true
provider_id=$(json .providerTaskId)
call "$api/api/v1/tasks/$provider_id"
expect "the task is found by the provider's id" "$(json .id)" "$id"
call "$api/api/v1/tasks?state=success"
expect "the list has the task" "$(json '.data[0].id')" "$id"
call "$api/api/v1/tasks/$id/events"
expect "the history begins with the intent" "$(json '[.data[].type][0:2] | join(" ")')" "submitted accepted"
expect "the history has progress and one end" \
  "$(json '([.data[].type] | index("progress") != null), ([.data[] | select(.type == "callback")] | length)' | xargs)" "true 1"
file_is_there() { [ "$(jq -r .state "data/tasks"/*/"$id.json" 2>/dev/null)" = success ]; }
eventually file_is_there || fail "the task's file does not follow"
expect "the file holds the same task" "$(jq -r .providerTaskId "data/tasks"/*/"$id.json")" "$provider_id"
saved() {
  call "$api/api/v1/tasks/$id"
  [ "$(json '.trust == "confirmed" and (.result.files | length > 0)')" = true ]
}
eventually saved || fail "the end is not confirmed, or the result is not saved: $(cat body.json)"
expect "the saved file has its hash" "$(sha256sum <"data/$(json .result.files[0].path)" | cut -d ' ' -f 1)" "$(json .result.files[0].sha256)"
call "$api/api/v1/tasks/$id/results/0" -H 'Range: bytes=0-3'
expect "the file is served in parts" "$status $(stat -c %s body.json)" "206 4"
expect "submit --wait ends with 0" \
  "$(hookledger submit --prompt 'A kite' --image-url https://example.com/1.png --wait --output json 2>/dev/null | jq -r .state)" success
call "$api/api/v1/credits"
expect "the balance comes from the provider" "$status" 200

# --- submissions that are wrong

call "$api/api/v1/tasks" -H 'Content-Type: application/json' -d '{"model":"sora-2-image-to-video","input":{"n_frames":"11"}}'
expect "a wrong input is answered with 422" "$status" 422
expect "every error has its place" \
  "$(json '[.errors[].pointer] | (index("/input/prompt") != null) and (index("/input/n_frames") != null)')" true
expect "submit ends with another status than 0" "$(hookledger submit --input /dev/null >/dev/null 2>&1 && echo 0 || echo other)" other
for round in 1 2; do
  call "$api/api/v1/tasks" -H 'Content-Type: application/json' -H 'Idempotency-Key: e2e-1' -d "$task"
  [ "$round" = 1 ] && first=$(json .id)
done
expect "the same idempotency key gives the same task" "$(json .id)" "$first"
call "$api/api/v1/tasks" -H 'Content-Type: application/json' -H 'Idempotency-Key: e2e-1' -d '{"model":"some/other","input":{}}'
expect "the same key with another body is answered with 422" "$status" 422
call "$api/api/v1/tasks/$first?wait=60s"

# --- callbacks that are wrong

now=$(date +%s)
stranger=00000000000000000000000000000e2e
body="{\"code\":200,\"msg\":\"ok\",\"data\":{\"taskId\":\"$stranger\",\"model\":\"some/model\",\"state\":\"success\",\"resultJson\":\"{\\\"resultUrls\\\":[\\\"https://files.example.com/a.mp4\\\"]}\"}}"

callback /callbacks "$body"
expect "an unsigned callback is answered with 401" "$status" 401
expect "and is listed" "$(newest_refusal)" missing_signature
jq -S 'del(.requestId)' body.json >unsigned.json

callback /callbacks "$body" "$now" "$(signature "$stranger" "$now" another-key)"
expect "a forged callback is answered with 401" "$status" 401
expect "and is listed" "$(newest_refusal)" bad_signature
jq -S 'del(.requestId)' body.json >forged.json
expect "the answer does not tell why" "$(cmp unsigned.json forged.json && echo same)" same

old=$((now - 3600))
callback /callbacks "$body" "$old" "$(signature "$stranger" "$old")"
expect "a stale callback is answered with 401" "$status" 401
expect "and is listed" "$(newest_refusal)" stale

callback /callbacks '{"taskId":"task-a","data":{"taskId":"task-b","state":"success"}}' "$now" "$(signature task-a "$now")"
expect "a contradictory callback is answered with 400" "$status" 400
expect "and is listed" "$(newest_refusal)" conflicting_task_ids

callback /callbacks '{"data":' "$now" "$(signature "$stranger" "$now")"
expect "a callback that is not JSON is answered with 400" "$status $(newest_refusal)" "400 not_json"
callback /callbacks '{"data":{"state":"success"}}' "$now" "$(signature "$stranger" "$now")"
expect "a callback that names no task is answered with 400" "$status $(newest_refusal)" "400 no_task_id"
callback "/callbacks/${id#tsk_}.AAAAAAAAAAAAAAAAAAAAAA" "$body" "$now" "$(signature "$stranger" "$now")"
expect "a made-up address is answered with 401" "$status $(newest_refusal)" "401 bad_token"
call "$api/api/v1/tasks/$stranger"
expect "none of them made a task" "$status" 404

# --- callbacks that are right

callback /callbacks "$body" "$now" "$(signature "$stranger" "$now")"
expect "a signed callback for an unknown task is answered with 200" "$status $(jq -c . body.json)" '200 {"status":"received"}'
callback /callbacks "$body" "$now" "$(signature "$stranger" "$now")"
expect "a repetition gets the same answer" "$status $(jq -c . body.json)" '200 {"status":"received"}'
call "$api/api/v1/tasks/$stranger/events"
expect "and changes nothing" "$(json '.data | length')" 1
call "$api/api/v1/tasks/$stranger"
expect "the task is kept" "$(json '"\(.state) \(.trust) \(.result.urls[0])"')" "success signed https://files.example.com/a.mp4"
hookledger sign --task-id "$stranger" --timestamp "$now" --hmac-key "$key" --output json >signed.json
expect "sign agrees with OpenSSL" "$(jq -r .signature signed.json)" "$(signature "$stranger" "$now")"
hookledger verify --task-id "$stranger" --timestamp "$now" --signature "$(signature "$stranger" "$now")" >/dev/null ||
  fail "verify refuses a good signature"

# --- the edges

call "$public/livez"
expect "the public listener is alive" "$status" 200
call "$public/api/v1/tasks"
expect "the public listener serves nothing else" "$status" 404
call "$public/callbacks"
expect "callbacks are posted" "$status" 405
call "$api/api/v1/tasks" -H 'Host: rebound.example.com'
expect "a foreign Host is refused" "$status" 421
call "$api/api/v1/tasks" -H 'Origin: https://example.com'
expect "a foreign Origin is refused" "$status" 403
call "$api/readyz?verbose"
expect "the server is ready" "$status" 200
call "$api/metrics"
expect "the metrics count the refused callbacks" \
  "$(grep -c '^hookledger_callbacks_refused_total{reason="stale"} 1$' body.json)" 1
expect "no segment is made ready for a journal that hardly grows" \
  "$(grep -c '^hookledger_journal_spare_segments 0$' body.json)" 1
status=0
hookledger ledger check >/dev/null 2>&1 || status=$?
expect "ledger check needs the folder for itself" "$status" 1
status=0
HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:0 HOOKLEDGER_API_LISTEN=127.0.0.1:0 timeout 20 "$binary" serve >second.log 2>&1 || status=$?
expect "a second server on the folder does not start" "$status" 1
status=0
HOOKLEDGER_PUBLIC_LISTEN=127.0.0.1:0 HOOKLEDGER_API_LISTEN=127.0.0.1:0 HOOKLEDGER_DATA_DIR=$work/threadless timeout 20 \
  strace -f -o /dev/null -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN:when=1 \
  "$binary" serve >threadless.log 2>&1 || status=$?
expect "a server without a thread for its journal does not start" "$status" 1
expect "and says why" "$(grep -c 'pthread_create.*Resource temporarily unavailable' threadless.log)" 1

# --- another key, without a restart

callback /callbacks "$body" "$now" "$(signature "$stranger" "$now" the-next-key)"
expect "a key that is not set is refused" "$status" 401
echo "the-next-key,$key" >keys
kill -HUP "$server"
turned() {
  callback /callbacks "$body" "$now" "$(signature "$stranger" "$now" the-next-key)"
  [ "$status" = 200 ]
}
eventually turned || fail "SIGHUP does not bring the new key"
expect "after SIGHUP it counts" "$status" 200

# --- stop, check, start

# What the provider is asked about beside the callbacks may lift the trust in a task at any time; the rest stands.
snapshot() {
  call "$api/api/v1/tasks?limit=250"
  jq -S '[.data[] | {id, providerTaskId, model, state, input, urls: .result.urls, failure, createdAt}]' body.json >"$1"
}
snapshot before.json
stop "$server" TERM
expect "SIGTERM ends it with 0" "$ended" 0
status=0
hookledger healthcheck >/dev/null 2>&1 || status=$?
expect "healthcheck says that nobody answers" "$status" 6
hookledger ledger check --output json >check.json || fail "ledger check: $(cat check.json)"
expect "the ledger is clean" "$(jq -c '[.tasks, .tornBytes, .staleFiles, .faults]' check.json)" '[4,0,0,[]]'
start_server
snapshot after.json
expect "after a restart everything is as it was" "$(cmp before.json after.json && echo same)" same
stop "$server" TERM
hookledger ledger rebuild >/dev/null
expect "a rebuilt ledger is clean" "$(hookledger ledger check --output json | jq -c .faults)" '[]'

expect "no log holds a secret" "$(cat ./*.log | grep -cE "$key|e2e-api-key|the-next-key" || true)" 0
echo "end to end: $passed checks passed"
