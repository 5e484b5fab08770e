#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Traces across days, zones, sums of rows, sites and wrong clocks, worked out by hand.

setup() {
	load lib
	work_begin
	load replay
	need "$BUILD/wattledger" sqlite3 jq awk
	driver m32 "unit: J, width: 32, wraps: yes"
}

# days ZONE SLOT: five days of 100 W from 2026-10-24T00:00:00Z, read every 50 s; then day by day what `report` shows, in joules.
days() {
	local day
	ZONE=$1 SLOT=$2 config "d1 m32"
	replay <<<'BEGIN { boot("b", 1792800000); for (t = 0; t <= 432000; t += 50) row(t, "d1", "total", "raw_counter", t * 100) }'
	conserved
	[ "$(figure d1 2026)" -eq 43200000000 ]
	for day in 23 24 25 26 27 28 29; do
		figure d1 "2026-10-$day"
	done | sed 's/000$//' | xargs
}

@test "a day of 25 hours in Oslo, for every slot" {
	for slot in 1min 5min 15min; do
		# local days begin at 22:00Z, from the 25th's end at 23:00Z: 22 h, 25 h, 24 h, 24 h, 24 h, 1 h of 360 kJ
		[ "$(days Europe/Oslo "$slot" | tail -n 1)" = "null 7920000 9000000 8640000 8640000 8640000 360000" ]
	done
}

@test "days that begin on the half hour in Kolkata, and on the hour of summer time in Lord Howe" {
	for slot in 1min 15min; do
		# 18:30Z: 18.5 h and 5.5 h at the ends
		[ "$(days Asia/Kolkata "$slot" | tail -n 1)" = "null 6660000 8640000 8640000 8640000 8640000 1980000" ]
		# UTC+11 in summer, 13:00Z: 13 h and 11 h
		[ "$(days Australia/Lord_Howe "$slot" | tail -n 1)" = "null 4680000 8640000 8640000 8640000 8640000 3960000" ]
	done
}

@test "the sum of rows waits for a silent one, and a clock that is ten years ahead takes nothing from it" {
	driver sums "unit: J, width: 32, wraps: yes" "line/{}" "rows: all" sum
	sed -i 's/^    rows: all/    rows: all\n    sum: yes/' "$WORK/drivers/sums.yaml"
	config "d1 sums"
	replay <<'END'
function read(from, to, t, i) {
	for (t = from; t <= to; t += 10) for (i = 1; i <= 3; i++) if (i != 2 || t <= 2000 || t >= 5000) row(t, "d1", "line/" i, "raw_counter", 7 + t * 100 * i)
}
BEGIN {
	boot("b", T0); read(0, 7200)
	UTC0 += 315360000; read(7210, 10800)
	UTC0 -= 315360000; read(10810, 14400)
}
END
	conserved
	# 14400 s x (100 + 200 + 300) W; the second row was silent for 3000 s: 600 kJ bridged
	[ $(($(figure d1 2026) + $(figure d1 2036))) -eq 8640000000 ]
	[ "$(figure d1 2026 bridged)" -eq 600000000 ]
	[ "$(sqlite3 "$STATE/ledger.db" "SELECT COUNT(DISTINCT slot_start_s) FROM interval JOIN meter USING(meter_id) WHERE key = 'total'")" -eq \
		"$(sqlite3 "$STATE/ledger.db" "SELECT COUNT(DISTINCT slot_start_s) FROM interval JOIN meter USING(meter_id) WHERE key = 'line/1'")" ]
}

@test "rows of 2036 do not shut the ledger until then: a kept clock is believed against them, once" {
	config "d1 m32"
	replay <<'END'
function read(id, utc0, from, to, t) { boot(id, utc0); for (t = 0; t <= to - from; t += 10) row(t, "d1", "total", "raw_counter", (from + t) * 100) }
BEGIN {
	read("b", T0, 0, 7200)
	UTC0 += 315360000; for (t = 7210; t <= 10800; t += 10) row(t, "d1", "total", "raw_counter", t * 100)
	read("c", T0 + 10810, 10810, 14410)
	read("d", T0 + 14420, 14420, 18020)
}
END
	conserved
	[ $(($(figure d1 2026) + $(figure d1 2036))) -eq 1802000000 ] # 18020 s x 100 W
	[ "$(figure d1 2036)" -eq 354000000 ]                         # 3600 s less the minute of doubt
	[ "$(events clock_contradiction)" -eq 1 ]                     # boot d knows
	[ "$(events clock_untrusted)" -eq 1 ]
}

@test "two sites in other zones, two devices read by turns, one of which goes and comes back" {
	{
		printf '%s\n' "sites:" "  - {id: oslo, name: Oslo, zone: NO, time_zone: Europe/Oslo}" \
			"  - {id: kolkata, name: Kolkata, zone: IN, time_zone: Asia/Kolkata}" "local: no" "defaults: {interval: 10s, community: public}" \
			"devices:" '  - {id: d1, site: oslo, driver: m32, address: "snmp://127.0.0.1:1"}' \
			'  - {id: d2, site: kolkata, driver: m32, address: "snmp://127.0.0.1:2"}'
	} >"$CONFIG"
	chmod 600 "$CONFIG"
	replay <<'END'
BEGIN {
	boot("b", 1792800000)
	for (t = 0; t <= 86400; t += 20) {
		row(t, "d1", "total", "raw_counter", t * 100)
		if (t < 30000 || t > 40000) row(t + 5, "d2", "total", "raw_counter", t * 200)
	}
}
END
	conserved
	[ "$(figure d1 2026)" -eq 8640000000 ]
	[ "$(figure d2 2026)" -eq 17280000000 ]
	# the 24th: until 22:00Z in Oslo; until 18:30Z in Kolkata, whose readings are at :05
	[ "$(figure d1 2026-10-24)" -eq 7920000000 ]
	[ "$(figure d2 2026-10-24)" -eq $(((66600 - 5) * 200000)) ]
	[ "$(events gap)" -eq 1 ]
}

@test "a leap second, a missing uptime and an agent that was away within a boot cost nothing" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", 1483228800 + 315705600) # 2027-01-02: the wall clock stands for one second at 1800 s
	for (t = 0; t <= 3600; t += 10) {
		if (t == 1800) UTC0 -= 1
		if (t % 300) row(t, "d1", "", "uptime_s", 5000 + t)
		if (t < 2400 || t > 3000) row(t, "d1", "total", "raw_counter", 5 + t * 100)
	}
}
END
	conserved
	[ "$(figure d1 2027)" -eq 360000000 ] # 3600 s x 100 W
	[ "$(figure d1 2027 bridged)" -eq 62000000 ]
	[ "$(events reset)" -eq 0 ]
}
