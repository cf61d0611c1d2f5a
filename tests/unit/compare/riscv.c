/* riscv.c - instructions as binutils' objdump writes them: tests/samples/compare/riscv*.txt hold an
 * address, the instruction and objdump's text (-d -M no-aliases) a line; make_riscv.sh there makes
 * them. With 32 or 64 and such a file as arguments it tells how many are the same. */
#include "unit/support.h"

#include "compare/riscv.h"

struct tally {
	uint32_t lines, same, unknown;
};

/* Without blanks, "0x", and what objdump says besides of a place. */
static void normalise(char *text)
{
	char *out = text;

	for (const char *in = text; *in && *in != '\n' && *in != '#' && *in != '<'; in++) {
		if (in[0] == '0' && in[1] == 'x')
			in++;
		else if (*in != ' ' && *in != '\t')
			*out++ = *in;
	}
	*out = 0;
}

static void hold(const char *line, bool is64, bool is_loud, struct tally *t)
{
	unsigned long long address, word;
	struct instruction i = { 0 };
	char text[256], want[256];
	uint8_t bytes[4];
	int at = 0;

	if (sscanf(line, "%llx %llx %n", &address, &word, &at) < 2 || at == 0)
		return;
	for (int k = 0; k < 4; k++)
		bytes[k] = (uint8_t)(word >> 8 * k);
	t->lines++;
	snprintf(want, sizeof(want), "%s", line + at);
	normalise(want);
	if (!riscv_disassemble((struct span){ bytes, (word & 3) == 3 ? 4 : 2 }, address, is64,
			       &i)) {
		t->unknown++;
		if (is_loud)
			printf("unknown: %s", line);
		return;
	}
	snprintf(text, sizeof(text), "%s", i.text);
	normalise(text);
	t->same += strcmp(text, want) == 0;
	if (is_loud && strcmp(text, want) != 0)
		printf("%s: %s", text, line);
}

static struct tally hold_file(const char *path, bool is64, bool is_loud)
{
	FILE *in = fopen(path, "r");
	struct tally t = { 0 };
	char line[512];

	if (!in)
		fail_msg("no sample %s", path);
	while (fgets(line, sizeof(line), in))
		hold(line, is64, is_loud, &t);
	fclose(in);
	return t;
}

static void writes_what_objdump_writes(void **state)
{
	static const char *const files[] = { "tests/samples/compare/riscv32.txt",
					     "tests/samples/compare/riscv64.txt" };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct tally t = hold_file(files[k], k == 1, true);

		assert_true(t.lines > 200);
		assert_int_equal(t.same, t.lines);
	}
}

/* Reserved, of the other width, or cut. */
static void refuses_what_is_none(void **state)
{
	static const struct {
		uint32_t word;
		size_t n;
		bool is32, is64;
	} rows[] = {
		{ 0x00000013, 4, true, true },   /* addi */
		{ 0x00000013, 3, false, false }, /* cut */
		{ 0x0000001f, 4, false, false }, /* longer than 32 bits */
		{ 0x00003003, 4, false, true },  /* ld */
		{ 0x0000303b, 4, false, false }, /* no such funct3 */
		{ 0x02001013, 4, false, true },  /* slli by 32 */
		{ 0x0000302f, 4, false, true },  /* amoadd.d */
		{ 0x00006000, 2, true, true },   /* c.flw, c.ld */
		{ 0x00008002, 2, false, false }, /* c.jr zero */
		{ 0x00006081, 2, false, false }, /* c.lui by 0 */
		{ 0x00000004, 2, false, false }, /* c.addi4spn by 0 */
		{ 0x04000053, 4, false, false }, /* fadd.h */
		{ 0x00005053, 4, false, false }, /* fadd.s, rounding reserved */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct instruction out;
		uint8_t bytes[4];

		for (int k = 0; k < 4; k++)
			bytes[k] = (uint8_t)(rows[i].word >> 8 * k);
		for (int is64 = 0; is64 < 2; is64++) {
			bool want = is64 ? rows[i].is64 : rows[i].is32;

			if (riscv_disassemble((struct span){ bytes, rows[i].n }, 0, is64, &out) !=
			    want)
				fail_msg("%08x on %d bits: %d", rows[i].word, is64 ? 64 : 32,
					 !want);
		}
	}
}

int main(int count, char **words)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_objdump_writes),
		cmocka_unit_test(refuses_what_is_none),
	};
	struct tally t;

	if (count == 3) {
		t = hold_file(words[2], strcmp(words[1], "64") == 0, true);
		printf("%u lines, %u the same, %u unknown\n", t.lines, t.same, t.unknown);
		return t.same != t.lines;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
