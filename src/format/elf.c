/* elf.c - ELF files: identified, measured, left whole for the observers. */
#include <stdio.h>

#include "format/elf_read.h"
#include "format/format.h"

static struct fault probe(struct span in, struct found *f)
{
	struct elf e;
	struct fault bad = elf_open(in, &e);
	uint64_t length;

	if (bad.kind)
		return bad;
	if (e.type < ELF_REL || e.type > ELF_CORE)
		return fault_at(FAULT_UNKNOWN, 16, "ELF type", e.type, ELF_CORE);
	if (e.phnum == 0 && e.shnum == 0)
		return fault_at(FAULT_BROKEN, 44, "headers", 0, 1);
	if ((e.phnum && e.phoff >= in.n) || e.phoff > in.n)
		return fault_at(FAULT_BROKEN, 28, "program headers", e.phoff, in.n);
	length = elf_length(&e);
	f->len = length < in.n ? length : in.n;
	f->proof = PROOF_STRUCTURE;
	snprintf(f->label, sizeof(f->label), "%s %s-endian%s", e.is64 ? "64-bit" : "32-bit",
		 e.big ? "big" : "little", length > in.n ? ", ends early" : "");
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
