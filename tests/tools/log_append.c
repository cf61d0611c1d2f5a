/* log_append.c - how fast a log takes entries in, in one process: log_append MODE DIR SECONDS
 *
 * MODE unverified: entries that were made before, handed over as fast as the log takes them.
 * verified: envelopes whose signatures (P-256) are checked.
 * latency: one after the other at a steady pace, beside what fdatasync alone costs.
 *
 * What fdatasync costs is measured in the same run on the same disk: the bytes of the log's
 * batches written again in as many syncs. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log/disk.h"
#include "log/entry.h"
#include "log/store.h"
#include "trust/dsse.h"

#define ENVELOPES  60000u /* signed before the clock starts */
#define MOST_TIMES 1000000u
#define WAITING    20000u /* of this program, at once */

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t room;
	unsigned waiting;
	uint64_t told, refused;
	double times[MOST_TIMES];
	uint64_t timed;
} b = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0, { 0 }, 0 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

/* -- the disk, as the log uses it, counted -- */

static uint64_t syncs, batches, batch_bytes;
static _Atomic int segment = -1; /* the file that records go to */

static int counted_open(void *ctx, const char *path, bool fresh)
{
	int fd = disk_of_machine.open(ctx, path, fresh);

	if (strstr(path, "/segments/"))
		segment = fd;
	return fd;
}

static _Atomic int direct = -1; /* the same, past the cache */

static int counted_open_direct(void *ctx, const char *path)
{
	return direct = disk_of_machine.open_direct(ctx, path);
}

static bool counted_sync(void *ctx, int fd)
{
	__atomic_add_fetch(&syncs, 1, __ATOMIC_RELAXED);
	batches += fd == segment;
	return disk_of_machine.sync(ctx, fd);
}

static bool counted_write(void *ctx, int fd, const void *bytes, size_t n, uint64_t at)
{
	if (fd == segment || fd == direct)
		batch_bytes += n;
	return disk_of_machine.write(ctx, fd, bytes, n, at);
}

/* -- submissions -- */

struct one {
	double start;
};

static void tell(void *ctx, const struct log_receipt *r)
{
	struct one *one = ctx;
	double took = now() - one->start;

	pthread_mutex_lock(&b.mutex);
	b.waiting--;
	if (r->outcome == LOG_ADDED)
		b.told++;
	else
		b.refused++;
	if (b.timed < MOST_TIMES)
		b.times[b.timed++] = took;
	pthread_cond_signal(&b.room);
	pthread_mutex_unlock(&b.mutex);
	free(one);
}

static struct one *wait_for_room(void)
{
	struct one *one = malloc(sizeof(*one));

	if (!one)
		fail("out of memory");
	pthread_mutex_lock(&b.mutex);
	while (b.waiting >= WAITING)
		pthread_cond_wait(&b.room, &b.mutex);
	b.waiting++;
	pthread_mutex_unlock(&b.mutex);
	one->start = now();
	return one;
}

static void wait_for_all(void)
{
	pthread_mutex_lock(&b.mutex);
	while (b.waiting)
		pthread_cond_wait(&b.room, &b.mutex);
	pthread_mutex_unlock(&b.mutex);
}

/* An entry of the usual size with an envelope of the usual size for it; different each time. */
static void submit_unverified(struct log *l, uint64_t i)
{
	static uint8_t entry[440], envelope[2000];
	struct log_unverified u = { { entry, sizeof(entry) },
				    { envelope, sizeof(envelope) },
				    { 0 } };

	memcpy(entry, &i, sizeof(i));
	memcpy(u.pae_sha256, &i, sizeof(i));
	log_submit_unverified(l, &u, tell, wait_for_room());
}

static struct text *envelopes;

static void make_envelopes(const struct sigkey *key)
{
	char payload[1400];

	envelopes = calloc(ENVELOPES, sizeof(*envelopes));
	for (unsigned i = 0; envelopes && i < ENVELOPES; i++) {
		int n = snprintf(payload, sizeof(payload), "{\"number\":%u,\"text\":\"", i);

		memset(payload + n, 'x', sizeof(payload) - (size_t)n - 3);
		memcpy(payload + sizeof(payload) - 3, "\"}", 3);
		if (!dsse_sign(key, span_text(STATEMENT_MEDIA_TYPE), span_text(payload),
			       &envelopes[i]))
			fail("no signature");
	}
}

/* -- what is printed -- */

static int by_size(const void *x, const void *y)
{
	double a = *(const double *)x, c = *(const double *)y;

	return (a > c) - (a < c);
}

static void print_times(void)
{
	qsort(b.times, b.timed, sizeof(*b.times), by_size);
	printf("\"p50_ms\": %.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f", b.times[b.timed / 2] * 1e3,
	       b.times[b.timed * 99 / 100] * 1e3, b.times[b.timed - 1] * 1e3);
}

/* The same bytes in so many syncs, without a log. */
static double fdatasync_alone(const char *dir, uint64_t bytes, uint64_t count)
{
	char path[4096];
	size_t n = count ? (size_t)(bytes / count) : 0;
	uint8_t *data = calloc(1, n + 1);
	double start;
	int fd;

	snprintf(path, sizeof(path), "%s.alone", dir);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || !data)
		fail("no file to compare with");
	memset(data, 'x', n);
	start = now();
	for (uint64_t i = 0; i < count; i++)
		if (pwrite(fd, data, n, (off_t)(i * n)) != (ssize_t)n || fdatasync(fd) != 0)
			fail("no file to compare with");
	start = now() - start;
	close(fd);
	unlink(path);
	free(data);
	return start;
}

/* -- runs -- */

static double cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t run(struct log *l, const char *mode, double seconds)
{
	double start = now(), start_cpu = cpu(), elapsed;
	uint64_t n = 0;

	for (; now() - start < seconds && !b.refused; n++) {
		if (strcmp(mode, "unverified") == 0)
			submit_unverified(l, n);
		else if (n < ENVELOPES)
			log_submit(l, text_span(&envelopes[n]), tell, wait_for_room());
		else
			break;
		if (strcmp(mode, "latency") == 0)
			usleep(5000);
	}
	wait_for_all();
	elapsed = now() - start;
	printf("{\"entries\": %llu, \"seconds\": %.3f, \"per_second\": %.0f, \"cpu_us\": %.1f, ",
	       (unsigned long long)b.told, elapsed, (double)b.told / elapsed,
	       (cpu() - start_cpu) / (double)(b.told ? b.told : 1) * 1e6);
	return n;
}

static struct sigkey *lab;
static struct roster roster;

static void admit(void)
{
	struct text pem = { 0 }, line = { 0 };
	const char *p;

	lab = sigkey_new(SIGKEY_P256);
	if (!lab || !sigkey_write_public(lab, &pem))
		fail("no key");
	text_puts(&line, "lab.example lab ");
	for (p = strchr(pem.p, '\n'); *p && strncmp(p, "-----END", 8) != 0; p++)
		if (*p != '\n')
			text_char(&line, *p);
	if (roster_add(&roster, text_span(&line), 1))
		fail("no roster");
}

int main(int count, char **words)
{
	struct disk disk = disk_of_machine;
	struct log_options o = { .admission = &roster, .disk = &disk };
	struct sigkey *key;
	struct log_error e;
	struct log *l;
	double start;

	if (count != 4)
		fail("log_append unverified|verified|latency DIR SECONDS");
	hash_start();
	admit();
	key = sigkey_new(SIGKEY_ED25519);
	o.key = key;
	disk.open = counted_open;
	disk.open_direct = counted_open_direct;
	disk.sync = counted_sync;
	disk.write = counted_write;
	if (strcmp(words[1], "unverified") != 0)
		make_envelopes(lab);
	if (!key || !log_init(words[2], span_text("log.example"), key, &e) ||
	    !(l = log_open(words[2], &o, &e)))
		fail(e.what);
	run(l, words[1], atof(words[3]));
	print_times();
	start = now();
	log_close(l);
	printf(", \"close_seconds\": %.3f, \"syncs\": %llu, \"batches\": %llu, \"bytes\": %llu",
	       now() - start, (unsigned long long)syncs, (unsigned long long)batches,
	       (unsigned long long)batch_bytes);
	printf(", \"fdatasync_alone_seconds\": %.3f}\n",
	       fdatasync_alone(words[2], batch_bytes, batches));
	return b.refused != 0;
}
