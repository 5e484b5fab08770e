/* SPDX-License-Identifier: Apache-2.0 */
#include "rapl/counter.h"

#include "model/units.h"

#include <math.h>

static const double UJ_PER_J = 1e6;
static const double PLAUSIBLE_FACTOR = 4.0;

bool c_rapl_counter_parse(const char *text, size_t bytes, uint64_t *value)
{
	uint64_t sum = 0;

	if (bytes > 0 && text[bytes - 1] == '\n')
		bytes--;
	if (bytes == 0)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		unsigned digit = (unsigned)((unsigned char)text[i] - '0');

		if (digit > 9 || __builtin_mul_overflow(sum, UINT64_C(10), &sum) || __builtin_add_overflow(sum, (uint64_t)digit, &sum))
			return false;
	}
	*value = sum;
	return true;
}

static bool is_wrap(const struct c_rapl_step *step)
{
	uint64_t quarter_uj = step->range_uj / 4;

	return step->range_uj > 0 && step->before_uj <= step->range_uj && step->range_uj - step->before_uj <= quarter_uj &&
	       step->after_uj <= quarter_uj;
}

double c_rapl_counter_power_w(const struct c_rapl_step *step)
{
	double energy_uj;
	double power_w;

	if (step->elapsed_ns <= 0)
		return NAN;
	if (step->after_uj >= step->before_uj)
		energy_uj = (double)(step->after_uj - step->before_uj);
	else if (is_wrap(step))
		energy_uj = (double)(step->range_uj - step->before_uj) + (double)step->after_uj + 1.0;
	else
		return NAN;
	power_w = energy_uj / UJ_PER_J / ((double)step->elapsed_ns / (double)UNITS_NS_PER_S);
	return power_w <= PLAUSIBLE_FACTOR * step->power_max_w ? power_w : NAN;
}
