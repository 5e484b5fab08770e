/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/faulty_vfs.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <string.h>

struct faulty_file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static struct {
	enum faulty_kind kind;
	int64_t at;
	int64_t count;
	bool has_failed;
	sqlite3_vfs *real;
} faulty;

void faulty_vfs_arm(enum faulty_kind kind, int64_t at, int64_t count)
{
	faulty.kind = kind;
	faulty.at = at;
	faulty.count = count;
	faulty.has_failed = false;
}

void faulty_vfs_disarm(void)
{
	faulty.kind = FAULTY_NONE;
}

bool faulty_vfs_has_failed(void)
{
	return faulty.has_failed;
}

static bool is_due(enum faulty_kind kind)
{
	if (faulty.kind != kind || --faulty.at > 0 || faulty.at <= -faulty.count)
		return false;
	faulty.has_failed = true;
	return true;
}

static sqlite3_file *real(sqlite3_file *file)
{
	return ((struct faulty_file *)file)->real;
}

static int file_close(sqlite3_file *file)
{
	return real(file)->pMethods->xClose(real(file));
}

static int file_read(sqlite3_file *file, void *data, int bytes, sqlite3_int64 at)
{
	if (is_due(FAULTY_READ))
		return SQLITE_IOERR_READ;
	return real(file)->pMethods->xRead(real(file), data, bytes, at);
}

static int file_write(sqlite3_file *file, const void *data, int bytes, sqlite3_int64 at)
{
	if (is_due(FAULTY_WRITE))
		return SQLITE_IOERR_WRITE;
	if (is_due(FAULTY_FULL))
		return SQLITE_FULL;
	if (is_due(FAULTY_TORN_WRITE)) {
		real(file)->pMethods->xWrite(real(file), data, bytes / 2, at);
		return SQLITE_IOERR_WRITE;
	}
	return real(file)->pMethods->xWrite(real(file), data, bytes, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 bytes)
{
	return real(file)->pMethods->xTruncate(real(file), bytes);
}

static int file_sync(sqlite3_file *file, int flags)
{
	int rc = real(file)->pMethods->xSync(real(file), flags);

	return is_due(FAULTY_SYNC) ? SQLITE_IOERR_FSYNC : rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *bytes)
{
	return real(file)->pMethods->xFileSize(real(file), bytes);
}

static int file_lock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xLock(real(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
	return real(file)->pMethods->xUnlock(real(file), level);
}

static int file_check_lock(sqlite3_file *file, int *is_locked)
{
	return real(file)->pMethods->xCheckReservedLock(real(file), is_locked);
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
	return real(file)->pMethods->xFileControl(real(file), op, argument);
}

static int file_sector_size(sqlite3_file *file)
{
	return real(file)->pMethods->xSectorSize(real(file));
}

static int file_characteristics(sqlite3_file *file)
{
	return real(file)->pMethods->xDeviceCharacteristics(real(file));
}

static int file_shm_map(sqlite3_file *file, int page, int bytes, int may_extend, void volatile **out)
{
	return real(file)->pMethods->xShmMap(real(file), page, bytes, may_extend, out);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
	return real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
	real(file)->pMethods->xShmBarrier(real(file));
}

static int file_shm_unmap(sqlite3_file *file, int is_delete)
{
	return real(file)->pMethods->xShmUnmap(real(file), is_delete);
}

static const sqlite3_io_methods METHODS = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
	struct faulty_file *ours = (struct faulty_file *)file;
	int rc;

	(void)vfs;
	ours->real = (sqlite3_file *)(ours + 1);
	memset(ours->real, 0, (size_t)faulty.real->szOsFile);
	rc = faulty.real->xOpen(faulty.real, name, ours->real, flags, out_flags);
	ours->base.pMethods = ours->real->pMethods == NULL ? NULL : &METHODS;
	return rc;
}

void faulty_vfs_register(void)
{
	static sqlite3_vfs ours;

	sqlite3_initialize();
	faulty.real = sqlite3_vfs_find(NULL);
	ours = *faulty.real;
	ours.zName = "faulty";
	ours.szOsFile = (int)sizeof(struct faulty_file) + faulty.real->szOsFile;
	ours.xOpen = vfs_open;
	ours.pNext = NULL;
	cr_assert_eq(sqlite3_vfs_register(&ours, 1), SQLITE_OK);
}
