/* log_session.c - how a log is opened by what lies in its directory; evenhand log init and close.
 */
#include "cli/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trust/sigkey.h"

#define MOST_ADMISSION (1u << 20)

/* -- opening -- */

/* DIR/NAME where it is there: the file that a link leads to. */
static char *in_log(const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return NULL;
	return realpath(path, NULL);
}

static bool take_key(struct log_session *s, const struct options *o, const char *dir)
{
	char *path = o->signing.key_count ? NULL : in_log(dir, "key");
	const char *name = o->signing.key_count ? o->signing.keys[0] : path;

	if (!name && access(dir, F_OK))
		return complain(dir, "evenhand log init makes one.", "there is no such log");
	if (!name)
		return complain(dir, "Name it with --key FILE.",
				"the log's key is not where it was");
	s->key = private_key_take(name, o->signing.passphrase);
	free(path);
	return s->key != NULL;
}

bool admission_read(const char *path, uint8_t **file, struct roster *r)
{
	char where[PATH_MAX + 16];
	uint32_t line = 0;
	const char *wrong;
	size_t n;

	*file = small_file(path, MOST_ADMISSION, &n);
	if (!*file)
		return false;
	wrong = roster_read((struct span){ *file, n }, r, &line);
	snprintf(where, sizeof(where), "%s:%u", path, line);
	return !wrong ||
	       complain(where, "A line a key: key NAME ROLE BASE64 [from DAY] [until DAY].", "%s",
			wrong);
}

static bool take_admission(struct log_session *s, const struct options *o, const char *dir)
{
	char *path = o->logging.admission ? NULL : in_log(dir, "admission");
	const char *name = o->logging.admission ? o->logging.admission : path;
	bool ok;

	s->admission = calloc(1, sizeof(*s->admission));
	ok = s->admission || complain(NULL, NULL, "out of memory");
	ok = ok && (!name || admission_read(name, &s->admission_file, s->admission));
	free(path);
	return ok;
}

static bool take_guard(struct log_session *s, const struct options *o, const char *dir)
{
	char path[PATH_MAX];
	struct stat st;

	if (o->logging.guard) {
		s->guard = realpath(o->logging.guard, NULL);
		return s->guard || complain(o->logging.guard, NULL, "%s", strerror(errno));
	}
	snprintf(path, sizeof(path), "%.*s/guard", PATH_MAX - 16, dir);
	s->guard = realpath(path, NULL);
	if (s->guard || lstat(path, &st) != 0)
		return true;
	return complain(dir,
			"Mount the disk that it lies on. Where it is lost for good: docs/log.md, "
			"\"Restore\".",
			"the guard is not where it was: without it nobody knows how far this log "
			"had come");
}

/* What others have of this log: it must not be wound back behind it. */
static bool take_seen_files(struct log_session *s, const struct options *o)
{
	for (int i = 0; i < o->logging.seen_count; i++) {
		size_t n;
		uint8_t *bytes = small_file(o->logging.seen[i], NOTE_MOST_BYTES, &n);

		if (!bytes)
			return false;
		s->seen[s->seen_count++] = (struct span){ bytes, n };
	}
	return true;
}

bool log_session_open(struct log_session *s, const struct options *o, const char *dir,
		      const struct log_options *more)
{
	struct log_options lo = more ? *more : (struct log_options){ .publish_ms = 0 };
	struct span seen[MOST_KEYS + POLICY_MOST_WITNESSES];
	struct log_error e;

	*s = (struct log_session){ .key = NULL };
	if (!take_key(s, o, dir) || !take_admission(s, o, dir) || !take_guard(s, o, dir) ||
	    !take_seen_files(s, o)) {
		log_session_close(s);
		return false;
	}
	lo.key = s->key;
	lo.admission = s->admission;
	lo.guard = s->guard;
	lo.has_index = true;
	memcpy(seen, s->seen, sizeof(s->seen));
	for (uint32_t i = 0; i < lo.seen_count; i++)
		seen[s->seen_count + i] = lo.seen[i];
	lo.seen = seen;
	lo.seen_count += s->seen_count;
	s->log = log_open(dir, &lo, &e);
	if (s->log)
		return true;
	log_session_close(s);
	return complain_of(&e);
}

void log_session_close(struct log_session *s)
{
	log_close(s->log);
	sigkey_free(s->key);
	free(s->admission);
	free(s->admission_file);
	free(s->guard);
	for (uint32_t i = 0; i < s->seen_count; i++)
		free((void *)(uintptr_t)s->seen[i].p);
	*s = (struct log_session){ .key = NULL };
}

struct log *log_read(const char *dir)
{
	struct log_options o = { .read_only = true };
	struct log_error e;
	struct log *l = log_open(dir, &o, &e);

	if (!l)
		complain_of(&e);
	return l;
}

/* -- init -- */

static bool make_link(const char *dir, const char *name, const char *to)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s/%s", PATH_MAX - 32, dir, name);
	return symlink(to, path) == 0 || complain(path, NULL, "%s", strerror(errno));
}

/* A copy of one file as another, synced. */
static bool copy_file(const char *from, const char *to)
{
	struct output out = { .fd = -1 };
	size_t n;
	uint8_t *bytes = small_file(from, MOST_ADMISSION, &n);
	bool ok = bytes && output_open_as(&out, to, REPORT_TEXT) &&
		  (write_all(out.fd, bytes, n) || complain(to, NULL, "%s", strerror(errno))) &&
		  output_commit(&out);

	output_abandon(&out);
	free(bytes);
	return ok;
}

static bool put_beside(const struct options *o, const char *key)
{
	const char *dir = o->inputs[0];
	char path[PATH_MAX], checkpoint[PATH_MAX], guard[PATH_MAX];
	bool ok = make_link(dir, "key", key);

	if (ok && o->logging.admission) {
		snprintf(path, sizeof(path), "%.*s/admission", PATH_MAX - 32, dir);
		ok = copy_file(o->logging.admission, path);
	}
	if (ok && o->logging.guard) {
		snprintf(checkpoint, sizeof(checkpoint), "%.*s/public/checkpoint", PATH_MAX - 32,
			 dir);
		ok = copy_file(checkpoint, o->logging.guard) &&
		     (realpath(o->logging.guard, guard) ||
		      complain(o->logging.guard, NULL, "%s", strerror(errno))) &&
		     make_link(dir, "guard", guard);
	}
	return ok;
}

static bool say_made(const char *dir)
{
	struct log *l = log_read(dir);
	struct text t = { 0 };

	if (!l)
		return false;
	log_vkey(l, &t);
	printf("log   %s\n", dir);
	printf("vkey  %s\n", t.p ? t.p : "");
	text_free(&t);
	log_close(l);
	return true;
}

static int init(struct options *o)
{
	char path[PATH_MAX];
	struct log_session s = { .key = NULL };
	struct log_error e;
	bool ok = o->logging.origin || complain(NULL, "The name that it is known by: log.example.",
						"init needs --origin");

	ok = ok &&
	     (o->signing.key_count == 1 ||
	      complain(NULL, "evenhand key new --type ed25519 makes one.", "init needs one --key"));
	ok = ok && (realpath(o->signing.keys[0], path) ||
		    complain(o->signing.keys[0], NULL, "there is no such file"));
	ok = ok && take_key(&s, o, o->inputs[0]) &&
	     (!o->logging.admission || take_admission(&s, o, o->inputs[0]));
	ok = ok &&
	     (log_init(o->inputs[0], span_text(o->logging.origin), s.key, &e) || complain_of(&e));
	ok = ok && put_beside(o, path) && say_made(o->inputs[0]);
	log_session_close(&s);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static const struct option_row *const init_rows[] = {
	&option_origin, &option_log_key, &option_passphrase, &option_admission, &option_guard, NULL,
};

const struct command command_log_init = {
	.name = "log init",
	.usage = "log init --origin NAME --key FILE [options] DIR",
	.about = "Makes an empty log. It is known by its name, and what it says of itself is\n"
		 "signed by a key that is used for nothing else.",
	.options = init_rows,
	.notes = "DIR/public is for others, any web server can serve it; the rest of DIR is not.\n"
		 "DIR/key is a link, DIR/admission a copy: DIR alone names the log from now on.\n"
		 "Without --admission nothing can be added; it has a line for each key, which\n"
		 "evenhand key line writes.\n"
		 "Exit: 0 done, 2 not done.",
	.run = init,
	.least = 1,
	.most = 1,
};

/* -- close -- */

static int close_it(struct options *o)
{
	struct log_session s;
	struct merkle_head head;
	struct log_error e;
	struct text t = { 0 };
	bool ok;

	if (!log_session_open(&s, o, o->inputs[0], NULL))
		return EXIT_TROUBLE;
	ok = log_end(s.log, &e) || complain_of(&e);
	log_head(s.log, &head);
	text_number(&t, head.size);
	if (ok)
		printf("closed  with %s %s\n", t.p ? t.p : "",
		       head.size == 1 ? "entry" : "entries");
	text_free(&t);
	log_session_close(&s);
	return ok ? EXIT_PASSED : EXIT_TROUBLE;
}

static const struct option_row *const close_rows[] = {
	&option_log_key, &option_passphrase, &option_guard, &option_seen, NULL,
};

const struct command command_log_close = {
	.name = "log close",
	.usage = "log close [options] DIR",
	.about = "Ends a log for good: nothing is added to it any more. Another one, of another\n"
		 "name and key, follows it (docs/log.md).",
	.options = close_rows,
	.notes = "Exit: 0 done, 2 not done.",
	.run = close_it,
	.least = 1,
	.most = 1,
};
