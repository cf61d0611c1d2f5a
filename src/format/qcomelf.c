/* qcomelf.c - Qualcomm's signed ELF files: a segment without a type, marked in its flags, that
 * holds a header (mbn.c), a hash of each segment, signatures and certificates. The first hash is
 * that of the ELF header with the segments' table, which shows the algorithm too. The loader of
 * modems takes them apart: NAME.mdt is the header and behind it the hash segment, NAME.b02 and so
 * on the others. */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "format/elf_read.h"
#include "format/marks.h"
#include "format/mbn.h"

#define TYPE_SHIFT    24
#define TYPE_MASK     7
#define TYPE_HASH     2
#define TYPE_HEADER   7
#define MOST_SEGMENTS 128
#define MOST_HEADER   (32u << 10) /* hashed by the probe */

struct hashing {
	const char *name;
	uint32_t size;
	void (*of)(struct span s, uint8_t *digest);
};

static const struct hashing hashings[] = { { "SHA-256", 32, sha256_of },
					   { "SHA-384", 48, sha384_of },
					   { "SHA-1", 20, sha1_of } };

struct signed_elf {
	struct elf elf;
	struct mbn mbn;
	uint64_t head;                 /* ELF header and the table */
	uint64_t hash_at, hash_length; /* the hash segment */
	uint64_t length;
	uint32_t hash_index;
	const struct hashing *hashing; /* NULL: none fits */
	bool split;
};

static uint32_t type_of(const struct elf_segment *s)
{
	return s->flags >> TYPE_SHIFT & TYPE_MASK;
}

static bool find_segments(struct span in, struct signed_elf *e)
{
	struct elf_segment s;
	bool found = false;

	for (uint32_t i = 0; i < e->elf.phnum && elf_segment(&e->elf, i, &s); i++) {
		uint64_t end = s.offset + s.file_size;

		if (s.file_size > in.n + (1ull << 32) || s.offset > in.n + (1ull << 32))
			return false;
		if (s.type == 0 && type_of(&s) == TYPE_HASH && !found) {
			found = true;
			e->hash_index = i;
			e->hash_at = s.offset;
			e->hash_length = s.file_size;
		}
		if (end > e->length)
			e->length = end;
	}
	return found;
}

static struct span hashes(struct span in, const struct signed_elf *e)
{
	return span_sub(in, e->hash_at + e->mbn.from[MBN_CODE], e->mbn.length_of[MBN_CODE]);
}

static bool hash_stands(const struct hashing *h, struct span table, uint32_t i, struct span data)
{
	uint8_t digest[SHA512_SIZE];

	h->of(data, digest);
	return span_equal(span_sub(table, (uint64_t)i * h->size, h->size),
			  (struct span){ digest, h->size });
}

static void find_hashing(struct span in, struct signed_elf *e)
{
	for (size_t i = 0; i < sizeof(hashings) / sizeof(hashings[0]) && !e->hashing; i++)
		if (e->head <= MOST_HEADER &&
		    hash_stands(&hashings[i], hashes(in, e), 0, span_sub(in, 0, e->head)))
			e->hashing = &hashings[i];
}

static struct fault read_file(struct span in, struct signed_elf *e)
{
	struct fault bad;

	*e = (struct signed_elf){ 0 };
	bad = elf_open(in, &e->elf);
	if (bad.kind)
		return bad;
	if (e->elf.phnum < 2 || e->elf.phnum > MOST_SEGMENTS || e->elf.phoff > in.n ||
	    !find_segments(in, e))
		return fault_at(FAULT_UNKNOWN, 28, "hash segment", e->elf.phnum, MOST_SEGMENTS);
	e->head = e->elf.phoff + (uint64_t)e->elf.phnum * e->elf.phentsize;
	if (e->length > in.n && in.n == e->head + e->hash_length) {
		e->split = true;
		e->hash_at = e->head;
		e->length = in.n;
	}
	if (e->head > in.n)
		return fault_at(FAULT_SHORT, 28, "segments", in.n, e->head);
	bad = mbn_read(span_from(in, e->hash_at), &e->mbn);
	if (bad.kind || e->mbn.length > e->hash_length)
		return fault_at(FAULT_BROKEN, e->hash_at, "hash segment", e->mbn.length,
				e->hash_length);
	find_hashing(in, e);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct signed_elf e;
	struct fault bad = read_file(in, &e);

	if (bad.kind)
		return bad;
	f->len = part_bound(e.length, in);
	f->proof = e.hashing ? PROOF_CHECKSUM : PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "header v%u%s%s%s%s", e.mbn.version,
		 e.hashing ? ", " : "", e.hashing ? e.hashing->name : "",
		 e.mbn.length_of[MBN_SIGNATURE] || e.mbn.length_of[MBN_SIGNATURE_QTI] ? ", signed"
										      : "",
		 e.split ? ", segments in files of their own" : "");
	return fine;
}

/* Pieces whose hash is signed, and holds. */
struct bound {
	struct byte_range list[MOST_SEGMENTS + 1];
	uint32_t count;
};

/* One hash a segment is the rule; a modem whose memory is paged has one a page, which are not told
 * apart here. Segments that share bytes would make this the longer the more they are. */
static void check(struct listing *l, const struct signed_elf *e, struct bound *b)
{
	struct span table = hashes(l->in, e);
	uint64_t left = l->in.n;
	struct elf_segment s;

	if (!e->hashing) {
		listing_fault(l, fault_at(FAULT_BROKEN, e->hash_at, "hash of the header", 0, 0));
		return;
	}
	b->list[b->count++] = (struct byte_range){ 0, e->head };
	if (table.n != (uint64_t)e->elf.phnum * e->hashing->size || e->split)
		return;
	for (uint32_t i = 0; i < e->elf.phnum && elf_segment(&e->elf, i, &s); i++) {
		struct span data = span_sub(l->in, s.offset, s.file_size);

		if (i == e->hash_index || data.n == 0 || type_of(&s) == TYPE_HEADER)
			continue;
		if (!budget_take(&left, data.n))
			return;
		if (hash_stands(e->hashing, table, i, data))
			b->list[b->count++] = (struct byte_range){ s.offset, s.file_size };
		else
			listing_fault(l, fault_at(FAULT_BROKEN, s.offset, "hash of a segment", i,
						  e->elf.phnum));
	}
}

static int by_place(const void *a, const void *b)
{
	const struct byte_range *x = a, *y = b;

	if (x->offset != y->offset)
		return x->offset > y->offset ? 1 : -1;
	return (x->length < y->length) - (x->length > y->length);
}

/* Tells no byte twice: leaves out what lies in an earlier piece, or in the hash segment, which is
 * signed itself. */
static struct mbn_bound disjoint(struct bound *b, const struct signed_elf *e)
{
	uint64_t end = 0, hash_end = e->hash_at + e->hash_length;
	uint32_t kept = 0;

	qsort(b->list, b->count, sizeof(b->list[0]), by_place);
	for (uint32_t i = 0; i < b->count; i++) {
		struct byte_range r = b->list[i];
		bool in_hashes = r.offset < hash_end && e->hash_at < r.offset + r.length;

		if (r.offset < end || in_hashes)
			continue;
		end = r.offset + r.length;
		b->list[kept++] = r;
	}
	return (struct mbn_bound){ b->list, kept };
}

/* Whether a segment that is loaded has its bytes: the dynamic one, the interpreter's name. */
static bool is_inside(const struct elf *elf, const struct elf_segment *s)
{
	struct elf_segment o;

	for (uint32_t i = 0; s->type != PT_LOAD_ && i < elf->phnum && elf_segment(elf, i, &o); i++)
		if (o.type == PT_LOAD_ && o.offset <= s->offset &&
		    s->offset + s->file_size <= o.offset + o.file_size)
			return true;
	return false;
}

static struct fault list(struct listing *l)
{
	struct table_part parts[MOST_SEGMENTS + MBN_MOST_PARTS + 1];
	struct signed_elf e;
	struct elf_segment s;
	struct fault bad = read_file(l->in, &e);
	struct bound b = { .count = 0 };
	size_t n = 0;

	if (bad.kind)
		return bad;
	parts[n++] = (struct table_part){ span_text("header of the hash segment"), e.hash_at,
					  e.hash_at, e.mbn.header, true };
	n += mbn_parts(&e.mbn, e.hash_at, "hashes", parts + n);
	for (size_t i = 0; i < n; i++)
		parts[i].own = true;
	for (uint32_t i = 0; !e.split && i < e.elf.phnum && elf_segment(&e.elf, i, &s); i++)
		if (i != e.hash_index && type_of(&s) != TYPE_HEADER && s.file_size &&
		    !is_inside(&e.elf, &s))
			parts[n++] = (struct table_part){ address_name(l->arena, s.address),
							  s.offset, s.offset, s.file_size, false };
	table_list(l, e.head, parts, n);
	check(l, &e, &b);
	mbn_signatures(l, &e.mbn, e.hash_at, disjoint(&b, &e));
	return fine;
}

const struct format format_qcomelf = {
	.name = "qcom-elf",
	.says = "Qualcomm ELF file with hashes and signature, whole or split",
	.domain = DOMAIN_TELECOM,
	.spec = "Qualcomm, Secure Boot and Image Authentication v1.0, v2.0; "
		"msm8916-mainline/qtestsign mbn/hashseg.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4,
		     "\x7f"
		     "ELF" } },
	.probe = probe,
	.list = list,
};
