/* gather.c - see gather.h. */
#include "log/gather.h"

#include "log/entry.h"

const char *gathering_start(struct gathering *g, struct log *l, struct span note)
{
	struct checkpoint c;
	const char *wrong = checkpoint_read(note, &c);

	*g = (struct gathering){ .log = l, .note = note };
	if (wrong)
		return wrong;
	log_vkey(l, &g->vkey);
	if (g->vkey.failed || note_key_read(text_span(&g->vkey), &g->key))
		return "the log's key is not known";
	g->head = c.head;
	return NULL;
}

void gathering_end(struct gathering *g)
{
	text_free(&g->vkey);
	*g = (struct gathering){ .log = NULL };
}

/* Leaves of the envelope the one signature that the entry is made of. */
static bool keep_signature(struct envelope *e, const struct entry_parts *p)
{
	const struct span signature = { p->signature, p->signature_size };

	for (uint32_t i = 0; i < e->signature_count; i++)
		if (span_equal(e->signatures[i], signature)) {
			e->signatures[0] = e->signatures[i];
			e->signature_count = 1;
			return memcmp(e->pae_sha256, p->pae_sha256, SHA256_SIZE) == 0;
		}
	return false;
}

bool gather_read(const struct gathering *g, uint64_t index, struct arena *a, struct gathered *out)
{
	struct sigbundle *b = &out->b;
	struct entry_parts parts;
	struct log_entry e;

	*b = (struct sigbundle){ .index = index, .head = g->head, .note = g->note };
	if (index >= g->head.size || !log_entry(g->log, index, &e) ||
	    !entry_read(e.entry, &parts) || dsse_read(e.envelope, a, &b->envelope) ||
	    !span_is(b->envelope.payload_type, STATEMENT_MEDIA_TYPE) ||
	    !keep_signature(&b->envelope, &parts))
		return false;
	b->body = e.entry;
	sha256_of((struct span){ parts.spki, parts.spki_size }, b->key_sha256);
	sigbundle_log_id(&g->key, b->log_id);
	return !statement_read(b->envelope.payload, a, &out->s);
}

bool statement_is_about(const struct statement *s, const uint8_t sha256[SHA256_SIZE])
{
	for (uint32_t i = 0; i < s->subject_count; i++)
		if (memcmp(s->subjects[i].sha256, sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

bool gather_prove(const struct gathering *g, struct gathered *out)
{
	struct merkle_source source = log_source(g->log);

	return merkle_prove_included(&source, out->b.index, g->head.size, &out->b.path);
}
