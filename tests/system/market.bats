#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Scope 2 by the market-based method: what instruments claim, what is left for the residual mix, and both recalculations of it.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load replay
	W=$BUILD/wattledger
	need "$W" jq awk python3
	mkdir "$WORK/drivers" "$WORK/grid"
	# shellcheck disable=SC2034 # replay has it
	REPLAY_OPTIONS="--grid $WORK/grid"
	cat >"$WORK/grid/own.csv" <<-'END'
		zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source
		NO,Norway,2026,20,direct,average,Operator,2026,own,test
		NO,Norway,2026,10,upstream,well to tank,Operator,2026,own,test
		SE,Sweden,2026,30,direct,average,Operator,2026,own,test
	END
	cat >"$WORK/grid/losses.csv" <<-'END'
		zone,name,year,loss_pct_of_output,basis,method,publisher,edition,licence,source
		NO,Norway,2025,10,losses,share of output,Operator,2026,own,test
	END
}

enter() {
	{ echo node,from_utc,to_utc,what,value,unit,note && cat; } >"$WORK/entry.csv"
	"$W" enter instrument --state "$STATE" --csv "$WORK/entry.csv" --reason "registry statement" --author anna
}

@test "market-based: certificates, a contract, a rate, then the residual mix; nothing twice, of another zone or vintage, or more than was used" {
	config "a none , supply: grid" "b none , supply: grid"
	sed -i 's/, driver: none//' "$CONFIG"
	# the residual mix is one that was imported
	printf 'year,kgco2e_per_kwh\n2025,0.5\n' >"$WORK/residual.csv"
	run -65 "$W" factors import "$WORK/residual.csv" --state "$STATE" --zone NO --basis residual
	[[ $output == *"source is not said: --source is needed"* ]]
	"$W" factors import "$WORK/residual.csv" --state "$STATE" --zone NO --basis residual --publisher Operator --source "table 2" --edition 2026
	# 20 kWh of a and 10 of b
	replay_on <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 36000; t += 30) { row(t, "a", "total", "power_w", 2000); row(t, "b", "total", "power_w", 1000) }
}
END
	DAY=2026-09-30T00:00:00Z,2026-10-01T00:00:00Z
	package 2026-09-30
	[ "$(cells total m_scope2_lb_kg m_scope2_mb_kg mb_residual_mwh mb_fallback_mwh mb_instrument_ids)" = "0.600000 15.000000 0.030000 0.000000 n/a" ]
	# scope 3, category 3: B 30 kWh at 10 g; C one kWh of ten is lost, so 30 / 9 kWh at 20 + 10 g
	[ "$(cells total m_scope3_cat3b_kg m_scope3_cat3c_kg td_loss_pct td_loss_year)" = "0.300000 0.100000 10.000000 2025" ]
	[ "$(cells lab/a/total m_scope3_cat3b_mg m_scope3_cat3c_mg cat3b_microg_per_kwh)" = "200000 66667 10000000" ]
	# 12 kWh by 20 : 10 are 8 and 4; 5 kWh of a at 40 g; 7 and 6 at 500 g
	enter <<-END
		lab,$DAY,certificate,0.012,MWh,id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02
		lab/a,$DAY,ppa,0.005,MWh,id=P-1; zone=NO; g_per_kwh=40
		lab,$DAY,certificate,9,MWh,id=GO-2; zone=SE; g_per_kwh=0; retired=2026-10-02
		lab,2025-01-01T00:00:00Z,2026-01-01T00:00:00Z,certificate,9,MWh,id=GO-3; zone=NO; g_per_kwh=0; retired=2026-10-02
	END
	package 2026-09-30
	[ "$(cells total m_scope2_mb_kg mb_instrument_mwh mb_residual_mwh mb_instrument_ids m_scope2_lb_kg)" = "6.700000 0.017000 0.013000 GO-1; P-1 0.600000" ]
	[ "$(cells lab/a/total m_scope2_mb_mg mb_instrument_millij mb_residual_microg_per_kwh mb_residual_year)" = "3700000 46800000000 500000000 2025" ]
	[ "$(cells lab/b m_scope2_mb_kg mb_instrument_ids)" = "3.000000 GO-1" ]
	run -0 "$W" report --state "$STATE" --period 2026-09-30
	[[ $output == *"lab market-based: 6.700 kg CO2e: 0.017000 MWh by instruments, 0.013000 MWh at the residual mix (500 g/kWh of 2025, Operator)"* ]]
	[[ $output == *"entry 3, certificate GO-2: does not count: no meter of lab that does is in zone SE"* ]]
	[[ $output == *"lab scope 3, category 3: B, before the plants: 0.300 kg CO2e; C, lost on the way: 0.100 kg CO2e"* ]]
	[[ $output == *"10 %: zone NO, 2025, losses, Operator (2026)"* ]]
	grep -q 'Market-based (scope 2) it is 6.700 kg CO2e: 56.67 % of the energy has certificates, contracts or a supplier'"'"'s rate, 43.33 % the residual mix\.' "$WORK/package/report.html"
	# used once
	run -65 enter <<<"lab/b,$DAY,certificate,1,MWh,id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02"
	[[ $output == *"entry 1: note: GO-1 is claimed already by entry 1 of lab: nothing is used twice"* ]]
	run -65 enter <<<"lab/b,$DAY,certificate,1,MWh,id=GO-4; zone=NO; g_per_kwh=0"
	[[ $output == *"needs id, zone, g_per_kwh and the day on which it was retired"* ]]
	# a figure changed by hand is found by both
	sed -i 's/,6700000,/,6700001,/' "$WORK/package/totals.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"total: m_scope2_mb_mg is 6700001, computed again it is 6700000"* ]]
	run -1 python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	[[ $output == *"total: m_scope2_mb_mg is 6700001, computed again it is 6700000"* ]]
	package 2026-09-30
	sed -i 's/,66667,/,66668,/' "$WORK/package/totals.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"lab/a/total: m_scope3_cat3c_mg is 66668, computed again it is 66667"* ]]
	run -1 python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	[[ $output == *"lab/a/total: m_scope3_cat3c_mg is 66668, computed again it is 66667"* ]]
	# voided it may come again, with more than there is to claim; the rate has nothing left
	"$W" enter void 1 --state "$STATE" --reason "wrong amount" --author anna
	enter <<-END
		lab,$DAY,certificate,5,MWh,id=GO-1; zone=NO; g_per_kwh=0; retired=2026-10-02
		lab,2026-01-01T00:00:00Z,2027-01-01T00:00:00Z,supplier_rate,100,g/kWh,id=S; zone=NO
	END
	package 2026-09-30
	[ "$(cells total m_scope2_mb_kg mb_instrument_mwh mb_residual_mwh mb_instrument_ids)" = "0.000000 0.030000 0.000000 GO-1" ]
	run -0 "$W" report --state "$STATE" --period 2026-09-30
	[[ $output == *"entry 6, certificate GO-1: 0.030000 of 5.000000 MWh count: no more was used"* ]]
	"$W" enter void 6 --state "$STATE" --reason "sold" --author anna
	package 2026-09-30
	# 5 kWh at 40 g, the rest at the supplier's 100 g
	[ "$(cells total m_scope2_mb_kg mb_instrument_mwh mb_residual_mwh mb_instrument_ids)" = "2.700000 0.030000 0.000000 P-1; S" ]
	# for half of its 20 kWh the meter was a share of its device, which both recalculations see
	printf 'node,from_utc,to_utc,what,value,unit,note\nlab/a/total,2026-09-30T12:00:00Z,2026-09-30T17:00:00Z,role,part,,\n' >"$WORK/entry.csv"
	"$W" enter correction --state "$STATE" --csv "$WORK/entry.csv" --reason "found at the inspection" --author anna
	package 2026-09-30
	[ "$(cells lab/a energy_kwh mb_instrument_mwh)" = "10.000000 0.010000" ]
}
