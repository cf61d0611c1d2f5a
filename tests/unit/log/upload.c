/* log/upload, log/witness_mirror: entries sent to a mirror as others send them, what it keeps of
 * them, and when it signs. */
#include "unit/log/vectors.h"

#include "log/disk.h"
#include "log/tile.h"
#include "log/upload.h"
#include "log/witness.h"

#define VKEY   "log.evenhand.example/vectors+5a5cb903+ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ"
#define NAME   "log.evenhand.example/vectors"
#define VECTOR "mirror/add-entries-250-600.bin"
#define SIZE   600u

/* The tree of the vectors, and their entries. */
static struct {
	struct arena arena;
	struct merkle_tree tree;
	struct merkle_source source;
	char entries[SIZE][64];
	struct sigkey *key;
	struct note_key self;
	struct text vkey;
	char dir[64];
} t;

static struct span entry_of(uint64_t i)
{
	return span_text(t.entries[i]);
}

static int start(void **state)
{
	(void)state;
	hash_start();
	t.key = vector_key(WITNESS_SEED);
	assert_true(merkle_tree_start(&t.tree, &t.arena, SIZE));
	for (uint64_t i = 0; i < SIZE; i++) {
		uint8_t leaf[SHA256_SIZE];
		struct span entry;

		snprintf(t.entries[i], sizeof(t.entries[i]), "evenhand vector entry %u\n",
			 (unsigned)i);
		entry = entry_of(i);
		merkle_leaf(&entry, 1, leaf);
		merkle_tree_add(&t.tree, leaf);
	}
	t.source = merkle_tree_source(&t.tree);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	sigkey_free(t.key);
	text_free(&t.vkey);
	arena_free(&t.arena);
	return 0;
}

/* -- bodies -- */

static void put_package(struct text *out, const struct upload *u, uint64_t from)
{
	struct merkle_subtree part = { from - from % TILE_WIDTH, package_end(u, from), { 0 } };
	struct merkle_proof proof;

	for (uint64_t i = from; i < part.to; i++) {
		struct span entry = entry_of(i);

		text_char(out, (char)(entry.n >> 8));
		text_char(out, (char)entry.n);
		text_put(out, entry);
	}
	assert_true(merkle_prove_subtree(&t.source, &part, u->end, &proof));
	package_write_proof(out, &proof);
}

/* Packages from there on, at most so many. */
static struct text body_of(uint64_t from, uint64_t end, unsigned most)
{
	struct text packages = { 0 }, body = { 0 };
	struct upload u = { .origin = span_text(NAME), .start = from, .end = end };

	for (uint64_t at = from; at < end && most-- > 0; at = package_end(&u, at))
		put_package(&packages, &u, at);
	u.packages = text_span(&packages);
	upload_write(&body, &u);
	text_free(&packages);
	assert_false(body.failed);
	return body;
}

static void bodies_are_those_of_others(void **state)
{
	struct span file = vector_file(VECTOR);
	struct text body = body_of(250, SIZE, 9);

	(void)state;
	assert_true(span_equal(text_span(&body), file));
	text_free(&body);
	sample_free(file);
}

static void package_is(const struct package *p, const struct merkle_head *head)
{
	struct merkle_subtree part = { p->from - p->from % TILE_WIDTH, p->to, { 0 } };
	struct span entries[TILE_WIDTH];

	assert_true(bundle_read(p->entries, (unsigned)(p->to - p->from), entries));
	for (uint64_t i = p->from; i < p->to; i++)
		assert_true(span_equal(entries[i - p->from], entry_of(i)));
	assert_true(merkle_range(&t.source, part.from, part.to, part.root));
	assert_true(merkle_has_subtree(head, &part, &p->proof));
}

static void vector_is_read(void **state)
{
	static const uint64_t ends[] = { 256, 512, 600 };
	struct span file = vector_file(VECTOR), note = vector_file("checkpoints/small-600"), rest;
	struct checkpoint c;
	struct package p;
	struct guarded page = guarded_new(file.n);
	struct upload u;
	uint64_t at;

	(void)state;
	assert_null(checkpoint_read(note, &c));
	assert_true(upload_read(file, &u));
	assert_true(span_is(u.origin, NAME) && u.ticket.n == 0);
	assert_int_equal(u.start, 250);
	assert_int_equal(u.end, 600);
	at = u.start;
	rest = u.packages;
	for (size_t i = 0; i < 3; i++, at = p.to) {
		assert_true(package_take(&u, at, &rest, &p));
		assert_int_equal(p.to, ends[i]);
		package_is(&p, &c.head);
	}
	assert_int_equal(rest.n, 0);
	assert_false(package_take(&u, at, &rest, &p));
	for (size_t n = 0; n < file.n; n++) { /* cut anywhere */
		struct span cut = guarded_copy(page, span_head(file, n));
		unsigned whole = 0;

		if (upload_read(cut, &u))
			for (at = u.start, rest = u.packages; package_take(&u, at, &rest, &p);
			     at = p.to)
				whole++;
		assert_in_range(whole, 0, 2);
	}
	guarded_free(page);
	sample_free(file);
	sample_free(note);
}

static void numbers_that_are_none_are_refused(void **state)
{
	struct text body = { 0 };
	struct upload u = { .origin = span_text("x"), .start = 2, .end = 1 }, read;
	struct upload_info i;

	(void)state;
	upload_write(&body, &u);
	assert_false(upload_read(text_span(&body), &read));
	body.n = 0;
	u.start = 0;
	u.end = 1ull << 63;
	upload_write(&body, &u);
	assert_false(upload_read(text_span(&body), &read));
	text_free(&body);
	assert_true(upload_info_read(span_text("600\n256\n\n"), &i));
	assert_true(i.size == 600 && i.next == 256 && i.ticket.n == 0);
	assert_true(upload_info_read(span_text("600\n256\nYQ==\n"), &i) && i.ticket.n == 4);
	assert_false(upload_info_read(span_text("600\n256\n"), &i));
	assert_false(upload_info_read(span_text("600\n256\nYQ\n"), &i));
	assert_false(upload_info_read(span_text("0600\n256\n\n"), &i));
	assert_false(upload_info_read(span_text("600\n256\n\nx\n"), &i));
}

/* -- a mirror -- */

static struct witness *open_it(void)
{
	struct log_error e = { .what = "" };
	struct witness *w = witness_open(t.dir, t.key, &e);

	if (!w)
		fail_msg("%s: %s", e.where, e.what);
	return w;
}

static struct witness *make_it(void)
{
	const struct witness_new n = { span_text("mirror.example/m"), t.key, "nowhere", true };
	struct log_error e;
	struct witness *w;

	snprintf(t.dir, sizeof(t.dir), "/tmp/evenhand-mirror-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	assert_true(witness_init(t.dir, &n, &e));
	assert_true(witness_list(t.dir, span_text(VKEY), &e));
	w = open_it();
	assert_true(witness_is_mirror(w));
	t.vkey.n = 0;
	witness_vkey(w, &t.vkey);
	assert_null(note_key_read(text_span(&t.vkey), &t.self));
	return w;
}

static void remove_it(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", t.dir);
	assert_int_equal(system(command), 0);
}

static struct witness_exchange ask(struct witness *w, const struct text *body, bool has_entries)
{
	struct witness_exchange x = { .request = text_span(body), .has_entries = has_entries };

	witness_answer(w, &x, 1, 1767225600);
	return x;
}

static void say(struct witness *w, uint64_t old, uint64_t size, unsigned status)
{
	struct text body = { 0 };
	struct merkle_proof proof;
	struct witness_exchange x;
	char name[64];
	struct span note;

	snprintf(name, sizeof(name), "checkpoints/small-%u", (unsigned)size);
	note = vector_file(name);
	assert_true(merkle_prove_consistent(&t.source, old, size, &proof));
	text_format(&body, "old %u\n", (unsigned)old);
	for (unsigned i = 0; i < proof.count; i++) {
		base64_write(&body, (struct span){ proof.hash[i], SHA256_SIZE });
		text_char(&body, '\n');
	}
	text_char(&body, '\n');
	text_put(&body, note);
	x = ask(w, &body, false);
	assert_int_equal(x.status, status);
	assert_true(status != 200 || x.body.n == 0); /* nothing is signed here */
	text_free(&x.body);
	text_free(&body);
	sample_free(note);
}

/* What comes is that status, and that text where it is no signature. */
static void send_body(struct witness *w, struct text body, unsigned status, const char *text)
{
	struct witness_exchange x = ask(w, &body, true);

	if (x.status != status || (text && !span_is(text_span(&x.body), text)))
		fail_msg("%u: %s", x.status, x.body.p);
	assert_true(status != 409 && status != 202 ? true : strcmp(x.type, UPLOAD_INFO_TYPE) == 0);
	text_free(&x.body);
	text_free(&body);
}

static void must_send(struct witness *w, uint64_t from, uint64_t end, unsigned status,
		      const char *text)
{
	send_body(w, body_of(from, end, 9), status, text);
}

static void file_of(const char *name, char path[256])
{
	uint8_t id[SHA256_SIZE];
	struct text hex = { 0 };

	sha256_of(span_text(NAME), id);
	text_hex(&hex, (struct span){ id, sizeof(id) });
	snprintf(path, 256, "%s/public/%s/%s", t.dir, hex.p, name);
	text_free(&hex);
}

static struct span read_whole(const char *path)
{
	uint8_t *bytes;
	size_t n;

	if (!file_read(path, 1 << 20, &bytes, &n))
		fail_msg("no file %s", path);
	return (struct span){ bytes, n };
}

/* The log signed it, and the mirror. */
static void is_public(uint64_t size)
{
	struct checkpoint c;
	struct note_key log;
	struct span note;
	uint64_t time;
	char path[256];

	file_of("checkpoint", path);
	note = read_whole(path);
	assert_null(checkpoint_read(note, &c));
	assert_int_equal(c.head.size, size);
	assert_null(note_key_read(span_text(VKEY), &log));
	assert_int_equal(checkpoint_check(&c, &log, &time), NOTE_SIGNED);
	assert_int_equal(checkpoint_check(&c, &t.self, &time), NOTE_SIGNED);
	sample_free(note);
}

static void file_is_that_of_others(const char *name)
{
	char path[256], theirs[128];
	struct span a, b;

	file_of(name, path);
	snprintf(theirs, sizeof(theirs), "log-small/%s", name);
	a = read_whole(path);
	b = vector_file(theirs);
	assert_true(span_equal(a, b));
	sample_free(a);
	sample_free(b);
}

static void keeps_what_others_send(void **state)
{
	static const char *const files[] = { "tile/0/000",           "tile/0/001",
					     "tile/0/002.p/88",      "tile/1/000.p/2",
					     "tile/entries/000",     "tile/entries/001",
					     "tile/entries/002.p/88" };
	struct witness *w = make_it();
	struct span file = vector_file(VECTOR);
	struct text body = { 0 };

	(void)state;
	must_send(w, 0, 255, 422, NULL); /* nothing was said yet */
	say(w, 0, 255, 200);
	must_send(w, 0, 255, 200, NULL);
	is_public(255);
	say(w, 255, 600, 200);
	is_public(255); /* the entries are not here yet */
	text_put(&body, file);
	send_body(w, body, 200, NULL);
	is_public(600);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		file_is_that_of_others(files[i]);
	witness_close(w);
	remove_it();
	sample_free(file);
}

/* In parts, over an end, and said again. */
static void goes_on_where_it_was(void **state)
{
	struct witness *w = make_it();

	(void)state;
	say(w, 0, 600, 200);
	must_send(w, 0, 0, 409, "600\n0\n\n");
	send_body(w, body_of(0, 600, 1), 202, "600\n256\n\n");
	must_send(w, 0, 600, 409, "600\n256\n\n");   /* too far below */
	must_send(w, 512, 600, 409, "600\n256\n\n"); /* a hole */
	witness_close(w);
	w = open_it(); /* nothing was signed: it begins anew */
	must_send(w, 0, 600, 422, NULL);
	say(w, 0, 257, 200);
	must_send(w, 0, 257, 200, NULL);
	witness_close(w);
	w = open_it();
	say(w, 0, 600, 409);
	say(w, 257, 512, 200);
	say(w, 512, 600, 200);
	must_send(w, 257, 512, 200, NULL); /* what was said before, too */
	is_public(512);
	must_send(w, 257, 257, 409, "600\n512\n\n"); /* signed more since */
	must_send(w, 512, 600, 200, NULL);
	must_send(w, 600, 600, 200, NULL); /* the same again, with a newer time */
	is_public(600);
	file_is_that_of_others("tile/entries/001");
	witness_close(w);
	remove_it();
}

static void refuses_what_is_not_shown(void **state)
{
	struct witness *w = make_it();
	struct text body;

	(void)state;
	say(w, 0, 257, 200);
	body = body_of(0, 257, 1);
	body.p[body.n - 1] ^= 4; /* of its proof */
	send_body(w, body, 422, NULL);
	body = body_of(0, 257, 1);
	body.p[2 + sizeof(NAME) - 1 + 18 + 2] ^= 4; /* of the first entry */
	send_body(w, body, 422, NULL);
	body = body_of(0, 257, 9);
	body.p[body.n - 1] ^= 4; /* of the second package: the first stays */
	send_body(w, body, 422, NULL);
	must_send(w, 0, 0, 409, "257\n256\n\n");
	witness_close(w);
	w = open_it();
	say(w, 0, 257, 200);
	body = body_of(0, 257, 9);
	body.n = 40;
	send_body(w, body, 400, NULL);
	body = body_of(0, 257, 9);
	body.n = 300;
	send_body(w, body, 400, "It has no whole package.\n");
	body = body_of(0, 257, 9);
	body.n -= 1; /* the first package is whole */
	send_body(w, body, 202, "257\n256\n\n");
	body = body_of(256, 257, 9);
	body.p[2] ^= 1; /* another log */
	send_body(w, body, 404, NULL);
	must_send(w, 256, 257, 200, NULL);
	is_public(257);
	witness_close(w);
	remove_it();
}

/* It said that it has them. */
static void does_not_open_without_its_entries(void **state)
{
	struct log_error e = { .what = "" };
	struct witness *w = make_it();
	char path[256];

	(void)state;
	say(w, 0, 257, 200);
	must_send(w, 0, 257, 200, NULL);
	witness_close(w);
	file_of("checkpoint", path);
	assert_int_equal(remove(path), 0);
	w = open_it(); /* as after an end before it was public */
	is_public(257);
	witness_close(w);
	file_of("tile/0/001.p/1", path);
	assert_int_equal(remove(path), 0);
	assert_null(witness_open(t.dir, t.key, &e));
	assert_string_equal(e.what, "its tiles cannot be read");
	remove_it();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_those_of_others),
		cmocka_unit_test(vector_is_read),
		cmocka_unit_test(numbers_that_are_none_are_refused),
		cmocka_unit_test(keeps_what_others_send),
		cmocka_unit_test(goes_on_where_it_was),
		cmocka_unit_test(refuses_what_is_not_shown),
		cmocka_unit_test(does_not_open_without_its_entries),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
