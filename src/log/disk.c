/* disk.c - see disk.h. */
#include "log/disk.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int machine_open(void *ctx, const char *path, bool fresh)
{
	int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (fresh ? O_TRUNC : 0);

	(void)ctx;
	return open(path, flags, 0644);
}

static int machine_open_direct(void *ctx, const char *path)
{
	(void)ctx;
	return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_DIRECT);
}

static bool machine_write(void *ctx, int fd, const void *bytes, size_t n, uint64_t at)
{
	const uint8_t *p = bytes;

	(void)ctx;
	while (n) {
		ssize_t wrote = pwrite(fd, p, n, (off_t)at);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		p += wrote;
		at += (uint64_t)wrote;
		n -= (size_t)wrote;
	}
	return true;
}

static bool machine_resize(void *ctx, int fd, uint64_t size)
{
	(void)ctx;
	return ftruncate(fd, (off_t)size) == 0;
}

static bool machine_reserve(void *ctx, int fd, uint64_t size)
{
	(void)ctx;
	errno = posix_fallocate(fd, 0, (off_t)size);
	return errno == 0;
}

/* Never again after a failure: the kernel may take what it could not write for written. */
static bool machine_sync(void *ctx, int fd)
{
	(void)ctx;
	return fdatasync(fd) == 0;
}

static bool machine_sync_folder(void *ctx, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	int why = errno;

	(void)ctx;
	if (fd >= 0)
		close(fd);
	errno = why;
	return ok;
}

static bool machine_rename(void *ctx, const char *from, const char *to)
{
	(void)ctx;
	return rename(from, to) == 0;
}

static bool machine_make_folder(void *ctx, const char *path)
{
	(void)ctx;
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

static bool machine_remove(void *ctx, const char *path)
{
	(void)ctx;
	return remove(path) == 0;
}

const struct disk disk_of_machine = {
	.open = machine_open,
	.open_direct = machine_open_direct,
	.write = machine_write,
	.resize = machine_resize,
	.reserve = machine_reserve,
	.sync = machine_sync,
	.sync_folder = machine_sync_folder,
	.rename = machine_rename,
	.make_folder = machine_make_folder,
	.remove = machine_remove,
};

bool path_format(char path[MOST_PATH], const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(path, MOST_PATH, format, args);
	va_end(args);
	errno = ENAMETOOLONG;
	return n >= 0 && (size_t)n < MOST_PATH;
}

bool disk_write_file(const struct disk *d, const char *path, struct span bytes, bool sync)
{
	int fd = d->open(d->ctx, path, true);
	bool ok = fd >= 0 && d->write(d->ctx, fd, bytes.p, bytes.n, 0) &&
		  (!sync || d->sync(d->ctx, fd));
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return ok;
}

bool disk_replace(const struct disk *d, const char *folder, const char *name, struct span bytes)
{
	char path[MOST_PATH], temporary[MOST_PATH];

	return path_format(path, "%s/%s", folder, name) &&
	       path_format(temporary, "%s/.%s.new", folder, name) &&
	       disk_write_file(d, temporary, bytes, true) && d->rename(d->ctx, temporary, path) &&
	       d->sync_folder(d->ctx, folder);
}

static bool read_all(int fd, uint8_t *to, size_t n)
{
	for (size_t at = 0; at < n;) {
		ssize_t got = pread(fd, to + at, n - at, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO; /* it became shorter */
		if (got <= 0)
			return false;
		at += (size_t)got;
	}
	return true;
}

bool file_read(const char *path, size_t most, uint8_t **bytes, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), why;
	struct stat st;
	bool ok = fd >= 0 && fstat(fd, &st) == 0;

	*bytes = NULL;
	if (ok && (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > most)) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		ok = false;
	}
	if (ok) {
		*n = (size_t)st.st_size;
		*bytes = malloc(*n + 1);
		ok = *bytes && read_all(fd, *bytes, *n);
	}
	why = errno;
	if (!ok) {
		free(*bytes);
		*bytes = NULL;
	}
	if (fd >= 0)
		close(fd);
	errno = why;
	return ok;
}
