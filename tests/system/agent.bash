# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# agent: what the tests of the whole agent share: simulated devices, a configuration, the daemon, questions to its ledger.
# After `load lib` and work_begin. The ledger is read with sqlite3, which shares no code with the product's own reader.

STATE=$WORK/state
LEDGER=$STATE/ledger.db
CONFIG=$WORK/wattledger.yaml

# start_sim OPTION...: farm devices at 127.9.0.1 and on, with commands from descriptor $CTL and the truth in $WORK/truth; sets SIM_PORT.
start_sim() {
	rm -f "$WORK/ctl"
	mkfifo "$WORK/ctl"
	exec {CTL}<>"$WORK/ctl"
	: >"$WORK/sim.out"
	STDIN=$WORK/ctl STDOUT=$WORK/sim.out start_process sim "$BUILD/wattledger-sim-snmp" --control --truth "$WORK/truth" --for 20min \
		--model farm "$@"
	wait_for grep -q port "$WORK/sim.out"
	SIM_PORT=$(jq -r 'select(.port).port' "$WORK/sim.out")
}

# tell COMMAND: gives the simulator a command and waits for its answer, which has to be good.
tell() {
	local answers
	answers=$(wc -l <"$WORK/sim.out")
	echo "$1" >&"$CTL"
	wait_for eval "[ \$(wc -l <'$WORK/sim.out') -gt $answers ]"
	tail -n 1 "$WORK/sim.out" | jq -e .ok >/dev/null
}

# write_config DEVICES [LINE...]: N farm devices polled each second, commits each second, slots of a minute; LINEs are added at the end.
write_config() {
	local i count=$1
	shift
	{
		echo "sites:"
		echo "  - {id: lab, name: Lab, zone: NO, time_zone: UTC}"
		echo "agent: {clock: assumed}"
		echo "local: no"
		echo "ledger: {slot: 1min, commit: 1s, grace: 2s}"
		echo "defaults: {interval: 1s, timeout: 300ms, retries: 1, community: public}"
		echo "devices:"
		for ((i = 1; i <= count; i++)); do
			echo "  - {id: d$i, site: lab, driver: sim_farm, address: \"snmp://127.9.0.$i:$SIM_PORT\"}"
		done
		printf '%s\n' "$@"
	} >"$CONFIG.new"
	chmod 600 "$CONFIG.new"
	mv "$CONFIG.new" "$CONFIG" # whole or not at all: a reload may be on its way
}

start_agent() {
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$ROOT/tests/fixtures/drivers"
	wait_for test -S "$STATE/control.sock"
}


sql() { sqlite3 -readonly -cmd '.timeout 5000' "$LEDGER" "$1"; }
# open_sql SQL: the same, with a table `open` of the open rows: the ledger has them several in a row.
open_sql() { { "$BUILD/wattledger-sim-open_rows" "$LEDGER" && echo "$1"; } | sqlite3 -bail -readonly -cmd '.timeout 5000' "$LEDGER"; }

# child NAME: the pid of the agent's process of that name (core, snmp, ...).
child() { pgrep -P "$(<"$WORK/agent.pid")" -f "wattledger-$1" | head -n 1; }

# counter DEVICE: what the simulator's counter shows (device from 1); its clock has to stand still.
counter() { MIBS='' SNMP_PERSISTENT_DIR=$WORK snmpget -v2c -c public -t 1 -r 3 -Oqv "127.9.0.$1:$SIM_PORT" 1.3.6.1.4.1.32473.1.3.2.0; }

# booked DEVICE: millijoules that the ledger holds for dDEVICE: running total of its open row.
booked() { open_sql "SELECT energy_millij FROM open JOIN meter USING(meter_id) JOIN device USING(device_id) WHERE device.id = 'd$1'"; }
# last_raw DEVICE: its last counter reading in the ledger.
last_raw() { open_sql "SELECT raw FROM open JOIN meter USING(meter_id) JOIN device USING(device_id) WHERE device.id = 'd$1'"; }
# in_slots DEVICE: millijoules in closed slots.
in_slots() {
	sql "SELECT COALESCE(SUM(measured_millij + bridged_millij + estimated_millij + static_millij), 0) FROM interval JOIN meter USING(meter_id)
		JOIN device USING(device_id) WHERE device.id = 'd$1'"
}

has_raw() { [[ $(last_raw "$1") == "$2" ]]; }
