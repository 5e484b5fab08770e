/* SPDX-License-Identifier: Apache-2.0 */
/* books_account: accounts between two readings, packed. */
#include "run/books_priv.h"

#include "base/log.h"
#include "base/mem.h"

#include <string.h>

/* Blocks are multiples of this: a state changes its length by a few bytes all the time. */
enum { BLOCK_BYTES = 32 };

/* What the stream says itself: states are shorter by it. The same at packing and at unpacking. */
static struct account_base base_of(const struct books *books, const struct books_stream *stream)
{
	return (struct account_base){
	    .boot_ns = stream->boot_ns,
	    .raw = stream->has_raw ? stream->raw : 0,
	    .energy_millij = stream->energy_millij,
	    .uptime_ms = -1,
	    .boot = books->boot,
	};
}

struct account_book *books_open_account(struct books *books, const struct books_stream *stream)
{
	struct account_base base = base_of(books, stream);
	struct err_info info = {0};

	if (books->spare == NULL)
		books->spare = mem_new(ACCOUNT_BOOK_BYTES_MAX);
	if (books->spare == NULL) {
		books->lost_count++;
		return NULL;
	}
	if (stream->account_bytes == 0) {
		account_book_init(&books->account, (int32_t)books->options.plan->slot_s);
	} else if (account_book_load(&books->account, &base, stream->account, stream->account_bytes, &info) != ERR_NONE) {
		/* Nobody but books_close_account() writes it. */
		log_error("meter %u: %s", stream->ledger_id, info.text);
		books_add_event(books, LOG_LEVEL_ERROR, "baseline_lost", info.text);
		account_book_init(&books->account, (int32_t)books->options.plan->slot_s);
	}
	return &books->account;
}

/* A block of the stream's for `bytes`; without memory the spare one, which holds any. */
static void make_room(struct books *books, struct books_stream *stream, size_t bytes)
{
	size_t capacity = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	uint8_t *block;

	/* One that was needed once for many open slots is given back. */
	if (bytes <= stream->account_capacity && stream->account_capacity <= 2 * capacity + BLOCK_BYTES)
		return;
	block = mem_new(capacity);
	if (block == NULL && bytes <= stream->account_capacity)
		return;
	if (block == NULL) {
		block = books->spare;
		capacity = ACCOUNT_BOOK_BYTES_MAX;
		books->spare = NULL;
	}
	mem_free(stream->account);
	stream->account = block;
	stream->account_capacity = (uint16_t)capacity;
}

void books_close_account(struct books *books, struct books_stream *stream)
{
	uint8_t bytes[ACCOUNT_BOOK_BYTES_MAX];
	struct account_base base;
	size_t size;

	stream->energy_millij = account_meter_energy_millij(&books->account.meter);
	base = base_of(books, stream);
	size = account_book_save(&books->account, &base, bytes, sizeof(bytes));
	make_room(books, stream, size);
	memcpy(stream->account, bytes, size);
	stream->account_bytes = (uint16_t)size;
}
