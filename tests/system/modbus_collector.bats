#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger-modbus against libmodbus: every honest answer of the simulator is made by that library, on TCP, in serial frames over TCP and on
# a pseudo-terminal.

# The quoted conditions are for wait_for's eval; $CTL is for tell, $stderr is bats's.
# shellcheck disable=SC2016,SC2034,SC2154
bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load agent
	load modbus
	need "$BUILD/wattledger-modbus" "$BUILD/wattledger-sim-modbus" jq sqlite3
	W=$BUILD/wattledger
	DRIVERS=$ROOT/tests/fixtures/drivers
}

teardown() { stop_all; }

# energy_of UNIT: what the simulator knows, in millijoules; its clock has to stand still.
energy_of() { tell truth && jq -r "select(.unit == $1).energy_millij" "$WORK/truth"; }

@test "the ledger's energy is the meter's, to the millijoule, over TCP, serial frames over TCP and a line" {
	meters --units 3
	tell "clock stop"
	config "{id: d1, address: \"modbus://127.0.0.1:$TCP_PORT/1\", driver: sim_modbus_counter}" "{id: d2, address: \"modbus+rtu://127.0.0.1:$RTU_PORT/2\", driver: sim_modbus_counter}" \
		"{id: d3, address: \"modbus:$WORK/line?baud=115200/3\", driver: sim_modbus_counter}"
	start_agent
	local -A first
	for i in 1 2 3; do
		first[$i]=$(energy_of $i)
		wait_for has_raw $i "${first[$i]}"
	done
	tell "clock go"
	wait_for eval '[ "$(booked 1)" -gt 2000000 ] && [ "$(booked 3)" -gt 2000000 ]'
	tell "clock stop"
	for i in 1 2 3; do
		wait_for has_raw $i "$(energy_of $i)"
		[ "$(booked $i)" = $(($(energy_of $i) - first[$i])) ]
	done
}

@test "a meter that restarts, a line that is unplugged: read again without a restart" {
	meters --units 2
	config "{id: d1, address: \"modbus://127.0.0.1:$TCP_PORT/1\"}" "{id: d2, address: \"modbus:$WORK/line?baud=115200/2\"}"
	start_agent
	wait_for eval '[ "$(booked 1)" -gt 0 ] && [ "$(booked 2)" -gt 0 ]'
	tell drop
	local before
	before=$(booked 1)
	wait_for eval "[ \"\$(booked 1)\" -gt $before ]"
	stop_process sim
	rm -f "$WORK/ctl"
	wait_for grep -q "not there\|does not answer\|lost" <("$W" status --state "$STATE")
	meters --units 2 --tcp="$TCP_PORT"
	tell "clock advance 100000"
	before=$(booked 2)
	wait_for eval "[ \"\$(booked 2)\" -gt $before ]"
}

@test "an echo of the request is no hindrance on a line" {
	meters --units 1 --fault echo
	config "{id: d1, address: \"modbus:$WORK/line?baud=115200/1\"}"
	start_agent
	wait_for eval '[ "$(booked 1)" -gt 0 ]'
}

@test "a silent unit delays no other on its line, and says why" {
	meters --units 3 --fault 2=silent
	config "{id: d1, address: \"modbus:$WORK/line?baud=115200/1\"}" "{id: d2, address: \"modbus:$WORK/line?baud=115200/2\"}" \
		"{id: d3, address: \"modbus:$WORK/line?baud=115200/3\"}"
	start_agent
	wait_for eval '[ "$(booked 1)" -gt 0 ] && [ "$(booked 3)" -gt 0 ]'
	"$W" status --state "$STATE" | grep "unit 2 does not answer within 0.3 s"
	local before after
	before=$(grep -c '^energy,.*device=d1' "$STATE/points.lp")
	wait_for eval "[ \"\$(grep -c '^energy,.*device=d1' '$STATE/points.lp')\" -gt $((before + 4)) ]"
	after=$(grep -c '^energy,.*device=d3' "$STATE/points.lp")
	[ "$after" -gt "$((before + 2))" ]
}

@test "exceptions in their own words" {
	meters --units 4 --fault 1=exception:11 --fault 2=exception:10 --fault 3=exception:6
	config "{id: d1, address: \"modbus://127.0.0.1:$TCP_PORT/1\"}" "{id: d2, address: \"modbus://127.0.0.1:$TCP_PORT/2\"}" \
		"{id: d3, address: \"modbus://127.0.0.1:$TCP_PORT/3\", retries: 0}" "{id: d4, address: \"modbus://127.0.0.1:$TCP_PORT/4\"}"
	run "$W" test -c "$CONFIG" --drivers "$DRIVERS"
	[[ $output == *"d1: silent"*"unit 1 does not answer the gateway (exception 11"* ]]
	[[ $output == *"d2: silent"*"the gateway has no path to unit 2 (exception 10"* ]]
	[[ $output == *"d3: refused"*"unit 3 says that it is busy (exception 6)"* ]]
	# Two readings a second apart, on a machine that may have made one of them wait.
	wait_for eval '"$W" test -c "$CONFIG" --drivers "$DRIVERS" | grep -A 1 "^d4: up" | grep -q "its readings agree with each other"'
}

@test "pymodbus, another library, is read in serial frames over TCP, and identifies itself" {
	# Debian's module belongs to Debian's own interpreter.
	local python=/usr/bin/python3
	"$python" -c 'import pymodbus' 2>/dev/null || skip "python3-pymodbus is not installed (make deps-check)"
	local port
	port=$(free_port)
	cat >"$WORK/server.py" <<-'END'
		import sys
		from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
		from pymodbus.device import ModbusDeviceIdentification
		from pymodbus.server import StartTcpServer
		from pymodbus.transaction import ModbusRtuFramer

		# The map of an SDM120: 450.0 W at 0x000C, 1500.5 kWh at 0x0048, serial number 1234567 at 0xFC00 of the holding registers.
		registers = [0] * 0x60
		registers[0x0C:0x0E] = [0x43E1, 0]
		registers[0x48:0x4A] = [0x44BB, 0x9000]
		unit = ModbusSlaveContext(ir=ModbusSequentialDataBlock(0, registers), hr=ModbusSequentialDataBlock(0xFC00, [0x0012, 0xD687, 0, 0]), zero_mode=True)
		identity = ModbusDeviceIdentification()
		identity.VendorName = "Py"
		identity.ProductCode = "M1"
		StartTcpServer(context=ModbusServerContext(slaves={5: unit}, single=False), identity=identity, framer=ModbusRtuFramer, address=("127.0.0.1", int(sys.argv[1])))
	END
	start_process peer "$python" "$WORK/server.py" "$port"
	wait_for bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
	config "{id: d1, address: \"modbus+rtu://127.0.0.1:$port/5\", driver: eastron_sdm120, timeout: 2s}"
	run -0 --separate-stderr "$W" test -c "$CONFIG" --drivers "$ROOT/drivers" --format lp
	grep -q '^energy,.*device=d1,.* power_w=450' <<<"$output"
	run --separate-stderr "$W" scan "modbus+rtu://127.0.0.1:$port/5" --drivers "$ROOT/drivers" --format json
	[ "$(jq -r .device.vendor <<<"$output")" = Py ]
}

@test "scan: a range, an identification, a candidate, a SunSpec chain" {
	meters --units 2 --device-id
	run -69 --separate-stderr "$W" scan "modbus://127.0.0.1:$TCP_PORT/1-3" "modbus://127.0.0.1:$TCP_PORT/9" --drivers "$DRIVERS" --timeout 200ms --format json
	[ "$(jq -r 'select(.driver == "sim_modbus").device.serial' <<<"$output" | sort | tr '\n' ' ')" = "70000001 70000002 " ]
	[[ $stderr == *"2 of 3 addresses answered, 1 silent"* ]]
	[[ $stderr == *"/9: unit 9 does not answer"* ]]
	run -0 --separate-stderr "$W" scan "modbus+rtu://127.0.0.1:$RTU_PORT/2" --drivers "$DRIVERS"
	[[ $output == *"driver: sim_modbus"* ]]
	run -0 --separate-stderr "$W" scan "modbus:$WORK/line?baud=115200/1-3" --drivers "$DRIVERS" --timeout 100ms --format json
	[ "$(jq -r .device.serial <<<"$output" | tr '\n' ' ')" = "70000001 70000002 " ]
	[[ $stderr == *"2 of 3 addresses answered, 1 silent"* ]]
}

@test "a line is opened with the speed, parity and stop bits of its address, and with the kernel's switching of direction where it says so" {
	need strace
	# The leak sanitizer does not work under strace.
	export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0
	meters --units 1
	local query flags
	while read -r query flags; do
		config "{id: d1, address: \"modbus:$WORK/line?$query/1\"}"
		strace -f -o "$WORK/calls" -e trace=ioctl "$W" test -c "$CONFIG" --drivers "$DRIVERS" >"$WORK/test.out"
		grep -q 'd1: up' "$WORK/test.out"
		# What is set, not what is read or put back: the line is raw (no ICANON) and has the flags.
		grep -E 'TCSETS[A-Z]*, \{' "$WORK/calls" | grep -v ICANON | grep -q "c_cflag=$flags"
	done <<-'END'
		baud=9600 B9600|CS8|CREAD|CLOCAL
		baud=19200&parity=E B19200|CS8|CREAD|PARENB|CLOCAL
		baud=38400&parity=O&stop=1 B38400|CS8|CREAD|PARENB|PARODD|CLOCAL
		baud=115200&parity=N&stop=2 B115200|CS8|CSTOPB|CREAD|CLOCAL
	END
	run ! grep -q 'TIOC[GS]RS485' "$WORK/calls"
	# A pseudo-terminal has no direction: the library asks the kernel for it, and is refused.
	config "{id: d1, address: \"modbus:$WORK/line?baud=9600&rs485=yes/1\"}"
	run strace -f -o "$WORK/calls" -e trace=ioctl "$W" test -c "$CONFIG" --drivers "$DRIVERS"
	[[ $output == *"cannot switch its direction in the kernel"*"write rs485=no"* ]]
	grep -q 'TIOCGRS485' "$WORK/calls"
}
