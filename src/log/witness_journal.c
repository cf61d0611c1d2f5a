/* witness_journal.c - see witness_journal.h. */
#include "log/witness_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/line.h"

#define NAME        "journal"
#define NEW_NAME    ".journal.new"
#define FIRST_LINE  "evenhand witness journal 1\n"
#define DIGEST_TEXT 16 /* hexadecimal digits */
#define CRC_TEXT    8
#define MOST_HEAD   64

static bool fail(struct log_error *e, const char *what, int why)
{
	snprintf(e->where, sizeof(e->where), "%s", NAME);
	snprintf(e->what, sizeof(e->what), "%s%s%s", what, why ? ": " : "",
		 why ? strerror(why) : "");
	e->advice = NULL;
	return false;
}

/* -- writing -- */

static bool write_whole(int fd, struct span s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno != EINTR)
			return false;
		s = span_from(s, n > 0 ? (uint64_t)n : 0);
	}
	return true;
}

static void record_digest(struct span record, struct text *out)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(record, digest);
	text_hex(out, (struct span){ digest, DIGEST_TEXT / 2 });
}

void witness_journal_add(struct witness_journal *j, struct span record)
{
	struct text *t = &j->pending;
	size_t from = t->n;

	text_format(t, "record %zu ", record.n);
	record_digest(record, t);
	text_format(t, " %08x\n", crc32_of(span_from(text_span(t), from)));
	text_put(t, record);
}

bool witness_journal_commit(struct witness_journal *j)
{
	struct span s = text_span(&j->pending);

	j->is_broken = j->is_broken || j->pending.failed || !write_whole(j->fd, s) ||
		       fdatasync(j->fd) != 0;
	if (!j->is_broken)
		j->size += s.n;
	j->pending.n = 0;
	return !j->is_broken;
}

/* A file of these records under another name, synced. */
static int write_new(int dir, struct span records)
{
	int fd = openat(dir, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

	if (fd >= 0 && write_whole(fd, span_text(FIRST_LINE)) && write_whole(fd, records) &&
	    fsync(fd) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool witness_journal_replace(struct witness_journal *j)
{
	struct span records = text_span(&j->pending);
	int fd = j->is_broken || j->pending.failed ? -1 : write_new(j->dir, records);

	j->is_broken =
		fd < 0 || renameat(j->dir, NEW_NAME, j->dir, NAME) != 0 || fsync(j->dir) != 0;
	if (fd >= 0) {
		close(j->fd);
		j->fd = fd;
		j->size = sizeof(FIRST_LINE) - 1 + records.n;
	}
	text_free(&j->pending);
	return !j->is_broken;
}

bool witness_journal_new(int dir, struct log_error *e)
{
	int fd = write_new(dir, (struct span){ 0 });

	if (fd < 0)
		return fail(e, "it cannot be made", errno);
	close(fd);
	/* link: a journal that is there is never written over. */
	if (linkat(dir, NEW_NAME, dir, NAME, 0) != 0 || unlinkat(dir, NEW_NAME, 0) != 0 ||
	    fsync(dir) != 0)
		return fail(e, "it cannot be made", errno);
	return true;
}

/* -- reading -- */

enum head_state { HEAD_WHOLE, HEAD_CUT, HEAD_WRONG };

/* "SIZE DIGEST CRC", the CRC over the line before its last blank: so that a size that was changed
 * is not taken for that of a record which was cut off. */
static bool read_numbers(struct span line, uint64_t *size, struct span *digest)
{
	struct span numbers = span_from(line, strlen("record "));
	size_t blank = span_find(numbers, 0, span_text(" "));
	char crc[16];

	if (blank == SIZE_MAX || !decimal_read(span_head(numbers, blank), size) ||
	    numbers.n != blank + 1 + DIGEST_TEXT + 1 + CRC_TEXT)
		return false;
	*digest = span_sub(numbers, blank + 1, DIGEST_TEXT);
	snprintf(crc, sizeof(crc), " %08x", crc32_of(span_head(line, line.n - 1 - CRC_TEXT)));
	return span_ends(line, span_text(crc));
}

/* The next record and its digest, taken off *rest. */
static enum head_state read_head(struct span *rest, struct span *record, struct span *digest)
{
	static const char word[] = "record ";
	struct span all = *rest, line;
	uint64_t size;

	if (!whole_line_take(rest, &line))
		return all.n < MOST_HEAD && (span_starts(all, span_text(word)) ||
					     span_starts(span_text(word), all))
			       ? HEAD_CUT
			       : HEAD_WRONG;
	if (!span_starts(line, span_text(word)) || !read_numbers(line, &size, digest) ||
	    size == 0 || size > JOURNAL_MOST_RECORD)
		return HEAD_WRONG;
	if (size > rest->n)
		return HEAD_CUT;
	*record = span_head(*rest, size);
	*rest = span_from(*rest, size);
	return HEAD_WHOLE;
}

static bool digest_holds(struct span record, struct span digest)
{
	struct text t = { 0 };
	bool holds;

	record_digest(record, &t);
	holds = !t.failed && span_equal(text_span(&t), digest);
	text_free(&t);
	return holds;
}

/* Whether what is left at the end may be what was being written when the machine stopped: it is cut
 * short, or has bytes that never came to the disk, which read as NUL. */
static bool is_torn(struct span rest)
{
	struct span record, digest, after = rest;

	return memchr(rest.p, 0, rest.n) != NULL || read_head(&after, &record, &digest) == HEAD_CUT;
}

static bool is_another_behind(struct span rest)
{
	struct span record, digest;

	for (size_t at = 0; (at = span_find(rest, at + 1, span_text("\nrecord "))) != SIZE_MAX;) {
		struct span after = span_from(rest, at + 1);

		if (read_head(&after, &record, &digest) == HEAD_WHOLE &&
		    digest_holds(record, digest))
			return true;
	}
	return false;
}

static bool damaged(struct log_error *e, uint64_t at, const char *what)
{
	snprintf(e->where, sizeof(e->where), "%s", NAME);
	snprintf(e->what, sizeof(e->what), "at byte %llu: %s", (unsigned long long)at, what);
	e->advice = "A witness must not go on from an older state. Find out what changed the file; "
		    "if it is lost, start a new witness with a new name and key.";
	return false;
}

/* How much of it holds. False after an error. */
static bool read_records(struct span file, const struct journal_reader *r, uint64_t *good,
			 struct log_error *e)
{
	struct span rest = span_from(file, sizeof(FIRST_LINE) - 1), record, digest;
	const char *wrong;

	if (!span_starts(file, span_text(FIRST_LINE)))
		return damaged(e, 0, "it does not begin as a witness's journal of version 1");
	for (; rest.n; rest = span_from(file, *good)) {
		*good = span_place(file, rest);
		if (read_head(&rest, &record, &digest) != HEAD_WHOLE ||
		    !digest_holds(record, digest)) {
			rest = span_from(file, *good);
			if (!is_torn(rest) || is_another_behind(rest))
				return damaged(e, *good, "a record does not hold");
			return true;
		}
		wrong = r->take(r->ctx, record);
		if (wrong)
			return damaged(e, *good, wrong);
		*good = span_place(file, record) + record.n;
	}
	*good = file.n;
	return true;
}

bool witness_journal_open(struct witness_journal *j, int dir, const struct journal_reader *r,
			  struct log_error *e)
{
	int fd = openat(dir, NAME, (r->only_reads ? O_RDONLY : O_RDWR | O_APPEND) | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;
	bool ok;

	*j = (struct witness_journal){ .dir = dir, .fd = fd };
	if (fd < 0 || fstat(fd, &st) != 0)
		return fail(e, "it cannot be opened", errno);
	if (st.st_size > 0)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return fail(e, st.st_size ? "it cannot be read" : "it is empty",
			    st.st_size ? errno : 0);
	ok = read_records((struct span){ map, (size_t)st.st_size }, r, &j->size, e);
	munmap(map, (size_t)st.st_size);
	if (r->only_reads)
		return ok;
	if (ok && j->size < (uint64_t)st.st_size)
		ok = (ftruncate(fd, (off_t)j->size) == 0 && fsync(fd) == 0) ||
		     fail(e, "what a crash left of a record cannot be cut off", errno);
	unlinkat(dir, NEW_NAME, 0);
	return ok;
}

void witness_journal_close(struct witness_journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	text_free(&j->pending);
	*j = (struct witness_journal){ .dir = -1, .fd = -1 };
}
