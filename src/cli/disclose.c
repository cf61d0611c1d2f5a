/* disclose.c - evenhand disclose: chosen lines of a salted report, so that nothing else can be
 * guessed. */
#include "cli/cli.h"

static int run(struct options *o)
{
	if (o->salt_key.n == 0) {
		complain(NULL, "Make one: (umask 077; openssl rand 32 > salt.key)",
			 "disclose needs a --salt-key");
		return EXIT_TROUBLE;
	}
	return prove_run(o, "disclose");
}

static const struct option_row *const rows[] = {
	&option_salt_key, &option_fact,     &option_node,
	&option_verdict,  &option_member,   &option_evidence_output,
	&option_no_jail,  &option_watchdog, NULL,
};

const struct command command_disclose = {
	.name = "disclose",
	.usage = "disclose --salt-key FILE [options] REPORT.json",
	.about = "Opens chosen lines of a report and nothing else. Each line has a salt, made of\n"
		 "the key, the report and the line's number; without it a line that is not opened\n"
		 "cannot be guessed. Without --fact and the like it prints the salted root, which\n"
		 "is what is to be signed then.",
	.options = rows,
	.notes = "Keep the key file: it opens every line, of this report and of others. Such a\n"
		 "file is checked with evenhand prove --check FILE --root ROOT.\n"
		 "Exit: 0 done, 2 trouble.",
	.run = run,
};
