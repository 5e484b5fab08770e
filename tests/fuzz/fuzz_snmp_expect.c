/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the quick parser of expected answers takes, net-snmp has to take as well, and to the same names and values; the answer to one fixed
 * request, of a v2c or (first byte odd) a v1 device.
 */
#include "base/mem.h"
#include "snmp/expect.h"
#include "snmp/oid.h"
#include "snmp/packet.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NAMES = 3 };

static const struct plan_oid name[NAMES] = {
    {.length = 9, .id = {1, 3, 6, 1, 2, 1, 1, 3, 0}},
    {.length = 10, .id = {1, 3, 6, 1, 4, 1, 32473, 3, 1, 0}},
    {.length = 12, .id = {1, 3, 6, 1, 4, 1, 318, 1, 1, 26, 4294967295, 1}},
};

struct question {
	uint8_t data[C_SNMP_REQUEST_BYTES_MAX];
	size_t bytes;
};

static void make(struct question question[2])
{
	struct c_snmp_request request = {.command = C_SNMP_GET, .oid = name, .oid_count = NAMES};
	size_t id_offset;

	if (c_snmp_packet_init(NULL) != ERR_NONE)
		abort();
	for (int version = SNMP_V1; version <= SNMP_V2C; version++)
		if (c_snmp_packet_build((enum snmp_version)version, "public", &request, question[version].data,
					sizeof question[version].data, &question[version].bytes, &id_offset, NULL) != ERR_NONE)
			abort();
}

static void compare(const struct c_snmp_raw *a, const struct c_snmp_raw *b)
{
	if (a->kind != b->kind || a->text_bytes != b->text_bytes)
		abort();
	if ((a->kind == C_SNMP_SIGNED || a->kind == C_SNMP_UNSIGNED) && a->count != b->count)
		abort();
	if (a->kind == C_SNMP_TEXT && memcmp(a->text, b->text, a->text_bytes) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct question question[2];
	static struct c_snmp_reply quick, slow;
	const struct question *asked;
	uint8_t *message;

	if (question[0].bytes == 0)
		make(question);
	if (size < 1)
		return 0;
	asked = &question[data[0] & 1];
	message = mem_new(size); /* of its own, so that a read beyond it is seen */
	if (message == NULL)
		abort();
	memcpy(message, data + 1, size - 1);
	if (c_snmp_expect_take(asked->data, asked->bytes, message, size - 1, &quick)) {
		if (!c_snmp_packet_parse(message, size - 1, &slow) || slow.varbind_count != NAMES || quick.varbind_count != NAMES ||
		    slow.id != quick.id || slow.error_status != 0 || quick.error_status != 0)
			abort();
		for (size_t i = 0; i < NAMES; i++) {
			if (c_snmp_oid_compare(slow.varbind[i].name, slow.varbind[i].name_length, name[i].id, name[i].length) != 0)
				abort();
			compare(&quick.varbind[i].raw, &slow.varbind[i].raw);
		}
		c_snmp_packet_release(&slow);
	}
	mem_free(message);
	return 0;
}
