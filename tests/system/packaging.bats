# SPDX-License-Identifier: Apache-2.0
# What an installation lays out, without installing: the layout, the unit and how exposed it is, manual pages, completion, maintainer
# scripts. The packages themselves are built and tried on a fresh system by `make package-check`.

setup_file() {
	load lib
	work_begin
	use_release
	INSTALLED=$BATS_FILE_TMPDIR/installed
	export INSTALLED
	lay_out
}

# Into $INSTALLED, from the programs as they are built: with another folder of the configuration all would be compiled again.
lay_out() {
	env -u MAKEFLAGS -u MAKELEVEL -u PROFILE make -s -C "$ROOT" install BUILD="$BUILD" DESTDIR="$INSTALLED" PREFIX=/usr SYSCONFDIR=/usr/local/etc
}

setup() {
	load lib
	work_begin
	use_release
	CONFIG=$INSTALLED/usr/local/etc/wattledger/wattledger.yaml
	UNIT=$INSTALLED/usr/lib/systemd/system/wattledger.service
}
teardown() { stop_all; }

@test "every program that the service starts is where it looks for it" {
	local program
	[[ -x $INSTALLED/usr/bin/wattledger && -x $INSTALLED/usr/sbin/wattledgerd ]]
	for program in core plan deliver rapl clock snmp sim-snmp sim-powercap; do [[ -x $INSTALLED/usr/libexec/wattledger/wattledger-$program ]]; done
	[[ ! -e $INSTALLED/usr/libexec/wattledger/wattledger-sim-liar ]]
	"$INSTALLED/usr/bin/wattledger" drivers list | grep -q raritan_px2.yaml.gz
	"$INSTALLED/usr/bin/wattledger" factors show NO | grep -q Ember
	"$INSTALLED/usr/bin/wattledger" check -c "$CONFIG"
	[[ $(stat -c %a "$CONFIG") == 640 ]]
	"$INSTALLED/usr/bin/wattledger" run -c "$CONFIG" --state "$WORK/state" --for 1s
}

@test "an edited configuration is kept by another installation" {
	echo '# mine' >>"$CONFIG"
	lay_out
	grep -q '^# mine' "$CONFIG"
}

# 1: drop-in or "". Prints the exposure times ten.
exposure() {
	rm -rf "$WORK/unit"
	mkdir -p "$WORK/unit/wattledger.service.d"
	cp "$UNIT" "$WORK/unit/"
	[[ -z $1 ]] || cp "$1" "$WORK/unit/wattledger.service.d/"
	systemd-analyze security --offline=yes "$WORK/unit/wattledger.service" | sed -nE 's/.*exposure level.*: ([0-9]+)\.([0-9]).*/\1\2/p'
}

@test "systemd finds nothing wrong with the unit, and its exposure stays low" {
	command -v systemd-analyze >/dev/null || skip "systemd-analyze is not installed"
	# The programs are not at their place: a unit with theirs.
	mkdir -p "$WORK/verify"
	sed -E "s|=/usr/(s?bin)|=$INSTALLED/usr/\1|" "$UNIT" >"$WORK/verify/wattledger.service"
	sed -E "s|=/usr/libexec|=$INSTALLED/usr/libexec|" "${UNIT/.service/-clock.service}" >"$WORK/verify/wattledger-clock.service"
	run systemd-analyze verify --man=no "$WORK/verify/wattledger.service"
	[[ $status -eq 0 ]]
	[[ $output != *wattledger.service* && $output != *wattledger-clock.service* ]]
	[[ $(exposure '') -le 15 ]]
	[[ $(exposure "$ROOT/packaging/systemd/examples/network-only.conf") -le 11 ]]
	[[ $(exposure "$ROOT/packaging/systemd/traffic.conf") -le 18 ]]
	[[ $(exposure "$ROOT/packaging/systemd/modbus.conf") -le 17 ]]
	[[ $(exposure "$ROOT/packaging/systemd/examples/ipmi-local.conf") -le 17 ]]
	[[ $(systemd-analyze security --offline=yes "$WORK/verify/wattledger-clock.service" | grep -c "exposure level.*: 0[.]7 ") -eq 1 ]]
	# What it writes lies where the agent's user may look: not below /run/private.
	run -1 grep -q '^RuntimeDirectoryPreserve=' "$WORK/verify/wattledger-clock.service"
}

@test "users and folders are declared as systemd understands them" {
	command -v systemd-sysusers >/dev/null || skip "systemd-sysusers is not installed"
	mkdir -p "$WORK/root/etc"
	run systemd-sysusers --root="$WORK/root" --dry-run "$INSTALLED/usr/lib/sysusers.d/wattledger.conf"
	[[ $status -eq 0 && $output == *wattledger-audit* ]]
	grep -q '^User=wattledger$' "$UNIT"
	grep -q '^Group=wattledger-audit$' "$UNIT"
}

@test "each manual page is there, names its subject and makes no formatter complain" {
	command -v man >/dev/null || skip "man is not installed"
	local page
	for page in man1/wattledger.1 man8/wattledgerd.8 man5/wattledger.yaml.5 man5/wattledger-drivers.5 man7/wattledger.7 man7/wattledger-api.7 man7/wattledger-recipes.7 man7/wattledger-audit.7; do
		run man -l --warnings=w -E UTF-8 -Tutf8 "$INSTALLED/usr/share/man/$page"
		[[ $status -eq 0 ]]
		[[ -z $(man -l --warnings=w -E UTF-8 -Tutf8 "$INSTALLED/usr/share/man/$page" 2>&1 >/dev/null) ]]
	done
	# Each command of the help is in wattledger(1), each key of the configuration in wattledger.yaml(5).
	while read -r command _; do grep -q "^\.SS $command " "$INSTALLED/usr/share/man/man1/wattledger.1"; done < <("$BUILD/wattledger" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
	grep -q outbox_max_bytes "$INSTALLED/usr/share/man/man5/wattledger.yaml.5"
}

# Prints what bash would offer for the words of a command line; the last one is being typed.
offered() {
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wattledger; printf "%s\n" "${COMPREPLY[@]}"' - \
		"$INSTALLED/usr/share/bash-completion/completions/wattledger" "$@"
}

@test "bash is offered commands, their options and their values" {
	[[ $(offered wattledger repo) == report ]]
	[[ $(offered wattledger help ver) == verify ]]
	[[ $(offered wattledger report --fo) == --format ]]
	[[ $(offered wattledger report --format '' | xargs) == "table json csv" ]]
	[[ $(offered wattledger report --level s) == site ]]
	[[ $(offered wattledger drivers l | xargs) == "list lint" ]]
	[[ $(offered wattledger check -c "$ROOT/Makef") == "$ROOT/Makefile" ]]
}

@test "every command and every option of the help is in the completion of each shell" {
	local command option
	while read -r command _; do
		grep -q "'$command:" "$INSTALLED/usr/share/zsh/vendor-completions/_wattledger"
		grep -q -- "-a $command -d" "$INSTALLED/usr/share/fish/vendor_completions.d/wattledger.fish"
		for option in $("$BUILD/wattledger" help "$command" | sed -nE 's/^ +(-., )?--([a-z-]+).*/\2/p'); do
			[[ $(offered wattledger "$command" "--$option" | head -n 1) == "--$option"* ]]
			grep -q -- "from $command' -l $option" "$INSTALLED/usr/share/fish/vendor_completions.d/wattledger.fish"
			grep -qE "^.${command}[)] .*--$option" "$INSTALLED/usr/share/zsh/vendor-completions/_wattledger"
		done
	done < <("$BUILD/wattledger" help | sed -n 's/^  \([a-z]*\) .*/\1/p' | grep -v '^help$')
	run "$BUILD/wattledger" completion tcsh
	[[ $status -eq 64 ]]
}

@test "each part has a description for its package, and the scripts of the packages are sound" {
	local folder
	for folder in "$ROOT"/collectors/*/; do
		folder=$(basename "$folder")
		[[ $folder == frame || $folder == rapl || -s $ROOT/packaging/deb/parts/$folder ]]
	done
	# Each file goes to one package, and each package gets its program.
	"$ROOT/packaging/split" "$INSTALLED" >"$WORK/split"
	[[ $(wc -l <"$WORK/split") -eq $(find "$INSTALLED" -type f | wc -l) ]]
	for folder in $("$ROOT/packaging/split" --packages); do grep -q "^Package: wattledger-$folder\$" "$ROOT/packaging/deb/control" || [[ -e $ROOT/packaging/deb/parts/$folder ]]; done
	for folder in $("$ROOT/packaging/split" --parts); do grep -q "^wattledger-$folder	.*/wattledger-$folder$" "$WORK/split"; done
	run ! grep -q '^wattledger	.*/share/wattledger/drivers/' "$WORK/split"
	grep -q '^wattledger-snmp	.*/drivers/raritan_px2.yaml.gz$' "$WORK/split"
	for script in wattledger.postinst wattledger.postrm; do sh -n "$ROOT/packaging/deb/$script"; done
	sh -n "$ROOT/packaging/init/openrc"
	# procd's own words are stood in for: what it is told to run.
	run sh -c 'procd_open_instance() { :; }; procd_close_instance() { :; }; procd_set_param() { echo "$@"; }; mkdir() { :; }; . "$1"; start_service' - "$ROOT/packaging/init/procd"
	[[ $status -eq 0 && $output == *"command /usr/sbin/wattledgerd -c /etc/wattledger/wattledger.yaml --state /overlay/wattledger"* ]]
	# The version is said once; the changelog has to follow.
	[[ $(head -n 1 "$ROOT/packaging/deb/changelog") == "wattledger ($("$BUILD/wattledger" --version | awk '{ print $2 }')-"* ]]
}

@test "what the programs are made of is told: each with its digest, each library with its package, each table with its licence" {
	sbom() { "$ROOT/packaging/sbom" --version 9.9 --utc 0 --build "$BUILD" wattledger wattledger-core; }
	sbom >"$BATS_TEST_TMPDIR/a.json"
	sbom | cmp - "$BATS_TEST_TMPDIR/a.json"
	jq -e --arg sum "$(sha256sum "$BUILD/wattledger-core" | cut -d' ' -f1)" '[.packages[] | select(.name == "wattledger-core") | .checksums[].checksumValue] == [$sum]' \
		"$BATS_TEST_TMPDIR/a.json"
	jq -e '[.packages[] | select(.name | test("sqlite")) | .externalRefs[0].referenceLocator | test("^pkg:(deb|rpm)/")] == [true]' "$BATS_TEST_TMPDIR/a.json"
	jq -e '[.packages[] | select(.name == "ember-2026.csv") | .licenseDeclared] == ["CC-BY-4.0"]' "$BATS_TEST_TMPDIR/a.json"
}
