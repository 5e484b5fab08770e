#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Reading Modbus meters: wattledger's collector beside libmodbus, one after the other on the same simulated meters, each on a connection of its
# own: 10 registers, every 10 s. The goal is at most 1.1 times libmodbus for a request.
#
#   tests/bench/modbus.sh [METERS]     500
#
# Variables: BENCH_WINDOW_S (60) BENCH_WARM_S (20) BENCH_ROUNDS (3). Results: build/bench/modbus.jsonl
# shellcheck source=tests/bench/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

METERS=${1:-500}
INTERVAL_S=10

start_meters() {
	mkfifo "$WORK/meters.ctl"
	exec {METERS_CTL}<>"$WORK/meters.ctl"
	STDIN=$WORK/meters.ctl STDOUT=$WORK/meters.out start_process meters "$BUILD/wattledger-sim-modbus" --control --truth "$WORK/truth" \
		--tcp --spread --for 120min
	wait_for grep -q '"port"' "$WORK/meters.out"
	METERS_PORT=$(jq -r 'select(.port).port' "$WORK/meters.out")
}

# requests_so_far: how often the meters were asked.
requests_so_far() {
	local answers
	answers=$(wc -l <"$WORK/meters.out")
	echo truth >&"$METERS_CTL"
	wait_for eval "[ \$(wc -l <'$WORK/meters.out') -gt $answers ]"
	jq -s '.[0].requests' "$WORK/truth"
}

make_plan() {
	local i
	{
		echo "sites: [{id: lab, name: Lab, zone: NO, time_zone: UTC}]"
		echo "local: no"
		echo "defaults: {interval: ${INTERVAL_S}s, timeout: 1s, driver: bench}"
		echo "devices:"
		for ((i = 1; i <= METERS; i++)); do
			echo "  - {id: m$i, address: \"modbus://127.40.$((i >> 8)).$((i & 255)):$METERS_PORT/1\"}"
		done
	} >"$WORK/wattledger.yaml"
	chmod 600 "$WORK/wattledger.yaml"
	mkdir -p "$WORK/drivers"
	cat >"$WORK/drivers/bench.yaml" <<-'END'
		schema: wattledger.driver/1
		protocol: modbus
		vendor: Simulation
		family: ten registers
		source: tests/sim/modbus_meter.h
		confidence: two_sources
		priority: 10
		caliber: actual
		total: meter
		registers: {function: 3, type: u16}
		meters:
		  - key: total
		    points:
		      - {quantity: energy_j, register: 0x1000, type: u64, unit: 0.001 J}
		      - {quantity: power_w, register: 0x1004, type: i32, order: little, unit: 0.1 W}
		      - {quantity: apparent_va, register: 0x1006, type: u32, unit: VA}
		      - {quantity: voltage_v, register: 0x1008, type: u32, unit: V}
	END
	"$BUILD/wattledger-plan" -c "$WORK/wattledger.yaml" --state "$WORK" --drivers "$WORK/drivers" --fds core=8,modbus=7 7>"$WORK/plan" 8>"$WORK/plan.core"
}

start_libmodbus() {
	start_process poller "$BUILD/bench-modbus-floor" --port "$METERS_PORT" --meters "$METERS" --interval "$INTERVAL_S" --for 3600
	POLLER=$PID
}

start_wattledger() {
	STDIN=$WORK/plan STDOUT=$WORK/records start_process poller "$BUILD/wattledger-sim-wirecat" --quiet --plan-kind raw --for 3600 "$BUILD/wattledger-modbus"
	POLLER=$(child_named "$PID" wattledger-modbus)
}

# round NUMBER NAME
round() {
	local before after
	"start_$2"
	sleep "$WARM_S"
	before=$(requests_so_far)
	measure_begin "$POLLER"
	sleep "$WINDOW_S"
	measure_end >"$WORK/cost" || return
	after=$(requests_so_far)
	stop_process poller
	jq -c --arg name "$2" --argjson round "$1" --argjson requests $((after - before)) --argjson meters "$METERS" \
		'. + {section: "modbus", name: $name, round: $round, meters: $meters, requests: $requests, cpu_us_per_request: (.cpu_us / $requests), wakes_per_s: (.wakes / .window_s)}' \
		"$WORK/cost" | emit
}

print_table() {
	jq -rs '
		def median: sort | .[length / 2 | floor];
		map(select(.section == "modbus")) as $all | ($all | map(select(.name == "libmodbus").cpu_us_per_request) | median) as $floor
		| $all | group_by(.name)[] | (map(.cpu_us_per_request) | median) as $us
		| [.[0].name, ($us * 100 | round / 100), ($us / $floor * 100 | round / 100), (map(.wakes_per_s) | median * 10 | round / 10),
		   (map(.requests / .window_s) | median * 10 | round / 10), (map(.pss_kib) | median), (map(.machine_busy) | max * 100 | round / 100)] | @tsv' "$RESULTS" |
		{ printf 'poller\tus CPU/request\tx libmodbus\twakes/s\trequests/s\tPSS KiB\tbusy\n'; cat; } | column -t -s $'\t'
}

main() {
	local i
	need "$BUILD/wattledger-modbus" "$BUILD/wattledger-sim-modbus" "$BUILD/wattledger-sim-wirecat" "$BUILD/bench-modbus-floor" jq column || exit 69
	bench_begin modbus
	ulimit -n "$(ulimit -Hn)"
	start_meters
	make_plan || exit 69
	for ((i = 1; i <= ${BENCH_ROUNDS:-3}; i++)); do
		round "$i" libmodbus && round "$i" wattledger || exit 69
	done
	print_table
	echo "JSON: $RESULTS"
}

main "$@"
