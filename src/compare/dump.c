/* dump.c - a dump of a device's flash against the release that runs on it: both are taken apart
 * until the same kinds of things stand on both sides; then each copy of the release that the dump
 * holds is paired with the release. What only the dump has is judged by dump_only.c. */
#include "compare/dump.h"

#include "base/cursor.h"

#define EXT_SUPER   1024
#define EXT_MOUNTS  52 /* in the super block */
#define MOST_BLOCKS 4096
#define TELLING     64 /* first bytes of a part */
#define COUNTER     8  /* in the header of an erase block */

struct sides {
	struct matching *m;
	const struct watch *release_watch, *dump_watch;
	struct units release, dump;
	uint32_t *copies; /* of each unit of the release */
	bool dump_is_right;
};

/* -- pairs -- */

static void pair_add(struct sides *s, const struct unit *r, const struct unit *d,
		     enum relation relation)
{
	const struct node *a = r ? r->node : NULL, *b = d ? d->node : NULL;
	const struct node *in_a = r ? r->in : NULL, *in_b = d ? d->in : NULL;

	if (s->dump_is_right)
		match_add(s->m, a, b, in_a, in_b, relation);
	else
		match_add(s->m, b, a, in_b, in_a, relation);
}

static bool is_same(const struct sides *s, const struct node *r, const struct node *d)
{
	return r->format == d->format && r->size == d->size &&
	       same_content(s->release_watch, r, s->dump_watch, d);
}

/* Whether the dump's part is a copy of the release's: at least half of the release's paths are
 * there. A partition with a few files that the release has too is none. */
static bool holds_release(struct sides *s, const struct node *r, const struct node *d)
{
	const struct node *a = unwrapped(r), *b = unwrapped(d);
	uint32_t of_release, of_dump, common;

	if (!has_entries(a) || !has_entries(b))
		return false;
	common = common_paths(s->m, a, b, &of_release, &of_dump);
	return common && common * 2 >= of_release;
}

/* Of several that fit, the one with the fewest copies so far. */
static uint32_t fewest(const struct sides *s, uint32_t best, uint32_t i)
{
	return best == UINT32_MAX || s->copies[i] < s->copies[best] ? i : best;
}

static uint32_t partner_same(struct sides *s, const struct node *d)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < s->release.n; i++)
		if (is_same(s, s->release.p[i].node, d))
			best = fewest(s, best, i);
	return best;
}

static uint32_t partner_held(struct sides *s, const struct node *d)
{
	uint32_t best = UINT32_MAX;

	for (uint32_t i = 0; i < s->release.n; i++)
		if (s->release.p[i].node->format && holds_release(s, s->release.p[i].node, d))
			best = fewest(s, best, i);
	return best;
}

/* Of things without entries, or without any that are left, the next one of that format behind the
 * last that was paired, round and round: each copy of the release has them in the same order. */
static uint32_t partner_next(struct sides *s, const struct node *d, uint32_t last)
{
	for (uint32_t k = 1; k <= s->release.n; k++) {
		uint32_t i = (last + k) % s->release.n;
		const struct node *r = s->release.p[i].node;

		if (r->format == d->format && !has_entries(unwrapped(d)))
			return i;
	}
	return UINT32_MAX;
}

static bool is_pairable(const struct node *n)
{
	return n->format && !is_environment(n);
}

/* -- bad blocks that nothing marks -- */

/* Without spare bytes nothing marks a bad block. What has no checksum of its own that fails as it
 * stands could be read with the block, so there only erased ones are left out. */
static void mend(struct sides *s, uint32_t at, const struct unit *r)
{
	struct unit *d = &s->dump.p[at];
	bool fails = d->node->state == STATE_DAMAGED;
	struct span release, flash;

	/* what a device writes may go on behind the release's bytes */
	if (is_writable(r->node) || !d->node->has_place ||
	    !region_bytes(s->release_watch, r->node, &release) ||
	    !content_of(s->dump_watch, d->in, &flash) ||
	    !same_but_blocks(release, flash, d->node->offset, !fails, &d->left_out))
		return;
	for (uint32_t k = at + 1; k < s->dump.n && s->dump.p[k].in == d->in &&
				  s->dump.p[k].node->offset < d->left_out.end;
	     k++)
		s->dump.p[k].is_inside = true;
}

/* What is torn apart may not be recognised at all: then its first bytes tell. */
static uint32_t partner_torn(struct sides *s, uint32_t at)
{
	struct unit *d = &s->dump.p[at];
	struct span release, flash;

	if (d->node->state == STATE_PADDING || !d->node->has_place ||
	    !content_of(s->dump_watch, d->in, &flash))
		return UINT32_MAX;
	for (uint32_t i = 0; i < s->release.n; i++) {
		const struct unit *r = &s->release.p[i];

		if (!is_pairable(r->node) || !region_bytes(s->release_watch, r->node, &release) ||
		    release.n < TELLING ||
		    !span_starts(span_from(flash, d->node->offset), span_head(release, TELLING)))
			continue;
		mend(s, at, r);
		if (d->left_out.count)
			return i;
	}
	return UINT32_MAX;
}

static uint32_t partner_of(struct sides *s, uint32_t at, uint32_t last)
{
	struct unit *d = &s->dump.p[at];
	uint32_t i;

	if (!d->node->format)
		return partner_torn(s, at);
	if (!is_pairable(d->node))
		return UINT32_MAX;
	i = partner_same(s, d->node);
	if (i != UINT32_MAX)
		return i;
	i = partner_held(s, d->node);
	if (i == UINT32_MAX)
		i = partner_next(s, d->node, last);
	if (i != UINT32_MAX && s->release.p[i].node->format == d->node->format)
		mend(s, at, &s->release.p[i]);
	return i;
}

static void find_partners(struct sides *s)
{
	uint32_t last = s->release.n - 1;

	for (uint32_t k = 0; k < s->dump.n; k++) {
		struct unit *d = &s->dump.p[k];
		uint32_t i = d->is_inside ? UINT32_MAX : partner_of(s, k, last);

		if (i == UINT32_MAX || !is_pairable(s->release.p[i].node))
			continue;
		d->partner = &s->release.p[i];
		s->release.p[i].is_paired = true;
		s->copies[i]++;
		last = i;
	}
}

/* -- whether it is one -- */

/* All of the release that has files, or at least something of it, is in the dump. */
static bool release_is_held(const struct sides *s)
{
	bool any = false;

	for (uint32_t i = 0; i < s->release.n; i++) {
		const struct unit *r = &s->release.p[i];

		if (r->node->format && has_entries(unwrapped(r->node)) && !r->is_paired)
			return false;
		any |= r->is_paired;
	}
	return any;
}

static bool has_carrier(const struct units *u, const char *name)
{
	for (uint32_t i = 0; i < u->carrier_count; i++)
		if (strcmp(u->carriers[i]->format->name, name) == 0)
			return true;
	return false;
}

static bool has_environment(const struct units *u)
{
	for (uint32_t i = 0; i < u->n; i++)
		if (is_environment(u->p[i].node))
			return true;
	return false;
}

/* A copy counts where the release has it once. */
static bool is_held_twice(const struct sides *s)
{
	for (uint32_t i = 0; i < s->release.n; i++) {
		uint32_t own = 0;

		for (uint32_t k = 0; k < s->release.n; k++)
			own += s->release.p[k].node->format == s->release.p[i].node->format;
		if (s->copies[i] > own && s->release.p[i].node->size >= 4096)
			return true;
	}
	return false;
}

uint16_t mounts_of(const struct watch *w, const struct node *n)
{
	struct span bytes;

	if (strcmp(n->format->name, "ext") != 0 || !region_bytes(w, n, &bytes))
		return 0;
	return span_u16(bytes, EXT_SUPER + EXT_MOUNTS, false);
}

/* The largest count of erasures among the first blocks. */
static uint64_t erasures_of(const struct watch *w, const struct node *n)
{
	static const uint8_t magic[] = { 'U', 'B', 'I', '#', 1 };
	uint64_t most = 0;
	struct span bytes;

	if (strcmp(n->format->name, "ubi") != 0 || !region_bytes(w, n, &bytes))
		return 0;
	for (uint64_t at = 0, i = 0; at < bytes.n && i < MOST_BLOCKS; at += 16384, i++)
		if (span_starts(span_from(bytes, at), (struct span){ magic, sizeof(magic) }) &&
		    span_u64(bytes, at + COUNTER, true) > most)
			most = span_u64(bytes, at + COUNTER, true);
	return most;
}

/* A file system to write to that the release does not have. */
static bool has_more(const struct sides *s)
{
	for (uint32_t k = 0; k < s->dump.n; k++)
		if (!s->dump.p[k].partner && is_writable(s->dump.p[k].node))
			return true;
	return false;
}

/* Images are mounted where they are built, too: that alone is no sign. */
static bool was_used(const struct sides *s)
{
	for (uint32_t k = 0; k < s->dump.n; k++) {
		const struct unit *d = &s->dump.p[k], *r = d->partner;

		if (r && r->node->format == d->node->format &&
		    ((has_more(s) &&
		      mounts_of(s->dump_watch, d->node) > mounts_of(s->release_watch, r->node)) ||
		     erasures_of(s->dump_watch, d->node) > erasures_of(s->release_watch, r->node)))
			return true;
	}
	return false;
}

/* Signs that a device was running from it: spare bytes of NAND, the boot loader's environment, the
 * release in several slots, a root file system that was mounted, erase blocks that were erased. */
static bool shows_use(const struct sides *s)
{
	return (has_carrier(&s->dump, "nand-oob") && !has_carrier(&s->release, "nand-oob")) ||
	       (has_environment(&s->dump) && !has_environment(&s->release)) || is_held_twice(s) ||
	       was_used(s);
}

/* -- what is told -- */

/* The unit before or behind with a partner, in the same content; NULL: none. */
static const struct unit *neighbour(const struct units *u, uint32_t at, int step)
{
	const struct node *in = u->p[at].in;

	for (at += (uint32_t)step; at < u->n && u->p[at].in == in; at += (uint32_t)step)
		if (u->p[at].node->format)
			return u->p[at].partner ? &u->p[at] : NULL;
	return NULL;
}

/* Between two parts that follow each other in the release too nothing is the device's own. */
static bool is_within_release(const struct sides *s, uint32_t at)
{
	const struct unit *before = neighbour(&s->dump, at, -1);
	const struct unit *behind = neighbour(&s->dump, at, 1);

	if (!before || !behind || before->partner->in != behind->partner->in)
		return false;
	for (const struct unit *r = before->partner + 1; r < s->release.p + s->release.n; r++)
		if (r->node->format)
			return r == behind->partner;
	return false;
}

static struct gap *gap_between(struct sides *s, const struct unit *release, const struct unit *dump)
{
	const struct unit *l = s->dump_is_right ? release : dump;
	const struct unit *r = s->dump_is_right ? dump : release;

	return gap_add(s->m, l->in, r->in);
}

static const struct node **plain_behind(struct sides *s, const struct units *u,
					const struct unit *from, uint32_t *count)
{
	const struct node **list = arena_take(s->m->arena, u->n, sizeof(*list));

	s->m->lost |= !list;
	*count = 0;
	for (const struct unit *x = from + 1; list && x < u->p + u->n && !x->node->format; x++)
		list[(*count)++] = x->node;
	return list;
}

static void tell_torn(struct sides *s, const struct unit *r, const struct unit *d)
{
	pair_add(s, r, d, PAIR_SAME);
	if (s->m->pair_count)
		s->m->pairs[s->m->pair_count - 1].is_torn = true;
}

/* Bytes of the content that two units lie in, between them. */
static bool bytes_between(const struct watch *w, const struct unit *before,
			  const struct unit *behind, struct span *content, uint64_t *from,
			  uint64_t *to)
{
	if (!before->node->has_place || !behind->node->has_place || before->in != behind->in ||
	    !content_of(w, before->in, content))
		return false;
	*from = before->node->offset + before->node->length;
	*to = behind->node->offset;
	return *from <= *to && *to <= content->n;
}

/* Nothing reads what stands between two parts: a block there may be bad, whatever it holds. */
static bool has_bad_block(struct sides *s, const struct unit *d, const struct unit *next)
{
	struct span release, flash;
	uint64_t from, to, at, end;
	struct left_out out;

	return bytes_between(s->release_watch, d->partner, next->partner, &release, &from, &to) &&
	       bytes_between(s->dump_watch, d, next, &flash, &at, &end) &&
	       same_but_blocks(span_sub(release, from, to - from), span_head(flash, end), at, false,
			       &out) &&
	       out.end == end;
}

/* What stands between two parts of the release must be the same in each copy. */
static void tell_gaps(struct sides *s)
{
	for (uint32_t k = 0; k + 1 < s->dump.n; k++) {
		const struct unit *d = &s->dump.p[k];
		uint32_t n_release, n_dump;
		const struct node **release, **dump;
		struct gap *gap;

		if (!d->partner || s->dump.p[k + 1].node->format || !is_within_release(s, k + 1))
			continue;
		if (has_bad_block(s, d, neighbour(&s->dump, k + 1, 1))) {
			tell_torn(s, d->partner, d);
			continue;
		}
		release = plain_behind(s, &s->release, d->partner, &n_release);
		dump = plain_behind(s, &s->dump, d, &n_dump);
		gap = gap_between(s, d->partner, d);
		if (!gap || !release || !dump)
			return;
		gap->left = s->dump_is_right ? release : dump;
		gap->left_count = s->dump_is_right ? n_release : n_dump;
		gap->right = s->dump_is_right ? dump : release;
		gap->right_count = s->dump_is_right ? n_dump : n_release;
	}
}

static void tell_pair(struct sides *s, const struct unit *r, const struct unit *d)
{
	const struct unit *left = s->dump_is_right ? r : d, *right = s->dump_is_right ? d : r;

	if (d->left_out.count) {
		tell_torn(s, r, d);
		return;
	}
	if (r->node->format == d->node->format)
		match_region(s->m, left->node, right->node, left->in, right->in);
	else
		match_repacked(s->m, left->node, right->node, left->in, right->in);
}

/* Bytes of the release without a format are the dump's if they stand anywhere outside of what was
 * recognised. */
static bool is_plain_held(const struct sides *s, const struct unit *r)
{
	struct span bytes, there;

	if (r->node->state == STATE_PADDING)
		return true;
	if (!content_of(s->release_watch, r->node, &bytes))
		return false;
	for (uint32_t k = 0; k < s->dump.n; k++)
		if (!s->dump.p[k].node->format && s->dump.p[k].node->size >= bytes.n &&
		    content_of(s->dump_watch, s->dump.p[k].node, &there) &&
		    span_starts(there, bytes))
			return true;
	return false;
}

static bool stands_between(const struct sides *s, const struct unit *r)
{
	uint32_t at = (uint32_t)(r - s->release.p);

	for (uint32_t i = at; i-- > 0;)
		if (s->release.p[i].node->format)
			return s->release.p[i].is_paired && s->release.p[i].in == r->in &&
			       neighbour(&s->release, at, 1);
	return false;
}

/* A copy of the release is whole: a part that is there less often than others is missing from one.
 */
static void tell_incomplete(struct sides *s)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < s->release.n; i++)
		most = s->copies[i] > most ? s->copies[i] : most;
	for (uint32_t i = 0; i < s->release.n; i++)
		if (s->copies[i] && s->copies[i] < most)
			pair_add(s, &s->release.p[i], NULL, PAIR_FEWER);
}

static void tell_release_only(struct sides *s)
{
	bool environment = has_environment(&s->dump);

	for (uint32_t i = 0; i < s->release.n; i++) {
		const struct unit *r = &s->release.p[i];

		if (r->is_paired || (is_environment(r->node) && environment))
			continue;
		if (!r->node->format && (stands_between(s, r) || is_plain_held(s, r)))
			continue;
		pair_add(s, r, NULL, s->dump_is_right ? PAIR_LEFT : PAIR_RIGHT);
	}
}

static void tell_carriers(struct sides *s, const struct units *u, bool is_right)
{
	for (uint32_t i = 0; i < u->carrier_count; i++) {
		const struct node *n = u->carriers[i];

		match_add(s->m, is_right ? NULL : n, is_right ? n : NULL,
			  is_right ? NULL : n->parent, is_right ? n->parent : NULL, PAIR_CARRIER);
	}
}

static void tell(struct sides *s)
{
	s->m->dump = s->dump_is_right ? DUMP_RIGHT : DUMP_LEFT;
	/* so that gaps of the release are known to be inside it */
	for (uint32_t i = 0; i < s->release.n; i++)
		if (s->release.p[i].is_paired)
			s->release.p[i].partner = &s->release.p[i];
	tell_carriers(s, s->dump_is_right ? &s->release : &s->dump, false);
	tell_carriers(s, s->dump_is_right ? &s->dump : &s->release, true);
	for (uint32_t k = 0; k < s->dump.n; k++) {
		const struct unit *d = &s->dump.p[k];

		if (d->is_inside)
			continue;
		if (d->partner)
			tell_pair(s, d->partner, d);
		else if (d->node->format || !is_within_release(s, k))
			pair_add(s, NULL, d, s->dump_is_right ? PAIR_RIGHT : PAIR_LEFT);
	}
	tell_gaps(s);
	tell_release_only(s);
	tell_incomplete(s);
}

static struct sides *scene_of(struct matching *m, const struct node *release,
			      const struct node *dump, bool dump_is_right)
{
	struct sides *s = arena_take(m->arena, 1, sizeof(*s));

	m->lost |= !s;
	if (!s)
		return NULL;
	s->m = m;
	s->dump_is_right = dump_is_right;
	s->release_watch = dump_is_right ? m->left : m->right;
	s->dump_watch = dump_is_right ? m->right : m->left;
	units_of(&s->release, release, &s->dump, dump);
	s->copies = arena_take(m->arena, (uint64_t)s->release.n + 1, sizeof(*s->copies));
	if (!s->copies || s->release.n == 0 || s->release.full || s->dump.full)
		return NULL;
	find_partners(s);
	return release_is_held(s) && shows_use(s) ? s : NULL;
}

/* Two dumps are compared as any two images. */
bool match_dump(struct matching *m, const struct node *left, const struct node *right)
{
	struct sides *a = scene_of(m, left, right, true), *b = scene_of(m, right, left, false);

	if (m->lost || !a == !b)
		return false;
	tell(a ? a : b);
	return true;
}
