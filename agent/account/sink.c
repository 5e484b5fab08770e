/* SPDX-License-Identifier: Apache-2.0 */
#include "account/sink.h"

static const struct {
	const char *name;
	uint32_t bit;
} EVENT[ACCOUNT_EVENT_CODE_COUNT] = {
    [ACCOUNT_EVENT_NONE] = {"none", 0},
    [ACCOUNT_EVENT_STARTED] = {"started", 0},
    [ACCOUNT_EVENT_WRAP] = {"wrap", INTERVAL_WRAP},
    [ACCOUNT_EVENT_RESET] = {"reset", INTERVAL_RESET},
    [ACCOUNT_EVENT_RESTART] = {"restart", INTERVAL_POWER_DOWN},
    [ACCOUNT_EVENT_SWAP] = {"swap", INTERVAL_SWAP},
    [ACCOUNT_EVENT_RECONFIGURED] = {"reconfigured", INTERVAL_RECONFIGURED},
    [ACCOUNT_EVENT_GAP] = {"gap", INTERVAL_GAP},
    [ACCOUNT_EVENT_DIP] = {"dip", INTERVAL_DIP},
    [ACCOUNT_EVENT_FROZEN] = {"frozen", INTERVAL_FROZEN},
    [ACCOUNT_EVENT_THAWED] = {"thawed", INTERVAL_FROZEN},
    [ACCOUNT_EVENT_IMPOSSIBLE] = {"impossible", INTERVAL_IMPOSSIBLE},
    [ACCOUNT_EVENT_REBASED] = {"rebased", INTERVAL_IMPOSSIBLE},
    [ACCOUNT_EVENT_MULTIWRAP] = {"multiwrap", INTERVAL_MULTIWRAP},
    [ACCOUNT_EVENT_CLOCK_STEP] = {"clock_step", INTERVAL_CLOCK_ADJUSTED},
    [ACCOUNT_EVENT_CLOCK_TRUST] = {"clock_trust", INTERVAL_CLOCK_UNTRUSTED},
    [ACCOUNT_EVENT_DRIFT] = {"drift", 0},
    [ACCOUNT_EVENT_REBOOT_GAP] = {"reboot_gap", INTERVAL_GAP},
    [ACCOUNT_EVENT_CLOCK_LOST] = {"clock_lost", INTERVAL_CLOCK_UNTRUSTED},
    [ACCOUNT_EVENT_DRIVER] = {"driver", INTERVAL_RECONFIGURED},
};

const char *account_event_name(enum account_event_code code)
{
	return (unsigned)code < ACCOUNT_EVENT_CODE_COUNT ? EVENT[code].name : "unknown";
}

uint32_t account_event_bit(enum account_event_code code)
{
	return (unsigned)code < ACCOUNT_EVENT_CODE_COUNT ? EVENT[code].bit : 0;
}

uint64_t account_identity(const char *text)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	if (!*text)
		return 0;
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(1099511628211);
	return hash ? hash : 1;
}
