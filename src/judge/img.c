/* img.c - what was opened, and what the image says of itself. */
#include "judge/check.h"

#define LEAST_HIDDEN 512 /* bytes outside every declared object; checks.md, IMG-04 */

static void judge_coverage(struct ruling *r)
{
	const struct blind_spot *b = &r->premises->blind;

	if (b->count == 0) {
		rule_passed(r, "every byte of the image");
		r->of[OUTCOME_PASS].says = "every byte lies in a part that was understood";
	} else if (b->is_small) {
		rule_says(r, OUTCOME_REVIEW, "%s", not_understood(r));
		rule_blind(r, OUTCOME_REVIEW);
	} else {
		rule_open(r, reason_of_gap(b->largest), "%s", not_understood(r));
		rule_blind(r, OUTCOME_NOT_EVALUABLE);
	}
}

const struct check check_img_01 = {
	.id = "IMG-01",
	.group = "IMG",
	.title = "The image was opened completely",
	.rule = "pass if every byte belongs to a parsed container or file, a recognised header, or "
		"padding; review if less than 1 % was not understood and none of it has an entropy "
		"above 7.2; otherwise not evaluable, and so is what the missing part could hold",
	.does_not_prove = "that the device boots this content; that parts supplied elsewhere "
			  "(modem, FPGA, boot loader) are harmless",
	.requirements = "CRA II(1); ISVS 1.2.1 (L1)",
	.reads = READS_GAPS,
	.blind = BLIND_NEVER,
	.judge = judge_coverage,
};

static bool is_masked(const struct node *n)
{
	return n->state == STATE_UNKNOWN && n->label &&
	       (strcmp(n->label, LABEL_ONE_BYTE) == 0 || strcmp(n->label, LABEL_REPEATS) == 0);
}

static void judge_encryption(struct ruling *r)
{
	const struct coverage *c = r->c->coverage;
	uint64_t bytes = 0, masked = 0;

	for (uint32_t i = 0; i < c->gap_count; i++) {
		const struct node *n = c->gaps[i];

		if (is_masked(n)) {
			masked += n->has_place ? n->length : n->size;
			rule_node(r, OUTCOME_REVIEW, n);
		}
		if (n->state != STATE_ENCRYPTED)
			continue;
		bytes += n->has_place ? n->length : n->size;
		rule_node(r, OUTCOME_NOT_EVALUABLE, n);
	}
	if (masked)
		rule_says(r, OUTCOME_REVIEW, "%s hidden, not encrypted well: equal bytes show",
			  counted(r, masked, "byte is", "bytes are"));
	if (rule_count(r, OUTCOME_NOT_EVALUABLE))
		rule_open(r, REASON_ENCRYPTED, "%s encrypted; nobody could look inside",
			  counted(r, bytes, "byte looks", "bytes look"));
	else
		rule_passed(r, "the entropy of every region");
}

const struct check check_img_02 = {
	.id = "IMG-02",
	.group = "IMG",
	.title = "No encrypted region without explanation",
	.rule = "review if a region that is not understood was masked with one byte or a short "
		"key, or by a block cipher without chaining; not evaluable if one looks encrypted; "
		"otherwise pass",
	.does_not_prove =
		"that encryption is a defect: some catalogues ask for it; that what looks "
		"encrypted is encrypted well; what is inside",
	.requirements = "ISVS 3.1.7 (L2); ISVS 3.4.9 (L2); CRA I(2)(e); CWE-311; CWE-327",
	.reads = READS_GAPS,
	.blind = BLIND_DENSE,
	.judge = judge_encryption,
};

static bool contradicts_itself(const struct node *n)
{
	for (const struct node_fault *f = n->faults; f; f = f->next)
		if (f->fault.kind == FAULT_BROKEN || f->fault.kind == FAULT_SHORT)
			return true;
	return false;
}

static void judge_sums(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint32_t with_format = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		const struct node *n = t->nodes[i];

		with_format += n->format && n->kind == KIND_REGION;
		if (contradicts_itself(n))
			rule_node(r, OUTCOME_REVIEW, n);
	}
	if (rule_count(r, OUTCOME_REVIEW))
		rule_says(r, OUTCOME_REVIEW, "%s not what the header says",
			  counted(r, rule_count(r, OUTCOME_REVIEW), "size or checksum is",
				  "sizes or checksums are"));
	else if (with_format) {
		rule_passed(r, "headers of %s", counted(r, with_format, "region", "regions"));
		r->of[OUTCOME_PASS].says = "no size or checksum that was read disagrees";
	} else {
		rule_says(r, OUTCOME_NOT_APPLICABLE, "no header with a size or checksum was found");
	}
}

const struct check check_img_03 = {
	.id = "IMG-03",
	.group = "IMG",
	.title = "Declared sizes and checksums agree with content",
	.rule = "pass if all sizes and checksums that were read agree; review if one disagrees; "
		"not "
		"applicable if no header was found",
	.does_not_prove = "authenticity: whoever changes the content can correct the checksum",
	.requirements = "33.117 4.2.3.3.5; CWE-354",
	.reads = READS_TREE,
	.blind = BLIND_NEVER,
	.judge = judge_sums,
};

/* Bytes no format and no table speaks of. What a partition table names carries that name as its
 * label; text that stands free carries "text". */
static bool is_undeclared(const struct node *n)
{
	bool named = n->label && strcmp(n->label, "text") != 0;

	return n->parent && n->kind == KIND_REGION && !n->format && !named &&
	       n->state != STATE_PADDING && n->has_place && n->length > LEAST_HIDDEN;
}

/* One mark a node: whether a part of it has a format. */
static const uint8_t *mark_holders(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	uint8_t *holds = arena_take(r->c->arena, t->count, 1);

	r->failed |= !holds;
	for (uint32_t i = 0; holds && i < t->count; i++)
		if (t->nodes[i]->format && t->nodes[i]->parent)
			holds[t->nodes[i]->parent->id] = 1;
	return holds;
}

/* Bytes of the image or of a container beside declared objects. A content without any is one
 * unknown object, and so is what a stream unpacks to. */
static bool is_beside_objects(const struct node *n, const uint8_t *holders)
{
	const struct node *space = n->parent;

	if (space->container || (space->format && space->format->shape == SHAPE_STREAM))
		return false;
	return space->format || holders[space->id];
}

static void judge_trailing(struct ruling *r)
{
	const struct tree *t = r->c->tree;
	const uint8_t *holders = mark_holders(r);
	uint64_t bytes = 0;

	for (uint32_t i = 0; holders && i < t->count; i++) {
		const struct node *n = t->nodes[i];

		if (!is_undeclared(n) || !is_beside_objects(n, holders))
			continue;
		bytes += n->length;
		rule_node(r, OUTCOME_REVIEW, n);
	}
	if (bytes)
		rule_says(r, OUTCOME_REVIEW, "%s outside every declared object",
			  counted(r, bytes, "byte lies", "bytes lie"));
	else
		rule_passed(r, "what lies between and behind the declared objects");
}

const struct check check_img_04 = {
	.id = "IMG-04",
	.group = "IMG",
	.title = "Trailing or hidden data",
	.rule = "review if more than 512 bytes that are no padding lie outside every declared "
		"object; otherwise pass",
	.does_not_prove = "that the data is meant to be hidden: signatures, certificates and build "
			  "stamps are commonly appended",
	.requirements = "TR.C.2 (MUST NOT); ISVS 1.2.8 (L2); CWE-912",
	.reads = READS_TREE,
	.blind = BLIND_NEVER,
	.judge = judge_trailing,
};

static bool disagree(struct span a, struct span b)
{
	return a.n && b.n && !span_equal(a, b);
}

static void judge_identity(struct ruling *r)
{
	struct span product = { 0 }, version = { 0 };
	bool several = false;

	EACH_FACT(r, FACT_IDENTITY, identity_fact, f)
	{
		several |= disagree(product, f->product) || disagree(version, f->version);
		product = product.n ? product : f->product;
		version = version.n ? version : f->version;
		rule_fact(r, OUTCOME_REVIEW, &f->f);
		rule_fact(r, OUTCOME_NOT_EVALUABLE, &f->f);
		rule_fact(r, OUTCOME_PASS, &f->f);
	}
	if (several)
		rule_says(r, OUTCOME_REVIEW, "it gives itself several names or versions");
	else if (!product.n || !version.n)
		rule_open(r, REASON_VERSION_UNKNOWN, "%s",
			  product.n   ? "it names a product, but no version"
			  : version.n ? "it names a version, but no product"
				      : "it names neither product nor version");
	else {
		rule_passed(r, "release files");
		r->of[OUTCOME_PASS].says = "it names its product and version";
	}
}

const struct check check_img_05 = {
	.id = "IMG-05",
	.group = "IMG",
	.title = "Version and model are recognisable",
	.rule = "pass if a version of the whole image and a model name are found; review if "
		"several "
		"disagree; not evaluable if one is missing",
	.does_not_prove = "that the names are true: they are the image's own",
	.requirements = "EN 5.3-16 (M); TR.D.23 (MUST); N8425 AI; ISVS 2.1.2",
	.reads = READS(IDENTITY),
	.blind = BLIND_NEVER,
	.judge = judge_identity,
};

static void judge_copy(struct ruling *r)
{
	rule_says(r, OUTCOME_NOT_APPLICABLE, "no second image was given");
}

const struct check check_img_06 = {
	.id = "IMG-06",
	.group = "IMG",
	.title = "Same build as another copy",
	.rule = "with a second image: pass if the content is the same; review with the list of "
		"differing files; not applicable without one",
	.does_not_prove = "that source and binary correspond",
	.requirements = "ISVS 1.3.1 (L1); ISVS 1.3.6 (L1); CRA II(1)",
	.reads = READS_TREE,
	.blind = BLIND_NEVER,
	.judge = judge_copy,
};
