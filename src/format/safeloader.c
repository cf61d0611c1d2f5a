/* safeloader.c - TP-Link's SafeLoader: length and MD5, 4 KiB of the vendor's, then a table in text,
 * "fwup-ptn NAME base 0x... size 0x...", whose bases count from where it stands. The MD5 begins
 * with a published salt. A newer writing ("?NEW") has the MD5 first and its table 60 bytes further
 * on. */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/own.h"
#include "format/parts.h"

#define PREAMBLE   20
#define TABLE      0x1014
#define TABLE_NEW  0x1050
#define TABLE_SIZE 0x800
#define MOST_PARTS 32

struct part {
	struct span name;
	uint64_t line, base, size;
};

static bool is_new(struct span in)
{
	return span_starts(span_from(in, PREAMBLE), span_text("?NEW"));
}

static uint64_t length_of(struct span in)
{
	return is_new(in) ? (uint64_t)span_u32(in, 16, true) + PREAMBLE : span_u32(in, 0, true);
}

/* Skips `word`; false where something else stands. */
static bool word(struct span *line, const char *word)
{
	bool stands = span_starts(*line, span_text(word));

	if (stands)
		*line = span_from(*line, strlen(word));
	return stands;
}

static bool number(struct span *line, uint64_t *value)
{
	size_t used;

	if (!span_number(*line, 16, value, &used) || *value > UINT32_MAX)
		return false;
	*line = span_from(*line, used);
	return true;
}

static bool read_part(struct span line, struct part *p)
{
	size_t blank;

	if (!word(&line, "fwup-ptn "))
		return false;
	blank = span_find(line, 0, span_text(" "));
	p->name = span_head(line, blank);
	line = span_from(line, blank);
	return word(&line, " base 0x") && number(&line, &p->base) && word(&line, " size 0x") &&
	       number(&line, &p->size);
}

static uint32_t read_table(struct span in, uint64_t at, struct part parts[MOST_PARTS])
{
	struct span rest = span_head(span_from(in, at), TABLE_SIZE);
	uint32_t n = 0;

	while (n < MOST_PARTS && read_part(rest, &parts[n])) {
		size_t end = span_find(rest, 0, span_text("\n"));

		parts[n++].line = span_place(in, rest);
		rest = end == SIZE_MAX ? (struct span){ 0 } : span_from(rest, end + 1);
	}
	return n;
}

static struct fault probe(struct span in, struct found *f)
{
	struct part parts[MOST_PARTS];
	uint64_t table = is_new(in) ? TABLE_NEW : TABLE, length = length_of(in);
	uint32_t n = read_table(in, table, parts);

	if (n < 2)
		return fault_at(FAULT_BROKEN, table, "table of partitions", n, MOST_PARTS);
	if (length < table + TABLE_SIZE)
		return fault_at(FAULT_BROKEN, 0, "length", length, table + TABLE_SIZE);
	f->len = part_bound(length, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, is_new(in) ? "?NEW" : "", (struct span){ 0 });
	return fine;
}

static int by_base(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->base != y->base)
		return x->base < y->base ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static const uint8_t salt[] = { 0x7a, 0x2b, 0x15, 0xed, 0x9b, 0x98, 0x59, 0x6d,
				0xe5, 0x04, 0xab, 0x44, 0xac, 0x2a, 0x9f, 0x4e };

static void check(struct listing *l)
{
	const struct span parts[] = { { salt, sizeof(salt) }, span_from(l->in, PREAMBLE) };

	if (length_of(l->in) > l->in.n)
		listing_fault(l, fault_at(FAULT_SHORT, 0, "length", l->in.n, length_of(l->in)));
	else if (!is_new(l->in)) /* its salt is not published */
		part_md5(l, 4, parts, 2);
}

static struct fault list(struct listing *l)
{
	struct part parts[MOST_PARTS];
	uint64_t table = is_new(l->in) ? TABLE_NEW : TABLE, end = 0;
	uint32_t n = read_table(l->in, table, parts);

	l->kind = LISTING_REGIONS;
	qsort(parts, n, sizeof(parts[0]), by_base);
	if (n == 0 || parts[0].base >= TABLE_SIZE)
		part_owned(l, table, TABLE_SIZE, "partition table");
	for (uint32_t i = 0; i < n; i++) {
		struct part *p = &parts[i];

		if (p->base < end) {
			listing_fault(l, fault_at(FAULT_BROKEN, p->line, "base", p->base, end));
			continue;
		}
		part_list_named(l, p->line, table + p->base, p->size, p->name);
		end = p->base + p->size;
	}
	check(l);
	return fine;
}

/* Where parts stand one after the other in the order of the table, their numbers say no more than
 * the regions do; which is which say the names. */
static bool is_in_order(const struct part *parts, uint32_t n, uint64_t end)
{
	for (uint32_t i = 0; i < n; i++)
		if (parts[i].size == 0 || parts[i].base > end ||
		    parts[i].size > end - parts[i].base ||
		    (i ? parts[i].base < parts[i - 1].base + parts[i - 1].size
		       : parts[i].base < TABLE_SIZE))
			return false;
	return true;
}

/* "base 0x... size 0x..." of each line is structure; its name, and how the line ends, are data. */
static void own_table(struct own_list *out, struct span in, uint64_t table)
{
	struct part parts[MOST_PARTS];
	uint32_t n = read_table(in, table, parts);
	bool in_order = is_in_order(parts, n, in.n - table);
	uint64_t at = table;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t name = span_place(in, parts[i].name) + parts[i].name.n;
		uint64_t end = name + strlen(" base 0x");

		while (span_byte(in, end) != 's') /* read_part() has read on to the size */
			end++;
		own_add(out, at, name - at, OWN_DATA, "names of parts");
		own_add(out, name, end - name, own_if(in_order, OWN_STRUCTURE), "places of parts");
		at = end + strlen("size 0x");
		own_add(out, end, at - end, OWN_DATA, "names of parts");
		end = at;
		while (span_byte(in, end) > ' ')
			end++;
		own_add(out, at, end - at, own_if(in_order, OWN_STRUCTURE), "sizes of parts");
		at = end;
	}
	own_add(out, at, table + TABLE_SIZE - at, OWN_DATA, "behind the table");
}

static void own(const struct listing *l, struct own_list *out)
{
	const struct span parts[] = { { salt, sizeof(salt) }, span_from(l->in, PREAMBLE) };
	uint64_t table = is_new(l->in) ? TABLE_NEW : TABLE;
	struct own_map m = { .out = out };
	bool is_whole = length_of(l->in) == l->in.n;
	uint8_t digest[16];

	if (l->in.n < table + TABLE_SIZE)
		return;
	md5_of_parts(parts, 2, digest);
	own_add(out, is_new(l->in) ? 16 : 0, 4, own_if(is_whole, OWN_STRUCTURE), "length");
	own_add(out, is_new(l->in) ? 0 : 4, 16,
		own_if(!is_new(l->in) &&
			       span_equal((struct span){ digest, 16 }, span_sub(l->in, 4, 16)),
		       OWN_CHECKSUM),
		"MD5");
	own_add(out, PREAMBLE, table - PREAMBLE, OWN_DATA, "vendor");
	own_table(out, l->in, table);
	for (uint32_t i = 0; i < l->count; i++)
		if (!l->entries[i].owned)
			own_content(&m, l->entries[i].offset, l->entries[i].length);
	own_finish(&m, l->in.n, "unused");
}

const struct format format_safeloader = {
	.name = "safeloader",
	.says = "TP-Link SafeLoader image",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/tplink-safeloader.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { TABLE, 9, "fwup-ptn " }, { TABLE_NEW, 9, "fwup-ptn " } },
	.probe = probe,
	.list = list,
	.own = own,
};
