#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Polling over SNMP: wattledger's collector beside the floor, the library and two peers, one after the other on the same simulated devices.
#
#   tests/bench/snmp.sh [flat] [get8] [table] [silent] [scale]      without a word: all of them
#
#   flat    flat out: the floor, the library and the collector in turn, 3 rounds
#   get8    1,000 devices, 8 values each, every 10 s
#   table   1,000 devices, 24 rows x 3 columns, every 10 s
#   silent  the same as get8 with 5 % and 20 % of the devices silent: what becomes of the healthy ones
#   scale   50,000 devices, 8 values each, every 10 s
#
# Variables: BENCH_FLAT_ROUNDS (3) BENCH_WINDOW_S (60) BENCH_WARM_S (20) BENCH_DEVICES (1000) BENCH_SCALE_DEVICES (50000). BENCH_ONLY: names of
# the pollers to run (all), for a machine without the peers: BENCH_ONLY="floor floor-fine net-snmp wattledger". Results: build/bench/snmp.jsonl
# shellcheck source=tests/bench/lib.bash
. "${BASH_SOURCE[0]%/*}/lib.bash"

INTERVAL_S=10
DEVICES=${BENCH_DEVICES:-1000}
SCALE_DEVICES=${BENCH_SCALE_DEVICES:-50000}
FARM_OID=1.3.6.1.4.1.32473.1
ONLY=" ${BENCH_ONLY:-floor floor-fine net-snmp wattledger collectd-eight collectd-one collectd-bulk collectd-next snmp_exporter} "
PATH=$PATH:/usr/sbin:/sbin

# Whether the poller of that name is to run.
is_wanted() { [[ $ONLY == *" $1 "* ]]; }

# ---- Pollers: start_X WORK-KIND COUNT starts one and sets POLLERS, the processes that are measured -------------------------------------

# The two programs of ours that only poll. TICK_MS: their tick.
start_plain() {
	local program=$1 kind=$2 count=$3 arguments=()
	[[ $kind == get8 ]] || arguments+=(--table)
	start_process poller "$BUILD/bench-snmp-$program" --devices "$count" --port "$FARM_PORT" --interval "$INTERVAL_S" \
		--for $((WARM_S + WINDOW_S + 30)) --tick "${TICK_MS:-250}" "${arguments[@]}"
	POLLERS=("$PID")
}

start_floor() { start_plain floor "$@"; }
start_library() { start_plain library "$@"; }

# The plan of the collector alone: the same values as the others read.
collector_plan() {
	local kind=$1 count=$2
	echo "driver farm total=$([[ $kind == get8 ]] && echo meter || echo none)"
	echo "identity serial=$FARM_OID.2.1.0"
	if [[ $kind == get8 ]]; then
		cat <<-END
			group total role=total point=pdu_out
			point power_w $FARM_OID.3.1.0
			point energy_j $FARM_OID.3.2.0 num=1000 den=1
			point voltage_v $FARM_OID.3.3.0 factor=0.1
			point current_a $FARM_OID.3.4.0 factor=0.001
			point apparent_va $FARM_OID.3.5.0
			point power_factor $FARM_OID.3.6.0 factor=0.001
			point frequency_hz $FARM_OID.3.7.0 factor=0.001
			point temperature_c $FARM_OID.3.8.0 factor=0.1
		END
	else
		cat <<-END
			group outlet/{} table=1 role=part point=pdu_out
			point power_w $FARM_OID.4.1.3
			point energy_j $FARM_OID.4.1.4 num=1000 den=1
			point current_a $FARM_OID.4.1.5 factor=0.001
		END
	fi
	echo "device pdu 127.9.0.1 $FARM_PORT count=$count driver=0 interval=${PLAN_INTERVAL_MS:-$((INTERVAL_S * 1000))} timeout=1000 retries=2 deadline=8000"
}

start_wattledger() {
	collector_plan "$@" >"$WORK/plan"
	STDIN=$WORK/plan STDOUT=$WORK/stats start_process poller "$BUILD/wattledger-sim-wirecat" --quiet --for 3000 "$BUILD/wattledger-snmp"
	POLLERS=("$(child_named "$PID" wattledger-snmp)")
}

# collectd_config FORM COUNT: eight (a Data block for each value, the ordinary form), one (a type of our own with all values), next (the
# table by GETNEXT, its default) or bulk.
collectd_config() {
	local form=$1 count=$2 i name names='' dir=$WORK/collectd
	mkdir -p "$dir"
	{
		echo "row power:GAUGE:U:U, energy:GAUGE:U:U, current:GAUGE:U:U"
		printf 'unit a:GAUGE:U:U, b:GAUGE:U:U, c:GAUGE:U:U, d:GAUGE:U:U, e:GAUGE:U:U, f:GAUGE:U:U, g:GAUGE:U:U, h:GAUGE:U:U\n'
	} >"$dir/own.db"
	cat <<-END
		Hostname "bench"
		FQDNLookup false
		BaseDir "$dir"
		PIDFile "$dir/pid"
		TypesDB "/usr/share/collectd/types.db"
		TypesDB "$dir/own.db"
		Interval $INTERVAL_S
		LoadPlugin logfile
		<Plugin logfile>
		LogLevel err
		File "$dir/log"
		</Plugin>
		LoadPlugin snmp
		<Plugin snmp>
	END
	case $form in
	eight)
		for i in {1..8}; do
			printf '<Data "d%d">\nTable false\nType "gauge"\nTypeInstance "v%d"\nValues "%s"\n</Data>\n' "$i" "$i" "$FARM_OID.3.$i.0"
			names+=" \"d$i\""
		done
		;;
	one)
		printf '<Data "d">\nTable false\nType "unit"\nTypeInstance "p"\nValues'
		printf ' "%s"' "$FARM_OID.3."{1..8}.0
		printf '\n</Data>\n'
		names=' "d"'
		;;
	*)
		printf '<Data "d">\nTable true\nType "row"\nValues'
		printf ' "%s"' "$FARM_OID.4.1."{3..5}
		printf '\n</Data>\n'
		names=' "d"'
		;;
	esac
	for ((i = 0; i < count; i++)); do
		printf '<Host "h%05d">\nAddress "%s:%d"\nVersion 2\nCommunity "public"\nCollect%s\n' "$i" "$(device_address "$i")" "$FARM_PORT" "$names"
		[[ $form != bulk ]] || echo "BulkSize 25"
		echo "</Host>"
	done
	echo "</Plugin>"
}

start_collectd() {
	collectd_config "$1" "$2" >"$WORK/collectd.conf"
	start_process poller env MIBS= MIBDIRS=/nonexistent SNMPCONFPATH=/nonexistent collectd -f -C "$WORK/collectd.conf"
	POLLERS=("$PID")
}

exporter_config() {
	local i names=(power energy voltage current apparent factor frequency temperature) columns=(power energy current)
	local common='  version: 2
  auth: {community: public}
  timeout: 1s
  retries: 1'
	printf 'get8:\n%s\n  get:\n' "$common"
	for i in {1..8}; do echo "  - $FARM_OID.3.$i.0"; done
	echo "  metrics:"
	for i in {1..8}; do echo "  - {name: unit_${names[i - 1]}, oid: $FARM_OID.3.$i, type: gauge, help: one of eight}"; done
	printf 'table:\n%s\n  max_repetitions: 25\n  walk:\n' "$common"
	for i in 3 4 5; do echo "  - $FARM_OID.4.1.$i"; done
	echo "  metrics:"
	for i in 3 4 5; do
		echo "  - {name: outlet_${columns[i - 3]}, oid: $FARM_OID.4.1.$i, type: gauge, help: of a row, indexes: [{labelname: outlet, type: gauge}]}"
	done
}

# Ten parts of the devices, one a second: what a Prometheus server would ask for, 32 at a time.
scrape_all() {
	local second=0 begin_us wait_us
	begin_us=$(now_us)
	while :; do
		curl -sS -Z --parallel-max 32 -K "$WORK/scrape.$((second % INTERVAL_S))" -w '%{http_code}\n' >>"$WORK/scraped" 2>&1 &
		second=$((second + 1))
		wait_us=$((begin_us + second * 1000000 - $(now_us)))
		[[ $wait_us -le 0 ]] || sleep "$((wait_us / 1000000)).$(printf %06d $((wait_us % 1000000)))"
	done
}

start_exporter() {
	local kind=$1 count=$2 i
	EXPORTER_PORT=${EXPORTER_PORT:-$(free_port)}
	exporter_config >"$WORK/exporter.yml"
	rm -f "$WORK/scrape."* "$WORK/scraped"
	for ((i = 0; i < count; i++)); do
		printf 'url = "http://127.0.0.1:%d/snmp?module=%s&target=%s:%d"\noutput = /dev/null\n' "$EXPORTER_PORT" "$kind" \
			"$(device_address "$i")" "$FARM_PORT" >>"$WORK/scrape.$((i % INTERVAL_S))"
	done
	start_process poller prometheus-snmp-exporter --config.file="$WORK/exporter.yml" --web.listen-address="127.0.0.1:$EXPORTER_PORT" \
		--log.level=error
	POLLERS=("$PID")
	wait_for curl -fsS "http://127.0.0.1:$EXPORTER_PORT/"
	start_process scraper scrape_all
}

# ---- One case -----------------------------------------------------------------------------------------------------------------------

# What the collector says of itself at its end: reads due and not begun, reads without any value.
collector_stats() {
	[[ $1 == wattledger && -s $WORK/stats ]] || { echo '{}'; return; }
	grep '"record":"stats"' "$WORK/stats" | tail -n 1 | jq -c '{own_missed: .missed_count, own_failed: .failed_count}'
}

# The collector is ended before the program that drives it, so that its last figures are heard.
stop_poller() {
	stop_process scraper
	kill -TERM "${POLLERS[@]}" 2>/dev/null
	[[ ! -s $WORK/poller.pid ]] || wait_exit "$(<"$WORK/poller.pid")"
	stop_process poller
}

# run_case SECTION NAME COUNT FARM-OPTIONS START...: one poller on a fresh farm. ONE_TRUTH=yes: with very many devices the truth is asked
# for at the end alone, since the farm does not answer while it writes it; counts are then of the whole run. CPU is told per poll of a
# healthy device that was begun (per poll due with ONE_TRUTH).
run_case() {
	local section=$1 name=$2 count=$3 farm_options=$4 costs farm_cpu_0 farm_cpu_1
	is_wanted "$name" || return 0
	shift 4
	# shellcheck disable=SC2086
	start_farm "$count" $farm_options
	"$@" "$count"
	sleep "$WARM_S"
	: >"$WORK/before"
	[[ ${ONE_TRUTH:-} == yes ]] || farm_truth "$WORK/before"
	farm_cpu_0=$(cpu_ns "$FARM_PID")
	measure_begin "${POLLERS[@]}"
	sleep "$WINDOW_S"
	costs=$(measure_end) || return 1
	farm_cpu_1=$(cpu_ns "$FARM_PID")
	farm_truth "$WORK/after"
	stop_poller
	jq -n --arg section "$section" --arg name "$name" --argjson devices "$count" --argjson interval "$INTERVAL_S" --argjson costs "$costs" \
		--argjson farm "$(farm_figures "$WORK/before" "$WORK/after" "$INTERVAL_S")" --argjson farm_ns $((farm_cpu_1 - farm_cpu_0)) \
		--argjson own "$(collector_stats "$name")" \
		'{section: $section, name: $name, devices: $devices, interval_s: $interval} + $costs + $farm + $own
		 + {cpu_us_per_poll: ($costs.cpu_us / $costs.window_s / (if $farm.counted_s > 1.5 * $costs.window_s then $devices / $interval
		      else ([$farm.polls_done, 1] | max) / $farm.counted_s end)), wakes_per_s: ($costs.wakes / $costs.window_s),
		    core_pct: ($costs.cpu_us / $costs.window_s / 1e4), farm_core_pct: ($farm_ns / $costs.window_s / 1e7)}' | emit
	tail -n 1 "$RESULTS" | jq -r '"  \(.name): \(.cpu_us_per_poll * 100 | round / 100) us/poll, polls \(.polls_done) of \(.polls_due)"' >&2
}

# ---- Sections -----------------------------------------------------------------------------------------------------------------------

# flat_collector WORK INTERVAL_MS: the collector cannot be told to go flat out; 1,000 devices at such an interval come near. What it says of
# itself 10 s after its start (the surveys are over) is taken from what it says at its end.
flat_collector() {
	PLAN_INTERVAL_MS=$2 start_wattledger "$1" 1000
	sleep $((10 + FLAT_WINDOW_S))
	stop_poller
	grep '"record":"stats"' "$WORK/stats" | jq -s -c --arg work "$1" --argjson wall "$FLAT_WINDOW_S" '
		(.[-1].poll_count - .[0].poll_count) as $polls | (.[-1].failed_count - .[0].failed_count) as $failed
		| {program: "wattledger", work: $work, pace: "flat-out", requests: $polls, answered: ($polls - $failed), wrong: 0, wall_s: $wall,
		   missed: (.[-1].missed_count - .[0].missed_count), cpu_us_per_poll: ((.[-1].cpu_us - .[0].cpu_us) / $polls)}'
}

section_flat() {
	local round program arguments FLAT_WINDOW_S=${BENCH_FLAT_WINDOW_S:-10}
	start_farm 5000
	for ((round = 1; round <= ${BENCH_FLAT_ROUNDS:-3}; round++)); do
		for arguments in "--devices 1000 --requests 200000" "--devices 1000 --requests 150000 --table"; do
			for program in floor library; do
				# shellcheck disable=SC2086
				"$BUILD/bench-snmp-$program" --port "$FARM_PORT" $arguments | jq -c --argjson round "$round" '. + {section: "flat", round: $round}' | emit
			done
		done
		for arguments in "get8 25" "table 100"; do
			# shellcheck disable=SC2086
			flat_collector $arguments | jq -c --argjson round "$round" '. + {section: "flat", round: $round}' | emit
		done
	done
}

section_get8() {
	run_case get8 floor "$DEVICES" '' start_floor get8 &&
		run_case get8 net-snmp "$DEVICES" '' start_library get8 &&
		run_case get8 wattledger "$DEVICES" '' start_wattledger get8 &&
		run_case get8 collectd-eight "$DEVICES" '' start_collectd eight &&
		run_case get8 collectd-one "$DEVICES" '' start_collectd one &&
		run_case get8 snmp_exporter "$DEVICES" '' start_exporter get8
}

section_table() {
	run_case table floor "$DEVICES" '' start_floor table &&
		run_case table net-snmp "$DEVICES" '' start_library table &&
		run_case table wattledger "$DEVICES" '' start_wattledger table &&
		run_case table collectd-bulk "$DEVICES" '' start_collectd bulk &&
		run_case table collectd-next "$DEVICES" '' start_collectd next &&
		run_case table snmp_exporter "$DEVICES" '' start_exporter table
}

section_silent() {
	local share
	run_case silent-0% wattledger "$DEVICES" '' start_wattledger get8 || return
	for share in 5% 20%; do
		run_case "silent-$share" wattledger "$DEVICES" "--fault silent@$share" start_wattledger get8 &&
			run_case "silent-$share" collectd-one "$DEVICES" "--fault silent@$share" start_collectd one &&
			run_case "silent-$share" snmp_exporter "$DEVICES" "--fault silent@$share" start_exporter get8 || return
	done
}

# The collector wakes for every 128 devices due; the floor is measured at that tick and at one of 250 ms.
section_scale() {
	local WINDOW_S=${BENCH_SCALE_WINDOW_S:-30} WARM_S=${BENCH_SCALE_WARM_S:-30} ONE_TRUTH=yes
	local fine_ms=$((128 * INTERVAL_S * 1000 / SCALE_DEVICES))
	TICK_MS=$((fine_ms > 10 ? fine_ms : 10)) run_case scale floor-fine "$SCALE_DEVICES" '' start_floor get8 &&
		run_case scale floor "$SCALE_DEVICES" '' start_floor get8 &&
		run_case scale wattledger "$SCALE_DEVICES" '' start_wattledger get8
}

# ---- The table ----------------------------------------------------------------------------------------------------------------------

print_flat() {
	jq -rs '
		def median: sort | .[length / 2 | floor];
		map(select(.section == "flat")) | group_by([.work, .program])[] | . as $runs
		| [.[0].work, .[0].program, (map(.cpu_us_per_poll) | median * 100 | round / 100 | tostring),
		   (map(.requests / .wall_s) | median | round | tostring), (map(.requests - .answered) | add | tostring), (map(.wrong) | add | tostring)] | @tsv' \
		"$RESULTS" | { printf 'flat out\tpoller\tus CPU/poll\trequests/s\tlost\twrong\n'; cat; } | column -t -s $'\t'
	echo
}

print_cases() {
	jq -rs '
		def r(n): if . == null then "-" else . * pow(10; n) | round / pow(10; n) | tostring end;
		map(select(.section != "flat" and .section != "machine")) as $all | $all[] | . as $it
		| ($all | map(select(.section == $it.section and .name == "floor"))[0].cpu_us_per_poll) as $floor
		| ($all | map(select(.section == $it.section and .name == "wattledger"))[0].cpu_us_per_poll) as $ours
		| [.section, .name, (.cpu_us_per_poll | r(2)), (if $floor then .cpu_us_per_poll / $floor | r(2) else "-" end),
		   (if $ours then .cpu_us_per_poll / $ours | r(2) else "-" end), (.core_pct | r(3)), (.wakes_per_s | r(1)), (.pss_kib | tostring),
		   "\(.polls_done)/\(.polls_due)", (.gap_first_p99_s | r(2)), (.gap_p50_s | r(2)), (.gap_p99_s | r(2)), (.gap_max_s | r(2)), (.farm_core_pct | r(1)), (.machine_busy | r(2))]
		| @tsv' "$RESULTS" | {
		printf 'work\tpoller\tus CPU/poll\tx floor\tx ours\t%% core\twakes/s\tPSS KiB\tpolls done/due\tfirst gap p99 s\tgap p50 s\tp99\tmax\tfarm %% core\tbusy\n'
		cat
	} | column -t -s $'\t'
}

main() {
	local section sections=("$@")
	[[ ${#sections[@]} -gt 0 ]] || sections=(flat get8 table silent scale)
	need "$BUILD/wattledger-snmp" "$BUILD/wattledger-sim-snmp" "$BUILD/wattledger-sim-wirecat" "$BUILD/bench-snmp-floor" \
		"$BUILD/bench-snmp-library" jq column || exit 69
	[[ $ONLY != *collectd* ]] || need collectd || exit 69
	! is_wanted snmp_exporter || need prometheus-snmp-exporter curl || exit 69
	bench_begin snmp
	ulimit -n "$(ulimit -Hn)"
	for section in "${sections[@]}"; do
		declare -F "section_$section" >/dev/null || { echo "there is no section $section" >&2; exit 64; }
		echo "-- $section" >&2
		"section_$section" || exit 69
	done
	[[ " ${sections[*]} " != *" flat "* ]] || print_flat
	print_cases
	echo "JSON: $RESULTS"
}

main "$@"
