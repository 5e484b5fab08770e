# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# lib: what the benchmark scripts share: processes and ports as in the system tests, a farm of simulated devices, and what a process costs.
#
#   . "${BASH_SOURCE[0]%/*}/lib.bash"; bench_begin NAME
#
# Each result is one line of JSON in $BUILD/bench/NAME.jsonl. CPU is the scheduler's own account in ns of all threads of exactly the
# processes meant; a wake is a voluntary context switch of one of them; memory is PSS. A benchmark waits for times; nothing else here does.

bench_dir=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
BUILD=${WATTLEDGER_BUILD:-${BUILD:-build}}
# shellcheck source=tests/system/lib.bash
. "$bench_dir/../system/lib.bash"
set -uo pipefail
WARM_S=${BENCH_WARM_S:-20}     # before the window: start-up, recognition, the first two rounds
WINDOW_S=${BENCH_WINDOW_S:-60} # what is measured

# bench_begin NAME: a folder for the run, an empty file of results, and an end that leaves nothing running.
bench_begin() {
	work_begin
	chmod 755 "$WORK"
	mkdir -p "$BUILD/bench"
	RESULTS=$BUILD/bench/$1.jsonl
	: >"$RESULTS"
	trap bench_end EXIT
	trap 'exit 130' INT TERM
	describe_machine | emit
	[[ $(id -u) -eq 0 ]] || echo "Not root: memory of processes that gave up rights cannot be read, and receive buffers stay small." >&2
}

bench_end() {
	local rc=$?
	[[ -z ${CTL:-} ]] || exec {CTL}>&-
	stop_all
	if [[ $rc -eq 0 || ${BENCH_KEEP:-} == no ]]; then
		rm -rf "$WORK"
	else
		echo "The logs are in $WORK" >&2
	fi
}

# emit: a result from standard input to the file.
emit() { jq -c . >>"$RESULTS"; }

describe_machine() {
	jq -n --arg cpu "$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" --arg kernel "$(uname -r)" --arg n "$(nproc)" \
		--arg load "$(cut -d' ' -f1 /proc/loadavg)" --arg at "$(date -u +%FT%TZ)" \
		'{section: "machine", cpu: $cpu, processors: ($n | tonumber), kernel: $kernel, load_1min: ($load | tonumber), at: $at}'
}

# ---- What processes cost ------------------------------------------------------------------------------------------------------------

# process_tree PID: it and all below it.
process_tree() {
	local pid=$1 child
	echo "$pid"
	for child in $(pgrep -P "$pid"); do process_tree "$child"; done
}

# child_named PID NAME: the child of PID that runs that program; waits for it.
child_named() {
	wait_for pgrep -P "$1" -f "$2"
	pgrep -P "$1" -f "$2" | head -n 1
}

cpu_ns() {
	local pid file ns rest sum=0
	for pid in "$@"; do
		for file in "/proc/$pid/task/"*/schedstat; do
			read -r ns rest <"$file" 2>/dev/null && sum=$((sum + ns))
		done
	done
	: "$rest"
	echo "$sum"
}

wake_count() {
	local pid files=()
	for pid in "$@"; do files+=("/proc/$pid/task/"*/status); done
	awk '/^voluntary_ctxt_switches/ { sum += $2 } END { print sum + 0 }' "${files[@]}" 2>/dev/null
}

pss_kib() {
	local pid files=()
	for pid in "$@"; do files+=("/proc/$pid/smaps_rollup"); done
	awk '/^Pss:/ { sum += $2 } END { print sum + 0 }' "${files[@]}" 2>/dev/null
}

# Busy and all ticks of the machine.
machine_ticks() { awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 + $9, $2 + $3 + $4 + $5 + $6 + $7 + $8 + $9 }' /proc/stat; }

now_us() { echo "${EPOCHREALTIME/./}"; }

# measure_begin PID...: of these processes (kept in MEASURED).
measure_begin() {
	MEASURED=("$@")
	read -r busy_0 ticks_0 < <(machine_ticks)
	wakes_0=$(wake_count "$@")
	cpu_0=$(cpu_ns "$@")
	begin_us=$(now_us)
}

# measure_end: prints {cpu_us, wakes, window_s, pss_kib, machine_busy}; fails when a process is gone.
measure_end() {
	local end_us cpu_1 wakes_1 busy_1 ticks_1 pid
	cpu_1=$(cpu_ns "${MEASURED[@]}")
	end_us=$(now_us)
	wakes_1=$(wake_count "${MEASURED[@]}")
	read -r busy_1 ticks_1 < <(machine_ticks)
	for pid in "${MEASURED[@]}"; do
		_is_gone "$pid" && { echo "process $pid ended while it was measured" >&2; return 1; }
	done
	jq -n --argjson c $((cpu_1 - cpu_0)) --argjson w $((wakes_1 - wakes_0)) --argjson t $((end_us - begin_us)) \
		--argjson p "$(pss_kib "${MEASURED[@]}")" --argjson b $((busy_1 - busy_0)) --argjson a $((ticks_1 - ticks_0)) \
		'{cpu_us: ($c / 1000), wakes: $w, window_s: ($t / 1e6), pss_kib: $p, machine_busy: ($b / ([$a, 1] | max))}'
}

# ---- The farm -----------------------------------------------------------------------------------------------------------------------

# start_farm N [OPTION...]: N simulated PDUs; sets FARM_PORT and FARM_PID. The one before is stopped.
start_farm() {
	local count=$1
	shift
	stop_farm
	FARM_PORT=${FARM_PORT:-$(free_port)}
	mkfifo "$WORK/farm.ctl"
	exec {CTL}<>"$WORK/farm.ctl"
	: >"$WORK/farm.out"
	STDIN=$WORK/farm.ctl STDOUT=$WORK/farm.out start_process farm "$BUILD/wattledger-sim-snmp" --control --truth "$WORK/truth" \
		--for 60min --devices "$count" --model farm --port "$FARM_PORT" "$@"
	FARM_PID=$PID
	wait_for grep -q '"port"' "$WORK/farm.out"
}

stop_farm() {
	[[ -n ${CTL:-} ]] || return 0
	stop_process farm
	exec {CTL}>&-
	CTL=
	rm -f "$WORK/farm.ctl"
}

# device_address N [VARIABLE]: of device number N from 0, printed or put into the variable.
# shellcheck disable=SC2059,SC2086
device_address() { printf ${2:+-v "$2"} '127.%d.%d.%d' $((9 + (($1 + 1) >> 16))) $((($1 + 1) >> 8 & 255)) $((($1 + 1) & 255)); }

# farm_tell COMMAND: to the running farm; waits for the answer, which has to be good.
farm_tell() {
	local answers
	answers=$(wc -l <"$WORK/farm.out")
	echo "$1" >&"$CTL"
	wait_for eval "[ \$(wc -l <'$WORK/farm.out') -gt $answers ]"
	tail -n 1 "$WORK/farm.out" | jq -e .ok >/dev/null
}

# farm_truth FILE: what is true now, and how each device was polled since the last time (see tests/sim/README.md).
farm_truth() {
	farm_tell truth
	cp "$WORK/truth" "$1"
}

# farm_figures BEFORE AFTER INTERVAL_S: what the devices saw between two truths; polls and gaps are of the healthy ones. A gap is each
# device's longest between two polls; gap_first is that up to the first truth.
farm_figures() {
	jq -n --slurpfile before "$1" --slurpfile after "$2" --argjson interval "$3" '
		def at($sorted; $share): if ($sorted | length) == 0 then null else $sorted[(($sorted | length) - 1) * $share | floor] end;
		def sum(f): map(f) | add // 0;
		($after | map(select(.fault == "none"))) as $healthy
		| ($before | map({key: (.device | tostring), value: .}) | from_entries) as $old
		| ($healthy | map(.polls - ($old[.device | tostring].polls // 0))) as $polls
		| ($healthy | map(.gap_max_ms / 1000) | sort) as $gaps
		| ($before | map(select(.fault == "none") | .gap_max_ms / 1000) | sort) as $first
		| ($after[0].t_s - ($before[0].t_s // 0)) as $seconds
		| {healthy: ($healthy | length), silent: (($after | length) - ($healthy | length)),
		   polls_due: (($healthy | length) * $seconds / $interval | floor), polls_done: ($polls | add // 0),
		   devices_never_polled: ($polls | map(select(. == 0)) | length),
		   requests: (($after | sum(.requests)) - ($before | sum(.requests))),
		   counted_s: $seconds, gap_first_p99_s: at($first; 0.99), gap_p50_s: at($gaps; 0.5), gap_p99_s: at($gaps; 0.99), gap_max_s: $gaps[-1]}'
}

# ---- The whole agent ----------------------------------------------------------------------------------------------------------------

# agent_config COUNT INTERVAL_S [LINE...]: to $WORK/wattledger.yaml; COUNT farm devices, defaults for the rest; LINEs are added.
agent_config() {
	local i address count=$1 interval=$2
	shift 2
	{
		echo "sites:"
		echo "  - {id: lab, name: Lab, zone: NO, time_zone: UTC}"
		echo "agent: {clock: assumed}"
		[[ $count -eq 0 ]] || echo "local: no"
		[[ $count -eq 0 ]] || echo "defaults: {interval: ${interval}s, community: public}"
		[[ $count -eq 0 ]] || echo "devices:"
		for ((i = 0; i < count; i++)); do
			device_address "$i" address
			echo "  - {id: d$i, site: lab, driver: sim_farm, address: \"snmp://$address:$FARM_PORT\"}"
		done
		[[ $# -eq 0 ]] || printf '%s\n' "$@"
	} >"$WORK/wattledger.yaml"
	chmod 600 "$WORK/wattledger.yaml"
}

# start_agent: with that configuration and an empty state folder; sets AGENT_PID.
start_agent() {
	rm -rf "$WORK/state"
	start_process agent "${AGENT_BUILD:-$BUILD}/wattledgerd" -c "$WORK/wattledger.yaml" --state "$WORK/state" --drivers "$ROOT/tests/fixtures/drivers"
	AGENT_PID=$PID
	WAIT_S=120 wait_for test -S "$WORK/state/control.sock"
}

# agent_child NAME: the pid of the agent's process of that name (core, snmp, rapl, deliver).
agent_child() { child_named "$AGENT_PID" "wattledger-$1"; }

ledger_sql() { sqlite3 -readonly -cmd '.timeout 5000' "$WORK/state/ledger.db" "$1"; }
# open_sql SQL: the same, with a table `open` of the open rows: the ledger has them several in a row.
open_sql() {
	{ "$BUILD/wattledger-sim-open_rows" "$WORK/state/ledger.db" && echo "$1"; } | sqlite3 -bail -readonly -cmd '.timeout 5000' "$WORK/state/ledger.db"
}
