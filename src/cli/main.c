/* main.c - the front door: a table of commands. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

const struct command *const commands[] = {
	&command_scan,         &command_judge,
	&command_declare,      &command_tree,
	&command_extract,      &command_compare,
	&command_lineage,      &command_prove,
	&command_disclose,     &command_disagree,
	&command_key_new,      &command_key_show,
	&command_key_line,     &command_sign,
	&command_log_init,     &command_log_add,
	&command_log_close,    &command_log_push,
	&command_log_serve,    &command_log_find,
	&command_log_bundle,   &command_log_trusted_root,
	&command_log_check,    &command_log_index,
	&command_log_request,  &command_log_cosign,
	&command_log_watch,    &command_log_mirror,
	&command_log_fork,     &command_witness_init,
	&command_witness_add,  &command_witness_serve,
	&command_witness_show, &command_witness_sign,
	&command_verify,       &command_policy_check,
	&command_formats,      &command_checks,
	&command_knowledge,    &command_version,
};
const size_t command_count = sizeof(commands) / sizeof(commands[0]);

bool complain(const char *where, const char *advice, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "evenhand: ");
	if (where) {
		struct text shown = { 0 };

		text_escape(&shown, span_text(where), "");
		fprintf(stderr, "%s: ", shown.p ? shown.p : "");
		text_free(&shown);
	}
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (advice)
		fprintf(stderr, "  %s\n", advice);
	return false;
}

static void print_help(void)
{
	static const char text[] =
		"evenhand: evidence about network equipment that anybody can check\n\n"
		"examine   scan IMAGE...        what is in it, and what each requirement says\n"
		"          judge REPORT...      a stored report again, by other rules\n"
		"          tree IMAGE           its regions and files\n"
		"          extract IMAGE PATH   write out one file, or all\n"
		"          compare LEFT RIGHT   the same software? what differs, and why\n"
		"          lineage IMAGE...     many releases: what came, what went\n"
		"declare   declare IMAGE        draft a declaration of what is meant to be there\n"
		"prove     prove REPORT         one line of a report under its evidence root\n"
		"          disclose REPORT      chosen lines of a salted report, nothing else\n"
		"          disagree A B         the first line in which two reports differ\n"
		"publish   key new FILE         make a key that signs\n"
		"          sign REPORT...       sign a report, a release, a claim, an answer\n"
		"          log add DIR FILE...  keep a public log of what is signed\n"
		"          witness serve DIR    cosign what logs say of themselves\n"
		"check     verify IMAGE         may this be installed? works without network\n"
		"          policy check FILE    what a policy demands, and what is doubtful\n"
		"look up   checks, formats      what evenhand judges, what it opens\n"
		"          knowledge            its tables; imports feeds of vulnerabilities\n"
		"          version              of evenhand and its knowledge\n\n"
		"evenhand COMMAND --help says more. man evenhand says all.\n"
		"No command uses the network, except log and witness.\n";

	fputs(text, stdout);
}

/* How many letters must be added, dropped, changed or swapped; small words only. */
static unsigned distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned d[24][24];

	if (n > 22 || m > 22)
		return 99;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			unsigned best;

			if (i == 0 || j == 0) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			best = d[i - 1][j] + 1 < best ? d[i - 1][j] + 1 : best;
			best = d[i][j - 1] + 1 < best ? d[i][j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

/* How many of the words there are the command's name; 0: not all of it. */
static int matches(const struct command *c, int count, char **words)
{
	const char *name = c->name;
	int used = 0;

	while (*name && used < count) {
		size_t n = strcspn(name, " ");

		if (strlen(words[used]) != n || memcmp(words[used], name, n) != 0)
			return 0;
		used++;
		name += n + (name[n] == ' ');
	}
	return *name ? 0 : used;
}

/* Whether a command begins with that word, and has another one. */
static bool is_in_group(const struct command *c, const char *word)
{
	size_t n = strlen(word);

	return strncmp(c->name, word, n) == 0 && c->name[n] == ' ';
}

static bool is_group(const char *word)
{
	for (size_t i = 0; i < command_count; i++)
		if (is_in_group(commands[i], word))
			return true;
	return false;
}

static void print_group(const char *word)
{
	for (size_t i = 0; i < command_count; i++) {
		const struct command *c = commands[i];

		if (is_in_group(c, word))
			printf("evenhand %s\n%s\n\n", c->usage, c->about);
	}
	printf("evenhand %s WORD --help says more.\n", word);
}

static int unknown_command(char **words)
{
	bool in_group = is_group(words[0]);
	const char *near = NULL, *word = in_group ? words[1] : words[0];
	unsigned least = 3;
	char advice[120];

	for (size_t i = 0; i < command_count; i++) {
		const char *name = commands[i]->name, *last = strrchr(name, ' ');
		char first[24];
		unsigned d;

		if (in_group && !is_in_group(commands[i], words[0]))
			continue;
		snprintf(first, sizeof(first), "%.*s", (int)strcspn(name, " "), name);
		d = distance(word, in_group ? last + 1 : first);
		if (d < least) {
			least = d;
			near = name;
		}
	}
	snprintf(advice, sizeof(advice),
		 near       ? "Did you mean %s? All commands: evenhand --help"
		 : in_group ? "All of them: evenhand %s --help"
			    : "All commands: evenhand --help",
		 near ? near : words[0]);
	if (in_group)
		complain(NULL, advice, "%s has no \"%s\"", words[0], word);
	else
		complain(NULL, advice, "unknown command \"%s\"", word);
	return EXIT_TROUBLE;
}

/* A reader of standard output that went away, or a full disk behind it, is an error like any other.
 */
static int end(int code)
{
	if (fflush(stdout) || ferror(stdout)) {
		complain("standard output", NULL, "it could not be written");
		return EXIT_TROUBLE;
	}
	return code;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int run(const struct command *c, int argc, char **argv)
{
	static struct options options;

	if (!options_parse(c, argc, argv, &options))
		return EXIT_TROUBLE;
	if (options.help) {
		command_help(c);
		return EXIT_PASSED;
	}
	if (c->most && (options.input_count < c->least || options.input_count > c->most)) {
		char advice[160];

		snprintf(advice, sizeof(advice), "evenhand %.*s", (int)strcspn(c->usage, "\n"),
			 c->usage);
		complain(NULL, advice, "%s takes other names than these", c->name);
		return EXIT_TROUBLE;
	}
	hash_start();
	return c->run(&options);
}

int main(int argc, char **argv)
{
	char *version[] = { "version" };
	char **words = argv + 1;
	int count = argc - 1;

	if (count == 0 || is_help(words[0])) {
		print_help();
		return end(count ? EXIT_PASSED : EXIT_TROUBLE);
	}
	if (strcmp(words[0], "--version") == 0)
		words = version, count = 1;
	for (size_t i = 0; i < command_count; i++) {
		int used = matches(commands[i], count, words);

		if (used)
			return end(run(commands[i], count - used, words + used));
	}
	if (is_group(words[0]) && (count == 1 || is_help(words[1]))) {
		print_group(words[0]);
		return end(count == 1 ? EXIT_TROUBLE : EXIT_PASSED);
	}
	return unknown_command(words);
}
