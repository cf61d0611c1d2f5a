/* check.c - see check.h: the state, the checkpoint, and each record of the segments. Nothing of the
 * store is used but the forms of its files. */
#include "log/check.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/cursor.h"
#include "log/check_own.h"
#include "log/entry.h"
#include "trust/dsse.h"

#define MOST_WAITS 20u

void check_found(struct check *c, const char *what, const char *place, ...)
{
	char where[MOST_PATH];
	va_list args;

	va_start(args, place);
	vsnprintf(where, sizeof(where), place, args);
	va_end(args);
	c->sum->wrong++;
	c->found(c->ctx, where, what);
}

static bool fail(const struct check *c, const char *name, struct log_error *e)
{
	snprintf(e->where, sizeof(e->where), "%.200s/%.40s", c->dir, name);
	snprintf(e->what, sizeof(e->what), "%s", strerror(errno));
	e->advice = NULL;
	return false;
}

/* -- what says how far the log has come -- */

static bool read_version(struct check *c, struct log_error *e)
{
	char path[MOST_PATH];
	uint8_t *bytes;
	size_t n;

	if (!path_format(path, "%s/version", c->dir) || !file_read(path, 64, &bytes, &n))
		return fail(c, "version", e);
	if (!span_is((struct span){ bytes, n }, LOG_VERSION))
		check_found(c, "it is not that of this layout", "version");
	free(bytes);
	return true;
}

static bool read_vkey(struct check *c, struct log_error *e)
{
	char path[MOST_PATH];
	uint8_t *bytes;
	const char *wrong;
	size_t n;

	if (!path_format(path, "%s/vkey", c->dir) ||
	    !file_read(path, sizeof(c->vkey) - 1, &bytes, &n))
		return fail(c, "vkey", e);
	memcpy(c->vkey, bytes, n);
	c->vkey[strcspn(c->vkey, "\n")] = 0;
	free(bytes);
	wrong = note_key_read(span_text(c->vkey), &c->key);
	if (wrong)
		check_found(c, wrong, "vkey");
	return true;
}

static const char *is_signed(const struct check *c, struct span note, struct merkle_head *head)
{
	struct checkpoint cp;
	const char *wrong = checkpoint_read(note, &cp);
	uint64_t time;

	if (wrong)
		return wrong;
	*head = cp.head;
	if (!span_equal(cp.origin, c->key.name))
		return "it is another log's";
	return checkpoint_check(&cp, &c->key, &time) == NOTE_SIGNED
		       ? NULL
		       : "the log's key did not sign it";
}

static bool read_state(struct check *c, struct log_error *e)
{
	struct merkle_head head;
	char path[MOST_PATH];
	const char *wrong;
	size_t n;

	if (!path_format(path, "%s/state", c->dir) ||
	    !file_read(path, STATE_MOST, &c->state_file, &n))
		return fail(c, "state", e);
	wrong = state_read((struct span){ c->state_file, n }, &c->state);
	if (!wrong)
		wrong = is_signed(c, c->state.note, &head);
	if (wrong) {
		check_found(c, wrong, "state");
		c->state.tree.size = 0;
	}
	return true;
}

static void read_public(struct check *c)
{
	char path[MOST_PATH];
	const char *wrong;
	uint8_t *bytes;
	size_t n;

	if (!path_format(path, "%s/public/checkpoint", c->dir) ||
	    !file_read(path, NOTE_MOST_BYTES, &bytes, &n)) {
		check_found(c, "it is missing", "public/checkpoint");
		return;
	}
	wrong = is_signed(c, (struct span){ bytes, n }, &c->public_head);
	free(bytes);
	if (!wrong)
		return;
	check_found(c, wrong, "public/checkpoint");
	c->public_head.size = 0;
}

/* A log that goes on meanwhile writes its state first: it is read last. */
static bool read_how_far(struct check *c, struct log_error *e)
{
	if (!read_version(c, e) || !read_vkey(c, e))
		return false;
	read_public(c);
	if (!read_state(c, e))
		return false;
	if (c->public_head.size > c->state.tree.size) {
		check_found(c, "it is of a larger tree than the state: the log was wound back",
			    "public/checkpoint");
		c->public_head.size = 0;
	}
	return true;
}

/* -- records -- */

/* The key that stands in an entry. */
static bool key_in(struct span entry, uint8_t spki[91], size_t *n)
{
	static const char before[] = "\"rawBytes\":\"";
	size_t from = span_find(entry, 0, span_text(before)), to;

	if (from == SIZE_MAX)
		return false;
	from += strlen(before);
	to = span_find(entry, from, span_text("\""));
	return to != SIZE_MAX &&
	       base64_read_into(span_sub(entry, from, to - from), false, spki, 91, n);
}

/* The entry must be the one that its envelope gives, by a key that signed it. */
static const char *envelope_gives(const struct record *r, struct arena *a)
{
	uint8_t spki[91], again[ENTRY_MOST];
	struct envelope env;
	struct sigkey *key;
	size_t n = 0, size;
	bool holds;

	if (dsse_read(r->envelope, a, &env) || env.signature_count != 1)
		return "its envelope is malformed";
	if (memcmp(env.pae_sha256, r->pae_sha256, SHA256_SIZE) != 0)
		return "its envelope is of another statement";
	if (!key_in(r->entry, spki, &n))
		return "its entry names no key";
	size = entry_write(env.pae_sha256, env.signatures[0], (struct span){ spki, n }, again);
	if (!span_equal((struct span){ again, size }, r->entry))
		return "its entry is not the one that its envelope gives";
	key = sigkey_read_spki((struct span){ spki, n });
	holds = key && dsse_verifies(&env, key);
	sigkey_free(key);
	return holds ? NULL : "its envelope is not signed by the key of its entry";
}

static bool is_indexed(struct check *c, uint64_t number, const uint8_t leaf[SHA256_SIZE])
{
	struct digests_walk w;
	uint64_t n;

	digests_look(&c->leaves, leaf, &w);
	while (digests_next(&c->leaves, &w, &n))
		if (n == number)
			return true;
	if (c->waited++ >= MOST_WAITS)
		return false;
	usleep(100000); /* a log that goes on meanwhile enters it behind its state */
	return is_indexed(c, number, leaf);
}

static void look_at(struct check *c, const struct record *r, uint32_t segment)
{
	uint64_t number = c->tree.size;
	uint8_t leaf[SHA256_SIZE];
	struct arena a = { 0 };
	const char *wrong = r->envelope.n ? envelope_gives(r, &a) : NULL;

	arena_free(&a);
	if (wrong)
		check_found(c, wrong, "segments/%08u, entry %llu", segment,
			    (unsigned long long)number);
	c->sum->envelopes += r->envelope.n != 0;
	c->sum->entries++;
	merkle_leaf(&r->entry, 1, leaf);
	if (c->has_index && !is_indexed(c, number, leaf))
		check_found(c,
			    "it is not found: remove the files leaf-* and pae-*, they are made "
			    "again",
			    "index, entry %llu", (unsigned long long)number);
	merkle_add(&c->tree, leaf);
	check_entry(c, r->entry, leaf);
	if (c->tree.size == c->public_head.size)
		check_partial(c);
}

/* All records of one file. False: the rest cannot be read. */
static bool walk(struct check *c, uint32_t segment, struct span file)
{
	struct cursor head = { .in = file, .at = 8 };
	uint32_t own = cursor_le32(&head);
	uint64_t first;
	size_t at = SEGMENT_HEAD;

	cursor_skip(&head, 4);
	first = cursor_le64(&head);
	if (head.ran_out || file.n < SEGMENT_HEAD || !span_starts(file, span_text("EVS1")) ||
	    own != segment || first != c->tree.size ||
	    span_u32(file, 4, false) != crc32_of(span_sub(file, 8, SEGMENT_HEAD - 8))) {
		check_found(c, "its head is torn or was changed", "segments/%08u", segment);
		return false;
	}
	while (at < file.n) {
		struct record r;
		size_t size;
		const char *wrong = segment_record_read(span_from(file, at), &r, &size);

		if (!wrong && r.number != c->tree.size)
			wrong = "a record is missing";
		if (wrong) {
			check_found(c, wrong, "segments/%08u, byte %zu", segment, at);
			return false;
		}
		look_at(c, &r, segment);
		at += size;
	}
	return true;
}

static bool read_segment(struct check *c, uint32_t segment)
{
	bool is_last = segment == c->state.end.segment, ok = false;
	char path[MOST_PATH];
	struct stat st;
	void *p = MAP_FAILED;
	int fd = -1;

	if (path_format(path, "%s/segments/%08u", c->dir, segment))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < SEGMENT_HEAD ||
	    (is_last && (uint64_t)st.st_size < c->state.end.offset))
		check_found(c, fd < 0 ? "it is missing" : "it is cut off", "segments/%08u",
			    segment);
	else
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED) {
		ok = walk(c, segment,
			  (struct span){ p, is_last ? c->state.end.offset : (size_t)st.st_size });
		munmap(p, (size_t)st.st_size);
	}
	if (fd >= 0)
		close(fd);
	return ok;
}

static void read_segments(struct check *c)
{
	uint8_t root[SHA256_SIZE], want[SHA256_SIZE];

	if (c->state.tree.size == 0)
		return;
	for (uint32_t i = 0; i <= c->state.end.segment; i++)
		if (!read_segment(c, i))
			return;
	merkle_root(&c->tree, root);
	merkle_root(&c->state.tree, want);
	if (c->tree.size != c->state.tree.size || memcmp(root, want, SHA256_SIZE) != 0)
		check_found(c, "the records do not give the root that was signed", "segments");
}

bool log_check(const char *dir, void (*found)(void *ctx, const char *where, const char *what),
	       void *ctx, struct log_checked *sum, struct log_error *e)
{
	struct check *c = calloc(1, sizeof(*c));
	bool ok;

	*sum = (struct log_checked){ 0 };
	if (c)
		c->tiles.bundle = malloc(BUNDLE_MOST_BYTES);
	if (!c || !c->tiles.bundle) {
		free(c);
		*e = (struct log_error){ .what = "out of memory" };
		return false;
	}
	c->dir = dir;
	c->found = found;
	c->ctx = ctx;
	c->sum = sum;
	ok = read_how_far(c, e);
	if (ok) {
		c->has_index =
			digests_open(&c->leaves, dir, "leaf", true, true, &disk_of_machine) &&
			c->leaves.count;
		read_segments(c);
		check_files(c);
		check_kept(c);
		digests_free(&c->leaves);
	}
	free(c->state_file);
	free(c->tiles.bundle);
	free(c);
	return ok;
}
