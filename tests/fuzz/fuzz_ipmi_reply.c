/* SPDX-License-Identifier: Apache-2.0 */
/* A BMC that answers with hostile bytes: two reads over it, and the bytes as the report of a worker. */
#include "ipmi/bmc.h"
#include "ipmi/catalogue.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

struct rest {
	const uint8_t *data;
	size_t bytes;
	size_t asked;
};

/* A byte for the length, one for the completion code, then the data. An end without an answer is silence. */
static bool transact(void *context, const struct c_ipmi_request *request, struct c_ipmi_answer *answer)
{
	struct rest *rest = context;

	assert(c_ipmi_allow_is_read(request));
	assert(++rest->asked < 100000); /* no BMC keeps us busy for ever */
	if (rest->bytes < 2)
		return false;
	answer->completion = rest->data[1];
	answer->bytes = rest->data[0] % (C_IPMI_ANSWER_BYTES + 1);
	rest->data += 2, rest->bytes -= 2;
	if (answer->bytes > rest->bytes)
		answer->bytes = (uint8_t)rest->bytes;
	memcpy(answer->data, rest->data, answer->bytes);
	rest->data += answer->bytes, rest->bytes -= answer->bytes;
	return true;
}

static int64_t clock_ns(void)
{
	static int64_t now_ns = 1;

	return now_ns += 1000000;
}

static void no_pause(uint32_t ms)
{
	(void)ms;
}

/* What a read gives has to be a report that the collector takes, and samples of meters that were announced. */
static void check(const struct c_ipmi_report *report, struct c_ipmi_catalogue *catalogue)
{
	static uint8_t bytes[C_IPMI_REPORT_BYTES_MAX];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};
	struct sample sample[C_IPMI_SAMPLES_MAX];
	struct c_ipmi_report again;
	struct meter_info info;
	uint32_t number;

	c_ipmi_report_put(&writer, report);
	assert(!writer.is_full);
	assert(c_ipmi_report_get(&again, bytes, writer.length, NULL) == ERR_NONE);
	(void)c_ipmi_catalogue_take(catalogue, &again);
	while (c_ipmi_catalogue_next(catalogue, &number, &info))
		assert(number < catalogue->count);
	assert(c_ipmi_catalogue_samples(catalogue, &again, 0, 1, sample) <= C_IPMI_SAMPLES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct rest rest = {data, bytes, 0};
	const struct c_ipmi_port port = {.context = &rest, .transact = transact, .clock = clock_ns, .pause = no_pause};
	struct c_ipmi_bmc bmc = {.interval_ms = 30000};
	struct c_ipmi_catalogue catalogue = {0};
	struct c_ipmi_report report;

	for (int i = 0; i < 2; i++) {
		(void)!c_ipmi_bmc_read(&bmc, &port, &report);
		report.login = c_ipmi_login_first();
		check(&report, &catalogue);
	}
	if (c_ipmi_report_get(&report, data, bytes, NULL) == ERR_NONE)
		check(&report, &catalogue);
	return 0;
}
