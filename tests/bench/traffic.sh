#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What it costs to tell the packets of an interface apart: a veth pair in a network namespace of its own, the same packets each time.
#
#   floor        a libpcap loop that only counts (pcap_floor.c)
#   tcpdump      tcpdump -w /dev/null
#   wattledger   wattledger-traffic with VLAN x DSCP x 1,000 prefixes in 12 flows; both directions have a ring
#
#   tests/bench/traffic.sh [ROUNDS]
#
# CPU of the process by the scheduler's account, kernel and user together, per packet. Packets come in bursts of 40,000 that wait in the ring while
# the process is stopped, so that what is measured is the counting and not the waking up, whose cost a busy machine makes anything. Goal: at
# most 2.5 times the floor, and 0.8 times tcpdump; nothing dropped. Variables: BENCH_PACKETS (800000). Root, or a user who may have namespaces.
# Results: build/bench/traffic.jsonl
# shellcheck source=tests/bench/lib.bash disable=SC2016
. "${BASH_SOURCE[0]%/*}/lib.bash"

PACKETS=${BENCH_PACKETS:-800000}
RING=33554432
BYTES=90 # of a frame
BURST=40000

make_net() {
	local flags=-n
	IN=(nsenter)
	[[ $(id -u) == 0 ]] || flags=-rn
	start_process net unshare $flags sleep 3600
	IN+=(-t "$PID" -n)
	[[ $(id -u) == 0 ]] || IN+=(-U --preserve-credentials)
	wait_for has_own_net
	"${IN[@]}" ip link add va type veth peer name vb
	"${IN[@]}" sysctl -qw net.ipv6.conf.va.disable_ipv6=1 net.ipv6.conf.vb.disable_ipv6=1 2>/dev/null
	"${IN[@]}" ip link set lo up
	"${IN[@]}" ip link set va up
	"${IN[@]}" ip link set vb up
}

has_own_net() { [[ $("${IN[@]}" readlink /proc/self/ns/net) != "$(readlink /proc/self/ns/net)" ]]; }

# send PID: a quarter of the packets each: plain, tagged, marked, to a known network; in bursts that wait in the ring until the process goes on.
send() {
	local part=$((BURST / 4)) sent
	for ((sent = 0; sent < PACKETS; sent += BURST)); do
		kill -STOP "$1"
		"${IN[@]}" "$BUILD/wattledger-sim-packets" --interface vb "${part}x$BYTES" "${part}x$BYTES,vlan=7" "${part}x$BYTES,dscp=46" \
			"${part}x$BYTES,dst=10.9.3.3" >/dev/null
		kill -CONT "$1"
		sleep 0.5
	done
}

# record NAME PID CPU-NS-BEFORE DROPPED
record() {
	jq -n --arg name "$1" --argjson ns "$(($(cpu_ns "$2") - $3))" --argjson packets "$PACKETS" --argjson dropped "$4" --argjson round "$ROUND" \
		'{section: "traffic", name: $name, round: $round, ns_per_packet: ($ns / $packets), packets: $packets, dropped: $dropped}' | emit
}

run_floor() {
	local before
	mkfifo "$WORK/floor.in.$ROUND"
	exec {HOLD}<>"$WORK/floor.in.$ROUND"
	STDIN=$WORK/floor.in.$ROUND start_process floor "${IN[@]}" "$BUILD/bench-pcap-floor" va $RING "$PACKETS"
	wait_for grep -q ready "$WORK/floor.log"
	before=$(cpu_ns "$PID")
	send "$PID"
	WAIT_S=60 wait_for grep -qE '^[0-9]+ [0-9]+ [0-9]+$' "$WORK/floor.log"
	record floor "$PID" "$before" "$(awk 'END { print $3 }' "$WORK/floor.log")"
	exec {HOLD}>&-
	stop_process floor
}

run_tcpdump() {
	local before dropped
	command -v tcpdump >/dev/null || return 0
	start_process tcpdump "${IN[@]}" tcpdump -Z root -i va -n -w /dev/null -B $((RING / 1024)) -s 128
	wait_for grep -q listening "$WORK/tcpdump.log"
	before=$(cpu_ns "$PID")
	send "$PID"
	sleep 2 # it does not tell when it has them
	local ns=$(($(cpu_ns "$PID") - before)) pid=$PID
	kill -INT "$pid"
	wait_exit "$pid"
	dropped=$(awk '/dropped by kernel/ { print $1 }' "$WORK/tcpdump.log")
	jq -n --argjson ns "$ns" --argjson packets "$PACKETS" --argjson dropped "${dropped:-0}" --argjson round "$ROUND" \
		'{section: "traffic", name: "tcpdump", round: $round, ns_per_packet: ($ns / $packets), packets: $packets, dropped: $dropped}' | emit
}

ports() { "$BUILD/wattledger" status --state "$WORK/state" --format json | jq "[.sources[].ports[] | .$1 // 0] | add"; }
packets_told() { [[ $(($("$BUILD/wattledger" status --state "$WORK/state" --format json | jq '[.sources[].ports[] | select(.flow == "all") | .rx_bytes // 0] | max') / BYTES)) -ge $PACKETS ]] && [[ $(ports captured_bytes) -ge $((PACKETS * BYTES)) || $(ports dropped_packets) -gt 0 ]]; }

run_wattledger() {
	local i pid before
	rm -rf "$WORK/state"
	for ((i = 0; i < 1000; i++)); do echo "10.$((9 + i / 250)).$((i % 250)).0/24"; done >"$WORK/nets.txt"
	{
		echo "sites: [{id: lab, time_zone: UTC}]"
		echo "agent: {clock: assumed}"
		echo "local: no"
		echo "defaults: {interval: 1s}"
		echo "devices:"
		echo "  - id: va"
		echo "    address: traffic:va"
		echo "    ring: 32MiB"
		echo "    flows:"
		for ((i = 0; i < 10; i++)); do echo "      - {name: v$i, vlan: [$((i + 1)), $((i + 101))], dscp: [0, $((i * 6))]}"; done
		echo "      - {name: voice, dscp: 46}"
		echo "      - {name: nets, prefixes: nets.txt}"
	} >"$WORK/c.yaml"
	chmod 600 "$WORK/c.yaml"
	start_process agent "${IN[@]}" "$BUILD/wattledgerd" -c "$WORK/c.yaml" --state "$WORK/state"
	pid=$(child_named "$PID" wattledger-traffic)
	wait_for test -S "$WORK/state/control.sock"
	wait_for eval '[[ $(ports captured_bytes) != null ]] && "$BUILD/wattledger" status --state "$WORK/state" --format json | jq -e "[.sources[].ports[] | select(.flow == \"other\")] | length > 0"'
	before=$(cpu_ns "$pid")
	send "$pid"
	WAIT_S=60 wait_for packets_told
	record wattledger "$pid" "$before" "$(ports dropped_packets)"
	stop_process agent
}

main() {
	bench_begin traffic
	make_net
	for ((ROUND = 1; ROUND <= ${1:-3}; ROUND++)); do
		run_floor
		run_tcpdump
		run_wattledger
	done
	jq -rs '[.[] | select(.section == "traffic")] | group_by(.name) | map({name: .[0].name, ns: (map(.ns_per_packet) | sort | .[length / 2 | floor]), dropped: (map(.dropped) | add)})
		| (map(select(.name == "floor"))[0].ns) as $floor | .[] | "\(.name): \(.ns | round) ns a packet, \(.ns / $floor * 100 | round / 100) x the floor, \(.dropped) dropped"' "$RESULTS"
}

main "$@"
