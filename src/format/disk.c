/* disk.c - see disk.h. */
#include "format/disk.h"

#include "format/marks.h"

#define MOST_USES 2 /* of a byte: packed blocks are counted in whole sectors, which they share */

void disk_begin(struct disk *d, struct span in, struct sink *out, uint64_t size)
{
	*d = (struct disk){
		.in = in, .out = out, .left = size, .budget = (uint64_t)in.n * MOST_USES + 65536
	};
}

void disk_fault(struct disk *d, struct fault f)
{
	if (d->fault.kind == FAULT_NONE)
		d->fault = f;
}

/* True while more may come. */
static bool done(struct disk *d, bool ok, uint64_t n)
{
	d->left -= n;
	if (!ok)
		disk_fault(d, d->out->fault);
	return ok && d->left > 0;
}

bool disk_hole(struct disk *d, uint64_t n)
{
	n = n < d->left ? n : d->left;
	return done(d, sink_zero(d->out, n), n);
}

bool disk_pay(struct disk *d, uint64_t at, uint64_t n)
{
	if (budget_take(&d->budget, n))
		return true;
	disk_fault(d, fault_at(FAULT_LIMIT, at, "blocks used more than once", n, d->budget));
	return false;
}

bool disk_block(struct disk *d, uint64_t at, uint64_t n)
{
	struct span bytes = span_sub(d->in, at, n = n < d->left ? n : d->left);

	if (!disk_pay(d, at, n))
		return false;
	if (bytes.n < n) {
		bytes = span_head(span_from(d->in, at), n);
		disk_fault(d, fault_at(FAULT_SHORT, at, "block", d->in.n, at + n));
	}
	return done(d, sink_put(d->out, bytes) && sink_zero(d->out, n - bytes.n), n);
}

bool disk_patch(struct disk *d, size_t before, uint64_t n, struct fault f)
{
	uint64_t have = d->out->n - before;

	n = n < d->left ? n : d->left;
	disk_fault(d, f);
	if (have > n)
		d->out->n = before + (size_t)n;
	return done(d, have >= n || sink_zero(d->out, n - have), n);
}
