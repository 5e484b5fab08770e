#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The simulated SNMP devices, seen by net-snmp's command line tools: a counterpart that shares no code with them.

setup() {
	load lib
	work_begin
	SIM=${WATTLEDGER_BUILD:-$BUILD}/wattledger-sim-snmp
	export MIBS='' SNMP_PERSISTENT_DIR=$WORK/snmp
	mkdir -p "$WORK/snmp/cert_indexes"
	need "$SIM" snmpget snmpbulkwalk jq
}

teardown() { stop_all; }

# start_sim OPTION...: starts it with commands from descriptor $CTL and its truth in $WORK/truth; sets PORT and SIM_PID.
start_sim() {
	rm -f "$WORK/ctl"
	mkfifo "$WORK/ctl"
	exec {CTL}<>"$WORK/ctl"
	: >"$WORK/out"
	STDIN=$WORK/ctl STDOUT=$WORK/out start_process sim "$SIM" --control --truth "$WORK/truth" --for 60s "$@"
	SIM_PID=$PID
	wait_for grep -q port "$WORK/out"
	PORT=$(jq -r 'select(.port).port' "$WORK/out")
}

# tell COMMAND: gives a command and waits for its answer, which has to be good.
tell() {
	local answers
	answers=$(wc -l <"$WORK/out")
	echo "$1" >&"$CTL"
	wait_for eval "[ \$(wc -l <'$WORK/out') -gt $answers ]"
	tail -n 1 "$WORK/out" | jq -e .ok
}

# get DEVICE OID...: the values alone, one a line, as device DEVICE (1-based) answers.
get() {
	local device=$1
	shift
	snmpget -v2c -c public -t 1 -r 1 -Onqv "127.9.0.$device:$PORT" "$@"
}

# truth DEVICE FIELD: of device number DEVICE (0-based).
truth() { jq -r "select(.device == $1).$2" "$WORK/truth"; }

# What the counter has to show by the truth's own formula.
counter_by_truth() {
	jq -r "select(.device == $1) | .counter_base + (((.energy_j - .counter_from_j) / .counter_step_j) | floor)" "$WORK/truth"
}

FARM=1.3.6.1.4.1.32473.1
APC=1.3.6.1.4.1.318.1.1.26
PDU2=1.3.6.1.4.1.13742.6

@test "the ready line names port and addresses" {
	start_sim --devices 3 --first-address 127.9.4.1
	jq -e '.first_address == "127.9.4.1" and .last_address == "127.9.4.3" and .devices == 3 and .port > 0' "$WORK/out"
	[ "$(snmpget -v2c -c public -Onqv "127.9.4.3:$PORT" 1.3.6.1.2.1.1.5.0)" = '"apc-rpdu2-00002"' ]
	run snmpget -v2c -c public -t 0.2 -r 0 "127.9.4.4:$PORT" 1.3.6.1.2.1.1.5.0
	[[ $output == *Timeout* ]]
}

@test "each model answers as itself" {
	start_sim --devices 5 --model apc-rpdu2,farm,if-mib,raritan-px2,ups-mib
	[ "$(get 1 1.3.6.1.2.1.1.2.0)" = .1.3.6.1.4.1.318.1.3.4.6 ]
	[ "$(get 2 1.3.6.1.2.1.1.2.0)" = .$FARM.1 ]
	[ "$(get 3 1.3.6.1.2.1.31.1.1.1.1.1)" = '"Gi0/1"' ]
	[ "$(get 4 1.3.6.1.2.1.1.2.0)" = .$PDU2 ]
	[ "$(get 5 1.3.6.1.2.1.1.2.0)" = .1.3.6.1.2.1.33 ]
	[ "$(get 5 1.3.6.1.2.1.33.1.4.3.0)" = 3 ]
}

@test "GETBULK and GETNEXT walks see the same variables, each once" {
	start_sim --devices 5 --model apc-rpdu2,farm,if-mib,raritan-px2,ups-mib
	tell "clock stop"
	for device in 1 2 3 4 5; do
		snmpbulkwalk -v2c -c public -On -Cr40 "127.9.0.$device:$PORT" .1.3 | grep -vE 'Timeticks|No more variables' >"$WORK/bulk"
		snmpwalk -v2c -c public -On "127.9.0.$device:$PORT" .1.3 | grep -vE 'Timeticks|No more variables' >"$WORK/next"
		cmp "$WORK/bulk" "$WORK/next"
		[ "$(wc -l <"$WORK/bulk")" -gt 40 ]
		[ -z "$(cut -d' ' -f1 "$WORK/bulk" | sort | uniq -d)" ]
	done
}

@test "counters are exactly what the truth says" {
	start_sim --devices 4 --model farm,apc-rpdu2,raritan-px2,farm
	tell "clock stop"
	for t in 3600 86399.5 31536000.25; do
		tell "clock set $t"
		tell truth
		[ "$(get 1 $FARM.3.2.0)" = "$(counter_by_truth 0)" ]
		[ "$(get 2 $APC.4.3.1.9.1)" = "$(counter_by_truth 1)" ]
		[ "$(get 3 $PDU2.5.2.3.1.4.1.1.8)" = "$(counter_by_truth 2)" ]
		[ "$(get 4 $FARM.3.2.0)" = "$(truth 3 counter)" ]
		# the truth by the formula: B t + A T / (2 pi) (1 - cos(2 pi t / T))
		jq -r '[.base_w, .amplitude_w, .period_s, .t_s, .energy_j] | @tsv' "$WORK/truth" | awk '{
			pi = atan2(0, -1)
			e = $1 * $4 + $2 * $3 / (2 * pi) * (1 - cos(2 * pi * $4 / $3))
			if ((e > $5 ? e - $5 : $5 - e) > 0.001) { print "not", e, $0; exit 1 }
		}'
	done
}

@test "outlets add up to their device" {
	start_sim --devices 1 --model farm --fault reset
	tell "clock stop"
	tell "clock set 100000"
	local total parts
	total=$(get 1 $FARM.3.2.0)
	parts=$(snmpbulkwalk -v2c -c public -Onqv "127.9.0.1:$PORT" $FARM.4.1.4 | awk '{ s += $1 } END { printf "%d", s }')
	# 24 values, each rounded down by less than 1 J
	((parts <= total && parts > total - 24))
}

@test "while the clock runs a counter lies between two truths" {
	start_sim --devices 1 --model farm --speed 1000 --curve fast
	tell truth
	local before after counter
	before=$(truth 0 counter)
	counter=$(get 1 $FARM.3.2.0)
	rm "$WORK/truth"
	kill -USR1 "$SIM_PID"
	wait_for test -s "$WORK/truth"
	after=$(truth 0 counter)
	((before < counter && counter < after))
}

@test "SNMPv1 sees no Counter64 and is told noSuchName" {
	start_sim --model farm
	run snmpget -v1 -c public "127.9.0.1:$PORT" $FARM.3.2.0
	[[ $output == *noSuchName* ]]
	run snmpwalk -v1 -c public -On "127.9.0.1:$PORT" $FARM.3
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 7 ]
	[[ $output != *"$FARM.3.2.0"* ]]
}

@test "SNMPv2c is told which part of a name is missing" {
	start_sim --model farm
	run snmpget -v2c -c public -On "127.9.0.1:$PORT" $FARM.3.1.0 $FARM.3.1.1 1.3.6.1.9.0
	[ "$status" -eq 0 ]
	[[ ${lines[0]} == *Gauge32* ]]
	[[ ${lines[1]} == *"No Such Instance"* ]]
	[[ ${lines[2]} == *"No Such Object"* ]]
	run snmpgetnext -v2c -c public -On "127.9.0.1:$PORT" $FARM.4.1.6.24
	[[ $output == *"No more variables"* ]]
}

@test "nothing can be written" {
	start_sim --model farm
	run snmpset -v2c -c public "127.9.0.1:$PORT" 1.3.6.1.2.1.1.6.0 s elsewhere
	[ "$status" -ne 0 ]
	[[ $output == *notWritable* ]]
}

@test "a wrong community meets silence" {
	start_sim --community secret
	run snmpget -v2c -c public -t 0.2 -r 0 "127.9.0.1:$PORT" 1.3.6.1.2.1.1.5.0
	[[ $output == *Timeout* ]]
	snmpget -v2c -c secret "127.9.0.1:$PORT" 1.3.6.1.2.1.1.5.0
}

@test "device 0 also answers at ::1 when asked to" {
	start_sim --ipv6 --model ups-mib
	[ "$(snmpget -v2c -c public -Onqv "udp6:[::1]:$PORT" 1.3.6.1.2.1.1.5.0)" = '"ups-mib-00000"' ]
}

@test "exactly the asked share of devices is silent" {
	start_sim --devices 40 --fault silent:5%
	local silent=0
	for i in $(seq 1 40); do
		snmpget -v2c -c public -t 0.2 -r 0 "127.9.0.$i:$PORT" 1.3.6.1.2.1.1.5.0 >/dev/null 2>&1 || silent=$((silent + 1))
	done
	[ "$silent" -eq 2 ]
}

@test "faults come and go while it runs" {
	start_sim --devices 2 --model farm
	tell "fault 1 silent"
	run snmpget -v2c -c public -t 0.2 -r 0 "127.9.0.2:$PORT" $FARM.3.1.0
	[[ $output == *Timeout* ]]
	get 1 $FARM.3.1.0
	tell "fault 1 none"
	get 2 $FARM.3.1.0
	tell "fault 0 slow:400"
	run snmpget -v2c -c public -t 0.2 -r 0 "127.9.0.1:$PORT" $FARM.3.1.0
	[[ $output == *Timeout* ]]
	snmpget -v2c -c public -t 5 -r 0 "127.9.0.1:$PORT" $FARM.3.1.0
	tell "fault 0 refuse"
	run snmpget -v2c -c public "127.9.0.1:$PORT" $FARM.3.1.0
	[[ $output == *genError* ]]
}

@test "reset, wrap, swap and dip are seen and the truth goes on" {
	start_sim --devices 1 --model farm
	tell "clock stop"
	tell "clock set 1000"
	local serial before
	serial=$(get 1 $FARM.2.1.0)
	tell "fault 0 reset"
	[ "$(get 1 $FARM.3.2.0)" = 0 ]
	tell "clock advance 500"
	before=$(get 1 $FARM.3.2.0)
	tell truth
	[ "$before" = "$(counter_by_truth 0)" ]
	tell "fault 0 dip"
	[ "$(get 1 $FARM.3.2.0)" = 0 ]
	[ "$(get 1 $FARM.3.2.0)" = "$before" ]
	tell "fault 0 swap"
	[ "$(get 1 $FARM.2.1.0)" != "$serial" ]
	(("$(get 1 $FARM.3.2.0)" > before))
	tell "fault 0 wrap:100"
	[ "$(get 1 $FARM.3.2.0)" = 18446744073709551515 ]
	tell "clock advance 1"
	(("$(get 1 $FARM.3.2.0)" < 3000))
	tell truth
	jq -e '.energy_j > 600000' "$WORK/truth"
}

@test "lies are told in ways that net-snmp notices" {
	start_sim --model farm
	local at=127.9.0.1:$PORT
	tell "fault 0 repeat"
	run snmpwalk -v2c -c public -On "$at" $FARM.3
	[[ $output == *"OID not increasing"* ]]
	tell "fault 0 decrease"
	run snmpbulkwalk -v2c -c public -On "$at" 1.3
	[[ $output == *"OID not increasing"* ]]
	tell "fault 0 wrong-id"
	run snmpget -v2c -c public -t 0.2 -r 0 "$at" $FARM.3.1.0
	[[ $output == *Timeout* ]]
	tell "fault 0 truncated"
	run snmpget -v2c -c public -t 0.2 -r 0 "$at" $FARM.3.1.0
	[ "$status" -ne 0 ]
	tell "fault 0 text"
	run snmpget -v2c -c public -On "$at" $FARM.3.1.0
	[[ $output == *'STRING: "N/A"'* ]]
	tell "fault 0 wrong-type"
	run snmpget -v2c -c public -On "$at" $FARM.3.1.0
	[[ $output == *IpAddress* ]]
	tell "fault 0 huge"
	run snmpget -v2c -c public -On "$at" 1.3.6.1.2.1.1.1.0
	[ "${#output}" -gt 60000 ]
	tell "fault 0 endless"
	run bash -c "snmpwalk -v2c -c public -On $at $FARM.4.1.3 | head -n 200"
	[ "${#lines[@]}" -eq 200 ]
	[[ ${lines[199]} == *"$FARM.4.1.3.200 "* ]]
}

@test "commands that make no sense are refused with a reason" {
	start_sim
	local answers
	for line in "nonsense" "fault 0" "fault 7 silent" "fault 0 sulky" "clock back" "clock set -5"; do
		answers=$(wc -l <"$WORK/out")
		echo "$line" >&"$CTL"
		wait_for eval "[ \$(wc -l <'$WORK/out') -gt $answers ]"
		tail -n 1 "$WORK/out" | jq -e '.ok == false and (.error | length > 10)'
	done
}

@test "wrong options end with code 64 and a reason" {
	for options in "--model nonsense" "--devices 0" "--first-address 10.0.0.1" "--fault sulky" "--nonsense" "--for 60" "stray" \
		"--first-address 127.255.255.250 --devices 100"; do
		# shellcheck disable=SC2086 # options are words
		run "$SIM" $options </dev/null
		[ "$status" -eq 64 ]
		[ -n "$output" ]
	done
}

@test "it ends with its time, with a signal and with its standard input, and leaves the truth" {
	run "$SIM" --for 100ms --truth "$WORK/truth" </dev/null
	[ "$status" -eq 0 ]
	jq -e '.device == 0' "$WORK/truth"
	start_sim
	rm -f "$WORK/truth"
	stop_process sim
	jq -e '.device == 0' "$WORK/truth"
	mkfifo "$WORK/held"
	STDIN=$WORK/held STDOUT=$WORK/out2 start_process bound "$SIM" --until-stdin-closes
	local writer
	exec {writer}>"$WORK/held"
	wait_for grep -q port "$WORK/out2"
	exec {writer}>&-
	wait_exit "$PID"
}

@test "it ends with its parent" {
	mkfifo "$WORK/hold"
	bash -c "'$SIM' >'$WORK/out3' </dev/null & read -r _ <'$WORK/hold'" 3>&- &
	local parent=$!
	wait_for grep -q port "$WORK/out3"
	kill -KILL "$parent"
	wait_exit "$(jq .pid "$WORK/out3")"
}
