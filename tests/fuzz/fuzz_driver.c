/* SPDX-License-Identifier: Apache-2.0 */
/* Driver files from hostile bytes; one that is taken has to be a plan that the collector takes. */
#include "base/buf.h"
#include "settings/driver.h"

#include <assert.h>
#include <stdint.h>

enum { FUZZ_PLAN_BYTES_MAX = 16 << 20 };

/* libfyaml 0.7.12 forgets 4 KiB of a scalar that it puts together from many pieces (fy_token_get_text); the process that reads files is short-lived. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct problems problems = {0};
	struct plan_snmp_driver driver;
	struct buf out;

	uint32_t file = problems_add_file(&problems, "fuzz.yaml");
	enum err err = driver_parse(&driver, "fuzz", data, bytes, file, &problems);
	assert((err == ERR_NONE) == !problems_has_error(&problems));
	if (err == ERR_NONE) {
		struct plan_snmp plan = {.driver = &driver, .driver_count = 1};
		struct plan_snmp again;
		buf_init(&out, FUZZ_PLAN_BYTES_MAX);
		assert(plan_snmp_encode(&plan, &out, NULL) == ERR_NONE);
		assert(plan_snmp_decode(&again, out.data, out.bytes, NULL) == ERR_NONE);
		plan_snmp_deinit(&again);
		buf_deinit(&out);
		driver_deinit(&driver);
	}
	problems_sort(&problems);
	problems_deinit(&problems);
	return 0;
}
