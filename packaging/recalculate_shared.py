# SPDX-License-Identifier: Apache-2.0
"""What recalculate.py and the files beside it share: exact numbers, instants, the rows of a package. Python's standard library alone."""
import csv, functools, os, sys
from datetime import datetime

MICRO, MG = 1000000, 3600000000 * 1000  # mJ x ug/kWh in 1 mg
CLASSES = ("measured", "bridged", "estimated", "manual", "static")
BEGIN, END = datetime.fromisoformat("0001-01-01T00:00:00+00:00"), datetime.fromisoformat("9999-01-01T00:00:00+00:00")


def half_even(numerator, denominator):
    quotient, rest = divmod(abs(numerator), denominator)
    quotient += 2 * rest > denominator or (2 * rest == denominator and quotient % 2)
    return quotient if numerator >= 0 else -quotient


def fixed(value, unit):
    micros = half_even(value * MICRO, unit)
    return "%s%d.%06d" % ("-" if micros < 0 else "", abs(micros) // MICRO, abs(micros) % MICRO)


def micro(text):
    whole, _, rest = text.partition(".")
    return int(whole) * MICRO + int((rest + "000000")[:6])


@functools.lru_cache(maxsize=65536)
def instant(text, none=None):
    return none if text == "n/a" else datetime.fromisoformat(text.replace("Z", "+00:00"))


def has(folder, name):
    return os.path.exists(os.path.join(folder, name))


def rows(folder, name):
    return csv.DictReader(open(os.path.join(folder, name), encoding="utf-8", newline=""), strict=True)


def differs(row, name, figure):
    """[the difference], or []: a cell of totals.csv is the figure."""
    return [] if row[name] == figure else ["%s: %s is %s, computed again it is %s" % (row["node_id"], name, row[name], figure)]


def run(check, usage):
    found = check(sys.argv[1]) if len(sys.argv) == 2 else [usage]
    print("\n".join(found) or "OK")
    sys.exit(1 if found else 0)
