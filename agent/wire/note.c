/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/note.h"

#include "wire/record.h"

void wire_put_note(struct wire_writer *writer, const struct wire_note *note)
{
	wire_begin(writer, WIRE_NOTE);
	wire_put_u8(writer, (uint8_t)note->kind);
	wire_put_text(writer, note->text);
}

enum err wire_get_note(struct wire_reader *reader, struct wire_note *out, struct err_info *info)
{
	*out = (struct wire_note){.kind = (enum wire_note_kind)wire_get_enum(reader, NOTE_KIND_COUNT)};
	wire_get_text(reader, out->text, sizeof out->text);
	if (!wire_is_done(reader) || out->text[0] == '\0') {
		reader->is_bad = true;
		return err_set(info, ERR_DATA, "the note is of another kind, has no clean text, or something behind it");
	}
	return ERR_NONE;
}
