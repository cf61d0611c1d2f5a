/* kernel_sysctl.c - settings of the kernel: sysctl's own files, and what scripts write into
 * /proc/sys or give to sysctl. */
#include "observe/system.h"

#define MOST_SETTINGS 1024 /* of one file */
#define LONGEST_NAME  256

/* Both "net/ipv4/ip_forward" and "net.ipv4.ip_forward" are one name. */
static void add_setting(struct scene *s, struct span name, struct span value, struct span where)
{
	char dotted[LONGEST_NAME];

	if (name.n == 0 || name.n > sizeof(dotted))
		return;
	for (size_t i = 0; i < name.n; i++)
		dotted[i] = name.p[i] == '/' ? '.' : (char)name.p[i];
	kernel_add(s,
		   (struct kernel_entry){
			   .kind = "sysctl",
			   .name = { (const uint8_t *)dotted, name.n },
			   .value = value,
			   .from = "file",
		   },
		   stand_of(s, where));
}

static bool is_sysctl_file(const struct node *n)
{
	return span_ends(n->path, span_text("/sysctl.conf")) || span_has(n->path, "/sysctl.d/");
}

static void look_at_file(struct scene *s)
{
	struct span line;
	size_t at = 0;

	for (int i = 0; i < MOST_SETTINGS && line_next(s->bytes, &at, &line); i++) {
		struct span rest = trimmed(line), name;

		if (rest.n == 0 || rest.p[0] == '#' || rest.p[0] == ';')
			continue;
		if (rest.p[0] == '-') /* errors are of no account */
			rest = span_from(rest, 1);
		if (!span_has(rest, "="))
			continue;
		name = trimmed(field_next(&rest, '='));
		add_setting(s, name, trimmed(rest), line);
	}
}

/* The end of a path in a script. */
static size_t path_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && !strchr(" \t\r;&|\"'`)<>", s.p[n]))
		n++;
	return n;
}

/* The last command of a line: what stands behind ";", "&&", "||" and "then". */
static struct span last_command(struct span line)
{
	static const char *const breaks[] = { ";", "&&", "||", " then ", " do ", "{" };

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++)
		for (size_t cut; (cut = span_find(line, 0, span_text(breaks[i]))) != SIZE_MAX;)
			line = span_from(line, cut + strlen(breaks[i]));
	return trimmed(line);
}

/* What echo or printf writes: "echo 1", "echo -n \"1\"". */
static bool read_echo(struct span command, struct span *value)
{
	struct span rest = command, word = word_next(&rest);

	if (!span_is(word, "echo") && !span_is(word, "printf") &&
	    !span_ends(word, span_text("/echo")))
		return false;
	rest = trimmed(rest);
	while (starts_with(rest, "-n ") || starts_with(rest, "-e ") || starts_with(rest, "-ne "))
		word_next(&rest);
	*value = unquoted(rest);
	return value->n > 0 && value->n < 128;
}

/* "echo 1 > /proc/sys/net/ipv4/ip_forward": `at` is where the path begins. */
static void look_at_write(struct scene *s, uint64_t at)
{
	struct span line = line_around(s->bytes, at), before, path, value;
	uint64_t begin = at - span_place(s->bytes, line);

	if (span_byte(trimmed(line), 0) == '#')
		return;
	before = trimmed(span_head(line, begin));
	while (before.n && (before.p[before.n - 1] == '"' || before.p[before.n - 1] == '\''))
		before.n--;
	before = trimmed(before);
	if (span_byte(before, before.n - 1) != '>')
		return;
	while (before.n && before.p[before.n - 1] == '>')
		before.n--;
	path = span_from(line, begin + strlen("/proc/sys/"));
	path = span_head(path, path_length(path));
	if (read_echo(last_command(before), &value))
		add_setting(s, path, value, line);
}

/* "sysctl -w a.b=1 c.d=2": `at` is where the word begins. */
static void look_at_sysctl(struct scene *s, uint64_t at)
{
	struct span line = line_around(s->bytes, at), rest, word;
	uint64_t begin = at - span_place(s->bytes, line);

	if (span_byte(trimmed(line), 0) == '#' || begin + 6 > line.n)
		return;
	rest = span_from(line, begin + 6);
	if (span_byte(rest, 0) != ' ')
		return;
	rest = span_head(rest, span_find(rest, 0, span_text(";")));
	for (int i = 0; i < 32 && (word = word_next(&rest)).n; i++) {
		struct span name;

		word = unquoted(word);
		if (word.p == NULL || word.n == 0 || word.p[0] == '-' || !span_has(word, "="))
			continue;
		name = field_next(&word, '=');
		if (span_has(name, "."))
			add_setting(s, name, unquoted(word), line);
	}
}

static void look_at_script(struct scene *s)
{
	const struct hit *h;
	uint32_t i = 0;

	while ((h = mark_next(s, MARK_PROC_SYS, &i)))
		look_at_write(s, h->end - system_marks[h->row].len);
	i = 0;
	while ((h = mark_next(s, MARK_SYSCTL, &i)))
		look_at_sysctl(s, h->end - system_marks[h->row].len);
}

void sysctl_look(struct scene *s)
{
	if (s->node->kind == KIND_FILE && is_sysctl_file(s->node))
		look_at_file(s);
	else if (is_in_use(s->node))
		look_at_script(s);
}
