/* SPDX-License-Identifier: Apache-2.0 */
#include "run/shipment.h"

#include "base/mem.h"

#include <string.h>

struct shipment *shipment_free(struct shipment *shipment)
{
	while (shipment != NULL) {
		struct shipment *part = shipment->parts;

		if (part != NULL) {
			shipment->parts = part->next;
			mem_free(part->payload);
			mem_free(part);
			continue;
		}
		mem_free(shipment->payload);
		shipment = mem_free(shipment);
	}
	return NULL;
}

static bool is_joinable(const struct shipment *shipment)
{
	return shipment->is_committed && shipment->is_stored && !shipment->is_backlog && !shipment->is_alone;
}

bool shipment_can_take(const struct shipment *shipment, const struct shipment *other)
{
	return is_joinable(shipment) && is_joinable(other) && shipment->kind == other->kind &&
	       shipment->bytes + other->bytes <= SHIPMENT_JOINED_BYTES_MAX;
}

bool shipment_take(struct shipment *shipment, struct shipment *other)
{
	struct shipment **end = &shipment->parts;
	char *payload = mem_new_array(shipment->bytes + other->bytes + 1, 1);

	if (payload == NULL)
		return false;
	memcpy(payload, shipment->payload, shipment->bytes);
	memcpy(payload + shipment->bytes, other->payload, other->bytes);
	if (shipment->parts == NULL) {
		shipment->own_bytes = shipment->bytes;
		shipment->own_point_count = shipment->point_count;
	}
	while (*end != NULL)
		end = &(*end)->next;
	*end = other;
	other->next = NULL;
	mem_free(shipment->payload);
	shipment->payload = payload;
	shipment->bytes += other->bytes;
	shipment->point_count += other->point_count;
	return true;
}

struct shipment *shipment_part(struct shipment *shipment)
{
	struct shipment *last = shipment;

	if (shipment->parts == NULL)
		return shipment;
	shipment->bytes = shipment->own_bytes; /* the payload keeps its room until it is gone */
	shipment->point_count = shipment->own_point_count;
	shipment->next = shipment->parts;
	shipment->parts = NULL;
	while (last->next != NULL)
		last = last->next;
	return last;
}

/* The start of line number `line` of a payload; its end when there are fewer. */
static const char *find_line(const char *at, const char *end, uint32_t line)
{
	while (line > 0 && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		at = newline == NULL ? end : newline + 1;
		line--;
	}
	return at;
}

void shipment_add_refused(const struct shipment *shipment, const struct wire_verdict *verdict, struct buf *lines)
{
	const char *end = shipment->payload + shipment->bytes;
	const char *at = shipment->payload;
	uint32_t number = 0;

	for (uint32_t i = 0; i < verdict->rejected_count; i++) {
		const char *next;

		if (verdict->rejected_line[i] < number)
			continue; /* in order, as the contract says; anything else is not looked at */
		at = find_line(at, end, verdict->rejected_line[i] - number);
		next = find_line(at, end, 1);
		buf_add(lines, at, (size_t)(next - at));
		at = next;
		number = verdict->rejected_line[i] + 1;
	}
}
