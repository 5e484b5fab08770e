/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ipmi/dcmi.h"

#include "model/units.h"

enum {
	DCMI = 0xdc, /* the group's number, first byte of each request and answer */
	POWER_BYTES = 18,
	MODE_SYSTEM = 1,
	MODE_ENHANCED = 2,
	ACTIVE_BIT = 0x40,
	PARAMETER_WINDOWS = 5,
	WINDOWS_HEAD_BYTES = 5, /* group, major, minor, revision, count */
	TEMPERATURE_TYPE = 1,
	ENTITY_INLET = 0x40,
	TEMPERATURE_HEAD_BYTES = 3, /* group, total, count in this answer */
	NEGATIVE_BIT = 0x80,
	WATTS_UNKNOWN = 0xffff,
	PERIOD_REPEATS = 3,
};

#define STALE_NS (120 * UNITS_NS_PER_S)

static uint16_t get_u16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t get_u32(const uint8_t *bytes)
{
	return (uint32_t)get_u16(bytes) | (uint32_t)get_u16(bytes + 2) << 16;
}

struct c_ipmi_request c_ipmi_dcmi_ask_power(uint8_t window)
{
	return (struct c_ipmi_request){.netfn = C_IPMI_GROUP,
				       .command = C_IPMI_DCMI_POWER_READING,
				       .bytes = 4,
				       .data = {DCMI, window == 0 ? MODE_SYSTEM : MODE_ENHANCED, window, 0}};
}

struct c_ipmi_request c_ipmi_dcmi_ask_windows(void)
{
	return (struct c_ipmi_request){
	    .netfn = C_IPMI_GROUP, .command = C_IPMI_DCMI_CAPABILITIES, .bytes = 2, .data = {DCMI, PARAMETER_WINDOWS}};
}

struct c_ipmi_request c_ipmi_dcmi_ask_inlet(void)
{
	/* all instances, from the first on */
	return (struct c_ipmi_request){
	    .netfn = C_IPMI_GROUP, .command = C_IPMI_DCMI_TEMPERATURE, .bytes = 5, .data = {DCMI, TEMPERATURE_TYPE, ENTITY_INLET, 0, 1}};
}

bool c_ipmi_dcmi_parse_power(const struct c_ipmi_answer *answer, struct c_ipmi_power *out)
{
	const uint8_t *data = answer->data;

	if (answer->bytes < POWER_BYTES || data[0] != DCMI)
		return false;
	*out = (struct c_ipmi_power){.now_w = get_u16(data + 1),
				     .min_w = get_u16(data + 3),
				     .max_w = get_u16(data + 5),
				     .average_w = get_u16(data + 7),
				     .timestamp_s = get_u32(data + 9),
				     .period_ms = get_u32(data + 13),
				     .is_active = (data[17] & ACTIVE_BIT) != 0};
	return true;
}

bool c_ipmi_dcmi_parse_windows(const struct c_ipmi_answer *answer, struct c_ipmi_windows *out)
{
	struct c_ipmi_windows windows = {0};

	if (answer->bytes < WINDOWS_HEAD_BYTES || answer->data[0] != DCMI)
		return false;
	for (uint8_t i = WINDOWS_HEAD_BYTES; i < answer->bytes && windows.count < answer->data[WINDOWS_HEAD_BYTES - 1]; i++) {
		if (windows.count == C_IPMI_WINDOWS_MAX)
			break;
		windows.code[windows.count++] = answer->data[i];
	}
	*out = windows;
	return true;
}

bool c_ipmi_dcmi_parse_inlet(const struct c_ipmi_answer *answer, double *temperature_c)
{
	const uint8_t *data = answer->data;

	if (answer->bytes < TEMPERATURE_HEAD_BYTES + 2 || data[0] != DCMI || data[2] == 0)
		return false;
	/* bit 7 is the sign, the others the amount */
	*temperature_c = (data[3] & NEGATIVE_BIT) != 0 ? -(double)(data[3] & ~NEGATIVE_BIT) : (double)data[3];
	return true;
}

uint32_t c_ipmi_dcmi_window_ms(uint8_t code)
{
	static const int64_t unit_s[] = {1, UNITS_S_PER_MIN, UNITS_S_PER_HOUR, UNITS_S_PER_DAY};
	int64_t window_ms = unit_s[code >> 6] * (code & 0x3f) * UNITS_MS_PER_S;

	return window_ms > UINT32_MAX ? 0 : (uint32_t)window_ms;
}

uint8_t c_ipmi_dcmi_pick_window(const struct c_ipmi_windows *windows, uint32_t interval_ms)
{
	uint8_t longest = 0;
	uint8_t shortest = 0;

	for (uint8_t i = 0; i < windows->count; i++) {
		uint8_t code = windows->code[i];
		uint32_t window_ms = c_ipmi_dcmi_window_ms(code);

		if (window_ms == 0)
			continue;
		if (window_ms <= interval_ms && window_ms > c_ipmi_dcmi_window_ms(longest))
			longest = code;
		if (window_ms > interval_ms && window_ms / 2 <= interval_ms &&
		    (shortest == 0 || window_ms < c_ipmi_dcmi_window_ms(shortest)))
			shortest = code;
	}
	return longest != 0 ? longest : shortest;
}

/* ---- Judging a reply -------------------------------------------------------------------------------------------------------------------- */

static void follow(struct c_ipmi_track *track, const struct c_ipmi_power *power, int64_t boot_ns)
{
	if (track->moved_boot_ns == 0 || track->timestamp_s != power->timestamp_s) {
		track->has_moved |= track->moved_boot_ns != 0;
		track->moved_boot_ns = boot_ns;
		track->timestamp_s = power->timestamp_s;
	}
	track->period_count = track->period_ms == power->period_ms ? track->period_count + 1 : 1;
	track->period_ms = power->period_ms;
}

static bool is_stale(const struct c_ipmi_track *track, const struct c_ipmi_question *question)
{
	int64_t limit_ns = 3 * question->interval_ms * UNITS_NS_PER_MS;

	return track->has_moved && question->boot_ns - track->moved_boot_ns > (limit_ns > STALE_NS ? limit_ns : STALE_NS);
}

static bool is_window(const struct c_ipmi_track *track, const struct c_ipmi_power *power, const struct c_ipmi_question *question)
{
	if (power->average_w == 0 || power->average_w < power->min_w || power->average_w > power->max_w)
		return false;
	if (question->window != 0)
		return power->period_ms == c_ipmi_dcmi_window_ms(question->window);
	return track->period_count >= PERIOD_REPEATS && power->period_ms >= UNITS_MS_PER_S && power->period_ms / 2 <= question->interval_ms;
}

enum c_ipmi_verdict c_ipmi_dcmi_judge(struct c_ipmi_track *track, const struct c_ipmi_power *power, const struct c_ipmi_question *question)
{
	follow(track, power, question->boot_ns);
	if (power->now_w == 0 || power->now_w == WATTS_UNKNOWN)
		return C_IPMI_POWER_ZERO;
	if (!power->is_active)
		return C_IPMI_POWER_INACTIVE;
	if (is_stale(track, question))
		return C_IPMI_POWER_STALE;
	return is_window(track, power, question) ? C_IPMI_POWER_AVERAGE : C_IPMI_POWER_NOW;
}
