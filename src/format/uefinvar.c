/* uefinvar.c - the store of variables of AMI's firmware: records one behind the other from the
 * front, GUIDs that they share from the end. A new value is a record without a name, which the one
 * before points to. Source: LongSoft/UEFITool common/ksy/ami_nvar.ksy, common/nvramparser.cpp. */
#include <stdio.h>

#include "base/cursor.h"
#include "format/marks.h"
#include "format/uefi.h"
#include "format/utf16.h"

#define HEADER       10
#define NO_NEXT      0xffffff
#define ERASED       0xff
#define MOST_RECORDS 65536 /* real stores hold some thousand */
#define MOST_PROBED  4096
#define ASCII_NAME   0x02
#define OWN_GUID     0x04
#define DATA_ONLY    0x08
#define HAS_TAIL     0x10
#define VALID        0x80

struct record {
	uint64_t at, length, next;
	uint8_t attributes;
};

struct store {
	struct marks values; /* records that a chain went through */
	uint64_t guids;      /* bytes at the end */
	unsigned dead;
};

static bool read_record(struct span in, uint64_t at, struct record *r)
{
	struct cursor c = { .in = span_from(in, at) };
	uint32_t mark = cursor_be32(&c), next;

	*r = (struct record){ .at = at, .length = cursor_le16(&c) };
	next = cursor_le32(&c);
	r->next = next & NO_NEXT;
	r->attributes = (uint8_t)(next >> 24);
	return !c.ran_out && mark == 0x4e564152 && r->length > HEADER && r->length <= in.n - at;
}

/* Where the last record ends. */
static uint64_t records_end(struct span in, unsigned most)
{
	struct record r;
	uint64_t at = 0;

	for (unsigned i = 0; i < most && read_record(in, at, &r); i++)
		at += r.length;
	return at;
}

static struct fault probe(struct span in, struct found *f)
{
	uint64_t end = records_end(in, MOST_PROBED);
	int behind = span_byte(in, end);

	if (end == 0)
		return fault_at(FAULT_BROKEN, 4, "length of a record", span_u16(in, 4, false),
				in.n);
	/* Free space follows, or at once the GUIDs. */
	if (behind >= 0 && behind != ERASED && behind != 'N' && (in.n - end) % GUID_SIZE)
		return fault_at(FAULT_BROKEN, end, "record", (uint64_t)behind, ERASED);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static uint64_t tail_length(struct span in, const struct record *r)
{
	uint64_t length = span_u16(in, r->at + r->length - 2, false);

	return r->attributes & HAS_TAIL && length >= 3 && length <= r->length - HEADER ? length : 0;
}

/* The record with the newest value: each leads on only once, so that no chain is walked twice. */
static struct record newest(struct listing *l, struct store *s, struct record r)
{
	struct record next;

	while (r.next != NO_NEXT && r.next > 0 && read_record(l->in, r.at + r.next, &next)) {
		if (!(next.attributes & VALID) || !marks_add(&s->values, next.at))
			break;
		r = next;
	}
	return r;
}

/* Name and GUID; gives where the data begins. */
static uint64_t read_name(struct listing *l, struct store *s, const struct record *r,
			  struct span *name)
{
	const struct span record = span_sub(l->in, r->at, r->length);
	uint64_t at = HEADER, guid = r->at + HEADER, n = 0;
	struct span text;

	if (r->attributes & OWN_GUID) {
		at += GUID_SIZE;
	} else {
		uint64_t need = ((uint64_t)span_byte(record, at) + 1) * GUID_SIZE;

		guid = need <= l->in.n ? l->in.n - need : l->in.n;
		s->guids = need > s->guids ? need : s->guids;
		at++;
	}
	if (r->attributes & ASCII_NAME) {
		text = field_text(record, at, at < record.n ? record.n - at : 0);
		n = text.n + 1;
	} else {
		while (span_u16(record, at + n, false))
			n += 2;
		text = utf16_name(l->arena, span_sub(record, at, n));
		n += 2;
	}
	*name = guid_entry_name(l->arena, text, l->in, guid);
	return at + n;
}

static void add_variable(struct listing *l, struct store *s, const struct record *r)
{
	struct span name;
	uint64_t data = read_name(l, s, r, &name);
	struct record last = newest(l, s, *r);
	struct entry e = entry_new(KIND_FILE, name);
	uint64_t end = last.length - tail_length(l->in, &last);

	if (last.at != r->at)
		data = HEADER;
	e.stored = true;
	e.offset = e.order = last.at + (data < end ? data : end);
	e.length = e.size = data < end ? end - data : 0;
	if (data > end)
		e.fault = fault_at(FAULT_BROKEN, r->at, "name", data, end);
	listing_add(l, &e);
}

static struct fault list(struct listing *l)
{
	struct store s = { 0 };
	struct record r;
	uint64_t at = 0, left;

	if (!marks_init(&s.values, l->arena, l->in.n))
		return fault_at(FAULT_MEMORY, 0, "records", l->in.n, 0);
	for (unsigned i = 0; i < MOST_RECORDS && read_record(l->in, at, &r); i++, at += r.length)
		if (!(r.attributes & VALID))
			s.dead++;
		else if (!(r.attributes & DATA_ONLY))
			add_variable(l, &s, &r);
	snprintf(l->label, sizeof(l->label), "%u variables, %u replaced or deleted", l->count,
		 s.dead);
	left = l->in.n - at;
	if (read_record(l->in, at, &r))
		listing_fault(l, fault_at(FAULT_LIMIT, at, "records", MOST_RECORDS, MOST_RECORDS));
	if (s.guids > left)
		listing_fault(l, fault_at(FAULT_BROKEN, at, "GUIDs", left, s.guids));
	else
		part_unlisted(l, NO_ENTRY, at, left - s.guids, ERASED);
	return fine;
}

const struct format format_uefinvar = {
	.name = "ami-nvar",
	.says = "store of UEFI variables, AMI",
	.domain = DOMAIN_IT,
	.spec = "LongSoft/UEFITool common/ksy/ami_nvar.ksy",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "NVAR" } },
	.probe = probe,
	.list = list,
};
