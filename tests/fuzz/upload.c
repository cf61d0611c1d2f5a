/* upload.c - entries on their way to a mirror: whatever comes, packages are whole and in order, and
 * what is read, written again, is what was sent. */
#include <stdlib.h>

#include "log/http.h"
#include "log/upload.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* A tree of one package, of what its entries hash to: the proof is looked at whatever it is. */
static void look(const struct package *p, struct text *again)
{
	struct merkle_subtree part = { p->from - p->from % TILE_WIDTH, p->to, { 0 } };
	struct merkle_head head = { .size = p->to };
	struct span entries[TILE_WIDTH];
	unsigned width = (unsigned)(p->to - p->from);

	expect(p->to > p->from && width <= TILE_WIDTH && p->proof.count <= UPLOAD_MOST_HASHES);
	expect(bundle_read(p->entries, width, entries));
	merkle_leaf(entries, 1, part.root);
	merkle_has_subtree(&head, &part, &p->proof);
	text_put(again, p->entries);
	package_write_proof(again, &p->proof);
}

static void take(struct span body)
{
	struct text packages = { 0 }, again = { 0 };
	struct upload u, out;
	struct package p;
	struct span rest;

	if (!upload_read(body, &u))
		return;
	rest = u.packages;
	for (uint64_t at = u.start; package_take(&u, at, &rest, &p); at = p.to) {
		expect(p.from == at && p.to <= u.end);
		look(&p, &packages);
	}
	out = u;
	out.packages = text_span(&packages);
	upload_write(&again, &out);
	expect(packages.failed || again.failed ||
	       (again.n + rest.n == body.n && span_starts(body, text_span(&again))));
	text_free(&packages);
	text_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };
	struct text plain = { 0 };
	struct upload_info info;

	take(in);
	if (http_unpack(in, 1u << 20, &plain)) {
		expect(plain.n <= 1u << 20);
		take(text_span(&plain));
	}
	text_free(&plain);
	if (upload_info_read(in, &info))
		expect(info.size <= INT64_MAX && info.next <= INT64_MAX);
	return 0;
}
