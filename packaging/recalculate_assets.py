#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Computes masses and embodied emissions of a wattledger package again, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_assets.py DIR      as recalculate.py, which asks it too
asset      a node and the serial that a note may give; of two entries that say the same of it the later one holds
mass       of device, site, total: of the assets at it or below that had come and not gone by the period's end
embodied   kg CO2e x time of the life in the period / life, half to even; a disposal ends it
"""
from datetime import timedelta
from recalculate_shared import MICRO, differs, fixed, half_even, has, instant, micro, rows, run


def serial(note):
    found = [part.strip()[7:] for part in note.split(";") if part.strip().startswith("serial=")]
    return found[0] if found and len(found[0].encode()) < 96 else ""


def below(node, of):
    return node == of or node.startswith(of + "/")


def share(asset, start, end):
    if "embodied" not in asset:
        return 0
    first, last, amount = asset["embodied"]
    until = min(last, end, asset.get("disposed_mass", (end,))[0])
    ms = lambda span: span // timedelta(milliseconds=1)
    return half_even(amount * ms(until - max(first, start)), ms(last - first)) if until > max(first, start) else 0


def check(folder):
    totals, assets, differences = list(rows(folder, "totals.csv")), {}, []
    spans = {t["node_id"]: (instant(t["period_start_utc"]), instant(t["period_end_utc"])) for t in totals if t["node_type"] == "site"}
    if not has(folder, "assets.csv") or not spans:
        return []  # of an earlier version; of the total alone, which does not say which sites have which periods
    for entry in (e for e in rows(folder, "entries.csv") if e["kind"] == "asset" and e["counts"] == "yes"):
        asset = assets.setdefault((entry["node"], serial(entry["note"])), {})
        asset[entry["what"]] = instant(entry["from_utc"]), instant(entry["to_utc"]), micro(entry["value"])
    for row in totals:
        mine = [(a, spans[node.split("/")[0]]) for (node, _), a in assets.items()
                if row["node_type"] in ("total", "site", "device") and (row["node_type"] == "total" or below(node, row["node_id"]))]
        masses = [0 if "disposed_mass" in a and a["disposed_mass"][0] < span[1] else a["commissioned_mass"][2]
                  for a, span in mine if "commissioned_mass" in a]
        embodied = [share(a, *span) for a, span in mine if "embodied" in a]
        figures = {"mass_kg": fixed(sum(masses), MICRO) if masses else "n/a", "m_embodied_mg": str(sum(embodied)) if embodied else "n/a",
                   "m_embodied_kg": fixed(sum(embodied), MICRO) if embodied else "n/a"}
        differences += [difference for name, figure in figures.items() for difference in differs(row, name, figure)]
    return differences


if __name__ == "__main__":
    run(check, __doc__)
