/* SPDX-License-Identifier: Apache-2.0 */
#include "output/policy.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { LONG_TEXT_BYTES = 2048, BACKOFF_SHIFT_MAX = 6 };

/* "what: the store's words", cut and clean. */
static void say(struct policy_decision *out, const char *what, const char *words)
{
	char text[LONG_TEXT_BYTES];
	int bytes = snprintf(text, sizeof text, "%s%s%.1024s", what, words[0] == '\0' ? "" : ": ", words);

	text_clean(out->text, sizeof out->text, text, bytes < 0 ? 0 : strlen(text));
}

static void retry(struct policy_decision *out, enum policy_wait wait)
{
	out->action = POLICY_RETRY;
	out->wait = wait;
	out->is_loud = wait == POLICY_WAIT_SLOW;
}

static void decide_failure(struct policy_decision *out, const struct policy_answer *answer)
{
	static const struct {
		const char *what;
		bool is_loud;
	} failures[POLICY_FAILURE_COUNT] = {
	    [POLICY_FAILURE_RESOLVE] = {"the store's name cannot be resolved", false},
	    [POLICY_FAILURE_CONNECT] = {"no connection to the store", false},
	    [POLICY_FAILURE_TIMEOUT] = {"the store did not answer in time", false},
	    [POLICY_FAILURE_BROKEN] = {"the connection broke before the answer", false},
	    [POLICY_FAILURE_TLS] = {"TLS cannot be agreed with the store", true},
	    [POLICY_FAILURE_CERTIFICATE] = {"the store's certificate is not trusted (set tls_ca to its authority)", true},
	    [POLICY_FAILURE_EXPIRED] = {"the store's certificate has expired, or the clock here is ahead", true},
	    [POLICY_FAILURE_NOT_YET] = {"the store's certificate is not yet valid", true},
	    [POLICY_FAILURE_HOST] = {"the store's certificate is for another host", true},
	    [POLICY_FAILURE_LOCAL] = {"the request cannot be made here", true},
	};

	retry(out, POLICY_WAIT_BACKOFF);
	out->is_next_url_worth = true;
	out->is_loud = failures[answer->failure].is_loud;
	say(out, failures[answer->failure].what, answer->detail);
	/* A clock at the epoch makes every certificate a future one; that mends itself when the time is set. */
	if (answer->failure == POLICY_FAILURE_NOT_YET && !answer->is_clock_synced) {
		out->is_loud = false;
		say(out,
		    "the store's certificate is not yet valid because the clock here is not set (not synchronised); waiting for the time",
		    "");
	}
}

static void decide_success(struct policy_decision *out, const struct policy_answer *answer)
{
	if (answer->http_status == 204 || !answer->has_body) {
		out->action = POLICY_OK;
		return;
	}
	retry(out, POLICY_WAIT_SLOW);
	say(out, "the address answers with a page, so it is not a time-series store (a portal or proxy in between?)",
	    answer->refusal->text);
}

static void decide_bad_request(struct policy_decision *out, const struct policy_answer *answer)
{
	const struct refusal *refusal = answer->refusal;

	if (refusal->is_json && refusal->kind != REFUSAL_NONE) {
		out->action = POLICY_BAD_LINES;
		say(out, refusal->text, "");
		return;
	}
	retry(out, POLICY_WAIT_SLOW);
	say(out, "the store refuses the request, not its lines", refusal->text);
}

/* What is wrong with the address or the credentials, by status. */
static const char *status_advice(uint32_t http_status)
{
	static const struct {
		uint32_t http_status;
		const char *what;
	} advices[] = {
	    {401, "not authorised: check token, or username and password"},
	    {403, "no right to write there: check the rights of the token or user"},
	    {404, "not found: check the address, and that the database or bucket exists"},
	    {405, "the address takes no writes: check its path"},
	    {407, "the proxy wants credentials: check http_proxy"},
	    {415, "the store does not take this content encoding: check content_encoding"},
	};
	size_t i;

	for (i = 0; i < sizeof advices / sizeof advices[0]; i++) {
		if (advices[i].http_status == http_status)
			return advices[i].what;
	}
	return "the store refuses the request: check its address";
}

static bool is_temporary(uint32_t http_status)
{
	return http_status == 408 || http_status == 425 || http_status == 429 || http_status >= 500;
}

static void decide_temporary(struct policy_decision *out, const struct policy_answer *answer)
{
	bool is_given = answer->retry_after_s > 0;

	/* InfluxDB 2.0 wraps a partial write into a 500. */
	if (answer->http_status == 500 && answer->refusal->is_json && answer->refusal->kind >= REFUSAL_PARSE) {
		out->action = POLICY_BAD_LINES;
		say(out, answer->refusal->text, "");
		return;
	}
	retry(out, is_given ? POLICY_WAIT_GIVEN : POLICY_WAIT_BACKOFF);
	out->given_s = answer->retry_after_s;
	out->is_next_url_worth = answer->http_status >= 500 && !is_given;
	say(out, answer->http_status == 429 ? "the store asks for fewer writes" : "the store is not able to take writes now",
	    answer->refusal->text);
}

void policy_decide(struct policy_decision *out, const struct policy_answer *answer)
{
	uint32_t status = answer->http_status;

	*out = (struct policy_decision){.action = POLICY_RETRY};
	if (answer->failure != POLICY_FAILURE_NONE) {
		decide_failure(out, answer);
	} else if (status >= 200 && status < 300) {
		decide_success(out, answer);
	} else if (status == 400 || status == 422) {
		decide_bad_request(out, answer);
	} else if (status == 413) {
		out->action = POLICY_SPLIT;
		say(out, "too big for the store", answer->refusal->text);
	} else if (is_temporary(status)) {
		decide_temporary(out, answer);
	} else if (status >= 300 && status < 400) {
		retry(out, POLICY_WAIT_SLOW);
		say(out, "the address redirects, which is not followed: put the store's own address in urls", answer->detail);
	} else {
		retry(out, POLICY_WAIT_SLOW);
		say(out, status_advice(status), answer->refusal->text);
	}
}

uint32_t policy_wait_s(const struct policy_decision *decision, uint32_t failed_count, uint32_t random)
{
	uint32_t most_s;

	if (decision->wait == POLICY_WAIT_GIVEN) {
		if (decision->given_s > POLICY_RETRY_AFTER_MAX_S)
			return POLICY_RETRY_AFTER_MAX_S;
		return decision->given_s > 0 ? decision->given_s : 1;
	}
	if (decision->wait == POLICY_WAIT_SLOW)
		return POLICY_SLOW_MIN_S + random % (POLICY_SLOW_MAX_S - POLICY_SLOW_MIN_S + 1);
	most_s = failed_count >= BACKOFF_SHIFT_MAX ? POLICY_BACKOFF_MAX_S : UINT32_C(1) << failed_count;
	return 1 + random % most_s;
}
