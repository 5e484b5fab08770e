#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Computes how certain the figures of a wattledger package are again, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_uncertainty.py DIR      as recalculate.py, which asks it too
meter   limit of its class / sqrt(3), of its current transformer's likewise, else by its source; of integrated power the scatter of its slots; 30 % of
        what is estimated: in quadrature (wattledger-audit(7))
sums    meters of a device as they are, devices in quadrature; emissions of one publisher's factors as they are, publishers in quadrature
"""
from collections import defaultdict
from datetime import timedelta
from math import floor, sqrt
from recalculate_shared import BEGIN, differs, instant, rows, run

LIMIT = {"A": 0.02, "B": 0.01, "C": 0.005}
LIMIT.update({name: float(name.rstrip("S")) / 100 for name in ("0.1", "0.1S", "0.2", "0.2S", "0.5", "0.5S", "1", "1.5", "2", "3", "5")})
FIGURES = ("u_energy_pct", "u_ef_pct", "u_total_pct", "quality_tier", "u_energy_basis", "u_ef_basis")
EVEN = sqrt(3)  # of a limit within which all is as likely


def join(*parts):
    return sqrt(sum(part * part for part in parts))


class Slots:  # of a row of totals.csv: Welford's mean and squares of the mean powers of its slots
    def __init__(self):
        self.has_counter, self.count, self.mean, self.squares, self.ms = False, 0, 0.0, 0.0, 0

    def add(self, row):
        ms = int(row["measured_ms"]) + int(row["bridged_ms"])
        self.has_counter |= row["raw_open"] != "n/a"
        self.ms += ms
        if row["rev"] == "0" and ms > 0:
            power = (int(row["measured_millij"]) + int(row["bridged_millij"])) / ms
            step = power - self.mean
            self.count += 1
            self.mean += step / self.count
            self.squares += step * (power - self.mean)

    def sampling(self):
        if self.has_counter:
            return 0
        return 0.01 if self.count < 10 or self.mean <= 0 else min(sqrt(self.squares / (self.count - 1) / self.count) / self.mean, 1)


def of_instrument(meter, facts, power):
    own, source = LIMIT.get(facts.get("meter_class"), 0), meter["source"]
    if meter["caliber"] in ("static", "estimated") or meter["is_component"] == "yes":
        return {"static": 0.30, "estimated": 0.20}.get(meter["caliber"], 0.05), "default"
    usual = {"ipmi": max(0.05, 10 / power if power > 0 else 0) / EVEN, "modbus": 0.02 / EVEN}.get(source, 0.05)
    u, transformer = own / EVEN if own else usual, facts.get("ct_class")
    ct = LIMIT.get(transformer, 0.01 if source == "modbus" and transformer != "none" else 0) / EVEN
    return join(join(u, u) if meter["is_product"] == "yes" else u, ct), "class" if own else "default"


def of_energy(row, meter, slots):
    facts = dict(fact.split("=", 1) for fact in meter["facts"].split(";") if "=" in fact)
    covered = int(row["energy_measured_millij"]) + int(row["energy_bridged_millij"])
    u, basis = of_instrument(meter, facts, covered / slots.ms if slots.ms > 0 else 0)
    energy, estimated = int(row["energy_millij"]), int(row["energy_estimated_millij"])
    return join(join(u, slots.sampling()), 0.30 * (estimated / energy if energy > 0 and estimated > 0 else 0)), basis


def of_factor(row):
    told = row["lb_method"].rpartition("; uncertainty ")
    if told[1]:
        return float(told[2].rstrip(" %")) / 200, "table"
    return (0.05 if row["lb_basis"].startswith("direct") else 0.075), "default"


class Sum:
    def __init__(self):
        self.millij, self.mg, self.factors = defaultdict(float), defaultdict(float), defaultdict(float)
        self.bases = set(), set()

    def add(self, row, energy, basis):
        device = tuple(row["node_id"].split("/")[:2])
        self.millij[device] += energy * int(row["energy_millij"])
        self.bases[0].add(basis)
        if row["m_scope2_lb_mg"] != "n/a":
            ratio, told = of_factor(row)
            self.mg[device] += energy * int(row["m_scope2_lb_mg"])
            self.factors[row["lb_source"]] += ratio * int(row["m_scope2_lb_mg"])
            self.bases[1].add(told)

    def figures(self, row):
        energy, mg = (0 if row[name] == "n/a" else int(row[name]) for name in ("energy_millij", "m_scope2_lb_mg"))
        if energy <= 0:
            return dict.fromkeys(FIGURES, "n/a")
        pct = lambda ratio: "%d.%02d" % divmod(floor(min(2 * ratio * 1e4, 1e15) + 0.5), 100)
        word = lambda bases: next(iter(bases)) if len(bases) == 1 else "mixed"
        u, factor = join(*self.millij.values()) / energy, join(*self.factors.values())
        total = join(join(*self.mg.values()), factor) / mg if mg > 0 else u
        tier = next((name for name, limit in (("High", 0.05), ("Good", 0.15), ("Fair", 0.30)) if 2 * total <= limit), "Poor")
        emissions = (pct(factor / mg), pct(total), word(self.bases[1])) if mg > 0 else ("n/a",) * 3
        return dict(zip(FIGURES, (pct(u), emissions[0], emissions[1], tier, word(self.bases[0]), emissions[2])))


def in_force(entries, at):
    return ([row for start, row in entries if start <= at] or [entries[0][1]])[-1]


def check(folder):
    totals, register, parts, sums = list(rows(folder, "totals.csv")), defaultdict(list), defaultdict(list), defaultdict(Sum)
    if not totals or "u_ef_basis" not in totals[0] or not any(row["node_type"] == "meter" for row in totals):
        return []
    for row in (row for row in rows(folder, "register.csv") if row["node_type"] == "meter" and row["quantity"] == "energy_j"):
        register[row["node"]].append((instant(row["valid_from"], BEGIN), row))
    for row in (row for row in totals if row["node_type"] == "meter"):
        parts[row["node_id"]].append((instant(row["period_start_utc"]), instant(row["period_end_utc"]), row, Slots()))
    for row in (row for row in rows(folder, "intervals.csv") if row["quantity"] == "energy_j"):
        at = instant(row["slot_start_utc"])
        [part[3].add(row) for part in parts["/".join((row["site"], row["device"], row["meter"]))] if part[0] <= at < part[1]]
    for _, end, row, slots in (part for own in parts.values() for part in own if part[2]["energy_millij"] != "n/a"):
        meter = in_force(sorted(register[row["node_id"]], key=lambda entry: entry[0]), end - timedelta(milliseconds=1))
        energy, basis = of_energy(row, meter, slots)
        nodes = [id(row)] + [("site", row["site_id"]), ("total", "total")] * (row["in_total"] == "yes")
        nodes += [("device", "/".join(row["node_id"].split("/")[:2]))] * (meter["role"] == "total")
        [sums[node].add(row, energy, basis) for node in nodes]
    differences = []
    for row in (row for row in totals if row["node_type"] != "overhead"):
        figures = sums[id(row) if row["node_type"] == "meter" else (row["node_type"], row["node_id"])].figures(row)
        differences += [difference for name in FIGURES for difference in differs(row, name, figures[name])]
    return differences


if __name__ == "__main__":
    run(check, __doc__)
