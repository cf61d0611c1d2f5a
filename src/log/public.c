/* public.c - see public.h. */
#include "log/public.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool note_folder(struct public_files *p, const char *folder)
{
	for (size_t i = p->folder_count; i > 0; i--)
		if (strcmp(p->folders[i - 1], folder) == 0)
			return true;
	if (p->folder_count == p->folder_room) {
		size_t room = p->folder_room ? 2 * p->folder_room : 8;
		void *folders = realloc(p->folders, room * sizeof(*p->folders));

		if (!folders)
			return false;
		p->folders = folders;
		p->folder_room = room;
	}
	return path_format(p->folders[p->folder_count++], "%s", folder);
}

/* Makes the folders of a path below the root; those that hold a new one are synced later. */
static bool make_folders(struct public_files *p, const char *path)
{
	char folder[MOST_PATH];

	for (const char *at = path + strlen(p->root); (at = strchr(at + 1, '/')) != NULL;) {
		const char *end = at;

		if (!path_format(folder, "%.*s", (int)(end - path), path) ||
		    !p->disk->make_folder(p->disk->ctx, folder))
			return false;
		while (*--end != '/')
			;
		if (!path_format(folder, "%.*s", (int)(end - path), path) ||
		    !note_folder(p, folder))
			return false;
	}
	return true;
}

static bool flush(struct public_files *p)
{
	const struct disk *d = p->disk;
	bool ok = true;
	int why = 0;

	/* All are on their way before the first is waited for: then one commit of the file system's
	 * journal does for most. */
	for (unsigned i = 0; i < p->count; i++)
		sync_file_range(p->files[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	for (unsigned i = 0; i < p->count; i++) {
		ok = ok && d->sync(d->ctx, p->files[i].fd);
		why = ok ? 0 : why ? why : errno;
		close(p->files[i].fd);
	}
	for (unsigned i = 0; i < p->count && ok; i++) {
		ok = d->rename(d->ctx, p->files[i].temporary, p->files[i].path);
		why = ok ? 0 : errno;
	}
	p->count = 0;
	errno = why;
	return ok;
}

bool public_put(struct public_files *p, const struct tile *t, struct span bytes)
{
	const struct disk *d = p->disk;
	char name[TILE_MOST_PATH], *slash;
	struct public_file *f;

	if (p->count == PUBLIC_AT_ONCE && !flush(p))
		return false;
	f = &p->files[p->count];
	tile_path(t, name);
	if (!path_format(f->path, "%s/%s", p->root, name))
		return false;
	slash = strrchr(f->path, '/');
	if (!path_format(f->temporary, "%.*s/.%s.new", (int)(slash - f->path), f->path, slash + 1))
		return false;
	f->fd = d->open(d->ctx, f->temporary, true);
	if (f->fd < 0 && errno == ENOENT && make_folders(p, f->path))
		f->fd = d->open(d->ctx, f->temporary, true);
	if (f->fd < 0)
		return false;
	p->count++;
	*slash = 0;
	if (!note_folder(p, f->path))
		return false;
	*slash = '/';
	return d->write(d->ctx, f->fd, bytes.p, bytes.n, 0);
}

bool public_finish(struct public_files *p)
{
	bool ok = flush(p);

	for (size_t i = 0; i < p->folder_count && ok; i++)
		ok = p->disk->sync_folder(p->disk->ctx, p->folders[i]);
	p->folder_count = 0;
	return ok;
}

void public_free(struct public_files *p)
{
	for (unsigned i = 0; i < p->count; i++)
		close(p->files[i].fd);
	free(p->folders);
	p->count = 0;
	p->folders = NULL;
}

/* That it fails harms nobody: what is left takes room. */
void public_forget_partial(const struct disk *d, const char *root, unsigned level, uint64_t index)
{
	struct tile t = { level, index, TILE_WIDTH };
	char name[TILE_MOST_PATH], folder[MOST_PATH], path[MOST_PATH];
	const struct dirent *entry;
	DIR *dir;

	tile_path(&t, name);
	dir = path_format(folder, "%s/%s.p", root, name) ? opendir(folder) : NULL;
	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    path_format(path, "%s/%s", folder, entry->d_name))
			d->remove(d->ctx, path);
	closedir(dir);
	d->remove(d->ctx, folder);
}
