/* availability.c - what keeps a device working: mounts, watchdog, limits of what grows, ways back
 * from a bad image. One file each here; what the layout shows is in availability_layout.c. */
#include "observe/system.h"

#include "observe/component.h"

#define MOST_LINES     1024
#define LONGEST_STRING 128

static void add(struct scene *s, const char *kind, struct span name, struct span value,
		struct span where)
{
	availability_add(s, kind, name, value, stand_of(s, where));
}

static bool is_comment(struct span line)
{
	int first = span_byte(trimmed(line), 0);

	return first < 0 || first == '#' || first == ';';
}

/* -- mounts -- */

struct mount {
	struct span device, place, type, options;
};

static void add_mount(struct scene *s, const struct mount *m, struct span line)
{
	struct text t = { 0 };

	text_put(&t, m->device);
	text_char(&t, ' ');
	text_put(&t, m->type);
	if (m->options.n) {
		text_char(&t, ' ');
		text_put(&t, m->options);
	}
	add(s, "mount", m->place, trimmed(text_span(&t)), line);
	text_free(&t);
}

/* fstab(5). */
static void look_at_fstab(struct scene *s)
{
	struct span line;
	size_t at = 0;

	for (int i = 0; i < MOST_LINES && line_next(s->bytes, &at, &line); i++) {
		struct span rest = line;
		struct mount m;

		if (is_comment(line))
			continue;
		m.device = word_next(&rest);
		m.place = word_next(&rest);
		m.type = word_next(&rest);
		m.options = word_next(&rest);
		if (m.type.n)
			add_mount(s, &m, line);
	}
}

/* The arguments of one mount command. A shell's redirections and further commands end it. */
static bool read_mount(struct span rest, struct mount *m)
{
	struct span word, last = { 0 };

	*m = (struct mount){ .device = { 0 } };
	for (int i = 0; i < 16 && (word = word_next(&rest)).n; i++) {
		if (strchr(";&|)`", word.p[0]) || span_has(word, ">") || span_has(word, "<"))
			break;
		if (span_is(word, "-t"))
			m->type = word_next(&rest);
		else if (span_is(word, "-o"))
			m->options = word_next(&rest);
		else if (word.p[0] != '-') {
			m->device = last.n ? last : m->device;
			last = unquoted(word);
		}
		if (word.p[word.n - 1] == ';')
			break;
	}
	while (last.n && (last.p[last.n - 1] == ';' || last.p[last.n - 1] == ')'))
		last.n--;
	m->place = last;
	return last.n && (m->device.n || m->options.n);
}

/* -- commands of scripts -- */

/* Whether the word that begins at `at` of the line is run, not spoken of. */
static bool is_run(struct span line, uint64_t at)
{
	struct span before = trimmed(span_head(line, at));
	int last = span_byte(before, before.n - 1);

	if (span_byte(line, at - 1) == '/') /* a whole path: look before it */
		while (before.n && !strchr(" \t", before.p[before.n - 1]))
			before.n--;
	before = trimmed(before);
	last = before.n ? span_byte(before, before.n - 1) : -1;
	return last < 0 || strchr(";&|({`!", last) || span_ends(before, span_text("then")) ||
	       span_ends(before, span_text("do")) || span_ends(before, span_text("else")) ||
	       span_ends(before, span_text("if")) || span_ends(before, span_text("exec")) ||
	       span_ends(before, span_text("nice"));
}

/* Each tells whether the command says something, so that a line is told once. */
static bool look_at_mount(struct scene *s, struct span line, uint64_t at)
{
	struct mount m;

	if (!is_run(line, at) || !read_mount(span_from(line, at + strlen("mount ")), &m))
		return false;
	add_mount(s, &m, line);
	return true;
}

/* The program itself, or somebody who writes to the device. */
static bool look_at_watchdog(struct scene *s, struct span line, uint64_t at)
{
	struct span before = trimmed(span_head(line, at));
	bool is_device = span_ends(before, span_text("/dev/"));

	if (is_device) {
		before = trimmed(span_head(before, before.n - strlen("/dev/")));
		if (span_byte(before, before.n - 1) != '>')
			return false;
	} else if (!is_run(line, at) || !strchr(" \t&;", span_byte(line, at + 8))) {
		return false;
	}
	add(s, "watchdog", span_text("feeder"), trimmed(line), line);
	return true;
}

static bool look_at_syslogd(struct scene *s, struct span line, uint64_t at)
{
	struct span rest = span_from(line, at + strlen("syslogd"));

	if (!is_run(line, at) ||
	    !(span_has(rest, " -s") || span_has(rest, " -b") || span_has(rest, " -C")))
		return false;
	add(s, "limit", span_text("syslogd"), trimmed(rest), line);
	return true;
}

static bool look_at_ping(struct scene *s, struct span line, uint64_t at)
{
	struct span text = trimmed(line);

	if (!strchr(" \t!(/", span_byte(line, at - 1)) || !starts_with(s->bytes, "#!") ||
	    (!starts_with(text, "until ") && !starts_with(text, "while ")))
		return false;
	add(s, "remote-wait", span_text("ping"), text, line);
	return true;
}

static const struct {
	const char *word;
	bool (*look)(struct scene *s, struct span line, uint64_t at);
} commands[] = {
	{ "mount ", look_at_mount },
	{ "watchdog", look_at_watchdog },
	{ "syslogd", look_at_syslogd },
	{ "ping ", look_at_ping },
};

static void look_at_script(struct scene *s)
{
	const struct hit *h;
	uint32_t i = 0;
	uint64_t last[sizeof(commands) / sizeof(commands[0])] = { 0 };

	while ((h = mark_next(s, MARK_COMMAND, &i))) {
		uint64_t at = h->end - system_marks[h->row].len;
		struct span line = line_around(s->bytes, at);
		uint64_t begin = span_place(s->bytes, line);

		for (size_t k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
			if (strcmp(commands[k].word, system_marks[h->row].bytes) != 0 ||
			    is_comment(line) || last[k] == begin + 1)
				continue;
			if (commands[k].look(s, line, at - begin))
				last[k] = begin + 1;
		}
	}
}

/* -- media that are plugged in -- */

/* "$MOUNT/run.sh", by what scripts call such places. */
static bool is_of_media(struct span word)
{
	static const char *const names[] = { "mnt", "MNT", "mount", "MOUNT", "media",  "MEDIA",
					     "usb", "USB", "disk",  "DISK",  "sdcard", "SDCARD" };
	struct span variable = span_head(word, span_find(word, 0, span_text("/")));

	if (span_byte(word, 0) != '$' || variable.n == word.n ||
	    !(span_ends(word, span_text(".sh")) || span_ends(word, span_text(".sh\""))))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_has(variable, names[i]))
			return true;
	return false;
}

/* "sh /mnt/usb/update.sh", "/media/sda1/autorun.sh &", ". $MOUNT/run.sh". */
static bool runs_from_media(struct span line)
{
	static const char *const shells[] = { "sh",   "ash",    "bash",    ".",
					      "exec", "source", "/bin/sh", "/bin/bash" };
	static const char *const places[] = { "/mnt/",    "/media/",  "/tmp/mnt/",
					      "/sdcard/", "/tmp/usb", "/run/media/" };
	struct span rest = line, word = unquoted(word_next(&rest));

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (span_is(word, shells[i])) {
			word = unquoted(word_next(&rest));
			break;
		}
	if (span_byte(word, 0) == '"')
		word = span_from(word, 1);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (starts_with(word, places[i]))
			return true;
	return is_of_media(word);
}

static bool is_hotplug(const struct node *n)
{
	return span_has(n->path, "/hotplug") || span_has(n->path, "_hotplug") ||
	       span_has(n->path, "/mdev") || span_has(n->path, "/udev/") ||
	       span_has(n->path, "automount");
}

static void look_at_hotplug(struct scene *s)
{
	struct span line;
	size_t at = 0;

	for (int i = 0; i < MOST_LINES && line_next(s->bytes, &at, &line); i++)
		if (!is_comment(line) && runs_from_media(trimmed(line)))
			add(s, "autorun", trimmed(line), (struct span){ 0 }, line);
}

/* -- settings -- */

/* Keys that bound what grows or watch the system: file, key, what is said. A key that ends with "="
 * is an assignment; others are words. */
static const struct {
	const char *file, *key, *kind, *name;
} settings[] = {
	{ "/logrotate.", "size", "limit", "logrotate size" },
	{ "/logrotate.", "maxsize", "limit", "logrotate size" },
	{ "/logrotate.", "rotate", "limit", "logrotate count" },
	{ "/etc/config/system", "option log_size", "limit", "log_size" },
	{ "/journald.conf", "SystemMaxUse=", "limit", "SystemMaxUse" },
	{ "/journald.conf", "RuntimeMaxUse=", "limit", "RuntimeMaxUse" },
	{ "/systemd/system.conf", "RuntimeWatchdogSec=", "watchdog", "feeder" },
	{ "/etc/watchdog.conf", "watchdog-device", "watchdog", "feeder" },
};

static void look_at_setting(struct scene *s, size_t row, struct span line)
{
	struct span text = trimmed(line);
	size_t length = strlen(settings[row].key);
	bool assigns = settings[row].key[length - 1] == '=';
	struct span value;

	if (!starts_with(text, settings[row].key))
		return;
	value = span_from(text, length);
	if (!assigns && span_byte(value, 0) != ' ' && span_byte(value, 0) != '\t' &&
	    span_byte(value, 0) != '=')
		return;
	value = trimmed(value);
	if (!assigns && span_byte(value, 0) == '=')
		value = trimmed(span_from(value, 1));
	value = unquoted(value);
	if (value.n)
		add(s, settings[row].kind, span_text(settings[row].name), value, line);
}

static void look_at_settings(struct scene *s)
{
	for (size_t row = 0; row < sizeof(settings) / sizeof(settings[0]); row++) {
		struct span line;
		size_t at = 0;

		if (!span_has(s->node->path, settings[row].file))
			continue;
		for (int i = 0; i < MOST_LINES && line_next(s->bytes, &at, &line); i++)
			if (!is_comment(line))
				look_at_setting(s, row, line);
	}
}

/* OpenWrt's "config mount": options of one section make one mount. */
static void look_at_uci(struct scene *s)
{
	struct span line, section = { 0 };
	struct mount m = { .device = { 0 } };
	size_t at = 0;
	bool more = true;

	for (int i = 0; more && i < MOST_LINES; i++) {
		struct span rest, word;

		more = line_next(s->bytes, &at, &line);
		rest = more ? line : span_text("config");
		word = word_next(&rest);
		if (span_is(word, "config")) {
			if (section.n && m.place.n)
				add_mount(s, &m, section);
			m = (struct mount){ .device = { 0 } };
			section = more && span_is(unquoted(rest), "mount") ? line
									   : (struct span){ 0 };
		} else if (span_is(word, "option")) {
			word = word_next(&rest);
			if (span_is(word, "target"))
				m.place = unquoted(rest);
			else if (span_is(word, "device") || span_is(word, "uuid"))
				m.device = unquoted(rest);
			else if (span_is(word, "fstype"))
				m.type = unquoted(rest);
			else if (span_is(word, "options"))
				m.options = unquoted(rest);
		}
	}
}

static void look_at_text(struct scene *s)
{
	struct span path = s->node->path;

	if (span_ends(path, span_text("/etc/config/fstab")))
		look_at_uci(s);
	else if (name_matches(node_name(s->node), "fstab,fstab.*") && !starts_with(s->bytes, "#!"))
		look_at_fstab(s);
	else if (is_in_use(s->node))
		look_at_script(s);
	look_at_settings(s);
	if (is_hotplug(s->node))
		look_at_hotplug(s);
}

/* -- binaries -- */

/* The first string of each mark. */
static void look_at_strings(struct scene *s, enum system_mark_kind kind, const char *fact)
{
	bool seen[MARKS] = { false };
	const struct hit *h;
	uint32_t i = 0;

	while ((h = mark_next(s, kind, &i))) {
		struct span string;
		uint64_t begin;

		if (seen[h->row])
			continue;
		seen[h->row] = true;
		string = string_around(s->bytes, h->end - 1, &begin);
		add(s, fact, span_text(system_marks[h->row].bytes),
		    string.n <= LONGEST_STRING ? string : (struct span){ 0 }, string);
	}
}

static void look_at_device(struct scene *s)
{
	const struct hit *h;
	uint32_t i = 0;

	while ((h = mark_next(s, MARK_COMMAND, &i))) {
		uint64_t begin;
		struct span string = string_around(s->bytes, h->end - 1, &begin);

		if (!starts_with(string, "/dev/watchdog"))
			continue;
		add(s, "watchdog", span_text("program"), string, string);
		return;
	}
}

static bool has_mark(const struct scene *s, enum system_mark_kind kind)
{
	uint32_t i = 0;

	return mark_next(s, kind, &i) != NULL;
}

static void look(struct scene *s)
{
	if (s->node->kind == KIND_FILE) {
		if (s->is_text) {
			look_at_text(s);
			return;
		}
		look_at_device(s);
		if (has_mark(s, MARK_CWMP))
			look_at_strings(s, MARK_RESET, "remote-control");
		look_at_strings(s, MARK_REMOTE, "remote-control");
	} else if (s->node->kind == KIND_REGION && !s->is_text && !has_mark(s, MARK_BANNER)) {
		look_at_strings(s, MARK_RECOVERY, "recovery");
	}
}

const struct observer observe_availability = { "availability", look };
