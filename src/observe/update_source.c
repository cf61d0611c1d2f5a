/* update_source.c - where updates come from: package feeds and URLs; and texts that tell of the
 * comparison of versions and of the boot chain. */
#include "observe/endpoint.h"
#include "observe/update.h"

#define MOST_LINES  4096
#define LONGEST_URL 240
#define MOST_TOLD   16 /* texts of one file that may tell of a comparison */

/* -- feeds, and settings of update clients -- */

static void say_feed(struct update_file *u, const char *what, struct span value, struct span line)
{
	update_say(u, "feed", what, value, span_place(u->s->bytes, line), line.n);
}

/* "src/gz base http://...", "option check_signature". */
static void read_opkg(struct update_file *u, struct span line)
{
	struct span rest = line, word = word_next(&rest), name = word_next(&rest),
		    value = word_next(&rest);

	if (span_is(word, "src") || span_is(word, "src/gz"))
		say_feed(u, "opkg", value, line);
	else if (span_is(word, "option") && span_is(name, "check_signature"))
		say_feed(u, "signature check", span_text(span_is(value, "0") ? "off" : "on"), line);
	else if (span_is(word, "option") && span_is(name, "no_check_certificate"))
		say_feed(u, "certificate check", span_text("off"), line);
}

/* "deb [trusted=yes] http://... stable main", and the fields of .sources files. */
static void read_apt(struct update_file *u, struct span line)
{
	static const char *const off[] = { "trusted=yes", "Trusted: yes", "allow-insecure=yes",
					   "Allow-Insecure: yes", NULL };
	struct span rest = line, word = word_next(&rest);

	if (span_is(word, "deb")) {
		size_t at = span_find(rest, 0, span_text("]"));

		rest = at == SIZE_MAX ? rest : span_from(rest, at + 1);
		say_feed(u, "apt", word_next(&rest), line);
	} else if (span_is(word, "URIs:")) {
		say_feed(u, "apt", trimmed(rest), line);
	}
	if (has_any(line, off))
		say_feed(u, "signature check", span_text("off"), line);
}

static void read_apt_conf(struct update_file *u, struct span line)
{
	if (span_find(line, 0, span_text("AllowUnauthenticated")) != SIZE_MAX &&
	    has_any(line, (const char *const[]){ "true", "\"1\"", "yes", NULL }))
		say_feed(u, "signature check", span_text("off"), line);
}

static void read_apk(struct update_file *u, struct span line)
{
	if (span_find(line, 0, span_text("://")) != SIZE_MAX)
		say_feed(u, "apk", line, line);
}

static void read_yum(struct update_file *u, struct span line)
{
	struct span value = line, key = trimmed(field_next(&value, '='));

	value = trimmed(value);
	if (span_is(key, "baseurl") || span_is(key, "mirrorlist") || span_is(key, "metalink"))
		say_feed(u, "yum", value, line);
	else if (span_is(key, "gpgcheck"))
		say_feed(u, "signature check",
			 span_text(span_is(value, "0") || span_is(value, "no") ||
						   span_is(value, "False")
					   ? "off"
					   : "on"),
			 line);
	else if (span_is(key, "sslverify") && span_is(value, "0"))
		say_feed(u, "certificate check", span_text("off"), line);
}

static void say_checked(struct update_file *u, struct span line)
{
	update_say(u, "verifier", "checks a signature", line, span_place(u->s->bytes, line),
		   line.n);
}

/* The value of a line "key = value" or "key": "value", without quotes and what ends it. */
static struct span value_of(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] != '=' && line.p[n] != ':')
		n++;
	line = trimmed(span_from(line, n < line.n ? n + 1 : n));
	while (line.n && strchr("\"';, ", line.p[line.n - 1]))
		line.n--;
	while (line.n && strchr("\"' ", line.p[0]))
		line = span_from(line, 1);
	return line;
}

/* RAUC installs nothing that its keyring does not verify. */
static void read_rauc(struct update_file *u, struct span line)
{
	if (span_is(line, "[keyring]"))
		say_checked(u, line);
}

static bool has_key(struct span line, const char *key)
{
	struct span k = span_text(key);

	if (span_byte(line, 0) == '"')
		line = span_from(line, 1);
	return span_starts(line, k) &&
	       (span_byte(line, k.n) == '"' || span_byte(line, k.n) == ' ' ||
		span_byte(line, k.n) == '=' || span_byte(line, k.n) == ':');
}

/* SWUpdate's and Mender's own settings: a key, an address, a check that is off. */
static void read_client(struct update_file *u, struct span line)
{
	struct span value = value_of(line);

	if (has_key(line, "public-key-file") || has_key(line, "ArtifactVerifyKey"))
		say_checked(u, line);
	else if ((has_key(line, "url") || has_key(line, "ServerURL")) && value.n)
		update_say(u, "url", "update URL", value, span_place(u->s->bytes, line), line.n);
	else if ((has_key(line, "SkipVerify") && span_is(value, "true")) ||
		 (has_key(line, "nocheckcert") && span_is(value, "true")))
		update_say(u, "url", "certificate not checked", line, span_place(u->s->bytes, line),
			   line.n);
}

static const struct {
	const char *globs, *folder; /* of the name; a part of the path */
	void (*read)(struct update_file *u, struct span line);
} lists[] = {
	{ "opkg*.conf", "/", read_opkg },
	{ "*.conf", "/opkg/", read_opkg },
	{ "sources.list", "/apt/", read_apt },
	{ "*.list,*.sources", "/sources.list.d/", read_apt },
	{ "*", "/apt.conf.d/", read_apt_conf },
	{ "repositories", "/apk/", read_apk },
	{ "*.repo", "/yum.repos.d/", read_yum },
	{ "yum.conf,dnf.conf", "/", read_yum },
	{ "system.conf", "/rauc/", read_rauc },
	{ "swupdate.cfg", "/", read_client },
	{ "mender.conf", "/mender/", read_client },
};

bool update_feeds(struct update_file *u)
{
	const struct node *n = u->s->node;
	struct span line;
	size_t i = 0, at = 0;

	while (i < sizeof(lists) / sizeof(lists[0]) &&
	       (!name_matches(node_name(n), lists[i].globs) ||
		span_find(n->path, 0, span_text(lists[i].folder)) == SIZE_MAX))
		i++;
	if (i == sizeof(lists) / sizeof(lists[0]))
		return false;
	for (int k = 0; k < MOST_LINES && line_next(u->s->bytes, &at, &line); k++) {
		struct span text = trimmed(line);

		if (text.n && text.p[0] != '#' && !span_starts(text, span_text("//")))
			lists[i].read(u, text);
	}
	return true;
}

/* -- marks -- */

static struct span text_around(const struct update_file *u, uint64_t at)
{
	uint64_t begin = 0;
	struct span text = u->s->is_text ? line_around(u->s->bytes, at)
					 : string_around(u->s->bytes, at, &begin);

	return trimmed(text);
}

static bool was_said(const struct update_file *u, const char *kind, struct span value)
{
	int left = 256;

	for (const struct fact *f = u->first; f && left; f = f->next) {
		const struct update_fact *x = (const void *)f;

		if (f->kind != FACT_UPDATE)
			continue;
		left--;
		if (strcmp(x->update_kind, kind) == 0 && span_equal(x->value, value))
			return true;
	}
	return false;
}

/* Texts in which a URL is an update's: programs, scripts and settings; not pages. */
static bool may_update(const struct update_file *u)
{
	if (u->s->node->kind == KIND_REGION)
		return !u->s->is_text;
	return !name_matches(node_name(u->s->node),
			     "*.htm,*.html,*.js,*.css,*.txt,*.md,*.xml,*.svg,*.xsd,*.control,"
			     "*.asp,*.php,*.gz,*.pem,*.crt,*.json,status,*.map,*.ko") &&
	       (!u->s->is_text || u->is_script || u->s->bytes.n < (64u << 10));
}

/* Nearly all that has "update" in a URL and is no software: names of hosts kept up to date, XML. */
static bool is_of_update(struct span url)
{
	static const char *const yes[] = { "update",   "Update",   "upgrade", "Upgrade",
					   "firmware", "Firmware", "fota",    "/ota",
					   "FIRMWARE", "UPDATE",   NULL };
	static const char *const no[] = { "/nic/",  "dns",     "DNS",   "hostname=", "myip",
					  "w3.org", "schemas", ".html", "docs.",     "/xml",
					  "ip=%s",  "xmlns",   "bugs",  "wiki",      NULL };

	return has_any(url, yes) && !has_any(url, no);
}

static bool is_letter(int c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Where the scheme of a URL whose "://" ends there begins; `end` if it fetches no file. */
static uint64_t scheme_before(struct span s, uint64_t end)
{
	static const char *const schemes[] = { "https://", "http://", "tftp://", "ftp://" };
	struct span before = span_head(s, end);

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);

		if (span_ends(before, span_text(schemes[i])) &&
		    (n == end || !is_letter(s.p[end - n - 1])))
			return end - n;
	}
	return end;
}

static void look_at_place(struct update_file *u, uint64_t end)
{
	struct span s = u->s->bytes, url;
	uint64_t from = scheme_before(s, end), to = end;

	if (from == end || !may_update(u))
		return;
	while (to < s.n && to - from < LONGEST_URL && s.p[to] > ' ' && s.p[to] < 0x7f &&
	       !strchr("\"'<>()`\\,;", s.p[to]))
		to++;
	url = span_sub(s, from, to - from);
	if (to == end || !is_of_update(url) || was_said(u, "url", url))
		return;
	if (u->s->is_text && span_byte(text_around(u, end - 1), 0) == '#')
		return;
	update_say(u, "url", "update URL", url, from, url.n);
}

/* Whether a remark began before `at` in its line. */
static bool is_remark(struct span s, uint64_t at)
{
	for (int i = 0; i < 1024 && at > 0 && span_byte(s, at - 1) != '\n'; i++, at--)
		if (span_byte(s, at - 1) == '#' && (at < 2 || span_byte(s, at - 2) <= ' '))
			return true;
	return false;
}

static void look_at_unverified(struct update_file *u, const struct unchecked_mark *mark,
			       uint64_t end)
{
	static const char *const words[] = { "wget ", "curl ", "uclient-fetch ", NULL };
	struct span text = text_around(u, end - 1);

	if (!may_update(u) || text.n == 0 || text.p[0] == '#' || !has_any(text, words) ||
	    span_starts(text, span_text("-")) || was_said(u, "url", text) ||
	    (u->s->is_text && is_remark(u->s->bytes, end)) ||
	    endpoint_switch(u->s->bytes, mark, end).n == 0)
		return;
	update_say(u, "url", "certificate not checked", text, span_place(u->s->bytes, text),
		   text.n);
}

static uint32_t how_many(const struct update_file *u, const char *kind)
{
	uint32_t n = 0;

	for (const struct fact *f = u->first; f; f = f->next)
		n += f->kind == FACT_UPDATE &&
		     strcmp(((const struct update_fact *)f)->update_kind, kind) == 0;
	return n;
}

static void look_at_comparison(struct update_file *u, uint64_t end, const char *mark)
{
	static const char *const words[] = { "irmware", "ersion", "ollback index", "ollback_index",
					     NULL };
	static const char *const other[] = { "transaction", "ROLLBACK TO", "TLS",    "SSL",
					     "HTTP",        "protocol",    "cipher", "savepoint",
					     "package",     NULL };
	struct span text = text_around(u, end - 1);

	if (!may_update(u) || text.n > 400 || span_find(text, 0, span_text(" ")) == SIZE_MAX ||
	    !has_any(text, words) || has_any(text, other) ||
	    (strstr(mark, "min") && span_find(text, 0, span_text("irmware")) == SIZE_MAX) ||
	    (u->s->is_text && !u->is_updater) || was_said(u, "rollback", text) ||
	    how_many(u, "rollback") >= MOST_TOLD)
		return;
	update_say(u, "rollback", u->is_script ? "line of a script" : "text of a program", text,
		   span_place(u->s->bytes, text), text.n);
}

/* Tools that run under an operating system know the boot loader's texts as well. */
static bool is_tool(const struct node *n)
{
	for (const struct fact *f = n->facts; f; f = f->next)
		if (f->kind == FACT_EXECUTABLE)
			return ((const struct executable_fact *)f)->interpreter.n > 0;
	return false;
}

static void look_at_boot(struct update_file *u, uint64_t end, const char *mark)
{
	static const struct {
		const char *mark, *what;
	} told[] = {
		{ "Failed to verify required signature", "boot loader checks signatures of FIT" },
		{ "dm-mod.create=", "device mapper on the command line" },
		{ "dm_verity", "dm-verity" },
		{ "root=/dev/dm-0", "root file system on device mapper" },
		{ "HAB Configuration: 0x", "boot loader asks for high assurance boot" },
		{ "avb_slot_verify.c", "boot loader has Android verified boot" },
	};
	struct span text = text_around(u, end - 1);

	if (text.n == 0 || is_tool(u->s->node) ||
	    (u->s->is_text && u->s->node->kind == KIND_FILE && !u->is_script))
		return;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		if (strcmp(told[i].mark, mark) != 0 || how_many(u, "verified-boot") >= MOST_TOLD)
			continue;
		if (!was_said(u, "verified-boot", span_head(text, 240)))
			update_say(u, "verified-boot", told[i].what, text,
				   span_place(u->s->bytes, text), text.n);
	}
}

void update_mark(struct update_file *u, const struct hit *h)
{
	const struct text_mark *m = &update_marks[h->row];

	if (h->owner == OWNER_ENDPOINT && h->row == 0)
		look_at_place(u, h->end);
	else if (h->owner == OWNER_ENDPOINT)
		look_at_unverified(u, &unchecked_marks[h->row - 1], h->end);
	else if (m->tells == MARK_ROLLBACK)
		look_at_comparison(u, h->end, m->text);
	else if (m->tells == MARK_BOOT)
		look_at_boot(u, h->end, m->text);
}
