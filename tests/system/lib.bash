# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib: what the system tests share. In a .bats file:
#
#   setup() { load lib; work_begin; }
#   teardown() { stop_all; }
#
# Everything that is started listens on a free loopback port, keeps its files below $WORK and is stopped by its pid. Also usable from
# setup_file/teardown_file (then $WORK is the file's folder). Nothing here waits for a time: wait_for waits for an event.
#
# Functions: work_begin  free_port  wait_for  wait_exit  start_process  stop_process  stop_all  need  is_sanitized  use_release
#            steady_trace  start_influx  influx_query  influx_value  start_vm  vm_flush  vm_query  start_snmpd  make_tls_files
# Variables: ROOT (the source tree)  BUILD (the programs: $WATTLEDGER_BUILD, which tests/run sets, or $BUILD, or build)  WORK (a folder of this test)

ROOT=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
BUILD=${WATTLEDGER_BUILD:-${BUILD:-$ROOT/build}}
[[ $BUILD == /* ]] || BUILD=$ROOT/$BUILD
PATH=$PATH:/usr/sbin:/sbin # snmpd and its like, which are not in a plain user's PATH
PORTS=${TMPDIR:-/tmp}/wattledger-test-ports.$UID
export LC_ALL=C TZ=UTC ROOT BUILD
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY

# Makes the folder of this test (or of this file) and forgets earlier processes.
work_begin() {
	WORK=${BATS_TEST_TMPDIR:-${BATS_FILE_TMPDIR:-$(mktemp -d)}}
	export WORK
	mkdir -p "$WORK" "$PORTS"
	: >>"$WORK/.processes"
	: >>"$WORK/.ports"
}

# Fails the test, with a reason, when a program or a file of the build is missing: `need influxd "$BUILD/wattledger-deliver"`.
need() {
	local what
	for what in "$@"; do
		command -v "$what" >/dev/null || { echo "missing: $what (make; make deps)" >&2; return 1; }
	done
}

# True for programs with a sanitizer in them: their speed and their memory say nothing about the product's.
is_sanitized() { grep -q __asan_init "$BUILD/wattledgerd"; }

# For a test that asks how fast something is: takes the programs without sanitizers, which lie in the folder above; skips when there are none.
use_release() {
	is_sanitized || return 0
	BUILD=${BUILD%/*}
	[[ -x $BUILD/wattledgerd ]] || skip "it asks for speed, and the release programs are not built (make)"
}

# wait_for CMD...: repeats a command until it succeeds, for WAIT_S seconds (default 60) at most. At first often, then four times a second:
# programs with sanitizers take long to start, and what is waited for has to run, too.
wait_for() {
	local end=$((SECONDS + ${WAIT_S:-60})) pause_ms=25
	until "$@" >/dev/null 2>&1; do
		((SECONDS < end)) || { echo "waited ${WAIT_S:-60} s in vain for: $*" >&2; return 1; }
		sleep "$((pause_ms))e-3"
		((pause_ms >= 250)) || pause_ms=$((pause_ms * 3 / 2))
	done
}

_is_gone() { [[ ! -e /proc/$1 ]] || grep -qs '^State:.Z' "/proc/$1/status"; }

# wait_exit PID: until that process is gone.
wait_exit() { wait_for _is_gone "$1"; }

# Prints a loopback port that nobody uses, TCP and UDP, and reserves it for this test against others that run beside it.
# Below the ephemeral range, so that no outgoing connection takes it meanwhile.
free_port() {
	local port owner
	mkdir -p "$PORTS"
	for _ in {1..500}; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		if [[ -e $PORTS/$port ]]; then
			owner=$(<"$PORTS/$port") 2>/dev/null || continue
			[[ -n $owner && ! -e /proc/$owner ]] || continue
			rm -f "$PORTS/$port"
		fi
		(set -o noclobber; echo $$ >"$PORTS/$port") 2>/dev/null || continue
		if [[ -z $(ss -Htuln "sport = :$port") ]]; then
			echo "$port" >>"${WORK:-/tmp}/.ports"
			echo "$port"
			return 0
		fi
		rm -f "$PORTS/$port"
	done
	echo "no free port found" >&2
	return 1
}

# start_process NAME CMD...: runs it in the background, both outputs to $WORK/NAME.log; $PID is its pid, also in $WORK/NAME.pid.
# Input: $STDIN if set. With $STDOUT set, standard output goes to that file instead.
start_process() {
	local name=$1
	shift
	: >"${STDOUT:-$WORK/$name.log}" # at once, not when the process comes to it: who waits for a word must not find that of one before
	"$@" <"${STDIN:-/dev/null}" >>"${STDOUT:-$WORK/$name.log}" 2>>"$WORK/$name.log" 3>&- 4>&- &
	PID=$!
	echo "$PID" >"$WORK/$name.pid"
	echo "$name $PID" >>"$WORK/.processes"
}

# stop_process NAME [SIGNAL]: by its pid, and waits until it is gone; KILL after WAIT_S seconds. Not running is fine.
stop_process() {
	local pid
	[[ -s $WORK/$1.pid ]] || return 0
	pid=$(<"$WORK/$1.pid")
	kill "-${2:-TERM}" "$pid" 2>/dev/null || true
	wait_exit "$pid" || { kill -KILL "$pid" 2>/dev/null && wait_exit "$pid"; }
	wait "$pid" 2>/dev/null || true
	rm -f "$WORK/$1.pid"
}

# Stops all that start_process started, newest first, and gives the ports back. On a failed test its logs are printed.
stop_all() {
	local name port
	[[ -n ${WORK:-} && -e $WORK/.processes ]] || return 0
	for name in $(tac "$WORK/.processes" | awk '!seen[$1]++ { print $1 }'); do
		stop_process "$name"
		if [[ -n ${BATS_TEST_NAME:-} && -z ${BATS_TEST_COMPLETED:-} && -s $WORK/$name.log ]]; then
			echo "--- $name.log (end)"
			tail -n 30 "$WORK/$name.log"
		fi
	done
	while read -r port; do rm -f "$PORTS/$port"; done <"$WORK/.ports"
	: >"$WORK/.processes"
	: >"$WORK/.ports"
}

# steady_trace UTC STEP_S COUNT BOOT_S ROW...: prints a trace for `wattledger replay` of COUNT steps, the first at UTC and BOOT_S, in each
# the same rows (device,meter,quantity,value).
steady_trace() {
	local from
	from=$(date -u -d "$1" +%s)
	shift
	awk -v from="$from" 'BEGIN {
		print "boot_id,boot_s,utc,device,meter,quantity,value"
		for (i = 0; i < ARGV[2]; i++)
			for (row = 4; row < ARGC; row++)
				print "11111111-2222-3333-4444-555555555555," ARGV[3] + i * ARGV[1] "," strftime("%Y-%m-%dT%H:%M:%SZ", from + i * ARGV[1], 1) "," ARGV[row]
	}' "$@"
}

# ---- InfluxDB 1.6.7 (Debian's influxdb) -----------------------------------------------------------------------------------------

# start_influx [auth|tls]: sets INFLUX_PORT and INFLUX_URL. Called again it starts the same store on the same port and files.
#   auth: wants a user (make the admin first: influx_query 'CREATE USER ...').  tls: https with $WORK/tls/server.pem
start_influx() {
	INFLUX_PORT=${INFLUX_PORT:-$(free_port)}
	local internal_port scheme=http auth=false https=false
	internal_port=$(free_port)
	[[ ${1:-} != auth ]] || auth=true
	[[ ${1:-} != tls ]] || { https=true; scheme=https; }
	INFLUX_URL=$scheme://127.0.0.1:$INFLUX_PORT
	export INFLUX_PORT INFLUX_URL
	cat >"$WORK/influx.conf" <<-END
		reporting-disabled = true
		bind-address = "127.0.0.1:$internal_port"
		[meta]
		  dir = "$WORK/influx/meta"
		[data]
		  dir = "$WORK/influx/data"
		  wal-dir = "$WORK/influx/wal"
		[http]
		  bind-address = "127.0.0.1:$INFLUX_PORT"
		  log-enabled = false
		  auth-enabled = $auth
		  https-enabled = $https
		  https-certificate = "$WORK/tls/server.pem"
		  https-private-key = "$WORK/tls/server.key"
		[continuous_queries]
		  enabled = false
	END
	start_process influx influxd -config "$WORK/influx.conf"
	wait_for curl -kfsS "$INFLUX_URL/ping"
}

# influx_query QUERY [DATABASE] [CURL OPTION...]: prints the JSON answer.
influx_query() {
	local query=$1 db=${2:-}
	curl -ksS -XPOST "$INFLUX_URL/query" --data-urlencode "q=$query" ${db:+--data-urlencode "db=$db"} --data-urlencode epoch=ns "${@:3}"
}

# influx_value QUERY DATABASE: the rows of the answer, one a line, cells joined by a space (time in ns first).
influx_value() {
	influx_query "$1" "$2" | jq -r '.results[].series[]?.values[] | map(tostring) | join(" ")'
}

# ---- VictoriaMetrics (Debian's victoria-metrics) ------------------------------------------------------------------------------------

# start_vm [OPTION...]: sets VM_PORT and VM_URL. Called again it starts the same store on the same port and files.
start_vm() {
	VM_PORT=${VM_PORT:-$(free_port)}
	VM_URL=http://127.0.0.1:$VM_PORT
	export VM_PORT VM_URL
	start_process vm victoria-metrics -httpListenAddr="127.0.0.1:$VM_PORT" -storageDataPath="$WORK/vm" -search.latencyOffset=0s "$@"
	wait_for curl -fsS "$VM_URL/health"
}

# Makes what was written visible to queries.
vm_flush() { curl -fsS "$VM_URL/internal/force_flush"; }

# vm_query MATCH: all stored samples of the series, as the JSON lines of /api/v1/export. Call vm_flush before.
vm_query() { curl -fsS -G "$VM_URL/api/v1/export" --data-urlencode "match[]=$1"; }

# ---- snmpd (Debian's) -----------------------------------------------------------------------------------------------------------------

# start_snmpd FILE [ADDRESS]: an agent with the configuration lines of FILE (communities, users, override, pass_persist) on udp and tcp of
# ADDRESS (default 127.0.0.1); sets SNMPD_PORT. A second one: SNMPD_NAME=other SNMPD_PORT= start_snmpd FILE
start_snmpd() {
	local name=${SNMPD_NAME:-snmpd} address=${2:-127.0.0.1}
	SNMPD_PORT=${SNMPD_PORT:-$(free_port)}
	export SNMPD_PORT
	mkdir -p "$WORK/$name.state"
	{
		echo "agentAddress udp:$address:$SNMPD_PORT,tcp:$address:$SNMPD_PORT"
		echo "dontLogTCPWrappersConnects yes"
		cat "$1"
	} >"$WORK/$name.conf"
	start_process "$name" env SNMP_PERSISTENT_DIR="$WORK/$name.state" MIBS= snmpd \
		-f -C -c "$WORK/$name.conf" -Lf "$WORK/$name.agent.log" -I -smux
	wait_for _is_listening "$SNMPD_PORT"
}

_is_listening() { [[ -n $(ss -Htuln "sport = :$1") ]]; }

# ---- TLS --------------------------------------------------------------------------------------------------------------------------------

# Makes a test authority in $WORK/tls: ca.pem, server.pem/.key (good for 127.0.0.1 and localhost), other.pem/.key (another host),
# expired.pem/.key, future.pem/.key, client.pem/.key, and stranger.pem (an authority that signed none of them).
make_tls_files() {
	local dir=$WORK/tls
	mkdir -p "$dir"
	(
		cd "$dir" || exit 1
		_tls_authority ca && _tls_authority stranger &&
			_tls_leaf server 'IP:127.0.0.1,DNS:localhost' -40 20 && _tls_leaf other 'DNS:elsewhere.invalid' -40 20 &&
			_tls_leaf client 'DNS:client' -40 20 && _tls_leaf expired 'IP:127.0.0.1' -40 -1 && _tls_leaf future 'IP:127.0.0.1' 5 20
	) >"$dir/log" 2>&1 || { cat "$dir/log" >&2; return 1; }
}

_tls_authority() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.pem" -days 30 -subj "/CN=test $1" \
		-addext basicConstraints=critical,CA:TRUE
}

# NAME SUBJECTALTNAME FROM TO (days from now)
_tls_leaf() {
	local from to
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" || return 1
	from=$(date -u -d "$3 days" +%Y%m%d%H%M%SZ)
	to=$(date -u -d "$4 days" +%Y%m%d%H%M%SZ)
	mkdir -p issued
	[[ -e index.txt ]] || { : >index.txt; echo 01 >serial; }
	printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=issued\ndefault_md=sha256\npolicy=p\n' >ca.conf
	printf 'unique_subject=no\n[p]\ncommonName=supplied\n[leaf]\nsubjectAltName=%s\n' "$2" >>ca.conf
	openssl ca -batch -config ca.conf -extensions leaf -cert ca.pem -keyfile ca.key -in "$1.csr" -out "$1.pem" -startdate "$from" -enddate "$to" -notext
}
