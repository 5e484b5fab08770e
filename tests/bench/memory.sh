#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Memory of each of the agent's processes (PSS, KiB) after start-up, beside its limit:
#
#   host     the machine's own counters alone: supervisor, core and rapl within 6 MiB together
#   1000     so many SNMP devices and a store:  snmp 7 MiB + 1 KiB a device, core 5 MiB + 1 KiB a device, deliver 10 MiB
#   10000    the same
#
#   tests/bench/memory.sh [host] [COUNT]...
#
# Measured when every device has been read and two commits have passed. A figure over its limit is marked, and is no failure.
# Variables: BENCH_SETTLE_S (25). Results: build/bench/memory.jsonl
# shellcheck source=tests/bench/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

SETTLE_S=${BENCH_SETTLE_S:-25}
INTERVAL_S=10

# record ROLE DEVICES NAME PID LIMIT-KIB: one process.
record() {
	local kib
	kib=$(pss_kib "$4")
	jq -n --arg role "$1" --argjson devices "$2" --arg name "$3" --argjson pss "$kib" --argjson limit "$5" \
		--argjson rss "$(awk '/^VmRSS/ { print $2 }' "/proc/$4/status")" --argjson dirty "$(awk '/^Private_Dirty/ { print $2 }' "/proc/$4/smaps_rollup")" \
		'{section: "memory", role: $role, devices: $devices, name: $name, pss_kib: $pss, rss_kib: $rss, private_dirty_kib: $dirty,
		  limit_kib: (if $limit > 0 then $limit else null end)}' | emit
}

# A store that takes everything.
start_store() {
	STORE_PORT=${STORE_PORT:-$(free_port)}
	start_process store "$BUILD/wattledger-sim-store_stub" --port "$STORE_PORT" --log "$WORK/store.requests" --lines /dev/null
}

is_core_busy_with() { [[ $(ledger_sql 'SELECT COALESCE(SUM(meter_count), 0) FROM open_pack') -ge $1 ]]; }

role_host() {
	mkdir -p "$WORK/sys"
	start_process powercap "$BUILD/wattledger-sim-powercap" --root "$WORK/sys" --for 60min
	wait_for test -s "$WORK/powercap.log"
	agent_config 0 0 'local: no' 'devices:' "  - {id: host, site: lab, address: rapl, sysfs: \"$WORK/sys\"}"
	start_agent
	wait_for is_core_busy_with 1 || return 1
	sleep "$SETTLE_S"
	local daemon=$AGENT_PID core rapl
	core=$(agent_child core)
	rapl=$(agent_child rapl)
	record host 0 supervisor "$daemon" 0
	record host 0 core "$core" 0
	record host 0 rapl "$rapl" 0
	jq -n --argjson pss "$(pss_kib "$daemon" "$core" "$rapl")" \
		'{section: "memory", role: "host", devices: 0, name: "together", pss_kib: $pss, limit_kib: (6 * 1024)}' | emit
	stop_process agent
	stop_process powercap
}

role_devices() {
	local count=$1
	start_farm "$count"
	start_store
	agent_config "$count" "$INTERVAL_S" 'outputs:' "  - {type: influxdb_v1, urls: [\"http://127.0.0.1:$STORE_PORT\"], database: bench}"
	start_agent
	WAIT_S=120 wait_for is_core_busy_with "$count" || return 1
	sleep "$SETTLE_S"
	record "$count" "$count" supervisor "$AGENT_PID" 0
	record "$count" "$count" core "$(agent_child core)" $((5 * 1024 + count))
	record "$count" "$count" snmp "$(agent_child snmp)" $((7 * 1024 + count))
	record "$count" "$count" deliver "$(agent_child deliver)" $((10 * 1024))
	stop_process agent
	stop_process store
	stop_farm
}

main() {
	local role roles=("$@")
	[[ ${#roles[@]} -gt 0 ]] || roles=(host 1000 10000)
	need "$BUILD/wattledgerd" "$BUILD/wattledger-plan" "$BUILD/wattledger-core" "$BUILD/wattledger-sim-snmp" "$BUILD/wattledger-sim-store_stub" jq sqlite3 || exit 69
	bench_begin memory
	ulimit -n "$(ulimit -Hn)"
	for role in "${roles[@]}"; do
		if [[ $role == host ]]; then role_host; else role_devices "$role"; fi || { echo "the role $role did not start" >&2; exit 69; }
	done
	jq -rs 'map(select(.section == "memory"))[] | [.role, .name, .pss_kib, .rss_kib // "-", .private_dirty_kib // "-", .limit_kib // "-",
		(if .limit_kib == null then "" elif .pss_kib > .limit_kib then "OVER" else "within" end)] | map(tostring) | @tsv' "$RESULTS" |
		{ printf 'role\tprocess\tPSS KiB\tRSS KiB\tprivate dirty KiB\tlimit KiB\t\n'; cat; } | column -t -s $'\t'
	echo "JSON: $RESULTS"
}

main "$@"
