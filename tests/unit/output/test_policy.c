/* SPDX-License-Identifier: Apache-2.0 */
#include "output/policy.h"

#include <criterion/criterion.h>
#include <string.h>

static struct policy_decision decide(uint32_t http_status, const char *body)
{
	struct policy_decision decision;
	struct refusal refusal;

	refusal_read(&refusal, body, strlen(body));
	policy_decide(&decision,
		      &(struct policy_answer){.http_status = http_status, .has_body = body[0] != '\0', .refusal = &refusal, .detail = ""});
	return decision;
}

static struct policy_decision fail(enum policy_failure failure, bool is_clock_synced)
{
	struct policy_decision decision;

	policy_decide(&decision, &(struct policy_answer){.failure = failure, .is_clock_synced = is_clock_synced, .detail = "words"});
	return decision;
}

Test(policy, no_content_is_stored)
{
	cr_expect_eq(decide(204, "").action, POLICY_OK);
	cr_expect_eq(decide(200, "").action, POLICY_OK);
}

Test(policy, a_page_is_not_a_store)
{
	struct policy_decision decision = decide(200, "<html>Log in</html>");

	cr_expect_eq(decision.action, POLICY_RETRY);
	cr_expect_eq(decision.wait, POLICY_WAIT_SLOW);
	cr_expect(decision.is_loud);
}

Test(policy, bad_lines_are_looked_for_only_when_the_store_speaks_of_lines)
{
	cr_expect_eq(decide(400, "{\"error\":\"unable to parse 'x': y\"}").action, POLICY_BAD_LINES);
	cr_expect_eq(decide(422, "{\"message\":\"partial write: points beyond retention policy dropped=1\"}").action, POLICY_BAD_LINES);
	cr_expect_eq(decide(400, "{\"error\":\"database is required\"}").action, POLICY_RETRY);
	cr_expect_eq(decide(400, "Client sent an HTTP request to an HTTPS server.\n").action, POLICY_RETRY);
	cr_expect_eq(decide(422, "<html>line protocol</html>").action, POLICY_RETRY);
}

Test(policy, a_server_error_that_wraps_a_partial_write_is_about_lines)
{
	cr_expect_eq(
	    decide(500, "{\"message\":\"unexpected error writing points to database: partial write: field type conflict: x\"}").action,
	    POLICY_BAD_LINES);
	cr_expect_eq(decide(500, "{\"error\":\"timeout\"}").action, POLICY_RETRY);
	cr_expect_eq(decide(503, "{\"error\":\"partial write: field type conflict\"}").action, POLICY_RETRY);
}

Test(policy, too_big_is_split)
{
	cr_expect_eq(decide(413, "").action, POLICY_SPLIT);
}

Test(policy, wrong_address_or_credentials_keep_the_data_and_are_loud)
{
	static const uint32_t statuses[] = {301, 302, 307, 401, 403, 404, 405, 406, 407, 410, 415, 418};
	size_t i;

	for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		struct policy_decision decision = decide(statuses[i], "{\"error\":\"unable to parse 'x'\"}");

		cr_expect_eq(decision.action, POLICY_RETRY, "%u", statuses[i]);
		cr_expect_eq(decision.wait, POLICY_WAIT_SLOW, "%u", statuses[i]);
		cr_expect(decision.is_loud, "%u", statuses[i]);
		cr_expect_not(decision.is_next_url_worth, "%u", statuses[i]);
	}
}

Test(policy, a_store_that_is_busy_or_ill_is_tried_again)
{
	static const uint32_t statuses[] = {408, 425, 429, 500, 502, 503, 504, 599};
	size_t i;

	for (i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
		struct policy_decision decision = decide(statuses[i], "");

		cr_expect_eq(decision.action, POLICY_RETRY);
		cr_expect_eq(decision.wait, POLICY_WAIT_BACKOFF);
		cr_expect_eq(decision.is_next_url_worth, statuses[i] >= 500);
	}
}

Test(policy, retry_after_is_honoured_up_to_ten_minutes)
{
	struct policy_decision decision;
	struct refusal refusal;

	refusal_read(&refusal, "", 0);
	policy_decide(&decision, &(struct policy_answer){.http_status = 429, .retry_after_s = 90, .refusal = &refusal, .detail = ""});
	cr_expect_eq(decision.wait, POLICY_WAIT_GIVEN);
	cr_expect_eq(policy_wait_s(&decision, 1, 12345), 90);
	policy_decide(&decision, &(struct policy_answer){.http_status = 503, .retry_after_s = 86400, .refusal = &refusal, .detail = ""});
	cr_expect_eq(policy_wait_s(&decision, 1, 12345), 600);
}

Test(policy, no_answer_is_tried_again_at_other_addresses)
{
	struct policy_decision decision = fail(POLICY_FAILURE_CONNECT, true);

	cr_expect_eq(decision.action, POLICY_RETRY);
	cr_expect_eq(decision.wait, POLICY_WAIT_BACKOFF);
	cr_expect(decision.is_next_url_worth);
	cr_expect_not(decision.is_loud);
	cr_expect_str_eq(decision.text, "no connection to the store: words");
}

Test(policy, a_future_certificate_is_told_from_a_clock_that_is_not_set)
{
	struct policy_decision set = fail(POLICY_FAILURE_NOT_YET, true);
	struct policy_decision unset = fail(POLICY_FAILURE_NOT_YET, false);

	cr_expect(set.is_loud);
	cr_expect_str_eq(set.text, "the store's certificate is not yet valid: words");
	cr_expect_not(unset.is_loud);
	cr_expect_not_null(strstr(unset.text, "the clock here is not set"));
	cr_expect(fail(POLICY_FAILURE_EXPIRED, true).is_loud);
}

/* Full jitter: 1 .. min(60, 2^n). 0xFFFFFFFF mod 60 is 15. */
Test(policy, back_off_has_full_jitter_and_a_cap)
{
	struct policy_decision decision = fail(POLICY_FAILURE_CONNECT, true);
	uint32_t seen = 0;
	uint32_t i;

	cr_expect_eq(policy_wait_s(&decision, 1, 0), 1);
	cr_expect_eq(policy_wait_s(&decision, 1, 1), 2);
	cr_expect_eq(policy_wait_s(&decision, 1, 2), 1);
	cr_expect_eq(policy_wait_s(&decision, 5, 31), 32);
	cr_expect_eq(policy_wait_s(&decision, 6, 59), 60);
	cr_expect_eq(policy_wait_s(&decision, 6, 60), 1);
	cr_expect_eq(policy_wait_s(&decision, UINT32_MAX, UINT32_MAX), 16);
	for (i = 0; i < 1000; i++)
		seen =
		    policy_wait_s(&decision, 1000000, i * 2654435761U) > seen ? policy_wait_s(&decision, 1000000, i * 2654435761U) : seen;
	cr_expect_leq(seen, 60);
}

Test(policy, slow_waits_are_one_to_two_minutes)
{
	struct policy_decision decision = decide(401, "");

	cr_expect_eq(policy_wait_s(&decision, 1, 0), 60);
	cr_expect_eq(policy_wait_s(&decision, 1, 60), 120);
	cr_expect_eq(policy_wait_s(&decision, 1, 61), 60);
}

Test(policy, the_stores_words_are_made_one_clean_line)
{
	struct policy_decision decision = decide(401, "{\"error\":\"a\\nb\\u001b[31m\"}");

	cr_expect_str_eq(decision.text, "not authorised: check token, or username and password: a b [31m");
}
