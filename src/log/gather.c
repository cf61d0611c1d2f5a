/* gather.c - see gather.h. */
#include "log/gather.h"

#include "base/base64.h"
#include "log/entry.h"

const char *gathering_start(struct gathering *g, struct log *l)
{
	static struct checkpoint c;
	const char *wrong;

	*g = (struct gathering){ .log = l };
	log_checkpoint(l, &g->note);
	log_vkey(l, &g->vkey);
	if (g->note.failed || g->vkey.failed || note_key_read(text_span(&g->vkey), &g->key))
		return "its key is not known";
	wrong = checkpoint_read(text_span(&g->note), &c);
	if (wrong)
		return wrong;
	g->head = c.head;
	for (uint32_t i = 0; i < c.note.count; i++)
		g->witnesses += !span_equal(c.note.lines[i].name, c.origin);
	return NULL;
}

void gathering_end(struct gathering *g)
{
	text_free(&g->note);
	text_free(&g->vkey);
	*g = (struct gathering){ .log = NULL };
}

/* The signer's key as the entry has it. Nothing rests on where it is found: the entry is made again
 * of it, and compared. */
static bool find_key(struct span entry, struct arena *a, struct span *spki)
{
	const struct span before = span_text("\"rawBytes\":\"");
	size_t from = span_find(entry, 0, before), to;

	if (from == SIZE_MAX)
		return false;
	from += before.n;
	to = span_find(entry, from, span_text("\""));
	return to != SIZE_MAX && base64_read(span_sub(entry, from, to - from), false, a, spki);
}

/* Leaves of the envelope the one signature that the entry is made of. */
static bool match(struct span entry, struct span spki, struct envelope *e)
{
	uint8_t body[ENTRY_MOST];

	for (uint32_t i = 0; i < e->signature_count; i++) {
		size_t n = entry_write(e->pae_sha256, e->signatures[i], spki, body);

		if (n && span_equal((struct span){ body, n }, entry)) {
			e->signatures[0] = e->signatures[i];
			e->signature_count = 1;
			return true;
		}
	}
	return false;
}

bool gather_read(const struct gathering *g, uint64_t index, struct arena *a, struct gathered *out)
{
	struct sigbundle *b = &out->b;
	struct log_entry e;
	struct span spki;

	*b = (struct sigbundle){ .index = index, .head = g->head, .note = text_span(&g->note) };
	if (!log_entry(g->log, index, &e) || dsse_read(e.envelope, a, &b->envelope) ||
	    !span_is(b->envelope.payload_type, STATEMENT_MEDIA_TYPE) ||
	    !find_key(e.entry, a, &spki) || !match(e.entry, spki, &b->envelope))
		return false;
	b->body = e.entry;
	sha256_of(spki, b->key_sha256);
	sigbundle_log_id(&g->key, b->log_id);
	return !statement_read(b->envelope.payload, a, &out->s);
}

bool gather_prove(const struct gathering *g, struct gathered *out)
{
	struct merkle_source source = log_source(g->log);

	return merkle_prove_included(&source, out->b.index, g->head.size, &out->b.path);
}
