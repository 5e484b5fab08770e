#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger scan: what it can be told to look at, and what it says of it; on simulated devices and on a real agent.

# run --separate-stderr sets stderr.
# shellcheck disable=SC2154
bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	W=$BUILD/wattledger
	export TMPDIR=$WORK
	# The leak check traces a program at its end, which the collectors forbid.
	[[ -z ${ASAN_OPTIONS:-} ]] || export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
	need "$W" "$BUILD/wattledger-snmp" "$BUILD/wattledger-sim-snmp" jq
}

teardown() { stop_all; }

# start_devices OPTION...: simulated devices at 127.9.0.1 and on; sets P.
start_devices() {
	STDOUT=$WORK/ready start_process sim "$BUILD/wattledger-sim-snmp" --curve flat --for 5min "$@"
	wait_for grep -q port "$WORK/ready"
	P=$(jq .port "$WORK/ready")
}

# start_agent LINE...: a net-snmp agent; sets SNMPD_PORT.
start_agent() {
	need snmpd
	printf '%s\n' "$@" >"$WORK/agent.lines"
	start_snmpd "$WORK/agent.lines" "${ADDRESS:-127.0.0.1}"
}

private() {
	cat >"$1"
	chmod 600 "$1"
}

# milliseconds since the machine started
now_ms() { awk '{ print int($1 * 1000) }' /proc/uptime; }

@test "IPv6, a name and an IPv4 address in one run" {
	start_devices --ipv6
	run -0 --separate-stderr "$W" scan --format json "snmp://public@[::1]:$P" "snmp://127.9.0.1:$P"
	jq -se 'map(.target) | sort == ["snmp://127.9.0.1:'"$P"'", "snmp://[::1]:'"$P"'"]' <<<"$output"
	run -0 --separate-stderr "$W" scan "snmp://[::1]:$P"
	[[ $output == *"address: \"snmp://[::1]:$P\""* ]]
	stop_process sim
	start_agent 'rocommunity public'
	run -0 --separate-stderr "$W" scan --format json "snmp://localhost:$SNMPD_PORT"
	jq -e '.target | test("^snmp://(127.0.0.1|\\[::1\\]):")' <<<"$output"
	run -69 "$W" scan "snmp://no-such-host.invalid"
	[[ $output == *"no-such-host.invalid cannot be looked up"* ]]
}

@test "one device at two addresses is told, for it would count twice" {
	start_devices --ipv6
	run -0 --separate-stderr "$W" scan "snmp://127.9.0.1:$P" "snmp://[::1]:$P"
	[[ $output == *"# the same device as snmp://127.9.0.1:$P (serial number "*"counts twice"* ]]
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.1:$P" "snmp://[::1]:$P"
	jq -se '[.[].warnings[]] | length == 1 and (.[0] | startswith("the same device as "))' <<<"$output"
}

@test "a file with a community must be private and not empty" {
	start_devices --community s3cret
	echo s3cret >"$WORK/community"
	chmod 640 "$WORK/community"
	run -77 "$W" scan --community-file "$WORK/community" "snmp://127.9.0.1:$P"
	[[ $output == *"chmod 600"* ]]
	chmod 600 "$WORK/community"
	run -0 --separate-stderr "$W" scan --community-file "$WORK/community" "snmp://127.9.0.1:$P"
	[[ $output != *s3cret* ]]
	: >"$WORK/community"
	run -65 "$W" scan --community-file "$WORK/community" "snmp://127.9.0.1:$P"
	[[ $output == *"is empty"* ]]
}

@test "v1 when it is asked for, and the configuration says so" {
	start_devices
	run -0 --separate-stderr "$W" scan "snmp1://public@127.9.0.1:$P"
	[[ $output == *"address: \"snmp://127.9.0.1:$P\""* && $output == *"version: 1"* ]]
	{ printf 'sites: [{id: lab, time_zone: UTC}]\nlocal: no\n'; echo "$output"; } | private "$WORK/v1.yaml"
	run -0 "$W" check -c "$WORK/v1.yaml"
}

@test "snmp3: a real agent is read with the secrets of a file, and no password is printed" {
	start_agent 'createUser reader SHA-256 "authpass123" AES "privpass123"' 'rouser reader priv'
	private "$WORK/secrets.yaml" <<-END
		auth: sha256
		auth_password: authpass123
		priv: aes128
		priv_password: "@file:$WORK/priv"
	END
	echo privpass123 | private "$WORK/priv"
	run -0 --separate-stderr "$W" scan --secrets "$WORK/secrets.yaml" "snmp3://reader@127.0.0.1:$SNMPD_PORT"
	[[ $output == *"version: 3"* && $output == *'user: "reader"'* && $output == *"auth: sha256"* && $output == *"priv: aes128"* ]]
	[[ $output == *'auth_password: "@cred:snmp3-auth"'* && $output == *"priv_password: \"@file:$WORK/priv\""* ]]
	[[ $output != *authpass123* && $output != *privpass123* ]]
	# What it prints is configuration, once the password lies where it says.
	mkdir "$WORK/secrets"
	echo authpass123 | private "$WORK/secrets/snmp3-auth"
	{ printf 'sites: [{id: lab, time_zone: UTC}]\nlocal: no\n'; echo "$output"; } | private "$WORK/v3.yaml"
	run -0 "$W" check -c "$WORK/v3.yaml"
	run -0 --separate-stderr "$W" scan --format json --secrets "$WORK/secrets.yaml" "snmp3://reader@127.0.0.1:$SNMPD_PORT"
	jq -e '.target == "snmp3://127.0.0.1:'"$SNMPD_PORT"'" and .driver == "if_mib"' <<<"$output"
}

@test "snmp3: each mistake in its own words" {
	start_agent 'createUser reader SHA-256 "authpass123" AES "privpass123"' 'rouser reader priv'
	run -64 "$W" scan "snmp3://reader@127.0.0.1:$SNMPD_PORT"
	[[ $output == *"--secrets"* ]]
	printf 'auth: sha256\nauth_pasword: authpass123\npriv: aes\npriv_password: short\n' >"$WORK/secrets.yaml"
	chmod 644 "$WORK/secrets.yaml"
	run -77 "$W" scan --secrets "$WORK/secrets.yaml" "snmp3://reader@127.0.0.1:$SNMPD_PORT"
	chmod 600 "$WORK/secrets.yaml"
	run -78 "$W" scan --secrets "$WORK/secrets.yaml" "snmp3://reader@127.0.0.1:$SNMPD_PORT"
	[[ $output == *"secrets.yaml:2:1: "*"auth_password"* && $output == *"secrets.yaml:4:"*"at least 8"* && $output != *short* ]]
	printf 'auth: sha256\nauth_password: authpass124\npriv: aes\npriv_password: privpass123\n' | private "$WORK/secrets.yaml"
	run -0 --separate-stderr "$W" scan --format json --secrets "$WORK/secrets.yaml" "snmp3://reader@127.0.0.1:$SNMPD_PORT"
	jq -e '.driver == null and (.warnings | length == 1 and (.[0] | test("password")))' <<<"$output"
	run -64 "$W" scan --secrets "$WORK/secrets.yaml" "snmp3://127.0.0.1:$SNMPD_PORT"
}

@test "one device is read within 2 s" {
	start_devices
	began=$(now_ms)
	run -0 "$W" scan "snmp://127.9.0.1:$P"
	is_sanitized || (($(now_ms) - began < 2000))
}

@test "a range of 250 devices is read within 10 s, and its silent addresses are one line" {
	start_devices --devices 250
	began=$(now_ms)
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.0/24:$P"
	is_sanitized || (($(now_ms) - began < 10000))
	[ "$(jq -s 'map(select(.driver == "apc_rpdu2" and .total.power_w > 0 and .warnings == [])) | length' <<<"$output")" -eq 250 ]
	[ "$stderr" == "wattledger scan: 250 of 254 addresses answered, 4 silent" ]
}

@test "more addresses than are asked at a time: all are asked, silence takes no longer than it must" {
	start_devices --devices 2
	began=$(now_ms)
	run -0 --separate-stderr "$W" scan --timeout 200ms --format json "snmp://127.9.0.0/22:$P"
	[ "$(jq -s length <<<"$output")" -eq 2 ]
	[ "$stderr" == "wattledger scan: 2 of 1022 addresses answered, 1020 silent" ]
	# 1,022 addresses, 200 at a time, two tries of 200 ms each: 2.4 s, and a tick each.
	is_sanitized || (($(now_ms) - began < 12000))
}

@test "a range of devices that answer is asked at 500 a second" {
	start_devices --devices 800
	began=$(now_ms)
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.0/22:$P"
	[ "$(jq -s length <<<"$output")" -eq 800 ]
	# 150 at once, the other 872 of the range 2 ms apart
	(($(now_ms) - began >= 1700))
}

@test "results come one by one, before the silent addresses are given up" {
	start_devices
	STDOUT=$WORK/found start_process scan "$W" scan --timeout 20s --format json "snmp://127.9.0.0/29:$P"
	wait_for grep -q '"target"' "$WORK/found"
	kill -0 "$(<"$WORK/scan.pid")"
	jq -e '.driver == "apc_rpdu2"' "$WORK/found"
}

@test "how far it is stands on a terminal, and nowhere else" {
	need script
	start_devices
	# Nothing is drawn of what ends within 1.5 s; a silent address is given up after two tries.
	script -qec "'$W' scan --timeout 2s --format json 'snmp://127.9.0.0/28:$P' >'$WORK/found'" "$WORK/terminal" >/dev/null
	grep -q "14 addresses, 1 answered \[[#-]*\] *[0-9]* %, [0-9:]* left" "$WORK/terminal"
	[ "$(jq -s length "$WORK/found")" -eq 1 ]
	run -0 --separate-stderr "$W" scan --timeout 300ms --format json "snmp://127.9.0.0/28:$P"
	[[ $stderr != *left* ]]
}

@test "a target that was named and is silent is told, and the others are shown: 69" {
	start_devices
	run -69 --separate-stderr "$W" scan --timeout 200ms "snmp://127.9.0.1:$P" "snmp://127.9.0.2:$P"
	[[ $output == *"driver: apc_rpdu2"* ]]
	[[ $stderr == *"snmp://127.9.0.2:$P: no answer from"* && $stderr == *"1 of the targets did not answer"* ]]
}

@test "a device that no driver knows: what it is, what it answers, how to write the driver" {
	cat >"$WORK/acme.snmprec" <<-END
		1.3.6.1.2.1.1.1.0|4|Acme Strip 7
		1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99998.7
		1.3.6.1.2.1.1.3.0|67|12345
		1.3.6.1.2.1.105.1.3.1.1.2.1|66|370
		1.3.6.1.4.1.99998.2.1.0|2|1234
	END
	start_devices --recording "$WORK/acme.snmprec"
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.1:$P"
	jq -e '.driver == null and .total == {"power_w": null, "energy_kwh": null, "source": null} and .meters == [] and (.warnings | length == 2)
		and (.warnings[0] | test("sysObjectID 1.3.6.1.4.1.99998.7; answers POWER-ETHERNET-MIB, and its maker.s tree 1.3.6.1.4.1.99998; sysDescr \"Acme Strip 7\""))
		and (.warnings[1] | test("drivers/README.md"))' <<<"$output"
	run -0 --separate-stderr "$W" scan "snmp://127.9.0.1:$P"
	[[ $output == *"    # no driver knows this device (sysObjectID 1.3.6.1.4.1.99998.7;"* && $output == *"    # a driver is one YAML file"* ]]
}

@test "a device without watts says so" {
	cat >"$WORK/plain.snmprec" <<-END
		1.3.6.1.2.1.1.1.0|4|A switch
		1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99998.8
		1.3.6.1.2.1.1.3.0|67|12345
		1.3.6.1.2.1.2.2.1.3.1|2|6
		1.3.6.1.2.1.31.1.1.1.1.1|4|eth0
		1.3.6.1.2.1.31.1.1.1.6.1|70|1000
		1.3.6.1.2.1.31.1.1.1.10.1|70|2000
	END
	start_devices --recording "$WORK/plain.snmprec"
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.1:$P"
	jq -e '.driver == "if_mib" and (.meters | length == 1) and (.warnings | any(test("neither power nor energy")))' <<<"$output"
}

@test "a total whose meter is silent is unknown, and the meter is named" {
	sed 's/1\.3\.6\.1\.4\.1\.1718\.4\.1\.3\.3\.1\.3\.2|2|340/1.3.6.1.4.1.1718.4.1.3.3.1.3.2|2|-1/; /1718\.4\.1\.3\.3\.1\.10\.2/d' \
		"$ROOT/tests/fixtures/recordings/sentry4.snmprec" >"$WORK/half.snmprec"
	start_devices --recording "$WORK/half.snmprec"
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.1:$P"
	jq -e '.driver == "sentry4" and .total.power_w == null and .total.energy_kwh == null
		and (.warnings | any(. == "its total is unknown: meter cord/2 gives no power"))' <<<"$output"
}

@test "a total of 0 W is shown with a doubt" {
	sed 's/|2|1469$/|2|0/' "$ROOT/tests/fixtures/recordings/ups_mib.snmprec" >"$WORK/idle.snmprec"
	start_devices --recording "$WORK/idle.snmprec"
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.1:$P"
	jq -e '.driver == "ups_mib" and .total.power_w == 0 and (.warnings | any(startswith("its total is 0 W")))' <<<"$output"
}

@test "unknown energy is null, never 0, and a device without any says so" {
	start_devices --devices 2 --model if-mib,raritan-px2
	run -0 --separate-stderr "$W" scan --format json "snmp://127.9.0.1:$P"
	jq -e '.driver == "power_ethernet" and .total.energy_kwh == null and .total.power_w == null
		and (.meters | length > 0 and all(.energy_kwh == null)) and (.warnings | any(test("it has no total")))' <<<"$output"
	run -0 --separate-stderr "$W" scan --format table "snmp://127.9.0.1:$P"
	[[ $output == *"n/a"* ]]
}

@test "wide ranges and ranges of IPv6 are refused before anything is sent" {
	run -64 "$W" scan snmp://127.0.0.0/8
	[[ $output == *"/16 is the widest"* ]]
	run -64 "$W" scan 'snmp://[::1]/64'
	run -64 "$W" scan snmp://127.0.0.0/16 snmp://127.1.0.0/16
	[[ $output == *"more than 65536 addresses"* ]]
}
