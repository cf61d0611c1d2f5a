/* uefisig.c - what Secure Boot believes: lists of signatures, each a kind by its GUID and rows of
 * one length, owner first; and the signed form in which such a variable is sent to the firmware, a
 * time, a signature in PKCS #7, the lists. Source: UEFI specification 2.10, sections 8.2.2
 * and 32.4.1. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/uefi.h"

#define LIST_HEADER 28
#define MOST_PROBED 2048 /* lists whose headers a probe reads */
#define TIME        16
#define SIGNATURE   24 /* header of a WIN_CERTIFICATE_UEFI_GUID */

static const struct {
	const char *guid, *name;
	uint32_t least, most; /* bytes of one, without its owner */
	bool one_by_one;      /* each is a content of its own */
} kinds[] = {
	{ "a5c059a1-94e4-4aa7-87b5-ab155c2bf072", "x509", 64, UINT32_MAX, true },
	{ "4aafd29d-68df-49ee-8aa9-347d375665a7", "pkcs7", 64, UINT32_MAX, true },
	{ "3c5766e8-269c-4e34-aa14-ed776e85b3b6", "rsa2048", 256, 256, true },
	{ "c1c41626-504c-4092-aca9-41f936934328", "sha256", 32, 32, false },
	{ "826ca512-cf10-4ac9-b187-be01496631bd", "sha1", 20, 20, false },
	{ "ff3e5307-9fd0-48c9-85f1-8ad56c701e01", "sha384", 48, 48, false },
	{ "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a", "sha512", 64, 64, false },
	{ "3bd2a492-96c0-4079-b420-fcf98ef103ed", "x509-sha256", 48, 48, false },
	{ "7076876e-80c2-4ee6-aad2-28b349a6865b", "x509-sha384", 64, 64, false },
	{ "446dbf63-2502-4cda-bcfa-2465d2b0fe9d", "x509-sha512", 80, 80, false },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct siglist {
	uint64_t at, length, head, each, count;
	size_t kind;
};

/* A whole header whose sizes agree; `at` may be the end. */
static struct fault read_list(struct span in, uint64_t at, struct siglist *s)
{
	struct cursor c = { .in = in, .at = (size_t)at };
	uint64_t rows;

	cursor_skip(&c, GUID_SIZE);
	*s = (struct siglist){ .at = at, .length = cursor_le32(&c) };
	s->head = LIST_HEADER + (uint64_t)cursor_le32(&c);
	s->each = cursor_le32(&c);
	if (c.ran_out)
		return fault_at(FAULT_SHORT, at, "list of signatures", in.n - at, LIST_HEADER);
	while (s->kind < KINDS && !guid_is(in, at, kinds[s->kind].guid))
		s->kind++;
	if (s->kind == KINDS)
		return fault_at(FAULT_UNKNOWN, at, "kind of signatures", in.p[at], 0);
	if (s->head > s->length || s->each < (uint64_t)kinds[s->kind].least + GUID_SIZE ||
	    s->each > (uint64_t)kinds[s->kind].most + GUID_SIZE)
		return fault_at(FAULT_BROKEN, at + 20, "size of a signature", s->each, s->length);
	rows = s->length - s->head;
	s->count = rows / s->each;
	if (rows % s->each || s->count == 0)
		return fault_at(FAULT_BROKEN, at + 16, "size of the list", s->length, s->each);
	return fine;
}

static struct fault probe(struct span in, struct found *f)
{
	struct siglist s;
	struct fault bad = read_list(in, 0, &s);
	uint64_t at = 0, first = s.count;

	if (bad.kind)
		return bad;
	snprintf(f->label, sizeof(f->label), "%llu %s", (unsigned long long)first,
		 kinds[s.kind].name);
	for (int i = 0; i < MOST_PROBED && at < in.n && !read_list(in, at, &s).kind; i++)
		at += part_bound(s.length, span_from(in, at));
	f->len = at;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static void add_content(struct listing *l, struct span name, uint64_t at, uint64_t length)
{
	struct entry e = entry_new(KIND_FILE, name);

	e.stored = true;
	e.offset = e.order = at;
	e.length = e.size = part_bound(length, span_from(l->in, at));
	listing_add(l, &e);
}

/* As far as the rows are there. */
static void add_rows(struct listing *l, const struct siglist *s)
{
	struct span name = span_text(kinds[s->kind].name);
	uint64_t at = s->at + s->head;

	if (!kinds[s->kind].one_by_one) {
		if (at < l->in.n)
			add_content(l, name, at, s->length - s->head);
		return;
	}
	for (uint64_t i = 0; i < s->count && at + GUID_SIZE < l->in.n; i++, at += s->each)
		add_content(l, guid_entry_name(l->arena, name, l->in, at), at + GUID_SIZE,
			    s->each - GUID_SIZE);
}

static void count_kinds(struct listing *l, const uint64_t *counts)
{
	char text[32];

	for (size_t i = 0; i < KINDS; i++) {
		snprintf(text, sizeof(text), "%s%llu ", l->label[0] ? ", " : "",
			 (unsigned long long)counts[i]);
		if (counts[i])
			label_add(l->label, text, span_text(kinds[i].name));
	}
}

static struct fault list(struct listing *l)
{
	uint64_t counts[KINDS] = { 0 };
	struct siglist s;

	for (uint64_t at = 0; at < l->in.n && !read_list(l->in, at, &s).kind; at += s.length) {
		counts[s.kind] += s.count;
		add_rows(l, &s);
		if (s.length <= l->in.n - at)
			continue;
		listing_fault(l, fault_at(FAULT_SHORT, at + GUID_SIZE, "size of the list",
					  l->in.n - at, s.length));
		break;
	}
	count_kinds(l, counts);
	return fine;
}

const struct format format_uefisig = {
	.name = "uefi-siglist",
	.says = "signatures that UEFI Secure Boot knows",
	.domain = DOMAIN_IT,
	.spec = "UEFI specification 2.10, section 32.4.1",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 16, "\xa1\x59\xc0\xa5\xe4\x94\xa7\x4a\x87\xb5\xab\x15\x5c\x2b\xf0\x72" },
		   { 0, 16, "\x26\x16\xc4\xc1\x4c\x50\x92\x40\xac\xa9\x41\xf9\x36\x93\x43\x28" },
		   { 0, 16, "\xe8\x66\x57\x3c\x9c\x26\x34\x4e\xaa\x14\xed\x77\x6e\x85\xb3\xb6" },
		   { 0, 16, "\x92\xa4\xd2\x3b\xc0\x96\x79\x40\xb4\x20\xfc\xf9\x8e\xf1\x03\xed" } },
	.probe = probe,
	.list = list,
};

/* The signature's length counts its own header of 24 bytes. */
static struct fault read_signed(struct span in, uint64_t *signature)
{
	uint32_t year = span_u16(in, 0, false), length = span_u32(in, TIME, false);

	if (in.n < TIME + SIGNATURE)
		return fault_at(FAULT_SHORT, 0, "header", in.n, TIME + SIGNATURE);
	if (year < 1970 || year > 9999 || in.p[2] < 1 || in.p[2] > 12)
		return fault_at(FAULT_BROKEN, 0, "year", year, 9999);
	if (length <= SIGNATURE || length > in.n - TIME)
		return fault_at(FAULT_BROKEN, TIME, "signature", length, in.n - TIME);
	*signature = length - SIGNATURE;
	return fine;
}

static struct fault probe_signed(struct span in, struct found *f)
{
	uint64_t signature = 0;
	struct fault bad = read_signed(in, &signature);

	if (bad.kind)
		return bad;
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "of %04u-%02u-%02u", span_u16(in, 0, false), in.p[2],
		 in.p[3]);
	return fine;
}

static struct fault list_signed(struct listing *l)
{
	uint64_t signature = 0;
	struct fault bad = read_signed(l->in, &signature);

	if (bad.kind)
		return bad;
	l->kind = LISTING_REGIONS;
	part_list(l, TIME, TIME + SIGNATURE, signature, "signature");
	part_rest(l, TIME + SIGNATURE + signature, "value");
	return fine;
}

const struct format format_uefiauth = {
	.name = "uefi-auth",
	.says = "signed change of a UEFI variable",
	.domain = DOMAIN_IT,
	.spec = "UEFI specification 2.10, section 8.2.2",
	.shape = SHAPE_CONTAINER,
	.magic = { { 20, 20,
		     "\x00\x02\xf1\x0e\x9d\xd2\xaf\x4a\xdf\x68\xee\x49\x8a\xa9\x34\x7d\x37\x56\x65"
		     "\xa7" } },
	.probe = probe_signed,
	.list = list_signed,
};
