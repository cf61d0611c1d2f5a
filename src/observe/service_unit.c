/* service_unit.c - units of systemd: what the default target pulls in, through links in .wants and
 * .requires and through the units' own words (systemd.unit(5), systemd.service(5),
 * systemd.socket(5)). A service that a socket or timer starts is told with that as its condition.
 */
#include "base/text.h"
#include "observe/service.h"

#define MOST_UNITS   1024
#define MOST_LINKS   4096
#define MOST_LINES   1024
#define LONGEST_UNIT 128

static const char *const folders[] = { "/etc/systemd/system/", "/run/systemd/system/",
				       "/usr/local/lib/systemd/system/", "/usr/lib/systemd/system/",
				       "/lib/systemd/system/" };

/* What stands behind the folder of units; empty: it lies in none. */
static struct span in_folder(struct span path)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (span_starts(path, span_text(folders[i])))
			return span_from(path, strlen(folders[i]));
	return (struct span){ 0 };
}

static bool is_unit_name(struct span name)
{
	return name.n < LONGEST_UNIT &&
	       (span_ends(name, span_text(".service")) || span_ends(name, span_text(".socket")) ||
		span_ends(name, span_text(".target")) || span_ends(name, span_text(".timer")) ||
		span_ends(name, span_text(".path")));
}

bool units_read(const struct node *n)
{
	struct span name = in_folder(n->path);

	return is_unit_name(name) && span_find(name, 0, span_text("/")) == SIZE_MAX;
}

enum reached { REACHED_NOT, REACHED_BY_EVENT, REACHED };

struct unit {
	struct span name;        /* "ssh.service", "getty@tty1.service" */
	const struct node *node; /* its file: of the template, if it is an instance */
	enum reached reached;
	struct span event; /* the socket, timer or path that starts it */
	bool masked;
};

struct link { /* "multi-user.target.wants/ssh.service" */
	struct span holder, name;
};

struct units {
	struct boot *b;
	struct unit *p;
	struct link *links;
	uint32_t n, link_count;
};

static struct unit *unit_of(struct units *u, struct span name)
{
	for (uint32_t i = 0; i < u->n; i++)
		if (span_equal(u->p[i].name, name))
			return &u->p[i];
	return NULL;
}

static struct unit *unit_add(struct units *u, struct span name, const struct node *file)
{
	struct unit *known = unit_of(u, name);

	if (known || u->n == MOST_UNITS)
		return known;
	u->p[u->n] = (struct unit){ .name = name, .node = file };
	return &u->p[u->n++];
}

/* "getty@tty1.service" is made of "getty@.service". */
static struct unit *instance_of(struct units *u, struct span name)
{
	struct unit *found = unit_of(u, name), *from;
	size_t at = span_find(name, 0, span_text("@")), dot = name.n;
	struct text t = { 0 };

	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
	if (found || at >= name.n || dot <= at + 2)
		return found;
	text_put(&t, span_head(name, at + 1));
	text_put(&t, span_from(name, dot - 1));
	from = unit_of(u, text_span(&t));
	text_free(&t);
	return from ? unit_add(u, name, from->node) : NULL;
}

static void add_link(struct units *u, struct span holder, struct span name)
{
	static const char *const ends[] = { ".wants", ".requires", ".upholds" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (span_ends(holder, span_text(ends[i])) && u->link_count < MOST_LINKS)
			u->links[u->link_count++] =
				(struct link){ span_head(holder, holder.n - strlen(ends[i])),
					       name };
}

static const struct node *file_of(struct boot *b, const struct node *n)
{
	return n->kind == KIND_SYMLINK ? boot_find(b, n->path) : n;
}

/* An alias: a link to a unit of another name, or to nothing that ever starts. */
static void add_alias(struct units *u, const struct node *n, struct span name)
{
	const struct node *file = file_of(u->b, n);
	struct unit *unit = NULL;

	if (span_ends(n->target, span_text("/dev/null"))) {
		unit = unit_add(u, name, NULL);
		if (unit)
			unit->masked = true;
	} else if (file && file->kind == KIND_FILE) {
		unit_add(u, name, file);
	}
}

/* A folder that stands earlier in the list hides what stands in later ones. */
static void gather(struct units *u)
{
	const struct node *root = u->b->root;

	for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]); f++) {
		struct span path = span_text(folders[f]);
		const struct node *folder = boot_find(u->b, span_head(path, path.n - 1));

		if (!folder || !span_equal(folder->path, span_head(path, path.n - 1)))
			continue; /* /lib is often a link to /usr/lib: it is looked at once */
		for (const struct node *n = node_next(folder, folder); n;
		     n = node_next(n, folder)) {
			struct span name = span_from(n->path, path.n), holder = name;
			struct span link;

			if (n->container != root || n->kind == KIND_DIRECTORY)
				continue;
			link = holder;
			holder = field_next(&link, '/');
			if (link.n)
				add_link(u, holder, link);
			else if (is_unit_name(name) && n->kind == KIND_SYMLINK)
				add_alias(u, n, name);
			else if (is_unit_name(name))
				unit_add(u, name, n->hardlink_of ? n->hardlink_of : n);
		}
	}
}

/* -- what a unit's file says -- */

typedef void key_visitor(void *ctx, struct span key, struct span value, uint64_t at,
			 uint64_t length, uint32_t line);

/* Each "Key=value"; a backslash at its end joins the next line. */
static void each_key(const struct node *n, key_visitor *each, void *ctx)
{
	struct span line;
	size_t at = 0;
	uint32_t number = 0;
	struct span text = n ? n->kept : (struct span){ 0 };

	while (number < MOST_LINES && line_next(text, &at, &line)) {
		struct span value = line, key = field_next(&value, '=');
		uint32_t first = ++number;
		struct span more;

		while (span_byte(value, value.n - 1) == '\\' && number < MOST_LINES &&
		       line_next(text, &at, &more)) {
			value = span_sub(text, span_place(text, value),
					 span_place(text, more) + more.n - span_place(text, value));
			number++;
		}
		if (key.n && key.p[0] != '#' && key.p[0] != ';' && key.p[0] != '[' && value.n)
			each(ctx, bare_value(key), value, span_place(text, line),
			     span_place(text, value) + value.n - span_place(text, line), first);
	}
}

struct pulling {
	struct units *u;
	struct span stack[MOST_UNITS];
	uint32_t n;
};

static void reach(struct pulling *p, struct span name, enum reached how, struct span event)
{
	uint64_t *budget = &p->u->b->world.budget, cost = p->u->n;
	struct unit *unit;

	if (*budget < cost) /* units that name each other without end */
		return;
	*budget -= cost;
	unit = instance_of(p->u, name);
	if (!unit || unit->masked || unit->reached >= how)
		return;
	unit->reached = how;
	unit->event = event;
	if (p->n < MOST_UNITS && how == REACHED)
		p->stack[p->n++] = unit->name;
}

static void pull_words(void *ctx, struct span key, struct span value, uint64_t at, uint64_t length,
		       uint32_t line)
{
	struct pulling *p = ctx;

	(void)at;
	(void)length;
	(void)line;
	if (!name_matches(key, "Wants,Requires,Requisite,BindsTo,Upholds"))
		return;
	while (value.n) {
		struct span word = field_next(&value, ' ');

		if (word.n)
			reach(p, word, REACHED, (struct span){ 0 });
	}
}

/* ssh.socket starts ssh.service, unless it says otherwise. */
static void pull_event(struct pulling *p, const struct unit *unit)
{
	static const char *const kinds[] = { ".socket", ".timer", ".path" };
	struct text t = { 0 };
	struct unit *service;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!span_ends(unit->name, span_text(kinds[i])))
			continue;
		text_put(&t, span_head(unit->name, unit->name.n - strlen(kinds[i])));
		text_puts(&t, ".service");
		service = unit_of(p->u, text_span(&t));
		if (service)
			reach(p, service->name, REACHED_BY_EVENT, unit->name);
		t.n = t.n - strlen(".service");
		text_puts(&t, "@.service");
		service = unit_of(p->u, text_span(&t));
		if (service)
			reach(p, service->name, REACHED_BY_EVENT, unit->name);
	}
	text_free(&t);
}

static void pull(struct pulling *p)
{
	/* basic.target and sysinit.target come before all; the others where no default is said */
	static const char *const first[] = { "default.target", "sysinit.target", "basic.target",
					     "sockets.target", "timers.target",  "paths.target",
					     "slices.target",  "getty.target" };
	struct unit *named = unit_of(p->u, span_text("default.target"));

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		unit_add(p->u, span_text(first[i]), NULL);
		reach(p, span_text(first[i]), REACHED, (struct span){ 0 });
	}
	/* default.target is a link: the unit behind it bears its own name too */
	if (named && named->node) {
		unit_add(p->u, node_name(named->node), named->node);
		reach(p, node_name(named->node), REACHED, (struct span){ 0 });
	}
	/* graphical.target asks for this one (systemd.special(7)); others are chosen for less */
	if (!named || !named->node || span_is(node_name(named->node), "graphical.target")) {
		unit_add(p->u, span_text("multi-user.target"), NULL);
		reach(p, span_text("multi-user.target"), REACHED, (struct span){ 0 });
	}
	while (p->n) {
		struct span name = p->stack[--p->n];
		struct unit *unit = unit_of(p->u, name);

		each_key(unit->node, pull_words, p);
		for (uint32_t i = 0; i < p->u->link_count; i++)
			if (span_equal(p->u->links[i].holder, name))
				reach(p, p->u->links[i].name, REACHED, (struct span){ 0 });
		pull_event(p, unit_of(p->u, name));
	}
}

/* -- facts -- */

struct said { /* of one unit */
	struct units *u;
	const struct unit *unit;
	struct span command, user, condition, confined;
	struct service_place at;
	bool listens;
};

static struct service_place place(const struct node *n, uint64_t at, uint64_t length, uint32_t line)
{
	return (struct service_place){ n, at, length, line };
}

/* "-", "@", ":", "+", "!" in front of a command are marks of systemd's. */
static struct span without_marks(struct span s)
{
	s = bare_value(s);
	while (s.n && memchr("-@:+!", s.p[0], 5))
		s = span_from(s, 1);
	return s;
}

/* Conditions that the image itself answers: a path that is there, or is not to be; no container. */
static bool is_met(struct boot *b, struct span key, struct span value)
{
	bool negated;

	value = bare_value(value);
	negated = span_byte(value, 0) == '!';
	value = span_from(value, negated);
	if (span_is(key, "ConditionVirtualization"))
		return negated;
	if (!span_starts(key, span_text("ConditionPathExists")) &&
	    !span_starts(key, span_text("ConditionFileNotEmpty")) &&
	    !span_starts(key, span_text("ConditionFileIsExecutable")))
		return false;
	if (span_find(value, 0, span_text("%")) != SIZE_MAX)
		return false;
	return (boot_find(b, value) != NULL) != negated;
}

/* Words that give a service less than others have (systemd.exec(5)), and are not switched off. */
static bool confines(struct span key, struct span value)
{
	return name_matches(key,
			    "NoNewPrivileges,Protect*,Private*,Restrict*,SystemCallFilter,"
			    "CapabilityBoundingSet,DynamicUser,RootDirectory,RootImage,"
			    "AppArmorProfile,SELinuxContext,SmackProcessLabel,InaccessiblePaths,"
			    "ReadOnlyPaths,MemoryDenyWriteExecute,LockPersonality") &&
	       !name_matches(value, "no,false,off,0");
}

static void read_service(void *ctx, struct span key, struct span value, uint64_t at,
			 uint64_t length, uint32_t line)
{
	struct said *s = ctx;

	if (span_is(key, "ExecStart") && s->command.n == 0) {
		s->command = without_marks(value);
		s->at = place(s->unit->node, at, length, line);
	} else if (span_is(key, "User")) {
		s->user = bare_value(value);
	} else if (s->confined.n == 0 && confines(key, bare_value(value))) {
		s->confined = span_sub(s->unit->node->kept, at, length);
	} else if (span_starts(key, span_text("Condition")) && s->condition.n == 0 &&
		   !is_met(s->u->b, key, value)) {
		s->condition = span_sub(s->unit->node->kept, at, length);
	}
}

static struct span stem(struct span name)
{
	size_t dot = name.n;

	while (dot > 0 && name.p[dot - 1] != '.')
		dot--;
	return dot ? span_head(name, dot - 1) : name;
}

static void tell_service(struct units *u, const struct unit *unit)
{
	struct boot *b = u->b;
	struct said said = { .u = u, .unit = unit };
	struct service_new s = { .name = stem(unit->name), .kind = "systemd" };
	struct shell_words words = { .n = 0 };
	struct text t = { 0 };

	each_key(unit->node, read_service, &said);
	s.at = said.at.node ? said.at : place(unit->node, 0, unit->node->kept.n, 1);
	s.enabled = unit->reached != REACHED_NOT && !unit->masked;
	s.command = said.command;
	s.user = said.user;
	if (unit->event.n) {
		text_puts(&t, "started by ");
		text_put(&t, unit->event);
	}
	if (said.condition.n) {
		text_puts(&t, t.n ? " and " : "");
		text_put(&t, said.condition);
	}
	s.condition = text_span(&t);
	for (struct span rest = said.command; rest.n && words.n < SHELL_WORDS;) {
		struct span word = field_next(&rest, ' ');

		if (word.n)
			words.p[words.n++] = (struct shell_word){ word, true };
	}
	if (words.n) {
		struct launch l;

		launch_of(words.p, words.n, &l);
		if (said.confined.n == 0)
			said.confined = l.confined;
		if (l.words.n && !l.is_text) {
			s.program = boot_program(b, l.words.p[0].text);
			service_port(b, &s, &l.words);
		}
	}
	service_add(b, &s);
	boot_confined(b, &s.at, said.confined);
	text_free(&t);
}

static void read_socket(void *ctx, struct span key, struct span value, uint64_t at, uint64_t length,
			uint32_t line)
{
	struct said *said = ctx;
	const struct unit *unit = said->unit;
	struct service_new s = { .at = place(unit->node, at, length, line),
				 .name = unit->name,
				 .kind = "systemd",
				 .enabled = unit->reached == REACHED && !unit->masked,
				 .command = span_sub(unit->node->kept, at, length) };

	value = bare_value(value);
	if (span_is(key, "ListenStream"))
		s.protocol = span_text("tcp");
	else if (span_is(key, "ListenDatagram"))
		s.protocol = span_text("udp");
	else
		return;
	if (value.n && (value.p[0] == '/' || value.p[0] == '@' || value.p[0] == '%'))
		return; /* a socket of this host alone */
	if (read_endpoint(value, &s.protocol, &s.address, &s.port))
		service_add(said->u->b, &s);
}

static void tell(struct units *u)
{
	for (uint32_t i = 0; i < u->n; i++) {
		const struct unit *unit = &u->p[i];
		struct said said = { .u = u, .unit = unit };

		if (!unit->node || unit->node->container != u->b->root)
			continue;
		if (span_ends(unit->name, span_text(".service")))
			tell_service(u, unit);
		else if (span_ends(unit->name, span_text(".socket")))
			each_key(unit->node, read_socket, &said);
	}
}

void boot_units(struct boot *b)
{
	struct units u = { .b = b };
	struct pulling *p = arena_take(&b->scratch, 1, sizeof(*p));

	u.p = arena_take(&b->scratch, MOST_UNITS, sizeof(*u.p));
	u.links = arena_take(&b->scratch, MOST_LINKS, sizeof(*u.links));
	if (!p || !u.p || !u.links)
		return;
	p->u = &u;
	gather(&u);
	if (u.n == 0)
		return;
	pull(p);
	tell(&u);
}
