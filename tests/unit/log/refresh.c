/* log/server_collect: the checkpoint of a log to which nothing is added is cosigned anew from time
 * to time, so that readers see that it is fresh. */
#include "unit/log/scratch.h"

#include "log/collect.h"
#include "log/server.h"
#include "log/witness_serve.h"

static struct sigkey *witness_key;
static struct witness *witness;
static struct witness_server *witness_server;
static struct policy policy;
static struct text policy_text;
static char witness_dir[200];

static void warn(const struct log_error *e)
{
	fail_msg("%s: %s", e->where, e->what);
}

static void vkey_of(const struct sigkey *key, const char *name, enum note_key_type type)
{
	struct note_key k;

	assert_true(note_key_of(key, span_text(name), type, &k));
	note_key_write(&policy_text, &k);
}

static void serve_witness(void)
{
	struct http_options o = { .listen = "127.0.0.1:0" };
	struct witness_new n = { span_text("witness.example"), NULL, "nowhere", false };
	struct log_error e;
	size_t from;

	n.key = witness_key = sigkey_new(SIGKEY_ED25519);
	snprintf(witness_dir, sizeof(witness_dir), "%s/witness", t.scratch);
	assert_true(witness_init(witness_dir, &n, &e));
	text_puts(&policy_text, "log ");
	from = policy_text.n;
	vkey_of(t.key, ORIGIN, NOTE_ED25519);
	assert_true(witness_list(witness_dir, span_from(text_span(&policy_text), from), &e));
	witness = witness_open(witness_dir, witness_key, &e);
	witness_server = witness_serve(witness, &o, warn, &e);
	assert_non_null(witness_server);
	text_puts(&policy_text, "\nwitness w ");
	vkey_of(witness_key, "witness.example", NOTE_COSIGNATURE);
	text_format(&policy_text, " http://%s\nquorum w\n", witness_server_address(witness_server));
	assert_null(policy_read(text_span(&policy_text), &policy));
}

/* What the witness says of the public checkpoint; 0: there is none with its signature. */
static uint64_t public_time(const char *dir, uint64_t *size)
{
	char path[256];
	struct checkpoint c;
	uint8_t *bytes;
	uint64_t time = 0;
	size_t n;

	snprintf(path, sizeof(path), "%s/public/checkpoint", dir);
	if (!file_read(path, NOTE_MOST_BYTES, &bytes, &n))
		return 0;
	if (checkpoint_read((struct span){ bytes, n }, &c) ||
	    checkpoint_check(&c, &policy.witnesses[0].key, &time) != NOTE_SIGNED)
		time = 0;
	*size = c.head.size;
	free(bytes);
	return time;
}

/* The first time that is later; what has not come within ten seconds does not come. */
static uint64_t wait_for_later(const char *dir, uint64_t than)
{
	uint64_t time = 0, size;

	for (unsigned i = 0; i < 200 && time <= than; i++) {
		usleep(50000);
		time = public_time(dir, &size);
	}
	assert_true(time > than);
	assert_int_equal(size, TEMPLATE);
	return time;
}

static void an_idle_log_is_cosigned_anew(void **state)
{
	static const struct policy *const policies[] = { &policy };
	struct log_options lo = { .key = t.key, .publish_ms = 1, .only_cosigned = true };
	struct collect_options co = {
		.origin = span_text(ORIGIN), .policies = policies, .policy_count = 1, .warn = warn
	};
	struct log_server_options so = { .http = { .listen = "127.0.0.1:0" },
					 .policies = policies,
					 .policy_count = 1,
					 .needs_quorum = true,
					 .refresh_s = 1 };
	struct log_server *server;
	struct log_error e;
	struct log *l;
	char dir[160];
	uint64_t first;

	(void)state;
	fresh("idle", dir);
	serve_witness();
	l = log_open(dir, &lo, &e);
	assert_non_null(l);
	co.source = log_source(l);
	so.dir = dir;
	so.collector = collector_new(&co, &e);
	assert_non_null(so.collector);
	server = log_serve(l, &so, &e);
	assert_non_null(server);
	first = wait_for_later(dir, 0);
	wait_for_later(dir, wait_for_later(dir, first)); /* and again */
	log_server_stop(server);
	log_close(l);
	collector_free(so.collector);
	witness_server_stop(witness_server);
	witness_close(witness);
	sigkey_free(witness_key);
	text_free(&policy_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_log_is_cosigned_anew),
	};

	return cmocka_run_group_tests(tests, start, end);
}
