#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Computes again the hours of sites that several sources feed, with nothing but Python's standard library and nothing of wattledger's own code.

usage: recalculate_supply.py DIR      as recalculate.py, which asks it too
intake     of a meter that counts: its emissions over its energy, hour by hour, with cumulative rounding; of the hours of a series each its own
battery    each device is a store; charges take their share of the hour's intake, with cumulative rounding, and 0.95 of the energy arrive, or the root of
           the round trip that the register has; a discharge takes energy / 0.95 and its store's mean with it
delivered  intake - charged + discharged; the residual is energy in - charge + discharge - load - what goes out to the grid
"""
import bisect, math
from collections import defaultdict
from datetime import timedelta
from recalculate_corrections import energy_rows
from recalculate_shared import MG, MICRO, half_even, has, instant, micro, rows, run

ETA = 950000  # of each way through a battery, in millionths
SUMS = {"battery_in_millij": "charge_millij", "battery_out_millij": "discharge_millij", "m_intake_mg": "intake_mg",
        "m_delivered_mg": "delivered_mg", "load_millij": "load_millij", "balance_residual_millij": "residual_millij"}


def hour_of(at):
    return at.replace(minute=0, second=0)


def spread(milligrams, slots):
    """{hour: mg} of {slot: mJ}, so that they add up."""
    whole, come, given, out = sum(slots.values()), 0, 0, defaultdict(int)
    for at in sorted(slots):
        come += slots[at]
        upto = half_even(milligrams * come, whole) if whole > 0 else 0
        out[hour_of(at)] += upto - given
        given = upto
    return out


def emissions(row, slots, series):
    """{hour: mg} of a meter's row that counts; None: not known."""
    if row.get("m_scope3_cat8_mg", "n/a") != "n/a":
        return spread(int(row["m_scope3_cat8_mg"]), slots)
    if row["supply"] != "grid":
        return None if row["m_scope1_mg"] == "n/a" else spread(int(row["m_scope1_mg"]), slots)
    if row["m_scope2_lb_hourly_mg"] == "n/a":
        return None if row["m_scope2_lb_mg"] == "n/a" else spread(int(row["m_scope2_lb_mg"]), slots)
    until, all_hours = row["hourly_known_until_utc"], series[row["zone"], row["hourly_source"], row["hourly_basis"]]
    known = [h for h in sorted(all_hours) if until == "n/a" or h[1] <= until]
    of, rest, out = defaultdict(int), {}, defaultdict(int)
    for at, energy in slots.items():
        end = bisect.bisect_right(known, (at, "~"))
        hour = max((h for h in known[max(end - 9, 0):end] if at < h[0] + timedelta(seconds=h[3])), default=None)
        if hour is None:
            rest[at] = energy
        else:
            of[hour] += energy
    for hour, energy in of.items():
        out[hour_of(hour[0])] += half_even(energy * hour[2], MG)
    if rest:
        gap = half_even(sum(rest.values()) * int(row["hourly_gap_microg_per_kwh"]), MG)
        for hour, mg in spread(gap, rest).items():
            out[hour] += mg
    return out


def read_slots(folder):
    """{(meter, quantity): {slot: mJ}}"""
    slots = defaultdict(lambda: defaultdict(int))
    for row, quantity, energy in energy_rows(folder):
        node = "/".join(row[name] for name in ("site", "device", "meter"))
        slots[node, quantity][instant(row["slot_start_utc"])] += sum(energy)
    return slots


def batteries_of(folder, said, meters):
    """{site: {device: [efficiency each way, mJ, mg]}}, as they begin; one store for all in a package that has no file of them."""
    out, known = {site: {} for site in said}, has(folder, "batteries.csv")
    for (node, _), meter in (pair for pair in meters.items() if known and pair[1]["supply"] == "battery"):
        site, device = node.split("/")[:2]
        trip = next((micro(f[11:]) for f in meter["facts"].split(";") if f.startswith("round_trip=")), 0)
        if site in out:
            out[site].setdefault(device, [math.isqrt(trip * MICRO) if trip else ETA, None, 0])
    for r in rows(folder, "batteries.csv") if known else []:
        store = out[r["site"]][r["device"]]
        if store[1] is None:
            store[1:] = int(r["before_millij"]), 0 if r["before_mg"] == "n/a" else int(r["before_mg"])
    for store in (store for of_site in out.values() for store in of_site.values()):
        store[1] = store[1] or 0
    return out


def hours_of(site, meters, totals, slots, series, stores):
    """(hours, emissions are known)"""
    hours, is_known = defaultdict(lambda: defaultdict(int)), True
    loads = {m["parent"] for m in meters.values() if m["supply"] == "none"}
    inside = {t["node_id"] for t in totals if t["node_type"] == "meter" and t["in_total"] == "yes"}
    for (node, quantity), own in slots.items():
        meter = meters.get((node, quantity))
        way = "grid_out_millij" if meter and meter["supply"] == "grid" and quantity == "energy_out_j" and node in inside else {"battery": "charge_millij" if quantity == "energy_j" else "discharge_millij", "none": "load_millij"}.get(meter and meter["supply"])
        if way is None or (way == "load_millij" and (quantity != "energy_j" or site + "/" + meter["fed_by"].split("/")[0] in loads)):
            continue
        for at, energy in own.items():
            hours[hour_of(at)][way] += energy
            if meter["supply"] == "battery":
                device = node.split("/")[1]
                hours[hour_of(at)][device if device in stores else "", way] += energy
    for row in (t for t in totals if t["node_type"] == "meter" and t["in_total"] == "yes" and t["node_id"].split("/")[0] == site):
        if row["supply"] not in ("grid", "genset", "pv") or (row["node_id"], "energy_j") not in meters:
            continue
        start, end = instant(row["period_start_utc"]), instant(row["period_end_utc"])
        own = {at: energy for at, energy in slots[row["node_id"], "energy_j"].items() if start <= at < end}
        mg = emissions(row, own, series)
        is_known = is_known and mg is not None and row["energy_millij"] != "n/a"
        for at, energy in own.items():
            hours[hour_of(at)][row["supply"] + "_millij"] += energy
        for hour, part in (mg or {}).items():
            hours[hour]["intake_mg"] += part
    for hour in sorted(hours):
        step(hours[hour], stores)
    return hours, is_known


def step(h, stores):
    incoming = h["grid_millij"] + h["genset_millij"] + h["pv_millij"]
    share, come, given = min(h["charge_millij"], incoming), 0, 0
    h["charge_mg"] = half_even(h["intake_mg"] * share, incoming) if share > 0 else 0
    whole = sum(max(h[device, "charge_millij"], 0) for device in stores)
    for device in sorted(stores):
        eta, millij, mg = stores[device]
        charge, discharge = max(h[device, "charge_millij"], 0), max(h[device, "discharge_millij"], 0)
        come += charge
        upto = half_even(h["charge_mg"] * come, whole) if whole > 0 else 0
        h[device, "before_millij"], h[device, "before_mg"], h[device, "charge_mg"] = millij, mg, upto - given
        millij, mg, given = millij + half_even(charge * eta, MICRO), mg + upto - given, upto
        gone = min(half_even(discharge * MICRO, eta), millij)
        out = 0 if gone <= 0 else mg if gone == millij else half_even(gone * mg, millij)
        stores[device][1:] = h[device, "stored_millij"], h[device, "stored_mg"] = millij - gone, mg - out
        h[device, "discharge_mg"] = out
        h["discharge_mg"] += out
    h["stored_millij"], h["stored_mg"] = (sum(store[at] for store in stores.values()) for at in (1, 2))
    h["delivered_mg"] = h["intake_mg"] - h["charge_mg"] + h["discharge_mg"]
    h["residual_millij"] = incoming - h["charge_millij"] + h["discharge_millij"] - h["load_millij"] - h["grid_out_millij"]


def check(folder):
    if not has(folder, "supply.csv"):
        return []
    said, differences, series, totals = defaultdict(dict), [], defaultdict(list), list(rows(folder, "totals.csv"))
    for row in rows(folder, "supply.csv"):
        said[row["site"]][instant(row["hour_start_utc"])] = row
    for f in (f for f in rows(folder, "factors.csv") if f["start_utc"] != "n/a"):
        series[f["zone"], f["publisher"], f["basis"]].append((instant(f["start_utc"]), f["known_utc"], int(f["microg_per_kwh"]), int(f["duration_s"])))
    slots = read_slots(folder) if said else {}
    meters = {(m["node"], m["quantity"]): m for m in rows(folder, "register.csv") if m["node_type"] == "meter" and m["role"] == "total"}
    batteries = batteries_of(folder, said, meters)
    batteries_said = list(rows(folder, "batteries.csv")) if has(folder, "batteries.csv") else []
    for site, own in said.items():
        row = next(t for t in totals if t["node_type"] == "site" and t["node_id"] == site)
        opening = [0 if row[name] == "n/a" else int(row[name]) for name in ("stored_open_millij", "stored_carbon_open_mg")]
        stores = batteries[site] if has(folder, "batteries.csv") else {"": [ETA] + opening}
        differences += ["%s: what batteries.csv begins with is not what totals.csv says" % site] * ([sum(s[i] for s in stores.values()) for i in (1, 2)] != opening)
        hours, is_known = hours_of(site, meters, totals, {key: s for key, s in slots.items() if key[0].split("/")[0] == site}, series, stores)
        differences += ["%s: supply.csv has no row of %s" % (site, hour) for hour in set(hours) - set(own)]
        for hour, cells in own.items():
            for name in (name for name in cells if name not in ("site", "hour_start_utc")):
                figure = str(hours[hour][name]) if is_known or name[-3:] != "_mg" else "n/a"
                if cells[name] != figure:
                    differences.append("%s, %s: %s is %s, computed again it is %s" % (site, hour, name, cells[name], figure))
        figures = {name: sum(h[of] for h in hours.values()) for name, of in SUMS.items()}
        figures.update({"stored_close_millij": sum(s[1] for s in stores.values()), "stored_carbon_close_mg": sum(s[2] for s in stores.values())})
        for r in (r for r in batteries_said if r["site"] == site):
            for name in (name for name in r if name not in ("site", "device", "hour_start_utc")):
                figure = str(hours[instant(r["hour_start_utc"])][r["device"], name]) if is_known or name[-3:] != "_mg" else "n/a"
                differences += ["%s/%s, %s: %s is %s, computed again it is %s" % (site, r["device"], r["hour_start_utc"], name, r[name], figure)] * (r[name] != figure)
        differences += ["%s: %s is %s, its hours give %d" % (site, name, row[name], figure)
                        for name, figure in figures.items() if row[name] not in ("n/a", str(figure))]
    return differences


if __name__ == "__main__":
    run(check, __doc__)
