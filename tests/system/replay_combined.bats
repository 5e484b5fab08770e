#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Traces in which two or three things go wrong at the same moment. Totals worked out by hand; 100 W, read every 10 s, where nothing else is said.

setup() {
	load lib
	work_begin
	load replay
	need "$BUILD/wattledger" sqlite3 jq awk
	driver m32 "unit: J, width: 32, wraps: yes"
}

exact() {
	conserved
	covered
}

@test "other hardware in a silence after a step back: nothing is known of the silence, and nothing is booked for it" {
	config "d1 m32"
	replay <<'END'
function go(from, to, t) { for (t = from; t <= to; t += 10) { row(t, "d1", "", "serial", SERIAL); row(t, "d1", "total", "raw_counter", C + 100 * t) } }
BEGIN {
	C = 1000000; SERIAL = "A"; boot("b", T0)
	go(0, 1800); UTC0 -= 3600; go(1810, 3600)
	C = 77 - 720000; SERIAL = "B"; go(7200, 9000)
}
END
	exact
	[ "$(figure d1 2026)" -eq 540000000 ] # 3600 s + 1800 s
	[ "$(figure d1 2026 bridged)" -eq 0 ]
	[ "$(events swap)" -eq 1 ]
	[ "$(events clock_step)" -eq 1 ]
}

@test "a 16-bit counter that wraps before, in and after a machine start without the time: the device's uptime bounds the restarts, else they are not guessed" {
	driver m16 "unit: J, width: 16, wraps: yes"
	config "d1 m16 , rated: 50 W" "d2 m16 , rated: 50 W"
	replay <<'END'
function go(to, t) {
	for (t = 0; t <= to; t += 10) {
		row(t, "d1", "", "uptime_s", 50000 + BASE + t)
		for (i = 1; i <= 2; i++) row(t, "d" i, "total", "raw_counter", (60000 + 40 * (BASE + t)) % 65536)
	}
}
BEGIN {
	# 40 W: over the end at 138, 1,777, 3,415 and 5,054 s
	boot("b1", T0); go(1800)
	BASE = 2100; boot("b2", ""); go(1800)
	BASE = 4000; boot("b3", T0 + BASE); go(1800)
}
END
	exact
	# 5,800 s x 40 W, of which the two restarts, 300 and 100 s, are 12 and 4 kJ
	[ "$(figure d1 2026)" -eq 232000000 ]
	[ "$(figure d2 2026)" -eq 216000000 ]
	[ "$(refused multiwrap)" -eq 16000000 ]
	[ "$(events wrap)" -eq 8 ]
}

@test "a dip that lasts until its slot has been closed: the slot is revised, and each holds its quarter of an hour" {
	config "d1 m32"
	replay <<'END'
BEGIN { boot("b", T0); for (t = 0; t <= 1800; t += 50) row(t, "d1", "total", "raw_counter", t >= 700 && t <= 1100 ? 0 : 1000000 + 100 * t) }
END
	exact
	[ "$(figure d1 2026)" -eq 180000000 ]
	[ "$(figure d1 2026 bridged)" -eq 50000000 ] # from 650 to 1150 s
	[ "$(events dip)" -eq 1 ]
	[ "$(events reset)" -eq 0 ]
	[ "$(sqlite3 "$STATE/ledger.db" 'SELECT group_concat(j) FROM (SELECT SUM(measured_millij + bridged_millij) / 1000 AS j FROM interval GROUP BY slot_start_s)')" = 90000,90000 ]
	[ "$(sqlite3 "$STATE/ledger.db" 'SELECT MAX(rev) FROM interval')" -ge 1 ]
}

@test "power alone, over the hour that summer time takes, with a clock that is ten years ahead for an hour" {
	ZONE=Europe/Oslo config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", 1806177600) # 2027-03-27T20:00Z; local midnight at 10,800 s
	for (t = 0; t <= 36000; t += 50) {
		if (t == 10850) UTC0 += 315360000
		if (t == 14450) UTC0 -= 315360000
		row(t, "d1", "total", "power_w", 60)
	}
}
END
	exact
	[ "$(figure d1 2037)" -eq 216000000 ] # 3600 s x 60 W: as long in doubt on the way there as on the way back
	[ "$(figure d1 2027)" -eq 1944000000 ] # 32,400 s
	[ "$(figure d1 2027-03-27)" -eq 648000000 ]
	[ "$(events clock_step)" -eq 2 ]
	[ "$(events gap)" -eq 0 ]
}

@test "another scale while a fall waits to be understood: the fall decides nothing any more" {
	driver own "unit: J, width: 32, wraps: yes"
	config "d1 own"
	replay <<<'BEGIN { boot("b", T0); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", t >= 1790 ? 0 : 500000 + 100 * t) }'
	driver own "unit: 0.01 kJ, width: 32, wraps: yes"
	replay_on <<<'BEGIN { boot("b", T0); for (t = 1810; t <= 3600; t += 10) row(t, "d1", "total", "raw_counter", 50000 + 10 * t) }'
	exact
	[ "$(figure d1 2026)" -eq 357000000 ] # until 1780 s, and from 1810 s to 3600 s
	[ "$(events reconfigured)" -eq 1 ]
	[ "$(events reset)" -eq 0 ]
	[ "$(events dip)" -eq 0 ]
}

@test "a device that is called otherwise and has restarted by its next reading" {
	config "d1 m32"
	replay <<<'BEGIN { boot("b", T0); for (t = 0; t <= 1800; t += 10) { row(t, "d1", "", "uptime_s", 9000 + t); row(t, "d1", "total", "raw_counter", 800000 + 100 * t) } }'
	config "e1 m32 , was: d1"
	replay_on <<<'BEGIN { boot("b", T0); for (t = 1810; t <= 3600; t += 10) { row(t, "e1", "", "uptime_s", t - 1805); row(t, "e1", "total", "raw_counter", 100 * (t - 1805)) } }'
	exact
	[ "$(figure e1 2026)" -eq 359000000 ] # 1800 s, 1790 s; ten seconds are not known
	[ "$(events renamed)" -eq 1 ]
	[ "$(events reset)" -eq 1 ]
	[ "$(events started)" -eq 1 ]
}

@test "a float counter that loses half of its resolution in a silence" {
	driver wh "unit: Wh, width: 32"
	config "d1 wh"
	replay <<'END'
# What 24 bits of mantissa show: even numbers below 2^25, multiples of four from there on, ties to even.
function shown(n, step, low) { step = n >= 33554432 ? 4 : 2; low = n - n % step; return n % step > step / 2 || (n % step == step / 2 && low / step % 2) ? low + step : low }
BEGIN {
	boot("b", T0) # 3.6 kW: a watt hour a second
	for (t = 0; t <= 10800; t += 10) if (t <= 1200 || t >= 9000) { row(t, "d1", "total", "raw_counter", shown(33552632 + t)); row(t, "d1", "total", "power_w", 3600) }
}
END
	exact
	[ "$(figure d1 2026)" -eq 38880000000 ]         # 10,800 Wh
	[ "$(figure d1 2026 bridged)" -eq 28080000000 ] # 7,800 Wh
	[ "$(events gap)" -eq 1 ]
}

@test "32 bits of millijoules at a kilowatt: two wraps and a half in a silence of three hours are not guessed" {
	driver milli "unit: 0.001 J, width: 32, wraps: yes"
	config "d1 milli , rated: 1 kW"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 14400; t += 10) if (t <= 1800 || t >= 12600) row(t, "d1", "total", "raw_counter", (5000 + 1000000 * t) % 4294967296)
}
END
	exact
	[ "$(figure d1 2026)" -eq 3600000000 ]                          # twice 1800 s x 1 kW
	[ "$(refused multiwrap)" -eq $((10800000000 - 2 * 4294967296)) ] # what the counter shows of it
	[ "$(events multiwrap)" -eq 1 ]
}

@test "a midnight that Santiago does not have, in a silence: each day has its part of the bridge" {
	ZONE=America/Santiago config "d1 m32"
	# from 2026-09-05T00:00Z; silent from 03:00Z to 05:00Z of the 6th, whose day begins at 04:00Z as 01:00 and ends at 03:00Z
	replay <<<'BEGIN { boot("b", 1788566400); for (t = 0; t <= 259200; t += 50) if (t <= 97200 || t >= 104400) row(t, "d1", "total", "raw_counter", 100 * t) }'
	exact
	[ "$(figure d1 2026)" -eq 25920000000 ]
	[ "$(figure d1 2026-09-04)" -eq 1440000000 ] # 4 h
	[ "$(figure d1 2026-09-05)" -eq 8640000000 ] # 24 h
	[ "$(figure d1 2026-09-06)" -eq 8280000000 ] # 23 h
	[ "$(figure d1 2026-09-07)" -eq 7560000000 ] # 21 h
	[ "$(figure d1 2026-09-05 bridged)" -eq 360000000 ]
	[ "$(figure d1 2026-09-06 bridged)" -eq 360000000 ]
}

@test "new hardware that begins just where a wrap would have led is other hardware" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 3600; t += 10) {
		row(t, "d1", "", "serial", t <= 1800 ? "A" : "B")
		row(t, "d1", "total", "raw_counter", t <= 1800 ? 4294967296 - 181000 + 100 * t : 500 + 100 * (t - 1810))
	}
}
END
	exact
	[ "$(figure d1 2026)" -eq 359000000 ]
	[ "$(events wrap)" -eq 0 ]
	[ "$(events swap)" -eq 1 ]
}

@test "a reset that was believed and was a dip: the old level comes back and nothing is counted twice" {
	config "d1 m32"
	replay <<'END'
BEGIN { boot("b", T0); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", t > 600 && t < 650 ? 100 * (t - 610) : 1000000 + 100 * t) }
END
	exact
	[ "$(figure d1 2026)" -eq 180000000 ]
	[ "$(events reset)" -eq 1 ]
	[ "$(events dip)" -eq 1 ]
}

@test "a clock that falls back by 37 seconds every ten minutes, and a counter that is set back between" {
	driver shop "unit: J, width: 32, resettable: yes"
	config "d1 shop"
	replay <<'END'
BEGIN {
	boot("b", T0); C = 7000
	for (t = 0; t <= 7200; t += 10) {
		if (t && t % 600 == 0 && t < 7200) UTC0 -= 37
		if (t == 3050) C = -100 * t
		row(t, "d1", "total", "raw_counter", C + 100 * t)
	}
}
END
	exact
	[ "$(figure d1 2026)" -eq 719000000 ] # 7200 s less the ten that the reset hides
	[ "$(events clock_step)" -eq 11 ]
	[ "$(events reset)" -eq 1 ]
}

@test "the clock is set an hour on in a silence of two: the bridge has the time since boot" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 10800; t += 10) {
		if (t == 9000) UTC0 += 3600
		if (t <= 1800 || t >= 9000) row(t, "d1", "total", "raw_counter", 100 * t)
	}
}
END
	exact
	[ "$(figure d1 2026)" -eq 1080000000 ]
	[ "$(figure d1 2026 bridged)" -eq 720000000 ] # 7200 s
	[ "$(events clock_step)" -eq 1 ]
	[ "$(events gap)" -eq 1 ]
}

@test "a jump that is still in doubt when the machine restarts is refused whole afterwards" {
	config "d1 m32 , rated: 200 W"
	replay <<'END'
function go(to, t) { for (t = 0; t <= to; t += 10) { if (BASE + t == 1790) C += 5000000; row(t, "d1", "total", "raw_counter", C + 100 * (BASE + t)) } }
BEGIN {
	C = 30000; boot("b1", T0); go(1800)
	BASE = 2100; boot("b2", T0 + BASE); go(1800)
}
END
	exact
	[ "$(figure d1 2026)" -eq 358000000 ]          # until 1780 s; 1800 s of the second boot
	[ "$(refused rebased)" -eq 5032000000 ]        # the jump and 320 s x 100 W that cannot be told from it
	[ "$(events rebased)" -eq 1 ]
}

@test "uptime of the device goes over its end in the moment in which its counter does" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 3600; t += 10) {
		row(t, "d1", "", "uptime_s", (t < 1800 ? 42949672.96 - 1800 : -1800) + t)
		row(t, "d1", "total", "raw_counter", (4294967296 - 180000 + 100 * t) % 4294967296)
	}
}
END
	exact
	[ "$(figure d1 2026)" -eq 360000000 ]
	[ "$(events wrap)" -eq 1 ]
	[ "$(events reset)" -eq 0 ]
}
