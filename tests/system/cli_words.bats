#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# What the command line says without an agent and without a ledger: help, mistakes, configurations, tables.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	work_begin
	W=${WATTLEDGER_BUILD:-$BUILD}/wattledger
	need "$W" jq
}

teardown() { stop_all; }

@test "help lists every command, and each explains itself" {
	run -0 "$W"
	[[ ${lines[0]} == "wattledger: energy and carbon"* ]]
	[[ $output == *"usage: wattledger COMMAND"* ]]
	for command in check doctor test run demo status top report export verify events scan drivers factors; do
		[[ $output == *"  $command "* ]]
	done
	for command in check report export verify scan; do
		run -0 "$W" help "$command"
		[[ ${lines[0]} == "usage: wattledger $command "* ]]
		run -0 "$W" "$command" --help
		[[ ${lines[0]} == "usage: wattledger $command "* ]]
	done
	run -0 "$W" --version
	[[ $output =~ ^wattledger\ [0-9]+\.[0-9]+ ]]
}

@test "the recipes of the manual are a configuration without a mistake" {
	local file=$WORK/recipes.yaml
	mkdir -p "$WORK/conf.d" "$WORK/secrets"
	awk -v folder="$WORK/conf.d" '/^```yaml/ { to = folder "/" ++count ".yaml"; next } /^```/ { to = "" } to != "" { print > to }' "$ROOT/packaging/man/wattledger-recipes.7.md"
	for name in snmp snmp-auth snmp-priv bmc; do echo secret-secret >"$WORK/secrets/$name"; done
	echo 'sites: [{id: recipes, zone: DE, time_zone: Europe/Berlin}]' >"$file"
	chmod -R go= "$WORK"
	run -0 "$W" check -c "$file"
	[[ $output == *"recipes.yaml: OK: 1 site, 11 devices, "* ]]
}

@test "a mistyped command or option is 64 and names the near one" {
	run -64 "$W" reprot
	[[ $output == *"did you mean 'report'?"* ]]
	run -64 "$W" report --perod today
	[[ $output == *"did you mean --period?"* ]]
	run -64 "$W" report --level rack
	[[ $output == *"total, site, device, meter"* ]]
	run -64 "$W" export --period today
	run -64 "$W" drivers
	run -64 "$W" scan
}

@test "check tells all that is wrong in one run, with places, and is 78" {
	cat >"$WORK/bad.yaml" <<-'END'
		sites:
		  - {id: oslo, zone: NO, time_zone: Europe/Olso}
		ledger: {slot: 7min}
		devices:
		  - {id: a, address: "snmp://192.0.2.1", comunity: x}
	END
	chmod 600 "$WORK/bad.yaml"
	run -78 "$W" check -c "$WORK/bad.yaml"
	[[ $output == *"bad.yaml:2:"* && $output == *"bad.yaml:3:"* && $output == *"bad.yaml:5:"* ]]
	[[ $output == *community* ]]
	run -78 "$W" check -c "$WORK/none.yaml"
}

@test "check says OK with counts" {
	printf 'sites: [{id: oslo, zone: "NO", time_zone: UTC}]\nlocal: no\ndevices: [{id: a, community: public, address: "snmp://192.0.2.1"}]\n' \
		>"$WORK/good.yaml"
	chmod 600 "$WORK/good.yaml"
	run -0 --separate-stderr "$W" check -c "$WORK/good.yaml"
	[[ $output == "$WORK/good.yaml: OK: 1 site, 1 device, 0 outputs, "*" driver"*" grid factor"* ]]
}

@test "the drivers that come with it are listed, shown and clean" {
	run -0 "$W" drivers list --format json
	jq -e '.schema == "wattledger.drivers/1" and ([.drivers[].driver] | index("apc_rpdu2"))' <<<"$output"
	run -0 "$W" drivers show apc_rpdu2
	[[ ${lines[0]} == "apc_rpdu2: APC "* ]]
	[[ $output == *energy_j*1.3.6.1.4.1.318.1.1.26.4.3.1.9* ]]
	run -0 "$W" drivers show apc_rpdu2 --format json
	jq -e '.meters | length > 0' <<<"$output"
	run -0 "$W" drivers lint "$ROOT"/drivers/*.yaml
	run -65 "$W" drivers show nothing_like_it
	echo 'schema: wattledger.driver/9' >"$WORK/bad.yaml"
	run -65 "$W" drivers lint "$WORK/bad.yaml"
	[[ $output == *"bad.yaml:1:"* ]]
}

@test "factors of a zone come with year, basis, publisher, edition and licence" {
	run -0 "$W" factors show NO --format json
	jq -e '.schema == "wattledger.factors/1"' <<<"$output"
	jq -e '.factors | all(.zone == "NO" and .year > 1990 and (.microg_per_kwh // .loss_pct) > 0 and (.basis, .publisher, .edition, .licence | length > 0))' <<<"$output"
	run -0 "$W" factors show NO --format csv
	[[ ${lines[0]} == zone,name,year,g_per_kwh,basis,method,publisher,edition,licence ]]
	run -0 "$W" factors list
	[[ $output == *Norway* ]]
	run -65 "$W" factors show NOO
	[[ $output == *"did you mean NO?"* ]]
}

@test "what cannot be written is 74" {
	run -74 bash -c "'$W' drivers list >/dev/full"
}

@test "status without agent and ledger is 69; for monitoring it is critical" {
	run -69 "$W" status --state "$WORK/nowhere"
	[[ $output == *"no agent runs"* ]]
	run -2 "$W" status --check --state "$WORK/nowhere"
	[[ $output == "WATTLEDGER CRITICAL - "* && ${#lines[@]} -eq 1 ]]
	run -69 "$W" report --state "$WORK/nowhere"
}

# finding DOCUMENT SUBJECT MEMBER
finding() { jq -r --arg subject "$2" --arg member "$3" 'first(.findings[] | select(.subject == $subject))[$member]' <<<"$1"; }

@test "doctor names what is missing with the command that mends it, and is 69" {
	cat >"$WORK/site.yaml" <<-'END'
		local: no
		devices: [{id: meter, address: "modbus:/dev/serial/by-id/none?baud=9600/1", driver: eastron_sdm630}]
	END
	chmod 600 "$WORK/site.yaml"
	run -69 "$W" doctor -c "$WORK/site.yaml" --state "$WORK/state"
	[[ $output == *"serial"*"/dev/serial/by-id/none is not there"*"-> plug it in"* ]]
	run -69 "$W" doctor -c "$WORK/site.yaml" --state "$WORK/state" --format json
	[[ $(finding "$output" agent level) == fix && $(finding "$output" agent fix) == "sudo systemctl start wattledger"* ]]
	[[ $(finding "$output" configuration level) == ok ]]
	[[ $(finding "$output" state level) == note ]]
	echo 'devices: [{id: a, adress: "snmp://192.0.2.1"}]' >"$WORK/bad.yaml"
	chmod 600 "$WORK/bad.yaml"
	run -69 "$W" doctor -c "$WORK/bad.yaml" --state "$WORK/state"
	[[ $output == *"FIX"*"configuration"*"bad.yaml:1:"*"-> wattledger check -c $WORK/bad.yaml"* ]]
}
