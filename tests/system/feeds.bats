#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A server on two outlets: what the outlets carry against what the server says itself, by a trace of known powers.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016
bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	W=$BUILD/wattledger
	STATE=$WORK/state
	need "$W" jq
}

teardown() { stop_all; }

# An hour from 08:00 on: outlets 7 of both PDUs carry 120 and 80 W, the server says 190 W, its processors 95 W.
make_ledger() {
	cat >"$WORK/site.yaml" <<-END
		sites: [{id: dc, zone: "NO", time_zone: UTC}]
		local: no
		defaults: {community: public, interval: 60s}
		devices:
		  - {id: pdu-a, address: "snmp://127.0.0.1:9"}
		  - {id: pdu-b, address: "snmp://127.0.0.2:9"}
		  - {id: server, fed_by: $1, address: "snmp://127.0.0.3:9"}
		  - {id: cpus, fed_by: server, address: "snmp://127.0.0.4:9"}
	END
	chmod 600 "$WORK/site.yaml"
	steady_trace 2026-10-05T08:00:00Z 60 61 1000 pdu-a,outlet/7,power_w,120 pdu-b,outlet/7,power_w,80 server,total,power_w,190 \
		cpus,total,power_w,95 >"$WORK/trace.csv"
	"$W" replay --trace "$WORK/trace.csv" -c "$WORK/site.yaml" --state "$STATE"
}

feeds() { "$W" feeds --state "$STATE" --period 2026-10-05 --format json | jq -e "$1"; }

@test "a server's own word against the sum of its two outlets, and its processors against the server" {
	make_ledger "[pdu-a/outlet/7, pdu-b/outlet/7]"
	run -0 "$W" feeds --state "$STATE" --period 2026-10-05
	grep -qE '^dc +pdu-a/outlet/7 \+ pdu-b/outlet/7 +0.200000 +3600 +95.0' <<<"$output"
	grep -qE '^dc +\+ pdu-a/outlet/7 +0.120000 +3600 +60.0' <<<"$output"
	grep -qE '^dc +server +0.190000 +3600 +95.0' <<<"$output"
	feeds '[.rows[] | select(.node == "cpus")][0].explained_pct == 50'
	feeds '[.rows[].finding | select(. != null)] == []'
	# The same in the report and in the package, and the register says which outlets.
	"$W" report --state "$STATE" --period 2026-10-05 | grep -q 'pdu-a/outlet/7 + pdu-b/outlet/7'
	"$W" report --state "$STATE" --period 2026-10-05 --format json | jq -e '[.feeds[] | select(.node == "server" and .role == "device")][0].explained_pct == 95'
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	grep -q '^dc/server,dc,dc/pdu-a/outlet/7;dc/pdu-b/outlet/7,' "$WORK/package/register.csv"
	grep -q '^dc,server,device,"pdu-a/outlet/7,pdu-b/outlet/7",684000000,3600,95.0,n/a$' "$WORK/package/feeds.csv"
	"$W" verify "$WORK/package"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
}

@test "a wrong outlet is named" {
	make_ledger "[pdu-a/outlet/7, pdu-b/outlet/9]"
	feeds '[.rows[] | select(.node == "pdu-b/outlet/9")][0].finding == "the ledger has no such meter"'
	rm -r "$STATE"
	make_ledger "pdu-a/outlet/7"
	feeds '[.rows[] | select(.node == "server" and .role == "device")][0] | .explained_pct > 150 and (.finding | startswith("draws more than its feeds carry"))'
}

@test "a feed that is nothing is a mistake of the configuration, with its place" {
	printf 'local: no\ndefaults: {community: public, driver: ups_mib}\ndevices:\n  - {id: a, address: "snmp://127.0.0.1:9", fed_by: [b/outlet/1, "x y"]}\n' >"$WORK/c.yaml"
	run -78 "$W" check -c "$WORK/c.yaml"
	[[ $output == *'c.yaml:4:'*'"x y" is neither the id of a device nor one of its meters'* && $output == *'there is no b'* ]]
}

@test "one server seen by a PDU's outlets, its BMC and RAPL at once: the agent says how much each explains of the one outside it" {
	need "$BUILD/wattledger-sim-modbus" "$BUILD/wattledger-sim-powercap" "$BUILD/wattledger-modbus" "$BUILD/wattledger-ipmi" "$BUILD/wattledger-rapl"
	load ipmi
	load agent
	ipmi_begin
	# Outlets 1 and 2 of the PDU carry 250 and 150 W, its BMC says 360 W, its two processors draw 90 W each.
	mkdir "$WORK/drivers"
	printf '%s\n' 'schema: wattledger.driver/1' 'protocol: modbus' 'vendor: Made up' 'family: PDU' 'source: this test' 'confidence: two_sources' \
		'priority: 50' 'caliber: actual' 'total: none' 'registers: {function: 3, type: u16}' 'meters:' \
		'  - {key: "outlet/{}", repeat: 2, point: pdu_out, points: [{quantity: power_w, register: 0, stride: 1, unit: W}]}' >"$WORK/drivers/pdu.yaml"
	printf 'unit,function,address,values\n1,3,0,250 150\n' >"$WORK/registers.csv"
	: >"$WORK/pdu.out"
	STDOUT=$WORK/pdu.out start_process pdu "$BUILD/wattledger-sim-modbus" --tcp --recording "$WORK/registers.csv" --for 20min
	set_reply bmc "$(dcmi_line 360)"
	start_bmc bmc 127.0.4.1
	start_process cpus "$BUILD/wattledger-sim-powercap" --root "$WORK/sys" --layout amd --packages 2 --watts 90 --for 20min
	wait_for grep -q port "$WORK/pdu.out"
	wait_for test -e "$WORK/sys/class/powercap/intel-rapl:1/energy_uj"
	cat >"$CONFIG" <<-END
		sites: [{id: dc, zone: "NO", time_zone: UTC}]
		agent: {clock: assumed}
		local: no
		ledger: {slot: 1min, commit: 1s, grace: 2s}
		devices:
		  - {id: pdu, driver: pdu, interval: 1s, address: "modbus://127.0.0.1:$(jq -r .port "$WORK/pdu.out")/1"}
		  - {id: bmc, fed_by: [pdu/outlet/1, pdu/outlet/2], interval: 10s, privilege: admin, password: "@file:$WORK/password", address: "ipmi://meter@127.0.4.1:$IPMI_PORT"}
		  - {id: cpus, fed_by: bmc, interval: 1s, sysfs: "$WORK/sys", address: rapl}
	END
	chmod 600 "$CONFIG"
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
	wait_for test -S "$STATE/control.sock"
	# 360 of 400 W exactly; the processors' power is a mean over a second, so what they explain of 360 W is 50 % to within what the reads jitter.
	wait_for eval '"$W" status --state "$STATE" --format json |
		jq -e "[.sources[] | select(.feeds != null) | .feeds] | .[0].explained_pct == 90 and .[0].is_component == false and
			(.[1].explained_pct | . > 45 and . < 55) and .[1].is_component"'
	"$W" status --state "$STATE" | grep -E '^dc +bmc +device +360 +pdu/outlet/1,pdu/outlet/2 +400 +90'
	"$W" status --state "$STATE" | grep -E '^dc +cpus +component +[0-9.]+ +bmc +360 +[45]'
}
