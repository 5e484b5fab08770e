/* SPDX-License-Identifier: GPL-3.0-or-later */
/* collector: the ipmi collector as the frame sees it. */
#ifndef WATTLEDGER_IPMI_COLLECTOR_H
#define WATTLEDGER_IPMI_COLLECTOR_H

#include "frame/frame.h"

extern const struct frame_collector c_ipmi_collector;

#endif
