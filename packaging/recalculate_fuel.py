#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Computes again what a wattledger package says of fuel, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_fuel.py DIR      as recalculate.py, which asks it too
fuel       of a meter fed by a genset: litres by the first method that its flow meter and the entries that count allow; CO2e burnt and before that, one division
           each, half to even; of the sun: nothing is burnt; of device, site, total: the sum of their meters
overhead   of a site: energy of each meter that counts x (factor - 1), and that by the meter's factor of emissions
category 8 of a meter that somebody else controls: what it would have in scopes 1 and 2, which have nothing of it
"""
from collections import defaultdict
from datetime import timedelta
from recalculate_shared import CLASSES, MICRO, differs, half_even, instant, micro, rows, run

KWH, DAY = 3600000000, timedelta(days=1)  # mJ in a kWh
DIESEL, WELL_TO_TANK = 2705000, 624090  # mg CO2e/l: US EPA 40 CFR 98 C-1, C-2 with GWP of AR5; UK DESNZ 2025
CURVE = [(250000, 350000), (500000, 300000), (750000, 260000), (1000000, 240000)]  # load and l/kWh, in millionths
CDM = [(15, 2400000), (35, 1900000), (135, 1300000), (200, 900000), (10**9, 800000)]  # below kW: mg CO2e/kWh at a quarter of the load
FUEL = ("m_scope1_mg", "m_scope3_cat3a_mg", "fuel_micro_l", "m_scope3_cat8_mg")


def spread(entries, what, start, end):
    """What spans of a kind of entries have in [start, end), by time; None when they do not cover it, each instant once."""
    parts = sorted((max(s, start), min(e, end), s, e, v) for w, s, e, v in entries if w == what and e and max(s, start) < min(e, end))
    joints = [start] + [part[1] for part in parts]
    ms = lambda span: span // timedelta(milliseconds=1)
    return sum(half_even(v * ms(b - a), ms(e - s)) for a, b, s, e, v in parts) if [part[0] for part in parts] + [end] == joints else None


def held(entries, what, start, end):
    found = [v for w, s, e, v in entries if w == what and e and s <= start and e >= end]
    return found[-1] if found else None


def dip(entries, at):
    levels = [(abs(s - at), s, -i, v) for i, (w, s, _, v) in enumerate(entries) if w == "level" and abs(s - at) <= DAY]
    return (min(levels)[1], min(levels)[3]) if levels else None


def curve(load):
    points = [p for p in zip(CURVE, CURVE[1:]) if p[0][0] < load < p[1][0]]
    if not points:
        return next((litres for at, litres in CURVE if load <= at), CURVE[-1][1])
    (x0, y0), (x1, y1) = points[0]
    return y0 + half_even((y1 - y0) * (load - x0), x1 - x0)


def burnt(tanks, start, end):
    """Millionths of a litre that all tanks lost; None: a dip lacks, or more is left than came."""
    lost = []
    for entries in tanks.values():
        opening, closing = dip(entries, start), dip(entries, end)
        if not opening and not any(start < s < end for _, s, _, _ in entries):
            continue
        if not opening or not closing or opening[0] >= closing[0]:
            return None
        lost.append(opening[1] + sum(v for w, s, _, v in entries if w == "delivered" and opening[0] < s <= closing[0]) - closing[1])
    return sum(lost) if lost and sum(lost) >= 0 else None


def flows_of(folder, sets):
    """{row of a set: {is of another device: {counter: [whole litres, covered ms]}}}; others count where it is the only set of its site."""
    flows, sites = defaultdict(lambda: ({}, {})), defaultdict(set)
    [sites[t["site_id"]].add(t["node_id"]) for t in sets]
    for r in (r for r in rows(folder, "intervals.csv") if sets and r["quantity"] == "used_l"):
        at, litres, ms = instant(r["slot_start_utc"]), sum(int(r[c + "_millij"]) for c in CLASSES), int(r["measured_ms"]) + int(r["bridged_ms"])
        for t in sets:
            is_other = t["node_id"].split("/")[1] != r["device"]
            is_its = t["site_id"] == r["site"] and (not is_other or len(sites[r["site"]]) == 1) and (litres or ms)
            if is_its and instant(t["period_start_utc"]) <= at < instant(t["period_end_utc"]):
                had = flows[id(t)][is_other].setdefault((r["device"], r["meter"]), [0, 0])
                had[:] = had[0] + litres, had[1] + ms
    return flows


def is_covered(ms, row):
    """A flow meter counts where it lacks a twentieth of what has passed of the span, at most."""
    start, now = instant(row["period_start_utc"]), instant(row["generated_at"]).replace(microsecond=0)
    passed = max(min(instant(row["period_end_utc"]), now) - start, timedelta()) // timedelta(milliseconds=1)
    return ms > 0 and ms >= passed - passed // 20


def litres_of(entries, tanks, start, end, energy):
    """(method, millionths of a litre); the last of the methods has none."""
    by_dips = burnt(tanks, start, end)
    if by_dips is not None:
        return "dip", by_dips
    used, rate, rated = spread(entries, "used", start, end), held(entries, "rate", start, end), held(entries, "rated", start, end)
    run, load = spread(entries, "run_time", start, end), held(entries, "load", start, end)
    full = 0 if rated is None or run is None else half_even(rated * run, MICRO)  # millionths of a kWh at full load
    if used is not None:
        return "entered", used
    if rate is not None and energy is not None:
        return "rate", half_even(energy * rate, KWH)
    if full > 0 and energy is not None and energy >= 0:
        return "curve", half_even(energy * curve(half_even(energy * MICRO, full * KWH // MICRO)), KWH)
    if full > 0 and load is not None and energy is None:
        return "run_time", half_even(half_even(full * load, MICRO) * curve(load), MICRO)
    return ("unknown" if energy is None else "cdm_default"), None


def tank_of(note):
    return next((part.strip(" ")[5:] for part in note.split(";") if part.strip(" ").startswith("tank=")), "")


def fuel_of(row, entries, tanks, flows):
    """What a meter's row has of FUEL; None: not known."""
    start, end = instant(row["period_start_utc"]), instant(row["period_end_utc"])
    energy = None if row["energy_millij"] == "n/a" else int(row["energy_millij"])
    if row["supply"] == "pv":
        return [0 if energy is not None else None, 0 if energy is not None else None, "none"]
    method, litres = litres_of(entries, tanks, start, end, energy)
    # of several counters nobody knows whether they have the same litres
    flow = next((whole for whole in (list(own.values())[0] for own in flows if len(own) == 1) if whole[0] >= 0 and is_covered(whole[1], row)), None)
    if flow:
        method, litres = "metered", flow[0] * MICRO
    if litres is None:
        rated = held(entries, "rated", start, end)
        worst = next(mg for below, mg in CDM if rated is None or rated < below * MICRO)
        return [None if method == "unknown" else half_even(energy * worst, KWH), None, None]
    factor, upstream = held(entries, "factor", start, end), held(entries, "upstream", start, end)
    return [half_even(litres * (DIESEL if factor is None else factor), MICRO),
            half_even(litres * (WELL_TO_TANK if upstream is None else upstream), MICRO), litres]


def leased(row, figures, factors):
    """The same of a meter that somebody else controls; of one on the grid that has no fuel."""
    if row["supply"] != "grid":
        return ["none", "none", figures[2], figures[0]]
    factor = factors.get((row["zone"], row["lb_year"], row["lb_edition"], row["lb_table_sha256"]))
    return ["none"] * 3 + [None if factor is None else half_even(int(row["energy_millij"]) * factor, 1000 * KWH)]


def check_fuel(folder, totals, roles):
    factors = {(f["zone"], f["year"], f["edition"], f["table_sha256"]): int(f["microg_per_kwh"]) for f in rows(folder, "factors.csv")
               if f["basis"] in ("direct", "lifecycle") and f.get("start_utc", "n/a") == "n/a"}
    entered = [e for e in rows(folder, "entries.csv") if e["kind"] == "fuel" and e.get("counts") == "yes"]
    sources = [t for t in totals if t["node_type"] == "meter" and t["supply"] in ("genset", "pv") and roles.get(t["node_id"]) == "total"]
    flows = flows_of(folder, [t for t in sources if t["supply"] == "genset"])
    above, differences = defaultdict(list), []
    grid = [t for t in totals if t["supply"] == "grid" and t.get("scope3_category") == "8" and t["energy_millij"] != "n/a"]
    for row in sources + grid:
        site, device = row["node_id"].split("/")[:2]
        sets = {t["node_id"] for t in sources if t["supply"] == "genset" and t["node_id"].split("/")[0] == site}
        nodes = {row["node_id"], site + "/" + device} | ({site} if len(sets) == 1 else set())
        own, tanks = [], defaultdict(list)
        for e in entered:
            if e["node"] in nodes:
                own.append((e["what"], instant(e["from_utc"]), instant(e["to_utc"]), micro(e["value"])))
                if e["what"] in ("level", "delivered"):
                    tanks[tank_of(e["note"])].append(own[-1])
        figures = fuel_of(row, own, tanks, flows[id(row)]) + ["none"] if row["supply"] != "grid" else []
        figures = leased(row, figures, factors) if row.get("scope3_category") == "8" else figures
        for kind, node in [("meter", row["node_id"]), ("device", site + "/" + device)] + [("site", site), ("total", "total")] * (row["in_total"] == "yes"):
            if kind != "device" or roles.get(row["node_id"]) == "total":
                above[kind, node, row["period_start_utc"] if kind == "meter" else ""].append(figures)
    for row in (row for row in totals if row["node_type"] == "overhead"):
        mine = [t for t in totals if t["node_type"] == "meter" and t["overhead_factor"] != "n/a" and t["site_id"] == row["site_id"] and t["energy_millij"] != "n/a"]
        on_top = [half_even(int(t["energy_millij"]) * (micro(t["overhead_factor"]) - MICRO), MICRO) for t in mine]
        by = [factors.get((t["zone"], t["lb_year"], t["lb_edition"], t["lb_table_sha256"])) for t in mine]
        mg = "n/a" if not by or None in by else str(sum(half_even(energy * f, 1000 * KWH) for energy, f in zip(on_top, by)))
        for name, figure in (("energy_millij", str(sum(on_top)) if mine else "n/a"), ("energy_static_millij", str(sum(on_top)) if mine else "n/a"), ("m_scope3_cat8_mg", mg)):
            differences += differs(row, name, figure)
    for row in (row for row in totals if row["node_type"] != "overhead"):
        parts = above[row["node_type"], row["node_id"], row["period_start_utc"] if row["node_type"] == "meter" else ""]
        for name, figures in zip(FUEL, list(zip(*parts)) or [()] * len(FUEL)):
            known = [f for f in figures if f != "none"]
            is_unknown = None in figures or (name == "m_scope3_cat3a_mg" and None in [part[0] for part in parts])
            figure = "n/a" if not known or is_unknown else str(sum(known))
            differences += differs(row, name, figure) if name in row else []
    return differences


def check(folder):
    totals = list(rows(folder, "totals.csv"))
    if not totals or "fuel_micro_l" not in totals[0] or not any(t["node_type"] == "meter" for t in totals):
        return []
    roles = {r["node"]: r["role"] for r in rows(folder, "register.csv") if r["node_type"] == "meter" and r["quantity"] == "energy_j"}
    return check_fuel(folder, totals, roles)


if __name__ == "__main__":
    run(check, __doc__)
