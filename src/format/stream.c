/* stream.c - see stream.h. */
#include "format/stream.h"

#define MOST_MEMBERS 65536

/* A later member that contradicts its format is none of this stream; one that is cut by the end of
 * the space, or met a limit, belongs to it with what came out. */
static bool belongs(const struct decoded *d, uint64_t left)
{
	return d->fault.kind == FAULT_NONE || d->fault.kind == FAULT_LIMIT ||
	       (d->fault.kind == FAULT_SHORT && d->used == left);
}

struct fault stream_members(const struct listing *l, struct sink *out, stream_decoder *decode,
			    bool (*again)(struct span rest))
{
	struct decoded d = decode(l->in, PLAIN_UNKNOWN, out);
	uint64_t end = d.used;

	for (int i = 1; i < MOST_MEMBERS && d.fault.kind == FAULT_NONE && end < l->in.n; i++) {
		struct span rest = span_from(l->in, end);
		size_t before = out->n;

		if (!again(rest))
			break;
		d = decode(rest, PLAIN_UNKNOWN, out);
		if (!belongs(&d, rest.n)) {
			out->n = before;
			d.fault = fine;
			break;
		}
		d.fault.at += end;
		end += d.used;
	}
	*l->len = end;
	return d.fault;
}

bool stream_begins(struct span in, stream_decoder *decode, uint64_t want)
{
	struct sink trial;
	struct decoded d;
	bool ok;

	sink_init(&trial, NULL, want);
	d = decode(in, PLAIN_UNKNOWN, &trial);
	ok = d.fault.kind == FAULT_NONE || (d.fault.kind == FAULT_LIMIT && trial.n == want);
	sink_free(&trial);
	return ok;
}

void label_bytes(char label[64], struct span bytes)
{
	size_t n = bytes.n < 63 ? bytes.n : 63;

	for (size_t i = 0; i < n; i++)
		label[i] = bytes.p[i] >= 0x20 && bytes.p[i] < 0x7f ? (char)bytes.p[i] : '?';
	label[n] = 0;
}
