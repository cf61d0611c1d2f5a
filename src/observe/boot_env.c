/* boot_env.c - the environment of a boot loader within its program or a part of the storage:
 * strings "name=value", each ended by one NUL, as U-Boot keeps its defaults
 * (include/env_default.h). What tells of its console is a setting, as it is in a file of settings.
 */
#include "base/text.h"
#include "observe/system.h"

#define MOST_STRINGS   256
#define LONGEST_STRING 2048
#define LONGEST_NAME   64
#define LEAST_KNOWN    2 /* names that every environment has, for a run of strings to be one */

static bool is_name(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* "name=value" from end to end. */
static bool is_variable(struct span s)
{
	size_t n = 0;

	while (n < s.n && n < LONGEST_NAME && is_name(s.p[n]))
		n++;
	if (n == 0 || span_byte(s, n) != '=')
		return false;
	for (size_t i = n; i < s.n; i++)
		if ((s.p[i] < ' ' && s.p[i] != '\t' && s.p[i] != '\n') || s.p[i] > 0x7e)
			return false;
	return true;
}

/* The string that begins at `at`; empty where it has no end. */
static struct span string_at(struct span s, uint64_t at)
{
	struct span rest = span_head(span_from(s, at), LONGEST_STRING);
	const uint8_t *end = rest.n ? memchr(rest.p, 0, rest.n) : NULL;

	return end ? span_head(rest, (uint64_t)(end - rest.p)) : (struct span){ 0 };
}

/* Where the run of variables begins that the string at `at` belongs to. */
static uint64_t begin_of(struct span s, uint64_t at)
{
	for (int i = 0; i < MOST_STRINGS && at > 1 && s.p[at - 1] == 0; i++) {
		uint64_t from = at - 1;

		while (from > 0 && at - from < LONGEST_STRING && s.p[from - 1] != 0)
			from--;
		if (!is_variable(span_sub(s, from, at - 1 - from)))
			break;
		at = from;
	}
	return at;
}

static bool has_name(struct span variable, const char *names)
{
	return name_matches(span_head(variable, span_find(variable, 0, span_text("="))), names);
}

/* "bootdelay 3", as settings of files are told; of what is secret only that it is set. */
static void tell(struct scene *s, struct span variable)
{
	struct arena *a = s->bench->arena;
	struct span value = variable, name = field_next(&value, '=');
	bool is_secret = name_matches(name, "*password*,bootstopkey*");
	struct text t = { 0 };
	struct service_fact *f =
		fact_new(a, s->node, FACT_SERVICE, span_place(s->bytes, variable), variable.n);

	if (!f)
		return;
	text_put(&t, name);
	if (value.n)
		text_char(&t, ' ');
	text_put(&t, is_secret && value.n ? span_text("(set)") : value);
	f->name = span_text("u-boot");
	f->service_kind = "setting";
	f->command = arena_copy(a, text_span(&t));
	text_free(&t);
}

uint64_t boot_environment(struct scene *s, uint64_t inside)
{
	uint64_t begin, at, end;
	uint32_t known = 0;
	struct span v;

	string_around(s->bytes, inside, &begin);
	if (!is_variable(string_at(s->bytes, begin)))
		return inside;
	at = begin = begin_of(s->bytes, begin);
	for (int i = 0; i < MOST_STRINGS && is_variable(v = string_at(s->bytes, at)); i++) {
		known += has_name(v, "bootcmd,bootargs,bootdelay,baudrate,ethaddr,ipaddr,serverip,"
				     "stdin,stdout,stderr,loadaddr");
		at += v.n + 1;
	}
	end = at;
	for (at = begin; known >= LEAST_KNOWN && at < end; at += v.n + 1) {
		v = string_at(s->bytes, at);
		if (has_name(v, "bootdelay,bootstopkey,bootstopkey2,bootstopkeysha256,silent,"
				"preboot,password,bootpassword"))
			tell(s, v);
	}
	return end;
}
