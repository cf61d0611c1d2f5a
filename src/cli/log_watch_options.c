/* log_watch_options.c - what is watched for. */
#include <stdlib.h>
#include <string.h>

#include "cli/log.h"
#include "cli/log_watch.h"
#include "trust/sigkey.h"

static bool take_state(struct options *o, const char *value, const char *name)
{
	return option_once(&o->watching.state, value, name);
}

static bool take_fork(struct options *o, const char *value, const char *name)
{
	return option_once(&o->watching.fork, value, name);
}

static bool has_room(uint32_t count, const char *name)
{
	return count < MOST_WATCHED || complain(name, NULL, "at most %d in one call", MOST_WATCHED);
}

static bool take_subject(struct options *o, const char *value, const char *name)
{
	struct watching_options *w = &o->watching;

	if (!has_room(w->subject_count, name))
		return false;
	return log_digest_read(value, w->subjects[w->subject_count++]) ||
	       complain(name, "sha256: and 64 digits, as sha256sum prints them.",
			"\"%s\" is no digest of an image", value);
}

static bool take_signer(struct options *o, const char *value, const char *name)
{
	if (!has_room(o->watching.signer_count, name))
		return false;
	o->watching.signers[o->watching.signer_count++] = value;
	return true;
}

bool watch_signer(const char *value, uint8_t sha256[SHA256_SIZE])
{
	struct sigkey *key = NULL;
	uint8_t *pem;
	size_t n;

	if (log_digest_read(value, sha256))
		return true;
	pem = small_file(value, MOST_KEY_FILE, &n);
	if (!pem)
		return false;
	key = sigkey_read_public((struct span){ pem, n });
	free(pem);
	if (!key)
		return complain(value, "A digest as evenhand key show prints it, or a key in PEM.",
				"it is no public key");
	sigkey_digest(key, sha256);
	sigkey_free(key);
	return true;
}

static bool take_component(struct options *o, const char *value, const char *name)
{
	struct watching_options *w = &o->watching;

	if (!has_room(w->component_count, name))
		return false;
	w->components[w->component_count++] = value;
	return true;
}

static bool take_count(uint32_t *to, const char *value, const char *name, const char *advice)
{
	uint64_t n;

	if (!parse_u64(value, &n) || n == 0 || n > 1000000)
		return complain(name, advice, "\"%s\" is not a number that fits", value);
	*to = (uint32_t)n;
	return true;
}

static bool take_age(struct options *o, const char *value, const char *name)
{
	return take_count(&o->watching.age, value, name, "Hours, from 1 on.");
}

static bool take_every(struct options *o, const char *value, const char *name)
{
	return take_count(&o->watching.every, value, name, "Seconds, from 1 on.");
}

/* clang-format off */
const struct option_row option_state = { "--state", "FILE", "what was seen of the log", take_state, false };
const struct option_row option_fork = { "--fork", "FILE", "where the proof of two histories goes", take_fork, false };
const struct option_row option_subject = { "--subject", "DIGEST", "of an image; may be repeated", take_subject, false };
const struct option_row option_signer = { "--signer", "KEY", "a file, or a key's digest; may be repeated", take_signer, false };
const struct option_row option_component = { "--component", "NAME", "evaluations that found it; may be repeated", take_component, false };
const struct option_row option_age = { "--age", "HOURS", "how old a checkpoint may be", take_age, false };
const struct option_row option_every = { "--every", "SECONDS", "again and again, until SIGTERM", take_every, false };
/* clang-format on */
