/* folder.c - an unpacked root folder as one pax archive in a fixed order, so that it can be
 * examined like any image. Links are kept as links; what cannot be read is an error, never left out
 * silently. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool copy_content(struct archive *out, const char *path)
{
	static char buffer[1 << 16];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = -1;

	if (fd < 0)
		return complain(path, NULL, "it cannot be read: %s", strerror(errno));
	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		if (archive_write_data(out, buffer, (size_t)n) < n)
			break;
	close(fd);
	return n == 0;
}

static bool pack_one(struct archive *out, struct archive *disk, const FTSENT *f, size_t root)
{
	struct archive_entry *e = archive_entry_new();
	bool ok;

	archive_entry_copy_sourcepath(e, f->fts_accpath);
	archive_entry_copy_pathname(e, f->fts_pathlen > root ? f->fts_path + root : ".");
	ok = archive_read_disk_entry_from_file(disk, e, -1, f->fts_statp) >= ARCHIVE_WARN;
	/* Access and change times are of this machine, not of the image. */
	archive_entry_unset_atime(e);
	archive_entry_unset_ctime(e);
	archive_entry_unset_birthtime(e);
	archive_entry_copy_uname(e, NULL);
	archive_entry_copy_gname(e, NULL);
	ok = ok && archive_write_header(out, e) >= ARCHIVE_WARN;
	if (ok && S_ISREG(f->fts_statp->st_mode) && f->fts_statp->st_size > 0)
		ok = copy_content(out, f->fts_accpath);
	archive_entry_free(e);
	return ok;
}

bool folder_pack(const char *folder, int fd)
{
	char *roots[] = { (char *)(uintptr_t)folder, NULL };
	FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	struct archive *out = archive_write_new(), *disk = archive_read_disk_new();
	size_t root = strlen(folder) + (folder[strlen(folder) - 1] != '/');
	bool ok = walk && out && disk;
	FTSENT *f;

	if (ok) {
		archive_write_set_format_pax(out);
		archive_write_set_bytes_in_last_block(out, 1);
		ok = archive_write_open_fd(out, fd) == ARCHIVE_OK;
	}
	while (ok && (f = fts_read(walk))) {
		if (f->fts_info == FTS_DP)
			continue;
		if (f->fts_info == FTS_DNR || f->fts_info == FTS_ERR || f->fts_info == FTS_NS)
			ok = complain(f->fts_path, NULL, "it cannot be read: %s",
				      strerror(f->fts_errno));
		else
			ok = pack_one(out, disk, f, root);
	}
	ok = ok && archive_write_close(out) == ARCHIVE_OK;
	if (walk)
		fts_close(walk);
	archive_write_free(out);
	archive_read_free(disk);
	return ok;
}
