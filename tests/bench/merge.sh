#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What adding up the packages of many agents costs: each 5 meters, a month of 15 minute slots; three are missing, one is forged, one is of
# another factor edition. Fails when the totals are not those of the others. Results: build/bench/merge.jsonl
#
#   tests/bench/merge.sh [PACKAGES]           by default 500 (2.5 GB of disk for a while)
# shellcheck source=tests/bench/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

METERS=5
DAYS=31
MISSING=3

# package NUMBER [SQL]: that of the agent of site sNUMBER.
package() {
	cp "$LEDGER" "$WORK/one.db"
	sqlite3 "$WORK/one.db" "UPDATE site SET id = 's$1'; ${2:-}"
	"$BUILD/wattledger" export --ledger "$WORK/one.db" --key "$WORK/key" --period 2026-01 --out "$WORK/packages/s$1" 2>/dev/null
}

make_packages() {
	local i
	TMPDIR=$WORK BENCH_KEEP=1 "$BUILD/tests/bench/bench_year" "$METERS" "$DAYS" >"$WORK/fill.out" || return 1
	LEDGER=$(sed -n 's/^the ledger is kept: //p' "$WORK/fill.out")
	"$BUILD/wattledger" key new --key "$WORK/key" >/dev/null
	mkdir "$WORK/packages"
	echo site,public_key >"$WORK/expected.csv"
	for ((i = 1; i <= COUNT; i++)); do
		echo "s$i,$(cut -d' ' -f2 "$WORK/key.pub")" >>"$WORK/expected.csv"
		[[ $i -le $MISSING ]] || package "$i" "$([[ $i -ne 4 ]] || echo "UPDATE factor SET edition = 'other';")" || return 1
	done
	sed -i '9s/,900000,/,900001,/' "$WORK/packages/s5/intervals.csv"
}

main() {
	local each_millij
	COUNT=${1:-500}
	need "$BUILD/wattledger" "$BUILD/tests/bench/bench_year" /usr/bin/time jq sqlite3 || exit 69
	bench_begin merge
	make_packages || exit 69
	each_millij=$(sqlite3 "$LEDGER" 'SELECT SUM(measured_millij) FROM interval')
	/usr/bin/time -o "$WORK/time" -f '%U %S %e %M' "$BUILD/wattledger" merge "$WORK/packages" --expected "$WORK/expected.csv" \
		--out "$WORK/fleet" >"$WORK/merge.out" 2>&1
	read -r user_s system_s wall_s rss_kib < <(tail -1 "$WORK/time")
	grep -v 'NOT SEALED' "$WORK/merge.out"
	jq -e --argjson each "$each_millij" --argjson count $((COUNT - MISSING - 1)) --argjson missing $MISSING \
		'.fleet.sites == $count and (.fleet.energy_millij | tonumber) == $each * $count and (.missing | length) == $missing and
		 ([.sites[] | select(.fate == "forged").site] == ["s5"]) and ([.sites[] | select(.editions | endswith("other")).site] == ["s4"])' \
		"$WORK/fleet/merge.json" >/dev/null || { echo "the fleet's totals are not those of its packages" >&2; exit 1; }
	jq -n --argjson packages "$COUNT" --argjson user "$user_s" --argjson system "$system_s" --argjson wall "$wall_s" --argjson rss "$rss_kib" \
		'{section: "merge", packages: $packages, cpu_s: ($user + $system), wall_s: $wall, rss_kib: $rss}' | emit
	uptime
	jq -rs 'map(select(.section == "merge"))[] | [.packages, .cpu_s, .wall_s, .rss_kib] | map(tostring) | @tsv' "$RESULTS" |
		{ printf 'packages\tCPU s\tby the clock s\tmost memory KiB\n'; cat; } | column -t -s $'\t'
	echo "JSON: $RESULTS"
}

main "$@"
