/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include "base/buf.h"
#include "base/num.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

enum { SPEC_BYTES = 64, LIST_BYTES_MAX = 512 };

/* value_default is used when no value is given; 0 there means that the fault takes none. */
struct fault_row {
	const char *name;
	uint32_t value_default;
};

static const struct fault_row rows[SIM_FAULT_COUNT] = {
    [SIM_FAULT_NONE] = {"none", 0},
    [SIM_FAULT_SILENT] = {"silent", 0},
    [SIM_FAULT_DROP] = {"drop", 50},
    [SIM_FAULT_SLOW] = {"slow", 500},
    [SIM_FAULT_TWICE] = {"twice", 0},
    [SIM_FAULT_REFUSE] = {"refuse", 0},
    [SIM_FAULT_TOO_BIG] = {"toobig", 4},
    [SIM_FAULT_RESET] = {"reset", 0},
    [SIM_FAULT_WRAP] = {"wrap", 1000000},
    [SIM_FAULT_DIP] = {"dip", 0},
    [SIM_FAULT_SWAP] = {"swap", 0},
    [SIM_FAULT_FREEZE] = {"freeze", 0},
    [SIM_FAULT_MISSING_ROW] = {"missing-row", 1},
    [SIM_FAULT_LYING] = {"lying", 0},
    [SIM_FAULT_REPEAT] = {"repeat", 0},
    [SIM_FAULT_DECREASE] = {"decrease", 0},
    [SIM_FAULT_WRONG_ID] = {"wrong-id", 0},
    [SIM_FAULT_WRONG_TYPE] = {"wrong-type", 0},
    [SIM_FAULT_TEXT] = {"text", 0},
    [SIM_FAULT_TRUNCATED] = {"truncated", 0},
    [SIM_FAULT_HUGE] = {"huge", 0},
    [SIM_FAULT_ENDLESS] = {"endless", 0},
    [SIM_FAULT_SHORT] = {"short", 1},
    [SIM_FAULT_NASTY_TEXT] = {"nasty-text", 0},
    [SIM_FAULT_NO_READING] = {"no-reading", 0},
};

const char *sim_fault_name(enum sim_fault_kind kind)
{
	return rows[kind].name;
}

static enum err refuse_unknown(const char *text, struct err_info *info)
{
	struct buf list;

	buf_init(&list, LIST_BYTES_MAX);
	for (size_t kind = 0; kind < SIM_FAULT_COUNT; kind++)
		buf_add_format(&list, " %s", rows[kind].name);
	err_set(info, ERR_USAGE, "unknown fault \"%s\"; there are:%s", text, buf_text(&list));
	buf_deinit(&list);
	return ERR_USAGE;
}

enum err sim_fault_parse(const char *text, struct sim_fault *fault, struct err_info *info)
{
	size_t name_bytes = strcspn(text, ":");
	uint64_t value;

	for (size_t kind = 0; kind < SIM_FAULT_COUNT; kind++) {
		if (strlen(rows[kind].name) != name_bytes || strncmp(rows[kind].name, text, name_bytes) != 0)
			continue;
		value = rows[kind].value_default;
		if (text[name_bytes] == ':' && (value == 0 || !num_parse_u64(text + name_bytes + 1, &value) || value > UINT32_MAX))
			return err_set(info, ERR_USAGE, "fault \"%s\": what stands behind the colon does not fit", text);
		*fault = (struct sim_fault){.kind = (enum sim_fault_kind)kind, .value = (uint32_t)value};
		return ERR_NONE;
	}
	return refuse_unknown(text, info);
}

static bool parse_percent(const char *text, struct sim_target *target)
{
	char number[SPEC_BYTES];
	size_t length = strlen(text);
	double percent;

	if (length < 2 || length >= sizeof number || text[length - 1] != '%')
		return false;
	memcpy(number, text, length - 1);
	number[length - 1] = '\0';
	if (!num_parse_double(number, &percent) || !(percent > 0) || percent > 100)
		return false;
	*target = (struct sim_target){.last = UINT32_MAX, .share = percent / 100};
	return true;
}

static bool parse_range(const char *text, struct sim_target *target)
{
	char number[SPEC_BYTES];
	size_t length = strcspn(text, "-");
	uint64_t first;
	uint64_t last;

	if (length >= sizeof number)
		return false;
	memcpy(number, text, length);
	number[length] = '\0';
	if (!num_parse_u64(number, &first) || first > UINT32_MAX)
		return false;
	last = first;
	if (text[length] == '-' && (!num_parse_u64(text + length + 1, &last) || last > UINT32_MAX || last < first))
		return false;
	*target = (struct sim_target){.first = (uint32_t)first, .last = (uint32_t)last, .share = 1};
	return true;
}

enum err sim_target_parse(const char *text, struct sim_target *target, struct err_info *info)
{
	if (strcmp(text, "all") == 0) {
		*target = (struct sim_target){.last = UINT32_MAX, .share = 1};
		return ERR_NONE;
	}
	if (parse_percent(text, target) || parse_range(text, target))
		return ERR_NONE;
	return err_set(info, ERR_USAGE, "\"%s\" names no devices; write all, 3, 3-7 or 5%%", text);
}

enum err sim_fault_parse_option(const char *text, struct sim_fault *fault, struct sim_target *target, struct err_info *info)
{
	char spec[SPEC_BYTES];
	struct sim_target who = {.last = UINT32_MAX, .share = 1};
	enum err err = ERR_NONE;

	if (!text_copy(spec, sizeof spec, text))
		return err_set(info, ERR_USAGE, "fault \"%s\" is too long", text);
	char *split = strchr(spec, '@');
	if (split == NULL && spec[0] != '\0' && spec[strlen(spec) - 1] == '%')
		split = strrchr(spec, ':');
	if (split != NULL) {
		*split = '\0';
		err = sim_target_parse(split + 1, &who, info);
	}
	if (err == ERR_NONE)
		err = sim_fault_parse(spec, fault, info);
	if (err == ERR_NONE)
		*target = who;
	return err;
}

bool sim_target_has(const struct sim_target *target, uint32_t number)
{
	if (number < target->first || number > target->last)
		return false;
	/* the running count of chosen devices goes up by one exactly where the share falls; the small part guards against 0.1 + 0.2 */
	double before = floor((double)number * target->share + 1e-9);
	double after = floor(((double)number + 1) * target->share + 1e-9);
	return after > before;
}
