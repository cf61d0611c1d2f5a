/* witness_load.c - asks a witness to cosign: so many connections side by side, so many logs on
 *each, each of which grows by an entry with every request. All requests are made before the clock
 *starts.
 *
 *	witness_load keys LOGS                            the logs' keys, a line each
 *	witness_load run HOST:PORT CONNECTIONS LOGS REQUESTS
 */
#include "base/base64.h"
#include "log/checkpoint.h"
#include "tools/load.h"
#include "trust/sigkey.h"

static struct sigkey *key_of(unsigned log)
{
	uint8_t der[48] = { 0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
			    0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20 };
	struct text pem = { 0 };
	struct sigkey *key = NULL;
	char label[32];

	snprintf(label, sizeof(label), "load %u", log);
	sha256_of(span_text(label), der + 16);
	text_puts(&pem, "-----BEGIN PRIVATE KEY-----\n");
	base64_write(&pem, (struct span){ der, sizeof(der) });
	text_puts(&pem, "\n-----END PRIVATE KEY-----\n");
	if (sigkey_read_private(text_span(&pem), (struct span){ 0 }, &key) != SIGKEY_READ)
		exit(2);
	text_free(&pem);
	return key;
}

static void name_of(unsigned log, char name[48])
{
	snprintf(name, 48, "load.example/%u", log);
}

static void print_keys(unsigned logs)
{
	for (unsigned i = 0; i < logs; i++) {
		struct sigkey *key = key_of(i);
		struct text t = { 0 };
		struct note_key k;
		char name[48];

		name_of(i, name);
		if (!note_key_of(key, span_text(name), NOTE_ED25519, &k))
			exit(2);
		note_key_write(&t, &k);
		puts(t.p);
		text_free(&t);
		sigkey_free(key);
	}
}

static void make_request(struct text *out, const struct sigkey *key, const char *name,
			 const struct merkle_tree *tree, uint64_t older)
{
	struct merkle_source source = merkle_tree_source(tree);
	struct merkle_head head = { .size = tree->size };
	struct text body = { 0 }, note = { 0 };
	struct merkle_proof proof = { .count = 0 };

	if (!merkle_range(&source, 0, tree->size, head.root) ||
	    (older && !merkle_prove_consistent(&source, older, tree->size, &proof)))
		exit(2);
	checkpoint_write(&note, span_text(name), &head);
	text_format(&body, "old %llu\n", (unsigned long long)older);
	for (unsigned i = 0; i < proof.count; i++) {
		base64_write(&body, (struct span){ proof.hash[i], SHA256_SIZE });
		text_char(&body, '\n');
	}
	text_char(&body, '\n');
	text_put(&body, text_span(&note));
	text_char(&body, '\n');
	if (!note_sign(key, span_text(name), text_span(&note), &body))
		exit(2);
	load_post(out, "/add-checkpoint", text_span(&body));
	text_free(&body);
	text_free(&note);
}

/* The requests of one connection: its logs in turn. */
static void prepare(struct connection *c)
{
	unsigned rounds = (c->count + c->logs - 1) / c->logs;

	load_room(c);
	for (unsigned l = 0; l < c->logs; l++) {
		unsigned log = c->number * c->logs + l;
		struct sigkey *key = key_of(log);
		struct merkle_tree tree = { 0 };
		struct arena arena = { 0 };
		char name[48];

		name_of(log, name);
		if (!merkle_tree_start(&tree, &arena, rounds + 1))
			exit(2);
		for (unsigned r = 0; r < rounds && r * c->logs + l < c->count; r++) {
			uint8_t leaf[SHA256_SIZE];

			sha256_of((struct span){ (uint8_t *)&r, sizeof(r) }, leaf);
			merkle_tree_add(&tree, leaf);
			make_request(&c->requests[r * c->logs + l], key, name, &tree, r);
		}
		arena_free(&arena);
		sigkey_free(key);
	}
}

int main(int argc, char **argv)
{
	static struct connection c[MOST_CONNECTIONS];
	unsigned count, logs, requests;

	hash_start();
	if (argc == 3 && strcmp(argv[1], "keys") == 0) {
		print_keys((unsigned)atoi(argv[2]));
		return 0;
	}
	if (argc != 6 || strcmp(argv[1], "run") != 0)
		return fprintf(stderr, "keys LOGS, or run HOST:PORT CONNECTIONS LOGS REQUESTS\n"),
		       2;
	host = argv[2];
	count = (unsigned)atoi(argv[3]);
	logs = (unsigned)atoi(argv[4]) / count;
	requests = (unsigned)atoi(argv[5]) / count;
	if (count == 0 || count > MOST_CONNECTIONS || logs == 0 || requests == 0)
		return 2;
	for (unsigned i = 0; i < count; i++) {
		c[i] = (struct connection){ .number = i, .logs = logs, .count = requests };
		prepare(&c[i]);
	}
	return load_run(c, count) != 0;
}
