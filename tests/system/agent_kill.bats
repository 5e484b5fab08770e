#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 at random moments of random processes, and reloads of good and bad configurations, again and again, while devices count and points leave. Afterwards every joule that the
# counters counted is in the ledger, and the file of points says the same. KILL_ROUNDS and KILL_SEED repeat a run.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-snmp" sqlite3 jq snmpget
}

teardown() { stop_all; }

# kill_one: one of the agent's processes, or all of it.
kill_one() {
	local victim pid=''
	case $((RANDOM % 5)) in
	0) victim=snmp ;;
	1 | 2) victim=core ;;
	*) victim=supervisor ;;
	esac
	[[ $victim == supervisor ]] || pid=$(child "$victim")
	if [[ -n $pid ]]; then
		kill -9 "$pid" 2>/dev/null || true
	else
		stop_process agent KILL
		rm -f "$STATE/control.sock"
		[[ -z ${OUTPUT[*]:-} ]] || write_config 3 "${OUTPUT[@]}" # a bad one would not start
		start_agent
	fi
}

# reload_one: a good configuration, another good one, or a bad one; perhaps several times at once.
reload_one() {
	local signals=$((RANDOM % 3 + 1))
	case $((RANDOM % 3)) in
	0) write_config 3 "${OUTPUT[@]}" ;;
	1) write_config 3 "${OUTPUT[@]}" "  - {type: file, name: more, path: $WORK/more.lp}" ;;
	*) echo "nonsense: 1" >>"$CONFIG" ;;
	esac
	for ((; signals > 0; signals--)); do kill -HUP "$(<"$WORK/agent.pid")" 2>/dev/null || true; done
}

# slot_points DEVICE: joules that a store would hold of its slots: of points with the same series and time it keeps one.
slot_points() {
	awk -v device="device=d$1," '/^slot,/ && index($1, device) {
		match($0, /energy_j=-?[0-9]+/)
		joules[$1 " " $NF] = substr($0, RSTART + 9, RLENGTH - 9)
	} END { for (at in joules) sum += joules[at]; printf "%d\n", sum }' "$WORK/points.lp"
}

is_reloaded() { [[ $(sql "SELECT COUNT(*) FROM event WHERE code = 'reload'") -gt 0 ]]; }

@test "every millijoule survives kill -9 at random moments" {
	local round first=() last=() i OUTPUT=("outputs:" "  - {type: file, path: $WORK/points.lp}")
	RANDOM=${KILL_SEED:-20261125}
	start_sim --devices 3 --curve fast
	tell "clock stop"
	write_config 3 "${OUTPUT[@]}"
	start_agent
	for i in 1 2 3; do
		first[i]=$(counter "$i")
		wait_for has_raw "$i" "${first[i]}"
	done
	# One that is waited for; those among the kills may all be cut short.
	write_config 3 "${OUTPUT[@]}" "  - {type: file, name: more, path: $WORK/more.lp}"
	kill -HUP "$(<"$WORK/agent.pid")"
	wait_for is_reloaded
	tell "clock go"
	for ((round = 0; round < ${KILL_ROUNDS:-30}; round++)); do
		read -r -t "0.$((RANDOM % 900 + 100))" <> <(:) || true # a random moment, not a wait for anything
		((RANDOM % 3)) || reload_one
		kill_one
	done
	write_config 3 "${OUTPUT[@]}"
	kill -HUP "$(<"$WORK/agent.pid")"
	tell "clock stop"
	for i in 1 2 3; do
		last[i]=$(counter "$i")
		WAIT_S=60 wait_for has_raw "$i" "${last[i]}"
		[ "$(booked "$i")" -eq $(((last[i] - first[i]) * 1000)) ]
	done
	stop_process agent
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
	for i in 1 2 3; do echo "d$i: ${first[i]} ${last[i]} points: $(grep -o "^energy,.*device=d$i,.*energy_j=[0-9]*i" "$WORK/points.lp" | sed "s/.*energy_j=\([0-9]*\)i/\1/" | sort -n | tail -n 3 | xargs)"; done
	# The points never say more than the ledger, whatever was sent twice: the newest running total is the ledger's, in whole joules.
	for i in 1 2 3; do
		[ "$(grep -o "^energy,.*device=d$i,.*energy_j=[0-9]*i" "$WORK/points.lp" | sed 's/.*energy_j=\([0-9]*\)i/\1/' | sort -n | tail -n 1)" -eq \
			$((last[i] - first[i])) ]
	done
	# And the slots of the store add up to those of the ledger; what is rounded off one joule is carried on.
	for i in 1 2 3; do
		echo "d$i: $(slot_points "$i") J in points of slots, $(in_slots "$i") mJ in the ledger's"
		(($(in_slots "$i") - $(slot_points "$i") * 1000 < 1000 && $(in_slots "$i") - $(slot_points "$i") * 1000 > -1000))
	done
}

@test "a thousand SIGHUPs from the first moment on are one reload, and harm nothing" {
	local i before
	start_sim --devices 1 --curve fast
	write_config 1
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$ROOT/tests/fixtures/drivers"
	wait_for grep -q '^SigCgt:.*[13579bdf]$' "/proc/$PID/status" || true # HUP, signal 1, is caught from here on
	for ((i = 0; i < 1000; i++)); do kill -HUP "$(<"$WORK/agent.pid")"; done
	WAIT_S=60 wait_for eval '[[ -n $(last_raw 1) ]]'
	[ -e "/proc/$(<"$WORK/agent.pid")" ]
	before=$(last_raw 1)
	wait_for eval '[[ $(last_raw 1) -gt '"$before"' ]]'
	[ "$(grep -c 'the new configuration is in force' "$WORK/agent.log")" -lt 100 ]
}
