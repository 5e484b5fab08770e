#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What drivers may say of registers, against units whose registers stand in a file: which requests are sent, and what numbers come of them. The
# answers are libmodbus's; the simulator writes down what it was asked.

# The quoted conditions are for wait_for's eval; $CTL is for tell.
# shellcheck disable=SC2016,SC2034
bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledger-modbus" "$BUILD/wattledger-sim-modbus" jq sqlite3
	W=$BUILD/wattledger
	DRIVERS=$WORK/drivers
	mkdir "$DRIVERS"
}

teardown() { stop_all; }

# driver [LINE...]: the driver "made_up" of holding registers, unless LINEs say otherwise; its meters come from standard input.
driver() {
	{
		printf '%s\n' 'schema: wattledger.driver/1' 'protocol: modbus' 'vendor: Made up' 'family: M' 'source: this test' \
			'confidence: two_sources' 'priority: 50' 'caliber: actual' "total: ${TOTAL:-none}" "$@" 'meters:'
		cat
	} >"$DRIVERS/made_up.yaml"
	"$W" drivers lint "$DRIVERS/made_up.yaml"
}

# registers LINE...: "ADDRESS,VALUES" of the holding registers of unit 1.
registers() { { echo "unit,function,address,values" && printf '1,3,%s\n' "$@"; } >"$WORK/registers.csv"; }

# unit OPTION...: simulates it on TCP, with commands from descriptor $CTL; sets PORT. $WORK/requests has what it is asked.
unit() {
	rm -f "$WORK/ctl"
	mkfifo "$WORK/ctl"
	exec {CTL}<>"$WORK/ctl"
	: >"$WORK/sim.out"
	STDIN=$WORK/ctl STDOUT=$WORK/sim.out start_process sim "$BUILD/wattledger-sim-modbus" --control --for 20min --tcp \
		--recording "$WORK/registers.csv" --requests "$WORK/requests" "$@"
	wait_for grep -q port "$WORK/sim.out"
	PORT=$(jq -r .port "$WORK/sim.out")
	{
		echo "sites: [{id: lab, name: Lab, zone: NO, time_zone: UTC}]"
		echo "agent: {clock: assumed}"
		echo "local: no"
		echo "ledger: {slot: 1min, commit: 1s, grace: 2s}"
		echo "outputs: [{type: file, path: points.lp}]"
		echo "devices: [{id: d1, address: 'modbus://127.0.0.1:$PORT/1', driver: made_up, interval: 1s${MORE:-}}]"
	} >"$CONFIG"
	chmod 600 "$CONFIG"
}

# readings: "METER QUANTITY VALUE" of all that `test` reads, the second time.
readings() {
	"$W" test -c "$CONFIG" --drivers "$DRIVERS" --format json 2>"$WORK/test.log" |
		jq -r '.devices[] | .meters[] | .key as $key | .readings[] | "\($key) \(.quantity) \(.second)"'
}

# asked: "ADDRESS+COUNT" of each request, in order, each once.
asked() { awk '!seen[$0]++ { printf "%s+%s ", $3, $4 } END { print "" }' "$WORK/requests"; }

start_made_up() {
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$DRIVERS"
	wait_for test -S "$STATE/control.sock"
}

@test "small holes are read through, and no request goes across a barrier or takes more than the family allows" {
	driver 'registers: {function: 3, type: u16}' 'requests: {max_registers: 6, hole: 2, barriers: [0x20]}' <<-END
		  - {key: "a/{}", repeat: 2, points: [{quantity: power_w, register: 0x10, stride: 1, unit: W}]}
		  - {key: hole-of-2, points: [{quantity: power_w, register: 0x14, unit: W}]}
		  - {key: hole-of-3, points: [{quantity: power_w, register: 0x18, unit: W}]}
		  - {key: "b/{}", repeat: 2, points: [{quantity: power_w, register: 0x1E, stride: 1, unit: W}]}
		  - {key: "c/{}", repeat: 7, points: [{quantity: power_w, register: 0x21, stride: 1, unit: W}]}
	END
	registers 0x10,"16 17 18 19 20 21 22 23 24" 0x1E,"30 31" 0x20,32 0x21,"33 34 35 36 37 38 39"
	unit
	[ "$(readings | tr '\n' ' ')" = "a/1 power_w 16 a/2 power_w 17 hole-of-2 power_w 20 hole-of-3 power_w 24 b/1 power_w 30 b/2 power_w 31 $(
		for i in {1..7}; do echo -n "c/$i power_w $((32 + i)) "; done
	)" ]
	diff <(asked) - <<<"16+5 24+1 30+2 33+6 39+1 "
}

@test "a number of several registers, and a meter that says so, is never torn over two requests" {
	driver 'registers: {function: 3, type: u64}' 'requests: {max_registers: 6, hole: 1}' <<-END
		  - {key: "far/{}", repeat: 3, points: [{quantity: energy_j, register: 0x10, stride: 4, unit: J}]}
		  - key: together
		    atomic: yes
		    points:
		      - {quantity: power_w, register: 0x40, type: u16, unit: W}
		      - {quantity: energy_j, register: 0x42, unit: J}
		  - key: apart
		    points:
		      - {quantity: power_w, register: 0x50, type: u16, unit: W}
		      - {quantity: current_a, register: 0x53, type: u16, unit: A}
	END
	registers 0x10,"0 1 2 3 0 4 5 6 0 7 8 9" 0x40,"5 0 0 0 1 0" 0x50,"7 0 0 8"
	unit
	[ "$(readings | grep together)" = "together power_w 5
together energy_j 65536" ]
	[ "$(readings | grep -c '^far/. energy_j')" -eq 3 ]
	# Three of four registers each, though six would go into one; the atom whole over its hole, the others around theirs. Neighbours differ in length.
	diff <(asked) - <<<"16+4 64+6 20+4 80+1 24+4 83+1 "
	# An atom that no request can carry is no driver.
	sed -i 's/max_registers: 6/max_registers: 5/' "$DRIVERS/made_up.yaml"
	run -65 "$W" drivers lint "$DRIVERS/made_up.yaml"
}

# A meter behind transformers: 250.0 W, 1000 J, 2.3 V and 1.5 A at its inputs; CT ratio in 0x06, tenths of the PT ratio in 0x07.
transformed() {
	TOTAL=meter driver 'registers: {function: 3, type: u16}' <<-END
		  - key: total
		    points:
		      - {quantity: energy_j, register: 0x10, type: u32, unit: J, ratio: [{register: 0x06}, {register: 0x07, factor: 0.1}]}
		      - {quantity: power_w, register: 0x12, unit: 0.1 W, ratio: [{register: 0x06}, {register: 0x07, factor: 0.1}]}
		      - {quantity: current_a, register: 0x13, unit: 0.1 A, ratio: {register: 0x06}}
		      - {quantity: voltage_v, register: 0x14, unit: 0.1 V, ratio: {register: 0x07, factor: 0.1}}
	END
	registers 0x06,"$1 $2" 0x10,"0 $3 2500 15 23"
}

@test "ratio registers multiply powers, currents, voltages and the steps of counters" {
	transformed 40 1000 1000
	unit
	[ "$(readings | sort)" = "total current_a 60
total energy_j 4000000
total power_w 1000000
total voltage_v 230" ]
	# A ratio that is not set (0) is none: no value, never that of the inputs.
	transformed 0 1000 1000
	tell reload
	[ "$(readings | sort)" = "total voltage_v 230" ]
	# Transformers that the meter does not know are the site's, and multiply once more.
	stop_process sim
	transformed 1 10 1000
	MORE=', ct_ratio: 200/5, pt_ratio: 100' unit
	[ "$(readings | sort)" = "total current_a 60
total energy_j 4000000
total power_w 1000000
total voltage_v 230" ]
}

@test "a ratio that is set anew is an event; what was counted stays, and the counter goes on by its new step" {
	transformed 40 10 1000
	unit
	start_made_up
	wait_for has_raw 1 1000
	transformed 40 10 1010
	tell reload
	wait_for has_raw 1 1010
	# 10 steps of 40 J.
	[ "$(booked 1)" = 400000 ]
	transformed 80 10 1020
	tell reload
	wait_for eval "\"$W\" events --state \"$STATE\" --period today | grep -q scale"
	wait_for has_raw 1 1020
	local before
	before=$(booked 1)
	[ "$before" -ge 400000 ]
	transformed 80 10 1025
	tell reload
	wait_for has_raw 1 1025
	# 5 steps of 80 J.
	[ "$(booked 1)" = $((before + 400000)) ]
}

# Eight registers, the last but two of which the unit does not have.
eight() {
	driver 'registers: {function: 3, type: u16}' <<-END
		  - {key: "a/{}", repeat: 5, points: [{quantity: power_w, register: 0x10, stride: 1, unit: W}]}
		  - {key: gone, points: [{quantity: power_w, register: 0x15, unit: W, optional: $1}]}
		  - {key: "b/{}", repeat: 2, points: [{quantity: power_w, register: 0x16, stride: 1, unit: W}]}
	END
	registers 0x10,"1 2 3 4 5" 0x16,"7 8"
}

@test "a block that is refused with exception 2 or 3 is halved until the register is found, and that one is not asked for again" {
	local code
	for code in 2 3; do
		eight no
		unit --refuse-with "$code"
		start_made_up
		# What is there is read, all of it.
		wait_for eval '[ "$(grep -o "meter=[ab]/[1-8]," "$STATE/points.lp" | sort -u | wc -l)" = 7 ]'
		diff <(asked) - <<<"16+8 16+4 20+4 20+2 20+1 21+1 22+2 "
		# And from then on what is left of the block, without a further refusal.
		wait_for eval '[ "$(grep -c "^1 3 22 2$" "$WORK/requests")" -ge 5 ]'
		[ "$(grep -c "^1 3 21 1$" "$WORK/requests")" = 1 ]
		[ "$(grep -c "^1 3 16 8$" "$WORK/requests")" = 1 ]
		run ! grep -q "meter=gone" "$STATE/points.lp"
		# It has to be there: the status says which one is not, and why nothing else is wrong.
		"$W" status --state "$STATE" | grep -i "0x0015\|register 21"
		stop_process agent
		stop_process sim
		rm -r "$STATE" "$WORK/requests"
	done
	# Not all of a family have it: its absence is no fault.
	eight yes
	unit
	run -0 "$W" test -c "$CONFIG" --drivers "$DRIVERS"
	[[ $output != *refuse* && $output != *gone* ]]
}

@test "linear ranges: raw limits stand for limits of the setup" {
	driver 'registers: {function: 3, type: u16}' <<-END
		  - key: "row/{}"
		    repeat: 3
		    points:
		      - {quantity: power_w, register: 0x10, stride: 3, unit: kW, linear: {raw: [0, 9999], value: [-120, 120]}, range: [-120000, 120000]}
		      - {quantity: voltage_v, register: 0x11, stride: 3, unit: V, linear: {raw: [0, 9999], value: [0, 828]}}
		      - {quantity: frequency_hz, register: 0x12, stride: 3, unit: Hz, linear: {raw: [1000, 9000], value: [45, 65]}, range: [40, 70]}
	END
	# The middle, an end, and a raw number beyond the range.
	registers 0x10,"0 0 1000 9999 9999 9000 10000 5000 15000"
	unit
	readings | jq -Rsr 'split("\n") | map(select(. != "") | split(" ") | "\(.[0]) \(.[1]) \(.[2] | tonumber * 1000 | round)") | .[]' >"$WORK/got"
	diff "$WORK/got" - <<-END
		row/1 power_w -120000000
		row/1 voltage_v 0
		row/1 frequency_hz 45000
		row/2 power_w 120000000
		row/2 voltage_v 828000
		row/2 frequency_hz 65000
		row/3 voltage_v 414041
	END
}

@test "what a unit writes where it has no reading is none, and never zero" {
	driver 'registers: {function: 3, type: i16}' <<-END
		  - {key: marker, points: [{quantity: power_w, register: 0x10, unit: W, absent: [0x8000]}]}
		  - {key: minus-one, points: [{quantity: power_w, register: 0x11, unit: W, absent: [-1]}]}
		  - {key: range, points: [{quantity: power_w, register: 0x12, type: u16, unit: W, absent: [0xFFF8-0xFFFF]}]}
		  - {key: negative, points: [{quantity: power_w, register: 0x13, unit: W, absent: negative}]}
		  - {key: zero, points: [{quantity: energy_j, register: 0x14, type: u32, unit: Wh, absent: zero}]}
		  - {key: nan, points: [{quantity: power_w, register: 0x16, type: f32, unit: W}]}
		  - {key: infinity, points: [{quantity: power_w, register: 0x18, type: f64, unit: W}]}
		  - {key: digits, points: [{quantity: power_w, register: 0x1C, type: bcd16, unit: W}]}
		  - {key: beyond, points: [{quantity: voltage_v, register: 0x1D, unit: V, range: [0, 1000]}]}
		  - {key: wide, points: [{quantity: power_w, register: 0x1E, type: i32, unit: W, absent: [0x7FFFFFFF]}]}
		  - {key: unscaled, points: [{quantity: power_w, register: 0x20, unit: W, scale: {by: power_of_ten, register: 0x21}}]}
		  - {key: real-zero, points: [{quantity: power_w, register: 0x22, unit: W}]}
	END
	registers 0x10,"0x8000 -1 0xFFF8 -5 0 0 0x7FC0 0 0x7FF0 0 0 0 0x12A4 1001 0x7FFF 0xFFFF 700 0x8000 0"
	unit
	[ "$(readings)" = "real-zero power_w 0" ]
	# The same registers with readings in them.
	registers 0x10,"0x7FFF -2 0xFFF7 5 0 1 0x43E1 0 0x407C 0x2000 0 0 0x1234 1000 0x7FFF 0xFFFE 700 -2 0"
	tell reload
	[ "$(readings | sort | tr '\n' ' ')" = "beyond voltage_v 1000 digits power_w 1234 infinity power_w 450 marker power_w 32767 minus-one power_w -2 \
nan power_w 450 negative power_w 5 range power_w 65527 real-zero power_w 0 unscaled power_w 7 wide power_w 2147483646 zero energy_j 3600 " ]
}

# in_order HEX ORDER SWAP: words of a number as they come on the wire.
in_order() {
	local word words=() out=() i
	for ((i = 0; i < ${#1}; i += 4)); do
		word=${1:i:4}
		[ "$3" = no ] || word=${word:2:2}${word:0:2}
		words+=("0x$word")
	done
	for ((i = 0; i < ${#words[@]}; i++)); do
		[ "$2" = big ] && out+=("${words[i]}") || out=("${words[i]}" "${out[@]}")
	done
	echo "${out[*]}"
}

@test "every type of number, in both orders of words and of bytes" {
	local type hex value order swap address=0 meters='' rows=() want=''
	while read -r type hex value; do
		for order in big little; do
			for swap in no yes; do
				meters+="  - {key: $type/$order/$swap, points: [{quantity: power_w, register: $address, type: $type, order: $order, byte_swap: $swap, unit: W}]}"$'\n'
				rows+=("$address,$(in_order "$hex" $order $swap)")
				want+="$type/$order/$swap power_w $value"$'\n'
				address=$((address + 4))
			done
		done
	done <<-END
		u16 F230 62000
		i16 FB2E -1234
		sm16 84D2 -1234
		bcd16 1234 1234
		u32 FEDCBA98 4275878552
		i32 F8A432EB -123456789
		sm32 8001E240 -123456
		bcd32 12345678 12345678
		f32 43668000 230.5
		t5 FE01E240 1234.56
		t6 FEFE1DC0 -1234.56
		u64 0000000100000000 4294967296
		i64 FFFFFFFFFFFFFFFE -2
		f64 BFC0000000000000 -0.125
	END
	driver 'registers: {function: 3}' 'requests: {hole: 0}' <<<"$meters"
	registers "${rows[@]}"
	unit
	diff <(readings | sort) <(sort <<<"${want%$'\n'}")
}

@test "SunSpec: a chain is walked from any of its three places, exponents are followed, what is not implemented is none" {
	local at
	for at in 0 40000 50000; do
		awk -F, -v OFS=, -v at=$at '/^1,/ { $3 = $3 - 40000 + at } { print }' "$ROOT/tests/fixtures/registers/sunspec_meter.csv" >"$WORK/registers.csv"
		unit
		sed -i "s/driver: made_up/driver: sunspec_meter/" "$CONFIG"
		cp "$ROOT/drivers/sunspec_meter.yaml" "$DRIVERS"
		readings >"$WORK/got"
		grep -qx 'total power_w 6300' "$WORK/got"
		grep -qx 'total energy_j 44442000000' "$WORK/got"
		grep -qx 'total frequency_hz 50' "$WORK/got"
		grep -qx 'total energy_out_j 280800000' "$WORK/got"
		# Its apparent power and the energy of its phases are not implemented.
		run ! grep -qE 'apparent_va|phase/. energy_j' "$WORK/got"
		stop_process sim
	done
}

@test "a genset: its running hours and the fuel that it used are points, and in the status, a scrape and test" {
	need curl "$BUILD/wattledger-page"
	local page
	page=$(free_port)
	# 1000 tenths of an hour, 12345 tenths of a litre, 75 litres in the tank.
	TOTAL=meter driver 'registers: {function: 3, type: u32}' <<-END
		  - key: total
		    supply: genset
		    points:
		      - {quantity: power_w, register: 0x10, unit: W}
		      - {quantity: run_s, register: 0x12, unit: 360 s}
		      - {quantity: used_l, register: 0x14, unit: 0.1 l, absent: [0xFFFFFFFF]}
		      - {quantity: level_l, register: 0x16, unit: l}
	END
	registers 0x10,"0 6300 0 1000 0 12345 0 75"
	unit
	echo "page: {listen: '127.0.0.1:$page'}" >>"$CONFIG"
	start_made_up
	# Whole litres: a counter has no parts.
	wait_for grep -qE '^fuel,site=lab,device=d1,meter=total level_l=75,used_l=1234,run_s=360000i [0-9]{19}$' "$STATE/points.lp"
	grep -q '^energy,.*supply=genset power_w=6300,' "$STATE/points.lp"
	"$W" status --state "$STATE" --format json | jq -e '.sources[0].readings[0] | .run_s == 360000 and .used_l == 1234 and .level_l == 75'
	"$W" status --state "$STATE" | grep -E "^lab +d1 +total +n/a +n/a +n/a +75 +1234 +100 +n/a"
	curl -sf "http://127.0.0.1:$page/metrics" >"$WORK/metrics"
	grep -qx 'wattledger_run_seconds_total{site="lab",device="d1",meter="total"} 360000' "$WORK/metrics"
	grep -qx 'wattledger_fuel_used_liters_total{site="lab",device="d1",meter="total"} 1234' "$WORK/metrics"
	# A marker in the place of the fuel: unknown, never zero, and the hours go on.
	registers 0x10,"0 6300 0 1001 0xFFFF 0xFFFF 0 75"
	tell reload
	wait_for grep -q '^fuel,.* level_l=75,run_s=360360i ' "$STATE/points.lp"
	"$W" test -c "$CONFIG" --drivers "$DRIVERS" --format lp 2>/dev/null | grep -q '^fuel,site=lab,device=d1,meter=total level_l=75,run_s=360360i '
	# A controller's own driver: 100 hours.
	stop_process agent
	cp "$ROOT/tests/fixtures/registers/dse_gencomm.csv" "$WORK/registers.csv"
	tell reload
	cp "$ROOT/drivers/dse_gencomm.yaml" "$DRIVERS"
	sed -i 's/driver: made_up/driver: dse_gencomm/' "$CONFIG"
	"$W" test -c "$CONFIG" --drivers "$DRIVERS" --format lp 2>/dev/null | grep -q '^fuel,site=lab,device=d1,meter=total run_s=360000i '
}
