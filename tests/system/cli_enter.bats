#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What people enter by hand: added with author and reason, voided, never edited, and in the package.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load books
	work_begin
	books_begin
	cat >"$WORK/bill.csv" <<-'END'
		node,from_utc,to_utc,what,value,unit,note
		oslo,2026-10-05T00:00:00+02:00,2026-10-06T00:00:00+02:00,energy,2.1,kWh,bill 4711
	END
}

teardown() { stop_all; }

# cell COLUMN: of the site's row of totals.csv.
cell() { python3 -c 'import csv, sys; print(list(csv.DictReader(open(sys.argv[1] + "/totals.csv")))[1][sys.argv[2]])' "$WORK/package" "$1"; }

package() {
	rm -rf "$WORK/package"
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	"$W" verify "$WORK/package"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
}

@test "an invoice is entered, compared with the meters, and voided" {
	run -64 "$W" enter invoice --state "$STATE" --csv "$WORK/bill.csv"
	[[ $output == *"--reason"* ]]
	run -0 --separate-stderr "$W" enter invoice --state "$STATE" --csv "$WORK/bill.csv" --reason "monthly bill" --author anna
	[ "$output" = "entered as 1" ]
	printf 'node,from_utc,to_utc,what,value,unit,note\noslo,%s,%s,water,%s,l,\n' 2026-10-05T00:00:00+02:00 2026-10-06T00:00:00+02:00 3.5 >"$WORK/water.csv"
	run -0 --separate-stderr "$W" enter utility --state "$STATE" --csv "$WORK/water.csv" --reason "water bill" --author anna
	[ "$output" = "entered as 2" ]
	package
	[ "$(cell water_l)" = 3.500000 ]
	[ "$(cell invoice_kwh)" = 2.100000 ]
	[ "$(cell invoice_diff_pct)" = -4.76 ]
	[ "$(cell energy_kwh)" = 2.000000 ]
	grep -q '^1,invoice,oslo,2026-10-04T22:00:00Z,2026-10-05T22:00:00Z,energy,2.100000,kWh,n/a,bill 4711,anna,monthly bill,.*,no,yes$' "$WORK/package/entries.csv"
	run -0 "$W" enter void 1 --state "$STATE" --reason "another site's bill" --author anna
	run -65 "$W" enter void 1 --state "$STATE" --reason again
	run -65 "$W" enter void 7 --state "$STATE" --reason none
	package
	[ "$(cell invoice_kwh)" = n/a ]
	grep -q '^1,invoice,.*,yes,no$' "$WORK/package/entries.csv"
	grep -q "^3,void,oslo,.*,1,n/a,anna,another site's bill," "$WORK/package/entries.csv"
}

@test "what makes no sense is refused, and nothing of the file is kept" {
	sed -i '$a oslo/pdu-a,2026-10-05T00:00:00Z,2026-10-06T00:00:00Z,energy,3,MWh,' "$WORK/bill.csv"
	run -65 "$W" enter invoice --state "$STATE" --csv "$WORK/bill.csv" --reason "monthly bill"
	[[ $output == *"entry 2: what, unit: 'energy' in 'MWh' is none of: energy in kWh"* ]]
	run -65 "$W" enter letter --state "$STATE" --csv "$WORK/bill.csv" --reason post
	printf 'node,from_utc,to_utc,what,value,unit,note\n%s,%s,,delivered,%s,l,\n' bergen 2026-10-05T00:00:00Z 1 >"$WORK/fuel.csv"
	run -65 "$W" enter fuel --state "$STATE" --csv "$WORK/fuel.csv" --reason delivery
	[[ $output == *"node: the ledger knows no 'bergen'"* ]]
	printf 'node,from_utc,to_utc,what,value,unit,note\n%s,%s,,delivered,%s,l,\n' oslo 2026-10-05T00:00:00Z -1 >"$WORK/fuel.csv"
	run -65 "$W" enter fuel --state "$STATE" --csv "$WORK/fuel.csv" --reason delivery
	[[ $output == *"value: '-1'"* ]]
	package
	[ "$(wc -l <"$WORK/package/entries.csv")" = 1 ]
}
