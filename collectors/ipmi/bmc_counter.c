/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bmc_counter: energy by the maker's own counter. */
#include "ipmi/bmc_priv.h"

#include "ipmi/oem.h"

void c_ipmi_bmc_read_counter(struct c_ipmi_reading *reading)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	struct c_ipmi_request request;
	struct c_ipmi_answer answer;
	uint32_t energy_wh;

	if (bmc->is_counter_absent || !c_ipmi_oem_ask_energy(bmc->identity.manufacturer, &request))
		return;
	if (!c_ipmi_bmc_ask_done(reading, request, &answer) || !c_ipmi_oem_parse_energy(&answer, &energy_wh)) {
		/* Without a licence it refuses: not asked again. One that has counted before may be busy. */
		bmc->is_counter_absent = !bmc->has_counter && !reading->is_silent;
		return;
	}
	bmc->has_counter = true;
	struct c_ipmi_meter *total = c_ipmi_bmc_add_meter(reading->report, C_IPMI_METER_TOTAL, "total", "Total");
	total->has_energy = true;
	total->energy_wh = energy_wh;
}
