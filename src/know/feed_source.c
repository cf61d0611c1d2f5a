/* feed_source.c - the documents of a feed's file: the file itself, what a gz file holds, or each
 * .json entry of a zip. Only a piece is held at a time, and pages that were read are given back. */
#include <stdlib.h>
#include <sys/mman.h>

#include "base/cursor.h"
#include "codec/codec.h"
#include "know/feed_inside.h"

#define PIECE        (1u << 20)
#define LOCAL        0x04034b50u
#define CENTRAL      0x02014b50u
#define END          0x06054b50u
#define END64        0x06064b50u
#define LOCATOR64    0x07064b50u
#define END_SIZE     22
#define CENTRAL_SIZE 46
#define LOCAL_SIZE   30
#define MOST_COMMENT 65535

enum wrapping { WRAP_NONE, WRAP_GZIP, WRAP_ZIP };
enum { METHOD_STORED = 0, METHOD_DEFLATE = 8, FLAG_ENCRYPTED = 1 };

struct feed_file {
	struct span bytes;
	enum wrapping wrapping;
	struct puller *puller;
	struct sha256_run *run;
	size_t hashed, released;
	uint64_t directory, entries, entry; /* zip: where the next one's head stands */
	struct span stored;                 /* what is left of a plain document */
	bool begun, is_stored, is_mapped;
	uint32_t crc, crc_wanted;
	uint64_t made, made_wanted;
	struct fault fault;
};

/* Where the central directory begins, and how many entries it has. */
static bool find_directory(struct span in, uint64_t *at, uint64_t *count)
{
	uint64_t end = in.n < END_SIZE ? 0 : in.n - END_SIZE;
	uint64_t least = end > MOST_COMMENT ? end - MOST_COMMENT : 0;

	if (in.n < END_SIZE)
		return false;
	while (end > least && span_u32(in, end, false) != END)
		end--;
	if (span_u32(in, end, false) != END)
		return false;
	*count = span_u16(in, end + 10, false);
	*at = span_u32(in, end + 16, false);
	if (end >= 20 && span_u32(in, end - 20, false) == LOCATOR64) {
		uint64_t place = span_u64(in, end - 12, false);

		if (place > in.n || span_u32(in, place, false) != END64)
			return false;
		*count = span_u64(in, place + 32, false);
		*at = span_u64(in, place + 48, false);
	}
	return *at <= in.n && *count <= in.n / CENTRAL_SIZE;
}

static void release(struct feed_file *f, size_t to)
{
	/* A multiple of every system's pages. */
	const size_t page = 65536;
	size_t from = (f->released + page - 1) / page * page;

	if (to < from + PIECE)
		return;
	to = to / page * page;
	/* The mapping is the file's: what is needed again is read again. */
	madvise((void *)(uintptr_t)(f->bytes.p + from), to - from, MADV_DONTNEED);
	f->released = to;
}

static void hash_to(struct feed_file *f, size_t to, bool give_back)
{
	while (f->hashed < to) {
		size_t n = to - f->hashed < PIECE ? to - f->hashed : PIECE;

		sha256_add(f->run, span_sub(f->bytes, f->hashed, n));
		f->hashed += n;
		if (give_back && f->is_mapped)
			release(f, f->hashed);
	}
}

struct feed_file *feed_file_new(struct span file, bool is_mapped)
{
	struct feed_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->bytes = file;
	f->is_mapped = is_mapped;
	f->puller = puller_new();
	f->run = sha256_begin();
	if (!f->puller || !f->run) {
		feed_file_free(f);
		return NULL;
	}
	if (span_byte(file, 0) == 0x1f && span_byte(file, 1) == 0x8b)
		f->wrapping = WRAP_GZIP;
	else if (span_byte(file, 0) == 'P' && span_byte(file, 1) == 'K' &&
		 find_directory(file, &f->directory, &f->entries))
		f->wrapping = WRAP_ZIP;
	if (f->wrapping != WRAP_NONE)
		hash_to(f, file.n, true);
	return f;
}

void feed_file_free(struct feed_file *f)
{
	if (!f)
		return;
	puller_free(f->puller);
	sha256_drop(f->run);
	free(f);
}

static void fail(struct feed_file *f, uint64_t at, const char *what)
{
	f->fault = fault_at(FAULT_BROKEN, at, what, 0, 0);
}

/* The entry whose head stands at f->directory. False: it holds no document. */
static bool start_entry(struct feed_file *f)
{
	uint64_t at = f->directory;
	uint16_t flags = span_u16(f->bytes, at + 8, false);
	uint16_t method = span_u16(f->bytes, at + 10, false);
	uint64_t packed = span_u32(f->bytes, at + 20, false);
	uint16_t name = span_u16(f->bytes, at + 28, false);
	uint64_t local = span_u32(f->bytes, at + 42, false), data;
	struct span path = span_sub(f->bytes, at + CENTRAL_SIZE, name);

	f->directory = at + CENTRAL_SIZE + name + span_u16(f->bytes, at + 30, false) +
		       span_u16(f->bytes, at + 32, false);
	if (!span_ends(path, span_text(".json")))
		return false;
	data = local + LOCAL_SIZE + span_u16(f->bytes, local + 26, false) +
	       span_u16(f->bytes, local + 28, false);
	f->stored = span_sub(f->bytes, data, packed);
	f->crc = 0;
	f->crc_wanted = span_u32(f->bytes, at + 16, false);
	f->made = 0;
	f->made_wanted = span_u32(f->bytes, at + 24, false);
	f->is_stored = method == METHOD_STORED;
	if (span_u32(f->bytes, local, false) != LOCAL || f->stored.n != packed ||
	    flags & FLAG_ENCRYPTED || (method != METHOD_STORED && method != METHOD_DEFLATE))
		fail(f, local, "entry of a zip file");
	else if (method == METHOD_DEFLATE && !puller_start(f->puller, f->stored, false))
		f->fault = puller_fault(f->puller);
	return true;
}

bool feed_file_next(struct feed_file *f)
{
	bool first = !f->begun;

	f->begun = true;
	switch (f->wrapping) {
	case WRAP_NONE:
		f->stored = f->bytes;
		f->is_stored = true;
		return first;
	case WRAP_GZIP:
		if (first && !puller_start(f->puller, f->bytes, true))
			f->fault = puller_fault(f->puller);
		return first;
	case WRAP_ZIP:
		break;
	}
	while (f->entry < f->entries && f->fault.kind == FAULT_NONE) {
		if (span_u32(f->bytes, f->directory, false) != CENTRAL) {
			fail(f, f->directory, "directory of a zip file");
			break;
		}
		f->entry++;
		if (start_entry(f))
			return f->fault.kind == FAULT_NONE;
	}
	return false;
}

static size_t copy_stored(struct feed_file *f, uint8_t *to, size_t n)
{
	struct span some = span_head(f->stored, n);

	if (some.n)
		memcpy(to, some.p, some.n);
	f->stored = span_from(f->stored, some.n);
	if (f->wrapping == WRAP_NONE) {
		size_t done = f->bytes.n - f->stored.n;

		hash_to(f, done, false);
		if (f->is_mapped)
			release(f, done);
	}
	return some.n;
}

size_t feed_file_read(void *ctx, uint8_t *to, size_t n)
{
	struct feed_file *f = ctx;
	size_t made;

	if (f->fault.kind != FAULT_NONE)
		return 0;
	made = f->is_stored ? copy_stored(f, to, n) : puller_read(f->puller, to, n);
	if (!f->is_stored)
		f->fault = puller_fault(f->puller);
	if (f->wrapping != WRAP_ZIP)
		return made;
	f->made += made;
	f->crc = crc32_update(f->crc, (struct span){ to, made });
	if (made == 0 && f->fault.kind == FAULT_NONE &&
	    (f->crc != f->crc_wanted || f->made != f->made_wanted))
		fail(f, f->made, "checksum of a zip file's entry");
	return made;
}

struct fault feed_file_fault(const struct feed_file *f)
{
	return f->fault;
}

void feed_file_digest(struct feed_file *f, uint8_t digest[SHA256_SIZE])
{
	hash_to(f, f->bytes.n, true);
	sha256_end(f->run, digest);
}
