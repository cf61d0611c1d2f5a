/* extract.c - evenhand extract: writes contents out, beneath one folder only. The worker, which
 * parses, has no paths; it sends frames through a pipe. The supervisor writes them, and trusts no
 * name in them: each component is checked, links are never followed (openat2, RESOLVE_BENEATH). */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tree/locator.h"

#define LONGEST_PATH 65536
#define FRAME_MARK   0x45564652u

/* One node on its way: header, path, link target, then the content. */
struct frame {
	uint32_t mark, kind, path, target;
	uint32_t mode, uid, gid, has_metadata;
	int64_t mtime;
	uint64_t size;
};

/* What is wanted: everything, or one locator or path. */
static struct {
	const char *wanted;
	const char *folder;
	int folder_fd;
	bool all, owner, failed;
	uint64_t written;
	FILE *manifest;
} plan;

/* -- the worker's side -- */

struct sending {
	pthread_mutex_t lock;
	int fd;
	bool broken;
	struct arena arena;
};

static void send_bytes(struct sending *s, const void *bytes, size_t n)
{
	if (!s->broken && !write_all(s->fd, bytes, n))
		s->broken = true;
}

static void send_node(struct sending *s, const struct node *n, struct span bytes)
{
	struct text path = { 0 };
	struct frame f = {
		.mark = FRAME_MARK, .kind = n->kind, .mode = n->mode, .uid = n->uid, .gid = n->gid
	};

	locator_write(&path, n);
	f.has_metadata = n->has_mode | (unsigned)n->has_owner << 1 | (unsigned)n->has_mtime << 2;
	f.mtime = n->mtime;
	f.path = (uint32_t)path.n;
	f.target = (uint32_t)n->target.n;
	f.size = bytes.n;
	pthread_mutex_lock(&s->lock);
	send_bytes(s, &f, sizeof(f));
	send_bytes(s, path.p, path.n);
	send_bytes(s, n->target.p, n->target.n);
	send_bytes(s, bytes.p, bytes.n);
	pthread_mutex_unlock(&s->lock);
	text_free(&path);
}

/* A file that was opened further is a folder on the disk, so only leaves are written. */
static bool is_wanted(const struct node *n)
{
	struct text t = { 0 };
	struct span wanted = span_text(plan.wanted ? plan.wanted : ""), locator;
	bool match;

	if (plan.all)
		return n->kind == KIND_FILE;
	locator_write(&t, n);
	locator = text_span(&t);
	/* A bare path matches in whichever container it stands. */
	match = span_equal(locator, wanted) ||
		(span_byte(wanted, 0) == '/' && n->container && span_ends(locator, wanted) &&
		 locator.p[locator.n - wanted.n - (locator.n > wanted.n)] ==
			 (locator.n > wanted.n ? '!' : '/'));
	text_free(&t);
	return match;
}

static void on_content(void *ctx, struct bench *b, struct node *n, struct span bytes)
{
	(void)b;
	if (n->parent && is_wanted(n))
		send_node(ctx, n, bytes);
}

/* Directories, links and the like have no content and are sent when the tree is complete. */
static void send_rest(struct sending *s, const struct tree *t)
{
	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *n = t->nodes[i];

		if (n->kind == KIND_DIRECTORY || n->kind == KIND_SYMLINK ||
		    n->kind == KIND_HARDLINK)
			send_node(s, n, (struct span){ 0 });
	}
}

static int work(struct job *j)
{
	static struct examination x;
	static struct sending s = { .lock = PTHREAD_MUTEX_INITIALIZER };

	const struct opening hooks = { .content = on_content, .watch_ctx = &s };

	s.fd = j->frames_fd;
	if (!examine(j, &x, j->input->bytes, false, &hooks)) {
		machine_ran_out();
		return EXIT_TROUBLE;
	}
	if (plan.all)
		send_rest(&s, &x.tree);
	return EXIT_PASSED;
}

/* -- the supervisor's side: trusts nothing -- */

static bool read_all(int fd, void *to, size_t n)
{
	char *p = to;

	while (n) {
		ssize_t some = read(fd, p, n);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			return false;
		p += some;
		n -= (size_t)some;
	}
	return true;
}

static int open_beneath(int folder, const char *path, uint64_t flags, mode_t mode)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
				.mode = flags & O_CREAT ? mode : 0,
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

/* A locator as a path: steps become folders; a component that could lead elsewhere is renamed. What
 * lies in a file stands beside it, in a folder with "!" behind its name: no name holds one. */
static void safe_path(const char *locator, size_t n, struct text *t)
{
	bool in_entry = false;
	size_t from = 0;

	for (size_t i = 0; i <= n; i++) {
		size_t length = i - from;

		if (i < n && locator[i] != '/' && locator[i] != '!')
			continue;
		in_entry |= i < n && locator[i] == '/';
		if (length && t->n)
			text_char(t, '/');
		if ((length == 1 && locator[from] == '.') ||
		    (length == 2 && strncmp(locator + from, "..", 2) == 0))
			text_puts(t, length == 1 ? "%2e" : "%2e%2e");
		else if (length > 240)
			text_format(t, "%.*s~%zu", 200, locator + from, length);
		else
			text_put(t, (struct span){ (const uint8_t *)locator + from, length });
		if (i < n && locator[i] == '!') {
			if (in_entry)
				text_char(t, '!');
			in_entry = false;
		}
		from = i + 1;
	}
}

/* Makes the folders above a path. */
static bool make_folders(const struct text *path)
{
	char *copy = strndup(path->p, path->n);
	bool ok = copy != NULL;

	for (char *slash = copy ? strchr(copy, '/') : NULL; ok && slash;
	     slash = strchr(slash + 1, '/')) {
		int fd;

		*slash = 0;
		fd = open_beneath(plan.folder_fd, copy, O_PATH | O_DIRECTORY, 0);
		if (fd < 0) {
			bool is_file = errno == ENOTDIR;
			char *last = strrchr(copy, '/');
			int above = plan.folder_fd;

			if (last) {
				*last = 0;
				above = open_beneath(plan.folder_fd, copy, O_PATH | O_DIRECTORY, 0);
				*last = '/';
			}
			ok = above >= 0 && !is_file &&
			     (mkdirat(above, last ? last + 1 : copy, 0777) == 0 || errno == EEXIST);
			if (last && above >= 0)
				close(above);
		} else {
			close(fd);
		}
		*slash = '/';
	}
	free(copy);
	return ok;
}

static void set_metadata(int fd, const struct frame *f)
{
	struct timespec times[2] = { { 0, UTIME_OMIT }, { (time_t)f->mtime, 0 } };

	if (plan.owner && f->has_metadata & 2)
		(void)!fchown(fd, f->uid, f->gid);
	if (plan.owner && f->has_metadata & 1)
		(void)!fchmod(fd, f->mode & 07777);
	if (f->has_metadata & 4)
		futimens(fd, times);
}

static bool copy_content(int from, int to, uint64_t n)
{
	static char buffer[1 << 16];
	bool ok = true;

	while (n) {
		size_t some = n < sizeof(buffer) ? (size_t)n : sizeof(buffer);

		if (!read_all(from, buffer, some))
			return false;
		if (ok && to >= 0 && !write_all(to, buffer, some))
			ok = complain(plan.folder, NULL, "it cannot be written: %s",
				      strerror(errno));
		n -= some;
	}
	return ok;
}

static void note(const struct frame *f, const char *locator, const char *path)
{
	struct text line = { 0 };
	struct json j = { .out = &line };

	if (!plan.manifest)
		return;
	json_object(&j);
	json_key(&j, "locator");
	json_text(&j, span_text(locator));
	json_key(&j, "file");
	json_text(&j, span_text(path));
	json_key(&j, "kind");
	json_text(&j, span_text(kind_name((enum kind)f->kind)));
	json_key(&j, "size");
	json_u64(&j, f->size);
	json_object_end(&j);
	fprintf(plan.manifest, "%s\n", line.p);
	text_free(&line);
}

/* One thing to stdout or beneath the folder. */
static bool take_frame(int fd, const struct frame *f, const char *locator)
{
	struct text path = { 0 };
	int out = -1;
	bool ok = true;

	if (!plan.all) {
		ok = plan.written++ == 0 ? copy_content(fd, STDOUT_FILENO, f->size)
					 : copy_content(fd, -1, f->size);
		return ok;
	}
	safe_path(locator, strlen(locator), &path);
	if (path.n && f->kind == KIND_FILE && make_folders(&path)) {
		out = open_beneath(plan.folder_fd, path.p,
				   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
		if (out < 0 && errno == EISDIR) {
			text_puts(&path, ".content");
			out = open_beneath(plan.folder_fd, path.p,
					   O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0666);
		}
		ok = out >= 0 ||
		     complain(path.p, NULL, "it cannot be written: %s", strerror(errno));
	} else if (path.n && f->kind == KIND_FILE) {
		ok = complain(path.p, NULL, "its folder cannot be made");
	} else if (path.n && f->kind == KIND_DIRECTORY) {
		text_char(&path, '/');
		make_folders(&path);
	}
	ok = copy_content(fd, out, f->size) && ok;
	if (out >= 0) {
		set_metadata(out, f);
		close(out);
		plan.written++;
	}
	note(f, locator, path.p ? path.p : "");
	text_free(&path);
	return ok;
}

static void serve(struct job *j, int fd)
{
	struct frame f;
	static char locator[LONGEST_PATH + 1], target[LONGEST_PATH + 1];

	(void)j;
	while (read_all(fd, &f, sizeof(f))) {
		if (f.mark != FRAME_MARK || f.path > LONGEST_PATH || f.target > LONGEST_PATH ||
		    f.kind > KIND_SOCKET || !read_all(fd, locator, f.path) ||
		    !read_all(fd, target, f.target)) {
			plan.failed = true;
			break;
		}
		locator[f.path] = 0;
		if (!take_frame(fd, &f, locator))
			plan.failed = true;
	}
}

static bool open_folder(void)
{
	if (mkdir(plan.folder, 0777) && errno != EEXIST)
		return complain(plan.folder, NULL, "it cannot be made: %s", strerror(errno));
	plan.folder_fd = open(plan.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (plan.folder_fd < 0)
		return complain(plan.folder, NULL, "it is no folder: %s", strerror(errno));
	int fd = openat(plan.folder_fd, "manifest.jsonl",
			O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);

	plan.manifest = fd >= 0 ? fdopen(fd, "w") : NULL;
	return plan.manifest ||
	       complain(plan.folder, NULL, "it cannot be written: %s", strerror(errno));
}

static int run(struct options *o)
{
	static struct input in;
	static struct job j;
	int code = EXIT_TROUBLE;

	plan.all = o->all;
	plan.owner = o->owner;
	if (o->input_count != (o->all ? 1 : 2) || (o->all && o->output_count != 1)) {
		complain(NULL,
			 "evenhand extract IMAGE PATH > FILE, or evenhand extract --all -o FOLDER "
			 "IMAGE.",
			 "extract needs an image, and what to write out");
		return EXIT_TROUBLE;
	}
	plan.wanted = o->all ? NULL : o->inputs[1];
	plan.folder = o->all ? o->outputs[0] : NULL;
	if (o->all && !open_folder())
		return EXIT_TROUBLE;
	j = job_new(o, &in, work);
	j.serve = serve;
	if (input_open(&in, o->inputs[0]))
		code = job_run(&j);
	input_close(&in);
	if (plan.manifest && fclose(plan.manifest))
		code = EXIT_TROUBLE;
	if (code == EXIT_PASSED && !o->all && plan.written == 0) {
		complain(o->inputs[1], "evenhand tree --all IMAGE lists what there is.",
			 "no such entry in the image");
		code = EXIT_TROUBLE;
	}
	return plan.failed ? EXIT_TROUBLE : code;
}

static const struct option_row *const rows[] = {
	&option_all,     &option_folder,  &option_owner,    &option_jobs,
	&option_quiet,   &option_depth,   &option_entries,  &option_bytes,
	&option_content, &option_no_jail, &option_watchdog, NULL,
};

const struct command command_extract = {
	.name = "extract",
	.usage = "extract [options] IMAGE PATH",
	.about = "Writes one content to standard output, or with --all all beneath a folder.\n"
		 "PATH is a locator, or a path in whichever file system of the image has it first.",
	.options = rows,
	.notes = "Nothing is written outside the folder, whatever names and links say.\n"
		 "Links are not made; the folder's manifest.jsonl says where each file comes from.",
	.run = run,
};
