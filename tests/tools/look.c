/* look.c - runs one format by hand: look FORMAT FILE [OFFSET]. Prints what probe says, then a JSON
 * line an entry with the SHA-256 of its content, then the faults. For developers and tests. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "codec/codec.h"
#include "format/format.h"

#define MOST_CONTENT (4ull << 30)

static void print_fault(struct json *j, struct fault f)
{
	char line[200];

	fault_describe(f, line, sizeof(line));
	json_key(j, "fault");
	json_text(j, span_text(line));
	json_key(j, "fault_kind");
	json_text(j, span_text(fault_kind_name(f.kind)));
}

static void digest_key(struct json *j, struct span bytes)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(bytes, digest);
	json_key(j, "sha256");
	json_hex(j, (struct span){ digest, sizeof(digest) });
}

/* The whole path of an entry: parents first. */
static void put_path(struct text *t, const struct listing *l, const struct entry *e, int depth)
{
	if (e->parent != NO_ENTRY && depth < 256)
		put_path(t, l, &l->entries[e->parent], depth + 1);
	if (e->name.n) {
		text_char(t, '/');
		text_escape(t, e->name, "");
	}
}

static void metadata(struct json *j, const struct entry *e)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", e->mode & 07777);
	if (e->has_mode) {
		json_key(j, "mode");
		json_text(j, span_text(mode));
	}
	if (e->has_owner) {
		json_key(j, "uid");
		json_u64(j, e->uid);
		json_key(j, "gid");
		json_u64(j, e->gid);
	}
	if (e->has_mtime) {
		json_key(j, "mtime");
		json_i64(j, e->mtime);
		json_key(j, "mtime_ns");
		json_u64(j, e->mtime_ns);
	}
	if (e->kind == KIND_CHAR_DEVICE || e->kind == KIND_BLOCK_DEVICE) {
		json_key(j, "device");
		json_array(j);
		json_u64(j, e->major);
		json_u64(j, e->minor);
		json_array_end(j);
	}
	if (e->kind == KIND_SYMLINK) {
		json_key(j, "target");
		json_bytes(j, e->target);
	}
	if (e->xattr_count) {
		json_key(j, "xattrs");
		json_object(j);
		for (uint32_t i = 0; i < e->xattr_count; i++) {
			struct text key = { 0 };

			text_escape(&key, e->xattrs[i].name, "\"");
			json_key(j, key.p ? key.p : "");
			json_hex(j, e->xattrs[i].value);
			text_free(&key);
		}
		json_object_end(j);
	}
}

static void print_entry(const struct format *f, const struct listing *l, const struct entry *e,
			struct sink *content)
{
	struct text out = { 0 }, path = { 0 };
	struct json j = { .out = &out };
	struct fault fault = e->fault;

	put_path(&path, l, e, 0);
	json_object(&j);
	json_key(&j, "path");
	json_text(&j, path.n ? text_span(&path) : span_text("/"));
	json_key(&j, "kind");
	json_text(&j, span_text(kind_name(e->kind)));
	metadata(&j, e);
	if (e->first != NO_ENTRY) {
		struct text first = { 0 };

		put_path(&first, l, &l->entries[e->first], 0);
		json_key(&j, "hardlink_of");
		json_text(&j, text_span(&first));
		text_free(&first);
	}
	if (e->stored) {
		json_key(&j, "offset");
		json_u64(&j, e->offset);
		json_key(&j, "length");
		json_u64(&j, e->length);
	}
	if (e->kind == KIND_FILE || e->kind == KIND_REGION) {
		struct span bytes = span_sub(l->in, e->offset, e->length);

		if (content && !e->stored && f->load) {
			sink_reset(content, MOST_CONTENT);
			struct fault loaded = f->load(l, e, content);

			fault = fault.kind ? fault : loaded;
		}
		if (content && !e->stored)
			bytes = sink_span(content);
		json_key(&j, "size");
		json_u64(&j, e->size);
		digest_key(&j, bytes);
	}
	if (fault.kind)
		print_fault(&j, fault);
	json_object_end(&j);
	puts(out.p);
	text_free(&out);
	text_free(&path);
}

struct walk_context {
	const struct format *format;
	const struct listing *listing;
};

static bool give(void *ctx, const struct entry *e, struct sink *content)
{
	struct walk_context *w = ctx;
	struct entry shown = *e;
	struct listing l = *w->listing;
	struct format f = *w->format;

	f.load = NULL;
	shown.parent = NO_ENTRY;
	shown.first = NO_ENTRY;
	print_entry(&f, &l, &shown, content);
	return true;
}

static void note(const char *what, struct fault f)
{
	char line[200];

	fault_describe(f, line, sizeof(line));
	if (f.kind)
		fprintf(stderr, "%s: %s at 0x%llx: %s\n", what, fault_kind_name(f.kind),
			(unsigned long long)f.at, line);
}

static void open_found(const struct format *f, struct listing *l)
{
	struct sink content;

	sink_init(&content, NULL, MOST_CONTENT);
	if (f->walk) {
		struct walk_context ctx = { f, l };
		struct walker w = { &ctx, give, &content, MOST_CONTENT };

		note("walk", f->walk(l, &w));
	} else if (f->list) {
		note("list", f->list(l));
		note("listing", l->fault);
		for (uint32_t i = 0; i < l->count; i++)
			print_entry(f, l, &l->entries[i], &content);
	}
	if (f->shape == SHAPE_STREAM) {
		uint8_t digest[SHA256_SIZE];

		note("load", f->load(l, NULL, &content));
		sha256_of(sink_span(&content), digest);
		printf("stream, %llu packed, %zu plain bytes, sha256 ", (unsigned long long)*l->len,
		       content.n);
		for (int i = 0; i < SHA256_SIZE; i++)
			printf("%02x", digest[i]);
		puts("");
	}
	sink_free(&content);
}

int main(int argc, char **argv)
{
	uint64_t offset = 0;
	const struct format *f = argc > 2 ? format_named(argv[1]) : NULL;
	int fd = f ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;
	struct arena arena = { 0 };
	struct found found = { 0 };

	if (fd < 0 || fstat(fd, &st) || (argc > 3 && !parse_u64(argv[3], &offset))) {
		fprintf(stderr, "usage: look FORMAT FILE [OFFSET]\n");
		return 2;
	}
	hash_start();
	codec_start();
	struct span file = { mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0),
			     (size_t)st.st_size };
	struct span in = span_from(file, offset);
	struct fault refused = f->probe(in, &found);

	note("probe", refused);
	if (refused.kind)
		return 1;
	fprintf(stderr, "%s %s, length %llu%s, proof %d\n", f->name, found.label,
		(unsigned long long)found.len, found.open_end ? " at most" : "", (int)found.proof);
	uint64_t used = found.len;
	struct listing l = { .in = span_sub(in, 0, found.len),
			     .beyond = in,
			     .arena = &arena,
			     .most = 4000000,
			     .len = &used };

	open_found(f, &l);
	arena_free(&arena);
	return 0;
}
