/* component_file.c - software that a file shows by its name: the release in it (libxml2.so.2.9.14),
 * a bare "6.1.0" in a program called ip, variables that a library exports. */
#include "format/elf_read.h"
#include "observe/component.h"

#define MOST_PARTS    4
#define LONGEST_TEXT  64
#define MOST_STRINGS  (1 << 15)
#define LEAST_BRIEF   3 /* "4.3" */
#define LONGEST_BRIEF 64

/* The whole file is the evidence, and its bytes say nothing of it: whoever named it did. */
static void by_name(struct scene *s, size_t row)
{
	const struct component_rule *r = &component_rules[row];
	const struct evidence_at at = { 0, s->bytes.n, COMPONENT_BY_NAME };
	struct span version;

	if (!know_capture(row, node_name(s->node), &version))
		return;
	if (r->evidence == EVIDENCE_ABI)
		version = (struct span){ 0 };
	component_add(s, r, version, SIGHTING_COPY, at);
}

/* A file that gives two answers gives none. */
static void by_strings(struct scene *s, size_t row)
{
	struct span found, version, first = { 0 };
	struct evidence_at at = { .source = "banner" };
	uint64_t next = 0, begin;

	for (int i = 0; i < MOST_STRINGS; i++) {
		found = string_next(s->bytes, &next, LEAST_BRIEF, &begin);
		if (found.n == 0)
			break;
		if (found.n > LONGEST_BRIEF || !know_capture(row, found, &version))
			continue;
		if (first.n && !span_equal(first, version))
			return;
		if (first.n == 0) {
			at.offset = begin;
			at.length = found.n;
			first = version;
		}
	}
	if (first.n)
		component_add(s, &component_rules[row], first, SIGHTING_COPY, at);
}

/* Exported variables by the names that a rule gives. */
struct variables {
	const struct elf *elf;
	struct span names[MOST_PARTS], values[MOST_PARTS];
	uint32_t count;
};

static bool on_symbol(void *ctx, const struct elf_symbol *symbol)
{
	struct variables *v = ctx;

	struct span name = symbol->section ? elf_symbol_name(symbol) : (struct span){ 0 };

	for (uint32_t i = 0; name.n && i < v->count; i++)
		if (span_equal(v->names[i], name))
			v->values[i] = span_head(elf_at(v->elf, symbol->value), symbol->size);
	return true;
}

static void put_numbers(const struct variables *v, struct text *version)
{
	for (uint32_t i = 0; i < v->count; i++) {
		if (v->values[i].n != 4) {
			version->n = 0;
			return;
		}
		text_format(version, "%s%u", i ? "." : "", span_u32(v->values[i], 0, v->elf->big));
	}
}

static void by_symbols(struct scene *s, const struct component_rule *r)
{
	struct span rest = span_text(r->pattern);
	struct text version = { 0 };
	struct elf elf;
	struct variables v = { .elf = &elf };

	if (elf_open(s->bytes, &elf).kind)
		return;
	while (rest.n && v.count < MOST_PARTS)
		v.names[v.count++] = field_next(&rest, ',');
	elf_symbols(&elf, true, on_symbol, &v);
	if (v.count == 1)
		text_put(&version, elf_text(span_head(v.values[0], LONGEST_TEXT), 0));
	else
		put_numbers(&v, &version);
	if (version.n)
		component_add(s, r, text_span(&version), SIGHTING_COPY,
			      (struct evidence_at){ span_place(s->bytes, v.values[0]),
						    v.values[0].n, "symbols" });
	text_free(&version);
}

/* Rules that say a release go first: a name that tells none then adds nothing. */
void components_of_named_file(struct scene *s)
{
	struct span name = node_name(s->node);

	if (name.n == 0)
		return;
	for (size_t i = 0; i < component_rules_count; i++) {
		const struct component_rule *r = &component_rules[i];

		if (r->evidence < EVIDENCE_NAMED || r->evidence == EVIDENCE_ABI ||
		    !name_matches(name, r->file_names))
			continue;
		if (r->evidence == EVIDENCE_NAMED)
			by_strings(s, i);
		else if (r->evidence == EVIDENCE_SYMBOL)
			by_symbols(s, r);
		else
			by_name(s, i);
	}
	for (size_t i = 0; i < component_rules_count; i++)
		if (component_rules[i].evidence == EVIDENCE_ABI &&
		    name_matches(name, component_rules[i].file_names))
			by_name(s, i);
}
