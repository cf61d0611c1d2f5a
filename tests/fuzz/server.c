/* server.c - what a log's server takes of anybody: an address, in the first line, and an envelope,
 * which becomes a page. What was read of an address, written again, is the address; a page has no
 * character that does something, and as many tags as it opens. */
#include <stdlib.h>

#include "log/page.h"
#include "log/server.h"

int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *count, char ***words)
{
	(void)count;
	(void)words;
	hash_start();
	return 0;
}

/* As http.c parts them. */
static void read_address(struct span line)
{
	size_t mark = span_find(line, 0, span_text("?"));
	bool has_query = mark != SIZE_MAX && mark + 1 < line.n;
	struct span path = has_query ? span_head(line, mark) : line;
	struct log_path p =
		log_path_read(path, has_query ? span_from(line, mark + 1) : (struct span){ 0 });

	if ((p.kind == LOG_PATH_TILE || p.kind == LOG_PATH_CHECKPOINT) &&
	    (strlen(p.file) + 1 != path.n || memcmp(p.file, path.p + 1, path.n - 1) != 0 ||
	     strstr(p.file, "..") || has_query))
		abort();
}

static void is_harmless(const struct text *t)
{
	size_t open = 0, closed = 0;

	for (size_t i = 0; i < t->n; i++) {
		unsigned char c = (unsigned char)t->p[i];

		open += c == '<';
		closed += c == '>';
		if ((c < 0x20 && c != '\n') || c == 0x7f)
			abort();
	}
	if (open != closed)
		abort();
}

static void show(const struct statement *said)
{
	static struct shown s;
	struct page p = { .up = "", .entries = &s, .count = 1, .origin = span_text("log.example") };
	struct text out = { 0 };

	s = (struct shown){ .has_statement = true, .statement = *said, .revoked_by = UINT64_MAX };
	page_write(&p, &out);
	if (!out.failed)
		is_harmless(&out);
	text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct statement s;
	struct span in = { data, size }, body = in;
	size_t end = span_find(in, 0, span_text("\n"));
	struct envelope e;
	struct arena a;

	read_address(end == SIZE_MAX ? in : span_head(in, end));
	body = end == SIZE_MAX ? in : span_from(in, end + 1);
	arena_init(&a, 256u << 20);
	if (!dsse_read(body, &a, &e))
		body = e.payload;
	if (!statement_read(body, &a, &s))
		show(&s);
	arena_free(&a);
	return 0;
}
