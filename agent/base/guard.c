/* SPDX-License-Identifier: Apache-2.0 */
#include "base/guard.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum err guard_process(pid_t parent, struct err_info *info)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot limit this process (prctl)");
	if (parent > 1 && getppid() != parent)
		return err_set(info, ERR_UNAVAILABLE, "the process that started this one is gone");
	return ERR_NONE;
}

/* true too when it cannot be told. */
static bool holds_more_than(int capability)
{
	if (capng_get_caps_process() != 0)
		return true;
	for (int i = 0; i <= CAP_LAST_CAP; i++) {
		if (i != capability && capng_have_capability(CAPNG_PERMITTED, (unsigned)i))
			return true;
	}
	return false;
}

enum err guard_capabilities(int capability, struct err_info *info)
{
	/* Who was started without it runs on without it: what it cannot read then says so. */
	bool is_held = capability >= 0 && capng_get_caps_process() == 0 && capng_have_capability(CAPNG_PERMITTED, (unsigned)capability);

	capng_clear(CAPNG_SELECT_ALL);
	if (is_held)
		(void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)capability);
	/*
	 * The bounding set needs CAP_SETPCAP, which a child of the supervisor does not have; without exec it gives nothing back anyway. Where the
	 * call is refused, the supervisor has taken away the rest already (spawn.c: what is not ambient does not survive the exec).
	 */
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 && holds_more_than(capability))
		return err_set(info, ERR_PERMISSION, "cannot drop capabilities: start it with the ones it needs, or none");
	return ERR_NONE;
}

/* A filter that is not there cannot be read (EFAULT) where filters are; elsewhere the kernel does not know what it is asked for (prctl(2)). */
static bool has_filters(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == 0 || errno != EINVAL;
}

/* `action` for the named system calls (those that this machine has), `otherwise` for all others. */
static enum err load_filter(uint32_t otherwise, uint32_t action, const char *const *name, size_t count, struct err_info *info)
{
	scmp_filter_ctx filter = seccomp_init(otherwise);
	int status = filter == NULL ? -ENOMEM : 0;

	for (size_t i = 0; status == 0 && i < count; i++) {
		int number = seccomp_syscall_resolve_name(name[i]);

		if (number != __NR_SCMP_ERROR)
			status = seccomp_rule_add(filter, action, number, 0);
	}
	if (status == 0)
		status = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	if (status != 0)
		return err_set_errno(info, ERR_IO, -status, "cannot load the system call filter");
	return ERR_NONE;
}

enum err guard_system_calls(bool *is_filtered, struct err_info *info)
{
	static const char *const refused[] = {
	    "execve",      "execveat",        "ptrace",         "process_vm_readv", "process_vm_writev",
	    "kexec_load",  "kexec_file_load", "init_module",    "finit_module",     "delete_module",
	    "mount",       "umount2",         "pivot_root",     "chroot",           "open_by_handle_at",
	    "bpf",         "perf_event_open", "userfaultfd",    "keyctl",           "add_key",
	    "request_key", "setns",           "unshare",        "reboot",           "swapon",
	    "swapoff",     "sethostname",     "settimeofday",   "clock_settime",    "ioperm",
	    "iopl",        "io_uring_setup",  "io_uring_enter",
	};

	*is_filtered = has_filters();
	return *is_filtered ? load_filter(SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), refused, sizeof refused / sizeof refused[0], info)
			    : ERR_NONE;
}

#if defined(__SANITIZE_ADDRESS__)
#define GUARD_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARD_IS_SANITIZED 1
#endif
#endif
#ifndef GUARD_IS_SANITIZED
#define GUARD_IS_SANITIZED 0
#endif

enum err guard_to_memory(unsigned cpu_s, size_t memory_bytes, struct err_info *info)
{
	static const char *const allowed[] = {
	    "read",         "write",  "pread64",    "pwrite64",     "readv",          "writev",        "lseek",
	    "_llseek",      "fstat",  "fstat64",    "newfstatat",   "mmap",           "mmap2",         "munmap",
	    "mremap",       "brk",    "madvise",    "mprotect",     "futex",          "ftruncate",     "ftruncate64",
	    "close",        "exit",   "exit_group", "rt_sigreturn", "rt_sigprocmask", "clock_gettime", "clock_gettime64",
	    "gettimeofday", "getpid", "gettid",     "getrandom",    "sigaltstack", /* which AddressSanitizer asks for as a process ends */
	};
	const struct rlimit time = {.rlim_cur = cpu_s, .rlim_max = cpu_s};
	const struct rlimit memory = {.rlim_cur = memory_bytes, .rlim_max = memory_bytes};

	if (!has_filters())
		return err_set(info, ERR_UNAVAILABLE,
			       "the kernel has no system call filters (CONFIG_SECCOMP_FILTER), without which nothing foreign is read here");
	if (setrlimit(RLIMIT_CPU, &time) != 0 || (!GUARD_IS_SANITIZED && setrlimit(RLIMIT_DATA, &memory) != 0))
		return err_set_errno(info, ERR_IO, errno, "cannot limit processor time and memory");
	return load_filter(SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ALLOW, allowed, sizeof allowed / sizeof allowed[0], info);
}
