/* index_turns.c - of many entries about an image a few of each signer. */
#include <stdlib.h>

#include "log/index_own.h"

#define MOST_SIGNERS 1024u

struct signer {
	int64_t key;
	int64_t before; /* the oldest that had its turn; -1: there is no other */
};

static bool bind_image(sqlite3_stmt *s, const uint8_t image[SHA256_SIZE], int64_t second)
{
	return sqlite3_bind_blob(s, 1, image, SHA256_SIZE, SQLITE_STATIC) == SQLITE_OK &&
	       sqlite3_bind_int64(s, 2, second) == SQLITE_OK;
}

/* SQLITE_ROW: there is one, in *value. */
static int next_value(sqlite3_stmt *s, int64_t *value)
{
	int code = sqlite3_step(s);

	if (code == SQLITE_ROW)
		*value = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return code;
}

static bool find_signers(struct index *i, const uint8_t image[SHA256_SIZE], struct signer *signers,
			 size_t *count)
{
	int64_t key = -1;
	int code = SQLITE_ROW;

	for (*count = 0; *count < MOST_SIGNERS; (*count)++) {
		sqlite3_stmt *s = index_statement(i, NEXT_SIGNER);

		code = bind_image(s, image, key) ? next_value(s, &key) : SQLITE_ERROR;
		if (code != SQLITE_ROW)
			break;
		signers[*count] = (struct signer){ key, INT64_MAX };
	}
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

static bool take_turn(struct index *i, const uint8_t image[SHA256_SIZE], struct signer *signer)
{
	sqlite3_stmt *s = index_statement(i, NEXT_OF_SIGNER);
	int code = bind_image(s, image, signer->key) &&
				   sqlite3_bind_int64(s, 3, signer->before) == SQLITE_OK
			   ? next_value(s, &signer->before)
			   : SQLITE_ERROR;

	if (code == SQLITE_DONE)
		signer->before = -1;
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

static int newest_first(const void *a, const void *b)
{
	const struct signer *x = a, *y = b;

	return (x->before < y->before) - (x->before > y->before);
}

/* Those that have none left go. */
static bool take_round(struct index *i, const uint8_t image[SHA256_SIZE], struct signer *signers,
		       size_t *count)
{
	size_t left = 0;

	for (size_t k = 0; k < *count; k++) {
		if (!take_turn(i, image, &signers[k]))
			return false;
		if (signers[k].before >= 0)
			signers[left++] = signers[k];
	}
	*count = left;
	qsort(signers, left, sizeof(*signers), newest_first);
	return true;
}

bool index_by_turns(struct index *i, const uint8_t image[SHA256_SIZE], struct index_turn *turns,
		    size_t most, size_t *count, struct log_error *e)
{
	struct signer *signers = calloc(MOST_SIGNERS, sizeof(*signers));
	size_t left = 0;
	bool ok = signers && find_signers(i, image, signers, &left);

	*count = 0;
	while (ok && left && *count < most) {
		ok = take_round(i, image, signers, &left);
		for (size_t k = 0; ok && k < left && *count < most; k++)
			turns[(*count)++] =
				(struct index_turn){ (uint64_t)signers[k].before, signers[k].key };
	}
	free(signers);
	return ok || index_fail(i, e);
}
