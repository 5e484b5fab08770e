/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaks: linked into each program of PROFILE=asan, and into no other. A process that lets nobody look into it (it holds passwords) cannot be
 * looked through for leaks either: the leak check would end it by SIGABRT instead of its own exit status. All others are looked through.
 */
#include <sys/prctl.h>

/* Asked by the leak check when a process ends (sanitizer/lsan_interface.h). */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
	return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}
