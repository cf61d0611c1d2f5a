/* service_applet.c - servers that a program of many names could be started as, link or no link: the
 * list of applets in BusyBox (include/applet_tables.h: names in order, each ended by a zero). */
#include "base/text.h"
#include "observe/observe.h"

static const char *const servers[] = { "ftpd", "telnetd", "tftpd" };

static bool is_applet_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!memchr("abcdefghijklmnopqrstuvwxyz0123456789_-.[", s.p[i], 40))
			return false;
	return s.n > 0 && s.n < 32;
}

/* The name stands in the list: between two others, in order. */
static bool is_listed(struct span bytes, size_t at, struct span name)
{
	struct span rest = span_from(bytes, at + name.n + 1), before, next;
	size_t from = at ? at - 1 : 0;

	while (from > 0 && bytes.p[from - 1] != 0 && at - from < 32)
		from--;
	if (at == 0 || bytes.p[at - 1] != 0 || span_byte(bytes, at + name.n) != 0)
		return false;
	before = span_sub(bytes, from, at - 1 - from);
	next = field_next(&rest, '\0');
	return is_applet_name(before) && span_compare(before, name) < 0 &&
	       (next.n == 0 || !is_applet_name(next) || span_compare(name, next) < 0);
}

static void look_for(struct scene *s, const char *server)
{
	struct span name = span_text(server);
	struct service_fact *f;

	for (size_t at = 0; (at = span_find(s->bytes, at, name)) != SIZE_MAX; at += name.n) {
		if (!is_listed(s->bytes, at, name))
			continue;
		f = fact_new(s->bench->arena, s->node, FACT_SERVICE, at, name.n);
		if (f) {
			f->name = f->command = name;
			f->service_kind = "applet";
			f->program = s->node;
		}
		return;
	}
}

static void look(struct scene *s)
{
	if (s->node->kind != KIND_FILE || !name_matches(node_name(s->node), "busybox*"))
		return;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		look_for(s, servers[i]);
}

const struct observer observe_services = { "services", look };
