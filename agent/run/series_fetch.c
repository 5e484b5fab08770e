/* SPDX-License-Identifier: Apache-2.0 */
/*
 * series_fetch: asks a service for the factors of the last days. Nothing of what it answers is read here but its status; redirects are not
 * followed (output/http.h). After a failure: as Retry-After says, else after a minute, two, four, ... up to the usual time.
 */
#include "run/series_feed_priv.h"

#include "base/clock.h"
#include "base/text.h"
#include "model/units.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum {
	ANSWER_BYTES_MAX = 4 << 20, /* a month of quarter hours in the wordiest of the shapes is 1.2 MB */
	FIRST_WAIT_S = 60,
	SHIFT_MAX = 9,
	RETRY_AFTER_MAX_S = 86400,
	JITTER_PER_MILLE = 50,
	HTTP_OK = 200,
	HTTP_UNAUTHORIZED = 401,
	HTTP_FORBIDDEN = 403,
	HTTP_TOO_MANY = 429,
	INSTANT_BYTES = 24,
};

/* "2026-11-26T13:00Z" */
static void print_instant(char out[static INSTANT_BYTES], int64_t utc_s)
{
	char text[CLOCK_TEXT_BYTES];

	clock_print_utc(text, utc_s * CLOCK_MS_PER_S);
	snprintf(out, INSTANT_BYTES, "%.16sZ", text);
}

static void fill_url(const struct plan_series_source *plan, int64_t utc_s, char out[static SERIES_TEXT_BYTES])
{
	static const char *const MARK[] = {"{from}", "{to}"};
	int64_t to_s = utc_s - utc_s % UNITS_S_PER_HOUR + UNITS_S_PER_HOUR;
	char instant[2][INSTANT_BYTES];
	const char *at = plan->url;
	size_t bytes = 0;

	print_instant(instant[0], to_s - plan->back_s);
	print_instant(instant[1], to_s);
	while (*at != '\0' && bytes + INSTANT_BYTES < SERIES_TEXT_BYTES) {
		int found = strncmp(at, MARK[0], strlen(MARK[0])) == 0 ? 0 : strncmp(at, MARK[1], strlen(MARK[1])) == 0 ? 1 : -1;

		if (found < 0) {
			out[bytes++] = *at++;
			continue;
		}
		bytes += (size_t)snprintf(out + bytes, INSTANT_BYTES, "%s", instant[found]);
		at += strlen(MARK[found]);
	}
	out[bytes] = '\0';
}

/* Many agents that were started together do not ask together. */
static int64_t spread_ns(int64_t wait_s)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		random = 0;
	return wait_s * CLOCK_NS_PER_S + wait_s * (CLOCK_NS_PER_S / 1000) * (int64_t)(random % JITTER_PER_MILLE);
}

/* `why` NULL: it was told already. */
static void failed(struct series_feed *feed, struct series_source *source, int64_t given_s, const char *why)
{
	int64_t wait_s = (int64_t)FIRST_WAIT_S << (source->failed_count > SHIFT_MAX ? SHIFT_MAX : source->failed_count);

	feed->failed_count++;
	source->failed_count++;
	wait_s = wait_s > source->plan->every_s ? source->plan->every_s : wait_s;
	if (given_s > 0)
		wait_s = given_s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : given_s;
	source->due_ns = clock_boot_ns() + spread_ns(wait_s);
	source->is_missing = true;
	if (why == NULL || strcmp(source->told, why) == 0)
		return;
	text_copy(source->told, sizeof source->told, why);
	series_feed_tell(feed, NOTE_SERIES_MISSING, "%s %s; hours without a factor have the annual one; it is asked again in %lld s",
			 source->plan->url, why, (long long)wait_s);
}

static void succeeded(struct series_feed *feed, struct series_source *source)
{
	if (source->is_missing)
		series_feed_tell(feed, NOTE_SERIES_BACK, "%s answers again", source->plan->url);
	source->is_missing = false;
	source->failed_count = 0;
	source->told[0] = '\0';
	source->due_ns = clock_boot_ns() + spread_ns(source->plan->every_s);
}

void series_fetch_start(struct series_feed *feed, struct series_source *source)
{
	const struct plan_series_source *plan = source->plan;
	struct clock_reading now;
	struct err_info info = {0};
	struct http_request request = {
	    .url = source->url,
	    .authorization = source->authorization,
	    .username = "",
	    .password = "",
	    .proxy = plan->http_proxy,
	    .tls_ca = plan->tls_ca,
	    .tls_cert = "",
	    .tls_key = "",
	    .timeout_ms = plan->timeout_ms,
	    .answer = &source->answer,
	    .owner = source,
	};

	clock_read(&now);
	fill_url(plan, now.utc_ns / CLOCK_NS_PER_S, source->url);
	if (plan->token[0] != '\0')
		snprintf(source->authorization, sizeof source->authorization, "%s%s",
			 plan->shape == SERIES_SHAPE_ELECTRICITY_MAPS ? "auth-token: " : "Authorization: Bearer ", plan->token);
	buf_deinit(&source->answer);
	buf_init(&source->answer, ANSWER_BYTES_MAX);
	feed->asked_count++;
	source->is_asked = http_start(feed->http, &request, &info) == ERR_NONE;
	if (!source->is_asked)
		failed(feed, source, 0, info.text);
}

static void describe_status(char out[static WIRE_NOTE_BYTES], const struct http_answer *answer)
{
	const char *hint = "";

	if (answer->http_status == HTTP_UNAUTHORIZED || answer->http_status == HTTP_FORBIDDEN)
		hint = ": token: is missing, wrong, or not for this";
	else if (answer->http_status == HTTP_TOO_MANY)
		hint = ": it is asked too often: a larger every:";
	else if (answer->http_status >= 300 && answer->http_status < 400)
		hint = ": redirects are not followed: write its new address into url:";
	snprintf(out, WIRE_NOTE_BYTES, "answers %u%s", (unsigned)answer->http_status, hint);
}

void series_fetch_take(struct series_feed *feed, struct series_source *source, const struct http_answer *answer)
{
	const struct series_arrival arrival = {
	    .name = source->url, .source = source->plan->source[0] != '\0' ? source->plan->source : source->url, .data = &source->answer};
	char why[WIRE_NOTE_BYTES];

	source->is_asked = false;
	if (source->answer.is_failed) {
		snprintf(why, sizeof why, "answers more than %d MiB: a shorter back:", ANSWER_BYTES_MAX >> 20);
		failed(feed, source, 0, why);
	} else if (answer->failure != POLICY_FAILURE_NONE) {
		snprintf(why, sizeof why, "cannot be asked: %s", answer->detail);
		failed(feed, source, 0, why);
	} else if (answer->http_status != HTTP_OK) {
		describe_status(why, answer);
		failed(feed, source, answer->retry_after_s, why);
	} else if (series_feed_take(feed, source, &arrival) == ERR_NONE) {
		succeeded(feed, source);
	} else {
		failed(feed, source, 0, NULL);
	}
	buf_deinit(&source->answer);
}
