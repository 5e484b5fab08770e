/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-rapl: energy counters of the processors of this machine. */
#include "frame/frame.h"
#include "rapl/collector.h"

int main(int argc, char **argv)
{
	return frame_main(argc, argv, &c_rapl_collector);
}
