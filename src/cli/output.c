/* output.c - a report takes its place only when it is whole: written beside, synced, renamed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

static const struct {
	const char *ending;
	enum report_kind kind;
} endings[] = {
	{ ".cdx.json", REPORT_CDX },     { ".spdx.json", REPORT_SPDX }, { ".sarif", REPORT_SARIF },
	{ ".sarif.json", REPORT_SARIF }, { ".vex.json", REPORT_VEX },   { ".txt", REPORT_TEXT },
	{ ".json", REPORT_JSON },        { ".html", REPORT_HTML },
};

static bool kind_of(const char *path, enum report_kind *kind)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (span_ends(span_text(path), span_text(endings[i].ending))) {
			*kind = endings[i].kind;
			return true;
		}
	return complain(path,
			"Endings that are known: .html .json .txt .cdx.json .spdx.json .sarif "
			".vex.json",
			"its ending names no kind of report");
}

bool output_open(struct output *out, const char *path)
{
	enum report_kind kind = REPORT_TEXT;

	*out = (struct output){ .fd = -1 };
	return kind_of(path, &kind) && output_open_as(out, path, kind);
}

bool output_open_as(struct output *out, const char *path, enum report_kind kind)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path + 1) : 0;
	mode_t mask = umask(0);
	struct stat st;

	umask(mask);
	*out = (struct output){ .fd = -1, .kind = kind };
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return complain(path, "A report takes the place of a file.",
				"there is something else of that name");
	if (snprintf(out->path, sizeof(out->path), "%s", path) >= (int)sizeof(out->path) - 32)
		return complain(path, NULL, "the name is too long");
	snprintf(out->temporary, sizeof(out->temporary), "%.*s.%s.XXXXXX", folder, path,
		 path + folder);
	out->fd = mkostemp(out->temporary, O_CLOEXEC);
	if (out->fd < 0)
		return complain(path, "Is there such a folder, and may you write to it?",
				"it cannot be written: %s", strerror(errno));
	fchmod(out->fd, 0666 & ~mask);
	return true;
}

/* OpenVEX has no document without a statement. */
static bool has_nothing_to_say(const struct output *out)
{
	struct stat st;

	return out->kind == REPORT_VEX && fstat(out->fd, &st) == 0 && st.st_size == 0;
}

bool output_commit(struct output *out)
{
	if (has_nothing_to_say(out)) {
		complain(out->path, "OpenVEX has no document without a statement.",
			 "not written, as no vulnerability is known of this image");
		output_abandon(out);
		return true;
	}
	if (fsync(out->fd) || rename(out->temporary, out->path)) {
		int why = errno;

		output_abandon(out);
		return complain(out->path,
				"Nothing was written: the old file, if any, is untouched.", "%s",
				strerror(why));
	}
	close(out->fd);
	out->fd = -1;
	return true;
}

void output_abandon(struct output *out)
{
	if (out->fd < 0)
		return;
	close(out->fd);
	unlink(out->temporary);
	out->fd = -1;
}

bool output_write(const char *path, const struct text *t)
{
	struct output out = { .fd = -1 };
	bool ok = !t->failed || complain(path, NULL, "out of memory");

	ok = ok && output_open_as(&out, path, REPORT_TEXT);
	if (ok && !write_all(out.fd, t->p, t->n))
		ok = complain(path, "Nothing was written: the old file, if any, is untouched.",
			      "no space left on device, or it could not be written");
	ok = ok && output_commit(&out);
	output_abandon(&out);
	return ok;
}
