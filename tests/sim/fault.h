/* SPDX-License-Identifier: Apache-2.0 */
/* fault: the ways in which a simulated device misbehaves, and the notation for asking it to. */
#ifndef WATTLEDGER_SIM_FAULT_H
#define WATTLEDGER_SIM_FAULT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum sim_fault_kind {
	SIM_FAULT_NONE,
	/* answers that do not come, or not as they should */
	SIM_FAULT_SILENT,  /* none */
	SIM_FAULT_DROP,    /* `value` of 100 requests are lost */
	SIM_FAULT_SLOW,    /* `value` ms late */
	SIM_FAULT_TWICE,   /* each answer is sent twice */
	SIM_FAULT_REFUSE,  /* error-status genErr to everything */
	SIM_FAULT_TOO_BIG, /* error-status tooBig to more than `value` variables */
	/* numbers */
	SIM_FAULT_RESET,       /* event: counters go to 0, sysUpTime begins anew */
	SIM_FAULT_WRAP,        /* event: counters now stand `value` SI units (J, bytes) below their top */
	SIM_FAULT_DIP,         /* event: counters read 0 once, then go on as if nothing had been */
	SIM_FAULT_SWAP,        /* event: another serial number and higher counters */
	SIM_FAULT_FREEZE,      /* all numbers stay as they are, sysUpTime goes on */
	SIM_FAULT_MISSING_ROW, /* the last `value` rows of every table of several rows are gone */
	/* hostile answers */
	SIM_FAULT_LYING,      /* repeat to endless in turn, one per request */
	SIM_FAULT_REPEAT,     /* GETNEXT and GETBULK give the asked OID again */
	SIM_FAULT_DECREASE,   /* GETNEXT and GETBULK begin again at the first OID */
	SIM_FAULT_WRONG_ID,   /* another request-id */
	SIM_FAULT_WRONG_TYPE, /* numbers typed as IpAddress */
	SIM_FAULT_TEXT,       /* "N/A" where numbers belong */
	SIM_FAULT_TRUNCATED,  /* the last third of the message is missing */
	SIM_FAULT_HUGE,       /* a message of 60 kB */
	SIM_FAULT_ENDLESS,    /* tables that never end */
	SIM_FAULT_SHORT,      /* at most `value` variables in an answer, whatever was asked; 0: an empty one */
	SIM_FAULT_NASTY_TEXT, /* texts that break CSV, line protocol, HTML, terminals, UTF-8 */
	SIM_FAULT_NO_READING, /* measured numbers show a mark for "not available": -1, or all bits set */
	SIM_FAULT_COUNT,
};

struct sim_fault {
	enum sim_fault_kind kind;
	uint32_t value;
};

/* Which devices: numbers first .. last, of those every device that the share (0 < share <= 1) falls on, evenly spread. */
struct sim_target {
	uint32_t first;
	uint32_t last;
	double share;
};

/* "silent", "slow:200", "wrap:5000000" ... Errors: ERR_USAGE, naming the faults there are. */
enum err sim_fault_parse(const char *text, struct sim_fault *fault, struct err_info *info) MUST_CHECK;

/* "all", "3", "3-7", "5%". Errors: ERR_USAGE. */
enum err sim_target_parse(const char *text, struct sim_target *target, struct err_info *info) MUST_CHECK;

/* A fault and who has it: "FAULT@WHO", "FAULT:5%", or "FAULT" alone for all. Errors: ERR_USAGE. */
enum err sim_fault_parse_option(const char *text, struct sim_fault *fault, struct sim_target *target, struct err_info *info) MUST_CHECK;

/* true when the device with that number is meant. */
bool sim_target_has(const struct sim_target *target, uint32_t number) MUST_CHECK;

/* The name of a kind, as it is written in options. */
const char *sim_fault_name(enum sim_fault_kind kind) MUST_CHECK;

#endif
