/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/link.h"

#include "base/text.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_BYTES = 32768, ANSWER_S_MAX = 1 };

int c_traffic_link_open(void)
{
	/* The kernel answers at once; this is for the day when it does not. */
	struct timeval patience = {.tv_sec = ANSWER_S_MAX};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return fd;
}

struct question {
	struct nlmsghdr head;
	struct ifinfomsg link;
	struct rtattr attribute;
	char name[PLAN_INTERFACE_BYTES];
};

static enum err ask(int fd, const char *name, uint32_t index, uint32_t sequence, struct err_info *info)
{
	struct question question = {
	    .head = {.nlmsg_len = NLMSG_LENGTH(sizeof question.link),
		     .nlmsg_type = RTM_GETLINK,
		     .nlmsg_flags = NLM_F_REQUEST,
		     .nlmsg_seq = sequence},
	    .link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index},
	};

	if (name[0] != '\0') {
		if (!text_copy(question.name, sizeof question.name, name))
			return err_set(info, ERR_UNAVAILABLE, "no interface has such a long name: %s", name);
		question.link.ifi_index = 0;
		question.attribute = (struct rtattr){.rta_len = (unsigned short)RTA_LENGTH(strlen(name) + 1), .rta_type = IFLA_IFNAME};
		question.head.nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof question.link) + RTA_ALIGN(question.attribute.rta_len));
	}
	if (send(fd, &question, question.head.nlmsg_len, 0) < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot ask the kernel for interfaces (rtnetlink)");
	return ERR_NONE;
}

/* Copies an attribute of a number when it has its length. */
static void take_number(void *out, size_t bytes, const struct rtattr *attribute)
{
	if (RTA_PAYLOAD(attribute) >= bytes)
		memcpy(out, RTA_DATA(attribute), bytes);
}

static bool take_attributes(struct c_traffic_link_state *out, const struct rtattr *attribute, size_t left)
{
	struct rtnl_link_stats64 stats;
	bool has_stats = false;

	for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
		size_t bytes = RTA_PAYLOAD(attribute);

		switch (attribute->rta_type) {
		case IFLA_IFNAME:
			if (bytes > 0 && bytes <= sizeof out->name && ((const char *)RTA_DATA(attribute))[bytes - 1] == '\0')
				memcpy(out->name, RTA_DATA(attribute), bytes);
			break;
		case IFLA_MTU: take_number(&out->mtu, sizeof out->mtu, attribute); break;
		case IFLA_STATS64:
			/* Older kernels have fewer fields at the end; the first ones are always there. */
			has_stats = bytes >= offsetof(struct rtnl_link_stats64, rx_errors);
			memset(&stats, 0, sizeof stats);
			memcpy(&stats, RTA_DATA(attribute), bytes < sizeof stats ? bytes : sizeof stats);
			break;
		default: break;
		}
	}
	if (!has_stats)
		return false;
	out->rx_bytes = stats.rx_bytes;
	out->tx_bytes = stats.tx_bytes;
	return true;
}

enum err c_traffic_link_read(const void *message, size_t bytes, struct c_traffic_link_state *out, struct err_info *info)
{
	struct c_traffic_link_state state = {0};
	struct nlmsghdr head;
	struct ifinfomsg link;
	struct nlmsgerr refusal;

	if (bytes < sizeof head)
		return err_set(info, ERR_DATA, "the kernel's answer of %zu bytes is too short", bytes);
	memcpy(&head, message, sizeof head);
	if (head.nlmsg_len < sizeof head || head.nlmsg_len > bytes)
		return err_set(info, ERR_DATA, "the kernel's answer of %zu bytes is cut off", bytes);
	if (head.nlmsg_type == NLMSG_ERROR && head.nlmsg_len >= NLMSG_LENGTH(sizeof refusal)) {
		memcpy(&refusal, (const char *)message + NLMSG_HDRLEN, sizeof refusal);
		return err_set_errno(info, refusal.error == -ENODEV ? ERR_UNAVAILABLE : ERR_IO, -refusal.error, "rtnetlink");
	}
	if (head.nlmsg_type != RTM_NEWLINK || head.nlmsg_len < NLMSG_SPACE(sizeof link))
		return err_set(info, ERR_DATA, "the kernel answered with a message of type %u", head.nlmsg_type);
	memcpy(&link, (const char *)message + NLMSG_HDRLEN, sizeof link);
	state.index = (uint32_t)link.ifi_index;
	state.is_up = (link.ifi_flags & IFF_UP) != 0;
	state.is_running = (link.ifi_flags & IFF_RUNNING) != 0;
	state.is_loopback = link.ifi_type == ARPHRD_LOOPBACK;
	if (!take_attributes(&state, (const void *)((const char *)message + NLMSG_SPACE(sizeof link)),
			     head.nlmsg_len - NLMSG_SPACE(sizeof link)))
		return err_set(info, ERR_DATA, "the kernel told no counters of the interface");
	*out = state;
	return ERR_NONE;
}

enum err c_traffic_link_query(int fd, const char *name, uint32_t index, struct c_traffic_link_state *out, struct err_info *info)
{
	static uint32_t sequence;
	_Alignas(struct nlmsghdr) uint8_t answer[ANSWER_BYTES];
	enum err err = ask(fd, name, index, ++sequence, info);

	while (err == ERR_NONE) {
		ssize_t bytes = recv(fd, answer, sizeof answer, 0);
		struct nlmsghdr head;

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0)
			return err_set_errno(info, ERR_IO, errno, "the kernel does not tell of interfaces (rtnetlink)");
		memcpy(&head, answer, sizeof head);
		/* An answer that came too late for the question before. */
		if ((size_t)bytes >= sizeof head && head.nlmsg_seq != sequence)
			continue;
		return c_traffic_link_read(answer, (size_t)bytes, out, info);
	}
	return err;
}
