#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Computes the market-based figures of a wattledger package again, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_market.py DIR      as recalculate.py, which asks it too
market     of a meter that counts: what certificates, then contracts, then a supplier's rate have of its energy, each times its own factor; the
           rest times the residual mix that its row names, else times the location-based factor; of device, site, total: the sum of their meters
category 3 of a meter: energy x upstream factor, nothing where a lifecycle factor has it; what was lost on the way x (factor + upstream)
"""
from collections import defaultdict
from datetime import timedelta
from recalculate_shared import BEGIN, MG, MICRO, differs, half_even, instant, micro, rows, run

MWH, NEAR, KINDS = 3600000, timedelta(hours=14), ("certificate", "ppa", "supplier_rate")  # mJ in a millionth of a MWh
FIGURES = ("m_scope2_mb_mg", "mb_instrument_millij", "mb_residual_millij", "mb_fallback_millij")


def moved(at, start, end):
    """An end of a vintage near an end of a span is that end; of two as near the first."""
    near = end if abs(at - end) < abs(at - start) else start
    return near if abs(at - near) <= NEAR else at


def overlap(entry, start, end):
    """(time of the vintage in a span, whole vintage)"""
    first, last = instant(entry["from_utc"]), instant(entry["to_utc"])
    if last - first > 2 * NEAR:
        first, last = moved(first, start, end), moved(last, start, end)
    return max(min(last, end) - max(first, start), timedelta()), last - first


def terms(note):
    return dict(part.strip().split("=", 1) for part in note.split(";") if "=" in part)


def under(node, of):
    return node == of or node.startswith(of + "/")


def offer(entry, start, end):
    """mJ that a certificate or a contract has in a period: its share by time."""
    time, whole = (span // timedelta(milliseconds=1) for span in overlap(entry, start, end))
    return half_even(micro(entry["value"]) * time, whole) * MWH if time else 0


def match(entry, parts, left, start, end):
    """What an instrument gives each of a site's parts, [(index, mJ)]; it is taken from what is left."""
    is_rate, mine = entry["what"] == "supplier_rate", []
    for i, row in enumerate(parts):
        span = instant(row["period_start_utc"]), instant(row["period_end_utc"])
        if left[i] <= 0 or not under(row["node_id"], entry["node"]) or terms(entry["note"]).get("zone") != row["zone"]:
            continue
        time = overlap(entry, *span)[0]
        mine += [i] if (time == span[1] - span[0] if is_rate else time > timedelta()) else []
    all_left = sum(left[i] for i in mine)
    give, come, given, out = all_left if is_rate else min(offer(entry, start, end), all_left), 0, 0, []
    for i in mine:
        come += left[i]
        upto = half_even(give * come, all_left)
        out.append((i, upto - given))
        given = upto
    for i, energy in out:
        left[i] -= energy
    return out


def of_site(site, parts, entries, factors):
    """FIGURES of each part; None for emissions that are not known."""
    start, end = instant(site["period_start_utc"]), instant(site["period_end_utc"])
    left, mg = [int(row["energy_millij"]) for row in parts], [0] * len(parts)
    for entry in (e for kind in KINDS for e in entries if e["what"] == kind and under(e["node"], site["node_id"])):
        factor = micro(entry["value"] if entry["what"] == "supplier_rate" else terms(entry["note"])["g_per_kwh"])
        for i, energy in match(entry, parts, left, start, end):
            mg[i] += half_even(energy * factor, MG)
    out = []
    for row, rest, own in zip(parts, left, mg):
        mixes = [row["zone"], row["mb_residual_year"], row["mb_residual_edition"], row["mb_residual_table_sha256"]]
        has_mix = row["mb_residual_year"] != "n/a"
        lb = [row["zone"], row["lb_year"], row["lb_edition"], row["lb_table_sha256"]]
        factor = factors.get(("residual", *mixes)) if has_mix else factors.get(("mix", *lb))
        known = own + half_even(rest * factor, MG) if factor is not None else None if rest else own
        out.append([known, int(row["energy_millij"]) - rest, rest if has_mix else 0, 0 if has_mix else rest])
    return out


def category3(row, factors):
    """(B, C) in mg of a meter's row; None: not known."""
    mix = factors.get(("mix", row["zone"], row["lb_year"], row["lb_edition"], row["lb_table_sha256"]))
    before = factors.get(("upstream", row["zone"], row["cat3b_year"], row["cat3b_table_sha256"]))
    loss = factors.get(("losses", row["zone"], row["td_loss_year"], row["td_loss_table_sha256"]))
    if mix is None:
        return None, None
    energy = int(row["energy_millij"])
    lost = None if loss is None else half_even(half_even(energy * loss, 100 * MICRO - loss) * (mix + (before or 0)), MG)
    if row["lb_basis"].startswith("lifecycle"):
        return "included", lost
    return None if before is None else half_even(energy * before, MG), lost


def add_up(parts):
    if not parts or None in parts or ("included" in parts and set(parts) != {"included"}):
        return "n/a"
    return "included" if "included" in parts else str(sum(parts))


def check(folder):
    totals, above, differences, factors = list(rows(folder, "totals.csv")), defaultdict(list), [], {}
    scope3 = defaultdict(list)
    if not totals or "td_loss_year" not in totals[0] or not any(t["node_type"] == "meter" for t in totals):
        return []
    for f in rows(folder, "factors.csv"):
        if f.get("start_utc", "n/a") == "n/a":
            basis = "mix" if f["basis"] in ("direct", "lifecycle") else f["basis"]
            figure = micro(f["loss_pct"]) if basis == "losses" else int(f["microg_per_kwh"])
            factors[basis, f["zone"], f["year"], f["edition"], f["table_sha256"]] = figure
            factors[basis, f["zone"], f["year"], f["table_sha256"]] = figure
    roles = defaultdict(list)
    for r in (r for r in rows(folder, "register.csv") if r["node_type"] == "meter" and r["quantity"] == "energy_j"):
        roles[r["node"]].append((instant(r["valid_from"], BEGIN), r["role"]))
    entries = [e for e in rows(folder, "entries.csv") if e["kind"] == "instrument" and e.get("counts") == "yes" and terms(e["note"]).get("zone")]
    used = [terms(e["note"])["id"] for e in entries if e["what"] == "certificate"]
    differences += ["certificate %s is used twice" % name for name in set(used) if used.count(name) > 1]
    grid = [t for t in totals if t["node_type"] == "meter" and t["supply"] == "grid" and t["energy_millij"] != "n/a" and t.get("scope3_category") != "8"]
    figures = {}
    for site in (t for t in totals if t["node_type"] == "site"):
        parts = [t for t in grid if t["in_total"] == "yes" and under(t["node_id"], site["node_id"])]
        figures.update((id(row), own) for row, own in zip(parts, of_site(site, parts, entries, factors)))
    for row in grid:
        site, device = row["node_id"].split("/")[:2]
        nodes = [("meter", row["node_id"], row["period_start_utc"])]
        had = [r for r in roles[row["node_id"]] if r[0] <= instant(row["period_start_utc"])]  # in force, else its first
        role = (max(had) if had else min(roles[row["node_id"]], default=(None, None)))[1]
        nodes += [("device", site + "/" + device, "")] * (role == "total")
        for node in nodes + [("site", site, ""), ("total", "total", "")] * (row["in_total"] == "yes"):
            above[node].append(figures.get(id(row)))
            scope3[node].append(category3(row, factors))
    for row in totals:
        node = row["node_type"], row["node_id"], row["period_start_utc"] if row["node_type"] == "meter" else ""
        parts = above[node]
        for i, name in enumerate(("m_scope3_cat3b_mg", "m_scope3_cat3c_mg")):
            differences += differs(row, name, add_up([part[i] for part in scope3[node]]))
        for i, name in enumerate(FIGURES):
            is_unknown = not parts or None in parts or None in [part[i] for part in parts]
            differences += differs(row, name, "n/a" if is_unknown else str(sum(part[i] for part in parts)))
    return differences


if __name__ == "__main__":
    run(check, __doc__)
