# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# books: a ledger whose content is known, made by a trace of 1000 W over two hours, in Oslo, on 5 October 2026; 30.5 g/kWh of 2024.
#
# Functions: books_begin (in setup, after work_begin)  Variables: W (the program)  GRID (its factor tables)  STATE (its state folder)

books_begin() {
	W=$BUILD/wattledger
	GRID=$WORK/grid
	STATE=$WORK/state
	need "$W" jq python3
	cat >"$WORK/site.yaml" <<-'END'
		sites: [{id: oslo, name: Oslo, zone: "XO", time_zone: Europe/Oslo}]
		local: no
		defaults: {community: public, interval: 60s}
		devices: [{id: pdu-a, address: "snmp://127.0.0.1:9"}]
	END
	chmod 600 "$WORK/site.yaml"
	mkdir -p "$GRID"
	cat >"$GRID/test.csv" <<-'END'
		zone,name,year,gco2e_per_kwh,basis,method,publisher,edition,licence,source
		XO,Testland,2024,30.5,lifecycle,location-based average,Tester,2025,CC0,made up
	END
	steady_trace 2026-10-05T08:00:00Z 60 121 1000 pdu-a,total,power_w,1000 >"$WORK/trace.csv"
	"$W" replay --trace "$WORK/trace.csv" -c "$WORK/site.yaml" --grid "$GRID" --state "$STATE"
}
