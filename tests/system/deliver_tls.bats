#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# wattledger-deliver over TLS to a real InfluxDB, with good certificates and with each kind of bad one.

setup() {
	load lib
	load lib_deliver
	work_begin
	need influxd openssl "$BUILD/wattledger-deliver" "$BUILD/wattledger-sim-feeder"
	make_tls_files
	make_points "$WORK/points" 3
}
teardown() { stop_all; }

# serve NAME: the store shows $WORK/tls/NAME.pem
serve() {
	if [ "$1" != server ]; then
		cp "$WORK/tls/$1.pem" "$WORK/tls/server.pem"
		cp "$WORK/tls/$1.key" "$WORK/tls/server.key"
	fi
	start_influx tls
	influx_query 'CREATE DATABASE energy' >/dev/null
}

send() {
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/points" "$@" >"$WORK/out" 2>&1
}

@test "tls: a certificate of the configured authority is accepted, of any other not" {
	serve server
	send --tls-ca "$WORK/tls/ca.pem"
	expect_line 'verdict 0 ok status=204 .*'
	send --tls-ca "$WORK/tls/stranger.pem"
	expect_line 'verdict 0 retry status=0 .*certificate is not trusted \(set tls_ca to its authority\).*'
	send
	expect_line 'verdict 0 retry status=0 .*certificate is not trusted.*'
}

@test "tls: a certificate of another host is refused" {
	serve other
	send --tls-ca "$WORK/tls/ca.pem"
	expect_line 'verdict 0 retry status=0 .*certificate is for another host.*'
}

@test "tls: an expired certificate is refused" {
	serve expired
	send --tls-ca "$WORK/tls/ca.pem"
	expect_line 'verdict 0 retry status=0 .*certificate has expired.*'
}

@test "tls: a certificate of the future is told from a clock that is not set" {
	serve future
	send --tls-ca "$WORK/tls/ca.pem"
	expect_line "verdict 0 retry status=0 .*certificate is not yet valid.*"
}

@test "tls: insecure_skip_verify sends, and warns at each start" {
	serve expired
	send --insecure
	expect_line 'verdict 0 ok status=204 .*'
	expect_line '.*insecure_skip_verify is set: the store.s certificate is NOT verified.*'
}

@test "tls: a missing authority file is a fault here, and the data is kept" {
	serve server
	send --tls-ca "$WORK/tls/nothing.pem"
	expect_line 'verdict 0 retry status=0 .*'
}

@test "tls: plain text to a TLS port is not taken for bad lines" {
	serve server
	feed --output influxdb_v1 --url "${INFLUX_URL/https/http}" --database energy --live "$WORK/points" >"$WORK/out" 2>&1
	expect_line 'verdict 0 retry status=(400|0) .*'
}
