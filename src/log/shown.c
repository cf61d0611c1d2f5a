/* shown.c - see shown.h. */
#include "log/shown.h"

#include "base/base64.h"
#include "log/entry.h"
#include "trust/dsse.h"

#define MOST_READING (64u << 20) /* bytes that reading one takes: no envelope needs more */

/* The key that an entry names: what was written by entry_write has it once, in base64. */
static void read_signer(struct span entry, const struct roster *roster, struct shown *s)
{
	static const char before[] = "\"rawBytes\":\"";
	size_t from = span_find(entry, 0, span_text(before)), to, n;
	uint8_t spki[ROSTER_MOST_SPKI];

	if (from == SIZE_MAX)
		return;
	from += sizeof(before) - 1;
	to = span_find(entry, from, span_text("\""));
	if (to == SIZE_MAX ||
	    !base64_read_into(span_sub(entry, from, to - from), false, spki, sizeof(spki), &n))
		return;
	s->has_signer = true;
	sha256_of((struct span){ spki, n }, s->signer_sha256);
	s->signer = roster ? roster_find(roster, s->signer_sha256) : NULL;
}

/* -- what was read, without what it took to read it -- */

static bool copy_text(struct span *text, struct arena *a)
{
	size_t n = text->n;

	*text = arena_copy(a, *text);
	return text->n == n;
}

/* Only as many as there are. */
static bool copy_list(void *list, uint32_t count, size_t size, struct arena *a, void **to)
{
	*to = count ? arena_take(a, count, size) : NULL;
	if (count && *to)
		memcpy(*to, list, count * size);
	return !count || *to;
}

static bool copy_statement(struct statement *s, struct arena *a)
{
	struct span *const texts[] = { &s->version, &s->observing, &s->judging, &s->answer,
				       &s->vendor,  &s->product,   &s->release, &s->text };
	void *tests, *opaque, *attached;
	bool ok = copy_list(s->tests, s->test_count, sizeof(*s->tests), a, &tests) &&
		  copy_list(s->opaque, s->opaque_count, sizeof(*s->opaque), a, &opaque) &&
		  copy_list(s->attached, s->attached_count, sizeof(*s->attached), a, &attached);

	if (!ok)
		return false;
	s->tests = tests;
	s->opaque = opaque;
	s->attached = attached;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts) && ok; i++)
		ok = copy_text(texts[i], a);
	for (uint32_t i = 0; i < s->test_count && ok; i++)
		ok = copy_text(&s->tests[i].check, a);
	for (uint32_t i = 0; i < s->opaque_count && ok; i++)
		ok = copy_text(&s->opaque[i].where, a);
	return ok;
}

static bool read_statement(struct span json, struct arena *a, struct statement *s)
{
	struct envelope envelope;
	struct arena reading;
	bool ok;

	arena_init(&reading, MOST_READING);
	ok = !dsse_read(json, &reading, &envelope) &&
	     !statement_read(envelope.payload, &reading, s) && copy_statement(s, a);
	arena_free(&reading);
	if (!ok)
		*s = (struct statement){ 0 };
	return ok;
}

bool shown_read(struct log *l, uint64_t index, const struct roster *roster, struct arena *a,
		struct shown *s)
{
	struct log_entry entry;

	if (!log_entry(l, index, &entry))
		return false;
	*s = (struct shown){ .index = index, .time = entry.time, .revoked_by = UINT64_MAX };
	memcpy(s->pae_sha256, entry.pae_sha256, SHA256_SIZE);
	read_signer(entry.entry, roster, s);
	s->has_statement = read_statement(entry.envelope, a, &s->statement);
	return true;
}

void shown_revoke(struct shown *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct shown *r = &list[i];

		if (!r->has_statement || r->statement.kind != STATEMENT_REVOCATION ||
		    !r->has_signer)
			continue;
		for (size_t k = 0; k < count; k++)
			if (memcmp(list[k].pae_sha256, r->statement.pae_sha256, SHA256_SIZE) == 0 &&
			    memcmp(list[k].signer_sha256, r->signer_sha256, SHA256_SIZE) == 0)
				list[k].revoked_by = r->index;
	}
}
