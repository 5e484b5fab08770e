/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commission: whether what a meter says agrees with itself: phases with the total, volts x amperes x power factor with watts, the
 * frequency with a mains, the counter's pace with the power. A wrong register, word order, scale or transformer ratio shows here.
 */
#ifndef WATTLEDGER_CLI_COMMISSION_H
#define WATTLEDGER_CLI_COMMISSION_H

#include "base/buf.h"
#include "cli/gather.h"

/* One line for each contradiction. Returns how many things could be compared at all. */
unsigned commission_check(struct buf *out, const struct gather_device *device);

#endif
