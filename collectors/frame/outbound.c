/* SPDX-License-Identifier: Apache-2.0 */
#include "frame/outbound.h"

#include "base/mem.h"
#include "wire/packet.h"

#include <string.h>

/* A record that the socket did not take. */
struct kept {
	struct kept *next;
	int64_t since_boot_ns;
	int64_t from_boot_ns; /* of its samples */
	int64_t to_boot_ns;
	uint32_t sample_count; /* 0: not samples, never given up */
	uint32_t bytes;
	uint8_t data[];
};

struct outbound {
	int fd;
	bool is_gone;
	struct kept *first;
	struct kept **end;
	size_t bytes;
	size_t max_bytes;
	uint64_t lost_count;
	struct wire_lost lost; /* not told yet; sample_count 0: nothing */
	uint8_t scratch[WIRE_RECORD_BYTES_MAX];
};

struct outbound *outbound_new(int fd, size_t max_bytes)
{
	struct outbound *outbound = mem_new(sizeof *outbound);

	if (outbound == NULL)
		return NULL;
	outbound->fd = fd;
	outbound->max_bytes = max_bytes;
	outbound->end = &outbound->first;
	return outbound;
}

struct outbound *outbound_free(struct outbound *outbound)
{
	if (outbound == NULL)
		return NULL;
	while (outbound->first != NULL) {
		struct kept *kept = outbound->first;

		outbound->first = kept->next;
		mem_free(kept);
	}
	return mem_free(outbound);
}

/* false: the socket is full now. A record that can never be sent counts as sent: is_gone tells. */
static bool send_now(struct outbound *outbound, const void *data, size_t bytes)
{
	enum err err = packet_send(outbound->fd, data, bytes, -1, NULL);

	outbound->is_gone |= err != ERR_NONE && err != ERR_BUSY;
	return err != ERR_BUSY;
}

static void note_lost(struct outbound *outbound, const struct kept *what)
{
	struct wire_lost *lost = &outbound->lost;

	if (lost->sample_count == 0 || what->from_boot_ns < lost->from_boot_ns)
		lost->from_boot_ns = what->from_boot_ns;
	if (lost->sample_count == 0 || what->to_boot_ns > lost->to_boot_ns)
		lost->to_boot_ns = what->to_boot_ns;
	lost->sample_count += what->sample_count;
	outbound->lost_count += what->sample_count;
}

static void unlink_kept(struct outbound *outbound, struct kept **link)
{
	struct kept *kept = *link;

	*link = kept->next;
	if (outbound->end == &kept->next)
		outbound->end = link;
	outbound->bytes -= sizeof *kept + kept->bytes;
	mem_free(kept);
}

/* Gives up the oldest samples until `needed` more bytes fit and none is older than the limit. */
static void give_up(struct outbound *outbound, size_t needed, int64_t now_ns)
{
	struct kept **link = &outbound->first;

	while (*link != NULL) {
		bool is_over = outbound->bytes + needed > outbound->max_bytes;

		if (!is_over && now_ns - (*link)->since_boot_ns <= OUTBOUND_AGE_MAX_NS)
			return;
		if ((*link)->sample_count == 0) {
			link = &(*link)->next;
			continue;
		}
		note_lost(outbound, *link);
		unlink_kept(outbound, link);
	}
}

/* Keeps what the socket did not take. `what` carries the numbers; data is copied. */
static void keep(struct outbound *outbound, const struct kept *what, const uint8_t *data, int64_t now_ns)
{
	struct kept *kept = NULL;

	give_up(outbound, sizeof *what + what->bytes, now_ns);
	if (what->sample_count == 0 || outbound->bytes + sizeof *what + what->bytes <= outbound->max_bytes)
		kept = mem_new(sizeof *kept + what->bytes);
	if (kept == NULL) {
		note_lost(outbound, what);
		return;
	}
	*kept = *what;
	kept->since_boot_ns = now_ns;
	memcpy(kept->data, data, what->bytes);
	*outbound->end = kept;
	outbound->end = &kept->next;
	outbound->bytes += sizeof *kept + kept->bytes;
}

static bool tell_lost(struct outbound *outbound)
{
	uint8_t bytes[64];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof bytes};

	if (outbound->lost.sample_count == 0)
		return true;
	wire_put_lost(&writer, &outbound->lost);
	if (!send_now(outbound, writer.bytes, writer.length))
		return false;
	outbound->lost = (struct wire_lost){0};
	return true;
}

void outbound_flush(struct outbound *outbound, int64_t now_boot_ns)
{
	give_up(outbound, 0, now_boot_ns);
	if (!tell_lost(outbound))
		return;
	while (outbound->first != NULL && send_now(outbound, outbound->first->data, outbound->first->bytes))
		unlink_kept(outbound, &outbound->first);
}

static void put(struct outbound *outbound, const struct kept *what, const uint8_t *data, int64_t now_ns)
{
	if (outbound_is_waiting(outbound))
		outbound_flush(outbound, now_ns);
	if (outbound_is_waiting(outbound) || !send_now(outbound, data, what->bytes))
		keep(outbound, what, data, now_ns);
}

void outbound_put_record(struct outbound *outbound, const struct wire_writer *record, int64_t now_boot_ns)
{
	struct kept what = {.bytes = (uint32_t)record->length};

	put(outbound, &what, record->bytes, now_boot_ns);
}

void outbound_put_samples(struct outbound *outbound, const struct sample *samples, size_t count, int64_t now_boot_ns)
{
	struct wire_writer writer = {.bytes = outbound->scratch, .capacity = sizeof outbound->scratch};
	struct kept what = {.sample_count = (uint32_t)count, .from_boot_ns = INT64_MAX, .to_boot_ns = INT64_MIN};

	for (size_t i = 0; i < count; i++) {
		what.from_boot_ns = samples[i].boot_ns < what.from_boot_ns ? samples[i].boot_ns : what.from_boot_ns;
		what.to_boot_ns = samples[i].boot_ns > what.to_boot_ns ? samples[i].boot_ns : what.to_boot_ns;
	}
	wire_put_samples(&writer, samples, count);
	what.bytes = (uint32_t)writer.length;
	put(outbound, &what, writer.bytes, now_boot_ns);
}

bool outbound_is_waiting(const struct outbound *outbound)
{
	return outbound->first != NULL || outbound->lost.sample_count > 0;
}

bool outbound_is_gone(const struct outbound *outbound)
{
	return outbound->is_gone;
}

uint64_t outbound_lost_count(const struct outbound *outbound)
{
	return outbound->lost_count;
}
