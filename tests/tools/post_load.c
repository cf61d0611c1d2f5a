/* post_load.c - sends claims to a log that serves, over so many connections side by side. All are
 *signed (P-256) before the clock starts.
 *
 *	post_load KEY HOST:PORT CONNECTIONS REQUESTS
 */
#include "base/json.h"
#include "tools/load.h"
#include "trust/dsse.h"
#include "trust/sigkey.h"
#include "trust/statement.h"

static struct sigkey *read_key(const char *path)
{
	static uint8_t pem[MOST_KEY_FILE];
	struct sigkey *key = NULL;
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(pem, 1, sizeof(pem), f) : 0;

	if (!f ||
	    sigkey_read_private((struct span){ pem, n }, (struct span){ 0 }, &key) != SIGKEY_READ) {
		fprintf(stderr, "%s is no key\n", path);
		exit(2);
	}
	fclose(f);
	return key;
}

static void prepare(struct connection *c, const struct sigkey *key)
{
	load_room(c);
	for (unsigned i = 0; i < c->count; i++) {
		struct text said = { 0 }, envelope = { 0 };
		struct json j = { .out = &said };
		struct statement s = { .kind = STATEMENT_CLAIM, .subject_count = 1 };
		char words[64];

		snprintf(words, sizeof(words), "Claim %u of connection %u.", i, c->number);
		s.text = span_text(words);
		sha256_of(s.text, s.subjects[0].sha256);
		statement_begin(&j, s.kind, s.subjects, 1);
		statement_said(&j, &s);
		statement_end(&j);
		if (!dsse_sign(key, span_text(STATEMENT_MEDIA_TYPE), text_span(&said), &envelope))
			exit(2);
		load_post(&c->requests[i], "/api/add", text_span(&envelope));
		text_free(&said);
		text_free(&envelope);
	}
}

int main(int argc, char **argv)
{
	static struct connection c[MOST_CONNECTIONS];
	struct sigkey *key;
	unsigned count, requests;

	hash_start();
	if (argc != 5) {
		fprintf(stderr, "post_load KEY HOST:PORT CONNECTIONS REQUESTS\n");
		return 2;
	}
	key = read_key(argv[1]);
	host = argv[2];
	count = (unsigned)atoi(argv[3]);
	requests = count ? (unsigned)atoi(argv[4]) / count : 0;
	if (requests == 0 || count > MOST_CONNECTIONS)
		return 2;
	for (unsigned i = 0; i < count; i++) {
		c[i] = (struct connection){ .number = i, .count = requests };
		prepare(&c[i], key);
	}
	sigkey_free(key);
	return load_run(c, count) != 0;
}
