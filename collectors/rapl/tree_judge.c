/* SPDX-License-Identifier: Apache-2.0 */
/* tree_judge: what the last read of a tree is worth, and what to do about what is missing. */
#include "rapl/tree_priv.h"

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { REASON_BYTES = PLAN_PATH_BYTES + 512 };

struct tally {
	uint32_t expected_count; /* zones that should give a value */
	uint32_t read_count;
	const struct c_rapl_meter *missing; /* the first that did not */
};

static struct tally count_values(const struct c_rapl_tree *tree)
{
	struct tally tally = {0};

	for (size_t i = 0; i < tree->count; i++) {
		const struct c_rapl_meter *meter = &tree->meter[i];

		if (c_rapl_tree_verdict(tree, meter) == C_RAPL_MIRROR)
			continue;
		tally.expected_count++;
		tally.read_count += meter->has_value;
		if (!meter->has_value && tally.missing == NULL)
			tally.missing = meter;
	}
	return tally;
}

/* The path comes last: a long one is cut and not what is to be done. */
static void explain_none(const struct c_rapl_tree *tree, char *reason, size_t bytes)
{
	const char *what = tree->cpu.is_virtual
			       ? "this is a virtual machine, which has none; meter its host, or leave this source out"
			       : "load the kernel module (modprobe intel_rapl_msr), or leave this source out where the processor "
				 "has none";

	if (tree->is_scan_refused)
		snprintf(reason, bytes, "%s: %s", strerror(EACCES), tree->class_path);
	else
		snprintf(reason, bytes, "no RAPL zones: %s (%s)", what, tree->class_path);
}

static void explain_missing(const struct c_rapl_tree *tree, const struct tally *tally, char *reason, size_t bytes)
{
	const struct c_rapl_meter *meter = tally->missing;
	uint32_t missing_count = tally->expected_count - tally->read_count;

	/* 0400 since the kernel's fix of CVE-2020-8694. */
	if (meter->error == EACCES || meter->error == EPERM)
		snprintf(
		    reason, bytes,
		    "%u of %u counters are readable by root alone: start wattledgerd as its service (it grants CAP_DAC_READ_SEARCH) or as root, or "
		    "setcap cap_dac_read_search=ep on wattledgerd (%s)",
		    missing_count, tally->expected_count, tree->class_path);
	else if (meter->error == ENOENT || meter->error == ENODEV)
		snprintf(reason, bytes, "%u of %u zones, %s first, are gone: was their kernel module unloaded? (%s)", missing_count,
			 tally->expected_count, meter->zone.key, tree->class_path);
	else
		snprintf(reason, bytes, "%u of %u counters give no value, %s first: %s (%s)", missing_count, tally->expected_count,
			 meter->zone.key, strerror(meter->error), tree->class_path);
}

static void tell(struct c_rapl_tree *tree, const char *text)
{
	char reason[WIRE_TEXT_BYTES];

	(void)text_clean(reason, sizeof reason, text, strlen(text));
	tree->is_reason_new |= strcmp(reason, tree->reason) != 0;
	memcpy(tree->reason, reason, sizeof reason);
}

void c_rapl_tree_judge(struct c_rapl_tree *tree)
{
	struct tally tally = count_values(tree);
	char reason[REASON_BYTES] = "";

	if (tally.expected_count == 0)
		explain_none(tree, reason, sizeof reason);
	else if (tally.missing != NULL)
		explain_missing(tree, &tally, reason, sizeof reason);
	if (tally.read_count == 0)
		tree->state = DEVICE_UNREADABLE;
	else
		tree->state = tally.missing != NULL ? DEVICE_PARTIAL : DEVICE_UP;
	if (tree->state == DEVICE_UP)
		tree->scan_gap_ns = 0;
	else if (tree->scan_gap_ns == 0)
		tree->scan_gap_ns = 1; /* at the next read */
	tell(tree, reason);
}
