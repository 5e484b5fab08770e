#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger-traffic in a network namespace of its own: a veth pair, frames whose octets are known, the ledger's rows against both.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-packets" jq sqlite3 ip
	[[ -x $BUILD/wattledger-traffic ]] || skip "the traffic collector is not built (libpcap)"
}

teardown() { stop_all; }

# A namespace with the pair va - vb, both up. Frames sent on vb are received on va. Root, or a user who may have namespaces.
make_net() {
	local flags=-n enter=(-n)
	[[ $(id -u) == 0 ]] || { flags=-rn; enter=(-U -n --preserve-credentials); }
	unshare $flags true 2>/dev/null || skip "this machine gives no network namespaces"
	start_process net unshare $flags sleep 600
	IN=(nsenter -t "$PID" "${enter[@]}")
	wait_for has_own_net
	"${IN[@]}" ip link set lo up
	make_pair
}

has_own_net() { [[ $("${IN[@]}" readlink /proc/self/ns/net) != "$(readlink /proc/self/ns/net)" ]]; }

# Without IPv6, so that the kernel sends nothing of its own on it.
make_pair() {
	"${IN[@]}" ip link add va type veth peer name vb
	"${IN[@]}" sysctl -qw net.ipv6.conf.va.disable_ipv6=1 net.ipv6.conf.vb.disable_ipv6=1 2>/dev/null || true
	"${IN[@]}" ip link set va up
	"${IN[@]}" ip link set vb up
}

# traffic_config LINE...: device `up` on va with the LINEs, read each second.
traffic_config() {
	{
		echo "sites: [{id: lab, zone: NO, time_zone: UTC}]"
		echo "agent: {clock: assumed}"
		echo "local: no"
		echo "ledger: {slot: 1min, commit: 1s, grace: 2s}"
		echo "outputs: [{type: file, path: points.lp}]"
		echo "defaults: {interval: 1s}"
		echo "devices:"
		printf '%s\n' "$@"
	} >"$CONFIG"
	chmod 600 "$CONFIG"
}

FLOWS='[{name: voice, dscp: 46}, {name: tv, vlan: [7, 100]}, {name: nets, prefixes: nets.txt}, {name: web, filter: "tcp port 9"}]'

start_in_net() {
	start_process agent "${IN[@]}" "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE"
	wait_for test -S "$STATE/control.sock"
}

send() { "${IN[@]}" "$BUILD/wattledger-sim-packets" --interface "$@"; }

# The last reading of a meter: $1 its key, $2 the number of the quantity (10 rx, 11 tx, 21 captured octets, 22 packets, 23 dropped).
raw() { open_sql "SELECT raw FROM open JOIN meter USING(meter_id) WHERE key = '$1' AND quantity = $2"; }
shows() { [[ $(raw "$1" "$2") == "$3" ]]; }
# What has been booked of it, closed or not.
booked_octets() { open_sql "SELECT energy_millij FROM open JOIN meter USING(meter_id) WHERE key = '$1' AND quantity = $2"; }
kernel() { "${IN[@]}" ip -j -s link show "$1" | jq ".[0].stats64.$2.bytes"; }
source_state() { "$BUILD/wattledger" status --state "$STATE" --format json | jq -r ".sources[0].$1"; }
has_reason() { [[ $(source_state reason) == *"$1"* ]]; }
has_fallen() { [[ $(raw "$1" "$2") -lt $3 ]]; }
has_drops() { [[ $(raw va/all 23) -gt 0 && $(($(raw va/all 22) + $(raw va/all 23))) == "$1" ]]; }
has_state() { [[ $(source_state state) == "$1" ]]; }

@test "octets of every flow, both directions, to the octet" {
	make_net
	printf '# networks\n10.9.0.0/16\n2001:db8::/32\n' >"$WORK/nets.txt"
	traffic_config "  - {id: up, address: \"traffic:va\", ring: 4MiB, flows: $FLOWS}"
	start_in_net
	wait_for shows va/other 10 0
	send vb 100x500 50x1000,dscp=46 20x200,vlan=7 25x210,vlan=100,qinq=7 30x300,src=10.9.1.1 10x400,tcp,dst=10.9.3.3 9x90,tcp
	send va 7x100,dst=2001:db8::5,src=2001:db9::1 5x90,tcp 3x82
	wait_for shows va/all 21 $((50000 + 50000 + 4000 + 5250 + 9000 + 4000 + 810 + 700 + 450 + 246))
	shows va/voice 10 50000
	shows va/tv 10 $((4000 + 5250))
	shows va/nets 10 $((9000 + 4000))
	shows va/nets 11 700
	shows va/web 10 810
	shows va/web 11 450
	shows va/other 10 50000
	shows va/other 11 246
	shows va/all 22 259
	shows va/all 23 0
	# The interface's own counters say the same, and the flows are all of it.
	[[ $(raw va 10) == 123060 && $(raw va 11) == 1396 ]]
	[[ $(kernel va rx) == 123060 && $(kernel va tx) == 1396 ]]
	[[ $(source_state state) == up ]]
}

@test "a renamed interface is followed, one that goes away and comes back goes on" {
	make_net
	traffic_config "  - {id: up, address: \"traffic:va\", ring: 4MiB, flows: [{name: voice, dscp: 46}]}"
	start_in_net
	wait_for shows va/other 10 0
	send vb 10x500
	wait_for shows va 10 5000
	"${IN[@]}" ip link set va name wan0
	send vb 10x500
	wait_for shows va 10 10000
	[[ $(source_state state) == up && $(source_state reason) == *"is called wan0 now"* ]]
	"${IN[@]}" ip link set wan0 down
	wait_for has_reason "the link of wan0 is down"
	"${IN[@]}" ip link set wan0 up
	wait_for has_reason "is called wan0 now"
	send vb 10x500
	wait_for shows va/other 10 15000
	"${IN[@]}" ip link del wan0
	wait_for has_state unreadable
	[[ $(source_state reason) == *"no interface va now"* ]]
	make_pair
	wait_for has_state up
	wait_for has_fallen va 10 15000
	send vb 4x500
	wait_for shows va 10 2000
	wait_for shows va/other 10 17000
	[[ $(booked_octets va 10) == 17000 ]]
}

@test "packets that are dropped are counted, and their flow is a lower bound" {
	make_net
	traffic_config "  - {id: up, address: \"traffic:va\", ring: 1MiB, flows: [{name: voice, dscp: 46}]}"
	start_in_net
	wait_for shows va/other 10 0
	kill -STOP "$(child traffic)"
	send vb 20000x100
	kill -CONT "$(child traffic)"
	wait_for shows va 10 2000000
	wait_for has_drops 20000
	[[ $(raw va/other 10) == $(($(raw va/all 22) * 100)) ]]
	[[ $(booked_octets va 10) == 2000000 ]]
	stop_process agent
	# What was seen while some was dropped is no measurement.
	is_lower_bound() {
		[[ $(sql "SELECT COUNT(*) FROM interval JOIN meter USING(meter_id) WHERE key = 'va/other' AND quantity = 10
			AND estimated_millij > 0 AND status_bits & 131072") -gt 0 ]]
	}
	start_in_net
	WAIT_S=90 wait_for is_lower_bound
}

@test "without the right to capture the interface's counters go on" {
	[[ $(id -u) == 0 ]] || skip "needs root to give up a right"
	make_net
	traffic_config "  - {id: up, address: \"traffic:va\", flows: [{name: voice, dscp: 46}]}"
	start_process agent "${IN[@]}" setpriv --bounding-set -net_raw --inh-caps -net_raw "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE"
	wait_for test -S "$STATE/control.sock"
	wait_for has_state partial
	[[ $(source_state reason) == *CAP_NET_RAW* ]]
	send vb 10x500
	wait_for shows va 10 5000
	[[ $(sql "SELECT COUNT(*) FROM meter WHERE key LIKE 'va/%'") == 0 ]]
}

@test "a filter that is wrong is named, the other flows go on" {
	make_net
	traffic_config "  - {id: up, address: \"traffic:va\", flows: [{name: bad, filter: tcp prot 80}, {name: voice, dscp: 46}]}"
	start_in_net
	wait_for has_state partial
	[[ $(source_state reason) == *"flow bad"* ]]
	send vb 10x500,dscp=46
	wait_for shows va/voice 10 5000
}

@test "a file of packets is counted once" {
	"$BUILD/wattledger-sim-packets" --file "$WORK/a.pcap" 100x500 50x1000,dscp=46 20x200,vlan=7 2x100,dst=2001:db8::5,src=2001:db9::1
	printf '2001:db8::/32\n' >"$WORK/nets.txt"
	traffic_config "  - {id: up, address: \"pcap:$WORK/a.pcap\", flows: $FLOWS}"
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE"
	wait_for test -S "$STATE/control.sock"
	wait_for shows file 10 104200
	wait_for shows file/voice 10 50000
	shows file/tv 10 4000
	shows file/nets 10 200
	shows file/other 10 50000
	[[ $(booked_octets file 10) == 104200 ]]
	"$BUILD/wattledger" test -c "$CONFIG" --format json | jq -se '[.[] | .. | objects | select(.quantity? == "rx_bytes")] | length > 0'
}

# The other end in a namespace of its own, so that packets between the two really pass the pair.
move_other_end() {
	local flags=-n enter=(-n)
	[[ $(id -u) == 0 ]] || skip "needs root for two namespaces"
	start_process net2 unshare $flags sleep 600
	OUT=(nsenter -t "$PID" "${enter[@]}")
	local other=$PID
	wait_for eval '[[ $("${OUT[@]}" readlink /proc/self/ns/net) != "$(readlink /proc/self/ns/net)" ]]'
	"${IN[@]}" ip link set vb netns "$other"
	"${IN[@]}" ip address add 10.77.0.1/24 dev va
	"${OUT[@]}" sysctl -qw net.ipv6.conf.vb.disable_ipv6=1 2>/dev/null || true
	"${OUT[@]}" ip address add 10.77.0.2/24 dev vb
	"${OUT[@]}" ip link set vb up
}

# What the flows add up to is what the interface counted, both ways.
is_whole() {
	local rx tx
	rx=$(kernel va rx)
	tx=$(kernel va tx)
	[[ $rx -gt $1 && $(raw va 10) == "$rx" && $(raw va 11) == "$tx" && $(raw va/all 21) == "$((rx + tx))" && $(raw va/all 23) == 0 ]]
}

# What is_whole compares.
show_octets() { echo "kernel $(kernel va rx) $(kernel va tx), port $(raw va 10) $(raw va 11), capture $(raw va/all 21), dropped $(raw va/all 23)"; }

@test "a real stream of TCP, in super-frames as the kernel hands them on: octets equal the interface's counters" {
	command -v iperf3 >/dev/null || skip "iperf3 is not installed"
	make_net
	traffic_config "  - {id: up, address: \"traffic:va\", ring: 64MiB, flows: [{name: voice, dscp: 46}]}"
	move_other_end
	start_in_net
	wait_for shows va/other 10 0
	start_process server "${IN[@]}" iperf3 -s -1 -B 10.77.0.1
	wait_for eval '"${IN[@]}" ss -Hltn | grep -q :5201'
	"${OUT[@]}" iperf3 -c 10.77.0.1 -n 20M -b 200M >"$WORK/iperf.log"
	wait_for is_whole 20000000 || { show_octets; return 1; }
	# Frames of more than the link's 1514 octets were among them: fewer packets than such a stream has on a wire.
	[[ $(raw va/all 22) -lt $((20 * 1024 * 1024 / 1448)) ]]
}

@test "packets that tcpreplay sends: octets equal the interface's counters and the file's" {
	command -v tcpreplay >/dev/null || skip "tcpreplay is not installed"
	make_net
	traffic_config "  - {id: up, address: \"traffic:va\", ring: 16MiB, flows: [{name: voice, dscp: 46}, {name: tv, vlan: 7}]}"
	start_in_net
	wait_for shows va/other 10 0
	"$BUILD/wattledger-sim-packets" --file "$WORK/a.pcap" 100x500 50x1000,dscp=46 20x200,vlan=7
	"${IN[@]}" tcpreplay -q -p 2000 -i vb "$WORK/a.pcap" >"$WORK/tcpreplay.log" 2>&1
	wait_for shows va 10 104000
	[[ $(kernel va rx) == 104000 ]]
	wait_for shows va/voice 10 50000
	shows va/tv 10 4000
	shows va/all 21 104000
}
