/* remote.c - see remote.h. */
#include "log/remote.h"

#include <stdio.h>
#include <stdlib.h>

#define MOST_ENVELOPE_BYTES (1u << 20)

static bool fail(struct remote *r, const char *path, const char *what, const char *advice)
{
	*r->error = (struct log_error){ .advice = advice };
	snprintf(r->error->where, sizeof(r->error->where), "%.180s%s%.64s", r->url,
		 path[0] ? "/" : "", path);
	snprintf(r->error->what, sizeof(r->error->what), "%s", what);
	return false;
}

/* What a call that did not go well is to be told as. */
static bool fail_call(struct remote *r, const char *path, const struct client_call *call)
{
	char what[300];

	if (call->status)
		snprintf(what, sizeof(what), "it answers %u", call->status);
	else
		snprintf(what, sizeof(what), "%s", call->wrong);
	return fail(r, path, what,
		    call->status ? "Is it the address of a log (C2SP tlog-tiles)?"
				 : "Does a log serve there, and is the address right?");
}

/* The address as a text that the call's owner frees; NULL: no memory. */
static char *address(const struct remote *r, const char *path)
{
	size_t n = strlen(r->url);
	char *url = NULL;

	while (n > 0 && r->url[n - 1] == '/')
		n--;
	return asprintf(&url, "%.*s/%s", (int)n, r->url, path) < 0 ? NULL : url;
}

static void free_call(struct client_call *call)
{
	client_call_free(call);
	free((void *)(uintptr_t)call->url);
	call->url = NULL;
}

void remote_free(struct client_call *calls, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		free_call(&calls[i]);
}

/* One address. False: it did not answer 200. */
static bool get(struct remote *r, const char *path, size_t most, struct client_call *call)
{
	*call = (struct client_call){ .url = address(r, path), .most = most };
	if (!call->url)
		return fail(r, path, "out of memory", NULL);
	client_run(r->client, call, 1);
	return call->status == 200 || fail_call(r, path, call);
}

/* -- checkpoints -- */

const char *remote_head_read(struct span note, const struct policy *p, struct remote_head *h)
{
	const char *wrong = checkpoint_read(note, &h->checkpoint);

	if (wrong)
		return wrong;
	policy_judge(p, &h->checkpoint, &h->outcome);
	if (h->outcome.is_broken)
		return "a line of a key of the policy does not hold";
	return h->outcome.log == POLICY_NONE ? "no log of the policy signed it" : NULL;
}

bool remote_checkpoint(struct remote *r, const struct policy *p, struct remote_head *h)
{
	struct client_call call;
	bool ok = get(r, "checkpoint", NOTE_MOST_BYTES, &call);
	const char *wrong;

	h->note = (struct text){ 0 };
	if (ok) {
		h->note = call.answer;
		call.answer = (struct text){ 0 };
		wrong = remote_head_read(text_span(&h->note), p, h);
		if (wrong)
			ok = fail(
				r, "checkpoint", wrong,
				"Is it the log that the policy names? Then keep what it answers.");
	}
	free_call(&call);
	return ok;
}

/* -- bundles -- */

static struct tile bundle_of(uint64_t index, uint64_t size)
{
	bool is_full = index < tile_full(TILE_ENTRIES, size);

	return (struct tile){ TILE_ENTRIES, index,
			      is_full ? TILE_WIDTH : tile_partial(TILE_ENTRIES, size) };
}

/* A partial file may be gone where the log has grown to the full one. */
static void ask_full(struct remote *r, struct tile t, struct client_call *call)
{
	char path[TILE_MOST_PATH];

	t.width = TILE_WIDTH;
	tile_path(&t, path);
	free_call(call);
	*call = (struct client_call){ .url = address(r, path), .most = BUNDLE_MOST_BYTES };
	if (call->url)
		client_run(r->client, call, 1);
}

unsigned remote_bundles(struct remote *r, uint64_t first, uint64_t size,
			struct client_call calls[REMOTE_BUNDLES])
{
	uint64_t all = (size + TILE_WIDTH - 1) / TILE_WIDTH;
	unsigned count = all - first < REMOTE_BUNDLES ? (unsigned)(all - first) : REMOTE_BUNDLES;
	char path[TILE_MOST_PATH];
	unsigned made = 0;

	for (; made < count; made++) {
		struct tile t = bundle_of(first + made, size);

		tile_path(&t, path);
		calls[made] =
			(struct client_call){ .url = address(r, path), .most = BUNDLE_MOST_BYTES };
		if (!calls[made].url) {
			remote_free(calls, made);
			fail(r, path, "out of memory", NULL);
			return 0;
		}
	}
	client_run(r->client, calls, count);
	for (unsigned i = 0; i < count; i++) {
		struct tile t = bundle_of(first + i, size);

		tile_path(&t, path);
		if (calls[i].status == 404 && t.width < TILE_WIDTH)
			ask_full(r, t, &calls[i]);
		if (calls[i].status != 200) {
			fail_call(r, path, &calls[i]);
			remote_free(calls, count);
			return 0;
		}
	}
	return count;
}

bool remote_entries(struct span bundle, unsigned width, struct span entries[TILE_WIDTH])
{
	size_t at = 0;
	unsigned n = 0;

	while (n < TILE_WIDTH && at < bundle.n)
		if (!bundle_next(bundle, &at, &entries[n++]))
			return false;
	return at == bundle.n && (n == width || (n == TILE_WIDTH && n > width));
}

/* -- envelopes and files -- */

static void digest_path(const char *start, const uint8_t sha256[SHA256_SIZE], char path[128])
{
	int n = snprintf(path, 128, "%s/sha256:", start);

	for (size_t i = 0; i < SHA256_SIZE; i++)
		n += snprintf(path + n, 3, "%02x", sha256[i]);
}

void remote_envelopes(struct remote *r, const uint8_t (*pae_sha256)[SHA256_SIZE], unsigned count,
		      struct client_call calls[REMOTE_ENVELOPES])
{
	char path[128];

	for (unsigned i = 0; i < count; i++) {
		digest_path("api/envelope", pae_sha256[i], path);
		calls[i] = (struct client_call){ .url = address(r, path),
						 .most = MOST_ENVELOPE_BYTES };
	}
	for (unsigned i = 0; i < count; i++)
		if (!calls[i].url)
			return; /* nothing came: as where the log has none */
	client_run(r->client, calls, count);
}

bool remote_file(struct remote *r, const uint8_t sha256[SHA256_SIZE], size_t most,
		 struct client_call *call)
{
	uint8_t digest[SHA256_SIZE];
	char path[128];

	digest_path("api/file", sha256, path);
	if (!get(r, path, most, call))
		return false;
	sha256_of(text_span(&call->answer), digest);
	return memcmp(digest, sha256, SHA256_SIZE) == 0 ||
	       fail(r, path, "it answers another file than that digest names", NULL);
}

/* -- tiles -- */

static bool fetch_tile(struct remote_tiles *t, struct tile tile, struct span *bytes)
{
	unsigned slot = t->next;
	char path[TILE_MOST_PATH];
	struct client_call call;
	bool ok;

	tile_path(&tile, path);
	ok = get(t->remote, path, TILE_BYTES, &call);
	if (!ok && call.status == 404 && tile.width < TILE_WIDTH) {
		struct tile full = { tile.level, tile.index, TILE_WIDTH };

		free_call(&call);
		tile_path(&full, path);
		ok = get(t->remote, path, TILE_BYTES, &call);
	}
	if (ok) {
		text_free(&t->kept[slot].bytes);
		t->kept[slot].tile = tile;
		t->kept[slot].bytes = call.answer;
		call.answer = (struct text){ 0 };
		*bytes = text_span(&t->kept[slot].bytes);
		t->next = (slot + 1) % REMOTE_TILES;
	}
	free_call(&call);
	return ok;
}

static bool read_hash(const void *ctx, unsigned level, uint64_t index, uint8_t hash[SHA256_SIZE])
{
	struct remote_tiles *t = (struct remote_tiles *)(uintptr_t)ctx;
	struct tile tile = tile_of(level, index, t->size);
	struct span bytes = { 0 };

	for (unsigned i = 0; i < REMOTE_TILES && !bytes.p; i++)
		if (t->kept[i].bytes.n && t->kept[i].tile.level == tile.level &&
		    t->kept[i].tile.index == tile.index)
			bytes = text_span(&t->kept[i].bytes);
	if (!bytes.p && !fetch_tile(t, tile, &bytes))
		return false;
	return tile_hash(bytes, level, index, hash);
}

struct merkle_source remote_source(struct remote_tiles *t, struct remote *r, uint64_t size)
{
	memset(t, 0, sizeof(*t));
	t->remote = r;
	t->size = size;
	return (struct merkle_source){ read_hash, t };
}

void remote_tiles_free(struct remote_tiles *t)
{
	for (unsigned i = 0; i < REMOTE_TILES; i++)
		text_free(&t->kept[i].bytes);
}
