/* main.c - evenhand-verify: whether an image may be installed, for devices and scripts. One static
 * program that asks for no memory once it runs; the judgement and its words are those of evenhand
 * verify --bundle (log/acceptance.h). */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/day.h"
#include "device/device.h"
#include "log/acceptance.h"

enum { EXIT_ACCEPTED, EXIT_REFUSED, EXIT_TROUBLE };

#define OUT_SIZE     (4u << 20)
#define WHY_SIZE     (1u << 20)
#define SCRATCH_SIZE (1u << 20)

static uint8_t bundle_bytes[SIGBUNDLE_MOST_BYTES + 1], policy_bytes[POLICY_MOST_BYTES + 1],
	rules_bytes[RULES_MOST_BYTES + 1];
static char out_bytes[OUT_SIZE], why_bytes[WHY_SIZE], scratch_bytes[SCRATCH_SIZE];
static struct policy policy;
static struct rules rules;
static struct acceptance acceptance;

static const char help[] =
	"evenhand-verify --bundle FILE --policy FILE --rules FILE [--at DATE] IMAGE\n"
	"Says whether an image is what was signed, logged and witnessed, and whether it may\n"
	"be installed. Needs no network.\n\n"
	"  --bundle FILE  statements with what shows them to be logged\n"
	"  --policy FILE  the logs and witnesses that are trusted\n"
	"  --rules FILE   whose statements count, and what may be installed\n"
	"  --at DATE      as on that day, otherwise now\n\n"
	"Exit: 0 accepted, 1 refused, 2 could not be checked. man evenhand-verify says all.\n";

static bool write_out(int fd, struct span s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s = span_from(s, (size_t)n);
	}
	return true;
}

/* "evenhand-verify: where:line: what." Always the exit code of trouble. */
static int complain(const char *where, uint32_t line, const char *what, const char *advice)
{
	struct text t = { .p = scratch_bytes, .cap = sizeof(scratch_bytes) };

	text_puts(&t, "evenhand-verify: ");
	if (where)
		text_escape(&t, span_text(where), "");
	if (line) {
		text_char(&t, ':');
		text_number(&t, line);
	}
	text_puts(&t, where ? ": " : "");
	text_puts(&t, what);
	text_char(&t, '\n');
	if (advice) {
		text_puts(&t, "  ");
		text_puts(&t, advice);
		text_char(&t, '\n');
	}
	write_out(STDERR_FILENO, text_span(&t));
	return EXIT_TROUBLE;
}

/* -- what was given -- */

struct given {
	const char *bundle, *policy, *rules, *at, *image;
};

struct files {
	struct span policy, rules;
};

static const char **option_of(struct given *g, const char *word)
{
	return strcmp(word, "--bundle") == 0   ? &g->bundle
	       : strcmp(word, "--policy") == 0 ? &g->policy
	       : strcmp(word, "--rules") == 0  ? &g->rules
	       : strcmp(word, "--at") == 0     ? &g->at
					       : NULL;
}

static bool take_arguments(char **argv, struct given *g)
{
	static const char more[] = "evenhand-verify --help says more.";

	for (argv++; *argv; argv++) {
		const char **to = option_of(g, *argv);

		if (!to && (*argv)[0] == '-' && (*argv)[1])
			return complain(*argv, 0, "there is no such option", more), false;
		if (to && !argv[1])
			return complain(*argv, 0, "a value must follow", more), false;
		if (!to)
			to = &g->image;
		else
			argv++;
		if (*to)
			return complain(*argv, 0, "there is one already", more), false;
		*to = *argv;
	}
	if (!g->bundle || !g->policy || !g->rules || !g->image)
		return complain(NULL, 0, "it takes a bundle, a policy, rules and an image", more),
		       false;
	return true;
}

static bool open_file(const char *path, int *fd)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0)
		complain(path, 0, errno == ENOENT ? "no such file" : "it cannot be opened", NULL);
	return *fd >= 0;
}

static bool is_read(const char *path, bool ok, uint64_t size)
{
	if (!ok)
		complain(path, 0, "it could not be read", NULL);
	else if (size == 0)
		complain(path, 0, "it is empty",
			 "An interrupted download can leave an empty file.");
	return ok && size;
}

/* All of a file, where it fits into the room with a byte to spare. */
static bool read_file(const char *path, uint8_t *to, size_t room, struct span *bytes)
{
	size_t n = 0;
	ssize_t got;
	int fd;

	if (!open_file(path, &fd))
		return false;
	do {
		got = read(fd, to + n, room - n);
		n += got > 0 ? (size_t)got : 0;
	} while (n < room && (got > 0 || (got < 0 && errno == EINTR)));
	close(fd);
	*bytes = (struct span){ to, n };
	return is_read(path, got >= 0, n);
}

static bool read_image(const char *path, struct subject *image)
{
	uint64_t size = 0;
	bool ok;
	int fd;

	if (!open_file(path, &fd))
		return false;
	ok = image_digest(fd, image, &size);
	close(fd);
	return is_read(path, ok, size);
}

static bool take_date(const char *at, int64_t *time_at)
{
	if (!at) {
		*time_at = (int64_t)time(NULL);
		return true;
	}
	if (!day_read(span_text(at), time_at))
		return complain("--at", 0, "it is no date", "Year, month and day: 2026-11-25."),
		       false;
	*time_at += DAY_SECONDS - 1;
	return true;
}

/* All of them as they are: nothing is parsed yet. The bundle may be larger than what is read of it:
 * it is refused then. */
static bool read_all(const struct given *g, struct files *f, struct acceptance_case *c)
{
	return read_file(g->bundle, bundle_bytes, sizeof(bundle_bytes), &c->bundle) &&
	       read_file(g->policy, policy_bytes, sizeof(policy_bytes), &f->policy) &&
	       read_file(g->rules, rules_bytes, sizeof(rules_bytes), &f->rules) &&
	       read_image(g->image, &c->image) && take_date(g->at, &c->at);
}

/* -- the judgement -- */

static bool parse(const struct given *g, const struct files *f)
{
	const char *wrong = policy_read(f->policy, &policy);

	if (wrong)
		return complain(g->policy, policy.wrong_line, wrong, ACCEPTANCE_FILES), false;
	wrong = rules_read(f->rules, &rules);
	return !wrong || (complain(g->rules, rules.wrong_line, wrong, ACCEPTANCE_FILES), false);
}

static int judge(const struct acceptance_case *c)
{
	struct text out = { .p = out_bytes, .cap = sizeof(out_bytes) };
	struct text why = { .p = why_bytes, .cap = sizeof(why_bytes) };
	struct text scratch = { .p = scratch_bytes, .cap = sizeof(scratch_bytes) };
	struct acceptance_view view = { false, &out, &scratch };
	struct arena arena;
	bool accepted;

	arena_init(&arena, ACCEPTANCE_MEMORY);
	accepted = acceptance_judge(&acceptance, c, &arena, &why);
	acceptance_text(&acceptance, &view);
	if (out.failed || why.failed || scratch.failed)
		return complain(NULL, 0, "there is more to be said than there is room for", NULL);
	if (!write_out(STDOUT_FILENO, text_span(&out)))
		return complain(NULL, 0, "the outcome could not be written", NULL);
	return accepted ? EXIT_ACCEPTED : EXIT_REFUSED;
}

/* From here on the kernel lets the process write what it says, and end, and nothing else: what is
 * parsed then was written by others. A kernel without seccomp lets it go on as it is; sanitizers
 * need more. */
static void shut_in(void)
{
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
#endif
}

/* exit() asks for more than that. */
static int leave(int code)
{
	syscall(SYS_exit, code);
	return code;
}

int main(int argc, char **argv)
{
	struct given g = { .bundle = NULL };
	struct files f;
	struct acceptance_case c = { .policy = &policy, .roster = &rules.roster, .rules = &rules };

	if (argc == 2 && strcmp(argv[1], "--help") == 0)
		return write_out(STDOUT_FILENO, span_text(help)) ? EXIT_ACCEPTED : EXIT_TROUBLE;
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return write_out(STDOUT_FILENO, span_text("evenhand-verify " EVENHAND_VERSION "\n"))
			       ? EXIT_ACCEPTED
			       : EXIT_TROUBLE;
	if (argc < 1 || !take_arguments(argv, &g) || !read_all(&g, &f, &c))
		return EXIT_TROUBLE;
	shut_in();
	return leave(parse(&g, &f) ? judge(&c) : EXIT_TROUBLE);
}
