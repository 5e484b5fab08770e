#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# wattledger-deliver against a real VictoriaMetrics.

setup() {
	load lib
	load lib_deliver
	work_begin
	need victoria-metrics "$BUILD/wattledger-deliver" "$BUILD/wattledger-sim-feeder"
}
teardown() { stop_all; }

# How many samples all series of a metric hold together, and the sum of their values.
samples_of() { vm_query "$1" | jq -s '[.[].values[]] | "\(length) \(add)"' -r; }

has_series() { [ "$(vm_query "$1" | wc -l)" -eq "$2" ]; }

@test "victoriametrics: every batch sent twice is read once with -dedup.minScrapeInterval=1ms" {
	start_vm -dedup.minScrapeInterval=1ms
	make_points "$WORK/points" 30
	feed --output victoriametrics --url "$VM_URL" --live "$WORK/points" --twice >"$WORK/out"
	feed --output victoriametrics --url "$VM_URL" --gzip --backlog "$WORK/points" --twice >>"$WORK/out"
	[ "$(grep -c '^verdict 0 ok status=204 ' "$WORK/out")" -eq 4 ]
	vm_flush
	wait_for has_series energy_energy_j 30
	[ "$(samples_of energy_energy_j)" = "30 30435" ] # 30 x 1000 + 0 + 1 + ... + 29
	[ "$(samples_of slot_energy_j)" = "1 90000" ]
	[ "$(samples_of energy_power_w)" = "30 3450" ] # 30 x 100.5 + 435
}

@test "victoriametrics: the same tags as in InfluxDB, hostile ones too" {
	start_vm
	printf 'state,site=a\\,b\\ c\\=d,device=x\\y,meter=end\xEF\xBC\xBC value=1i %s000000000\n' "$(date +%s)" >"$WORK/points"
	feed --output victoriametrics --url "$VM_URL" --database lab --live "$WORK/points" >"$WORK/out"
	expect_line 'verdict 0 ok .*'
	vm_flush
	wait_for has_series state_value 1
	vm_query state_value | jq -r '.metric | .site, .device, .meter, .db' >"$WORK/tags"
	printf 'a,b c=d\nx\\y\nend\xEF\xBC\xBC\nlab\n' | cmp - "$WORK/tags"
}

@test "victoriametrics: down, then up: nothing is lost" {
	VM_PORT=$(free_port)
	make_points "$WORK/points" 20
	start_feed --output victoriametrics --url "http://127.0.0.1:$VM_PORT" --live "$WORK/points" --until-stored
	wait_for grep -q '^verdict 0 retry status=0' "$WORK/feed.out"
	start_vm
	wait_for grep -q '^verdict 0 ok' "$WORK/feed.out"
	end_feed
	vm_flush
	wait_for has_series energy_energy_j 20
}
