#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The whole agent on 1,000 simulated devices at 10 s for two minutes: is what the ledger holds what the devices counted, to the counter's
# step (1 J) of each of them? Was any poll missed? And what did it cost, process by process?
#
#   tests/bench/accuracy.sh
#
# The farm's clock stands still while the agent reads its first values, then goes for BENCH_WINDOW_S, then stands still again until the
# ledger has read the last ones: true energy and booked energy are of the same span. Exit status 1 when they differ, or when a device was
# not polled for one and a half intervals, which is a missed poll.
#
# Variables: BENCH_WINDOW_S (120) BENCH_DEVICES (1000). Results: build/bench/accuracy.jsonl
BENCH_WINDOW_S=${BENCH_WINDOW_S:-120}
# shellcheck source=tests/bench/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

INTERVAL_S=10
DEVICES=${BENCH_DEVICES:-1000}

# booked FILE: a JSON object a device with what its open row holds: number, counter, millijoules.
booked() {
	open_sql "SELECT json_object('device', CAST(substr(device.id, 2) AS INTEGER), 'raw', raw, 'millij', energy_millij)
		FROM open JOIN meter USING(meter_id) JOIN device USING(device_id) WHERE raw IS NOT NULL AND meter.key = 'total'" >"$1"
}

# has_read FILE: the ledger's last reading of every device is the counter that the truth shows.
has_read() {
	booked "$WORK/booked" && [[ $(wc -l <"$WORK/booked") -eq $DEVICES ]] &&
		jq -en --slurpfile truth "$1" --slurpfile booked "$WORK/booked" '
			($booked | map({key: (.device | tostring), value: .raw}) | from_entries) as $raw
			| all($truth[]; .counter == $raw[.device | tostring])' >/dev/null
}

# Costs of each process over the window, from the figures that lie in $WORK/begin.NAME.
begin_costs() {
	local name
	for name in "${!PROCESS[@]}"; do
		echo "$(now_us) $(cpu_ns "${PROCESS[$name]}") $(wake_count "${PROCESS[$name]}") $(written_bytes "${PROCESS[$name]}")" >"$WORK/begin.$name"
	done
}

written_bytes() { awk '/^write_bytes/ { print $2 }' "/proc/$1/io" 2>/dev/null || echo 0; }

end_costs() {
	local name us ns wakes bytes
	for name in daemon core snmp; do
		_is_gone "${PROCESS[$name]}" && { echo "$name has ended" >&2; return 1; }
		read -r us ns wakes bytes <"$WORK/begin.$name"
		jq -n --arg name "$name" --argjson t $(($(now_us) - us)) --argjson c $(($(cpu_ns "${PROCESS[$name]}") - ns)) \
			--argjson w $(($(wake_count "${PROCESS[$name]}") - wakes)) --argjson p "$(pss_kib "${PROCESS[$name]}")" \
			--argjson b $(($(written_bytes "${PROCESS[$name]}") - bytes)) --argjson n "$DEVICES" --argjson i "$INTERVAL_S" \
			'{section: "cost", name: $name, window_s: ($t / 1e6), cpu_us: ($c / 1000), core_pct: ($c / $t / 10), wakes_per_s: ($w / $t * 1e6),
			  cpu_us_per_poll: ($c / 1000 / ($n * $t / 1e6 / $i)), pss_kib: $p, written_bytes_per_s: ($b / $t * 1e6)}'
	done
}

# judge FIRST LAST: compares what was booked between two truths with what was true.
judge() {
	jq -n --slurpfile first "$1" --slurpfile last "$2" --slurpfile booked "$WORK/booked" --slurpfile polls "$WORK/polls" --argjson interval "$INTERVAL_S" '
		($booked | map({key: (.device | tostring), value: .millij}) | from_entries) as $millij
		| ($first | map({key: (.device | tostring), value: .}) | from_entries) as $old
		| ($last | map({counted: (.counter - $old[.device | tostring].counter), step: .counter_step_j,
			true_j: (.energy_j - $old[.device | tostring].energy_j), booked_j: ($millij[.device | tostring] / 1000)})) as $all
		| {section: "energy", devices: ($last | length), true_j: ($all | map(.true_j) | add), booked_j: ($all | map(.booked_j) | add),
		   differing_from_counter: ($all | map(select(.booked_j != .counted * .step)) | length),
		   differing_from_truth_by_a_step: ($all | map(select((.booked_j - .true_j) > .step or (.true_j - .booked_j) > .step)) | length),
		   worst_error_j: ($all | map(.booked_j - .true_j | if . < 0 then -. else . end) | max)}
		+ $polls[0]
		| . + {is_good: (.differing_from_counter == 0 and .differing_from_truth_by_a_step == 0 and .gap_max_s < 1.5 * $interval)}'
}

main() {
	declare -A PROCESS
	need "$BUILD/wattledgerd" "$BUILD/wattledger-plan" "$BUILD/wattledger-core" "$BUILD/wattledger-snmp" "$BUILD/wattledger-sim-snmp" jq sqlite3 || exit 69
	bench_begin accuracy
	ulimit -n "$(ulimit -Hn)"
	start_farm "$DEVICES"
	farm_tell "clock stop"
	farm_truth "$WORK/first"
	agent_config "$DEVICES" "$INTERVAL_S"
	start_agent
	PROCESS=([daemon]=$AGENT_PID [core]=$(agent_child core) [snmp]=$(agent_child snmp))
	WAIT_S=60 wait_for has_read "$WORK/first" || exit 1
	sleep $((INTERVAL_S + INTERVAL_S / 2)) # each device is on its place in the grid
	farm_tell "clock go"
	farm_truth "$WORK/before"
	begin_costs
	sleep "$WINDOW_S"
	end_costs >"$WORK/costs" || exit 1
	farm_truth "$WORK/after"
	farm_figures "$WORK/before" "$WORK/after" "$INTERVAL_S" >"$WORK/polls"
	farm_tell "clock stop"
	farm_truth "$WORK/last"
	WAIT_S=60 wait_for has_read "$WORK/last" || exit 1
	jq -c . "$WORK/costs" >>"$RESULTS"
	judge "$WORK/first" "$WORK/last" | tee "$WORK/energy" | emit
	jq -r '"\(.devices) devices: true \(.true_j) J, booked \(.booked_j) J; worst error of a device \(.worst_error_j) J",
		"devices whose booked energy is not what their counter counted: \(.differing_from_counter)",
		"polls \(.polls_done) of \(.polls_due); gap p50 \(.gap_p50_s) s, p99 \(.gap_p99_s) s, longest \(.gap_max_s) s"' "$WORK/energy"
	jq -rs '.[] | [.name, (.cpu_us_per_poll * 100 | round / 100), (.core_pct * 1000 | round / 1000), (.wakes_per_s * 100 | round / 100), .pss_kib,
		(.written_bytes_per_s | round)] | map(tostring) | @tsv' "$WORK/costs" |
		{ printf 'process\tus CPU/poll\t%% core\twakes/s\tPSS KiB\twritten bytes/s\n'; cat; } | column -t -s $'\t'
	jq -e .is_good "$WORK/energy" >/dev/null || { echo "NOT GOOD: see $RESULTS" >&2; exit 1; }
}

main "$@"
