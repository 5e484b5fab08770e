#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger-ipmi on BMCs of ipmi_sim: sessions over RMCP+ that libfreeipmi and OpenIPMI make with each other.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	load ipmi
	ipmi_begin
	load agent
	CAT=$BUILD/wattledger-sim-wirecat
	IPMI=$BUILD/wattledger-ipmi
	need "$CAT" "$IPMI" jq ipmitool
}

teardown() { stop_all; }

# start_ipmi [TIMEOUT_MS [DEADLINE_MS]]: the collector on the BMCs of $WORK/bmcs, each read every second; its records are in $WORK/records.
start_ipmi() {
	: >"$WORK/list"
	local bmc
	for bmc in "${BMCS[@]}"; do
		echo "${bmc%%=*} meter ${PASSWORD:-$IPMI_PASSWORD} ${bmc#*=} $IPMI_PORT 4 ${1:-2000} ${2:-15000}" >>"$WORK/list"
	done
	STDOUT=$WORK/records start_process ipmi stdbuf -oL "$CAT" --for "${FOR_S:-120}" --ipmi "$WORK/list" --interval "${INTERVAL_MS:-1000}" "$IPMI"
	wait_for grep -q '"record":"device"' "$WORK/records"
}

records() { jq -nR -c 'inputs | fromjson? // empty' <"$WORK/records"; }
# state DEVICE, reason DEVICE: as it was told last.
state() { records | jq -sr --argjson d "${1:-0}" 'map(select(.record == "device" and .device == $d)) | last.state'; }
reason() { records | jq -sr --argjson d "${1:-0}" 'map(select(.record == "device" and .device == $d)) | last.reason'; }
has_state() { [ "$(state "$1")" = "$2" ]; }
# powers [DEVICE]: its power samples, W, in their order.
powers() { records | jq -r --argjson d "${1:-0}" 'select(.record == "sample" and .device == $d and .quantity == "power_w").value'; }
last_power() { powers "$1" | tail -n 1; }
has_power() { [ "$(last_power "$1")" = "$2" ]; }
has_more() { [ "$(powers "$1" | wc -l)" -gt "$2" ]; }
workers() { pgrep -P "$(pgrep -P "$(<"$WORK/ipmi.pid")" -f wattledger-ipmi)"; }

@test "what the BMC draws comes as power, over one session that stays" {
	set_reply bmc "$(dcmi_line 412)" "2c 10 dc 01 40 = 00 dc 01 01 17 01"
	start_bmc bmc 127.0.4.1
	BMCS=(bmc=127.0.4.1)
	start_ipmi
	wait_for has_power 0 412
	set_reply bmc "$(dcmi_line 206)"
	wait_for has_power 0 206
	[ "$(powers 0 | sort -u | tr '\n' ' ')" = "206 412 " ]
	has_state 0 up
	records | jq -se 'map(select(.record == "meter"))
		| (.[0] | .key == "total" and .role == "total" and .point == "it_in" and .caliber == "actual" and (.is_component | not))
		and (.[1] | .key == "inlet" and .role == "part")'
	[ "$(records | jq -r 'select(.quantity == "temperature_c").value' | sort -u)" = 23 ]
	records | jq -se 'map(select(.record == "device"))[0] | .serial == "a123456789abcdefa123456789abcdef" and .firmware == "9.08"'
	wait_for has_more 0 4
	[ "$(sessions 127.0.4.1)" = 1 ]
	stop_process ipmi
	[ "$(sessions 127.0.4.1)" = 0 ]
}

@test "power that is not active, zero or refused is no value, and says why" {
	set_reply bmc "$(dcmi_line 412 412 1 00)"
	start_bmc bmc 127.0.4.1
	BMCS=(bmc=127.0.4.1)
	start_ipmi
	wait_for has_state 0 refused
	[[ $(reason 0) == *"not active"* ]]
	set_reply bmc "$(dcmi_line 0)"
	wait_for eval '[[ $(reason 0) == *"0 W"* ]]'
	set_reply bmc "2c 02 dc 01 = d4"
	wait_for eval '[[ $(reason 0) == *"privilege: operator"* ]]'
	set_reply bmc "2c 02 dc 01 = 00 dc 01"
	wait_for has_state 0 lying
	records | jq -se 'map(select(.record == "sample" or .record == "meter")) | length == 0'
	set_reply bmc "$(dcmi_line 300)"
	wait_for has_power 0 300
	has_state 0 up
	[ "$(reason 0)" = "" ]
}

@test "the mean of a window that the BMC keeps is taken, not the moment" {
	# windows: 1 s (code 01); asked with it: mean 400 over 1000 ms
	set_reply bmc "2c 01 dc 05 = 00 dc 01 05 02 01 01" "2c 02 dc 02 01 = 00 dc $(le16 412) $(le16 1) $(le16 900) $(le16 400) $(le32 5) $(le32 1000) 40"
	start_bmc bmc 127.0.4.1
	BMCS=(bmc=127.0.4.1)
	start_ipmi
	wait_for has_more 0 1
	[ "$(powers 0 | sort -u)" = 400 ]
}

@test "a wrong password is told, not tried another way, and not shown" {
	start_bmc bmc 127.0.4.1
	BMCS=(bmc=127.0.4.1)
	PASSWORD=notthisone start_ipmi
	wait_for has_state 0 refused
	[[ $(reason 0) == *"refuses the password of meter"* ]]
	[ "$(cat "$WORK/records" "$WORK/ipmi.log" "$WORK/bmc.log" | grep -c notthisone)" = 0 ]
	local pid
	for pid in $(pgrep -f "$IPMI"); do [ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | grep -c notthisone)" = 0 ]; done
}

@test "a BMC that hangs costs its own deadline, and the others nothing" {
	local i
	BMCS=()
	for i in 1 2 3; do
		set_reply "bmc$i" "$(dcmi_line $((100 * i)))"
		start_bmc "bmc$i" "127.0.4.$i"
		BMCS+=("bmc$i=127.0.4.$i")
	done
	start_ipmi
	for i in 1 2 3; do wait_for has_power $((i - 1)) $((100 * i)); done
	kill -STOP "$(<"$WORK/bmc2.pid")"
	wait_for has_state 1 silent
	[[ $(reason 1) == *"no answer from the BMC"* || $(reason 1) == *"does not answer"* ]]
	local before
	before=$(powers 0 | wc -l)
	wait_for has_more 0 $((before + 3))
	has_state 0 up
	has_state 2 up
	records | jq -se 'map(select(.record == "device" and .device != 1)) | all(.state == "up" and .failed_count == 0)'
	kill -CONT "$(<"$WORK/bmc2.pid")"
	before=$(powers 1 | wc -l)
	wait_for has_more 1 "$before"
	wait_for has_state 1 up
}

@test "a worker that hangs is ended at its deadline, alone, and replaced" {
	local i
	BMCS=()
	for i in 1 2; do
		set_reply "bmc$i" "$(dcmi_line $((100 * i)))"
		start_bmc "bmc$i" "127.0.4.$i"
		BMCS+=("bmc$i=127.0.4.$i")
	done
	start_ipmi 2000 4000
	for i in 1 2; do wait_for has_power $((i - 1)) $((100 * i)); done
	local pids
	pids=$(workers)
	[ "$(wc -l <<<"$pids")" = 2 ]
	kill -STOP "$(head -n 1 <<<"$pids")"
	wait_for eval 'records | jq -se "map(select(.record == \"device\" and .state == \"silent\")) | length == 1 and (.[0].reason | contains(\"deadline\"))"'
	wait_for eval '[ "$(workers | wc -l)" = 2 ]'
	[ "$(comm -12 <(sort <<<"$pids") <(workers | sort) | wc -l)" = 1 ]
	wait_for has_state 0 up
	wait_for has_state 1 up
}

@test "a BMC that restarts is read again" {
	set_reply bmc "$(dcmi_line 412)"
	start_bmc bmc 127.0.4.1
	BMCS=(bmc=127.0.4.1)
	start_ipmi
	wait_for has_power 0 412
	stop_process bmc
	wait_for has_state 0 silent
	set_reply bmc "$(dcmi_line 50)"
	start_bmc bmc 127.0.4.1
	wait_for has_power 0 50
	wait_for has_state 0 up
}

@test "workers have no password but their own, and leave no core" {
	local i pid
	BMCS=()
	for i in 1 2; do
		set_reply "bmc$i" "$(dcmi_line 100)"
		start_bmc "bmc$i" "127.0.4.$i"
		BMCS+=("bmc$i=127.0.4.$i")
	done
	start_ipmi
	for i in 0 1; do wait_for has_power "$i" 100; done
	for pid in $(workers); do
		[ "$(awk '/^Max core file size/ { print $5 }' "/proc/$pid/limits")" = 0 ]
		# not dumpable: its memory files belong to root, and nobody of its user may trace it
		[ "$(stat -c %U "/proc/$pid/environ")" = root ]
		# its socket and the standard ones; none of the others'
		[ "$(find "/proc/$pid/fd" -lname 'socket:*' | wc -l)" -le 2 ]
	done
}

@test "a device file that is not there says what to do" {
	echo "me - - $WORK/none 0 4 500 2000" >"$WORK/list"
	STDOUT=$WORK/records start_process ipmi stdbuf -oL "$CAT" --for 60 --ipmi "$WORK/list" --interval 1000 "$IPMI"
	wait_for has_state 0 unreadable
	[[ $(reason 0) == *"ipmi_devintf"* ]]
}

# Power is integrated by the trapezoid: between two readings of the same power, their distance in time x that power. 10 s is the least interval.
@test "the ledger holds power times time, to the millijoule" {
	set_reply bmc "$(dcmi_line 412)"
	start_bmc bmc 127.0.4.1
	cat >"$CONFIG" <<-END
		sites:
		  - {id: lab, name: Lab, zone: NO, time_zone: UTC}
		agent: {clock: assumed}
		local: no
		ledger: {slot: 1min, commit: 1s, grace: 2s}
		devices:
		  - {id: srv, address: "ipmi://meter@127.0.4.1:$IPMI_PORT", password: "@file:$WORK/password", privilege: admin, interval: 10s}
	END
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE"
	row() { open_sql "SELECT open.boot_ns || ' ' || open.energy_millij FROM open JOIN meter USING(meter_id) WHERE meter_id > 0 AND open.energy_millij > $1"; }
	export WAIT_S=90
	wait_for eval '[ -n "$(row 0 2>/dev/null)" ]'
	local first last
	first=$(row 0)
	wait_for eval '[ -n "$(row "${first#* }")" ]'
	last=$(row "${first#* }")
	# 412 W x ns / 10^6 = mJ; both ends are cut to whole millijoules
	awk -v a="$first" -v b="$last" 'BEGIN { split(a, p); split(b, q); d = (q[2] - p[2]) - 412 * (q[1] - p[1]) / 1e6; exit !(d >= -1.5 && d <= 1.5) }'
	[ "$(sql "SELECT COUNT(*) FROM meter WHERE key = 'total'")" = 1 ]
}

@test "scan shows a BMC as configuration that check takes, and test reads it" {
	set_reply bmc "$(dcmi_line 412)" "2c 10 dc 01 40 = 00 dc 01 01 17 01"
	start_bmc bmc 127.0.4.1
	printf 'password: "@file:%s"\nprivilege: admin\n' "$WORK/password" >"$WORK/secrets"
	chmod 600 "$WORK/secrets"
	"$BUILD/wattledger" scan "ipmi://meter@127.0.4.1:$IPMI_PORT" --secrets "$WORK/secrets" >"$CONFIG"
	grep -q "address: \"ipmi://meter@127.0.4.1:$IPMI_PORT\"" "$CONFIG"
	grep -q "now 412 W" "$CONFIG"
	"$BUILD/wattledger" check -c "$CONFIG"
	"$BUILD/wattledger" test -c "$CONFIG" --format csv | grep -q 'total,total,power_w,412,412'
	"$BUILD/wattledger" scan "ipmi://meter@127.0.4.1:$IPMI_PORT" --secrets "$WORK/secrets" --format json |
		jq -e '.schema == "wattledger.scan/1" and .total.power_w == 412 and .meters[0].key == "total" and .device.firmware == "9.08"'
}

@test "scan says what is wrong with a BMC, and never shows a password" {
	start_bmc bmc 127.0.4.1
	echo "password: notthisone" >"$WORK/secrets"
	chmod 600 "$WORK/secrets"
	run "$BUILD/wattledger" scan "ipmi://meter@127.0.4.1:$IPMI_PORT" --secrets "$WORK/secrets"
	[ "$status" -eq 69 ]
	[[ $output == *"refuses the password of meter"* && $output != *notthisone* ]]
	run "$BUILD/wattledger" scan "ipmi://meter@127.0.4.1:$IPMI_PORT"
	[ "$status" -eq 64 ]
	[[ $output == *"--secrets FILE"* ]]
	run "$BUILD/wattledger" scan "ipmi://meter:notthisone@127.0.4.1"
	[ "$status" -eq 64 ]
	[[ $output != *notthisone* ]]
}

# Record 1 of the sensors: byte 8 is the entity, 9 its instance, 7 the sensor's number; watts, m = 4: raw 103 is 412 W.
sensor() { # NUMBER ENTITY INSTANCE WATTS
	echo "main_sdr_add 0x20 0x0$1 0x00 0x51 0x01 0x3a 0x20 0x00 0x0$1 $2 $3 0x67 0x48 0x0b 0x01 0x00 0x00 0x00 0x00 0x38 0x38 0x00 0x06 0x00 0x00 0x04 0x00 0x00 0x00 0x00 0x00 0x00 0x64 0xc8 0x00 0xff 0x00 0xf0 0xe0 0xd0 0x00 0x00 0x00 0x02 0x02 0x00 0x00 0x00 0xcf 0x50 0x77 0x72 0x20 0x43 0x6f 0x6e 0x73 0x75 0x6d 0x70 0x74 0x69 0x6f 0x6e"
	echo "$4" >"$WORK/sensor$1"
	echo "sensor_add 0x20 0 $1 0x0b 1 poll 100 file \"$WORK/sensor$1\" div=4"
	echo "sensor_set_event_support 0x20 0 $1 enable scanning per-state 000000000000000 000000000000000 000000000000000 000000000000000"
}

@test "without DCMI the sensor of the board is read, and its supplies are not added to it" {
	start_bmc bmc 127.0.4.1 "$(sensor 1 0x0a 0x01 200)" "$(sensor 2 0x07 0x01 412)" "$(sensor 3 0x0a 0x02 216)"
	BMCS=(bmc=127.0.4.1)
	start_ipmi
	wait_for has_power 0 412
	echo 208 >"$WORK/sensor2"
	wait_for has_power 0 208
	[ "$(records | jq -r 'select(.record == "meter").key' | sort -u)" = total ]
	[ "$(powers 0 | sort -u | tr '\n' ' ')" = "208 412 " ]
}

@test "without a sensor of the whole the supplies are its sum" {
	start_bmc bmc 127.0.4.1 "$(sensor 1 0x0a 0x01 200)" "$(sensor 2 0x0a 0x02 216)"
	BMCS=(bmc=127.0.4.1)
	start_ipmi
	wait_for has_more 0 3
	[ "$(records | jq -r 'select(.record == "meter") | "\(.key) \(.is_summand) \(.is_derived)"' | sort -u | tr '\n' ';')" = \
		"psu/1 true false;psu/2 true false;total false true;" ]
	[ "$(powers 0 | sort -u | tr '\n' ' ')" = "200 216 " ]
	records | jq -se 'map(select(.record == "device")) | last | .expected_count == 2 and .is_expected_learned'
}

@test "the energy counters of a Dell and of a Lenovo are the energy, and others are not asked for them" {
	set_reply bmc "$(dcmi_line 412)" "30 9c 07 01 = 00 00 00 00 66 $(le32 123456) 00 00 00 00"
	BMC_MANUFACTURER=0x2a2 start_bmc bmc 127.0.4.1
	set_reply other "$(dcmi_line 100)" "30 9c 07 01 = 00 00 00 00 66 $(le32 777) 00 00 00 00"
	start_bmc other 127.0.4.2
	set_reply lenovo "$(dcmi_line 300)" "2e 82 00 00 01 = 00 00 00 00 21" "2e 81 21 01 82 00 08 = 00 00 00 00 12 34 56 78 9a"
	BMC_MANUFACTURER=0x4a66 start_bmc lenovo 127.0.4.3
	BMCS=(bmc=127.0.4.1 other=127.0.4.2 lenovo=127.0.4.3)
	start_ipmi
	wait_for has_power 0 412
	wait_for has_power 1 100
	wait_for has_power 2 300
	records | jq -se 'map(select(.record == "sample" and .quantity == "energy_j")) | (map(.device) | unique == [0, 2]) and
		all((.device == 0 and .raw == 123456) or (.device == 2 and .raw == 78187493530))'
	records | jq -se 'map(select(.record == "meter" and .device == 2)) | last.energy | .unit_num == 1 and .unit_den == 1'
	records | jq -se 'map(select(.record == "meter" and .device == 0)) | last.energy | .unit_num == 3600000 and .unit_den == 1'
}

# IPMI_BMCS=300 (make many-bmcs): as many as one agent is to have.
@test "fifty BMCs, one of them frozen: forty-nine lose nothing" {
	local count=${IPMI_BMCS:-50}
	local WAIT_S=$((20 + count)) FOR_S=$((120 + 6 * count))
	use_release
	CAT=$BUILD/wattledger-sim-wirecat IPMI=$BUILD/wattledger-ipmi
	local i
	BMCS=()
	for ((i = 1; i <= count; i++)); do
		set_reply "bmc$i" "$(dcmi_line $((100 + i)))"
		start_bmc "bmc$i" "127.0.$((5 + i / 250)).$((i % 250 + 1))"
		BMCS+=("bmc$i=127.0.$((5 + i / 250)).$((i % 250 + 1))")
	done
	INTERVAL_MS=$((count > 50 ? 10000 : 2000)) start_ipmi
	up() { records | jq -se --argjson n "$1" 'map(select(.record == "device")) | group_by(.device) | map(last.state) | map(select(. == "up")) | length == $n'; }
	wait_for up "$count"
	kill -STOP "$(<"$WORK/bmc25.pid")"
	wait_for has_state 24 silent
	local before
	before=$(powers 0 | wc -l)
	wait_for has_more 0 $((before + 3))
	up $((count - 1))
	kill -CONT "$(<"$WORK/bmc25.pid")"
	records | jq -se 'map(select(.record == "device" and .device != 24)) | all(.failed_count == 0)'
	# what each draws is its own: 101 W and on
	[ "$(records | jq -r 'select(.quantity == "power_w") | .value - .device' | sort -u)" = 101 ]
	# one session each, the frozen one's aside: none was left behind
	for i in 1 2 3 "$count"; do [ "$(sessions "127.0.$((5 + i / 250)).$((i % 250 + 1))")" = 1 ]; done
}
