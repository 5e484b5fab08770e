#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The commands that start programs: scan and test on simulated devices, run and demo with the whole agent.

# $stderr is set by bats' run --separate-stderr.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	BUILD=${WATTLEDGER_BUILD:-$BUILD}
	W=$BUILD/wattledger
	export TMPDIR=$WORK
	# The leak check traces a program at its end, which the collectors forbid.
	[[ -z ${ASAN_OPTIONS:-} ]] || export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
	need "$W" "$BUILD/wattledgerd" "$BUILD/wattledger-snmp" "$BUILD/wattledger-sim-snmp" jq
}

teardown() { stop_all; }

start_devices() {
	STDOUT=$WORK/ready start_process sim "$BUILD/wattledger-sim-snmp" --devices 4 --model ups-mib,apc-rpdu2,raritan-px2,if-mib --curve flat --for 5min
	wait_for grep -q port "$WORK/ready"
	P=$(jq .port "$WORK/ready")
}

@test "scan prints an object a device, with null for what it does not give" {
	start_devices
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.2:$P" "snmp://public@127.9.0.4:$P"
	output=$(jq -cs 'sort_by(.target)[]' <<<"$output") # they come as they answer
	mapfile -t lines <<<"$output"
	[ "${#lines[@]}" -eq 2 ]
	jq -se 'all(.schema == "wattledger.scan/1")' <<<"$output"
	jq -se '.[0] | .driver == "apc_rpdu2" and .device.vendor == "APC" and .total.power_w > 0 and .total.energy_kwh > 0 and .total.source == "sum"
		and (.meters | length) > 20 and .warnings == []' <<<"$output"
	jq -se '.[1] | .driver == "power_ethernet" and .total.power_w == null and .total.energy_kwh == null and .total.source == null
		and (.meters | all(.energy_kwh == null))' <<<"$output"
	jq -se '.[0].meters[0] | keys == ["caliber","current_a","energy_kwh","key","name","parent","phase","point","power_factor","power_w","role","voltage_v"]' <<<"$output"
}

@test "what scan prints is configuration that check and test accept" {
	start_devices
	mkdir "$WORK/conf.d"
	printf 'sites: [{id: lab, time_zone: UTC}]\nlocal: no\n' >"$WORK/main.yaml"
	"$W" scan "snmp://127.9.0.1:$P" "snmp://127.9.0.2:$P" >"$WORK/conf.d/scanned.yaml"
	[[ $(head -n 1 "$WORK/conf.d/scanned.yaml") == "# conf.d/scanned.yaml"* ]]
	chmod 600 "$WORK/main.yaml" "$WORK/conf.d/scanned.yaml"
	run -0 "$W" check -c "$WORK/main.yaml"
	[[ $output == *"2 devices"* ]]
	run -0 --separate-stderr "$W" test -c "$WORK/main.yaml" --format json
	jq -e '.schema == "wattledger.test/1" and (.devices | length == 2 and all(.state == "up" and .reads >= 2))' <<<"$output"
	jq -e '[.devices[].meters[].readings[] | select(.quantity == "power_w") | .change] | length > 0 and all(. != null)' <<<"$output"
	run -0 --separate-stderr "$W" test -c "$WORK/main.yaml" --format lp
	[[ $output =~ energy,site=lab,rack=none,tenant=none,device=[^\ ]*,meter=total,role=total,in_total=yes,point=pdu_out,supply=grid\ power_w=[0-9.]+,energy_j=0i\ [0-9] ]]
	run ! grep -vE "^(energy|battery|environment|state),site=lab,[^ ]+ [a-z_]+=[^ ]+ [0-9]{19}$" <<<"$output"
	[ -z "$(find "$WORK" -name 'ledger*')" ]
}

@test "scan of a range finds what is there; nothing there is 69" {
	start_devices
	run -0 --separate-stderr "$W" scan "snmp://127.9.0.0/29:$P" --timeout 300ms --format table
	[ "${#lines[@]}" -eq 5 ]
	run -69 "$W" scan --timeout 200ms "snmp://127.0.0.1:$(free_port)"
	[[ $output == *"nothing answers there"* ]]
	run -64 "$W" scan 192.0.2.1
}

@test "a community comes from a private file, and is named by it" {
	start_devices
	echo public >"$WORK/community"
	run -77 "$W" scan --community-file "$WORK/community" "snmp://127.9.0.2:$P"
	chmod 600 "$WORK/community"
	run -0 --separate-stderr "$W" scan --community-file "$WORK/community" "snmp://127.9.0.2:$P"
	[[ $output == *"community: \"@file:$WORK/community\""* && $output != *public* ]]
}

@test "test is 69 when a source fails, and shows the others" {
	start_devices
	cat >"$WORK/two.yaml" <<-END
		local: no
		defaults: {community: public, interval: 1s, timeout: 200ms, retries: 0}
		devices: [{id: good, address: "snmp://127.9.0.2:$P"}, {id: dead, address: "snmp://127.0.0.1:$(free_port)"}]
	END
	chmod 600 "$WORK/two.yaml"
	run -69 "$W" test -c "$WORK/two.yaml"
	[[ $output == *"good: up"* && $output == *"dead: silent"* && $output == *"1 source failed"* ]]
}

@test "run keeps a private ledger, shows lines, and ends with totals" {
	start_devices
	cat >"$WORK/rack.yaml" <<-END
		sites: [{id: lab, zone: "NO", time_zone: UTC}]
		agent: {clock: assumed}
		local: no
		defaults: {community: public, interval: 1s}
		devices: [{id: pdu, address: "snmp://127.9.0.2:$P"}]
	END
	chmod 600 "$WORK/rack.yaml"
	run -0 --separate-stderr "$W" run -c "$WORK/rack.yaml" --for 8s
	[[ $output =~ lab\ +pdu\ +0\.[0-9]{6}\ +0\.[0-9]{6}\ yes ]]
	[[ $output =~ ledger:\ ($WORK/wattledger-run-[A-Za-z0-9]+)/ledger.db ]]
	[ -s "${BASH_REMATCH[1]}/ledger.db" ]
	[[ $stderr == *"state: $WORK/wattledger-run-"* && $stderr == *"sources up, lab "* ]]
}

@test "run ends on SIGTERM and leaves no process" {
	start_devices
	printf 'local: no\ndevices: [{id: pdu, community: public, address: "snmp://127.9.0.2:%d"}]\n' "$P" >"$WORK/rack.yaml"
	chmod 600 "$WORK/rack.yaml"
	start_process run "$W" run -c "$WORK/rack.yaml" --state "$WORK/state"
	wait_for "$W" status --state "$WORK/state"
	run -0 --separate-stderr "$W" status --state "$WORK/state" --format json
	jq -e '.schema == "wattledger.status/1"' <<<"$output"
	daemon=$(pgrep -P "$(<"$WORK/run.pid")")
	kill -TERM "$(<"$WORK/run.pid")"
	wait_exit "$(<"$WORK/run.pid")"
	wait_exit "$daemon"
	grep -q '^ledger: ' "$WORK/run.log"
}

has_power() { [[ $("$W" status --state "$WORK/state" --format json | jq '.sources[0] | .state == "up" and .power_w != null') == true ]]; }

# A pseudo-terminal of 80 x 24, without the signs that move the cursor.
on_terminal() {
	TERM=xterm LANG=C.UTF-8 script -qec "stty rows 24 cols 80; $*" /dev/null </dev/null | sed $'s/\x1b[][()][0-9;?]*[A-Za-z0-9]\\?/ /g'
}

@test "top draws the sources of the running agent on a terminal, and says what is missing elsewhere" {
	start_devices
	printf 'local: no\ndevices: [{id: pdu, community: public, interval: 1s, address: "snmp://127.9.0.2:%d"}]\n' "$P" >"$WORK/rack.yaml"
	chmod 600 "$WORK/rack.yaml"
	run -64 "$W" top --state "$WORK/state"
	[[ $output == *"wattledger status"* ]]
	run -69 script -qec "$W top --state $WORK/state" /dev/null
	[[ $output == *"no agent runs"* ]]
	start_process run "$W" run -c "$WORK/rack.yaml" --state "$WORK/state"
	wait_for has_power
	run -0 "$W" doctor -c "$WORK/rack.yaml" --state "$WORK/state" --format json
	jq -e 'any(.findings[]; .subject == "agent" and .level == "ok")' <<<"$output"
	run -0 on_terminal "$W" top --for 1s --state "$WORK/state"
	[[ $output == *"1 of 1 sources up"* && $output =~ pdu\ +up\ +[0-9]+ && $output == *"q quit"* ]]
}

@test "run tells a refused configuration and is 78" {
	echo 'devices: [{id: a, address: "snmp://127.0.0.1", what: 1}]' >"$WORK/bad.yaml"
	chmod 600 "$WORK/bad.yaml"
	run -78 "$W" run -c "$WORK/bad.yaml" --for 5s
	[[ $output == *"bad.yaml:1:"* ]]
}

@test "demo runs a simulated site, with a simulated past, and says that they are simulated" {
	need "$BUILD/wattledger-sim-powercap" "$BUILD/wattledger-rapl"
	cd "$WORK"
	run -0 --separate-stderr "$W" demo --for 40s --period yesterday --state demo
	# UPS, two PDUs, switch, server; beside them what this build and this machine have.
	local count=5
	[[ ! -x $BUILD/wattledger-modbus ]] || { count=$((count + 1)); [[ $output =~ demo\ +meter\ +0\.[0-9]{6}\ +0\.[0-9]{6}\ yes ]]; }
	[[ ! -x $BUILD/wattledger-traffic ]] || { count=$((count + 1)); [[ $output =~ demo\ +loopback\ +n/a\ +n/a\ no ]]; }
	if [[ -x $BUILD/wattledger-ipmi ]] && command -v ipmi_sim >/dev/null; then
		count=$((count + 1))
		[[ $output =~ demo\ +server-bmc\ +0\.[0-9]{6}\ +0\.[0-9]{6}\ no ]]
	else
		[[ $stderr == *"no BMC: "* ]]
	fi
	[[ ! -r /sys/class/powercap/intel-rapl:0/energy_uj ]] || count=$((count + 1))
	[[ $stderr == "SIMULATED: "* && $stderr == *"$count of $count sources up"* ]]
	[[ $output =~ demo\ +ups\ +0\.[0-9]{6}\ +0\.[0-9]{6}\ yes ]]
	[[ $output =~ demo\ +pdu-a\ +0\.[0-9]{6}\ +0\.[0-9]{6}\ no ]]
	[[ $output =~ demo\ +switch\ +[0-9n/a.]+\ +[0-9n/a.]+\ no ]] # its energy is that of its PoE ports, where a driver reads it

	# Yesterday is a whole day of the meter's curve, 971 W in the mean: 23.304 kWh. Its package is computed again.
	[[ $stderr == *"simulated past: since "* ]]
	run -0 --separate-stderr "$W" report --period yesterday --state "$WORK/demo" --format csv --level device
	[[ ! -x $BUILD/wattledger-modbus ]] || [[ $output == *"device,demo,meter,n/a,23.304000,"* ]]
	run -0 "$W" export --period yesterday --ledger "$WORK/demo/ledger.db" --out "$WORK/yesterday"
	run -0 "$W" verify "$WORK/yesterday"
	# What is live are the devices of the past, and their counters go on.
	run -0 --separate-stderr "$W" events --period yesterday --state "$WORK/demo" --format csv
	[[ $output == *,started,demo,pdu-b,* ]]
	run -0 --separate-stderr "$W" events --period today --state "$WORK/demo" --format csv
	[[ $output == *,started,demo,server,* ]]
	! grep -E ',(swap|reset|reconfigured|reclassed),' <<<"$output" || false
	# It is not written over a ledger, and begins in the past.
	run -64 "$W" demo --period yesterday --state "$WORK/demo"
	[[ $output == *"demo/ledger.db is there already: "* ]]
	run -64 "$W" demo --period 2999
	[[ $output == *"--period '2999': the past of a demo begins at most 400 days ago"* ]]
}
