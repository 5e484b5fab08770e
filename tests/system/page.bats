#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The status page: what it answers and whom, in a browser, and to Prometheus.

# The quoted conditions are for wait_for's eval.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load agent
	need "$BUILD/wattledgerd" "$BUILD/wattledger-page" "$BUILD/wattledger-sim-snmp" jq curl sqlite3
}

teardown() { stop_all; }

# start_page DEVICES: an agent with that many devices and a page; sets URL.
start_page() {
	PORT=$(free_port)
	URL=http://127.0.0.1:$PORT
	start_sim --devices "$1" --curve fast
	write_config "$1" "page: {listen: '127.0.0.1:$PORT'}"
	# One device has a name that a browser must not take for markup.
	sed -i 's|{id: d1, |{id: d1, name: "<img src=x onerror=document.title=1>", |' "$CONFIG"
	start_agent
	wait_for curl -sf "$URL/api/status"
}

# dom: the page after its scripts have run, as the browser has it.
dom() {
	HOME=$WORK timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --disable-dev-shm-usage --user-data-dir="$WORK/browser" --virtual-time-budget=15000 \
		--dump-dom "$URL/" 2>"$WORK/browser.log"
}

@test "the page and its parts come with headers that keep scripts of others out" {
	start_page 1
	run -0 curl -sfi "$URL/"
	[[ $output == *"Content-Security-Policy: default-src 'self'"* && $output == *"X-Content-Type-Options: nosniff"* && $output == *'<title>wattledger'* ]]
	[ "$(cat <(curl -sf "$URL/") <(curl -sf "$URL/page.css") <(curl -sf "$URL/page.js") | wc -c)" -lt 150000 ]
	curl -sf "$URL/page.js" | cmp - "$ROOT/agent/run/page.js"
	run ! grep -E '(src|href)="?(https?:)?//' <(curl -sf "$URL/")
}

@test "a state folder that is named from where the agent was started has a page too" {
	cd "$WORK"
	STATE=near start_page 1
	run -0 curl -sfi "$URL/"
	[ "$(curl -sf "$URL/api/status" | jq -r .ledger.path)" = "$WORK/near/ledger.db" ]
}

@test "nothing is taken, other paths are told, and a foreign name is refused" {
	start_page 1
	[ "$(curl -s -o "$WORK/out" -w '%{http_code}' "$URL/etc/passwd")" = 404 ]
	grep -q '/metrics' "$WORK/out"
	[ "$(curl -s -o "$WORK/out" -w '%{http_code}' -X POST -d x=1 "$URL/api/status")" = 405 ]
	[ "$(curl -s -o "$WORK/out" -w '%{http_code}' -X DELETE "$URL/")" = 405 ]
	[ "$(curl -s -o "$WORK/out" -w '%{http_code}' -H 'Host: rebound.example' "$URL/api/status")" = 403 ]
	[ "$(curl -s -o "$WORK/out" -w '%{http_code}' -H "Host: localhost:$PORT" "$URL/api/status")" = 200 ]
	[ "$(curl -sI -o "$WORK/out" -w '%{http_code}' "$URL/")" = 200 ]
}

# import_hours: 100 g/kWh for each hour of this day and the next.
import_hours() {
	awk -v from="$(date -u -d 0:00 +%s)" 'BEGIN {
		print "start,end,value"
		for (i = 0; i < 48; i++)
			print strftime("%Y-%m-%dT%H:%MZ", from + i * 3600, 1) "," strftime("%Y-%m-%dT%H:%MZ", from + (i + 1) * 3600, 1) ",100"
	}' >"$WORK/hours.csv"
	"$BUILD/wattledger" factors import "$WORK/hours.csv" --zone NO --basis direct --source test --state "$STATE"
}

@test "status and today are JSON, and say what the ledger says" {
	import_hours
	start_page 2
	wait_for eval 'curl -sf "$URL/api/status" | jq -e ".schema == \"wattledger.status/1\" and ([.sources[] | select(.state == \"up\")] | length == 2)"'
	tell "clock stop"
	curl -sf "$URL/api/status" | jq -e '.sites[0].intensity_g_per_kwh > 0'
	WAIT_S=150 wait_for eval '[[ $(in_slots 1) -gt 0 ]]'
	wait_for eval 'curl -sf "$URL/api/today" | jq -e ".devices[0].energy_kwh > 0"'
	curl -sf "$URL/api/today" | jq -e '.schema == "wattledger.today/1" and .sites[0].location_kg > 0 and (.events | length > 0)'
	curl -sf "$URL/api/today" | jq -e '.sites[0] | (.hourly_kg - .energy_kwh / 10 | . <= 0.000001 and . >= -0.000001) and .direct_kg == null'
	# Six digits of a kWh are 3.6 J.
	curl -sf "$URL/api/today" | jq -e --argjson millij "$(in_slots 1)" \
		'.devices[] | select(.device == "d1").energy_kwh * 3600000000 - $millij | . <= 1801 and . >= -1801'
}

# fields NAME: the fields of an answer, as wattledger-api(7) writes them.
fields() {
	curl -sf "$URL/api/$1" | jq -r '[paths | select(.[-1] | type == "string")] | map(map(if type == "number" then "[]" else . end) | join(".") | gsub("\\.\\[\\]"; "[]")) | unique[]'
}

@test "wattledger-api(7) names every field that the page answers with" {
	start_page 2
	wait_for eval 'curl -sf "$URL/api/today" | jq -e ".events | length > 0"'
	for name in status today; do
		fields "$name" | sort >"$WORK/$name.fields"
		sed -n "/^# .api.$name/,/^# /s/^| \([][a-z0-9_.]*\) |.*/\1/p" "$ROOT/packaging/man/wattledger-api.7.md" | sort >"$WORK/$name.named"
		# A folder of others (clock, sites[]) needs no row of its own.
		run -0 awk 'FNR == NR { named[$0] = 1; while (sub(/[.[][^.[]*$/, "")) if ($0 != "") named[$0] = 1; next } !($0 in named)' "$WORK/$name.named" "$WORK/$name.fields"
		[ -z "$output" ] || { echo "not in wattledger-api(7), $name: $output"; false; }
		[ "$(wc -l <"$WORK/$name.fields")" -ge 12 ]
	done
}

@test "metrics are clean for promtool, and a real Prometheus scrapes them" {
	need promtool prometheus
	start_page 2
	wait_for eval 'curl -sf "$URL/metrics" | grep "^wattledger_energy_joules_total.*device=\"d2\""'
	curl -sf "$URL/metrics" | promtool check metrics
	curl -sf -H 'Accept: application/openmetrics-text; version=1.0.0' "$URL/metrics" >"$WORK/open"
	[ "$(tail -n 1 "$WORK/open")" = '# EOF' ]
	grep -qx '# UNIT wattledger_power_watts watts' "$WORK/open"
	local scraper
	scraper=$(free_port)
	printf 'scrape_configs: [{job_name: w, scrape_interval: 1s, static_configs: [{targets: ["127.0.0.1:%s"]}]}]\n' "$PORT" >"$WORK/prometheus.yml"
	start_process prometheus prometheus --config.file="$WORK/prometheus.yml" --storage.tsdb.path="$WORK/tsdb" --web.listen-address="127.0.0.1:$scraper"
	WAIT_S=60 wait_for eval 'curl -sf "http://127.0.0.1:'"$scraper"'/api/v1/query?query=wattledger_energy_joules_total" |
		jq -e ".data.result | map(.metric | .site + .device + .meter + .in_total) | sort == [\"labd1totalyes\", \"labd2totalyes\"]"'
	wait_for eval 'curl -sf "http://127.0.0.1:'"$scraper"'/api/v1/query?query=up" | jq -e ".data.result[0].value[1] == \"1\""'
}

@test "a browser shows power, sources and a hostile name as text" {
	need chromium
	start_page 2
	wait_for eval 'curl -sf "$URL/api/status" | jq -e "[.sources[] | select(.state == \"up\")] | length == 2"'
	dom >"$WORK/dom"
	grep -q '2 of 2 up' "$WORK/dom"
	grep -q '&lt;img src=x onerror=document.title=1&gt;' "$WORK/dom"
	run ! grep -q '<img' "$WORK/dom"
	grep -qE '<p class="now">[0-9.,]+ k?W</p>' "$WORK/dom"
}

@test "a port that is taken is told, and costs the page alone" {
	PORT=$(free_port)
	start_process squatter python3 -m http.server --bind 127.0.0.1 "$PORT"
	wait_for curl -sf "http://127.0.0.1:$PORT/"
	start_sim --devices 1 --curve fast
	write_config 1 "page: {listen: '127.0.0.1:$PORT'}"
	start_agent
	wait_for grep -q "page: error: cannot listen at 127.0.0.1 port $PORT" "$WORK/agent.log"
	wait_for eval '[[ -n $(last_raw 1) ]]'
}
