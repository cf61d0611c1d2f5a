/* rpm.c - RPM packages: lead, signature header, main header, payload. The payload is a cpio archive
 * in a stream; both are opened by their own formats. Source: rpm docs/manual/format_v4.md. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/format.h"

#define LEAD          96
#define MOST_TAGS     65536
#define LARGEST_STORE (256u << 20)

enum {
	TAG_NAME = 1000,
	TAG_VERSION = 1001,
	TAG_RELEASE = 1002,
	SIGTAG_SIZE = 1000,
	SIGTAG_LONGSIZE = 270
};

struct header {
	uint64_t at, length;
	uint32_t tags;
	struct span index, store;
};

static struct fault read_header(struct span in, uint64_t at, struct header *h)
{
	struct cursor c = { .in = span_from(in, at) };
	uint32_t magic = cursor_be32(&c), store;

	cursor_skip(&c, 4);
	h->at = at;
	h->tags = cursor_be32(&c);
	store = cursor_be32(&c);
	if (c.ran_out || magic != 0x8eade801)
		return fault_at(FAULT_BROKEN, at, "header magic", magic, 0x8eade801);
	if (h->tags > MOST_TAGS || store > LARGEST_STORE)
		return fault_at(FAULT_BROKEN, at + 8, "header tags", h->tags, MOST_TAGS);
	h->index = cursor_span(&c, (uint64_t)h->tags * 16);
	h->store = cursor_span(&c, store);
	h->length = c.at;
	return c.ran_out ? fault_at(FAULT_SHORT, at, "header", in.n - at,
				    (uint64_t)h->tags * 16 + store + 16)
			 : fine;
}

static bool find_tag(const struct header *h, uint32_t tag, struct span *value)
{
	for (uint32_t i = 0; i < h->tags; i++) {
		struct span e = span_sub(h->index, (uint64_t)i * 16, 16);

		if (span_u32(e, 0, true) == tag) {
			*value = span_from(h->store, span_u32(e, 8, true));
			return true;
		}
	}
	return false;
}

struct rpm {
	struct header signature, main;
	uint64_t payload, end;
};

static struct fault read_rpm(struct span in, struct rpm *r)
{
	struct fault bad = read_header(in, LEAD, &r->signature);
	struct span size;
	uint64_t behind;

	if (bad.kind)
		return bad;
	behind = (r->signature.at + r->signature.length + 7) / 8 * 8;
	bad = read_header(in, behind, &r->main);
	if (bad.kind)
		return bad;
	r->payload = r->main.at + r->main.length;
	r->end = in.n;
	if (find_tag(&r->signature, SIGTAG_LONGSIZE, &size))
		r->end = behind + span_u64(size, 0, true);
	else if (find_tag(&r->signature, SIGTAG_SIZE, &size))
		r->end = behind + span_u32(size, 0, true);
	if (r->end <= r->payload)
		return fault_at(FAULT_BROKEN, LEAD, "package size", r->end, r->payload);
	return fine;
}

static void put_text(const struct header *h, uint32_t tag, char *to, size_t size)
{
	struct span value;
	size_t n = 0;

	if (find_tag(h, tag, &value))
		for (; n < value.n && value.p[n] && n + 1 < size; n++)
			to[n] = value.p[n] > ' ' && value.p[n] < 0x7f ? (char)value.p[n] : '?';
	to[n] = 0;
}

static struct fault probe(struct span in, struct found *f)
{
	struct rpm r = { 0 };
	struct fault bad = read_rpm(in, &r);
	char name[24], version[16], release[16];

	if (bad.kind)
		return bad;
	put_text(&r.main, TAG_NAME, name, sizeof(name));
	put_text(&r.main, TAG_VERSION, version, sizeof(version));
	put_text(&r.main, TAG_RELEASE, release, sizeof(release));
	f->len = r.end < in.n ? r.end : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s %s-%s", name, version, release);
	return fine;
}

static struct fault list(struct listing *l)
{
	struct rpm r = { 0 };
	struct fault bad = read_rpm(l->in, &r);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	if (r.payload < l->in.n)
		listing_region(l, r.payload, l->in.n - r.payload, (struct span){ 0 });
	if (r.end > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, l->in.n, "package size", l->in.n, r.end));
	return fine;
}

const struct format format_rpm = {
	.name = "rpm",
	.says = "RPM package",
	.domain = DOMAIN_IT,
	.spec = "rpm-software-management/rpm docs/manual/format_v4.md",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 5, "\xed\xab\xee\xdb\x03" }, { 0, 5, "\xed\xab\xee\xdb\x04" } },
	.probe = probe,
	.list = list,
};
