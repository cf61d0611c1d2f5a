/* witness_mirror.c - a mirror (C2SP tlog-mirror, main of July 2026): it signs what it keeps. What a
 * log says of itself is pending first. Entries are sent for it, in packages that are shown to be in
 * its tree before anything of them is kept. Once all are on the disk, in DIR/public/HEX as a log
 * has them, the checkpoint is signed, and becomes public. What is pending is gone at the end:
 * nothing was signed of it, and the log says it again. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "log/copy.h"
#include "log/upload.h"
#include "log/witness_inside.h"

#define MOST_PENDING 4u

struct pending {
	struct text note; /* with the log's signatures */
	struct merkle_head head;
};

struct mirrored {
	struct copy copy;
	struct pending pending[MOST_PENDING]; /* the newest comes first */
	unsigned count;
};

/* -- opening -- */

static bool start(struct witness *w, struct log_state *s)
{
	struct mirrored *m = calloc(1, sizeof(*m));
	struct text hex = { 0 };
	char folder[MOST_PATH];
	bool ok;

	if (!m)
		return false;
	text_hex(&hex, (struct span){ s->id, SHA256_SIZE });
	ok = !hex.failed && path_format(folder, "%s/public", w->path) &&
	     path_format(m->copy.root, "%s/%s", folder, hex.p) &&
	     disk_of_machine.make_folder(NULL, folder) &&
	     disk_of_machine.make_folder(NULL, m->copy.root) &&
	     disk_of_machine.sync_folder(NULL, folder) &&
	     disk_of_machine.sync_folder(NULL, w->path);
	text_free(&hex);
	m->copy.files = w->files;
	copy_start(&m->copy);
	s->mirrored = m;
	return ok;
}

/* What was signed is public, also where an end came in between. */
static bool publish_again(struct mirrored *m, struct span note)
{
	uint8_t *bytes = NULL;
	size_t n = 0;
	bool is_there = copy_read(&m->copy, "checkpoint", NOTE_MOST_BYTES, &bytes, &n) &&
			span_equal((struct span){ bytes, n }, note);

	free(bytes);
	return is_there || copy_publish(&m->copy, note);
}

static bool open_one(struct witness *w, struct log_state *s, struct log_error *e)
{
	const char *wrong = NULL;

	if (!start(w, s))
		return witness_fail(e, w->path, "public cannot be made", errno);
	wrong = copy_open(&s->mirrored->copy, &s->head);
	if (wrong) {
		witness_fail(e, s->mirrored->copy.root, wrong, 0);
		e->advice = "This mirror has signed that it holds these entries. Bring them back.";
		return false;
	}
	return publish_again(s->mirrored,
			     (struct span){ (const uint8_t *)s->note, s->note_size }) ||
	       witness_fail(e, s->mirrored->copy.root, "it cannot be written", errno);
}

bool mirror_open(struct witness *w, struct log_error *e)
{
	if (!w->is_mirror || !w->key)
		return true;
	w->files = calloc(1, sizeof(*w->files));
	if (!w->files)
		return witness_fail(e, w->path, "no memory", 0);
	w->files->disk = &disk_of_machine;
	for (size_t i = 0; i < w->room; i++)
		if (w->logs[i].note && !open_one(w, &w->logs[i], e))
			return false;
	return true;
}

void mirror_close(struct witness *w)
{
	for (size_t i = 0; i < w->room; i++) {
		struct mirrored *m = w->logs[i].mirrored;

		if (!m)
			continue;
		for (unsigned p = 0; p < MOST_PENDING; p++)
			text_free(&m->pending[p].note);
		copy_free(&m->copy);
		free(m);
	}
	if (w->files)
		public_free(w->files);
	free(w->files);
}

int witness_open_public(const struct witness *w)
{
	char path[MOST_PATH];

	if (!w->is_mirror || !path_format(path, "%s/public", w->path) ||
	    !disk_of_machine.make_folder(NULL, path))
		return -1;
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* -- what is pending -- */

struct span mirror_newest(const struct log_state *s, struct merkle_head *head)
{
	if (s->mirrored && s->mirrored->count) {
		*head = s->mirrored->pending[0].head;
		return text_span(&s->mirrored->pending[0].note);
	}
	*head = s->head;
	return (struct span){ (const uint8_t *)s->note, s->note_size };
}

bool mirror_hold(struct witness *w, struct log_state *s, const struct checkpoint *c,
		 struct span log_lines)
{
	struct pending p = { .head = c->head };
	struct mirrored *m;

	if (!s->mirrored && !start(w, s))
		return false;
	m = s->mirrored;
	text_put(&p.note, c->note.text);
	text_char(&p.note, '\n');
	text_put(&p.note, log_lines);
	if (p.note.failed)
		return text_free(&p.note), false;
	if (m->count && merkle_head_equal(&m->pending[0].head, &p.head)) {
		text_free(&m->pending[0].note); /* said again */
		m->pending[0] = p;
		return true;
	}
	text_free(&m->pending[MOST_PENDING - 1].note);
	memmove(m->pending + 1, m->pending, sizeof(p) * (MOST_PENDING - 1));
	m->pending[0] = p;
	m->count += m->count < MOST_PENDING;
	return true;
}

/* What was said of a tree of that size, and is not behind what was signed; empty: nothing. */
static struct span known_note(const struct log_state *s, uint64_t size, struct merkle_head *head)
{
	const struct mirrored *m = s->mirrored;

	for (unsigned i = 0; m && i < m->count; i++)
		if (m->pending[i].head.size == size && size >= s->head.size) {
			*head = m->pending[i].head;
			return text_span(&m->pending[i].note);
		}
	*head = s->head;
	return s->note && size == s->head.size
		       ? (struct span){ (const uint8_t *)s->note, s->note_size }
		       : (struct span){ 0 };
}

/* -- entries -- */

enum taken { TAKEN, TAKEN_FALSE, TAKEN_TROUBLE };

/* The bundle up to where the package ends: what is here of it, and what came. */
struct whole {
	struct span entries[TILE_WIDTH], came[TILE_WIDTH];
	uint8_t *kept; /* a file that entries are views of */
	unsigned width;
};

static bool join(const struct mirrored *m, const struct package *p, struct whole *all)
{
	uint64_t first = p->from - p->from % TILE_WIDTH;
	unsigned have = (unsigned)(p->from - first), width = (unsigned)(p->to - p->from);
	struct tile t = { TILE_ENTRIES, first / TILE_WIDTH, (unsigned)(m->copy.tree.size - first) };
	char name[TILE_MOST_PATH];
	size_t n;

	all->kept = NULL;
	all->width = have + width;
	if (have) {
		tile_path(&t, name);
		if (!copy_read(&m->copy, name, BUNDLE_MOST_BYTES, &all->kept, &n) ||
		    !bundle_read((struct span){ all->kept, n }, t.width, all->entries))
			return false;
	}
	if (!bundle_read(p->entries, width, all->came))
		return false;
	memcpy(all->entries + have, all->came, width * sizeof(*all->came));
	return true;
}

static bool is_shown(const struct package *p, const struct whole *all,
		     const struct merkle_head *head)
{
	struct merkle_subtree part = { p->to - all->width, p->to, { 0 } };
	struct merkle tree = { .size = 0 };

	for (unsigned i = 0; i < all->width; i++) {
		uint8_t leaf[SHA256_SIZE];

		merkle_leaf(&all->entries[i], 1, leaf);
		merkle_add(&tree, leaf);
	}
	merkle_root(&tree, part.root);
	return merkle_has_subtree(head, &part, &p->proof);
}

static enum taken take_package(struct mirrored *m, const struct package *p,
			       const struct merkle_head *head)
{
	struct whole all;
	enum taken taken = TAKEN;

	if (!join(m, p, &all))
		taken = TAKEN_TROUBLE;
	else if (!is_shown(p, &all, head))
		taken = TAKEN_FALSE;
	else if (p->to > m->copy.tree.size &&
		 copy_add(&m->copy, p->from / TILE_WIDTH, all.entries, all.width) != COPY_ADDED)
		taken = TAKEN_TROUBLE;
	free(all.kept);
	return taken;
}

/* As far as packages are whole. *count: how many were. */
static enum taken take_packages(struct mirrored *m, const struct upload *u,
				const struct merkle_head *head, unsigned *count)
{
	struct span rest = u->packages;
	enum taken taken = TAKEN;
	struct package p;

	for (uint64_t at = u->start; taken == TAKEN && package_take(u, at, &rest, &p); at = p.to) {
		taken = take_package(m, &p, head);
		*count += taken == TAKEN;
	}
	return taken;
}

/* -- answers -- */

static void answer_info(struct witness_exchange *x, unsigned status, uint64_t size, uint64_t next)
{
	const struct upload_info info = { size, next, { 0 } };

	x->status = status;
	x->type = UPLOAD_INFO_TYPE;
	upload_info_write(&x->body, &info);
}

/* All entries are here. */
static bool sign(struct witness *w, struct log_state *s, struct span note, uint64_t time,
		 struct witness_exchange *x)
{
	struct text copy = { 0 }, lines = { 0 };
	struct copy *m = &s->mirrored->copy;
	struct checkpoint c;
	bool ok;

	text_put(&copy, note); /* what was signed before goes, and this may be it */
	ok = !copy.failed && !checkpoint_read(text_span(&copy), &c) &&
	     (m->tree.size == m->before || copy_sync(m, true)) &&
	     witness_log_lines(s, &c, &lines) == NOTE_SIGNED && !lines.failed &&
	     witness_cosign(w, s, &c, text_span(&lines), time, x) &&
	     witness_journal_commit(&w->journal) &&
	     copy_publish(m, (struct span){ (const uint8_t *)s->note, s->note_size });
	text_free(&copy);
	text_free(&lines);
	return ok;
}

/* False: the disk, or memory, failed. */
static bool take_upload(struct witness *w, struct log_state *s, const struct upload *u,
			uint64_t time, struct witness_exchange *x)
{
	struct merkle_head head, newest;
	struct span note = known_note(s, u->end, &head);
	struct mirrored *m = s->mirrored;
	uint64_t next = m ? m->copy.tree.size : 0;
	unsigned count = 0;
	enum taken taken;

	if (mirror_newest(s, &newest).n == 0)
		return witness_say(x, 422, "No checkpoint of that log was sent yet."), true;
	if (!note.n || next > u->end || u->start > next ||
	    u->start / TILE_WIDTH < next / TILE_WIDTH)
		return answer_info(x, 409, newest.size, next), true;
	taken = take_packages(m, u, &head, &count);
	next = m->copy.tree.size;
	if (taken == TAKEN && next == u->end && (count || u->start == u->end))
		return sign(w, s, note, time, x);
	if (taken == TAKEN_TROUBLE || !copy_sync(&m->copy, false))
		return false;
	if (taken == TAKEN_FALSE)
		witness_say(x, 422, "A package is not shown to be in the tree.");
	else if (count == 0)
		witness_say(x, 400, "It has no whole package.");
	else
		answer_info(x, 202, u->end, next);
	return true;
}

void mirror_take_entries(struct witness *w, struct witness_exchange *x, uint64_t time)
{
	uint8_t id[SHA256_SIZE];
	struct log_state *s;
	struct upload u;

	if (!upload_read(x->request, &u)) {
		witness_say(x, 400, "Its head is cut short, or has numbers that are none.");
		return;
	}
	sha256_of(u.origin, id);
	s = witness_find(w, id);
	if (!w->is_mirror || !s || s->key_count == 0)
		witness_say(x, 404, "This mirror does not know that log.");
	else if (!take_upload(w, s, &u, time, x))
		w->journal.is_broken = true;
}
