#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Computes a wattledger package again, with nothing but Python's standard library and nothing of wattledger's own code.
usage: recalculate.py DIR      exit 0: every figure is what the rows give; 1: it is not, and each difference is told
energy     of every row of totals.csv: the sum of its meters' rows of intervals.csv, class by class, as corrections.csv says they are read
emissions  of a meter: energy x factor, one integer division, half to even; of device, site, total: the sum of their meters
hourly     of a meter: such a division for each interval of the series and one for all the rest, with the annual factor named
fuel, supply, cfe, market, corrections, indicators, assets, uncertainty  by recalculate_fuel.py and the others of these names, which lie beside it like recalculate_shared.py
digests    of every file (SHA256SUMS, manifest.json), of every row of totals.csv, and of the chain of these rows
"""
import bisect, hashlib, json, os, re, sys
import recalculate_assets, recalculate_cfe, recalculate_corrections, recalculate_fuel, recalculate_indicators, recalculate_market, recalculate_supply, recalculate_uncertainty
from collections import defaultdict
from datetime import timedelta
from recalculate_shared import BEGIN, CLASSES, MG, MICRO, differs, fixed, half_even, instant, rows

FIGURES = ("m_scope2_lb_mg", "m_scope2_lb_hourly_mg", "hourly_millij", "hourly_estimated_millij")
differences = []


def digest_of(path):
    state, file = hashlib.sha256(), open(path, "rb")
    [state.update(block) for block in iter(lambda: file.read(1 << 20), b"")]
    return state.hexdigest()


def check_digests(folder):
    sums = [line.split("  ", 1)[::-1] + ["SHA256SUMS"] for line in open(os.path.join(folder, "SHA256SUMS")).read().splitlines()]
    sums += [(file["name"], file["sha256"], "manifest.json") for file in json.load(open(os.path.join(folder, "manifest.json")))["files"]]
    digest = {name: digest_of(os.path.join(folder, name)) for name in os.listdir(folder) if name != "SHA256SUMS"}
    sums += [(name, None, "SHA256SUMS") for name in set(digest) - {name for name, _, _ in sums}]
    for name, said, where in sums:
        if digest.get(name) != said:
            differences.append("%s: SHA-256 is %s, %s says %s" % (name, digest.get(name), where, said))


def check_chain(folder):
    """row_sha256: of the other cells as they stand in the line; chain_sha256: of the chain so far and that, 64 bytes."""
    chain = bytes(32)
    lines = open(os.path.join(folder, "totals.csv"), encoding="utf-8", newline="").read().split("\n")
    skip = [lines[0].split(",").index(name) for name in ("row_sha256", "chain_sha256")]
    for number, line in enumerate(lines[1:-1], 2):
        cells = re.findall(r'((?:"(?:[^"]|"")*"|[^,"])*),', line + ",")  # with their quotes; no cell holds a line end
        row = hashlib.sha256(",".join(c for i, c in enumerate(cells) if i not in skip).encode()).digest()
        chain = hashlib.sha256(chain + row).digest()
        if [cells[i] for i in skip] != [row.hex(), chain.hex()]:
            differences.append("totals.csv:%d: its digest or the chain's is another" % number)


def put(table, node, start, row):
    table[node] = sorted(table.get(node, []) + [(start, row)], key=lambda entry: entry[0])


def find(table, node, at):
    """Of the register's rows of a node the one in force, of those of totals.csv the one whose span holds the instant."""
    entries = table.get(node, [])
    found = 0 if len(entries) == 1 and at >= entries[0][0] else bisect.bisect_right([start for start, _ in entries], at) - 1
    if not entries or (found < 0 and "period_end_utc" in entries[0][1]):
        return None
    row = entries[max(found, 0)][1]
    return None if at >= instant(row.get("period_end_utc", "9999-01-01T00:00:00Z")) else row


def add_up(folder, register, totals, hours):
    sums, outside, hourly = defaultdict(lambda: [0] * len(CLASSES)), set(), defaultdict(lambda: defaultdict(int))
    for row, energy in ((row, e) for row, quantity, e in recalculate_corrections.energy_rows(folder) if quantity == "energy_j"):
        at, device = instant(row["slot_start_utc"]), row["site"] + "/" + row["device"]
        meter = find(register, device + "/" + row["meter"], at)
        nodes = [("meter", device + "/" + row["meter"])] + ([("device", device)] if meter["role"] == "total" else [])
        for node in nodes + ([("site", row["site"]), ("total", "total")] if meter["in_total"] == "yes" else []):
            total = id(find(totals, node, at))
            sums[total] = [a + b for a, b in zip(sums[total], energy)]
        total = find(totals, nodes[0], at)
        outside |= set() if total else {nodes[0][1]}
        if total and total.get("m_scope2_lb_hourly_mg", "n/a") != "n/a":
            series, until = hours[total["zone"], total["hourly_source"], total["hourly_basis"]], total["hourly_known_until_utc"]
            end = bisect.bisect_right(series, (at, "~"))
            known = [h for h in series[max(end - 9, 0):end] if until == "n/a" or h[1] <= until]
            hour = known[-1] if known and at < known[-1][0] + timedelta(seconds=known[-1][3]) else None
            hourly[id(total)][hour] += sum(energy)
    return sums, outside, hourly


def of_hours(row, hours):  # energy by hour, by None in those without a factor: [mg, energy in hours with one, energy in estimated ones]
    rest = half_even(hours[None] * int(row["hourly_gap_microg_per_kwh"]), MG) if hours.get(None) else 0
    of = [(energy, hour) for hour, energy in hours.items() if hour]
    figures = [rest + sum(half_even(e * h[2], MG) for e, h in of), sum(e for e, _ in of), sum(e for e, h in of if h[4] == "yes")]
    return figures if hours else [None] * 3


def main(folder):
    [check(folder) for check in (check_digests, check_chain)]
    register, totals, factors, hours, all_totals = {}, {}, {}, defaultdict(list), list(rows(folder, "totals.csv"))
    for row in (row for row in rows(folder, "register.csv") if row["node_type"] == "meter" and row["quantity"] == "energy_j"):
        put(register, row["node"], instant(row["valid_from"], BEGIN), row)
    [put(totals, (row["node_type"], row["node_id"]), instant(row["period_start_utc"]), row) for row in all_totals]
    for f in rows(folder, "factors.csv"):
        factors[f["zone"], f["year"], f["edition"], f["table_sha256"], f["basis"] in ("direct", "lifecycle")] = int(f["microg_per_kwh"].replace("n/a", "0"))
        if f.get("start_utc", "n/a") != "n/a":
            hour = (instant(f["start_utc"]), f["known_utc"], int(f["microg_per_kwh"]), int(f["duration_s"]), f["estimated"])
            bisect.insort(hours[f["zone"], f["publisher"], f["basis"]], hour)
    (sums, outside, hourly), above = add_up(folder, register, totals, hours), defaultdict(lambda: [[], [], [], []])
    has_meters = any(row["node_type"] == "meter" for row in all_totals)
    differences.extend("%s: totals.csv has no row for its intervals" % node for node in outside if has_meters)
    for row in (row for row in all_totals if row["node_type"] != "overhead"):
        said = [0 if row["energy_%s_millij" % c] == "n/a" else int(row["energy_%s_millij" % c]) for c in CLASSES]
        energy = sum(sums[id(row)])
        if said != sums[id(row)] or row["energy_millij"] not in ("n/a" if not any(said) else "", str(energy)):
            differences.append("%s: totals.csv says %s mJ, its intervals give %s" % (row["node_id"], said, sums[id(row)]))
        differences.extend(differs(row, "energy_kwh", fixed(energy, 3600000000)) if row["energy_millij"] != "n/a" else [])
        if row["node_type"] != "meter" or row["supply"] != "grid" or row["energy_millij"] == "n/a" or row.get("scope3_category") == "8":
            continue
        factor = factors.get((row["zone"], row["lb_year"], row["lb_edition"], row["lb_table_sha256"], True))
        figures = [None if factor is None else half_even(energy * factor, MG)] + of_hours(row, hourly.get(id(row), {}))
        at, (site, device) = instant(row["period_start_utc"]), row["node_id"].split("/")[:2]
        nodes = [("meter", row["node_id"])] + [("site", site), ("total", "total")] * (row["in_total"] == "yes")
        for node in nodes + [("device", site + "/" + device)] * (find(register, row["node_id"], at)["role"] == "total"):
            [figure.append(own) for figure, own in zip(above[id(find(totals, node, at))], figures)]
    for row in all_totals if has_meters else []:
        for name, parts in zip(FIGURES, above[id(row)]):
            figure = "n/a" if None in parts or not parts else str(sum(parts))
            differences.extend(differs(row, name, figure) if name in row else [])
            if name[-2:] == "mg" and figure != "n/a":
                differences.extend(differs(row, name[:-2] + "kg", fixed(int(figure), MICRO)))
    parts = recalculate_fuel, recalculate_supply, recalculate_cfe, recalculate_market, recalculate_corrections, recalculate_indicators, recalculate_assets, recalculate_uncertainty
    [differences.extend(part.check(folder)) for part in parts]
    print("\n".join(differences) or "%s: OK: %d totals computed again by other code" % (folder, len(all_totals)))
    return 1 if differences else 0


sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
