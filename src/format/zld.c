/* zld.c - ZyXEL's archive for ZLD devices (NWA, USG): a header, heads of files, then the files one
 * after the other; the kernel has a header of its own in front, in which the boot loader notes
 * versions. Big-endian with the magic as 0xdeadbeaf, or little-endian. Checksums are the sum of the
 * four words of an MD5; that of the archive counts the kernel's header as zeros. */
#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"

#define HEADER        104
#define FILE_HEAD     272
#define FILE_NAME     16
#define FILE_NAME_LEN 64
#define TARGET        80
#define TARGET_LEN    128
#define MODEL         72
#define MODEL_LEN     32
#define MOST_MODELS   5
#define MOST_FILES    32
#define TYPE_KERNEL   2
#define KERNEL_HEAD   512

static bool is_big(struct span in)
{
	return span_byte(in, 4) == 0xde;
}

static uint32_t files_of(struct span in)
{
	return span_u16(in, 10, is_big(in));
}

static struct fault probe(struct span in, struct found *f)
{
	bool big = is_big(in);
	uint32_t files = files_of(in), total = span_u32(in, 24, big);
	uint32_t first = span_u16(in, 28, big);

	if (files == 0 || files > MOST_FILES || span_u16(in, 12, big) > MOST_MODELS)
		return fault_at(FAULT_BROKEN, 10, "number of files", files, MOST_FILES);
	if (span_u16(in, 32, big) != FILE_HEAD || first != HEADER + files * FILE_HEAD)
		return fault_at(FAULT_BROKEN, 28, "offset of the first file", first,
				HEADER + files * FILE_HEAD);
	if (total <= first || in.n < first)
		return fault_at(FAULT_SHORT, 24, "length", total, first);
	f->len = part_bound(total, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, MODEL, MODEL_LEN));
	return fine;
}

static uint32_t folded_md5(const struct span *parts, size_t count)
{
	uint8_t digest[16];
	uint32_t sum = 0;

	md5_of_parts(parts, count, digest);
	for (uint64_t i = 0; i < 16; i += 4)
		sum += span_u32((struct span){ digest, 16 }, i, true);
	return sum ? sum : 1;
}

static void check_archive(struct listing *l, uint64_t kernel)
{
	static const uint8_t zeros[KERNEL_HEAD];
	const struct span parts[] = { span_sub(l->in, 4, kernel - 4),
				      { zeros, KERNEL_HEAD },
				      span_from(l->in, kernel + KERNEL_HEAD) };

	part_sum(l, 0, "checksum of the archive", folded_md5(parts, 3),
		 span_u32(l->in, 0, is_big(l->in)));
}

static void list_file(struct listing *l, uint64_t head, uint64_t from)
{
	bool big = is_big(l->in), kernel = span_u16(l->in, head, big) == TYPE_KERNEL;
	uint32_t length = span_u32(l->in, head + 4, big);
	uint32_t skipped = kernel && length >= KERNEL_HEAD ? KERNEL_HEAD : 0;
	struct span name = field_text(l->in, head + TARGET, TARGET_LEN);
	struct span file = span_sub(l->in, from + skipped, length - skipped);

	if (!name.n)
		name = field_text(l->in, head + FILE_NAME, FILE_NAME_LEN);
	if (skipped)
		part_owned(l, from, skipped, "kernel header");
	part_list_named(l, head + 4, from + skipped, length - skipped, name);
	part_sum(l, head + 8, "checksum of a file", folded_md5(&file, 1),
		 span_u32(l->in, head + 8, big));
}

static struct fault list(struct listing *l)
{
	bool big = is_big(l->in);
	uint64_t from = span_u16(l->in, 28, big), kernel = 0;

	l->kind = LISTING_REGIONS;
	for (uint64_t i = 0; i < files_of(l->in) && from < l->in.n; i++) {
		uint64_t head = HEADER + i * FILE_HEAD;

		if (span_u16(l->in, head, big) == TYPE_KERNEL)
			kernel = from;
		list_file(l, head, from);
		from += span_u32(l->in, head + 4, big);
	}
	if (from > l->in.n || span_u32(l->in, 24, big) > l->in.n)
		listing_fault(
			l, fault_at(FAULT_SHORT, 24, "length", l->in.n, span_u32(l->in, 24, big)));
	else if (kernel && l->in.n - kernel >= KERNEL_HEAD)
		check_archive(l, kernel);
	return fine;
}

const struct format format_zld = {
	.name = "zyxel-zld",
	.says = "ZyXEL archive for ZLD devices (NWA, USG)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkzyxelzldfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 4, 4, "\xde\xad\xbe\xaf" }, { 4, 4, "\xaf\xbe\xad\xde" } },
	.probe = probe,
	.list = list,
};
