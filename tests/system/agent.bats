#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The whole agent on simulated devices: from the counter to the ledger, through everything that may happen to its processes.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-snmp" sqlite3 jq snmpget
}

teardown() { stop_all; }

@test "the ledger holds what the counters counted, to the millijoule" {
	start_sim --devices 3 --curve fast
	tell "clock stop"
	firsts=("$(counter 1)" "$(counter 2)" "$(counter 3)")
	write_config 3
	start_agent
	for i in 1 2 3; do wait_for has_raw "$i" "${firsts[i - 1]}"; done
	tell "clock go"
	wait_for eval '[[ $(last_raw 3) -gt $((firsts[2] + 800)) ]]'
	tell "clock stop"
	for i in 1 2 3; do
		last=$(counter "$i")
		wait_for has_raw "$i" "$last"
		[ "$(booked "$i")" -eq $(((last - firsts[i - 1]) * 1000)) ]
	done
}

@test "SIGTERM commits and ends in under two seconds" {
	start_sim --devices 1
	write_config 1
	start_agent
	wait_for eval '[[ -n $(last_raw 1) ]]'
	begin=$(date +%s%N)
	stop_process agent
	took_ms=$((($(date +%s%N) - begin) / 1000000))
	is_sanitized || [ "$took_ms" -lt 2000 ]
	[ ! -e "$STATE/control.sock" ]
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "a collector that dies is restarted and costs nothing" {
	start_sim --devices 1 --curve fast
	tell "clock stop"
	first=$(counter 1)
	write_config 1
	start_agent
	wait_for has_raw 1 "$first"
	tell "clock go"
	old=$(child snmp)
	kill -9 "$old"
	wait_for eval '[[ -n $(child snmp) && $(child snmp) != '"$old"' ]]'
	tell "clock stop"
	last=$(counter 1)
	wait_for has_raw 1 "$last"
	[ "$(booked 1)" -eq $(((last - first) * 1000)) ]
	grep -q 'snmp was ended by signal 9; it starts again' "$WORK/agent.log"
}

@test "core that dies takes all with it, and the books go on" {
	start_sim --devices 1 --curve fast
	tell "clock stop"
	first=$(counter 1)
	write_config 1
	start_agent
	wait_for has_raw 1 "$first"
	tell "clock go"
	old=$(child core)
	kill -9 "$old"
	wait_for eval '[[ -n $(child core) && $(child core) != '"$old"' ]]'
	tell "clock stop"
	last=$(counter 1)
	wait_for has_raw 1 "$last"
	[ "$(booked 1)" -eq $(((last - first) * 1000)) ]
}

@test "no process outlives a supervisor that is killed" {
	start_sim --devices 1
	write_config 1
	start_agent
	wait_for eval '[[ -n $(child snmp) ]]'
	core=$(child core)
	snmp=$(child snmp)
	stop_process agent KILL
	wait_exit "$core"
	wait_exit "$snmp"
}

@test "a bad configuration ends with 78 and says where" {
	printf 'sites:\n  - {id: lab, nam: Lab}\n' >"$CONFIG"
	run "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE"
	[ "$status" -eq 78 ]
	[[ $output == *"wattledger.yaml:2:15:"*"name"* ]]
}

@test "a second agent on the same ledger is refused by the pid that holds it" {
	start_sim --devices 1
	write_config 1
	start_agent
	wait_for test -e "$LEDGER"
	run timeout 60 "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$ROOT/tests/fixtures/drivers"
	[ "$status" -eq 69 ]
	[[ $output == *"$(child core)"* ]]
}

@test "a dead device is named with the reason and delays nobody" {
	start_sim --devices 2 --curve fast --fault silent@0
	write_config 2
	start_agent
	wait_for grep -q "device 'd1' is silent: no answer from 127.9.0.1:$SIM_PORT" "$WORK/agent.log"
	wait_for eval '[[ -n $(last_raw 2) ]]'
	before=$(last_raw 2)
	wait_for eval '[[ $(last_raw 2) -gt '"$before"' ]]'
	[ -z "$(last_raw 1)" ]
	[ "$(sql "SELECT COUNT(*) FROM event WHERE code = 'device_down'")" -ge 1 ]
}

@test "status names silent, refusing, slow and lying devices, each with its state, reason and latency" {
	start_sim --devices 5 --fault silent@1 --fault refuse@2 --fault slow:150@3 --fault wrong-type@4
	write_config 5
	start_agent
	says() { "$BUILD/wattledger" status --state "$STATE" --format json >"$WORK/status.json"; jq -r "$1" "$WORK/status.json"; }
	wait_for eval '[[ $(says "[.sources[] | select(.state == \"up\" or (.reason // \"\") != \"\")] | length") == 5 ]]'
	[ "$(says '[.sources[] | "\(.device) \(.state)"] | sort | join(",")')" = "d1 up,d2 silent,d3 refused,d4 up,d5 lying" ]
	[[ $(says '.sources[] | select(.device == "d2").reason') == "no answer from 127.9.0.2:$SIM_PORT"* ]]
	[[ $(says '.sources[] | select(.device == "d3").reason') == *refuses* ]]
	[[ $(says '.sources[] | select(.device == "d5").reason') == *number* ]]
	[ "$(says '.sources[] | select(.device == "d4").latency_ms >= 150')" = true ]
	run ! "$BUILD/wattledger" status --state "$STATE" --check
}

@test "the latency in the status is at most a minute old, though nothing else of the device has changed" {
	start_sim --devices 2
	write_config 2
	start_agent
	latency() { "$BUILD/wattledger" status --state "$STATE" --format json | jq -r ".sources[] | select(.device == \"d2\") | .state + \" \" + (.latency_ms $1 | tostring)"; }
	wait_for eval '[[ $(latency "< 150") == "up true" ]]'
	tell "fault 1 slow:150"
	WAIT_S=120 wait_for eval '[[ $(latency ">= 150") == "up true" ]]'
}

@test "reload: a good one restarts only what changed, a bad one is refused and the old goes on" {
	start_sim --devices 2 --curve fast
	tell "clock stop"
	first=$(counter 1)
	write_config 1
	start_agent
	wait_for has_raw 1 "$first"
	core=$(child core)
	tell "clock go"

	echo "nonsense: 1" >>"$CONFIG"
	kill -HUP "$(<"$WORK/agent.pid")"
	wait_for grep -q 'reload refused, the old configuration stays in force' "$WORK/agent.log"
	[ "$(child core)" = "$core" ]

	write_config 2
	kill -HUP "$(<"$WORK/agent.pid")"
	wait_for grep -q 'the new configuration is in force' "$WORK/agent.log"
	wait_for eval '[[ -n $(last_raw 2) ]]'
	[ "$(child core)" = "$core" ]
	tell "clock stop"
	last=$(counter 1)
	wait_for has_raw 1 "$last"
	[ "$(booked 1)" -eq $(((last - first) * 1000)) ]
}

@test "a reload that comes while core is starting is told to it; a program that is not installed is named until it is there" {
	# A core that takes its time: it begins when the gate opens.
	mkdir "$WORK/bin"
	cp "$BUILD"/wattledgerd "$WORK/bin/"
	ln -s "$BUILD/wattledger-snmp" "$WORK/bin/"
	printf '#!/bin/bash\n%q "$@"\nrc=$?\necho "$rc" >>%q\nexit "$rc"\n' "$BUILD/wattledger-plan" "$WORK/loads" >"$WORK/bin/wattledger-plan"
	mkfifo "$WORK/gate"
	printf '#!/bin/bash\n: >>%q\nread -r <%q\nexec %q "$@"\n' "$WORK/waits" "$WORK/gate" "$BUILD/wattledger-core" >"$WORK/bin/wattledger-core"
	chmod 755 "$WORK/bin"/wattledger-*

	start_sim --devices 2 --curve fast
	write_config 1
	start_process agent "$WORK/bin/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$ROOT/tests/fixtures/drivers"
	wait_for test -e "$WORK/waits"
	write_config 2 "page: {listen: '127.0.0.1:0'}"
	kill -HUP "$(<"$WORK/agent.pid")"
	wait_for eval '[[ $(wc -l <"$WORK/loads") -eq 2 ]]'
	echo go >"$WORK/gate"
	wait_for eval '[[ -n $(last_raw 2) ]]'
	run ! grep 'its plan has' "$WORK/agent.log"

	wait_for eval '"$BUILD/wattledger" status --state "$STATE" --format json >"$WORK/status.json"; grep -q "wattledger-page is not" "$WORK/status.json"'
	[[ $(jq -r '.verdict + ": " + .reasons[0]' "$WORK/status.json") == 'warning: page: wattledger-page is not installed: `apt install wattledger-page`'* ]]
	ln -s "$BUILD/wattledger-page" "$WORK/bin/"
	wait_for eval '[[ -n $(child page) ]]'
	wait_for eval '"$BUILD/wattledger" status --state "$STATE" --format json | jq -e "[.reasons[] | select(test(\"page\"))] == []"'
	[[ $(grep -c 'page: wattledger-page is not installed' "$WORK/agent.log") -eq 1 ]]
}

@test "an output that is only in the outputs restarts no collector when it comes" {
	start_sim --devices 1 --curve fast
	write_config 1
	start_agent
	wait_for eval '[[ -n $(last_raw 1) ]]'
	snmp=$(child snmp)
	write_config 1 "outputs:" "  - {type: file, path: $WORK/points.lp}"
	kill -HUP "$(<"$WORK/agent.pid")"
	wait_for grep -q "^energy," "$WORK/points.lp"
	[ "$(child snmp)" = "$snmp" ]
	grep -q '^energy,site=lab,rack=none,tenant=none,device=d1,meter=total,role=total,in_total=yes,point=pdu_out,supply=grid power_w=' "$WORK/points.lp"
}
