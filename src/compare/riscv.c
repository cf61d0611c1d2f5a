/* riscv.c - instructions of RISC-V (The RISC-V Instruction Set Manual, volume I, 20191213, chapter
 * 24, and volume II for what only a supervisor runs): one row for each, most of those of both
 * widths of floating point in one. */
#include "compare/riscv.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/cursor.h"

enum { RV32 = 1, RV64 = 2, ANY = RV32 | RV64 };

/* "?" in a name becomes what the instruction says of its width: s or d of floating point, w or d of
 * atomic memory operations, where .aq and .rl follow. Operands are letters, of which the functions
 * below say what they mean, and "!" before one that zero makes it no instruction; all else stands
 * for itself. */
struct row {
	uint32_t mask, match;
	const char *name, *operands;
	unsigned on;
};

#define OP   0xfe00707fu /* opcode, funct3, funct7 */
#define F3   0x0000707fu /* opcode, funct3 */
#define SH6  0xfc00707fu
#define FLT  0xfc00007fu /* a format of two bits */
#define FLT3 0xfc00707fu
#define CVT  0xfdf0007fu
#define ATOM 0xf800607fu /* of both widths; aq and rl may be anything */

static const struct row rows[] = {
	{ 0x7f, 0x37, "lui", "d,u", ANY },
	{ 0x7f, 0x17, "auipc", "d,u", ANY },
	{ 0x7f, 0x6f, "jal", "d,a", ANY },
	{ F3, 0x67, "jalr", "d,i(s)", ANY },
	{ F3, 0x63, "beq", "s,t,b", ANY },
	{ F3, 0x1063, "bne", "s,t,b", ANY },
	{ F3, 0x4063, "blt", "s,t,b", ANY },
	{ F3, 0x5063, "bge", "s,t,b", ANY },
	{ F3, 0x6063, "bltu", "s,t,b", ANY },
	{ F3, 0x7063, "bgeu", "s,t,b", ANY },
	{ F3, 0x03, "lb", "d,i(s)", ANY },
	{ F3, 0x1003, "lh", "d,i(s)", ANY },
	{ F3, 0x2003, "lw", "d,i(s)", ANY },
	{ F3, 0x3003, "ld", "d,i(s)", RV64 },
	{ F3, 0x4003, "lbu", "d,i(s)", ANY },
	{ F3, 0x5003, "lhu", "d,i(s)", ANY },
	{ F3, 0x6003, "lwu", "d,i(s)", RV64 },
	{ F3, 0x23, "sb", "t,g(s)", ANY },
	{ F3, 0x1023, "sh", "t,g(s)", ANY },
	{ F3, 0x2023, "sw", "t,g(s)", ANY },
	{ F3, 0x3023, "sd", "t,g(s)", RV64 },
	{ F3, 0x13, "addi", "d,s,i", ANY },
	{ F3, 0x2013, "slti", "d,s,i", ANY },
	{ F3, 0x3013, "sltiu", "d,s,i", ANY },
	{ F3, 0x4013, "xori", "d,s,i", ANY },
	{ F3, 0x6013, "ori", "d,s,i", ANY },
	{ F3, 0x7013, "andi", "d,s,i", ANY },
	{ SH6, 0x1013, "slli", "d,s,h", RV64 },
	{ SH6, 0x5013, "srli", "d,s,h", RV64 },
	{ SH6, 0x40005013, "srai", "d,s,h", RV64 },
	{ OP, 0x1013, "slli", "d,s,h", RV32 },
	{ OP, 0x5013, "srli", "d,s,h", RV32 },
	{ OP, 0x40005013, "srai", "d,s,h", RV32 },
	{ F3, 0x1b, "addiw", "d,s,i", RV64 },
	{ OP, 0x101b, "slliw", "d,s,h", RV64 },
	{ OP, 0x501b, "srliw", "d,s,h", RV64 },
	{ OP, 0x4000501b, "sraiw", "d,s,h", RV64 },
	{ OP, 0x33, "add", "d,s,t", ANY },
	{ OP, 0x40000033, "sub", "d,s,t", ANY },
	{ OP, 0x1033, "sll", "d,s,t", ANY },
	{ OP, 0x2033, "slt", "d,s,t", ANY },
	{ OP, 0x3033, "sltu", "d,s,t", ANY },
	{ OP, 0x4033, "xor", "d,s,t", ANY },
	{ OP, 0x5033, "srl", "d,s,t", ANY },
	{ OP, 0x40005033, "sra", "d,s,t", ANY },
	{ OP, 0x6033, "or", "d,s,t", ANY },
	{ OP, 0x7033, "and", "d,s,t", ANY },
	{ OP, 0x3b, "addw", "d,s,t", RV64 },
	{ OP, 0x4000003b, "subw", "d,s,t", RV64 },
	{ OP, 0x103b, "sllw", "d,s,t", RV64 },
	{ OP, 0x503b, "srlw", "d,s,t", RV64 },
	{ OP, 0x4000503b, "sraw", "d,s,t", RV64 },
	{ OP, 0x02000033, "mul", "d,s,t", ANY },
	{ OP, 0x02001033, "mulh", "d,s,t", ANY },
	{ OP, 0x02002033, "mulhsu", "d,s,t", ANY },
	{ OP, 0x02003033, "mulhu", "d,s,t", ANY },
	{ OP, 0x02004033, "div", "d,s,t", ANY },
	{ OP, 0x02005033, "divu", "d,s,t", ANY },
	{ OP, 0x02006033, "rem", "d,s,t", ANY },
	{ OP, 0x02007033, "remu", "d,s,t", ANY },
	{ OP, 0x0200003b, "mulw", "d,s,t", RV64 },
	{ OP, 0x0200403b, "divw", "d,s,t", RV64 },
	{ OP, 0x0200503b, "divuw", "d,s,t", RV64 },
	{ OP, 0x0200603b, "remw", "d,s,t", RV64 },
	{ OP, 0x0200703b, "remuw", "d,s,t", RV64 },
	{ 0xf00fffff, 0x0000000f, "fence", "P,Q", ANY },
	{ 0xffffffff, 0x8330000f, "fence.tso", "", ANY },
	{ F3, 0x100f, "fence.i", "", ANY },
	{ F3, 0x1073, "csrrw", "d,c,s", ANY },
	{ F3, 0x2073, "csrrs", "d,c,s", ANY },
	{ F3, 0x3073, "csrrc", "d,c,s", ANY },
	{ F3, 0x5073, "csrrwi", "d,c,z", ANY },
	{ F3, 0x6073, "csrrsi", "d,c,z", ANY },
	{ F3, 0x7073, "csrrci", "d,c,z", ANY },
	{ 0xffffffff, 0x00000073, "ecall", "", ANY },
	{ 0xffffffff, 0x00100073, "ebreak", "", ANY },
	{ 0xffffffff, 0x10200073, "sret", "", ANY },
	{ 0xffffffff, 0x30200073, "mret", "", ANY },
	{ 0xffffffff, 0x10500073, "wfi", "", ANY },
	{ 0xfe007fff, 0x12000073, "sfence.vma", "s,t", ANY },
	{ ATOM, 0x0000202f, "amoadd.?", "d,t,(s)", ANY },
	{ ATOM, 0x0800202f, "amoswap.?", "d,t,(s)", ANY },
	{ 0xf9f0607f, 0x1000202f, "lr.?", "d,(s)", ANY },
	{ ATOM, 0x1800202f, "sc.?", "d,t,(s)", ANY },
	{ ATOM, 0x2000202f, "amoxor.?", "d,t,(s)", ANY },
	{ ATOM, 0x4000202f, "amoor.?", "d,t,(s)", ANY },
	{ ATOM, 0x6000202f, "amoand.?", "d,t,(s)", ANY },
	{ ATOM, 0x8000202f, "amomin.?", "d,t,(s)", ANY },
	{ ATOM, 0xa000202f, "amomax.?", "d,t,(s)", ANY },
	{ ATOM, 0xc000202f, "amominu.?", "d,t,(s)", ANY },
	{ ATOM, 0xe000202f, "amomaxu.?", "d,t,(s)", ANY },
	{ F3, 0x2007, "flw", "D,i(s)", ANY },
	{ F3, 0x3007, "fld", "D,i(s)", ANY },
	{ F3, 0x2027, "fsw", "T,g(s)", ANY },
	{ F3, 0x3027, "fsd", "T,g(s)", ANY },
	{ 0x0400007f, 0x43, "fmadd.?", "D,S,T,Rm", ANY },
	{ 0x0400007f, 0x47, "fmsub.?", "D,S,T,Rm", ANY },
	{ 0x0400007f, 0x4b, "fnmsub.?", "D,S,T,Rm", ANY },
	{ 0x0400007f, 0x4f, "fnmadd.?", "D,S,T,Rm", ANY },
	{ FLT, 0x00000053, "fadd.?", "D,S,Tm", ANY },
	{ FLT, 0x08000053, "fsub.?", "D,S,Tm", ANY },
	{ FLT, 0x10000053, "fmul.?", "D,S,Tm", ANY },
	{ FLT, 0x18000053, "fdiv.?", "D,S,Tm", ANY },
	{ CVT, 0x58000053, "fsqrt.?", "D,Sm", ANY },
	{ FLT3, 0x20000053, "fsgnj.?", "D,S,T", ANY },
	{ FLT3, 0x20001053, "fsgnjn.?", "D,S,T", ANY },
	{ FLT3, 0x20002053, "fsgnjx.?", "D,S,T", ANY },
	{ FLT3, 0x28000053, "fmin.?", "D,S,T", ANY },
	{ FLT3, 0x28001053, "fmax.?", "D,S,T", ANY },
	{ FLT3, 0xa0000053, "fle.?", "d,S,T", ANY },
	{ FLT3, 0xa0001053, "flt.?", "d,S,T", ANY },
	{ FLT3, 0xa0002053, "feq.?", "d,S,T", ANY },
	{ 0xfdf0707f, 0xe0001053, "fclass.?", "d,S", ANY },
	{ 0xfff0007f, 0x40100053, "fcvt.s.d", "D,Sm", ANY },
	{ 0xfff0007f, 0x42000053, "fcvt.d.s", "D,S", ANY },
	{ CVT, 0xc0000053, "fcvt.w.?", "d,Sm", ANY },
	{ CVT, 0xc0100053, "fcvt.wu.?", "d,Sm", ANY },
	{ CVT, 0xc0200053, "fcvt.l.?", "d,Sm", RV64 },
	{ CVT, 0xc0300053, "fcvt.lu.?", "d,Sm", RV64 },
	{ 0xfff0007f, 0xd0000053, "fcvt.s.w", "D,sm", ANY },
	{ 0xfff0007f, 0xd0100053, "fcvt.s.wu", "D,sm", ANY },
	{ 0xfff0007f, 0xd2000053, "fcvt.d.w", "D,s", ANY }, /* exact: there is nothing to round */
	{ 0xfff0007f, 0xd2100053, "fcvt.d.wu", "D,s", ANY },
	{ CVT, 0xd0200053, "fcvt.?.l", "D,sm", RV64 },
	{ CVT, 0xd0300053, "fcvt.?.lu", "D,sm", RV64 },
	{ 0xfff0707f, 0xe0000053, "fmv.x.w", "d,S", ANY },
	{ 0xfff0707f, 0xf0000053, "fmv.w.x", "D,s", ANY },
	{ 0xfff0707f, 0xe2000053, "fmv.x.d", "d,S", RV64 },
	{ 0xfff0707f, 0xf2000053, "fmv.d.x", "D,s", RV64 },
};

/* Of 16 bits. What would be another instruction where a register or a number is zero stands first.
 */
static const struct row short_rows[] = {
	{ 0xffff, 0x0000, "c.unimp", "", ANY },
	{ 0xe003, 0x0000, "c.addi4spn", "x,2,!A", ANY },
	{ 0xe003, 0x2000, "c.fld", "X,K(y)", ANY },
	{ 0xe003, 0x4000, "c.lw", "x,k(y)", ANY },
	{ 0xe003, 0x6000, "c.ld", "x,K(y)", RV64 },
	{ 0xe003, 0x6000, "c.flw", "X,k(y)", RV32 },
	{ 0xe003, 0xa000, "c.fsd", "X,K(y)", ANY },
	{ 0xe003, 0xc000, "c.sw", "x,k(y)", ANY },
	{ 0xe003, 0xe000, "c.sd", "x,K(y)", RV64 },
	{ 0xe003, 0xe000, "c.fsw", "X,k(y)", RV32 },
	{ 0xe003, 0x0001, "c.addi", "d,n", ANY },
	{ 0xe003, 0x2001, "c.addiw", "!d,n", RV64 },
	{ 0xe003, 0x2001, "c.jal", "J", RV32 },
	{ 0xe003, 0x4001, "c.li", "d,n", ANY },
	{ 0xef83, 0x6101, "c.addi16sp", "2,!N", ANY },
	{ 0xe003, 0x6001, "c.lui", "d,!U", ANY },
	{ 0xfc7f, 0x8001, "c.srli64", "y", ANY }, /* no shift: that of 128 bits */
	{ 0xfc7f, 0x8401, "c.srai64", "y", ANY },
	{ 0xec03, 0x8001, "c.srli", "y,H", ANY },
	{ 0xec03, 0x8401, "c.srai", "y,H", ANY },
	{ 0xec03, 0x8801, "c.andi", "y,n", ANY },
	{ 0xfc63, 0x8c01, "c.sub", "y,x", ANY },
	{ 0xfc63, 0x8c21, "c.xor", "y,x", ANY },
	{ 0xfc63, 0x8c41, "c.or", "y,x", ANY },
	{ 0xfc63, 0x8c61, "c.and", "y,x", ANY },
	{ 0xfc63, 0x9c01, "c.subw", "y,x", RV64 },
	{ 0xfc63, 0x9c21, "c.addw", "y,x", RV64 },
	{ 0xe003, 0xa001, "c.j", "J", ANY },
	{ 0xe003, 0xc001, "c.beqz", "y,B", ANY },
	{ 0xe003, 0xe001, "c.bnez", "y,B", ANY },
	{ 0xf07f, 0x0002, "c.slli64", "d", ANY },
	{ 0xe003, 0x0002, "c.slli", "d,H", ANY },
	{ 0xe003, 0x2002, "c.fldsp", "D,L(2)", ANY },
	{ 0xe003, 0x4002, "c.lwsp", "!d,l(2)", ANY },
	{ 0xe003, 0x6002, "c.ldsp", "!d,L(2)", RV64 },
	{ 0xe003, 0x6002, "c.flwsp", "D,l(2)", RV32 },
	{ 0xffff, 0x9002, "c.ebreak", "", ANY },
	{ 0xf07f, 0x8002, "c.jr", "!d", ANY },
	{ 0xf07f, 0x9002, "c.jalr", "!d", ANY },
	{ 0xf003, 0x8002, "c.mv", "d,v", ANY },
	{ 0xf003, 0x9002, "c.add", "d,v", ANY },
	{ 0xe003, 0xa002, "c.fsdsp", "V,M(2)", ANY },
	{ 0xe003, 0xc002, "c.swsp", "v,f(2)", ANY },
	{ 0xe003, 0xe002, "c.sdsp", "v,M(2)", RV64 },
	{ 0xe003, 0xe002, "c.fswsp", "V,f(2)", RV32 },
};

static const char *const registers[] = { "zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
					 "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
					 "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
					 "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6" };
static const char *const floats[] = { "ft0", "ft1", "ft2",  "ft3",  "ft4", "ft5", "ft6",  "ft7",
				      "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
				      "fa6", "fa7", "fs2",  "fs3",  "fs4", "fs5", "fs6",  "fs7",
				      "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11" };

/* Control and status registers that programs, kernels and boot loaders use. */
static const struct {
	uint16_t number;
	const char *name;
} controls[] = {
	{ 0x001, "fflags" },     { 0x002, "frm" },        { 0x003, "fcsr" },
	{ 0x100, "sstatus" },    { 0x104, "sie" },        { 0x105, "stvec" },
	{ 0x106, "scounteren" }, { 0x140, "sscratch" },   { 0x141, "sepc" },
	{ 0x142, "scause" },     { 0x143, "stval" },      { 0x144, "sip" },
	{ 0x180, "satp" },       { 0x300, "mstatus" },    { 0x301, "misa" },
	{ 0x302, "medeleg" },    { 0x303, "mideleg" },    { 0x304, "mie" },
	{ 0x305, "mtvec" },      { 0x306, "mcounteren" }, { 0x340, "mscratch" },
	{ 0x341, "mepc" },       { 0x342, "mcause" },     { 0x343, "mtval" },
	{ 0x344, "mip" },        { 0xb00, "mcycle" },     { 0xb02, "minstret" },
	{ 0xc00, "cycle" },      { 0xc01, "time" },       { 0xc02, "instret" },
	{ 0xc80, "cycleh" },     { 0xc81, "timeh" },      { 0xc82, "instreth" },
	{ 0xf11, "mvendorid" },  { 0xf12, "marchid" },    { 0xf13, "mimpid" },
	{ 0xf14, "mhartid" },    { 0x30a, "menvcfg" },    { 0x320, "mcountinhibit" },
	{ 0x747, "mseccfg" },
};

/* Rows of them; each number is part of the name. */
static const struct {
	uint16_t first, last, zero;
	const char *name;
} control_rows[] = {
	{ 0x323, 0x33f, 0x320, "mhpmevent" },  { 0x3a0, 0x3af, 0x3a0, "pmpcfg" },
	{ 0x3b0, 0x3ef, 0x3b0, "pmpaddr" },    { 0xb03, 0xb1f, 0xb00, "mhpmcounter" },
	{ 0xc03, 0xc1f, 0xc00, "hpmcounter" },
};

/* Numbers: pieces of the instruction, put together. */
struct number {
	char letter, style; /* d: decimal, x: hexadecimal, t: a place to go to */
	uint8_t width;      /* of one with a sign; 0: without */
	struct {
		uint8_t at, bits, to;
	} pieces[9];
};

static const struct number numbers[] = {
	{ 'i', 'd', 12, { { 20, 12, 0 } } },
	{ 'g', 'd', 12, { { 25, 7, 5 }, { 7, 5, 0 } } },
	{ 'b', 't', 13, { { 31, 1, 12 }, { 25, 6, 5 }, { 8, 4, 1 }, { 7, 1, 11 } } },
	{ 'a', 't', 21, { { 31, 1, 20 }, { 21, 10, 1 }, { 20, 1, 11 }, { 12, 8, 12 } } },
	{ 'u', 'x', 0, { { 12, 20, 0 } } },
	{ 'h', 'x', 0, { { 20, 6, 0 } } },
	{ 'z', 'd', 0, { { 15, 5, 0 } } },
	{ 'A', 'd', 0, { { 11, 2, 4 }, { 7, 4, 6 }, { 6, 1, 2 }, { 5, 1, 3 } } },
	{ 'k', 'd', 0, { { 10, 3, 3 }, { 6, 1, 2 }, { 5, 1, 6 } } },
	{ 'K', 'd', 0, { { 10, 3, 3 }, { 5, 2, 6 } } },
	{ 'n', 'd', 6, { { 12, 1, 5 }, { 2, 5, 0 } } },
	{ 'N', 'd', 10, { { 12, 1, 9 }, { 6, 1, 4 }, { 5, 1, 6 }, { 3, 2, 7 }, { 2, 1, 5 } } },
	{ 'U', 'x', 6, { { 12, 1, 5 }, { 2, 5, 0 } } },
	{ 'H', 'x', 0, { { 12, 1, 5 }, { 2, 5, 0 } } },
	{ 'J',
	  't',
	  12,
	  { { 12, 1, 11 },
	    { 11, 1, 4 },
	    { 9, 2, 8 },
	    { 8, 1, 10 },
	    { 7, 1, 6 },
	    { 6, 1, 7 },
	    { 3, 3, 1 },
	    { 2, 1, 5 } } },
	{ 'B', 't', 9, { { 12, 1, 8 }, { 10, 2, 3 }, { 5, 2, 6 }, { 3, 2, 1 }, { 2, 1, 5 } } },
	{ 'l', 'd', 0, { { 12, 1, 5 }, { 4, 3, 2 }, { 2, 2, 6 } } },
	{ 'L', 'd', 0, { { 12, 1, 5 }, { 5, 2, 3 }, { 2, 3, 6 } } },
	{ 'f', 'd', 0, { { 9, 4, 2 }, { 7, 2, 6 } } },
	{ 'M', 'd', 0, { { 10, 3, 3 }, { 7, 3, 6 } } },
};

/* Registers: five bits, or three that count from the eighth one. */
static const struct {
	char letter;
	uint8_t at, bits;
	const char *const *names;
} fields[] = {
	{ 'd', 7, 5, registers }, { 's', 15, 5, registers }, { 't', 20, 5, registers },
	{ 'D', 7, 5, floats },    { 'S', 15, 5, floats },    { 'T', 20, 5, floats },
	{ 'R', 27, 5, floats },   { 'v', 2, 5, registers },  { 'V', 2, 5, floats },
	{ 'x', 2, 3, registers }, { 'X', 2, 3, floats },     { 'y', 7, 3, registers },
};

struct printing {
	uint32_t word;
	uint64_t address;
	bool is64;
	struct instruction *i;
	size_t n; /* characters so far */
};

__attribute__((format(printf, 2, 3))) static void put(struct printing *p, const char *form, ...)
{
	size_t room = sizeof(p->i->text) - p->n;
	va_list args;
	int n;

	va_start(args, form);
	n = vsnprintf(p->i->text + p->n, room, form, args);
	va_end(args);
	p->n += n > 0 && (size_t)n < room ? (size_t)n : 0;
}

static uint32_t field(uint32_t word, unsigned at, unsigned bits)
{
	return word >> at & ((1u << bits) - 1);
}

static int64_t value_of(const struct number *number, uint32_t word)
{
	uint32_t value = 0, sign = number->width ? 1u << (number->width - 1) : 0;

	for (size_t k = 0; number->pieces[k].bits; k++)
		value |= field(word, number->pieces[k].at, number->pieces[k].bits)
			 << number->pieces[k].to;
	return (int64_t)(value ^ sign) - (int64_t)sign;
}

static void put_value(struct printing *p, char style, int64_t value)
{
	uint64_t place = p->address + (uint64_t)value;

	if (style == 'd')
		put(p, "%lld", (long long)value);
	else if (style == 'x')
		put(p, "0x%llx", (unsigned long long)(value & 0xfffff));
	else
		put(p, "0x%llx", (unsigned long long)(p->is64 ? place : (uint32_t)place));
}

static void put_control(struct printing *p)
{
	uint32_t number = p->word >> 20;

	for (size_t k = 0; k < sizeof(controls) / sizeof(controls[0]); k++)
		if (controls[k].number == number) {
			put(p, "%s", controls[k].name);
			return;
		}
	for (size_t k = 0; k < sizeof(control_rows) / sizeof(control_rows[0]); k++)
		if (number >= control_rows[k].first && number <= control_rows[k].last) {
			put(p, "%s%u", control_rows[k].name, number - control_rows[k].zero);
			return;
		}
	put(p, "0x%x", number);
}

/* Which accesses a fence orders. */
static void put_accesses(struct printing *p, uint32_t which)
{
	put(p, "%s%s%s%s", which & 8 ? "i" : "", which & 4 ? "o" : "", which & 2 ? "r" : "",
	    which & 1 ? "w" : "");
}

/* How to round, unless a register says so. False for what is reserved. */
static bool put_rounding(struct printing *p)
{
	static const char *const modes[] = { "rne", "rtz", "rdn", "rup", "rmm" };
	uint32_t mode = field(p->word, 12, 3);

	if (mode < 5)
		put(p, ", %s", modes[mode]);
	return mode < 5 || mode == 7;
}

/* False where the operand may not be zero, and is. */
static bool put_operand(struct printing *p, char letter, bool is_nonzero)
{
	for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
		if (numbers[k].letter == letter) {
			int64_t value = value_of(&numbers[k], p->word);

			put_value(p, numbers[k].style, value);
			return value || !is_nonzero;
		}
	for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++)
		if (fields[k].letter == letter) {
			uint32_t which = field(p->word, fields[k].at, fields[k].bits);

			put(p, "%s", fields[k].names[fields[k].bits == 3 ? which + 8 : which]);
			return which || !is_nonzero;
		}
	switch (letter) {
	case 'c':
		put_control(p);
		return true;
	case 'P':
		put_accesses(p, field(p->word, 24, 4));
		return true;
	case 'Q':
		put_accesses(p, field(p->word, 20, 4));
		return true;
	case 'm':
		return put_rounding(p);
	case '2':
		put(p, "sp");
		return true;
	case ',':
		put(p, ", ");
		return true;
	default:
		put(p, "%c", letter);
		return true;
	}
}

/* False where RV32 has no such width. */
static bool put_name(struct printing *p, const char *name)
{
	bool is_atomic = field(p->word, 0, 7) == 0x2f, is_long = field(p->word, 12, 1);
	static const char *const order[] = { "", ".rl", ".aq", ".aqrl" };

	for (; *name; name++)
		if (*name != '?')
			put(p, "%c", *name);
		else if (is_atomic)
			put(p, "%c%s", is_long ? 'd' : 'w', order[field(p->word, 25, 2)]);
		else
			put(p, "%c", field(p->word, 25, 1) ? 'd' : 's');
	return !is_atomic || !is_long || p->is64;
}

static bool put_row(struct printing *p, const struct row *row)
{
	bool holds = put_name(p, row->name), is_nonzero = false;

	if (row->operands[0])
		put(p, " ");
	for (const char *o = row->operands; *o; o++) {
		if (*o != '!')
			holds &= put_operand(p, *o, is_nonzero);
		is_nonzero = *o == '!';
	}
	return holds;
}

bool riscv_disassemble(struct span code, uint64_t address, bool is64, struct instruction *i)
{
	bool is_short = (span_byte(code, 0) & 3) != 3;
	const struct row *table = is_short ? short_rows : rows;
	size_t count = is_short ? sizeof(short_rows) / sizeof(short_rows[0])
				: sizeof(rows) / sizeof(rows[0]);
	struct printing p = { .address = address, .is64 = is64, .i = i };

	if (code.n < (is_short ? 2 : 4))
		return false;
	p.word = is_short ? span_u16(code, 0, false) : span_u32(code, 0, false);
	i->address = address;
	i->size = is_short ? 2 : 4;
	i->known = true;
	for (size_t k = 0; k < count; k++)
		if ((p.word & table[k].mask) == table[k].match &&
		    table[k].on & (is64 ? RV64 : RV32))
			return put_row(&p, &table[k]);
	return false;
}
