/* server_path.c - the addresses of a log. */
#include "base/text.h"
#include "log/line.h"
#include "log/server.h"
#include "log/tile.h"

/* "sha256:" and 64 small hexadecimal digits. */
static bool read_digest(struct span s, uint8_t digest[SHA256_SIZE])
{
	static const char start[] = "sha256:";

	return span_starts(s, span_text(start)) &&
	       span_hex(span_from(s, sizeof(start) - 1), digest, SHA256_SIZE);
}

static const struct {
	const char *path;
	enum log_path_kind kind;
} whole[] = {
	{ "/checkpoint", LOG_PATH_CHECKPOINT }, { "/api/add", LOG_PATH_ADD },
	{ "/api/keep", LOG_PATH_KEEP },         { "/", LOG_PATH_HOME },
	{ "/log.css", LOG_PATH_STYLE },         { "/api/cosign", LOG_PATH_COSIGN },
};

static const struct {
	const char *start;
	enum log_path_kind kind;
} of_digests[] = {
	{ "/api/bundle/", LOG_PATH_BUNDLE },     { "/api/lookup/", LOG_PATH_LOOKUP },
	{ "/api/envelope/", LOG_PATH_ENVELOPE }, { "/api/file/", LOG_PATH_FILE },
	{ "/digest/", LOG_PATH_PAGE },
};

static const struct {
	const char *start;
	enum log_path_kind kind;
} of_numbers[] = {
	{ "/api/proof/", LOG_PATH_PROOF },
	{ "/api/envelope/", LOG_PATH_SIGNED },
};

static bool read_tile(struct span path, struct log_path *p)
{
	struct tile t;

	if (path.n < 2 || !tile_path_read(span_from(path, 1), &t))
		return false;
	tile_path(&t, p->file); /* written anew: nothing of what was sent goes to the disk */
	return true;
}

/* What a browser makes of the form: "digest=sha256%3A..." or with the colon, or without the word.
 */
static bool read_query(struct span query, uint8_t digest[SHA256_SIZE])
{
	static const char name[] = "digest=";
	static const char *const starts[] = { "sha256%3A", "sha256:", "" };
	char text[7 + 2 * SHA256_SIZE + 1];

	if (!span_starts(query, span_text(name)))
		return false;
	query = span_from(query, sizeof(name) - 1);
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		struct span rest = span_from(query, strlen(starts[i]));

		if (!span_starts(query, span_text(starts[i])) || rest.n != 2 * SHA256_SIZE)
			continue;
		memcpy(text, "sha256:", 7);
		memcpy(text + 7, rest.p, rest.n);
		return read_digest((struct span){ (uint8_t *)text, 7 + rest.n }, digest);
	}
	return false;
}

struct log_path log_path_read(struct span path, struct span query)
{
	static const char search[] = "/search";
	struct log_path p = { .kind = LOG_PATH_NONE };

	if (span_is(path, search) && read_query(query, p.digest))
		p.kind = LOG_PATH_SEARCH;
	if (span_is(path, search) || query.n)
		return p;
	for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
		if (span_is(path, whole[i].path))
			p.kind = whole[i].kind;
	if (p.kind == LOG_PATH_CHECKPOINT)
		memcpy(p.file, "checkpoint", sizeof("checkpoint"));
	for (size_t i = 0; i < sizeof(of_digests) / sizeof(*of_digests); i++)
		if (span_starts(path, span_text(of_digests[i].start)) &&
		    read_digest(span_from(path, strlen(of_digests[i].start)), p.digest))
			p.kind = of_digests[i].kind;
	for (size_t i = 0; i < sizeof(of_numbers) / sizeof(*of_numbers); i++)
		if (span_starts(path, span_text(of_numbers[i].start)) &&
		    decimal_read(span_from(path, strlen(of_numbers[i].start)), &p.index))
			p.kind = of_numbers[i].kind;
	if (p.kind == LOG_PATH_NONE && read_tile(path, &p))
		p.kind = LOG_PATH_TILE;
	return p;
}
