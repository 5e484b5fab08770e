#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the intervals of a wattledger package as corrections.csv says, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_corrections.py DIR      as recalculate.py, which asks it too
ct_ratio, scale  each class of a row times the value, half to even, where its slot begins in the time; below 0, energy in is energy out and back
role, in_total, phase  register.csv has them corrected, and in stored_* as they had been written; both are compared with corrections.csv
uncorrected_*    of totals.csv: what the rows give as they were written, added up by the stored_ columns of the register
"""
from collections import defaultdict
from recalculate_shared import BEGIN, CLASSES, END, MG, MICRO, differs, half_even, has, instant, micro, rows, run

OTHER = {"energy_j": "energy_out_j", "energy_out_j": "energy_j"}


def load(folder):
    """{node: [(from, to, what, value)]}, those that count."""
    found = defaultdict(list)
    for row in rows(folder, "corrections.csv") if has(folder, "corrections.csv") else []:
        if row["counts"] == "yes":
            found[row["node"]].append((instant(row["from_utc"]), instant(row["to_utc"]), row["what"], row["value"]))
    return found


def read(corrections, row):
    """(quantity, [mJ by class]) of a row of intervals.csv."""
    energy, quantity = [int(row[c + "_millij"]) for c in CLASSES], row["quantity"]
    own = corrections.get("/".join(row[name] for name in ("site", "device", "meter"))) if corrections and quantity in OTHER else None
    at = instant(row["slot_start_utc"]) if own else None
    for begin, end, what, value in own or []:
        if what in ("ct_ratio", "scale") and begin <= at < end:
            ratio = micro(value.lstrip("-"))
            return OTHER[quantity] if value[0] == "-" else quantity, [half_even(e * ratio, MICRO) for e in energy]
    return quantity, energy


def energy_rows(folder):
    """(row, quantity, [mJ by class]) of intervals.csv."""
    corrections = load(folder)
    for row in (row for row in rows(folder, "intervals.csv") if row["quantity"] in OTHER):
        yield (row, *read(corrections, row))


def check_register(corrections, register):
    differences = []
    for row in (row for row in register if row["node_type"] == "meter" and row["quantity"] in OTHER):
        begin, end = instant(row["valid_from"], BEGIN), instant(row["valid_to"], END)
        for name in ("role", "in_total", "phase"):
            own = [value for start, stop, what, value in corrections.get(row["node"], []) if what == name and start < end and stop > begin]
            if row[name] != (own[0] if own else row["stored_" + name]):
                differences.append("%s: the register says %s of %s, stored and corrected it is another" % (row["node"], row[name], name))
    return differences


def check(folder):
    corrections, totals, register = load(folder), list(rows(folder, "totals.csv")), list(rows(folder, "register.csv"))
    if not has(folder, "corrections.csv"):
        return []
    differences = check_register(corrections, register)
    if all(row["uncorrected_energy_millij"] == "n/a" for row in totals):
        return differences
    spans, stored, factors = defaultdict(list), defaultdict(list), {}
    for number, row in enumerate(totals):
        spans[row["node_type"], row["node_id"]].append((instant(row["period_start_utc"]), instant(row["period_end_utc"]), number))
    for row in (row for row in register if row["node_type"] == "meter" and row["quantity"] == "energy_j"):
        stored[row["node"]].append((instant(row["valid_from"], BEGIN), row["stored_role"] == "total", row["stored_in_total"] == "yes"))
    for f in (f for f in rows(folder, "factors.csv") if f["start_utc"] == "n/a" and f["basis"] in ("direct", "lifecycle")):
        factors[f["zone"], f["year"], f["edition"], f["table_sha256"]] = int(f["microg_per_kwh"])

    def places(node, at):  # of all rows that a meter was in, as the register had it
        site, device = node.split("/")[:2]
        _, is_whole, is_in = max((e for e in stored[node] if e[0] <= at), default=min(stored[node]))
        names = [("meter", node)] + [("device", site + "/" + device)] * is_whole + [("site", site), ("total", "total")] * is_in
        return [number for name in names for begin, end, number in spans[name] if begin <= at < end]

    energy, mg = defaultdict(int), defaultdict(int)
    for row in (row for row in rows(folder, "intervals.csv") if row["quantity"] == "energy_j"):
        for number in places("/".join(row[name] for name in ("site", "device", "meter")), instant(row["slot_start_utc"])):
            energy[number] += sum(int(row[c + "_millij"]) for c in CLASSES)
    for number, row in enumerate(totals):
        factor = factors.get((row["zone"], row["lb_year"], row["lb_edition"], row["lb_table_sha256"]))
        if row["node_type"] == "meter" and row["supply"] == "grid" and factor is not None and row.get("scope3_category") != "8":
            for place in places(row["node_id"], instant(row["period_start_utc"])):
                mg[place] += half_even(energy[number] * factor, MG)
    for number, row in enumerate(totals):
        for name, figure in (("uncorrected_energy_millij", energy[number]), ("uncorrected_m_scope2_lb_mg", mg[number])):
            differences += differs(row, name, str(figure)) if row[name] != "n/a" else []
    return differences


if __name__ == "__main__":
    run(check, __doc__)
