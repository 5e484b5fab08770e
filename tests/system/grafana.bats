#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The dashboards: each question of each panel is put to an InfluxDB and a VictoriaMetrics that one agent fills from the demo's site, and
# answered, in its unit, alike, and as the ledger says. It takes the four minutes that slots and rates of a minute need,
# so it is a target of its own: make dashboards-ask.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load agent
	need python3 jq
	"$ROOT/packaging/grafana/generate" "$WORK/grafana" test
}

teardown() { stop_all; }

# put FOLDER FILE=VALUE...
put() {
	mkdir -p "$WORK/sys/$1"
	for pair in "${@:2}"; do echo "${pair#*=}" >"$WORK/sys/$1/${pair%%=*}"; done
}

# The demo's devices, and a base station's: cabinet, battery, mains, tank. The agent of the demo itself is of no further use.
begin_site() {
	put class/hwmon/hwmon0 name=sht3x temp1_input=23500 humidity1_input=41000
	put class/power_supply/BAT0 type=Battery status=Discharging energy_now=25000000 energy_full=50000000 voltage_now=48000000 current_now=-2500000
	put class/power_supply/AC type=Mains online=1
	mkdir -p "$WORK/sys/class/powercap"
	printf '%s\n' 'rocommunity public 127.0.0.1' 'sysObjectID 1.3.6.1.4.1.32473.10' 'override 1.3.6.1.4.1.32473.10.1.0 integer 412' >"$WORK/tank.conf"
	start_snmpd "$WORK/tank.conf"
	start_process demo "$BUILD/wattledger" demo --state "$WORK/demo"
	wait_for grep -q '8 of 8 sources up' "$WORK/demo.log"
	cp -r "$WORK/demo/drivers" "$WORK/drivers"
	cp "$ROOT/tests/fixtures/drivers/sim_tank.yaml" "$WORK/drivers/"
	{
		sed -e '/^page:/d' -e 's/^  - {id: pdu-/  - {rack: r1, id: pdu-/' "$WORK/demo/demo.yaml"
		echo "  - {id: cabinet, address: hwmon, in_total: no, sysfs: '$WORK/sys'}"
		echo "  - {id: rectifier, address: power_supply, in_total: no, sysfs: '$WORK/sys'}"
		echo "  - {id: tank, community: public, driver: sim_tank, address: 'snmp://127.0.0.1:$SNMPD_PORT'}"
		echo "outputs:"
		echo "  - {type: influxdb_v1, name: influx, urls: ['$INFLUX_URL'], database: energy}"
		echo "  - {type: victoriametrics, name: vm, urls: ['$VM_URL']}"
	} >"$CONFIG"
	chmod 600 "$CONFIG"
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
	wait_for test -S "$STATE/control.sock"
}

# ask LANGUAGE URL: all panels; the answers go to $WORK/LANGUAGE.answers.
ask() { python3 "$ROOT/tests/system/grafana.py" "$1" "$2" "$WORK/grafana/$1" ${3:+"$3"} >"$WORK/$1.answers"; }
ask_vm() { vm_flush && ask promql "$VM_URL" ${1:+"$1"}; }
show_failures() { grep -hv 'ok$' "$WORK"/*.answers || true; }
QUANTITY_ENERGY=2 # agent/model/quantity.h
# Of what was closed a minute ago both stores say the same, to the last digit that is printed; sets `now`.
same() {
	now=$(($(date +%s) / 60 * 60 - 61))
	ask influxql "$INFLUX_URL" "$now" && ask_vm "$now" && diff <(sums influxql) <(sums promql)
}
# The answers that do not depend on the moment: those of sums over the time range.
sums() { awk -F'\t' '$2 ~ /today|this month|in the time range|^Coverage$|^Measured$|gigabyte$|^Carried/' "$WORK/$1.answers" | sort; }

@test "every panel's question is answered by an InfluxDB and a VictoriaMetrics, alike, and as the ledger says" {
	[[ -n ${DASHBOARDS:-} ]] || skip "it takes four minutes by the clock: make dashboards-ask"
	need "$BUILD/wattledgerd" influxd victoria-metrics sqlite3 curl snmpd ipmi_sim
	start_influx
	influx_query 'CREATE DATABASE energy' >/dev/null
	start_vm -dedup.minScrapeInterval=1ms
	begin_site
	WAIT_S=600 wait_for ask influxql "$INFLUX_URL" || { show_failures; false; }
	WAIT_S=600 wait_for ask_vm || { show_failures; false; }
	WAIT_S=600 wait_for same || { show_failures; diff <(sums influxql) <(sums promql); false; }
	[ "$(sums influxql | wc -l)" -ge 20 ]
	# And the ledger says it of each meter; joules are whole in the stores.
	sql "SELECT device.id || ' ' || replace(meter.key, ' ', '_'), SUM(measured_millij + bridged_millij + estimated_millij + manual_millij + static_millij) / 1000
		FROM interval JOIN meter USING(meter_id) JOIN device USING(device_id) WHERE quantity = $QUANTITY_ENERGY AND slot_start_s <= $now
		GROUP BY 1" | sort >"$WORK/ledger.joules"
	influx_query "SELECT SUM(energy_j) FROM slot WHERE time <= ${now}s GROUP BY device, meter" energy |
		jq -r '.results[0].series[] | .tags.device + " " + (.tags.meter | gsub(" "; "_")) + "|" + (.values[0][1] | tostring)' | sort >"$WORK/store.joules"
	[ "$(wc -l <"$WORK/ledger.joules")" -ge 40 ]
	paste -d'|' "$WORK/ledger.joules" "$WORK/store.joules" | awk -F'|' '$1 != $3 || $2 - $4 > 1 || $4 - $2 > 1 { print; bad = 1 } END { exit bad }'
}

# limited LANGUAGE QUERY ASKS IS: of the graphs' queries that match ASKS (MANY is a tag of which there can be thousands) all match IS; prints how many.
limited() {
	jq -es --arg asks "${3//MANY/\"?(site|rack|device|meter|port|host)\\b}" --arg is "$4" "[.[].panels[] | select(.type | IN(\"row\", \"table\") | not) | .targets[].$2 |
		select(test(\$asks)) | test(\$is)] | if all then length else false end" "$WORK/grafana/$1"/*.json
}

@test "of thousands of devices a graph draws a few, in every language" {
	[ "$(limited influxql query 'GROUP BY [^*]*MANY' '^SELECT (top|bottom)')" -ge 40 ]
	[ "$(limited promql expr 'by .MANY' '^(top|bottom)k')" -ge 40 ]
	[ "$(limited flux query 'group.columns: .MANY' '(top|bottom).n: ')" -ge 40 ]
	[ "$(limited sql rawSql '^SELECT ("time", |[^,]*dateBin[^,]*, )?MANY' 'LIMIT|row_number')" -ge 40 ]
}

@test "rules for alerts are what promtool and Grafana take" {
	need promtool
	for rules in victoriametrics prometheus; do promtool check rules "$WORK/grafana/alerts/$rules.yaml"; done
	jq -e '.groups[0].rules | length >= 5 and all(.[]; .condition == "C" and (.data | length == 3) and .data[0].datasourceUid == "wattledger-influxql")' \
		"$WORK/grafana/alerts/grafana-influxql.yaml"
	cp "$ROOT/tests/fixtures/grafana/alerts_test.yaml" "$WORK/grafana/"
	promtool test rules "$WORK/grafana/alerts_test.yaml"
}
