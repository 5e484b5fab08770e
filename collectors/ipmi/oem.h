/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oem: energy counters that makers have in commands of their own. Pure. They are asked of that maker's BMCs alone: the same bytes may mean
 * something else to another's.
 *
 * Dell PowerEdge, 11th to 13th generation (the 12th and 13th need a licence; later ones have Redfish): network function 30h, command 9ch,
 * data 07h 01h. Answer: time of the start, u32; energy since then, u32, Wh; peaks. Source: FreeIPMI's ipmi-oem (Dell) and ipmitool's delloem,
 * which both show it divided by a thousand as kWh; a user can set it back (command 9dh).
 *
 * Lenovo ThinkSystem (XCC): network function 2eh, command 82h, data 66h 4ah 00h 00h 00h 01h tells an argument, the seventh byte of its answer (20h
 * seen); command 81h, data 66h 4ah 00h ARGUMENT 01h 82h 00h 08h the energy: the answer's last eight bytes, big-endian, mJ. Lenovo SD650: network
 * function 3ah, command 32h, data 04h 02h 00h 00h 00h; its answer, little-endian: index, u16; J, u32; mJ of the next one, u16; time. Source: EAR's
 * energy_nm and energy_sd650 (github.com/eas4dc/EAR), the only one; not tried on hardware. Whether a user can set them back is not known.
 */
#ifndef WATTLEDGER_IPMI_OEM_H
#define WATTLEDGER_IPMI_OEM_H

#include "ipmi/allow.h"
#include "model/meter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum c_ipmi_counter {
	C_IPMI_COUNTER_NONE = 0,
	C_IPMI_COUNTER_DELL,
	C_IPMI_COUNTER_LENOVO_XCC,
	C_IPMI_COUNTER_LENOVO_SD650,
	C_IPMI_COUNTER_COUNT
};

/* The idx-th counter that BMCs of a manufacturer (IANA number) may have, in the order of asking; C_IPMI_COUNTER_NONE: there is no further one. */
enum c_ipmi_counter c_ipmi_oem_counter(uint32_t manufacturer, size_t idx) MUST_CHECK;

/* The request whose answer tells the argument of the counter's own; false: it takes none. */
bool c_ipmi_oem_ask_argument(enum c_ipmi_counter counter, struct c_ipmi_request *request) MUST_CHECK;
/* Its answer with completion code 0. false: too short. */
bool c_ipmi_oem_parse_argument(const struct c_ipmi_answer *answer, uint8_t *argument) MUST_CHECK;

/* The request for a counter; `argument` 0 where it takes none. */
struct c_ipmi_request c_ipmi_oem_ask_energy(enum c_ipmi_counter counter, uint8_t argument) MUST_CHECK;

/* Its answer with completion code 0, in steps of c_ipmi_oem_spec(). false: too short, or zero, which stands for a BMC that does not count. */
bool c_ipmi_oem_parse_energy(enum c_ipmi_counter counter, const struct c_ipmi_answer *answer, uint64_t *raw) MUST_CHECK;

/* What a step of it is worth, and where it goes over its end. */
struct counter_spec c_ipmi_oem_spec(enum c_ipmi_counter counter) MUST_CHECK;

#endif
