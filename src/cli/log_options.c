/* log_options.c - what the commands of a log are told. */
#include "cli/log.h"

static bool take_origin(struct options *o, const char *value, const char *name)
{
	return option_once(&o->logging.origin, value, name);
}

static bool take_admission_file(struct options *o, const char *value, const char *name)
{
	return option_once(&o->logging.admission, value, name);
}

static bool take_guard_file(struct options *o, const char *value, const char *name)
{
	return option_once(&o->logging.guard, value, name);
}

static bool take_one_key(struct options *o, const char *value, const char *name)
{
	o->signing.key_count = 1;
	return option_once(&o->signing.keys[0], value, name);
}

static bool take_report(struct options *o, const char *value, const char *name)
{
	struct logging_options *g = &o->logging;

	if (g->report_count == MOST_KEYS)
		return complain(name, NULL, "at most %d in one call", MOST_KEYS);
	g->reports[g->report_count++] = value;
	return true;
}

static bool take_seen(struct options *o, const char *value, const char *name)
{
	struct logging_options *g = &o->logging;

	if (g->seen_count == MOST_KEYS)
		return complain(name, NULL, "at most %d in one call", MOST_KEYS);
	g->seen[g->seen_count++] = value;
	return true;
}

static bool take_check(struct options *o, const char *value, const char *name)
{
	return option_once(&o->logging.check, value, name);
}

static bool take_role(struct options *o, const char *value, const char *name)
{
	return option_once(&o->logging.role, value, name);
}

static bool take_from(struct options *o, const char *value, const char *name)
{
	return option_once(&o->logging.from, value, name);
}

static bool take_until(struct options *o, const char *value, const char *name)
{
	return option_once(&o->logging.until, value, name);
}

/* clang-format off */
const struct option_row option_origin = { "--origin", "NAME", "the name that the log is known by: log.example", take_origin, false };
const struct option_row option_admission = { "--admission", "FILE", "keys whose statements are taken in", take_admission_file, false };
const struct option_row option_guard = { "--guard", "FILE", "on another disk: how far the log has come", take_guard_file, false };
const struct option_row option_log_key = { "--key", "FILE", "the log's private key, Ed25519", take_one_key, false };
const struct option_row option_find_key = { "--key", "FILE", "who signed, a public key", take_one_key, false };
const struct option_row option_log_report = { "--report", "FILE", "a file that a statement names, kept; may be repeated", take_report, false };
const struct option_row option_seen = { "--seen", "FILE", "a checkpoint of it that others have; may be repeated", take_seen, false };
const struct option_row option_log_check = { "--check", "CHECK", "evaluations that have it: ACC-01, ACC-01=fail", take_check, false };
const struct option_row option_role = { "--role", "ROLE", "signed by a key that is admitted in that role", take_role, false };
const struct option_row option_from = { "--from", "DATE", "taken in on that day or later", take_from, false };
const struct option_row option_until = { "--until", "DATE", "taken in on that day or earlier", take_until, false };
/* clang-format on */
