/* digests.c - see digests.h. A file is a page of head ("evenhand digests 1\n", at 32 a secret by
 * which slots are chosen, so that nobody can make digests that crowd; at 40 what is covered), the
 * slots, twice as many as numbers, and the places. */
#include "log/digests.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD       4096u
#define AT_SECRET  32u
#define AT_COVERED 40u
#define FIRST      4096ull /* numbers of table 0 */

static const char mark[] = "evenhand digests 1\n";

static uint64_t numbers_of(unsigned k)
{
	return FIRST << k;
}

static uint64_t first_of(unsigned k)
{
	return FIRST * ((1ull << k) - 1);
}

static unsigned table_of(uint64_t number)
{
	return (unsigned)(63 - __builtin_clzll(number / FIRST + 1));
}

static size_t size_of(const struct digests *d, unsigned k)
{
	return HEAD + numbers_of(k) * (2 * sizeof(uint64_t)) +
	       (d->has_places ? numbers_of(k) * sizeof(struct place) : 0);
}

static uint64_t *slots(const struct digests_table *t)
{
	return (uint64_t *)(void *)(t->map + HEAD);
}

static struct place *places(const struct digests_table *t, unsigned k)
{
	return (struct place *)(void *)(t->map + HEAD + numbers_of(k) * (2 * sizeof(uint64_t)));
}

static uint64_t head_word(const struct digests_table *t, size_t at)
{
	uint64_t v;

	memcpy(&v, t->map + at, sizeof(v));
	return v;
}

/* Where the digest's run of slots begins. */
static uint64_t start_of(const struct digests_table *t, unsigned k, const uint8_t *digest)
{
	uint64_t v;

	memcpy(&v, digest, sizeof(v));
	return v * head_word(t, AT_SECRET) >> (64 - (13 + k));
}

static uint32_t tag_of(const uint8_t *digest)
{
	uint32_t v;

	memcpy(&v, digest + 8, sizeof(v));
	return v;
}

/* -- files -- */

static bool path_of(const struct digests *d, unsigned k, char path[MOST_PATH])
{
	return path_format(path, "%s-%02u", d->prefix, k);
}

/* Maps the next table where its file is there. False with ENOENT: it is not. */
static bool map_next(struct digests *d)
{
	unsigned k = d->count;
	struct digests_table t = { .size = size_of(d, k) };
	char path[MOST_PATH];
	struct stat st;
	void *p;

	if (k == DIGESTS_TABLES || !path_of(d, k, path)) {
		errno = ENOENT;
		return false;
	}
	t.fd = open(path, (d->is_read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW);
	if (t.fd < 0)
		return false;
	p = MAP_FAILED;
	errno = EINVAL;
	if (fstat(t.fd, &st) == 0 && (uint64_t)st.st_size == t.size)
		p = mmap(NULL, t.size, PROT_READ | (d->is_read_only ? 0 : PROT_WRITE), MAP_SHARED,
			 t.fd, 0);
	if (p != MAP_FAILED && memcmp(p, mark, sizeof(mark)) != 0) {
		munmap(p, t.size);
		p = MAP_FAILED;
	}
	if (p == MAP_FAILED) {
		close(t.fd);
		errno = EINVAL;
		return false;
	}
	t.map = p;
	d->tables[k] = t;
	d->count = k + 1;
	return true;
}

/* Room on the disk is taken at once: a full disk is then an error here, not a crash later. */
static bool make_next(struct digests *d)
{
	const struct disk *disk = d->disk;
	uint8_t head[AT_COVERED + 8] = { 0 };
	char path[MOST_PATH];
	bool ok;
	int fd;

	memcpy(head, mark, sizeof(mark));
	if (d->count == DIGESTS_TABLES || !path_of(d, d->count, path) ||
	    getrandom(head + AT_SECRET, 8, 0) != 8)
		return false;
	head[AT_SECRET] |= 1;
	fd = disk->open(disk->ctx, path, true);
	ok = fd >= 0 && disk->reserve(disk->ctx, fd, size_of(d, d->count)) &&
	     disk->write(disk->ctx, fd, head, sizeof(head), 0);
	if (fd >= 0)
		close(fd);
	return ok && map_next(d);
}

bool digests_open(struct digests *d, const char *dir, const char *name, bool has_places,
		  bool read_only, const struct disk *disk)
{
	*d = (struct digests){ .disk = disk, .has_places = has_places, .is_read_only = read_only };
	if (!path_format(d->prefix, "%s/index/%s", dir, name))
		return false;
	while (map_next(d))
		;
	return errno == ENOENT;
}

void digests_free(struct digests *d)
{
	for (unsigned k = 0; k < d->count; k++) {
		munmap(d->tables[k].map, d->tables[k].size);
		close(d->tables[k].fd);
	}
	d->count = 0;
}

bool digests_reset(struct digests *d)
{
	char path[MOST_PATH];

	digests_free(d);
	for (unsigned k = 0; k < DIGESTS_TABLES; k++)
		if (!path_of(d, k, path) ||
		    (!d->disk->remove(d->disk->ctx, path) && errno != ENOENT))
			return false;
	return true;
}

/* -- slots -- */

bool digests_add(struct digests *d, const uint8_t digest[SHA256_SIZE], uint64_t number,
		 struct place place)
{
	unsigned k = number < DIGESTS_MOST ? table_of(number) : 0;
	const struct digests_table *t = &d->tables[k];
	uint64_t inside = number - first_of(k), mask = 2 * numbers_of(k) - 1, at;
	uint64_t value = (uint64_t)tag_of(digest) << 32 | (uint32_t)(inside + 1);

	errno = EFBIG;
	while (number < DIGESTS_MOST && k >= d->count)
		if (!make_next(d))
			return false;
	if (number >= DIGESTS_MOST)
		return false;
	if (d->has_places)
		places(t, k)[inside] = place;
	at = start_of(t, k, digest);
	for (uint64_t tries = 0; tries <= mask; tries++, at = (at + 1) & mask) {
		uint64_t have = __atomic_load_n(&slots(t)[at], __ATOMIC_ACQUIRE);

		if (have == value)
			return true;
		if (have)
			continue;
		__atomic_store_n(&slots(t)[at], value, __ATOMIC_RELEASE);
		return true;
	}
	errno = EINVAL; /* full, which it is not by its own numbers */
	return false;
}

bool digests_place(struct digests *d, uint64_t number, struct place *place)
{
	unsigned k = number < DIGESTS_MOST ? table_of(number) : DIGESTS_TABLES;

	while (d->is_read_only && k >= d->count && map_next(d))
		;
	if (k >= d->count || !d->has_places)
		return false;
	*place = places(&d->tables[k], k)[number - first_of(k)];
	return place->offset != 0;
}

void digests_look(struct digests *d, const uint8_t digest[SHA256_SIZE], struct digests_walk *w)
{
	while (d->is_read_only && map_next(d))
		;
	w->table = d->count;
	memcpy(w->digest, digest, SHA256_SIZE);
	if (w->table)
		w->slot = start_of(&d->tables[w->table - 1], w->table - 1, digest);
}

/* A run of slots is at most the table, which a torn file might fill. */
bool digests_next(struct digests *d, struct digests_walk *w, uint64_t *number)
{
	while (w->table) {
		unsigned k = w->table - 1;
		const struct digests_table *t = &d->tables[k];
		uint64_t mask = 2 * numbers_of(k) - 1;
		uint64_t start = start_of(t, k, w->digest);
		uint64_t have;

		while ((have = __atomic_load_n(&slots(t)[w->slot], __ATOMIC_ACQUIRE)) != 0) {
			w->slot = (w->slot + 1) & mask;
			if (have >> 32 == tag_of(w->digest) && (uint32_t)have &&
			    (uint32_t)have <= numbers_of(k)) {
				*number = first_of(k) + (uint32_t)have - 1;
				if (w->slot == start)
					w->table = 0;
				return true;
			}
			if (w->slot == start)
				break;
		}
		w->table--;
		if (w->table)
			w->slot = start_of(&d->tables[w->table - 1], w->table - 1, w->digest);
	}
	return false;
}

/* -- what survives -- */

uint64_t digests_covered(const struct digests *d)
{
	uint64_t covered = 0;

	for (unsigned k = 0; k < d->count; k++) {
		uint64_t here = head_word(&d->tables[k], AT_COVERED);

		covered = first_of(k) + (here < numbers_of(k) ? here : numbers_of(k));
		if (here < numbers_of(k))
			break;
	}
	return covered;
}

bool digests_sync(struct digests *d, uint64_t covered)
{
	for (unsigned k = 0; k < d->count; k++) {
		struct digests_table *t = &d->tables[k];
		uint64_t here = covered <= first_of(k) ? 0 : covered - first_of(k);

		here = here < numbers_of(k) ? here : numbers_of(k);
		if (here <= head_word(t, AT_COVERED))
			continue;
		if (!d->disk->sync(d->disk->ctx, t->fd))
			return false;
		memcpy(t->map + AT_COVERED, &here, sizeof(here));
		if (!d->disk->sync(d->disk->ctx, t->fd))
			return false;
	}
	return true;
}
