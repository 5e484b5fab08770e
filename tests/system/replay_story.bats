#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Traces whose totals are worked out by hand, through the whole accounting: counters that misbehave, clocks that misbehave.

setup() {
	load lib
	work_begin
	load replay
	need "$BUILD/wattledger" sqlite3 jq awk
	driver m32 "unit: J, width: 32, wraps: yes"
}

@test "wrap, reset, gap, swap, 1970, a reboot before trust, steps of +1 h, -1 h and +10 years: exact, and each has its name" {
	config "d1 m32"
	replay <<'END'
function go(from, to, t) {
	for (t = from; t <= to; t += 10) {
		row(t, "d1", "", "uptime_s", UP + t)
		row(t, "d1", "", "serial", SERIAL)
		row(t, "d1", "total", "raw_counter", C)
		row(t, "d1", "total", "power_w", 1000)
		C = (C + 10000) % 4294967296
	}
}
BEGIN {
	UP = 1000000; C = 4294967296 - 3000000; SERIAL = "A1"
	boot("b1", T0)
	go(0, 3600)                          # 3,600 kJ; wraps at 3,000 s
	C = 500; UP = -3605; go(3610, 7200)  # the device restarts: 10 s are unknown; 3,590 kJ
	C += 10790000; go(18000, 21600)      # 3 h without a reading: 10,800 kJ bridged; 3,600 kJ
	C = 77; UP = 5 - 21600; SERIAL = "B2"
	go(21610, 25200)                     # other hardware: 3,590 kJ
	boot("b2", 0); C += 590000           # down for 600 s, then 1970
	UP = 25800 + 5 - 21600; go(0, 600)   # 600 kJ over the restart, 600 kJ
	boot("b3", ""); C += 50000
	UP = 26460 + 5 - 21600; go(0, 600)   # restarted before any trust: 60 kJ over the restart, 600 kJ
	UTC0 = T0 + 26460; go(610, 1800)     # 1,200 kJ
	UTC0 += 3600; go(1810, 3600)         # 1,800 kJ
	UTC0 -= 7200; go(3610, 5400)         # 1,800 kJ
	UTC0 += 3600 + 315360000; go(5410, 7200) # 1,800 kJ, of which ten years ahead: 1,800 less the minute of doubt, plus that of the way back
	UTC0 -= 315360000; go(7210, 10800)   # 3,600 kJ
}
END
	conserved
	# 3,600 + 3,590 + 10,800 + 3,600 + 3,590 + 600 + 600 + 60 + 600 + 1,200 + 1,800 + 1,800 + 1,800 + 3,600 = 37,240 kJ
	[ $(($(figure d1 2026) + $(figure d1 2036))) -eq 37240000000 ]
	[ "$(figure d1 2036)" -eq 1800000000 ]
	# 10,800 of the gap, and 600 + 600 + 60 of the boot that never knew the time
	[ "$(figure d1 2026 bridged)" -eq 12060000000 ]
	for code in wrap reset gap swap clock_lost clock_trusted; do [ "$(events $code)" -eq 1 ]; done
	[ "$(events reboot)" -eq 2 ]
	[ "$(events reboot_gap)" -eq 2 ]
	[ "$(events clock_step)" -eq 4 ]
	[ "$(events clock_untrusted)" -eq 2 ]
	[ "$(says swap)" = "other hardware, B2 after A1: its counter begins anew, the total goes on" ]
}

@test "a dip to zero and one to another value book nothing and lose nothing" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 1800; t += 10) {
		C = 1000000 + 100 * t
		row(t, "d1", "total", "raw_counter", t >= 600 && t < 630 ? 0 : t >= 900 && t < 920 ? 400000 : C)
	}
}
END
	conserved
	[ "$(figure d1 2026)" -eq 180000000 ] # 1800 s x 100 W
	[ "$(events dip)" -eq 2 ]
	[ "$(says dip)" = "counter fell from 1059000 to 0 and came back: a dip, for which nothing is booked" ]
}

@test "a stuck counter is frozen; what its power was worth beyond it is named" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0); C = 1000000
	for (t = 0; t <= 9000; t += 10) {
		row(t, "d1", "total", "raw_counter", C)
		row(t, "d1", "total", "power_w", 100)
		if (t < 1800 || t >= 5400) C += 1000
	}
}
END
	conserved
	[ "$(events frozen)" -eq 1 ]
	# the device counted 5400 s x 100 W
	[ $(($(figure d1 2026) + $(refused thawed))) -eq 540000000 ]
}

@test "a jump that rated power does not allow is refused and named" {
	config "d1 m32 , rated: 200 W"
	replay <<'END'
BEGIN {
	boot("b", T0); C = 1000000
	for (t = 0; t <= 1800; t += 10) {
		if (t == 900) C += 5000000
		row(t, "d1", "total", "raw_counter", C)
		C += 1000
	}
}
END
	conserved
	[ "$(figure d1 2026)" -eq 179000000 ] # 1790 s x 100 W; the jump took ten seconds' worth with it
	[ "$(refused rebased)" -eq 5001000000 ]
}

@test "more wraps than one in a gap are not guessed" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0); C = 1000000
	for (t = 0; t <= 1800; t += 10) { row(t, "d1", "total", "raw_counter", C); row(t, "d1", "total", "power_w", 100000); C += 1000000 }
	C = 12345
	for (t = 432000; t <= 433800; t += 10) { row(t, "d1", "total", "raw_counter", C); row(t, "d1", "total", "power_w", 100000); C += 1000000 }
}
END
	conserved
	[ "$(figure d1 2026)" -eq 360000000000 ] # twice 1800 s x 100 kW
	[ "$(events gap)" -eq 1 ]
	[ "$(refused multiwrap)" -eq $(((4294967296 - 181000000 + 12345) * 1000)) ] # at least one wrap
}

@test "a coarse counter gives the amount, its power the place" {
	driver kwh "unit: 0.1 kWh, width: 32, wraps: yes"
	config "d1 kwh"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 86400; t += 10) { row(t, "d1", "total", "raw_counter", 50 + int(500 * t / 360000)); row(t, "d1", "total", "power_w", 500) }
}
END
	conserved
	[ "$(figure d1 2026)" -eq 43200000000 ] # 120 steps of 360 kJ
	# each full slot holds its 900 s x 500 W, though the counter steps every 720 s
	[ "$(sqlite3 "$STATE/ledger.db" 'SELECT COUNT(DISTINCT slot_start_s) FROM interval WHERE measured_millij = 450000000')" -eq 96 ]
}

@test "power alone: a short gap is crossed, a long one stays open" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 7200; t += 10) if ((t <= 600 || t >= 630) && (t <= 3000 || t >= 4000)) row(t, "d1", "total", "power_w", 250.5)
}
END
	conserved
	[ "$(figure d1 2026)" -eq 1553100000 ] # 6200 s x 250.5 W
	[ "$(events gap)" -eq 1 ]
}

@test "energy in joules with decimals, and doubled readings" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 1800; t += 10) for (i = 0; i < 2; i++) row(t, "d1", "total", "energy_j", sprintf("%.3f", 123.456 + 0.0333 * t))
}
END
	conserved
	[ "$(figure d1 2026)" -eq 59940 ] # 1800 x 33.3 mJ
}

@test "a reading out of order is refused by its line; what stands before it is kept" {
	config "d1 m32"
	run replay <<'END'
BEGIN { boot("b", T0); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", 100 * t); row(1000, "d1", "total", "raw_counter", 5) }
END
	[ "$status" -eq 65 ]
	[[ $output == *"trace.csv:183:3: boot_s '1000.000': boot time falls within one boot"* ]]

}

@test "a clock that is never trusted is shown nowhere; a later boot bridges it" {
	config "d1 m32"
	replay <<'END'
BEGIN { boot("b", ""); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", 100 * t) }
END
	[ "$(figure d1 2026)" = null ]
	replay <<'END'
BEGIN {
	boot("b", ""); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", 100 * t)
	boot("c", T0); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", 280000 + 100 * t)
}
END
	conserved
	[ "$(figure d1 2026)" -eq 460000000 ] # 180 + 100 over the restart + 180 kJ
	[ "$(figure d1 2026 bridged)" -eq 280000000 ]
}

@test "boots two hours apart, both trusted: the time between is bridged" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", 100 * t)
	boot("c", T0 + 9000); for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", 900000 + 100 * t)
}
END
	conserved
	[ "$(figure d1 2026)" -eq 1080000000 ]
	[ "$(figure d1 2026 bridged)" -eq 720000000 ] # 7200 s x 100 W
}
