#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Matches the energy of a wattledger package again hour by hour, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_cfe.py DIR      as recalculate.py, which asks it too and has recalculate_supply.py look at the hours of supply.csv
free       of an hour: PV that did not go to the grid, and what certificates, then contracts, of that hour at 0 g/kWh have of the grid's energy
emissions  what such instruments have, each at its own factor; the rest at the residual mix, else at the location-based factor
"""
from collections import defaultdict
from datetime import timedelta
from recalculate_market import offer, terms, under
from recalculate_shared import MG, differs, fixed, half_even, has, instant, micro, rows, run

HOUR, NAMES = timedelta(hours=1), ("cfe_load_millij", "cfe_millij", "cfe_instrument_millij", "cfe_hours", "cfe_full_hours")


def hour_of(at):
    return at.replace(minute=0, second=0, microsecond=0)


def claims_of(site, entries):
    """{zone: {hour: [(mJ, ug/kWh)]}} of a site's row; of an hour that its period cuts the share by time."""
    out = defaultdict(lambda: defaultdict(list))
    for entry in (e for kind in ("certificate", "ppa") for e in entries if e["what"] == kind and e["node"] == site["node_id"]):
        start, note = instant(entry["from_utc"]), terms(entry["note"])
        energy = offer(entry, instant(site["period_start_utc"]), instant(site["period_end_utc"]))
        if energy > 0 and instant(entry["to_utc"]) <= hour_of(start) + HOUR:
            out[note["zone"]][hour_of(start)].append((energy, micro(note["g_per_kwh"])))
    return out


def match(hours, claims):
    """(NAMES, mg)"""
    figures, mg = [0] * len(NAMES), 0
    for hour in hours:
        grid, genset, pv, out = (max(int(hour[name + "_millij"]), 0) for name in ("grid", "genset", "pv", "grid_out"))
        free = max(pv - out, 0)
        load, left = grid + genset + free, grid
        for energy, factor in claims[instant(hour["hour_start_utc"])]:
            taken = min(energy, left)
            left -= taken
            free += taken if factor == 0 else 0
            mg += half_even(taken * factor, MG)
        figures = [a + b for a, b in zip(figures, (load, free, grid - left, load > 0, 0 < load == free))]
    return figures, mg


def rest_of(parts, factors):
    """Micrograms a kWh of what no instrument has; None: not known, or several."""
    found = {(row["zone"], row["mb_rest_year"], row["mb_rest_edition"], row["mb_rest_table_sha256"]) for row in parts}
    name = found.pop() if len(found) == 1 else None
    return factors.get(("residual", name), factors.get(("mix", name)))


def check(folder):
    totals, differences, factors = list(rows(folder, "totals.csv")), [], {}
    if not totals or "cfe_millij" not in totals[0] or not any(t["node_type"] == "meter" for t in totals):
        return []
    hours, known = defaultdict(list), {}
    for row in rows(folder, "supply.csv") if has(folder, "supply.csv") else ():
        hours[row["site"]].append(row)
    entries = [e for e in rows(folder, "entries.csv") if e["kind"] == "instrument" and e.get("counts") == "yes" and terms(e["note"]).get("zone")]
    for f in (f for f in rows(folder, "factors.csv") if f["start_utc"] == "n/a" and f["basis"] != "losses"):
        factors["mix" if f["basis"] in ("direct", "lifecycle") else f["basis"], (f["zone"], f["year"], f["edition"], f["table_sha256"])] = int(f["microg_per_kwh"])
    for site in (t for t in totals if t["node_type"] == "site"):
        node = site["node_id"]
        parts = [t for t in totals if t["node_type"] == "meter" and under(t["node_id"], node) and t["in_total"] == "yes"
                 and t["supply"] == "grid" and t["energy_millij"] != "n/a" and t["scope3_category"] != "8"]
        zones = {t["zone"] for t in parts}
        claims = claims_of(site, entries)
        is_hourly = bool(claims)
        grid, pv = (sum(int(hour[name]) for hour in hours[node]) for name in ("grid_millij", "pv_millij"))
        figures, mg = match(hours[node], claims[zones.pop()] if len(zones) == 1 else defaultdict(list))
        if (pv != 0 or is_hourly) and grid == sum(int(t["energy_millij"]) for t in parts) and figures[0] > 0:
            rest, left = rest_of(parts, factors), grid - figures[2]
            known[node] = figures, None if not parts or (rest is None and left) else mg + half_even(left * (rest or 0), MG)
    for row in (t for t in totals if t["node_type"] in ("site", "total")):
        of = [known.get(t["node_id"]) for t in totals if t["node_type"] == "site" and row["node_type"] in ("total", t["node_id"] == row["node_id"] and "site")]
        sums = [sum(column) for column in zip(*(figures for figures, _ in of))] if of and None not in of else None
        mg = None if not sums or not sums[0] or None in [mg for _, mg in of] else sum(mg for _, mg in of)
        figures = {name: str(figure) for name, figure in zip(NAMES, sums)} if sums and sums[0] else dict.fromkeys(NAMES, "n/a")
        figures["cfe_score_pct"] = fixed(half_even(sums[1] * 10000, sums[0]) * 10000, 1000000)[:-4] if sums and sums[0] else "n/a"
        figures["m_scope2_mb_hourly_mg"] = "n/a" if mg is None else str(mg)
        differences += [difference for name, figure in figures.items() for difference in differs(row, name, figure)]
    return differences


if __name__ == "__main__":
    run(check, __doc__)
