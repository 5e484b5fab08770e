/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wattledger-sim-packets: sends frames whose octets are known on an interface, or writes them into a capture file.
 *
 *	wattledger-sim-packets (--interface NAME | --file PATH) [--rate PPS] FRAMES...
 *
 * FRAMES is COUNTxBYTES, then any of vlan=N, qinq=N (an inner tag), dscp=N, tcp, src=ADDRESS, dst=ADDRESS joined by commas: 100x500,vlan=7,dscp=46.
 * BYTES are those of the frame with its tags and without FCS. IPv4 unless an address is IPv6. Prints {"frames":N,"bytes":N} of what went out.
 */
#include "base/err.h"
#include "base/file.h"
#include "base/num.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_BYTES_MAX = 65549, HEAD_BYTES_MIN = 82, LINKTYPE_ETHERNET = 1, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, TTL = 64 };

static const uint32_t pcap_magic = 0xa1b2c3d4;

struct frames {
	int64_t count;
	int64_t bytes;
	int64_t vlan; /* -1 none */
	int64_t inner;
	int64_t dscp;
	bool is_tcp;
	bool is_ipv6;
	uint8_t source[16];
	uint8_t destination[16];
};

struct sink {
	int fd;
	bool is_file;
	double rate_pps; /* 0: as fast as it goes */
	int64_t frame_count;
	int64_t byte_count;
};

static bool parse_address(const char *text, uint8_t out[static 16], bool *is_ipv6)
{
	*is_ipv6 = strchr(text, ':') != NULL;
	return inet_pton(*is_ipv6 ? AF_INET6 : AF_INET, text, out) == 1;
}

static bool parse_option(struct frames *frames, const char *option)
{
	if (strncmp(option, "vlan=", 5) == 0)
		return num_parse_i64(option + 5, &frames->vlan);
	if (strncmp(option, "qinq=", 5) == 0)
		return num_parse_i64(option + 5, &frames->inner);
	if (strncmp(option, "dscp=", 5) == 0)
		return num_parse_i64(option + 5, &frames->dscp);
	if (strncmp(option, "src=", 4) == 0)
		return parse_address(option + 4, frames->source, &frames->is_ipv6);
	if (strncmp(option, "dst=", 4) == 0)
		return parse_address(option + 4, frames->destination, &frames->is_ipv6);
	frames->is_tcp = strcmp(option, "tcp") == 0;
	return frames->is_tcp;
}

static bool parse_frames(struct frames *frames, char *text)
{
	char *rest = text;
	char *first = strsep(&rest, ",");
	char *times = strchr(first, 'x');
	char *option;

	*frames = (struct frames){.vlan = -1, .inner = -1, .source = {10, 0, 0, 1}, .destination = {10, 0, 0, 2}};
	if (times == NULL)
		return false;
	*times = '\0';
	if (!num_parse_i64(first, &frames->count) || !num_parse_i64(times + 1, &frames->bytes))
		return false;
	while ((option = strsep(&rest, ",")) != NULL)
		if (!parse_option(frames, option))
			return false;
	return frames->bytes >= HEAD_BYTES_MIN && frames->bytes <= FRAME_BYTES_MAX;
}

static size_t put_u16(uint8_t *at, int64_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return 2;
}

static size_t put_ip(uint8_t *at, const struct frames *frames, size_t left)
{
	uint8_t protocol = frames->is_tcp ? PROTOCOL_TCP : PROTOCOL_UDP;

	if (frames->is_ipv6) {
		put_u16(at, 0x6000 | frames->dscp << 6);
		put_u16(at + 4, (int64_t)left - 40);
		at[6] = protocol;
		at[7] = TTL;
		memcpy(at + 8, frames->source, 16);
		memcpy(at + 24, frames->destination, 16);
		return 40;
	}
	at[0] = 0x45;
	at[1] = (uint8_t)(frames->dscp << 2);
	put_u16(at + 2, (int64_t)left);
	at[8] = TTL;
	at[9] = protocol;
	memcpy(at + 12, frames->source, 4);
	memcpy(at + 16, frames->destination, 4);
	return 20;
}

static void make_frame(uint8_t *frame, const struct frames *frames)
{
	size_t bytes = (size_t)frames->bytes;
	size_t at = 12;

	memset(frame, 0, bytes);
	memcpy(frame, "\x02\0\0\0\0\2\x02\0\0\0\0\1", at);
	if (frames->vlan >= 0) {
		at += put_u16(frame + at, frames->inner >= 0 ? 0x88a8 : 0x8100);
		at += put_u16(frame + at, frames->vlan);
	}
	if (frames->inner >= 0) {
		at += put_u16(frame + at, 0x8100);
		at += put_u16(frame + at, frames->inner);
	}
	at += put_u16(frame + at, frames->is_ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	at += put_ip(frame + at, frames, bytes - at);
	put_u16(frame + at, 4096);
	put_u16(frame + at + 2, 9);
	if (frames->is_tcp)
		frame[at + 12] = 5 << 4;
	else
		put_u16(frame + at + 4, (int64_t)(bytes - at));
}

static enum err write_record(const struct sink *sink, const uint8_t *frame, size_t bytes, struct err_info *info)
{
	uint32_t head[4] = {1, 0, (uint32_t)bytes, (uint32_t)bytes};
	enum err err = file_write_all(sink->fd, head, sizeof head, info);

	return err == ERR_NONE ? file_write_all(sink->fd, frame, bytes, info) : err;
}

static void pace(const struct sink *sink, const struct timespec *start)
{
	double due_s = (double)sink->frame_count / sink->rate_pps;
	struct timespec due = *start;

	due.tv_sec += (time_t)due_s;
	due.tv_nsec += (long)((due_s - (double)(time_t)due_s) * 1e9);
	if (due.tv_nsec >= 1000000000) {
		due.tv_nsec -= 1000000000;
		due.tv_sec++;
	}
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static enum err send_frames(struct sink *sink, const struct frames *frames, const struct timespec *start, struct err_info *info)
{
	static uint8_t frame[FRAME_BYTES_MAX];
	size_t bytes = (size_t)frames->bytes;

	make_frame(frame, frames);
	for (int64_t i = 0; i < frames->count; i++) {
		enum err err = sink->is_file ? write_record(sink, frame, bytes, info) : ERR_NONE;

		while (!sink->is_file && send(sink->fd, frame, bytes, 0) < 0) {
			if (errno != ENOBUFS && errno != EINTR)
				return err_set_errno(info, ERR_IO, errno, "send");
			(void)usleep(100);
		}
		if (err != ERR_NONE)
			return err;
		sink->frame_count++;
		sink->byte_count += frames->bytes;
		if (sink->rate_pps > 0)
			pace(sink, start);
	}
	return ERR_NONE;
}

static enum err open_interface(struct sink *sink, const char *name, struct err_info *info)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};

	sink->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (sink->fd < 0 || address.sll_ifindex == 0 || bind(sink->fd, (const struct sockaddr *)&address, sizeof address) != 0)
		return err_set_errno(info, ERR_IO, errno, "%s", name);
	return ERR_NONE;
}

static enum err open_file(struct sink *sink, const char *path, struct err_info *info)
{
	uint32_t head[6] = {pcap_magic, 2 | 4 << 16, 0, 0, FRAME_BYTES_MAX, LINKTYPE_ETHERNET};

	sink->is_file = true;
	sink->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (sink->fd < 0)
		return err_set_errno(info, ERR_IO, errno, "%s", path);
	return file_write_all(sink->fd, head, sizeof head, info);
}

static enum err run(int argc, char **argv, struct err_info *info)
{
	static const struct option known[] = {{"interface", required_argument, NULL, 'i'},
					      {"file", required_argument, NULL, 'f'},
					      {"rate", required_argument, NULL, 'r'},
					      {0}};
	struct sink sink = {.fd = -1};
	struct timespec start;
	enum err err = ERR_NONE;
	int choice;

	while (err == ERR_NONE && (choice = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (choice == 'i')
			err = open_interface(&sink, optarg, info);
		else if (choice == 'f')
			err = open_file(&sink, optarg, info);
		else if (choice != 'r' || !num_parse_double(optarg, &sink.rate_pps))
			err = err_set(info, ERR_USAGE, "see the head of packets_main.c");
	}
	if (err == ERR_NONE && (sink.fd < 0 || optind == argc))
		err = err_set(info, ERR_USAGE, "usage: %s (--interface NAME | --file PATH) [--rate PPS] COUNTxBYTES[,OPTION...] ...",
			      argv[0]);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = optind; i < argc && err == ERR_NONE; i++) {
		struct frames frames;

		err = parse_frames(&frames, argv[i]) ? send_frames(&sink, &frames, &start, info)
						     : err_set(info, ERR_USAGE, "argument %d is not understood", i);
	}
	if (sink.fd >= 0)
		(void)close(sink.fd);
	if (err == ERR_NONE)
		printf("{\"frames\":%" PRId64 ",\"bytes\":%" PRId64 "}\n", sink.frame_count, sink.byte_count);
	return err;
}

int main(int argc, char **argv)
{
	struct err_info info = {0};
	enum err err = run(argc, argv, &info);

	if (err != ERR_NONE)
		(void)fprintf(stderr, "sim-packets: %s\n", info.text);
	return err_exit_code(err);
}
