#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The agent and its ledger file: damaged, newer than the program, on a disk that is full.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-snmp" sqlite3 jq snmpget
}

teardown() { stop_all; }

@test "a damaged ledger is put aside whole, and measuring goes on in a new one that says so" {
	start_sim --devices 1 --curve fast
	write_config 1
	start_agent
	wait_for eval '[[ -n $(last_raw 1) ]]'
	stop_process agent
	dd if=/dev/zero of="$LEDGER" bs=4096 count=3 seek=1 conv=notrunc status=none
	sum=$(sha256sum <"$LEDGER")
	start_agent
	wait_for eval '[[ -n $(last_raw 1) ]]'
	aside=$(sql "SELECT value_before FROM event WHERE code = 'ledger_quarantined'")
	[ -n "$aside" ]
	[ "$(sha256sum <"$aside")" = "$sum" ]
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "a ledger of a newer program is refused untouched" {
	start_sim --devices 1
	write_config 1
	mkdir -p "$STATE"
	start_agent
	wait_for eval '[[ -n $(last_raw 1) ]]'
	stop_process agent
	sqlite3 "$LEDGER" 'PRAGMA user_version = 999'
	run timeout 60 "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$ROOT/tests/fixtures/drivers"
	[ "$status" -ne 0 ]
	[[ $output == *999* ]]
	[ "$(sql 'PRAGMA user_version')" = 999 ]
}

@test "a full disk: measuring goes on, the log says it, and nothing is lost when there is room again" {
	[[ $EUID -eq 0 ]] || skip "needs root for a small file system"
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	start_sim --devices 1 --curve fast
	tell "clock stop"
	first=$(counter 1)
	write_config 1
	mkdir -p "$STATE"
	# The agent lives in a mount namespace of its own, where its state is a disk of 4 MiB. SQLite follows links: its shell has to go there.
	start_process agent unshare -m bash -c "mount -t tmpfs -o size=4m none '$STATE' && exec '$BUILD/wattledgerd' -c '$CONFIG' --state '$STATE' \
		--drivers '$ROOT/tests/fixtures/drivers'"
	disk=/proc/$PID/root$STATE
	inside() { nsenter -t "$(<"$WORK/agent.pid")" -m "$@"; }
	open_sql() {
		{ inside "$BUILD/wattledger-sim-open_rows" "$LEDGER" && echo "$1"; } | inside sqlite3 -bail -readonly -cmd '.timeout 5000' "$LEDGER"
	}
	wait_for has_raw 1 "$first"
	tell "clock go"
	# Again and again, since the ledger keeps a reserve for itself, and room in its own file.
	fill() {
		dd if=/dev/zero of="$disk/ballast" bs=4096 oflag=append conv=notrunc status=none 2>/dev/null
		grep -q 'the ledger cannot be written' "$WORK/agent.log"
	}
	WAIT_S=120 wait_for fill
	[ -e "/proc/$(<"$WORK/agent.pid")" ]
	rm "$disk/ballast"
	tell "clock stop"
	last=$(counter 1)
	WAIT_S=90 wait_for has_raw 1 "$last"
	[ "$(booked 1)" -eq $(((last - first) * 1000)) ]
}
