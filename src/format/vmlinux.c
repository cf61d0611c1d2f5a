/* vmlinux.c - kernels as ELF files. Unlike other ELF files they hold things of their own: a
 * configuration, an initramfs, or (MIPS vmlinuz) the packed kernel; each is found by its own
 * format.
 */
#include <stdio.h>

#include "format/elf_read.h"
#include "format/kernel.h"

/* A program that no loader of a user's programs starts. */
static bool is_bare(const struct elf *e)
{
	struct elf_segment s;

	if (e->type != ELF_EXEC && e->type != ELF_DYN)
		return false;
	for (uint32_t i = 0; elf_segment(e, i, &s); i++)
		if (s.type == PT_INTERP_ || s.type == PT_GNU_STACK_)
			return false;
	return e->phnum > 0 && !elf_is_dynamic(e);
}

static struct fault probe(struct span in, struct found *f)
{
	struct elf e;
	struct fault bad = elf_open(in, &e);
	struct elf_section tree;
	uint64_t length, at;
	struct span release;

	if (bad.kind)
		return bad;
	length = elf_length(&e);
	if (!is_bare(&e) || length > in.n)
		return fault_at(FAULT_UNKNOWN, 16, "ELF kernel", e.type, ELF_EXEC);
	if (kernel_banner(span_sub(in, 0, length), &at, &release))
		kernel_label(span_sub(in, 0, length), f->label);
	else if (elf_section_named(&e, ".appended_dtb", &tree))
		snprintf(f->label, sizeof(f->label), "unpacks itself");
	else
		return fault_at(FAULT_UNKNOWN, 0, "banner of a kernel", 0, 0);
	f->len = length;
	f->proof = PROOF_STRUCTURE;
	return fine;
}

static struct fault list(struct listing *l)
{
	uint64_t header = span_byte(l->in, 4) == 2 ? 64 : 52;

	l->kind = LISTING_REGIONS;
	listing_owned(l, header, l->in.n - header, (struct span){ 0 });
	return fine;
}

const struct format format_vmlinux = {
	.name = "vmlinux",
	.says = "Linux kernel, ELF",
	.domain = DOMAIN_GENERIC,
	.spec = "torvalds/linux arch/mips/boot/compressed/ld.script, kernel/configs.c",
	.shape = SHAPE_CONTAINER,
	.magic = { { 0, 4,
		     "\x7f"
		     "ELF" } },
	.probe = probe,
	.list = list,
};
