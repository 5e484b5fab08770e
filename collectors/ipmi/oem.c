/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/oem.h"

#include "ipmi/identity.h"

enum { AT_ENERGY = 4, ENERGY_BYTES = 8 };

bool c_ipmi_oem_ask_energy(uint32_t manufacturer, struct c_ipmi_request *request)
{
	if (manufacturer != C_IPMI_MANUFACTURER_DELL)
		return false;
	*request = (struct c_ipmi_request){.netfn = C_IPMI_OEM_DELL, .command = C_IPMI_DELL_ENERGY, .bytes = 2, .data = {0x07, 0x01}};
	return true;
}

bool c_ipmi_oem_parse_energy(const struct c_ipmi_answer *answer, uint32_t *energy_wh)
{
	const uint8_t *data = answer->data + AT_ENERGY;
	uint32_t value;

	if (answer->bytes < ENERGY_BYTES)
		return false;
	value = (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
	if (value == 0)
		return false;
	*energy_wh = value;
	return true;
}
