#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Periods are sealed and restated: by a command alone, and by the agent that runs. What was stated once is never edited.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load books
	work_begin
	books_begin
}

teardown() { stop_all; }

totals() { "$W" report --state "$STATE" --period 2026-10-05 --level site --format json | jq -c '[.rows[0].energy_millij, .rows[0].location_mg]'; }

@test "a period is sealed once, and its gaps are decided upon" {
	run -65 "$W" seal --state "$STATE" --period 2026-10-05
	[[ $output == *"oslo/pdu-a/total: 22 h 0 min"*"--accept REASON"* ]]
	run -0 --separate-stderr "$W" seal --state "$STATE" --period 2026-10-05 --accept "installed that day" --author anna
	[[ ${lines[0]} == "oslo: 2026-10-05 sealed, revision 0: 2.000000 kWh, 0.061000 kg CO2e" ]]
	run -65 "$W" seal --state "$STATE" --period 2026-10-05 --accept again
	[[ $output == *"sealed already"* ]]
	run -65 "$W" seal --state "$STATE" --period 2126-10-05 --accept "it is early"
	[[ $output == *"not over yet"* ]]
	run -64 "$W" seal --state "$STATE"
	run -69 "$W" seal --state "$WORK/nowhere" --period 2026-10-05
	[ ! -e "$WORK/nowhere" ]
	run -0 "$W" report --state "$STATE" --period 2026-10-05
	[[ $output == *"sealed "*"revision 0 (SEAL)"* ]]
}

@test "a new edition of the factors is a restatement: old and new side by side, in the package too" {
	"$W" seal --state "$STATE" --period 2026-10-05 --accept "installed that day"
	run -65 "$W" restate --state "$STATE" --period 2026-10-06 --reason FACTOR_EDITION --note update
	[[ $output == *"nothing to restate"* ]]
	run -64 "$W" restate --state "$STATE" --period 2026-10-05 --reason WHIM --note update
	run -64 "$W" restate --state "$STATE" --period 2026-10-05 --reason FACTOR_EDITION --factors 2031 --note update
	mkdir "$WORK/newer"
	cat >"$WORK/newer/newer.csv" <<-'END'
		zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source
		XO,Testland,2024,33,lifecycle,location-based average,Tester,2026,CC0,made up
		XO,Testland,2026,40,lifecycle,location-based average,Tester,2026,CC0,made up
	END
	run -0 --separate-stderr "$W" restate --state "$STATE" --period 2026-10-05 --reason FACTOR_EDITION --factors 2026 --grid "$WORK/newer" --note update
	[[ $output == *"before: 2.000000 kWh, 0.061000 kg CO2e"*"after:  2.000000 kWh, 0.080000 kg CO2e"*"emissions +31.15 %; above the threshold of 5 %"* ]]
	[ "$(totals)" = "[7200000000,80000]" ]
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	run -0 "$W" verify "$WORK/package"
	[[ $output == *"2 statements of sealed periods"* ]]
	run -0 python3 "$ROOT/packaging/recalculate.py" "$WORK/package"
	python3 - "$WORK/package" <<-'END'
		import csv, hashlib, json, sys
		read = lambda name: list(csv.DictReader(open(sys.argv[1] + "/" + name)))
		site = read("totals.csv")[1]
		assert [site[c] for c in ("revision", "restated", "restate_reason", "previous_value_kg", "delta_pct", "m_scope2_lb_mg")] \
		  == ["1", "yes", "FACTOR_EDITION", "0.061000", "31.15", "80000"]
		assert [(r["revision"], r["m_scope2_lb_mg"]) for r in read("statement_rows.csv") if r["node_type"] == "site"] == [("0", "61000"), ("1", "80000")]
		assert {f["microg_per_kwh"] for f in read("factors.csv")} == {"30500000", "40000000"}
		chain = bytes(32)
		for line in open(sys.argv[1] + "/statements.csv").read().splitlines()[1:]:
		  text, row, head = line.rsplit(",", 2)
		  assert hashlib.sha256(text.encode()).hexdigest() == row
		  chain = hashlib.sha256(chain + bytes.fromhex(row)).digest()
		  assert chain.hex() == head
		assert json.load(open(sys.argv[1] + "/manifest.json"))["sites"][0]["state"] == "sealed"
	END

	# The transformer was 150/5 and not 100/5 for the second hour: 1 + 1.5 kWh; the register says who found it.
	cat >"$WORK/wrong.csv" <<-'END'
		meter,from,to,what,value,author,note
		oslo/pdu-a/total,2026-10-05T09:00:00Z,2026-10-05T10:00:00Z,ct_ratio,150/100,ben,it says 150/5
		oslo/pdu-a/total,2026-10-05T08:00:00Z,2026-10-05T10:00:00Z,phase,2,ben,
	END
	run -64 "$W" restate --state "$STATE" --period 2026-10-05 --reason ERROR --correct "$WORK/wrong.csv" --factors 2026 --note inspection
	run -0 --separate-stderr "$W" restate --state "$STATE" --period 2026-10-05 --reason ERROR --correct "$WORK/wrong.csv" --note inspection
	[[ $output == *"before: 2.000000 kWh, 0.080000 kg CO2e"*"after:  2.500000 kWh, 0.100000 kg CO2e"*"energy +25.00 %, emissions +25.00 %; above"* ]]
	run -65 "$W" restate --state "$STATE" --period 2026-10-05 --reason ERROR --correct "$WORK/wrong.csv" --note again
	[[ $output == *"entry 1 corrects the ct_ratio of 'oslo/pdu-a/total' in that time already"* ]]
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/corrected"
	"$W" verify "$WORK/corrected"
	python3 "$ROOT/packaging/recalculate.py" "$WORK/corrected"
	python3 - "$WORK/corrected" <<-'END'
		import csv, sys
		read = lambda name: list(csv.DictReader(open(sys.argv[1] + "/" + name)))
		site = read("totals.csv")[1]
		assert [site[c] for c in ("energy_millij", "uncorrected_energy_kwh", "uncorrected_m_scope2_lb_mg", "correction_ids", "restate_reason")] \
		  == ["9000000000", "2.000000", "80000", "1 2", "ERROR"], site
		assert [(c["what"], c["value"], c["author"], c["counts"]) for c in read("corrections.csv")] \
		  == [("ct_ratio", "1.500000", "ben", "yes"), ("phase", "2", "ben", "yes")]
		assert [(m["phase"], m["is_corrected"]) for m in read("register.csv") if m["node_type"] == "meter"][:2] == [("0", "no"), ("2", "yes")]
		page = open(sys.argv[1] + "/report.html").read()
		assert "revision 2 was stated" in page and "ERROR: inspection. Energy changed by +25.00 %" in page and "it says 150/5" in page
		assert "Without the corrections that count it would be 2.000 kWh instead of 2.500 kWh" in page
	END
	sed -i '2s/150000000/160000000/;2s/1[.]500000/1.600000/' "$WORK/corrected/corrections.csv"
	run -1 python3 "$ROOT/packaging/recalculate.py" "$WORK/corrected"
	[[ $output == *"oslo/pdu-a/total: totals.csv says"* ]]
}

@test "a statement that was changed in the package is found" {
	"$W" seal --state "$STATE" --period 2026-10-05 --accept "installed that day"
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	sed -i '2s/,61000,/,61001,/' "$WORK/package/statements.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"statements.csv:2: row_sha256 is "* && $output == *"chain_sha256 is "* ]]
	sed -i '2s/,61001,/,61000,/' "$WORK/package/statements.csv"
	run -0 "$W" verify "$WORK/package"
	sed -i '2s/,61000,61000,/,61002,61000,/' "$WORK/package/statement_rows.csv"
	run -65 "$W" verify "$WORK/package"
	[[ $output == *"statement_rows.csv: the rows of revision 0 of oslo"* && $output == *"oslo is not what was sealed"* ]]
}

@test "the agent that runs seals, and nobody else gets at its ledger" {
	need "$BUILD/wattledgerd" sqlite3
	{
		cat "$WORK/site.yaml"
		echo 'agent: {clock: assumed}'
	} >"$WORK/agent.yaml"
	chmod 600 "$WORK/agent.yaml"
	start_process agent "$BUILD/wattledgerd" -c "$WORK/agent.yaml" --state "$STATE" --grid "$GRID"
	wait_for test -S "$STATE/control.sock"
	# Not before the agent trusts its clock; until then it says so.
	sealed() { "$W" seal --state "$STATE" --period 2026-10-05 --accept "installed that day" --author anna >"$WORK/sealed" 2>"$WORK/refused"; }
	WAIT_S=90 wait_for sealed
	grep -q "^oslo: 2026-10-05 sealed, revision 0: 2.000000 kWh, 0.061000 kg CO2e" "$WORK/sealed"
	run -65 "$W" seal --state "$STATE" --period 2026-10-05 --accept again
	[[ $output == *"sealed already"* ]]
	run -0 "$W" report --state "$STATE" --period 2026-10-05
	[[ $output == *"revision 0 (SEAL)"* ]]
	# A client that goes away does not stop what it ordered.
	printf 'restate\t2026-10-05\t\tanna\tERROR\tnone\t\n' | python3 -c '
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(sys.stdin.buffer.read())' "$STATE/control.sock" || true
	run -0 "$W" status --state "$STATE" --format json
	stop_process agent
	[ "$(sqlite3 -readonly "$STATE/ledger.db" 'SELECT group_concat(revision) FROM statement')" = 0 ]
	[ "$(sqlite3 -readonly "$STATE/ledger.db" 'PRAGMA integrity_check')" = ok ]
}

@test "a month is sealed by itself some days after its end, gaps and all told" {
	need "$BUILD/wattledgerd" sqlite3
	{
		cat "$WORK/site.yaml"
		echo 'agent: {clock: assumed}'
		echo 'ledger: {seal_after: 1d}'
	} >"$WORK/agent.yaml"
	chmod 600 "$WORK/agent.yaml"
	start_process agent "$BUILD/wattledgerd" -c "$WORK/agent.yaml" --state "$STATE" --grid "$GRID"
	# The month before is not covered at all, and nobody has decided upon that: it is refused, once, and the log says why.
	WAIT_S=90 wait_for grep -q 'is not sealed by itself: undecided gaps: 1 meter is not covered' "$WORK/agent.log"
	[ "$(grep -c 'is not sealed by itself' "$WORK/agent.log")" = 1 ]
	stop_process agent
	[ "$(sqlite3 -readonly "$STATE/ledger.db" 'SELECT COUNT(*) FROM statement')" = 0 ]
}

@test "each day's chain head goes to the outputs, and a package is held against it" {
	need sqlite3
	"$W" seal --state "$STATE" --period 2026-10-05 --accept "installed that day"
	# As if it had been sealed on the day after.
	sqlite3 "$STATE/ledger.db" "UPDATE statement SET sealed_ms = $(date -u -d 2026-10-06T03:00:00Z +%s)000"
	head=$(sqlite3 "$STATE/ledger.db" 'SELECT lower(hex(chain_sha256)) FROM statement')
	{
		cat "$WORK/site.yaml"
		echo 'outputs: [{name: store, type: influxdb_v1, urls: ["http://127.0.0.1:9"], database: energy}]'
	} >"$WORK/store.yaml"
	chmod 600 "$WORK/store.yaml"
	steady_trace 2026-10-06T12:00:00Z 600 121 300000 pdu-a,total,power_w,1000 >"$WORK/later.csv"
	"$W" replay --trace "$WORK/later.csv" -c "$WORK/store.yaml" --grid "$GRID" --state "$STATE" --points
	python3 - "$STATE/ledger.db" >"$WORK/points" <<-'END'
		import sqlite3, sys, zlib
		for (payload,) in sqlite3.connect(sys.argv[1]).execute("SELECT payload FROM outbox ORDER BY id"):
		    sys.stdout.write(zlib.decompress(payload).decode())
	END
	# Midnight of 7 October in Oslo; on the 6th nothing was sealed when the day began.
	grep '^chain,' "$WORK/points" >"$WORK/chain"
	[[ $(head -n 1 "$WORK/chain") =~ ^chain,site=oslo\ statements=0i,head_0=0i,.*,head_7=0i\ 1791237600 ]]
	run -64 "$W" verify "$WORK" --head 0,0,0,0,0,0,0,0
	[[ $output == *"the head of a chain without statements"* ]]
	sed -i 1d "$WORK/chain"
	[[ $(<"$WORK/chain") =~ ^chain,site=oslo\ statements=1i,head_0=[0-9]+i,.*,head_7=[0-9]+i\ 1791324000 ]]
	words=$(grep -o 'head_[0-7]=[0-9]*' "$WORK/chain" | cut -d= -f2 | paste -sd,)
	# shellcheck disable=SC2086 # eight numbers
	[ "$(printf '%08x' ${words//,/ })" = "$head" ]
	"$W" export --state "$STATE" --period 2026-10-05 --out "$WORK/package"
	for given in "$head" "$words"; do
		run -0 "$W" verify "$WORK/package" --head "$given"
		[[ $output == *"chain head found: it is that of oslo, revision 0 of 2026-10-05; "* ]]
	done
	run -65 "$W" verify "$WORK/package" --head "${head//[0-7]/9}"
	[[ $output == *"statements.csv: no statement has the chain head that was given"* ]]
	run -64 "$W" verify "$WORK/package" --head 1,2,3
	run -64 "$W" verify "$WORK/package" --head abc
}
