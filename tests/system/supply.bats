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
	# 40 + 100 - 133 = 7 l of one tank, 50 - 45 = 5 l of the other: 12 x 2.705 and 12 x 0.62409 kg; 9 l were entered for the day too, and dips
	# go first
	enter <<-'END'
		lab/gen,2026-09-29T22:00:00Z,,level,40,l,dip stick
		lab/gen,2026-09-30T09:00:00Z,,delivered,100,l,note 17
		lab/gen,2026-10-01T06:00:00Z,,level,133,l,dip stick
		lab,2026-09-30T00:00:00Z,2026-10-01T00:00:00Z,used,9,l,flow meter
		lab/gen,2026-09-30T00:00:00Z,,level,50,l,sight glass; tank=day
		lab/gen,2026-10-01T00:00:00Z,,level,45,l,tank=day
	END
	package 2026-09-30
	[ "$(cells lab/gen/total m_scope1_kg m_scope3_cat3a_kg fuel_l fuel_method fuel_open_l fuel_delivered_l fuel_close_l gwp_set)" = \
		"32.460000 7.489080 12.000000 dip 90.000000 100.000000 178.000000 AR5" ]
	[ "$(cells lab m_scope1_mg m_scope3_cat3a_mg fuel_micro_l m_scope2_lb_mg)" = "32460000 7489080 12000000 n/a" ]
	[ "$(cells total m_scope1_kg)" = 32.460000 ]
	[ "$(wc -l <"$WORK/package/entries.csv")" = 7 ]
	# the figure changed by hand is found by both
	sed -i 's/,32460000,/,32460001,/' "$WORK/package/totals.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"lab/gen/total: m_scope1_mg is 32460001, computed again it is 32460000"* ]]
	run -1 python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	[[ $output == *"lab/gen/total: m_scope1_mg is 32460001, computed again it is 32460000"* ]]
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

# A week of a base station: grid with outages, set, sun and battery feed 1.2 or 1.8 kW; the grid's intensity is that of Great Britain, hour by
# hour, from 15 to 21 January 2024. Every power is whole watts and holds for an hour, so counters in joules are exact.
week() {
	config "grid none , point: site_ac, supply: grid" "gen none , supply: genset" "sun none , supply: pv" "bat none , supply: battery" \
		"dc none , point: dc_bus, supply: none, fed_by: [grid, gen, sun]"
	sed -i 's/, driver: none//; s/zone: NO/zone: GB/; s/interval: 10s/interval: 5min/' "$CONFIG"
	replay <<'END'
function put(device, quantity, power) { C[device quantity] += 300 * power; row(t, device, "total", quantity, C[device quantity]) }
BEGIN {
	boot("b", 1705276800)
	STORE = 6000 # Wh that the controller believes are in the battery
	for (h = 0; h < 168; h++) {
		d = h % 24; load = 1200 + (d >= 8 && d < 22 ? 600 : 0)
		sun = d > 6 && d < 18 ? 300 * (d < 12 ? d - 6 : 18 - d) : 0
		grid = gen = charge = discharge = 0; need = load - sun
		if (need < 0) { charge = -need; if (STORE + charge * 0.95 > 10000) { sun -= charge; charge = 0 } }
		else if (h % 31 < 5 || h % 31 > 13) { if (STORE < 9000) charge = 500; grid = need + charge }
		else if (STORE - need / 0.95 > 2000) discharge = need
		else { charge = 1000; gen = need + charge }
		STORE += charge * 0.95 - discharge / 0.95
		print h, grid, gen, sun, charge, discharge, load >ENVIRON["PLAN"]
		for (i = h == 0 ? 0 : 1; i <= 12; i++) {
			t = 3600 * h + 300 * i
			if (i == 0) { put("grid", "energy_j", 0); put("gen", "energy_j", 0); put("sun", "energy_j", 0); put("bat", "energy_j", 0); put("bat", "energy_out_j", 0); put("dc", "energy_j", 0); continue }
			put("grid", "energy_j", grid); put("gen", "energy_j", gen); put("sun", "energy_j", sun)
			put("bat", "energy_j", charge); put("bat", "energy_out_j", discharge); put("dc", "energy_j", load)
		}
	}
}
END
}

@test "a base station off and on the grid for a week: energy and carbon balance to nothing" {
	export PLAN=$WORK/plan.txt
	week
	"$W" factors import "$ROOT/tests/fixtures/series/gb-2024-w03-neso.csv" --zone GB --source "NESO data portal" --state "$STATE"
	enter <<-'END'
		lab/gen,2024-01-15T00:00:00Z,,level,120,l,
		lab/gen,2024-01-18T10:00:00Z,,delivered,80,l,note 4
		lab/gen,2024-01-22T00:00:00Z,,level,188.25,l,
	END
	package 2024-01-15..2024-01-21
	run -0 cells lab balance_residual_millij balance_residual_pct m_scope1_mg fuel_l
	[ "$output" = "0 0.00 31783750 11.750000" ] # 120 + 80 - 188.25 l x 2.705 kg
	# Worked out from the plan of the week alone, with fractions: every rounding is at most half a milligram.
	python3 - "$WORK/package" "$PLAN" "$ROOT/tests/fixtures/series/gb-2024-w03-neso.csv" <<-'END'
		import csv, sys
		from fractions import Fraction as F
		intensity = [F(line.split(",")[1]) for line in open(sys.argv[3]).read().split("\n")[1:169]]
		plan = [tuple(int(cell) for cell in line.split()) for line in open(sys.argv[2])]
		assert [p[0] for p in plan] == list(range(168)) and sum(1 for p in plan if p[2]) >= 8 and sum(1 for p in plan if p[5]) >= 20
		burnt, kwh = F(31783750), F(sum(p[2] for p in plan), 1000)
		S = C = delivered = intake = F(0)
		eta = F(95, 100)
		rows = list(csv.DictReader(open(sys.argv[1] + "/supply.csv")))
		assert len(rows) == 168
		for row, (h, grid, gen, sun, charge, discharge, load) in zip(rows, plan):
		    assert grid + gen + sun - charge + discharge == load
		    came = F(grid, 1000) * intensity[h] * 1000 + burnt * F(gen, 1000) / kwh
		    stored = came * charge / (grid + gen + sun) if charge else F(0)
		    S, C = S + eta * charge, C + stored
		    x = min(discharge / eta, S)
		    gone = C * x / S if x else F(0)
		    S, C = S - x, C - gone
		    intake, delivered = intake + came, delivered + came - stored + gone
		    assert [int(row[c]) for c in ("grid_millij", "genset_millij", "pv_millij", "charge_millij", "discharge_millij", "load_millij", "residual_millij")] == \
		        [3600000 * v for v in (grid, gen, sun, charge, discharge, load, 0)], row
		    assert abs(int(row["delivered_mg"]) - (came - stored + gone)) < 8 and abs(int(row["stored_mg"]) - C) < 8, (h, row)
		site = [r for r in csv.DictReader(open(sys.argv[1] + "/totals.csv")) if r["node_id"] == "lab"][0]
		total = {c: int(site[c]) for c in ("m_intake_mg", "m_delivered_mg", "stored_carbon_open_mg", "stored_carbon_close_mg", "stored_close_millij", "m_scope1_mg", "m_scope2_lb_hourly_mg")}
		assert total["m_delivered_mg"] == total["m_intake_mg"] - (total["stored_carbon_close_mg"] - total["stored_carbon_open_mg"])
		assert total["m_intake_mg"] == total["m_scope1_mg"] + total["m_scope2_lb_hourly_mg"]
		assert abs(total["m_intake_mg"] - intake) < 168 and abs(total["m_delivered_mg"] - delivered) < 168, (total, intake, delivered)
		assert abs(total["stored_carbon_close_mg"] - C) < 168 and abs(total["stored_close_millij"] - S * 3600000) < 168
		print(total, float(delivered), float(C))
	END
	run -0 "$W" report --state "$STATE" --period 2024-01-15..2024-01-21
	[[ $output == *"lab: "*" kWh from the grid, "*" into the battery, "*" delivered at "*" g/kWh; the balance is off by 0.00 %"* ]]
	# an hour that was changed is found by both
	sed -i '40s/,\([0-9]*\),\([0-9]*\),\([0-9]*\)$/,\11,\2,\3/' "$WORK/package/supply.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"supply.csv:40: what is charged, stored, delivered or left over is not what the hour gives"* ]]
	run -1 python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	[[ $output == *"lab, 2024-01-16 14:00:00+00:00: delivered_mg is "* ]]
	# a period begins with what the one before ended with
	package 2024-01-01..2024-01-17
	cells lab stored_close_millij stored_carbon_close_mg >"$WORK/close"
	package 2024-01-18..2024-01-21
	cells lab stored_open_millij stored_carbon_open_mg >"$WORK/open"
	diff "$WORK/close" "$WORK/open"
	[ "$(cat "$WORK/open")" != "0 0" ]
}
