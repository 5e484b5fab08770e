/* SPDX-License-Identifier: Apache-2.0 */
#include "run/event_text.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { AMOUNT_BYTES = 48, REST_BYTES = 120 };

bool event_text_is_remainder(const char *code)
{
	static const enum account_event_code BOOKED[] = {ACCOUNT_EVENT_CLOCK_TRUST, ACCOUNT_EVENT_CLOCK_LOST, ACCOUNT_EVENT_REBOOT_GAP};

	for (size_t i = 0; i < sizeof(BOOKED) / sizeof(BOOKED[0]); i++) {
		if (strcmp(code, account_event_name(BOOKED[i])) == 0)
			return false;
	}
	return true;
}

/* ---- Values ---- */

static void put_instant(char out[static EVENT_TEXT_VALUE_BYTES], int64_t boot_ms, const struct event_text_facts *facts)
{
	char number[NUM_TEXT_BYTES];

	if (facts->has_offset) {
		clock_print_utc(out, boot_ms + facts->utc_at_boot_ms);
		return;
	}
	num_print_fixed(number, boot_ms, 3, 3);
	snprintf(out, EVENT_TEXT_VALUE_BYTES, "boot + %s s", number);
}

static void put_reading(char out[static EVENT_TEXT_VALUE_BYTES], uint64_t value, bool is_power)
{
	if (!is_power) {
		num_print_u64(out, value);
		return;
	}
	num_print_fixed(out, value > INT64_MAX ? INT64_MAX : (int64_t)value, 3, 3);
}

static void put_serial(char out[static EVENT_TEXT_VALUE_BYTES], uint64_t identity, const char *serial)
{
	if (serial != NULL && serial[0] != '\0')
		snprintf(out, EVENT_TEXT_VALUE_BYTES, "%s", serial);
	else
		snprintf(out, EVENT_TEXT_VALUE_BYTES, "#%" PRIx64, identity);
}

static void put_values(struct event_text *out, const struct account_event *event, const struct event_text_facts *facts)
{
	switch (event->code) {
	case ACCOUNT_EVENT_GAP:
		put_instant(out->before, (int64_t)event->before, facts);
		put_instant(out->after, (int64_t)event->after, facts);
		break;
	case ACCOUNT_EVENT_CLOCK_LOST:
		clock_print_utc(out->before, (int64_t)event->before);
		clock_print_utc(out->after, (int64_t)event->after);
		break;
	case ACCOUNT_EVENT_SWAP:
		put_serial(out->before, event->before, facts->serial_from);
		put_serial(out->after, event->after, facts->serial_to);
		break;
	case ACCOUNT_EVENT_DRIVER:
		snprintf(out->before, sizeof(out->before), "%s", facts->driver_from == NULL ? "" : facts->driver_from);
		snprintf(out->after, sizeof(out->after), "%s", facts->driver_to == NULL ? "" : facts->driver_to);
		break;
	case ACCOUNT_EVENT_RECONFIGURED:
		if (event->after == 0)
			break;
		put_serial(out->before, event->before, NULL);
		put_serial(out->after, event->after, NULL);
		break;
	case ACCOUNT_EVENT_CLOCK_TRUST: break;
	case ACCOUNT_EVENT_STARTED:
	case ACCOUNT_EVENT_FROZEN: put_reading(out->after, event->after, event->is_power); break;
	default:
		if (!event->is_power)
			put_reading(out->before, event->before, false);
		put_reading(out->after, event->after, event->is_power);
		break;
	}
}

/* ---- Sentences ---- */

/* {from} {to}: the values. {amount}: what was booked with it. {rest}: the remainder as a clause, if there is one. {span}: seconds. */
static const char *const SENTENCE[ACCOUNT_EVENT_CODE_COUNT] = {
    [ACCOUNT_EVENT_STARTED] = "counting begins at {to}",
    [ACCOUNT_EVENT_WRAP] = "counter went from {from} over its end to {to}: it wrapped once and is counted on",
    [ACCOUNT_EVENT_RESET] = "counter went from {from} back to {to}: reset; {amount} counted since are booked, what it counted after {from} "
			    "is not known{rest}",
    [ACCOUNT_EVENT_RESTART] = "the device restarted, its counter went on from {from} to {to}",
    [ACCOUNT_EVENT_SWAP] = "other hardware, {to} after {from}: its counter begins anew, the total goes on{rest}",
    [ACCOUNT_EVENT_RECONFIGURED] = "scale or width of the counter changed: it begins anew, the total goes on{rest}",
    [ACCOUNT_EVENT_GAP] = "no reading for {span} s: a counter that ran on bridges it, power alone leaves it open",
    [ACCOUNT_EVENT_DIP] = "counter fell from {from} to {to} and came back: a dip, for which nothing is booked",
    [ACCOUNT_EVENT_FROZEN] = "counter stands at {to} while power flows: frozen; the power is booked, as estimated",
    [ACCOUNT_EVENT_THAWED] = "counter moves again, at {to}{rest}",
    [ACCOUNT_EVENT_IMPOSSIBLE] = "counter went from {from} to {to}, which is more than can be: refused for now",
    [ACCOUNT_EVENT_REBASED] = "counter jumped from {from} to {to} and counts on from there{rest}",
    [ACCOUNT_EVENT_MULTIWRAP] = "counter went from {from} to {to} and may have wrapped more than once: not guessed{rest}",
    [ACCOUNT_EVENT_CLOCK_TRUST] = "{amount} measured before the wall clock was trusted have their place now",
    [ACCOUNT_EVENT_DRIFT] = "counter moved to {to}, by less than its power was worth{rest}",
    [ACCOUNT_EVENT_REBOOT_GAP] = "over the restart of the machine the counter ran from {from} to {to}: {amount} are booked, bridged",
    [ACCOUNT_EVENT_DRIVER] = "read by driver {to} after {from}: its counter begins anew, the total goes on{rest}",
    [ACCOUNT_EVENT_CLOCK_LOST] = "the machine restarted before its clock was trusted: {amount} of then are bridged from {from} to {to}",
};

static const char *const POWER_SENTENCE[ACCOUNT_EVENT_CODE_COUNT] = {
    [ACCOUNT_EVENT_STARTED] = "its power is added up from here on: {to} W",
    [ACCOUNT_EVENT_FROZEN] = "the same power in every reading, {to} W: it may be frozen",
    [ACCOUNT_EVENT_THAWED] = "the power moves again: {to} W",
    [ACCOUNT_EVENT_IMPOSSIBLE] = "{to} W are more than its rating allows: refused",
};

static void put_amount(char out[static AMOUNT_BYTES], int64_t amount, const struct event_text_facts *facts)
{
	snprintf(out, AMOUNT_BYTES, "%" PRId64 " %s", amount, facts->unit == NULL ? "mJ" : facts->unit);
}

/* What is not booked, or was booked too much, as a clause behind a sentence. */
static void put_rest(char out[static REST_BYTES], int64_t refused, const struct event_text_facts *facts)
{
	char amount[AMOUNT_BYTES];

	put_amount(amount, refused < 0 ? -refused : refused, facts);
	out[0] = '\0';
	if (refused > 0)
		snprintf(out, REST_BYTES, "; %s that it counted are not booked", amount);
	else if (refused < 0)
		snprintf(out, REST_BYTES, "; %s stay booked by power beyond what it counted", amount);
}

/* What is put in for the names of a sentence. */
struct word {
	const char *name;
	const char *value;
};

static void put_sentence(struct buf *out, const char *sentence, const struct word *word, size_t count)
{
	while (*sentence != '\0') {
		size_t i = 0;

		while (i < count && strncmp(sentence, word[i].name, strlen(word[i].name)) != 0)
			i++;
		if (i < count)
			buf_add_text(out, word[i].value);
		else
			buf_add_char(out, *sentence);
		sentence += i < count ? strlen(word[i].name) : 1;
	}
}

void event_text_fill(struct event_text *out, const struct account_event *event, const struct event_text_facts *facts)
{
	bool is_known = (unsigned)event->code < ACCOUNT_EVENT_CODE_COUNT;
	const char *sentence = !is_known ? NULL : event->is_power ? POWER_SENTENCE[event->code] : SENTENCE[event->code];
	char amount[AMOUNT_BYTES];
	char rest[REST_BYTES];
	char span[NUM_TEXT_BYTES];
	const struct word word[] = {
	    {"{from}", out->before}, {"{to}", out->after}, {"{amount}", amount}, {"{rest}", rest}, {"{span}", span}};
	struct buf text;

	*out =
	    (struct event_text){.millij = event_text_is_remainder(account_event_name(event->code)) ? event->millij_refused : event->millij};
	put_values(out, event, facts);
	put_amount(amount, event->millij, facts);
	put_rest(rest, event->millij_refused, facts);
	num_print_fixed(span, (int64_t)(event->after - event->before), 3, 3); /* of a gap alone it means something */
	buf_init(&text, EVENT_TEXT_BYTES - 1);
	put_sentence(&text, sentence != NULL ? sentence : account_event_name(event->code), word, sizeof(word) / sizeof(word[0]));
	(void)text_copy(out->text, sizeof(out->text), buf_text(&text));
	buf_deinit(&text);
}
