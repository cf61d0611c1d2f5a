/* main.c - the front door: a table of commands. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

const struct command *const commands[] = {
	&command_scan,    &command_judge,   &command_declare, &command_tree,      &command_extract,
	&command_compare, &command_lineage, &command_prove,   &command_disclose,  &command_disagree,
	&command_key,     &command_sign,    &command_log,     &command_witness,   &command_verify,
	&command_policy,  &command_formats, &command_checks,  &command_knowledge, &command_version,
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
		"check     verify IMAGE         is this what the signed statements speak of?\n"
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

static int unknown_command(const char *name)
{
	const char *near = NULL;
	unsigned least = 3;
	char advice[120];

	for (size_t i = 0; i < command_count; i++) {
		unsigned d = distance(name, commands[i]->name);

		if (d < least) {
			least = d;
			near = commands[i]->name;
		}
	}
	snprintf(advice, sizeof(advice),
		 near ? "Did you mean %s? All commands: evenhand --help"
		      : "All commands: evenhand --help",
		 near);
	complain(NULL, advice, "unknown command \"%s\"", name);
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

int main(int argc, char **argv)
{
	static struct options options;
	const char *name = argc > 1 ? argv[1] : "--help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		print_help();
		return end(argc > 1 ? EXIT_PASSED : EXIT_TROUBLE);
	}
	if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < command_count; i++) {
		if (strcmp(commands[i]->name, name) != 0)
			continue;
		if (!options_parse(commands[i], argc - 2, argv + 2, &options))
			return EXIT_TROUBLE;
		if (options.help) {
			command_help(commands[i]);
			return end(EXIT_PASSED);
		}
		return end(commands[i]->run(&options));
	}
	return unknown_command(name);
}
