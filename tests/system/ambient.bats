#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Rooms, batteries and states, from a tree laid out as sysfs is and from snmpd, through the whole agent: points, status, metrics.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" jq curl
	SYS=$WORK/sys
}

teardown() { stop_all; }

# put FOLDER FILE=VALUE...
put() {
	mkdir -p "$SYS/$1"
	for pair in "${@:2}"; do echo "${pair#*=}" >"$SYS/$1/${pair%%=*}"; done
}

# begin_config LINE...: an agent that writes its points to a file; the LINEs are devices.
begin_config() {
	{
		echo "sites: [{id: lab, zone: NO, time_zone: UTC}]"
		echo "agent: {clock: assumed}"
		echo "local: no"
		echo "ledger: {slot: 1min, commit: 1s, grace: 2s}"
		echo "outputs: [{type: file, path: points.lp}]"
		echo "defaults: {interval: 1s, timeout: 300ms, retries: 1, community: public}"
		echo "devices:"
		printf '%s\n' "$@"
	} >"$CONFIG"
	chmod 600 "$CONFIG"
}

has_point() { grep -rqE "$1" --include=points.lp "$WORK"; }
readings() { "$BUILD/wattledger" status --state "$STATE" --format json | jq -e "[.sources[].readings[] | select($1)] | length > 0"; }

@test "a host's sensors and battery become points of their own, and show in the status" {
	put class/hwmon/hwmon0 name=sht3x temp1_input=23500 humidity1_input=41000
	put class/power_supply/BAT0 type=Battery status=Discharging energy_now=25000000 energy_full=50000000 voltage_now=48000000 current_now=-2500000
	put class/power_supply/AC type=Mains online=0
	mkdir -p "$SYS/class/powercap"
	begin_config "  - {id: room, address: hwmon, sysfs: '$SYS'}" "  - {id: cabinet, address: power_supply, sysfs: '$SYS'}"
	start_agent
	wait_for has_point '^environment,site=lab,device=room,meter=[^ ]* temperature_c=23.5,humidity_ratio=0.41 [0-9]{19}$'
	wait_for has_point '^battery,site=lab,device=cabinet,meter=BAT0 in_j=0i,out_j=[1-9][0-9]*i,soc_ratio=0.5 [0-9]{19}$'
	wait_for has_point '^state,site=lab,device=cabinet,meter=AC value=0i '
	wait_for has_point '^energy,.*,meter=BAT0,.* voltage_v=48,current_a=2.5 '
	readings '.meter == "BAT0" and .soc_ratio == 0.5'
	readings '.temperature_c == 23.5 and .humidity_ratio == 0.41'
	"$BUILD/wattledger" status --state "$STATE" | grep -qE '^lab +cabinet +BAT0 +n/a +n/a +50'
	"$BUILD/wattledger" test -c "$CONFIG" --format lp 2>/dev/null | grep -q '^environment,site=lab,device=room,.* temperature_c=23.5,humidity_ratio=0.41 '
	# A sensor that goes away is unknown, and the battery goes on.
	rm -r "$SYS/class/hwmon/hwmon0"
	wait_for eval '! readings ".temperature_c != null"'
	readings '.meter == "BAT0"'
}

@test "a sensor that is read by SNMP: points, status and metrics" {
	need snmpd
	printf '%s\n' 'rocommunity public 127.0.0.1' 'sysObjectID 1.3.6.1.4.1.32473.9' \
		'override 1.3.6.1.4.1.32473.9.1.0 integer 235' 'override 1.3.6.1.4.1.32473.9.2.0 integer 41' >"$WORK/air.conf"
	start_snmpd "$WORK/air.conf"
	local page
	page=$(free_port)
	begin_config "  - {id: air-1, driver: sim_air, address: 'snmp://127.0.0.1:$SNMPD_PORT'}" "page: {listen: '127.0.0.1:$page'}"
	start_agent
	wait_for has_point '^environment,site=lab,device=air-1,meter=air temperature_c=23.5,humidity_ratio=0.41 [0-9]{19}$'
	readings '.meter == "air" and .temperature_c == 23.5'
	[[ -x $BUILD/wattledger-page ]] || skip "the rest needs the status page (libmicrohttpd)"
	curl -sf "http://127.0.0.1:$page/metrics" | grep -qx 'wattledger_temperature_celsius{site="lab",device="air-1",meter="air"} 23.5'
	curl -sf "http://127.0.0.1:$page/metrics" | grep -qx 'wattledger_humidity_ratio{site="lab",device="air-1",meter="air"} 0.41'
}
