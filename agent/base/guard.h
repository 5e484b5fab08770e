/* SPDX-License-Identifier: Apache-2.0 */
/* guard: what a process gives up before it reads the first foreign byte. */
#ifndef WATTLEDGER_BASE_GUARD_H
#define WATTLEDGER_BASE_GUARD_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* First thing in main: dies with its parent, gains no rights by exec, leaves no core dump with secrets in it. Errors: ERR_IO. */
enum err guard_process(pid_t parent, struct err_info *info) MUST_CHECK;

/* Drops every capability but `capability` (-1: all), which is kept where we have it. Errors: ERR_PERMISSION. */
enum err guard_capabilities(int capability, struct err_info *info) MUST_CHECK;

/*
 * System calls that no child of the supervisor has a use for (starting programs, tracing, mounting, loading code into the kernel) fail with EPERM
 * from here on. *is_filtered: false where the kernel has no filters (CONFIG_SECCOMP_FILTER is off, as on some small machines) or does not run us
 * itself (qemu's user emulation): the process then goes on without, and says GUARD_UNFILTERED. Errors: ERR_IO.
 */
enum err guard_system_calls(bool *is_filtered, struct err_info *info) MUST_CHECK;

#define GUARD_UNFILTERED "the kernel has no system call filters (CONFIG_SECCOMP_FILTER): this process runs without one"

/*
 * From here on this process computes and no more: it may use memory, read and write what is open, and end. Every other system call fails with
 * EPERM. Processor time is limited to `cpu_s` seconds; beyond it the kernel ends the process. Memory is limited to `memory_bytes` (but not in a
 * sanitized program, whose shadow is larger than any); beyond it there is none. Errors: ERR_IO; ERR_UNAVAILABLE: the kernel has no filters.
 */
enum err guard_to_memory(unsigned cpu_s, size_t memory_bytes, struct err_info *info) MUST_CHECK;

#endif
