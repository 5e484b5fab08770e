#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Computes PUE and the other indicators of a wattledger package again, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_indicators.py DIR      as recalculate.py, which asks it too
it_millij, telecom_millij  of a site: energy of the meters whose rows say that they are in it (indicator_term)
pue, ipue  energy of the site / it_millij, the first of 365 or 366 days; cue: kg of scope 1, location-based scope 2 and category 8 of the meters
           that count / kWh of IT; see: telecom_millij / energy; ref: energy of the meters on PV that count / energy
water_l, reused_kwh  of a site: what entries of utility that count come to, where they cover the period, each instant once, and none reaches beyond;
           wue: litres / kWh of IT; erf: energy used again / energy
"""
from recalculate_shared import MICRO, differs, fixed, half_even, instant, micro, rows, run

KWH = 3600000000  # mJ
MASS = ("m_scope1_mg", "m_scope2_lb_mg", "m_scope3_cat8_mg")


def ratio(part, whole, times=MICRO):
    if part is None or whole <= 0:
        return None
    return fixed(half_even(part * times, whole), MICRO)


def whole(text):
    return 0 if text == "n/a" else int(text)


def entered(entries, site, what):
    """Millionths of the unit; None where it is not known."""
    spans = sorted((instant(e["from_utc"]), instant(e["to_utc"]), micro(e["value"])) for e in entries if e["node"] == site["site_id"] and e["what"] == what)
    joints = [instant(site["period_start_utc"])] + [end for _, end, _ in spans]
    is_whole = spans and [start for start, _, _ in spans] + [instant(site["period_end_utc"])] == joints
    return sum(value for _, _, value in spans) if is_whole else None


def amount(value, figure):
    return "n/a" if value is None else figure(value)


def days(row):
    start, end = (instant(row[name]) for name in ("period_start_utc", "period_end_utc"))
    return int(((end - start).total_seconds() + 43200) // 86400)


def check(folder):
    totals, differences = list(rows(folder, "totals.csv")), []
    if not totals or "indicator_term" not in totals[0] or not any(t["node_type"] == "meter" for t in totals):
        return []
    entries = [e for e in rows(folder, "entries.csv") if e["kind"] == "utility" and e.get("counts") == "yes"]
    for site in (t for t in totals if t["node_type"] == "site"):
        meters = [t for t in totals if t["node_type"] == "meter" and t["site_id"] == site["site_id"]]
        it, telecom = (sum(whole(m["energy_millij"]) for m in meters if m["indicator_term"] == term) for term in ("it", "telecom"))
        inside = [m for m in meters if m["in_total"] == "yes" and m["energy_millij"] != "n/a"]
        pv, energy = sum(int(m["energy_millij"]) for m in inside if m["supply"] == "pv"), whole(site["energy_millij"])
        is_known = all(any(m[name] != "n/a" for name in MASS) for m in inside)
        mg = sum(whole(m[name]) for m in inside for name in MASS) if is_known else None
        pue = ratio(energy, it)
        figures = {"it_millij": str(it), "telecom_millij": str(telecom), "pue": pue if days(site) in (365, 366) else None, "ipue": pue,
                   "cue_kg_per_kwh": ratio(mg, it, KWH), "see": ratio(telecom, energy), "ref": ratio(pv, energy)}
        water, reused = entered(entries, site, "water"), entered(entries, site, "reused")
        reused = None if reused is None else reused * KWH // MICRO
        figures.update({"wue_l_per_kwh": ratio(water, it, KWH), "erf": ratio(reused, energy)})
        always = {"water_l": amount(water, lambda w: fixed(w, MICRO)), "water_micro_l": amount(water, str),
                  "reused_kwh": amount(reused, lambda r: fixed(r, KWH)), "reused_millij": amount(reused, str)} if "erf" in site else {}
        differences += [difference for name, figure in always.items() for difference in differs(site, name, figure)]
        differences += [difference for name, figure in figures.items() if site.get(name, "n/a") != "n/a" for difference in differs(site, name, figure)]
    return differences


if __name__ == "__main__":
    run(check, __doc__)
