/* iso9660_rock.c - system use fields behind a directory record: IEEE P1281 (SUSP) and P1282 (RRIP,
 * 1.09 and 1.12), zisofs of Linux (fs/isofs/rock.h). Fields may go on in a continuation area. */
#include "format/date.h"
#include "format/iso9660.h"

#define MOST_AREAS   16
#define LONGEST_TEXT 4096

bool rock_announced(struct span record, uint8_t *skip)
{
	uint64_t at = 33 + (uint64_t)span_byte(record, 32);
	struct span use = span_from(record, at + at % 2);

	if (!span_starts(use, span_text("SP\x07\x01\xbe\xef")) || use.n < 7)
		return false;
	*skip = use.p[6];
	return true;
}

/* Quarters of an hour from UTC, in seconds; none where the number is no zone (genisoimage writes
 * one of a whole day for times after 2037). */
static int64_t zone_of(uint8_t byte)
{
	int quarters = byte < 128 ? byte : byte - 256;

	return quarters >= -48 && quarters <= 52 ? quarters * 900 : 0;
}

bool iso_time(struct span s, int64_t *seconds)
{
	if (s.n < 7 || s.p[1] < 1 || s.p[1] > 12 || s.p[2] < 1 || s.p[2] > 31)
		return false;
	*seconds = days_of(1900 + s.p[0], s.p[1], s.p[2]) * 86400 + s.p[3] * 3600ll +
		   s.p[4] * 60ll + s.p[5] - zone_of(s.p[6]);
	return true;
}

/* Seventeen bytes: sixteen digits, the last two of them hundredths, and the zone. */
static bool long_time(struct span s, struct rock *r)
{
	static const uint8_t widths[] = { 4, 2, 2, 2, 2, 2, 2 };
	int64_t v[7] = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < 7; i++)
		for (uint8_t k = 0; k < widths[i]; k++, at++) {
			int digit = span_byte(s, at) - '0';

			if (digit < 0 || digit > 9)
				return false;
			v[i] = v[i] * 10 + digit;
		}
	if (s.n < 17 || v[1] < 1 || v[1] > 12 || v[2] < 1)
		return false;
	r->mtime = days_of(v[0], (uint32_t)v[1], (uint32_t)v[2]) * 86400 + v[3] * 3600 + v[4] * 60 +
		   v[5] - zone_of(s.p[16]);
	r->mtime_ns = (uint32_t)v[6] * 10000000;
	return true;
}

/* Stamps in the order of their bits: creation, then modification. */
static void take_times(struct rock *r, struct span f)
{
	uint8_t flags = (uint8_t)span_byte(f, 4);
	uint64_t size = flags & 0x80 ? 17 : 7;
	struct span stamp = span_sub(f, 5 + (flags & 1 ? size : 0), size);

	if (!(flags & 2))
		return;
	r->has_mtime = flags & 0x80 ? long_time(stamp, r) : iso_time(stamp, &r->mtime);
}

static void take_mode(struct rock *r, struct span f)
{
	r->has_mode = f.n >= 36;
	r->mode = span_u32(f, 4, false);
	r->links = span_u32(f, 12, false);
	r->uid = span_u32(f, 20, false);
	r->gid = span_u32(f, 28, false);
	if (f.n >= 44 && r->links > 1)
		r->serial = span_u32(f, 36, false) + 1ull;
}

struct reading {
	struct iso *iso;
	struct rock *r;
	uint8_t name[LONGEST_TEXT], target[LONGEST_TEXT];
	bool open;                      /* the last component of the target goes on */
	uint64_t block, offset, length; /* of the next area, once CE named it */
};

static void append(struct reading *in, uint8_t to[LONGEST_TEXT], struct span *text,
		   struct span more)
{
	if (more.n > LONGEST_TEXT - text->n) {
		in->r->fault = fault_at(FAULT_LIMIT, 0, "name", text->n + more.n, LONGEST_TEXT);
		return;
	}
	if (more.n)
		memcpy(to + text->n, more.p, more.n);
	*text = (struct span){ to, text->n + more.n };
}

/* Components of a target: kind, length, text. A slash stands between two unless the first goes on
 * in the second, which may stand in a further field. */
static void take_target(struct reading *in, struct span f)
{
	struct span rest = span_from(f, 5);

	while (rest.n >= 2) {
		uint8_t flags = rest.p[0];
		struct span text = span_sub(rest, 2, rest.p[1]), *target = &in->r->target;

		rest = span_from(rest, 2 + (uint64_t)rest.p[1]);
		if (flags & 2)
			text = span_text(".");
		else if (flags & 4)
			text = span_text("..");
		else if (flags & 8)
			text = span_text("/");
		if (target->n && !in->open && target->p[target->n - 1] != '/')
			append(in, in->target, target, span_text("/"));
		append(in, in->target, target, text);
		in->open = flags & 1;
	}
}

static void take_continuation(struct reading *in, struct span f)
{
	in->block = span_u32(f, 4, false);
	in->offset = span_u32(f, 12, false);
	in->length = f.n >= 28 ? span_u32(f, 20, false) : 0;
}

static void take_device(struct rock *r, struct span f)
{
	r->has_device = f.n >= 20;
	r->device_high = span_u32(f, 4, false);
	r->device_low = span_u32(f, 12, false);
}

static void take_packed(struct rock *r, struct span f)
{
	r->packed = f.n >= 16 && f.p[4] == 'p' && f.p[5] == 'z';
	r->plain = span_u32(f, 8, false);
}

static void take_field(struct reading *in, struct span f)
{
	struct rock *r = in->r;

	switch (f.p[0] << 8 | f.p[1]) {
	case 'P' << 8 | 'X':
		take_mode(r, f);
		break;
	case 'P' << 8 | 'N':
		take_device(r, f);
		break;
	case 'T' << 8 | 'F':
		take_times(r, f);
		break;
	case 'N' << 8 | 'M':
		if (!(span_byte(f, 4) & 6)) /* not "." or ".." */
			append(in, in->name, &r->name, span_from(f, 5));
		break;
	case 'S' << 8 | 'L':
		take_target(in, f);
		break;
	case 'C' << 8 | 'L':
		r->child = span_u32(f, 4, false);
		break;
	case 'R' << 8 | 'E':
		r->is_moved = true;
		break;
	case 'Z' << 8 | 'F':
		take_packed(r, f);
		break;
	case 'C' << 8 | 'E':
		take_continuation(in, f);
		break;
	default:
		break;
	}
}

static void read_area(struct reading *in, struct span area)
{
	while (area.n >= 4 && area.p[2] >= 4 && area.p[2] <= area.n) {
		struct span f = span_head(area, area.p[2]);

		if (span_starts(f, span_text("ST")))
			return;
		take_field(in, f);
		area = span_from(area, f.n);
	}
}

static void read_areas(struct reading *in, struct span area)
{
	struct iso *iso = in->iso;

	for (int i = 0; i < MOST_AREAS && area.n; i++) {
		in->length = 0;
		read_area(in, area);
		if (in->length == 0 || in->length > iso->reading)
			return;
		iso->reading -= in->length;
		area = span_sub(iso->in, in->block * iso->block + in->offset, in->length);
	}
}

/* Into the arena, without the room that a long text would have taken. */
static void keep(struct arena *a, struct rock *r, struct span *text)
{
	struct span copy = arena_copy(a, *text);

	if (copy.n < text->n)
		r->fault = fault_at(FAULT_MEMORY, 0, "name", text->n, 0);
	*text = copy;
}

void rock_read(struct iso *iso, struct arena *a, struct span record, struct rock *r)
{
	uint64_t at = 33 + (uint64_t)span_byte(record, 32);
	struct reading in;

	*r = (struct rock){ 0 };
	in.iso = iso;
	in.r = r;
	in.open = false;
	read_areas(&in, span_from(record, at + at % 2 + iso->skip));
	keep(a, r, &r->name);
	keep(a, r, &r->target);
}
