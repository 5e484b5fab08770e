/* SPDX-License-Identifier: Apache-2.0 */
#include "modbus_honest.h"

#include "modbus_fault.h"

#include <errno.h>
#include <modbus/modbus.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_BYTES = MODBUS_HONEST_TCP_HEAD_BYTES, CRC_BYTES = 2, ROOM_BYTES = 250 };

enum err modbus_honest_open(struct modbus_honest *honest, struct err_info *info)
{
	modbus_mapping_t *mapping = modbus_mapping_new(0, 0, MODBUS_HONEST_REGISTERS, MODBUS_HONEST_REGISTERS);

	*honest = (struct modbus_honest){.mapping = mapping, .feed_fd = {-1, -1}};
	if (mapping == NULL)
		return err_set(info, ERR_MEMORY, "no memory for the registers");
	honest->holding_table = mapping->tab_registers;
	honest->input_table = mapping->tab_input_registers;
	for (int i = 0; i < 2; i++) {
		int pair[2];
		modbus_t *library = i == 0 ? modbus_new_rtu("none", 9600, 'N', 8, 1) : modbus_new_tcp("127.0.0.1", 0);

		honest->library[i] = library;
		if (library == NULL || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
			return err_set_errno(info, ERR_IO, errno, "libmodbus");
		(void)modbus_set_socket(library, pair[0]);
		honest->feed_fd[i] = pair[1];
	}
	return ERR_NONE;
}

void modbus_honest_close(struct modbus_honest *honest)
{
	for (int i = 0; i < 2; i++) {
		if (honest->feed_fd[i] >= 0) {
			close(honest->feed_fd[i]);
			close(modbus_get_socket(honest->library[i]));
		}
		modbus_free(honest->library[i]);
	}
	modbus_mapping_free(honest->mapping);
}

static const uint8_t *body_of(const struct modbus_asked *asked)
{
	return asked->frame + (asked->is_tcp ? HEAD_BYTES : 0);
}

uint8_t modbus_honest_unit(const struct modbus_asked *asked)
{
	return body_of(asked)[0];
}

uint8_t modbus_honest_function(const struct modbus_asked *asked)
{
	return body_of(asked)[1];
}

uint16_t modbus_honest_address(const struct modbus_asked *asked)
{
	return (uint16_t)(body_of(asked)[2] << 8 | body_of(asked)[3]);
}

uint16_t modbus_honest_count(const struct modbus_asked *asked)
{
	return (uint16_t)(body_of(asked)[4] << 8 | body_of(asked)[5]);
}

size_t modbus_honest_answer(struct modbus_honest *honest, const struct modbus_asked *asked, uint8_t out[static MODBUS_HONEST_BYTES_MAX])
{
	modbus_t *library = honest->library[asked->is_tcp];
	int feed_fd = honest->feed_fd[asked->is_tcp];
	uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
	ssize_t got;
	int length;

	(void)modbus_set_slave(library, modbus_honest_unit(asked));
	if (write(feed_fd, asked->frame, asked->bytes) != (ssize_t)asked->bytes)
		return 0;
	length = modbus_receive(library, query);
	if (length <= 0 || modbus_reply(library, query, length, honest->mapping) < 0)
		return 0;
	got = recv(feed_fd, out, MODBUS_HONEST_BYTES_MAX, MSG_DONTWAIT);
	return got > 0 ? (size_t)got : 0;
}

/* Header or check sum for `bytes` of header and body. */
static size_t seal(bool is_tcp, uint8_t *out, size_t bytes)
{
	uint16_t crc;

	if (is_tcp) {
		out[4] = 0;
		out[5] = (uint8_t)(bytes - HEAD_BYTES);
		return bytes;
	}
	crc = modbus_fault_crc(out, bytes);
	out[bytes] = (uint8_t)crc;
	out[bytes + 1] = (uint8_t)(crc >> 8);
	return bytes + CRC_BYTES;
}

/* The header of the request and its unit; returns the bytes. */
static size_t begin(const struct modbus_asked *asked, uint8_t *out)
{
	size_t bytes = (asked->is_tcp ? HEAD_BYTES : 0) + 1u;

	memcpy(out, asked->frame, bytes);
	return bytes;
}

size_t modbus_honest_identify(const struct modbus_asked *asked, const char *const text[static MODBUS_HONEST_OBJECTS],
			      uint8_t out[static MODBUS_HONEST_BYTES_MAX])
{
	/* read device identification, the basic objects, conformity 1, nothing follows, next 0; then their number */
	static const uint8_t fixed[] = {MODBUS_HONEST_ENCAPSULATED, 14, 1, 1, 0, 0, 0};
	size_t at = begin(asked, out);
	size_t count_at = at + sizeof fixed - 1;

	memcpy(out + at, fixed, sizeof fixed);
	at += sizeof fixed;
	for (uint8_t i = 0; i < MODBUS_HONEST_OBJECTS; i++) {
		size_t bytes = text[i] == NULL ? 0 : strlen(text[i]);

		if (text[i] == NULL || at + bytes + 2 > ROOM_BYTES)
			continue;
		out[count_at]++;
		out[at++] = i;
		out[at++] = (uint8_t)bytes;
		memcpy(out + at, text[i], bytes);
		at += bytes;
	}
	return seal(asked->is_tcp, out, at);
}

size_t modbus_honest_refuse(const struct modbus_asked *asked, uint8_t code, uint8_t out[static MODBUS_HONEST_BYTES_MAX])
{
	size_t at = begin(asked, out);

	out[at++] = modbus_honest_function(asked) | 0x80;
	out[at++] = code;
	return seal(asked->is_tcp, out, at);
}
