#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger config: the commented sample, and a configuration as it is in force.
# bats sets stderr with --separate-stderr.
# shellcheck disable=SC2154

setup() {
	load lib
	work_begin
	bats_require_minimum_version 1.5.0
	W=$BUILD/wattledger
	mkdir -p "$WORK/conf.d"
	cat >"$WORK/a.yaml" <<-END
		sites:
		  - {id: lab, zone: NO, time_zone: UTC}
		defaults: {community: "@file:$WORK/community", interval: 30s}
		ledger: {slot: 1min}
		devices:
		  - id: pdu
		    name: "Rack: 1 #2"
		    address: snmp://192.0.2.1
		    interval: 5s
		  - {id: rack, address: "modbus://192.0.2.2/1", driver: eastron_sdm630, fed_by: [pdu]}
	END
	cat >"$WORK/conf.d/b.yaml" <<-'END'
		outputs: [{type: influxdb_v2, urls: ["https://store.example:8086"], token: s3cret, organization: o, bucket: b}]
		local: no
	END
	echo monitor >"$WORK/community"
	chmod 600 "$WORK"/a.yaml "$WORK"/conf.d/b.yaml "$WORK/community"
}

teardown() { stop_all; }

# Without the places.
plain() { sed -E 's/ +# [^#]*$//' "$1"; }

@test "config show prints all files as one, each value with its place, and no secret" {
	run -0 --separate-stderr "$W" config show -c "$WORK/a.yaml"
	echo "$output" >"$WORK/shown"
	diff -u - <(plain "$WORK/shown") <<-END
		local: no
		ledger:
		  slot: 1min
		sites:
		  - id: lab
		    zone: NO
		    time_zone: UTC
		devices:
		  - id: pdu
		    name: "Rack: 1 #2"
		    address: snmp://192.0.2.1
		    interval: 5s
		    community: "@file:$WORK/community"
		  - id: rack
		    address: modbus://192.0.2.2/1
		    fed_by: [pdu]
		    interval: 30s
		    driver: eastron_sdm630
		outputs:
		  - type: influxdb_v2
		    urls: [https://store.example:8086]
		    token: (hidden)
		    organization: o
		    bucket: b
	END
	grep -q "^    interval: 5s  *# $WORK/a.yaml:9\$" "$WORK/shown"
	grep -q "^    interval: 30s  *# $WORK/a.yaml:3\$" "$WORK/shown"
	grep -q "^local: no  *# $WORK/conf.d/b.yaml:2\$" "$WORK/shown"
	run ! grep -q s3cret "$WORK/shown"
}

@test "config show --effective adds the defaults that the kind of device has, and what it prints is read again the same" {
	sed -i 's/token: s3cret/token: "@file:community"/' "$WORK/conf.d/b.yaml"
	run -0 --separate-stderr "$W" config show --effective -c "$WORK/a.yaml"
	echo "$output" >"$WORK/shown"
	grep -q '^    retries: 2  *# default$' "$WORK/shown"
	grep -q '^  grace: 2min  *# default$' "$WORK/shown"
	[ "$(grep -c '^    version: 2c ' "$WORK/shown")" = 1 ] # of the SNMP device alone
	plain "$WORK/shown" | sed "s,@file:community,@file:$WORK/community," >"$WORK/again.yaml"
	mkdir "$WORK/alone"
	install -m 600 "$WORK/again.yaml" "$WORK/alone/a.yaml"
	run -0 "$W" check -c "$WORK/alone/a.yaml"
	run -0 --separate-stderr "$W" config show --effective -c "$WORK/alone/a.yaml"
	echo "$output" >"$WORK/second"
	diff -u <(plain "$WORK/alone/a.yaml") <(plain "$WORK/second")
}

@test "config show of a configuration with errors says so, with what was understood" {
	sed -i 's/slot: 1min/slot: 7min/' "$WORK/a.yaml"
	run -78 --separate-stderr "$W" config show -c "$WORK/a.yaml"
	[[ $stderr == *"a.yaml:4:16:"*"not in force"* && $output == *"id: pdu"* ]]
	run -78 --separate-stderr "$W" config migrate -c "$WORK/a.yaml"
	[[ $stderr == *"a.yaml:4:16:"*"mend them first"* && -z $output ]]
}

@test "config sample prints what check takes, whole or by its keys" {
	run -0 --separate-stderr "$W" config sample
	diff <(echo "$output") "$ROOT/config/wattledger.yaml"
	run -0 --separate-stderr "$W" config sample outputs ledger
	[[ ${lines[0]} == "# ---- Outputs"* && $output == *"# ---- "*"ledger:"* && $output != *"# sites:"* ]]
	run -64 --separate-stderr "$W" config sample sights
	[[ $stderr == *"no section has the key 'sights'"* ]]
	run -64 "$W" config
	run -0 "$W" config migrate -c "$ROOT/config/wattledger.yaml"
	[[ $output == *"nothing to migrate"* ]]
}
