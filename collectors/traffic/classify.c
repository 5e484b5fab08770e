/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/classify.h"

#include "base/mem.h"
#include "base/text.h"
#include "traffic/prefix.h"

#include <pcap/pcap.h>
#include <stdbool.h>
#include <string.h>

enum { DSCP_COUNT = 64, NOT_IP = DSCP_COUNT };

/* Bit i of a mask: flow i has no such condition, or it is met. A packet is in the lowest flow that is in all of them. */
struct c_traffic_classifier {
	size_t count;
	uint32_t by_vlan[PLAN_VLANS];
	uint32_t by_dscp[DSCP_COUNT + 1];
	uint32_t without_prefix;
	struct c_traffic_prefixes *prefixes;
	uint32_t with_filter;
	uint32_t compiled;
	char filter[PLAN_FLOWS_MAX][PLAN_FILTER_BYTES];
	char name[PLAN_FLOWS_MAX][PLAN_FLOW_BYTES];
	struct bpf_program program[PLAN_FLOWS_MAX];
};

static void add_flow(struct c_traffic_classifier *classifier, const struct plan_traffic_flow *flow)
{
	uint32_t bit = UINT32_C(1) << classifier->count;

	for (unsigned vlan = 0; vlan < PLAN_VLANS; vlan++) {
		if (!flow->has_vlan || (flow->vlan[vlan / 8] & 1U << vlan % 8) != 0)
			classifier->by_vlan[vlan] |= bit;
	}
	for (unsigned dscp = 0; dscp < DSCP_COUNT; dscp++) {
		if (!flow->has_dscp || (flow->dscp & UINT64_C(1) << dscp) != 0)
			classifier->by_dscp[dscp] |= bit;
	}
	classifier->by_dscp[NOT_IP] |= flow->has_dscp ? 0 : bit;
	classifier->without_prefix |= flow->has_prefix ? 0 : bit;
	classifier->with_filter |= flow->filter[0] != '\0' ? bit : 0;
	(void)text_copy(classifier->filter[classifier->count], PLAN_FILTER_BYTES, flow->filter);
	(void)text_copy(classifier->name[classifier->count], PLAN_FLOW_BYTES, flow->name);
	classifier->count++;
}

enum err c_traffic_classifier_new(struct c_traffic_classifier **out, const struct plan_traffic *plan,
				  const struct plan_traffic_device *device, struct err_info *info)
{
	struct c_traffic_classifier *classifier = mem_new(sizeof *classifier);

	if (classifier == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the flows of %s", device->id);
	for (uint32_t i = 0; i < device->flow_count && i < PLAN_FLOWS_MAX; i++)
		add_flow(classifier, &plan->flow[device->first_flow + i]);
	classifier->prefixes =
	    c_traffic_prefixes_new(device->prefix_count > 0 ? plan->prefix + device->first_prefix : NULL, device->prefix_count);
	if (classifier->prefixes == NULL) {
		c_traffic_classifier_free(classifier);
		return err_set(info, ERR_MEMORY, "no memory for %u networks of %s", device->prefix_count, device->id);
	}
	*out = classifier;
	return ERR_NONE;
}

static void forget_programs(struct c_traffic_classifier *classifier)
{
	for (size_t i = 0; i < classifier->count; i++) {
		if ((classifier->compiled & UINT32_C(1) << i) != 0)
			pcap_freecode(&classifier->program[i]);
	}
	classifier->compiled = 0;
}

struct c_traffic_classifier *c_traffic_classifier_free(struct c_traffic_classifier *classifier)
{
	if (classifier == NULL)
		return NULL;
	forget_programs(classifier);
	c_traffic_prefixes_free(classifier->prefixes);
	return mem_free(classifier);
}

/* For packets as they are handed over, with their tags put back: not for the kernel, which has them elsewhere. */
enum err c_traffic_classifier_compile(struct c_traffic_classifier *classifier, int link, int snap_bytes, struct err_info *info)
{
	pcap_t *dead = pcap_open_dead(link, snap_bytes);
	enum err err = ERR_NONE;

	forget_programs(classifier);
	if (dead == NULL)
		return err_set(info, ERR_MEMORY, "no memory for filters");
	for (size_t i = 0; i < classifier->count; i++) {
		uint32_t bit = UINT32_C(1) << i;

		if ((classifier->with_filter & bit) == 0)
			continue;
		if (pcap_compile(dead, &classifier->program[i], classifier->filter[i], 1, PCAP_NETMASK_UNKNOWN) == 0)
			classifier->compiled |= bit;
		else
			err = err_set(info, ERR_DATA, "filter of flow %s: %s", classifier->name[i], pcap_geterr(dead));
	}
	pcap_close(dead);
	return err;
}

static uint32_t prefix_mask(const struct c_traffic_classifier *classifier, const struct c_traffic_packet *packet)
{
	const struct c_traffic_prefixes *prefixes = classifier->prefixes;

	switch (packet->family) {
	case 4:
		return classifier->without_prefix | c_traffic_prefixes_ipv4(prefixes, packet->source) |
		       c_traffic_prefixes_ipv4(prefixes, packet->destination);
	case 6:
		return classifier->without_prefix | c_traffic_prefixes_ipv6(prefixes, packet->source) |
		       c_traffic_prefixes_ipv6(prefixes, packet->destination);
	default: return classifier->without_prefix;
	}
}

static bool meets_filter(const struct c_traffic_classifier *classifier, size_t flow, uint32_t length, const uint8_t *data, size_t bytes)
{
	struct pcap_pkthdr head = {.caplen = (bpf_u_int32)bytes, .len = length};

	if ((classifier->with_filter & UINT32_C(1) << flow) == 0)
		return true;
	if ((classifier->compiled & UINT32_C(1) << flow) == 0)
		return false;
	return pcap_offline_filter(&classifier->program[flow], &head, data) != 0;
}

size_t c_traffic_classify(const struct c_traffic_classifier *classifier, const struct c_traffic_packet *packet, uint32_t length,
			  const uint8_t *data, size_t bytes)
{
	uint32_t mask =
	    classifier->by_vlan[packet->vlan & (PLAN_VLANS - 1)] & classifier->by_dscp[packet->family != 0 ? packet->dscp : NOT_IP];

	if ((mask & ~classifier->without_prefix) != 0)
		mask &= prefix_mask(classifier, packet);
	for (; mask != 0; mask &= mask - 1) {
		size_t flow = (size_t)__builtin_ctz(mask);

		if (meets_filter(classifier, flow, length, data, bytes))
			return flow;
	}
	return classifier->count;
}
