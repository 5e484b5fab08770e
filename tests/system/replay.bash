# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# replay: traces made by awk, and what the ledger says after their replay. After `load lib` and work_begin.
# In a trace program: boot(id, utc of boot second 0, "" while not synchronised), row(t, device, meter, quantity, value); T0 is
# 2026-09-30T12:00:00Z.

BUILD=${WATTLEDGER_BUILD:-$BUILD}
STATE=$WORK/state
CONFIG=$WORK/replay.yaml
TRACE=$WORK/trace.csv

# driver NAME "COUNTER KEYS" [METER KEY] [KEYS OF THE METER] [TOTAL RULE]: a driver with a power and a counter.
driver() {
	mkdir -p "$WORK/drivers"
	cat >"$WORK/drivers/$1.yaml" <<-END
		schema: wattledger.driver/1
		protocol: snmp
		vendor: Test
		family: Meter $1
		source: the tests
		priority: 90
		caliber: actual
		total: ${5:-meter}
		recognise:
		  - object_id: 1.3.6.1.4.1.32473.9.$RANDOM
		meters:
		  - key: ${3:-total}
		    point: pdu_out
		    supply: grid
		${4:+    $4}
		    points:
		      - {quantity: power_w, oid: 1.3.6.1.4.1.32473.9.1.0, unit: W, source: the tests}
		      - {quantity: energy_j, oid: 1.3.6.1.4.1.32473.9.2.0, $2, source: the tests}
	END
}

# config DEVICE...: "id driver [keys]" each; SLOT, ZONE of the site.
config() {
	local line id name rest
	{
		echo "sites:"
		echo "  - {id: lab, name: Lab, zone: NO, time_zone: ${ZONE:-UTC}}"
		echo "local: no"
		echo "ledger: {slot: ${SLOT:-15min}}"
		echo "defaults: {interval: 10s, community: public}"
		echo "devices:"
		for line in "$@"; do
			read -r id name rest <<<"$line"
			echo "  - {id: $id, site: lab, driver: $name, address: \"snmp://127.0.0.1:1\"$rest}"
		done
	} >"$CONFIG"
	chmod 600 "$CONFIG"
}

# replay <PROGRAM: makes the trace and takes it through the accounting into a new ledger; replay_on: into the one that is there.
replay() {
	rm -rf "$STATE"
	replay_on
}
replay_on() {
	{
		cat <<-'END'
			function boot(id, utc0) { BOOT = id; UTC0 = utc0 }
			function stamp(s) { return strftime("%Y-%m-%dT%H:%M:%S", int(s), 1) "Z" }
			function row(t, device, meter, quantity, value) {
				if (value + 0 == value && value == int(value)) value = sprintf("%.0f", value)
				printf "%s,%.3f,%s,%s,%s,%s,%s\n", BOOT, t, (UTC0 == "" ? "" : stamp(UTC0 + t)), device, meter, quantity, value
			}
			BEGIN { print "boot_id,boot_s,utc,device,meter,quantity,value"; T0 = 1790769600 }
		END
		cat
	} >"$WORK/trace.awk"
	awk -f "$WORK/trace.awk" >"$TRACE"
	# shellcheck disable=SC2086
	"$BUILD/wattledger" replay --trace "$TRACE" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers" ${REPLAY_OPTIONS:-}
}

# figure DEVICE PERIOD [CLASS]: millijoules that `report` shows; null when it has none.
figure() {
	"$BUILD/wattledger" report --state "$STATE" --period "$2" --format json |
		jq -r ".rows[] | select(.level == \"device\" and .device == \"$1\") | if \"${3:-}\" == \"\" then .energy_millij else .energy_millij_by_class.${3:-measured} end"
}

# covered: no meter has more time in a slot than the slot has.
covered() {
	local wrong
	wrong=$(sqlite3 -readonly "$STATE/ledger.db" "
		SELECT meter_id, slot_start_s, slot_s, SUM(measured_ms + bridged_ms + estimated_ms + manual_ms + static_ms) AS ms FROM interval
		GROUP BY meter_id, slot_start_s HAVING ms > slot_s * 1000")
	[[ -z $wrong ]] || { echo "more time than a slot has: $wrong" >&2; return 1; }
}

# events CODE: how many there are; refused CODE: millijoules that they name as counted, not booked.
events() { "$BUILD/wattledger" events --state "$STATE" --format json | jq "[.events[] | select(.code == \"$1\")] | length"; }
refused() { "$BUILD/wattledger" events --state "$STATE" --format json | jq "[.events[] | select(.code == \"$1\") | .not_booked_millij] | add"; }
# says CODE: the sentence of the first of them.
says() { "$BUILD/wattledger" events --state "$STATE" --format json | jq -r "[.events[] | select(.code == \"$1\")][0].text"; }

# conserved: for each meter the slots, the hours, the days and the running total say the same.
conserved() {
	local wrong
	wrong=$({ "$BUILD/wattledger-sim-open_rows" "$STATE/ledger.db" && echo "
		WITH s AS (SELECT meter_id, SUM(measured_millij + bridged_millij + estimated_millij + static_millij) AS slots FROM interval GROUP BY 1),
		h AS (SELECT meter_id, SUM(measured_millij + bridged_millij + estimated_millij + static_millij) AS hours FROM hour GROUP BY 1),
		d AS (SELECT meter_id, SUM(measured_millij + bridged_millij + estimated_millij + static_millij) AS days FROM day GROUP BY 1)
		SELECT meter_id, slots, hours, days, energy_millij FROM s JOIN h USING(meter_id) JOIN d USING(meter_id) JOIN open USING(meter_id)
		WHERE slots <> hours OR slots <> days OR slots <> energy_millij"; } | sqlite3 -bail -readonly "$STATE/ledger.db")
	[[ -z $wrong ]] || { echo "disagree: $wrong" >&2; return 1; }
}

# package PERIOD: exports it into $WORK/package, where both recalculations have to agree with it.
package() {
	rm -rf "$WORK/package"
	"$W" export --state "$STATE" --period "$1" --out "$WORK/package"
	"$W" verify "$WORK/package"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
}

# cells NODE COLUMN...: of the row of totals.csv.
cells() {
	python3 -c 'import csv, sys; print(*[[r[c] for c in sys.argv[3:]] for r in csv.DictReader(open(sys.argv[1] + "/totals.csv")) if r["node_id"] == sys.argv[2]][0])' "$WORK/package" "$@"
}
