/* SPDX-License-Identifier: Apache-2.0 */
/* classify: which flow of a device a packet belongs to: the first whose conditions it all meets. */
#ifndef WATTLEDGER_TRAFFIC_CLASSIFY_H
#define WATTLEDGER_TRAFFIC_CLASSIFY_H

#include "base/err.h"
#include "traffic/packet.h"
#include "wire/plan_traffic.h"

#include <stddef.h>
#include <stdint.h>

struct c_traffic_classifier;

/* The flows and networks of one device (borrowed for the call). ERR_MEMORY. Yours: c_traffic_classifier_free(). */
enum err c_traffic_classifier_new(struct c_traffic_classifier **out, const struct plan_traffic *plan,
				  const struct plan_traffic_device *device, struct err_info *info) MUST_CHECK;
struct c_traffic_classifier *c_traffic_classifier_free(struct c_traffic_classifier *classifier);

/*
 * Makes the filters of the flows (pcap-filter(7)) ready for packets of a link type, of which `snap_bytes` bytes at most are looked at. ERR_DATA:
 * which one is wrong, in libpcap's words; no packet meets it then.
 */
enum err c_traffic_classifier_compile(struct c_traffic_classifier *classifier, int link, int snap_bytes, struct err_info *info) MUST_CHECK;

/* Number of the flow; how many flows there are when it is in none. `length`: as it was on the wire; `data`: `bytes` bytes of it. */
size_t c_traffic_classify(const struct c_traffic_classifier *classifier, const struct c_traffic_packet *packet, uint32_t length,
			  const uint8_t *data, size_t bytes) MUST_CHECK;

#endif
