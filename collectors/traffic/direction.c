/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic/direction.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

enum err c_traffic_direction_attach(int fd, bool is_outgoing, uint32_t snap_bytes, struct err_info *info)
{
	struct sock_filter code[] = {
	    {.code = BPF_LD | BPF_W | BPF_ABS, .k = (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)},
	    {.code = BPF_JMP | BPF_JEQ | BPF_K, .k = PACKET_OUTGOING, .jt = is_outgoing ? 0 : 1, .jf = is_outgoing ? 1 : 0},
	    {.code = BPF_RET | BPF_K, .k = snap_bytes},
	    {.code = BPF_RET | BPF_K, .k = 0},
	};
	const struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
		return err_set_errno(info, ERR_IO, errno, "the kernel takes no filter");
	return ERR_NONE;
}
