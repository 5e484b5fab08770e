/* SPDX-License-Identifier: Apache-2.0 */
/* progress: long work tells how far it is, to whoever wants to know. */
#ifndef WATTLEDGER_BASE_PROGRESS_H
#define WATTLEDGER_BASE_PROGRESS_H

/* Told now and then, from the thread that works; done_ratio 0 .. 1. Borrowed by the work. */
struct progress {
	void (*tell)(void *context, double done_ratio);
	void *context;
};

/* `progress` may be NULL: nobody wants to know. What is out of range is cut to it. */
void progress_tell(const struct progress *progress, double done_ratio);

#endif
