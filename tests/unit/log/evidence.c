/* log/evidence, log/disagreement, report/lines: a report as lines; what is shown of it, and what is
 * not. */
#include "unit/support.h"

#include "base/jsonvalue.h"
#include "log/disagreement.h"
#include "log/line.h"
#include "report/lines.h"

#define HEAD "{\"schema\":\"evenhand-report/1\","
#define REPORT                                                                                     \
	HEAD "\"tool\":{\"version\":\"0.1.0\",\"feeds\":[],\"options\":{\"trust\":[]}},"           \
	     "\"nodes\":[{\"id\":0},{\"id\":1,\"name\":\"a\\\"\\\\x00\"}],"                        \
	     "\"facts\":{\"keys\":[],\"accounts\":[{\"id\":0}]},\"gaps\":[],\"empty\":{}}\n"

static const char *const lines_of_report[] = {
	"schema \"evenhand-report/1\"",
	"tool.version \"0.1.0\"",
	"tool.feeds []",
	"tool.options {\"trust\":[]}",
	"nodes[] {\"id\":0}",
	"nodes[] {\"id\":1,\"name\":\"a\\\"\\\\x00\"}",
	"facts.keys []",
	"facts.accounts[] {\"id\":0}",
	"gaps []",
	"empty {}",
};
#define LINES (sizeof(lines_of_report) / sizeof(lines_of_report[0]))

static int start(void **state)
{
	(void)state;
	hash_start();
	return 0;
}

static void a_report_is_its_lines(void **state)
{
	struct line_reader r;
	struct line l;
	size_t n = 0;

	(void)state;
	lines_start(&r, span_text(REPORT));
	for (; lines_next(&r, &l); n++) {
		assert_true(n < LINES);
		assert_true(span_starts(span_text(lines_of_report[n]), l.name));
		assert_true(
			span_equal(span_from(span_text(lines_of_report[n]), l.name.n), l.value));
	}
	assert_null(r.wrong);
	assert_int_equal(n, LINES);
	assert_int_equal(r.lines, LINES);
}

static bool is_read(struct span report)
{
	struct merkle_head head;
	const char *why = NULL;
	size_t at = 0;

	return report_evidence_root(report, (struct span){ 0 }, &head, &why, &at);
}

static void refuses_what_is_not_canonical(void **state)
{
	static const char *const bad[] = {
		"",
		"{}\n",
		"{",
		"[]\n",
		"{\"schema\":\"evenhand-report/2\"}\n",
		"{\"nodes\":[],\"schema\":\"evenhand-report/1\"}\n",
		HEAD "\"a\":1}",
		HEAD "\"a\":1}\n\n",
		HEAD "\"a\": 1}\n",
		HEAD " \"a\":1}\n",
		HEAD "\"a\":1,}\n",
		HEAD "}\n",
		HEAD "\"a\":1,\"a\":1}\n",
		HEAD "\"a\":{\"b\":1,\"b\":1}}\n",
		HEAD "\"a\":{\"b\":1,}}\n",
		HEAD "\"a\":{\"b\":1\"c\":1}}\n",
		HEAD "\"a\":[1,]}\n",
		HEAD "\"a\":[1 ,2]}\n",
		HEAD "\"a\":[1}\n",
		HEAD "\"a\":[1]]\n",
		HEAD "\"a\":01}\n",
		HEAD "\"a\":-}\n",
		HEAD "\"a\":1.5}\n",
		HEAD "\"a\":1e5}\n",
		HEAD "\"a\":nul}\n",
		HEAD "\"a\":\"\x01\"}\n",
		HEAD "\"a\":\"\x7f\"}\n",
		HEAD "\"a\":\"\\x\"}\n",
		HEAD "\"a\":\"\\u12g4\"}\n",
		HEAD "\"a\":\"\xff\"}\n",
		HEAD "\"a\":\"\xe2\x80\xae\"}\n", /* turns the direction of what follows */
		HEAD "\"a.b\":1}\n",
		HEAD "\"A\":1}\n",
		HEAD "\"\":1}\n",
		HEAD "\"a\":[{\"b\":1,\"c\"}]}\n",
		HEAD "\"a\":[{\"b\":[1}]]}\n",
		HEAD "\"a\":[{,}]}\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (is_read(span_text(bad[i])))
			fail_msg("was read: %s", bad[i]);
	assert_true(is_read(span_text(HEAD "\"a\":-10,\"b\":\"\xc3\xa4\\u0041\",\"c\":0}\n")));
	assert_true(is_read(span_text(REPORT)));
}

static void refuses_every_cut_at_an_unreadable_page(void **state)
{
	struct guarded g = guarded_new(4096);

	(void)state;
	for (size_t n = 0; n < strlen(REPORT); n++)
		assert_false(is_read(guarded_copy(g, span_head(span_text(REPORT), n))));
	guarded_free(g);
}

static void deep_values_have_a_bound(void **state)
{
	char report[4096] = HEAD "\"a\":[";
	size_t n = strlen(report);

	(void)state;
	for (unsigned depth = 59; depth <= 61; depth++) {
		memset(report + n, '[', depth);
		report[n + depth] = '0';
		memset(report + n + depth + 1, ']', depth);
		strcpy(report + n + 2 * depth + 1, "]}\n");
		assert_int_equal(is_read(span_text(report)), depth <= JSON_VALUE_DEPTH);
	}
}

/* A report whose bytes differ has another root: each byte is in a line. */
static void every_byte_counts(void **state)
{
	char other[] = REPORT;
	struct merkle_head head, changed;
	const char *why;
	size_t at;

	(void)state;
	assert_true(report_evidence_root(span_text(REPORT), (struct span){ 0 }, &head, &why, &at));
	for (size_t i = 0; i < strlen(other) * 8; i++) {
		other[i / 8] ^= (char)(1 << i % 8);
		if (report_evidence_root((struct span){ (uint8_t *)other, sizeof(other) - 1 },
					 (struct span){ 0 }, &changed, &why, &at))
			assert_memory_not_equal(changed.root, head.root, SHA256_SIZE);
		other[i / 8] ^= (char)(1 << i % 8);
	}
}

/* The root of these lines by sha256sum: tests/e2e/prove.py does so for whole reports. */
static void the_root_is_that_of_the_hash_rules(void **state)
{
	uint8_t hash[16][SHA256_SIZE];
	struct merkle_head head;
	const char *why;
	size_t at;

	(void)state;
	for (size_t i = 0; i < LINES; i++) {
		uint8_t data[128] = { 0 };
		size_t n = strlen(lines_of_report[i]);

		memcpy(data + 1, lines_of_report[i], n);
		sha256_of((struct span){ data, n + 1 }, hash[i]);
	}
	/* Ten leaves: eight, and two. */
	for (size_t step = 1; step < 8; step *= 2)
		for (size_t i = 0; i + step < (step == 1 ? 10 : 8); i += 2 * step) {
			uint8_t data[65] = { 1 };

			memcpy(data + 1, hash[i], 32);
			memcpy(data + 33, hash[i + step], 32);
			sha256_of((struct span){ data, 65 }, hash[i]);
		}
	{
		uint8_t data[65] = { 1 };

		memcpy(data + 1, hash[0], 32);
		memcpy(data + 33, hash[8], 32);
		sha256_of((struct span){ data, 65 }, hash[0]);
	}
	assert_true(report_evidence_root(span_text(REPORT), (struct span){ 0 }, &head, &why, &at));
	assert_int_equal(head.size, 10);
	assert_memory_equal(head.root, hash[0], SHA256_SIZE);
}

/* -- evidence files -- */

static const struct span key = { (const uint8_t *)"a key of thirty-two bytes or more", 33 };

struct shown {
	struct arena arena;
	struct report_lines lines;
	struct text file;
};

/* A file that shows one line of the report. */
static void show(struct shown *s, const char *report, uint64_t index, struct span salt_key)
{
	struct evidence_line shown;
	struct text text = { 0 };
	struct line_reader r;
	struct line l;
	const char *why;
	size_t at;

	*s = (struct shown){ 0 };
	assert_int_equal(
		report_lines_read(span_text(report), salt_key, &s->arena, &s->lines, &why, &at),
		LINES_READ);
	evidence_write_head(&s->file, &s->lines.head);
	lines_start(&r, span_text(report));
	while (lines_next(&r, &l))
		if (r.lines - 1 == index) {
			assert_true(report_line_prove(&s->lines, index, &l, &text, &shown));
			evidence_write_line(&s->file, &shown);
		}
	text_free(&text);
}

static void shown_free(struct shown *s)
{
	text_free(&s->file);
	arena_free(&s->arena);
}

/* How many lines a file shows under the root; 0 where it is refused. */
static unsigned count_held(struct span file, const struct merkle_head *head)
{
	struct evidence_reader r;
	struct evidence_line line;
	unsigned n = 0;

	if (!evidence_start(&r, file))
		return 0;
	while (evidence_next(&r, &line)) {
		if (!evidence_holds(&line, head))
			return 0;
		n++;
	}
	return r.wrong ? 0 : n;
}

static void every_line_can_be_shown(void **state)
{
	struct shown s;

	(void)state;
	for (int salted = 0; salted < 2; salted++)
		for (uint64_t i = 0; i < LINES; i++) {
			struct merkle_head head;
			const char *why;
			size_t at;

			show(&s, REPORT, i, salted ? key : (struct span){ 0 });
			assert_true(report_evidence_root(span_text(REPORT), s.lines.salt_key, &head,
							 &why, &at));
			assert_int_equal(count_held(text_span(&s.file), &head), 1);
			shown_free(&s);
		}
}

static void every_flipped_bit_of_a_file_is_refused(void **state)
{
	struct shown s;

	(void)state;
	for (int salted = 0; salted < 2; salted++)
		for (uint64_t i = 0; i < LINES; i++) {
			size_t root_from, root_to;

			show(&s, REPORT, i, salted ? key : (struct span){ 0 });
			/* The file's own root is what the other is compared with. */
			root_from = strlen("evenhand-evidence/1\n");
			root_to = span_find(text_span(&s.file), root_from, span_text("line "));
			for (size_t bit = 0; bit < s.file.n * 8; bit++) {
				bool in_root = bit / 8 >= root_from && bit / 8 < root_to;
				struct evidence_reader r;
				bool held;

				s.file.p[bit / 8] ^= (char)(1 << bit % 8);
				held = count_held(text_span(&s.file), &s.lines.head) > 0;
				if (held && in_root && evidence_start(&r, text_span(&s.file)))
					held = memcmp(&r.head, &s.lines.head, sizeof(r.head)) == 0;
				assert_false(held);
				s.file.p[bit / 8] ^= (char)(1 << bit % 8);
			}
			assert_int_equal(count_held(text_span(&s.file), &s.lines.head), 1);
			shown_free(&s);
		}
}

static void cut_files_are_refused(void **state)
{
	struct guarded g = guarded_new(4096);
	struct shown s;

	(void)state;
	show(&s, REPORT, 5, key);
	for (size_t n = 0; n < s.file.n; n++)
		assert_int_equal(count_held(guarded_copy(g, span_head(text_span(&s.file), n)),
					    &s.lines.head),
				 0);
	text_char(&s.file, '\n');
	assert_int_equal(count_held(text_span(&s.file), &s.lines.head), 0);
	shown_free(&s);
	guarded_free(g);
}

static void a_salted_leaf_is_no_line(void **state)
{
	uint8_t salt[SALT_SIZE], plain[SHA256_SIZE], salted[SHA256_SIZE];
	char text[] = "nodes[] {\"id\":0,\"name\":\"0123456789\"} x";

	(void)state;
	memcpy(salt, text, SALT_SIZE);
	evidence_leaf(span_text(text), (struct span){ 0 }, NULL, plain);
	evidence_leaf(span_from(span_text(text), SALT_SIZE), (struct span){ 0 }, salt, salted);
	assert_memory_not_equal(plain, salted, SHA256_SIZE);
}

/* By coreutils' base64; the same with other bits under the padding is refused. */
static void hashes_are_in_canonical_base64(void **state)
{
	uint8_t hash[SHA256_SIZE], back[SHA256_SIZE];
	struct text t = { 0 };

	(void)state;
	sha256_of((struct span){ 0 }, hash);
	evidence_hash_write(&t, hash);
	assert_string_equal(t.p, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
	t.n--;
	assert_true(hash_read(text_span(&t), back));
	assert_memory_equal(hash, back, SHA256_SIZE);
	t.p[42] = 'V';
	assert_false(hash_read(text_span(&t), back));
	t.p[42] = 'U';
	t.p[7] = '-';
	assert_false(hash_read(text_span(&t), back));
	text_free(&t);
}

static void roots_are_read_strictly(void **state)
{
	static const char hex[] =
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	struct merkle_head head;
	char text[128], back[EVIDENCE_ROOT_TEXT];

	(void)state;
	snprintf(text, sizeof(text), "9223372036854775807:%s", hex);
	assert_true(evidence_root_read(span_text(text), &head));
	evidence_root_text(&head, back);
	assert_string_equal(text, back);
	for (int i = 0; i < 6; i++) {
		static const char *const forms[] = { "%s",    "07:%s", ":%s",
						     "7:%s0", "7: %s", "9223372036854775808:%s" };

		snprintf(text, sizeof(text), forms[i], hex);
		assert_false(evidence_root_read(span_text(text), &head));
	}
	snprintf(text, sizeof(text), "7:E%s", hex + 1);
	assert_false(evidence_root_read(span_text(text), &head));
}

/* Other things said about the same place, by who has the file and the report. */
static void a_thousand_forged_facts_are_refused(void **state)
{
	struct shown s;
	struct evidence_reader r;
	struct evidence_line line;

	(void)state;
	show(&s, REPORT, 7, (struct span){ 0 });
	assert_true(evidence_start(&r, text_span(&s.file)) && evidence_next(&r, &line));
	assert_true(evidence_holds(&line, &s.lines.head));
	for (unsigned i = 1; i <= 1000; i++) {
		char text[80];

		snprintf(text, sizeof(text), "facts.accounts[] {\"id\":%u}", i);
		line.text = span_text(text);
		line.index = 7;
		assert_false(evidence_holds(&line, &s.lines.head));
		line.text = span_text(lines_of_report[7]);
		line.index = i == 7 ? 0 : i;
		assert_false(evidence_holds(&line, &s.lines.head));
	}
	shown_free(&s);
}

/* -- salts -- */

/* Whether one of the hashes of the file is that leaf. */
static bool has_leaf(const struct text *file, struct span line, const uint8_t *salt)
{
	uint8_t leaf[SHA256_SIZE];
	struct text shown = { 0 };
	bool has;

	evidence_leaf(line, (struct span){ 0 }, salt, leaf);
	evidence_hash_write(&shown, leaf);
	has = span_find(text_span(file), 0, text_span(&shown)) != SIZE_MAX;
	text_free(&shown);
	return has;
}

/* Who guesses a line that was not opened, with every salt that he could know or try: the leaf next
 * to the one that was opened stands in the file, so that a right guess would be seen. Without salts
 * it is. */
static void a_dictionary_opens_nothing(void **state)
{
	static const uint8_t zeroes[SALT_SIZE];
	static const char *const keys[] = { "", "password", "evenhand", "evenhand-salt/1\n" };
	uint8_t salt[SALT_SIZE];
	struct shown s;
	unsigned seen = 0;

	(void)state;
	for (uint64_t i = 0; i < LINES; i++) {
		struct evidence_reader r;
		struct evidence_line opened;

		show(&s, REPORT, i, (struct span){ 0 });
		for (size_t k = 0; k < LINES; k++)
			seen += has_leaf(&s.file, span_text(lines_of_report[k]), NULL);
		shown_free(&s);
		show(&s, REPORT, i, key);
		assert_true(evidence_start(&r, text_span(&s.file)) && evidence_next(&r, &opened));
		for (size_t k = 0; k < LINES; k++) {
			struct span line = span_text(lines_of_report[k]);

			assert_false(has_leaf(&s.file, line, NULL));
			assert_false(has_leaf(&s.file, line, zeroes));
			assert_false(has_leaf(&s.file, line, opened.salt));
			for (size_t n = 0; n < sizeof(keys) / sizeof(keys[0]); n++) {
				evidence_salt(span_text(keys[n]), s.lines.sha256, k, salt);
				assert_false(has_leaf(&s.file, line, salt));
			}
			/* What the salt that was opened would be the key of. */
			evidence_salt((struct span){ opened.salt, SALT_SIZE }, s.lines.sha256, k,
				      salt);
			assert_false(has_leaf(&s.file, line, salt));
			/* With the key itself the neighbour is seen: the test can see. */
			evidence_salt(key, s.lines.sha256, k, salt);
			assert_true(k != (i ^ 1) || has_leaf(&s.file, line, salt));
		}
		shown_free(&s);
	}
	assert_int_equal(seen, LINES);
}

static void no_two_salts_are_the_same(void **state)
{
	uint8_t salts[64][SALT_SIZE], sha256[SHA256_SIZE] = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 64; i++) {
		sha256[0] = (uint8_t)(i / 16);
		evidence_salt(i < 48 ? key : span_head(key, 32), sha256, i % 16, salts[i]);
	}
	for (unsigned i = 0; i < 64; i++)
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(salts[i], salts[k], SALT_SIZE);
}

/* -- two labs -- */

struct lab {
	struct arena arena;
	struct merkle_tree tree;
	struct disagreement_side me;
	uint64_t size, other_at; /* the line that only this lab has */
	char text[64];
};

static void number_line(struct lab *lab, uint64_t index)
{
	snprintf(lab->text, sizeof(lab->text), "nodes[] {\"id\":%llu,\"a\":%d}",
		 (unsigned long long)index, index == lab->other_at);
}

static bool show_number(const void *ctx, uint64_t index, struct evidence_line *line)
{
	struct lab *lab = (struct lab *)(uintptr_t)ctx;

	number_line(lab, index);
	*line = (struct evidence_line){ .index = index, .text = span_text(lab->text) };
	return merkle_prove_included(&lab->me.source, index, lab->size, &line->proof);
}

static void lab_start(struct lab *lab, uint64_t size, uint64_t other_at)
{
	uint8_t leaf[SHA256_SIZE];

	*lab = (struct lab){ .size = size, .other_at = other_at };
	assert_true(merkle_tree_start(&lab->tree, &lab->arena, size));
	for (uint64_t i = 0; i < size; i++) {
		number_line(lab, i);
		evidence_leaf(span_text(lab->text), (struct span){ 0 }, NULL, leaf);
		merkle_tree_add(&lab->tree, leaf);
	}
	lab->me.source = merkle_tree_source(&lab->tree);
	lab->me.head.size = size;
	assert_true(merkle_range(&lab->me.source, 0, size, lab->me.head.root));
	lab->me.show = show_number;
	lab->me.ctx = lab;
}

/* Both talk by what is written until both know; the number of messages, and the place. */
static unsigned talk(struct lab labs[2], uint64_t *place)
{
	enum disagreement_state state = DISAGREEMENT_GOES_ON;
	struct message mine, theirs;
	struct text wire = { 0 };
	unsigned turn = 0, n = 0;
	const char *why;

	assert_true(disagreement_open(&labs[0].me, &mine));
	do {
		wire.n = 0;
		message_write(&mine, &wire);
		assert_true(wire.n < 2048);
		n++;
		turn = !turn;
		assert_true(message_read(text_span(&wire), &theirs, &why));
		state = disagreement_answer(&labs[turn].me, &theirs, &mine);
		assert_true(state == DISAGREEMENT_GOES_ON || state == DISAGREEMENT_FOUND ||
			    state == DISAGREEMENT_SAME);
	} while (state != DISAGREEMENT_SAME && !(state == DISAGREEMENT_FOUND && theirs.is_last));
	*place = state == DISAGREEMENT_SAME     ? UINT64_MAX
		 : theirs.kind == MESSAGE_SHOWS ? theirs.line.index
						: theirs.head.size;
	text_free(&wire);
	return n;
}

static void the_first_difference_is_found(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 15, 16, 17, 255, 256, 257, 300 };
	static const uint64_t more[] = { 0, 1, 16, 240, 4000 };
	struct lab labs[2];
	uint64_t place;

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
		for (size_t m = 0; m < sizeof(more) / sizeof(more[0]); m++)
			for (uint64_t at = 0; at <= sizes[s]; at += at < 20 ? 1 : 13) {
				bool none = at == sizes[s] && more[m] == 0;

				/* At the end: what one has more. */
				lab_start(&labs[0], sizes[s], at);
				lab_start(&labs[1], sizes[s] + more[m], UINT64_MAX);
				talk(labs, &place);
				assert_int_equal(place, none ? UINT64_MAX : at);
				struct lab swapped = labs[0];
				labs[0] = labs[1];
				labs[1] = swapped;
				labs[0].me.ctx = &labs[0];
				labs[0].me.source = merkle_tree_source(&labs[0].tree);
				labs[1].me.ctx = &labs[1];
				labs[1].me.source = merkle_tree_source(&labs[1].tree);
				talk(labs, &place);
				assert_int_equal(place, none ? UINT64_MAX : at);
				arena_free(&labs[0].arena);
				arena_free(&labs[1].arena);
			}
}

static void a_million_lines_take_seven_messages(void **state)
{
	struct lab labs[2];
	uint64_t place;

	(void)state;
	lab_start(&labs[0], 1000000, 777777);
	lab_start(&labs[1], 1000003, UINT64_MAX);
	assert_int_equal(talk(labs, &place), 7);
	assert_int_equal(place, 777777);
	arena_free(&labs[0].arena);
	arena_free(&labs[1].arena);
}

/* Each bit of each message of theirs: what comes of it is another message, never a place that is
 * not the first one that differs. */
static void a_false_message_finds_no_false_place(void **state)
{
	struct lab labs[2];
	struct message mine, theirs, reply;
	struct text wire = { 0 };
	const char *why;

	(void)state;
	lab_start(&labs[0], 300, 200);
	lab_start(&labs[1], 310, UINT64_MAX);
	assert_true(disagreement_open(&labs[0].me, &mine));
	for (unsigned turn = 1, n = 0; n < 6; n++, turn = !turn) {
		wire.n = 0;
		message_write(&mine, &wire);
		for (size_t bit = 0; bit < wire.n * 8; bit++) {
			wire.p[bit / 8] ^= (char)(1 << bit % 8);
			if (message_read(text_span(&wire), &theirs, &why) &&
			    disagreement_answer(&labs[turn].me, &theirs, &reply) ==
				    DISAGREEMENT_FOUND)
				assert_int_equal(theirs.line.index, 200);
			wire.p[bit / 8] ^= (char)(1 << bit % 8);
		}
		assert_true(message_read(text_span(&wire), &theirs, &why));
		disagreement_answer(&labs[turn].me, &theirs, &mine);
	}
	text_free(&wire);
	arena_free(&labs[0].arena);
	arena_free(&labs[1].arena);
}

/* A lab that says it differs later than it does: the lines before are not the same. */
static void a_later_difference_is_refused(void **state)
{
	struct lab labs[2];
	struct message lie = { .number = 5, .kind = MESSAGE_SHOWS }, reply;

	(void)state;
	lab_start(&labs[0], 300, 200);
	lab_start(&labs[1], 301, 250);
	lie.head = labs[0].me.head;
	assert_true(show_number(&labs[0], 250, &lie.line));
	assert_int_equal(disagreement_answer(&labs[1].me, &lie, &reply), DISAGREEMENT_FALSE);
	/* And one that shows a line which is the same in both. */
	assert_true(show_number(&labs[0], 7, &lie.line));
	assert_int_equal(disagreement_answer(&labs[1].me, &lie, &reply), DISAGREEMENT_FALSE);
	lie.kind = MESSAGE_ENDS;
	assert_int_equal(disagreement_answer(&labs[1].me, &lie, &reply), DISAGREEMENT_FALSE);
	arena_free(&labs[0].arena);
	arena_free(&labs[1].arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_its_lines),
		cmocka_unit_test(refuses_what_is_not_canonical),
		cmocka_unit_test(refuses_every_cut_at_an_unreadable_page),
		cmocka_unit_test(deep_values_have_a_bound),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(the_root_is_that_of_the_hash_rules),
		cmocka_unit_test(every_line_can_be_shown),
		cmocka_unit_test(every_flipped_bit_of_a_file_is_refused),
		cmocka_unit_test(cut_files_are_refused),
		cmocka_unit_test(a_salted_leaf_is_no_line),
		cmocka_unit_test(hashes_are_in_canonical_base64),
		cmocka_unit_test(roots_are_read_strictly),
		cmocka_unit_test(a_thousand_forged_facts_are_refused),
		cmocka_unit_test(a_dictionary_opens_nothing),
		cmocka_unit_test(no_two_salts_are_the_same),
		cmocka_unit_test(the_first_difference_is_found),
		cmocka_unit_test(a_million_lines_take_seven_messages),
		cmocka_unit_test(a_false_message_finds_no_false_place),
		cmocka_unit_test(a_later_difference_is_refused),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
