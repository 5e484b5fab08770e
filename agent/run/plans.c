/* SPDX-License-Identifier: Apache-2.0 */
#include "run/plans.h"

#include "run/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void plans_init(struct plans *plans)
{
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++)
		plans->fd[kind] = -1;
}

void plans_deinit(struct plans *plans)
{
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		if (plans->fd[kind] >= 0)
			close(plans->fd[kind]);
		plans->fd[kind] = -1;
	}
}

static void add_option(struct spawn_request *request, size_t *count, const char *option, const char *value)
{
	if (value == NULL)
		return;
	request->argument[(*count)++] = option;
	request->argument[(*count)++] = value;
}

enum err plans_begin(struct plans *plans, const struct plans_source *source, pid_t *pid, struct err_info *info)
{
	struct spawn_request request;
	char fds[PLAN_KIND_COUNT * 24];
	size_t length = 0;
	size_t count = 0;
	enum err err;

	spawn_request_init(&request, "wattledger-plan");
	request.capability = CAP_DAC_READ_SEARCH; /* the configuration may lie in a folder that is closed to us without it */
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		plans->fd[kind] = memfd_create(plan_kind_name((enum plan_kind)kind), MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (plans->fd[kind] < 0) {
			err = err_set_errno(info, ERR_IO, errno, "cannot make a memory file for a plan");
			plans_deinit(plans);
			return err;
		}
		request.fd[request.fd_count++] = plans->fd[kind];
		length += (size_t)snprintf(fds + length, sizeof(fds) - length, "%s%s=%d", kind == 0 ? "" : ",",
					   plan_kind_name((enum plan_kind)kind), SPAWN_FIRST_FD + kind);
	}
	add_option(&request, &count, "-c", source->config_path);
	add_option(&request, &count, "--state", source->state_dir);
	add_option(&request, &count, "--drivers", source->drivers_dir);
	add_option(&request, &count, "--grid", source->grid_dir);
	add_option(&request, &count, "--fds", fds);
	err = spawn_start(&request, pid, info);
	if (err != ERR_NONE)
		plans_deinit(plans);
	return err;
}

enum err plans_finish(struct plans *plans, int exit_code, struct err_info *info)
{
	if (exit_code != 0) {
		plans_deinit(plans);
		return err_set(info, ERR_CONFIG, "the configuration was refused (the loader's messages stand above; its exit code is %d)",
			       exit_code);
	}
	for (int kind = 0; kind < PLAN_KIND_COUNT; kind++) {
		struct stat status;

		if (fstat(plans->fd[kind], &status) != 0 || status.st_size == 0) {
			close(plans->fd[kind]);
			plans->fd[kind] = -1;
			continue;
		}
		(void)fcntl(plans->fd[kind], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
	}
	if (plans->fd[PLAN_CORE] < 0) {
		plans_deinit(plans);
		return err_set(info, ERR_DATA, "the loader made no plan for core");
	}
	return ERR_NONE;
}

enum err plans_load(struct plans *plans, const struct plans_source *source, int *exit_code, struct err_info *info)
{
	pid_t pid;
	enum err err = plans_begin(plans, source, &pid, info);

	if (err != ERR_NONE)
		return err;
	*exit_code = spawn_wait(pid);
	return plans_finish(plans, *exit_code, info);
}

bool plans_is_same(const struct plans *a, const struct plans *b, enum plan_kind kind)
{
	struct stat status_a;
	struct stat status_b;
	void *bytes_a;
	void *bytes_b;
	bool is_same;

	if (a->fd[kind] < 0 || b->fd[kind] < 0)
		return a->fd[kind] < 0 && b->fd[kind] < 0;
	if (fstat(a->fd[kind], &status_a) != 0 || fstat(b->fd[kind], &status_b) != 0 || status_a.st_size != status_b.st_size)
		return false;
	bytes_a = mmap(NULL, (size_t)status_a.st_size, PROT_READ, MAP_PRIVATE, a->fd[kind], 0);
	bytes_b = mmap(NULL, (size_t)status_b.st_size, PROT_READ, MAP_PRIVATE, b->fd[kind], 0);
	is_same = bytes_a != MAP_FAILED && bytes_b != MAP_FAILED && memcmp(bytes_a, bytes_b, (size_t)status_a.st_size) == 0;
	if (bytes_a != MAP_FAILED)
		munmap(bytes_a, (size_t)status_a.st_size);
	if (bytes_b != MAP_FAILED)
		munmap(bytes_b, (size_t)status_b.st_size);
	return is_same;
}
