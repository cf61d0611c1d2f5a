/* elf_machine.c - the words of GNU readelf for e_machine (binutils, readelf.c). */
#include "format/elf_read.h"

static const struct {
	uint16_t machine;
	const char *name;
} machines[] = {
	{ 0, "None" },
	{ 2, "Sparc" },
	{ 3, "Intel 80386" },
	{ 4, "MC68000" },
	{ 8, "MIPS R3000" },
	{ 10, "MIPS R4000 big-endian" },
	{ 15, "HPPA" },
	{ 18, "Sparc v8+" },
	{ 20, "PowerPC" },
	{ 21, "PowerPC64" },
	{ 22, "IBM S/390" },
	{ 40, "ARM" },
	{ 42, "Renesas / SuperH SH" },
	{ 43, "Sparc v9" },
	{ 45, "ARC" },
	{ 50, "Intel IA-64" },
	{ 62, "Advanced Micro Devices X86-64" },
	{ 76, "Axis Communications 32-bit embedded processor" },
	{ 83, "Atmel AVR 8-bit microcontroller" },
	{ 92, "OpenRISC 1000" },
	{ 93, "ARCompact" },
	{ 94, "Tensilica Xtensa Processor" },
	{ 106, "Analog Devices Blackfin" },
	{ 113, "Altera Nios II" },
	{ 164, "QUALCOMM Hexagon" },
	{ 183, "AArch64" },
	{ 188, "Tilera TILEPro multicore architecture family" },
	{ 189, "Xilinx MicroBlaze" },
	{ 191, "Tilera TILE-Gx multicore architecture family" },
	{ 195, "ARCv2" },
	{ 243, "RISC-V" },
	{ 247, "Linux BPF" },
	{ 252, "C-SKY" },
	{ 258, "LoongArch" },
};

const char *elf_machine_name(uint16_t machine)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == machine)
			return machines[i].name;
	return NULL;
}
