/* own.c - what formats say of their own bytes: stretches that do not overlap, lie in the container
 * and leave no byte out; fill and times that change nothing of what is listed when they change.
 * With a format and a file as arguments it prints the stretches. */
#include "format/own.h"
#include "unit/support.h"

#include "base/text.h"
#include "codec/codec.h"

#define LIMIT  (16u << 20)
#define FLIPS  400
#define CHECKS 2000 /* of a sample, spread over all of its bytes */

struct sample {
	const char *format, *file;
	bool is_partial; /* some bytes are not understood */
};

static const struct sample samples[] = {
	{ "squashfs", "squashfs/good-v1-le.sqfs", false },
	{ "squashfs", "squashfs/good-v1-be.sqfs", false },
	{ "squashfs", "squashfs/good-v2-le.sqfs", false },
	{ "squashfs", "squashfs/good-v2-be-checked.sqfs", false },
	{ "squashfs", "squashfs/good-v3-be.sqfs", false },
	{ "squashfs", "squashfs/good-v3-le-checked.sqfs", false },
	{ "squashfs", "squashfs/good-v4-be.sqfs", false },
	{ "squashfs", "squashfs/good-v4-le.sqfs", false },
	{ "squashfs", "squashfs/good-v4-gzip.sqfs", false },
	{ "squashfs", "squashfs/good-v4-lzma.sqfs", false },
	{ "squashfs", "squashfs/good-v4-lzo.sqfs", false },
	{ "squashfs", "squashfs/good-v4-xz.sqfs", false },
	{ "squashfs", "squashfs/good-v4-lz4.sqfs", false },
	{ "squashfs", "squashfs/good-v4-zstd.sqfs", false },
	{ "squashfs", "squashfs/good-v4-plain.sqfs", false },
	{ "squashfs", "squashfs/good-v4-many.sqfs", false },
	{ "squashfs", "squashfs/odd-v3-lzma-ddwrt.sqfs", false },
	{ "squashfs", "squashfs/odd-v4-be-avm.sqfs", false },
	{ "cpio", "archives/newc.cpio", false },
	{ "cpio", "archives/crc.cpio", false },
	{ "cpio", "archives/odc.cpio", false },
	{ "cpio", "archives/bin.cpio", false },
	{ "ext", "ext/ext2.img", false },
	{ "ext", "ext/ext4.img", false },
	{ "ext", "ext/inline.img", true },
	{ "ext", "ext/metabg.img", true },
	{ "trx", "headers/good-v1.trx", false },
	{ "trx", "headers/good-v2.trx", false },
	{ "trx", "headers/odd-unordered.trx", false },
	{ "uimage", "headers/good-kernel.uimage", false },
	{ "uimage", "headers/good-multi.uimage", false },
	{ "uimage", "headers/good-script.uimage", false },
	{ "uimage-altered", "headers/odd-altered-magic.uimage", false },
	{ "tplink", "headers/good.tplink", false },
	{ "tplink", "headers/odd-openwrt.tplink", false },
	{ "tplink2", "vendor/good.tplink3", false },
	{ "chk", "vendor/good.chk", false },
	{ "seama", "vendor/good.seama", false },
	{ "safeloader", "vendor/good.safeloader", false },
	{ "zip", "archives/deflate.zip", false },
	{ "zip", "archives/stored.zip", false },
	{ "zip", "archives/zip64.zip", false },
	{ "zip", "archives/bzip2.zip", false },
	{ "ar", "archives/gnu.a", false },
	{ "fit", "headers/good-embedded.itb", false },
	{ "fit", "headers/good-external.itb", false },
	{ "fit", "signature/rsa.itb", false },
	{ "fit", "signature/ec.itb", false },
	{ "tar", "archives/ustar.tar", false },
	{ "tar", "archives/gnu.tar", false },
	{ "tar", "archives/pax.tar", false },
	{ "tar", "archives/libarchive.tar", false },
	{ "tar", "archives/sparse-1.0.tar", false },
	{ "tar", "archives/sparse-old.tar", false },
	{ "mbr", "mbr/logical.img.gz", false },
	{ "gpt", "headers/good.gpt.gz", false },
	{ "ubi", "ubi/good.ubi", false },
	{ "cramfs", "cramfs/le.cramfs", false },
	{ "cramfs", "cramfs/be.cramfs", false },
	{ "cramfs", "cramfs/boot.cramfs", false },
	{ "cramfs", "cramfs/pages.cramfs", false },
	{ "romfs", "romfs/small.romfs", false },
	{ "fat", "fat/fat12.fat.gz", true },
	{ "fat", "fat/fat16.fat.gz", true },
	{ "jffs2", "jffs2/good-le.jffs2", false },
	{ "jffs2", "jffs2/good-be.jffs2", false },
	{ "jffs2", "jffs2/good-le-lzo.jffs2", false },
	{ "jffs2", "jffs2/good-be-sum.jffs2", false },
	{ "jffs2", "jffs2/odd-lzma.jffs2", false },
	{ "ubifs", "ubifs/good-lzo.ubifs.gz", false },
	{ "ubifs", "ubifs/good-zlib.ubifs.gz", false },
	{ "ubifs", "ubifs/good-zstd.ubifs.gz", false },
	{ "ubifs", "ubifs/good-none.ubifs.gz", false },
	{ "ubifs", "ubifs/good-journal.ubifs.gz", false },
	{ "erofs", "erofs/plain.img.gz", false },
	{ "erofs", "erofs/compact.img.gz", true },
	{ "erofs", "erofs/lz4.img.gz", true },
	{ "erofs", "erofs/legacy.img.gz", true },
	{ "erofs", "erofs/chunks.img.gz", false },
	{ "erofs", "erofs/tail.img.gz", true },
	{ "erofs", "erofs/big.img.gz", true },
	{ "erofs", "erofs/fragments.img.gz", true },
	{ "erofs", "erofs/all-fragments.img.gz", true },
	{ "erofs", "erofs/dedupe-lzma.img.gz", true },
	{ "erofs", "erofs/zstd.img.gz", true },
	{ "erofs", "erofs/deflate.img.gz", true },
	{ "gzip", "streams/plain.gz", true },
	{ "gzip", "streams/named.gz", true },
	{ "gzip", "streams/fields.gz", true },
	{ "xz", "streams/plain.xz", true },
	{ "zstd", "streams/plain.zst", true },
	{ "lz4", "streams/plain.lz4", true },
	{ "lzop", "streams/plain.lzo", true },
	{ "bzip2", "streams/plain.bz2", true },
	{ "lzma", "streams/plain.lzma", true },
	{ "zlib", "streams/plain.zlib", true },
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

/* A sample that is packed, unless it is one of gzip itself. */
static struct span read_sample(const struct sample *s)
{
	struct span raw = sample_read(s->file), copy;
	struct sink plain;

	if (strcmp(s->format, "gzip") == 0 || !strstr(s->file, ".gz"))
		return raw;
	sink_init(&plain, NULL, LIMIT * 4);
	assert_int_equal(inflate_gzip(raw, PLAIN_UNKNOWN, &plain).fault.kind, FAULT_NONE);
	sample_free(raw);
	copy = (struct span){ malloc(plain.n + 1), plain.n };
	memcpy(sample_bytes(copy), plain.p, plain.n);
	sink_free(&plain);
	return copy;
}

/* -- what is listed -- */

static void put_content(FILE *out, const struct opened *o, const struct entry *e)
{
	uint8_t digest[SHA256_SIZE];
	struct sink content;

	sink_init(&content, NULL, LIMIT);
	if (o->format->load || e->stored)
		fprintf(out, "%d ", opened_load(o, e, &content, LIMIT).kind);
	sha256_of(sink_span(&content), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		fprintf(out, "%02x", digest[i]);
	sink_free(&content);
}

/* Everything of the nodes that compare looks at. */
static char *describe(const struct opened *o)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (o->format->shape == SHAPE_STREAM) {
		struct entry none = entry_new(KIND_FILE, (struct span){ 0 });

		put_content(out, o, &none);
	}
	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];

		fprintf(out, "%.*s %u %o %u:%u %lld.%u %llu %.*s %u,%u %u %d ", (int)e->name.n,
			(const char *)e->name.p, e->kind, e->mode, e->uid, e->gid,
			(long long)e->mtime, e->mtime_ns, (unsigned long long)e->size,
			(int)e->target.n, (const char *)e->target.p, e->major, e->minor, e->first,
			e->fault.kind);
		for (uint32_t k = 0; k < e->xattr_count; k++) {
			fprintf(out, "%.*s=", (int)e->xattrs[k].name.n,
				(const char *)e->xattrs[k].name.p);
			for (size_t b = 0; b < e->xattrs[k].value.n; b++)
				fprintf(out, "%02x", e->xattrs[k].value.p[b]);
			fputc(' ', out);
		}
		if (e->kind == KIND_FILE || (e->kind == KIND_REGION && !e->owned))
			put_content(out, o, e);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

/* -- what is covered -- */

static void open_own(struct opened *o, const char *format, struct span in, struct own_list *list)
{
	const struct format *f = format_named(format);

	assert_non_null(f);
	assert_non_null(f->own);
	opened_init(o, f, in);
	if (o->refused.kind || o->fault.kind)
		fail_msg("%s does not open", format);
	*list = (struct own_list){ .arena = &o->arena };
	if (f->shape == SHAPE_STREAM) {
		struct sink content;

		sink_init(&content, NULL, LIMIT);
		f->load(&o->l, NULL, &content);
		sink_free(&content);
		o->l.in = span_head(o->l.in, o->stream_length);
	}
	f->own(&o->l, list);
	assert_false(list->full);
}

static void mark(uint8_t *map, size_t n, uint64_t from, uint64_t length, uint8_t with)
{
	assert_true(from <= n && length <= n - from);
	memset(map + from, with, length);
}

/* Every byte by what covers it: 1 the container's own, 2 content. */
static uint8_t *cover(struct opened *o, const struct own_list *list, const char *what)
{
	size_t n = o->l.in.n;
	uint8_t *map = calloc(n + 1, 1);
	uint64_t at = 0;

	assert_non_null(map);
	for (size_t i = 0; i < list->n; i++) {
		const struct own_stretch *s = &list->p[i];

		if (s->offset < at || s->length > n - s->offset)
			fail_msg("%s: %s at %llu overlaps what ends at %llu", what, s->name,
				 (unsigned long long)s->offset, (unsigned long long)at);
		at = s->offset + s->length;
		mark(map, n, s->offset, s->length, 1);
	}
	for (uint32_t i = 0; i < o->l.count; i++) {
		const struct entry *e = &o->l.entries[i];
		struct text parameters = { 0 };
		struct storage s = { .arena = &o->arena, .parameters = &parameters };

		if (e->stored && e->owned)
			continue;
		if (e->stored) {
			for (uint64_t k = 0; k < e->length; k++)
				if (map[e->offset + k] == 1)
					fail_msg("%s: content at %llu is listed", what,
						 (unsigned long long)(e->offset + k));
			mark(map, n, e->offset, e->length, 2);
		} else if (e->kind == KIND_FILE && o->format->stored &&
			   o->format->stored(&o->l, e, &s)) {
			for (uint32_t k = 0; k < s.count; k++)
				if (s.spans[k].n)
					mark(map, n, span_place(o->l.in, s.spans[k]), s.spans[k].n,
					     2);
		}
		text_free(&parameters);
	}
	return map;
}

static void covers_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = read_sample(&samples[i]);
		struct own_list list;
		struct opened o;
		uint8_t *map;
		const uint8_t *hole;

		open_own(&o, samples[i].format, in, &list);
		map = cover(&o, &list, samples[i].file);
		hole = memchr(map, 0, o.l.in.n);
		if (hole && !samples[i].is_partial && o.l.kind != LISTING_STREAM &&
		    o.format->shape != SHAPE_STREAM)
			fail_msg("%s: byte %zu is nobody's", samples[i].file, (size_t)(hole - map));
		free(map);
		opened_free(&o);
		sample_free(in);
	}
}

static void check_flip(const struct sample *s, struct span in, uint64_t at, const char *want,
		       const char *name, bool is_summed)
{
	struct opened o;
	char *have;

	sample_bytes(in)[at] ^= 0x21;
	opened_init(&o, format_named(s->format), in);
	if (o.refused.kind && is_summed) {
		opened_free(&o);
		sample_bytes(in)[at] ^= 0x21;
		return;
	}
	if (o.refused.kind)
		fail_msg("%s: %s at %llu is looked at", s->file, name, (unsigned long long)at);
	have = describe(&o);
	if (strcmp(have, want) != 0 && !is_summed)
		fail_msg("%s: %s at %llu changes what is listed", s->file, name,
			 (unsigned long long)at);
	free(have);
	opened_free(&o);
	sample_bytes(in)[at] ^= 0x21;
}

static void what_is_fill_or_time_changes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = read_sample(&samples[i]);
		struct own_list list;
		struct opened o;
		char *want;
		uint32_t flips = 0;
		bool is_summed = strcmp(samples[i].format, "ubifs") == 0 ||
				 strcmp(samples[i].format, "jffs2") == 0; /* in each node */

		open_own(&o, samples[i].format, in, &list);
		want = describe(&o);
		for (size_t k = 0; k < list.n; k++)
			is_summed |= list.p[k].own == OWN_CHECKSUM;
		for (size_t k = 0; k < list.n && flips < FLIPS; k++) {
			const struct own_stretch *s = &list.p[k];

			if (s->own != OWN_FILL && s->own != OWN_TIME && s->own != OWN_IDENTIFIER)
				continue;
			check_flip(&samples[i], in, s->offset, want, s->name, is_summed);
			check_flip(&samples[i], in, s->offset + s->length - 1, want, s->name,
				   is_summed);
			flips += 2;
		}
		free(want);
		opened_free(&o);
		sample_free(in);
	}
}

/* -- what could hide -- */

static uint32_t hidden;

static bool is_structure(const struct own_list *list, uint64_t at)
{
	for (size_t i = 0; i < list->n; i++)
		if (at >= list->p[i].offset && at - list->p[i].offset < list->p[i].length)
			return list->p[i].own == OWN_STRUCTURE || list->p[i].own == OWN_CHECKSUM;
	return false;
}

/* A byte that is structure, or a checksum, cannot be another one unseen: what is listed changes, or
 * a fault tells, or it is structure no longer. */
static void data_of(const struct opened *o, const struct own_list *list,
		    uint8_t digest[SHA256_SIZE])
{
	struct sink all;

	sink_init(&all, NULL, LIMIT * 4);
	for (size_t i = 0; i < list->n; i++)
		if (list->p[i].own == OWN_DATA || list->p[i].own == OWN_PACKING ||
		    list->p[i].own == OWN_SIGNATURE)
			sink_put(&all, span_sub(o->l.in, list->p[i].offset, list->p[i].length));
	sha256_of(sink_span(&all), digest);
	sink_free(&all);
}

static void check_hidden(const struct sample *s, struct span in, uint64_t at, const char *want,
			 const uint8_t *data, const char *name)
{
	struct own_list list = { 0 };
	struct opened o;
	uint8_t digest[SHA256_SIZE];
	char *have = NULL;
	bool seen;

	sample_bytes(in)[at] ^= 0x02;
	opened_init(&o, format_named(s->format), in);
	seen = o.refused.kind || o.fault.kind || o.l.fault.kind || o.found.len != in.n;
	if (!seen) {
		have = describe(&o);
		seen = strcmp(have, want) != 0;
	}
	if (!seen) {
		list.arena = &o.arena;
		o.format->own(&o.l, &list);
		data_of(&o, &list, digest);
		seen = !is_structure(&list, at) || memcmp(digest, data, SHA256_SIZE) != 0;
	}
	if (!seen)
		printf("%s: %s at %llu can be anything\n", s->file, name, (unsigned long long)at);
	hidden += !seen;
	free(have);
	opened_free(&o);
	sample_bytes(in)[at] ^= 0x02;
}

/* Bytes at the start of equal parts of a stretch, which are tried. */
static uint64_t tried_of(const struct own_stretch *s)
{
	return 1 + s->length / 16;
}

static uint64_t count_tried(const struct own_list *list)
{
	uint64_t n = 0;

	for (size_t k = 0; k < list->n; k++)
		n += (list->p[k].length + tried_of(&list->p[k]) - 1) / tried_of(&list->p[k]);
	return n;
}

static void what_is_structure_hides_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct span in = read_sample(&samples[i]);
		struct own_list list;
		struct opened o;
		uint8_t data[SHA256_SIZE];
		uint64_t step, n = 0;
		char *want;

		open_own(&o, samples[i].format, in, &list);
		step = 1 + count_tried(&list) / CHECKS;
		data_of(&o, &list, data);
		want = describe(&o);
		for (size_t k = 0; k < list.n && o.format->shape != SHAPE_STREAM; k++) {
			const struct own_stretch *s = &list.p[k];

			if ((s->own != OWN_STRUCTURE && s->own != OWN_CHECKSUM) ||
			    (samples[i].format[0] == 'e' &&
			     (strcmp(s->name, "inode") == 0 ||
			      strcmp(s->name, "reserved blocks") == 0)))
				continue; /* times need only be likely; few blocks have no
					     hundredths */
			for (uint64_t b = 0; b < s->length; b += tried_of(s))
				if (n++ % step == 0)
					check_hidden(&samples[i], in, s->offset + b, want, data,
						     s->name);
		}
		free(want);
		opened_free(&o);
		sample_free(in);
	}
	assert_int_equal(hidden, 0);
}

/* -- single answers -- */

static const struct own_stretch *stretch_named(const struct own_list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->p[i].name, name) == 0)
			return &list->p[i];
	return NULL;
}

static void expect(const char *format, struct span in, const char *name, enum own own)
{
	const struct own_stretch *s;
	struct own_list list;
	struct opened o;

	open_own(&o, format, in, &list);
	s = stretch_named(&list, name);
	if (!s || s->own != own)
		fail_msg("%s: %s is %d, not %d", format, name, s ? (int)s->own : -1, (int)own);
	opened_free(&o);
}

static void names_the_fields_of_a_squashfs(void **state)
{
	struct span in = sample_read("squashfs/good-v4-gzip.sqfs");
	struct own_list list;
	struct opened o;

	(void)state;
	open_own(&o, "squashfs", in, &list);
	assert_int_equal(stretch_named(&list, "mkfs time")->offset, 8);
	assert_int_equal(stretch_named(&list, "mkfs time")->time, span_u32(in, 8, false));
	opened_free(&o);
	expect("squashfs", in, "inode table", OWN_STRUCTURE);
	expect("squashfs", in, "directory table", OWN_STRUCTURE);
	expect("squashfs", in, "id table", OWN_STRUCTURE);
	expect("squashfs", in, "fragment table", OWN_STRUCTURE);
	expect("squashfs", in, "export table", OWN_STRUCTURE);
	expect("squashfs", in, "xattr table", OWN_STRUCTURE);
	sample_bytes(in)[4]++; /* one inode more than there are */
	expect("squashfs", in, "inode count", OWN_DATA);
	sample_free(in);
}

/* What files share may hold nothing that none of them has: as long as all of it is used, every byte
 * is known; where a file is told shorter, what it leaves over is not. */
static void nothing_of_a_shared_inode_is_without_a_file(void **state)
{
	struct span in =
		read_sample(&(struct sample){ "erofs", "erofs/all-fragments.img.gz", true });
	uint32_t shortened = 0;

	(void)state;
	sample_bytes(in)[1024 + 8] &= 0xfe; /* no checksum */
	for (uint32_t k = 0; k < 14; k++) {
		struct own_list list = { 0 };
		struct opened o;
		uint8_t *size;

		opened_init(&o, format_named("erofs"), in);
		assert_int_equal(o.l.count, 14);
		size = sample_bytes(in) + o.l.entries[k].key[0] * 32 + 8;
		if (o.l.entries[k].kind == KIND_FILE && *size) {
			*size -= 1;
			list.arena = &o.arena;
			o.format->own(&o.l, &list);
			*size += 1;
			assert_true(list.full);
			shortened++;
		}
		opened_free(&o);
	}
	assert_true(shortened > 2);
	sample_free(in);
}

/* What is no name may be anything. */
static void takes_only_names_for_names(void **state)
{
	static const struct {
		char text[20];
		enum own own;
	} fields[] = { { "rootfs", OWN_IDENTIFIER },
		       { "root\x1b[2J", OWN_DATA },
		       { "rootfs\0hidden", OWN_DATA },
		       { "a name of 17 byte", OWN_DATA } };

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_int_equal(own_label((struct span){ (const uint8_t *)fields[i].text, 20 }),
				 fields[i].own);
}

int main(int count, char **words)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_only_names_for_names),
		cmocka_unit_test(covers_every_byte),
		cmocka_unit_test(what_is_fill_or_time_changes_nothing),
		cmocka_unit_test(what_is_structure_hides_nothing),
		cmocka_unit_test(names_the_fields_of_a_squashfs),
		cmocka_unit_test(nothing_of_a_shared_inode_is_without_a_file),
	};

	hash_start();
	if (count == 3) {
		static const char *const owns[] = { "structure",   "checksum", "time",
						    "identifier",  "packing",  "signature",
						    "certificate", "fill",     "counter",
						    "data" };
		char path[400];
		struct own_list list;
		struct opened o;
		struct span in;

		snprintf(path, sizeof(path), "../../%s", words[2]);
		in = read_sample(&(struct sample){ words[1], path, false });
		open_own(&o, words[1], in, &list);
		for (size_t i = 0; i < list.n; i++)
			printf("%8llx %8llx %-10s %s\n", (unsigned long long)list.p[i].offset,
			       (unsigned long long)list.p[i].length, owns[list.p[i].own],
			       list.p[i].name);
		opened_free(&o);
		sample_free(in);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
