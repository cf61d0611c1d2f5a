/* shown.c - see shown.h. */
#include "log/shown.h"

#include "base/base64.h"
#include "log/entry.h"
#include "trust/dsse.h"

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

bool shown_read(struct log *l, uint64_t index, const struct roster *roster, struct arena *a,
		struct shown *s)
{
	struct log_entry entry;
	struct envelope envelope;

	if (!log_entry(l, index, &entry))
		return false;
	*s = (struct shown){ .index = index, .time = entry.time, .revoked_by = UINT64_MAX };
	memcpy(s->pae_sha256, entry.pae_sha256, SHA256_SIZE);
	read_signer(entry.entry, roster, s);
	s->has_statement = !dsse_read(entry.envelope, a, &envelope) &&
			   !statement_read(envelope.payload, a, &s->statement);
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
