#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger-modbus, the process itself, among units that answer late, twice, torn, spoilt, under another name or not at all. `make modbus-rig`
# does it to its buses and units 100,000 times on a clock of its own.

# The quoted conditions are for wait_for's eval; $CTL is for tell.
# shellcheck disable=SC2016,SC2034
bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load agent
	load modbus
	need "$BUILD/wattledger-modbus" "$BUILD/wattledger-sim-modbus" jq sqlite3
	W=$BUILD/wattledger
	DRIVERS=$WORK/drivers
	mkdir "$DRIVERS"
}

teardown() { stop_all; }

# driver NAME METER...: of holding registers; each request carries four of them at most, without holes.
driver() {
	printf '%s\n' 'schema: wattledger.driver/1' 'protocol: modbus' 'vendor: Simulation' "family: $1" 'source: tests/sim/modbus_meter.h' \
		'confidence: two_sources' 'priority: 10' 'caliber: actual' 'total: none' 'registers: {function: 3, type: u16}' \
		'requests: {max_registers: 4, hole: 0, timeout: 100ms}' 'meters:' "${@:2}" >"$DRIVERS/$1.yaml"
}

start_hostile() {
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$DRIVERS"
	wait_for test -S "$STATE/control.sock"
}

# values_are_right N: every point of the constants is that register's of that unit, and there are N. Register 0x2000 + 16 r + k of unit u
# holds u x 128 + 16 r + k.
values_are_right() {
	awk '
		/^energy,/ {
			match($0, /device=u[0-9]+/); unit = substr($0, RSTART + 8, RLENGTH - 8)
			match($0, /meter=register\/[0-9]+/); row = substr($0, RSTART + 15, RLENGTH - 15) - 1
			n = split($2, field, ",")
			for (i = 1; i <= n; i++) {
				split(field[i], part, "=")
				offset = part[1] == "power_w" ? 0 : part[1] == "voltage_v" ? 1 : part[1] == "current_a" ? 4 : -1
				if (offset < 0) continue
				count++
				if (part[2] + 0 != unit * 128 + 16 * row + offset) { print "wrong: " $0; wrong = 1 }
			}
		}
		END { print count + 0 " values"; exit wrong || count < wanted }
	' wanted="$1" "$STATE/points.lp"
}

# counts_of UNIT...: how many readings of each have become points, in order; the least of them, the most.
counts_of() {
	awk -v wanted="$*" '
		BEGIN { n = split(wanted, unit, " "); for (i = 1; i <= n; i++) count["u" unit[i]] = 0 }
		/^energy,.*,meter=register\/1,/ { match($0, /device=u[0-9]+/); u = substr($0, RSTART + 7, RLENGTH - 7); if (u in count) count[u]++ }
		END { for (u in count) print count[u] }
	' "$STATE/points.lp" | sort -n
}
least_of() { counts_of "$@" | head -n 1; }
most_of() { counts_of "$@" | tail -n 1; }
# have_readings N UNIT...
have_readings() { [ "$(least_of "${@:2}")" -ge "$1" ]; }

# Ten connections and a line of six units each, and two more connections. Of the first eleven three units, BAD, will do wrong, three, BESIDE, are
# well; those of the last two, ALONE, are well among themselves.
crowd() {
	local bus i unit address devices=()
	BAD=({1..33}) BESIDE=({34..66}) ALONE=({67..78})
	for bus in {0..12}; do
		for i in {0..5}; do
			unit=$((bus > 10 ? 67 + 6 * (bus - 11) + i : i < 3 ? 1 + 3 * bus + i : 34 + 3 * bus + i - 3))
			case $bus in
			10) address="modbus:$WORK/line?baud=115200/$unit" ;;
			[02468] | 12) address="modbus://127.0.0.$((bus + 1)):$TCP_PORT/$unit" ;;
			*) address="modbus+rtu://127.0.0.$((bus + 1)):$RTU_PORT/$unit" ;;
			esac
			devices+=("{id: u$unit, address: \"$address\", driver: constants, timeout: 100ms, interval: 2s}")
		done
	done
	config "${devices[@]}"
}

# all_bad FAULT: what every bad unit does from now on.
all_bad() { tell "fault 1-${#BAD[@]}=$1"; }

# more_requests N: until the units were asked N times more.
has_requests() { [ "$(wc -l <"$WORK/requests")" -ge "$1" ]; }
more_requests() { WAIT_S=300 wait_for has_requests $(($(wc -l <"$WORK/requests") + $1)); }

@test "thousands of requests: no late, foreign, torn or doubled answer becomes a reading, and no healthy unit waits for those that do wrong" {
	driver constants '  - {key: "register/{}", repeat: 2, points: [{quantity: power_w, register: 0x2000, stride: 16, unit: W}, {quantity: voltage_v, register: 0x2001, stride: 16, unit: V}, {quantity: current_a, register: 0x2004, stride: 16, unit: A}]}'
	meters --units 80 --seed 7 --requests "$WORK/requests"
	crowd
	start_hostile
	wait_for have_readings 1 "${BAD[@]}" "${BESIDE[@]}" "${ALONE[@]}"
	local healthy_before alone_before fault
	healthy_before=$(least_of "${BESIDE[@]}")
	alone_before=$(least_of "${ALONE[@]}")
	# Delays up to the timeout and the silence that follows it.
	all_bad mix:190
	more_requests 3000
	for fault in wrong-unit wrong-function wrong-length wrong-check torn noise silent; do
		all_bad $fault
		more_requests 200
	done
	# Those beside the bad ones were read as often as those that have their connections to themselves, but for one that is just due.
	echo "readings: $(least_of "${BESIDE[@]}") to $(most_of "${BESIDE[@]}") beside bad units, $(least_of "${ALONE[@]}") to $(most_of "${ALONE[@]}") alone"
	[ $((10 * ($(least_of "${BESIDE[@]}") - healthy_before + 2))) -ge $((9 * ($(most_of "${ALONE[@]}") - alone_before))) ]
	# And none of them was ever anything but up.
	[ "$("$W" status --state "$STATE" --format json | jq -r '[.sources[] | select(.state == "up")] | length')" -ge $((${#BESIDE[@]} + ${#ALONE[@]})) ]
	all_bad none
	# The bad ones come back, all of them.
	local again=$(($(most_of "${BAD[@]}") + 1))
	WAIT_S=300 wait_for have_readings "$again" "${BAD[@]}"
	values_are_right 2000
}

# asked: "ADDRESS+COUNT" of requests number $1 to $2 of the unit.
asked() { sed -n "$1,$2p" "$WORK/requests" | awk '{ printf "%s+%s ", $3, $4 } END { print "" }'; }
confirmations() { [ "$(grep -c ' 12288 4$' "$WORK/requests")" -ge "$1" ]; }

@test "after a lost answer nothing counts until one more question has been answered" {
	# Three requests, of one, two and three registers, all of which hold the number of the request that is answered.
	driver stamps '  - {key: a, points: [{quantity: power_w, register: 0x3000, unit: W}]}' \
		'  - {key: b, points: [{quantity: power_w, register: 0x3004, unit: W}, {quantity: voltage_v, register: 0x3005, unit: V}]}' \
		'  - {key: c, points: [{quantity: power_w, register: 0x3008, unit: W}, {quantity: voltage_v, register: 0x3009, unit: V}, {quantity: current_a, register: 0x300A, unit: A}]}'
	meters --requests "$WORK/requests"
	config "{id: d1, address: \"modbus+rtu://127.0.0.1:$RTU_PORT/1\", driver: stamps, timeout: 100ms, interval: 500ms}"
	start_hostile
	wait_for grep -q 'meter=c,' "$STATE/points.lp"
	# An answer is lost; then all is answered but what would confirm it: a question of four registers, a length that no other has.
	local lost
	tell "fault silent"
	lost=$(wc -l <"$WORK/requests")
	wait_for eval "[ \$(wc -l <'$WORK/requests') -gt $lost ]"
	tell "fault deaf:4"
	WAIT_S=60 wait_for confirmations 5
	lost=$(wc -l <"$WORK/requests")
	local before
	before=$(grep -c '^energy,' "$STATE/points.lp")
	WAIT_S=60 wait_for confirmations $(($(grep -c ' 12288 4$' "$WORK/requests") + 3))
	[ "$(grep -c '^energy,' "$STATE/points.lp")" = "$before" ]
	"$W" status --state "$STATE" --format json | jq -e '.sources[0].state != "up"'
	tell "fault none"
	wait_for eval "[ \$(grep -c '^energy,' '$STATE/points.lp') -gt $before ]"
	# The first one that counts: what was read before it was thrown away, and behind its three requests stands the fourth.
	local first
	first=$(grep '^energy,' "$STATE/points.lp" | sed -n "$((before + 1))s/.*meter=a,.* power_w=\([0-9]*\).*/\1/p")
	[ "$first" -gt "$lost" ]
	[ "$(asked "$first" $((first + 3)))" = "12288+1 12292+2 12296+3 12288+4 " ]
	# And once all is well again it is three requests a reading.
	wait_for eval "tail -n 4 '$WORK/requests' | awk '{ print \$4 }' | paste -sd ' ' | grep -qE '^(1 2 3 1|2 3 1 2|3 1 2 3)$'"
}
