/* update.c - how updates come in and what checks them: scripts that write flash, commands that
 * verify, package feeds, keys, stages of the boot chain, and what a factory reset erases. */
#include "observe/update.h"

#define MOST_FACTS  128 /* of one file */
#define MOST_VALUE  240
#define MOST_TEXT   (1u << 20)
#define MOST_LINES  4096
#define MOST_LINE   2048
#define MOST_TARGET 128 /* of a redirection */

struct update_fact *update_say(struct update_file *u, const char *kind, const char *what,
			       struct span value, uint64_t offset, uint64_t length)
{
	struct arena *a = u->s->bench->arena;
	struct update_fact *f;

	if (u->made > MOST_FACTS)
		return NULL;
	f = fact_new(a, u->s->node, FACT_UPDATE, offset, length);
	if (!f)
		return NULL;
	u->first = u->first ? u->first : &f->f;
	f->f.line = scene_line(u->s, offset);
	f->update_kind = kind;
	f->verified = TRI_NULL;
	f->what = span_text(what);
	f->value = arena_copy(a, span_head(value, MOST_VALUE));
	if (u->made++ == MOST_FACTS) {
		f->what = span_text("cut off");
		f->value = span_text("more of this file is not listed");
		return NULL;
	}
	return f;
}

bool update_is_manual(struct span path)
{
	static const char *const parts[] = { "/doc/",           "/man/",           "/licenses/",
					     "/locale/",        "/include/",       "/info/",
					     "/i18n/",          "/perl5/",         "/python3/",
					     "/dist-packages/", "/site-packages/", NULL };

	return has_any(path, parts);
}

/* -- what commands of scripts do -- */

enum deed {
	DEED_WRITE,    /* puts an image into flash */
	DEED_HAND,     /* has a program put it there, which may check it */
	DEED_VERIFY,   /* checks a signature */
	DEED_CHECKSUM, /* checks a sum without a key */
	DEED_HEADER,   /* looks at a header */
	DEED_ERASE,    /* takes settings away */
};

/* A command, a text that stands in the same line (NULL: any), and in which scripts it counts. */
static const struct {
	const char *command, *with;
	enum deed deed;
	enum { IN_ANY, IN_UPDATER, IN_RESET } in;
} commands[] = {
	{ "mtd", " write ", DEED_WRITE, IN_ANY },
	{ "mtd", " -e ", DEED_WRITE, IN_UPDATER },
	{ "mtd_write", " write ", DEED_WRITE, IN_ANY },
	{ "mtd_write", NULL, DEED_WRITE, IN_UPDATER },
	{ "mtd_debug", " write ", DEED_WRITE, IN_ANY },
	{ "flashcp", NULL, DEED_WRITE, IN_ANY },
	{ "nandwrite", NULL, DEED_WRITE, IN_ANY },
	{ "ubiupdatevol", NULL, DEED_WRITE, IN_ANY },
	{ "ubiformat", " -f ", DEED_WRITE, IN_ANY },
	{ "fwupdater", " -i ", DEED_HAND, IN_ANY },
	{ "dd", "of=/dev/mtd", DEED_WRITE, IN_ANY },
	{ "dd", "of=/dev/mmcblk", DEED_WRITE, IN_ANY },
	{ "dd", "of=/dev/block/", DEED_WRITE, IN_ANY },
	{ "swupdate", " -i ", DEED_HAND, IN_ANY },
	{ "sysupgrade", NULL, DEED_HAND, IN_ANY },
	{ "usign", " -V", DEED_VERIFY, IN_ANY },
	{ "signify", " -V", DEED_VERIFY, IN_ANY },
	{ "minisign", " -V", DEED_VERIFY, IN_ANY },
	{ "ucert", " -V", DEED_VERIFY, IN_ANY },
	{ "openssl", " -verify", DEED_VERIFY, IN_ANY },
	{ "gpgv", NULL, DEED_VERIFY, IN_ANY },
	{ "gpg", " --verify", DEED_VERIFY, IN_ANY },
	{ "fwtool_check_signature", NULL, DEED_VERIFY, IN_ANY },
	{ "rauc", " install", DEED_VERIFY, IN_ANY },
	{ "md5sum", NULL, DEED_CHECKSUM, IN_UPDATER },
	{ "sha1sum", NULL, DEED_CHECKSUM, IN_UPDATER },
	{ "sha256sum", NULL, DEED_CHECKSUM, IN_UPDATER },
	{ "sha512sum", NULL, DEED_CHECKSUM, IN_UPDATER },
	{ "cksum", NULL, DEED_CHECKSUM, IN_UPDATER },
	{ "crc32", NULL, DEED_CHECKSUM, IN_UPDATER },
	{ "fwtool", " -i ", DEED_HEADER, IN_UPDATER },
	{ "get_magic_word", NULL, DEED_HEADER, IN_UPDATER },
	{ "get_magic_long", NULL, DEED_HEADER, IN_UPDATER },
	{ "jffs2reset", NULL, DEED_ERASE, IN_ANY },
	{ "firstboot", NULL, DEED_ERASE, IN_ANY },
	{ "nvram", " erase", DEED_ERASE, IN_ANY },
	{ "nvram", " restore", DEED_ERASE, IN_ANY },
	{ "mtd", " erase rootfs_data", DEED_ERASE, IN_ANY },
	{ "mtd", " erase", DEED_ERASE, IN_RESET },
	{ "flash_erase", NULL, DEED_ERASE, IN_RESET },
	{ "flash_eraseall", NULL, DEED_ERASE, IN_RESET },
	{ "devconf", " del", DEED_ERASE, IN_RESET },
	{ "rm", " -rf /overlay", DEED_ERASE, IN_ANY },
	{ "rm", "/etc/", DEED_ERASE, IN_RESET },
	{ "rm", "/config", DEED_ERASE, IN_RESET },
	{ "rm", "/data", DEED_ERASE, IN_RESET },
	{ "ubirmvol", NULL, DEED_ERASE, IN_RESET },
};

static const struct {
	const char *kind, *what, *elsewhere; /* elsewhere: in a script that is no updater */
} deeds[] = {
	[DEED_WRITE] = { "updater", "writes flash", "writes a partition" },
	[DEED_HAND] = { "updater", "hands over", "hands over" },
	[DEED_VERIFY] = { "verifier", "checks a signature", "checks a signature elsewhere" },
	[DEED_CHECKSUM] = { "verifier", "compares a checksum", "compares a checksum" },
	[DEED_HEADER] = { "verifier", "looks at a header", "looks at a header" },
	[DEED_ERASE] = { "reset", "erases", "erases" },
};

static bool is_name_byte(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* Where a word stands whose end a blank or the line's end follows, and no name goes on into. */
static size_t find_word(struct span line, const char *word)
{
	struct span w = span_text(word);

	for (size_t at = 0; (at = span_find(line, at, w)) != SIZE_MAX; at++) {
		int before = at ? line.p[at - 1] : -1, after = span_byte(line, at + w.n);

		if (!is_name_byte(before) && before != '$' && before != '{' &&
		    (after < 0 || strchr(" \t;|&)\"`", after)))
			return at;
	}
	return SIZE_MAX;
}

/* Whether the line says a text, and runs nothing. */
static bool is_said(struct span line, size_t at)
{
	static const char *const words[] = {
		"echo ", "echo\t", "printf ", "logger ", "v \"", NULL
	};

	for (size_t i = 0; words[i]; i++) {
		size_t found = span_find(line, 0, span_text(words[i]));

		if (found < at && (found == 0 || !is_name_byte(line.p[found - 1])) &&
		    span_find(span_sub(line, found, at - found), 0, span_text("|")) == SIZE_MAX &&
		    span_find(span_sub(line, found, at - found), 0, span_text(";")) == SIZE_MAX)
			return true;
	}
	return false;
}

/* "... > /dev/mtd3" and "... > $kernel_mtd": a redirection into flash. */
static bool redirects_to_flash(struct span line)
{
	struct span mark = span_text(">");

	for (size_t at = 0; (at = span_find(line, at, mark)) != SIZE_MAX; at++) {
		struct span target = trimmed(span_from(line, at + 1));
		size_t n = 0;

		while (n < target.n && n < MOST_TARGET && target.p[n] > ' ' && target.p[n] != ';')
			n++;
		target.n = n;
		if (span_starts(target, span_text("/dev/mtd")) ||
		    (n && (target.p[0] == '$' || target.p[0] == '"') &&
		     span_find(target, 0, span_text("mtd")) != SIZE_MAX))
			return true;
	}
	return false;
}

static void say_deed(struct update_file *u, enum deed deed, struct span line)
{
	bool known = u->is_updater || deed == DEED_ERASE;

	if (deed == DEED_HEADER && u->said_header)
		return;
	u->said_header |= deed == DEED_HEADER;
	update_say(u, deeds[deed].kind, known ? deeds[deed].what : deeds[deed].elsewhere, line,
		   span_place(u->s->bytes, line), line.n);
}

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))
_Static_assert(COMMANDS <= 64, "a bit each");

/* Which commands stand anywhere in the script: a bit each, so that lines ask for few. */
static uint64_t commands_in(struct span script)
{
	uint64_t present = 0;

	for (size_t i = 0; i < COMMANDS; i++)
		if (span_find(script, 0, span_text(commands[i].command)) != SIZE_MAX)
			present |= 1ull << i;
	return present;
}

static void read_line(struct update_file *u, struct span line, uint64_t present)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		size_t at;

		if (!(present >> i & 1))
			continue;
		if ((commands[i].in == IN_UPDATER && !u->is_updater) ||
		    (commands[i].in == IN_RESET && !u->is_reset))
			continue;
		at = find_word(line, commands[i].command);
		if (at == SIZE_MAX || is_said(line, at) || !is_command(line, at) ||
		    (commands[i].with &&
		     span_find(line, at, span_text(commands[i].with)) == SIZE_MAX))
			continue;
		say_deed(u, commands[i].deed, line);
		return;
	}
	if (redirects_to_flash(line))
		say_deed(u, DEED_WRITE, line);
}

/* A check that a variable switches on, and the place where it decides. */
static void read_switch(struct update_file *u, struct span line)
{
	struct span name = span_text("REQUIRE_IMAGE_SIGNATURE=");
	size_t at = span_find(line, 0, name);
	const char *value = "off";

	if (at != SIZE_MAX && !(at && is_name_byte(line.p[at - 1]))) {
		if (span_byte(line, at + name.n) == '1' ||
		    span_starts(span_from(line, at + name.n), span_text("\"1\"")))
			value = "on";
		update_say(u, "verifier", "signature required", span_text(value),
			   span_place(u->s->bytes, line), line.n);
	} else if (span_find(line, 0, span_text("$REQUIRE_IMAGE_SIGNATURE")) != SIZE_MAX &&
		   !u->said_switch) {
		update_say(u, "verifier", "signature may be required", line,
			   span_place(u->s->bytes, line), line.n);
		u->said_switch = true;
	}
}

void update_script(struct update_file *u)
{
	uint64_t present = commands_in(u->s->bytes);
	bool asks = span_find(u->s->bytes, 0, span_text("REQUIRE_IMAGE_")) != SIZE_MAX;
	size_t at = 0;
	struct span line;

	if (!present && !asks && span_find(u->s->bytes, 0, span_text("mtd")) == SIZE_MAX)
		return;
	for (int i = 0; i < MOST_LINES && line_next(u->s->bytes, &at, &line); i++) {
		struct span text = trimmed(span_head(line, MOST_LINE));

		if (text.n == 0 || text.p[0] == '#')
			continue;
		read_line(u, text, present);
		if (asks)
			read_switch(u, text);
	}
}

/* -- the observer -- */

/* "sysupgrade", "fwu.sh", "/lib/upgrade/platform.sh". */
static bool is_updater_path(const struct node *n)
{
	return name_matches(node_name(n),
			    "*upgrade*,*update*,fwu*,*fwup*,*firmware*,*flash_fw*,*ota*.sh,ota_*,"
			    "FWUP*,*UPGRADE*,*UPDATE*,*burn*.sh,*upg*,swupdate*,rauc*,"
			    "*install*image*") ||
	       span_find(n->path, 0, span_text("/lib/upgrade/")) != SIZE_MAX;
}

static bool is_reset_path(const struct node *n)
{
	return name_matches(node_name(n), "*reset*,*factory*,*default*,*restore*,*freset*") ||
	       span_find(n->path, 0, span_text("/rc.button/")) != SIZE_MAX;
}

static bool is_shell(const struct scene *s)
{
	struct span line = { 0 };
	size_t at = 0;

	if (!s->is_text || s->bytes.n > MOST_TEXT)
		return false;
	if (span_starts(s->bytes, span_text("#!"))) {
		line_next(span_head(s->bytes, 64), &at, &line);
		return span_find(line, 0, span_text("sh")) != SIZE_MAX;
	}
	return span_ends(node_name(s->node), span_text(".sh")) ||
	       span_find(s->node->path, 0, span_text("/lib/upgrade/")) != SIZE_MAX;
}

static void look(struct scene *s)
{
	struct update_file u = { .s = s };

	if (s->node->kind != KIND_FILE && s->node->kind != KIND_REGION)
		return;
	if (update_is_manual(s->node->path))
		return;
	u.is_script = s->node->kind == KIND_FILE && is_shell(s);
	if (u.is_script) {
		u.is_updater = is_updater_path(s->node);
		u.is_reset = is_reset_path(s->node);
		update_script(&u);
	}
	if (s->node->kind == KIND_FILE && s->is_text && s->bytes.n <= MOST_TEXT) {
		if (update_feeds(&u))
			return;
		update_usign_key(&u);
	}
	update_device_tree(&u);
	for (uint32_t i = 0; i < s->hit_count; i++)
		if (s->hits[i].owner == OWNER_UPDATE || s->hits[i].owner == OWNER_ENDPOINT)
			update_mark(&u, &s->hits[i]);
}

const struct observer observe_updates = { "updates", look };
