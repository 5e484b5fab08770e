#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What keeping the ledger costs a commit and a day: a small site in the flash profile, the same in the normal one, and 10,000 meters.
# See bench_ledger.c; closed slots and the total of a year are bench_year's.
set -euo pipefail
bench=${WATTLEDGER_BUILD:-build}/tests/bench/bench_ledger

echo "flash profile, the store answers (nothing of the outbox is written):"
"$bench" 100 60 24 -
echo "flash profile, the store is away:"
"$bench" 100 60 24
echo "normal profile:"
"$bench" 100 360 2
echo "normal profile, 10,000 meters:"
"$bench" 10000 360 1
