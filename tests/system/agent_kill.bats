#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# kill -9 at random moments of random processes, again and again, while devices count and points leave. Afterwards every joule that the
# counters counted is in the ledger, and the file of points says the same. KILL_ROUNDS and KILL_SEED repeat a run.

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
		start_agent
	fi
}

@test "every millijoule survives kill -9 at random moments" {
	local round first=() last=() i
	RANDOM=${KILL_SEED:-20261125}
	start_sim --devices 3 --curve fast
	tell "clock stop"
	write_config 3 "outputs:" "  - {type: file, path: $WORK/points.lp}"
	start_agent
	for i in 1 2 3; do
		first[i]=$(counter "$i")
		wait_for has_raw "$i" "${first[i]}"
	done
	tell "clock go"
	for ((round = 0; round < ${KILL_ROUNDS:-100}; round++)); do
		read -r -t "0.$((RANDOM % 900 + 100))" <> <(:) || true # a random moment, not a wait for anything
		kill_one
	done
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
}
