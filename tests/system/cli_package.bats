#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The auditor's package: signed, checked, computed again by other code, and no byte of it changed unseen.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	load books
	work_begin
	books_begin
	P=$WORK/package
}

teardown() { stop_all; }

make_signed() {
	"$W" key new --state "$STATE" >"$WORK/key.pub"
	"$W" export --state "$STATE" --period 2026-10 --out "$P"
}

@test "a key is made once, private, and shown" {
	run -0 --separate-stderr "$W" key new --state "$STATE"
	[[ $output =~ ^wattledger-public-key-1\ [0-9a-f]{64}$ ]]
	[ "$(stat -c %a "$STATE/signing.key")" = 600 ]
	[ "$(cat "$STATE/signing.key.pub")" = "$output" ]
	[ "$("$W" key show --state "$STATE")" = "$output" ]
	run -64 "$W" key new --state "$STATE"
	[[ $output == *"a key is never written over"* ]]
	chmod 644 "$STATE/signing.key"
	run -77 "$W" key show --state "$STATE"
	run -77 "$W" export --state "$STATE" --period 2026-10 --out "$P"
	[[ $output == *"--unsigned does without"* ]]
	run -0 "$W" export --state "$STATE" --period 2026-10 --out "$P" --unsigned
	[[ $output == *"NOT signed"* ]]
	run -69 "$W" key show --key "$WORK/nowhere"
	[[ $output == *"wattledger key new"* ]]
}

@test "verify says what the signature is worth" {
	make_signed
	run -0 "$W" verify "$P"
	[[ $output == *"signature NOT checked against a key you trust: it fits the key in the package, $(cut -d' ' -f2 "$WORK/key.pub")"* ]]
	run -0 "$W" verify "$P" --key "$WORK/key.pub"
	[[ ${lines[1]} == "signature good: made with your key $(cut -d' ' -f2 "$WORK/key.pub")" ]]
	"$W" key new --key "$WORK/other" >"$WORK/other.txt"
	run -65 "$W" verify "$P" --key "$WORK/other.pub"
	[[ $output == *"it was made with another key than the one given"* && $output == *"signature BAD"* ]]
	run -65 "$W" verify "$P" --key "$STATE/signing.key"
	[[ $output == *"is a secret key"* ]]
	"$W" export --state "$STATE" --period 2026-10 --out "$WORK/bare" --unsigned
	run -65 "$W" verify "$WORK/bare" --key "$WORK/key.pub"
	[[ $output == *"the package is not signed"* ]]
	run -0 "$W" verify "$WORK/bare"
	[[ $output == *"signature NOT checked against a key you trust: the package has none"* ]]
}

@test "a signature that was taken off is missed, and the signature is what OpenSSL takes for one" {
	need openssl
	make_signed
	# RFC 8410: the fixed head of an Ed25519 public key, then the key
	{ printf 302a300506032b6570032100; cut -d' ' -f2 "$WORK/key.pub"; } | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >"$WORK/key.der"
	cut -d' ' -f3 "$P/manifest.sig" | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >"$WORK/raw.sig"
	openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey "$WORK/key.der" -in "$P/manifest.json" -sigfile "$WORK/raw.sig"
	rm "$P/manifest.sig"
	sed -i '/manifest.sig/d' "$P/SHA256SUMS"
	run -65 "$W" verify "$P"
	[[ $output == *"the manifest says that it is signed, and the signature is not there"* ]]
}

@test "other code computes the same to the last digit" {
	make_signed
	(cd "$P" && sha256sum --quiet -c SHA256SUMS)
	run -0 python3 "$ROOT/packaging/recalculate.py" "$P"
	[[ $output == "$P: OK: 4 totals computed again by other code" ]]
	sed -i '2s/,900000000,/,900000001,/' "$P/intervals.csv"
	run -1 python3 "$ROOT/packaging/recalculate.py" "$P"
	[[ $output == *"intervals.csv: SHA-256 is "* && $output == *"oslo/pdu-a/total: totals.csv says "* ]]
	[ "$(wc -l <"$ROOT/packaging/recalculate.py")" -le 150 ]
	# A meter read by SNMP, power integrated: sqrt(5^2 + 1^2) = 5.10 % and 7.5 % of the factor, k = 2; joined 2 x sqrt(26 + 56.25) = 18.14 %
	run -0 python3 -c 'import csv, sys; print([[r[c] for c in ("u_energy_pct", "u_ef_pct", "u_total_pct", "k", "quality_tier")] for r in csv.DictReader(open(sys.argv[1]))][1])' "$P/totals.csv"
	[[ $output == "['10.20', '15.00', '18.14', '2', 'Fair']" ]]
}

@test "one byte changed anywhere is found, and the file named" {
	local file size at byte
	make_signed
	cp -r "$P" "$WORK/good"
	for file in "$WORK"/good/*; do
		size=$(stat -c %s "$file")
		for at in 0 $((size / 3)) $((size * 2 / 3)) $((size - 1)); do
			byte=$(od -An -tu1 -j"$at" -N1 "$file")
			cp "$file" "$P/"
			# shellcheck disable=SC2059
			printf "\\$(printf %03o $((byte ^ 1)))" | dd of="$P/${file##*/}" bs=1 seek="$at" conv=notrunc status=none
			run "$W" verify "$P" --key "$WORK/key.pub"
			[[ $status == 65 && $output == *"${file##*/}"* ]] || { echo "$file, byte $at: $status: $output"; false; }
			cp "$file" "$P/"
		done
	done
	touch "$P/stranger"
	run -65 "$W" verify "$P"
	[[ $output == *"stranger: SHA256SUMS does not list it"* ]]
}
