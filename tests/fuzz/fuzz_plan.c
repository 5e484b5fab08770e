/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of all kinds from hostile bytes; what is taken has to survive a second round unchanged. */
#include "base/buf.h"
#include "wire/plan.h"
#include "wire/plan_ipmi.h"
#include "wire/plan_modbus.h"
#include "wire/plan_page.h"
#include "wire/plan_rapl.h"
#include "wire/plan_series.h"
#include "wire/plan_snmp.h"
#include "wire/plan_traffic.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

enum { FUZZ_PLAN_BYTES_MAX = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void try_core(const uint8_t *data, size_t bytes)
{
	struct plan_core plan;
	struct buf again;

	if (plan_core_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_core_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_core_deinit(&plan);
}

static void try_deliver(const uint8_t *data, size_t bytes)
{
	struct plan_deliver plan;
	struct buf again;

	if (plan_deliver_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_deliver_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_deliver_deinit(&plan);
}

static void try_page(const uint8_t *data, size_t bytes)
{
	struct plan_page plan;
	struct buf again;

	if (plan_page_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_page_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
}

static void try_rapl(const uint8_t *data, size_t bytes)
{
	struct plan_rapl plan;
	struct buf again;

	if (plan_rapl_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_rapl_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_rapl_deinit(&plan);
}

static void try_ipmi(const uint8_t *data, size_t bytes)
{
	struct plan_ipmi plan;
	struct buf again;

	if (plan_ipmi_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_ipmi_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_ipmi_deinit(&plan);
}

static void try_traffic(const uint8_t *data, size_t bytes)
{
	struct plan_traffic plan;
	struct buf again;

	if (plan_traffic_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_traffic_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_traffic_deinit(&plan);
}

static void try_series(const uint8_t *data, size_t bytes)
{
	struct plan_series plan;
	struct buf again;

	if (plan_series_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_series_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_series_deinit(&plan);
}

static void try_snmp(const uint8_t *data, size_t bytes)
{
	struct plan_snmp plan;
	struct buf again;

	if (plan_snmp_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_snmp_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_snmp_deinit(&plan);
}

static void try_modbus(const uint8_t *data, size_t bytes)
{
	struct plan_modbus plan;
	struct buf again;

	if (plan_modbus_decode(&plan, data, bytes, NULL) != ERR_NONE)
		return;
	buf_init(&again, FUZZ_PLAN_BYTES_MAX);
	assert(plan_modbus_encode(&plan, &again, NULL) == ERR_NONE);
	assert(again.bytes == bytes && memcmp(again.data, data, bytes) == 0);
	buf_deinit(&again);
	plan_modbus_deinit(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	try_core(data, bytes);
	try_deliver(data, bytes);
	try_page(data, bytes);
	try_rapl(data, bytes);
	try_ipmi(data, bytes);
	try_traffic(data, bytes);
	try_series(data, bytes);
	try_snmp(data, bytes);
	try_modbus(data, bytes);
	return 0;
}
