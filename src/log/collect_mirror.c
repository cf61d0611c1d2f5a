/* collect_mirror.c - a log's entries on their way to mirrors (C2SP tlog-mirror), which cosign once
 * they have them all. */
#include "base/base64.h"
#include "log/collect_inside.h"
#include "log/http.h"
#include "log/upload.h"

/* Bytes of a request, but for its last package: on a slow line it still is there in a second. */
#define MOST_SENT (512u << 10)

static bool put_package(const struct collector *c, const struct upload *u, uint64_t from,
			struct text *out)
{
	const struct collect_options *o = &c->options;
	struct merkle_subtree part = { from - from % TILE_WIDTH, package_end(u, from), { 0 } };
	struct merkle_proof proof;

	for (uint64_t i = from; i < part.to; i++) {
		struct span entry;

		if (!o->entries.read(o->entries.ctx, i, &entry) || entry.n > BUNDLE_MOST_ENTRY)
			return false;
		text_char(out, (char)(entry.n >> 8));
		text_char(out, (char)entry.n);
		text_put(out, entry);
	}
	if (!merkle_prove_subtree(&o->source, &part, u->end, &proof))
		return false;
	package_write_proof(out, &proof);
	return !out->failed;
}

static bool put_packages(const struct collector *c, const struct upload *u, struct text *out)
{
	uint64_t at = u->start;

	for (unsigned i = 0; at < u->end && i < UPLOAD_MOST_PACKAGES && out->n < MOST_SENT; i++) {
		if (!put_package(c, u, at, out))
			return false;
		at = package_end(u, at);
	}
	return true;
}

bool collect_mirror_ask(struct collector *c, struct asked *a, struct client_call *call)
{
	static const char *const packed[] = { "Content-Encoding: gzip", NULL };
	struct upload u = { .origin = c->options.origin, .ticket = text_span(&a->ticket) };
	struct text packages = { 0 }, body = { 0 };
	bool ok;

	/* Where it is it says to whoever sends nothing. */
	if (a->has_place) {
		u.start = a->next;
		u.end = c->head.size;
	}
	ok = put_packages(c, &u, &packages);
	u.packages = text_span(&packages);
	upload_write(&body, &u);
	a->request.n = 0;
	ok = ok && !body.failed && http_pack(text_span(&body), &a->request);
	text_free(&packages);
	text_free(&body);
	*call = (struct client_call){ .url = a->entries,
				      .type = "application/octet-stream",
				      .headers = packed,
				      .body = text_span(&a->request),
				      .most = NOTE_MOST_BYTES };
	return ok;
}

/* Its ticket goes back as it came. */
static bool take_ticket(struct asked *a, struct span base64)
{
	struct arena arena;
	struct span ticket = { 0 };
	bool ok;

	arena_init(&arena, 1u << 16);
	ok = base64.n == 0 || base64_read(base64, false, &arena, &ticket);
	a->ticket.n = 0;
	text_put(&a->ticket, ticket);
	arena_free(&arena);
	return ok && !a->ticket.failed;
}

static void take_info(struct collector *c, struct asked *a, const struct client_call *call)
{
	struct span body = text_span(&call->answer);
	struct upload_info info;

	if (strcmp(call->content_type, UPLOAD_INFO_TYPE) != 0 || !upload_info_read(body, &info) ||
	    !take_ticket(a, info.ticket)) {
		collect_put_off(c, a, "it says where it is in no form that is known");
		return;
	}
	if (info.size > c->head.size || info.next > c->head.size) {
		collect_is_ahead(c, a);
		return;
	}
	if (info.size < c->head.size) { /* it has forgotten what it was told */
		a->has_heard = false;
		a->size = info.size;
	}
	a->has_moved |= a->has_place && info.next > a->next;
	a->has_place = true;
	a->next = info.next;
}

void collect_mirror_take(struct collector *c, struct asked *a, const struct client_call *call,
			 const struct checkpoint *sent)
{
	char why[320];

	if (call->status == 200) {
		a->next = c->head.size;
		a->has_place = true;
		collect_take_lines(c, a, text_span(&call->answer), sent);
	} else if (call->status == 202 || call->status == 409) {
		take_info(c, a, call);
	} else if (call->status == 422) { /* it has forgotten all that it was told, or is new */
		a->has_heard = a->has_place = false;
		a->size = 0;
	} else {
		if (call->status)
			snprintf(why, sizeof(why), "it answers %u to entries", call->status);
		else
			snprintf(why, sizeof(why), "no answer: %s", call->wrong);
		a->has_heard = a->has_place = false; /* from the beginning, another time */
		collect_put_off(c, a, why);
	}
}
