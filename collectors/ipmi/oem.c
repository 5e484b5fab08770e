/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/oem.h"

#include "ipmi/identity.h"
#include "model/units.h"

#include <string.h>

enum { WORD_BYTES = 4, ARGUMENT_AT = 6, ARGUMENT_IN_REQUEST_AT = 3, MILLI = 1000 };

/* A maker's counter: what is asked, and where in the answer its energy lies. */
static const struct oem {
	uint32_t manufacturer;
	struct c_ipmi_request argument; /* bytes 0: it takes none */
	struct c_ipmi_request energy;
	uint8_t answer_bytes; /* at least */
	struct counter_spec spec;
} table[C_IPMI_COUNTER_COUNT] = {
    [C_IPMI_COUNTER_DELL] =
	{.manufacturer = C_IPMI_MANUFACTURER_DELL,
	 .energy = {.netfn = C_IPMI_OEM_DELL, .command = C_IPMI_DELL_ENERGY, .bytes = 2, .data = {0x07, 0x01}},
	 .answer_bytes = 8,
	 .spec = {.modulus = (uint64_t)UINT32_MAX + 1, .unit_num = UNITS_MILLIJ_PER_WH, .unit_den = 1, .is_resettable = true}},
    [C_IPMI_COUNTER_LENOVO_XCC] = {.manufacturer = C_IPMI_MANUFACTURER_LENOVO,
				   .argument = {.netfn = C_IPMI_OEM_LENOVO,
						.command = C_IPMI_LENOVO_ARGUMENT,
						.bytes = 6,
						.data = {0x66, 0x4a, 0x00, 0x00, 0x00, 0x01}},
				   .energy = {.netfn = C_IPMI_OEM_LENOVO,
					      .command = C_IPMI_LENOVO_ENERGY,
					      .bytes = 8,
					      .data = {0x66, 0x4a, 0x00, 0x00, 0x01, 0x82, 0x00, 0x08}},
				   .answer_bytes = 8,
				   .spec = {.unit_num = 1, .unit_den = 1, .is_resettable = true}},
    [C_IPMI_COUNTER_LENOVO_SD650] =
	{.manufacturer = C_IPMI_MANUFACTURER_LENOVO,
	 .energy = {.netfn = C_IPMI_OEM_SD650, .command = C_IPMI_SD650_ENERGY, .bytes = 5, .data = {0x04, 0x02, 0x00, 0x00, 0x00}},
	 .answer_bytes = 8,
	 .spec = {.modulus = ((uint64_t)UINT32_MAX + 1) * MILLI, .unit_num = 1, .unit_den = 1, .is_resettable = true}},
};

enum c_ipmi_counter c_ipmi_oem_counter(uint32_t manufacturer, size_t idx)
{
	for (int counter = C_IPMI_COUNTER_NONE + 1; counter < C_IPMI_COUNTER_COUNT; counter++) {
		if (table[counter].manufacturer == manufacturer && idx-- == 0)
			return (enum c_ipmi_counter)counter;
	}
	return C_IPMI_COUNTER_NONE;
}

bool c_ipmi_oem_ask_argument(enum c_ipmi_counter counter, struct c_ipmi_request *request)
{
	*request = table[counter].argument;
	return request->bytes != 0;
}

bool c_ipmi_oem_parse_argument(const struct c_ipmi_answer *answer, uint8_t *argument)
{
	if (answer->bytes <= ARGUMENT_AT)
		return false;
	*argument = answer->data[ARGUMENT_AT];
	return true;
}

struct c_ipmi_request c_ipmi_oem_ask_energy(enum c_ipmi_counter counter, uint8_t argument)
{
	struct c_ipmi_request request = table[counter].energy;

	if (table[counter].argument.bytes != 0)
		request.data[ARGUMENT_IN_REQUEST_AT] = argument;
	return request;
}

static uint32_t word_at(const uint8_t *data)
{
	return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

static uint64_t big_endian_at(const uint8_t *data)
{
	uint64_t value = 0;

	for (size_t i = 0; i < sizeof value; i++)
		value = value << 8 | data[i];
	return value;
}

bool c_ipmi_oem_parse_energy(enum c_ipmi_counter counter, const struct c_ipmi_answer *answer, uint64_t *raw)
{
	const uint8_t *data = answer->data;
	uint64_t value = 0;

	if (answer->bytes < table[counter].answer_bytes)
		return false;
	if (counter == C_IPMI_COUNTER_DELL)
		value = word_at(data + WORD_BYTES);
	else if (counter == C_IPMI_COUNTER_LENOVO_XCC)
		value = big_endian_at(data + answer->bytes - sizeof value);
	else if (counter == C_IPMI_COUNTER_LENOVO_SD650)
		value = (uint64_t)word_at(data + 2) * MILLI + (uint64_t)(data[6] | (unsigned)data[7] << 8);
	if (value == 0)
		return false;
	*raw = value;
	return true;
}

struct counter_spec c_ipmi_oem_spec(enum c_ipmi_counter counter)
{
	return table[counter].spec;
}
