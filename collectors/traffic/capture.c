/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/capture.h"

#include "base/mem.h"
#include "traffic/direction.h"

#include <pcap/pcap.h>
#include <string.h>

/* How long a block of the ring waits for more packets; 0 would mean for ever. */
enum { BLOCK_MS = 500 };

enum { US_PER_S = 1000000 };

struct c_traffic_capture {
	pcap_t *pcap;
	enum c_traffic_direction direction;
	bool is_file;
	int link;
	unsigned dropped_before; /* as the kernel told last */
	uint64_t dropped_count;
	c_traffic_capture_take *take; /* within drain */
	void *context;
};

static enum err open_error(const struct c_traffic_capture *capture, const char *interface, int status, struct err_info *info)
{
	const char *said = pcap_geterr(capture->pcap);

	if (status == PCAP_ERROR_PERM_DENIED || status == PCAP_ERROR_PROMISC_PERM_DENIED)
		return err_set(info, ERR_PERMISSION,
			       "no right to capture on %s: the service needs CAP_NET_RAW (systemd unit, or setcap cap_net_raw+ep)",
			       interface);
	return err_set(info, status == PCAP_ERROR_NO_SUCH_DEVICE || status == PCAP_ERROR_IFACE_NOT_UP ? ERR_UNAVAILABLE : ERR_IO,
		       "cannot capture on %s: %s", interface, said[0] != '\0' ? said : pcap_statustostr(status));
}

static enum err activate(struct c_traffic_capture *capture, const char *interface, uint32_t ring_bytes, struct err_info *info)
{
	int status;

	/* These fail only on a handle that is active already. */
	(void)pcap_set_snaplen(capture->pcap, C_TRAFFIC_SNAP_BYTES);
	(void)pcap_set_promisc(capture->pcap, 0);
	(void)pcap_set_timeout(capture->pcap, BLOCK_MS);
	(void)pcap_set_buffer_size(capture->pcap, (int)ring_bytes);
	status = pcap_activate(capture->pcap);
	return status < 0 ? open_error(capture, interface, status, info) : ERR_NONE;
}

/*
 * The kernel tells the directions apart, so that a ring holds what is counted from it alone. libpcap gets the empty filter, and the direction
 * for what may have come before the kernel has it.
 */
static enum err set_filter(struct c_traffic_capture *capture, const char *interface, struct err_info *info)
{
	char said[PCAP_ERRBUF_SIZE] = "";
	struct bpf_program program;
	bool is_outgoing = capture->direction == C_TRAFFIC_TX;
	int status = pcap_compile(capture->pcap, &program, "", 1, PCAP_NETMASK_UNKNOWN);

	if (status == 0) {
		status = pcap_setfilter(capture->pcap, &program);
		pcap_freecode(&program);
	}
	if (status == 0)
		status = pcap_setdirection(capture->pcap, is_outgoing ? PCAP_D_OUT : PCAP_D_IN);
	if (status != 0)
		return err_set(info, ERR_IO, "no filter for %s: %s", interface, pcap_geterr(capture->pcap));
	if (pcap_setnonblock(capture->pcap, 1, said) != 0)
		return err_set(info, ERR_IO, "cannot capture on %s: %s", interface, said);
	return c_traffic_direction_attach(pcap_fileno(capture->pcap), is_outgoing, C_TRAFFIC_SNAP_BYTES, info);
}

static struct c_traffic_capture *make(pcap_t *pcap)
{
	struct c_traffic_capture *capture = pcap == NULL ? NULL : mem_new(sizeof *capture);

	if (capture != NULL)
		capture->pcap = pcap;
	else if (pcap != NULL)
		pcap_close(pcap);
	return capture;
}

enum err c_traffic_capture_open(struct c_traffic_capture **out, const char *interface, enum c_traffic_direction direction,
				uint32_t ring_bytes, struct err_info *info)
{
	char said[PCAP_ERRBUF_SIZE] = "";
	struct c_traffic_capture *capture = make(pcap_create(interface, said));
	enum err err;

	if (capture == NULL)
		return err_set(info, ERR_MEMORY, "cannot capture on %s: %s", interface, said);
	capture->direction = direction;
	err = activate(capture, interface, ring_bytes, info);
	if (err == ERR_NONE)
		err = set_filter(capture, interface, info);
	if (err != ERR_NONE) {
		c_traffic_capture_close(capture);
		return err;
	}
	capture->link = pcap_datalink(capture->pcap);
	*out = capture;
	return ERR_NONE;
}

enum err c_traffic_capture_open_file(struct c_traffic_capture **out, const char *path, struct err_info *info)
{
	char said[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = pcap_open_offline(path, said);
	struct c_traffic_capture *capture;

	if (pcap == NULL)
		return err_set(info, ERR_UNAVAILABLE, "cannot read packets: %s", said);
	capture = make(pcap);
	if (capture == NULL)
		return err_set(info, ERR_MEMORY, "no memory for %s", path);
	capture->is_file = true;
	capture->link = pcap_datalink(pcap);
	*out = capture;
	return ERR_NONE;
}

struct c_traffic_capture *c_traffic_capture_close(struct c_traffic_capture *capture)
{
	if (capture == NULL)
		return NULL;
	pcap_close(capture->pcap);
	return mem_free(capture);
}

int c_traffic_capture_link(const struct c_traffic_capture *capture)
{
	return capture->link;
}

int c_traffic_capture_fd(const struct c_traffic_capture *capture)
{
	return capture->is_file ? -1 : pcap_get_selectable_fd(capture->pcap);
}

static void take_packet(u_char *user, const struct pcap_pkthdr *head, const u_char *data)
{
	struct c_traffic_capture *capture = (struct c_traffic_capture *)(void *)user;

	const struct c_traffic_captured captured = {.data = data,
						    .bytes = head->caplen,
						    .length = head->len,
						    .at_us = (int64_t)head->ts.tv_sec * US_PER_S + (int64_t)head->ts.tv_usec};

	capture->take(capture->context, capture->direction, &captured);
}

enum err c_traffic_capture_drain(struct c_traffic_capture *capture, c_traffic_capture_take *take, void *context, struct err_info *info)
{
	int count;

	capture->take = take;
	capture->context = context;
	do
		count = pcap_dispatch(capture->pcap, -1, take_packet, (u_char *)capture);
	while (count > 0 && !capture->is_file);
	if (count >= 0)
		return ERR_NONE;
	return err_set(info, capture->is_file ? ERR_DATA : ERR_UNAVAILABLE, "the capture ended: %s", pcap_geterr(capture->pcap));
}

uint64_t c_traffic_capture_dropped_count(struct c_traffic_capture *capture)
{
	struct pcap_stat stat;

	if (!capture->is_file && pcap_stats(capture->pcap, &stat) == 0) {
		capture->dropped_count += stat.ps_drop - capture->dropped_before;
		capture->dropped_before = stat.ps_drop;
	}
	return capture->dropped_count;
}
