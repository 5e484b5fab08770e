/* SPDX-License-Identifier: Apache-2.0 */
#include "run/deliver_batch.h"

#include "base/text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err map_payload(struct deliver_batch *batch, const struct wire_batch *head, int fd, struct err_info *info)
{
	const int wanted = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
	struct stat status;
	void *data;

	if (seals < 0 || (seals & wanted) != wanted)
		return err_set(info, ERR_DATA, "a batch came without a sealed memory file");
	if (fstat(fd, &status) != 0 || status.st_size != (off_t)head->payload_bytes)
		return err_set(info, ERR_DATA, "a batch has another size than it says");
	if (head->payload_bytes == 0 || head->payload_bytes > DELIVER_PAYLOAD_BYTES_MAX)
		return err_set(info, ERR_LIMIT, "a batch of %u bytes; 1 to %d are taken", head->payload_bytes, DELIVER_PAYLOAD_BYTES_MAX);
	data = mmap(NULL, head->payload_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return err_set(info, ERR_MEMORY, "a batch cannot be mapped");
	batch->data = data;
	batch->bytes = head->payload_bytes;
	return ERR_NONE;
}

static void unmap_payload(struct deliver_batch *batch)
{
	if (batch->data != NULL)
		munmap((void *)(uintptr_t)batch->data, batch->bytes);
	batch->data = NULL;
	parcel_deinit(&batch->parcel);
}

enum err deliver_batch_open(struct deliver_batch *batch, const struct wire_batch *head, int fd, struct err_info *info)
{
	enum err err;

	*batch = (struct deliver_batch){.head = *head};
	err = map_payload(batch, head, fd, info);
	if (fd >= 0)
		close(fd);
	if (err == ERR_NONE)
		err = parcel_init(&batch->parcel, batch->data, batch->bytes, info);
	if (err == ERR_NONE && batch->parcel.line_count != head->point_count)
		err = err_set(info, ERR_DATA, "a batch says %u points and holds %u lines", head->point_count, batch->parcel.line_count);
	if (err != ERR_NONE) {
		unmap_payload(batch);
		return err;
	}
	batch->stage = DELIVER_STAGE_QUEUED;
	return ERR_NONE;
}

void deliver_batch_answer(struct deliver_batch *batch, enum wire_verdict_code code, uint32_t retry_after_s, const char *text)
{
	struct wire_verdict *verdict = &batch->verdict;
	size_t max = sizeof verdict->rejected_line / sizeof verdict->rejected_line[0];

	verdict->batch_id = batch->head.batch_id;
	verdict->code = code;
	verdict->retry_after_s = retry_after_s;
	verdict->rejected_count = 0;
	if (code == VERDICT_REJECTED) {
		uint32_t named_count = parcel_refused_lines(&batch->parcel, verdict->rejected_line, (uint32_t)max);

		verdict->rejected_count = named_count > 0 ? batch->parcel.refused_count : batch->head.point_count;
	}
	text_clean(verdict->text, sizeof verdict->text, text, strlen(text));
	unmap_payload(batch);
	batch->stage = DELIVER_STAGE_ANSWERED;
}

void deliver_batch_close(struct deliver_batch *batch)
{
	unmap_payload(batch);
	batch->stage = DELIVER_STAGE_FREE;
}
