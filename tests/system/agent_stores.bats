#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The whole way on real parts: net-snmp's own agent (a Counter64 by pass_persist) -> wattledgerd -> InfluxDB and VictoriaMetrics. The sum of
# the slot points in each store is the ledger's, also after the stores were away for a minute. Slots are a minute long: this takes three.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" influxd victoria-metrics sqlite3 jq curl
}

teardown() { stop_all; }

# A meter behind snmpd: 500 W, its counter the exact integral in whole joules since the script began.
write_meter() {
	cat >"$WORK/meter.sh" <<-'END'
		#!/bin/bash
		BASE=.1.3.6.1.4.1.32473.1.3
		t0=${EPOCHREALTIME/./}
		value() {
			case $1 in
			$BASE.1.0) printf '%s\ngauge\n500\n' "$1" ;;
			$BASE.2.0) printf '%s\ncounter64\n%s\n' "$1" $((7000000000 + (${EPOCHREALTIME/./} - t0) / 2000)) ;;
			$BASE.3.0) printf '%s\ninteger\n2301\n' "$1" ;;
			$BASE.4.0) printf '%s\ngauge\n2174\n' "$1" ;;
			*) echo NONE ;;
			esac
		}
		while read -r command; do
			case $command in
			PING) echo PONG ;;
			get) read -r oid; value "$oid" ;;
			getnext) read -r oid; echo NONE ;;
			*) exit 0 ;;
			esac
		done
	END
	chmod +x "$WORK/meter.sh"
	printf '%s\n' 'rocommunity public' 'sysObjectID .1.3.6.1.4.1.32473.1.1' "pass_persist .1.3.6.1.4.1.32473.1.3 $WORK/meter.sh" >"$WORK/meter.conf"
}

slot_joules_ledger() { sql 'SELECT SUM(measured_millij + bridged_millij + estimated_millij) / 1000 FROM interval'; }
slot_joules_influx() { influx_value 'SELECT SUM(energy_j) FROM slot' energy | awk '{ print $2 }'; }
slot_joules_vm() {
	vm_flush
	vm_query '{__name__="slot_energy_j"}' | jq -s 'map(.values | add) | add'
}
slots() { sql 'SELECT COUNT(*) FROM interval'; }
all_equal() {
	local joules
	joules=$(slot_joules_ledger)
	[[ -n $joules && $joules == "$(slot_joules_influx)" && $joules == "$(slot_joules_vm)" ]]
}

@test "sums of slot points in InfluxDB and VictoriaMetrics equal the ledger, after an outage too" {
	write_meter
	start_snmpd "$WORK/meter.conf"
	start_influx
	influx_query 'CREATE DATABASE energy' >/dev/null
	start_vm -dedup.minScrapeInterval=1ms
	export SIM_PORT=$SNMPD_PORT # for write_config
	write_config 0 "  - {id: meter, site: lab, driver: sim_farm, address: \"snmp://127.0.0.1:$SNMPD_PORT\"}" \
		"outputs:" \
		"  - {type: influxdb_v1, name: influx, urls: [\"$INFLUX_URL\"], database: energy}" \
		"  - {type: victoriametrics, name: vm, urls: [\"$VM_URL\"], content_encoding: gzip}"
	start_agent
	WAIT_S=30 wait_for eval '[[ -n $(influx_value "SELECT LAST(power_w) FROM energy" energy) ]]'
	WAIT_S=90 wait_for eval '[[ $(slots) -ge 1 ]]'
	WAIT_S=30 wait_for all_equal

	stop_process influx
	stop_process vm
	seen=$(slots)
	WAIT_S=90 wait_for eval "[[ \$(slots) -gt $seen ]]"
	start_influx
	start_vm -dedup.minScrapeInterval=1ms
	WAIT_S=90 wait_for all_equal
	[ "$(influx_value 'SELECT COUNT(energy_j) FROM slot' energy | awk '{ print $2 }')" -eq "$(slots)" ]
	# Nothing waits any more, and CO2e went with it: Norway's factor is far from zero.
	WAIT_S=30 wait_for eval '[[ $(sql "SELECT COUNT(*) FROM outbox") -le 2 ]]'
	[ "$(influx_value 'SELECT SUM(location_mg) FROM carbon' energy | awk '{ print $2 }')" -gt 0 ]
	[ "$(influx_value 'SELECT SUM(energy_j) FROM site_total' energy | awk '{ print $2 }')" -eq "$(slot_joules_ledger)" ]
}
