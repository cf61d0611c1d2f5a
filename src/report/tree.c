/* tree.c - evenhand tree: regions and what they hold, or every entry, one a line. */
#include "report/explain.h"
#include "tree/locator.h"

#define SIZE_END     59
#define NOTES_COLUMN 61
#define MOST_HOLDERS 20 /* files with regions of their own, shown of one container */
#define MOST_INDENT  24

struct drawing {
	struct page page;
	const struct tree *tree;
};

/* -- the summary -- */

static void put_state(const struct drawing *d, const struct node *n)
{
	static const char *const shapes[] = { "  ▨", "  /" };
	struct text *out = d->page.out;
	char words[120];

	if (fault_words(n, words, sizeof(words)))
		text_format(out, ", %s", n->faults->fault.what ? n->faults->fault.what : words);
	else if (n->entropy)
		text_format(out, ", entropy %u.%u of 8", n->entropy / 1000, n->entropy / 100 % 10);
	text_puts(out, shapes[!d->page.view->utf8]);
}

/* "squashfs@0x20000  4.0 gzip", "@0x4f0000  unknown, entropy 4.4 of 8", "/usr/lib/x.gz". */
static void put_name(const struct drawing *d, const struct node *n)
{
	struct text *out = d->page.out;
	bool is_gap = n->state != STATE_UNDERSTOOD && n->state != STATE_PADDING;

	if (n->container)
		page_image(&d->page, n->path);
	else if (!n->parent)
		text_puts(out, "image");
	else
		text_format(out, "%s@0x%llx", n->format ? n->format->name : "",
			    (unsigned long long)n->offset);
	if (n->state != STATE_UNDERSTOOD)
		text_format(out, "  %s", state_name(n->state));
	if (n->label) {
		text_puts(out, n->state == STATE_PADDING ? " " : is_gap ? ", " : "  ");
		page_said(&d->page, span_text(n->label));
	}
	if (is_gap)
		put_state(d, n);
}

static uint64_t count_entries(const struct node *container)
{
	uint64_t n = 0;

	for (const struct node *at = container; at; at = node_next(at, container))
		n += at->container == container;
	return n;
}

static void put_line(const struct drawing *d, const struct node *n, unsigned indent)
{
	struct text *out = d->page.out;
	uint64_t entries = n->children && n->children->container == n ? count_entries(n) : 0;

	page_to(&d->page, indent, false);
	put_name(d, n);
	if (page_column(&d->page) + 14 > SIZE_END)
		text_char(out, '\n');
	page_number_to(&d->page, n->has_place && !n->container ? n->length : n->size, SIZE_END);
	if (entries) {
		text_puts(out, "  ");
		text_number(out, entries);
		text_puts(out, entries == 1 ? " entry" : " entries");
	}
	text_char(out, '\n');
}

/* The entries of the root directory, or of an archive without one: the first and the last. */
static void put_ends(const struct drawing *d, const struct node *container, unsigned indent)
{
	const struct node *first = container->children, *last;
	struct text *out = d->page.out;

	if (first && first->kind == KIND_DIRECTORY && first->path.n == 1)
		first = first->children;
	if (!first)
		return;
	for (last = first; last->next && last->next->container == container;)
		last = last->next;
	page_to(&d->page, indent, false);
	page_image(&d->page, first->path);
	text_puts(out, first->kind == KIND_DIRECTORY ? "/" : "");
	if (last != first) {
		text_puts(out, d->page.view->utf8 ? " … " : " ... ");
		page_image(&d->page, last->path);
		text_puts(out, last->kind == KIND_DIRECTORY ? "/" : "");
	}
	page_to(&d->page, NOTES_COLUMN, true);
	text_puts(out, "(--all lists them)\n");
}

/* The next entry of the container, without going into regions that entries hold. */
static const struct node *next_entry(const struct node *n, const struct node *container)
{
	if (n->children && n->children->container == container)
		return n->children;
	while (n != container && !n->next)
		n = n->parent;
	return n == container ? NULL : n->next;
}

static bool holds_regions(const struct node *n)
{
	return n->children && !n->children->container;
}

static void put_region(const struct drawing *d, const struct node *n, unsigned indent);

/* Files that are containers themselves stand in the summary: images packed in archives do. */
static void put_holders(const struct drawing *d, const struct node *container, unsigned indent)
{
	uint64_t shown = 0, left = 0;

	for (const struct node *n = container->children; n; n = next_entry(n, container)) {
		if (!holds_regions(n))
			continue;
		if (shown == MOST_HOLDERS) {
			left++;
			continue;
		}
		shown++;
		put_region(d, n, indent);
	}
	if (left == 0)
		return;
	page_to(&d->page, indent, false);
	text_number(d->page.out, left);
	text_puts(d->page.out, " more files hold parts of their own\n");
}

/* As deep as containers nest, which the engine's budget bounds. */
static void put_region(const struct drawing *d, const struct node *n, unsigned indent)
{
	unsigned below = indent < MOST_INDENT ? indent + 2 : indent;

	put_line(d, n, indent);
	if (n->children && n->children->container == n) {
		put_ends(d, n, below);
		put_holders(d, n, below);
		return;
	}
	for (const struct node *child = n->children; child; child = child->next)
		put_region(d, child, below);
}

/* -- every entry -- */

static void put_mode(struct text *out, const struct node *n)
{
	static const char kinds[] = {
		[KIND_REGION] = '@',       [KIND_FILE] = '-',     [KIND_DIRECTORY] = 'd',
		[KIND_SYMLINK] = 'l',      [KIND_HARDLINK] = 'h', [KIND_CHAR_DEVICE] = 'c',
		[KIND_BLOCK_DEVICE] = 'b', [KIND_FIFO] = 'p',     [KIND_SOCKET] = 's',
	};
	char mode[11];
	static const char bits[] = "rwxrwxrwx";

	mode[0] = kinds[n->kind];
	for (unsigned i = 0; i < 9; i++)
		mode[1 + i] = n->mode & (0400u >> i) ? bits[i] : '-';
	if (n->mode & 04000)
		mode[3] = mode[3] == 'x' ? 's' : 'S';
	if (n->mode & 02000)
		mode[6] = mode[6] == 'x' ? 's' : 'S';
	if (n->mode & 01000)
		mode[9] = mode[9] == 'x' ? 't' : 'T';
	mode[10] = 0;
	text_puts(out, n->has_mode ? mode : (char[]){ mode[0], '?', 0 });
}

static void put_size(const struct drawing *d, const struct node *n)
{
	static const unsigned end = 24;
	char device[32];

	if (n->kind == KIND_FILE || n->kind == KIND_HARDLINK) {
		page_number_to(&d->page, n->size, end);
		return;
	}
	if (n->kind == KIND_CHAR_DEVICE || n->kind == KIND_BLOCK_DEVICE)
		snprintf(device, sizeof(device), "%u,%u", n->major, n->minor);
	else
		snprintf(device, sizeof(device), "-");
	page_to(&d->page, end - (unsigned)strlen(device), true);
	text_puts(d->page.out, device);
}

static void put_entry(const struct drawing *d, const struct node *n)
{
	struct text *out = d->page.out;

	put_mode(out, n);
	page_to(&d->page, 11, true);
	if (n->has_owner)
		text_format(out, "%u:%u", n->uid, n->gid);
	else
		text_puts(out, "-:-");
	put_size(d, n);
	text_puts(out, "  ");
	page_image(&d->page, n->path);
	if (n->kind == KIND_SYMLINK) {
		text_puts(out, " -> ");
		page_image(&d->page, n->target);
	} else if (n->hardlink_of) {
		text_puts(out, " is ");
		page_image(&d->page, n->hardlink_of->path);
	}
	if (n->state != STATE_UNDERSTOOD)
		text_format(out, "  %s", state_name(n->state));
	text_char(out, '\n');
}

/* A region is the head of what follows it. */
static void put_head(const struct drawing *d, const struct node *n)
{
	struct text *out = d->page.out;

	text_puts(out, "@region");
	page_number_to(&d->page, n->has_place ? n->length : n->size, 24);
	text_puts(out, "  ");
	page_locator(&d->page, n);
	if (n->state != STATE_UNDERSTOOD)
		text_format(out, "  %s", state_name(n->state));
	if (n->label) {
		text_puts(out, "  ");
		page_said(&d->page, span_text(n->label));
	}
	text_char(out, '\n');
}

static void put_all(const struct drawing *d)
{
	for (uint32_t i = 0; i < d->tree->count; i++) {
		const struct node *n = d->tree->nodes[i];

		if (n->container)
			put_entry(d, n);
		else
			put_head(d, n);
	}
}

void report_tree(const struct tree *t, const struct text_view *view, enum tree_form form,
		 struct text *out)
{
	struct drawing d = { .page = { view, out }, .tree = t };

	switch (form) {
	case TREE_SUMMARY:
		put_region(&d, t->image, 0);
		break;
	case TREE_ALL:
		put_all(&d);
		break;
	case TREE_EXPLAIN:
		explain_tree(&d.page, t);
		break;
	}
}
