/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_reload: a new plan takes over. The supervisor has ended the collectors whose plans changed; what their sockets still hold is booked under
 * the old plan. Accounts, baselines and shipments stay in memory: nothing buffered or booked is lost, and nobody else restarts.
 */
#include "run/core_priv.h"

#include "base/file.h"
#include "ledger/resume.h"
#include "model/units.h"
#include "wire/control.h"

#include <string.h>
#include <unistd.h>

enum { PLAN_BYTES_MAX = 256 << 20 };

static enum err read_plan(struct plan_core *plan, int fd, struct err_info *info)
{
	struct buf bytes;
	enum err err;

	buf_init(&bytes, PLAN_BYTES_MAX);
	err = file_read_fd(fd, &bytes, info);
	if (err == ERR_NONE)
		err = plan_core_decode(plan, bytes.data, bytes.bytes, info);
	buf_deinit(&bytes);
	return err;
}

/* What open accounts and files depend on cannot change under them: core ends after a commit and is started with the new plan. */
static bool needs_restart(const struct core *core, const struct plan_core *plan)
{
	return core->plan.slot_s != plan->slot_s || core->plan.is_flash != plan->is_flash ||
	       core->plan.is_clock_assumed != plan->is_clock_assumed || strcmp(core->plan.ledger_path, plan->ledger_path) != 0 ||
	       strcmp(core->plan.control_path, plan->control_path) != 0;
}

/* Everything for the new plan, beside what is in force. */
struct next {
	struct plan_core plan;
	struct points points;
	struct shipping shipping;
	struct books *books;
};

static enum err prepare(struct core *core, struct next *next, struct err_info *info)
{
	struct books_options options = {
	    .plan = &next->plan,
	    .reader = core->reader,
	    .registry = core->registry,
	    .points = &next->points,
	    .boot_id = core->boot_id,
	    .newest_utc_ms = books_newest_utc_ms(core->books),
	    .build_utc_s = WATTLEDGER_BUILD_UTC_S,
	    .is_clock_assumed = next->plan.is_clock_assumed,
	    .make_room = core_make_room,
	    .room_context = core,
	};
	enum err err = points_init(&next->points, &next->plan, info);

	if (err == ERR_NONE)
		err = shipping_init(&next->shipping, &next->plan, core->shipping.next_id, info);
	if (err == ERR_NONE)
		err = books_new(&next->books, &options, core_batch(core), info);
	if (err == ERR_NONE)
		err = ledger_batch_add_config(core_batch(core), core->now.utc_ns / UNITS_NS_PER_MS, next->plan.config_sha256, info);
	return err;
}

static void put_in_force(struct core *core, struct next *next)
{
	books_take_over(next->books, core->books);
	core->trim_count = CORE_TRIM_COUNT;
	points_take_over(&next->points, &core->points);
	shipping_take_over(&next->shipping, &core->shipping);
	books_free(core->books);
	points_deinit(&core->points);
	shipping_deinit(&core->shipping);
	plan_core_deinit(&core->plan);
	core->books = next->books;
	core->points = next->points;
	core->shipping = next->shipping;
	core->plan = next->plan; /* its arrays stay where they are; only the struct itself moved */
	books_rebind(core->books, &core->plan, &core->points);
}

static void drop(struct next *next)
{
	books_free(next->books);
	points_deinit(&next->points);
	shipping_deinit(&next->shipping);
	plan_core_deinit(&next->plan);
}

void core_reload(struct core *core, int plan_fd)
{
	struct next next = {0};
	struct err_info info = {0};
	enum err err = read_plan(&next.plan, plan_fd, &info);

	close(plan_fd);
	core_peer_drain_all(core);
	if (err == ERR_NONE && needs_restart(core, &next.plan)) {
		log_notice("reload: the slot length, the profile, the clock rule or a path changed: core starts anew after a commit");
		plan_core_deinit(&next.plan);
		core->is_stopping = true;
		return;
	}
	if (err == ERR_NONE)
		err = prepare(core, &next, &info);
	if (err != ERR_NONE) {
		drop(&next);
		core_tell_supervisor(core, CONTROL_RELOADED, PLAN_CORE, info.text);
		return;
	}
	put_in_force(core, &next);
	books_add_event(core->books, LOG_LEVEL_NOTICE, "reload", "a new configuration is in force");
	core_tell_supervisor(core, CONTROL_RELOADED, PLAN_CORE, "");
}
