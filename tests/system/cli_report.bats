#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Reports and packages of a ledger whose content is known: a trace of 1000 W over two hours, in Oslo, on 5 October 2026.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load books
	work_begin
	books_begin
}

teardown() { stop_all; }

@test "a report for people" {
	run -0 --separate-stderr "$W" report --state "$WORK/state" --period 2026-10-05 --level meter
	diff - <(sed 's/ *$//; s/table [0-9a-f]*$/table DIGEST/' <<<"$output") <<-'END'
		oslo: 2026-10-05 in Europe/Oslo, 2026-10-04T22:00:00Z to 2026-10-05T22:00:00Z
		          ENERGY kWh MEASURED BRIDGED OTHER COVERED % G/KWH FACTOR                kg CO2e COUNTS
		oslo           2.000    2.000   0.000 0.000      8.33  30.5 lifecycle-proxy-lag-2   0.061
		  pdu-a        2.000    2.000   0.000 0.000      8.33  30.5 lifecycle-proxy-lag-2   0.061
		    total      2.000    2.000   0.000 0.000      8.33  30.5 lifecycle-proxy-lag-2   0.061 yes
		30.5 g/kWh: zone XO, 2024, lifecycle, Tester (2025), table DIGEST
		How certain (95 %): energy +-10.00 %, by what is usual for such meters; factors +-15.00 %, by what is usual for such factors; emissions +-18.03 %; rank: Fair.
	END
}

@test "the same for programs" {
	run -0 --separate-stderr "$W" report --state "$WORK/state" --period 2026-10-05 --level site --format csv
	diff - <(echo "$output") <<-'END'
		level,site,device,meter,energy_kwh,measured_kwh,bridged_kwh,other_kwh,coverage_pct,g_per_kwh,basis,location_kg,in_total,hourly_kg,hourly_coverage_pct,hourly_estimated_pct
		total,n/a,n/a,n/a,2.000000,2.000000,0.000000,0.000000,8.33,30.5,lifecycle-proxy-lag-2,0.061000,n/a,n/a,n/a,n/a
		site,oslo,n/a,n/a,2.000000,2.000000,0.000000,0.000000,8.33,30.5,lifecycle-proxy-lag-2,0.061000,n/a,n/a,n/a,n/a
	END
	run -0 --separate-stderr "$W" report --state "$WORK/state" --period 2026-10-05 --format json
	jq -e '.schema == "wattledger.report/1" and .rows[0].energy_millij == 7200000000 and .rows[0].location_mg == 61000
		and .rows[0].factor.lag_years == 2 and .rows[0].covered_ms_by_class.measured == 7200000
		and (.rows | all(.uncertainty == {k: 2, energy_pct: 10, energy_basis: "default", factor_pct: 15, factor_basis: "default",
			total_pct: 18.03, tier: "Fair"}))' <<<"$output"
}

@test "an empty period is unknown, not zero" {
	run -0 --separate-stderr "$W" report --state "$WORK/state" --period 2026-10-04 --format json
	jq -e '.rows[0].energy_kwh == null and .rows[0].energy_millij == null and .rows[0].location_kg == null and .rows[0].unknown == 1' <<<"$output"
	run -0 --separate-stderr "$W" report --state "$WORK/state" --period 2026-10-04
	[[ $output == *"1 of 1 meters"* ]]
}

@test "reading writes nothing beside the ledger" {
	local before
	before=$(cd "$WORK/state" && find . -type f -exec sha256sum {} + | sort)
	"$W" report --state "$WORK/state" --period 2026-10
	"$W" events --state "$WORK/state"
	"$W" status --state "$WORK/state" || true
	"$W" export --state "$WORK/state" --period 2026-10 --out "$WORK/package"
	[ "$before" = "$(cd "$WORK/state" && find . -type f -exec sha256sum {} + | sort)" ]
}

@test "a package is computed again by a script that knows nothing of us" {
	"$W" export --state "$WORK/state" --period 2026-10 --out "$WORK/package"
	run -0 "$W" verify "$WORK/package"
	[[ ${lines[0]} == "$WORK/package: OK: 16 files, 8 intervals, 4 totals computed again" ]]
	[[ $output == *"signature NOT checked against a key you trust: the package has none"* ]]
	# energy: the sum over the interval rows; emissions: energy x factor, rounded half to even
	awk -F, 'NR > 1 { sum += $14 + $15 + $16 + $22 + $23 } END { if (sum != 7200000000) exit 1 }' "$WORK/package/intervals.csv"
	(cd "$WORK/package" && jq -r '.files[] | "\(.sha256)  \(.name)"' manifest.json | sha256sum -c --quiet)
	jq -e '.files | map({(.name): .rows}) | add | .["intervals.csv"] == 8 and .["totals.csv"] == 4 and .["factors.csv"] == 1' "$WORK/package/manifest.json"
	cd "$WORK/package"
	python3 - <<-'END'
		import csv
		totals = list(csv.DictReader(open("totals.csv")))
		factor = int(next(csv.DictReader(open("factors.csv")))["microg_per_kwh"])
		energy = sum(int(r["measured_millij"]) for r in csv.DictReader(open("intervals.csv")))
		num, den = energy * factor, 3600000000 * 1000
		mg, rest = divmod(num, den)
		mg += 2 * rest > den or (2 * rest == den and mg % 2)
		assert [t["node_type"] for t in totals] == ["total", "site", "device", "meter"]
		assert all(int(t["energy_millij"]) == energy and int(t["m_scope2_lb_mg"]) == mg == 61000 for t in totals)
		assert all(cell != "" for t in totals for cell in t.values())
	END
}

@test "a package that was touched is 65 and says where" {
	"$W" export --state "$WORK/state" --period 2026-10 --out "$WORK/package"
	sed -i '2s/,900000000,/,900000001,/' "$WORK/package/intervals.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"intervals.csv: its SHA-256 is "* ]]
	[[ $output == *"oslo/pdu-a/total: energy_measured_millij is 7200000000, computed again it is 7200000001"* ]]
	run -74 "$W" verify "$WORK/nowhere"
}

@test "export keeps its hands off what is there" {
	mkdir "$WORK/mine"
	echo mine >"$WORK/mine/file"
	run -64 "$W" export --state "$WORK/state" --period 2026-10 --out "$WORK/mine"
	[ "$(ls "$WORK/mine")" = file ]
	[ -z "$(find "$WORK" -maxdepth 1 -name '*.tmp-*')" ]
}

@test "events are told" {
	run -0 --separate-stderr "$W" events --state "$WORK/state" --format json
	jq -e '.schema == "wattledger.events/1" and (.events | map(select(.code == "started" and .device == "pdu-a")) | length == 1)' <<<"$output"
}

@test "status tells what the ledger says when no agent runs" {
	run -69 --separate-stderr "$W" status --state "$WORK/state"
	[[ ${lines[0]} == critical && $output == *"no agent runs"* && $output == *"from the ledger"* ]]
	run -69 --separate-stderr "$W" status --state "$WORK/state" --format json
	jq -e '.schema == "wattledger.status/1" and .verdict == "critical" and .agent == null' <<<"$output"
}
