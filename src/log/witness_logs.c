/* witness_logs.c - the files of a witness that people read and write: what it is, and the logs that
 * it cosigns. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/words.h"
#include "log/witness_inside.h"
#include "log/witness_journal.h"

#define WITNESS_FIRST "evenhand witness 1\n"
#define MIRROR_FIRST  "evenhand mirror 1\n"
#define LOGS_START                                                                                 \
	"# The logs that are cosigned, a vkey each; behind it the origin where that is not the\n"  \
	"# key's name. Lines are added, never taken away.\n"

const char *witness_log_read(struct span line, struct witness_log *log)
{
	struct note_key key;
	const char *wrong;

	log->vkey = word_take(&line);
	wrong = note_key_read(log->vkey, &key);
	if (wrong)
		return wrong;
	if (key.type == NOTE_COSIGNATURE)
		return "it is the key of a witness";
	while (is_blank(span_byte(line, 0)))
		line = span_from(line, 1);
	while (line.n && is_blank(line.p[line.n - 1]))
		line.n--;
	log->origin = line.n ? line : key.name;
	return log->origin.n <= MOST_ORIGIN ? NULL : "its origin has more than 255 bytes";
}

/* -- small files -- */

bool witness_fail(struct log_error *e, const char *where, const char *what, int why)
{
	snprintf(e->where, sizeof(e->where), "%s", where);
	snprintf(e->what, sizeof(e->what), "%s%s%s", what, why ? ": " : "",
		 why ? strerror(why) : "");
	e->advice = NULL;
	return false;
}

bool witness_file_read(int dir, const char *name, struct text *out, struct log_error *e)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	char buffer[16384];
	ssize_t n = -1;

	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0 && out->n <= WITNESS_MOST_LIST)
		text_put(out, (struct span){ (const uint8_t *)buffer, (size_t)n });
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return witness_fail(e, name, "it cannot be read", errno);
	return n == 0 && !out->failed ? true
				      : witness_fail(e, name, "it is too long to be read", 0);
}

/* Appends to a file, or makes it; synced. */
static bool file_append(int dir, const char *name, struct span s, struct log_error *e)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	bool ok =
		fd >= 0 && write(fd, s.p, s.n) == (ssize_t)s.n && fsync(fd) == 0 && fsync(dir) == 0;
	int why = errno;

	if (fd >= 0)
		close(fd);
	return ok || witness_fail(e, name, "it cannot be written", why);
}

/* -- making one -- */

static int make_folder(const char *dir, struct log_error *e)
{
	int fd = -1;

	if ((mkdir(dir, 0755) != 0 && errno != EEXIST) ||
	    (fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
		witness_fail(e, dir, "it cannot be made", errno);
		return -1;
	}
	if (faccessat(fd, WITNESS_SELF, F_OK, 0) == 0 || faccessat(fd, "journal", F_OK, 0) == 0) {
		witness_fail(e, dir, "there is a witness in it already", 0);
		e->advice = "A witness is never written over: it would forget what it has signed.";
		close(fd);
		return -1;
	}
	return fd;
}

bool witness_init(const char *dir, const struct witness_new *n, struct log_error *e)
{
	struct text self = { 0 };
	struct note_key k;
	bool ok;
	int fd;

	if (!note_name_is_valid(n->name) || n->name.n > MOST_ORIGIN)
		return witness_fail(e, "--name",
				    "a name has 1 to 255 bytes, and neither blanks nor \"+\"", 0);
	if (!note_key_of(n->key, n->name, NOTE_COSIGNATURE, &k))
		return witness_fail(e, n->key_file, "a witness signs with Ed25519", 0);
	fd = make_folder(dir, e);
	if (fd < 0)
		return false;
	text_puts(&self, n->is_mirror ? MIRROR_FIRST : WITNESS_FIRST);
	text_puts(&self, "vkey ");
	note_key_write(&self, &k);
	text_format(&self, "\nkey %s\n", n->key_file);
	ok = !self.failed || witness_fail(e, dir, "no memory", 0);
	/* What says that it is a witness comes last. */
	ok = ok && witness_journal_new(fd, e) &&
	     file_append(fd, WITNESS_LOGS, span_text(LOGS_START), e) &&
	     file_append(fd, WITNESS_SELF, text_span(&self), e);
	text_free(&self);
	close(fd);
	return ok;
}

/* -- what it is -- */

bool witness_self_read(struct span file, struct witness_self *self, struct log_error *e)
{
	struct span line;

	*self = (struct witness_self){ 0 };
	self->is_mirror = span_starts(file, span_text(MIRROR_FIRST));
	if (!self->is_mirror && !span_starts(file, span_text(WITNESS_FIRST)))
		return witness_fail(e, WITNESS_SELF, "it is not of a witness of version 1", 0);
	while (line_take(&file, &line)) {
		struct span word = word_take(&line);

		line = span_from(line, 1);
		if (span_is(word, "vkey"))
			self->vkey = line;
		if (span_is(word, "key"))
			self->key_file = line;
	}
	return (self->vkey.n && self->key_file.n) ||
	       witness_fail(e, WITNESS_SELF, "it has no line \"vkey\", or none \"key\"", 0);
}

char *witness_key_file(const char *dir, struct log_error *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct text file = { 0 };
	struct witness_self self;
	char *path = NULL;

	if (fd < 0)
		witness_fail(e, dir, "it cannot be opened", errno);
	else if (witness_file_read(fd, WITNESS_SELF, &file, e) &&
		 witness_self_read(text_span(&file), &self, e))
		path = strndup((const char *)self.key_file.p, self.key_file.n);
	text_free(&file);
	if (fd >= 0)
		close(fd);
	return path;
}

/* -- the list -- */

/* Whether the list has that key for that origin. */
static bool is_listed(struct span file, const struct witness_log *wanted)
{
	struct witness_log log;
	struct span line;

	while (line_take(&file, &line))
		if (line_says(line) && !witness_log_read(line, &log) &&
		    span_equal(log.vkey, wanted->vkey) && span_equal(log.origin, wanted->origin))
			return true;
	return false;
}

static bool add_line(int dir, struct span line, struct log_error *e)
{
	struct text file = { 0 }, more = { 0 };
	struct witness_log log;
	const char *wrong = witness_log_read(line, &log);
	bool ok = memchr(line.p, '\n', line.n) == NULL && !wrong;

	if (!ok)
		return witness_fail(e, "the log's key", wrong ? wrong : "it has two lines", 0);
	ok = witness_file_read(dir, WITNESS_LOGS, &file, e);
	if (ok && !is_listed(text_span(&file), &log)) {
		/* A last line without its end would become one with ours. */
		if (file.n && file.p[file.n - 1] != '\n')
			text_char(&more, '\n');
		text_put(&more, line);
		text_char(&more, '\n');
		ok = !more.failed && file_append(dir, WITNESS_LOGS, text_span(&more), e);
	}
	text_free(&file);
	text_free(&more);
	return ok;
}

bool witness_list(const char *dir, struct span line, struct log_error *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), lock = -1;
	bool ok = fd >= 0 || witness_fail(e, dir, "it cannot be opened", errno);

	/* A lock of its own: a witness that runs holds the other one. */
	if (ok)
		lock = openat(fd, WITNESS_LIST_LOCK, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ok = ok && ((lock >= 0 && flock(lock, LOCK_EX) == 0) ||
		    witness_fail(e, WITNESS_LIST_LOCK, "it cannot be locked", errno));
	ok = ok && add_line(fd, line, e);
	if (lock >= 0)
		close(lock);
	if (fd >= 0)
		close(fd);
	return ok;
}
