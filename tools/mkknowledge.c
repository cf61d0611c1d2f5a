/* mkknowledge.c - runs while evenhand is built: reads the tables as --knowledge does, and writes
 * their rows as C: mkknowledge DATA OUT.c. A malformed row ends the build with file and line. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "know/pack.h"

/* What is compiled into this program: nothing yet. */
#define NO_ROWS(type, name)                                                                        \
	const struct type *name;                                                                   \
	size_t name##_count;
KNOW_TABLES(NO_ROWS)
const char *knowledge_observing, *knowledge_judging;

/* The digests are taken in this order. */
static const struct knowledge_table purposes[] = {
	{ .name = "default-passwords", .observing = true },
	{ .name = "known-keys", .observing = true },
	{ .name = "component-names", .observing = true },
	{ .name = "unsafe-functions", .observing = true },
	{ .name = "kernel-options", .observing = true },
	{ .name = "secrets", .observing = true },
	{ .name = "backdoors", .observing = true },
	{ .name = "endpoint-noise", .observing = true },
	{ .name = "daemons", .observing = true },
	{ .name = "settings", .observing = true },
	{ .name = "requirements" },
	{ .name = "backdoors" },
	{ .name = "eol" },
	{ .name = "by-hand" },
	{ .name = "web-roots" },
};

/* -- the members of each kind of row, in the order of know.h; where one is missing the compiler
 * warns of what was written -- */

struct member {
	size_t at, size;
	enum form { END, TEXT, OCTETS, NUMBER } form;
	size_t length; /* where that of a text stands which may hold any bytes; 0: it has none */
};

/* clang-format off */
#define FORM(member) \
	_Generic((member), const char *: TEXT, const uint8_t *: OCTETS, default: NUMBER)
#define IS(type, member) \
	{ offsetof(struct type, member), sizeof(((struct type *)0)->member), \
	  FORM(((const struct type *)0)->member), 0 }
#define SIZED(type, member, length) \
	{ offsetof(struct type, member), sizeof(((struct type *)0)->length), TEXT, \
	  offsetof(struct type, length) }
/* clang-format on */

static const struct member default_password[] = { IS(default_password, password),
						  IS(default_password, sources),
						  { 0 } };
static const struct member password_pair[] = { IS(password_pair, user),
					       IS(password_pair, password),
					       { 0 } };
static const struct member known_key[] = { IS(known_key, spki_sha256), IS(known_key, kind),
					   IS(known_key, source),      IS(known_key, product),
					   IS(known_key, reference),   { 0 } };
static const struct member component_rule[] = { IS(component_rule, name),
						IS(component_rule, cpe),
						IS(component_rule, purl),
						IS(component_rule, license),
						IS(component_rule, file_names),
						IS(component_rule, evidence),
						IS(component_rule, pattern),
						IS(component_rule, scan),
						IS(component_rule, yes),
						IS(component_rule, no),
						{ 0 } };
static const struct member call_rule[] = {
	IS(call_rule, function), IS(call_rule, cwe), IS(call_rule, mode), { 0 }
};
static const struct member safe_call[] = { IS(safe_call, function), { 0 } };
static const struct member kernel_option[] = { IS(kernel_option, option),
					       IS(kernel_option, wanted),
					       IS(kernel_option, since),
					       IS(kernel_option, until),
					       IS(kernel_option, architectures),
					       IS(kernel_option, check),
					       IS(kernel_option, instead),
					       IS(kernel_option, modules),
					       SIZED(kernel_option, sign, sign_size),
					       IS(kernel_option, sign_size),
					       { 0 } };
static const struct member secret_rule[] = { IS(secret_rule, id),        IS(secret_rule, what),
					     IS(secret_rule, group),     IS(secret_rule, where),
					     IS(secret_rule, unit),      IS(secret_rule, files),
					     IS(secret_rule, pattern),   IS(secret_rule, value),
					     IS(secret_rule, millibits), IS(secret_rule, yes),
					     IS(secret_rule, no),        { 0 } };
static const struct member secret_anchor[] = {
	IS(secret_anchor, expression), IS(secret_anchor, first), IS(secret_anchor, count), { 0 }
};
static const struct member anchor_rule[] = { IS(anchor_rule, rule), { 0 } };
static const struct member indicator_rule[] = {
	IS(indicator_rule, id),      IS(indicator_rule, kind),
	IS(indicator_rule, topic),   SIZED(indicator_rule, pattern, len),
	IS(indicator_rule, len),     IS(indicator_rule, is_unique),
	IS(indicator_rule, found),   IS(indicator_rule, reference),
	IS(indicator_rule, meaning), IS(indicator_rule, yes),
	IS(indicator_rule, no),      { 0 }
};
static const struct member noise_rule[] = { IS(noise_rule, noise),
					    IS(noise_rule, host),
					    IS(noise_rule, path),
					    IS(noise_rule, anywhere),
					    { 0 } };
static const struct member daemon_rule[] = { IS(daemon_rule, programs),
					     IS(daemon_rule, role),
					     IS(daemon_rule, ports),
					     IS(daemon_rule, option),
					     { 0 } };
static const struct member setting_rule[] = { IS(setting_rule, service), IS(setting_rule, files),
					      IS(setting_rule, syntax),  IS(setting_rule, keys),
					      IS(setting_rule, what),    IS(setting_rule, yes),
					      IS(setting_rule, no),      { 0 } };
static const struct member requirement[] = { IS(requirement, catalogue),
					     IS(requirement, id),
					     IS(requirement, title),
					     IS(requirement, evaluable),
					     { 0 } };
static const struct member support_row[] = { IS(support_row, component),   IS(support_row, branch),
					     IS(support_row, eol),         IS(support_row, source),
					     IS(support_row, from_memory), { 0 } };
static const struct member manual_step[] = {
	IS(manual_step, catalogue), IS(manual_step, id), IS(manual_step, by_hand), { 0 }
};
static const struct member web_root[] = {
	IS(web_root, sha256), IS(web_root, subject), IS(web_root, first), IS(web_root, last), { 0 }
};
static const struct member knowledge_table[] = { IS(knowledge_table, name),
						 IS(knowledge_table, observing),
						 IS(knowledge_table, rows),
						 IS(knowledge_table, sha256),
						 IS(knowledge_table, provenance),
						 IS(knowledge_table, is_given),
						 { 0 } };

/* -- writing -- */

static uint64_t number_at(const char *row, size_t at, size_t size)
{
	uint8_t one;
	uint16_t two;
	uint32_t four;

	memcpy(&one, row + at, sizeof(one));
	if (size == sizeof(one))
		return one;
	memcpy(&two, row + at, sizeof(two));
	if (size == sizeof(two))
		return two;
	memcpy(&four, row + at, sizeof(four));
	return four;
}

static void put_text(FILE *out, const char *text, size_t n)
{
	fputc('"', out);
	for (size_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c >= ' ' && c < 0x7f && !strchr("\"\\?", c))
			fputc(c, out);
		else
			fprintf(out, "\\%03o", c);
	}
	fputc('"', out);
}

static void put_member(FILE *out, const char *row, const struct member *m)
{
	const char *text;

	if (m->form == NUMBER) {
		fprintf(out, "%llu", (unsigned long long)number_at(row, m->at, m->size));
	} else if (m->form == OCTETS) {
		fputc('{', out);
		for (size_t i = 0; i < m->size; i++)
			fprintf(out, "%u,", (uint8_t)row[m->at + i]);
		fputc('}', out);
	} else {
		memcpy(&text, row + m->at, sizeof(text));
		if (text)
			put_text(out, text,
				 m->length ? number_at(row, m->length, m->size) : strlen(text));
		else
			fputs("NULL", out);
	}
}

static void put_table(FILE *out, const char *type, const char *name, const struct member *members,
		      const void *rows, size_t count, size_t size)
{
	fprintf(out, "static const struct %s %s_compiled[] = {\n", type, name);
	for (size_t i = 0; i < count; i++) {
		fputs("\t{ ", out);
		for (const struct member *m = members; m->form != END; m++) {
			put_member(out, (const char *)rows + i * size, m);
			fputs(", ", out);
		}
		fputs("},\n", out);
	}
	fprintf(out, "};\nconst struct %s *%s = %s_compiled;\nsize_t %s_count = %zu;\n", type, name,
		name, name, count);
}

static bool put_all(const char *path, struct pack *p)
{
	FILE *out = fopen(path, "w");
	bool failed;

	if (!out)
		return false;
	fputs("/* Made by tools/mkknowledge.c from data/. */\n#include \"know/know.h\"\n\n", out);
#define PUT(type, name)                                                                            \
	put_table(out, #type, #name, type, p->name, p->name##_count, sizeof(*p->name));
	KNOW_TABLES(PUT)
	fprintf(out, "const char *knowledge_observing = \"%s\";\n", p->observing);
	fprintf(out, "const char *knowledge_judging = \"%s\";\n", p->judging);
	failed = ferror(out);
	return !fclose(out) && !failed;
}

/* -- reading -- */

static struct span read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = malloc(MOST_PACK_FILE);
	size_t n = file && bytes ? fread(bytes, 1, MOST_PACK_FILE, file) : 0;

	if (!n || !feof(file)) {
		fprintf(stderr, "mkknowledge: %s: cannot be read\n", path);
		exit(1);
	}
	fclose(file);
	return (struct span){ bytes, n };
}

int main(int argc, char **argv)
{
	static struct knowledge_table all[sizeof(purposes) / sizeof(purposes[0])];
	struct pack p = { .knowledge_tables = purposes,
			  .knowledge_tables_count = sizeof(purposes) / sizeof(purposes[0]) };
	struct span tables[PACK_TABLES];
	struct pack_error e = { 0 };
	struct arena arena;
	char path[4096];

	if (argc != 3) {
		fputs("usage: mkknowledge DATA OUT.c\n", stderr);
		return 1;
	}
	hash_start();
	arena_init(&arena, 0);
	for (int i = 0; i < PACK_TABLES; i++) {
		snprintf(path, sizeof(path), "%s/%s.tsv", argv[1], pack_names[i]);
		tables[i] = read_file(path);
	}
	if (!pack_read(&p, tables, &arena, &e)) {
		fprintf(stderr, "%s/%s.tsv:%u: %s\n", argv[1], e.table ? e.table : "", e.line,
			e.what);
		return 1;
	}
	memcpy(all, p.knowledge_tables, sizeof(all));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i].is_given = false;
	p.knowledge_tables = all;
	if (!put_all(argv[2], &p)) {
		fprintf(stderr, "mkknowledge: %s: cannot be written\n", argv[2]);
		return 1;
	}
	return 0;
}
