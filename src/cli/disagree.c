/* disagree.c - evenhand disagree: the first line in which two reports differ, with both at hand or
 * by messages between two labs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "log/disagreement.h"
#include "report/lines.h"

/* The jail hands over the message and what is to be printed in one file: the message's length as
 * text of so many characters, the message, the rest. */
#define LENGTH_TEXT 20

struct side {
	struct report_lines lines;
	struct text text; /* of the line that was shown last */
	struct disagreement_side me;
};

static bool show_line(const void *ctx, uint64_t index, struct evidence_line *line)
{
	struct side *s = (struct side *)(uintptr_t)ctx;
	struct line_reader r;
	struct line l;

	lines_start(&r, s->lines.report);
	while (lines_next(&r, &l))
		if (r.lines - 1 == index)
			return report_line_prove(&s->lines, index, &l, &s->text, line);
	return false;
}

static bool side_take(const struct input *in, struct arena *a, struct side *s)
{
	if (!lines_take(in, (struct span){ 0 }, a, &s->lines))
		return false;
	s->me = (struct disagreement_side){ merkle_tree_source(&s->lines.tree), s->lines.head,
					    show_line, s };
	return true;
}

/* -- what is printed -- */

static void say_line(struct text *out, const char *who, const struct message *m)
{
	text_format(out, "%-5s ", who);
	if (m->kind == MESSAGE_ENDS)
		text_puts(out, "has no further line");
	else
		text_put(out, m->line.text);
	text_char(out, '\n');
}

static void say_found(struct text *out, const struct message *a, const struct message *b,
		      const char *const names[2])
{
	uint64_t place = a->kind == MESSAGE_SHOWS ? a->line.index : a->head.size;
	char root[2][EVIDENCE_ROOT_TEXT];

	evidence_root_text(&a->head, root[0]);
	evidence_root_text(&b->head, root[1]);
	text_format(out, "DIFFERENT    at line %llu; all lines before it are the same\n\n",
		    (unsigned long long)place);
	text_format(out, "%-5s %s\n%-5s %s\n\n", names[0], root[0], names[1], root[1]);
	say_line(out, names[0], a);
	say_line(out, names[1], b);
}

static void say_same(struct text *out, const struct merkle_head *head)
{
	char root[EVIDENCE_ROOT_TEXT];

	evidence_root_text(head, root);
	text_format(out, "IDENTICAL    both have the root %s\n", root);
}

/* -- both reports at hand: the messages that two labs would send -- */

static void say_message(struct text *out, const struct message *m, const char *who, size_t bytes)
{
	uint64_t from = m->index << m->level;

	text_format(out, "message %-4u %-5s ", m->number, who);
	if (m->kind == MESSAGE_LOOKS)
		text_format(out, "%2u parts of lines %llu to %llu", m->count,
			    (unsigned long long)from,
			    (unsigned long long)(from + (1ull << m->level) - 1));
	else
		text_puts(out, m->kind == MESSAGE_SHOWS ? "shows its line" : "has no further line");
	text_format(out, ", %zu bytes\n", bytes);
}

/* One message after the other, each read from what was written. */
static enum disagreement_state talk(struct side sides[2], struct text *out)
{
	static const char *const names[] = { "left", "right" };
	enum disagreement_state state = DISAGREEMENT_GOES_ON;
	struct message mine, theirs;
	struct text wire = { 0 }, steps = { 0 };
	const char *why = NULL;
	unsigned turn = 0;

	if (!disagreement_open(&sides[0].me, &mine))
		return DISAGREEMENT_NO_SOURCE;
	while (state == DISAGREEMENT_GOES_ON) {
		wire.n = 0;
		message_write(&mine, &wire);
		say_message(&steps, &mine, names[turn], wire.n);
		turn = !turn;
		if (wire.failed || !message_read(text_span(&wire), &theirs, &why))
			state = DISAGREEMENT_NO_SOURCE;
		else
			state = disagreement_answer(&sides[turn].me, &theirs, &mine);
	}
	if (state == DISAGREEMENT_FOUND) {
		say_found(out, turn ? &theirs : &mine, turn ? &mine : &theirs, names);
		text_puts(out, "\nTwo labs find it with these messages, and one more that shows "
			       "the other line:\n");
		text_put(out, text_span(&steps));
	}
	text_free(&wire);
	text_free(&steps);
	return state;
}

static int both_work(struct job *j)
{
	static struct arena arena;
	static struct side sides[2];
	struct text out = { 0 };
	enum disagreement_state state;
	bool ok;

	arena_init(&arena, 0);
	j->journal->phase = PHASE_JOINING;
	if (!side_take(j->input, &arena, &sides[0]) || !side_take(j->second, &arena, &sides[1]))
		return EXIT_TROUBLE;
	state = talk(sides, &out);
	if (state == DISAGREEMENT_SAME)
		say_same(&out, &sides[0].me.head);
	ok = (state == DISAGREEMENT_SAME || state == DISAGREEMENT_FOUND) && !out.failed;
	if (!ok)
		machine_ran_out();
	ok = ok && write_all(j->text_fd, out.p, out.n);
	text_free(&out);
	return !ok ? EXIT_TROUBLE : state == DISAGREEMENT_SAME ? EXIT_PASSED : EXIT_FAILED;
}

/* -- one report, and messages -- */

static bool hand_over(const struct job *j, const struct message *m, const struct text *said)
{
	char length[LENGTH_TEXT + 1];
	struct text wire = { 0 };
	bool ok;

	if (m)
		message_write(m, &wire);
	snprintf(length, sizeof(length), "%*zu", LENGTH_TEXT, wire.n);
	ok = !wire.failed && !said->failed && write_all(j->text_fd, length, LENGTH_TEXT) &&
	     write_all(j->text_fd, wire.p, wire.n) && write_all(j->text_fd, said->p, said->n);
	text_free(&wire);
	if (!ok)
		machine_ran_out();
	return ok;
}

static int answer(struct job *j, struct side *s, const struct message *theirs)
{
	static const char *const names[] = { "mine", "other" };
	struct message reply;
	struct text said = { 0 };
	enum disagreement_state state = disagreement_answer(&s->me, theirs, &reply);
	bool ok = false;

	switch (state) {
	case DISAGREEMENT_GOES_ON:
		text_format(&said, "message %u is to be sent; they are not the same\n",
			    reply.number);
		ok = hand_over(j, &reply, &said);
		break;
	case DISAGREEMENT_SAME:
		say_same(&said, &s->me.head);
		ok = hand_over(j, NULL, &said);
		break;
	case DISAGREEMENT_FOUND:
		say_found(&said, &reply, theirs, names);
		ok = hand_over(j, theirs->is_last ? NULL : &reply, &said);
		break;
	case DISAGREEMENT_FALSE:
		complain(j->second->name,
			 "Was it meant for this report? Begin again, and compare the roots.",
			 "what it says and this report contradict its root");
		break;
	case DISAGREEMENT_NO_SOURCE:
		machine_ran_out();
	}
	text_free(&said);
	return !ok ? EXIT_TROUBLE : state == DISAGREEMENT_FOUND ? EXIT_FAILED : EXIT_PASSED;
}

static int message_work(struct job *j)
{
	static struct arena arena;
	static struct side side;
	struct message message;
	struct text said = { 0 };
	const char *why = NULL;
	int code = EXIT_TROUBLE;

	arena_init(&arena, 0);
	j->journal->phase = PHASE_JOINING;
	if (!side_take(j->input, &arena, &side))
		return EXIT_TROUBLE;
	if (j->second) {
		if (message_read(j->second->bytes, &message, &why))
			return answer(j, &side, &message);
		complain(j->second->name, "It must be what evenhand disagree -o MESSAGE wrote.",
			 "it is no message: %s", why);
		return EXIT_TROUBLE;
	}
	if (disagreement_open(&side.me, &message)) {
		text_puts(&said, "message 1 is to be sent\n");
		code = hand_over(j, &message, &said) ? EXIT_PASSED : EXIT_TROUBLE;
	}
	text_free(&said);
	return code;
}

/* Copies the next n bytes; fewer only where the end comes first. */
static bool copy(int from, int to, size_t n)
{
	static uint8_t buffer[1 << 16];
	ssize_t some = 0;

	while (n && (some = read(from, buffer, n < sizeof(buffer) ? n : sizeof(buffer))) > 0) {
		if (!write_all(to, buffer, (size_t)some))
			return false;
		n -= (size_t)some;
	}
	return some >= 0;
}

/* The message, if there is one, takes its place; the rest is printed. */
static bool deliver(const struct job *j)
{
	char length[LENGTH_TEXT + 1] = "";
	struct output out = { .fd = -1 };
	uint64_t n = 0;
	bool ok;

	lseek(j->text_fd, 0, SEEK_SET);
	ok = read(j->text_fd, length, LENGTH_TEXT) == LENGTH_TEXT &&
	     parse_u64(length + strspn(length, " "), &n);
	if (ok && n) {
		ok = output_open_as(&out, j->options->outputs[0], REPORT_INDEX) &&
		     (copy(j->text_fd, out.fd, n) ||
		      complain(out.path, NULL, "it could not be written: %s", strerror(errno))) &&
		     output_commit(&out);
		output_abandon(&out);
	}
	fflush(stdout);
	return ok &&
	       (copy(j->text_fd, STDOUT_FILENO, SIZE_MAX) ||
		complain("standard output", NULL, "it could not be written: %s", strerror(errno)));
}

static bool is_asked_well(const struct options *o)
{
	bool both = o->input_count == 2;

	if (!both && (o->input_count != 1 || o->output_count != 1))
		return complain(NULL, "evenhand disagree --help says more.",
				"disagree needs two reports, or one and -o MESSAGE");
	if (both && (o->reply || o->output_count))
		return complain(NULL, "evenhand disagree --help says more.",
				"messages are for one report, whose other is elsewhere");
	return true;
}

static int run(struct options *o)
{
	static struct input in[2];
	struct job j = { .options = o, .input = &in[0], .frames_fd = -1 };
	const char *second = o->input_count == 2 ? o->inputs[1] : o->reply;
	int code = EXIT_TROUBLE;

	in[0].fd = in[1].fd = -1;
	if (!is_asked_well(o))
		return EXIT_TROUBLE;
	o->quiet = true;
	j.work = o->input_count == 2 ? both_work : message_work;
	j.take = o->input_count == 2 ? NULL : deliver;
	j.second = second ? &in[1] : NULL;
	if (input_open(&in[0], o->inputs[0]) && (!second || input_open(&in[1], second)))
		code = job_run(&j);
	input_close(&in[0]);
	input_close(&in[1]);
	return code;
}

static const struct option_row *const rows[] = {
	&option_reply, &option_message, &option_no_jail, &option_watchdog, NULL,
};

const struct command command_disagree = {
	.name = "disagree",
	.usage = "disagree LEFT.json RIGHT.json\n"
		 "evenhand disagree -o MESSAGE [--reply MESSAGE] REPORT.json",
	.about = "Finds the first line in which two reports (JSON) differ. Two labs that have one\n"
		 "each send messages to and fro, each made with --reply of the last: under a\n"
		 "kilobyte each, seven for a million lines. At the end both know both lines, and\n"
		 "that all before are the same, without seeing another line.",
	.options = rows,
	.notes =
		"Exit: 0 the same, or a message is to be sent; 1 they differ, and where is known;\n"
		"2 trouble, or a message that contradicts its root.",
	.run = run,
};
