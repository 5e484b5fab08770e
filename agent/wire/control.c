/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/control.h"

#include "wire/codec.h"
#include "wire/packet.h"

#include <string.h>
#include <unistd.h>

enum { CONTROL_BYTES_MAX = WIRE_TEXT_BYTES + 16 };

enum err control_send(int socket_fd, const struct control *message, int fd, struct err_info *info)
{
	uint8_t bytes[CONTROL_BYTES_MAX];
	struct wire_writer writer = {.bytes = bytes, .capacity = sizeof(bytes)};

	wire_put_u16(&writer, WIRE_VERSION);
	wire_put_u8(&writer, (uint8_t)message->type);
	wire_put_u8(&writer, (uint8_t)message->kind);
	wire_put_text(&writer, message->text);
	return packet_send(socket_fd, bytes, writer.length, fd, info);
}

static enum err decode(const uint8_t *bytes, size_t length, struct control *message, struct err_info *info)
{
	struct wire_reader reader = {.bytes = bytes, .length = length};
	struct control read = {0};
	uint16_t version = wire_get_u16(&reader);
	uint8_t type = wire_get_enum(&reader, CONTROL_TYPE_END);

	read.type = (enum control_type)type;
	read.kind = (enum plan_kind)wire_get_enum(&reader, PLAN_KIND_COUNT);
	wire_get_text(&reader, read.text, sizeof(read.text));
	if (!wire_is_done(&reader) || version != WIRE_VERSION || type == 0)
		return err_set(info, ERR_DATA, "a control message of %zu bytes that is none (version %u, type %u)", length, version, type);
	*message = read;
	return ERR_NONE;
}

enum err control_receive(int socket_fd, struct control *message, int *fd, struct err_info *info)
{
	uint8_t bytes[CONTROL_BYTES_MAX];
	size_t length;
	int taken;
	enum err err = packet_receive(socket_fd, bytes, sizeof(bytes), &length, &taken, info);

	if (err != ERR_NONE)
		return err;
	err = decode(bytes, length, message, info);
	if (err != ERR_NONE) {
		if (taken >= 0)
			close(taken);
		return err;
	}
	*fd = taken;
	return ERR_NONE;
}
