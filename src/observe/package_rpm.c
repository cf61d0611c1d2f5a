/* package_rpm.c - packages that rpm's database lists. Each package is one header: a count of index
 * entries, a count of data bytes, 16 bytes an entry, the data (rpm, docs/manual/hregions.md; all
 * numbers big-endian). Three stores hold them: package_store.c. */
#include "observe/component.h"
#include "observe/package_store.h"

#define MOST_ENTRIES  4096
#define LONGEST_VALUE 256

enum tag { TAG_NAME = 1000, TAG_VERSION, TAG_RELEASE, TAG_EPOCH, TAG_LICENSE = 1014 };
enum { TYPE_INT32 = 4, TYPE_STRING = 6 };

struct package {
	struct span name, version, release, license;
	bool has_epoch;
	uint32_t epoch;
};

static struct span text_at(struct span data, uint64_t at)
{
	struct span text = span_head(span_from(data, at), LONGEST_VALUE);
	size_t end = span_find(text, 0, (struct span){ (const uint8_t *)"", 1 });

	return end == SIZE_MAX ? (struct span){ 0 } : span_head(text, end);
}

static void read_entry(struct span data, struct cursor *c, struct package *p)
{
	uint32_t tag = cursor_be32(c), type = cursor_be32(c), at = cursor_be32(c);

	cursor_skip(c, 4); /* count: of one for each of these */
	if (type == TYPE_INT32 && tag == TAG_EPOCH) {
		p->has_epoch = data.n >= 4 && at <= data.n - 4;
		p->epoch = span_u32(data, at, true);
	}
	if (type != TYPE_STRING)
		return;
	switch ((enum tag)tag) {
	case TAG_NAME:
		p->name = text_at(data, at);
		break;
	case TAG_VERSION:
		p->version = text_at(data, at);
		break;
	case TAG_RELEASE:
		p->release = text_at(data, at);
		break;
	case TAG_LICENSE:
		p->license = text_at(data, at);
		break;
	case TAG_EPOCH:
		break;
	}
}

static bool read_header(struct span blob, struct package *p)
{
	struct cursor c = { .in = blob };
	uint32_t entries = cursor_be32(&c), bytes = cursor_be32(&c);
	struct span data = span_sub(blob, 8 + 16 * (uint64_t)entries, bytes);

	if (c.ran_out || entries == 0 || entries > MOST_ENTRIES || data.n == 0)
		return false;
	for (uint32_t i = 0; i < entries; i++)
		read_entry(data, &c, p);
	return p->name.n > 0 && p->version.n > 0;
}

static void on_blob(void *ctx, struct span blob, uint64_t offset, uint64_t length)
{
	struct scene *s = ctx;
	struct arena *a = s->bench->arena;
	struct package p = { 0 };
	struct text version = { 0 };
	struct component_fact *f;

	/* The keys with which signatures are checked stand in the same store. */
	if (!read_header(blob, &p) || span_is(p.name, "gpg-pubkey"))
		return;
	f = component_list(s, (struct evidence_at){ .offset = offset, .length = length },
			   "pkg:rpm");
	if (!f)
		return;
	if (p.has_epoch && p.epoch)
		text_format(&version, "%u:", p.epoch);
	text_put(&version, p.version);
	if (p.release.n) {
		text_char(&version, '-');
		text_put(&version, p.release);
	}
	f->name = arena_copy(a, p.name);
	f->version = arena_copy(a, text_span(&version));
	f->license = arena_copy(a, p.license);
	text_free(&version);
}

bool packages_of_rpm(struct scene *s)
{
	static const struct {
		const char *end;
		void (*read)(struct span in, store_visitor *each, void *ctx);
	} stores[] = {
		{ "/rpmdb.sqlite", store_sqlite },
		{ "/rpm/Packages.db", store_ndb },
		{ "/rpm/Packages", store_bdb },
	};

	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
		if (span_ends(s->node->path, span_text(stores[i].end))) {
			stores[i].read(s->bytes, on_blob, s);
			return true;
		}
	return false;
}
