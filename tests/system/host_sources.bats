#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What a machine's kernel shows of its power beside RAPL, on trees laid out as sysfs is, and NVIDIA's GPUs by a stand-in for NVML that is built
# here. No hardware: what real drivers do is not tested.

setup() {
	load lib
	work_begin
	SYS=$WORK/sys
	CONFIG=$WORK/c.yaml
	mkdir -p "$SYS/class/hwmon" "$SYS/class/power_supply" "$SYS/class/powercap"
	need "$BUILD/wattledger" "$BUILD/wattledger-rapl" jq
}

teardown() { stop_all; }

# chip HWMON NAME DEVICE FILE=VALUE...: a chip of the hwmon class. The kernel's driver of the ACPI power meter has its files with the device.
chip() {
	local folder=$SYS/class/hwmon/$1 pair
	mkdir -p "$folder" "$SYS/devices/$3"
	ln -sfn "../../../devices/$3" "$folder/device"
	[ "$2" != power_meter ] || folder=$folder/device
	echo "$2" >"$folder/name"
	for pair in "${@:4}"; do echo "${pair#*=}" >"$folder/${pair%%=*}"; done
}

# battery NAME FILE=VALUE...
battery() {
	local folder=$SYS/class/power_supply/$1 pair
	mkdir -p "$folder"
	for pair in "${@:2}"; do echo "${pair#*=}" >"$folder/${pair%%=*}"; done
}

# rapl: a package of 5 J.
rapl() {
	local zone=$SYS/class/powercap/intel-rapl:0
	mkdir -p "$zone"
	echo package-0 >"$zone/name"
	echo 5000000 >"$zone/energy_uj"
	echo 262143328850 >"$zone/max_energy_range_uj"
}

# source_of ADDRESS: a configuration of that one, and its readings "METER ROLE QUANTITY FIRST", one a line.
source_of() {
	printf 'local: no\ndevices:\n  - {id: me, address: %s, sysfs: "%s", interval: 1s}\n' "$1" "$SYS" >"$CONFIG"
	set -o pipefail
	"$BUILD/wattledger" test -c "$CONFIG" --format csv 2>/dev/null | awk -F, 'NR > 1 { print $2, $3, $4, $5 }'
}

# is_output: $output is the lines of standard input, in any order.
is_output() { diff <(sort) <(sort <<<"$output"); }

@test "an ACPI power meter is the whole machine, its mean before its moment, and shunts are parts" {
	chip hwmon0 power_meter ACPI000D:00 power1_average=250500000 power1_input=260000000 power1_is_battery=0
	chip hwmon1 ina226 1-0040 power1_input=12500000
	chip hwmon2 ina228 1-0041 power1_input=3000000 energy1_input=7000000
	chip hwmon3 coretemp coretemp.0 temp1_input=55000
	chip hwmon4 sht3x 1-0044 temp1_input=23500 humidity1_input=41000
	run source_of hwmon
	[ "$status" -eq 0 ]
	is_output <<-END
		total total power_w 250.5
		ina226-1-0040/1 part power_w 12.5
		ina228-1-0041/1 part energy_j 7
		ina228-1-0041/1 part power_w 3
		sht3x-1-0044/air part humidity_ratio 0.41
		sht3x-1-0044/air part temperature_c 23.5
	END
}

@test "supplies are counted at their input, and their sum is the total" {
	chip hwmon0 pmbus 5-0058 power1_input=200000000 power1_label=pin power2_input=180000000 power2_label=pout1
	chip hwmon1 pmbus 5-0059 power1_input=210000000 power1_label=pin power2_input=190000000 power2_label=pout1
	run source_of hwmon
	[ "$status" -eq 0 ]
	is_output <<-END
		pmbus-5-0058/1 part power_w 200
		pmbus-5-0059/1 part power_w 210
		total total power_w 410
	END
}

@test "a chip keeps its meter when the kernel numbers anew" {
	chip hwmon3 ina226 1-0040 power1_input=12500000
	[ "$(source_of hwmon)" = "ina226-1-0040/1 part power_w 12.5" ]
	mv "$SYS/class/hwmon/hwmon3" "$SYS/class/hwmon/hwmon7"
	[ "$(source_of hwmon)" = "ina226-1-0040/1 part power_w 12.5" ]
}

@test "unknown, zero and negative are no values" {
	# ACPI's unknown: 0xffffffff milliwatts
	chip hwmon0 power_meter ACPI000D:00 power1_average=4294967295000
	run source_of hwmon
	[ "$status" -eq 69 ]
	echo 0 >"$SYS/class/hwmon/hwmon0/device/power1_average"
	run source_of hwmon
	[ "$status" -eq 69 ]
	chip hwmon1 ina226 1-0040 power1_input=-5 power2_input=0
	run source_of hwmon
	[ "$output" = "ina226-1-0040/2 part power_w 0" ]
}

@test "a battery: charge, and what goes in and what comes out are two meters" {
	battery BAT0 type=Battery status=Discharging energy_now=25000000 energy_full=50000000 voltage_now=48000000 current_now=-2500000
	battery AC type=Mains online=0
	battery mouse type=Battery scope=Device status=Discharging capacity=30
	run source_of power_supply
	[ "$status" -eq 0 ]
	is_output <<-END
		AC part state 0
		BAT0 part current_a 2.5
		BAT0 part soc_ratio 0.5
		BAT0 part voltage_v 48
		BAT0/in part power_w 0
		BAT0/out part power_w 120
	END
	echo Charging >"$SYS/class/power_supply/BAT0/status"
	source_of power_supply | grep -qx "BAT0/in part power_w 120"
	echo Unknown >"$SYS/class/power_supply/BAT0/status"
	[ "$(source_of power_supply | grep -c power_w)" = 0 ]
}

@test "NVIDIA's GPUs: the energy counter where there is one, else power" {
	gcc -shared -fPIC -Wl,-soname,libnvidia-ml.so.1 -o "$WORK/libnvidia-ml.so.1" "$ROOT/tests/sim/nvml/nvml.c"
	export LD_LIBRARY_PATH=$WORK
	run source_of nvml
	[ "$status" -eq 0 ]
	grep -qx "gpu/GPU-aaaa part power_w 250.5" <<<"$output"
	grep -q "gpu/GPU-aaaa part energy_j 500" <<<"$output"
	grep -qx "gpu/GPU-aaaa part temperature_c 61" <<<"$output"
	grep -qx "gpu/GPU-bbbb part power_w 125.25" <<<"$output"
	[ "$(grep -c 'bbbb part energy_j' <<<"$output")" = 0 ]
}

@test "without a library there is a reason and no value" {
	printf 'local: no\ndevices:\n  - {id: me, address: nvml}\n' >"$CONFIG"
	LD_LIBRARY_PATH=$WORK run "$BUILD/wattledger" test -c "$CONFIG"
	[ "$status" -eq 69 ]
	[[ $output == *"libnvidia-ml.so.1"* ]]
}

@test "scan local shows all that is there, says what overlaps, and check takes it" {
	rapl
	chip hwmon0 power_meter ACPI000D:00 power1_average=250000000
	battery BAT0 type=Battery status=Full capacity=100 power_now=0
	"$BUILD/wattledger" scan "local:$SYS" >"$CONFIG"
	"$BUILD/wattledger" check -c "$CONFIG"
	[ "$(grep -c 'address: ' "$CONFIG")" = 3 ]
	[ "$(grep -A 2 '"rapl"' "$CONFIG" | grep -c 'in_total: no # a part of')" = 1 ]
	[ "$(grep -A 2 '"hwmon"' "$CONFIG" | grep -c 'in_total: yes # what the whole')" = 1 ]
	[ "$(grep -A 2 '"power_supply"' "$CONFIG" | grep -c 'in_total: no')" = 1 ]
	"$BUILD/wattledger" scan "local:$SYS" --format json | jq -se 'length == 3 and (map(select(.driver == "hwmon"))[0].total.power_w == 250)'
}

@test "scan local of a machine that shows nothing says so" {
	run "$BUILD/wattledger" scan "local:$SYS"
	[ "$status" -eq 69 ]
	[[ $output == *"no RAPL zones"* ]]
}
