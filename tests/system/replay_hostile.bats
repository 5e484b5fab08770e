#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# More traces with totals worked out by hand: counters, clocks and days that do what they should not, alone and at once.

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

@test "a register of six digits rolls over at a million, and a number that it cannot show is refused" {
	driver digits "unit: Wh, rolls_over_at: 1000000"
	config "d1 digits"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 3600; t += 10) row(t, "d1", "total", "raw_counter", t == 1500 ? 1000000 : (998000 + t) % 1000000)
}
END
	exact
	[ "$(figure d1 2026)" -eq 12960000000 ] # 3600 Wh x 3600 J
	[ "$(events wrap)" -eq 1 ]
	[ "$(events impossible)" -eq 1 ]
	[ "$(says wrap)" = "counter went from 999990 over its end to 0: it wrapped once and is counted on" ]
}

@test "16 bits: a silence in which one wrap is possible is bridged, one in which two are is not guessed" {
	driver m16 "unit: J, width: 16, wraps: yes"
	config "d1 m16 , rated: 50 W"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 5400; t += 10) {
		if ((t > 600 && t < 1500) || (t > 2400 && t < 4800)) continue
		row(t, "d1", "", "uptime_s", 90000 + t)
		row(t, "d1", "total", "raw_counter", (1000 + 50 * t) % 65536)
	}
}
END
	exact
	# 900 s x 55 W < 65,536 J: 45 kJ bridged. 2400 s x 55 W are two wraps: of the 120 kJ the counter shows 120,000 - 65,536.
	# 30 + 45 + 45 + 30 kJ
	[ "$(figure d1 2026)" -eq 150000000 ]
	[ "$(figure d1 2026 bridged)" -eq 45000000 ]
	[ "$(refused multiwrap)" -eq 54464000 ]
	[ "$(events gap)" -eq 2 ]
	[ "$(events multiwrap)" -eq 1 ]
}

@test "a counter that somebody sets back to 0, and to 500: what it counts then is booked, the ten seconds are not" {
	driver shop "unit: J, width: 32, resettable: yes"
	config "d1 shop"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 1800; t += 10) row(t, "d1", "total", "raw_counter", t < 600 ? 70000 + 100 * t : t < 1200 ? 100 * (t - 600) : 500 + 100 * (t - 1200))
}
END
	exact
	[ "$(figure d1 2026)" -eq 178000000 ] # 59 + 59 + 60 kJ
	[ "$(events reset)" -eq 2 ]
}

@test "a counter of 0.1 kWh with its power: silent for three hours, then set back by a restart" {
	driver coarse "unit: 0.1 kWh, width: 32, restarts_at_zero: yes"
	config "d1 coarse"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 25200; t += 10) { # 600 W: a step every 600 s
		if (t > 7200 && t < 18000) continue
		restarted = t > 21600
		row(t, "d1", "", "uptime_s", restarted ? t - 21600 : 500000 + t)
		row(t, "d1", "total", "raw_counter", restarted ? int((t - 21600) / 600) : 77 + int(t / 600))
		row(t, "d1", "total", "power_w", 600)
	}
}
END
	exact
	# 12 steps, 18 over the silence, 6; after the restart 6: 42 x 360 kJ
	[ "$(figure d1 2026)" -eq 15120000000 ]
	[ "$(figure d1 2026 bridged)" -eq 6480000000 ]
	[ "$(events reset)" -eq 1 ]
	[ "$(events gap)" -eq 1 ]
}

@test "a float counter of 33 million Wh shows steps of 4 Wh: its total is exact, its power places it" {
	driver wh "unit: Wh, width: 32"
	config "d1 wh"
	replay <<'END'
function nearest4(n, low) { low = n - n % 4; return n % 4 > 2 || (n % 4 == 2 && low % 8) ? low + 4 : low }
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 7200; t += 10) { row(t, "d1", "total", "raw_counter", nearest4(33554432 + t)); row(t, "d1", "total", "power_w", 3600) }
}
END
	exact
	[ "$(figure d1 2026)" -eq 25920000000 ] # 7200 Wh
	[ "$(sqlite3 "$STATE/ledger.db" 'SELECT COUNT(*) FROM interval WHERE measured_millij = 3240000000')" -eq 8 ] # 900 Wh each
}

@test "a power that rises, read at its ends: trapezoids, nothing for the silence, and steps of a second at slots' ends" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 3600; t += 10) {
		if (t == 900) UTC0 += 1
		if (t == 2700) UTC0 -= 1
		if (t <= 1000 || t >= 2000) row(t, "d1", "total", "power_w", 100 + t / 10)
	}
}
END
	exact
	# 100 x 3600 + 3600^2 / 20 J, less 100 x 1000 + (2000^2 - 1000^2) / 20 of the silence
	[ "$(figure d1 2026)" -eq 758000000 ]
	[ "$(events gap)" -eq 1 ]
}

@test "the clock goes back and forth by a slot at slots' ends: no energy twice, none lost" {
	config "d1 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 7200; t += 10) {
		if (t == 1800) UTC0 -= 900
		if (t == 3600) UTC0 += 1800
		if (t == 5400) UTC0 -= 900
		row(t, "d1", "total", "raw_counter", 100 * t)
	}
}
END
	exact
	[ "$(figure d1 2026)" -eq 720000000 ] # 7200 s x 100 W
	[ "$(events clock_step)" -eq 3 ]
}

@test "suspended for two hours, twice: the counter bridges it, power alone leaves it open" {
	config "d1 m32" "d2 m32"
	replay <<'END'
BEGIN {
	boot("b", T0)
	for (t = 0; t <= 18000; t += 10) {
		if ((t > 1200 && t < 8400) || (t > 9000 && t < 16200)) continue
		row(t, "d1", "total", "raw_counter", 100 * t)
		row(t, "d2", "total", "power_w", 40)
	}
}
END
	exact
	[ "$(figure d1 2026)" -eq 1800000000 ]         # 18,000 s x 100 W
	[ "$(figure d1 2026 bridged)" -eq 1440000000 ] # 2 x 7200 s x 100 W
	[ "$(figure d2 2026)" -eq 144000000 ]          # (1200 + 600 + 1800) s x 40 W
	[ "$(events gap)" -eq 4 ]
}

@test "a leap second that is written as 23:59:60" {
	config "d1 m32"
	{
		echo "boot_id,boot_s,utc,device,meter,quantity,value"
		TZ=UTC awk 'BEGIN {
			t0 = 1814399100 # 2027-06-30T23:45:00Z
			for (t = 0; t <= 1800; t++) {
				utc = t == 900 ? "2027-06-30T23:59:60Z" : strftime("%Y-%m-%dT%H:%M:%SZ", t0 + t - (t > 900), 1)
				printf "b,%d,%s,d1,total,raw_counter,%d\n", t, utc, 100 * t
			}
		}'
	} >"$TRACE"
	"$BUILD/wattledger" replay --trace "$TRACE" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
	exact
	[ "$(figure d1 2027)" -eq 180000000 ] # 1800 s x 100 W, of which 901 s in June
	[ "$(figure d1 2027-06)" -ge 90000000 ]
	[ "$(figure d1 2027-06)" -le 90100000 ]
	[ "$(events clock_step)" -eq 1 ]
	[[ "$(says clock_step)" == "the wall clock stepped by -0.999 s; energies are not touched"* ]]
}

# four_days ZONE DAY...: from 2027-03-26T00:00Z on 100 W, read every 50 s, the counter set back once at 01:00Z on the 28th; what the days hold, in kJ.
four_days() {
	ZONE=$1 config "d1 m32"
	replay <<<'BEGIN {
		boot("b", 1806019200)
		for (t = 0; t <= 345600; t += 50) {
			if (t == 176400) C = 0
			row(t, "d1", "total", "raw_counter", C)
			C += 5000
		}
	}'
	exact
	[ "$(figure d1 2027)" -eq $(((345600 - 50) * 100000)) ] # the 50 s before it are not known
	shift
	for day in "$@"; do figure d1 "2027-03-$day"; done | sed 's/000000$//' | xargs
}

@test "a day of 23 hours with a reset in it, one that begins at 01:00, half-hour days: the days' totals by hand" {
	# Oslo: the 27th ends at 23:00Z, the 28th at 22:00Z: 24 h, 23 h less 50 s
	[ "$(four_days Europe/Oslo 27 28 | tail -n 1)" = "8640 8275" ]
	# Beirut: the 28th begins at 22:00Z, as 01:00, and ends at 21:00Z: 23 h less 50 s
	[ "$(four_days Asia/Beirut 27 28 | tail -n 1)" = "8640 8275" ]
	# Kolkata: 18:30Z to 18:30Z
	[ "$(four_days Asia/Kolkata 27 28 | tail -n 1)" = "8640 8635" ]
}

@test "half an hour of summer time ends on Lord Howe: a day of 24.5 hours, in slots of a minute and of fifteen" {
	for slot in 1min 15min; do
		ZONE=Australia/Lord_Howe SLOT=$slot config "d1 m32"
		# from 2027-04-02T00:00Z, three days; the 4th local begins at 13:00Z of the 3rd and ends at 13:30Z of the 4th
		replay <<<'BEGIN { boot("b", 1806624000); for (t = 0; t <= 259200; t += 50) row(t, "d1", "total", "raw_counter", 100 * t) }'
		exact
		[ "$(figure d1 2027)" -eq 25920000000 ]
		[ "$(figure d1 2027-04-04)" -eq $((88200 * 100000)) ]
		[ "$(figure d1 2027-04-03)" -eq 8640000000 ]
	done
}

@test "two machine starts without the time in a row, then one that has it: all is bridged, nothing is lost" {
	config "d1 m32"
	replay <<'END'
function go(from, to, t) { for (t = from; t <= to; t += 10) { row(t, "d1", "total", "raw_counter", C); C += 1000 } }
BEGIN {
	C = 50000
	boot("b1", T0); go(0, 1800)     # 180 kJ
	boot("b2", ""); C += 29000      # 300 s away
	go(0, 600)                      # 60 kJ, no time is known
	boot("b3", 0); C += 19000       # 200 s away, the clock is in 1970
	go(0, 600)                      # 60 kJ
	boot("b4", T0 + 4000); C += 9000; go(0, 1800) # 100 s away; 180 kJ
}
END
	exact
	# 180 + 30 + 60 + 20 + 60 + 10 + 180
	[ "$(figure d1 2026)" -eq 540000000 ]
	[ "$(figure d1 2026 bridged)" -eq 180000000 ]
	[ "$(events reboot)" -eq 3 ]
	[ "$(events clock_lost)" -eq 1 ]
	[[ "$(says clock_lost)" == *" 170000000 mJ of then are bridged from 2026-09-30T12:30:00Z to 2026-09-30T13:06:40Z" ]]
}

@test "at once: a wrap in a silence over a restart of the machine, a dip over it, an impossible jump, a clock an hour off" {
	driver m31 "unit: J, width: 31, wraps: yes"
	config "d1 m32" "d2 m31" "d3 m32 , rated: 300 W"
	replay <<'END'
function all(from, to, t) {
	for (t = from; t <= to; t += 10) {
		row(t, "d1", "", "uptime_s", 700000 + t + AWAY)
		row(t, "d1", "total", "raw_counter", A % 4294967296)
		row(t, "d2", "total", "raw_counter", LOW ? 0 : B)
		row(t, "d3", "total", "raw_counter", D)
		A += 1000 * 10; B += 200 * 10; D += 250 * 10
		if (t == JUMP) D += 9000000
		if (LOW && t >= 20) LOW = 0
	}
}
BEGIN {
	A = 4294967296 - 5000000; B = 500000; D = 12000; JUMP = -1
	boot("b1", T0); all(0, 3580); LOW = 1; all(3590, 3600)
	# three hours away; d1 wraps in them. Its uptime goes on: it was not away.
	AWAY = 3600 + 10800; A += 1000 * 10790; B += 200 * 10790; D += 250 * 10790
	boot("b2", T0 + 14400); all(0, 30); JUMP = 1800
	all(40, 1800); UTC0 += 3600; all(1810, 3600); UTC0 -= 3600; all(3610, 5400)
}
END
	exact
	# b1 from 0 to 3600 s, three hours, b2 from 0 to 5400 s: 19,800 s
	[ "$(figure d1 2026)" -eq 19800000000 ] # x 1000 W; 3,600 kJ, 10,800 kJ bridged, of which the wrap is a part
	[ "$(figure d2 2026)" -eq 3960000000 ]  # x 200 W: the dip costs nothing
	[ "$(figure d3 2026)" -eq 4947500000 ]  # x 250 W, less the ten seconds of the jump
	[ "$(refused rebased)" -eq 9002500000 ]
	for code in wrap dip rebased reboot; do [ "$(events $code)" -eq 1 ] || { echo "$code: $(events $code)" >&2; false; }; done
	[ "$(events clock_step)" -eq 2 ]
}

@test "what is wrong with a trace is told by file, line and column" {
	local wrong line
	config "d1 m32"
	while IFS='|' read -r line wrong; do
		printf '%s\n' "boot_id,boot_s,utc,device,meter,quantity,value" "b,0,2026-09-30T12:00:00Z,d1,total,raw_counter,5" "$line" >"$TRACE"
		rm -rf "$STATE"
		run "$BUILD/wattledger" replay --trace "$TRACE" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
		[ "$status" -eq 65 ] && [[ $output == *"trace.csv:$wrong"* ]] || { echo "$line: $output" >&2; false; }
	done <<-'END'
		b,10,2026-09-30T12:00:10Z,d1,total,raw_counter|3:1: 6 cells, 7 are expected
		b,ten,2026-09-30T12:00:10Z,d1,total,raw_counter,5|3:3: boot_s 'ten': seconds since boot are expected
		b,-1,2026-09-30T12:00:10Z,d1,total,raw_counter,5|3:3: boot_s '-1': seconds since boot are expected
		b,10,2026-13-30T12:00:10Z,d1,total,raw_counter,5|3:6: utc '2026-13-30T12:00:10Z': an RFC 3339 time is expected
		b,10,,d7,total,raw_counter,5|3:7: device 'd7': the configuration has no such device
		b,10,,d1,,raw_counter,5|3:10: meter '': 1 to 63 characters are expected
		b,10,,d1,total,watts,5|3:16: quantity 'watts': one of power_w
		b,10,,d1,total,raw_counter,-5|3:28: raw_counter '-5': a whole number
		b,10,,d1,total,raw_counter,5.5|3:28: raw_counter '5.5': a whole number
		b,10,,d1,total,power_w,nan|3:24: power_w 'nan': a decimal number
		b,10,,d1,total,energy_j,5|3:16: meter 'total' had raw_counter rows before
		,10,,d1,total,raw_counter,5|3:1: boot_id '': 1 to 36 characters
		b,10,,d1,total,"raw_counter,5|3:
	END
	printf '%s\n' "boot_id,boot_s,utc,device,meter,quantity,value" "b,0,,d1,total,raw_counter,5" "c,0,,d1,total,raw_counter,5" "b,9,,d1,total,raw_counter,5" >"$TRACE"
	run "$BUILD/wattledger" replay --trace "$TRACE" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
	[ "$status" -eq 65 ]
	[[ $output == *"trace.csv:4:1: boot_id 'b': this boot had ended; the rows of one boot stand together"* ]]
	echo "time,value" >"$TRACE"
	run "$BUILD/wattledger" replay --trace "$TRACE" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
	[ "$status" -eq 65 ]
	[[ $output == *"trace.csv:1:1: the header boot_id,boot_s,utc,device,meter,quantity,value is expected"* ]]
}
