/* service.c - what is started when a device boots, and what then listens. Each way of starting has
 * a file of its own; here each root file system is walked and what they tell becomes facts. */
#include "observe/service.h"

#include <stdlib.h>

#include "base/text.h"

#define MOST_ROOTS     64
#define MOST_SERVICES  4096
#define MOST_SCRATCH   (64ull << 20)
#define MOST_BUDGET    (24ull << 20) /* bytes of scripts read, loops counted; 3 MiB are met */
#define MOST_LOOKUPS   20000
#define MOST_STEPS     400000000ull /* of all look-ups: a large directory costs more */
#define LONGEST_TOLD   512
#define LONGEST_KEPT   (256u << 10)
#define LONGEST_VALUE_ 64 /* a file that holds no more is a value: scripts read such */

/* -- which files are kept -- */

struct span base_name(struct span path)
{
	size_t from = path.n;

	while (from > 0 && path.p[from - 1] != '/')
		from--;
	return span_from(path, from);
}

bool path_matches(struct span path, const char *globs)
{
	struct span rest = span_text(globs);

	while (rest.n) {
		struct span glob = field_next(&rest, ',');
		size_t slashes = 0, from = path.n;
		char one[128];

		for (size_t i = 0; i < glob.n; i++)
			slashes += glob.p[i] == '/';
		while (from > 0 && (path.p[from - 1] != '/' || slashes-- > 0))
			from--;
		if (glob.n >= sizeof(one))
			continue;
		memcpy(one, glob.p, glob.n);
		one[glob.n] = '\0';
		if (name_matches(span_from(path, from), one))
			return true;
	}
	return false;
}

struct span bare_value(struct span s)
{
	while (s.n && memchr(" \t\r\n;,", s.p[s.n - 1], 6))
		s.n--;
	return unquoted(s);
}

static bool starts_as_script(struct span bytes)
{
	struct span line;
	size_t at = 0;

	return span_starts(bytes, span_text("#!")) &&
	       line_next(span_head(bytes, 128), &at, &line) &&
	       span_find(line, 0, span_text("sh")) != SIZE_MAX;
}

bool is_script(const struct node *n)
{
	return n->kind == KIND_FILE && n->kept.n && span_byte(n->kept, 0) != 0x7f;
}

/* Words that stand in the path of every file that a row of the tables means: quickly told. */
static bool may_configure(struct span path)
{
	static const char *const words[] = {
		"etc",  "conf", "nvram", "default", ".cfg",    ".ini",
		".xml", "env",  ".rc",   "init",    "linuxrc", "cron"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_find(path, 0, span_text(words[i])) != SIZE_MAX)
			return true;
	return false;
}

bool services_read(const struct node *n, struct span bytes)
{
	struct span head = span_head(bytes, 512);

	if (n->kind != KIND_FILE || !n->container || bytes.n > LONGEST_KEPT || bytes.n == 0 ||
	    memchr(head.p, 0, head.n))
		return false;
	if (!starts_as_script(bytes) && !units_read(n) && !supervised_reads(n) &&
	    !(may_configure(n->path) &&
	      (bytes.n <= LONGEST_VALUE_ || boot_reads(n, bytes) || settings_read(n))))
		return false;
	return looks_like_text(span_head(bytes, 4096));
}

/* -- looking things up -- */

static const struct node *find(struct boot *b, struct span path)
{
	uint32_t h = 2166136261u;
	struct known_path *known;

	for (size_t i = 0; i < path.n; i++)
		h = (h ^ path.p[i]) * 16777619u;
	known = &b->known[h % KNOWN_PATHS];
	if (known->path.p && span_equal(known->path, path))
		return known->node;
	if (*b->lookups == 0)
		return NULL;
	--*b->lookups;
	*known = (struct known_path){ arena_copy(&b->scratch, path), node_resolve(b->root, path) };
	if (known->node && known->node->hardlink_of)
		known->node = known->node->hardlink_of; /* its bytes are kept once */
	return known->node;
}

/* Where /etc is made at boot from another folder, its files stand there. */
const struct node *boot_find(struct boot *b, struct span path)
{
	const struct node *n = find(b, path);
	struct text t = { 0 };

	if (n || span_is(b->folder, "/etc") || !span_starts(path, span_text("/etc/")))
		return n;
	text_put(&t, b->folder);
	text_put(&t, span_from(path, 4));
	n = find(b, text_span(&t));
	text_free(&t);
	return n;
}

const struct node *boot_program(struct boot *b, struct span word)
{
	static const char *const folders[] = {
		"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/local/sbin/", "/usr/local/bin/"
	};

	if (word.n == 0 || word.n > LONGEST_TOLD || span_find(word, 0, span_text("$")) != SIZE_MAX)
		return NULL;
	if (span_find(word, 0, span_text("/")) != SIZE_MAX)
		return boot_find(b, word);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct text t = { 0 };
		const struct node *n;

		text_puts(&t, folders[i]);
		text_put(&t, word);
		n = find(b, text_span(&t));
		text_free(&t);
		if (n && n->kind == KIND_FILE)
			return n;
	}
	return NULL;
}

/* -- facts -- */

struct service_fact *service_find(const struct node *n, uint64_t offset, struct span name)
{
	for (struct fact *f = n->facts; f; f = f->next) {
		struct service_fact *s = (struct service_fact *)f;

		if (f->kind == FACT_SERVICE && f->offset == offset && span_equal(s->name, name) &&
		    strcmp(s->service_kind, "setting") != 0)
			return s;
	}
	return NULL;
}

/* The same start met again: by another way that is less conditional, perhaps. */
static void merge(struct boot *b, struct service_fact *f, const struct service_new *s)
{
	if (s->enabled && (!f->enabled || s->condition.n == 0))
		f->condition = arena_copy(b->a, span_head(s->condition, LONGEST_TOLD));
	f->enabled |= s->enabled;
}

struct service_fact *service_add(struct boot *b, const struct service_new *s)
{
	struct node *n = (struct node *)(uintptr_t)s->at.node; /* facts are added to it */
	struct service_fact *f = service_find(n, s->at.offset, s->name);

	if (f && strcmp(s->kind, "setting") != 0) {
		merge(b, f, s);
		return f;
	}
	if (*b->left == 0)
		return NULL;
	f = fact_new(b->a, n, FACT_SERVICE, s->at.offset, s->at.length);
	if (!f)
		return NULL;
	--*b->left;
	f->f.line = s->at.line;
	f->name = arena_copy(b->a, span_head(s->name, LONGEST_TOLD));
	f->service_kind = s->kind;
	f->enabled = s->enabled;
	f->command = arena_copy(b->a, span_head(s->command, LONGEST_TOLD));
	f->user = arena_copy(b->a, span_head(s->user, LONGEST_TOLD));
	f->protocol = arena_copy(b->a, span_head(s->protocol, LONGEST_TOLD));
	f->address = arena_copy(b->a, span_head(s->address, LONGEST_TOLD));
	f->condition = arena_copy(b->a, span_head(s->condition, LONGEST_TOLD));
	f->port = s->port;
	f->program = s->program;
	if (strcmp(s->kind, "setting") == 0 && (f->port || f->address.n || f->user.n) &&
	    b->setting_count < MOST_SETTINGS)
		b->settings[b->setting_count++] = f;
	return f;
}

/* -- roots -- */

struct roots {
	const struct node *p[MOST_ROOTS];
	uint32_t count[MOST_ROOTS];
	uint32_t n;
};

static uint32_t root_of(struct roots *r, const struct node *n)
{
	for (uint32_t i = r->n; i > 0; i--) /* entries of one root stand together */
		if (r->p[i - 1] == n->container)
			return i - 1;
	if (r->n == MOST_ROOTS)
		return MOST_ROOTS; /* no slot of its own */
	r->p[r->n] = n->container;
	r->count[r->n] = 0;
	return r->n++;
}

static void count_file(struct roots *r, const struct node *n)
{
	uint32_t i = root_of(r, n);

	if (i < MOST_ROOTS)
		r->count[i]++;
}

/* Where inittab stands, if not in /etc. */
static struct span folder_of(const struct boot *b)
{
	for (uint32_t i = 0; i < b->file_count; i++) {
		struct span path = b->files[i]->path;

		if (span_ends(path, span_text("/inittab")) && path.n > 8 && path.n < 24)
			return span_head(path, path.n - 8);
	}
	for (uint32_t i = 0; i < b->file_count; i++)
		if (span_starts(b->files[i]->path, span_text("/etc_ro/")))
			return span_text("/etc_ro");
	return span_text("/etc");
}

/* A bound that cut something off is told, at the first file of the root. */
static void tell_limits(struct boot *b)
{
	struct service_new s = { .name = span_text("boot"), .kind = "setting" };

	if (b->file_count == 0 || (b->world.budget && *b->lookups && *b->left))
		return;
	s.at = (struct service_place){ b->files[0], 0, b->files[0]->kept.n, 1 };
	s.command = span_text("not followed to its end: too many steps");
	*b->left += *b->left == 0;
	service_add(b, &s);
}

static void look_at_root(struct boot *b)
{
	memset(b->known, 0, KNOWN_PATHS * sizeof(*b->known));
	b->folder = folder_of(b);
	b->level = 0;
	b->has_super = b->has_xinetd = false;
	b->setting_count = 0;
	boot_settings(b);
	boot_scripts(b);
	boot_units(b);
	boot_android(b);
	boot_super(b);
	boot_supervised(b);
	boot_uci(b);
	boot_derived(b);
	boot_jobs(b);
	relate_listeners(b);
	tell_limits(b);
}

/* The files of one root, as far as they are kept; its entries stand in one stretch of the tree. */
static void take_files(struct boot *b, struct tree *t, uint32_t kept)
{
	b->file_count = 0;
	for (uint32_t i = b->root->id; kept && i < t->count && b->file_count < MOST_BOOT_FILES;
	     i++) {
		struct node *n = t->nodes[i];

		if (n->container != b->root || n->kept.n == 0)
			continue;
		kept--;
		if (services_read(n, n->kept))
			b->files[b->file_count++] = n;
	}
}

static void look_at_roots(struct boot *b, struct tree *t, const struct roots *roots)
{
	for (uint32_t r = 0; r < roots->n; r++) {
		b->root = roots->p[r];
		take_files(b, t, roots->count[r]);
		look_at_root(b);
	}
}

void relate_services(struct observation *o, struct tree *t, struct arena *a)
{
	struct boot *b = calloc(1, sizeof(*b));
	struct roots *roots = calloc(1, sizeof(*roots));
	uint64_t lookups = MOST_STEPS / (t->count + 1ull);
	uint32_t left = MOST_SERVICES;

	(void)o;
	if (lookups > MOST_LOOKUPS)
		lookups = MOST_LOOKUPS;
	if (b)
		b->files = calloc(MOST_BOOT_FILES, sizeof(struct node *));
	if (b)
		b->runs = calloc(t->count, 1);
	if (b)
		b->known = calloc(KNOWN_PATHS, sizeof(*b->known));
	if (!b || !roots || !b->files || !b->runs || !b->known) {
		machine_ran_out();
	} else {
		for (uint32_t i = 0; i < t->count; i++)
			if (t->nodes[i]->kept.n && t->nodes[i]->container)
				count_file(roots, t->nodes[i]);
		arena_init(&b->scratch, MOST_SCRATCH);
		b->a = a;
		b->lookups = &lookups;
		b->left = &left;
		b->world.budget = MOST_BUDGET;
		look_at_roots(b, t, roots);
		arena_free(&b->scratch);
	}
	if (b) {
		free(b->files);
		free(b->runs);
		free(b->known);
	}
	free(b);
	free(roots);
}
