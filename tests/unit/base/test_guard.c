/* SPDX-License-Identifier: Apache-2.0 */
#include "base/guard.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* From here on the kernel answers this process as one without filters does (prctl(2), seccomp(2)). */
static void take_filters_away(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	cr_assert_not_null(filter);
	cr_assert_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0), 0);
	cr_assert_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP)), 0);
	if (seccomp_load(filter) != 0)
		cr_skip_test("this kernel has no system call filters");
	seccomp_release(filter);
}

enum { REFUSED, UNFILTERED, DONE };

/* In a process of its own, which ends without the look for leaks that needs the calls that are gone. */
static int start_program_guarded(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		char *nothing[] = {NULL};
		struct err_info info = {0};
		bool is_filtered;

		if (guard_system_calls(&is_filtered, &info) != ERR_NONE)
			_exit(DONE);
		if (!is_filtered)
			_exit(UNFILTERED);
		_exit(execve("/bin/true", nothing, nothing) == -1 && errno == EPERM ? REFUSED : DONE);
	}
	cr_assert_gt(pid, 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

Test(guard, refuses_to_start_programs)
{
	int result = start_program_guarded();

	if (result == UNFILTERED)
		cr_skip_test("this kernel has no system call filters");
	cr_expect_eq(result, REFUSED);
}

Test(guard, goes_on_where_the_kernel_has_no_filters)
{
	struct err_info info = {0};
	bool is_filtered = true;

	take_filters_away();
	cr_assert_eq(guard_system_calls(&is_filtered, &info), ERR_NONE, "%s", info.text);
	cr_expect_not(is_filtered);
}

Test(guard, reads_nothing_foreign_where_the_kernel_has_no_filters)
{
	struct err_info info = {0};

	take_filters_away();
	cr_expect_eq(guard_to_memory(1, 1 << 20, &info), ERR_UNAVAILABLE);
}
