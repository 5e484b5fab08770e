/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/identity.h"

#include <stdio.h>

enum { DEVICE_ID_BYTES = 11, GUID_BYTES = 16 };

/* IANA private enterprise numbers (iana.org/assignments/enterprise-numbers); those of FreeIPMI's list and of makers of servers. */
static const struct {
	uint32_t number;
	const char *name;
} vendor_table[] = {
    {2, "IBM"},        {11, "HP"},          {42, "Sun"},        {343, "Intel"},        {674, "Dell"},      {2011, "Huawei"},
    {5771, "Cisco"},   {7244, "Quanta"},    {10368, "Fujitsu"}, {10876, "Supermicro"}, {11161, "Wistron"}, {15370, "Gigabyte"},
    {19046, "Lenovo"}, {20569, "Inventec"}, {47196, "HPE"},     {47488, "Supermicro"},
};

struct c_ipmi_request c_ipmi_identity_ask_device(void)
{
	return (struct c_ipmi_request){.netfn = C_IPMI_APP, .command = C_IPMI_GET_DEVICE_ID};
}

struct c_ipmi_request c_ipmi_identity_ask_guid(void)
{
	return (struct c_ipmi_request){.netfn = C_IPMI_APP, .command = C_IPMI_GET_SYSTEM_GUID};
}

static void name_vendor(struct c_ipmi_identity *identity)
{
	for (size_t i = 0; i < sizeof vendor_table / sizeof vendor_table[0]; i++) {
		if (vendor_table[i].number == identity->manufacturer) {
			snprintf(identity->vendor, sizeof identity->vendor, "%s", vendor_table[i].name);
			return;
		}
	}
	snprintf(identity->vendor, sizeof identity->vendor, "manufacturer %u", (unsigned)identity->manufacturer);
}

bool c_ipmi_identity_parse_device(const struct c_ipmi_answer *answer, struct c_ipmi_identity *out)
{
	const uint8_t *data = answer->data;

	if (answer->bytes < DEVICE_ID_BYTES)
		return false;
	out->manufacturer = (uint32_t)data[6] | (uint32_t)data[7] << 8 | (uint32_t)(data[8] & 0x0f) << 16;
	out->product = (uint16_t)(data[9] | data[10] << 8);
	/* Major in binary (7 bits), minor in BCD: "2.85" is 02h, 85h. */
	snprintf(out->firmware, sizeof out->firmware, "%u.%02x", (unsigned)(data[2] & 0x7f), (unsigned)data[3]);
	snprintf(out->model, sizeof out->model, "product 0x%04x", (unsigned)out->product);
	name_vendor(out);
	return true;
}

bool c_ipmi_identity_parse_guid(const struct c_ipmi_answer *answer, struct c_ipmi_identity *out)
{
	size_t zeros = 0;
	size_t ones = 0;
	size_t length = 0;

	if (answer->bytes < GUID_BYTES)
		return false;
	for (size_t i = 0; i < GUID_BYTES; i++) {
		zeros += answer->data[i] == 0;
		ones += answer->data[i] == 0xff;
	}
	if (zeros == GUID_BYTES || ones == GUID_BYTES)
		return false;
	for (size_t i = 0; i < GUID_BYTES; i++)
		length += (size_t)snprintf(out->serial + length, sizeof out->serial - length, "%02x", answer->data[i]);
	return true;
}
