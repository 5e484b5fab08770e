#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger-snmp and tables: of a real agent (net-snmp's snmpd, whose rows come from a file that changes while it runs), and of a hostile one.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	SNMP=$BUILD/wattledger-snmp
	WIRECAT=$BUILD/wattledger-sim-wirecat
	need "$SNMP" "$WIRECAT" jq
}

teardown() { stop_all; }

ROWS=1.3.6.1.4.1.8072.9999.2.1
USER='user=sha256 auth=SHA-256 auth_password=authpass123 priv=AES priv_password=privpass123'

# cat_wire OPTION... < PLAN: the collector's records in $WORK/out.json.
cat_wire() { "$WIRECAT" "$@" "$SNMP" >"$WORK/out.json" 2>"$WORK/err.log"; }

# start_cat_wire OPTION...: the same beside the test, with the plan in $WORK/plan.
start_cat_wire() { STDIN=$WORK/plan STDOUT=$WORK/out.json start_process reader "$WIRECAT" "$@" "$SNMP"; }

# jq_all FILTER: of all records so far, as one array.
jq_all() { jq -rs "$1" "$WORK/out.json"; }

# real_table [LINE...]: a real agent that answers what stands in $WORK/table (OID TYPE VALUE), read anew for each question; LINEs of its
# configuration are added. Sets SNMPD_PORT.
real_table() {
	need snmpd python3
	cat >"$WORK/pass.py" <<-'X'
		import sys
		def table():
		    rows = []
		    for line in open(sys.argv[1]):
		        oid, kind, value = line.rstrip("\n").split(" ", 2)
		        rows.append((tuple(map(int, oid.split("."))), oid, kind, value))
		    return sorted(rows)
		for line in sys.stdin:
		    if line == "PING\n":
		        print("PONG", flush=True)
		        continue
		    asked = tuple(map(int, sys.stdin.readline().strip().strip(".").split(".")))
		    found = [row for row in table() if (row[0] == asked if line == "get\n" else row[0] > asked)]
		    print("\n".join(["." + found[0][1], *found[0][2:]]) if found else "NONE", flush=True)
	X
	printf '%s\n' 'rocommunity public 127.0.0.0/8' 'createUser sha256 SHA-256 "authpass123" AES "privpass123"' 'rouser sha256 priv' \
		"pass_persist .$ROWS $(command -v python3) $WORK/pass.py $WORK/table" "$@" >"$WORK/table.conf"
	start_snmpd "$WORK/table.conf"
}

# put_table < LINES: the agent answers these from now on.
put_table() { cat >"$WORK/table.new" && mv "$WORK/table.new" "$WORK/table"; }

# outlets COUNT: rows of labels, powers and energies.
outlets() {
	local i
	for ((i = 1; i <= $1; i++)); do
		printf '%s string outlet number %d\n%s integer %d\n%s counter64 %d\n' "$ROWS.2.$i" "$i" "$ROWS.3.$i" $((100 + i)) "$ROWS.4.$i" $((5000000000 + i))
	done
}

# ports RX DISCONTINUITY: the row of one port in the table of RFC 2863, octets in and the hundredths of a second at which they lost continuity.
IFX=1.3.6.1.2.1.31.1.1.1
ports() { printf '%s\n' "$IFX.1.7 string ge7" "$IFX.6.7 counter64 $1" "$IFX.10.7 counter64 4000" "$IFX.19.7 timeticks $2"; }

# of_agent OID: a counter of the agent's own.
of_agent() { snmpget -v2c -c public -Oqv -t 5 "127.0.0.1:$SNMPD_PORT" "$1"; }

outlet_driver() {
	cat <<-X
		driver real total=none
		group outlet/{} table=1 name=$ROWS.2
		point power_w $ROWS.3
		point energy_j $ROWS.4 num=1000
	X
}

@test "a real agent: a table of 70 rows by GETBULK, by GETNEXT and by SNMPv3, to its last row" {
	outlets 70 | put_table
	real_table
	{
		outlet_driver
		echo "device bulk 127.0.0.1 $SNMPD_PORT interval=60000 timeout=5000"
		echo "device next 127.0.0.1 $SNMPD_PORT version=1 interval=60000 timeout=5000"
		echo "device three 127.0.0.1 $SNMPD_PORT version=3 $USER interval=60000 timeout=5000"
	} | cat_wire --until '"quantity":"uptime_s"' --times 3 --for 60
	[ "$(jq_all '[.[] | select(.record=="meter")] | group_by(.device) | map(length) | join(",")')" = 70,70,70 ]
	[ "$(jq_all '[.[] | select(.record=="meter" and .key=="outlet/70")] | map(.name) | unique | join(",")')" = "outlet number 70" ]
	# the sum of 101 to 170; SNMPv1 has no Counter64
	[ "$(jq_all '[.[] | select(.quantity=="power_w")] | group_by(.device) | map(map(.value) | add) | join(",")')" = 9485,9485,9485 ]
	[ "$(jq_all '[.[] | select(.quantity=="energy_j")] | group_by(.device) | map(map(.raw) | max) | join(",")')" = 5000000070,5000000070 ]
}

@test "a real agent that loses what is too large for it: less is asked for, and all of it is read" {
	outlets 40 | put_table
	real_table '[snmp] sendMessageMaxSize 600'
	# This agent says nothing to a GET of so many values, and cuts its answer to a GETBULK.
	run ! snmpget -v2c -c public -t 2 -r 0 "127.0.0.1:$SNMPD_PORT" "$ROWS.2."{1..40}
	{ outlet_driver; echo "device d 127.0.0.1 $SNMPD_PORT interval=60000 timeout=1500 deadline=30000"; } |
		cat_wire --until '"quantity":"uptime_s"' --for 60
	[ "$(jq_all '[.[] | select(.quantity=="power_w")] | map(.value) | add')" = 4820 ]
	[ "$(jq_all '[.[] | select(.record=="device")] | last.state')" = up ]

	# Twelve names fit into its 600 octets, and their values of 50 octets do not: then it says tooBig, and counts it (snmpOutTooBigs).
	local said
	for i in {1..12}; do printf '%s string %d W and a remark that makes it fifty octets long\n' "$ROWS.3.$i" $((100 + i)); done | put_table
	run snmpget -v2c -c public -t 5 "127.0.0.1:$SNMPD_PORT" "$ROWS.3."{1..12}
	[[ $output == *tooBig* ]]
	said=$(of_agent 1.3.6.1.2.1.11.20.0)
	{
		printf 'driver real total=none\n'
		for i in {1..12}; do printf 'group o%d\npoint power_w %s text=1\n' "$i" "$ROWS.3.$i"; done
		echo "device d 127.0.0.1 $SNMPD_PORT interval=60000 timeout=5000 deadline=30000"
	} | cat_wire --until '"quantity":"uptime_s"' --for 60
	[ "$(of_agent 1.3.6.1.2.1.11.20.0)" -gt "$said" ]
	[ "$(jq_all '[.[] | select(.quantity=="power_w")] | map(.value) | add')" = 1278 ]
	[ "$(jq_all '[.[] | select(.record=="device")] | last.state')" = up ]
}

@test "a real agent: rows that go are told as partial and the others kept; one that comes is found" {
	outlets 3 | put_table
	real_table
	{ outlet_driver; echo "device d 127.0.0.1 $SNMPD_PORT interval=500"; } >"$WORK/plan"
	start_cat_wire --for 100
	powers() { jq_all "[.[] | select(.quantity==\"power_w\" and .value==$1)] | length"; }
	wait_for eval '[[ $(powers 102) -ge 2 ]]'
	outlets 3 | grep -v "$ROWS\.[0-9]\.2 " | put_table
	wait_for grep -q '"state":"partial"' "$WORK/out.json"
	jq_all '[.[] | select(.state=="partial")] | last.reason' | grep -q '2 values that the device had before are missing'
	gone=$(powers 102)
	kept=$(powers 103)
	wait_for eval "[[ \$(powers 103) -ge $((kept + 3)) ]]"
	[ "$(powers 102)" -eq "$gone" ]
	# a survey a minute after the first finds that it is gone, and all is well without it
	WAIT_S=90 wait_for eval '[[ $(jq_all "[.[] | select(.record==\"device\")] | last.state") == up ]]'
}

@test "a real agent: text that is a number, text that is none, a wrong type, an object without instance" {
	printf '%s\n' "$ROWS.1.0 string 12.5 W" "$ROWS.5.0 string n/a" "$ROWS.6.0 ipaddress 10.0.0.1" "$ROWS.7.0 integer -1" | put_table
	real_table
	cat >"$WORK/plan" <<-X
		driver real total=none
		group a
		point power_w $ROWS.1.0 text=1
		group b
		point power_w $ROWS.5.0 text=1
		group c
		point power_w $ROWS.6.0
		group d
		point power_w $ROWS.7.0 sentinel=-1
		group e
		point power_w $ROWS.8.0
		device d 127.0.0.1 $SNMPD_PORT interval=60000
	X
	cat_wire --until '"quantity":"uptime_s"' --for 30 <"$WORK/plan"
	[ "$(jq_all '[.[] | select(.quantity=="power_w")] | map("\(.meter)=\(.value)") | join(",")')" = 0=12.5 ]
	[ "$(jq_all '[.[] | select(.record=="device")] | last | "\(.state): \(.reason)"')" = \
		"partial: 2 values that the device had before are missing or no numbers" ]
}

@test "a real agent: a point with an interval of its own is asked for less often" {
	printf '%s\n' "$ROWS.1.0 integer 100" "$ROWS.2.0 integer 230" | put_table
	real_table
	{
		printf 'driver real total=none\ngroup total role=total\npoint power_w %s\npoint voltage_v %s interval=2000\n' "$ROWS.1.0" "$ROWS.2.0"
		echo "device d 127.0.0.1 $SNMPD_PORT interval=500"
	} | cat_wire --until '"quantity":"power_w"' --times 12 --for 60
	# each fourth read: of 12 the 1st, 5th and 9th
	[ "$(jq_all '[.[] | select(.quantity=="voltage_v")] | length')" = 3 ]
}

@test "a real agent: the octets of its own interface, and when they lost continuity" {
	ip link show lo >/dev/null || skip "ip is missing"
	local before after
	octets() { cat /sys/class/net/lo/statistics/rx_bytes; }
	before=$(octets)
	: | put_table
	real_table
	cat >"$WORK/plan" <<-X
		driver ports total=none
		group if/{} table=1 name=1.3.6.1.2.1.31.1.1.1.1
		point rx_bytes 1.3.6.1.2.1.31.1.1.1.6 num=1000
		point tx_bytes 1.3.6.1.2.1.31.1.1.1.10 num=1000
		point discontinuity_s 1.3.6.1.2.1.31.1.1.1.19 factor=0.01
		device d 127.0.0.1 $SNMPD_PORT interval=60000
	X
	cat_wire --until '"quantity":"discontinuity_s"' --for 30 <"$WORK/plan"
	after=$(octets)
	meter=$(jq_all '[.[] | select(.record=="meter" and .name=="lo")] | first.meter')
	jq_all "[.[] | select(.quantity==\"rx_bytes\" and .meter==$meter)] | first | .raw >= $before and .raw <= $after" | grep -qx true
	jq_all "[.[] | select(.quantity==\"tx_bytes\" and .meter==$meter)] | first | .raw >= $before and .raw <= $after" | grep -qx true
	[ "$(jq_all "[.[] | select(.quantity==\"discontinuity_s\" and .meter==$meter)] | first.value")" = 0 ]
}

@test "a real agent: a port whose counters begin anew while its uptime goes on" {
	ports 9000000000 0 | put_table
	real_table "pass_persist -p 1 .$IFX $(command -v python3) $WORK/pass.py $WORK/table"
	cat >"$WORK/plan" <<-X
		driver ports total=none
		group if/{} table=1 name=$IFX.1
		point rx_bytes $IFX.6 num=1000
		point discontinuity_s $IFX.19 factor=0.01
		device d 127.0.0.1 $SNMPD_PORT interval=500 timeout=5000
	X
	start_cat_wire --for 100
	# octets and mark of each read, in turn
	marks() { jq_all '[.[] | select(.quantity=="rx_bytes" or .quantity=="discontinuity_s")] | map(.raw // .value) | _nwise(2) | map(tostring) | join("@")' ; }
	wait_for eval 'marks | grep -q "^9000000000@0$"'
	ports 1000 4200 | put_table
	wait_for eval 'marks | grep -q "^1000@42$"'
	ports 3000 4200 | put_table
	wait_for eval 'marks | grep -q "^3000@42$"'
	run ! grep -E '^(1000|3000)@0$' <(marks)
}

@test "SNMPv3: an engine is asked for once, and its clock once more when it starts anew; a real agent counts" {
	printf '%s\n' "$ROWS.1.0 integer 100" | put_table
	real_table
	{
		printf 'driver real total=none\ngroup total role=total\npoint power_w %s\n' "$ROWS.1.0"
		echo "device d 127.0.0.1 $SNMPD_PORT version=3 $USER interval=300 timeout=5000"
	} >"$WORK/plan"
	start_cat_wire --for 100
	reads() { jq_all '[.[] | select(.quantity=="power_w")] | length'; }
	# usmStatsUnknownEngineIDs and usmStatsNotInTimeWindows, RFC 3414: how often it was asked for its engine, and told its clock.
	reports() { echo $(($(of_agent 1.3.6.1.6.3.15.1.1.4.0) + $(of_agent 1.3.6.1.6.3.15.1.1.2.0))); }
	more_reads() {
		local before
		before=$(reads)
		WAIT_S=60 wait_for eval "[[ \$(reads) -ge $((before + 5)) ]]"
	}
	more_reads
	told=$(reports)
	[[ $told -ge 1 && $told -le 2 ]]
	more_reads
	[ "$(reports)" -eq "$told" ]
	stop_process snmpd
	start_snmpd "$WORK/table.conf"
	more_reads
	told=$(reports)
	[[ $told -ge 1 && $told -le 2 ]]
	more_reads
	[ "$(reports)" -eq "$told" ]
}

# silent_port: a UDP port that takes everything and answers nothing; sets SILENT_PORT.
silent_port() {
	need "$BUILD/wattledger-sim-snmp"
	STDOUT=$WORK/silent.json start_process silent "$BUILD/wattledger-sim-snmp" --detached --devices 20 --first-address 127.9.31.1 --fault silent
	wait_for grep -q port "$WORK/silent.json"
	SILENT_PORT=$(jq -r .port "$WORK/silent.json")
}

@test "SNMPv3: silent devices are asked for their engines side by side, and named; the others are read" {
	printf '%s\n' "$ROWS.1.0 integer 100" | put_table
	real_table
	silent_port
	{
		printf 'driver real total=none\ngroup total role=total\npoint power_w %s\n' "$ROWS.1.0"
		echo "device s 127.9.31.1 $SILENT_PORT count=20 version=3 $USER interval=1000 timeout=1000 retries=2"
		echo "device d 127.0.0.1 $SNMPD_PORT version=3 $USER interval=500 timeout=5000"
	} >"$WORK/plan"
	start_cat_wire --for 100
	# one after the other they would take a minute
	WAIT_S=50 wait_for eval '[[ $(jq_all "[.[] | select(.state==\"silent\").device] | unique | length") == 20 ]]'
	WAIT_S=50 wait_for grep -q '"quantity":"power_w"' "$WORK/out.json"
	jq_all '[.[] | select(.state=="silent")] | first.reason' | grep -q 'no answer from .* in 3 tries of 1 s (wrong user, address or firewall?)'
}

@test "a hostile agent: whatever it does, a read ends in a state with a reason, and what is no reading is none" {
	need "$BUILD/wattledger-sim-snmp"
	local -A expected=([endless]=lying [huge]=lying [text]=lying [short:0]=lying [short:1]=partial [repeat]=lying [decrease]=lying [lying]='lying|silent|partial|refused')
	local fault state
	for fault in "${!expected[@]}"; do
		STDOUT=$WORK/sim.json start_process sim "$BUILD/wattledger-sim-snmp" --detached --curve flat --model farm --first-address 127.9.32.1 --fault "$fault"
		wait_for grep -q port "$WORK/sim.json"
		{
			printf 'driver farm total=none\ngroup outlet/{} table=1\npoint power_w 1.3.6.1.4.1.32473.1.4.1.3\n'
			echo "device d 127.9.32.1 $(jq -r .port "$WORK/sim.json") interval=60000 timeout=300"
		} | cat_wire --until '"record":"device"' --for 60
		state=$(jq_all '[.[] | select(.record=="device")] | first.state')
		[[ $state =~ ^(${expected[$fault]})$ ]] || { echo "$fault: $state"; return 1; }
		[ -n "$(jq_all '[.[] | select(.record=="device")] | first.reason')" ]
		[[ $fault == lying || $fault == short:1 ]] || [ "$(jq_all '[.[] | select(.quantity=="power_w")] | length')" = 0 ]
		stop_process sim
	done
}

@test "a path that takes no more than 300 octets: longer requests reach the device in parts" {
	need "$BUILD/wattledger-sim-snmp" ip
	local flags=-n
	[[ $(id -u) == 0 ]] || flags=-rn
	unshare $flags true 2>/dev/null || skip "this machine gives no network namespaces"
	export SNMP WIRECAT
	export -f cat_wire
	unshare $flags bash -c '
		. "$ROOT/tests/system/lib.bash"
		ip link set lo mtu 300 up
		STDOUT=$WORK/sim.json start_process sim "$BUILD/wattledger-sim-snmp" --detached --curve flat --model farm --first-address 127.9.33.1
		wait_for grep -q port "$WORK/sim.json"
		{
			printf "driver farm total=none\ngroup outlet/{} table=1\npoint power_w %s.3\npoint current_a %s.5\n" 1.3.6.1.4.1.32473.1.4.1 1.3.6.1.4.1.32473.1.4.1
			echo "device d 127.9.33.1 $(jq -r .port "$WORK/sim.json") interval=60000 timeout=1000"
		} | cat_wire --until "\"quantity\":\"uptime_s\"" --for 60'
	[ "$(jq_all '[.[] | select(.quantity=="power_w")] | length')" = 24 ]
	[ "$(jq_all '[.[] | select(.record=="device")] | last.state')" = up ]
}
