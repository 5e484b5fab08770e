/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/walk.h"

#include <string.h>

enum {
	PART_BYTES = 16, /* what every BMC's buffers take */
	PART_BYTES_MIN = 4,
	TROUBLES_MAX = 8,
	ANSWER_HEAD_BYTES = 2, /* the id of the next record */
	RECORD_LAST = 0xffff,
	AT_LENGTH = 4, /* of what follows the head */
	COMPLETION_DONE = 0x00,
	COMPLETION_INVALID = 0xc1,
	COMPLETION_RESERVATION = 0xc5,
	COMPLETION_TOO_MANY_BYTES = 0xca,
};

static void end(struct c_ipmi_walk *walk)
{
	walk->phase = C_IPMI_WALK_DONE;
}

/* How long the record is: its head first, which tells the length; then up to where it can be judged. */
static size_t wanted_bytes(const struct c_ipmi_walk *walk)
{
	size_t all = walk->have_bytes < C_IPMI_RECORD_HEAD ? C_IPMI_RECORD_HEAD : C_IPMI_RECORD_HEAD + (size_t)walk->bytes[AT_LENGTH];

	if (walk->have_bytes < C_IPMI_RECORD_HEAD)
		return C_IPMI_RECORD_HEAD;
	if (walk->have_bytes < C_IPMI_RECORD_JUDGED && all > C_IPMI_RECORD_JUDGED)
		return C_IPMI_RECORD_JUDGED;
	return all;
}

bool c_ipmi_walk_next(struct c_ipmi_walk *walk, struct c_ipmi_request *request)
{
	size_t left = wanted_bytes(walk) - walk->have_bytes;

	if (walk->phase == C_IPMI_WALK_DONE)
		return false;
	if (walk->part_bytes == 0)
		walk->part_bytes = PART_BYTES;
	if (walk->phase == C_IPMI_WALK_RESERVE)
		*request = c_ipmi_sdr_ask_reservation();
	else
		*request = c_ipmi_sdr_ask_part(walk->reservation, walk->record, (uint8_t)walk->have_bytes,
					       (uint8_t)(left < walk->part_bytes ? left : walk->part_bytes));
	return true;
}

static void take_reservation(struct c_ipmi_walk *walk, const struct c_ipmi_answer *answer)
{
	/* A BMC that has no reservations is read without. */
	if (answer->completion == COMPLETION_DONE && answer->bytes >= 2)
		walk->reservation = (uint16_t)(answer->data[0] | answer->data[1] << 8);
	else if (answer->completion != COMPLETION_INVALID) {
		end(walk);
		return;
	}
	walk->have_bytes = 0;
	walk->phase = C_IPMI_WALK_PART;
}

static void go_on(struct c_ipmi_walk *walk)
{
	bool is_last = walk->next == RECORD_LAST || walk->next == walk->record || ++walk->record_count >= C_IPMI_WALK_RECORDS_MAX;

	walk->record = walk->next;
	walk->have_bytes = 0;
	if (is_last)
		end(walk);
}

/* After each part: is it of no use, is it whole? */
static void judge(struct c_ipmi_walk *walk)
{
	size_t all = C_IPMI_RECORD_HEAD + (size_t)walk->bytes[AT_LENGTH];

	if (walk->have_bytes < C_IPMI_RECORD_HEAD)
		return;
	/* Parts are asked from an offset of one byte. */
	if (!c_ipmi_sdr_is_full(walk->bytes) || all < C_IPMI_RECORD_JUDGED || all > UINT8_MAX ||
	    (walk->have_bytes >= C_IPMI_RECORD_JUDGED && !c_ipmi_sdr_is_wanted(walk->bytes))) {
		go_on(walk);
		return;
	}
	if (walk->have_bytes < all)
		return;
	if (walk->sensor_count < C_IPMI_SENSORS_MAX && c_ipmi_sdr_parse(walk->bytes, all, &walk->sensor[walk->sensor_count]))
		walk->sensor_count++;
	go_on(walk);
}

static void take_part(struct c_ipmi_walk *walk, const struct c_ipmi_answer *answer)
{
	size_t left = wanted_bytes(walk) - walk->have_bytes;
	size_t bytes = answer->bytes < ANSWER_HEAD_BYTES ? 0 : answer->bytes - (size_t)ANSWER_HEAD_BYTES;

	if (bytes == 0) {
		end(walk);
		return;
	}
	bytes = bytes < left ? bytes : left;
	memcpy(walk->bytes + walk->have_bytes, answer->data + ANSWER_HEAD_BYTES, bytes);
	walk->have_bytes = (uint16_t)(walk->have_bytes + bytes);
	walk->next = (uint16_t)(answer->data[0] | answer->data[1] << 8);
	judge(walk);
}

void c_ipmi_walk_take(struct c_ipmi_walk *walk, const struct c_ipmi_answer *answer)
{
	if (walk->phase == C_IPMI_WALK_RESERVE) {
		take_reservation(walk, answer);
		return;
	}
	if (answer->completion == COMPLETION_DONE) {
		take_part(walk, answer);
		return;
	}
	if (++walk->trouble_count > TROUBLES_MAX) {
		end(walk);
	} else if (answer->completion == COMPLETION_RESERVATION) {
		walk->phase = C_IPMI_WALK_RESERVE;
	} else if (answer->completion == COMPLETION_TOO_MANY_BYTES && walk->part_bytes > PART_BYTES_MIN) {
		walk->part_bytes /= 2;
	} else {
		end(walk);
	}
}
