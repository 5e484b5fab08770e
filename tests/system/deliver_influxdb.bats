#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# wattledger-deliver against a real InfluxDB 1.6.7.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load lib_deliver
	work_begin
	need influxd "$BUILD/wattledger-deliver" "$BUILD/wattledger-sim-feeder"
}
teardown() { stop_all; }

with_database() {
	start_influx
	influx_query 'CREATE DATABASE energy WITH DURATION 7d REPLICATION 1 NAME raw' >/dev/null
}

@test "influxdb: every batch sent twice, plain and gzip, is stored once" {
	with_database
	make_points "$WORK/points" 50
	feed --output influxdb_v1 --url "$INFLUX_URL/" --database energy --retention-policy raw --live "$WORK/points" --twice >"$WORK/out"
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --gzip --backlog "$WORK/points" --twice >>"$WORK/out"
	[ "$(grep -c '^verdict 0 ok status=204 after=0 rejected=- text=$' "$WORK/out")" -eq 4 ]
	[ "$(influx_value 'SELECT count(energy_j), sum(energy_j) FROM energy' energy)" = "0 50 51225" ] # 50 x 1000 + 0 + 1 + ... + 49
	[ "$(influx_value 'SELECT sum(energy_j) FROM slot' energy)" = "0 90000" ]
	[ "$(influx_value "SELECT power_w FROM energy WHERE meter='outlet/7'" energy | cut -d' ' -f2)" = 107.5 ]
}

@test "influxdb: hostile tag values read back as they were cleaned" {
	with_database
	printf 'state,site=a\\,b\\ c\\=d,device=x\\y,meter=end\xEF\xBC\xBC value=1i %s000000000\n' "$(date +%s)" >"$WORK/points"
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/points" >"$WORK/out"
	expect_line 'verdict 0 ok .*'
	influx_query 'SELECT value FROM state GROUP BY *' energy | jq -r '.results[0].series[0].tags | .site, .device, .meter' >"$WORK/tags"
	printf 'a,b c=d\nx\\y\nend\xEF\xBC\xBC\n' | cmp - "$WORK/tags"
}

@test "influxdb: down, then up, on the same address: nothing is lost" {
	with_database
	make_points "$WORK/points" 20
	stop_process influx
	start_feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/points" --until-stored
	wait_for grep -q '^verdict 0 retry status=0 .*no connection to the store' "$WORK/feed.out"
	start_influx
	wait_for grep -q '^verdict 0 ok' "$WORK/feed.out"
	end_feed
	[ "$(influx_value 'SELECT count(energy_j) FROM energy' energy)" = "0 20" ]
}

@test "influxdb: of several addresses the one that works is found" {
	with_database
	make_points "$WORK/points" 3
	feed --output influxdb_v1 --url "http://127.0.0.1:$(free_port)" --url "$INFLUX_URL" --database energy --live "$WORK/points" >"$WORK/out"
	expect_line 'verdict 0 ok status=204 .*'
}

@test "influxdb: a type conflict parks the bad line alone" {
	with_database
	echo "energy,device=first power_w=1.5,energy_j=7i $(date +%s)000000000" >"$WORK/first"
	make_points "$WORK/points" 40
	sed -i '13s/energy_j=\([0-9]*\)i/energy_j=\1.5/' "$WORK/points"
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/first" --live "$WORK/points" --one-by-one >"$WORK/out"
	expect_line 'verdict 1 rejected status=400 after=0 rejected=12 text=partial write: field type conflict: input field "energy_j" .*'
	[ "$(influx_value "SELECT count(energy_j) FROM energy WHERE device='pdu-a'" energy)" = "0 39" ]
}

@test "influxdb: conflicts, unparsable lines and lines beyond retention of one batch are all named" {
	with_database
	echo "energy,device=first energy_j=7i $(date +%s)000000000" >"$WORK/first"
	make_points "$WORK/points" 30
	sed -i -e '5s/energy_j=\([0-9]*\)i/energy_j=\1.5/' -e '11s/energy_j=/energy_j=x/' -e '20s/ [0-9]*$/ 1000000000/' -e '25s/.*/hello/' "$WORK/points"
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/first" --live "$WORK/points" --one-by-one >"$WORK/out"
	expect_line 'verdict 1 rejected status=400 after=0 rejected=4,10,19,24 text=.*'
	[ "$(influx_value "SELECT count(energy_j) FROM energy WHERE device='pdu-a'" energy)" = "0 26" ]
	[ "$(influx_value "SELECT count(energy_j) FROM slot" energy)" = "0 1" ]
}

@test "influxdb: a batch that is beyond retention as a whole is parked, not offered for ever" {
	with_database
	make_points "$WORK/points" 10 1000000000
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/points" >"$WORK/out"
	expect_line 'verdict 0 rejected status=400 after=0 rejected=all text=partial write: points beyond retention policy dropped=11'
}

@test "influxdb: wrong database, user or rights keep the data, and no password is shown" {
	start_influx auth
	influx_query "CREATE USER admin WITH PASSWORD 'canary-admin' WITH ALL PRIVILEGES" >/dev/null
	influx_query 'CREATE DATABASE energy' '' -u admin:canary-admin >/dev/null
	influx_query "CREATE USER writer WITH PASSWORD 'canary-writer'" '' -u admin:canary-admin >/dev/null
	influx_query "CREATE USER nobody WITH PASSWORD 'canary-nobody'" '' -u admin:canary-admin >/dev/null
	influx_query 'GRANT WRITE ON energy TO writer' '' -u admin:canary-admin >/dev/null
	make_points "$WORK/points" 3
	to() { feed --output influxdb_v1 --url "$INFLUX_URL" --username "$1" --password "$2" --database "$3" --live "$WORK/points" >>"$WORK/out" 2>&1; }
	to writer canary-writer energy
	expect_line 'verdict 0 ok status=204 .*'
	to writer canary-wrong energy
	expect_line 'verdict 0 retry status=401 after=[0-9]+ rejected=- text=not authorised: check token, or username and password: authorization failed'
	to nobody canary-nobody energy
	expect_line 'verdict 0 retry status=403 after=[0-9]+ rejected=- text=no right to write there.*'
	to admin canary-admin nowhere
	expect_line 'verdict 0 retry status=404 after=[0-9]+ rejected=- text=not found: .*database not found: "nowhere"'
	awk '/ retry / { split($5, a, "="); if (a[2] < 60 || a[2] > 120) exit 1 }' "$WORK/out" # slow
	run ! grep canary "$WORK/out"
}

@test "influxdb: a batch that is not what its record says is parked whole, with the reason" {
	with_database
	make_points "$WORK/points" 3
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/points" --unsealed >"$WORK/out"
	expect_line 'verdict 0 rejected status=0 after=0 rejected=all text=a batch came without a sealed memory file'
	feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --live "$WORK/points" --lie >"$WORK/out"
	expect_line 'verdict 0 rejected status=0 after=0 rejected=all text=a batch says 5 points and holds 4 lines'
}

@test "influxdb: deliver stays within 10 MiB while it sends" {
	! grep -q __asan_init "$BUILD/wattledger-deliver" || skip "a sanitizer's memory is not ours"
	with_database
	make_points "$WORK/points" 200
	local batches=()
	for _ in {1..50}; do batches+=(--live "$WORK/points"); done
	start_feed --output influxdb_v1 --url "$INFLUX_URL" --database energy --gzip "${batches[@]}" --until-stored
	wait_for grep -q '^holding' "$WORK/feed.out"
	[ -r "/proc/$DELIVER_PID/smaps_rollup" ] && cat "/proc/$DELIVER_PID/smaps_rollup" >"$WORK/rollup" || skip "smaps of another user"
	awk '$1 == "Pss:" { print "# PSS " $2 " KiB"; exit $2 > 10240 }' "$WORK/rollup" >&3
	end_feed
}
