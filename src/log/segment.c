/* segment.c - see segment.h. */
#include "log/segment.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"

#define USUAL_MOST (256u << 20)
/* What may be appended at once, and so how far a file may grow beyond its usual size. */
#define MOST_BATCH (64u << 20)
/* So much goes past the kernel's cache at once. */
#define BOUNCE (4u << 20)

/* -- records -- */

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

size_t segment_record_size(size_t entry, size_t envelope)
{
	return (RECORD_HEAD + entry + envelope + 7) & ~(size_t)7;
}

void segment_record_write(const struct record *r, uint8_t *out)
{
	size_t used = RECORD_HEAD + r->entry.n + r->envelope.n;
	size_t size = segment_record_size(r->entry.n, r->envelope.n);

	memcpy(out, "EVR1", 4);
	put64(out + 8, r->number);
	put64(out + 16, (uint64_t)r->time);
	put32(out + 24, (uint32_t)r->envelope.n);
	put32(out + 28, (uint32_t)r->entry.n);
	memcpy(out + 32, r->pae_sha256, SHA256_SIZE);
	if (r->entry.n)
		memcpy(out + RECORD_HEAD, r->entry.p, r->entry.n);
	if (r->envelope.n)
		memcpy(out + RECORD_HEAD + r->entry.n, r->envelope.p, r->envelope.n);
	memset(out + used, 0, size - used);
	put32(out + 4, crc32_of((struct span){ out + 8, size - 8 }));
}

const char *segment_record_read(struct span in, struct record *r, size_t *size)
{
	struct cursor c = { .in = in, .at = 4 };
	uint32_t crc = cursor_le32(&c), envelope, entry;

	r->number = cursor_le64(&c);
	r->time = (int64_t)cursor_le64(&c);
	envelope = cursor_le32(&c);
	entry = cursor_le32(&c);
	if (in.n < RECORD_HEAD || !span_starts(in, span_text("EVR1")))
		return "no record begins where one should";
	if (envelope > 1u << 20 || entry > 65535)
		return "a record's size is impossible";
	*size = segment_record_size(entry, envelope);
	if (*size > in.n)
		return "a record is cut off";
	if (crc32_of((struct span){ in.p + 8, *size - 8 }) != crc)
		return "a record's checksum does not hold";
	memcpy(r->pae_sha256, in.p + 32, SHA256_SIZE);
	r->entry = (struct span){ in.p + RECORD_HEAD, entry };
	r->envelope = (struct span){ in.p + RECORD_HEAD + entry, envelope };
	return NULL;
}

/* -- files -- */

static bool blame(struct segment_fault *f, uint32_t number, const char *what)
{
	snprintf(f->file, sizeof(f->file), "segments/%08u", number);
	f->what = what;
	return false;
}

static bool path_of(const struct segments *s, uint32_t number, char path[MOST_PATH])
{
	return path_format(path, "%s/%08u", s->folder, number);
}

static struct segment *add(struct segments *s)
{
	struct segment *list;

	if (s->count == s->room) {
		uint32_t room = s->room ? 2 * s->room : 16;

		list = realloc(s->list, room * sizeof(*list));
		if (!list)
			return NULL;
		s->list = list;
		s->room = room;
	}
	s->list[s->count] = (struct segment){ 0 };
	return &s->list[s->count];
}

static void head_write(uint8_t head[SEGMENT_HEAD], uint32_t number, uint64_t first, uint64_t before)
{
	memcpy(head, "EVS1", 4);
	put32(head + 8, number);
	put32(head + 12, 0);
	put64(head + 16, first);
	put64(head + 24, before);
	put32(head + 4, crc32_of((struct span){ head + 8, SEGMENT_HEAD - 8 }));
}

/* *before: the bytes that the file before it has. */
static bool head_holds(struct span head, uint32_t number, uint64_t *first, uint64_t *before)
{
	struct cursor c = { .in = head, .at = 4 };
	uint32_t crc = cursor_le32(&c), own = cursor_le32(&c);

	cursor_skip(&c, 4);
	*first = cursor_le64(&c);
	*before = cursor_le64(&c);
	return !c.ran_out && span_starts(head, span_text("EVS1")) && own == number &&
	       crc == crc32_of((struct span){ head.p + 8, SEGMENT_HEAD - 8 });
}

/* Takes in the next file. False without a fault of its own: there is none. */
static bool take_next(struct segments *s, struct segment_fault *f)
{
	uint32_t number = s->count;
	const struct segment *last = number ? &s->list[number - 1] : NULL;
	uint8_t head[SEGMENT_HEAD];
	char path[MOST_PATH];
	uint64_t first = 0, before = 0;
	struct segment *next;
	struct stat st;
	int fd = path_of(s, number, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	bool ok = fd >= 0 && fstat(fd, &st) == 0 && (next = add(s)) != NULL;

	if (!ok && (fd >= 0 || errno != ENOENT))
		blame(f, number, NULL);
	if (ok && (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) ||
		   !head_holds((struct span){ head, sizeof(head) }, number, &first, &before)))
		ok = blame(f, number, "its head is torn or was changed");
	if (ok && st.st_size > UINT32_MAX)
		ok = blame(f, number, "it is larger than a segment can be");
	if (ok && last && (before != last->bytes || first < last->first))
		ok = blame(f, number - 1, "it is shorter or longer than when it was full");
	if (ok) {
		*next = (struct segment){ .first = first, .bytes = (uint32_t)st.st_size };
		if (number)
			s->list[number - 1].full = s->list[number - 1].bytes;
		s->count++;
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

bool segments_open(struct segments *s, const char *dir, uint32_t count,
		   const struct segment_options *o, struct segment_fault *f)
{
	*s = (struct segments){
		.disk = o->disk, .most = o->most ? o->most : USUAL_MOST, .fd = -1, .direct = -1
	};
	*f = (struct segment_fault){ 0 };
	pthread_mutex_init(&s->mutex, NULL);
	if (!path_format(s->folder, "%s/segments", dir))
		return blame(f, 0, NULL);
	while (s->count < count)
		if (!take_next(s, f))
			return f->file[0] ? false : blame(f, s->count, "it is missing");
	return true;
}

void segments_free(struct segments *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		if (s->list[i].map)
			munmap((void *)(uintptr_t)s->list[i].map, s->list[i].mapped);
	if (s->fd >= 0)
		close(s->fd);
	if (s->direct >= 0)
		close(s->direct);
	free(s->bounce);
	free(s->list);
	if (s->folder[0])
		pthread_mutex_destroy(&s->mutex);
	*s = (struct segments){ .fd = -1, .direct = -1 };
}

/* -- writing -- */

bool segments_create(const char *dir, const struct disk *disk)
{
	uint8_t head[SEGMENT_HEAD];
	char path[MOST_PATH];

	head_write(head, 0, 0, 0);
	return path_format(path, "%s/segments", dir) && disk->make_folder(disk->ctx, path) &&
	       disk_replace(disk, path, "00000000", (struct span){ head, sizeof(head) });
}

/* Large batches are copied to the disk, not into the kernel's cache first: that is where most of
 * the time would go. */
static void open_direct(struct segments *s, const char *path)
{
	if (s->direct >= 0)
		close(s->direct);
	if (!s->bounce)
		s->bounce = aligned_alloc(DISK_BLOCK, BOUNCE);
	s->direct = s->bounce ? s->disk->open_direct(s->disk->ctx, path) : -1;
}

/* Files behind the end, whatever is in them. */
static bool remove_behind(struct segments *s, uint32_t end, struct segment_fault *f)
{
	const struct disk *d = s->disk;
	DIR *dir = opendir(s->folder);
	const struct dirent *entry;
	char path[MOST_PATH];
	bool ok = dir != NULL;

	while (ok && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;

		if (strlen(name) == 8 && strspn(name, "0123456789") == 8 &&
		    strtoul(name, NULL, 10) > end)
			ok = path_format(path, "%s/%s", s->folder, name) && d->remove(d->ctx, path);
	}
	if (!ok)
		blame(f, end + 1, NULL);
	if (dir)
		closedir(dir);
	return ok;
}

bool segments_cut(struct segments *s, struct place end, struct segment_fault *f)
{
	const struct disk *d = s->disk;
	char path[MOST_PATH];

	if (end.segment >= s->count || end.offset > s->list[end.segment].bytes)
		return blame(f, end.segment, "it ends before what was acknowledged");
	if (!remove_behind(s, end.segment, f))
		return false;
	if (!path_of(s, end.segment, path) || (s->fd = d->open(d->ctx, path, false)) < 0)
		return blame(f, end.segment, NULL);
	if (end.offset < s->list[end.segment].bytes &&
	    (!d->resize(d->ctx, s->fd, end.offset) || !d->sync(d->ctx, s->fd)))
		return blame(f, end.segment, NULL);
	s->list[end.segment].bytes = s->end = end.offset;
	open_direct(s, path);
	return true;
}

/* A new file for records from that number on. */
static bool begin_next(struct segments *s, uint64_t number, struct segment_fault *f)
{
	const struct disk *d = s->disk;
	uint8_t head[SEGMENT_HEAD];
	char path[MOST_PATH];
	struct segment *next;
	int fd;

	head_write(head, s->count, number, s->end);
	fd = path_of(s, s->count, path) ? d->open(d->ctx, path, true) : -1;
	if (fd < 0 || !d->write(d->ctx, fd, head, sizeof(head), 0) || !d->sync(d->ctx, fd) ||
	    !d->sync_folder(d->ctx, s->folder)) {
		blame(f, s->count, NULL);
		if (fd >= 0)
			close(fd);
		return false;
	}
	close(s->fd);
	s->fd = fd;
	open_direct(s, path);
	pthread_mutex_lock(&s->mutex);
	next = add(s);
	if (next) {
		*next = (struct segment){ .first = number, .bytes = SEGMENT_HEAD };
		s->list[s->count - 1].full = s->end;
		s->count++;
		s->end = SEGMENT_HEAD;
	}
	pthread_mutex_unlock(&s->mutex);
	return next || blame(f, s->count, NULL);
}

/* The blocks that the bytes fill, past the cache; how many bytes those are. 0: none, and what is
 * wrong comes out when they are written the other way. */
static size_t write_blocks(struct segments *s, struct span bytes, uint32_t at)
{
	size_t done = 0, whole = bytes.n / DISK_BLOCK * DISK_BLOCK;

	while (done < whole) {
		size_t n = whole - done < BOUNCE ? whole - done : BOUNCE;

		memcpy(s->bounce, bytes.p + done, n);
		if (!s->disk->write(s->disk->ctx, s->direct, s->bounce, n, at + done))
			return 0;
		done += n;
	}
	return done;
}

/* What stands before the first whole block and behind the last one goes through the cache. */
static bool write_records(struct segments *s, struct span records, uint32_t at)
{
	const struct disk *d = s->disk;
	size_t head = (DISK_BLOCK - at % DISK_BLOCK) % DISK_BLOCK, blocks = 0;

	if (s->direct >= 0 && records.n >= s->most / 256 && records.n >= head + DISK_BLOCK) {
		if (head && !d->write(d->ctx, s->fd, records.p, head, at))
			return false;
		blocks = write_blocks(s, span_from(records, head), at + (uint32_t)head);
		if (blocks) {
			at += (uint32_t)(head + blocks);
			records = span_from(records, head + blocks);
		}
	}
	return records.n == 0 || d->write(d->ctx, s->fd, records.p, records.n, at);
}

bool segments_append(struct segments *s, struct span records, uint64_t number, struct place *at,
		     struct segment_fault *f)
{
	const struct disk *d = s->disk;

	*f = (struct segment_fault){ 0 };
	if (records.n > MOST_BATCH)
		return blame(f, s->count - 1, "more than can be appended at once");
	if (s->end > SEGMENT_HEAD && records.n + s->end > s->most && !begin_next(s, number, f))
		return false;
	*at = (struct place){ s->count - 1, s->end };
	if (!write_records(s, records, at->offset) || !d->sync(d->ctx, s->fd))
		return blame(f, at->segment, NULL);
	s->end += (uint32_t)records.n;
	return true;
}

void segments_keep(struct segments *s, struct place end)
{
	pthread_mutex_lock(&s->mutex);
	s->list[end.segment].bytes = end.offset;
	pthread_mutex_unlock(&s->mutex);
}

/* -- reading -- */

static bool map(struct segments *s, uint32_t number)
{
	struct segment *g = &s->list[number];
	char path[MOST_PATH];
	void *p = MAP_FAILED;
	int fd;

	if (g->map)
		return true;
	g->mapped = (g->bytes > s->most ? g->bytes : s->most) + (size_t)MOST_BATCH;
	fd = path_of(s, number, path) ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (fd >= 0) {
		p = mmap(NULL, g->mapped, PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
	}
	g->map = p == MAP_FAILED ? NULL : p;
	return g->map != NULL;
}

static struct span view(struct segments *s, struct place at, size_t n)
{
	struct span in = { 0 };

	if (at.segment < s->count && at.offset >= SEGMENT_HEAD && map(s, at.segment) &&
	    at.offset < s->list[at.segment].mapped && n <= s->list[at.segment].mapped - at.offset)
		in = (struct span){ s->list[at.segment].map + at.offset, n };
	return in;
}

struct span segments_at(struct segments *s, struct place at)
{
	struct span in = { 0 };

	pthread_mutex_lock(&s->mutex);
	if (at.segment < s->count && at.offset < s->list[at.segment].bytes)
		in = view(s, at, s->list[at.segment].bytes - at.offset);
	pthread_mutex_unlock(&s->mutex);
	return in;
}

struct span segments_written(struct segments *s, struct place at, size_t n)
{
	struct span in;

	pthread_mutex_lock(&s->mutex);
	in = view(s, at, n);
	pthread_mutex_unlock(&s->mutex);
	return in;
}

struct place segments_find(struct segments *s, uint64_t number)
{
	uint32_t low = 0, high;

	pthread_mutex_lock(&s->mutex);
	high = s->count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (s->list[middle].first <= number)
			low = middle;
		else
			high = middle;
	}
	pthread_mutex_unlock(&s->mutex);
	return (struct place){ low, SEGMENT_HEAD };
}

void segments_advance(struct segments *s, struct place *at, size_t bytes)
{
	pthread_mutex_lock(&s->mutex);
	at->offset += (uint32_t)bytes;
	if (s->list[at->segment].full && at->offset >= s->list[at->segment].full)
		*at = (struct place){ at->segment + 1, SEGMENT_HEAD };
	pthread_mutex_unlock(&s->mutex);
}

void segments_refresh(struct segments *s)
{
	struct segment_fault f = { 0 };
	char path[MOST_PATH];
	struct stat st;

	pthread_mutex_lock(&s->mutex);
	do {
		struct segment *last = &s->list[s->count - 1];

		if (path_of(s, s->count - 1, path) && stat(path, &st) == 0 &&
		    st.st_size >= last->bytes && st.st_size <= UINT32_MAX)
			last->bytes = (uint32_t)st.st_size;
	} while (take_next(s, &f));
	pthread_mutex_unlock(&s->mutex);
}
