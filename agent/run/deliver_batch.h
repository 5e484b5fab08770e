/* SPDX-License-Identifier: Apache-2.0 */
/* deliver_batch: one batch from core while deliver has it: its lines (mapped, not copied), what is still to be sent, its verdict. */
#ifndef WATTLEDGER_RUN_DELIVER_BATCH_H
#define WATTLEDGER_RUN_DELIVER_BATCH_H

#include "base/err.h"
#include "output/parcel.h"
#include "wire/record.h"

#include <stddef.h>
#include <stdint.h>

enum { DELIVER_PAYLOAD_BYTES_MAX = 16 << 20 };

enum deliver_stage {
	DELIVER_STAGE_FREE = 0,
	DELIVER_STAGE_QUEUED,   /* waits for its lane */
	DELIVER_STAGE_SENDING,  /* a request is under way */
	DELIVER_STAGE_ANSWERED, /* the verdict waits for core to take it */
};

struct deliver_batch {
	enum deliver_stage stage;
	uint64_t order; /* of arrival */
	struct wire_batch head;
	const char *data; /* mapped, read only; NULL none */
	size_t bytes;
	struct parcel parcel;
	size_t url_tried_count;
	uint32_t refused_status; /* HTTP status of the first refusal of a line */
	int64_t begin_boot_ns;   /* of the request under way */
	struct wire_verdict verdict;
};

/*
 * Takes a batch: the memfd has to be sealed against writing and resizing (nobody changes what is being sent), of the size that `head` says,
 * and to hold as many lines as it says. Closes fd in any case. The stage becomes QUEUED. ERR_DATA, ERR_IO, ERR_LIMIT, ERR_MEMORY.
 */
enum err deliver_batch_open(struct deliver_batch *batch, const struct wire_batch *head, int fd, struct err_info *info) MUST_CHECK;

/* Sets the verdict (`text` is cleaned and cut) and lets the lines go; the stage becomes ANSWERED. REJECTED names the parcel's refused lines. */
void deliver_batch_answer(struct deliver_batch *batch, enum wire_verdict_code code, uint32_t retry_after_s, const char *text);

/* Lets the lines go; the slot is free. */
void deliver_batch_close(struct deliver_batch *batch);

#endif
