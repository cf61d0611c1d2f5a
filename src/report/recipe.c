/* recipe.c - the shortest way to a piece of evidence with coreutils and the formats' own tools
 * (DESIGN.md, "Recipes"). A test replays what is printed here. */
#include "report/page.h"

#define MOST_STEPS 160 /* two for each level that --max-depth allows, and some */

/* Tools that turn a stream into its content. */
static const struct {
	const char *format, *command;
} decoders[] = {
	{ "gzip", "gzip -dcq" },
	{ "compress", "gzip -dcq" },
	{ "xz", "xz -dcq" },
	{ "lzma", "xz --format=lzma -dcq" },
	{ "bzip2", "bzip2 -dcq" },
	{ "zstd", "zstd -dcq" },
	{ "lz4", "lz4 -dcq" },
	{ "lz4legacy", "lz4 -dcq" },
	{ "lzop", "lzop -dcq" },
	{ "lzip", "lzip -dcq" },
	{ "zlib", "zlib-flate -uncompress" },
};

/* Tools that print one entry of a container: what stands before the container's file, between it
 * and the entry's path, and behind. */
static const struct {
	const char *format, *before, *between;
	bool wild;  /* the tool takes the path for a pattern */
	bool slash; /* the path keeps its leading "/" */
} readers[] = {
	{ "squashfs", "unsquashfs -no-wildcards -cat ", " ", false, false },
	{ "zip", "unzip -p ", " ", true, false },
	{ "7z", "bsdtar -xOf ", " ", true, false },
	{ "cab", "bsdtar -xOf ", " ", true, false },
	{ "iso9660", "bsdtar -xOf ", " ", true, false },
	{ "rpm", "bsdtar -xOf ", " ", true, false },
};

struct recipe {
	const struct page *page;
	unsigned indent, part;
	char input[24]; /* the file that holds what was taken out so far; empty: the image */
	bool is_stuck;  /* no standard tool reads it */
};

static const char *decoder_of(const struct node *n)
{
	for (size_t i = 0; n->format && i < sizeof(decoders) / sizeof(decoders[0]); i++)
		if (strcmp(n->format->name, decoders[i].format) == 0)
			return decoders[i].command;
	return NULL;
}

static bool is_stream(const struct node *n)
{
	return n->format && !n->container && n->format->shape == SHAPE_STREAM;
}

static void begin(const struct recipe *r, unsigned further)
{
	for (unsigned i = 0; i < r->indent + further; i++)
		text_char(r->page->out, ' ');
}

static void put_input(const struct recipe *r)
{
	struct text t = { 0 };

	if (r->input[0])
		text_puts(&t, r->input);
	else if (strcmp(r->page->view->image_name, "IMAGE") == 0)
		text_puts(&t, "IMAGE");
	else
		shell_word(&t, span_text(r->page->view->image_name));
	text_put(r->page->out, text_span(&t));
	text_free(&t);
}

/* Where a command's output goes: to the next file. */
static void end(struct recipe *r, const char *redirect)
{
	snprintf(r->input, sizeof(r->input), "part%u", ++r->part);
	text_format(r->page->out, "%s%s\n", redirect, r->input);
}

static void put_slice(struct recipe *r, uint64_t offset, uint64_t length)
{
	struct text *out = r->page->out;

	begin(r, 0);
	text_puts(out, "dd if=");
	put_input(r);
	text_puts(out, " bs=64K iflag=skip_bytes,count_bytes status=none \\\n");
	begin(r, 3);
	text_format(out, "skip=%llu count=%llu", (unsigned long long)offset,
		    (unsigned long long)length);
	end(r, " of=");
}

static void put_decoder(struct recipe *r, const struct node *n)
{
	const char *command = decoder_of(n);

	r->is_stuck = !command;
	if (r->is_stuck)
		return;
	begin(r, 0);
	text_format(r->page->out, "%s < ", command);
	put_input(r);
	end(r, " > ");
}

/* unzip and bsdtar match names as patterns: what is special there is escaped. */
static void put_path(struct text *out, struct span path, bool wild)
{
	struct text t = { 0 };

	for (size_t i = 0; i < path.n; i++) {
		if (wild && strchr("*?[]\\", path.p[i]))
			text_char(&t, '\\');
		text_char(&t, (char)path.p[i]);
	}
	shell_word(out, text_span(&t));
	text_free(&t);
}

/* The vendors' forms of SquashFS and big-endian ones are read by patched tools only. */
static bool is_readable(const struct node *container)
{
	bool squashfs = strcmp(container->format->name, "squashfs") == 0;

	return !squashfs || (container->label && strncmp(container->label, "4.0 ", 4) == 0 &&
			     !strchr(container->label + 4, ' '));
}

static void put_reader(struct recipe *r, const struct node *n)
{
	const struct node *container = n->container;

	r->is_stuck = true;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (strcmp(container->format->name, readers[i].format) != 0 ||
		    !is_readable(container) || n->twin)
			continue;
		r->is_stuck = false;
		begin(r, 0);
		text_puts(r->page->out, readers[i].before);
		put_input(r);
		text_puts(r->page->out, readers[i].between);
		put_path(r->page->out, span_from(n->path, readers[i].slash ? 0 : 1),
			 readers[i].wild);
		end(r, " > ");
	}
}

/* From the bytes that hold a node to its own content. */
static void put_step(struct recipe *r, const struct node *n)
{
	const struct node *holder = n->container ? n->container : n->parent;

	if (!n->container && !n->has_place)
		r->is_stuck = true;
	else if (n->has_place && (n->offset > 0 || n->length < holder->size || n->container))
		put_slice(r, n->offset, n->length);
	else if (n->container)
		put_reader(r, n);
	if (!r->is_stuck && is_stream(n))
		put_decoder(r, n);
}

static void put_range(const struct recipe *r, uint64_t offset, uint64_t length)
{
	begin(r, 0);
	text_format(r->page->out, "tail -c +%llu ", (unsigned long long)offset + 1);
	put_input(r);
	text_format(r->page->out, " | head -c %llu", (unsigned long long)length);
	text_puts(r->page->out, "   # the bytes that are meant\n");
}

static void put_digest(const struct recipe *r, const struct node *n)
{
	begin(r, 0);
	text_puts(r->page->out, "sha256sum < ");
	put_input(r);
	text_char(r->page->out, '\n');
	if (!n->has_sha256)
		return;
	begin(r, 0);
	text_puts(r->page->out, "# expect ");
	text_hex(r->page->out, (struct span){ n->sha256, sizeof(n->sha256) });
	text_char(r->page->out, '\n');
}

/* Links, directories and devices have no content: their metadata stand in the container. */
static bool has_content(const struct node *n)
{
	return !n->container || n->kind == KIND_FILE;
}

static void put_entry(const struct recipe *r, const struct node *n)
{
	put_digest(r, n->container);
	begin(r, 0);
	text_puts(r->page->out, "# its listing names ");
	page_image(r->page, n->path);
	text_format(r->page->out, ", a %s\n", kind_name(n->kind));
}

void recipe_write(const struct page *p, const struct node *n, uint64_t offset, uint64_t length,
		  unsigned indent)
{
	const struct node *chain[MOST_STEPS];
	struct recipe r = { .page = p, .indent = indent };
	size_t depth = 0;

	n = n->hardlink_of ? n->hardlink_of : n;
	for (const struct node *at = has_content(n) ? n : n->container;
	     at->parent && depth < MOST_STEPS; at = at->container ? at->container : at->parent)
		chain[depth++] = at;
	while (depth > 0 && !r.is_stuck)
		put_step(&r, chain[--depth]);
	if (r.is_stuck) {
		begin(&r, 0);
		text_puts(p->out, "# no standard tool reads it further; evenhand extract does\n");
		return;
	}
	if (!has_content(n)) {
		put_entry(&r, n);
		return;
	}
	put_digest(&r, n);
	if (length && (offset > 0 || length < n->size))
		put_range(&r, offset, length);
}
