# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# ipmi: BMCs for the tests, by ipmi_sim of OpenIPMI, each a process on an address of its own. After `load lib` and work_begin.
#
# ipmi_sim knows cipher suite 3 alone, wants privilege admin for DCMI and FreeIPMI's way round the privilege of the open session request:
# so each session of these tests has gone through the whole list of ways in.

# ipmi_begin: the module with the answers that ipmi_sim lacks; sets IPMI_PORT. Skips without ipmi_sim.
ipmi_begin() {
	command -v ipmi_sim >/dev/null || skip "ipmi_sim is not installed (package openipmi)"
	gcc -shared -fPIC -o "$WORK/replies.so" "$ROOT/tests/sim/ipmi/replies.c" 2>"$WORK/gcc.log" ||
		skip "the module for ipmi_sim cannot be built (package libopenipmi-dev)"
	IPMI_PORT=$(free_port)
	printf %s "${IPMI_PASSWORD:=testpw}" >"$WORK/password"
	chmod 600 "$WORK/password"
}

# start_bmc NAME ADDRESS [LINE...]: LINEs are added to its emulator's commands (sensors). Its answers lie in $WORK/NAME.replies.
start_bmc() {
	local name=$1 address=$2
	shift 2
	cat >"$WORK/$name.conf" <<-END
		name "$name"
		set_working_mc 0x20
		startlan 1
		  addr $address $IPMI_PORT
		  priv_limit admin
		  allowed_auths_user none md2 md5 straight
		  allowed_auths_operator none md2 md5 straight
		  allowed_auths_admin none md2 md5 straight
		  guid a123456789abcdefa123456789abcdef
		endlan
		user 1 true "" "" user 10 none md2 md5 straight
		user 2 true "meter" "$IPMI_PASSWORD" admin 10 none md2 md5 straight
${BMC_CONF:-}
		loadlib "$WORK/replies.so" "$WORK/$name.replies"
	END
	{
		echo "mc_setbmc 0x20"
		echo "mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f ${BMC_MANUFACTURER:-0x1291} 0xf02 persist_sdr"
		echo "sel_enable 0x20 1000 0x0a"
		[ $# -eq 0 ] || printf '%s\n' "$@"
		echo "mc_enable 0x20"
	} >"$WORK/$name.emu"
	[ -e "$WORK/$name.replies" ] || : >"$WORK/$name.replies"
	mkdir -p "$WORK/$name.state"
	start_process "$name" ipmi_sim -n -p -c "$WORK/$name.conf" -f "$WORK/$name.emu" -s "$WORK/$name.state"
	wait_for _is_listening "$IPMI_PORT"
	wait_for eval "[ -n \"\$(ss -Hlun 'src = $address:$IPMI_PORT')\" ]"
}

le16() { printf '%02x %02x' $(($1 & 255)) $(($1 >> 8 & 255)); }
le32() { printf '%02x %02x %02x %02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }

# dcmi_line WATTS [AVERAGE [PERIOD_MS [STATE]]]: the answer to Get Power Reading, as a line of a replies file. STATE: 40 active, 00 not.
dcmi_line() {
	echo "2c 02 dc 01 = 00 dc $(le16 "$1") $(le16 1) $(le16 2000) $(le16 "${2:-$1}") $(le32 1800000000) $(le32 "${3:-1}") ${4:-40}"
}

# set_reply NAME LINE...: all that the BMC has to say from now on.
set_reply() {
	local name=$1
	shift
	printf '%s\n' "$@" >"$WORK/$name.replies.new"
	mv "$WORK/$name.replies.new" "$WORK/$name.replies"
}

# sessions ADDRESS: how many sessions of our user the BMC has, the one that asks not counted.
sessions() {
	ipmitool -I lanplus -C 3 -H "$1" -p "$IPMI_PORT" -U meter -f "$WORK/password" session info all |
		awk -F: '/^user id/ && $2 + 0 == 2 { n++ } END { print n - 1 }'
}
