/* executable.c - what an ELF file says of its own hardening and of the functions it calls.
 * Properties are those that checksec prints; what a file cannot tell is null. */
#include "base/text.h"
#include "format/elf_read.h"
#include "observe/observe.h"
#include "observe/system.h"

#define MOST_NAMES      512
#define MOST_NEEDED     256
#define LONGEST_NAME    255 /* of a function or library; longer ones would multiply the file */
#define MOST_PROPERTIES 64  /* of one note */

#define UPX_REACH        64
#define DENSITY_SAMPLES  4
#define DENSITY_PIECE    (16u << 10)
#define LEAST_DENSE      (16u << 10) /* fewer bytes have no measurable density */
#define PACKED_MILLIBITS 7500

enum {
	DT_NEEDED_ = 1,
	DT_PLTGOT_ = 3,
	DT_RPATH_ = 15,
	DT_DEBUG_ = 21,
	DT_TEXTREL_ = 22,
	DT_BIND_NOW_ = 24,
	DT_RUNPATH_ = 29,
	DT_FLAGS_ = 30,
	DT_PPC_GOT_ = 0x70000000
};
#define DT_FLAGS_1_  0x6ffffffbu
#define DF_TEXTREL_  4u
#define DF_BIND_NOW_ 8u
#define DF_1_NOW_    1u
#define DF_1_PIE_    0x08000000u

enum {
	MACHINE_386 = 3,
	MACHINE_MIPS = 8,
	MACHINE_PPC = 20,
	MACHINE_X86_64 = 62,
	MACHINE_RISCV = 243,
	MACHINE_AARCH64 = 183
};
enum { NT_GNU_BUILD_ID_ = 3, NT_GNU_PROPERTY_ = 5 };

/* Guards of jumps and returns, in the order in which a fact names them. */
enum control_flow { FLOW_IBT, FLOW_SHSTK, FLOW_BTI, FLOW_PAC, FLOW_GCS, FLOW_CFI, CONTROL_FLOWS };
static const char *const control_flows[CONTROL_FLOWS] = {
	"ibt", "shstk", "bti", "pac", "gcs", "cfi"
};

/* Functions that tell what a program does: that it serves, calls out, gives up rights, goes to the
 * background, keeps itself apart, checks passwords, sets keys (constant.c has the last two as
 * well). In the order of their bytes. */
static const char *const telling[] = {
	"AES_set_decrypt_key",
	"AES_set_encrypt_key",
	"BF_set_key",
	"DES_set_key",
	"DES_set_key_checked",
	"DES_set_key_unchecked",
	"EVP_CipherInit",
	"EVP_CipherInit_ex",
	"EVP_DecryptInit",
	"EVP_DecryptInit_ex",
	"EVP_EncryptInit",
	"EVP_EncryptInit_ex",
	"HMAC",
	"HMAC_Init_ex",
	"RC4_set_key",
	"accept",
	"aes_setkey_dec",
	"aes_setkey_enc",
	"bind",
	"cap_set_proc",
	"capset",
	"chroot",
	"clearenv",
	"connect",
	"crypt",
	"crypt_r",
	"daemon",
	"execl",
	"execlp",
	"execv",
	"execve",
	"execvp",
	"fork",
	"gcry_cipher_setkey",
	"getspnam",
	"getspnam_r",
	"initgroups",
	"listen",
	"mbedtls_aes_setkey_dec",
	"mbedtls_aes_setkey_enc",
	"mbedtls_gcm_setkey",
	"pam_authenticate",
	"popen",
	"prctl",
	"putpwent",
	"recvfrom",
	"recvmsg",
	"seccomp_load",
	"sendto",
	"setegid",
	"seteuid",
	"setgid",
	"setgroups",
	"setns",
	"setregid",
	"setresgid",
	"setresuid",
	"setreuid",
	"setuid",
	"socket",
	"system",
	"unshare",
	"wc_AesGcmSetKey",
	"wc_AesSetKey",
};
#define TELLING (sizeof(telling) / sizeof(telling[0]))

/* What a walk over the symbols gathers. */
struct gathered {
	struct arena *arena;
	struct span unsafe_calls[MOST_NAMES], safe_calls[MOST_NAMES];
	uint32_t unsafe_count, safe_count, symbols;
	bool canary, fortify, cfi;
	struct span texts;     /* of the symbols that are walked */
	bool own_may_tell;     /* names of the file's own functions can still add something */
	bool asks_time, is_32; /* by functions of 32-bit time; the file is of that class */
	bool asks_time64;
	bool called[TELLING];
};

static void note_call(struct gathered *n, struct span name)
{
	size_t low = 0, high = TELLING;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = span_compare(name, span_text(telling[middle]));

		if (order == 0)
			n->called[middle] = true;
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
}

static void add_name(struct gathered *n, struct span *list, uint32_t *count, struct span name)
{
	for (uint32_t i = 0; i < *count; i++)
		if (span_equal(list[i], name))
			return;
	if (*count < MOST_NAMES)
		list[(*count)++] = arena_copy(n->arena, name);
}

/* glibc versions its symbols: "memcpy@@GLIBC_2.14" in .symtab. */
static struct span without_version(struct span name)
{
	size_t at = span_find(name, 0, span_text("@"));

	return at < name.n ? span_sub(name, 0, at) : name;
}

/* What clang leaves of control-flow integrity: __cfi_check, and "name.cfi" before stripping. */
static bool is_cfi(struct span name)
{
	size_t dot = span_find(name, 0, span_text(".")); /* few names have one */

	return span_starts(name, span_text("__cfi_")) ||
	       (dot < name.n && span_find(name, dot, span_text(".cfi")) != SIZE_MAX);
}

/* __memcpy_chk: the form that FORTIFY puts in the place of memcpy. */
static bool is_fortified(struct span name)
{
	return name.n > 6 && span_starts(name, span_text("__")) &&
	       span_ends(name, span_text("_chk")) && !span_is(name, "__stack_chk");
}

/* In 32-bit files glibc 2.34 and musl 1.2 give the functions of 64-bit time names of their own:
 * __time64, __clock_gettime64, __gettimeofday_time64. */
static void note_time(struct gathered *n, struct span name)
{
	static const char *const of_32[] = { "clock_gettime", "ctime",     "gettimeofday", "gmtime",
					     "gmtime_r",      "localtime", "localtime_r",  "mktime",
					     "settimeofday",  "time" };

	if (span_starts(name, span_text("__"))) {
		n->asks_time64 |= span_find(name, 0, span_text("time")) != SIZE_MAX &&
				  span_find(name, 0, span_text("64")) != SIZE_MAX;
		return;
	}
	for (size_t i = 0; i < sizeof(of_32) / sizeof(of_32[0]); i++)
		n->asks_time |= span_is(name, of_32[i]);
}

/* Of a file's own functions only these names tell; programs have many thousands of others. */
static bool own_names_may_tell(const struct gathered *n, struct span texts)
{
	return (!n->canary &&
		(span_has(texts, "__stack_chk_") || span_has(texts, "__stack_smash_handler"))) ||
	       (!n->cfi && (span_has(texts, "__cfi_") || span_has(texts, ".cfi")));
}

static bool on_symbol(void *ctx, const struct elf_symbol *s)
{
	struct gathered *n = ctx;
	struct span name;

	n->symbols++;
	if (s->section != 0 && s->texts.p != n->texts.p) {
		n->texts = s->texts;
		n->own_may_tell = own_names_may_tell(n, s->texts);
	}
	if (s->section != 0 && !n->own_may_tell)
		return true;
	name = without_version(elf_symbol_name(s));
	/* the second is uClibc's */
	if (span_starts(name, span_text("__stack_chk_")) || span_is(name, "__stack_smash_handler"))
		n->canary = true;
	n->cfi |= is_cfi(name);
	if (s->section != 0 || name.n == 0 || name.n > LONGEST_NAME)
		return true;
	note_call(n, name);
	if (n->is_32)
		note_time(n, name);
	if (is_fortified(name)) {
		n->fortify = true;
		add_name(n, n->safe_calls, &n->safe_count, name);
	} else if (call_rule_find(name)) {
		add_name(n, n->unsafe_calls, &n->unsafe_count, name);
	} else if (is_safe_call(name)) {
		add_name(n, n->safe_calls, &n->safe_count, name);
	}
	return true;
}

static struct spans sorted(struct arena *a, struct span *list, uint32_t count)
{
	struct span *copy = arena_take(a, count, sizeof(*copy));

	for (uint32_t i = 1; i < count; i++)
		for (uint32_t k = i; k > 0 && span_compare(list[k - 1], list[k]) > 0; k--) {
			struct span swap = list[k];

			list[k] = list[k - 1];
			list[k - 1] = swap;
		}
	if (copy && count)
		memcpy(copy, list, count * sizeof(*copy));
	return (struct spans){ copy, copy ? count : 0 };
}

static struct spans calls_of(const struct gathered *n)
{
	struct span list[TELLING], *copy;
	uint32_t count = 0;

	for (size_t i = 0; i < TELLING; i++)
		if (n->called[i])
			list[count++] = span_text(telling[i]);
	copy = arena_take(n->arena, count, sizeof(*copy));
	if (copy && count)
		memcpy(copy, list, count * sizeof(*copy));
	return (struct spans){ copy, copy ? count : 0 };
}

static void read_segments(const struct elf *e, struct executable_fact *x, struct arena *a)
{
	struct elf_segment s;
	bool relro = false;
	uint64_t flags = 0, flags_1 = 0, value;

	x->nx = TRI_NULL;
	for (uint32_t i = 0; elf_segment(e, i, &s); i++) {
		if (s.type == PT_GNU_STACK_)
			x->nx = s.flags & 1 ? TRI_NO : TRI_YES;
		else if (s.type == PT_GNU_RELRO_)
			relro = true;
		else if (s.type == PT_INTERP_ && x->interpreter.n == 0)
			x->interpreter =
				arena_copy(a, elf_text(span_sub(e->in, s.offset, s.file_size), 0));
	}
	elf_dynamic(e, DT_FLAGS_, 0, &flags);
	elf_dynamic(e, DT_FLAGS_1_, 0, &flags_1);
	x->relro = e->type == ELF_REL ? NULL /* what links it decides */
		   : !relro           ? "none"
		   : elf_dynamic(e, DT_BIND_NOW_, 0, &value) || flags & DF_BIND_NOW_ ||
				   flags_1 & DF_1_NOW_
			   ? "full"
			   : "partial";
	if (e->type == ELF_REL)
		x->pie = "relocatable";
	else if (e->type != ELF_DYN)
		x->pie = "no";
	else if (flags_1 & DF_1_PIE_ || elf_dynamic(e, DT_DEBUG_, 0, &value))
		x->pie = "yes";
	else
		x->pie = "shared object";
}

static void read_dynamic(const struct elf *e, struct executable_fact *x, struct arena *a)
{
	struct span *needed = arena_take(a, MOST_NEEDED, sizeof(*needed));
	uint64_t value;
	uint32_t n = 0;

	if (elf_dynamic(e, DT_RPATH_, 0, &value))
		x->rpath = arena_copy(a, elf_dynamic_text(e, value));
	if (elf_dynamic(e, DT_RUNPATH_, 0, &value))
		x->runpath = arena_copy(a, elf_dynamic_text(e, value));
	while (needed && n < MOST_NEEDED && elf_dynamic(e, DT_NEEDED_, n, &value)) {
		needed[n] = arena_copy(a, span_head(elf_dynamic_text(e, value), LONGEST_NAME));
		n++;
	}
	x->needed = (struct spans){ needed, n };
	x->is_static = e->type == ELF_REL || elf_is_dynamic(e) ? TRI_NO : TRI_YES;
}

/* What notes say. */
struct notes {
	const struct elf *e;
	struct span build_id;
	bool has[CONTROL_FLOWS];
};

/* The features that all parts of the file have (Linux gABI extensions, "GNU_PROPERTY_X86_FEATURE_1_
 * AND"; ELF for the Arm 64-bit Architecture, "Program Property"). */
static const struct {
	uint16_t machine;
	uint32_t property, bit;
	enum control_flow means;
} features[] = {
	{ MACHINE_386, 0xc0000002u, 1, FLOW_IBT },
	{ MACHINE_386, 0xc0000002u, 2, FLOW_SHSTK },
	{ MACHINE_X86_64, 0xc0000002u, 1, FLOW_IBT },
	{ MACHINE_X86_64, 0xc0000002u, 2, FLOW_SHSTK },
	{ MACHINE_AARCH64, 0xc0000000u, 1, FLOW_BTI },
	{ MACHINE_AARCH64, 0xc0000000u, 2, FLOW_PAC },
	{ MACHINE_AARCH64, 0xc0000000u, 4, FLOW_GCS },
};

static void take_property(struct notes *n, uint32_t type, uint32_t bits)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (features[i].machine == n->e->machine && features[i].property == type &&
		    bits & features[i].bit)
			n->has[features[i].means] = true;
}

static void read_properties(struct notes *n, struct span value)
{
	struct cursor c = { .in = value };
	uint64_t boundary = n->e->is64 ? 8 : 4;

	for (int i = 0; i < MOST_PROPERTIES; i++) {
		uint32_t type = cursor_u32(&c, n->e->big), size = cursor_u32(&c, n->e->big);
		struct span data = cursor_span(&c, size);

		if (c.ran_out)
			return;
		if (size == 4)
			take_property(n, type, span_u32(data, 0, n->e->big));
		cursor_skip(&c, (boundary - c.at % boundary) % boundary);
	}
}

static bool on_note(void *ctx, const struct elf_note *note)
{
	struct notes *n = ctx;

	if (!span_is(note->name, "GNU"))
		return true;
	if (note->type == NT_GNU_BUILD_ID_ && note->value.n <= 64 && n->build_id.n == 0)
		n->build_id = note->value;
	else if (note->type == NT_GNU_PROPERTY_)
		read_properties(n, note->value);
	return true;
}

static void read_notes(const struct elf *e, struct executable_fact *x, struct gathered *names)
{
	struct notes n = { .e = e };
	struct span *flows = arena_take(names->arena, CONTROL_FLOWS, sizeof(*flows));
	struct text hex = { 0 };

	elf_notes(e, on_note, &n);
	n.has[FLOW_CFI] = names->cfi;
	text_hex(&hex, n.build_id);
	x->build_id = arena_copy(names->arena, text_span(&hex));
	text_free(&hex);
	x->control_flow.p = flows;
	for (int i = 0; flows && i < CONTROL_FLOWS; i++)
		if (n.has[i])
			flows[x->control_flow.n++] = span_text(control_flows[i]);
}

/* Old ABIs of MIPS and PowerPC keep what the linker patches, and on PowerPC runs, in one segment:
 * DT_PLTGOT lies in it. The later PowerPC ABI marks itself by DT_PPC_GOT. */
static bool is_old_abi(const struct elf *e, const struct elf_segment *s)
{
	uint64_t at, got;

	if (e->machine != MACHINE_MIPS && e->machine != MACHINE_PPC)
		return false;
	if (e->machine == MACHINE_PPC && elf_dynamic(e, DT_PPC_GOT_, 0, &got))
		return false;
	return elf_dynamic(e, DT_PLTGOT_, 0, &at) && at >= s->address &&
	       at - s->address < s->memory_size;
}

static void read_loads(const struct elf *e, struct executable_fact *x)
{
	struct elf_segment s;
	bool is_writable = false, is_explained = true;
	uint64_t flags = 0, value;

	if (e->type == ELF_REL || e->type == ELF_CORE)
		return;
	elf_dynamic(e, DT_FLAGS_, 0, &flags);
	x->text_relocations =
		elf_dynamic(e, DT_TEXTREL_, 0, &value) || flags & DF_TEXTREL_ ? TRI_YES : TRI_NO;
	for (uint32_t i = 0; elf_segment(e, i, &s); i++) {
		if (s.type != PT_LOAD_ || (s.flags & (PF_W_ | PF_X_)) != (PF_W_ | PF_X_))
			continue;
		is_explained = is_explained && is_old_abi(e, &s);
		is_writable = true;
	}
	x->writable_code = !is_writable ? "no" : is_explained ? "old abi" : "yes";
}

/* The mark of UPX stands behind the program headers, and again in the last bytes (upx,
 * src/packhead.cpp and the headers of its loaders for Linux). */
static bool is_marked_by_upx(const struct elf *e)
{
	struct span mark = span_text("UPX!");
	uint64_t heads = e->phoff + (uint64_t)e->phnum * e->phentsize;
	struct span after = span_head(span_from(e->in, heads), UPX_REACH);
	struct span last = span_from(e->in, e->in.n > UPX_REACH ? e->in.n - UPX_REACH : 0);

	return span_find(after, 0, mark) != SIZE_MAX || span_find(last, 0, mark) != SIZE_MAX;
}

/* Packed code is dense from end to end. A program that holds packed texts is so in places only, and
 * Thumb code reaches 7.2 bits a byte. */
static bool is_dense(struct span bytes)
{
	uint64_t step = bytes.n / DENSITY_SAMPLES;
	uint64_t piece = step < DENSITY_PIECE ? step : DENSITY_PIECE;

	if (bytes.n < LEAST_DENSE)
		return false;
	for (uint64_t i = 0; i < DENSITY_SAMPLES; i++)
		if (entropy_millibits(span_sub(bytes, i * step + (step - piece) / 2, piece)) <=
		    PACKED_MILLIBITS)
			return false;
	return true;
}

static bool starts_in_dense_segment(const struct elf *e)
{
	struct elf_segment s;

	for (uint32_t i = 0; e->entry && elf_segment(e, i, &s); i++)
		if (s.type == PT_LOAD_ && e->entry >= s.address &&
		    e->entry - s.address < s.file_size)
			return is_dense(span_sub(e->in, s.offset, s.file_size));
	return false;
}

static void read_symbols(const struct elf *e, struct executable_fact *x, struct gathered *n)
{
	struct elf_section symtab;
	bool has_symtab = elf_section_of_type(e, 2, &symtab);

	elf_symbols(e, true, on_symbol, n);
	if (has_symtab)
		elf_symbols(e, false, on_symbol, n);
	x->stripped = has_symtab ? TRI_NO : TRI_YES;
	x->canary = n->symbols == 0 ? TRI_NULL : n->canary ? TRI_YES : TRI_NO;
	x->fortify = n->symbols == 0 ? TRI_NULL : n->fortify ? TRI_YES : TRI_NO;
	x->unsafe_calls = sorted(n->arena, n->unsafe_calls, n->unsafe_count);
	x->safe_calls = sorted(n->arena, n->safe_calls, n->safe_count);
	x->calls = calls_of(n);
}

/* Whether the C library is one whose names tell: glibc, musl, bionic, uClibc up to 0.9. Of
 * uClibc-ng both widths have the same names. */
static bool has_telling_libc(const struct executable_fact *x)
{
	for (uint32_t i = 0; i < x->needed.n; i++)
		if (name_matches(x->needed.p[i], "libc.so.6,libc.so.0,libc.so,libc.musl-*"))
			return true;
	return false;
}

static uint32_t time_bits(const struct executable_fact *x, const struct gathered *n)
{
	if (!n->is_32 || !has_telling_libc(x))
		return 0;
	return n->asks_time64 ? 64 : n->asks_time ? 32 : 0;
}

static void look(struct scene *s)
{
	static const char *const types[] = { "NONE", "REL", "EXEC", "DYN", "CORE" };
	static _Thread_local struct gathered names;
	struct arena *a = s->bench->arena;
	struct executable_fact *x;
	struct elf e;
	const char *machine;

	if (span_find(span_head(s->bytes, 4), 0,
		      span_text("\x7f"
				"ELF")) != 0 ||
	    elf_open(s->bytes, &e).kind || e.type < ELF_REL || e.type > ELF_CORE)
		return;
	x = fact_new(a, s->node, FACT_EXECUTABLE, 0, s->bytes.n);
	if (!x)
		return;
	machine = elf_machine_name(e.machine);
	x->machine = span_text(machine ? machine : "unknown");
	x->bits = e.is64 ? 64 : 32;
	x->endian = e.big ? "big" : "little";
	x->type = types[e.type];
	x->text_relocations = x->calls_read = TRI_NULL;
	names.arena = a;
	names.unsafe_count = names.safe_count = names.symbols = 0;
	names.canary = names.fortify = names.cfi = false;
	names.texts = (struct span){ 0 };
	names.asks_time = names.asks_time64 = false;
	names.is_32 = !e.is64 && e.machine != MACHINE_RISCV; /* which never had the other */
	memset(names.called, 0, sizeof(names.called));
	read_segments(&e, x, a);
	read_dynamic(&e, x, a);
	read_symbols(&e, x, &names);
	x->time_bits = time_bits(x, &names);
	read_notes(&e, x, &names);
	read_loads(&e, x);
	x->packed = is_marked_by_upx(&e) ? "upx" : starts_in_dense_segment(&e) ? "dense" : NULL;
}

const struct observer observe_executables = { "executables", look };
