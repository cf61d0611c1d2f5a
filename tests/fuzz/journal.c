/* journal.c - the journal of a witness, as a disk may give it back. What is taken of it, written
 * again as a journal, is the beginning of what was read. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "log/witness_journal.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int dir = -1;

static char path[] = "/tmp/evenhand-fuzz-XXXXXX";

static void remove_all(void)
{
	unlinkat(dir, "journal", 0);
	rmdir(path);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	if (!mkdtemp(path))
		abort();
	dir = open(path, O_RDONLY | O_DIRECTORY);
	atexit(remove_all);
	return 0;
}

static const char *take(void *ctx, struct span record)
{
	witness_journal_add(ctx, record);
	return NULL;
}

static void write_file(const uint8_t *data, size_t size)
{
	int fd = openat(dir, "journal", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char first[] = "evenhand witness journal 1\n";
	struct witness_journal j, again = { .fd = -1 };
	const struct journal_reader reader = { take, &again, true };
	struct log_error e;
	struct span in = { data, size };

	write_file(data, size);
	if (witness_journal_open(&j, dir, &reader, &e)) {
		struct span rest = span_from(in, sizeof(first) - 1);

		if (!span_starts(in, span_text(first)) ||
		    !span_starts(rest, text_span(&again.pending)) ||
		    j.size != sizeof(first) - 1 + again.pending.n)
			abort();
	}
	witness_journal_close(&j);
	witness_journal_close(&again);
	return 0;
}
