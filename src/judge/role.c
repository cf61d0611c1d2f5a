/* role.c - services by what they are for. */
#include "judge/role.h"

#include "know/know.h"
#include "observe/observe.h"

bool is_service(const struct service_fact *s)
{
	return !word_is(s->service_kind, "setting") && !word_is(s->service_kind, "applet");
}

static struct span base_of(struct span command)
{
	size_t end = 0, from;
	struct span word;

	while (end < command.n && command.p[end] != ' ' && command.p[end] != '\t')
		end++;
	word = span_head(command, end);
	from = word.n;
	while (from > 0 && word.p[from - 1] != '/')
		from--;
	return span_from(word, from);
}

static bool rule_has_role(struct span name, const char *roles)
{
	const struct daemon_rule *rule = daemon_of(name);

	return rule && name_matches(span_text(rule->role), roles);
}

bool has_role(const struct service_fact *s, const char *roles)
{
	return rule_has_role(base_of(s->command), roles) || rule_has_role(s->name, roles) ||
	       (s->program && rule_has_role(node_name(s->program), roles));
}

bool is_started(const struct service_fact *s)
{
	return s->enabled && s->condition.n == 0;
}

/* -- roots -- */

/* 0: in none. */
static uint32_t root_number(const struct node *n)
{
	return n->container ? n->container->id + 1 : 0;
}

struct roots roots_new(const struct ruling *r)
{
	struct roots x = { .n = 1 };

	EACH_FACT(r, FACT_SERVICE, service_fact, s)
	if (root_number(s->f.node) >= x.n)
		x.n = root_number(s->f.node) + 1;
	x.marks = arena_take(r->c->arena, x.n, 1);
	if (!x.marks) {
		r->asked->failed = true;
		x.n = 0;
	}
	return x;
}

void roots_mark(struct roots *x, const struct node *n)
{
	if (root_number(n) < x->n)
		x->marks[root_number(n)] = 1;
}

bool roots_has(const struct roots *x, const struct node *n)
{
	return root_number(n) < x->n && x->marks[root_number(n)];
}

static void find_started(const struct ruling *r, struct started *of)
{
	of->in = roots_new(r);
	EACH_SERVICE(r, s)
	{
		if (!is_started(s) || !has_role(s, of->roles))
			continue;
		of->anywhere = true;
		roots_mark(&of->in, s->f.node);
	}
}

bool started_role(const struct ruling *r, const char *roles, const struct node *beside)
{
	struct asked *asked = r->asked;
	uint32_t i = 0;

	while (i < asked->n && strcmp(asked->of[i].roles, roles) != 0)
		i++;
	if (i == MOST_ASKED)
		i--;
	if (i == asked->n || strcmp(asked->of[i].roles, roles) != 0) {
		asked->of[i] = (struct started){ .roles = roles };
		asked->n = i + 1;
		find_started(r, &asked->of[i]);
	}
	return beside ? roots_has(&asked->of[i].in, beside) : asked->of[i].anywhere;
}

/* -- settings -- */

bool is_setting(const struct service_fact *s, const char *service)
{
	return word_is(s->service_kind, "setting") && name_matches(s->name, service);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool same_letters(struct span s, struct span with)
{
	bool same = s.n == with.n;

	for (size_t i = 0; same && i < s.n; i++)
		same = lower(s.p[i]) == lower(with.p[i]);
	return same;
}

struct span setting_value(const struct service_fact *s)
{
	size_t blank = span_find(s->command, 0, span_text(" "));

	return blank < s->command.n ? span_from(s->command, blank + 1) : (struct span){ 0 };
}

bool setting_is(const struct service_fact *s, const char *keys, struct span *value)
{
	*value = setting_value(s);
	return key_matches(span_head(s->command, span_find(s->command, 0, span_text(" "))), keys);
}

bool value_is(struct span value, const char *values)
{
	struct span rest = span_text(values);

	while (rest.n)
		if (same_letters(value, field_next(&rest, ',')))
			return true;
	return false;
}

bool value_has(struct span value, const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; n && i + n <= value.n; i++)
		if (same_letters(span_sub(value, i, n), span_text(part)))
			return true;
	return false;
}

enum tri value_switch(struct span value)
{
	if (value_is(value, "1,yes,on,true,enable,enabled"))
		return TRI_YES;
	return value_is(value, "0,no,off,false,disable,disabled") ? TRI_NO : TRI_NULL;
}

/* Lists of packages name programs too: what counts lies where programs lie. */
static bool is_program(const struct node *n)
{
	struct span path = n->path, name = node_name(n);

	return n->container &&
	       (n->kind == KIND_FILE || n->kind == KIND_SYMLINK || n->kind == KIND_HARDLINK) &&
	       span_ends(span_head(path, path.n - name.n), span_text("bin/"));
}

static bool is_multi_call(const struct node *n)
{
	const struct node *file = n->kind == KIND_SYMLINK ? node_resolve(n, n->path) : n;

	return file && name_matches(node_name(file), "busybox*,toybox*,toolbox*");
}

#define MOST_FOLLOWED 64 /* links: each costs a walk through its folders */

uint32_t rule_programs(struct ruling *r, const char *names)
{
	const struct tree *t = r->c->tree;
	uint32_t found = 0, followed = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *n = t->nodes[i];

		if (!is_program(n) || !name_matches(node_name(n), names) ||
		    (followed++ < MOST_FOLLOWED && is_multi_call(n)))
			continue;
		rule_node(r, OUTCOME_REVIEW, n);
		found++;
	}
	return found;
}

void rule_roles(struct ruling *r, const char *roles, enum outcome started)
{
	const struct tree *t = r->c->tree;

	EACH_FACT(r, FACT_SERVICE, service_fact, s)
	if (!is_setting(s, "*") && has_role(s, roles))
		rule_fact(r, is_started(s) ? started : OUTCOME_REVIEW, &s->f);
	for (uint32_t i = 0; i < t->count; i++)
		if (is_program(t->nodes[i]) && rule_has_role(node_name(t->nodes[i]), roles))
			rule_node(r, OUTCOME_REVIEW, t->nodes[i]);
}
