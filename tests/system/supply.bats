#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Sites that several sources feed: what was burnt, where it is booked, and both recalculations of it.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load replay
	W=$BUILD/wattledger
	need "$W" jq awk python3
	mkdir "$WORK/drivers"
}

# package PERIOD: exports, and computes it again in both ways.
package() {
	rm -rf "$WORK/package"
	"$W" export --state "$STATE" --period "$1" --out "$WORK/package"
	"$W" verify "$WORK/package"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
}

# cells NODE COLUMN...: of the row of totals.csv.
cells() {
	python3 -c 'import csv, sys; print(*[[r[c] for c in sys.argv[3:]] for r in csv.DictReader(open(sys.argv[1] + "/totals.csv")) if r["node_id"] == sys.argv[2]][0])' "$WORK/package" "$@"
}

enter() {
	{ echo node,from_utc,to_utc,what,value,unit,note && cat; } >"$WORK/entry.csv"
	"$W" enter fuel --state "$STATE" --csv "$WORK/entry.csv" --reason "${1:-tank log}" --author anna
}

@test "fuel: litres by dips, by what was entered, by kWh; what is voided does not count; never added to scope 2" {
	config "gen none , supply: genset" "sun none , supply: pv"
	sed -i 's/, driver: none//' "$CONFIG"
	# 2,000 W of the set and 500 W of the sun for 10 h: 20 and 5 kWh
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 36000; t += 30) { row(t, "gen", "total", "power_w", 2000); row(t, "sun", "total", "power_w", 500) }
}
END
	# nothing but kWh is known: 20 x 2.4 kg
	package 2026-09-30
	[ "$(cells lab/gen/total m_scope1_kg m_scope3_cat3a_kg fuel_l fuel_method m_scope2_lb_kg)" = "48.000000 n/a n/a cdm_default n/a" ]
	[ "$(cells lab/sun/total m_scope1_kg fuel_l)" = "0.000000 n/a" ]
	# 40 + 100 - 133 = 7 l: 7 x 2.705 and 7 x 0.62409 kg; 9 l were entered for the day too, and dips go first
	enter <<-'END'
		lab/gen,2026-09-29T22:00:00Z,,level,40,l,dip stick
		lab/gen,2026-09-30T09:00:00Z,,delivered,100,l,note 17
		lab/gen,2026-10-01T06:00:00Z,,level,133,l,dip stick
		lab,2026-09-30T00:00:00Z,2026-10-01T00:00:00Z,used,9,l,flow meter
	END
	package 2026-09-30
	[ "$(cells lab/gen/total m_scope1_kg m_scope3_cat3a_kg fuel_l fuel_method fuel_open_l fuel_delivered_l fuel_close_l gwp_set)" = \
		"18.935000 4.368630 7.000000 dip 40.000000 100.000000 133.000000 AR5" ]
	[ "$(cells lab m_scope1_mg m_scope3_cat3a_mg fuel_micro_l m_scope2_lb_mg)" = "18935000 4368630 7000000 n/a" ]
	[ "$(cells total m_scope1_kg)" = 18.935000 ]
	[ "$(wc -l <"$WORK/package/entries.csv")" = 5 ]
	# the figure changed by hand is found by both
	sed -i 's/,18935000,/,18935001,/' "$WORK/package/totals.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"lab/gen/total: m_scope1_mg is 18935001, by the entries it is 18935000"* ]]
	run -1 python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	[[ $output == *"lab/gen/total: m_scope1_mg is 18935001, computed again it is 18935000"* ]]
	# without the closing dip the flow meter counts, and a rate would be next
	"$W" enter void 3 --state "$STATE" --reason "of another tank" --author anna
	enter "site test" <<-'END'
		lab/gen/total,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,rate,0.4,l/kWh,
		lab/gen/total,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,factor,2.5,kg/l,supplier's sheet
	END
	package 2026-09-30
	[ "$(cells lab/gen/total m_scope1_kg fuel_l fuel_method fuel_source)" = "22.500000 9.000000 entered entered; UK DESNZ 2025, well to tank" ]
	"$W" enter void 4 --state "$STATE" --reason "meter was stuck" --author anna
	package 2026-09-30
	[ "$(cells lab/gen/total m_scope1_kg fuel_l fuel_method)" = "20.000000 8.000000 rate" ]
	run -0 "$W" report --state "$STATE" --period 2026-09-30
	[[ $output == *"lab burnt 8.000 l of fuel (rate): 20.000 kg CO2e in scope 1, 4.993 kg upstream of it in scope 3, category 3"* ]]
}
