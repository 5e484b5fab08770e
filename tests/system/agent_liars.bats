#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A collector that breaks its contract costs only itself: it is cut off with the reason, started again with back-off, and a healthy one beside
# it loses nothing. The liar (tests/sim/liar_main.c) stands in for the rapl collector: no honest part can be made to lie so.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	[[ $BATS_TEST_DESCRIPTION != "a flood" ]] || use_release
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-liar" sqlite3 jq snmpget
	# The supervisor takes the programs that lie beside it.
	mkdir -p "$WORK/tree/build"
	ln -s "$ROOT/drivers" "$ROOT/config" "$WORK/tree/"
	cp "$BUILD"/wattledgerd "$BUILD"/wattledger-{plan,core,snmp} "$WORK/tree/build/"
	cp "$BUILD/wattledger-sim-liar" "$WORK/tree/build/wattledger-rapl"
}

teardown() { stop_all; }

# lies HOW REASON: the liar is cut off for that reason and comes again, while every joule of the device beside it is booked.
lies() {
	local first last
	start_sim --devices 1 --curve fast
	tell "clock stop"
	first=$(counter 1)
	write_config 1 "  - {id: liar, site: lab, address: rapl, sysfs: $WORK, interval: 1s}"
	LIAR=$1 BUILD=$WORK/tree/build start_agent
	wait_for has_raw 1 "$first"
	tell "clock go"
	WAIT_S=45 wait_for grep -q "rapl is ended: .*$2" "$WORK/agent.log"
	wait_for grep -q 'rapl .*ended .*; it starts again in' "$WORK/agent.log"
	wait_for eval '[[ $(last_raw 1) -gt '"$first"' ]]'
	tell "clock stop"
	last=$(counter 1)
	wait_for has_raw 1 "$last"
	[ "$(booked 1)" -eq $(((last - first) * 1000)) ]
	wait_for eval "[[ -n \$(sql \"SELECT 1 FROM event WHERE code = 'collector_cut_off'\") ]]"
}

@test "a record that is cut short" { lies torn 'rss_bytes is missing'; }
@test "a power that is no number" { lies nan 'value'; }
@test "a sample of a meter that was not announced" { lies unknown 'was not announced'; }
@test "a sample from the future" { lies future 'in the future'; }
@test "a record that is not its to send" { lies verdict 'verdict'; }
@test "a record of another version" { lies version 'version'; }
@test "a plan of another size" { lies devices 'its plan has 77 devices'; }
@test "a flood" { lies flood 'it floods'; }
@test "no greeting" { lies mute 'it does not greet'; }
