/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/bmc_priv.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* The first power reading of a session: some BMCs (Supermicro) have none yet when they were not asked for a while. */
enum { FIRST_TRIES = 3, FIRST_PAUSE_MS = 300 };

enum completion {
	COMPLETION_DONE = 0x00,
	COMPLETION_BUSY = 0xc0,
	COMPLETION_TIMEOUT = 0xc3,
	COMPLETION_NO_ANSWER = 0xce,
};

/* A moment later it may be another one. */
static bool is_passing(uint8_t completion)
{
	return completion == COMPLETION_BUSY || completion == COMPLETION_TIMEOUT || completion == COMPLETION_NO_ANSWER;
}

const char *c_ipmi_completion_text(uint8_t completion)
{
	switch (completion) {
	case 0xc0: return "it is busy";
	case 0xc1: return "it does not know the command";
	case 0xc2: return "the command is not for this interface";
	case 0xc3: return "it gave up after a time of its own";
	case 0xc5: return "the reservation was lost";
	case 0xc9: return "a value in the request is out of its range";
	case 0xcb: return "what was asked for is not there";
	case 0xcc: return "a value in the request is wrong for it";
	case 0xce: return "it has no answer now";
	case 0xd3: return "what it would ask does not answer";
	case 0xd4: return "the user's privilege is too low: write privilege: operator (or admin), and allow it to the user on the BMC";
	case 0xd5: return "it cannot do that in its present state";
	case 0xd6: return "it is switched off there";
	default: return "it refused";
	}
}

bool c_ipmi_bmc_ask(struct c_ipmi_reading *reading, struct c_ipmi_request request, struct c_ipmi_answer *answer)
{
	*answer = (struct c_ipmi_answer){0};
	if (reading->is_silent)
		return false;
	reading->is_silent = !reading->port->transact(reading->port->context, &request, answer);
	return !reading->is_silent;
}

bool c_ipmi_bmc_ask_done(struct c_ipmi_reading *reading, struct c_ipmi_request request, struct c_ipmi_answer *answer)
{
	return c_ipmi_bmc_ask(reading, request, answer) && answer->completion == COMPLETION_DONE;
}

void c_ipmi_bmc_explain(struct c_ipmi_reading *reading, const char *what, const char *why)
{
	if (reading->report->reason[0] == '\0')
		snprintf(reading->report->reason, sizeof reading->report->reason, "%s: %s", what, why);
}

struct c_ipmi_meter *c_ipmi_bmc_add_meter(struct c_ipmi_report *report, enum c_ipmi_meter_kind kind, const char *key, const char *name)
{
	struct c_ipmi_meter *meter = &report->meter[report->meter_count];

	for (uint32_t i = 0; i < report->meter_count; i++) {
		if (strcmp(report->meter[i].key, key) == 0)
			return &report->meter[i];
	}
	report->meter_count++;
	*meter = (struct c_ipmi_meter){.kind = kind};
	(void)text_copy(meter->key, sizeof meter->key, key);
	(void)text_copy(meter->name, sizeof meter->name, name);
	return meter;
}

static struct c_ipmi_meter *add_total(struct c_ipmi_report *report)
{
	return c_ipmi_bmc_add_meter(report, C_IPMI_METER_TOTAL, "total", "Total");
}

/* ---- Who it is ---------------------------------------------------------------------------------------------------------------------------- */

static void identify(struct c_ipmi_reading *reading)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	struct c_ipmi_identity before = bmc->identity;
	struct c_ipmi_answer answer;

	if (bmc->is_known)
		return;
	if (c_ipmi_bmc_ask_done(reading, c_ipmi_identity_ask_device(), &answer))
		(void)!c_ipmi_identity_parse_device(&answer, &bmc->identity);
	if (c_ipmi_bmc_ask_done(reading, c_ipmi_identity_ask_guid(), &answer))
		(void)!c_ipmi_identity_parse_guid(&answer, &bmc->identity);
	bmc->is_known = !reading->is_silent;
	/* Another machine, or another firmware: what was learnt of its sources is of no use. */
	if (before.firmware[0] != '\0' && (before.product != bmc->identity.product || strcmp(before.firmware, bmc->identity.firmware) != 0))
		*bmc = (struct c_ipmi_bmc){.is_known = bmc->is_known, .identity = bmc->identity, .interval_ms = bmc->interval_ms};
}

static void show_identity(const struct c_ipmi_bmc *bmc, struct c_ipmi_report *report)
{
	(void)text_copy(report->vendor, sizeof report->vendor, bmc->identity.vendor);
	(void)text_copy(report->model, sizeof report->model, bmc->identity.model);
	(void)text_copy(report->serial, sizeof report->serial, bmc->identity.serial);
	(void)text_copy(report->firmware, sizeof report->firmware, bmc->identity.firmware);
}

/* ---- DCMI --------------------------------------------------------------------------------------------------------------------------------- */

static void find_window(struct c_ipmi_reading *reading)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	struct c_ipmi_windows windows;
	struct c_ipmi_answer answer;

	if (bmc->has_windows)
		return;
	bmc->window = 0;
	if (c_ipmi_bmc_ask_done(reading, c_ipmi_dcmi_ask_windows(), &answer) && c_ipmi_dcmi_parse_windows(&answer, &windows))
		bmc->window = c_ipmi_dcmi_pick_window(&windows, bmc->interval_ms);
	bmc->has_windows = !reading->is_silent;
}

static void explain_power(struct c_ipmi_reading *reading, enum c_ipmi_verdict verdict)
{
	switch (verdict) {
	case C_IPMI_POWER_ZERO: c_ipmi_bmc_explain(reading, "DCMI", "it shows 0 W: it cannot measure, or has nothing yet"); break;
	case C_IPMI_POWER_INACTIVE: c_ipmi_bmc_explain(reading, "DCMI", "it says that its power measurement is not active"); break;
	case C_IPMI_POWER_STALE:
		c_ipmi_bmc_explain(reading, "DCMI", "it has not renewed its power reading for more than two minutes");
		break;
	default: break;
	}
}

/* One Get Power Reading. true: a value went into the report. */
static bool try_power(struct c_ipmi_reading *reading)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	struct c_ipmi_answer answer;
	struct c_ipmi_power power;
	enum c_ipmi_verdict verdict;

	if (!c_ipmi_bmc_ask(reading, c_ipmi_dcmi_ask_power(bmc->window), &answer))
		return false;
	if (answer.completion != COMPLETION_DONE && bmc->window != 0) {
		/* It announces windows and refuses them (OpenBMC): without. */
		bmc->window = 0;
		return try_power(reading);
	}
	if (answer.completion != COMPLETION_DONE) {
		reading->is_final = !is_passing(answer.completion);
		c_ipmi_bmc_explain(reading, "DCMI Get Power Reading", c_ipmi_completion_text(answer.completion));
		return false;
	}
	if (!c_ipmi_dcmi_parse_power(&answer, &power)) {
		c_ipmi_bmc_explain(reading, "DCMI Get Power Reading", "its answer is too short");
		reading->report->state = DEVICE_LYING;
		reading->is_final = true;
		return false;
	}
	verdict = c_ipmi_dcmi_judge(&bmc->track, &power, &(struct c_ipmi_question){bmc->window, bmc->interval_ms, reading->port->clock()});
	explain_power(reading, verdict);
	if (verdict != C_IPMI_POWER_NOW && verdict != C_IPMI_POWER_AVERAGE)
		return false;
	bmc->source = C_IPMI_SOURCE_DCMI;
	struct c_ipmi_meter *total = add_total(reading->report);
	total->has_power = true;
	total->power_w = verdict == C_IPMI_POWER_AVERAGE ? power.average_w : power.now_w;
	(void)text_copy(reading->report->source, sizeof reading->report->source, verdict == C_IPMI_POWER_AVERAGE ? "dcmi_window" : "dcmi");
	return true;
}

static void read_dcmi(struct c_ipmi_reading *reading)
{
	int tries = reading->bmc->source == C_IPMI_SOURCE_DCMI ? 1 : FIRST_TRIES;

	find_window(reading);
	while (!try_power(reading) && !reading->is_silent && !reading->is_final && --tries > 0)
		reading->port->pause(FIRST_PAUSE_MS);
}

/* The air that the machine takes in; few BMCs give it, and it is no reason for alarm when they do not. */
static void read_inlet(struct c_ipmi_reading *reading)
{
	struct c_ipmi_bmc *bmc = reading->bmc;
	struct c_ipmi_answer answer;
	double temperature_c;

	if (bmc->is_inlet_absent || bmc->source != C_IPMI_SOURCE_DCMI)
		return;
	if (!c_ipmi_bmc_ask_done(reading, c_ipmi_dcmi_ask_inlet(), &answer) || !c_ipmi_dcmi_parse_inlet(&answer, &temperature_c)) {
		bmc->is_inlet_absent = !bmc->has_inlet && !reading->is_silent;
		return;
	}
	bmc->has_inlet = true;
	struct c_ipmi_meter *inlet = c_ipmi_bmc_add_meter(reading->report, C_IPMI_METER_AIR, "inlet", "Inlet air");
	inlet->has_temperature = true;
	inlet->temperature_c = temperature_c;
}

/* ---- A read ------------------------------------------------------------------------------------------------------------------------------- */

static bool has_value(const struct c_ipmi_report *report)
{
	for (uint32_t i = 0; i < report->meter_count; i++) {
		if (report->meter[i].has_power || report->meter[i].counter != C_IPMI_COUNTER_NONE)
			return true;
	}
	return false;
}

static uint32_t count_supplies(const struct c_ipmi_report *report)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < report->meter_count; i++)
		count += report->meter[i].kind == C_IPMI_METER_SUPPLY && report->meter[i].has_power;
	return count;
}

static void judge(struct c_ipmi_reading *reading)
{
	struct c_ipmi_report *report = reading->report;

	if (reading->is_silent) {
		report->state = DEVICE_SILENT;
		snprintf(report->reason, sizeof report->reason, "the BMC does not answer any more");
	} else if (has_value(report)) {
		report->state = count_supplies(report) < report->supply_count ? DEVICE_PARTIAL : DEVICE_UP;
		if (report->state == DEVICE_UP)
			report->reason[0] = '\0';
	} else if (report->state == DEVICE_STARTING) {
		report->state = DEVICE_REFUSED;
	}
}

bool c_ipmi_bmc_read(struct c_ipmi_bmc *bmc, const struct c_ipmi_port *port, struct c_ipmi_report *report)
{
	struct c_ipmi_reading reading = {.bmc = bmc, .port = port, .report = report};

	*report = (struct c_ipmi_report){.state = DEVICE_STARTING};
	identify(&reading);
	c_ipmi_bmc_read_counter(&reading);
	if (bmc->source != C_IPMI_SOURCE_SENSORS)
		read_dcmi(&reading);
	read_inlet(&reading);
	if (bmc->source != C_IPMI_SOURCE_DCMI)
		c_ipmi_bmc_read_sensors(&reading);
	show_identity(bmc, report);
	judge(&reading);
	return !reading.is_silent;
}
