# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# modbus: simulated Modbus meters and agents on them. After `load lib`, work_begin and `load agent`.

# What is set here is for the tests.
# shellcheck disable=SC2034

# meters OPTION...: simulated meters with commands from descriptor $CTL; sets TCP_PORT and RTU_PORT.
meters() {
	mkfifo "$WORK/ctl"
	exec {CTL}<>"$WORK/ctl"
	: >"$WORK/sim.out"
	STDIN=$WORK/ctl STDOUT=$WORK/sim.out start_process sim "$BUILD/wattledger-sim-modbus" --control --truth "$WORK/truth" --for 20min \
		--tcp --rtu-tcp --line "$WORK/line" "$@"
	wait_for grep -q port "$WORK/sim.out"
	TCP_PORT=$(jq -r 'select(.port).port' "$WORK/sim.out")
	RTU_PORT=$(jq -r 'select(.port).rtu_port' "$WORK/sim.out")
}

# config LINE...: devices, polled each second.
config() {
	{
		echo "sites: [{id: lab, name: Lab, zone: NO, time_zone: UTC}]"
		echo "agent: {clock: assumed}"
		echo "local: no"
		echo "ledger: {slot: 1min, commit: 1s, grace: 2s}"
		echo "defaults: {interval: 1s, timeout: 300ms, retries: 1, driver: sim_modbus}"
		echo "outputs: [{type: file, path: points.lp}]"
		echo "devices:"
		printf '  - %s\n' "$@"
	} >"$CONFIG"
	chmod 600 "$CONFIG"
}
