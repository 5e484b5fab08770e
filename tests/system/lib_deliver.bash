# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# lib_deliver: what the tests of wattledger-deliver share, on top of lib.bash.

# feed OPTION...: plays core (wattledger-sim-feeder --help); prints one line a verdict.
feed() { "$BUILD/wattledger-sim-feeder" --deliver "$BUILD/wattledger-deliver" "$@"; }

# start_feed OPTION...: the same in the background with --hold; what it prints goes to $WORK/feed.out. $DELIVER_PID is deliver's pid.
# Ends when end_feed is called; $FEED_PID is the feeder's.
start_feed() {
	mkfifo "$WORK/feed.in"
	exec {FEED_IN}<>"$WORK/feed.in"
	STDIN=$WORK/feed.in STDOUT=$WORK/feed.out start_process feed \
		"$BUILD/wattledger-sim-feeder" --deliver "$BUILD/wattledger-deliver" --hold "$@" {FEED_IN}>&-
	FEED_PID=$PID
	wait_for grep -q '^hello' "$WORK/feed.out"
	DELIVER_PID=$(awk '$1 == "deliver" { print $2 }' "$WORK/feed.out")
	export FEED_PID DELIVER_PID
}

# Tells start_feed's feeder to end and waits for it.
end_feed() {
	echo end >&"$FEED_IN"
	exec {FEED_IN}>&-
	wait_exit "$FEED_PID"
}

# make_points FILE COUNT [FIRST]: `energy` points of COUNT outlets, one second apart from FIRST on (seconds; default so
# that none lies in the future, which VictoriaMetrics would not show), and a slot point.
make_points() {
	local file=$1 count=$2 first=${3:-$(($(date +%s) - $2))} i
	local tags=rack=none,tenant=none,device=pdu-a
	for ((i = 0; i < count; i++)); do
		echo "energy,site=oslo,$tags,meter=outlet/$i,role=part,in_total=no,point=pdu_out,supply=grid" \
			"power_w=$((100 + i)).5,energy_j=$((1000 + i))i,voltage_v=230.1 $((first + i))000000000"
	done >"$file"
	echo "slot,site=oslo,$tags,meter=total,role=total,in_total=yes,point=pdu_out,supply=grid energy_j=90000i,rev=0i ${first}000000000" >>"$file"
}

# start_stub OPTION...: the scripted store (wattledger-sim-store_stub); sets STUB_PORT and STUB_URL, $WORK/stub.requests, $WORK/stub.lines.
# Called again it starts on the same port with the same files.
start_stub() {
	STUB_PORT=${STUB_PORT:-$(free_port)}
	STUB_URL=http://127.0.0.1:$STUB_PORT
	export STUB_PORT STUB_URL
	start_process stub "$BUILD/wattledger-sim-store_stub" --port "$STUB_PORT" --log "$WORK/stub.requests" --lines "$WORK/stub.lines" "$@"
	wait_for _is_listening "$STUB_PORT"
}

# expect_line PATTERN [FILE]: a line of the file ($WORK/out) matches the extended regular expression as a whole.
expect_line() {
	grep -qxE -- "$1" "${2:-$WORK/out}" || { echo "no line like: $1"; cat "${2:-$WORK/out}"; return 1; }
}
