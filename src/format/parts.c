/* parts.c - what the headers of vendors share. */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/text.h"
#include "format/parts.h"

void part_list_named(struct listing *l, uint64_t field, uint64_t from, uint64_t length,
		     struct span name)
{
	uint64_t left = from < l->in.n ? l->in.n - from : 0;

	if (length > left)
		listing_fault(l, fault_at(FAULT_SHORT, field, "length", left, length));
	if (length > left)
		length = left;
	if (length)
		listing_region(l, from, length, name);
}

void part_list(struct listing *l, uint64_t field, uint64_t from, uint64_t length, const char *name)
{
	part_list_named(l, field, from, length, span_text(name));
}

void part_rest(struct listing *l, uint64_t from, const char *name)
{
	if (from < l->in.n)
		listing_region(l, from, l->in.n - from, span_text(name));
}

void part_owned(struct listing *l, uint64_t from, uint64_t length, const char *name)
{
	uint64_t left = from < l->in.n ? l->in.n - from : 0;

	if (left)
		listing_owned(l, from, length < left ? length : left, span_text(name));
}

void part_file(struct listing *l, uint64_t field, uint64_t from, uint64_t length, struct span name)
{
	uint64_t left = from < l->in.n ? l->in.n - from : 0;
	struct entry e = entry_new(KIND_FILE, name);

	e.stored = true;
	e.size = length;
	e.offset = left ? from : 0;
	e.length = length < left ? length : left;
	if (length > left) {
		e.fault = fault_at(FAULT_SHORT, field, "length", left, length);
		listing_fault(l, e.fault);
	}
	listing_add(l, &e);
}

void part_unlisted(struct listing *l, uint32_t parent, uint64_t from, uint64_t length, uint8_t pad)
{
	struct entry e = entry_new(KIND_FILE, (struct span){ 0 });
	char name[32];

	if (length == 0 || is_filled(l->in, from, length, pad))
		return;
	snprintf(name, sizeof(name), "unlisted-0x%llx", (unsigned long long)from);
	e.name = arena_copy(l->arena, span_text(name));
	e.parent = parent;
	e.stored = true;
	e.offset = e.order = from;
	e.length = e.size = length;
	listing_add(l, &e);
}

void entry_note(struct arena *a, struct entry *e, const char *name, struct span value)
{
	struct xattr *notes = value.n ? arena_take(a, e->xattr_count + 1, sizeof(*notes)) : NULL;

	if (!notes)
		return;
	for (uint32_t i = 0; i < e->xattr_count; i++)
		notes[i] = e->xattrs[i];
	notes[e->xattr_count++] = (struct xattr){ span_text(name), value };
	e->xattrs = notes;
}

void part_sum(struct listing *l, uint64_t field, const char *what, uint64_t got, uint64_t want)
{
	if (got != want && l->fault.kind != FAULT_SHORT)
		listing_fault(l, fault_at(FAULT_BROKEN, field, what, got, want));
}

void part_md5(struct listing *l, uint64_t field, const struct span *parts, size_t count)
{
	uint8_t digest[16];

	md5_of_parts(parts, count, digest);
	part_sum(l, field, "MD5", span_u64((struct span){ digest, 16 }, 0, true),
		 span_u64(l->in, field, true));
	part_sum(l, field + 8, "MD5", span_u64((struct span){ digest, 16 }, 8, true),
		 span_u64(l->in, field + 8, true));
}

bool part_salted_md5(struct span in, uint64_t field, const uint8_t salts[2][16])
{
	uint8_t digest[16];

	for (int i = 0; i < 2; i++) {
		const struct span parts[] = { span_sub(in, 0, field),
					      { salts[i], 16 },
					      span_from(in, field + 16) };

		md5_of_parts(parts, 3, digest);
		if (span_equal((struct span){ digest, 16 }, span_sub(in, field, 16)))
			return true;
	}
	return false;
}

struct span field_text(struct span in, uint64_t at, uint64_t size)
{
	struct span field = span_sub(in, at, size);
	size_t n = 0;

	while (n < field.n && field.p[n])
		n++;
	return span_head(field, n);
}

bool is_padded_text(struct span in, uint64_t at, uint64_t size)
{
	struct span text = field_text(in, at, size);

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return false;
	return text.n > 0 && is_filled(in, at + text.n, size - text.n, 0);
}

bool field_number(struct span in, uint64_t at, uint64_t size, uint64_t *value)
{
	struct span text = field_text(in, at, size);
	size_t used;

	return span_number(text, 10, value, &used) && used == text.n && *value > 0 &&
	       *value <= UINT32_MAX && is_filled(in, at + text.n, size - text.n, 0);
}

bool is_md5_text(struct span text, struct span of)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[16], want[32];

	md5_of(of, digest);
	for (size_t i = 0; i < 16; i++) {
		want[2 * i] = (uint8_t)digits[digest[i] >> 4];
		want[2 * i + 1] = (uint8_t)digits[digest[i] & 15];
	}
	return span_equal(text, (struct span){ want, 32 });
}

bool is_filled(struct span in, uint64_t at, uint64_t size, uint8_t with)
{
	struct span field = span_sub(in, at, size);

	for (size_t i = 0; i < field.n; i++)
		if (field.p[i] != with)
			return false;
	return field.n == size;
}

void label_add(char label[64], const char *before, struct span text)
{
	size_t n = strlen(label);

	n += (size_t)snprintf(label + n, 64 - n, "%s", before);
	for (size_t i = 0; i < text.n && n < 63; i++)
		label[n++] = text.p[i] >= 0x20 && text.p[i] < 0x7f ? (char)text.p[i] : '?';
	if (n < 64)
		label[n] = 0;
}

struct span address_name(struct arena *a, uint64_t address)
{
	char name[20];
	int n = snprintf(name, sizeof(name), "0x%08llx", (unsigned long long)address);

	return arena_copy(a, (struct span){ (const uint8_t *)name, (size_t)n });
}
