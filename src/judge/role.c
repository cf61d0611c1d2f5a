/* role.c - services by what they are for. */
#include "judge/role.h"

#include "know/know.h"
#include "observe/observe.h"

bool is_service(const struct service_fact *s)
{
	return !word_is(s->service_kind, "setting");
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
	for (size_t i = 0; name.n && i < daemon_rules_count; i++)
		if (name_matches(name, daemon_rules[i].programs))
			return name_matches(span_text(daemon_rules[i].role), roles);
	return false;
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

const struct service_fact *started_role(const struct ruling *r, const char *roles,
					const struct node *beside)
{
	EACH_SERVICE(r, s)
	if (is_started(s) && has_role(s, roles) &&
	    (!beside || s->f.node->container == beside->container))
		return s;
	return NULL;
}

bool is_setting(const struct service_fact *s, const char *service)
{
	return !is_service(s) && name_matches(s->name, service);
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

bool setting_is(const struct service_fact *s, const char *keys, struct span *value)
{
	size_t blank = span_find(s->command, 0, span_text(" "));
	struct span key = span_head(s->command, blank), rest = span_text(keys);

	*value = blank < s->command.n ? span_from(s->command, blank + 1) : (struct span){ 0 };
	while (rest.n)
		if (same_letters(key, field_next(&rest, ',')))
			return true;
	return false;
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

/* Lists of packages name programs too: what counts lies where programs lie. */
static bool is_in_program_folder(const struct node *n)
{
	struct span path = n->path, name = node_name(n);
	struct span folder = span_head(path, path.n - name.n);

	return span_ends(folder, span_text("bin/"));
}

static bool is_multi_call(const struct ruling *r, const struct node *n)
{
	const struct node *file = n->kind == KIND_SYMLINK ? node_resolve(n, n->path) : n;

	(void)r;
	return file && name_matches(node_name(file), "busybox*,toybox*,toolbox*");
}

#define MOST_FOLLOWED 64

uint32_t rule_programs(struct ruling *r, const char *names, bool links)
{
	const struct tree *t = r->c->tree;
	uint32_t found = 0, followed = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *n = t->nodes[i];

		if (!n->container ||
		    (n->kind != KIND_FILE && n->kind != KIND_SYMLINK && n->kind != KIND_HARDLINK))
			continue;
		if (!name_matches(node_name(n), names) || !is_in_program_folder(n))
			continue;
		if (!links && followed++ < MOST_FOLLOWED && is_multi_call(r, n))
			continue;
		rule_node(r, OUTCOME_REVIEW, n);
		found++;
	}
	return found;
}

uint32_t rule_roles(struct ruling *r, const char *roles, enum outcome started)
{
	uint32_t found = 0;

	EACH_SERVICE(r, s)
	{
		if (!has_role(s, roles))
			continue;
		rule_fact(r, is_started(s) ? started : OUTCOME_REVIEW, &s->f);
		found++;
	}
	for (size_t i = 0; i < daemon_rules_count; i++)
		if (name_matches(span_text(daemon_rules[i].role), roles))
			found += rule_programs(r, daemon_rules[i].programs, true);
	return found;
}
