/* SPDX-License-Identifier: Apache-2.0 */
/* What is read from a file of registers, and what is refused with its place. */
#include "modbus_recording.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum err load(struct modbus_recording *out, const char *text, struct err_info *info)
{
	char path[] = "/tmp/wattledger-registers-XXXXXX";
	int fd = mkstemp(path);
	enum err err;

	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	err = modbus_recording_load(out, path, info);
	unlink(path);
	return err;
}

static const char good[] = "# a meter\n"
			   "unit,function,address,values\n"
			   "7,4,0x0010,0x4366 0x8000  -1\n"
			   "7,3,0xFFFF,65535\n"
			   "7,4,0x11,1\n"
			   "7,43,1,SIM 1\n"
			   "9,3,0,5\n";

Test(modbus_recording, words_stand_where_they_were_written)
{
	struct modbus_recording recording;
	struct err_info info;
	uint16_t value[3];

	cr_assert_eq(load(&recording, good, &info), ERR_NONE, "%s", info.text);
	cr_expect_eq(recording.unit, 7);
	cr_assert(modbus_recording_read(&recording, 7, 4, 0x10, 3, value));
	cr_expect_eq(value[0], 0x4366);
	cr_expect_eq(value[1], 1, "the later of two lines stands");
	cr_expect_eq(value[2], 0xFFFF);
	cr_assert(modbus_recording_read(&recording, 7, 3, 0xFFFF, 1, value));
	modbus_recording_deinit(&recording);
}

Test(modbus_recording, what_no_line_tells_is_not_there)
{
	struct modbus_recording recording;
	struct err_info info;
	uint16_t value[4];

	cr_assert_eq(load(&recording, good, &info), ERR_NONE);
	cr_expect_not(modbus_recording_read(&recording, 7, 4, 0x0F, 2, value));
	cr_expect_not(modbus_recording_read(&recording, 7, 4, 0x10, 4, value));
	cr_expect_not(modbus_recording_read(&recording, 7, 3, 0x10, 1, value), "the other function");
	cr_expect_not(modbus_recording_read(&recording, 8, 4, 0x10, 1, value), "the other unit");
	cr_expect_not(modbus_recording_read(&recording, 7, 3, 0xFFFF, 2, value), "beyond the last register lies no other unit's");
	cr_expect(modbus_recording_has_unit(&recording, 9));
	cr_expect_not(modbus_recording_has_unit(&recording, 8));
	modbus_recording_deinit(&recording);
}

Test(modbus_recording, objects_are_those_of_the_unit)
{
	struct modbus_recording recording;
	struct err_info info;
	const char *text[MODBUS_RECORDING_OBJECTS_MAX];

	cr_assert_eq(load(&recording, good, &info), ERR_NONE);
	cr_expect_eq(modbus_recording_objects(&recording, 7, text), 1);
	cr_expect_str_eq(text[1], "SIM 1");
	cr_expect_eq(modbus_recording_objects(&recording, 9, text), 0);
	modbus_recording_deinit(&recording);
}

Test(modbus_recording, a_mistake_is_told_with_its_place)
{
	static const struct {
		const char *text;
		const char *said;
	} bad[] = {
	    {"1,4,0,1\n", "begins without the line unit,function,address,values"},
	    {"unit,function,address,values\n", "there is no register in it"},
	    {"unit,function,address,values\n1,4,0\n", ":2:1:"},
	    {"unit,function,address,values\n256,4,0,1\n", ":2:1: \"256\""},
	    {"unit,function,address,values\n1,5,0,1\n", "3, 4 or 43"},
	    {"unit,function,address,values\n1,4,65536,1\n", ":2:5: \"65536\""},
	    {"unit,function,address,values\n1,4,0xFFFF,1 2\n", "the last register is 65535"},
	    {"unit,function,address,values\n1,4,0,1 0x12345\n", ":2:7:"},
	    {"unit,function,address,values\n1,4,0,65536\n", ":2:7:"},
	    {"unit,function,address,values\n1,43,7,x\n", "an object 0 to 6"},
	};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct modbus_recording recording;
		struct err_info info = {0};

		cr_expect_eq(load(&recording, bad[i].text, &info), ERR_DATA, "%s", bad[i].text);
		cr_expect(strstr(info.text, bad[i].said) != NULL, "%s", info.text);
		cr_expect_eq(recording.reg_count, 0);
	}
}
