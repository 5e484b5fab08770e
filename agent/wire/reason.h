/* SPDX-License-Identifier: Apache-2.0 */
/* reason: beginnings of wire_device.reason that a program, not only a person, tells apart. */
#ifndef WATTLEDGER_WIRE_REASON_H
#define WATTLEDGER_WIRE_REASON_H

/* Of a device that answers, and that no driver fits. */
#define WIRE_REASON_NO_DRIVER "no driver knows this device"
/* Behind it, when there are drivers that may fit: their names follow. */
#define WIRE_REASON_MAY_BE "it may be: "

/* Of a device that is read by a driver whose rules held for it and hold no longer. */
#define WIRE_REASON_DRIVER_UNFIT "its driver no longer fits"

#endif
