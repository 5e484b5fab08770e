#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# wattledger-deliver against a scripted stub (not a store): the answers that a real one gives only when it is ill, and the InfluxDB 2 API,
# of which Debian has no server.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load lib_deliver
	work_begin
	need "$BUILD/wattledger-deliver" "$BUILD/wattledger-sim-feeder" "$BUILD/wattledger-sim-store_stub"
	make_points "$WORK/points" 20 1700000000
}
teardown() { stop_all; }

send() { feed --output influxdb_v1 --url "$STUB_URL" --database energy --live "$WORK/points" "$@" >"$WORK/out" 2>&1; }

# What the stub kept is exactly the batch (each line once or more).
expect_all_kept() { sort -u "$WORK/stub.lines" | cmp - <(sort "$WORK/points"); }

@test "v2: address, token, organization and bucket as the API says" {
	start_stub --token canary-token --org 'my%20org' --bucket 'b%2F1'
	feed --output influxdb_v2 --url "$STUB_URL" --token canary-token --organization 'my org' --bucket b/1 --live "$WORK/points" >"$WORK/out" 2>&1
	expect_line 'verdict 0 ok status=204 .*'
	expect_line 'POST /api/v2/write\?org=my%20org&bucket=b%2F1&precision=ns HTTP/1.1 .* authorized' "$WORK/stub.requests"
	expect_all_kept
	feed --output influxdb_v2 --url "$STUB_URL" --token canary-wrong --organization 'my org' --bucket b/1 --live "$WORK/points" >"$WORK/out" 2>&1
	expect_line 'verdict 0 retry status=401 .*'
	run ! grep canary "$WORK/out"
}

@test "413: the batch is halved until it fits, and only the line that never fits is parked" {
	{ head -7 "$WORK/points"; printf 'energy,device=%0400d power_w=1 1700000000000000000\n' 7; tail -n +8 "$WORK/points"; } >"$WORK/more"
	start_stub --max-bytes 400
	feed --output influxdb_v1 --url "$STUB_URL" --database energy --live "$WORK/more" >"$WORK/out" 2>&1
	expect_line 'verdict 0 rejected status=413 after=0 rejected=7 text=too big for the store.*'
	expect_all_kept
}

@test "429 and 503: Retry-After is passed on, ten minutes at most" {
	start_stub --answers '429/7 503/86400 503'
	send
	expect_line 'verdict 0 retry status=429 after=7 .*'
	send
	expect_line 'verdict 0 retry status=503 after=600 .*'
	send
	expect_line 'verdict 0 retry status=503 after=[12] .*'
	[ ! -s "$WORK/stub.lines" ]
}

@test "bad lines: quoted, counted or not told at all, the good ones are kept and the bad ones parked" {
	local words
	for words in parse partial opaque; do
		rm -f "$WORK/stub.lines"
		start_stub --refuse 'outlet/1' --words "$words" # 1 and 10 to 19
		feed --output influxdb_v2 --url "$STUB_URL" --token x --organization o --bucket b --live "$WORK/points" >"$WORK/out" 2>&1
		expect_line 'verdict 0 rejected status=4(00|22) after=0 rejected=1,10,11,12,13,14,15,16,17,18,19 text=.*'
		sort -u "$WORK/stub.lines" | cmp - <(grep -v outlet/1 "$WORK/points" | sort)
		stop_process stub
	done
}

@test "a store that hangs or trickles costs its deadline, and the other store nothing" {
	start_stub --answers 'hang trickle 204'
	local hung=$STUB_URL
	STUB_PORT=$(free_port)
	start_process stub2 "$BUILD/wattledger-sim-store_stub" --port "$STUB_PORT" --log "$WORK/stub2.requests" --lines "$WORK/stub2.lines"
	wait_for _is_listening "$STUB_PORT"
	feed --output influxdb_v1 --url "$hung" --database energy --timeout 400 --live "$WORK/points" --backlog "$WORK/points" \
		--output influxdb_v1 --url "http://127.0.0.1:$STUB_PORT" --database energy --live "$WORK/points" >"$WORK/out" 2>&1
	# The healthy store's verdict comes first, though it was offered last.
	[ "$(awk '$1 == "verdict" { print $2; exit }' "$WORK/out")" = 2 ]
	expect_line 'verdict 0 retry .*'
	expect_line 'verdict 1 retry .*'
	expect_line 'verdict 2 ok .*'
}

@test "live goes while a backlog request hangs" {
	start_stub --answers 'hang 204'
	start_feed --output influxdb_v1 --url "$STUB_URL" --database energy --timeout 60000 --backlog "$WORK/points" --live "$WORK/points" --live "$WORK/points"
	# Whichever request came first hangs; the lane beside it goes on.
	wait_for grep -q '^verdict [012] ok' "$WORK/feed.out"
}

@test "a connection that dies before or after the store kept the batch: sent again, byte for byte" {
	start_stub --answers 'reset commit-reset 204'
	send --until-stored
	expect_line 'verdict 0 retry status=0 .*'
	expect_line 'verdict 0 ok status=204 .*'
	[ "$(wc -l <"$WORK/stub.lines")" -eq 42 ] # twice 21
	expect_all_kept
}

@test "a redirect is not followed and a page is not a store" {
	start_stub --answers 'redirect page'
	send --token canary-token
	expect_line 'verdict 0 retry status=307 .*redirects, which is not followed.*http://elsewhere.invalid/'
	send
	expect_line 'verdict 0 retry status=200 .*answers with a page.*'
}

@test "the environment's proxies are not used" {
	start_stub
	http_proxy=http://127.0.0.1:1 HTTP_PROXY=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 send
	expect_line 'verdict 0 ok .*'
}

@test "the configured proxy is used" {
	start_stub
	feed --output influxdb_v1 --url http://store.invalid:8086 --proxy "$STUB_URL" --database energy --live "$WORK/points" >"$WORK/out" 2>&1
	expect_line 'verdict 0 ok .*'
	expect_line 'POST http://store.invalid:8086/write\?db=energy&precision=ns HTTP/1.1 .*' "$WORK/stub.requests"
}

@test "more batches than may wait are answered at once, and each gets exactly one verdict" {
	local batches=()
	for _ in {1..40}; do batches+=(--live "$WORK/points"); done
	start_stub
	feed --output influxdb_v1 --url "$STUB_URL" --database energy "${batches[@]}" >"$WORK/out" 2>&1
	[ "$(grep -c '^verdict' "$WORK/out")" -eq 40 ]
	[ "$(awk '$1 == "verdict" { print $2 }' "$WORK/out" | sort -u | wc -l)" -eq 40 ]
	grep '^verdict' "$WORK/out" >"$WORK/verdicts"
	run ! grep -vE '^verdict [0-9]+ (ok .*|retry .*busy: batches for this store are waiting)$' "$WORK/verdicts"
}

@test "SIGTERM with a hanging request: answered with retry, gone within a second" {
	start_stub --answers hang
	start_feed --output influxdb_v1 --url "$STUB_URL" --database energy --timeout 60000 --live "$WORK/points"
	wait_for grep -q hang "$WORK/stub.requests"
	local begin=${EPOCHREALTIME/./}
	kill "$DELIVER_PID"
	wait_for grep -q '^exit 0' "$WORK/feed.out"
	local took_us=$((${EPOCHREALTIME/./} - begin))
	echo "took $took_us us"
	is_sanitized || ((took_us < 1000000)) # else: wait_for's limit is below the request's
	expect_line 'verdict 0 retry status=0 after=0 rejected=- text=deliver was asked to stop' "$WORK/feed.out"
}

@test "a name that does not exist is a failure like any other" {
	feed --output influxdb_v1 --url http://store.invalid:8086 --database energy --timeout 3000 --live "$WORK/points" >"$WORK/out" 2>&1
	expect_line 'verdict 0 retry status=0 .*'
}

@test "an address that cannot be meant ends deliver with 78 and says which output" {
	run feed --output influxdb_v1 --url ftp://h --database energy --live "$WORK/points"
	[ "$status" -eq 78 ]
	[[ $output == *'has to start with http:// or https://'* ]]
}
