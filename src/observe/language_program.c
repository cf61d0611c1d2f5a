/* language_program.c - modules and crates that compilers list in a program: Go's build information
 * (debug/buildinfo of its library) and Rust's audit data (cargo-auditable, PARSING.md). They are
 * linked into it. */
#include "base/jsontext.h"
#include "codec/codec.h"
#include "format/elf_read.h"
#include "observe/language.h"

#define MOST_MODULES 4096
#define MOST_CRATES  8192
#define MOST_JSON    (8u << 20) /* cargo-auditable's own bound */
#define GO_HEAD      32
#define GO_GUARD     16 /* bytes of a mark before and behind the lines */
#define GO_BIG       1
#define GO_INLINE    2

/* -- Go -- */

static struct span go_inline(struct cursor *c)
{
	uint64_t length = 0;

	for (unsigned shift = 0; shift < 64 && !c->ran_out; shift += 7) {
		uint8_t byte = cursor_u8(c);

		length |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			break;
	}
	return cursor_span(c, length);
}

static uint64_t go_word(const struct elf *e, struct span s, uint64_t at, bool big)
{
	uint64_t value = 0;
	size_t n = e->is64 ? 8 : 4;

	if (span_sub(s, at, n).n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | s.p[at + (big ? i : n - 1 - i)];
	return value;
}

/* Before Go 1.18: the address of a pointer and a length. */
static struct span go_pointed(const struct elf *e, struct span head, uint64_t at, bool big)
{
	size_t n = e->is64 ? 8 : 4;
	struct span string = elf_at(e, go_word(e, head, at, big));

	return span_sub(elf_at(e, go_word(e, string, 0, big)), 0, go_word(e, string, n, big));
}

struct go_line {
	struct span kind, path, version;
};

static struct go_line go_line(struct span line)
{
	struct go_line l;

	l.kind = field_next(&line, '\t');
	l.path = field_next(&line, '\t');
	l.version = field_next(&line, '\t');
	return l;
}

static void go_add(struct scene *s, const struct go_line *l)
{
	if (l->version.n == 0 || span_is(l->version, "(devel)"))
		return;
	language_add(s, &(struct package){ .type = "pkg:golang",
					   .name = l->path,
					   .version = l->version,
					   .at = { .offset = span_place(s->bytes, l->path),
						   .length = l->path.n + 1 + l->version.n },
					   .sighting = SIGHTING_COPY });
}

/* "mod PATH VERSION SUM", "dep PATH VERSION SUM"; "=> PATH VERSION SUM" replaces the one before. */
void language_go(struct scene *s, struct span lines)
{
	struct go_line held = { { 0 }, { 0 }, { 0 } };
	struct span line;
	size_t at = 0;

	for (int i = 0; i < MOST_MODULES && line_next(lines, &at, &line); i++) {
		struct go_line next = go_line(line);

		if (span_is(next.kind, "=>")) {
			held = next;
			continue;
		}
		go_add(s, &held);
		held = span_is(next.kind, "mod") || span_is(next.kind, "dep")
			       ? next
			       : (struct go_line){ { 0 }, { 0 }, { 0 } };
	}
	go_add(s, &held);
}

/* "go1.22.5 X:nocoverageredesign": the library of that release is linked in. */
static void go_library(struct scene *s, struct span version)
{
	struct span release = field_next(&version, ' ');

	if (!span_starts(release, span_text("go")) || release.n > 32)
		return;
	language_add(s, &(struct package){ .type = "pkg:golang",
					   .name = span_text("go"),
					   .called = span_text("stdlib"),
					   .version = span_from(release, 2),
					   .license = span_text("BSD-3-Clause"),
					   .cpe = "golang:go",
					   .at = { .offset = span_place(s->bytes, release),
						   .length = release.n },
					   .sighting = SIGHTING_COPY });
}

static void look_go(struct scene *s, const struct elf *e)
{
	static const char magic[] = "\xff Go buildinf:";
	struct elf_section section;
	struct span head, version, lines;
	struct cursor c;
	int flags;

	if (!elf_section_named(e, ".go.buildinfo", &section))
		return;
	head = elf_section_bytes(e, &section);
	if (head.n < GO_HEAD || !span_starts(head, span_text(magic)))
		return;
	flags = span_byte(head, sizeof(magic));
	if (flags & GO_INLINE) {
		/* The section may end before the texts do; the file does not. */
		c = (struct cursor){ span_from(s->bytes, span_place(s->bytes, head) + GO_HEAD), 0,
				     false };
		version = go_inline(&c);
		lines = go_inline(&c);
	} else {
		size_t word = e->is64 ? 8 : 4;

		version = go_pointed(e, head, 16, flags & GO_BIG);
		lines = go_pointed(e, head, 16 + word, flags & GO_BIG);
	}
	go_library(s, version);
	if (lines.n > 2 * GO_GUARD)
		language_go(s, span_sub(lines, GO_GUARD, lines.n - 2 * GO_GUARD));
}

/* -- Rust -- */

void language_rust(struct scene *s, struct span json, struct evidence_at at)
{
	struct arena own;
	struct json_text t;
	uint32_t list;
	unsigned count = 0;

	arena_init(&own, 64u << 20);
	if (json_text_read(&own, json, &t).kind == FAULT_NONE &&
	    (list = json_find(&t, 0, "packages")) != JSON_NONE)
		for (uint32_t i = json_child(&t, list); i != JSON_NONE && count < MOST_CRATES;
		     i = json_next(&t, i), count++) {
			struct span version = json_value(&t, i, "version");

			/* What only ran while building is not in the program. */
			if (version.n == 0 || span_is(json_value(&t, i, "kind"), "build"))
				continue;
			language_add(s, &(struct package){ .type = "pkg:cargo",
							   .name = json_value(&t, i, "name"),
							   .version = version,
							   .at = at,
							   .sighting = SIGHTING_COPY });
		}
	arena_free(&own);
}

static void look_rust(struct scene *s, const struct elf *e)
{
	struct elf_section section;
	struct sink plain;
	struct span packed;

	if (!elf_section_named(e, ".dep-v0", &section))
		return;
	packed = elf_section_bytes(e, &section);
	sink_init(&plain, NULL, MOST_JSON);
	if (packed.n && inflate_zlib(packed, PLAIN_UNKNOWN, &plain).fault.kind == FAULT_NONE)
		language_rust(s, sink_span(&plain),
			      (struct evidence_at){ .offset = span_place(s->bytes, packed),
						    .length = packed.n });
	sink_free(&plain);
}

void languages_of_program(struct scene *s)
{
	struct elf e;

	if (!span_starts(s->bytes, span_text("\177ELF")) || elf_open(s->bytes, &e).kind)
		return;
	look_go(s, &e);
	look_rust(s, &e);
}
