/* sercomm.c - what Sercomm's devices (also sold by Netgear, Linksys, Beeline, Rostelecom, Vodafone)
 * ask of an image: "sErCoMm" twice with hardware and version, as 512 bytes in front or 71 behind; a
 * product identity in hexadecimal text with a SHA-256 or with lengths; a name, size and version in
 * front of a partition; and a header of the kernel, "Ser". */
#include <stdio.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "format/parts.h"
#include "format/sums.h"

#define HEADER      512
#define FOOTER      71
#define SECOND      63 /* where the mark stands again */
#define PID         0x70
#define PAYLOAD     0xa0
#define SHA_AT      0x80
#define FACTORY     0x200
#define MD5_AT      0x1e0
#define SUMMED      0x400
#define PART        160
#define PART_FIELD  32
#define KERNEL      0x100
#define KERNEL_SIZE 0x14

static bool is_marked(struct span in)
{
	return span_starts(in, span_text("sErCoMm")) &&
	       span_starts(span_from(in, SECOND), span_text("sErCoMm"));
}

static void put_label(struct span in, char label[64])
{
	label_add(label, "", field_text(in, 11, 34));
	label_add(label, " ", field_text(in, 45, 10));
	snprintf(label + strlen(label), 64 - strlen(label), " version %u", span_u32(in, 55, true));
}

/* In front: the sum of everything is zero, and no field tells where that ends. Behind: 71 bytes. */
static struct fault probe(struct span in, struct found *f)
{
	bool front = in.n > HEADER && is_filled(in, FOOTER - 1, HEADER - FOOTER, 0);

	if (!is_marked(in) || in.n < FOOTER)
		return fault_at(FAULT_BROKEN, SECOND, "mark", 0, 0);
	f->len = front ? in.n : FOOTER;
	f->proof = PROOF_STRUCTURE;
	put_label(in, f->label);
	return fine;
}

static struct fault list(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	if (l->in.n == FOOTER) {
		part_owned(l, 0, FOOTER, "footer");
		return fine;
	}
	part_rest(l, HEADER, "");
	part_sum(l, HEADER - 1, "sum of bytes", sum_of_bytes(l->in) & 0xff, 0);
	return fine;
}

static bool is_hexadecimal(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'A' && s.p[i] <= 'F')))
			return false;
	return s.n > 0;
}

/* Hardware and its version, then zeros of text, and in the last twelve the version of the software.
 */
static bool is_pid(struct span in)
{
	struct span pid = span_sub(in, 0, PID);

	return is_hexadecimal(pid) && is_filled(pid, 0x20, 0x40, '0');
}

static void pid_label(struct span in, char label[64])
{
	label_add(label, "hardware ", span_sub(in, 0, 14));
	label_add(label, ", software ", span_sub(in, 0x64, 4));
}

static bool sha_stands(struct span in)
{
	uint8_t digest[SHA256_SIZE];

	sha256_of(span_from(in, PAYLOAD), digest);
	return span_equal((struct span){ digest, SHA256_SIZE }, span_sub(in, SHA_AT, SHA256_SIZE));
}

static struct fault probe_payload(struct span in, struct found *f)
{
	if (in.n <= PAYLOAD)
		return fault_at(FAULT_SHORT, 0, "header", in.n, PAYLOAD + 1);
	if (!is_pid(in) || !is_filled(in, PID + 1, 15, 0))
		return fault_at(FAULT_BROKEN, 0, "product identity", 0, 0);
	f->len = in.n;
	f->proof = PROOF_STRUCTURE;
	pid_label(in, f->label);
	return fine;
}

static struct fault list_payload(struct listing *l)
{
	l->kind = LISTING_REGIONS;
	part_rest(l, PAYLOAD, "");
	part_sum(l, SHA_AT, "SHA-256", sha_stands(l->in), true);
	return fine;
}

static struct fault probe_factory(struct span in, struct found *f)
{
	uint64_t kernel, root;

	if (in.n <= SUMMED)
		return fault_at(FAULT_SHORT, 0, "header", in.n, SUMMED + 1);
	if (!is_pid(in) || !field_number(in, PID, 16, &kernel) ||
	    !field_number(in, SHA_AT, 16, &root) ||
	    !span_starts(span_from(in, FACTORY), span_text("Ser")))
		return fault_at(FAULT_BROKEN, PID, "lengths", 0, 0);
	f->len = part_bound(SUMMED + kernel + root, in);
	f->proof = PROOF_STRUCTURE;
	pid_label(in, f->label);
	return fine;
}

static struct fault list_factory(struct listing *l)
{
	uint64_t kernel = 0, root = 0;

	field_number(l->in, PID, 16, &kernel);
	field_number(l->in, SHA_AT, 16, &root);
	l->kind = LISTING_REGIONS;
	part_owned(l, FACTORY, KERNEL, "header of the second kernel");
	part_list(l, PID, FACTORY + KERNEL, KERNEL + kernel, "kernel");
	part_list(l, SHA_AT, SUMMED + kernel, root, "rootfs");
	part_sum(l, MD5_AT, "MD5",
		 is_md5_text(span_sub(l->in, MD5_AT, 32), span_from(l->in, SUMMED)), true);
	return fine;
}

static struct fault probe_part(struct span in, struct found *f)
{
	uint64_t size;

	if (in.n <= PART)
		return fault_at(FAULT_SHORT, 0, "header", in.n, PART + 1);
	if (!is_padded_text(in, 0, PART_FIELD) ||
	    !field_number(in, PART_FIELD, PART_FIELD, &size) ||
	    !is_padded_text(in, 2 * PART_FIELD, PART_FIELD) ||
	    !is_filled(in, 3 * PART_FIELD, PART_FIELD, 0))
		return fault_at(FAULT_BROKEN, PART_FIELD, "size", 0, 0);
	f->len = part_bound(PART + size, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "version ", field_text(in, 2 * PART_FIELD, PART_FIELD));
	return fine;
}

static struct fault list_part(struct listing *l)
{
	uint64_t size = 0;

	field_number(l->in, PART_FIELD, PART_FIELD, &size);
	l->kind = LISTING_REGIONS;
	part_list_named(l, PART_FIELD, PART, size, field_text(l->in, 0, PART_FIELD));
	return fine;
}

/* Mark and sum itself were filler when it was made. */
static uint32_t kernel_sum(struct span in)
{
	uint8_t copy[KERNEL];

	memcpy(copy, in.p, KERNEL);
	memset(copy, 0xff, 4);
	memset(copy + 8, 0xff, 4);
	return crc32_of((struct span){ copy, KERNEL });
}

/* In an image of the factory two headers stand one behind the other, and the kernel behind both. */
static bool kernel_follows(struct span in)
{
	return in.n > KERNEL && !span_starts(span_from(in, KERNEL), span_text("Ser"));
}

static struct fault probe_kernel(struct span in, struct found *f)
{
	uint32_t size = span_u32(in, KERNEL_SIZE, false);

	if (in.n < KERNEL)
		return fault_at(FAULT_SHORT, 0, "header", in.n, KERNEL);
	if (kernel_sum(in) != span_u32(in, 8, false) || size == 0)
		return fault_at(FAULT_BROKEN, 8, "header CRC-32", kernel_sum(in),
				span_u32(in, 8, false));
	f->len = part_bound(KERNEL + (kernel_follows(in) ? (uint64_t)size : 0), in);
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "kernel at 0x%x, rootfs at 0x%x",
		 span_u32(in, 0x10, false), span_u32(in, 0x28, false));
	return fine;
}

static struct fault list_kernel(struct listing *l)
{
	uint32_t size = span_u32(l->in, KERNEL_SIZE, false);

	l->kind = LISTING_REGIONS;
	if (!kernel_follows(l->in))
		return fine;
	part_list(l, KERNEL_SIZE, KERNEL, size, "kernel");
	part_sum(l, 0x18, "CRC-32 of the kernel", crc32_of(span_sub(l->in, KERNEL, size)),
		 span_u32(l->in, 0x18, false));
	return fine;
}

/* Texts begin with a digit; the first of a serial number may be none. */
#define DIGITS(at)                                                                                 \
	{ at, 1, "1" }, { at, 1, "2" }, { at, 1, "3" }, { at, 1, "4" }, { at, 1, "5" },            \
		{ at, 1, "6" }, { at, 1, "7" }, { at, 1, "8" },                                    \
	{                                                                                          \
		at, 1, "9"                                                                         \
	}

const struct format format_sercomm = {
	.name = "sercomm",
	.says = "Sercomm header or footer (sErCoMm; Netgear, Linksys)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mksercommfw.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 9, "sErCoMm\x00\x01" } },
	.probe = probe,
	.list = list,
};

const struct format format_sercommpayload = {
	.name = "sercomm-payload",
	.says = "Sercomm update with product identity and SHA-256",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt scripts/sercomm-pid.py, sercomm-payload.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0x20, 24, "000000000000000000000000" } },
	.probe = probe_payload,
	.list = list_payload,
};

const struct format format_sercommfactory = {
	.name = "sercomm-factory",
	.says = "Sercomm image of the factory with product identity",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt target/linux/ramips/image/common-sercomm.mk",
	.shape = SHAPE_CONTAINER,
	.magic = { { FACTORY, 4, "Ser\0" } },
	.probe = probe_factory,
	.list = list_factory,
};

const struct format format_sercommpart = {
	.name = "sercomm-part",
	.says = "Sercomm tag of a partition",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt scripts/sercomm-partition-tag.py",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { DIGITS(PART_FIELD) },
	.probe = probe_part,
	.list = list_part,
};

const struct format format_sercommkernel = {
	.name = "sercomm-kernel",
	.says = "Sercomm kernel header (MT7621)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/openwrt scripts/sercomm-kernel-header.py",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "Ser\0" } },
	.probe = probe_kernel,
	.list = list_kernel,
};
