#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# factors import: a national annual factor and hourly series of several publishers, with provenance; a wrong row changes nothing.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load books
	work_begin
	W=$BUILD/wattledger
	STATE=$WORK/state
	need "$W" jq
}

teardown() { stop_all; }

import() { "$W" factors import "$@" --state "$STATE"; }

@test "a national factor needs its source, wins over what is installed, and the agent's configuration takes it" {
	printf 'year,kgco2e_per_kwh\n2024,0.986\n' >"$WORK/za.csv"
	run -65 import "$WORK/za.csv" --zone ZA --basis direct
	[[ $output == *"za.csv: source is not said: --source is needed"* ]]
	[ ! -e "$STATE" ]
	run -0 import "$WORK/za.csv" --zone ZA --basis direct --source "Ministry, table 3" --edition 2025 --licence "open"
	[[ $output == *"ZA 2024, direct: 986 g/kWh, Ministry, table 3, 2025"* && $output == *"$STATE/grid/ZA-direct-"* ]]
	run -0 "$W" factors show ZA --state "$STATE" --format json
	jq -e '[.factors[] | select(.year == 2024 and .basis == "direct")] | length == 1 and .[0].microg_per_kwh == 986000000 and
		.[0].publisher == "Ministry, table 3" and .[0].edition == "2025" and .[0].licence == "open"' <<<"$output"
	# a second publisher of the same year would make the configuration unusable: refused before it is there
	run -65 import "$WORK/za.csv" --zone ZA --basis direct --source Other
	[[ $output == *"zone ZA, year 2024, direct is there twice"* && $output == *"nothing was imported"* ]]
	# a later edition of the same publisher supersedes it
	printf 'year,kgco2e_per_kwh\n2024,0.99\n' >"$WORK/za.csv"
	run -0 import "$WORK/za.csv" --zone ZA --basis direct --publisher "Ministry, table 3" --source "erratum" --edition 2026
	printf 'sites: [{id: cape, zone: ZA, time_zone: Africa/Johannesburg}]\nlocal: no\nstate_dir: %s\n' "$STATE" >"$WORK/site.yaml"
	run -0 "$W" check -c "$WORK/site.yaml"
}

@test "marginal factors are refused with the reason, annual and hourly" {
	printf 'year,kgco2e_per_kwh\n2024,0.986\n' >"$WORK/a.csv"
	run -65 import "$WORK/a.csv" --zone ZA --basis marginal --source S
	[[ $output == *"an inventory must not use it"* ]]
	printf 'start,end,marginal_gco2e_per_kwh\n2024-01-01T00:00Z,2024-01-01T01:00Z,7\n' >"$WORK/h.csv"
	run -65 import "$WORK/h.csv" --zone ZA --basis direct --source S
	[[ $output == *"h.csv:1:1: a marginal factor tells what one kWh less would save"* ]]
	[ ! -e "$STATE" ]
}

@test "hourly series of several publishers are kept beside the ledger with digest and provenance" {
	printf 'DATETIME,GAS,CARBON_INTENSITY\n2024-01-01 00:00:00+00:00,1,68.5\n2024-01-01 00:30:00+00:00,1,70\n' >"$WORK/neso.csv"
	run -0 import "$WORK/neso.csv" --zone GB --source "NESO data portal" --licence "NESO Open Data Licence"
	[[ $output == *"GB, direct, NESO: 2 intervals from 2024-01-01T00:00:00Z to 2024-01-01T01:00:00Z, 0 of them estimated"* ]]
	printf 'Datetime (UTC),Zone id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA),Data Estimated\n' >"$WORK/em.csv"
	printf '2024-01-01 00:00:00,IN-WE,702.79,761.05,true\n2024-01-01 02:00:00,IN-WE,702,761,true\n2024-01-01 03:00:00,IN-WE,702,761,true\n' >>"$WORK/em.csv"
	run -0 import "$WORK/em.csv" --zone IN --source "Electricity Maps portal" --basis lifecycle
	[[ $output == *"3 of them estimated by the publisher; 1.0 hours between them without a value"* ]]
	[[ $output == *"the file's zone IN-WE stands for IN"* ]]
	local kept=("$STATE"/grid/hourly/GB-direct-*.csv)
	grep -qx "# file_sha256: $(sha256sum "$WORK/neso.csv" | cut -d' ' -f1)" "${kept[0]}"
	grep -qx '# publisher: NESO' "${kept[0]}"
	[[ ${kept[0]} == *-"$(sha256sum "${kept[0]}" | cut -c1-16)".csv ]]
	# hourly series are no annual tables: the configuration still reads
	printf 'sites: [{id: london, zone: GB, time_zone: Europe/London}]\nlocal: no\nstate_dir: %s\n' "$STATE" >"$WORK/site.yaml"
	run -0 "$W" check -c "$WORK/site.yaml"
}

@test "a wrong row refuses the file with line, column and what is expected, and nothing changes" {
	printf 'start,end,value\n2024-01-01T00:00Z,2024-01-01T01:00Z,7\n2024-01-01T01:00,2024-01-01T02:00Z,7 g\n' >"$WORK/h.csv"
	run -65 import "$WORK/h.csv" --zone GB --basis direct --source S
	[[ $output == *'h.csv:3:1: "2024-01-01T01:00" is no instant: 2024-01-31T23:00Z, or with another offset from UTC, is expected'* ]]
	[[ $output == *'h.csv:3:36: "7 g" is no number from 0 to 5000 (g/kWh) with at most 6 decimals'* ]]
	[ ! -e "$STATE" ]
	run -74 import "$WORK/nowhere.csv" --zone GB --source S
	run -64 "$W" factors import
}

# 1000 W over 08:00 to 10:00 UTC: 0.5 kWh x 100 + 0.5 kWh x 200.5 (estimated) + 1 kWh x 30.5 (the year's, for the hour without) = 180.75 g.
@test "hourly factors stand beside the annual one in report and package, and both recalculations know them" {
	books_begin
	printf 'start,end,value,estimated\n2026-10-05T08:00Z,2026-10-05T08:30Z,100,no\n2026-10-05T08:30Z,2026-10-05T09:00Z,200.5,yes\n' >"$WORK/h.csv"
	import "$WORK/h.csv" --zone XO --basis lifecycle --source T
	run -0 --separate-stderr "$W" report --state "$STATE" --period 2026-10-05
	[[ $output == *"oslo with hourly factors: 0.181 kg CO2e (T, lifecycle), which cover 50.00 % of the energy, 25.00 % of it in hours that the publisher estimated; the rest has 30.5 g/kWh of 2024"* ]]
	run -0 --separate-stderr "$W" report --state "$STATE" --period 2026-10-05 --format json
	jq -e '.rows | all(.hourly.location_mg == 180750 and .location_mg == 61000 and .hourly.coverage_pct == 50)' <<<"$output"
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	"$W" verify "$WORK/package"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	python3 - "$WORK/package" <<-'END'
		import csv, sys
		read = lambda name: list(csv.DictReader(open(sys.argv[1] + "/" + name)))
		for row in read("totals.csv"):
		    assert (row["m_scope2_lb_hourly_kg"], row["hourly_coverage_pct"], row["hourly_estimated_pct"]) == ("0.180750", "50.00", "25.00"), row
		    assert (row["hourly_gap_microg_per_kwh"], row["hourly_source"], row["hourly_basis"]) == ("30500000", "T", "lifecycle"), row
		hours = [row for row in read("factors.csv") if row["start_utc"] != "n/a"]
		assert [(row["microg_per_kwh"], row["estimated"]) for row in hours] == [("100000000", "no"), ("200500000", "yes")]
	END
	grep -q 'With the factors of each hour, which are known for 50.00 % of the energy, it is 0.181 kg CO2e' "$WORK/package/report.html"
	# a factor that was changed is found by both, beside the digests
	sed -i 's/,200500000,200.5,/,200600000,200.6,/' "$WORK/package/factors.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"oslo/pdu-a/total: m_scope2_lb_hourly_mg is 180750, computed again it is 180800"* ]]
	run -1 python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	[[ $output == *"oslo/pdu-a/total: m_scope2_lb_hourly_mg is 180750, computed again it is 180800"* ]]
	# and a kept series that was changed is not used
	sed -i 's/,100.000000,/,101.000000,/' "$STATE"/grid/hourly/*.csv
	run -65 "$W" report --state "$STATE" --period 2026-10-05
	[[ $output == *"was changed after it was imported"* ]]
}

@test "a direct series and a lifecycle factor are never blended" {
	books_begin
	printf 'start,end,value\n2026-10-05T08:00Z,2026-10-05T09:00Z,100\n' >"$WORK/h.csv"
	import "$WORK/h.csv" --zone XO --basis direct --source T
	run -0 "$W" report --state "$STATE" --period 2026-10-05
	[[ $output == *"oslo with hourly factors: unknown: hours lack in the series, and there is no annual factor of its basis for them"* ]]
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	"$W" verify "$WORK/package"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
}
