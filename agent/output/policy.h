/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: what an answer of a store, or the lack of one, means for the lines that were sent. Pure. Three things can become of a batch (OK,
 * RETRY, REJECTED) and only OK lets it go; REJECTED parks lines, never a batch because of an address or a password that is wrong.
 *
 * - 204, or another 2xx without a body: stored. A 2xx with a page in it is a portal or a proxy, not a store.
 * - 400 and 422 in the store's own form: some lines are bad. 413: too big, to be split.
 * - 401, 403, 404, any other 4xx, a redirect, a 400 that is not about lines: the address, the database or the credentials are wrong. The data
 *   is kept, tried again slowly, and it is said loudly. Redirects are not followed: a token goes nowhere but to the configured address.
 * - 408, 425, 429, 5xx, no answer: later. Retry-After is honoured up to POLICY_RETRY_AFTER_MAX_S.
 */
#ifndef WATTLEDGER_OUTPUT_POLICY_H
#define WATTLEDGER_OUTPUT_POLICY_H

#include "base/err.h"
#include "output/refusal.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	POLICY_RETRY_AFTER_MAX_S = 600,
	POLICY_BACKOFF_MAX_S = 60,
	POLICY_SLOW_MIN_S = 60,
	POLICY_SLOW_MAX_S = 120,
	POLICY_TEXT_BYTES = 256,
};

/* Why there is no HTTP answer. */
enum policy_failure {
	POLICY_FAILURE_NONE = 0,
	POLICY_FAILURE_RESOLVE,     /* the name is not known, or no resolver answers */
	POLICY_FAILURE_CONNECT,     /* nobody listens, no route */
	POLICY_FAILURE_TIMEOUT,     /* the deadline passed */
	POLICY_FAILURE_BROKEN,      /* the connection ended before the answer did */
	POLICY_FAILURE_TLS,         /* no common protocol or cipher, client certificate refused */
	POLICY_FAILURE_CERTIFICATE, /* the store's certificate was not accepted */
	POLICY_FAILURE_EXPIRED,     /* ... because it has ended */
	POLICY_FAILURE_NOT_YET,     /* ... because it has not begun: often our clock */
	POLICY_FAILURE_HOST,        /* ... because it is another host's */
	POLICY_FAILURE_LOCAL,       /* a file (tls_ca, tls_cert, tls_key) cannot be read, out of memory */
	POLICY_FAILURE_COUNT
};

struct policy_answer {
	enum policy_failure failure;
	uint32_t http_status;          /* 0 with a failure */
	uint32_t retry_after_s;        /* 0 not said */
	bool has_body;                 /* the answer's body is not empty */
	bool is_clock_synced;          /* ours, for POLICY_FAILURE_NOT_YET */
	const struct refusal *refusal; /* of the body; borrowed */
	const char *detail;            /* the library's words for a failure, or the Location of a redirect; "" none */
};

enum policy_action {
	POLICY_OK = 0,
	POLICY_BAD_LINES, /* the refusal tells which, or they have to be found by halving */
	POLICY_SPLIT,     /* halve; a single line is refused for good */
	POLICY_RETRY,     /* later, all of it */
};

/* How long to wait before a RETRY: policy_wait_s(). */
enum policy_wait { POLICY_WAIT_BACKOFF = 0, POLICY_WAIT_GIVEN, POLICY_WAIT_SLOW };

struct policy_decision {
	enum policy_action action;
	enum policy_wait wait;
	uint32_t given_s;             /* POLICY_WAIT_GIVEN */
	bool is_next_url_worth;       /* RETRY: another address of the same store may do better */
	bool is_loud;                 /* somebody has to change something */
	char text[POLICY_TEXT_BYTES]; /* what happened and what to do; one clean line */
};

/* Decides by the table above. `answer->refusal` may be NULL with a failure. */
void policy_decide(struct policy_decision *out, const struct policy_answer *answer);

/*
 * Seconds until the next try: as given (1..600), slow 60..120, else back-off with full jitter: 1..min(60, 2^failed_count). `failed_count`
 * counts failures in a row, this one included; `random` is any 32 random bits.
 */
uint32_t policy_wait_s(const struct policy_decision *decision, uint32_t failed_count, uint32_t random) MUST_CHECK;

#endif
