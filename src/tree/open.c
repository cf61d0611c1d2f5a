/* open.c - descend: a content is hashed, tiled into regions, each region opened in turn. */
#include "base/hash.h"
#include "tree/engine.h"

#include <stdlib.h>

struct node *node_new(struct worker *w, struct node *parent, enum kind kind)
{
	struct node *n = arena_take(&w->arena, 1, sizeof(*n));

	if (!n)
		return NULL;
	n->parent = parent;
	n->kind = kind;
	return n;
}

void node_link(struct node *parent, struct node *child)
{
	if (parent->last_child)
		parent->last_child->next = child;
	else
		parent->children = child;
	parent->last_child = child;
}

static enum state state_of(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_NONE:
		return STATE_UNDERSTOOD;
	case FAULT_ENCRYPTED:
		return STATE_ENCRYPTED;
	case FAULT_UNKNOWN:
		return STATE_UNKNOWN;
	case FAULT_LIMIT:
	case FAULT_MEMORY:
		return STATE_LIMIT;
	case FAULT_QUARANTINED:
		return STATE_QUARANTINED;
	case FAULT_SHORT:
	case FAULT_BROKEN:
		break;
	}
	return STATE_DAMAGED;
}

void leaf_fault(struct arena *a, struct node *n, struct fault f)
{
	struct node_fault **end = &n->faults;
	struct node_fault *new;

	if (f.kind == FAULT_NONE || !(new = arena_take(a, 1, sizeof(*new))))
		return;
	new->fault = f;
	while (*end)
		end = &(*end)->next;
	*end = new;
	if (n->state == STATE_UNDERSTOOD || f.kind == FAULT_QUARANTINED)
		n->state = state_of(f.kind);
}

void node_fault(struct worker *w, struct node *n, struct fault f)
{
	leaf_fault(&w->arena, n, f);
}

static const char *label_copy(struct worker *w, const char *label, struct span name)
{
	struct text t = { 0 };
	const char *copy = NULL;

	text_puts(&t, label);
	if (name.n) {
		if (t.n)
			text_char(&t, ' ');
		text_escape(&t, name, "");
	}
	if (t.n)
		copy = arena_text(&w->arena, text_span(&t));
	text_free(&t);
	return copy;
}

struct node *region_new(struct worker *w, struct node *parent, const struct piece *piece)
{
	struct node *n = node_new(w, parent, KIND_REGION);

	if (!n)
		return NULL;
	n->format = piece->format;
	n->label = label_copy(w, piece->label ? piece->label : piece->found.label, piece->name);
	n->has_place = true;
	n->offset = piece->offset;
	n->length = n->size = piece->len;
	n->state = piece->state;
	n->entropy = piece->entropy;
	return n;
}

static void leaf(struct worker *w, struct node *n, struct span bytes)
{
	struct opening *o = w->engine->o;
	struct bench b = { w->id, &w->arena, w };

	if (o->leaf)
		o->leaf(o->ctx, &b, n, bytes);
}

static void show_content(struct worker *w, struct node *n, struct span bytes)
{
	struct opening *o = w->engine->o;
	struct bench b = { w->id, &w->arena, w };

	if (o->content)
		o->content(o->watch_ctx, &b, n, bytes);
}

void show_listing(struct worker *w, struct node *n, const struct listing *l)
{
	struct opening *o = w->engine->o;
	struct bench b = { w->id, &w->arena, w };

	if (o->signatures && l->signature_count)
		o->signatures(o->ctx, &b, n, l);
	if (o->listed)
		o->listed(o->watch_ctx, &b, n, l);
}

static bool in_image(const struct worker *w, struct span bytes)
{
	const struct span image = w->engine->image;

	return bytes.n && bytes.p >= image.p && bytes.p < image.p + image.n;
}

bool is_in_other(const struct worker *w, struct span bytes)
{
	const struct span other = w->engine->o->other;
	struct span there;

	if (!other.n || !in_image(w, bytes))
		return false;
	there = span_sub(other, (uint64_t)(bytes.p - w->engine->image.p), bytes.n);
	return there.n == bytes.n && memcmp(there.p, bytes.p, bytes.n) == 0;
}

/* So much of an image is hashed while worker 0 relates, judges and writes alone, which takes the
 * longer the more entries there are; all else before that. */
#define HASHED_LAST      (8u << 20)
#define HASHED_LAST_EACH 5632u

struct hash_job {
	const struct engine *engine;
	struct node *node;
	struct span bytes;
	struct node
		*head; /* a region at the start of the bytes, hashed in the same pass; or NULL */
	struct pool *idle; /* takes the last bytes; or NULL */
	struct sha256_run *run;
	size_t done;
};

static void hash_up_to(struct hash_job *job, size_t end)
{
	struct node *head = job->head;

	if (head && head->length > job->done && head->length <= end) {
		sha256_add(job->run, span_sub(job->bytes, job->done, head->length - job->done));
		sha256_peek(job->run, head->sha256);
		job->done = (size_t)head->length;
	}
	sha256_add(job->run, span_sub(job->bytes, job->done, end - job->done));
	job->done = end;
}

static void hash_rest(void *ctx, unsigned worker)
{
	struct hash_job *job = ctx;

	(void)worker;
	hash_up_to(job, job->bytes.n);
	sha256_end(job->run, job->node->sha256);
	sha256_drop(job->run);
}

static void hash_later(void *ctx, unsigned worker)
{
	struct hash_job *job = ctx;
	uint64_t last = HASHED_LAST + job->engine->entries * HASHED_LAST_EACH;

	job->run = sha256_begin();
	if (!job->run)
		abort(); /* a node without its digest would be a wrong report */
	if (!job->idle) {
		hash_rest(job, worker);
		return;
	}
	if (job->bytes.n > last)
		hash_up_to(job, (size_t)(job->bytes.n - last));
	pool_idle(job->idle, hash_rest, job);
}

/* Bytes of the image itself stay mapped: they are hashed as later work. */
static void hash_with_head(struct worker *w, struct node *n, struct span bytes, struct node *head)
{
	struct hash_job *job = NULL;

	if (in_image(w, bytes) && w->engine->o->undigested)
		return;
	n->has_sha256 = true;
	if (head)
		head->has_sha256 = true;
	if (bytes.n >= (64u << 10) && in_image(w, bytes))
		job = arena_take(&w->arena, 1, sizeof(*job));
	if (job) {
		bool idle = n->parent == NULL && w->engine->o->digest_idle;
		struct pool *pool = w->engine->o->pool;

		*job = (struct hash_job){ w->engine, n, bytes, head, idle ? pool : NULL, NULL, 0 };
		pool_later(pool, hash_later, job);
		return;
	}
	sha256_of(bytes, n->sha256);
	if (head)
		sha256_of(span_head(bytes, head->length), head->sha256);
}

static void hash_content(struct worker *w, struct node *n, struct span bytes)
{
	hash_with_head(w, n, bytes, NULL);
}

/* The image's digest waits for its first region: most often one file system that fills it, and one
 * pass serves both. */
static void hash_image(struct worker *w, struct node *image, struct span bytes,
		       struct pieces *pieces)
{
	struct piece *first = pieces->n ? &pieces->p[0] : NULL;

	if (first && first->offset == 0 && !first->node)
		first->node = region_new(w, image, first);
	else
		first = NULL;
	hash_with_head(w, image, bytes, first ? first->node : NULL);
}

struct piece_loop {
	struct worker *workers;
	struct pieces *pieces;
	struct span bytes;
	unsigned level;
};

/* What is left alone is listed all the same, so that its entries can be counted. */
static bool lists_quickly(const struct format *f)
{
	return f && f->shape == SHAPE_CONTAINER && !f->walk;
}

/* One that is all of an unpacked content has the digest of that; in the image that may come later.
 */
static void hash_piece(struct worker *w, struct node *n, struct span bytes,
		       const struct piece_loop *loop)
{
	const struct node *whole = n->parent;

	if (bytes.n == loop->bytes.n && bytes.n == whole->size && whole->has_sha256 &&
	    !in_image(w, bytes)) {
		memcpy(n->sha256, whole->sha256, SHA256_SIZE);
		n->has_sha256 = true;
		return;
	}
	hash_content(w, n, bytes);
}

static void open_piece(void *ctx, unsigned worker, size_t i)
{
	struct piece_loop *loop = ctx;
	struct piece *piece = &loop->pieces->p[i];
	struct worker *w = &loop->workers[worker];
	struct span bytes = span_sub(loop->bytes, piece->offset, piece->len);

	/* A stream was opened when it was found. */
	if (!piece->node || w->engine->over ||
	    (piece->format && piece->format->shape == SHAPE_STREAM))
		return;
	piece->node->left_alone = is_in_other(w, bytes);
	if (piece->node->left_alone && !lists_quickly(piece->format))
		return;
	if (!piece->node->has_sha256 && !piece->node->left_alone)
		hash_piece(w, piece->node, bytes, loop);
	show_content(w, piece->node, bytes);
	if (piece->format)
		open_region(w, piece->node, loop->bytes, loop->level);
	else if (piece->state != STATE_PADDING)
		leaf(w, piece->node, bytes);
}

/* Pieces become nodes in their order; then their contents are opened in any order. */
static void open_pieces(struct worker *w, struct node *n, struct span bytes, struct pieces *pieces,
			unsigned level)
{
	struct piece_loop loop = { w->engine->workers, pieces, bytes, level };

	if (!may_list(w, n, pieces->n))
		return;
	for (size_t i = 0; i < pieces->n; i++) {
		struct piece *piece = &pieces->p[i];

		if (!piece->node)
			piece->node = region_new(w, n, piece);
		if (piece->node)
			node_link(n, piece->node);
	}
	engine_each(w, pieces->n, open_piece, &loop);
}

/* A file in which no format was found, or which is one leaf as a whole, needs no region below it.
 */
static bool is_whole_leaf(const struct pieces *pieces, enum space_kind kind)
{
	if (kind != SPACE_FILE)
		return false;
	for (size_t i = 0; i < pieces->n; i++)
		if (pieces->p[i].format)
			return pieces->n == 1 && pieces->p[i].format->shape == SHAPE_LEAF;
	return true;
}

static void become_leaf(struct worker *w, struct node *n, struct span bytes,
			const struct piece *first)
{
	n->format = first->format;
	n->label = label_copy(
		w, first->label && first->len == bytes.n ? first->label : first->found.label,
		(struct span){ 0 });
	if (!first->format && looks_encrypted(bytes, &n->entropy))
		n->state = STATE_ENCRYPTED;
	leaf(w, n, bytes);
}

static bool too_deep(struct worker *w, struct node *n, unsigned level)
{
	uint32_t depth = w->engine->o->budget.depth;

	if (level < depth)
		return false;
	node_fault(w, n, fault_at(FAULT_LIMIT, 0, "depth", level, depth));
	return true;
}

void open_content(struct worker *w, struct node *n, struct span bytes, enum space_kind kind,
		  unsigned level)
{
	struct arena arena = { 0 };
	struct pieces pieces = { .arena = &arena };
	struct space s = {
		.w = w, .node = n, .bytes = bytes, .to = bytes.n, .kind = kind, .level = level
	};

	n->size = bytes.n;
	if (kind != SPACE_IMAGE)
		hash_content(w, n, bytes);
	show_content(w, n, bytes);
	if (too_deep(w, n, level)) {
		leaf(w, n, bytes);
		return;
	}
	space_tile(&s, &pieces);
	if (kind == SPACE_IMAGE)
		hash_image(w, n, bytes, &pieces);
	if (pieces.n == 0)
		leaf(w, n, bytes);
	else if (is_whole_leaf(&pieces, kind))
		become_leaf(w, n, bytes, &pieces.p[0]);
	else
		open_pieces(w, n, bytes, &pieces, level);
	arena_free(&arena);
}

/* One listed part: settled from its first byte on; the name its table gives goes to what begins
 * there. */
static void tile_part(struct space *s, const struct entry *e, struct pieces *pieces)
{
	size_t first = pieces->n;
	struct piece *piece;

	s->from = e->offset;
	s->to = e->offset + e->length;
	s->owned = e->owned;
	space_tile(s, pieces);
	s->owned = false;
	if (pieces->n == first || e->name.n == 0)
		return;
	piece = &pieces->p[first];
	piece->name = e->name;
	if (e->owned && !piece->format)
		piece->label = ""; /* its name says better what it is */
	if (piece->node)
		piece->node->label = label_copy(s->w, piece->found.label, e->name);
}

/* What stands before the first part is the header; between and behind parts, bytes that no table
 * speaks of are searched like any others. */
static void tile_between(struct space *s, uint64_t from, uint64_t to, struct pieces *pieces)
{
	struct piece head = { .len = to, .state = STATE_UNDERSTOOD, .label = "header" };

	s->from = from;
	s->to = to;
	if (from == to)
		return;
	if (from == 0)
		pieces_add(pieces, &head);
	else
		space_tile(s, pieces);
}

static void open_parts(struct worker *w, struct node *n, struct listing *l, unsigned level)
{
	struct pieces pieces = { .arena = l->arena };
	struct space s = { .w = w, .node = n, .bytes = l->in, .kind = SPACE_PART, .level = level };
	uint64_t pos = 0;

	if (l->count == 0) {
		leaf(w, n, l->in);
		return;
	}
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[i];

		if (e->offset < pos || e->offset > l->in.n || e->length > l->in.n - e->offset) {
			node_fault(w, n,
				   fault_at(FAULT_BROKEN, e->offset, "part", e->length, l->in.n));
			continue;
		}
		tile_between(&s, pos, e->offset, &pieces);
		tile_part(&s, e, &pieces);
		pos = e->offset + e->length;
	}
	if (pos > 0)
		tile_between(&s, pos, l->in.n, &pieces);
	else
		gap_tile(&s, 0, l->in.n, &pieces);
	open_pieces(w, n, l->in, &pieces, level);
}

static void open_container(struct worker *w, struct node *n, struct listing *l, unsigned level)
{
	struct fault fault;

	if (n->format->walk) {
		open_walk(w, n, l, level);
		return;
	}
	if (!guard_enter(w, n, n->format->name)) {
		node_fault(w, n, fault_at(FAULT_QUARANTINED, 0, n->format->name, 0, 0));
		return;
	}
	fault = n->format->list(l);
	guard_leave(w);
	if (l->label[0])
		n->label = label_copy(w, l->label, (struct span){ 0 });
	node_fault(w, n, fault.kind ? fault : l->fault);
	show_listing(w, n, l);
	if (l->kind == LISTING_REGIONS)
		open_parts(w, n, l, level);
	else
		open_entries(w, n, l, level);
}

void open_region(struct worker *w, struct node *n, struct span parent, unsigned level)
{
	struct arena arena = { 0 };
	struct listing l = {
		.in = span_sub(parent, n->offset, n->length),
		.beyond = span_from(parent, n->offset),
		.before = span_head(parent, n->offset),
		.arena = &arena,
	};

	if (n->format->shape == SHAPE_LEAF) {
		if (n->format->own)
			show_listing(w, n, &l);
		leaf(w, n, l.in);
		arena_free(&arena);
		return;
	}
	if (too_deep(w, n, level + 1))
		return;
	l.most = w->engine->o->budget.entries < UINT32_MAX - 1
			 ? (uint32_t)w->engine->o->budget.entries
			 : UINT32_MAX - 1;
	open_container(w, n, &l, level + 1);
	arena_free(&arena);
}
