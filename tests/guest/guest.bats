#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A kernel's own powercap, hwmon and power_supply classes and its own IPMI driver, in an emulated guest (some minutes): powercap zones of
# zones.c, the ACPI power meter, battery and mains of meter.asl, a temperature sensor on a stub of an I2C bus, and a BMC on a KCS port that
# ipmi_sim plays. The guest boots once, runs the agent on all of it (init), and what it prints is asked here.

setup_file() {
	load ../system/lib
	work_begin
	need qemu-system-x86_64 iasl cpio busybox gcc make apt-get dpkg "$BUILD/wattledger"
	"$BATS_TEST_DIRNAME/prepare" "$BUILD" "$BUILD/guest"
	load ../system/ipmi
	ipmi_begin
	KCS_PORT=$(free_port)
	set_reply bmc "$(dcmi_line 412)" "2c 10 dc 01 40 = 00 dc 01 01 17 01"
	BMC_CONF="  serial 15 127.0.0.1 $KCS_PORT codec VM" start_bmc bmc 127.0.5.1
	STDOUT=$WORK/boot start_process guest qemu-system-x86_64 -nodefaults -no-reboot -display none -accel tcg -cpu Skylake-Client-v4 -m 512 \
		-kernel "$BUILD/guest/vmlinuz" -initrd "$BUILD/guest/initrd" -append "console=ttyS0 quiet panic=-1" \
		-acpitable "file=$BUILD/guest/meter.aml" \
		-chardev "socket,id=bmc,host=127.0.0.1,port=$KCS_PORT,reconnect=1" -device ipmi-bmc-extern,id=bmc0,chardev=bmc \
		-device isa-ipmi-kcs,bmc=bmc0 -serial stdio -serial "file:$WORK/told"
	WAIT_S=900 wait_exit "$(<"$WORK/guest.pid")"
	tr -d '\r' <"$WORK/told" >"$WORK/lines"
	stop_all
}

setup() { load ../system/lib; }

# said NAME: a section of what the guest has printed.
said() { awk -v name="$1" '/^@@ / { is_in = $0 == "@@ " name; next } is_in' "$BATS_FILE_TMPDIR/lines"; }

@test "the guest ran to its end, and its kernel shows its own classes" {
	grep -q '^@@ end' "$BATS_FILE_TMPDIR/lines"
	[ "$(said kernel | grep -c -x -E '/sys/class/powercap/intel-rapl:0(:0)?|/sys/class/power_supply/(BAT0|ADP0)|/dev/ipmi0|lm75')" -eq 6 ]
}

@test "scan finds the kernel's counters, meter, battery and BMC" {
	said "scan local" | grep -A 2 'id: intel' | grep -q 'address: "rapl"'
	said "scan local" | grep -q 'address: "hwmon"'
	said "scan local" | grep -q 'address: "power_supply"'
	said "scan bmc" | grep -q 'now 412 W'
	said "scan bmc" | grep -q 'address: "ipmi:/dev/ipmi0"'
}

@test "a processor's counters, the ACPI power meter, a battery and the BMC in band become power and energy" {
	# 35 W and 5 W by the kernel's clock, 250 W and 412 W as they are told, and 12 W out of the battery
	[ "$(said points | sed -n 's/^energy,.*device=processor,.*meter=total.* power_w=\([0-9.]*\).*/\1/p' | tail -n 1 | cut -d. -f1)" -ge 39 ]
	[ "$(said points | sed -n 's/^energy,.*device=processor,.*meter=total.* power_w=\([0-9.]*\).*/\1/p' | tail -n 1 | cut -d. -f1)" -le 40 ]
	said points | grep '^energy,.*device=board,.*meter=total' | grep -q 'power_w=250[,. ]'
	said points | grep '^energy,.*device=bmc,.*meter=total' | grep -q 'power_w=412[,. ]'
	said points | grep '^energy,.*device=battery,.*meter=BAT0/out' | grep -q 'power_w=12[,. ]'
	said points | grep -q '^battery,.*device=battery,meter=BAT0 .*soc_ratio=0.5'
	said events | grep -q 'started,cabinet,processor,package-0,'
}

@test "the counters stay closed to all but root: who may not read them is told why, and nobody opens them" {
	[ "$(said "rights before" | grep -c '^400 root ')" -eq 2 ]
	[ "$(said "rights before")" = "$(said "rights after")" ]
	said "scan by nobody" | grep -q '2 of 2 counters are readable by root alone: start wattledgerd as its service (it grants CAP_DAC_READ_SEARCH)'
	said "doctor by nobody" | grep -q '2 of 2 energy counters are closed to this user: .*CVE-2020-8694'
	said "doctor by nobody" | grep -q '/dev/ipmi0 is closed to this user'
}
