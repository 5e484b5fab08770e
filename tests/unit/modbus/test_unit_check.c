/* SPDX-License-Identifier: Apache-2.0 */
/* A unit whose driver has rules is asked for them again with each survey: one that stops fitting is told, and read as before. */
#include "modbus/shape.h"
#include "modbus/unit.h"
#include "wire/reason.h"

#include <criterion/criterion.h>
#include <string.h>

#define S INT64_C(1000000000)
#define LOOK_S 3700 /* surveys are an hour apart */

enum { RULE_REGISTER = 11, WORDS_MAX = 4 };

static struct plan_modbus_group group = {.key = "total",
					 .role = ROLE_TOTAL,
					 .point_count = 1,
					 .point_list = {{.quantity = QUANTITY_POWER,
							 .caliber = CALIBER_ACTUAL,
							 .reg = {.function = 3, .address = 0, .type = MODBUS_U16},
							 .num = 1,
							 .den = 1,
							 .factor = 1}}};
static struct plan_modbus_driver driver = {.name = "meter",
					   .total = TOTAL_METER,
					   .max_registers = 125,
					   .rule_count = 1,
					   .rule = {{.kind = MODBUS_RULE_REGISTER,
						     .reg = {.function = 3, .address = RULE_REGISTER, .type = MODBUS_U16},
						     .value_count = 1,
						     .value = {7}}},
					   .group_count = 1,
					   .group = &group};
static struct plan_modbus_bus bus = {.link = MODBUS_TCP, .host = "127.0.0.1", .port = 502};
static struct plan_modbus_device device = {
    .id = "d", .unit = 1, .driver = 0, .interval_ms = 10000, .timeout_ms = 1000, .ct_num = 1, .ct_den = 1, .pt_num = 1, .pt_den = 1};
static const struct plan_modbus plan = {
    .bus = &bus, .bus_count = 1, .driver = &driver, .driver_count = 1, .device = &device, .device_count = 1};

static enum device_state state;
static size_t sample_count;
static size_t rule_count; /* how often its rule was asked for */

static void put_meter(void *context, uint32_t number, uint32_t meter, const struct meter_info *info)
{
	(void)context, (void)number, (void)meter, (void)info;
}

static void mark_changed(void *context, uint32_t number)
{
	(void)context, (void)number;
}

static void end_read(void *context, uint32_t number, enum device_state end_state, uint32_t latency_us, const struct sample *sample,
		     size_t count)
{
	(void)context, (void)number, (void)latency_us, (void)sample;
	state = end_state;
	sample_count = count;
}

/* One reading of a unit whose rule's register holds `rule` (0: it does not answer that), and all others 100. */
static void read_unit(struct c_modbus_unit *unit, uint8_t rule, int64_t now_ns)
{
	struct c_modbus_request request;
	int64_t not_before_ns;

	c_modbus_unit_begin(unit, 0, now_ns);
	while (c_modbus_unit_next(unit, &request, &not_before_ns, now_ns)) {
		bool is_rule = request.address == RULE_REGISTER;
		uint8_t data[2 * WORDS_MAX] = {0, is_rule ? rule : 100};
		struct c_modbus_answer answer = {.data = data, .data_bytes = (size_t)request.count * 2};

		cr_assert_leq(request.count, WORDS_MAX);
		rule_count += is_rule;
		c_modbus_unit_sent(unit, now_ns);
		if (is_rule && rule == 0)
			(void)c_modbus_unit_take(unit, C_MODBUS_GOT_NOTHING, NULL, now_ns);
		else
			cr_assert(c_modbus_unit_take(unit, C_MODBUS_GOT_ANSWER, &answer, now_ns));
	}
}

Test(unit_check, a_driver_that_no_longer_fits_is_told_until_it_fits_again)
{
	static const struct {
		uint8_t rule;
		bool is_unfit;
	} step[] = {{7, false}, {7, false}, {8, true}, {0, true}, {7, false}};
	static struct sample sample[C_MODBUS_SHAPE_SAMPLES_MAX];
	const struct c_modbus_shared shared = {
	    .plan = &plan, .host = {.put_meter = put_meter, .mark_changed = mark_changed, .end_read = end_read}, .sample = sample};
	struct c_modbus_unit *unit = c_modbus_unit_new(&shared, 0);

	cr_assert_not_null(unit);
	for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
		struct wire_device record = {0};

		read_unit(unit, step[i].rule, (int64_t)(i + 1) * LOOK_S * S);
		c_modbus_unit_describe(unit, &record);
		cr_expect_eq(state, step[i].is_unfit ? DEVICE_PARTIAL : DEVICE_UP, "step %zu: %s", i, record.reason);
		cr_expect_eq(strncmp(record.reason, WIRE_REASON_DRIVER_UNFIT, strlen(WIRE_REASON_DRIVER_UNFIT)) == 0, step[i].is_unfit,
			     "step %zu: %s", i, record.reason);
		cr_expect_eq(sample_count, 1, "step %zu", i);
	}
	cr_expect_eq(rule_count, 4); /* not at first: what it is by then is what it is compared with */
	c_modbus_unit_free(unit);
}
