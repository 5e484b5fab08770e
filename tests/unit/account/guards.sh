#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# guards: takes away one guard of the accounting, or of the books around it, at a time and shows which tests notice. A guard that no test
# misses is a failure.
# Usage, from the top of the tree: tests/unit/account/guards.sh [name ...]      (half an hour; a minute for one)
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# All is compiled in a copy, by paths relative to it: a compiler cache knows the files again.
cp -r agent "$work/agent"
mkdir -p "$work/tests/unit" "$work/obj"
cp -r tests/unit/account tests/unit/run "$work/tests/unit"
cd "$work"
flags=(-std=c11 -D_GNU_SOURCE -O1 -Iagent -DWATTLEDGER_VERSION='"0"' -DWATTLEDGER_BUILD_UTC_S='INT64_C(1795564800)')
read -r -a libraries <<<"$(pkg-config --cflags --libs criterion sqlite3 libsodium zlib) -lm"

# Two programs of tests: the accounting alone, and the books over it on a ledger. A guard costs one compilation, one link, one run.
declare -A sources=(
	[account]="$(echo agent/account/*.c agent/base/{num,err,buf,mem,text,utf8}.c agent/model/{interval,meter}.c tests/unit/account/*.c)"
	[books]="$(echo agent/{account,model,ledger}/*.c agent/base/{b,c,e,f,j,l,m,n,p,t,u}*.c agent/wire/{codec,plan*,record,samples}.c agent/output/{line,policy,openmetrics}*.c agent/settings/id_index.c \
		agent/run/{books*,committer,event_text,meter_*,points,revs,shipping,site_*}.c tests/unit/run/{books_rig,test_books*,test_site_totals}.c)"
)
declare -A ready

object_of() { echo "obj/${1//\//-}.o"; }

compile() { # source
	"${CC:-gcc}" "${flags[@]}" -I"$(dirname "$1")" -c -o "$(object_of "$1")" "$1"
}

# Names of the tests of a program that fail, sorted; nothing when all pass.
failing() { # program
	local source status=0 objects=()
	for source in ${sources[$1]}; do
		objects+=("$(object_of "$source")")
	done
	"${CC:-gcc}" -o tests-run "${objects[@]}" "${libraries[@]}" || exit 1
	timeout 600 ./tests-run >told 2>&1 || status=$?
	[[ $status -ne 124 ]] || { echo "no end after ten minutes" >&2; exit 1; }
	sed -n 's/.*\[\(FAIL\|CRASH\)\].* \([a-z_]*::[a-z_0-9]*\).*/\2/p' told | sort -u
}

# Compiles a program when its first guard is taken away.
make_ready() { # program
	local source found
	[[ -z ${ready[$1]:-} ]] || return 0
	for source in ${sources[$1]}; do
		[[ -e $(object_of "$source") ]] || compile "$source"
	done
	found=$(failing "$1")
	[[ -z $found ]] || { echo "the tests fail with all guards in place: $(paste -sd' ' <<<"$found")"; exit 1; }
	ready[$1]=yes
}

missed=0
taken=0
# name, file (of the accounting, or with its folder), sed expression that takes the guard away
guard() {
	local name=$1 file=agent/account/$2 program=account expression=$3 found
	[[ ${#wanted[@]} -eq 0 || " ${wanted[*]} " == *" $name "* ]] || return 0
	[[ $2 != */* ]] || { file=agent/$2; program=books; }
	make_ready "$program"
	cp "$file" "$file.whole"
	sed -i -E "$expression" "$file"
	if cmp -s "$file" "$file.whole"; then
		printf '%-42s %s\n' "$name" "THE GUARD IS NOT IN $2: its line has changed"
		missed=$((missed + 1))
		return 0
	fi
	compile "$file"
	found=$(failing "$program")
	if [[ -z $found ]]; then
		printf '%-42s %s\n' "$name" "NO TEST MISSES IT"
		missed=$((missed + 1))
	else
		taken=$((taken + 1))
		printf '%-42s %s\n' "$name" "$(wc -l <<<"$found") tests fail, as $(head -2 <<<"$found" | paste -sd' ')"
	fi
	mv "$file.whole" "$file"
	compile "$file"
}

wanted=("$@")
guard wrap-adds-the-modulus counter.c 's/after \+ \(spec->modulus - before\)/after + (spec->modulus - 1 - before)/'
guard wrap-only-where-possible counter.c 's/ && steps <= steps_most\(spec, rated_w, time_s\);/;/'
guard wrap-only-from-the-top counter.c 's/\(is_near \|\| has_run_on\) && //'
guard wrap-only-where-documented counter.c 's/return spec->is_wrap_known && \(is_near/return (is_near/'
guard fall-is-held counter.c 's/return doubt\(counter, reading, COUNTER_HELD\);/return reset(counter, spec, reading, 0, RESET_UNCOUNTED);/'
guard zeros-are-held-longer counter.c 's/is_still \? COUNTER_STILL_COUNT : COUNTER_CONFIRM_COUNT/COUNTER_CONFIRM_COUNT/'
guard reset-can-be-undone counter.c 's/if \(has_recovered\(.*\)\) \{/if (0) {/'
guard restart-is-a-reset counter.c 's/if \(age_s >= 0\.0\)/if (0)/'
guard uptime-wraps counter.c 's/<= UPTIME_WRAP_TOLERANCE_S\)/< 0.0)/'
guard restart-energy-is-possible counter.c 's/spec->starts_at_zero && \(double\)reading->raw <= .*;/spec->starts_at_zero;/'
guard rise-is-possible counter.c 's/if \(\(double\)steps > most\)/if (0)/'
guard several-wraps counter.c 's/return spec->is_wrap_known && \(double\)steps \+ modulus_of/return 0 \&\& (double)steps + modulus_of/'
guard reading-within-the-modulus counter.c 's/if \(spec->modulus && reading->raw >= spec->modulus\)/if (0)/'
guard fraction-is-carried counter.c 's/ \+ counter->carry % den;/;/'
guard gap-of-power meter.c 's/if \(has_before && meter_is_gap\(taking\)\)/if (0)/'
guard impossible-power meter.c 's/if \(power_w > fmin\(most_w, POWER_MOST_W\)\)/if (0)/'
guard caliber-actual meter.c 's/if \(caliber == CALIBER_ACTUAL\)/if (1)/'
guard other-hardware meter.c 's/if \(identity && old_identity && identity != old_identity\)/if (0)/'
guard other-scale meter.c 's/if \(digest && old_digest && digest != old_digest\)/if (0)/'
guard late-answer meter.c 's/if \(is_late\(meter, reading->boot_ns\)\)/if (0)/'
guard total-never-falls meter.c 's/if \(shown > meter->shown_millij\)/if (1)/'
guard bridged-is-not-measured meter_counter.c 's/is_long && coverage == COVERAGE_MEASURED \? COVERAGE_BRIDGED : coverage/coverage/'
guard at-rest-is-not-frozen meter_counter.c 's/if \(taking->microw == 0\)/if (0)/'
guard one-step-ahead-at-most meter_pending.c 's/return step > meter->advance_millij \? step - meter->advance_millij : 0;/return INT64_MAX;/'
guard parts-of-pending-add meter_pending.c 's/if \(i == count - 1\)/if (0)/; s/part\.millij = \(int64_t\)share - done;/part.millij = (int64_t)share;/'
guard restart-of-the-machine meter_resume.c 's/if \(is_same \|\| /if (1 || /'
guard damaged-state state.c 's/return visit_fixed\(visitor, sum, sizeof\(sum\)\) == sum &&/return (visit_fixed(visitor, sum, sizeof(sum)) == sum || 1) \&\&/'
guard clock-agrees-for-a-minute place.c 's/if \(reading->boot_ns - place->trial_since_ns < .*\)$/if (0)/'
guard clock-is-kept place.c 's/if \(!reading->is_synced \|\| /if (/'
guard clock-not-before-the-newest-row place.c 's/bool is_contradicted = .*;/bool is_contradicted = false;/'
guard clock-not-before-the-build place.c 's/ \|\| reading->utc_ns < floor->build_utc_ns\)/)/'
guard scale-ends-with-what-waits meter_resume.c 's/if \(meter->adrift == ADRIFT_ARRIVED\)$/if (0)/'
guard sum-has-no-more-time-than-a-slot derive.c 's/slot->least_ms\[i\] < most_ms \? slot->least_ms\[i\] : most_ms/slot->least_ms[i]/'
guard uptime-bounds-an-unknown-gap meter_resume.c 's/if \(has_grown\(&witness\)\)$/if (0)/'
guard uptime-against-a-clock-that-is-ahead meter_resume.c 's/is_too_long = .*;/is_too_long = false;/'
guard uptime-against-a-clock-that-was-ahead meter_resume.c 's/is_too_long \|\| wall_ns < grown_ns\(witness\) - slack_ns \?/is_too_long ?/'
guard last-reading-moves-with-the-clock book.c 's/^\taccount_meter_step\(.*\);//'
guard years-that-nobody-believes meter_resume.c 's/ \|\| wall_ns > BELIEVED_NS\)/)/'
guard uptime-after-a-restart-with-a-known-clock meter.c 's/^\tif \(reading->has_raw\)$/\tif (0)/'
guard parts-of-a-slot-add slots.c 's/part\.millij\[i\] = millij - done\.millij\[i\];/part.millij[i] = length_ms ? share(whole->millij[i], (end < whole->to ? end : whole->to) - (start > whole->from ? start : whole->from), length_ms) : millij;/'
guard closed-slot-is-revised slots.c 's/closed->rev\+\+;//'
guard time-is-not-covered-twice slots.c 's/^\tinterval_limit_ms\(&interval, .*\);//'
guard all-rows-are-there derive.c 's/if \(!count \|\| count < expected\)/if (!count)/'
guard factor-is-not-later factor.c 's/ && row->year <= wanted->year &&/ \&\&/'
guard gap-of-a-restart-is-saved-with-its-event run/books_state.c 's/^\tstream->is_changed \|= is_found .*;$//'
guard what-waits-keeps-its-scale run/books_state.c 's/is_scale_new = books_former_rules\(.*\);/is_scale_new = false;/'
guard slot-that-went-out-is-known-by-its-rows run/books_clock.c 's/return !has_rows;/return true;/'
guard sum-from-the-ledger-waits-no-longer run/books_recompute.c 's/if \(account_derive_forget\(.*\)\)$/if (0)/'
guard sum-of-all-rows-after-a-step run/books_rows.c 's/count == 0 \? all_count : count/count/'
guard revisions-of-a-site-never-come-again run/site_totals.c 's/totals->last_rev == INT32_MAX \? 1 : totals->last_rev \+ 1/1/'
guard slot-that-made-room-is-remembered run/site_totals.c 's/totals->has_evicted = true;/totals->has_evicted = false;/'
echo "$taken guards taken away one by one, each missed by a test; $missed not"
[[ $missed -eq 0 ]]
