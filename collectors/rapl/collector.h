/* SPDX-License-Identifier: Apache-2.0 */
/* collector: RAPL as the frame wants it. */
#ifndef WATTLEDGER_RAPL_COLLECTOR_H
#define WATTLEDGER_RAPL_COLLECTOR_H

#include "frame/frame.h"

/* Reads the trees of a plan_rapl. */
extern const struct frame_collector c_rapl_collector;

#endif
