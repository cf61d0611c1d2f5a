/* nandoob.c - raw dumps of NAND flash: behind each page, or between its sectors, stand spare bytes
 * that are none of the data: bad block mark, check bytes, often room that nothing uses.
 *
 * Blocks that are marked as bad hold nothing: whoever wrote the flash skipped them, and so does
 * this.
 *
 * No header says so. What proves a geometry is the columns of its pages: in a spare area some bytes
 * are 0xff in every written page (the mark of good blocks, the unused room), and in the data no
 * column is. Plain data, whose period is another, have no such columns at just these places.
 *
 * Sources: kernel drivers/mtd/nand/raw/nand_base.c (layouts of small and large pages),
 * gpmi-nand.c (sectors and check bytes in turn); data sheets for sizes of pages. */
#include <stdio.h>

#include "format/yaffs.h"

#define LARGEST_PAGE (16384 + 2048)
#define MOST_LOOKS   4096 /* pages asked whether they are written throughout */
#define SAMPLES      128  /* of these, pages whose columns are counted */
#define LEAST_DENSE  48
#define LEAST_IDLE   2   /* columns */
#define SMALL_MARK   517 /* nand_base.c: NAND_SMALL_BADBLOCK_POS behind 512 bytes */
#define MOST_BAD     4096
#define PROBED       64 /* bytes of a page that tell whether it is written throughout */

/* A page: `head` spare bytes, then sectors with `check` spare bytes behind each, then spare bytes
 * to its end. */
struct geometry {
	uint16_t page, spare, head, sector, check;
	int16_t mark;   /* column of the bad block mark, which is 0xff; or -1 */
	uint16_t pages; /* of an erase block, by the data sheets of chips with such pages */
};

/* clang-format off */
static const struct geometry geometries[] = {
	{   512,   16,  0,   512,  0,    -1,  32 },
	{  2048,   64,  0,  2048,  0,  2048,  64 },
	{  2048,   64, 10,   512, 13,     0,  64 },
	{  2048,  112,  0,  2048,  0,  2048,  64 },
	{  2048,  112, 10,   512, 13,     0,  64 },
	{  2048,  128,  0,  2048,  0,  2048,  64 },
	{  2048,  128, 10,   512, 13,     0,  64 },
	{  2048,  128, 10,   512, 26,     0,  64 },
	{  4096,  128,  0,  4096,  0,  4096,  64 },
	{  4096,  128, 10,   512, 13,     0,  64 },
	{  4096,  208,  0,  4096,  0,  4096,  64 },
	{  4096,  208, 10,   512, 13,     0,  64 },
	{  4096,  218,  0,  4096,  0,  4096,  64 },
	{  4096,  218, 10,   512, 13,     0,  64 },
	{  4096,  218, 10,   512, 26,     0,  64 },
	{  4096,  224,  0,  4096,  0,  4096,  64 },
	{  4096,  224, 10,   512, 13,     0,  64 },
	{  4096,  224, 10,   512, 26,     0,  64 },
	{  4096,  256,  0,  4096,  0,  4096,  64 },
	{  4096,  256, 10,   512, 13,     0,  64 },
	{  4096,  256, 10,   512, 26,     0,  64 },
	{  8192,  448,  0,  8192,  0,  8192, 128 },
	{  8192,  448, 10,   512, 13,     0, 128 },
	{  8192,  448, 10,   512, 26,     0, 128 },
	{  8192,  512,  0,  8192,  0,  8192, 128 },
	{  8192,  512, 10,   512, 13,     0, 128 },
	{  8192,  512, 10,   512, 26,     0, 128 },
	{  8192,  640,  0,  8192,  0,  8192, 128 },
	{  8192,  640, 10,   512, 13,     0, 128 },
	{  8192,  640, 10,   512, 26,     0, 128 },
	{  8192,  640, 10,   512, 39,     0, 128 },
	{  8192,  744,  0,  8192,  0,  8192, 128 },
	{  8192,  744, 10,   512, 13,     0, 128 },
	{  8192,  744, 10,   512, 26,     0, 128 },
	{  8192,  744, 10,   512, 39,     0, 128 },
	{ 16384, 1280,  0, 16384,  0, 16384, 256 },
	{ 16384, 1280, 10,   512, 26,     0, 256 },
	{ 16384, 1280, 10,   512, 39,     0, 256 },
};
/* clang-format on */

#define GEOMETRIES (sizeof(geometries) / sizeof(geometries[0]))

static uint32_t size_of(const struct geometry *g)
{
	return (uint32_t)g->page + g->spare;
}

static uint32_t sectors_of(const struct geometry *g)
{
	return g->page / g->sector;
}

/* Where the n-th sector stands in its page. */
static uint32_t sector_at(const struct geometry *g, uint32_t n)
{
	return g->head + n * ((uint32_t)g->sector + g->check);
}

static bool is_data(const struct geometry *g, uint32_t column)
{
	uint32_t turn = (uint32_t)g->sector + g->check;

	if (column < g->head || column >= sector_at(g, sectors_of(g)))
		return false;
	return (column - g->head) % turn < g->sector;
}

/* Whether most of the page was written: one that ends in 0xff would make its own columns idle. */
static bool is_dense(const struct geometry *g, struct span page)
{
	uint32_t written = 0;

	for (uint32_t i = 0; i < PROBED; i++)
		written += page.p[(uint64_t)g->page * i / PROBED] != 0xff;
	return written >= PROBED * 3 / 4;
}

/* How often each column is 0xff in the dense pages of the sample. */
struct columns {
	uint8_t idle[LARGEST_PAGE];
	uint32_t dense;
};

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* A step that meets every page once, in an order that is spread over all of them: most flash is
 * erased, or full of one thing, for long stretches. */
static uint64_t spread_step(uint64_t pages)
{
	uint64_t step = pages * 5 / 8;

	while (common_divisor(step, pages) != 1)
		step++;
	return step;
}

static void count_columns(const struct geometry *g, struct span in, struct columns *c)
{
	uint64_t size = size_of(g), pages = in.n / size, step = spread_step(pages), at = 0;

	memset(c, 0, sizeof(*c));
	for (uint64_t i = 0; i < pages && i < MOST_LOOKS && c->dense < SAMPLES; i++) {
		struct span page = span_sub(in, at * size, size);

		at = (at + step) % pages;
		if (!is_dense(g, page))
			continue;
		c->dense++;
		for (uint32_t k = 0; k < page.n; k++)
			if (page.p[k] == 0xff)
				c->idle[k]++;
	}
}

/* The mark; and behind the last sector's check bytes nothing stands, which tells how many there are
 * in a row. */
static bool must_idle(const struct geometry *g, uint32_t column)
{
	return (int)column == g->mark || (g->check && column >= sector_at(g, sectors_of(g)));
}

/* The mark, and at least one column more, is idle but for a bad block's pages; no column of the
 * data is idle even half the time. */
static bool agrees(const struct geometry *g, struct span in)
{
	struct columns c;
	uint32_t idle = 0;

	count_columns(g, in, &c);
	if (c.dense < LEAST_DENSE)
		return false;
	for (uint32_t k = 0; k < size_of(g); k++) {
		bool always = c.idle[k] * 16u >= c.dense * 15u;

		if (is_data(g, k) ? c.idle[k] * 2u > c.dense : must_idle(g, k) && !always)
			return false;
		idle += always;
	}
	return idle >= LEAST_IDLE;
}

static const struct geometry *geometry_of(struct span in)
{
	for (size_t i = 0; i < GEOMETRIES; i++) {
		const struct geometry *g = &geometries[i];

		if (in.n % size_of(g) == 0 && in.n / size_of(g) >= LEAST_DENSE && agrees(g, in))
			return g;
	}
	return NULL;
}

/* The mark stands in the first or the second page of a block; in small pages behind the check
 * bytes. */
static bool is_bad(const struct geometry *g, struct span in, uint64_t block)
{
	uint64_t size = size_of(g), at = block * g->pages * size;
	uint64_t column = g->mark >= 0 ? (uint64_t)g->mark : SMALL_MARK;

	for (uint64_t i = 0; i < 2; i++) {
		int mark = span_byte(in, at + i * size + column);

		if (mark >= 0 && mark != 0xff)
			return true;
	}
	return false;
}

static uint64_t blocks_of(const struct geometry *g, struct span in)
{
	uint64_t size = (uint64_t)g->pages * size_of(g);

	return in.n / size + (in.n % size != 0);
}

/* Marks say something only where nearly all blocks are good: by the standard of chips two in a
 * hundred may be bad. Else something else stands in these columns. */
static bool trusts_marks(const struct geometry *g, struct span in, uint64_t *bad)
{
	uint64_t blocks = blocks_of(g, in);

	*bad = 0;
	for (uint64_t i = 0; i < blocks; i++)
		*bad += is_bad(g, in, i);
	return *bad <= MOST_BAD && *bad * 4 <= blocks;
}

/* Two idle columns in 48 pages are as sure as a checksum: other data have them by a chance below
 * 2^-64, as no column beside them is idle even half the time. */
static struct fault probe(struct span in, struct found *f)
{
	const struct geometry *g = geometry_of(in);
	struct yaffs_layout y;
	uint64_t bad;
	size_t n;

	if (!g)
		return fault_at(FAULT_UNKNOWN, 0, "spare bytes of NAND pages", 0, 0);
	if (yaffs_layout_of(in, &y))
		return fault_at(FAULT_UNKNOWN, 0, "YAFFS, which needs its spare bytes", 0, 0);
	f->len = in.n;
	f->proof = PROOF_CHECKSUM;
	snprintf(f->label, sizeof(f->label), "pages of %u + %u%s", g->page, g->spare,
		 g->check ? ", check bytes between sectors" : "");
	n = strlen(f->label);
	if (trusts_marks(g, in, &bad) && bad)
		snprintf(f->label + n, sizeof(f->label) - n, ", without %llu bad",
			 (unsigned long long)bad);
	return fine;
}

static bool put_pages(const struct geometry *g, struct span block, struct sink *out)
{
	for (uint64_t at = 0; at < block.n; at += size_of(g))
		for (uint32_t i = 0; i < sectors_of(g); i++)
			if (!sink_put(out, span_sub(block, at + sector_at(g, i), g->sector)))
				return false;
	return true;
}

static struct fault load(const struct listing *l, const struct entry *e, struct sink *out)
{
	const struct geometry *g = geometry_of(l->in);
	uint64_t size, bad;
	bool skips;

	(void)e;
	if (!g)
		return fault_at(FAULT_UNKNOWN, 0, "spare bytes of NAND pages", 0, 0);
	size = (uint64_t)g->pages * size_of(g);
	skips = trusts_marks(g, l->in, &bad);
	for (uint64_t i = 0; i < blocks_of(g, l->in); i++) {
		struct span block = span_head(span_from(l->in, i * size), size);

		if (!(skips && is_bad(g, l->in, i)) && !put_pages(g, block, out))
			return out->fault;
	}
	return fine;
}

const struct format format_nandoob = {
	.name = "nand-oob",
	.says = "raw dump of NAND flash with its spare bytes, which are taken out",
	.domain = DOMAIN_BROADBAND,
	.spec = "kernel drivers/mtd/nand/raw: nand_base.c, gpmi-nand.c",
	.where = WHERE_ANCHORED,
	.shape = SHAPE_STREAM,
	.probe = probe,
	.load = load,
};
