/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_refusal: whatever a store answers, reading it does no harm, and a batch whose every request gets that answer as a refusal comes to an
 * end with every line refused.
 */
#include "output/parcel.h"
#include "output/policy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

enum { STEPS_MAX = 64, SCRATCH_BYTES = 4096 };

static const char lines[] =
    "energy,site=a v=1i 1\nenergy,site=b v=1.5 2\nslot,site=a energy_j=2i,rev=0i 3\nhello\nstate,site=a value=1i 4\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct policy_decision decision;
	struct refusal refusal;
	struct parcel parcel;
	struct buf scratch;
	size_t body_bytes;
	int step;

	refusal_read(&refusal, (const char *)data, bytes);
	policy_decide(&decision, &(struct policy_answer){.http_status = 400, .has_body = bytes > 0, .refusal = &refusal, .detail = ""});
	if (parcel_init(&parcel, lines, sizeof lines - 1, NULL) != ERR_NONE)
		abort();
	buf_init(&scratch, SCRATCH_BYTES);
	for (step = 0; !parcel_is_done(&parcel); step++) {
		if (step == STEPS_MAX || parcel_body(&parcel, &scratch, &body_bytes) == NULL || body_bytes == 0)
			abort();
		if (parcel_note_refused(&parcel, &refusal, NULL) != ERR_NONE)
			abort();
	}
	if (parcel.refused_count != parcel.line_count)
		abort();
	parcel_deinit(&parcel);
	buf_deinit(&scratch);
	return 0;
}
