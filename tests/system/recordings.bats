#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the drivers make of recorded devices: of fixtures that we made up from MIBs, and of real recordings where a folder of them is at hand
# (WATTLEDGER_RECORDINGS, else shared/recordings beside the source tree; they have a licence of their own and are never part of it).

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	W=$BUILD/wattledger
	need "$W" "$BUILD/wattledger-sim-snmp" "$BUILD/wattledger-snmp" jq
}
teardown() { stop_all; }

# serve FIRST_ADDRESS FILE...: one simulated device a file, on addresses that follow each other; sets PORT.
serve() {
	local first=$1 file arguments=()
	shift
	for file in "$@"; do arguments+=(--recording "$file"); done
	STDOUT=$WORK/ready start_process sim "$BUILD/wattledger-sim-snmp" --first-address "$first" --for 5min "${arguments[@]}"
	WAIT_S=60 wait_for grep -q port "$WORK/ready"
	PORT=$(jq -r .port "$WORK/ready")
}

# scan_all PREFIX COUNT: devices PREFIX.1, PREFIX.2 ... into $WORK/found: number,driver,power,energy,sum of the power of all meters
scan_all() {
	local i targets=()
	for ((i = 1; i <= $2; i++)); do targets+=("snmp://public@$1.$i:$PORT"); done
	"$W" scan "${targets[@]}" --drivers "$ROOT/drivers" --timeout 5s --format json >"$WORK/scan.json"
	jq -r '[(.target | capture("[.](?<n>[0-9]+):").n), .driver // "none", .total.power_w // "", .total.energy_kwh // "",
		([.meters[].power_w // empty] | add) // ""] | join(",")' \
		"$WORK/scan.json" >"$WORK/found"
}

# compare WANT FOUND: line n of WANT (name,power,energy and, where there is no total to compare, the power of all meters) beside the device of
# address n in FOUND; prints what differs by more than a millionth.
compare() {
	awk -F, '
		function differs(want, got, d) {
			if (want == "" || got == "") return want != got
			d = want - got; if (d < 0) d = -d
			return d > 1e-6 * (want > 1 ? want : 1)
		}
		function family(name) { sub(/[.].*/, "", name); return name }
		NR == FNR { driver[$1] = $2; power[$1] = $3; energy[$1] = $4; meters[$1] = $5; next }
		differs($2, power[FNR]) || differs($3, energy[FNR]) || ($4 != "" && differs($4, meters[FNR])) ||
		(is_named && family($1) != driver[FNR]) {
			print $0 ": driver " driver[FNR] " says " power[FNR] "," energy[FNR] "," meters[FNR]; wrong = 1
		}
		END { exit wrong }
	' is_named="${3:-0}" "$2" "$1"
}

# A fixture is named DRIVER.snmprec, or DRIVER.VARIANT.snmprec for a device of the family whose total comes about in another way.
@test "every driver has a fixture, recognises it before all others, and comes to its total" {
	local fixtures=$ROOT/tests/fixtures/recordings names=() files=() i
	mapfile -t names < <(sed 1d "$fixtures/totals.csv" | cut -d, -f1)
	diff <(printf '%s\n' "${names[@]%%.*}" | uniq) <(cd "$ROOT/drivers" && grep -l '^protocol: snmp' ./*.yaml | sed 's,^\./,,; s/\.yaml$//')
	for i in "${names[@]}"; do files+=("$fixtures/$i.snmprec"); done
	serve 127.31.0.1 "${files[@]}"
	scan_all 127.31.0 "${#names[@]}"
	sed 1d "$fixtures/totals.csv" >"$WORK/want"
	compare "$WORK/want" "$WORK/found" 1
}

@test "recorded devices come to the totals that were worked out by hand" {
	local folder=${WATTLEDGER_RECORDINGS:-$ROOT/../shared/recordings} names=() files=() i
	[[ -e $folder/reference-totals.csv ]] ||
		skip "there is no $folder/reference-totals.csv (set WATTLEDGER_RECORDINGS to a folder of .snmprec files with such a table)"
	need python3
	python3 -c '
import csv, os, sys
for row in csv.DictReader(open(sys.argv[1] + "/reference-totals.csv")):
    if os.path.exists(sys.argv[1] + "/" + row["recording"] + ".snmprec"):
        print(row["recording"], row["power_w"], row["energy_kwh"], sep=",")' "$folder" >"$WORK/want"
	mapfile -t names < <(cut -d, -f1 "$WORK/want")
	for i in "${names[@]}"; do files+=("$folder/$i.snmprec"); done
	serve 127.32.0.1 "${files[@]}"
	scan_all 127.32.0 "${#names[@]}"
	compare "$WORK/want" "$WORK/found"
}

@test "every recorded device ends in a total or in words why there is none" {
	local folder=${WATTLEDGER_RECORDINGS:-$ROOT/../shared/recordings} files
	files=("$folder"/*.snmprec)
	[[ -e ${files[0]} ]] || skip "there is no recording in $folder (set WATTLEDGER_RECORDINGS to a folder of .snmprec files)"
	((${#files[@]} <= 254)) || files=("${files[@]:0:254}")
	serve 127.34.0.1 "${files[@]}"
	scan_all 127.34.0 "${#files[@]}"
	[ "$(jq -s length "$WORK/scan.json")" -eq "${#files[@]}" ]
	jq -r 'select(.total.power_w == null and .total.energy_kwh == null and .warnings == []) | .target' "$WORK/scan.json" >"$WORK/mute"
	cat "$WORK/mute"
	[ ! -s "$WORK/mute" ]
}

@test "drivers test says what a driver makes of a recording" {
	run -0 "$W" drivers test "$ROOT/drivers/sentry4.yaml" --recording "$ROOT/tests/fixtures/recordings/sentry4.snmprec"
	# shellcheck disable=SC2001 # a pattern, not a word
	diff - <(sed 's/ *$//' <<<"$output") <<-'END'
		driver: sentry4 (Server Technology Sentry4, PRO2)
		recognised: yes
		device: Server Technology, model made-up model, serial made-up serial, firmware made-up firmware
		total:
		  power W: 1540
		  energy kWh: 156
		METER    NAME     ROLE IN SUM QUANTITY         VALUE CALIBER
		cord/1   Cord 1   part yes    power_w           1200 actual
		cord/1   Cord 1   part yes    energy_j     432000000 actual
		cord/1   Cord 1   part yes    apparent_va       1300 actual
		cord/1   Cord 1   part yes    power_factor       0.9 actual
		cord/2   Cord 2   part yes    power_w            340 actual
		cord/2   Cord 2   part yes    energy_j     129600000 actual
		cord/2   Cord 2   part yes    apparent_va        380 actual
		cord/2   Cord 2   part yes    power_factor       0.9 actual
		phase/1  Phase 1  part no     power_w           1200 actual
		phase/1  Phase 1  part no     energy_j     432000000 actual
		phase/2  Phase 2  part no     power_w            340 actual
		phase/2  Phase 2  part no     energy_j     129600000 actual
		outlet/1 Outlet 1 part no     power_w           1200 actual
		outlet/1 Outlet 1 part no     energy_j     432000000 actual
		outlet/2 Outlet 2 part no     power_w            340 actual
		outlet/2 Outlet 2 part no     energy_j     129600000 actual
	END
}

@test "drivers test takes what snmpwalk wrote" {
	serve 127.33.0.1 "$ROOT/tests/fixtures/recordings/apc_rpdu2.snmprec"
	need snmpwalk
	snmpwalk -v2c -c public -On -Oe "127.33.0.1:$PORT" .1 >"$WORK/device.walk"
	run -0 --separate-stderr "$W" drivers test "$ROOT/drivers/apc_rpdu2.yaml" --recording "$WORK/device.walk" --format json
	jq -e '.driver == "apc_rpdu2" and .total.power_w == 1540 and .total.energy_kwh == 156' <<<"$output"
}

# block LANGUAGE: the first block of that language in the page about drivers.
block() { awk -v from="\`\`\`$1" '$0 == from { is_in = 1; next } /^```/ && is_in { exit } is_in' "$ROOT/drivers/README.md"; }

@test "the worked example of the page about drivers does what it says, followed to the letter" {
	mkdir "$WORK/strip"
	block walk >"$WORK/strip/device.walk"
	block yaml >"$WORK/strip/acme_strip.yaml"
	block sh >"$WORK/strip/try.sh"
	block text >"$WORK/want"
	ln -s "$W" "$WORK/strip/wattledger"
	cd "$WORK/strip"
	PATH=$WORK/strip:$PATH bash -e try.sh | sed 's/ *$//' | diff "$WORK/want" -
	serve 127.34.0.1 "$WORK/strip/device.walk"
	run -0 --separate-stderr "$W" scan "snmp://public@127.34.0.1:$PORT" --drivers . --format json
	jq -e '.driver == "acme_strip" and .total.power_w == 123.4 and .total.energy_kwh == 88.123' <<<"$output"
}

@test "drivers test fails when the driver is not meant, is broken, or the recording is none" {
	run -65 "$W" drivers test "$ROOT/drivers/ups_mib.yaml" --recording "$ROOT/tests/fixtures/recordings/sentry4.snmprec"
	[[ $output == *"recognised: no"* && $output == *"reads nothing"* ]]
	echo "schema: wattledger.driver/1" >"$WORK/bad.yaml"
	run -65 "$W" drivers test "$WORK/bad.yaml" --recording "$ROOT/tests/fixtures/recordings/sentry4.snmprec"
	[[ $output == *"bad.yaml:1:"* && $output == *"is no good driver"* ]]
	run -74 "$W" drivers test "$ROOT/drivers/ups_mib.yaml" --recording "$WORK/nothing.snmprec"
	echo "no variables here" >"$WORK/empty.snmprec"
	run -69 "$W" drivers test "$ROOT/drivers/ups_mib.yaml" --recording "$WORK/empty.snmprec"
	[[ $output == *"there is no variable in it"* ]]
	run -64 "$W" drivers test "$ROOT/drivers/ups_mib.yaml"
	[[ $output == *"test FILE --recording FILE"* ]]
}

@test "drivers lint names every mistake with its place" {
	cat >"$WORK/bad.yaml" <<-'END'
		schema: wattledger.driver/1
		protocol: snmp
		vendor: Acme
		family: Strip
		source: none
		priority: 50
		caliber: actual
		total: sum
		recognise:
		  - object_id: 1.3.6.1.4.1.99998
		meters:
		  - key: outlet/{}
		    points:
		      - quantity: power_w
		        oid: 1.3.6.1.4.1.99998.3
		        unit: Wh
		        source: x
		      - quantity: energy_j
		        oid: 1.3.6.1.4.1.99998.4
		        unit: Wh
		        source: x
	END
	run -65 "$W" drivers lint "$WORK/bad.yaml" "$ROOT/drivers/ups_mib.yaml"
	[[ $output == *"bad.yaml:16:"*"no step of power_w"* ]]
	[[ $output == *"bad.yaml:18:"*"width"* ]]
	[[ $output == *"total: sum needs at least one meter with sum: yes"* ]]
	[[ $output == *"1 of 2 driver files are good" ]]
}
