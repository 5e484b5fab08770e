/* SPDX-License-Identifier: Apache-2.0 */
/* When what came is committed. */
#include "books_rig.h"
#include "model/units.h"
#include "run/core_priv.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WAKE_MS_MAX = 120000 };

struct bench {
	struct rig rig;
	struct core core;
};

/* A core without children and outputs over the rig's books, which are committed so far. Its commit interval is 10 s. */
static void begin(struct bench *bench)
{
	struct core *core = &bench->core;
	struct err_info info = {0};

	memset(core, 0, sizeof(*core));
	rig_open(&bench->rig, 1);
	rig_meter(&bench->rig, 0, 0, "total", ROLE_TOTAL, 0);
	rig_read(&bench->rig, 0, 0, 1000, 10);
	rig_commit(&bench->rig);
	core->plan = bench->rig.plan;
	core->plan.output_count = 0;
	core->books = bench->rig.books;
	core->now.boot_ns = bench->rig.boot_ns;
	ledger_batch_init(&core->batch[0], 1 << 20);
	ledger_batch_init(&core->batch[1], 1 << 20);
	books_use_batch(core->books, core_batch(core));
	core->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	cr_assert(core->wake_fd >= 0);
	cr_assert_eq(committer_start(&core->committer, bench->rig.ledger, core->wake_fd, &info), ERR_NONE, "%s", info.text);
}

static void end(struct bench *bench)
{
	cr_assert(committer_stop(bench->core.committer, WAKE_MS_MAX));
	books_use_batch(bench->rig.books, &bench->rig.batch);
	ledger_batch_deinit(&bench->core.batch[0]);
	ledger_batch_deinit(&bench->core.batch[1]);
	close(bench->core.wake_fd);
	rig_close(&bench->rig);
}

/* Until the thread has done what it had; core does not know of it yet. */
static void await(struct core *core)
{
	struct pollfd wake = {.fd = core->wake_fd, .events = POLLIN};
	uint64_t count;

	cr_assert_eq(poll(&wake, 1, WAKE_MS_MAX), 1);
	cr_assert_eq(read(core->wake_fd, &count, sizeof(count)), sizeof(count));
}

static void read_next(struct bench *bench, uint64_t raw)
{
	rig_pass(&bench->rig, 10);
	bench->core.now.boot_ns = bench->rig.boot_ns;
	rig_read(&bench->rig, 0, 0, raw, 10);
}

Test(core_commit, what_comes_is_due_an_interval_later_and_what_comes_after_it_moves_nothing)
{
	struct core core = {.plan = {.commit_ms = 10000}, .now = {.boot_ns = 100 * UNITS_NS_PER_S}, .commit_due_ns = 130 * UNITS_NS_PER_S};

	core_commit_want(&core);
	cr_expect_eq(core.commit_due_ns, 110 * UNITS_NS_PER_S);
	core.now.boot_ns = 105 * UNITS_NS_PER_S;
	core_commit_want(&core);
	cr_expect_eq(core.commit_due_ns, 110 * UNITS_NS_PER_S);
	/* 10 s / 16 = 625 ms */
	core.now.boot_ns = INT64_C(109374999999);
	cr_expect_not(core_commit_is_due(&core, true));
	core.now.boot_ns = INT64_C(109375000000);
	cr_expect(core_commit_is_due(&core, true));
	cr_expect_not(core_commit_is_due(&core, false));
	core.now.boot_ns = 110 * UNITS_NS_PER_S;
	cr_expect(core_commit_is_due(&core, false));
}

/* Of samples that come at once a part is committed before the others are booked: these are not forgotten for three intervals. */
Test(core_commit, what_is_booked_after_room_was_made_is_due_an_interval_later)
{
	struct points_output much = {.lane = {[LEDGER_OUTBOX_SLOTS] = {.lines = {.bytes = 64 << 20}}}};
	struct bench bench;

	begin(&bench);
	bench.core.points = (struct points){.output = &much, .count = 1};
	bench.core.commit_due_ns = bench.core.now.boot_ns + 10 * UNITS_NS_PER_S;
	core_make_room(&bench.core);
	cr_expect_eq(bench.core.commit_due_ns, bench.core.now.boot_ns + 10 * UNITS_NS_PER_S);
	end(&bench);
}

/* In the flash profile the points of a commit are in memory alone, and rows with the next one when no store has taken them. */
Test(core_commit, what_is_in_memory_alone_is_due_an_interval_later)
{
	struct points_output output = {.plan = NULL};
	struct bench bench;

	begin(&bench);
	bench.core.plan.is_flash = true;
	bench.core.points = (struct points){.output = &output, .count = 1};
	read_next(&bench, 1100);
	core_commit_begin(&bench.core);
	cr_expect_eq(bench.core.commit_due_ns, bench.core.now.boot_ns + 30 * UNITS_NS_PER_S);
	await(&bench.core);
	core_commit_settle(&bench.core);
	cr_expect_eq(bench.core.commit_due_ns, bench.core.now.boot_ns + 10 * UNITS_NS_PER_S);
	end(&bench);
}

/* The thread has a batch when the order comes: what was measured since is committed too before it is carried out. */
Test(core_commit, an_order_finds_in_the_ledger_what_was_measured_before_it)
{
	struct core_client client = {.fd = -1};
	struct bench bench;
	struct core *core = &bench.core;

	begin(&bench);
	read_next(&bench, 1100);
	core_commit_begin(core);
	await(core);
	read_next(&bench, 1200);
	buf_init(&client.request, 100);
	buf_add_text(&client.request, "void\t1\tA\tR");
	core_order_begin(core, &client);
	core_order_forget(core, &client);
	cr_assert(core->is_batch_out);
	core_commit_settle(core);
	cr_expect(core->is_batch_out);
	cr_expect_not(core->order.is_out);
	await(core);
	core_commit_settle(core);
	cr_expect_eq(core->commit_count, 2);
	cr_expect(core->order.is_out);
	await(core);
	core_commit_settle(core);
	cr_expect_null(core->order.line);
	buf_deinit(&client.request);
	end(&bench);
}
