/* SPDX-License-Identifier: Apache-2.0 */
#include "run/spawn.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_EXIT_EXEC_FAILED = 127, HIGH_FD = 200 };

void spawn_request_init(struct spawn_request *request, const char *program)
{
	memset(request, 0, sizeof(*request));
	request->program = program;
	request->capability = SPAWN_NO_CAPABILITY;
	request->stdout_fd = -1;
	request->stderr_fd = -1;
}

int spawn_capability_of(enum plan_kind kind)
{
	switch (kind) {
	case PLAN_RAPL: return CAP_DAC_READ_SEARCH;
	case PLAN_TRAFFIC: return CAP_NET_RAW;
	default: return SPAWN_NO_CAPABILITY;
	}
}

const char *spawn_package_of(const char *program)
{
	static const char *const common[] = {"wattledger-core", "wattledger-deliver", "wattledger-rapl"};

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (strcmp(program, common[i]) == 0)
			return "wattledger";
	}
	return program;
}

enum err spawn_find(const char *name, char *out, size_t out_bytes, struct err_info *info)
{
	static const char *const place[] = {"", "../libexec/wattledger/", "../sbin/"};
	char own[PLAN_PATH_BYTES];
	char path[PLAN_PATH_BYTES + 64];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;
	int n;

	if (length < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot tell where this program lies (/proc/self/exe)");
	own[length] = '\0';
	slash = strrchr(own, '/');
	if (slash == NULL)
		return err_set(info, ERR_IO, "cannot tell the folder of '%s'", own);
	slash[1] = '\0';
	for (size_t i = 0; i < sizeof(place) / sizeof(place[0]); i++) {
		n = snprintf(path, sizeof(path), "%s%s%s", own, place[i], name);
		if (n < 0 || (size_t)n >= sizeof(path) || (size_t)n >= out_bytes)
			return err_set(info, ERR_LIMIT, "the path of '%s' is too long", name);
		if (access(path, X_OK) == 0) {
			memcpy(out, path, (size_t)n + 1);
			return ERR_NONE;
		}
	}
	return err_set(
	    info, ERR_IO,
	    "the program '%s' is neither in %s nor, from there, in ../libexec/wattledger/ or ../sbin/: is its package installed?", name,
	    own);
}

/* One call of capset(2) for the 64 capability bits. */
static void set_capabilities(uint64_t mask)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[2] = {0};

	for (int i = 0; i < 2; i++) {
		uint32_t part = (uint32_t)(mask >> (32 * i));

		data[i].effective = part;
		data[i].permitted = part;
		data[i].inheritable = part;
	}
	(void)syscall(SYS_capset, &header, data);
}

static uint64_t permitted_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data) != 0)
		return 0;
	return (uint64_t)data[0].permitted | (uint64_t)data[1].permitted << 32;
}

/*
 * Leaves at most `mask` to this process and to what it executes: root gets nothing by being root (SECBIT_NOROOT), the bounding set
 * shrinks, and the kept capability is ambient so that it survives the exec. Each step may be refused to an unprivileged caller, who has nothing then.
 */
static void limit_capabilities(uint64_t mask)
{
	uint64_t kept = permitted_capabilities() & mask;

	(void)prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
	for (int capability = 0; capability < 64; capability++) {
		if ((mask >> capability & 1) == 0)
			(void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
	}
	set_capabilities(kept);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int capability = 0; capability < 64; capability++) {
		if ((kept >> capability & 1) != 0)
			(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
	}
}

void spawn_limit_own_capabilities(void)
{
	static const uint64_t needed =
	    UINT64_C(1) << CAP_DAC_READ_SEARCH | UINT64_C(1) << CAP_NET_RAW | UINT64_C(1) << CAP_SETPCAP | UINT64_C(1) << CAP_KILL;
	uint64_t kept = permitted_capabilities() & needed;

	/* The bounding set stays: the children drop it, each to its own capability, and need SETPCAP from us for that. */
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	set_capabilities(kept);
}

/* Moves the descriptors to 3, 4, ... through high numbers, so that none is overwritten before it is moved; closes all others. */
static bool arrange_descriptors(const struct spawn_request *request)
{
	int high[SPAWN_FDS_MAX];

	if (request->stdout_fd >= 0 && dup2(request->stdout_fd, STDOUT_FILENO) < 0)
		return false;
	if (request->stderr_fd >= 0 && dup2(request->stderr_fd, STDERR_FILENO) < 0)
		return false;
	for (size_t i = 0; i < request->fd_count; i++) {
		high[i] = fcntl(request->fd[i], F_DUPFD, HIGH_FD);
		if (high[i] < 0)
			return false;
	}
	for (size_t i = 0; i < request->fd_count; i++) {
		if (dup2(high[i], SPAWN_FIRST_FD + (int)i) < 0)
			return false;
	}
	return syscall(SYS_close_range, (unsigned)(SPAWN_FIRST_FD + (int)request->fd_count), ~0U, 0) == 0 || errno == ENOSYS;
}

static void child_exec(const struct spawn_request *request, const char *path, pid_t parent)
{
	const char *argv[SPAWN_ARGS_MAX + 2];
	size_t count = 0;
	sigset_t none;

	argv[count++] = path;
	for (size_t i = 0; i < SPAWN_ARGS_MAX && request->argument[i] != NULL; i++)
		argv[count++] = request->argument[i];
	argv[count] = NULL;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!arrange_descriptors(request))
		_exit(CHILD_EXIT_EXEC_FAILED);
	if (!request->keeps_capabilities)
		limit_capabilities(request->capability < 0 ? 0 : UINT64_C(1) << request->capability);
	/* After the capabilities: a change of credentials clears the death signal. */
	if (request->death_signal != 0) {
		(void)prctl(PR_SET_PDEATHSIG, request->death_signal, 0, 0, 0);
		if (getppid() != parent)
			_exit(CHILD_EXIT_EXEC_FAILED);
	}
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(CHILD_EXIT_EXEC_FAILED);
}

enum err spawn_start(const struct spawn_request *request, pid_t *pid, struct err_info *info)
{
	char path[PLAN_PATH_BYTES];
	pid_t parent = getpid();
	pid_t child;

	if (strchr(request->program, '/') != NULL) {
		if (!text_copy(path, sizeof(path), request->program))
			return err_set(info, ERR_LIMIT, "the path '%s' is too long", request->program);
	} else {
		enum err err = spawn_find(request->program, path, sizeof(path), info);

		if (err != ERR_NONE)
			return err;
	}
	child = fork();
	if (child < 0)
		return err_set_errno(info, ERR_IO, errno, "cannot start '%s': is it installed whole, and may this user run it?",
				     request->program);
	if (child == 0)
		child_exec(request, path, parent);
	*pid = child;
	return ERR_NONE;
}

int spawn_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return CHILD_EXIT_EXEC_FAILED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
