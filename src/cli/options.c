/* options.c - one table of options for parsing, help and completion. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/day.h"
#include "cli/cli.h"
#include "log/line.h"

#define MOST_SALT_KEY 4096

static bool bad_number(const char *name, const char *value, const char *advice)
{
	return complain(name, advice, "\"%s\" is not a number that fits", value);
}

static bool take_number(const char *name, const char *value, uint64_t least, uint64_t most,
			const char *advice, uint64_t *to)
{
	uint64_t v;

	if (!parse_u64(value, &v) || v < least || v > most)
		return bad_number(name, value, advice);
	*to = v;
	return true;
}

static bool take_output(struct options *o, const char *value, const char *name)
{
	if (o->output_count == MOST_OUTPUTS)
		return complain(name, NULL, "at most %d reports in one call", MOST_OUTPUTS);
	o->outputs[o->output_count++] = value;
	return true;
}

static bool take_jobs(struct options *o, const char *value, const char *name)
{
	char advice[120];
	uint64_t n = 0;

	snprintf(advice, sizeof(advice),
		 "A number of threads, 1 to %d. Without it: one for each processor, %ld here.",
		 MOST_WORKERS, sysconf(_SC_NPROCESSORS_ONLN));
	if (!take_number(name, value, 1, MOST_WORKERS, advice, &n))
		return false;
	o->jobs = (unsigned)n;
	return true;
}

static bool take_depth(struct options *o, const char *value, const char *name)
{
	uint64_t n = 0;

	if (!take_number(name, value, 1, 60, "A number of containers within each other, 1 to 60.",
			 &n))
		return false;
	o->budget.depth = (uint32_t)n;
	return true;
}

static bool take_entries(struct options *o, const char *value, const char *name)
{
	return take_number(name, value, 1, 100000000,
			   "A number of files and regions, 1 to 100000000.", &o->budget.entries);
}

static bool take_bytes(struct options *o, const char *value, const char *name)
{
	return take_number(name, value, 4096, UINT64_MAX >> 8,
			   "Unpacked bytes in all, from 4096 on.", &o->budget.bytes);
}

static bool take_content(struct options *o, const char *value, const char *name)
{
	return take_number(name, value, 4096, UINT64_MAX >> 8,
			   "Unpacked bytes of one content, from 4096 on.", &o->budget.content);
}

static bool take_watchdog(struct options *o, const char *value, const char *name)
{
	return take_number(name, value, 1, 1000000, "Seconds without any progress.", &o->watchdog);
}

static bool take_as_of(struct options *o, const char *value, const char *name)
{
	if (!date_is_valid(value))
		return complain(name, "Year, month and day: 2026-11-25.", "\"%s\" is no date",
				value);
	o->as_of = value;
	return true;
}

static bool take_trust(struct options *o, const char *value, const char *name)
{
	size_t n;
	uint8_t *bytes = small_file(value, MOST_TRUST_FILE, &n);
	bool ok =
		bytes && (trust_add(&o->trust, (struct span){ bytes, n }) ||
			  complain(value,
				   "Public keys or certificates in PEM or DER, or a public key of "
				   "usign or signify.",
				   "is no public key"));

	(void)name;
	free(bytes);
	return ok;
}

/* Parsed in the jail: who declares is trusted no more than who made the image. */
static bool take_declaration(struct options *o, const char *value, const char *name)
{
	if (o->declaration)
		return complain(name, NULL, "one declaration in one call");
	o->declaration = value;
	o->declaration_bytes.p = small_file(value, MOST_DECLARATION, &o->declaration_bytes.n);
	return o->declaration_bytes.p != NULL;
}

static bool add_name(const char **list, int *count, const char *value, const char *name)
{
	if (*count == MOST_FEEDS)
		return complain(name, "evenhand knowledge import makes one index of many.",
				"at most %d files in one call", MOST_FEEDS);
	list[(*count)++] = value;
	return true;
}

static bool take_feed(struct options *o, const char *value, const char *name)
{
	return add_name(o->feeds, &o->feed_count, value, name);
}

static bool take_vex(struct options *o, const char *value, const char *name)
{
	return add_name(o->vex, &o->vex_count, value, name);
}

static bool add_wanted(struct options *o, enum wanted_kind kind, const char *what, const char *name)
{
	if (o->wanted_count == MOST_WANTED)
		return complain(name, "Several files can show more.", "at most %d in one call",
				MOST_WANTED);
	o->wanted[o->wanted_count++] = (struct wanted){ kind, what };
	return true;
}

static bool take_fact(struct options *o, const char *value, const char *name)
{
	const char *slash = strchr(value, '/');
	uint64_t id;

	if (!slash || slash == value || !decimal_read(span_text(slash + 1), &id))
		return complain(name,
				"The list it stands in and its id, as the report has them: "
				"accounts/3.",
				"\"%s\" names no fact", value);
	return add_wanted(o, WANTED_FACT, value, name);
}

static bool take_node(struct options *o, const char *value, const char *name)
{
	return add_wanted(o, WANTED_NODE, value, name);
}

static bool take_verdict(struct options *o, const char *value, const char *name)
{
	return add_wanted(o, WANTED_VERDICT, value, name);
}

static bool take_member(struct options *o, const char *value, const char *name)
{
	return add_wanted(o, WANTED_MEMBER, value, name);
}

static bool take_root(struct options *o, const char *value, const char *name)
{
	o->has_root = evidence_root_read(span_text(value), &o->root);
	return o->has_root ||
	       complain(name,
			"A number of lines, \":\" and 64 hexadecimal digits, as evenhand "
			"prove REPORT prints it.",
			"\"%s\" is no evidence root", value);
}

static bool take_reply(struct options *o, const char *value, const char *name)
{
	(void)name;
	o->reply = value;
	return true;
}

/* Who has it can open every line, so it is looked after as other secret keys are. */
static bool take_salt_key(struct options *o, const char *value, const char *name)
{
	struct stat st;

	(void)name;
	o->salt_key.p = small_file(value, MOST_SALT_KEY, &o->salt_key.n);
	if (!o->salt_key.p)
		return false;
	if (stat(value, &st) == 0 && (st.st_mode & 077))
		return complain(value, "chmod 600 keeps it for you.",
				"others on this machine may read it");
	return o->salt_key.n >= SALT_KEY_LEAST ||
	       complain(value, "Make one: (umask 077; openssl rand 32 > salt.key)",
			"a salt key has %d to %d bytes that nobody can guess", SALT_KEY_LEAST,
			MOST_SALT_KEY);
}

static bool take_knowledge(struct options *o, const char *value, const char *name)
{
	if (o->has_tables)
		return complain(name, "Put the tables into one folder.", "one folder in one call");
	o->has_tables = true;
	return tables_take(value);
}

static bool take_only(struct options *o, const char *value, const char *name)
{
	for (int k = OUTCOME_FAIL; k <= OUTCOME_NOT_APPLICABLE; k++)
		if (strcmp(value, outcome_name((enum outcome)k)) == 0) {
			o->only = k;
			return true;
		}
	return complain(name, "One of fail, review, not-evaluable, pass, not-applicable.",
			"\"%s\" is no outcome", value);
}

static bool take_fail_on(struct options *o, const char *value, const char *name)
{
	if (strcmp(value, "fail") && strcmp(value, "review") && strcmp(value, "never"))
		return complain(name, "fail (as without it), review (reviews too), never.",
				"\"%s\" is not known", value);
	o->fail_on = value;
	return true;
}

static bool take_color(struct options *o, const char *value, const char *name)
{
	if (strcmp(value, "always") && strcmp(value, "never"))
		return complain(name, "always or never. Without it: on a terminal.",
				"\"%s\" is not known", value);
	o->color = value;
	return true;
}

static bool take_catalogue(struct options *o, const char *value, const char *name)
{
	(void)name;
	o->catalogue = value;
	return true;
}

static bool take_against(struct options *o, const char *value, const char *name)
{
	(void)name;
	o->against = value;
	return true;
}

/* Names of causes with commas between them; only these are accepted then. */
static bool take_accept(struct options *o, const char *value, const char *name)
{
	char word[64];

	o->compare.narrowed = true;
	while (*value) {
		size_t n = strcspn(value, ",");
		enum cause cause;

		snprintf(word, sizeof(word), "%.*s", (int)(n < 63 ? n : 63), value);
		cause = cause_named(word);
		if (cause == CAUSES || !causes[cause].accepted)
			return complain(name, "man evenhand lists the causes that can be accepted.",
					"\"%s\" is no cause that can be accepted", word);
		o->compare.accepted[cause] = true;
		value += n + (value[n] == ',');
	}
	return true;
}

static bool take_end_of_day(int64_t *end, const char *value, const char *name)
{
	if (!day_read(span_text(value), end))
		return complain(name, "Year, month and day: 2026-11-25.", "\"%s\" is no date",
				value);
	*end += DAY_SECONDS - 1;
	return true;
}

static bool take_latest(struct options *o, const char *value, const char *name)
{
	return take_end_of_day(&o->compare.latest, value, name);
}

static bool take_at(struct options *o, const char *value, const char *name)
{
	return take_end_of_day(&o->signing.at, value, name);
}

bool option_once(const char **to, const char *value, const char *name)
{
	if (*to)
		return complain(name, NULL, "once in one call");
	*to = value;
	return true;
}

static bool take_key(struct options *o, const char *value, const char *name)
{
	struct trust_options *t = &o->signing;

	if (t->key_count == MOST_KEYS)
		return complain(name, NULL, "at most %d in one call", MOST_KEYS);
	t->keys[t->key_count++] = value;
	return true;
}

static bool take_envelope(struct options *o, const char *value, const char *name)
{
	struct trust_options *t = &o->signing;

	if (t->envelope_count == MOST_KEYS)
		return complain(name, NULL, "at most %d in one call", MOST_KEYS);
	t->envelopes[t->envelope_count++] = value;
	return true;
}

static bool take_evidence(struct options *o, const char *value, const char *name)
{
	struct trust_options *t = &o->signing;

	if (t->evidence_count == MOST_KEYS)
		return complain(name, NULL, "at most %d in one call", MOST_KEYS);
	t->evidence[t->evidence_count++] = value;
	return true;
}

/* A word or name that is looked at by the command. */
#define TAKE(function, member)                                                                     \
	static bool function(struct options *o, const char *value, const char *name)               \
	{                                                                                          \
		(void)name;                                                                        \
		o->signing.member = value;                                                         \
		return true;                                                                       \
	}

TAKE(take_type, key_type)
TAKE(take_passphrase, passphrase)
TAKE(take_kind, kind)
TAKE(take_image, image)
TAKE(take_publish, publish)
TAKE(take_vendor, vendor)
TAKE(take_product, product)
TAKE(take_release, release)
TAKE(take_text, text)
TAKE(take_bundle, bundle)
TAKE(take_policy, policy)
TAKE(take_rules, rules)

#define FLAG(function, member)                                                                     \
	static bool function(struct options *o, const char *value, const char *name)               \
	{                                                                                          \
		(void)value;                                                                       \
		(void)name;                                                                        \
		o->member = true;                                                                  \
		return true;                                                                       \
	}

FLAG(take_recipes, recipes)
FLAG(take_verdicts, verdicts)
FLAG(take_reveal, reveal)
FLAG(take_quiet, quiet)
FLAG(take_no_jail, no_jail)
FLAG(take_explain, explain)
FLAG(take_all, all)
FLAG(take_owner, owner)
FLAG(take_why_neutral, why_neutral)
FLAG(take_by_version, by_version)
FLAG(take_check, check)

/* clang-format off */
const struct option_row option_output = { "-o", "FILE", "write a report; its ending decides; may be repeated", take_output, false };
const struct option_row option_folder = { "-o", "FOLDER", "where --all writes", take_output, false };
const struct option_row option_index = { "-o", "INDEX", "where import writes", take_output, false };
const struct option_row option_only = { "--only", "OUTCOME", "only fail, review, not-evaluable, pass, not-applicable", take_only, false };
const struct option_row option_recipes = { "--recipes", NULL, "under each verdict, how to check it without evenhand", take_recipes, false };
const struct option_row option_reveal = { "--reveal", NULL, "print secrets in full (otherwise first and last two)", take_reveal, false };
const struct option_row option_as_of = { "--as-of", "DATE", "judge expiry against this date; without it not judged", take_as_of, false };
const struct option_row option_trust = { "--trust", "FILE", "a key or certificate to verify signatures with", take_trust, false };
const struct option_row option_declaration = { "--declaration", "FILE", "what the vendor says is meant to be there", take_declaration, false };
const struct option_row option_feed = { "--feed", "FILE", "known vulnerabilities: NVD, OSV, CSAF, KEV, an index", take_feed, false };
const struct option_row option_vex = { "--vex", "FILE", "what a vendor says of them: OpenVEX, CSAF, CycloneDX", take_vex, false };
const struct option_row option_knowledge = { "--knowledge", "FOLDER", "tables that stand for those evenhand knows", take_knowledge, false };
const struct option_row option_fail_on = { "--fail-on", "WHAT", "what counts for exit 1: fail, review, never", take_fail_on, false };
const struct option_row option_jobs = { "--jobs", "N", "threads, otherwise one for each processor", take_jobs, false };
const struct option_row option_quiet = { "--quiet", NULL, "no progress line", take_quiet, false };
const struct option_row option_color = { "--color", "WHEN", "always or never, otherwise on a terminal", take_color, false };
const struct option_row option_depth = { "--max-depth", "N", "containers within each other, otherwise 24", take_depth, false };
const struct option_row option_entries = { "--max-entries", "N", "files and regions in all, otherwise 4,000,000", take_entries, false };
const struct option_row option_bytes = { "--max-bytes", "N", "unpacked bytes in all, otherwise 1 GiB + 256 x image", take_bytes, false };
const struct option_row option_content = { "--max-content", "N", "unpacked bytes of one file, otherwise 16 GiB", take_content, false };
const struct option_row option_explain = { "--explain", NULL, "why each region was taken, and what was refused", take_explain, false };
const struct option_row option_all = { "--all", NULL, "every entry", take_all, false };
const struct option_row option_owner = { "--owner", NULL, "owner and mode of each file as in the image", take_owner, false };
const struct option_row option_catalogue = { "--catalogue", "NAME", "each requirement: which checks answer, what is by hand", take_catalogue, false };
const struct option_row option_why_neutral = { "--why-neutral", NULL, "what each check reads; the rest is hidden from it", take_why_neutral, false };
const struct option_row option_accept = { "--accept", "CAUSES", "accept only these causes: mtime,timestamp,...", take_accept, false };
const struct option_row option_against = { "--against", "REPORT", "compare with a report (JSON) instead of an image", take_against, false };
const struct option_row option_verdicts = { "--verdicts", NULL, "judge both images too, and say which verdicts changed", take_verdicts, false };
const struct option_row option_latest = { "--latest", "DATE", "later times prove nothing, otherwise 2029-12-31", take_latest, false };
const struct option_row option_by_version = { "--by-version", NULL, "releases in the order of the versions that they name", take_by_version, false };
const struct option_row option_evidence_output = { "-o", "FILE", "where the evidence file goes, otherwise standard output", take_output, false };
const struct option_row option_message = { "-o", "MESSAGE", "where the next message goes", take_output, false };
const struct option_row option_fact = { "--fact", "KIND/ID", "a fact: accounts/3; may be repeated, as the three below", take_fact, false };
const struct option_row option_node = { "--node", "LOCATOR", "a file or region", take_node, false };
const struct option_row option_verdict = { "--verdict", "CHECK", "what a check came to: ACC-01", take_verdict, false };
const struct option_row option_member = { "--member", "NAME", "a member: image.sha256, tool.version, facts.web", take_member, false };
const struct option_row option_check = { "--check", NULL, "check an evidence file instead of making one", take_check, false };
const struct option_row option_root = { "--root", "ROOT", "the evidence root that somebody vouches for", take_root, false };
const struct option_row option_salt_key = { "--salt-key", "FILE", "the secret that the salts are made of", take_salt_key, false };
const struct option_row option_reply = { "--reply", "MESSAGE", "what the other lab sent", take_reply, false };
const struct option_row option_type = { "--type", "TYPE", "p256 (otherwise) or ed25519", take_type, false };
const struct option_row option_passphrase = { "--passphrase", "FROM", "of the private key: ask, fd:N, or a file", take_passphrase, false };
const struct option_row option_kind = { "--kind", "KIND", "of the statement", take_kind, false };
const struct option_row option_sign_key = { "--key", "FILE", "the private key to sign with", take_key, false };
const struct option_row option_verify_key = { "--key", "FILE", "a public key that is trusted; may be repeated", take_key, false };
const struct option_row option_envelope = { "--envelope", "FILE", "what sign wrote; may be repeated", take_envelope, false };
const struct option_row option_envelope_output = { "-o", "FILE", "the envelope, otherwise FILE.intoto.json beside it", take_output, false };
const struct option_row option_evidence = { "--evidence", "FILE", "what supports the text, by its digest; may be repeated", take_evidence, false };
const struct option_row option_image = { "--image", "IMAGE", "the image that a declaration is about", take_image, false };
const struct option_row option_publish = { "--publish", "FILE", "write the report without the passwords that were found", take_publish, false };
const struct option_row option_publish_reveal = { "--reveal", NULL, "leave found passwords in what --publish writes", take_reveal, false };
const struct option_row option_vendor = { "--vendor", "TEXT", "of a release", take_vendor, false };
const struct option_row option_product = { "--product", "TEXT", "of a release", take_product, false };
const struct option_row option_release = { "--release", "TEXT", "its version", take_release, false };
const struct option_row option_text = { "--text", "TEXT", "what is alleged, answered, or the reason", take_text, false };
const struct option_row option_verify_output = { "-o", "FILE.json", "write the outcome of a bundle too", take_output, false };
const struct option_row option_bundle = { "--bundle", "FILE", "statements with what shows them to be logged", take_bundle, false };
const struct option_row option_bundle_output = { "-o", "FILE", "the file to write", take_output, false };
const struct option_row option_policy = { "--policy", "FILE", "the logs and witnesses that are trusted", take_policy, false };
const struct option_row option_rules = { "--rules", "FILE", "whose statements count, and what may be installed", take_rules, false };
const struct option_row option_at = { "--at", "DATE", "as on that day, otherwise now", take_at, false };
const struct option_row option_no_jail = { "--no-jail", NULL, "for debuggers only: parse without the jail", take_no_jail, true };
const struct option_row option_watchdog = { "--watchdog", "SECONDS", "give up after so long without progress", take_watchdog, true };

/* clang-format on */

static const struct option_row *find_option(const struct command *c, const char *word, size_t n)
{
	for (size_t i = 0; c->options && c->options[i]; i++)
		if (strlen(c->options[i]->name) == n && strncmp(c->options[i]->name, word, n) == 0)
			return c->options[i];
	return NULL;
}

/* One option and, where it has one, its value: "--jobs 2", "--jobs=2", "-o FILE", "-oFILE". */
static bool take_option(const struct command *c, int argc, char **argv, int *i, struct options *o)
{
	const char *word = argv[*i], *value = NULL;
	size_t n = word[1] == '-' ? strcspn(word, "=") : 2;
	const struct option_row *row = find_option(c, word, n);
	char advice[120];

	snprintf(advice, sizeof(advice), "evenhand %s --help lists the options.", c->name);
	if (!row)
		return complain(NULL, advice, "unknown option \"%s\" of %s", word, c->name);
	if (word[n] != 0)
		value = word + n + (word[n] == '=');
	if (row->value && !value && *i + 1 < argc)
		value = argv[++*i];
	if (row->value && !value)
		return complain(NULL, advice, "%s needs a value: %s", row->name, row->value);
	if (!row->value && value)
		return complain(NULL, advice, "%s takes no value", row->name);
	return row->take(o, value, row->name);
}

bool options_parse(const struct command *c, int argc, char **argv, struct options *o)
{
	bool only_inputs = false;

	*o = (struct options){ .budget = default_budget, .only = -1, .watchdog = 600 };
	for (int i = 0; i < argc; i++) {
		if (!only_inputs && strcmp(argv[i], "--") == 0) {
			only_inputs = true;
		} else if (!only_inputs &&
			   (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)) {
			o->help = true;
			return true;
		} else if (!only_inputs && argv[i][0] == '-' && argv[i][1]) {
			if (!take_option(c, argc, argv, &i, o))
				return false;
		} else if (o->input_count == MOST_INPUTS) {
			return complain(NULL, NULL, "at most %d images in one call", MOST_INPUTS);
		} else {
			o->inputs[o->input_count++] = argv[i];
		}
	}
	if (o->jobs == 0) {
		long n = sysconf(_SC_NPROCESSORS_ONLN);

		o->jobs = n < 1 ? 1 : n > MOST_WORKERS ? MOST_WORKERS : (unsigned)n;
	}
	return true;
}

void command_help(const struct command *c)
{
	printf("evenhand %s\n%s\n\n", c->usage, c->about);
	for (size_t i = 0; c->options && c->options[i]; i++) {
		const struct option_row *row = c->options[i];
		char left[40];

		if (row->hidden)
			continue;
		snprintf(left, sizeof(left), "%s%s%s", row->name, row->value ? " " : "",
			 row->value ? row->value : "");
		printf("  %-20s %s\n", left, row->help);
	}
	if (c->notes)
		printf("%s%s\n", c->options && c->options[0] ? "\n" : "", c->notes);
}
