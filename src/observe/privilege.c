/* privilege.c - rights beyond the ordinary: what the metadata of the file systems show (relate, in
 * tree order), and rules by which programs hand out root's rights (one text file each). */
#include "observe/system.h"

#define MOST_LINES     4096
#define MOST_RULES     256 /* of one file */
#define LONGEST_RULE   1024
#define LARGEST_SCRIPT (256u << 10)
#define MOST_OF_MODES  65536 /* facts of one image: a tree in which everything is 0777 */

enum { SET_UID = 04000, SET_GID = 02000, STICKY = 01000, OTHERS_WRITE = 0002 };

static struct privilege_fact *add(struct arena *a, struct node *n, const char *kind,
				  struct span detail)
{
	uint64_t whole = n->kind == KIND_FILE || n->kind == KIND_HARDLINK ? n->size : 0;
	struct privilege_fact *p = fact_new(a, n, FACT_PRIVILEGE, 0, whole);

	if (!p)
		return NULL;
	p->privilege_kind = kind;
	p->mode = n->mode & 07777;
	p->detail = arena_copy(a, detail);
	return p;
}

/* -- rules in text files -- */

/* One rule, with the lines that a backslash joins. */
struct rule {
	struct span text; /* of the file, as it stands there */
	struct span words;
	uint32_t line;
};

static bool begins_word(struct span s, const char *word)
{
	size_t n = strlen(word);

	return span_starts(s, span_text(word)) &&
	       (s.n == n || s.p[n] == ' ' || s.p[n] == '\t' || s.p[n] == ':');
}

/* User, host and "=" command; not an alias or a setting, but for the one that asks for no password
 * at all. */
static bool is_sudo_rule(struct span s)
{
	static const char *const others[] = { "User_Alias",  "Runas_Alias", "Host_Alias",
					      "Cmnd_Alias",  "Cmd_Alias",   "@include",
					      "@includedir", "Defaults" };

	if (begins_word(s, "Defaults") || span_starts(s, span_text("Defaults")))
		return span_has(s, "!authenticate");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (begins_word(s, others[i]))
			return false;
	return span_has(s, "=");
}

static bool is_doas_rule(struct span s)
{
	return begins_word(s, "permit") || begins_word(s, "deny");
}

static bool is_su_rule(struct span s)
{
	return span_starts(s, span_text("auth")) && span_has(s, "pam_") && !span_has(s, "pam_env");
}

static const struct rule_file {
	const char *file, *folder; /* ends of paths; parts of paths */
	const char *kind;
	bool (*is_rule)(struct span s);
} rule_files[] = {
	{ "/sudoers", "/sudoers.d/", "sudoers", is_sudo_rule },
	{ "/doas.conf", "/doas.d/", "doas", is_doas_rule },
	{ "/pam.d/su", NULL, "su", is_su_rule },
};

static const struct rule_file *rule_file_of(const struct node *n)
{
	for (size_t i = 0; i < sizeof(rule_files) / sizeof(rule_files[0]); i++) {
		const struct rule_file *f = &rule_files[i];

		if (span_ends(n->path, span_text(f->file)) ||
		    (f->folder && span_has(n->path, f->folder)))
			return f;
	}
	return NULL;
}

static void add_line(struct scene *s, const char *kind, struct span text, struct span detail)
{
	uint64_t at = span_place(s->bytes, text);
	struct privilege_fact *p = add(s->bench->arena, s->node, kind, detail);

	if (!p)
		return;
	p->f.offset = at;
	p->f.length = text.n;
	p->f.line = scene_line(s, at);
}

/* The next line with those that continue it; `joined` holds them without backslashes. */
static bool next_rule(struct span bytes, size_t *at, struct span *text, struct text *joined)
{
	struct span line, all;

	joined->n = 0;
	if (!line_next(bytes, at, &line))
		return false;
	all = line;
	while (line.n && line.p[line.n - 1] == '\\') {
		text_put(joined, span_head(line, line.n - 1));
		if (!line_next(bytes, at, &line))
			return true;
		all.n = (size_t)(line.p + line.n - all.p);
	}
	text_put(joined, line);
	*text = all;
	return true;
}

static void look_at_rules(struct scene *s, const struct rule_file *f)
{
	struct text joined = { 0 };
	struct span text = { 0 };
	size_t at = 0;
	int rules = 0;

	for (int i = 0; i < MOST_LINES && next_rule(s->bytes, &at, &text, &joined); i++) {
		struct span rule = trimmed(text_span(&joined));

		if (rule.n == 0 || rule.n > LONGEST_RULE || rule.p[0] == '#' || !f->is_rule(rule))
			continue;
		if (rules++ == MOST_RULES)
			break;
		add_line(s, f->kind, text, rule);
	}
	text_free(&joined);
}

/* -- where programs and libraries are searched -- */

static const char *const path_variables[] = { "PATH=", "LD_LIBRARY_PATH=", "LD_PRELOAD=" };

/* Files that set what root's programs find in their environment. */
static bool sets_environment(const struct node *n)
{
	struct span name = node_name(n);

	return n->size <= LARGEST_SCRIPT &&
	       (span_starts(n->path, span_text("/etc")) || span_has(n->path, "/etc/") ||
		name_matches(name, "profile,.profile,rcS,rc,rc.*,init,environment"));
}

/* The value behind "PATH=" and the like: what the shell ends the word at is left out, and so are
 * quotes. */
static struct span path_value(struct span value)
{
	static const char ends[] = " \t;&|";
	int first = span_byte(value, 0);
	bool quoted = first == '"' || first == '\'';
	size_t n = 0;

	value = span_from(value, quoted);
	while (n < value.n &&
	       (quoted ? value.p[n] != first : !memchr(ends, value.p[n], sizeof(ends))))
		n++;
	return span_head(value, n);
}

/* The variable of path_variables that a line sets, and its value; NULL if it sets none. */
static const char *path_setting(struct span line, struct span *value)
{
	struct span s = trimmed(line);

	if (begins_word(s, "export"))
		s = trimmed(span_from(s, 6));
	for (size_t i = 0; i < sizeof(path_variables) / sizeof(path_variables[0]); i++) {
		struct span name = span_text(path_variables[i]);

		if (!span_starts(s, name))
			continue;
		*value = path_value(span_from(s, name.n));
		return path_variables[i];
	}
	return NULL;
}

static void add_setting(struct scene *s, struct span line)
{
	struct text t = { 0 };
	struct span value;
	const char *variable = path_setting(line, &value);

	if (variable && value.n && value.n <= LONGEST_RULE) {
		text_puts(&t, variable);
		text_put(&t, value);
		add_line(s, "search-path", line, text_span(&t));
	}
	text_free(&t);
}

static void look_at_paths(struct scene *s)
{
	struct span line;
	size_t at = 0;

	if (span_find(s->bytes, 0, span_text("PATH=")) == SIZE_MAX &&
	    span_find(s->bytes, 0, span_text("LD_PRELOAD=")) == SIZE_MAX)
		return;
	for (int i = 0; i < MOST_LINES && line_next(s->bytes, &at, &line); i++)
		add_setting(s, line);
}

/* ld.so.preload and ld.so.conf name a library or directory a line. */
static void look_at_loader(struct scene *s)
{
	struct span line;
	size_t at = 0;

	for (int i = 0; i < MOST_RULES && line_next(s->bytes, &at, &line); i++) {
		struct span what = trimmed(line);

		if (what.n && what.n <= LONGEST_RULE && what.p[0] != '#' &&
		    !begins_word(what, "include"))
			add_line(s,
				 name_matches(node_name(s->node), "ld.so.preload") ? "preload"
										   : "search-path",
				 line, what);
	}
}

/* Set-id scripts are told from programs while their bytes are here. */
static void look(struct scene *s)
{
	const struct rule_file *f;

	if (s->node->kind != KIND_FILE)
		return;
	if (s->node->has_mode && s->node->mode & SET_UID && span_starts(s->bytes, span_text("#!")))
		add(s->bench->arena, s->node, "setuid", span_text("script"));
	f = s->is_text ? rule_file_of(s->node) : NULL;
	if (f)
		look_at_rules(s, f);
	else if (s->is_text && (span_ends(s->node->path, span_text("/etc/ld.so.preload")) ||
				span_ends(s->node->path, span_text("/etc/ld.so.conf")) ||
				span_has(s->node->path, "/etc/ld.so.conf.d/")))
		look_at_loader(s);
	else if (s->is_text && sets_environment(s->node))
		look_at_paths(s);
}

const struct observer observe_privileges = { "privileges", look };

/* -- metadata -- */

static bool is_known_script(const struct node *n)
{
	const struct node *holder = n->hardlink_of ? n->hardlink_of : n;

	for (const struct fact *f = holder->facts; f; f = f->next)
		if (f->kind == FACT_PRIVILEGE &&
		    span_is(((const struct privilege_fact *)f)->detail, "script"))
			return true;
	return false;
}

static void add_device(struct arena *a, struct node *n)
{
	struct text t = { 0 };

	text_format(&t, "%s %u:%u", n->kind == KIND_CHAR_DEVICE ? "char" : "block", n->major,
		    n->minor);
	add(a, n, "device", text_span(&t));
	text_free(&t);
}

static bool has_content_of_its_own(const struct node *n)
{
	if (n->kind == KIND_HARDLINK)
		return n->hardlink_of && n->hardlink_of->kind == KIND_FILE;
	return n->kind == KIND_FILE;
}

/* How many facts the modes of one file or directory give. */
static uint32_t add_modes(struct arena *a, struct node *n)
{
	bool is_file = has_content_of_its_own(n);
	uint32_t count = 0;

	if (!n->has_mode || (!is_file && n->kind != KIND_DIRECTORY))
		return 0;
	if (n->mode & SET_UID) {
		bool known = is_known_script(n);

		if (!known || n->hardlink_of)
			add(a, n, "setuid", span_text(known ? "script" : ""));
		count++;
	}
	if (n->mode & SET_GID)
		count += add(a, n, "setgid", (struct span){ 0 }) != NULL;
	if (n->mode & OTHERS_WRITE && !(n->mode & STICKY))
		count += add(a, n, is_file ? "world-writable-file" : "world-writable-directory",
			     (struct span){ 0 }) != NULL;
	return count;
}

void relate_privileges(struct observation *o, struct tree *t, struct arena *a)
{
	uint32_t count = 0;

	(void)o;
	for (uint32_t i = 0; i < t->count && count < MOST_OF_MODES; i++) {
		struct node *n = t->nodes[i];

		if (!n->container)
			continue;
		if (n->kind == KIND_CHAR_DEVICE || n->kind == KIND_BLOCK_DEVICE)
			add_device(a, n);
		count += add_modes(a, n);
		if (n->capabilities.n)
			add(a, n, "capability", n->capabilities);
	}
}
