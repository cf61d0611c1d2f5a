/* log/store_commit: what is being verified is waited for a little, so that batches grow; whoever
 * else is refused holds up nobody. */
#include "unit/log/scratch.h"

#include <time.h>

#include "base/base64.h"
#include "trust/dsse.h"
#include "trust/roster.h"

#define MANY 1500

static struct sigkey *lab;
static struct roster roster;
static struct text envelopes[MANY];

static int prepare(void **state)
{
	struct text line = { 0 };
	uint8_t spki[128];
	size_t n;

	start(state);
	lab = sigkey_new(SIGKEY_P256);
	n = sigkey_spki(lab, spki, sizeof(spki));
	text_puts(&line, "lab.example lab ");
	base64_write(&line, (struct span){ spki, n });
	assert_null(roster_add(&roster, text_span(&line), 1)); /* views of the line */
	for (unsigned i = 0; i < MANY; i++) {
		char payload[64];

		snprintf(payload, sizeof(payload), "{\"number\":%u}", i);
		assert_true(dsse_sign(lab, span_text(STATEMENT_MEDIA_TYPE), span_text(payload),
				      &envelopes[i]));
	}
	return 0;
}

static int finish(void **state)
{
	for (unsigned i = 0; i < MANY; i++)
		text_free(&envelopes[i]);
	sigkey_free(lab);
	return end(state);
}

static struct log *open_admitted(const char *dir)
{
	struct log_options o = { .key = t.key, .admission = &roster, .publish_ms = 1 };
	struct log_error e;
	struct log *l = log_open(dir, &o, &e);

	if (!l)
		fail_msg("%s: %s", e.where, e.what);
	return l;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_for(unsigned count)
{
	pthread_mutex_lock(&told.mutex);
	while (told.count < count)
		pthread_cond_wait(&told.changed, &told.mutex);
	pthread_mutex_unlock(&told.mutex);
}

/* Sizes that the receipts name: one for each batch. */
static unsigned batches(unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++) {
		bool is_new = true;

		assert_int_equal(told.receipts[i].outcome, LOG_ADDED);
		for (unsigned k = 0; k < i && is_new; k++)
			is_new = told.receipts[k].size != told.receipts[i].size;
		n += is_new;
	}
	return n;
}

/* All are there at once; each batch but the first begins 10 ms behind the one before, or has 256,
 * or is the last. */
static void what_is_being_verified_is_waited_for(void **state)
{
	char dir[160];
	int64_t start_ms;
	struct log *l;
	unsigned n;

	(void)state;
	fresh("many", dir);
	l = open_admitted(dir);
	told.count = 0;
	start_ms = now_ms();
	for (unsigned i = 0; i < MANY; i++)
		log_submit(l, text_span(&envelopes[i]), tell, NULL);
	wait_for(MANY);
	n = batches(MANY);
	if (n > (unsigned)(now_ms() - start_ms) / 10 + MANY / 256 + 2)
		fail_msg("%u batches in %u ms", n, (unsigned)(now_ms() - start_ms));
	log_close(l);
}

/* Refused ones are on their way as well, but only until they are refused. */
static void those_that_are_refused_hold_up_nobody(void **state)
{
	char dir[160];
	struct log *l;

	(void)state;
	fresh("refused", dir);
	l = open_admitted(dir);
	told.count = 0;
	for (unsigned i = 0; i < 200; i++)
		log_submit(l, span_text("{}"), tell, NULL);
	wait_for(200);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(told.receipts[i].outcome, LOG_MALFORMED);
	assert_int_equal(log_add(l, text_span(&envelopes[0])).outcome, LOG_ADDED);
	assert_int_equal(log_add(l, text_span(&envelopes[0])).outcome, LOG_KNOWN);
	log_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_being_verified_is_waited_for),
		cmocka_unit_test(those_that_are_refused_hold_up_nobody),
	};

	return cmocka_run_group_tests(tests, prepare, finish);
}
