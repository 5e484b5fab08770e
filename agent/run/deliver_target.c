/* SPDX-License-Identifier: Apache-2.0 */
#include "run/deliver_target.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "model/units.h"
#include "output/influx.h"

#include <string.h>

enum {
	LOG_AGAIN_S = 600,            /* a store that stays down is named this often */
	BODY_KEEP_BYTES = 256 * 1024, /* a buffer that grew beyond gives its memory back */
	NS_PER_US = 1000,
};

/* splitmix64 (Steele, Lea, Flood 2014), the upper half. */
static uint32_t next_random(struct deliver_target *target)
{
	uint64_t z = target->random += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return (uint32_t)((z ^ z >> 31) >> 32);
}

static enum err make_urls(struct deliver_target *target, struct err_info *info)
{
	struct buf url;
	enum err err = ERR_NONE;
	size_t i;

	buf_init(&url, INFLUX_URL_BYTES);
	for (i = 0; i < target->plan->url_count && err == ERR_NONE; i++) {
		buf_clear(&url);
		err = influx_add_url(&url, target->plan, i, info);
		if (err != ERR_NONE)
			break;
		target->url[i] = mem_dup(buf_text(&url));
		if (target->url[i] == NULL)
			err = err_set(info, ERR_MEMORY, "no memory for addresses");
	}
	buf_deinit(&url);
	return err;
}

static enum err make_authorization(struct deliver_target *target, struct err_info *info)
{
	struct buf header;
	enum err err;

	buf_init(&header, INFLUX_HEADER_BYTES);
	err = influx_add_authorization(&header, target->plan, info);
	if (err == ERR_NONE) {
		target->authorization = mem_dup(buf_text(&header));
		target->authorization_bytes = header.bytes;
		if (target->authorization == NULL)
			err = err_set(info, ERR_MEMORY, "no memory for credentials");
	}
	if (header.data != NULL)
		explicit_bzero(header.data, header.capacity_bytes);
	buf_deinit(&header);
	return err;
}

enum err deliver_target_init(struct deliver_target *target, const struct plan_target *plan, uint64_t seed, struct err_info *info)
{
	enum err err;
	size_t i;

	*target = (struct deliver_target){.plan = plan, .random = seed};
	for (i = 0; i < DELIVER_LANE_COUNT; i++) {
		buf_init(&target->lane[i].body, DELIVER_PAYLOAD_BYTES_MAX);
		buf_init(&target->lane[i].scratch, DELIVER_PAYLOAD_BYTES_MAX);
	}
	err = make_urls(target, info);
	if (err == ERR_NONE)
		err = make_authorization(target, info);
	if (err != ERR_NONE)
		deliver_target_deinit(target);
	return err;
}

void deliver_target_deinit(struct deliver_target *target)
{
	size_t i;

	for (i = 0; i < PLAN_URLS_MAX; i++)
		target->url[i] = mem_free(target->url[i]);
	target->authorization = mem_free_secret(target->authorization, target->authorization_bytes);
	for (i = 0; i < DELIVER_LANE_COUNT; i++) {
		buf_deinit(&target->lane[i].body);
		buf_deinit(&target->lane[i].scratch);
	}
}

static void shrink(struct buf *buf)
{
	if (buf->capacity_bytes > BODY_KEEP_BYTES)
		buf_deinit(buf);
}

static void finish(struct deliver_lane *lane, enum wire_verdict_code code, uint32_t retry_after_s, const char *text)
{
	struct deliver_batch *batch = lane->sending;

	lane->sending = NULL;
	shrink(&lane->body);
	shrink(&lane->scratch);
	deliver_batch_answer(batch, code, retry_after_s, text);
}

/* First time, and then now and again: what keeps a store from taking batches. */
static void log_failure(struct deliver_target *target, const struct policy_decision *decision, uint32_t wait_s, int64_t boot_ns)
{
	struct buf address;

	if (target->failed_total_count > 1 && boot_ns < target->next_log_boot_ns)
		return;
	target->next_log_boot_ns = boot_ns + LOG_AGAIN_S * CLOCK_NS_PER_S;
	buf_init(&address, INFLUX_URL_BYTES);
	influx_add_shown_url(&address, target->plan->url[target->url_idx]);
	(decision->is_loud ? log_error : log_warning)("output %s (%s): %s; the data is kept, next try in %u s", target->plan->name,
						      buf_text(&address), decision->text, wait_s);
	buf_deinit(&address);
}

static void finish_retry(struct deliver_target *target, struct deliver_lane *lane, const struct policy_decision *decision, int64_t boot_ns)
{
	uint32_t wait_s;

	lane->failed_count++;
	target->failed_total_count++;
	wait_s = policy_wait_s(decision, lane->failed_count, next_random(target));
	log_failure(target, decision, wait_s, boot_ns);
	finish(lane, VERDICT_RETRY, wait_s, decision->text);
}

/* For failures of our own: tried again later, nothing of the batch is judged. */
static void finish_local(struct deliver_target *target, struct deliver_lane *lane, const char *text, int64_t boot_ns)
{
	struct policy_decision decision;

	policy_decide(&decision, &(struct policy_answer){.failure = POLICY_FAILURE_LOCAL, .detail = text});
	lane->sending->verdict.http_status = 0;
	finish_retry(target, lane, &decision, boot_ns);
}

static int64_t rest_ns(const struct deliver_batch *batch, int64_t boot_ns)
{
	int64_t took_ns = boot_ns - batch->begin_boot_ns;
	int64_t most_ns = DELIVER_REST_MS_MAX * CLOCK_NS_PER_MS;

	return took_ns < most_ns ? took_ns : most_ns;
}

static void finish_done(struct deliver_target *target, struct deliver_lane *lane, int64_t boot_ns)
{
	struct deliver_batch *batch = lane->sending;
	uint32_t refused_count = batch->parcel.refused_count;

	lane->rest_until_boot_ns = batch->head.is_live ? 0 : boot_ns + rest_ns(batch, boot_ns);
	lane->failed_count = 0;
	if (target->failed_total_count > 0)
		log_notice("output %s: takes batches again", target->plan->name);
	target->failed_total_count = 0;
	if (refused_count == 0) {
		finish(lane, VERDICT_OK, 0, "");
		return;
	}
	log_error("output %s: the store refuses %u of %u points, which are parked (wattledger outbox list): %s", target->plan->name,
		  refused_count, batch->head.point_count, batch->verdict.text);
	batch->verdict.http_status = batch->refused_status;
	finish(lane, VERDICT_REJECTED, 0, batch->verdict.text);
}

/* The body of the next request: of the batch itself, or made in the lane's buffers. NULL: no memory. */
static const char *make_body(struct deliver_target *target, struct gzip *gzip, struct deliver_lane *lane, size_t *bytes)
{
	const char *plain = parcel_body(&lane->sending->parcel, &lane->scratch, bytes);

	if (plain == NULL || !target->plan->is_gzip)
		return plain;
	buf_clear(&lane->body);
	if (gzip_add(gzip, &lane->body, plain, *bytes, NULL) != ERR_NONE)
		return NULL;
	*bytes = lane->body.bytes;
	return buf_text(&lane->body);
}

static void send_next(struct deliver_target *target, const struct deliver_tools *tools, struct deliver_lane *lane, int64_t boot_ns)
{
	const struct plan_target *plan = target->plan;
	struct err_info info = {0};
	struct http_request request = {
	    .url = target->url[target->url_idx],
	    .authorization = target->authorization,
	    .username = plan->username,
	    .password = plan->password,
	    .proxy = plan->http_proxy,
	    .tls_ca = plan->tls_ca,
	    .tls_cert = plan->tls_cert,
	    .tls_key = plan->tls_key,
	    .is_insecure = plan->insecure_skip_verify,
	    .is_gzip = plan->is_gzip,
	    .timeout_ms = plan->timeout_ms,
	    .owner = lane,
	};

	request.body = make_body(target, tools->gzip, lane, &request.body_bytes);
	if (request.body == NULL) {
		finish_local(target, lane, "no memory for the body", boot_ns);
		return;
	}
	lane->sending->begin_boot_ns = boot_ns;
	if (http_start(tools->http, &request, &info) != ERR_NONE)
		finish_local(target, lane, info.text, boot_ns);
	else
		target->request_count++;
}

void deliver_target_start(struct deliver_target *target, const struct deliver_tools *tools, struct deliver_batch *batch, int64_t boot_ns)
{
	struct deliver_lane *lane = &target->lane[batch->head.is_live ? DELIVER_LANE_LIVE : DELIVER_LANE_BACKLOG];

	lane->sending = batch;
	batch->stage = DELIVER_STAGE_SENDING;
	send_next(target, tools, lane, boot_ns);
}

/* Books a refusal; the first words are kept for the verdict. ERR_MEMORY. */
static enum err note_refused(struct deliver_batch *batch, const struct policy_decision *decision, const struct refusal *refusal,
			     struct err_info *info)
{
	if (batch->parcel.refused_count == 0)
		batch->refused_status = batch->verdict.http_status;
	if (batch->verdict.text[0] == '\0')
		memcpy(batch->verdict.text, decision->text, sizeof batch->verdict.text);
	if (decision->action == POLICY_SPLIT)
		return parcel_note_too_big(&batch->parcel, info);
	return parcel_note_refused(&batch->parcel, refusal, info);
}

/* true when another address is to be asked, which is then the present one. */
static bool turn_to_next_url(struct deliver_target *target, struct deliver_batch *batch, const struct policy_decision *decision)
{
	if (!decision->is_next_url_worth || batch->url_tried_count + 1 >= target->plan->url_count)
		return false;
	batch->url_tried_count++;
	target->url_idx = (target->url_idx + 1) % target->plan->url_count;
	return true;
}

static void decide(struct policy_decision *decision, struct refusal *refusal, const struct http_answer *answer)
{
	struct clock_reading clock;

	clock_read(&clock);
	refusal_read(refusal, answer->body, answer->body_bytes);
	policy_decide(decision, &(struct policy_answer){.failure = answer->failure,
							.http_status = answer->http_status,
							.retry_after_s = answer->retry_after_s,
							.has_body = answer->body_bytes > 0,
							.is_clock_synced = clock.is_synced,
							.refusal = refusal,
							.detail = answer->detail});
}

void deliver_target_take(struct deliver_target *target, const struct deliver_tools *tools, struct deliver_lane *lane,
			 const struct http_answer *answer, int64_t boot_ns)
{
	struct deliver_batch *batch = lane->sending;
	struct policy_decision decision;
	struct refusal refusal;
	struct err_info info = {0};

	decide(&decision, &refusal, answer);
	target->latency_sum_us += (uint64_t)(boot_ns - batch->begin_boot_ns) / NS_PER_US;
	batch->verdict.http_status = answer->http_status;
	if (decision.action == POLICY_RETRY) {
		target->failed_request_count++;
		if (turn_to_next_url(target, batch, &decision))
			send_next(target, tools, lane, boot_ns);
		else
			finish_retry(target, lane, &decision, boot_ns);
		return;
	}
	if (decision.action == POLICY_OK) {
		parcel_note_stored(&batch->parcel);
		batch->url_tried_count = 0;
	} else if (note_refused(batch, &decision, &refusal, &info) != ERR_NONE) {
		finish_local(target, lane, info.text, boot_ns);
		return;
	}
	if (parcel_is_done(&batch->parcel))
		finish_done(target, lane, boot_ns);
	else
		send_next(target, tools, lane, boot_ns);
}
