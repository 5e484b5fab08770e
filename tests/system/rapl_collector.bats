#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger-rapl on a simulated powercap tree whose true energy is known.

setup() {
	load lib
	work_begin
	PROGRAMS=${WATTLEDGER_BUILD:-$BUILD}
	SIM=$PROGRAMS/wattledger-sim-powercap
	CAT=$PROGRAMS/wattledger-sim-wirecat
	RAPL=$PROGRAMS/wattledger-rapl
	TREE=$WORK/sys/class/powercap
	need "$SIM" "$CAT" "$RAPL" jq setpriv
	# Without root's rights. The leak check traces the program, which forbids that to all but root.
	AS_NOBODY=(env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" setpriv --reuid 65534 --regid 65534 --clear-groups)
}

teardown() { stop_all; }

# start_sim OPTION...: starts it with commands from descriptor $CTL and its truth in $WORK/truth.
start_sim() {
	rm -f "$WORK/ctl"
	mkfifo "$WORK/ctl"
	exec {CTL}<>"$WORK/ctl"
	: >"$WORK/out"
	STDIN=$WORK/ctl STDOUT=$WORK/out start_process sim "$SIM" --root "$WORK/sys" --control --truth "$WORK/truth" --for 60s "$@"
	wait_for grep -q root "$WORK/out"
}

# tell COMMAND: gives a command and waits for its answer, which has to be good.
tell() {
	local answers
	answers=$(wc -l <"$WORK/out")
	echo "$1" >&"$CTL"
	wait_for eval "[ \$(wc -l <'$WORK/out') -gt $answers ]"
	tail -n 1 "$WORK/out" | jq -e .ok
}

# start_rapl [COMMAND...]: reads every 100 ms; its records are in $WORK/records. COMMAND runs it as somebody else.
start_rapl() {
	STDOUT=$WORK/records start_process rapl "$@" stdbuf -oL "$CAT" --for 60 --rapl "$WORK/sys" --interval 100 "$RAPL"
	wait_for grep -q '"record":"device"' "$WORK/records"
}

# Lets everybody look into this test's folder, which bats keeps to itself.
let_in() {
	local folder=$WORK
	while [ "$folder" != / ] && [ "$(stat -c %u "$folder")" = "$(id -u)" ] && [ "$folder" != "$(dirname "$BATS_RUN_TMPDIR")" ]; do
		chmod a+rx "$folder"
		folder=$(dirname "$folder")
	done
}

# The samples of a meter, "QUANTITY VALUE" one a line; the last line may be half written.
samples() {
	jq -nR -r --arg key "$1" '[inputs | fromjson? // empty] as $r
		| ($r | map(select(.record == "meter" and .key == $key)) | last.meter) as $m
		| $r[] | select(.record == "sample" and .meter == $m) | "\(.quantity) \(.raw // .value)"' <"$WORK/records"
}

last_raw() { samples "$1" | awk '$1 == "energy_j" { raw = $2 } END { print raw }'; }
records() { jq -nR -c 'inputs | fromjson? // empty' <"$WORK/records"; }
shows() { [ "$(last_raw "$1")" = "$2" ]; }
has_state() { [ "$(records | jq -r 'select(.record == "device").state' | tail -n 1)" = "$1" ]; }

# truth ZONE: what that zone's counter shows, uJ.
truth() { jq --arg zone "$1" 'select(.zone == $zone).counter_uj' "$WORK/truth"; }

@test "every counter is read to the step" {
	start_sim --packages 2 --watts 120 --curve day
	start_rapl
	tell "clock stop"
	for t in 50 5000.125 5003; do
		tell "clock set $t"
		tell truth
		wait_for shows package-0 "$(truth intel-rapl:0)"
		wait_for shows package-0/core "$(truth intel-rapl:0:0)"
		wait_for shows package-1/dram "$(truth intel-rapl:1:2)"
		wait_for shows psys "$(truth intel-rapl:2)"
	done
}

@test "packages and dram are the total, the rest stands beside it" {
	start_sim
	start_rapl
	[ "$(records | jq -r 'select(.record == "meter" and .is_summand).key' | sort | tr '\n' ' ')" = "package-0 package-0/dram " ]
	[ "$(records | jq -r 'select(.record == "meter" and .is_derived) | "\(.key) \(.role) \(.point)"')" = "total total it_in" ]
	[ "$(records | jq -r 'select(.record == "meter").key' | sort | uniq -d)" = "" ]
	records | jq -se 'map(select(.record == "meter")) | length == 6 and all(.is_component and .caliber == "actual")'
	records | jq -se 'map(select(.record == "device"))[0] | .state == "up" and .expected_count == 2 and .is_expected_learned and .reason == ""'
	records | jq -se 'map(select(.record == "meter" and .key == "package-0"))[0].energy == {"unit_num":1,"unit_den":1000,"modulus":262143328851,"is_wrap_known":true,"starts_at_zero":false}'
}

# Each power sample beside what the two counter readings around it say: "POWER EXPECTED WRAPPED" one a line. $1: key, $2: modulus
powers() {
	jq -nR -r --arg key "$1" --argjson modulus "$2" '[inputs | fromjson? // empty] as $r
		| ($r | map(select(.record == "meter" and .key == $key)) | last.meter) as $m
		| [$r[] | select(.record == "sample" and .meter == $m)] as $s
		| range(2; $s | length) | select($s[.].quantity == "power_w")
		| [$s[. - 1], if $s[. - 2].quantity == "energy_j" then $s[. - 2] else $s[. - 3] end, $s[.].value] as [$after, $before, $w]
		| ($after.raw - $before.raw) as $d
		| "\($w) \((if $d < 0 then $d + $modulus else $d end) / ($after.boot_us - $before.boot_us)) \($d < 0)"' <"$WORK/records"
}

@test "power is the mean between two readings, over a wrap too" {
	start_sim --layout server --range 39999999 --watts 20
	start_rapl
	# 40 J at 20 W: wraps every 2 s
	has_wrapped() { [ "$(powers package-0 40000000 | grep -c true)" -ge 2 ]; }
	wait_for has_wrapped
	# boot_us is cut to microseconds: 2 in 100,000
	powers package-0 40000000 | awk '{ n++; if ($1 - $2 > $2 * 1e-4 + 1e-4 || $2 - $1 > $2 * 1e-4 + 1e-4) bad++ } END { exit bad > 0 || n < 10 }'
	records | jq -se 'map(select(.record == "meter" and .key == "package-0"))[0].energy.modulus == 40000000'
}

@test "uptime is that of the machine" {
	start_sim --layout server
	start_rapl
	records | jq -se 'map(select(.quantity == "uptime_s"))[0] | .meter == -1 and ((.value * 1000000 - .boot_us) | fabs) < 2'
}

@test "counters that only root may read: no value, one message with the fix" {
	[ "$(id -u)" = 0 ] || skip "needs root to become somebody else"
	let_in
	start_sim --layout server
	"${AS_NOBODY[@]}" "$CAT" --for 2 --rapl "$WORK/sys" --interval 100 "$RAPL" >"$WORK/records"
	has_state unreadable
	[ "$(records | jq -c 'select(.record == "device")' | wc -l)" = 1 ]
	records | jq -se 'map(select(.record == "device"))[0].reason | contains("CAP_DAC_READ_SEARCH") and contains("setcap") and contains("2 of 2")'
	records | jq -se 'map(select(.record == "sample" or .record == "meter")) | length == 0'
	records | jq -se 'map(select(.record == "stats")) | last.failed_count >= 3'
}

@test "a folder that may not be looked into is not taken for a machine without RAPL" {
	[ "$(id -u)" = 0 ] || skip "needs root to become somebody else"
	let_in
	start_sim --layout server
	chmod 700 "$TREE"
	"${AS_NOBODY[@]}" "$CAT" --for 1 --rapl "$WORK/sys" --interval 100 "$RAPL" >"$WORK/records"
	records | jq -se 'map(select(.record == "device"))[0] | .state == "unreadable" and (.reason | contains("Permission denied"))'
}

@test "the capability of the service is enough" {
	[ "$(id -u)" = 0 ] || skip "needs root to become somebody else"
	let_in
	start_sim --layout server
	start_rapl "${AS_NOBODY[@]}" --inh-caps +dac_read_search --ambient-caps +dac_read_search
	has_state up
	[ -n "$(last_raw package-0)" ]
}

@test "a zone that vanishes and returns goes on as the same meter" {
	start_sim --layout server --packages 2
	start_rapl
	has_state up
	stop_process sim
	rm -r "$WORK/sys"
	wait_for has_state unreadable
	records | jq -se 'map(select(.record == "device")) | last.reason | contains("package-0") and contains("gone")'
	local meters before
	meters=$(records | jq -c 'select(.record == "meter")' | wc -l)
	before=$(samples package-1 | wc -l)
	start_sim --layout server --packages 2
	wait_for has_state up
	has_more() { [ "$(samples package-1 | wc -l)" -gt "$before" ]; }
	wait_for has_more
	[ "$(records | jq -c 'select(.record == "meter")' | wc -l)" = "$meters" ]
	tell "clock stop"
	tell truth
	wait_for shows package-1 "$(truth intel-rapl:1)"
}

@test "a machine without RAPL says why and gives no zero" {
	mkdir -p "$WORK/sys" "$WORK/proc"
	printf 'processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Some CPU\nflags\t\t: fpu hypervisor\n' >"$WORK/proc/cpuinfo"
	start_rapl
	records | jq -se 'map(select(.record == "device"))[0] | .state == "unreadable" and (.reason | contains("virtual machine"))
		and .vendor == "GenuineIntel" and .model == "Some CPU"'
	records | jq -se 'map(select(.record == "sample")) | length == 0'
}

@test "nothing else of the powercap class is taken" {
	start_sim --layout server
	mkdir -p "$TREE/arm-scmi:0" "$TREE/dtpm"
	echo package-9 >"$TREE/arm-scmi:0/name"
	echo 5 >"$TREE/arm-scmi:0/energy_uj"
	start_rapl
	[ "$(records | jq -r 'select(.record == "meter").key' | tr '\n' ' ')" = "total package-0 package-0/dram " ]
}

@test "a wrong plan ends with a reason" {
	run "$CAT" --rapl relative "$RAPL"
	[ "$status" -eq 65 ]
	[[ $output == *plan* ]]
}
