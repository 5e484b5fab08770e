#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What the auditor's package costs: export and verify of a month, 15 minute slots, of so many meters, and (only the first size) the
# independent recalculation. Processor time, time by the clock and the most memory held, of the program itself.
#
#   tests/bench/package.sh [METERS]...        by default 100 1000 (1.2 GB of disk for a while)
#
# Results: build/bench/package.jsonl
# shellcheck source=tests/bench/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

DAYS=31 # the ledger of bench_year begins with January 2026

# measure NAME METERS COMMAND...: runs it, and records what it took.
measure() {
	local name=$1 meters=$2
	shift 2
	/usr/bin/time -o "$WORK/time" -f '%U %S %e %M' "$@" >"$WORK/$name.out" 2>&1 || { cat "$WORK/$name.out" >&2; return 1; }
	read -r user_s system_s wall_s rss_kib <"$WORK/time"
	jq -n --arg name "$name" --argjson meters "$meters" --argjson user "$user_s" --argjson system "$system_s" --argjson wall "$wall_s" \
		--argjson rss "$rss_kib" '{section: "package", name: $name, meters: $meters, cpu_s: ($user + $system), wall_s: $wall, rss_kib: $rss}' | emit
}

size() {
	local meters=$1 has_recalculation=$2 folder
	TMPDIR=$WORK BENCH_KEEP=1 "$BUILD/tests/bench/bench_year" "$meters" "$DAYS" >"$WORK/fill.out" || return 1
	folder=$(sed -n 's/^the ledger is kept: //p' "$WORK/fill.out")
	measure export "$meters" "$BUILD/wattledger" export --ledger "$folder" --period 2026-01 --unsigned --out "$WORK/package" || return 1
	measure verify "$meters" "$BUILD/wattledger" verify "$WORK/package" || return 1
	[[ $has_recalculation == no ]] || measure recalculate "$meters" python3 packaging/recalculate.py "$WORK/package" || return 1
	rm -rf "$WORK/package" "${folder%/*}"
}

main() {
	local meters sizes=("$@") has_recalculation=yes
	[[ ${#sizes[@]} -gt 0 ]] || sizes=(100 1000)
	need "$BUILD/wattledger" "$BUILD/tests/bench/bench_year" /usr/bin/time jq python3 || exit 69
	bench_begin package
	for meters in "${sizes[@]}"; do
		size "$meters" "$has_recalculation" || exit 69
		has_recalculation=no
	done
	uptime
	jq -rs 'map(select(.section == "package"))[] | [.name, .meters, .cpu_s, .wall_s, .rss_kib] | map(tostring) | @tsv' "$RESULTS" |
		{ printf 'program\tmeters\tCPU s\tby the clock s\tmost memory KiB\n'; cat; } | column -t -s $'\t'
	echo "JSON: $RESULTS"
}

main "$@"
