/* SPDX-License-Identifier: Apache-2.0 */
#include "base/guard.h"

#include <cap-ng.h>
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

enum err guard_process(pid_t parent, struct err_info *info)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return err_set_errno(info, ERR_IO, errno, "cannot limit this process (prctl)");
	if (parent > 1 && getppid() != parent)
		return err_set(info, ERR_UNAVAILABLE, "the process that started this one is gone");
	return ERR_NONE;
}

enum err guard_capabilities(int capability, struct err_info *info)
{
	/* Who was started without it runs on without it: what it cannot read then says so. */
	bool is_held = capability >= 0 && capng_get_caps_process() == 0 && capng_have_capability(CAPNG_PERMITTED, (unsigned)capability);

	capng_clear(CAPNG_SELECT_ALL);
	if (is_held)
		(void)capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, (unsigned)capability);
	/* The bounding set needs CAP_SETPCAP, which a child of the supervisor does not have; without exec it gives nothing back anyway. */
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return err_set(info, ERR_PERMISSION, "cannot drop capabilities: start it with the ones it needs, or none");
	return ERR_NONE;
}

enum err guard_system_calls(struct err_info *info)
{
	static const char *const refused[] = {
	    "execve",
	    "execveat",
	    "ptrace",
	    "process_vm_readv",
	    "process_vm_writev",
	    "kexec_load",
	    "kexec_file_load",
	    "init_module",
	    "finit_module",
	    "delete_module",
	    "mount",
	    "umount2",
	    "pivot_root",
	    "chroot",
	    "open_by_handle_at",
	    "bpf",
	    "perf_event_open",
	    "userfaultfd",
	    "keyctl",
	    "add_key",
	    "request_key",
	    "setns",
	    "unshare",
	    "reboot",
	    "swapon",
	    "swapoff",
	    "sethostname",
	    "settimeofday",
	    "clock_settime",
	    "clock_adjtime",
	    "ioperm",
	    "iopl",
	    "io_uring_setup",
	    "io_uring_enter",
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int status = filter == NULL ? -ENOMEM : 0;

	for (size_t i = 0; status == 0 && i < sizeof refused / sizeof refused[0]; i++) {
		int number = seccomp_syscall_resolve_name(refused[i]);

		if (number != __NR_SCMP_ERROR)
			status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0);
	}
	if (status == 0)
		status = seccomp_load(filter);
	if (filter != NULL)
		seccomp_release(filter);
	if (status != 0)
		return err_set_errno(info, ERR_IO, -status, "cannot load the system call filter");
	return ERR_NONE;
}
