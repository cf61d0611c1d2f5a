/* elf.c - ELF files: identified, measured, left whole for the observers. A signature that is
 * appended to a kernel module belongs to it. */
#include <stdio.h>

#include "format/elf_read.h"
#include "format/format.h"

/* A module's signature ends its file: PKCS #7, twelve bytes with its length last, a line of text
 * (torvalds/linux include/linux/module_signature.h). */
static bool ends_signed(struct span in, uint64_t length)
{
	struct span line = span_text("~Module signature appended~\n");
	uint64_t tail = line.n + 12;

	return in.n > length && in.n - length > tail && span_ends(in, line) &&
	       span_u32(in, in.n - line.n - 4, true) == in.n - length - tail;
}

static struct fault probe(struct span in, struct found *f)
{
	struct elf e;
	struct fault bad = elf_open(in, &e);
	uint64_t length;
	bool is_signed;

	if (bad.kind)
		return bad;
	if (e.type < ELF_REL || e.type > ELF_CORE)
		return fault_at(FAULT_UNKNOWN, 16, "ELF type", e.type, ELF_CORE);
	if (e.phnum == 0 && e.shnum == 0)
		return fault_at(FAULT_BROKEN, 44, "headers", 0, 1);
	if ((e.phnum && e.phoff >= in.n) || e.phoff > in.n)
		return fault_at(FAULT_BROKEN, 28, "program headers", e.phoff, in.n);
	length = elf_length(&e);
	is_signed = e.type == ELF_REL && ends_signed(in, length);
	f->len = length < in.n && !is_signed ? length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s %s-endian%s%s", e.is64 ? "64-bit" : "32-bit",
		 e.big ? "big" : "little", length > in.n ? ", ends early" : "",
		 is_signed ? ", signed" : "");
	return fine;
}

const struct format format_elf = {
	.name = "elf",
	.says = "ELF executable, library, object or module",
	.spec = "System V ABI, chapter 4 and 5",
	.shape = SHAPE_LEAF,
	.magic = { { 0, 4,
		     "\x7f"
		     "ELF" } },
	.probe = probe,
};
