/* log_find.c - evenhand log find: what is logged about an image, by a key, of a check; and log
 * index, which makes the index again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/log.h"
#include "log/index.h"
#include "log/shown.h"
#include "trust/statement_text.h"

/* -- what is asked for -- */

struct asking {
	struct index_query q;
	uint8_t digest[SHA256_SIZE];
	uint8_t keys[ROSTER_MOST_KEYS][SHA256_SIZE];
	char check[64];
	struct log *log;
	struct roster *roster; /* NULL: no admission file */
	uint8_t *roster_file;
	uint64_t count;
};

/* CHECK or CHECK=END. */
static bool take_check(struct asking *a, const char *word)
{
	size_t n = strcspn(word, "=");

	a->q.check = a->check;
	a->q.end = -1;
	snprintf(a->check, sizeof(a->check), "%.*s", (int)(n < 63 ? n : 63), word);
	if (!word[n])
		return true;
	for (int k = 0; k < TEST_ENDS; k++)
		if (strcmp(test_end_name((enum test_end)k), word + n + 1) == 0)
			a->q.end = k;
	return a->q.end >= 0 || complain("--check", "fail, review, not-evaluable or pass.",
					 "\"%s\" is no way in which a check ends", word + n + 1);
}

/* Whose keys they are. */
static bool take_roster(struct asking *a, const struct options *o, const char *dir)
{
	char path[4096];

	snprintf(path, sizeof(path), "%.4000s/admission", dir);
	if (!o->logging.admission && !o->logging.role && access(path, F_OK) != 0)
		return true;
	a->roster = calloc(1, sizeof(*a->roster));
	return a->roster && admission_read(o->logging.admission ? o->logging.admission : path,
					   &a->roster_file, a->roster);
}

static bool take_role(struct asking *a, const char *name)
{
	enum role role;

	if (!role_named(span_text(name), &role))
		return complain("--role", "vendor, operator, lab, government or users.",
				"\"%s\" is no role", name);
	a->q.keys = (const uint8_t(*)[SHA256_SIZE])a->keys;
	for (uint32_t i = 0; i < a->roster->count; i++)
		if (a->roster->keys[i].role == role)
			memcpy(a->keys[a->q.key_count++], a->roster->keys[i].sha256, SHA256_SIZE);
	return true;
}

static bool take_by_key(struct asking *a, const char *path)
{
	size_t n;
	uint8_t *pem = small_file(path, MOST_KEY_FILE, &n);
	struct sigkey *key = pem ? sigkey_read_public((struct span){ pem, n }) : NULL;

	if (pem && !key)
		complain(path, "evenhand key show prints a public one.",
			 "it is no public key in PEM, P-256 or Ed25519");
	if (key)
		sigkey_digest(key, a->keys[0]);
	a->q.keys = (const uint8_t(*)[SHA256_SIZE])a->keys;
	a->q.key_count = 1;
	sigkey_free(key);
	free(pem);
	return key != NULL;
}

static bool take_day(const char *day, const char *name, int64_t more, int64_t *to)
{
	struct tm tm = { 0 };

	if (!day)
		return true;
	if (!date_is_valid(day) || !strptime(day, "%Y-%m-%d", &tm))
		return complain(name, "Year, month and day: 2026-11-25.", "\"%s\" is no date", day);
	*to = (int64_t)timegm(&tm) + more;
	return true;
}

static bool take_all(struct asking *a, const struct options *o)
{
	const struct trust_options *t = &o->signing;
	const struct logging_options *g = &o->logging;
	enum statement_kind kind = STATEMENT_KINDS;

	a->q = (struct index_query){ .kind = -1, .end = -1, .most = 1000 };
	a->q.vendor = t->vendor;
	a->q.product = t->product;
	a->q.release = t->release;
	if (t->kind && !statement_kind_named(t->kind, &kind))
		return complain("--kind", "evenhand sign --help has them.",
				"\"%s\" is no kind of statement", t->kind);
	if (t->kind)
		a->q.kind = (int)kind;
	if (t->key_count && g->role)
		return complain(NULL, NULL, "--key or --role, not both");
	if (o->input_count == 2)
		a->q.digest = a->digest;
	return (o->input_count < 2 || log_digest_read(o->inputs[1], a->digest) ||
		complain(o->inputs[1], "64 hexadecimal digits, as sha256sum prints them.",
			 "it is no SHA-256")) &&
	       (!g->check || take_check(a, g->check)) &&
	       (!t->key_count || take_by_key(a, t->keys[0])) && take_roster(a, o, o->inputs[0]) &&
	       (!g->role || take_role(a, g->role)) && take_day(g->from, "--from", 0, &a->q.from) &&
	       take_day(g->until, "--until", 86400, &a->q.until);
}

/* -- what is found -- */

static void put_signer(struct text *t, const struct asking *a, const uint8_t sha256[SHA256_SIZE])
{
	const struct roster_key *k = a->roster ? roster_find(a->roster, sha256) : NULL;

	text_puts(t, "  signed by  ");
	if (k) {
		text_escape(t, k->name, "");
		text_format(t, ", %s, key ", role_name(k->role));
	}
	text_hex(t, (struct span){ sha256, k ? 8 : SHA256_SIZE });
	text_puts(t, k ? "\u2026\n" : "\n");
}

/* Nothing where its envelope is of a form that is not known. */
static void put_said(struct text *t, const struct asking *a, uint64_t number)
{
	struct shown *s = calloc(1, sizeof(*s));
	struct arena arena;

	arena_init(&arena, 64u << 20);
	if (s && shown_read(a->log, number, NULL, &arena, s) && s->has_statement) {
		text_puts(t, "  says       ");
		statement_text(t, &s->statement);
	}
	arena_free(&arena);
	free(s);
}

static void print_row(void *ctx, const struct index_row *row)
{
	struct asking *a = ctx;
	struct text t = { 0 };
	time_t time = (time_t)row->time;
	char day[16] = "";
	struct tm tm;

	if (gmtime_r(&time, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	text_format(&t, "entry %llu  %s  %s\n", (unsigned long long)row->number, day,
		    row->kind && row->kind[0] ? row->kind : "unknown statement");
	put_said(&t, a, row->number);
	if (row->has_key)
		put_signer(&t, a, row->key_sha256);
	text_puts(&t, "  statement  ");
	text_hex(&t, (struct span){ row->pae_sha256, SHA256_SIZE });
	printf("%s\n", t.p ? t.p : "");
	text_free(&t);
	a->count++;
}

/* 0: found; 1: nothing was. */
static int search(struct asking *a, struct log *l)
{
	struct log_error e;

	a->log = l;
	if (!log_search(l, &a->q, print_row, a, &e))
		return complain_of(&e), EXIT_TROUBLE;
	if (a->count == a->q.most)
		fprintf(stderr, "There may be more: only the first %u are shown.\n", a->q.most);
	if (a->count == 0)
		fprintf(stderr, "Nothing of that is in the log.\n");
	return a->count ? EXIT_PASSED : EXIT_FAILED;
}

static int find(struct options *o)
{
	struct asking *a = calloc(1, sizeof(*a));
	struct log *l = a && take_all(a, o) ? log_read(o->inputs[0]) : NULL;
	int code = l ? search(a, l) : EXIT_TROUBLE;

	log_close(l);
	if (a) {
		free(a->roster);
		free(a->roster_file);
	}
	free(a);
	return code;
}

static int index_again(struct options *o)
{
	struct log_error e;
	struct text t = { 0 };
	uint64_t n = 0;

	if (!log_index_again(o->inputs[0], &n, &e))
		return complain_of(&e), EXIT_TROUBLE;
	text_number(&t, n);
	printf("indexed  %s %s\n", t.p ? t.p : "", n == 1 ? "entry" : "entries");
	text_free(&t);
	return EXIT_PASSED;
}

static const struct option_row *const find_rows[] = { &option_find_key,
						      &option_kind,
						      &option_log_check,
						      &option_role,
						      &option_vendor,
						      &option_product,
						      &option_release,
						      &option_from,
						      &option_until,
						      &option_admission,
						      NULL };

const struct command command_log_find = {
	.name = "log find",
	.usage = "log find [options] DIR [sha256:DIGEST]",
	.about = "Says what is logged about an image, a report or a statement, by a key or in a\n"
		 "role, of a check or a release: number, day, kind, who signed, what it says.",
	.options = find_rows,
	.notes = "Exit: 0 found, 1 nothing was found, 2 not looked.",
	.run = find,
	.least = 1,
	.most = 2,
};

const struct command command_log_index = {
	.name = "log index",
	.usage = "log index DIR",
	.about = "Makes what find looks into anew, from the log alone.",
	.notes = "Exit: 0 done, 2 not done.",
	.run = index_again,
	.least = 1,
	.most = 1,
};
