/* evidence.c - what others hand to prove and disagree: evidence files, messages, reports as lines.
 * What is read must be written again as the same bytes; what is proved must hold. */
#include <stdlib.h>

#include "base/hash.h"
#include "log/disagreement.h"
#include "report/lines.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void read_file(struct span in)
{
	struct text again = { 0 };
	struct evidence_reader r;
	struct evidence_line line;

	if (!evidence_start(&r, in))
		return;
	evidence_write_head(&again, &r.head);
	while (evidence_next(&r, &line)) {
		evidence_write_line(&again, &line);
		evidence_holds(&line, &r.head);
	}
	expect(r.wrong || span_equal(in, text_span(&again)));
	text_free(&again);
}

/* A lab whose report has these lines: their own numbers. */
#define LAB_LINES 300

static struct {
	struct arena arena;
	struct merkle_tree tree;
	struct disagreement_side me;
	char text[40];
} lab;

static void number_line(uint64_t index)
{
	snprintf(lab.text, sizeof(lab.text), "nodes[] %llu", (unsigned long long)index);
}

static bool show(const void *ctx, uint64_t index, struct evidence_line *line)
{
	(void)ctx;
	number_line(index);
	*line = (struct evidence_line){ .index = index, .text = span_text(lab.text) };
	return merkle_prove_included(&lab.me.source, index, LAB_LINES, &line->proof);
}

static void start_lab(void)
{
	uint8_t leaf[SHA256_SIZE];

	if (lab.tree.size)
		return;
	expect(merkle_tree_start(&lab.tree, &lab.arena, LAB_LINES));
	for (uint64_t i = 0; i < LAB_LINES; i++) {
		number_line(i);
		evidence_leaf(span_text(lab.text), (struct span){ 0 }, NULL, leaf);
		merkle_tree_add(&lab.tree, leaf);
	}
	lab.me.source = merkle_tree_source(&lab.tree);
	lab.me.head.size = LAB_LINES;
	lab.me.show = show;
	expect(merkle_range(&lab.me.source, 0, LAB_LINES, lab.me.head.root));
}

static void read_message(struct span in)
{
	struct message theirs, reply, back;
	struct text again = { 0 };
	enum disagreement_state state;
	const char *why;

	start_lab();
	if (!message_read(in, &theirs, &why))
		return;
	message_write(&theirs, &again);
	expect(span_equal(in, text_span(&again)));
	state = disagreement_answer(&lab.me, &theirs, &reply);
	expect(state != DISAGREEMENT_NO_SOURCE);
	again.n = 0;
	message_write(&reply, &again);
	if (state == DISAGREEMENT_GOES_ON)
		expect(message_read(text_span(&again), &back, &why));
	text_free(&again);
}

static void read_report(struct span in)
{
	struct report_lines lines;
	struct merkle_head head;
	struct evidence_line shown;
	struct text text = { 0 };
	struct arena a;
	struct line_reader r;
	struct line l;
	const char *why;
	size_t at;
	bool sound = report_evidence_root(in, (struct span){ 0 }, &head, &why, &at);

	arena_init(&a, 256u << 20);
	expect((report_lines_read(in, (struct span){ 0 }, &a, &lines, &why, &at) == LINES_READ) ==
	       sound);
	lines_start(&r, in);
	while (sound && lines_next(&r, &l)) {
		expect(report_line_prove(&lines, r.lines - 1, &l, &text, &shown));
		expect(evidence_holds(&shown, &head));
	}
	text_free(&text);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = { data, size };

	read_file(in);
	read_message(in);
	read_report(in);
	return 0;
}
