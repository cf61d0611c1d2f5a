/* fat_own_record.c - records of directories: of each file a short one, and before it the pieces of
 * its long name. */
#include "base/cursor.h"
#include "format/date.h"
#include "format/fat_own.h"

#define RECORD      32
#define LONG_UNITS  13
#define DIRECTORY   0x10
#define LABEL       0x08
#define ARCHIVE     0x20
#define LONG        0x0f
#define LOWER       0x18 /* base or extension are shown in small letters */
#define DELETED     0xe5
#define MOST_TENTHS 199

/* -- long names -- */

static void drop_waiting(struct fat_records *r, bool holds)
{
	for (uint32_t k = 0; k < r->count; k++)
		own_add(r->x->out, r->waiting[k], RECORD, own_if(holds, OWN_STRUCTURE),
			"long name");
	r->count = r->expected = 0;
}

/* Behind the name's end stand ones. Says whether the name ended. */
static bool units_hold(struct span record, bool is_last)
{
	static const uint8_t parts[][2] = { { 1, 5 }, { 14, 6 }, { 28, 2 } };
	bool ended = false, holds = true;

	for (size_t i = 0; i < 3; i++)
		for (uint32_t k = 0; k < parts[i][1]; k++) {
			uint32_t unit = span_u16(record, parts[i][0] + 2ull * k, false);

			holds &= !ended || unit == 0xffff;
			ended |= unit == 0;
		}
	return holds && (is_last || !ended);
}

static void take_long(struct fat_records *r, uint64_t at, struct span record)
{
	uint32_t order = (uint32_t)span_byte(record, 0) & 0x3f;
	bool is_last = (uint32_t)span_byte(record, 0) & 0x40;

	if (is_last || order != r->expected || r->count == FAT_LONG_RECORDS)
		drop_waiting(r, false);
	if (r->count == 0) {
		r->checksum = (uint8_t)span_byte(record, 13);
		r->holds = is_last && order >= 1 && order <= FAT_LONG_RECORDS;
	}
	r->holds &= (uint32_t)span_byte(record, 0) < 0x80 && span_byte(record, 11) == LONG &&
		    span_byte(record, 12) == 0 && span_byte(record, 13) == r->checksum &&
		    span_u16(record, 26, false) == 0 && units_hold(record, is_last);
	r->waiting[r->count++] = at;
	r->expected = order ? order - 1 : FAT_LONG_RECORDS;
}

/* -- short names -- */

static uint8_t sum_of(struct span name)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < name.n; i++)
		sum = (uint8_t)((sum >> 1 | sum << 7) + name.p[i]);
	return sum;
}

static bool is_kept(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("$%'-_@~`!(){}^#&", c));
}

static uint8_t large(uint8_t c)
{
	return c >= 'a' && c <= 'z' ? (uint8_t)(c - 32) : c;
}

/* How many characters of a short name stand for the beginning of `from`: blanks and dots are left
 * out, and what a short name cannot have became '_' or was left out. */
static size_t stands_for(struct span name, struct span from)
{
	size_t n = 0;

	for (size_t i = 0; i < from.n && n < name.n; i++) {
		uint8_t c = large(from.p[i]);

		/* Of no known code page. */
		if (name.p[n] == (is_kept(c) ? c : '_') || (name.p[n] >= 0x80 && c >= 0xc0))
			n++;
		else if (is_kept(c))
			break;
	}
	return n;
}

static size_t blank_end(struct span s)
{
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s.n;
}

/* Behind the beginning a tilde and a number; Linux puts four digits before it where many names
 * begin alike (fs/fat/namei_vfat.c, vfat_create_shortname). */
static bool is_numbered(struct span rest)
{
	size_t i = 0;

	while (i < rest.n && i < 4 && span_byte(rest, i) != '~' &&
	       strchr("0123456789ABCDEF", rest.p[i]))
		i++;
	if (rest.n == 0 || (i != 0 && i != 4) || span_byte(rest, i++) != '~')
		return rest.n == 0;
	if (i == rest.n)
		return false;
	while (i < rest.n && rest.p[i] >= '0' && rest.p[i] <= '9')
		i++;
	return i == rest.n;
}

/* Whether a writer makes this short name of a long one. */
static bool is_alias(struct span record, struct span whole)
{
	struct span base = span_sub(record, 0, 8), extension = span_sub(record, 8, 3);
	size_t dot = whole.n;

	base.n = blank_end(base);
	extension.n = blank_end(extension);
	while (dot && whole.p[dot - 1] != '.')
		dot--;
	if (stands_for(extension, dot ? span_from(whole, dot) : (struct span){ 0 }) < extension.n)
		return false;
	return is_numbered(
		span_from(base, stands_for(base, dot ? span_head(whole, dot - 1) : whole)));
}

/* -- times -- */

/* A date of MS-DOS that has only one form, or none. */
static void own_stamp(struct own_list *out, uint64_t at, uint64_t size, uint32_t stamp)
{
	int64_t seconds = 0;
	bool is_time = dos_is_time(stamp) && dos_time(stamp, &seconds);

	if (is_time || stamp == 0)
		own_time(out, at, size, "time", seconds);
	else
		own_add(out, at, size, OWN_DATA, "time");
}

/* An entry shows when it was changed last; what has none is no entry. */
static void own_times(struct own_list *out, uint64_t at, struct span record, const struct entry *e)
{
	uint32_t changed = span_u32(record, 22, false);

	own_add(out, at + 13, 1, own_if(span_byte(record, 13) <= MOST_TENTHS, OWN_COUNTER),
		"tenths");
	/* Packers take it for all, however unlikely it is. */
	if (e && changed && span_u32(record, 14, false) == changed)
		own_add(out, at + 14, 4, OWN_STRUCTURE, "record");
	else
		own_stamp(out, at + 14, 4, span_u32(record, 14, false));
	if (e && changed && span_u16(record, 18, false) == changed >> 16)
		own_add(out, at + 18, 2, OWN_STRUCTURE, "record");
	else
		own_stamp(out, at + 18, 2, (uint32_t)span_u16(record, 18, false) << 16);
	if (!e || changed == 0)
		own_stamp(out, at + 22, 4, changed);
	else
		own_add(out, at + 22, 4, own_if(dos_is_time(changed), OWN_STRUCTURE), "record");
}

/* -- records -- */

static uint32_t cluster_of(const struct fat *fs, struct span record)
{
	uint32_t high = fs->bits == 32 ? span_u16(record, 20, false) : 0;

	return high << 16 | span_u16(record, 26, false);
}

/* What stands in a record beside its name. */
static void own_rest(struct fat_records *r, uint64_t at, struct span record, const struct entry *e,
		     bool holds)
{
	struct own_list *out = r->x->out;
	uint8_t kind = (uint8_t)span_byte(record, 11) & (uint8_t)~ARCHIVE;

	holds &= r->x->fs->bits == 32 || span_u16(record, 20, false) == 0;
	own_add(out, at + 11, 1,
		own_if(kind == 0 || kind == DIRECTORY || kind == LABEL, OWN_COUNTER), "attributes");
	own_add(out, at + 12, 1, own_if((span_byte(record, 12) & ~LOWER) == 0, OWN_STRUCTURE),
		"record");
	own_times(out, at, record, e);
	own_add(out, at + 20, 2, own_if(holds, OWN_STRUCTURE), "record");
	own_add(out, at + 26, 6, own_if(holds, OWN_STRUCTURE), "record");
}

/* A directory's record of itself, and of the one above it, which for the root is 0. */
static void own_dots(struct fat_records *r, uint64_t at, struct span record)
{
	const struct entry *d = &r->x->l->entries[r->directory], *above = d;
	bool is_self = span_equal(span_sub(record, 0, 11), span_text(".          "));
	bool is_above = span_equal(span_sub(record, 0, 11), span_text("..         "));
	uint32_t wanted = (uint32_t)d->key[0];

	if (is_above && d->parent != NO_ENTRY) {
		above = &r->x->l->entries[d->parent];
		wanted = d->parent == 0 ? 0 : (uint32_t)above->key[0];
	}
	own_add(r->x->out, at, 11, own_if((is_self || is_above) && r->directory, OWN_STRUCTURE),
		"short name");
	own_rest(r, at, record, NULL,
		 cluster_of(r->x->fs, record) == wanted && span_u32(record, 28, false) == 0 &&
			 span_byte(record, 11) & DIRECTORY);
}

static void take_short(struct fat_records *r, uint64_t at, struct span record)
{
	const struct listing *l = r->x->l;
	const struct entry *e = r->x->next < l->count ? &l->entries[r->x->next] : NULL;
	uint8_t attributes = (uint8_t)span_byte(record, 11);
	bool is_long = r->count && r->expected == 0 && r->holds &&
		       sum_of(span_sub(record, 0, 11)) == r->checksum;

	drop_waiting(r, is_long);
	if (attributes & LABEL) {
		own_add(r->x->out, at, 11,
			r->directory ? OWN_DATA : own_label(span_sub(record, 0, 11)),
			"volume name");
		own_rest(r, at, record, NULL,
			 is_zero(span_sub(record, 26, 6)) && is_zero(span_sub(record, 20, 2)));
		return;
	}
	if (span_byte(record, 0) == '.') {
		own_dots(r, at, record);
		return;
	}
	if (!e || e->parent != r->directory ||
	    (uint32_t)e->key[0] != cluster_of(r->x->fs, record)) {
		r->x->is_odd = true;
		return;
	}
	r->x->next++;
	own_add(r->x->out, at, 11, own_if(!is_long || is_alias(record, e->name), OWN_STRUCTURE),
		"short name");
	own_rest(r, at, record, e, e->kind == KIND_FILE || span_u32(record, 28, false) == 0);
}

void fat_own_records(struct fat_records *r, uint64_t at, uint64_t length)
{
	for (uint64_t end = at + length; end - at >= RECORD; at += RECORD) {
		struct span record = span_sub(r->x->fs->in, at, RECORD);
		int first = span_byte(record, 0);

		r->ended |= first == 0;
		if (r->ended) {
			own_add(r->x->out, at, 1, first ? OWN_FILL : OWN_STRUCTURE,
				"end of records");
			own_add(r->x->out, at + 1, end - at - 1, OWN_FILL, "behind a directory");
			return;
		}
		if (first == DELETED) {
			drop_waiting(r, false);
			own_add(r->x->out, at, RECORD, OWN_DATA, "deleted record");
		} else if ((span_byte(record, 11) & 0x3f) == LONG) {
			take_long(r, at, record);
		} else {
			take_short(r, at, record);
		}
	}
}

void fat_own_records_end(struct fat_records *r)
{
	drop_waiting(r, false);
}
