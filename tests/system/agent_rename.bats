#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A running agent whose driver gets another edition: what it renames goes on.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-snmp" sqlite3 jq snmpget
}

teardown() { stop_all; }

renamed() { sql "SELECT value_before || ' ' || value_after FROM event WHERE code = 'renamed' AND meter_id > 0"; }

@test "an edition of the driver that renames a key comes into force by a reload: the meter and its total go on" {
	local first last
	mkdir "$WORK/drivers"
	cp "$ROOT/tests/fixtures/drivers/sim_farm.yaml" "$WORK/drivers"
	start_sim --devices 1 --curve fast
	tell "clock stop"
	write_config 1
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
	first=$(counter 1)
	WAIT_S=60 wait_for has_raw 1 "$first"
	tell "clock go"
	WAIT_S=60 wait_for eval '[[ $(last_raw 1) -gt '"$first"' ]]'
	sed -i 's/^  - key: total$/  - key: whole\n    role: total\n    was: total/' "$WORK/drivers/sim_farm.yaml"
	kill -HUP "$(<"$WORK/agent.pid")"
	WAIT_S=60 wait_for eval '[[ $(renamed) == "total whole" ]]'
	tell "clock stop"
	last=$(counter 1)
	WAIT_S=60 wait_for has_raw 1 "$last"
	[ "$(booked 1)" -eq $(((last - first) * 1000)) ]
	[ "$(sql 'SELECT COUNT(*) FROM meter')" -eq 1 ]
	[ "$(sql "SELECT COUNT(*) FROM event WHERE code = 'started'")" -eq 1 ]
}
