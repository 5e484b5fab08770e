/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mirror: tells whether two zones show one counter. Pure.
 *
 * On some AMD processors the kernel shows a zone for each die, and each of them is the counter of the whole package: added up they would
 * multiply it. Two counters are one when their distance stays the same while they run. Dies that count for themselves part within
 * seconds: to stay together for a minute their powers would have to agree within 2 J / 60 s = 33 mW all the time.
 */
#ifndef WATTLEDGER_RAPL_MIRROR_H
#define WATTLEDGER_RAPL_MIRROR_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum c_rapl_verdict {
	C_RAPL_UNDECIDED = 0, /* not looked at long enough: it must not be counted yet */
	C_RAPL_OWN,           /* it counts for itself */
	C_RAPL_MIRROR,        /* it is the other one's counter: it must never be counted */
};

/* Zero-initialise it. */
struct c_rapl_mirror {
	enum c_rapl_verdict verdict; /* final once it is not UNDECIDED */
	bool has_begun;
	int64_t begun_boot_ns;
	uint64_t first_uj;    /* of the first counter when it began */
	uint64_t last_uj[2];  /* the newest readings */
	uint64_t distance_uj; /* between the two when it began, modulo the range */
	uint64_t blur_uj;     /* what that may be off by */
	uint32_t apart_count; /* readings in a row that were apart */
};

/* Two counters, read one after the other. */
struct c_rapl_pair {
	uint64_t uj[2];
	uint64_t range_uj; /* of both; 0 not known, and then a fall begins anew */
	int64_t boot_ns;
	int64_t spread_ns; /* at most so much time lies between the two */
};

/*
 * Takes a reading of both. A mirror is told after 60 s in which the counter has run on by 20 J; counters of their own when they are more than
 * 2 J apart in three readings that follow each other (and 1 kW times the time between the reads of the two).
 */
enum c_rapl_verdict c_rapl_mirror_take(struct c_rapl_mirror *mirror, const struct c_rapl_pair *pair);

#endif
