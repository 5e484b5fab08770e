/* SPDX-License-Identifier: Apache-2.0 */
/* wattledger-traffic: octets of the interfaces of this machine. */
#include "frame/frame.h"
#include "traffic/collector.h"

int main(int argc, char **argv)
{
	return frame_main(argc, argv, &c_traffic_collector);
}
