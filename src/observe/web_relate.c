/* web_relate.c - what only the whole tree tells of the web interface: links to programs, files
 * below the folders that configurations name, left-over files; and each route once. */
#include <stdlib.h>

#include "observe/lookup.h"
#include "observe/web.h"

#define MOST_ROOTS    64
#define MOST_HANDLERS 4096 /* an image, by links and document roots */

static const struct web_fact *web_fact_of(const struct node *n, const char *kind)
{
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_WEB &&
		    strcmp(((const struct web_fact *)f)->web_kind, kind) == 0)
			return (const struct web_fact *)f;
	return NULL;
}

static bool is_program(const struct node *n)
{
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_EXECUTABLE)
			return ((const struct executable_fact *)f)->interpreter.n ||
			       ((const struct executable_fact *)f)->is_static == TRI_YES;
	return false;
}

static void say(struct arena *a, struct node *n, const char *kind, struct span name,
		const char *detail)
{
	struct web_fact *f = fact_new(a, n, FACT_WEB, 0, n->kind == KIND_FILE ? n->size : 0);

	if (!f)
		return;
	f->web_kind = kind;
	f->name = name;
	f->detail = span_text(detail);
}

/* /htdocs/web/hedwig.cgi -> /htdocs/cgibin; /usr/sbin/httpd -> /bin/busybox. */
static void look_at_link(struct lookups *l, struct node *n)
{
	const char *server = web_server_of(node_name(n));
	bool served = web_path_in_cgi(n->path) || web_path_in_root(n->path);
	const struct node *to;

	if (!server && !served)
		return;
	to = follow(l, n, n->path);
	if (!to || to->kind != KIND_FILE || !is_program(to))
		return;
	if (server)
		say(l->a, n, "server", span_text(server), "link to a program");
	else
		say(l->a, n, "handler", n->path, "link to a program");
}

/* -- left-over files -- */

static const struct {
	const char *globs, *what;
} leftovers[] = {
	{ "*.bak,*.old,*.orig,*.save,*.swp,*~,*.bk,*.bk.*,*.bak.*,*.rej", "backup file" },
	{ "*.map", "source map" },
	{ "test.cgi,test-cgi,printenv,printenv.cgi,hello.cgi,env.cgi,sample.cgi",
	  "sample program" },
	{ "phpinfo.php,info.php,test.php", "sample page" },
	{ "Thumbs.db,.DS_Store,desktop.ini", "file of a development machine" },
	{ ".git,.svn,CVS,.hg", "folder of a version control system" },
};

static void look_for_leftover(struct arena *a, struct node *n)
{
	struct span name = node_name(n);

	if (name.n == 0 || web_fact_of(n, "leftover"))
		return;
	for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++)
		if (name_matches(name, leftovers[i].globs)) {
			if (web_path_in_root(n->path) || web_path_in_cgi(n->path))
				say(a, n, "leftover", n->path, leftovers[i].what);
			return;
		}
}

/* -- folders that configurations name -- */

struct roots {
	const struct node *folder[MOST_ROOTS];
	uint32_t n, said;
};

static void take_root(struct lookups *l, struct roots *r, const struct fact *f)
{
	const struct web_fact *w = (const void *)f;
	const struct node *folder;

	if (f->kind != FACT_WEB || r->n == MOST_ROOTS || strcmp(w->web_kind, "setting") != 0 ||
	    !span_is(w->name, "document root") || span_byte(w->detail, 0) != '/' || w->detail.n < 2)
		return;
	folder = follow(l, f->node, w->detail);
	if (!folder || folder->kind != KIND_DIRECTORY || folder->path.n < 2)
		return;
	for (uint32_t i = 0; i < r->n; i++)
		if (r->folder[i] == folder)
			return;
	r->folder[r->n++] = folder;
}

static bool is_below(const struct node *n, const struct node *folder)
{
	return n->container == folder->container && n->path.n > folder->path.n &&
	       span_starts(n->path, folder->path) &&
	       (n->path.p[folder->path.n] == '/' || folder->path.p[folder->path.n - 1] == '/');
}

static void look_below_roots(struct arena *a, struct roots *r, struct node *n)
{
	enum web_language l = web_language_of_name(node_name(n));
	bool runs = (l != WEB_NONE && l != WEB_PAGE) || is_program(n);

	if (!runs || r->said == MOST_HANDLERS || web_fact_of(n, "handler"))
		return;
	for (uint32_t i = 0; i < r->n; i++)
		if (is_below(n, r->folder[i])) {
			say(a, n, "handler", n->path, l ? web_language_name(l) : "program");
			r->said++;
			return;
		}
}

/* -- configurations that are there to be chosen -- */

#define MOST_ENABLED 256

struct enabled { /* files to which a link of a folder "...-enabled" leads */
	const struct node *file[MOST_ENABLED];
	uint32_t n;
};

static void take_enabled(struct lookups *l, struct enabled *e, const struct node *link)
{
	const struct node *to;

	if (e->n == MOST_ENABLED || span_find(link->path, 0, span_text("-enabled/")) == SIZE_MAX)
		return;
	to = follow(l, link, link->path);
	if (to)
		e->file[e->n++] = to;
}

/* "conf-available/10-ssi.conf" means nothing while no link chooses it. */
static void drop_unchosen(const struct enabled *e, struct node *n)
{
	if (!n->facts || span_find(n->path, 0, span_text("-available/")) == SIZE_MAX)
		return;
	for (uint32_t i = 0; i < e->n; i++)
		if (e->file[i] == n)
			return;
	for (struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_WEB)
			f->node = NULL;
	facts_sweep(n);
}

/* -- each route once -- */

struct route {
	struct web_fact *f;
	const struct node *root;
	uint32_t order;
};

static int by_name(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	int order;

	if (x->root->id != y->root->id)
		return x->root->id < y->root->id ? -1 : 1;
	order = span_compare(x->f->name, y->f->name);
	if (order == 0)
		order = span_compare(x->f->detail, y->f->detail);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static uint32_t each_route(struct tree *t, struct route *list)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->count; i++)
		for (struct fact *f = t->nodes[i]->facts; f; f = f->next) {
			struct web_fact *w = (void *)f;

			if (f->kind != FACT_WEB || strcmp(w->web_kind, "route") != 0)
				continue;
			if (list)
				list[n] = (struct route){ w, node_root(f->node), n };
			n++;
		}
	return n;
}

/* Many pages lead to the same place: the first in tree order stands for all. */
static void drop_repeated(struct tree *t)
{
	uint32_t n = each_route(t, NULL);
	struct route *list = n ? calloc(n, sizeof(*list)) : NULL;

	if (!list)
		return;
	each_route(t, list);
	qsort(list, n, sizeof(*list), by_name);
	for (uint32_t i = n - 1; i > 0; i--) {
		const struct route *one = &list[i], *before = &list[i - 1];
		struct node *holder = (struct node *)(uintptr_t)one->f->f.node;

		if (one->root != before->root || !span_equal(one->f->name, before->f->name) ||
		    !span_equal(one->f->detail, before->f->detail))
			continue;
		one->f->f.node = NULL;
		facts_sweep(holder);
	}
	free(list);
}

void relate_web(struct tree *t, struct arena *a)
{
	struct enabled e = { .n = 0 };
	struct roots r = { .n = 0 };
	struct lookups l = lookups_in(t, a, "paths of web servers followed");

	for (uint32_t i = 0; i < t->count; i++)
		if (t->nodes[i]->kind == KIND_SYMLINK && t->nodes[i]->container)
			take_enabled(&l, &e, t->nodes[i]);
	for (uint32_t i = 0; i < t->count; i++)
		drop_unchosen(&e, t->nodes[i]);
	for (uint32_t i = 0; i < t->count; i++) {
		struct node *n = t->nodes[i];

		for (const struct fact *f = n->facts; f; f = f->next)
			take_root(&l, &r, f);
		if (n->kind == KIND_SYMLINK && n->container)
			look_at_link(&l, n);
		if ((n->kind == KIND_FILE || n->kind == KIND_DIRECTORY) && n->container)
			look_for_leftover(a, n);
	}
	for (uint32_t i = 0; r.n && i < t->count; i++)
		if (t->nodes[i]->kind == KIND_FILE && t->nodes[i]->container)
			look_below_roots(a, &r, t->nodes[i]);
	drop_repeated(t);
}
