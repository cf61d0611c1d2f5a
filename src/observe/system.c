/* system.c - small readers that the observers of kernel and availability share. */
#include "observe/system.h"

#include "observe/component.h"

struct kernel_fact *kernel_add(struct scene *s, struct kernel_entry e, struct stand where)
{
	struct arena *a = s->bench->arena;
	struct kernel_fact *k = fact_new(a, s->node, FACT_KERNEL, where.at, where.length);

	if (!k)
		return NULL;
	k->f.line = scene_line(s, where.at);
	k->kernel_kind = e.kind;
	k->name = arena_copy(a, span_head(e.name, LONGEST_VALUE));
	k->value = arena_copy(a, span_head(e.value, LONGEST_VALUE));
	k->from = e.from;
	k->is_signed = TRI_NULL;
	return k;
}

struct availability_fact *availability_add(struct scene *s, const char *kind, struct span name,
					   struct span value, struct stand where)
{
	struct arena *a = s->bench->arena;
	struct availability_fact *f =
		fact_new(a, s->node, FACT_AVAILABILITY, where.at, where.length);

	if (!f)
		return NULL;
	f->f.line = scene_line(s, where.at);
	f->availability_kind = kind;
	f->name = arena_copy(a, span_head(name, LONGEST_VALUE));
	f->value = arena_copy(a, span_head(value, LONGEST_VALUE));
	return f;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct span trimmed(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_from(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span unquoted(struct span s)
{
	s = trimmed(s);
	if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
		s = span_sub(s, 1, s.n - 2);
	return s;
}

struct span word_next(struct span *rest)
{
	struct span found = *rest = trimmed(*rest);
	size_t n = 0;

	while (n < found.n && !is_blank(found.p[n]))
		n++;
	*rest = trimmed(span_from(found, n));
	return span_head(found, n);
}

bool span_has(struct span s, const char *what)
{
	return span_find(s, 0, span_text(what)) != SIZE_MAX;
}

bool starts_with(struct span s, const char *what)
{
	return span_starts(s, span_text(what));
}

bool has_any(struct span s, const char *const *words)
{
	for (; *words; words++)
		if (span_has(s, *words))
			return true;
	return false;
}

/* The last word before a command may be one that takes it. */
static bool takes_command(struct span before)
{
	static const char words[] = "then,do,else,elif,if,while,until,!,exec,nice,nohup,sudo,"
				    "busybox,command,time,eval";
	struct span rest = before, last = { 0 };

	while (rest.n)
		last = word_next(&rest);
	return name_matches(last, words) || (name_matches(last, "-x,--exec,-a,--startas") &&
					     span_has(before, "start-stop-daemon"));
}

bool is_command(struct span line, size_t at)
{
	static const char parts[] = ";|&(){`";
	struct span path, before;
	size_t from = at;

	while (from > 0 && line.p[from - 1] > ' ' && !strchr(parts, line.p[from - 1]))
		from--;
	path = span_sub(line, from, at - from);
	if (span_has(path, "=") || (path.n && strchr("\"'[", path.p[0])))
		return false;
	before = trimmed(span_head(line, from));
	return before.n == 0 || strchr(parts, before.p[before.n - 1]) || takes_command(before);
}

struct span line_around(struct span s, uint64_t at)
{
	uint64_t from = at, to = at;

	while (from > 0 && at - from < LONGEST_VALUE && s.p[from - 1] != '\n')
		from--;
	while (to < s.n && to - at < LONGEST_VALUE && s.p[to] != '\n')
		to++;
	return span_sub(s, from, to - from);
}

bool is_in_use(const struct node *n)
{
	return !span_has(n->path, "/doc/") && !span_has(n->path, "/man/") &&
	       !span_has(n->path, "/info/") && !span_has(n->path, "/examples/");
}

const struct hit *mark_next(const struct scene *s, enum system_mark_kind kind, uint32_t *i)
{
	while (*i < s->hit_count) {
		const struct hit *h = &s->hits[(*i)++];

		if (h->owner == OWNER_SYSTEM && h->row < MARKS && system_marks[h->row].kind == kind)
			return h;
	}
	return NULL;
}
