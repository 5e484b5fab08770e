/* SPDX-License-Identifier: Apache-2.0 */
#include "model/interval.h"

#include "base/num.h"

#include <stddef.h>
#include <string.h>

static const struct {
	uint32_t bit;
	const char *name;
} interval_bits[] = {
    {INTERVAL_CLOCK_UNTRUSTED, "clock_untrusted"},
    {INTERVAL_CLOCK_ADJUSTED, "clock_adjusted"},
    {INTERVAL_GAP, "gap"},
    {INTERVAL_WRAP, "wrap"},
    {INTERVAL_RESET, "reset"},
    {INTERVAL_SWAP, "swap"},
    {INTERVAL_DIP, "dip"},
    {INTERVAL_FROZEN, "frozen"},
    {INTERVAL_IMPOSSIBLE, "impossible"},
    {INTERVAL_MULTIWRAP, "multiwrap"},
    {INTERVAL_POWER_DOWN, "power_down"},
    {INTERVAL_LATE, "late"},
    {INTERVAL_PARTIAL, "partial"},
    {INTERVAL_RECONFIGURED, "reconfigured"},
    {INTERVAL_COMPONENT, "component"},
    {INTERVAL_UNPLACED, "unplaced"},
    {INTERVAL_SUSPEND, "suspend"},
    {INTERVAL_LOWER_BOUND, "lower_bound"},
};

/* Sums stop at the ends of int64_t: 2^63 mJ are 2.5 TWh, which no meter reaches honestly. */
static int64_t sum_of(const int64_t values[COVERAGE_COUNT])
{
	bool is_saturated = false;
	int64_t sum = 0;
	int i;

	for (i = 0; i < COVERAGE_COUNT; i++)
		sum = num_add_saturating(sum, values[i], &is_saturated);
	return sum;
}

int64_t interval_total_millij(const struct interval *interval)
{
	return sum_of(interval->millij);
}

int64_t interval_total_ms(const struct interval *interval)
{
	return sum_of(interval->covered_ms);
}

/* The earlier opening and the later closing reading bound the energy of both. */
static void widen_evidence(struct interval *a, const struct interval *b)
{
	if (!b->has_raw)
		return;
	if (!a->has_raw || b->open_utc_ms < a->open_utc_ms) {
		a->raw_open = b->raw_open;
		a->open_utc_ms = b->open_utc_ms;
	}
	if (!a->has_raw || b->close_utc_ms > a->close_utc_ms) {
		a->raw_close = b->raw_close;
		a->close_utc_ms = b->close_utc_ms;
	}
	a->has_raw = true;
}

void interval_add(struct interval *a, const struct interval *b)
{
	bool is_saturated = false;
	int i;

	for (i = 0; i < COVERAGE_COUNT; i++) {
		a->millij[i] = num_add_saturating(a->millij[i], b->millij[i], &is_saturated);
		a->covered_ms[i] = num_add_saturating(a->covered_ms[i], b->covered_ms[i], &is_saturated);
	}
	a->status_bits |= b->status_bits;
	widen_evidence(a, b);
}

void interval_limit_ms(struct interval *interval, int64_t most_ms)
{
	static const enum coverage WORST_FIRST[COVERAGE_COUNT] = {COVERAGE_STATIC, COVERAGE_ESTIMATED, COVERAGE_MANUAL, COVERAGE_BRIDGED,
								  COVERAGE_MEASURED};
	int64_t over_ms = interval_total_ms(interval) - most_ms;

	for (int i = 0; i < COVERAGE_COUNT && over_ms > 0; i++) {
		int64_t *covered_ms = &interval->covered_ms[WORST_FIRST[i]];
		int64_t off_ms = *covered_ms < over_ms ? *covered_ms : over_ms;

		if (off_ms <= 0)
			continue;
		*covered_ms -= off_ms;
		over_ms -= off_ms;
	}
}

void interval_add_bits_text(struct buf *out, uint32_t status_bits)
{
	const char *separator = "";
	size_t i;

	if (status_bits == 0) {
		buf_add_text(out, "ok");
		return;
	}
	for (i = 0; i < sizeof interval_bits / sizeof interval_bits[0]; i++) {
		if ((status_bits & interval_bits[i].bit) == 0)
			continue;
		buf_add_text(out, separator);
		buf_add_text(out, interval_bits[i].name);
		separator = "+";
	}
}

bool interval_bits_text_has(const char *text, uint32_t bit)
{
	size_t at = 0;

	while (at < sizeof interval_bits / sizeof interval_bits[0] && interval_bits[at].bit != bit)
		at++;
	while (at < sizeof interval_bits / sizeof interval_bits[0] && *text != '\0') {
		size_t bytes = strcspn(text, "+");

		if (strlen(interval_bits[at].name) == bytes && strncmp(text, interval_bits[at].name, bytes) == 0)
			return true;
		text += bytes + (text[bytes] == '+' ? 1 : 0);
	}
	return false;
}
