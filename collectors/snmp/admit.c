/* SPDX-License-Identifier: Apache-2.0 */
#include "snmp/admit_priv.h"

#include "base/mem.h"
#include "snmp/discover_priv.h"

#include <string.h>

/* ---- Jobs --------------------------------------------------------------------------------------------------------------------------- */

static size_t bytes_of(const struct c_snmp_job *job)
{
	return sizeof *job + job->batch_capacity * sizeof *job->batch_state + job->result_capacity * sizeof *job->result;
}

struct c_snmp_job *c_snmp_admit_take_job(struct c_snmp_engine *engine)
{
	struct c_snmp_job *job = engine->pool;
	uint8_t *batch_state;
	struct c_snmp_result *result;
	size_t batch_capacity, result_capacity;

	if (job == NULL) {
		job = mem_new(sizeof *job);
		engine->job_count += job != NULL;
		return job;
	}
	engine->pool = job->next;
	engine->pool_bytes -= bytes_of(job);
	engine->job_count++;
	batch_state = job->batch_state, batch_capacity = job->batch_capacity;
	result = job->result, result_capacity = job->result_capacity;
	memset(job, 0, offsetof(struct c_snmp_job, reason));
	job->reason[0] = '\0';
	job->batch_state = batch_state, job->batch_capacity = batch_capacity;
	job->result = result, job->result_capacity = result_capacity;
	return job;
}

void c_snmp_admit_free_job(struct c_snmp_job *job)
{
	c_snmp_discover_end(job);
	mem_free(job->batch_state);
	mem_free(job->result);
	mem_free(job);
}

/* A burst of reads, or one device with thousands of targets, must not leave its memory behind for ever. */
void c_snmp_admit_give_job(struct c_snmp_engine *engine, struct c_snmp_job *job)
{
	c_snmp_admit_count_survey(engine, job, false);
	engine->job_count--;
	if (engine->pool_bytes + bytes_of(job) > C_SNMP_POOL_BYTES_MAX) {
		c_snmp_admit_free_job(job);
		return;
	}
	c_snmp_discover_end(job);
	job->next = engine->pool;
	engine->pool = job;
	engine->pool_bytes += bytes_of(job);
}

/* ---- Room --------------------------------------------------------------------------------------------------------------------------- */

void c_snmp_admit_count_survey(struct c_snmp_engine *engine, struct c_snmp_job *job, bool is_counted)
{
	if (job->is_counted == is_counted)
		return;
	job->is_counted = is_counted;
	engine->survey_count += is_counted ? 1 : SIZE_MAX; /* minus one, modulo 2^n */
}

/* There is no use in more reads than there may be requests. */
static bool has_read_room(const struct c_snmp_engine *engine)
{
	return engine->job_count < engine->window;
}

bool c_snmp_admit_has_survey_room(const struct c_snmp_engine *engine)
{
	return engine->survey_count < C_SNMP_SURVEYS_MAX;
}

/* ---- Waiting ------------------------------------------------------------------------------------------------------------------------ */

static void append(struct c_snmp_engine *engine, struct c_snmp_waiting *waiting, struct c_snmp_device *device)
{
	uint32_t number = (uint32_t)(device - engine->device);

	device->next_waiting = C_SNMP_QUEUE_END;
	if (waiting->first == C_SNMP_QUEUE_END)
		waiting->first = number;
	else
		engine->device[waiting->last].next_waiting = number;
	waiting->last = number;
}

static struct c_snmp_device *take_first(struct c_snmp_engine *engine, struct c_snmp_waiting *waiting)
{
	struct c_snmp_device *device = &engine->device[waiting->first];

	waiting->first = device->next_waiting;
	return device;
}

bool c_snmp_admit_wait(struct c_snmp_engine *engine, struct c_snmp_device *device, uint32_t failed_count)
{
	bool is_known = device->shape != NULL;
	struct c_snmp_waiting *waiting = is_known ? &engine->waiting_read : &engine->waiting_survey;

	if (waiting->first == C_SNMP_QUEUE_END && has_read_room(engine) && (is_known || c_snmp_admit_has_survey_room(engine)))
		return false;
	device->is_waiting_failed = failed_count > 0;
	append(engine, waiting, device);
	return true;
}

struct c_snmp_device *c_snmp_admit_next(struct c_snmp_engine *engine)
{
	if (!has_read_room(engine))
		return NULL;
	if (engine->waiting_read.first != C_SNMP_QUEUE_END)
		return take_first(engine, &engine->waiting_read);
	if (engine->waiting_survey.first != C_SNMP_QUEUE_END && c_snmp_admit_has_survey_room(engine))
		return take_first(engine, &engine->waiting_survey);
	return NULL;
}
