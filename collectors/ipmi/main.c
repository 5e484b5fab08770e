/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wattledger-ipmi: the power of machines as their BMCs (baseboard management controllers) know it. */
#include "frame/frame.h"
#include "ipmi/collector.h"

int main(int argc, char **argv)
{
	return frame_main(argc, argv, &c_ipmi_collector);
}
