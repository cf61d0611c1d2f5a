/* dap.c - three headers of D-Link's access points and small routers made by Cameo and Senao, which
 * have no mark: length of the header, sum of all bytes behind it, lengths, model, signature,
 * version and region in text. Numbers are big-endian but for the length of the second one's header.
 */
#include "base/cursor.h"
#include "format/parts.h"
#include "format/sums.h"

struct layout {
	const char *name;
	uint64_t sum, size, kernel; /* fields; kernel 0: it has none */
	uint64_t model, model_size, signature, signature_size, version;
	uint64_t length_at; /* the byte that tells the length of the header */
};

static const struct layout dap1350 = { "DAP-1350", 0, 60, 0, 4, 20, 24, 30, 0, 55 };
static const struct layout dap1330 = { "DAP-1330", 4, 8, 12, 16, 32, 16, 32, 48, 0 };
static const struct layout cameo = { "Cameo", 0, 4, 8, 12, 20, 32, 30, 66, 78 };

static uint64_t header_of(struct span in, const struct layout *o)
{
	int length = span_byte(in, o->length_at);

	return length < 0 ? 0 : (uint64_t)length;
}

static struct fault probe(struct span in, const struct layout *o, struct found *f)
{
	uint64_t header = header_of(in, o);
	uint32_t size = span_u32(in, o->size, true);

	if (in.n <= header || header == 0)
		return fault_at(FAULT_SHORT, o->length_at, "header", in.n, header);
	if (!is_padded_text(in, o->model, o->model_size) ||
	    !is_padded_text(in, o->signature, o->signature_size))
		return fault_at(FAULT_BROKEN, o->model, "model", 0, 0);
	if (size == 0 || span_u32(in, o->sum, true) == 0 ||
	    (o->kernel && span_u32(in, o->kernel, true) > size))
		return fault_at(FAULT_BROKEN, o->size, "length", size, 1);
	f->len = part_bound(header + size, in);
	f->proof = PROOF_STRUCTURE;
	label_add(f->label, "", field_text(in, o->signature, o->signature_size));
	if (o->version)
		label_add(f->label, " ", field_text(in, o->version, 12));
	return fine;
}

static struct fault list(struct listing *l, const struct layout *o)
{
	uint64_t header = header_of(l->in, o), size = span_u32(l->in, o->size, true);
	uint64_t kernel = o->kernel ? span_u32(l->in, o->kernel, true) : 0;

	l->kind = LISTING_REGIONS;
	if (kernel && kernel < size) {
		part_list(l, o->kernel, header, kernel, "kernel");
		part_list(l, o->size, header + kernel, size - kernel, "rootfs");
	} else {
		part_list(l, o->size, header, size, "");
	}
	part_sum(l, o->sum, "sum of bytes", sum_of_bytes(span_sub(l->in, header, size)),
		 span_u32(l->in, o->sum, true));
	return fine;
}

static struct fault probe_1350(struct span in, struct found *f)
{
	if (!is_filled(in, 56, 2, 0))
		return fault_at(FAULT_BROKEN, 56, "reserved bytes", 0, 0);
	return probe(in, &dap1350, f);
}

static struct fault list_1350(struct listing *l)
{
	return list(l, &dap1350);
}

static struct fault probe_1330(struct span in, struct found *f)
{
	return probe(in, &dap1330, f);
}

static struct fault list_1330(struct listing *l)
{
	return list(l, &dap1330);
}

static struct fault probe_cameo(struct span in, struct found *f)
{
	if (!is_padded_text(in, 62, 4) || !is_filled(in, 80, 4, 0))
		return fault_at(FAULT_BROKEN, 62, "region", 0, 0);
	return probe(in, &cameo, f);
}

static struct fault list_cameo(struct listing *l)
{
	return list(l, &cameo);
}

const struct format format_dap1350 = {
	.name = "dlink-dap1350",
	.says = "D-Link header of access points (DAP-1350)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkdapimg.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 55, 1, "\x40" }, { 55, 1, "\x50" } },
	.probe = probe_1350,
	.list = list_1350,
};

const struct format format_dap1330 = {
	.name = "dlink-dap1330",
	.says = "D-Link header of access points (DAP-1330)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkdapimg2.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4, "\x48\x00\x00\x00" } },
	.probe = probe_1330,
	.list = list_1330,
};

const struct format format_cameo = {
	.name = "cameo",
	.says = "Cameo header (D-Link DIR)",
	.domain = DOMAIN_BROADBAND,
	.spec = "openwrt/firmware-utils src/mkcameofw.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_CONTAINER,
	.magic = { { 78, 1, "\x54" } },
	.probe = probe_cameo,
	.list = list_cameo,
};
