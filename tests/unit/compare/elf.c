/* elf.c - two ELF files. Where things stand was read with readelf and objdump. */
#include "unit/compare/differences.h"

#include "base/cursor.h"
#include "compare/disassemble.h"

/* Of the sample `base`. */
enum {
	BUILD_ID = 0x130,
	TEXT = 0x180,
	RODATA = 0x1f4,
	AFTER_RODATA = 0x251, /* three zeros up to .dynamic */
	COMMENT = 0x2c8,
	SECTIONS = 0x394,
};

static void accepts_texts_of_a_build(void **state)
{
	struct two t = two_samples("base", "folder");
	struct explained e;

	(void)state;
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	assert_int_equal(e.x.count, 2);
	names(&e, CAUSE_BUILD_ID, ".note.gnu.build-id", BUILD_ID + 16, 20);
	says(names(&e, CAUSE_PATH, ".rodata", 0x1f8, 21),
	     "/build/a-1.4.2/tiny.c -> /build/a-1.4.3/tiny.c");
	explained_free(&e);
	two_free(t);

	t = two_samples("base", "clock");
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	says(names(&e, CAUSE_TIMESTAMP, ".rodata", 0x23c, 11), "Apr 15 2022 -> Apr 20 2022");
	says(names(&e, CAUSE_TIMESTAMP, ".rodata", 0x248, 8), "05:20:00 -> 06:22:03");
	explained_free(&e);
	two_free(t);

	t = two_samples("base", "user");
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	says(names(&e, CAUSE_BUILDER, ".rodata", 0x22f, 11), "build@vm-17 -> robot@vm-23");
	explained_free(&e);
	two_free(t);
}

/* A text of the same length in the place of another: what was there, what is, and whether it then
 * is the same software. */
static void a_text_of_no_form_is_a_change(void **state)
{
	static const struct {
		const char *old, *new;
	} texts[] = {
		{ "/build/a-1.4.2/tiny.c", "/tmp/x;telnetd -l sh " },
		{ "/build/a-1.4.2/tiny.c", "/build/a-1.4.2/tidy.c" }, /* another file */
		{ "Apr 15 2022", "open sesame" },
		{ "Apr 15 2022", "Feb 31 2022" },
		{ "Apr 15 2022", "Apr 15 2052" },
		{ "05:20:00", "99:99:99" },
		{ "build@vm-17", ";sh /tmp/r;" },
		{ "/etc/tiny.conf", "/tmp/tiny.conf" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct two t = two_samples("base", "base");
		struct explained e;

		put_over(t.right, texts[i].old, texts[i].new);
		explained_init(&e, t.left, t.right);
		if (explained_weight(&e) != WEIGHT_CHANGES)
			fail_msg("\"%s\" was accepted", texts[i].new);
		assert_non_null(explained_find(&e, CAUSE_RODATA, 0));
		explained_free(&e);
		two_free(t);
	}
}

static void accepts_what_is_not_loaded(void **state)
{
	static const struct {
		const char *left, *right;
		enum cause cause;
		const char *unit;
	} pairs[] = {
		{ "base", "symbols", CAUSE_SYMBOLS, ".symtab" },
		{ "symbols", "base", CAUSE_SYMBOLS, ".strtab" },
		{ "base", "full", CAUSE_DEBUG, ".debug_info" },
		{ "full", "base", CAUSE_SECTIONS, ".shstrtab" },
		{ "symbols", "full", CAUSE_DEBUG, ".debug_line" },
		{ "full", "order", CAUSE_ORDER, ".debug_str" },
		{ "order", "full", CAUSE_ORDER, ".debug_str" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct two t = two_samples(pairs[i].left, pairs[i].right);
		struct explained e;
		bool found = false;

		explained_init(&e, t.left, t.right);
		assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
		for (const struct difference *d = e.x.first; d; d = d->next)
			found |= d->cause == pairs[i].cause && span_is(d->unit, pairs[i].unit);
		assert_true(found);
		explained_free(&e);
		two_free(t);
	}
}

static void a_compiler_is_named_in_its_form(void **state)
{
	struct two t = two_samples("base", "base");
	struct explained e;

	(void)state;
	put_over(t.right, "GCC: (Debian 12.2.0-14) 12.2.0", "GCC: (Debian 12.2.0-13) 12.2.0");
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	names(&e, CAUSE_COMPILER, ".comment", COMMENT, 31);
	explained_free(&e);
	put_over(t.right, "GCC: (Debian 12.2.0-13) 12.2.0", "#!/bin/sh -- telnetd -l sh & #");
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	explained_free(&e);
	two_free(t);
}

static void a_build_id_is_its_descriptor_alone(void **state)
{
	struct two t = two_samples("base", "base");
	struct explained e;

	(void)state;
	sample_bytes(t.right)[BUILD_ID + 20] ^= 1;
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	explained_free(&e);
	sample_bytes(t.right)[BUILD_ID + 8] ^= 1; /* the note's type */
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	explained_free(&e);
	two_free(t);
}

static void one_instruction_is_told(void **state)
{
	struct two t = two_samples("base", "base");
	struct explained e;
	const struct difference *d;

	(void)state;
	sample_bytes(t.right)[TEXT] ^= 1;
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	d = names(&e, CAUSE_CODE, ".text", TEXT, 1);
	says(d, "1 bit at 0x180: cmp r0, #7 -> cmp r0, #6");
	assert_true(span_starts(d->code_left, span_text("180  cmp r0, #7\n182  bne #0x190\n")));
	assert_true(span_starts(d->code_right, span_text("180  cmp r0, #6\n182  bne #0x190\n")));
	explained_free(&e);
	two_free(t);

	/* with the names of the other side */
	t = two_samples("base", "symbols");
	sample_bytes(t.right)[0x1ba] ^= 3;
	sample_bytes(t.right)[0x1e8] ^= 1;
	explained_init(&e, t.left, t.right);
	d = names(&e, CAUSE_CODE, ".text", 0x1ba, 0x1e9 - 0x1ba);
	says(d, "2 bytes in 2 functions: count, _start");
	assert_true(span_starts(d->code_left, span_text("1b0  mov r3, r0\n")));
	explained_free(&e);
	two_free(t);
}

/* Every bit that a program is loaded with, but the descriptor of its build-id. */
static void every_loaded_bit_counts(void **state)
{
	struct two t = two_samples("base", "base");
	size_t comment = span_find(t.left, 0, span_text("GCC: "));

	(void)state;
	for (size_t at = 0; at < comment; at++)
		for (int bit = 0; bit < 8; bit += 7) {
			bool headers = (at >= 32 && at < 36) || (at >= 46 && at < 52);
			bool build_id = at >= BUILD_ID + 16 && at < BUILD_ID + 36;
			struct explained e;
			enum weight weight;

			sample_bytes(t.right)[at] ^= (uint8_t)(1 << bit);
			explained_init(&e, t.left, t.right);
			weight = explained_weight(&e);
			/* texts of a build may have another letter or digit */
			if (weight == WEIGHT_ACCEPTED && !build_id && !headers &&
			    !explained_find(&e, CAUSE_PATH, 0) &&
			    !explained_find(&e, CAUSE_BUILDER, 0) &&
			    !explained_find(&e, CAUSE_TIMESTAMP, 0))
				fail_msg("bit %d of byte 0x%zx was accepted", bit, at);
			explained_free(&e);
			sample_bytes(t.right)[at] ^= (uint8_t)(1 << bit);
		}
	two_free(t);
}

static void bytes_between_sections_are_seen(void **state)
{
	struct two t = two_samples("base", "base");
	struct span longer = { NULL, 0 };
	uint8_t *more = malloc(t.left.n + 16);
	struct explained e;

	(void)state;
	assert_non_null(more);
	sample_bytes(t.right)[AFTER_RODATA + 1] = 'x';
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	names(&e, CAUSE_PADDING, "between sections", AFTER_RODATA, 3);
	explained_free(&e);
	memset(sample_bytes(t.right) + AFTER_RODATA, 0xff, 3);
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	explained_free(&e);

	memcpy(more, t.left.p, t.left.n);
	memcpy(more + t.left.n, "#!/bin/sh\ncrond\n", 16);
	longer = (struct span){ more, t.left.n + 16 };
	explained_init(&e, t.left, longer);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	names(&e, CAUSE_PADDING, "between sections", t.left.n, 0);
	explained_free(&e);
	free(more);
	two_free(t);
}

static void rights_of_a_segment_count(void **state)
{
	struct two t = two_samples("base", "base");
	struct explained e;

	(void)state;
	assert_int_equal(sample_bytes(t.right)[52 + 6 * 32 + 24], 6); /* the stack: rw */
	sample_bytes(t.right)[52 + 6 * 32 + 24] = 7;
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	says(names(&e, CAUSE_SEGMENTS, "program headers", 52 + 6 * 32, 32), "rights of segment 6");
	explained_free(&e);
	two_free(t);
}

/* The section headers of a file say of code that it is a comment. */
static void names_do_not_make_code_harmless(void **state)
{
	struct two t = two_samples("base", "base");
	struct explained e;

	(void)state;
	for (int i = 0; i < 2; i++) { /* both sides lie, or one */
		struct span s = i ? t.left : t.right;
		uint8_t *text = sample_bytes(s) + SECTIONS + 6 * 40;
		uint8_t *comment = sample_bytes(s) + SECTIONS + 10 * 40;

		assert_int_equal(span_u32(s, SECTIONS + 6 * 40 + 12, false), TEXT);
		assert_int_equal(span_u32(s, SECTIONS + 10 * 40 + 16, false), COMMENT);
		memcpy(text, comment, 4);
		memset(text + 8, 0, 4); /* not loaded */
		sample_bytes(t.right)[TEXT] ^= 1;
		explained_init(&e, t.left, t.right);
		assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
		explained_free(&e);
		sample_bytes(t.right)[TEXT] ^= 1;
	}
	two_free(t);
}

static void longer_texts_leave_it_open(void **state)
{
	static const char *const pairs[][2] = {
		{ "base", "long" },
		{ "long", "base" },
		{ "base64", "long64" },
		{ "long64", "base64" },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct two t = two_samples(pairs[i][0], pairs[i][1]);
		struct explained e;

		explained_init(&e, t.left, t.right);
		assert_int_equal(explained_weight(&e), WEIGHT_OPEN);
		assert_non_null(explained_find(&e, CAUSE_PATH, 0));
		assert_non_null(explained_find(&e, CAUSE_RELOCATION, 0));
		assert_null(explained_find(&e, CAUSE_CODE, 0));
		explained_free(&e);
		two_free(t);
	}
}

static void other_code_under_longer_texts_is_a_change(void **state)
{
	struct two t = two_samples("base", "long");
	struct explained e;

	(void)state;
	sample_bytes(t.right)[TEXT] ^= 1; /* cmp r0, #6 */
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	assert_non_null(explained_find(&e, CAUSE_CODE, 0));
	explained_free(&e);
	sample_bytes(t.right)[TEXT] ^= 1;
	put_over(t.right, "/etc/tiny.conf", "/tmp/tiny.conf");
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	explained_free(&e);
	two_free(t);
}

/* An object with what sign-file of the kernel appends; the signature holds one byte. */
static struct span signed_module(uint8_t value)
{
	static const uint8_t tail[] = { 0x30, 0x0e, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13,
					1,    7,    2, 2, 1,    0,    0,    0,    2,    0,
					0,    0,    0, 0, 0,    0,    0,    16 };
	static const char line[] = "~Module signature appended~\n";
	struct span object = sample_read("headers/good-le32.o");
	uint8_t *p = malloc(object.n + sizeof(tail) + sizeof(line));

	assert_non_null(p);
	memcpy(p, object.p, object.n);
	memcpy(p + object.n, tail, sizeof(tail));
	p[object.n + 15] = value;
	memcpy(p + object.n + sizeof(tail), line, sizeof(line) - 1);
	sample_free(object);
	return (struct span){ p, object.n + sizeof(tail) + sizeof(line) - 1 };
}

static void a_module_is_signed_again(void **state)
{
	struct span plain = sample_read("headers/good-le32.o");
	struct two t = { signed_module(1), signed_module(2) };
	struct explained e;

	(void)state;
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	names(&e, CAUSE_SIGNATURE, "module signature", plain.n, 16 + 12 + 28);
	explained_free(&e);
	explained_init(&e, t.left, plain);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	explained_free(&e);
	/* what stands around what is signed has its form to the bit */
	for (size_t at = 0; at < 28; at++) {
		sample_bytes(t.right)[plain.n + at] ^= 0x40;
		explained_init(&e, t.left, t.right);
		assert_int_equal(explained_weight(&e),
				 at >= 13 && at < 16 ? WEIGHT_ACCEPTED : WEIGHT_CHANGES);
		explained_free(&e);
		sample_bytes(t.right)[plain.n + at] ^= 0x40;
	}
	sample_free(plain);
	two_free(t);
}

/* Nothing is known to be aside where no segment says what is loaded. */
static void without_segments_all_counts(void **state)
{
	struct two t = two_samples("symbols", "symbols");
	struct explained e;
	size_t name = span_find(t.left, 0, span_text("_start"));

	(void)state;
	sample_bytes(t.right)[name] ^= 1;
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_ACCEPTED);
	explained_free(&e);
	for (int i = 0; i < 2; i++) {
		struct span s = i ? t.left : t.right;

		memset(sample_bytes(s) + 28, 0, 4); /* no program headers */
		memset(sample_bytes(s) + 44, 0, 2);
	}
	explained_init(&e, t.left, t.right);
	assert_int_equal(explained_weight(&e), WEIGHT_CHANGES);
	explained_free(&e);
	two_free(t);
}

static void cut_files_are_not_read_too_far(void **state)
{
	struct two t = two_samples("full", "order");
	struct guarded g = guarded_new(t.right.n);

	(void)state;
	for (size_t n = 1; n < t.right.n; n += 7) {
		struct explained e;

		explained_init(&e, t.left, guarded_copy(g, span_head(t.right, n)));
		assert_int_not_equal(explained_weight(&e), WEIGHT_ACCEPTED);
		explained_free(&e);
	}
	guarded_free(g);
	two_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_texts_of_a_build),
		cmocka_unit_test(a_text_of_no_form_is_a_change),
		cmocka_unit_test(accepts_what_is_not_loaded),
		cmocka_unit_test(a_compiler_is_named_in_its_form),
		cmocka_unit_test(a_build_id_is_its_descriptor_alone),
		cmocka_unit_test(one_instruction_is_told),
		cmocka_unit_test(every_loaded_bit_counts),
		cmocka_unit_test(bytes_between_sections_are_seen),
		cmocka_unit_test(rights_of_a_segment_count),
		cmocka_unit_test(names_do_not_make_code_harmless),
		cmocka_unit_test(longer_texts_leave_it_open),
		cmocka_unit_test(other_code_under_longer_texts_is_a_change),
		cmocka_unit_test(a_module_is_signed_again),
		cmocka_unit_test(without_segments_all_counts),
		cmocka_unit_test(cut_files_are_not_read_too_far),
	};

	assert_true(disassembler_load());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
