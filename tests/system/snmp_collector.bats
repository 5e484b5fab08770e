#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# wattledger-snmp against the simulator and against a real agent (net-snmp's snmpd): what it tells core, seen through wirecat.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

setup() {
	load lib
	work_begin
	SNMP=$BUILD/wattledger-snmp
	WIRECAT=$BUILD/wattledger-sim-wirecat
	need "$SNMP" "$WIRECAT" jq
}

teardown() { stop_all; }

# sim OPTION...: a simulator; sets SIM_PORT.
sim() {
	need "$BUILD/wattledger-sim-snmp"
	STDOUT=$WORK/sim.json start_process sim "$BUILD/wattledger-sim-snmp" --detached --curve flat "$@"
	wait_for grep -q port "$WORK/sim.json"
	SIM_PORT=$(jq -r .port "$WORK/sim.json")
}

# cat_wire OPTION... < PLAN: the collector's records in $WORK/out.json.
cat_wire() { "$WIRECAT" "$@" "$SNMP" >"$WORK/out.json" 2>"$WORK/err.log"; }

FARM=1.3.6.1.4.1.32473.1

farm_driver() {
	cat <<-X
		driver farm vendor=Farm total=sum
		rule object_id=$FARM
		identity serial=$FARM.2.1.0 model=$FARM.2.2.0 firmware=$FARM.2.3.0
		group inlet role=part point=pdu_out summand=1 parent=total
		point power_w $FARM.3.1.0 max=100000
		point energy_j $FARM.3.2.0 num=1000
		group outlet/{} table=1 name=$FARM.4.1.2 parent=total
		point power_w $FARM.4.1.3
		point energy_j $FARM.4.1.4 num=1000
	X
}

@test "a device is recognised, announced and read; identity comes before its samples" {
	sim --model farm --first-address 127.9.21.1
	{ farm_driver; echo "device d 127.9.21.1 $SIM_PORT driver=auto interval=500"; } | cat_wire --until '"quantity":"energy_j"' --times 3 --for 20
	[ "$(jq -r 'select(.record=="hello").device_count' "$WORK/out.json")" = 1 ]
	[ "$(jq -rs '[.[] | select(.record=="meter")] | length' "$WORK/out.json")" = 26 ]
	[ "$(jq -r 'select(.record=="device") | .state + " " + .model + " " + .driver' "$WORK/out.json" | head -n 1)" = "up FARM-24 farm" ]
	[ "$(jq -rs 'map(.record) | index("device") < index("sample")' "$WORK/out.json")" = true ]
	[ "$(jq -rs '[.[] | select(.record=="sample")][0].quantity' "$WORK/out.json")" = uptime_s ]
}

@test "one silent device delays nobody, and is named with what to look at" {
	sim --model farm --devices 20 --first-address 127.9.22.1 --fault silent@3
	{ farm_driver; echo "device d 127.9.22.1 $SIM_PORT count=20 interval=1000 timeout=200"; } |
		cat_wire --until '"quantity":"uptime_s"' --times 95 --for 60
	reason=$(jq -r 'select(.record=="device" and .state=="silent").reason' "$WORK/out.json" | head -n 1)
	[ "$reason" = "no answer from 127.9.22.4:$SIM_PORT in 3 tries of 0.2 s (wrong community, address or firewall?)" ]
	# in 95 reads every other device of 19 had its turn more than once
	[ "$(jq -rs '[.[] | select(.quantity=="uptime_s")] | group_by(.device) | map(select(length >= 2)) | length' "$WORK/out.json")" = 19 ]
}

@test "hostile devices end in a state of their own and send no sample" {
	local -A expected=([refuse]=refused [repeat]=lying [decrease]=lying [truncated]=lying [wrong-id]=silent [wrong-type]=lying)
	local fault
	for fault in "${!expected[@]}"; do
		sim --model farm --first-address 127.9.23.1 --fault "$fault"
		{ farm_driver; echo "device d 127.9.23.1 $SIM_PORT interval=1000 timeout=100"; } | cat_wire --until '"record":"device"' --for 20
		[ "$(jq -r 'select(.record=="device").state' "$WORK/out.json" | head -n 1)" = "${expected[$fault]}" ]
		[ "$(grep -c '"record":"sample"' "$WORK/out.json")" = 0 ]
		stop_process sim
	done
}

@test "IPv6 is read like IPv4" {
	sim --model farm --first-address 127.9.24.1 --ipv6
	{ farm_driver; echo "device d ::1 $SIM_PORT interval=500"; } | cat_wire --until '"state":"up"' --for 20
	grep -q '"state":"up"' "$WORK/out.json"
}

@test "a scan reads once and ends by itself" {
	sim --model farm --first-address 127.9.25.1
	{ farm_driver; echo scan; echo "device d 127.9.25.1 $SIM_PORT driver=auto interval=10000"; } | cat_wire --for 30
	[ "$(jq -rs '[.[] | select(.quantity=="uptime_s")] | length' "$WORK/out.json")" = 1 ]
	grep -q '"state":"up"' "$WORK/out.json"
}

# real_agent: a net-snmp agent with v1, v2c and v3 users; sets AGENT_PORT.
real_agent() {
	need snmpd
	AGENT_PORT=$(free_port)
	cat >"$WORK/counter.sh" <<-'X'
		#!/bin/sh
		while read -r line; do
			case $line in
			PING) echo PONG ;;
			get) read -r oid; printf '%s\ncounter64\n123456789012345\n' "$oid" ;;
			getnext) read -r oid; case $oid in *.1.0) echo NONE ;; *) printf '.1.3.6.1.4.1.8072.9999.1.1.0\ncounter64\n123456789012345\n' ;; esac ;;
			esac
		done
	X
	chmod +x "$WORK/counter.sh"
	cat >"$WORK/snmpd.conf" <<-X
		agentAddress udp:127.0.0.1:$AGENT_PORT,tcp:127.0.0.1:$AGENT_PORT
		rocommunity public 127.0.0.0/8
		dontLogTCPWrappersConnects yes
		createUser nobody3
		createUser md5des MD5 "authpass123" DES "privpass123"
		createUser sha256 SHA-256 "authpass123" AES "privpass123"
		createUser sha512 SHA-512 "authpass123" AES-256 "privpass123"
		rouser nobody3 noauth
		rouser md5des priv
		rouser sha256 priv
		rouser sha512 priv
		override .1.3.6.1.4.1.318.1.1.26.4.3.1.5.1 integer 1234
		pass_persist .1.3.6.1.4.1.8072.9999.1 $WORK/counter.sh
	X
	SNMP_PERSISTENT_DIR=$WORK/persist MIBS='' start_process snmpd snmpd -f -C -c "$WORK/snmpd.conf" -Lf "$WORK/snmpd.log" -I -smux
	wait_for snmpget -v2c -c public -t 0.2 -r 0 "127.0.0.1:$AGENT_PORT" .1.3.6.1.2.1.1.5.0
}

real_driver() {
	cat <<-X
		driver real
		group total role=total
		point power_w 1.3.6.1.4.1.318.1.1.26.4.3.1.5.1 factor=10
		point energy_j 1.3.6.1.4.1.8072.9999.1.1.0 num=1
	X
}

@test "a real agent: v1, v2c and a Counter64" {
	real_agent
	{
		real_driver
		echo "device one 127.0.0.1 $AGENT_PORT version=1 interval=1000"
		echo "device two 127.0.0.1 $AGENT_PORT interval=1000"
	} | cat_wire --for 3
	[ "$(jq -rs '[.[] | select(.quantity=="power_w" and .value==12340)] | map(.device) | unique | length' "$WORK/out.json")" = 2 ]
	[ "$(jq -rs '[.[] | select(.quantity=="energy_j")] | map(.raw) | unique | first' "$WORK/out.json")" = 123456789012345 ]
	[ "$(jq -rs '[.[] | select(.quantity=="energy_j")] | map(.device) | unique | join(",")' "$WORK/out.json")" = 1 ]
}

@test "a real agent: v3 at all levels, and each mistake in its own words" {
	real_agent
	{
		real_driver
		echo "device a 127.0.0.1 $AGENT_PORT version=3 user=nobody3"
		echo "device b 127.0.0.1 $AGENT_PORT version=3 user=md5des auth=MD5 auth_password=authpass123 priv=DES priv_password=privpass123"
		echo "device c 127.0.0.1 $AGENT_PORT version=3 user=sha256 auth=SHA-256 auth_password=authpass123 priv=AES priv_password=privpass123"
		echo "device d 127.0.0.1 $AGENT_PORT version=3 user=sha512 auth=SHA-512 auth_password=authpass123 priv=AES-256 priv_password=privpass123"
		echo "device e 127.0.0.1 $AGENT_PORT version=3 user=sha256 auth=SHA-256 auth_password=wrongpass1 priv=AES priv_password=privpass123"
		echo "device f 127.0.0.1 $AGENT_PORT version=3 user=who auth=SHA-256 auth_password=authpass123 priv=AES priv_password=privpass123"
		echo "device g 127.0.0.1 $AGENT_PORT version=3 user=nobody3 auth=SHA-256 auth_password=authpass123 priv=AES priv_password=privpass123"
		echo "device h 127.0.0.1 $AGENT_PORT version=3 user=sha256 auth=SHA-256 auth_password=authpass123 priv=AES priv_password=wrongpass1 timeout=200"
	} | cat_wire --for 4
	[ "$(jq -rs '[.[] | select(.record=="device" and .state=="up")] | map(.device) | unique | join(",")' "$WORK/out.json")" = 0,1,2,3 ]
	jq -r 'select(.record=="device" and .device==4).reason' "$WORK/out.json" | grep -q 'wrong authentication password'
	jq -r 'select(.record=="device" and .device==5).reason' "$WORK/out.json" | grep -q 'does not know this user'
	jq -r 'select(.record=="device" and .device==6).reason' "$WORK/out.json" | grep -q 'security level'
	jq -r 'select(.record=="device" and .device==7).reason' "$WORK/out.json" | grep -q 'wrong privacy password'
}

@test "a real agent: every authentication with every privacy, and without one" {
	need snmpd
	local auth priv user
	real_driver >"$WORK/plan"
	for auth in MD5 SHA SHA-224 SHA-256 SHA-384 SHA-512; do
		for priv in none DES AES AES-192 AES-256; do
			user=u$auth$priv
			if [[ $priv == none ]]; then
				echo "createUser $user $auth authpass123"
				echo "rouser $user auth"
				echo "device $user 127.0.0.1 PORT version=3 user=$user auth=$auth auth_password=authpass123" >>"$WORK/plan"
			else
				echo "createUser $user $auth authpass123 $priv privpass123"
				echo "rouser $user priv"
				echo "device $user 127.0.0.1 PORT version=3 user=$user auth=$auth auth_password=authpass123 priv=$priv priv_password=privpass123" >>"$WORK/plan"
			fi
		done
	done >"$WORK/users"
	echo "override .1.3.6.1.4.1.318.1.1.26.4.3.1.5.1 integer 1234" >>"$WORK/users"
	start_snmpd "$WORK/users" 127.0.0.1
	sed "s/ PORT / $SNMPD_PORT interval=1000 /" "$WORK/plan" | cat_wire --until '"state":"up"' --times 30 --for 40
	[ "$(jq -rs '[.[] | select(.record=="device" and .state=="up")] | map(.device) | unique | length' "$WORK/out.json")" = 30 ]
}

@test "a real agent that starts anew, with its boots reset to 0, is read on" {
	real_agent
	{
		real_driver
		echo "device a 127.0.0.1 $AGENT_PORT version=3 user=sha256 auth=SHA-256 auth_password=authpass123 priv=AES priv_password=privpass123 interval=500"
	} >"$WORK/plan"
	cat_wire --for 10 <"$WORK/plan" 3>&- &
	reader=$!
	wait_for grep -q '"state":"up"' "$WORK/out.json"
	stop_process snmpd
	rm -rf "$WORK/persist"
	SNMP_PERSISTENT_DIR=$WORK/persist MIBS='' start_process snmpd snmpd -f -C -c "$WORK/snmpd.conf" -Lf "$WORK/snmpd.log" -I -smux
	wait "$reader"
	# the last word is "up", and its uptime counts from the new start
	[ "$(jq -r 'select(.record=="device").state' "$WORK/out.json" | tail -n 1)" = up ]
	[ "$(jq -rs '[.[] | select(.quantity=="uptime_s")] | last.value < 11' "$WORK/out.json")" = true ]
}

@test "a real agent that starts anew and counts its starts, as most do, is read on" {
	real_agent
	{
		real_driver
		echo "device a 127.0.0.1 $AGENT_PORT version=3 user=md5des auth=MD5 auth_password=authpass123 priv=DES priv_password=privpass123 interval=500"
	} >"$WORK/plan"
	cat_wire --for 10 <"$WORK/plan" 3>&- &
	reader=$!
	wait_for grep -q '"state":"up"' "$WORK/out.json"
	stop_process snmpd
	SNMP_PERSISTENT_DIR=$WORK/persist MIBS='' start_process snmpd snmpd -f -C -c "$WORK/snmpd.conf" -Lf "$WORK/snmpd.log" -I -smux
	wait "$reader"
	[ "$(jq -r 'select(.record=="device").state' "$WORK/out.json" | tail -n 1)" = up ]
	[ "$(jq -rs '[.[] | select(.quantity=="uptime_s")] | last.value < 11' "$WORK/out.json")" = true ]
}

# twin ADDRESS WATTS: an agent at another address of the same port, with the same engine id and users as its twin; answers power WATTS.
twin() {
	cat >"$WORK/twin.conf" <<-X
		exactEngineID 0x80001f8804776174746c6564676572
		createUser sha256 SHA-256 "authpass123" AES "privpass123"
		rouser sha256 priv
		override .1.3.6.1.4.1.318.1.1.26.4.3.1.5.1 integer $2
	X
	SNMPD_NAME=twin.$1 start_snmpd "$WORK/twin.conf" "$1"
}

@test "two real agents with one engine id do not disturb each other, not even when one has started oftener" {
	twin 127.0.0.1 111
	# its twin is at its third start: another engineBoots, another engineTime
	twin 127.0.0.2 222
	stop_process twin.127.0.0.2
	twin 127.0.0.2 222
	stop_process twin.127.0.0.2
	twin 127.0.0.2 222
	{
		printf 'driver real\ngroup total role=total\npoint power_w 1.3.6.1.4.1.318.1.1.26.4.3.1.5.1\n'
		for host in 127.0.0.1 127.0.0.2; do
			echo "device d$host $host $SNMPD_PORT version=3 user=sha256 auth=SHA-256 auth_password=authpass123 priv=AES priv_password=privpass123 interval=500"
		done
	} | cat_wire --for 4
	[ "$(jq -rs '[.[] | select(.record=="device")] | group_by(.device) | map(map(.state) | unique | join("+")) | join(",")' "$WORK/out.json")" = up,up ]
	[ "$(jq -rs '[.[] | select(.quantity=="power_w")] | group_by(.device) | map(map(.value) | unique | join("+")) | join(",")' "$WORK/out.json")" = 111,222 ]
	# every 500 ms, one as often as the other
	[ "$(jq -rs '[.[] | select(.quantity=="power_w")] | group_by(.device) | map(length >= 5) | all' "$WORK/out.json")" = true ]
}

@test "more connections than the soft limit of descriptors are made when the hard one allows it" {
	real_agent
	{
		real_driver
		for i in {1..80}; do echo "device d$i 127.0.0.1 $AGENT_PORT tcp=1 interval=2000"; done
	} >"$WORK/plan"
	(ulimit -Sn 64 && cat_wire --until '"state":"up"' --times 80 --for 40 <"$WORK/plan")
	[ "$(jq -rs '[.[] | select(.record=="device" and .state=="up")] | map(.device) | unique | length' "$WORK/out.json")" = 80 ]
}

@test "the library writes nothing outside our folders" {
	need strace
	sim --model farm --first-address 127.9.26.1
	{ farm_driver; echo "device d 127.9.26.1 $SIM_PORT interval=500"; } >"$WORK/plan"
	cat >"$WORK/traced" <<-X
		#!/bin/sh
		exec strace -f -o "$WORK/calls" -e trace=openat,open,creat,mkdir,mkdirat,rename,renameat,unlink "$SNMP" "\$@"
	X
	chmod +x "$WORK/traced"
	"$WIRECAT" --until '"state":"up"' --for 20 "$WORK/traced" <"$WORK/plan" >"$WORK/out.json"
	grep -q '"state":"up"' "$WORK/out.json"
	# A sanitizer looks whether the folder of its reports is there.
	run ! grep -E 'mkdir|O_CREAT|O_WRONLY|O_RDWR|creat\(|rename|unlink|snmp/.*conf|\.snmp' <(grep -v 'mkdir.* EEXIST' "$WORK/calls")
}

@test "a real agent over TCP: v2c and v3; a new connection after it started anew" {
	real_agent
	{
		real_driver
		echo "device two 127.0.0.1 $AGENT_PORT tcp=1 interval=500"
		echo "device three 127.0.0.1 $AGENT_PORT tcp=1 version=3 user=sha256 auth=SHA-256 auth_password=authpass123 priv=AES priv_password=privpass123 interval=500"
	} >"$WORK/plan"
	cat_wire --for 12 <"$WORK/plan" 3>&- &
	reader=$!
	# two reads of each over the first connection
	wait_for eval '[ "$(jq -rs "[.[] | select(.quantity==\"energy_j\")] | group_by(.device) | map(select(length >= 2)) | length" "$WORK/out.json")" = 2 ]'
	stop_process snmpd
	rm -rf "$WORK/persist"
	SNMP_PERSISTENT_DIR=$WORK/persist MIBS='' start_process snmpd snmpd -f -C -c "$WORK/snmpd.conf" -Lf "$WORK/snmpd.log" -I -smux
	wait "$reader"
	[ "$(jq -rs '[.[] | select(.quantity=="power_w" and .value==12340)] | map(.device) | unique | join(",")' "$WORK/out.json")" = 0,1 ]
	[ "$(jq -rs '[.[] | select(.record=="device")] | group_by(.device) | map(last.state) | join(",")' "$WORK/out.json")" = up,up ]
	[ "$(jq -rs '[.[] | select(.quantity=="uptime_s")] | group_by(.device) | map(last.value < 13) | all' "$WORK/out.json")" = true ]
}

# closing_listener: takes TCP connections and closes each when something has come; sets CLOSING_PORT.
closing_listener() {
	need python3
	CLOSING_PORT=$(free_port)
	start_process closing python3 -c '
import socket, sys
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
while True:
    connection = listener.accept()[0]
    connection.recv(1500)
    connection.close()
' "$CLOSING_PORT"
}

@test "over TCP: refused, closed and silent are told apart" {
	real_agent
	closing_listener
	wait_for eval '(: <"/dev/tcp/127.0.0.1/$CLOSING_PORT") 2>/dev/null'
	local nobody
	nobody=$(free_port)
	{
		real_driver
		echo "device a 127.0.0.1 $nobody tcp=1 timeout=300"
		echo "device b 127.0.0.1 $CLOSING_PORT tcp=1 timeout=300"
		echo "device c 127.0.0.1 $AGENT_PORT tcp=1 timeout=300 community=wrong"
	} | cat_wire --for 4
	[ "$(jq -rs '[.[] | select(.record=="device")] | unique_by(.device) | map(.state) | join(",")' "$WORK/out.json")" = refused,refused,silent ]
	jq -r 'select(.record=="device" and .device==0).reason' "$WORK/out.json" | grep -q "127.0.0.1:$nobody refuses the TCP connection"
	jq -r 'select(.record=="device" and .device==1).reason' "$WORK/out.json" | grep -q "127.0.0.1:$CLOSING_PORT closes the TCP connection"
	jq -r 'select(.record=="device" and .device==2).reason' "$WORK/out.json" | grep -q 'no answer from .* in 3 tries'
}

@test "an answer is taken long before the time-out, though nothing else is due" {
	sim --model farm --first-address 127.9.27.1
	{ farm_driver; echo "device d 127.9.27.1 $SIM_PORT interval=1000 timeout=60000 deadline=60000"; } | cat_wire --until '"quantity":"uptime_s"' --times 3 --for 40
	[ "$(jq -rs '[.[] | select(.quantity=="uptime_s")] | length' "$WORK/out.json")" -ge 3 ]
}
