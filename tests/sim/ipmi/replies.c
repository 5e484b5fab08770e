/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replies: a module for ipmi_sim (of OpenIPMI, package openipmi), which knows neither DCMI nor commands of vendors. It answers them with
 * the bytes of a file that is read anew for each request, so that a test changes what the BMC says by writing a file:
 *
 *	2c 02 dc 01 = 00 dc 9c 01 ...      NETFN CMD DATA... = COMPLETION DATA..., hexadecimal
 *
 * Of commands of the function 2e the simulator itself takes off and puts back the maker's three bytes. The first line whose left side begins the
 * request wins; none: 0xc1, invalid command. In the simulator's configuration:
 *
 *	loadlib "replies.so" "FILE"
 *
 *	gcc -shared -fPIC -o replies.so tests/sim/ipmi/replies.c
 */
#include <OpenIPMI/mcserv.h>
#include <OpenIPMI/serv.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ipmi_sim_module_print_version(sys_data_t *sys, char *options);
int ipmi_sim_module_init(sys_data_t *sys, const char *options);

enum {
	BYTES_MAX = 256,
	LINE_BYTES = 1024,
	INVALID_COMMAND = 0xc1,
	GROUP_NETFN = 0x2c,
	GROUP_DCMI = 0xdc,
	OEM_NETFN_DELL = 0x30,
	IANA_LENOVO = 19046
};

static char path[LINE_BYTES];

/* Bytes in hexadecimal up to `end` (NULL: the end of the text). */
static unsigned parse(const char *text, const char *end, unsigned char out[static BYTES_MAX])
{
	unsigned count = 0;
	char *rest;

	while (count < BYTES_MAX && (end == NULL || text < end)) {
		unsigned long value = strtoul(text, &rest, 16);

		if (rest == text)
			break;
		out[count++] = (unsigned char)value;
		text = rest;
	}
	return count;
}

static bool is_for(const msg_t *message, const unsigned char *pattern, unsigned count)
{
	if (count < 2 || pattern[0] != message->netfn || pattern[1] != message->cmd || count - 2 > message->len)
		return false;
	return memcmp(pattern + 2, message->data, count - 2) == 0;
}

static void answer(lmc_data_t *controller, msg_t *message, unsigned char *reply, unsigned int *reply_bytes, void *context)
{
	char line[LINE_BYTES];
	FILE *file = fopen(path, "r");

	(void)controller;
	(void)context;
	reply[0] = INVALID_COMMAND;
	*reply_bytes = 1;
	while (file != NULL && fgets(line, sizeof line, file) != NULL) {
		unsigned char bytes[BYTES_MAX];
		const char *equals = strchr(line, '=');
		unsigned count;

		if (equals == NULL || !is_for(message, bytes, parse(line, equals, bytes)))
			continue;
		count = parse(equals + 1, NULL, bytes);
		if (count > 0) {
			memcpy(reply, bytes, count);
			*reply_bytes = count;
		}
		break;
	}
	if (file != NULL)
		(void)fclose(file);
}

int ipmi_sim_module_print_version(sys_data_t *sys, char *options)
{
	(void)sys;
	(void)options;
	return 0;
}

int ipmi_sim_module_init(sys_data_t *sys, const char *options)
{
	static const unsigned char dell_command[] = {0x9c, 0xb3};

	(void)sys;
	(void)snprintf(path, sizeof path, "%s", options);
	ipmi_emu_register_group_extension_handler(GROUP_DCMI, answer, NULL);
	(void)ipmi_emu_register_iana_handler(IANA_LENOVO, answer, NULL);
	for (size_t i = 0; i < sizeof dell_command; i++)
		(void)ipmi_emu_register_cmd_handler(OEM_NETFN_DELL, dell_command[i], answer, NULL);
	return 0;
}
