#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Traces in several parts, each under another configuration: names, keys, drivers and scales change, devices go and come back. Totals by hand.

setup() {
	load lib
	work_begin
	load replay
	need "$BUILD/wattledger" sqlite3 jq awk
	driver m32 "unit: J, width: 32, wraps: yes"
}

# part FROM TO METER [STEPS A SECOND]: d1, or what it is called in $DEVICE, counts 100 W from FROM to TO, read every 10 s in one boot.
part() {
	replay_on <<END
BEGIN { boot("b", T0); for (t = $1; t <= $2; t += 10) row(t, "${DEVICE:-d1}", "$3", "raw_counter", int(t * ${4:-100})) }
END
}

# ids: the meters that the ledger has.
meters() { sqlite3 "$STATE/ledger.db" "SELECT COUNT(*) FROM meter"; }

@test "a renamed device: one meter, its total goes on, and a package of the time verifies" {
	config "d1 m32"
	part 0 3600 total
	config "e1 m32 , was: d1"
	DEVICE=e1 part 3610 7200 total
	conserved
	[ "$(meters)" -eq 1 ]
	# 7200 s x 100 W; four slots each
	[ "$(figure e1 2026)" -eq 720000000 ]
	"$BUILD/wattledger" export --ledger "$STATE/ledger.db" --period 2026 --out "$WORK/package"
	"$BUILD/wattledger" verify "$WORK/package"
	[ "$(grep -c '^lab,e1,total,' "$WORK/package/intervals.csv")" -eq 8 ]
	grep -q '^lab/d1/total,' "$WORK/package/register.csv"
	[ "$(events renamed)" -eq 1 ]
	[ "$(says renamed)" = "d1 goes on as e1: its history and its total with it" ]
	[ "$(events started)" -eq 1 ]
}

@test "an edition of the driver that renames a row's key: was: goes on, without it another meter begins" {
	driver rows "unit: J, width: 32, wraps: yes" "outlet/{}" "rows: all" none
	config "d1 rows"
	part 0 3600 outlet/7
	driver rows "unit: J, width: 32, wraps: yes" "socket/{}" $'rows: all\n    was: ["plug/{}", "outlet/{}"]' none
	part 3610 7200 socket/7
	conserved
	[ "$(meters)" -eq 1 ]
	[ "$(figure d1 2026)" = null ] # it has no total
	[ "$(sqlite3 "$STATE/ledger.db" 'SELECT SUM(measured_millij + bridged_millij) FROM interval WHERE meter_id = 1')" -eq 720000000 ]
	[ "$(says renamed)" = "outlet/7 goes on as socket/7: its history and its total with it" ]
	"$BUILD/wattledger" export --ledger "$STATE/ledger.db" --period 2026 --out "$WORK/package"
	grep -q '^[^,]*,[^,]*,[^,]*,[^,]*,[^,]*,renamed,lab,d1,socket/7,outlet/7,socket/7,' "$WORK/package/events.csv"
	"$BUILD/wattledger" verify "$WORK/package"
	[ "$(grep -c '^lab,d1,socket/7,' "$WORK/package/intervals.csv")" -eq 8 ]
	grep -q '^lab/d1/outlet/7,' "$WORK/package/register.csv"
	driver rows "unit: J, width: 32, wraps: yes" "way/{}" "rows: all" none
	part 7210 7800 way/7
	[ "$(meters)" -eq 2 ]
	[ "$(events started)" -eq 2 ]
}

@test "another driver, and another scale: the segment ends by name, the total goes on" {
	driver kilo "unit: kJ, width: 32, wraps: yes"
	driver kilo2 "unit: kJ, width: 32, wraps: yes"
	config "d1 m32"
	part 0 3600 total
	config "d1 kilo"
	part 3610 7210 total 0.1
	config "d1 kilo2"
	part 7220 10800 total 0.1
	conserved
	[ "$(meters)" -eq 1 ]
	# 360 kJ; from its first reading under the other driver on, 3600 s: 361 to 721 kJ; and 722 to 1080 kJ
	[ "$(figure d1 2026)" -eq 1078000000 ]
	[ "$(events driver)" -eq 2 ]
	[ "$(says driver)" = "read by driver kilo after m32: its counter begins anew, the total goes on" ]
	driver kilo2 "unit: 0.01 kJ, width: 32, wraps: yes"
	part 10810 14400 total 10
	conserved
	[ "$(figure d1 2026)" -eq 1437000000 ] # 108,100 to 144,000 steps of 10 J
	[ "$(events reconfigured)" -eq 1 ]
}

@test "a device that is retired and comes back: named twice, one meter, the time between is bridged" {
	driver other "unit: J, width: 32, wraps: yes"
	config "d1 m32" "d2 other"
	part 0 3600 total
	config "d2 other"
	DEVICE=d2 part 3610 7200 total
	[ "$(events retired)" -eq 2 ] # the device and its meter
	config "d1 m32" "d2 other"
	part 7210 10800 total
	conserved
	[ "$(figure d1 2026)" -eq 1080000000 ] # 10800 s x 100 W
	[ "$(figure d1 2026 bridged)" -eq 361000000 ]
	[ "$(events returned)" -eq 2 ]
	[[ "$(says returned)" == "d1 is back"* ]]
	"$BUILD/wattledger" events --state "$STATE" --format json |
		jq -e '[.events[] | select(.code == "returned")] | all(.before | startswith("retired since 2026-09-30T"))'
}

@test "a row that is new changes what the sum needs; one that is silent does not" {
	driver sums "unit: J, width: 32, wraps: yes" "line/{}" $'rows: all\n    sum: yes' sum
	config "d1 sums"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 7200; t += 10) for (i = 1; i <= 3; i++) {
		if (i == 3 && t < 3600) continue
		if (i == 2 && t > 5400) continue
		row(t, "d1", "line/" i, "raw_counter", t * 100 * i)
	}
}
END
	# two rows until 3600 s: 3600 x (100 + 200) W, three until 5400 s: 1800 x 600 W; nothing is known of the sum after that
	[ "$(figure d1 2026)" -eq 2160000000 ]
	[ "$(events rows_changed)" -eq 2 ]
	"$BUILD/wattledger" events --state "$STATE" --format json |
		jq -e '[.events[] | select(.code == "rows_changed")][1] | .before == "2 rows" and .after == "3 rows" and .meter == "total"'
}

@test "a meter that counts as something else from an edition on: before and after" {
	driver rows "unit: J, width: 32, wraps: yes" "line/{}" "rows: all" none
	config "d1 rows"
	part 0 1800 line/1
	sed -i 's/point: pdu_out/point: ups_out/' "$WORK/drivers/rows.yaml"
	part 1810 3600 line/1
	conserved
	[ "$(events reclassed)" -eq 1 ]
	[ "$(says reclassed)" = "line/1 is part at ups_out from now on, after part at pdu_out: what it counted stays where it was counted" ]
}
