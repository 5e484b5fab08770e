/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oem: energy counters that makers have in commands of their own. Pure. They are asked of that maker's BMCs alone: the same bytes may mean
 * something else to another's.
 *
 * Dell PowerEdge, 11th to 13th generation (the 12th and 13th need a licence; later ones have Redfish): network function 30h, command 9ch,
 * data 07h 01h. Answer: time of the start, u32; energy since then, u32, Wh; peaks. Source: FreeIPMI's ipmi-oem (Dell) and ipmitool's delloem,
 * which both show it divided by a thousand as kWh; a user can set it back (command 9dh).
 */
#ifndef WATTLEDGER_IPMI_OEM_H
#define WATTLEDGER_IPMI_OEM_H

#include "ipmi/allow.h"

#include <stdbool.h>
#include <stdint.h>

/* The request for a manufacturer's counter (IANA number); false: none is known. */
bool c_ipmi_oem_ask_energy(uint32_t manufacturer, struct c_ipmi_request *request) MUST_CHECK;

/* Its answer with completion code 0, Wh. false: too short, or zero, which stands for a BMC that does not count. */
bool c_ipmi_oem_parse_energy(const struct c_ipmi_answer *answer, uint32_t *energy_wh) MUST_CHECK;

#endif
