/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bmc_counter: energy by the maker's own counter. */
#include "ipmi/bmc_priv.h"

#include "ipmi/oem.h"

/* What the counter is asked with, where it takes an argument: asked for once. */
static bool has_argument(struct c_ipmi_reading *reading, enum c_ipmi_counter counter)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	struct c_ipmi_request request;
	struct c_ipmi_answer answer;

	if (bmc->has_argument || !c_ipmi_oem_ask_argument(counter, &request))
		return true;
	bmc->has_argument = c_ipmi_bmc_ask_done(reading, request, &answer) && c_ipmi_oem_parse_argument(&answer, &bmc->argument);
	return bmc->has_argument;
}

static bool read_counter(struct c_ipmi_reading *reading, enum c_ipmi_counter counter, uint64_t *raw)
{
	struct c_ipmi_answer answer;

	return has_argument(reading, counter) &&
	       c_ipmi_bmc_ask_done(reading, c_ipmi_oem_ask_energy(counter, reading->bmc->argument), &answer) &&
	       c_ipmi_oem_parse_energy(counter, &answer, raw);
}

void c_ipmi_bmc_read_counter(struct c_ipmi_reading *reading)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	enum c_ipmi_counter counter;
	struct c_ipmi_meter *total;
	uint64_t raw;

	while ((counter = c_ipmi_oem_counter(bmc->identity.manufacturer, bmc->counter_idx)) != C_IPMI_COUNTER_NONE &&
	       !read_counter(reading, counter, &raw)) {
		/* One that has counted before may be busy; one that refuses (without a licence, say) is not asked again. */
		if (bmc->has_counter || reading->is_silent)
			return;
		bmc->counter_idx++;
	}
	if (counter == C_IPMI_COUNTER_NONE)
		return;
	bmc->has_counter = true;
	total = c_ipmi_bmc_add_meter(reading->report, C_IPMI_METER_TOTAL, "total", "Total");
	total->counter = counter;
	total->energy_raw = raw;
}
