/* entry_read.c - an entry of a log taken apart, by making it again; see entry.h. */
#include "base/base64.h"
#include "log/entry.h"

/* The base64 behind the next place of that word in the entry. */
static bool take(struct span entry, size_t *at, const char *word, uint8_t *out, size_t room,
		 size_t *n)
{
	size_t from = span_find(entry, *at, span_text(word)), end;

	if (from == SIZE_MAX)
		return false;
	from += strlen(word);
	end = span_find(entry, from, span_text("\""));
	if (end == SIZE_MAX)
		return false;
	*at = end;
	return base64_read_into(span_sub(entry, from, end - from), false, out, room, n);
}

bool entry_read(struct span entry, struct entry_parts *p)
{
	uint8_t again[ENTRY_MOST];
	size_t at = 0, n = 0, size;

	if (!take(entry, &at, "\"digest\":\"", p->pae_sha256, SHA256_SIZE, &n) ||
	    n != SHA256_SIZE ||
	    !take(entry, &at, "\"content\":\"", p->signature, sizeof(p->signature),
		  &p->signature_size) ||
	    !take(entry, &at, "\"rawBytes\":\"", p->spki, sizeof(p->spki), &p->spki_size))
		return false;
	size = entry_write(p->pae_sha256, (struct span){ p->signature, p->signature_size },
			   (struct span){ p->spki, p->spki_size }, again);
	return size > 0 && span_equal((struct span){ again, size }, entry);
}
