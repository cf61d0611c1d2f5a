/* progress.c - one line on a terminal's standard error, rewritten in place, erased before the
 * result. Elsewhere one line each minute, so that a log shows life. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

#define FIRST_AFTER 0.5
#define BAR         20

static struct {
	struct timespec began;
	double printed;
	bool terminal, shown, off;
} state;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - state.began.tv_sec) +
	       (double)(now.tv_nsec - state.began.tv_nsec) / 1e9;
}

void progress_start(const struct job *j)
{
	const char *term = getenv("TERM");

	clock_gettime(CLOCK_MONOTONIC, &state.began);
	state.printed = 0;
	state.shown = false;
	state.off = j->options->quiet;
	state.terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

static void bar(char text[BAR + 1], uint64_t done, uint64_t known)
{
	size_t filled = known ? (size_t)(done * BAR / known) : 0;

	memset(text, '.', BAR);
	memset(text, '#', filled < BAR ? filled : BAR);
	text[BAR] = 0;
}

void progress_show(const struct job *j)
{
	static const char *const words[] = { "opening", "joining", "writing" };
	struct text line = { 0 };
	char filled[BAR + 1];
	double now = seconds();
	int phase = j->journal->phase;

	if (state.off || (state.terminal ? now < FIRST_AFTER : now - state.printed < 60))
		return;
	bar(filled, j->journal->nodes_done, j->journal->nodes_known);
	if (state.terminal) {
		text_format(&line, "\r\033[K%-11s %s   ", words[phase < 3 ? phase : 2], filled);
		text_number(&line, j->journal->nodes_done);
		text_puts(&line, " of ");
		text_number(&line, j->journal->nodes_known);
		text_format(&line, " entries, %llu MiB, %.0f s",
			    (unsigned long long)(j->journal->bytes_done >> 20), now);
	} else {
		text_format(&line, "%s, %.0f s, ", words[phase < 3 ? phase : 2], now);
		text_number(&line, j->journal->nodes_done);
		text_puts(&line, " of ");
		text_number(&line, j->journal->nodes_known);
		text_puts(&line, " entries\n");
	}
	fputs(line.p ? line.p : "", stderr);
	fflush(stderr);
	text_free(&line);
	state.printed = now;
	state.shown = state.terminal;
}

void progress_end(void)
{
	if (!state.shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	state.shown = false;
}
