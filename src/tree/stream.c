/* stream.c - a compressed stream: unpacked where it was found, its parts by all workers, and what
 * came out opened. */
#include "codec/codec.h"
#include "tree/engine.h"

#define LEAST_DAMAGED 1024 /* plain bytes that a broken stream must give to be believed */

/* A header that says where its stream ends, and proves itself, stands for it even where nothing
 * comes out: what is encrypted or made over another image is not passed over in silence. */
static bool states_length(const struct found *found)
{
	return !found->open_end && found->proof > PROOF_PLAUSIBLE;
}

/* A stream's own bytes, which its format names as those of a container. */
static void show_stream(struct worker *w, struct node *n, struct span bytes)
{
	struct arena arena = { 0 };
	struct listing l = { .in = bytes, .beyond = bytes, .arena = &arena };

	if (w->engine->o->listed)
		show_listing(w, n, &l);
	arena_free(&arena);
}

/* Parts of one stream, which other workers decode too; they are in this node's guard then. */
struct parts_loop {
	struct worker *w;
	const struct node *node;
	void (*one)(void *parts, size_t i);
	void *parts;
};

static void decode_part(void *ctx, unsigned worker, size_t i)
{
	const struct parts_loop *loop = ctx;
	struct worker *w = &loop->w->engine->workers[worker];

	if (!guard_enter(w, loop->node, loop->node->format->name))
		return;
	loop->one(loop->parts, i);
	guard_leave(w);
}

static void decode_parts(void *ctx, size_t n, void (*one)(void *parts, size_t i), void *parts)
{
	struct parts_loop loop = *(const struct parts_loop *)ctx;

	loop.one = one;
	loop.parts = parts;
	engine_each(loop.w, n, decode_part, &loop);
}

static struct fault load_stream(struct worker *w, struct node *n, const struct listing *l,
				struct sink *content)
{
	struct parts_loop loop = { .w = w, .node = n };
	const struct helpers helpers = { decode_parts, &loop, engine_threads(w) };
	struct fault fault;

	codec_take_helpers(&helpers);
	fault = n->format->load(l, NULL, content);
	codec_take_helpers(NULL);
	return fault;
}

static struct fault unpack(struct worker *w, struct node *n, const struct listing *l,
			   struct sink *content, struct span *plain)
{
	const struct opening *o = w->engine->o;
	struct fault fault;

	/* One limit may be nearer than it was: then the format says so. */
	if (o->recall && o->recall(o->watch_ctx, n->format, l->in, plain, l->len) &&
	    plain->n <= content_limit(w->engine))
		return fine;
	*l->len = l->in.n;
	sink_reset(content, content_limit(w->engine));
	fault = load_stream(w, n, l, content);
	*plain = sink_span(content);
	if (fault.kind == FAULT_NONE && o->remember)
		o->remember(o->watch_ctx, n->format, l->in, *plain, *l->len);
	return fault;
}

uint64_t open_stream(struct worker *w, struct node *n, const struct found *found, struct span space,
		     unsigned level)
{
	struct arena arena = { 0 };
	uint64_t used = found->len;
	struct span plain;
	struct listing l = {
		.in = span_sub(space, 0, found->len), .beyond = space, .arena = &arena, .len = &used
	};
	struct fault fault;

	n->left_alone = is_in_other(w, l.in);
	if (n->left_alone)
		return found->len;
	if (!guard_enter(w, n, n->format->name)) {
		node_fault(w, n, fault_at(FAULT_QUARANTINED, 0, n->format->name, 0, 0));
		return found->open_end ? 0 : found->len;
	}
	fault = unpack(w, n, &l, &w->sinks[level], &plain);
	guard_leave(w);
	arena_free(&arena);
	if (used == 0 || used > space.n ||
	    (fault.kind && fault.kind != FAULT_LIMIT && plain.n < LEAST_DAMAGED &&
	     !states_length(found))) {
		refuse(w, n->parent, n->offset, n->format, fault);
		return 0;
	}
	n->length = used;
	node_fault(w, n, fault);
	show_stream(w, n, span_sub(space, 0, used));
	may_open(w, n, plain.n);
	open_content(w, n, plain, SPACE_PART, level + 1);
	return used;
}
