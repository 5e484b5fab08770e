/* SPDX-License-Identifier: Apache-2.0 */
/* books_segment: another driver, another scale: what was read before and what is read from now on cannot be compared. */
#include "run/books_port_priv.h"
#include "run/books_priv.h"

#include "base/log.h"
#include "base/mem.h"
#include "ledger/resume.h"

#include <string.h>

static void end_segment(struct books *books, struct books_meter *meter, struct books_stream *stream, const struct account_rules *rules,
			enum account_event_code code)
{
	struct books_context context;
	struct account_sink sink = books_sink(books, meter, stream, &context);
	struct account_book *account = books_open_account(books, stream);

	if (account == NULL)
		return;
	account_book_segment(account, rules, &books->place, code, books->now.boot_ns, &sink);
	books_close_account(books, stream);
	stream->is_changed = true;
}

void books_end_segment(struct books *books, struct books_meter *meter, struct books_stream *stream, enum account_event_code code)
{
	struct account_rules rules = books_rules(books, meter, stream->quantity);

	end_segment(books, meter, stream, &rules, code);
}

void books_end_segments(struct books *books, struct books_meter *meter, enum account_event_code code)
{
	for (size_t s = 0; s <= BOOKS_OTHER_COUNT; s++) {
		struct books_stream *stream = books_stream_at(meter, s);
		if (stream != NULL)
			books_end_segment(books, meter, stream, code);
	}
}

bool books_former_rules(struct books *books, const struct books_stream *stream, const struct account_book *account,
			struct account_rules *rules)
{
	uint32_t digest = account->meter.spec_digest;
	struct counter_spec former;
	bool is_found = false;

	if (digest == 0 || rules->counter.unit_num <= 0 || digest == account_counter_spec_digest(&rules->counter))
		return false;
	if (ledger_resume_counter(books->options.reader, stream->ledger_id, &former, &is_found, NULL) != ERR_NONE || !is_found ||
	    former.unit_num <= 0 || former.unit_den <= 0 || account_counter_spec_digest(&former) != digest)
		return false; /* the account finds it with the next reading */
	rules->counter = former;
	return true;
}

void books_end_former_segment(struct books *books, struct books_meter *meter, struct books_stream *stream,
			      const struct account_rules *rules)
{
	end_segment(books, meter, stream, rules, meter->device->former_driver != NULL ? ACCOUNT_EVENT_DRIVER : ACCOUNT_EVENT_RECONFIGURED);
}

/* The driver that read it when the ledger was written last; NULL: none, or not known. */
static char *driver_of_ledger(struct books *books, const struct books_device *device)
{
	char driver[METER_IDENTITY_BYTES];
	bool is_found = false;

	if (ledger_resume_driver(books->options.reader, device->ledger_id, driver, &is_found, NULL) != ERR_NONE || !is_found)
		return NULL;
	return mem_dup(driver);
}

void books_check_driver(struct books *books, struct books_device *device, const struct wire_device *record)
{
	bool is_known = device->state != NULL && device->state->driver[0] != '\0';
	char *before;

	if (record->driver[0] == '\0' || (is_known && strcmp(device->state->driver, record->driver) == 0))
		return;
	before = is_known ? mem_dup(device->state->driver) : driver_of_ledger(books, device);
	if (before == NULL || strcmp(before, record->driver) == 0) {
		mem_free(before);
		return;
	}
	mem_free(device->former_driver);
	device->former_driver = before;
	device->is_driver_new = true;
}

void books_use_driver(struct books *books, struct books_device *device)
{
	if (!device->is_driver_new)
		return;
	device->is_driver_new = false;
	log_notice("device '%s' is read by driver %s after %s", device->plan->id, device->state->driver, device->former_driver);
	for (size_t m = 0; m < device->meter_count; m++)
		books_end_segments(books, device->meter[m], ACCOUNT_EVENT_DRIVER);
}
