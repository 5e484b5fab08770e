/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that counting the packets of an interface by libpcap can cost: a loop that adds one and a length. Snap length, ring and waiting are
 * those of the traffic collector.
 *
 *   bench-pcap-floor INTERFACE RING-BYTES COUNT     prints "ready", ends after COUNT packets with one line "PACKETS OCTETS DROPPED"
 */
#include <pcap/pcap.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SNAP_BYTES = 128, BLOCK_MS = 100, IDLE_MS_MAX = 5000 };

struct seen {
	uint64_t packets;
	uint64_t octets;
};

static void take(u_char *context, const struct pcap_pkthdr *head, const u_char *data)
{
	struct seen *seen = (struct seen *)(void *)context;

	(void)data;
	seen->packets++;
	seen->octets += head->len;
}

static int count(pcap_t *pcap, uint64_t wanted)
{
	struct pollfd ready = {.fd = pcap_get_selectable_fd(pcap), .events = POLLIN};
	struct pcap_stat stat = {0};
	struct seen seen = {0};

	puts("ready");
	fflush(stdout);
	while (seen.packets + stat.ps_drop < wanted && poll(&ready, 1, IDLE_MS_MAX) == 1) {
		if (pcap_dispatch(pcap, -1, take, (u_char *)&seen) < 0 || pcap_stats(pcap, &stat) != 0)
			return 1;
	}
	printf("%llu %llu %u\n", (unsigned long long)seen.packets, (unsigned long long)seen.octets, stat.ps_drop);
	fflush(stdout);
	return getchar() == EOF ? 0 : 1; /* its account is read before it goes */
}

int main(int argc, char **argv)
{
	char said[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap = argc == 4 ? pcap_create(argv[1], said) : NULL;
	int status = 1;

	if (pcap == NULL || pcap_set_snaplen(pcap, SNAP_BYTES) != 0 || pcap_set_timeout(pcap, BLOCK_MS) != 0 ||
	    pcap_set_buffer_size(pcap, (int)strtol(argv[2], NULL, 10)) != 0 || pcap_activate(pcap) < 0 ||
	    pcap_setnonblock(pcap, 1, said) != 0)
		fprintf(stderr, "usage: bench-pcap-floor INTERFACE RING-BYTES COUNT %s\n", said);
	else
		status = count(pcap, strtoull(argv[3], NULL, 10));
	if (pcap != NULL)
		pcap_close(pcap);
	return status;
}
