#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The simulated powercap tree, read as a shell reads the kernel's.

setup() {
	load lib
	work_begin
	SIM=${WATTLEDGER_BUILD:-$BUILD}/wattledger-sim-powercap
	TREE=$WORK/sys/class/powercap
	need "$SIM" jq
}

teardown() { stop_all; }

# start_sim OPTION...: starts it with commands from descriptor $CTL and its truth in $WORK/truth; sets SIM_PID.
start_sim() {
	rm -f "$WORK/ctl"
	mkfifo "$WORK/ctl"
	exec {CTL}<>"$WORK/ctl"
	: >"$WORK/out"
	STDIN=$WORK/ctl STDOUT=$WORK/out start_process sim "$SIM" --root "$WORK/sys" --control --truth "$WORK/truth" --for 60s "$@"
	SIM_PID=$PID
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

# energy ZONE: in uJ, without the leading zeros.
energy() { echo $((10#$(<"$TREE/$1/energy_uj"))); }

@test "every zone shows exactly what the truth says" {
	start_sim --packages 2 --watts 120 --curve day
	tell "clock stop"
	for t in 100 5000.125 100000; do
		tell "clock set $t"
		tell truth
		while read -r zone counter; do
			[ "$(energy "$zone")" = "$counter" ]
		done < <(jq -r 'select(.zone != "total") | "\(.zone) \(.counter_uj)"' "$WORK/truth")
		# the counter is start + energy, modulo range + 1
		jq -se '.[0] | (.start_uj + ((.energy_j * 1000000) | floor)) % (.range_uj + 1) - .counter_uj | fabs <= 1' "$WORK/truth"
	done
}

@test "the names are those of a client machine" {
	start_sim
	[ "$(cat "$TREE"/*/name | sort | tr '\n' ' ')" = "core dram package-0 package-0 psys uncore " ]
	[ "$(<"$TREE/intel-rapl:0/max_energy_range_uj")" = 262143328850 ]
	[ "$(stat -c %a "$TREE/intel-rapl:0/energy_uj")" = 400 ]
	[ "$(readlink "$TREE/intel-rapl:0")" = ../../devices/virtual/powercap/intel-rapl/intel-rapl:0 ]
}

@test "counters move by themselves, in place" {
	start_sim --speed 100
	local inode before
	inode=$(stat -Lc %i "$TREE/intel-rapl:0/energy_uj")
	before=$(energy intel-rapl:0)
	has_moved() { [ "$(energy intel-rapl:0)" != "$before" ]; }
	wait_for has_moved
	[ "$(stat -Lc %i "$TREE/intel-rapl:0/energy_uj")" = "$inode" ]
	[ "$(stat -Lc %s "$TREE/intel-rapl:0/energy_uj")" = 16 ]
}

@test "a short range wraps and the truth does not" {
	start_sim --range 999999 --watts 50
	tell "clock stop"
	tell "clock set 12.5"
	tell truth
	[ "$(energy intel-rapl:0)" -le 999999 ]
	# 50 W for 12.5 s
	jq -se '.[0] | .zone == "intel-rapl:0" and .energy_j == 625' "$WORK/truth"
	[ "$(energy intel-rapl:0)" = "$(jq 'select(.zone == "intel-rapl:0") | (.start_uj + 625000000) % 1000000' "$WORK/truth")" ]
}

@test "reset brings all counters to zero" {
	start_sim --layout server
	tell "clock stop"
	tell reset
	[ "$(energy intel-rapl:0)" = 0 ]
	[ "$(energy intel-rapl:0:0)" = 0 ]
}

@test "dies of one AMD socket mirror each other" {
	start_sim --layout amd --dies 2
	tell "clock stop"
	tell "clock set 77"
	[ "$(<"$TREE/intel-rapl:0/name")" = package-0-die-0 ]
	[ "$(energy intel-rapl:0)" = "$(energy intel-rapl:1)" ]
}

@test "SIGUSR1 and the end write the truth" {
	start_sim
	kill -USR1 "$SIM_PID"
	wait_for test -s "$WORK/truth"
	[ "$(jq -s 'map(select(.zone == "total")) | length' "$WORK/truth")" = 1 ]
	rm "$WORK/truth"
	stop_process sim
	jq -se 'length == 7' "$WORK/truth"
}

@test "wrong options end with code 64 and a reason" {
	for options in "" "--root" "--root $WORK/x --layout mainframe" "--root $WORK/x --dies 2" "--root $WORK/x --watts 0" "--root $WORK/x --step 10"; do
		# shellcheck disable=SC2086 # options are words
		run "$SIM" $options </dev/null
		[ "$status" -eq 64 ]
		[ -n "$output" ]
	done
	[ ! -e "$WORK/x" ]
}
