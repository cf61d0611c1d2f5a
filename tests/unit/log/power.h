/* power.h - a disk that fails: the Nth of all writes, syncs, renames and so on, or all from the Nth
 * on; and what a power cut leaves of a folder, where what was not synced may be there, or not, or
 * in part. Real files below a folder, and copies of what was synced. */
#ifndef EVENHAND_TESTS_UNIT_LOG_POWER_H
#define EVENHAND_TESTS_UNIT_LOG_POWER_H

#include "unit/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "log/disk.h"

#define POWER_FILES 4096
#define POWER_NAMES 8192

struct power_file {
	ino_t inode;
	uint8_t *synced; /* NULL: never */
	size_t n;
};

struct power_name {
	char folder[200], name[56];
	ino_t inode;
	bool is_folder;
};

struct power {
	char root[160];
	pthread_mutex_t mutex;
	unsigned count, fail_at; /* 0: never */
	bool for_good;           /* and all that follow */
	bool has_failed, is_model;
	struct power_file files[POWER_FILES];
	unsigned file_count;
	struct power_name names[POWER_NAMES]; /* that are durable */
	unsigned name_count;
};

static inline void path_join(char *to, size_t room, const char *folder, const char *name)
{
	int n = snprintf(to, room, "%s/%s", folder, name);

	assert_true(n > 0 && (size_t)n < room);
}

/* -- what is durable -- */

static inline struct power_file *power_file(struct power *p, ino_t inode)
{
	for (unsigned i = 0; i < p->file_count; i++)
		if (p->files[i].inode == inode)
			return &p->files[i];
	assert_true(p->file_count < POWER_FILES);
	p->files[p->file_count].inode = inode;
	return &p->files[p->file_count++];
}

static inline void power_synced(struct power *p, int fd)
{
	struct power_file *f;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	f = power_file(p, st.st_ino);
	free(f->synced);
	f->n = (size_t)st.st_size;
	f->synced = malloc(f->n + 1);
	assert_int_equal(pread(fd, f->synced, f->n, 0), f->n);
}

static inline void power_folder_synced(struct power *p, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	unsigned kept = 0;

	assert_non_null(dir);
	for (unsigned i = 0; i < p->name_count; i++)
		if (strcmp(p->names[i].folder, path) != 0)
			p->names[kept++] = p->names[i];
	p->name_count = kept;
	while ((d = readdir(dir)) != NULL) {
		struct power_name *n = &p->names[p->name_count];
		struct stat st;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		assert_true(p->name_count < POWER_NAMES && strlen(path) < sizeof(n->folder) &&
			    strlen(d->d_name) < sizeof(n->name));
		strcpy(n->folder, path);
		strcpy(n->name, d->d_name);
		assert_int_equal(fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
		n->inode = st.st_ino;
		n->is_folder = S_ISDIR(st.st_mode);
		p->name_count++;
	}
	closedir(dir);
}

/* -- the table -- */

/* False: this one fails. */
static inline bool power_goes(struct power *p)
{
	bool goes;

	p->count++;
	goes = p->fail_at == 0 || (p->for_good ? p->count < p->fail_at : p->count != p->fail_at);
	p->has_failed |= !goes;
	errno = goes ? 0 : EIO;
	return goes;
}

static inline int power_open(void *ctx, const char *path, bool fresh)
{
	struct power *p = ctx;
	bool is_new = access(path, F_OK) != 0;
	struct stat st;
	int fd = -1;

	pthread_mutex_lock(&p->mutex);
	if (power_goes(p))
		fd = disk_of_machine.open(NULL, path, fresh);
	if (fd >= 0 && is_new && p->is_model && fstat(fd, &st) == 0) {
		struct power_file *f = power_file(p, st.st_ino);

		free(f->synced); /* of another file that had this inode */
		f->synced = NULL;
		f->n = 0;
	}
	pthread_mutex_unlock(&p->mutex);
	return fd;
}

/* Through the cache as well: what is tested is who writes what. */
static inline int power_open_direct(void *ctx, const char *path)
{
	(void)ctx;
	return disk_of_machine.open(NULL, path, false);
}

#define POWER_CALL(call)                                                                           \
	struct power *p = ctx;                                                                     \
	bool ok;                                                                                   \
                                                                                                   \
	pthread_mutex_lock(&p->mutex);                                                             \
	ok = power_goes(p) && disk_of_machine.call

static inline bool power_write(void *ctx, int fd, const void *bytes, size_t n, uint64_t at)
{
	POWER_CALL(write(NULL, fd, bytes, n, at));
	/* What fails may have been done in part. */
	if (!ok && p->count == p->fail_at)
		disk_of_machine.write(NULL, fd, bytes, n / 2, at);
	pthread_mutex_unlock(&p->mutex);
	errno = ok ? errno : ENOSPC;
	return ok;
}

static inline bool power_resize(void *ctx, int fd, uint64_t size)
{
	POWER_CALL(resize(NULL, fd, size));
	pthread_mutex_unlock(&p->mutex);
	return ok;
}

static inline bool power_reserve(void *ctx, int fd, uint64_t size)
{
	POWER_CALL(resize(NULL, fd, size)); /* faster where files are in memory */
	pthread_mutex_unlock(&p->mutex);
	return ok;
}

static inline bool power_sync(void *ctx, int fd)
{
	POWER_CALL(sync(NULL, fd));
	if (ok && p->is_model)
		power_synced(p, fd);
	pthread_mutex_unlock(&p->mutex);
	return ok;
}

static inline bool power_sync_folder(void *ctx, const char *path)
{
	POWER_CALL(sync_folder(NULL, path));
	if (ok && p->is_model)
		power_folder_synced(p, path);
	pthread_mutex_unlock(&p->mutex);
	return ok;
}

static inline bool power_rename(void *ctx, const char *from, const char *to)
{
	POWER_CALL(rename(NULL, from, to));
	pthread_mutex_unlock(&p->mutex);
	return ok;
}

static inline bool power_make_folder(void *ctx, const char *path)
{
	POWER_CALL(make_folder(NULL, path));
	pthread_mutex_unlock(&p->mutex);
	return ok;
}

static inline bool power_remove(void *ctx, const char *path)
{
	POWER_CALL(remove(NULL, path));
	pthread_mutex_unlock(&p->mutex);
	return ok;
}

static inline struct disk power_disk(struct power *p)
{
	return (struct disk){ .ctx = p,
			      .open = power_open,
			      .open_direct = power_open_direct,
			      .write = power_write,
			      .resize = power_resize,
			      .reserve = power_reserve,
			      .sync = power_sync,
			      .sync_folder = power_sync_folder,
			      .rename = power_rename,
			      .make_folder = power_make_folder,
			      .remove = power_remove };
}

/* -- folders -- */

/* Calls each(ctx, path below root, is_folder), folders before what is in them. */
static inline void folder_each(const char *path,
			       void (*each)(void *ctx, const char *path, bool is_folder), void *ctx)
{
	DIR *dir = opendir(path);
	const struct dirent *d;

	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL) {
		char inside[512];
		struct stat st;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		path_join(inside, sizeof(inside), path, d->d_name);
		assert_int_equal(lstat(inside, &st), 0);
		each(ctx, inside, S_ISDIR(st.st_mode));
		if (S_ISDIR(st.st_mode))
			folder_each(inside, each, ctx);
	}
	closedir(dir);
}

static inline void file_copy(const char *from, const char *to)
{
	uint8_t *bytes;
	size_t n;
	int fd;

	assert_true(file_read(from, 1u << 30, &bytes, &n));
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
	free(bytes);
}

struct copying {
	const char *from, *to;
};

static inline void copy_one(void *ctx, const char *path, bool is_folder)
{
	const struct copying *c = ctx;
	char to[512];

	snprintf(to, sizeof(to), "%s%s", c->to, path + strlen(c->from));
	if (is_folder)
		assert_int_equal(mkdir(to, 0755), 0);
	else
		file_copy(path, to);
}

static inline void folder_copy(const char *from, const char *to)
{
	struct copying c = { from, to };

	assert_int_equal(mkdir(to, 0755), 0);
	folder_each(from, copy_one, &c);
}

static inline void folder_remove(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

/* In memory where there is a folder for that. */
static inline void scratch_make(char path[128])
{
	snprintf(path, 128, "%s/evenhand-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(path));
}

/* -- a power cut -- */

static inline void take_durable(void *ctx, const char *path, bool is_folder)
{
	struct power *p = ctx;
	int fd;

	if (is_folder) {
		power_folder_synced(p, path);
		return;
	}
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	power_synced(p, fd);
	close(fd);
}

/* All that is there is taken for durable. */
static inline void power_start(struct power *p, const char *root, bool is_model)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->root, sizeof(p->root), "%s", root);
	pthread_mutex_init(&p->mutex, NULL);
	p->is_model = is_model;
	if (is_model) {
		power_folder_synced(p, root);
		folder_each(root, take_durable, p);
	}
}

static inline void power_end(struct power *p)
{
	for (unsigned i = 0; i < p->file_count; i++)
		free(p->files[i].synced);
	p->file_count = 0;
}

/* Of a file that has that inode: what was synced, what was written, or the first part of this and
 * the rest of that. */
static inline void leave_file(struct power *p, ino_t inode, const char *now, const char *to)
{
	const struct power_file *f = power_file(p, inode);
	uint8_t *written = NULL;
	struct stat st;
	size_t n = 0, cut;
	int fd, how = rand() % 3;

	if (lstat(now, &st) == 0 && st.st_ino == inode)
		assert_true(file_read(now, 1u << 30, &written, &n));
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	cut = how == 0 || !written ? 0 : how == 1 ? n : n ? (size_t)rand() % (n + 1) : 0;
	if (f->synced)
		assert_int_equal(pwrite(fd, f->synced, f->n, 0), f->n);
	if (how == 1 && written)
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
	if (cut)
		assert_int_equal(pwrite(fd, written, cut, 0), cut);
	close(fd);
	free(written);
}

static inline void leave_name(struct power *p, const char *folder, const char *name, ino_t inode,
			      bool is_folder, const char *to);

static inline const struct power_name *durable_name(const struct power *p, const char *folder,
						    const char *name)
{
	for (unsigned i = 0; i < p->name_count; i++)
		if (strcmp(p->names[i].folder, folder) == 0 && strcmp(p->names[i].name, name) == 0)
			return &p->names[i];
	return NULL;
}

static inline void leave_folder(struct power *p, const char *folder, const char *to)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;

	assert_int_equal(mkdir(to, 0755), 0);
	for (unsigned i = 0; i < p->name_count; i++) {
		const struct power_name *n = &p->names[i];
		char now[512];
		struct stat st;

		if (strcmp(n->folder, folder) != 0)
			continue;
		path_join(now, sizeof(now), folder, n->name);
		if (lstat(now, &st) == 0 && st.st_ino != n->inode && rand() % 2)
			leave_name(p, folder, n->name, st.st_ino, S_ISDIR(st.st_mode), to);
		else if (lstat(now, &st) == 0 || rand() % 2)
			leave_name(p, folder, n->name, n->inode, n->is_folder, to);
	}
	while (dir && (d = readdir(dir)) != NULL) {
		struct stat st;

		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
		    durable_name(p, folder, d->d_name) || rand() % 2)
			continue;
		assert_int_equal(fstatat(dirfd(dir), d->d_name, &st, 0), 0);
		leave_name(p, folder, d->d_name, st.st_ino, S_ISDIR(st.st_mode), to);
	}
	if (dir)
		closedir(dir);
}

static inline void leave_name(struct power *p, const char *folder, const char *name, ino_t inode,
			      bool is_folder, const char *to)
{
	char now[512], inside[512];

	path_join(now, sizeof(now), folder, name);
	path_join(inside, sizeof(inside), to, name);
	if (is_folder)
		leave_folder(p, now, inside);
	else
		leave_file(p, inode, now, inside);
}

/* What is left of the root, as a new folder. */
static inline void power_cut(struct power *p, const char *to, unsigned seed)
{
	srand(seed);
	leave_folder(p, p->root, to);
}

#endif
