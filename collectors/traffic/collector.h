/* SPDX-License-Identifier: Apache-2.0 */
/* collector: octets of this machine's interfaces, in all and by flow. */
#ifndef WATTLEDGER_TRAFFIC_COLLECTOR_H
#define WATTLEDGER_TRAFFIC_COLLECTOR_H

#include "frame/frame.h"

/* Reads the interfaces of a plan_traffic. */
extern const struct frame_collector c_traffic_collector;

#endif
