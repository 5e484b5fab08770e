#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Packages of many agents added up: who counts, who does not, and why.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load books
	work_begin
	books_begin
	need sqlite3
	P=$WORK/packages
	mkdir "$P"
	echo site,public_key,note >"$WORK/expected.csv"
}

teardown() { stop_all; }

# agent SITE [SQL]: the package of another agent with the same ledger but for the site's id, and its line of the list.
agent() {
	cp -r "$STATE" "$WORK/$1.state"
	sqlite3 "$WORK/$1.state/ledger.db" "UPDATE site SET id = '$1'; ${2:-}"
	"$W" key new --state "$WORK/$1.state" >"$WORK/$1.pub"
	"$W" export --state "$WORK/$1.state" --period 2026-10 --out "$P/$1"
	echo "$1,$(cut -d' ' -f2 "$WORK/$1.pub")," >>"$WORK/expected.csv"
}

# make_of_version VERSION PACKAGE: as that version would have made it, unsigned.
make_of_version() {
	rm "$2/manifest.sig"
	python3 - "$1" "$2" <<-'END'
		import csv, hashlib, io, json, os, sys
		version, folder = sys.argv[1:]
		digest = lambda name: hashlib.sha256(open(os.path.join(folder, name), "rb").read()).hexdigest()
		header, *rows = csv.reader(open(os.path.join(folder, "totals.csv"), newline=""))
		row_at, chain_at, chain = header.index("row_sha256"), header.index("chain_sha256"), bytes(32)
		out = io.StringIO()
		writer = csv.writer(out, lineterminator="\n")
		writer.writerow(header)
		for row in rows:
		    row[header.index("software_version")] = version
		    text = io.StringIO()
		    csv.writer(text, lineterminator="").writerow([cell for i, cell in enumerate(row) if i not in (row_at, chain_at)])
		    own = hashlib.sha256(text.getvalue().encode()).digest()
		    chain = hashlib.sha256(chain + own).digest()
		    row[row_at], row[chain_at] = own.hex(), chain.hex()
		    writer.writerow(row)
		before = digest("totals.csv")
		open(os.path.join(folder, "totals.csv"), "w", newline="").write(out.getvalue())
		text = open(os.path.join(folder, "manifest.json")).read().replace(before, digest("totals.csv"))
		manifest = json.loads(text)
		manifest.update(software_version=version, signature=None)
		json.dump(manifest, open(os.path.join(folder, "manifest.json"), "w"))
		sums = "".join("%s  %s\n" % (digest(name), name) for name in sorted(os.listdir(folder)) if name != "SHA256SUMS")
		open(os.path.join(folder, "SHA256SUMS"), "w").write(sums)
	END
}

# column FILE ROW NAME: a cell of a CSV file without quotes.
column() { awk -F, -v row="$2" -v name="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i } NR == row { print $at }' "$1"; }

@test "good packages add up to the fleet" {
	agent bergen
	agent oslo
	run -0 --separate-stderr "$W" merge "$P" --expected "$WORK/expected.csv" --out "$WORK/fleet"
	[[ ${lines[-1]} == "$WORK/fleet: 2 packages read, 2 sites added up, 0 left out, 0 missing, 2 remarks" ]]
	[[ $output == *"REMARK    bergen ($P/bergen): NOT SEALED"* ]]
	# 2 h of 1000 W, two times; 2 kWh x 30.5 g/kWh = 61 g, two times
	[ "$(column "$WORK/fleet/totals.csv" 2 node_type)" = fleet ]
	[ "$(column "$WORK/fleet/totals.csv" 2 energy_millij)" = 14400000000 ]
	[ "$(column "$WORK/fleet/totals.csv" 2 energy_kwh)" = 4.000000 ]
	[ "$(column "$WORK/fleet/totals.csv" 2 m_scope2_lb_mg)" = 122000 ]
	[ "$(column "$WORK/fleet/totals.csv" 2 m_scope1_mg)" = n/a ]
	[ "$(column "$WORK/fleet/totals.csv" 3 site)" = bergen ]
	[ "$(column "$WORK/fleet/totals.csv" 3 energy_millij)" = 7200000000 ]
	jq -e '.schema == "wattledger.merge/1" and .is_complete and .fleet.energy_millij == 14400000000 and (.packages | length) == 2' "$WORK/fleet/merge.json"
	run -64 "$W" merge "$P" --out "$WORK/fleet"
	[[ $output == *"not an empty folder"* ]]
	run -64 "$W" merge --out "$WORK/other"
}

@test "missing, forged, foreign, doubled, of another period and of another edition: each is named, and only good ones count" {
	agent a
	agent b
	agent c "UPDATE factor SET edition = '2026';"
	agent forged
	agent wrongkey
	agent late
	agent twice
	sed -i '2s/,900000000,/,900000001,/' "$P/forged/intervals.csv"
	sed -i "s/^wrongkey,.*/wrongkey,$(cut -d' ' -f2 "$WORK/a.pub"),/; /^stranger/d" "$WORK/expected.csv"
	"$W" export --state "$WORK/twice.state" --period 2026-10 --out "$P/twice-again"
	rm -r "$P/late"
	"$W" export --state "$WORK/late.state" --period 2026-10-05 --out "$P/late"
	cp "$WORK/expected.csv" "$WORK/list"
	agent stranger
	cp "$WORK/list" "$WORK/expected.csv"
	printf 'gone,,\n"ghost",n/a,in the hills\n' >>"$WORK/expected.csv"
	mkdir "$P/zz"
	run -65 --separate-stderr "$W" merge "$P" --expected "$WORK/expected.csv" --out "$WORK/fleet"
	[[ $output == *"LEFT OUT  forged ($P/forged): FORGED or damaged: intervals.csv: its SHA-256 is "* ]]
	[[ $output == *"LEFT OUT  wrongkey ($P/wrongkey): FORGED: it is not signed with the key that the list of expected sites has for it"* ]]
	[[ $output == *"LEFT OUT  late ($P/late): its period is 2026-10-05, that of most is 2026-10"* ]]
	[[ $output == *"LEFT OUT  twice ($P/twice): there are two packages"*"LEFT OUT  twice ($P/twice-again): "* ]]
	[[ $output == *"LEFT OUT  stranger ($P/stranger): not on the list of expected sites"* ]]
	[[ $output == *"LEFT OUT  $P/zz: UNREADABLE: "* ]]
	[[ $output == *"MISSING   ghost: there is no package of it"*"MISSING   gone: there is no package of it"* ]]
	[[ $output == *"REMARK    c ($P/c): OTHER FACTOR EDITION: 'Tester 2026', most have 'Tester 2025'; it counts"* ]]
	[[ ${lines[-1]} == *"10 packages read, 3 sites added up, 7 left out, 2 missing, 4 remarks" ]]
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *"7 left out, 2 missing: the totals are those of the 3 sites that count"* ]]
	[ "$(column "$WORK/fleet/totals.csv" 2 energy_millij)" = 21600000000 ]
	jq -e '(.is_complete | not) and .missing == ["ghost", "gone"] and ([.sites[] | select(.fate == "counted").site] == ["a", "b", "c"])' "$WORK/fleet/merge.json"
}

@test "packages of several versions count and are named; a list that is wrong is told with its line" {
	agent a
	agent b
	make_of_version 0.0.7 "$P/b"
	run -0 --separate-stderr "$W" merge "$P"/a "$P"/b --out "$WORK/fleet"
	[[ $output == *"REMARK    packages are of several versions: 1 of "*", 1 of 0.0.7"* ]]
	[[ $output == *"signatures NOT checked against keys you trust"* ]]
	run -65 "$W" merge "$P"/a "$P"/b --key "$WORK/a.pub" --out "$WORK/fleet2"
	[[ $output == *"LEFT OUT  b ($P/b): FORGED or damaged: manifest.sig: the package is not signed"* ]]
	printf 'site,public_key\na,12\n' >"$WORK/expected.csv"
	run -65 "$W" merge "$P" --expected "$WORK/expected.csv" --out "$WORK/fleet3"
	[[ $output == *"expected.csv:2: public_key is not 64 hexadecimal digits"* ]]
	[ ! -e "$WORK/fleet3" ]
}
