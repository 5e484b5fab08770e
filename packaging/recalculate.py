#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes a wattledger package again, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate.py DIR      exit 0: every figure is what the rows give; 1: it is not, and each difference is told

energy     of every row of totals.csv: the sum of its meters' rows of intervals.csv, class by class
emissions  of a meter: energy x factor, one integer division, half to even; of device, site, total: the sum of their meters
digests    of every file (SHA256SUMS, manifest.json), of every row of totals.csv, and of the chain of these rows
"""
import bisect, csv, functools, hashlib, json, os, re, sys
from collections import defaultdict
from datetime import datetime

CLASSES, differences = ("measured", "bridged", "estimated", "manual", "static"), []


def half_even(numerator, denominator):
    quotient, rest = divmod(abs(numerator), denominator)
    quotient += 2 * rest > denominator or (2 * rest == denominator and quotient % 2)
    return quotient if numerator >= 0 else -quotient


def fixed(value, unit):
    micros = half_even(value * 1000000, unit)
    return "%s%d.%06d" % ("-" if micros < 0 else "", abs(micros) // 1000000, abs(micros) % 1000000)


@functools.lru_cache(maxsize=65536)
def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def rows(folder, name):
    return csv.DictReader(open(os.path.join(folder, name), encoding="utf-8", newline=""), strict=True)


def digest_of(path):
    state, file = hashlib.sha256(), open(path, "rb")
    while block := file.read(1 << 20):
        state.update(block)
    return state.hexdigest()


def check_digests(folder):
    sums = dict(reversed(line.split("  ", 1)) for line in open(os.path.join(folder, "SHA256SUMS")).read().splitlines())
    digest = {name: digest_of(os.path.join(folder, name)) for name in os.listdir(folder) if name != "SHA256SUMS"}
    for name in sorted(set(sums) | set(digest)):
        if sums.get(name) != digest.get(name):
            differences.append("%s: SHA-256 is %s, SHA256SUMS says %s" % (name, digest.get(name), sums.get(name)))
    for file in json.load(open(os.path.join(folder, "manifest.json")))["files"]:
        if digest.get(file["name"]) != file["sha256"]:
            differences.append("%s: SHA-256 is %s, manifest.json says %s" % (file["name"], digest.get(file["name"]), file["sha256"]))


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


class Places:
    """Rows by node and time: of the register those in force, of totals.csv those whose span holds the instant."""

    def __init__(self):
        self.node = defaultdict(list)

    def add(self, node, start, row):
        self.node[node].append((start, row))
        self.node[node].sort(key=lambda entry: entry[0])

    def find(self, node, at):
        entries = self.node.get(node, [])
        found = 0 if len(entries) == 1 and at >= entries[0][0] else bisect.bisect_right([start for start, _ in entries], at) - 1
        if not entries or (found < 0 and "period_end_utc" in entries[0][1]):
            return None
        row = entries[max(found, 0)][1]
        return None if at >= instant(row.get("period_end_utc", "9999-01-01T00:00:00Z")) else row


def add_up(folder, register, totals):
    sums, outside = defaultdict(lambda: [0] * len(CLASSES)), set()
    for row in rows(folder, "intervals.csv"):
        if row["quantity"] != "energy_j":
            continue
        at, device = instant(row["slot_start_utc"]), row["site"] + "/" + row["device"]
        meter = register.find(device + "/" + row["meter"], at)
        nodes = [("meter", device + "/" + row["meter"])]
        nodes += [("device", device)] if meter["role"] == "total" else []
        nodes += [("site", row["site"]), ("total", "total")] if meter["in_total"] == "yes" else []
        for node in nodes:
            total = totals.find(node, at)
            if total is None and node[0] == "meter":
                outside.add(node[1])
            for i, name in enumerate(CLASSES):
                sums[id(total)][i] += int(row[name + "_millij"])
    sums.pop(id(None), None)
    return sums, outside


def main(folder):
    check_digests(folder)
    check_chain(folder)
    register, totals, all_totals = Places(), Places(), list(rows(folder, "totals.csv"))
    for row in rows(folder, "register.csv"):
        if row["node_type"] == "meter" and row["quantity"] == "energy_j":
            register.add(row["node"], instant("0001-01-01T00:00:00Z" if row["valid_from"] == "n/a" else row["valid_from"]), row)
    for row in all_totals:
        totals.add((row["node_type"], row["node_id"]), instant(row["period_start_utc"]), row)
    factors = {(f["zone"], f["year"], f["edition"], f["table_sha256"]): int(f["microg_per_kwh"]) for f in rows(folder, "factors.csv")}
    (sums, outside), carbon, unknown = add_up(folder, register, totals), defaultdict(int), set()
    has_meters = any(row["node_type"] == "meter" for row in all_totals)
    differences.extend("%s: totals.csv has no row for its intervals" % node for node in outside if has_meters)
    for row in all_totals:
        said = [0 if row["energy_%s_millij" % c] == "n/a" else int(row["energy_%s_millij" % c]) for c in CLASSES]
        energy = sum(sums[id(row)])
        if said != sums[id(row)] or row["energy_millij"] not in ("n/a" if not any(said) else "", str(energy)):
            differences.append("%s: totals.csv says %s mJ, its intervals give %s" % (row["node_id"], said, sums[id(row)]))
        if row["energy_millij"] != "n/a" and row["energy_kwh"] != fixed(energy, 3600000000):
            differences.append("%s: energy_kwh is %s" % (row["node_id"], row["energy_kwh"]))
        if row["node_type"] != "meter" or row["supply"] != "grid" or row["energy_millij"] == "n/a":
            continue
        factor = factors.get((row["zone"], row["lb_year"], row["lb_edition"], row["lb_table_sha256"]))
        mg = "n/a" if factor is None else str(half_even(energy * factor, 3600000000 * 1000))
        if row["m_scope2_lb_mg"] != mg:
            differences.append("%s: m_scope2_lb_mg is %s, energy and factor give %s" % (row["node_id"], row["m_scope2_lb_mg"], mg))
        at, (site, device) = instant(row["period_start_utc"]), row["node_id"].split("/")[:2]
        above = [("device", site + "/" + device)] if register.find(row["node_id"], at)["role"] == "total" else []
        for node in above + ([("site", site), ("total", "total")] if row["in_total"] == "yes" else []):
            carbon[id(totals.find(node, at))] += 0 if mg == "n/a" else int(mg)
            unknown |= {id(totals.find(node, at))} if mg == "n/a" else set()
    for row in all_totals:
        mg = carbon[id(row)] if id(row) in carbon and id(row) not in unknown else "n/a"
        if row["node_type"] != "meter" and has_meters and row["m_scope2_lb_mg"] != str(mg):
            differences.append("%s: m_scope2_lb_mg is %s, its meters add up to %s" % (row["node_id"], row["m_scope2_lb_mg"], mg))
        if row["m_scope2_lb_mg"] != "n/a" and row["m_scope2_lb_kg"] != fixed(int(row["m_scope2_lb_mg"]), 1000000):
            differences.append("%s: m_scope2_lb_kg is %s" % (row["node_id"], row["m_scope2_lb_kg"]))
    print("\n".join(differences) or "%s: OK: %d totals computed again by other code" % (folder, len(all_totals)))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
