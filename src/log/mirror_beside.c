/* mirror_beside.c - what a log has beside its entries: envelopes, and the files that statements
 * name. All by their digests, so that what is there already is not asked for again, and nothing
 * wrong gets in. */
#include "log/mirror.h"

#include <stdio.h>
#include <unistd.h>

/* DIR/public/api/KIND, where files are named by their digests. Its parent's folder is synced with
 * the checkpoint. */
static bool folder_of(struct mirror *m, const char *kind, char folder[MOST_PATH])
{
	char api[MOST_PATH];

	if (!path_format(api, "%s/api", m->copy.root) || !path_format(folder, "%s/%s", api, kind))
		return false;
	return access(folder, F_OK) == 0 || (m->disk->make_folder(m->disk->ctx, api) &&
					     m->disk->make_folder(m->disk->ctx, folder) &&
					     m->disk->sync_folder(m->disk->ctx, api));
}

static void name_of(const uint8_t sha256[SHA256_SIZE], char name[80])
{
	int n = snprintf(name, 80, "sha256:");

	for (size_t i = 0; i < SHA256_SIZE; i++)
		n += snprintf(name + n, 3, "%02x", sha256[i]);
}

static bool is_there(struct mirror *m, const char *kind, const uint8_t sha256[SHA256_SIZE])
{
	char path[MOST_PATH], name[80];

	name_of(sha256, name);
	return path_format(path, "%s/api/%s/%s", m->copy.root, kind, name) &&
	       access(path, F_OK) == 0;
}

static bool put(struct mirror *m, const char *kind, const uint8_t sha256[SHA256_SIZE],
		struct span bytes)
{
	char folder[MOST_PATH], name[80];

	name_of(sha256, name);
	if (folder_of(m, kind, folder) && disk_replace(m->disk, folder, name, bytes))
		return true;
	*m->remote->error = (struct log_error){ .advice = "Is there room?" };
	snprintf(m->remote->error->where, sizeof(m->remote->error->where), "%.200s", m->dir);
	snprintf(m->remote->error->what, sizeof(m->remote->error->what), "%s/%s cannot be written",
		 kind, name);
	return false;
}

/* -- files -- */

static bool take_file(struct mirror *m, const struct file_digest *f)
{
	static const uint8_t none[SHA256_SIZE];
	struct client_call call;
	bool ok = true;

	if (memcmp(f->sha256, none, SHA256_SIZE) == 0 || is_there(m, "file", f->sha256))
		return true;
	if (remote_file(m->remote, f->sha256, MIRROR_MOST_FILE, &call)) {
		ok = put(m, "file", f->sha256, text_span(&call.answer));
		m->files++;
	} else {
		m->without_file++;
	}
	remote_free(&call, 1);
	return ok;
}

static bool take_files(struct mirror *m, const struct statement *s)
{
	bool ok = take_file(m, &s->file) && take_file(m, &s->published);

	for (uint32_t i = 0; i < s->attached_count && ok; i++)
		ok = take_file(m, &s->attached[i]);
	return ok;
}

/* -- envelopes -- */

static bool take_envelope(struct mirror *m, const struct entry_parts *p, struct span json)
{
	struct envelope e;
	struct statement s;
	struct arena a;
	bool ok = true;

	arena_init(&a, 64u << 20);
	if (follow_envelope(json, p, &a, &e)) {
		m->without_envelope++; /* what it gives is another one */
	} else {
		ok = put(m, "envelope", p->pae_sha256, json);
		m->envelopes++;
		if (ok && span_is(e.payload_type, STATEMENT_MEDIA_TYPE) &&
		    !statement_read(e.payload, &a, &s))
			ok = take_files(m, &s);
	}
	arena_free(&a);
	return ok;
}

static bool is_among(const uint8_t (*digests)[SHA256_SIZE], unsigned n,
		     const uint8_t sha256[SHA256_SIZE])
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(digests[i], sha256, SHA256_SIZE) == 0)
			return true;
	return false;
}

/* At most REMOTE_ENVELOPES. Entries of several who signed the same have one envelope. */
static bool take_some(struct mirror *m, const struct span *entries, unsigned count)
{
	struct client_call calls[REMOTE_ENVELOPES];
	struct entry_parts parts[REMOTE_ENVELOPES];
	uint8_t digests[REMOTE_ENVELOPES][SHA256_SIZE];
	unsigned n = 0;
	bool ok = true;

	for (unsigned i = 0; i < count; i++) {
		if (!entry_read(entries[i], &parts[n]) ||
		    is_among(digests, n, parts[n].pae_sha256) ||
		    is_there(m, "envelope", parts[n].pae_sha256))
			continue;
		memcpy(digests[n], parts[n].pae_sha256, SHA256_SIZE);
		n++;
	}
	remote_envelopes(m->remote, digests, n, calls);
	for (unsigned i = 0; i < n && ok; i++) {
		if (calls[i].status == 200)
			ok = take_envelope(m, &parts[i], text_span(&calls[i].answer));
		else
			m->without_envelope++;
	}
	remote_free(calls, n);
	return ok;
}

bool mirror_beside(struct mirror *m, const struct span *entries, unsigned count)
{
	bool ok = true;

	for (unsigned i = 0; i < count && ok; i += REMOTE_ENVELOPES)
		ok = take_some(m, entries + i,
			       count - i < REMOTE_ENVELOPES ? count - i : REMOTE_ENVELOPES);
	return ok;
}
