#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What the agent takes in small places, beside its limits:
#
#   sizes     bytes on the disk: the packages of build/deb alone, with all that they need, and the same of collectd; `make MINIMAL=1` stripped
#   idle      the machine's own counters alone, with default intervals: PSS (6 MiB) and wakes a second (1) of all processes together
#   minimal   `make MINIMAL=1` with 20 SNMP devices and a store: PSS of each process. Fails unless a point of a closed slot arrives
#   metered   20 SNMP devices, `send: slots`, TLS: bytes on the wire, both ways, IP headers included, for the first request (with a whole
#             handshake) and for each further one, before which the store has closed the idle connection (5 s); a day of 96 slots, two a
#             request (300 kB)
#
#   tests/bench/small.sh [ROLE]...
#
# Variables: BENCH_SLOT (1min) and BENCH_IDLE_S (5), of metered: 5min and 3600 for a store that keeps its connections (half an hour)
#
# Needs `make deb` for sizes. Results: build/bench/small.jsonl
# shellcheck source=tests/bench/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

DEVICES=20
REQUESTS_A_DAY=48
CLOSED_S=8 # a connection that is idle for BENCH_IDLE_S is gone by then
MINIMAL=$BUILD/minimal

# result ROLE NAME VALUE UNIT LIMIT (or 0)
result() {
	jq -n --arg role "$1" --arg name "$2" --argjson value "$3" --arg unit "$4" --argjson limit "$5" \
		'{section: "small", role: $role, name: $name, value: $value, unit: $unit, limit: (if $limit > 0 then $limit else null end)}' | emit
}

# installed_kib PACKAGE-OR-FILE...: Installed-Size of these and all that they depend on, systemd always among them, on a system with nothing.
installed_kib() {
	apt-get -s -o Dir::State::status=/dev/null install --no-install-recommends systemd "$@" 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' |
		grep -v '^wattledger' | sort -u | xargs apt-cache show --no-all-versions | awk '/^Installed-Size:/ { sum += $2 } END { print sum + 0 }'
}

own_kib() { for file in "$@"; do dpkg-deb -f "$file" Installed-Size; done | awk '{ sum += $1 } END { print sum }'; }

role_sizes() {
	local base snmp program bytes=0
	base=$(find "$BUILD/deb" -maxdepth 1 -name 'wattledger_*.deb')
	snmp=$(find "$BUILD/deb" -maxdepth 1 -name 'wattledger-snmp_*.deb')
	[[ -n $base && -n $snmp ]] || { echo "make deb first" >&2; return 1; }
	base=$(realpath "$base") snmp=$(realpath "$snmp")
	local peer
	peer=$(installed_kib collectd-core libsnmp40 libcurl4 libsqlite3-0)
	result sizes "wattledger" "$(own_kib "$base")" KiB 2048
	result sizes "wattledger and wattledger-snmp" "$(own_kib "$base" "$snmp")" KiB 0
	result sizes "wattledger, with what it needs" $(($(own_kib "$base") + $(installed_kib "$base"))) KiB "$peer"
	result sizes "both, with what they need" $(($(own_kib "$base" "$snmp") + $(installed_kib "$base" "$snmp"))) KiB "$peer"
	[[ -e $MINIMAL/wattledgerd ]] || return 0
	for program in "$MINIMAL"/wattledger{,d,-core,-plan,-deliver,-snmp,-modbus}; do
		strip -o "$WORK/stripped" "$program" || return 1
		bytes=$((bytes + $(stat -c %s "$WORK/stripped")))
	done
	result sizes "programs of MINIMAL=1" $((bytes / 1024)) KiB 0
}

role_idle() {
	mkdir -p "$WORK/sys"
	start_process powercap "$BUILD/wattledger-sim-powercap" --root "$WORK/sys" --for 60min
	wait_for test -s "$WORK/powercap.log"
	agent_config 0 0 'local: no' 'devices:' "  - {id: host, site: lab, address: rapl, sysfs: \"$WORK/sys\"}"
	start_agent
	sleep "$WARM_S"
	measure_begin "$AGENT_PID" "$(agent_child core)" "$(agent_child rapl)"
	sleep "$WINDOW_S"
	measure_end >"$WORK/cost.json" || return 1
	result idle "supervisor, core, rapl" "$(jq '.pss_kib' "$WORK/cost.json")" "KiB PSS" 6144
	result idle "supervisor, core, rapl" "$(jq '.wakes / .window_s * 100 | round / 100' "$WORK/cost.json")" wakes/s 1
	stop_process agent
	stop_process powercap
}

# start_site OUTPUT: 20 devices and an agent of slots of a minute.
start_site() {
	start_farm "$DEVICES"
	agent_config "$DEVICES" 10 "ledger: {slot: ${BENCH_SLOT:-1min}, grace: 2s}" 'outputs:' "  - {type: influxdb_v1, database: bench, $1}"
	start_agent
}

# has_slots N: the ledger has rows of so many closed slots.
has_slots() { [[ $(ledger_sql 'SELECT COUNT(DISTINCT slot_start_s) FROM interval') -ge $1 ]]; }

role_minimal() {
	local program
	start_process store "$BUILD/wattledger-sim-store_stub" --port "$STORE_PORT" --log "$WORK/store.requests" --lines "$WORK/store.lines"
	AGENT_BUILD=$MINIMAL start_site "urls: [\"http://127.0.0.1:$STORE_PORT\"]"
	WAIT_S=900 wait_for has_slots 1 && wait_for grep -q '204' "$WORK/store.requests" || return 1
	for program in core snmp deliver; do result minimal "$program" "$(pss_kib "$(agent_child "$program")")" "KiB PSS" 0; done
	result minimal supervisor "$(pss_kib "$AGENT_PID")" "KiB PSS" 0
	# shellcheck disable=SC2046 # process ids
	result minimal together "$(pss_kib $(process_tree "$AGENT_PID"))" "KiB PSS" 0
	"$MINIMAL/wattledger" report --ledger "$WORK/state/ledger.db" --level site >"$WORK/report" || return 1
	stop_process agent
	stop_process store
	stop_farm
}

# Takes everything by HTTPS, and closes what is idle for some seconds, as many stores do long before a slot of 15 minutes is over.
IMPATIENT_STORE='
import http.server, ssl, sys
class Store(http.server.BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", int(sys.argv[4])
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        print("resumed" if self.connection.session_reused else "whole handshake", flush=True)
        self.send_response(204)
        self.end_headers()
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Store)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
'

wire_bytes() { tcpdump -nr "$WORK/wire.pcap" -v 2>/dev/null | sed -n 's/.*proto TCP.*, length \([0-9]*\)).*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }'; }

# has_requests N: so many went to the store.
has_requests() { [[ $(grep -cE 'resumed|whole' "$WORK/tls.log") -ge $1 ]]; }

role_metered() {
	local first third request
	make_tls_files || return 1
	TLS_PORT=${TLS_PORT:-$(free_port)}
	start_process tls python3 -c "$IMPATIENT_STORE" "$TLS_PORT" "$WORK/tls/server.pem" "$WORK/tls/server.key" "${BENCH_IDLE_S:-5}"
	start_process wire tcpdump -i lo -U -w "$WORK/wire.pcap" "tcp port $TLS_PORT"
	wait_for grep -q listening "$WORK/wire.log"
	start_site "send: slots, urls: [\"https://127.0.0.1:$TLS_PORT\"], tls_ca: \"$WORK/tls/ca.pem\""
	WAIT_S=1800 wait_for has_requests 1 || return 1
	sleep "$CLOSED_S"
	first=$(wire_bytes)
	WAIT_S=1800 wait_for has_requests 3 || return 1
	sleep "$CLOSED_S"
	third=$(wire_bytes)
	request=$(((third - first) / 2))
	result metered "first request, with the handshake" "$first" bytes 0
	result metered "each further request" "$request" bytes 0
	result metered "slots of three requests" "$(ledger_sql 'SELECT COUNT(DISTINCT slot_start_s) FROM interval')" slots 0
	result metered "a day" $(((first + request * (REQUESTS_A_DAY - 1)) / 1000)) kB 300
	result metered "requests by a resumed session" "$(grep -c resumed "$WORK/tls.log")" requests 0
	result metered "a day, were no TLS session resumed" $((first * REQUESTS_A_DAY / 1000)) kB 0
	stop_process agent
	stop_process wire
	stop_process tls
	stop_farm
}

main() {
	local role roles=("$@")
	[[ ${#roles[@]} -gt 0 ]] || roles=(sizes idle minimal metered)
	need "$BUILD/wattledgerd" "$BUILD/wattledger-sim-snmp" "$BUILD/wattledger-sim-store_stub" jq sqlite3 || exit 69
	bench_begin small
	STORE_PORT=$(free_port)
	for role in "${roles[@]}"; do "role_$role" || { echo "the role $role did not come to its end" >&2; exit 69; }; done
	uptime
	jq -rs 'map(select(.section == "small"))[] | [.role, .name, .value, .unit, .limit // "-",
		(if .limit == null then "" elif .value > .limit then "OVER" else "within" end)] | map(tostring) | @tsv' "$RESULTS" |
		{ printf 'role\twhat\tvalue\tunit\tlimit\t\n'; cat; } | column -t -s $'\t'
	echo "JSON: $RESULTS"
}

main "$@"
