/* input.c - an image from a file, standard input or a folder, mapped read-only. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

int temporary_file(void)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!folder || !folder[0])
		folder = "/tmp";
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/evenhand.XXXXXX", folder);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

bool write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n) {
		ssize_t some = write(fd, p, n);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return false;
		p += some;
		n -= (size_t)some;
	}
	return true;
}

static int64_t nanoseconds(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool copy_stream(int from, int to)
{
	static char buffer[1 << 16];
	ssize_t n;

	while ((n = read(from, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !write_all(to, buffer, (size_t)n))
			return false;
	}
	return true;
}

/* Standard input and folders are brought into one file first. */
static bool open_copy(struct input *in, bool folder)
{
	in->fd = temporary_file();
	in->is_copy = true;
	if (in->fd < 0)
		return complain(in->name, "Set TMPDIR to a folder with room.",
				"no temporary file: %s", strerror(errno));
	if (folder ? folder_pack(in->name, in->fd) : copy_stream(0, in->fd))
		return true;
	return complain(in->name, "Set TMPDIR to a folder with room.",
			"it could not be read to its end: %s", strerror(errno));
}

static bool open_named(struct input *in)
{
	struct stat st;

	in->fd = open(in->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (in->fd < 0 && errno == ENOENT)
		return complain(in->name, NULL, "no such file");
	if (in->fd < 0)
		return complain(in->name, NULL, "it cannot be read: %s", strerror(errno));
	if (fstat(in->fd, &st))
		return complain(in->name, NULL, "%s", strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		close(in->fd);
		return open_copy(in, true);
	}
	if (!S_ISREG(st.st_mode))
		return complain(in->name,
				"Copy it into a file first, or pipe it in: evenhand scan - < IT",
				"it is a device or pipe, not a file");
	return true;
}

bool input_open(struct input *in, const char *name)
{
	struct stat st;

	*in = (struct input){ .name = name, .fd = -1 };
	if (!(strcmp(name, "-") == 0 ? open_copy(in, false) : open_named(in)))
		return false;
	if (fstat(in->fd, &st))
		return complain(name, NULL, "%s", strerror(errno));
	if (st.st_size == 0)
		return complain(name, "An interrupted download can leave an empty file.",
				"it is empty");
	in->size = (uint64_t)st.st_size;
	in->mtime_ns = nanoseconds(st.st_mtim);
	in->ctime_ns = nanoseconds(st.st_ctim);
	in->bytes.n = (size_t)st.st_size;
	in->bytes.p = mmap(NULL, in->bytes.n, PROT_READ, MAP_SHARED, in->fd, 0);
	if (in->bytes.p == MAP_FAILED)
		return complain(name, NULL, "it cannot be mapped: %s", strerror(errno));
	madvise((void *)(uintptr_t)in->bytes.p, in->bytes.n, MADV_WILLNEED);
	return true;
}

void input_close(struct input *in)
{
	if (in->bytes.p && in->bytes.p != MAP_FAILED)
		munmap((void *)(uintptr_t)in->bytes.p, in->bytes.n);
	if (in->fd >= 0)
		close(in->fd);
	*in = (struct input){ .fd = -1 };
}

bool input_unchanged(const struct input *in)
{
	struct stat st;

	if (fstat(in->fd, &st))
		return complain(in->name, NULL, "%s", strerror(errno));
	if (in->is_copy ||
	    ((uint64_t)st.st_size == in->size && nanoseconds(st.st_mtim) == in->mtime_ns &&
	     nanoseconds(st.st_ctim) == in->ctime_ns))
		return true;
	return complain(in->name, "Nothing was written. Scan it again when nobody writes to it.",
			"it changed while it was read");
}
