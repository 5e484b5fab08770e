#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The whole agent on many devices at once: each one's energy in the ledger is what that device has counted, and the sum is the sum.

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-snmp" sqlite3 jq
}

teardown() { stop_all; }

# What the open rows hold: a JSON object a device, by the number that the simulator gives it.
booked_all() {
	open_sql "SELECT json_object('device', CAST(substr(device.id, 2) AS INTEGER) - 1, 'raw', raw, 'millij', energy_millij)
		FROM open JOIN meter USING(meter_id) JOIN device USING(device_id) WHERE raw IS NOT NULL AND meter.key = 'total'"
}

# has_all_of TRUTH: the last reading of every healthy device is the counter that the truth shows.
has_all_of() {
	booked_all >"$WORK/booked" && jq -en --slurpfile truth "$1" --slurpfile booked "$WORK/booked" '
		($booked | map({key: (.device | tostring), value: .raw}) | from_entries) as $raw
		| $truth | map(select(.fault == "none")) | all(.[]; .counter == $raw[.device | tostring])'
}

# have_all_booked MILLIJ: every healthy device more than that.
have_all_booked() { [[ $(booked_all | jq -s 'map(.millij) | min') -gt $1 ]]; }

truth_to() {
	tell truth
	cp "$WORK/truth" "$1"
}

@test "50 devices, 10 % of them silent: each joule of the others is booked, to the counter's step" {
	start_sim --devices 50 --curve fast --fault silent@10%
	tell "clock stop"
	truth_to "$WORK/first"
	write_config 50
	start_agent
	WAIT_S=60 wait_for has_all_of "$WORK/first"
	tell "clock go"
	wait_for have_all_booked 2000000
	tell "clock stop"
	truth_to "$WORK/last"
	WAIT_S=60 wait_for has_all_of "$WORK/last"

	jq -n --slurpfile first "$WORK/first" --slurpfile last "$WORK/last" --slurpfile booked "$WORK/booked" '
		($booked | map({key: (.device | tostring), value: .millij}) | from_entries) as $millij
		| ($first | map({key: (.device | tostring), value: .}) | from_entries) as $old
		| $last | map(select(.fault == "none") | $old[.device | tostring] as $was
			| {counted_millij: ((.counter - $was.counter) * 1000), booked_millij: $millij[.device | tostring],
			   error_j: ($millij[.device | tostring] / 1000 - (.energy_j - $was.energy_j))})
		| {healthy: length, wrong: map(select(.counted_millij != .booked_millij)) | length,
		   worst_j: (map(.error_j | if . < 0 then -. else . end) | max)}' >"$WORK/verdict"
	cat "$WORK/verdict"
	jq -e '.healthy == 45 and .wrong == 0 and .worst_j <= 1' "$WORK/verdict"
	[ "$(wc -l <"$WORK/booked")" -eq 45 ]
}
