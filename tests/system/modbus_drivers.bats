#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What the drivers of Modbus meters make of units whose registers stand in a file; the answers are libmodbus's.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	W=$BUILD/wattledger
	REGISTERS=$ROOT/tests/fixtures/registers
	need "$W" "$BUILD/wattledger-sim-modbus" "$BUILD/wattledger-modbus" jq
}
teardown() { stop_all; }

# try NAME,POWER_W,ENERGY_KWH: silent when the driver comes to these totals.
try() {
	local name power energy got
	IFS=, read -r name power energy <<<"$1"
	got=$("$W" drivers test "$ROOT/drivers/$name.yaml" --recording "$REGISTERS/$name.csv" --format json 2>&1) &&
		jq -e --arg power "$power" --arg energy "$energy" '
			def near($want): if $want == "" then . == null else . != null and ((. - ($want | tonumber)) | fabs) <= 1e-6 * ([1, ($want | tonumber | fabs)] | max) end;
			(.total.power_w | near($power)) and (.total.energy_kwh | near($energy))' <<<"$got" >/dev/null 2>&1 ||
		echo "$name: $power W, $energy kWh expected: $got"
}

@test "every Modbus driver has a file of registers, and comes to the totals that were worked out by hand" {
	diff <(sed 1d "$REGISTERS/totals.csv" | cut -d, -f1 | sort) <(cd "$REGISTERS" && printf '%s\n' *.csv | sed 's/\.csv$//; /^totals$/d')
	diff <(sed 1d "$REGISTERS/totals.csv" | cut -d, -f1) <(cd "$ROOT/drivers" && grep -l '^protocol: modbus' ./*.yaml | sed 's,^\./,,; s/\.yaml$//' | sort)
	export -f try
	export W REGISTERS
	# shellcheck disable=SC2016 # for the shell that xargs starts
	sed 1d "$REGISTERS/totals.csv" | xargs -P "$(nproc)" -I ROW bash -c 'try "$1"' - ROW >"$WORK/wrong"
	cat "$WORK/wrong"
	[ ! -s "$WORK/wrong" ]
}

@test "drivers test says what a driver makes of registers" {
	run -0 "$W" drivers test "$ROOT/drivers/eastron_sdm120.yaml" --recording "$REGISTERS/eastron_sdm120.csv"
	# shellcheck disable=SC2001 # a pattern, not a word
	diff - <(sed 's/ *$//' <<<"$output") <<-'END'
		driver: eastron_sdm120 (Eastron SDM120)
		recognised: it has no rules: it has to be named
		device: Eastron, model SDM120, serial 1234567, firmware n/a
		total:
		  power W: 450
		  energy kWh: 1500.5
		no reading: total reactive_var
		METER NAME  ROLE  IN SUM QUANTITY          VALUE CALIBER
		total Total total no     energy_j     5401800000 actual
		total Total total no     energy_out_j          0 actual
		total Total total no     power_w             450 actual
		total Total total no     voltage_v         230.5 actual
		total Total total no     current_a             2 actual
		total Total total no     power_factor       0.75 actual
		total Total total no     frequency_hz         50 actual
		total Total total no     apparent_va         461 actual
	END
}

@test "drivers test fails when the driver is not meant, or the registers are none" {
	run -65 "$W" drivers test "$ROOT/drivers/cg_em_et_330_340.yaml" --recording "$REGISTERS/eastron_sdm120.csv"
	[[ $output == *"recognised: no"* ]]
	printf 'unit,function,address,values\n1,4,0,70000\n' >"$WORK/bad.csv"
	run -69 "$W" drivers test "$ROOT/drivers/eastron_sdm120.yaml" --recording "$WORK/bad.csv"
	[[ $output == *"bad.csv:2:7: \"70000\": words are"* ]]
	run -74 "$W" drivers test "$ROOT/drivers/eastron_sdm120.yaml" --recording "$WORK/nothing.csv"
}
