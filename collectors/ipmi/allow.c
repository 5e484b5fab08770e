/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/allow.h"

#include <string.h>

enum { PREFIX_BYTES = 3, LUN_MAX = 3 };

struct allowed {
	uint8_t netfn;
	uint8_t command;
	uint8_t prefix_bytes;
	uint8_t prefix[PREFIX_BYTES]; /* what its data has to begin with */
	uint8_t bytes_min;
	uint8_t bytes_max;
};

/* Bytes of data: IPMI v2.0 20.1, 22.14, 33.11, 33.12, 35.14; DCMI v1.5 6.1.1, 6.6.1, 6.7.3. Dell's: what ipmi-oem and ipmitool send; Lenovo's: what EAR sends. */
static const struct allowed list[] = {
    {C_IPMI_APP, C_IPMI_GET_DEVICE_ID, 0, {0}, 0, 0},
    {C_IPMI_APP, C_IPMI_GET_SYSTEM_GUID, 0, {0}, 0, 0},
    {C_IPMI_SENSOR, C_IPMI_GET_SENSOR_READING, 0, {0}, 1, 1},
    {C_IPMI_STORAGE, C_IPMI_RESERVE_SDR, 0, {0}, 0, 0},
    {C_IPMI_STORAGE, C_IPMI_GET_SDR, 0, {0}, 6, 6},
    {C_IPMI_GROUP, C_IPMI_DCMI_CAPABILITIES, 1, {0xdc}, 2, 2},
    {C_IPMI_GROUP, C_IPMI_DCMI_POWER_READING, 1, {0xdc}, 4, 4},
    {C_IPMI_GROUP, C_IPMI_DCMI_TEMPERATURE, 1, {0xdc}, 5, 5},
    {C_IPMI_OEM_DELL, C_IPMI_DELL_ENERGY, 2, {0x07, 0x01}, 2, 2},
    {C_IPMI_OEM_LENOVO, C_IPMI_LENOVO_ARGUMENT, 3, {0x66, 0x4a, 0x00}, 6, 6},
    {C_IPMI_OEM_LENOVO, C_IPMI_LENOVO_ENERGY, 3, {0x66, 0x4a, 0x00}, 8, 8},
    {C_IPMI_OEM_SD650, C_IPMI_SD650_ENERGY, 3, {0x04, 0x02, 0x00}, 5, 5},
};

bool c_ipmi_allow_is_read(const struct c_ipmi_request *request)
{
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		const struct allowed *one = &list[i];

		if (request->netfn != one->netfn || request->command != one->command || request->lun > LUN_MAX)
			continue;
		if (request->bytes >= one->bytes_min && request->bytes <= one->bytes_max && request->bytes <= C_IPMI_REQUEST_BYTES &&
		    memcmp(request->data, one->prefix, one->prefix_bytes) == 0)
			return true;
	}
	return false;
}
