/* SPDX-License-Identifier: Apache-2.0 */
/* note: the record that tells core of something for the ledger's events; see wire/record.h for what records are. */
#ifndef WATTLEDGER_WIRE_NOTE_H
#define WATTLEDGER_WIRE_NOTE_H

#include "base/err.h"
#include "wire/codec.h"

/* That of an event in the ledger, so that nothing of it is cut. */
enum { WIRE_NOTE_BYTES = 512 };

/* What became of a series of grid factors that came by itself. */
enum wire_note_kind {
	NOTE_SERIES_TAKEN = 0,
	NOTE_SERIES_REFUSED, /* it came and is wrong: nothing changed */
	NOTE_SERIES_MISSING, /* it cannot be had: folder, server, answer */
	NOTE_SERIES_BACK,    /* it can be had again */
	NOTE_KIND_COUNT
};

struct wire_note {
	enum wire_note_kind kind;
	char text[WIRE_NOTE_BYTES]; /* what, and what to do; not "" */
};

/* Writes header and body. */
void wire_put_note(struct wire_writer *writer, const struct wire_note *note);

/* Reads the body behind the header. ERR_DATA: another kind, no text, unclean text, or something behind it. */
enum err wire_get_note(struct wire_reader *reader, struct wire_note *out, struct err_info *info) MUST_CHECK;

#endif
