#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The ledger and two real stores: after each kind of fault of a counter, a clock or a configuration, the points of each meter add up to what the
# ledger has of it, for each class and each local day, in InfluxDB and in VictoriaMetrics. A trace makes the faults (replay --points), the
# agent sends what waits then. Energies are whole joules throughout, so nothing is rounded.

# The quoted condition is for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load replay
	need "$BUILD/wattledger" "$BUILD/wattledgerd" influxd victoria-metrics sqlite3 jq awk curl
	LEDGER=$WORK/sent/ledger.db
	driver m32 "unit: J, width: 32, wraps: yes"
	driver other "unit: J, width: 32, wraps: yes"
	driver scaled "unit: J, width: 32, wraps: yes"
	driver sums "unit: J, width: 32, wraps: yes" "line/{}" $'rows: all\n    sum: yes' sum
	start_influx
	influx_query 'CREATE DATABASE energy' >/dev/null
	start_vm -dedup.minScrapeInterval=1ms -retentionPeriod=100y
}

teardown() { stop_all; }

# devices DEVICE...: as config, with the stores as outputs.
devices() {
	ZONE=Europe/Oslo config "$@"
	cat >>"$CONFIG" <<-END
		agent: {clock: assumed}
		outputs:
		  - {type: influxdb_v1, name: influx, urls: ["$INFLUX_URL"], database: energy, send: slots}
		  - {type: victoriametrics, name: vm, urls: ["$VM_URL"], send: slots}
	END
}

# faults: the trace program in standard input goes on from where the ledger is.
faults() { REPLAY_OPTIONS=--points replay_on >/dev/null; }

sql() { sqlite3 -readonly -cmd '.timeout 5000' "$LEDGER" "$1"; }
# Nothing of the trace waits: each output has taken all. What the agent says of the day itself is gathered with the next slot.
is_sent() { [[ $(sql "SELECT COUNT(*) FROM outbox WHERE id <= $LAST") -eq 0 && $(sql "SELECT COUNT(*) FROM parked") -eq 0 ]]; }

# Points of both stores as rows `store,measurement,device,meter,field,utc_ms,value`.
stored() {
	local measurement
	for measurement in slot site_total; do
		influx_query "SELECT * FROM $measurement" energy | jq -r --arg m $measurement '.results[0].series[]? | .columns as $c | .values[] |
			[$c, .] | transpose | map({(.[0]): .[1]}) | add | . as $row | ["energy_j", "measured_j", "bridged_j", "estimated_j", "covered_s"][] |
			select($row[.] != null) | ["influx", $m, $row.device // "", $row.meter // "", ., ($row.time / 1000000 | floor), $row[.]] | @csv'
	done
	vm_flush
	vm_query '{__name__=~"(slot|site_total)_(energy_j|measured_j|bridged_j|estimated_j|covered_s)"}' | jq -r '
		(.metric.__name__ | capture("^(?<m>slot|site_total)_(?<f>.*)$")) as $n | .metric as $t | [.timestamps, .values] | transpose[] |
		["vm", $n.m, $t.device // "", $t.meter // "", $n.f, .[0], .[1]] | @csv'
}

# agree: what the stores hold and what the ledger holds, meter by meter and day by day; prints what differs.
agree() {
	stored >"$WORK/stored.csv"
	[[ -s $WORK/stored.csv ]] || return 1
	sqlite3 "$WORK/stores.db" <<-END
		DROP TABLE IF EXISTS point;
		CREATE TABLE point(store, measurement, device, meter, field, utc_ms INTEGER, value INTEGER);
		.mode csv
		.import $WORK/stored.csv point
		ATTACH '$LEDGER' AS ledger;
		-- A meter of the ledger by every name its points may carry.
		CREATE TEMP TABLE name AS SELECT DISTINCT m.meter_id, r.id AS device, k.key AS meter FROM ledger.meter m
			JOIN ledger.device_register r USING(device_id) JOIN ledger.meter_register k USING(meter_id);
		CREATE TEMP TABLE booked AS
			SELECT meter_id, 'measured_j' AS field, start_s, end_s, measured_millij AS amount FROM ledger.day
			UNION ALL SELECT meter_id, 'bridged_j', start_s, end_s, bridged_millij FROM ledger.day
			UNION ALL SELECT meter_id, 'estimated_j', start_s, end_s, estimated_millij FROM ledger.day
			UNION ALL SELECT meter_id, 'energy_j', start_s, end_s, measured_millij + bridged_millij + estimated_millij FROM ledger.day;
		CREATE TEMP TABLE store AS SELECT 'influx' AS store UNION ALL SELECT 'vm';
		CREATE INDEX point_by_meter ON point(device, meter, field, utc_ms);
		.mode list
		.output $WORK/differ
		SELECT s.store, b.meter_id, b.field, datetime(b.start_s, 'unixepoch') AS day, b.amount / 1000.0 AS ledger,
			(SELECT SUM(p.value) FROM point p JOIN name n USING(device, meter) WHERE p.store = s.store AND p.measurement = 'slot' AND
			n.meter_id = b.meter_id AND p.field = b.field AND p.utc_ms >= b.start_s * 1000 AND p.utc_ms < b.end_s * 1000) AS points
			FROM booked b, store s WHERE points IS NULL OR points * 1000 <> b.amount;
		SELECT s.store, 'all points', SUM(p.value) AS points, (SELECT SUM(amount) / 1000.0 FROM booked WHERE field = 'energy_j') AS ledger
			FROM store s LEFT JOIN point p ON p.store = s.store AND p.measurement = 'slot' AND p.field = 'energy_j'
			GROUP BY s.store HAVING points IS NULL OR points <> ledger;
		SELECT s.store, 'site', (SELECT SUM(value) FROM point p WHERE p.store = s.store AND measurement = 'site_total' AND field = 'energy_j') AS points,
			(SELECT SUM(amount) / 1000.0 FROM booked JOIN ledger.meter USING(meter_id) WHERE field = 'energy_j' AND key = 'total') AS ledger
			FROM store s WHERE points IS NULL OR points <> ledger;
	END
	[[ ! -s $WORK/differ ]]
}

# delivered: an agent takes over a copy of the ledger, so that the trace can go on in the ledger; it stays up until the stores agree.
delivered() {
	rm -rf "$WORK/sent"
	cp -r "$STATE" "$WORK/sent"
	LAST=$(sql "SELECT COALESCE(MAX(id), 0) FROM outbox")
	conserved
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$WORK/sent" --drivers "$WORK/drivers"
	wait_for test -S "$WORK/sent/control.sock"
	WAIT_S=60 wait_for is_sent
	WAIT_S=60 wait_for agree || { cat "$WORK/differ" >&2; false; }
	[[ ${1:-} == stays ]] || stop_process agent
}

# all(from, to), the same in each part: BASE + t is the true time, at which every counter has C + 100 J for each second; power has 50 W.
ALL='
function all(from, to, t, d, i) {
	for (t = from; t <= to; t += 10) {
		for (d in C) {
			row(t, d, "", "uptime_s", BASE + t - UP[d])
			row(t, d, "", "serial", SERIAL[d] "1")
			row(t, d, "total", "raw_counter", (C[d] + 100 * (BASE + t)) % 4294967296)
		}
		row(t, "power", "total", "power_w", 50)
		for (i = 1; i <= 2; i++) row(t, "sum", "line/" i, "raw_counter", 70000 + 200 * i * (BASE + t))
	}
}
function begin(names, n, i) { n = split(names, NAME, " "); for (i = 1; i <= n; i++) { C[NAME[i]] = 500000; UP[NAME[i]] = -1000000; SERIAL[NAME[i]] = "A" } }
# 2021-03-27T12:00:00Z; summer time begins the night after
BEGIN { START = 1616846400 }
'

# What the counters are after the first part.
LATER='
BEGIN {
	begin("wrap reset gap swap scale")
	C["wrap"] = 4294967296 - 300000; C["reset"] = 500 - 361000; UP["reset"] = 3605; C["swap"] = 77; SERIAL["swap"] = "B"
}
'

@test "the points in both stores add up to the ledger after wraps, resets, gaps, swaps, steps, restarts, renames, other drivers and reloads" {
	devices "wrap m32" "reset m32" "gap m32" "swap m32" "power m32" "sum sums" "scale scaled"
	faults <<<"$ALL"'BEGIN {
		begin("wrap reset gap swap scale"); boot("b1", START)
		C["wrap"] = 4294967296 - 300000 # goes over its end at 3,000 s
		all(0, 3600)
		C["reset"] = 500 - 361000; UP["reset"] = 3605
		C["swap"] = 77; SERIAL["swap"] = "B"
		away = C["gap"]; delete C["gap"]; all(3610, 14390) # three hours
		C["gap"] = away; all(14400, 16200)
	}'
	[ "$(events wrap)" -eq 1 ]
	[ "$(events reset)" -eq 1 ]
	[ "$(events swap)" -eq 1 ]
	[ "$(events gap)" -eq 1 ]
	delivered

	faults <<<"$ALL$LATER"'BEGIN {
		boot("b1", START); all(16210, 16400); UTC0 += 3600; all(16410, 18000)
		UTC0 -= 7200; all(18010, 21600)
		UTC0 += 3600; all(21610, 23400)
	}'
	[ "$(events clock_step)" -eq 3 ]
	delivered

	faults <<<"$ALL$LATER"'BEGIN {
		boot("b1", START); all(23410, 23500); UTC0 += 94608000; all(23510, 25200) # three years ahead
		UTC0 = START; all(25210, 27000)
	}'
	[ "$(events clock_step)" -eq 5 ]
	delivered

	faults <<<"$ALL$LATER"'BEGIN {
		BASE = 27300; boot("b2", ""); all(0, 600)
		BASE = 28200; boot("b3", START + BASE); all(0, 21600) # over midnight, and over the hour that there is none of
	}'
	[ "$(events reboot)" -eq 2 ]
	delivered

	driver scaled "unit: 0.01 kJ, width: 32, wraps: yes"
	devices "wrap m32" "late m32 , was: gap" "swap other" "power m32" "sum sums" "scale scaled"
	faults <<<"$ALL$LATER"'BEGIN {
		C["late"] = C["gap"]; delete C["gap"]; UP["late"] = UP["gap"]; SERIAL["late"] = "A"; delete C["reset"]
		BASE = 28200; boot("b3", START + BASE); all(21610, 25200)
	}'
	[ "$(events renamed)" -eq 1 ]
	[ "$(events driver)" -eq 1 ]
	[ "$(events reconfigured)" -eq 1 ]
	[ "$(events retired)" -eq 2 ]
	delivered stays

	devices "wrap m32" "later m32 , was: late" "swap m32" "sum sums" "scale scaled"
	kill -HUP "$(<"$WORK/agent.pid")"
	WAIT_S=30 wait_for eval '[[ $(sql "SELECT COUNT(*) FROM event WHERE code = '"'renamed'"'") -eq 2 ]]'
	WAIT_S=60 wait_for is_sent
	agree || { cat "$WORK/differ" >&2; false; }
}
