/* log_load.c - entries into a log as fast as it takes them, until they are COUNT or the process is
 * killed: log_load KEY DIR FIRST [COUNT]. Entry N is "evenhand vector entry N\n", as in the
 * vectors. What was acknowledged is told at once, a line each: "ack INDEX N", "head SIZE ROOT". */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log/disk.h"
#include "log/merkle.h"
#include "log/store.h"
#include "trust/sigkey.h"

#define WAITING 500u

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t room;
	unsigned waiting;
	uint64_t size; /* of the last head that was told */
	bool is_refused;
	struct log *log;
} load = { .mutex = PTHREAD_MUTEX_INITIALIZER, .room = PTHREAD_COND_INITIALIZER };

static void fail(const char *where, const char *what)
{
	fprintf(stderr, "%s: %s\n", where, what);
	exit(1);
}

static void tell_head(void)
{
	struct merkle_head head;
	char line[160];
	int n;

	log_head(load.log, &head);
	n = snprintf(line, sizeof(line), "head %llu ", (unsigned long long)head.size);
	for (size_t i = 0; i < SHA256_SIZE; i++)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "%02x", head.root[i]);
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		exit(1);
}

static void tell(void *ctx, const struct log_receipt *r)
{
	uint64_t *number = ctx;
	char line[64];
	int n = snprintf(line, sizeof(line), "ack %llu %llu\n", (unsigned long long)r->index,
			 (unsigned long long)*number);

	pthread_mutex_lock(&load.mutex);
	load.waiting--;
	if (r->outcome != LOG_ADDED && r->outcome != LOG_KNOWN) {
		fprintf(stderr, "%s\n", r->why);
		load.is_refused = true;
	} else if (write(STDOUT_FILENO, line, (size_t)n) != n) {
		exit(1);
	}
	if (r->size > load.size) {
		load.size = r->size;
		tell_head();
	}
	pthread_cond_signal(&load.room);
	pthread_mutex_unlock(&load.mutex);
	free(number);
}

static void submit(uint64_t i)
{
	uint64_t *number = malloc(sizeof(*number));
	struct log_unverified u = { 0 };
	char text[64];

	if (!number)
		fail("log_load", "out of memory");
	*number = i;
	snprintf(text, sizeof(text), "evenhand vector entry %llu\n", (unsigned long long)i);
	u.entry = span_text(text);
	sha256_of(u.entry, u.pae_sha256);
	pthread_mutex_lock(&load.mutex);
	while (load.waiting >= WAITING)
		pthread_cond_wait(&load.room, &load.mutex);
	load.waiting++;
	pthread_mutex_unlock(&load.mutex);
	log_submit_unverified(load.log, &u, tell, number);
}

static struct sigkey *read_key(const char *path)
{
	struct sigkey *key = NULL;
	uint8_t *pem;
	size_t n;

	if (!file_read(path, MOST_KEY_FILE, &pem, &n) ||
	    sigkey_read_private((struct span){ pem, n }, (struct span){ 0 }, &key) != SIGKEY_READ)
		fail(path, "no key");
	free(pem);
	return key;
}

int main(int count, char **words)
{
	struct log_options o = { .publish_ms = 5, .segment_bytes = 256u << 10 };
	uint64_t first, most;
	struct log_error e;

	if (count < 4)
		fail("log_load", "KEY DIR FIRST [COUNT]");
	hash_start();
	o.key = read_key(words[1]);
	o.guard = getenv("LOG_GUARD");
	first = strtoull(words[3], NULL, 10);
	most = count > 4 ? strtoull(words[4], NULL, 10) : UINT64_MAX - first;
	load.log = log_open(words[2], &o, &e);
	if (!load.log)
		fail(e.where, e.what);
	tell_head();
	for (uint64_t i = first; i < first + most && !load.is_refused; i++)
		submit(i);
	pthread_mutex_lock(&load.mutex);
	while (load.waiting)
		pthread_cond_wait(&load.room, &load.mutex);
	pthread_mutex_unlock(&load.mutex);
	log_close(load.log);
	return load.is_refused;
}
