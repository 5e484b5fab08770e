#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A router's ports and the power that it draws, both read by SNMP from simulated devices: octets and energy per octet in the report, the status,
# the metrics and the package.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load agent
	W=$BUILD/wattledger
	need "$BUILD/wattledgerd" "$W" "$BUILD/wattledger-sim-snmp" jq curl sqlite3 python3
}

teardown() { stop_all; }

# start_router: an outlet (its counter is exact) that a router with eight ports hangs on.
start_router() {
	PORT=$(free_port)
	start_sim --devices 2 --model farm,if-mib --curve fast
	{
		echo "sites: [{id: pop, name: PoP, zone: DE, time_zone: UTC}]"
		echo "agent: {clock: assumed}"
		echo "local: no"
		echo "ledger: {slot: 1min, commit: 1s, grace: 2s}"
		echo "page: {listen: '127.0.0.1:$PORT'}"
		echo "defaults: {interval: 1s, timeout: 300ms, retries: 1, community: public}"
		echo "devices:"
		echo "  - {id: outlet, driver: sim_farm, address: 'snmp://127.9.0.1:$SIM_PORT'}"
		echo "  - id: router"
		echo "    driver: if_mib"
		echo "    address: 'snmp://127.9.0.2:$SIM_PORT'"
		echo "    fed_by: outlet"
		echo "    ref: uni"
		echo "    ports: {uplink: ['if/Gi0/8']}"
	} >"$CONFIG"
	chmod 600 "$CONFIG"
	mkdir -p "$WORK/drivers"
	cp "$ROOT/drivers/if_mib.yaml" "$ROOT/tests/fixtures/drivers/sim_farm.yaml" "$WORK/drivers/"
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --drivers "$WORK/drivers"
	wait_for test -S "$STATE/control.sock"
}

traffic() { "$W" report --state "$STATE" --period today --format json | jq -e "[.traffic[] | select($1)][0] | $2"; }

# site_traffic CONDITION: holds for what the running agent says of the first site's traffic.
site_traffic() { [[ $("$W" status --state "$STATE" --format json | jq ".sites[0].traffic | $1") == true ]]; }

@test "a router: octets of its ports by reference point, and energy per octet where all of both is known" {
	start_router
	WAIT_S=170 wait_for traffic '.level == "site" and .ref == "uni"' '.intensity.wh_per_gb > 0'
	traffic '.level == "site" and .ref == "uplink"' '.rx_bytes > 0 and .intensity.wh_per_gb == null'
	# What it says is what it is made of: energy over octets, all of them in the ledger's rows.
	traffic '.level == "site" and .ref == "uni"' '.intensity | (.energy_millij / 3600000) / (.octets / 1000000000) - .wh_per_gb | fabs < 0.000001'
	traffic '.level == "site" and .ref == "uni"' '.intensity | .valid_ms >= 60000 and .gco2e_per_gb > 0 and .ncie_gco2e_per_gb == .gco2e_per_gb'
	WAIT_S=90 wait_for site_traffic '.uni_ports == 7 and .wh_per_gb > 0 and .valid_s >= 60'
	"$W" status --state "$STATE" | grep -qE '^pop +router +if/Gi0/8 +all +uplink +[0-9]+ +[0-9]+ '
	if [[ -x $BUILD/wattledger-page ]]; then
		curl -sf "http://127.0.0.1:$PORT/metrics" | grep -qE '^wattledger_traffic_bytes_total[{]site="pop",device="router",port="if/Gi0/1",ref="uni",flow="all",direction="rx"[}] [1-9]'
		curl -sf "http://127.0.0.1:$PORT/metrics" | grep -qE '^wattledger_traffic_energy_joules_per_gigabyte[{]site="pop"[}] [0-9.]+$'
	fi
	stop_process agent
	local octets
	octets=$(traffic '.level == "site" and .ref == "uni"' '.rx_bytes + .tx_bytes')
	[[ $octets == $(sql "SELECT SUM(measured_millij + bridged_millij + estimated_millij) FROM interval JOIN meter USING(meter_id)
		WHERE quantity IN (10, 11) AND key != 'if/Gi0/8'") ]]
	"$W" report --state "$STATE" --period today | grep -qE '^ +router if/Gi0/1 +uni +[0-9.]+ +[0-9.]+ '
	"$W" export --state "$STATE" --period today --out "$WORK/package"
	"$W" verify "$WORK/package"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	python3 - "$WORK/package" <<-'END'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1] + "/traffic.csv")))
		site = [r for r in rows if r["level"] == "site" and r["ref"] == "uni"][0]
		ports = [r for r in rows if r["level"] == "port" and r["ref"] == "uni"]
		assert len(ports) == 7, ports
		assert sum(int(p["valid_bytes"]) for p in ports) == int(site["valid_bytes"])
		assert abs(sum(int(p["valid_energy_millij"]) for p in ports) - int(site["valid_energy_millij"])) <= 4
		total = [r for r in csv.DictReader(open(sys.argv[1] + "/totals.csv")) if r["node_type"] == "site"][0]
		assert total["wh_per_gb"] == site["wh_per_gb"] != "n/a"
		assert total["traffic_octets"] == str(int(site["rx_bytes"]) + int(site["tx_bytes"]))
		assert total["traffic_point"] == "uni" and total["gco2e_per_gb"] == site["gco2e_per_gb"]
	END
}
