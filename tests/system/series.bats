#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# series: hourly factors that come by themselves while the agent runs: a folder that is watched, a service that is asked over HTTPS.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	load books
	books_begin
	load agent
	need "$BUILD/wattledgerd" openssl python3 jq sqlite3
	FEED=$WORK/feed
	mkdir -p "$FEED"
}

teardown() { stop_all; }

# configure LINE...: the books' site with series.
configure() {
	{
		cat "$WORK/site.yaml"
		echo "agent: {clock: assumed}"
		echo "ledger: {commit: 1s}"
		echo "series:"
		printf '  - %s\n' "$@"
	} >"$CONFIG"
	chmod 600 "$CONFIG"
}

start() {
	start_process agent "$BUILD/wattledgerd" -c "$CONFIG" --state "$STATE" --grid "$GRID"
	wait_for test -S "$STATE/control.sock"
}

# event CODE TEXT: the ledger has such an event.
has_event() { [[ $(sql "SELECT text FROM event WHERE code = '$1'") == *"$2"* ]]; }
events() { sql "SELECT COUNT(*) FROM event WHERE code = '$1'"; }
hourly_mg() { "$W" report --state "$STATE" --period 2026-10-05 --format json 2>/dev/null | jq -r '.rows[0].hourly.location_mg'; }

# 1000 W over 08:00 to 10:00 UTC: 0.5 kWh x 100 + 0.5 kWh x 200.5 + 1 kWh x 30.5 (the year's) = 180.75 g; with 130.5 for 09:00: 280.75 g.
@test "a folder: what is new or changed is taken without a restart, what is wrong changes nothing, and all of it is told" {
	printf 'start,end,value\n2026-10-05T08:00Z,2026-10-05T08:30Z,100\n2026-10-05T08:30Z,2026-10-05T09:00Z,200.5\n' >"$FEED/a.csv"
	configure "{folder: $FEED, zone: XO, basis: lifecycle, publisher: T, source: made up}"
	start
	wait_for has_event series_taken "XO, lifecycle, T: 2 new intervals and 0 changed ones from 2026-10-05T08:00:00Z to 2026-10-05T09:00:00Z"
	has_event series_taken "sha256 $(sha256sum "$FEED/a.csv" | cut -d' ' -f1), $FEED/a.csv, kept as XO-lifecycle-"
	[ "$(hourly_mg)" = 180750 ]

	# late data changes what is provisional
	printf 'start,end,value\n2026-10-05T08:30Z,2026-10-05T09:00Z,200.5\n2026-10-05T09:00Z,2026-10-05T09:30Z,130.5\n2026-10-05T09:30Z,2026-10-05T10:00Z,130.5\n' >"$WORK/b.csv"
	mv "$WORK/b.csv" "$FEED/b.csv"
	wait_for has_event series_taken "2 new intervals and 0 changed ones from 2026-10-05T09:00:00Z"
	[ "$(hourly_mg)" = 280750 ]
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	"$W" verify "$WORK/package"

	# a wrong one is told with its place; the good ones stay in force
	printf 'start,end,value\n2026-10-05T09:00Z,2026-10-05T09:30Z,1\n2026-10-05T09:30Z,2026-10-05T10:00Z,1 g\n' >"$FEED/c.csv"
	wait_for has_event series_refused "$FEED/c.csv:3:37: \"1 g\" is no number from 0 to 5000 (g/kWh) with at most 6 decimals: nothing of it was taken"
	[ "$(hourly_mg)" = 280750 ]
	# mended in its place
	printf 'start,end,value\n2026-10-05T09:00Z,2026-10-05T09:30Z,1\n2026-10-05T09:30Z,2026-10-05T10:00Z,1\n' >"$FEED/c.csv"
	wait_for has_event series_taken "0 new intervals and 2 changed ones from 2026-10-05T09:00:00Z"
	[ "$(hourly_mg)" = 151250 ]

	# whoever may write there has nothing read that he may not read himself
	ln -s "$CONFIG" "$WORK/e.csv"
	mv "$WORK/e.csv" "$FEED/e.csv"
	wait_for has_event series_refused "$FEED/e.csv is a link, which is not followed: put the file itself there"
	rm "$FEED/e.csv"

	# what cannot be kept is told once, and tried again
	mv "$STATE/grid/hourly" "$WORK/aside"
	: >"$STATE/grid/hourly"
	printf 'start,end,value\n2026-10-05T12:00Z,2026-10-05T13:00Z,7\n' >"$FEED/f.csv"
	wait_for has_event series_refused "$FEED/f.csv: nothing of it was taken: "
	chmod 640 "$FEED/f.csv"
	rm "$STATE/grid/hourly"
	mv "$WORK/aside" "$STATE/grid/hourly"
	chmod 644 "$FEED/f.csv"
	wait_for has_event series_taken "from 2026-10-05T12:00:00Z"

	# a new start takes nothing twice
	kill "$(child series)"
	wait_for grep -q 'series ended' "$WORK/agent.log"
	printf 'start,end,value\n2026-10-05T10:00Z,2026-10-05T11:00Z,7\n2026-10-05T11:00Z,2026-10-05T12:00Z,7\n' >"$FEED/d.csv"
	wait_for has_event series_taken "from 2026-10-05T10:00:00Z"
	[ "$(events series_taken)" = 5 ]
	[ "$(events series_refused)" = 3 ]
	[ "$(hourly_mg)" = 151250 ]
}

@test "services over HTTPS: both shapes are taken with what they say of themselves; refusals, rubbish and silence are told, and waited for" {
	make_tls_files
	local port answers=$WORK/answers url options
	port=$(free_port)
	mkdir "$answers"
	: >"$answers/requests"
	printf '200\n{"data":[{"from":"2026-10-05T08:00Z","to":"2026-10-05T08:30Z","intensity":{"forecast":9,"actual":100,"index":"low"}},
		{"from":"2026-10-05T08:30Z","to":"2026-10-05T09:00Z","intensity":{"forecast":9,"actual":200.5,"index":"low"}},
		{"from":"2026-10-05T09:00Z","to":"2026-10-05T09:30Z","intensity":{"forecast":9,"actual":60,"index":"low"}},
		{"from":"2026-10-05T09:30Z","to":"2026-10-05T10:00Z","intensity":{"forecast":9,"actual":60,"index":"low"}},
		{"from":"2026-10-05T10:00Z","to":"2026-10-05T10:30Z","intensity":{"forecast":9,"actual":null,"index":"low"}}]}' >"$answers/uk"
	printf '200\n{"zone":"XO","history":[{"zone":"XO","carbonIntensity":50,"datetime":"2026-10-06T08:00:00.000Z","emissionFactorType":"direct",
		"isEstimated":true},{"zone":"XO","carbonIntensity":51,"datetime":"2026-10-06T09:00:00.000Z","emissionFactorType":"direct"}]}' >"$answers/maps"
	echo '429 1' >"$answers/limit"
	echo 500 >"$answers/broken"
	printf '200\n<html>Welcome' >"$answers/rubbish"
	echo big >"$answers/big"
	echo slow >"$answers/slow"
	echo 401 >"$answers/private"
	start_process server python3 "$ROOT/tests/system/series_server.py" "$port" "$WORK/tls/server.pem" "$WORK/tls/server.key" "$answers"
	wait_for curl -ksSo /dev/null "https://127.0.0.1:$port/broken"
	url=https://127.0.0.1:$port
	options="zone: XO, tls_ca: $WORK/tls/ca.pem, timeout: 30s"
	configure "{url: \"$url/uk/{from}/{to}\", shape: uk-carbon-intensity, $options}" \
		"{url: \"$url/maps?zone=XO\", shape: electricity-maps, token: abc-123, $options}" \
		"{url: $url/limit, shape: uk-carbon-intensity, publisher: L, $options}" "{url: $url/broken, $options}" \
		"{url: $url/rubbish, shape: uk-carbon-intensity, $options}" "{url: $url/big, $options}" \
		"{url: $url/slow, zone: XO, tls_ca: $WORK/tls/ca.pem, timeout: 500ms}" "{url: $url/private, $options}" "{url: $url/uk, zone: XO}"
	start
	wait_for has_event series_taken "XO, direct, NESO: 4 new intervals and 0 changed ones from 2026-10-05T08:00:00Z to 2026-10-05T10:00:00Z, 0 estimated"
	[ "$(hourly_mg)" = 210250 ] # half a kWh x 100 + 200.5 + 60 + 60; what is forecast alone is no factor
	wait_for has_event series_taken "XO, direct, Electricity Maps: 2 new intervals and 0 changed ones from 2026-10-06T08:00:00Z to 2026-10-06T10:00:00Z, 1 estimated"
	grep -Eq '^/uk/20[0-9-]+T[0-9]{2}:00Z/20[0-9-]+T[0-9]{2}:00Z $' "$answers/requests"
	grep -qx '/maps?zone=XO auth-token=abc-123' "$answers/requests"
	grep -hqx "# source: $url/maps?zone=XO" "$STATE"/grid/hourly/XO-direct-*.csv
	wait_for has_event series_missing "$url/limit answers 429: it is asked too often"
	wait_for has_event series_missing "$url/broken answers 500; hours without a factor have the annual one; it is asked again in 60 s"
	wait_for has_event series_refused "$url/rubbish: 1:1: this is no JSON"
	wait_for has_event series_missing "$url/big answers more than 4 MiB"
	wait_for has_event series_missing "$url/slow cannot be asked: "
	wait_for has_event series_missing "$url/private answers 401: token: is missing, wrong, or not for this"
	wait_for has_event series_missing "$url/uk cannot be asked: "
	# Retry-After is heard: it comes back by itself
	sed 's/100/101/' "$answers/uk" >"$answers/new"
	mv "$answers/new" "$answers/limit"
	wait_for has_event series_taken "XO, direct, L: 4 new intervals"
	wait_for has_event series_back "$url/limit answers again"
	run ! grep -rq abc-123 "$STATE" "$WORK/agent.log"
}
