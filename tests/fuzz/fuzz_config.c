/* SPDX-License-Identifier: Apache-2.0 */
/* Config files from hostile bytes; one that is taken has to give plans that the processes take. */
#include "base/buf.h"
#include "settings/settings.h"

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FUZZ_PLAN_BYTES_MAX = 64 << 20 };

/* libfyaml 0.7.12 forgets 4 KiB of a scalar that it puts together from many pieces (fy_token_get_text); the process that reads files is short-lived. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void try_plans(const struct settings *settings)
{
	struct plan_core core;
	struct plan_deliver deliver;
	struct plan_snmp snmp;
	struct plan_rapl rapl;
	struct buf out;

	buf_init(&out, FUZZ_PLAN_BYTES_MAX);
	assert(plan_core_encode(&settings->core, &out, NULL) == ERR_NONE);
	assert(plan_core_decode(&core, out.data, out.bytes, NULL) == ERR_NONE);
	plan_core_deinit(&core);
	buf_clear(&out);
	assert(plan_deliver_encode(&settings->deliver, &out, NULL) == ERR_NONE);
	assert(plan_deliver_decode(&deliver, out.data, out.bytes, NULL) == ERR_NONE);
	plan_deliver_deinit(&deliver);
	buf_clear(&out);
	assert(plan_snmp_encode(&settings->snmp, &out, NULL) == ERR_NONE);
	assert(plan_snmp_decode(&snmp, out.data, out.bytes, NULL) == ERR_NONE);
	plan_snmp_deinit(&snmp);
	buf_clear(&out);
	assert(plan_rapl_encode(&settings->rapl, &out, NULL) == ERR_NONE);
	assert(plan_rapl_decode(&rapl, out.data, out.bytes, NULL) == ERR_NONE);
	plan_rapl_deinit(&rapl);
	buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	/* Few tables: they are read from the disk at every run. */
	const struct settings_options options = {.exe_dir = "/nonexistent",
						 .sysfs_root = "/nonexistent",
						 .time_zone = "UTC",
						 .host = "fuzz",
						 .drivers_dir = "tests/fixtures/drivers"};
	struct problems problems = {0};
	struct settings *settings = NULL;
	char path[64];

	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	assert(fd >= 0);
	assert(write(fd, data, bytes) == (ssize_t)bytes);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	enum err err = settings_load(&settings, path, &options, &problems);
	assert((err == ERR_NONE) == !problems_has_error(&problems));
	if (err == ERR_NONE)
		try_plans(settings);
	settings_free(settings);
	problems_deinit(&problems);
	close(fd);
	return 0;
}
