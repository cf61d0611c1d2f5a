/* explain.c - what each region is, how it was recognised, and what was considered and refused. */
#include "report/explain.h"

#include <stdlib.h>

#define KEY_COLUMN   21
#define VALUE_COLUMN 37
#define MOST_REFUSED 8 /* of one region */

/* All refusals, by the content they were met in and their place there. */
struct refusals {
	const struct refusal **p;
	size_t n;
};

static int by_place(const void *a, const void *b)
{
	const struct refusal *x = *(const struct refusal *const *)a;
	const struct refusal *y = *(const struct refusal *const *)b;

	if (x->node != y->node)
		return x->node->id < y->node->id ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return strcmp(x->format->name, y->format->name);
}

static struct refusals sort_refusals(const struct tree *t)
{
	struct refusals all = { 0 };
	size_t n = 0;

	for (const struct refusal *r = t->refusals; r; r = r->next)
		n++;
	all.p = malloc((n + 1) * sizeof(*all.p));
	for (const struct refusal *r = t->refusals; all.p && r; r = r->next)
		all.p[all.n++] = r;
	if (all.n)
		qsort(all.p, all.n, sizeof(*all.p), by_place);
	return all;
}

/* The first refusal at or behind a place. */
static size_t find_refusal(const struct refusals *all, const struct node *in, uint64_t offset)
{
	size_t low = 0, high = all->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct refusal *r = all->p[middle];

		if (r->node->id < in->id || (r->node == in && r->offset < offset))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void put_key(const struct page *p, const char *key)
{
	page_to(p, KEY_COLUMN, false);
	text_puts(p->out, key);
	page_to(p, VALUE_COLUMN, true);
}

static void put_fault(const struct page *p, struct fault f)
{
	char line[200];

	fault_describe(f, line, sizeof(line));
	page_image(p, span_text(line));
}

static void put_refused(const struct page *p, const struct refusals *all, const struct node *n)
{
	uint64_t end = n->offset + n->length;
	size_t i = find_refusal(all, n->parent, n->offset), shown = 0;

	for (; i < all->n && all->p[i]->node == n->parent && all->p[i]->offset < end; i++) {
		const struct refusal *r = all->p[i];

		put_key(p, shown ? "" : "refused there");
		if (++shown > MOST_REFUSED) {
			text_puts(p->out, "and others\n");
			return;
		}
		text_format(p->out, "%s at 0x%llx: ", r->format->name,
			    (unsigned long long)r->offset);
		if (r->fault.kind)
			put_fault(p, r->fault);
		else
			text_puts(p->out, "overlaps with what was taken");
		text_char(p->out, '\n');
	}
}

static void put_format(const struct page *p, const struct node *n)
{
	put_key(p, "recognised by");
	text_format(p->out, "its header: %s\n",
		    n->format->says ? n->format->says : n->format->name);
	if (n->format->spec) {
		put_key(p, "as in");
		text_format(p->out, "%s\n", n->format->spec);
	}
}

static void put_no_format(const struct page *p, const struct node *n)
{
	if (n->state == STATE_PADDING || n->state == STATE_UNDERSTOOD)
		return;
	put_key(p, "tried");
	text_format(p->out, "every one of %zu formats\n", format_count);
	if (n->entropy == 0)
		return;
	put_key(p, n->state == STATE_ENCRYPTED ? "because" : "looks like");
	text_format(p->out, "entropy %u.%02u of 8%s\n", n->entropy / 1000, n->entropy / 10 % 100,
		    n->state == STATE_ENCRYPTED ? ", no block occurs twice" : "");
}

static void put_what(const struct page *p, const struct node *n)
{
	text_puts(p->out, n->format ? n->format->name : state_name(n->state));
	if (n->label) {
		text_char(p->out, ' ');
		page_said(p, span_text(n->label));
	}
	if (n->format && n->state != STATE_UNDERSTOOD)
		text_format(p->out, ", %s", state_name(n->state));
	text_char(p->out, '\n');
}

static void explain_region(const struct page *p, const struct refusals *all, const struct node *n)
{
	text_format(p->out, "0x%06llx", (unsigned long long)n->offset);
	page_number_to(p, n->length, KEY_COLUMN - 2);
	page_to(p, KEY_COLUMN, true);
	put_what(p, n);
	if (n->format)
		put_format(p, n);
	else
		put_no_format(p, n);
	for (const struct node_fault *f = n->faults; f; f = f->next) {
		put_key(p, "fault");
		put_fault(p, f->fault);
		text_char(p->out, '\n');
	}
	put_refused(p, all, n);
}

/* Regions of the image first stand without a head; those of other contents under its locator. */
void explain_tree(const struct page *p, const struct tree *t)
{
	struct refusals all = sort_refusals(t);
	const struct node *content = t->image;

	p->out->failed |= !all.p;
	for (uint32_t i = 1; i < t->count && !p->out->failed; i++) {
		const struct node *n = t->nodes[i];

		if (n->container || !n->has_place)
			continue;
		if (n->parent != content) {
			content = n->parent;
			text_puts(p->out, "\nin ");
			page_locator(p, content);
			text_char(p->out, '\n');
		}
		explain_region(p, &all, n);
	}
	free(all.p);
}
