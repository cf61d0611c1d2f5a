/* checks.c - the registry of checks, and the way from their rulings to verdicts. */
#include "judge/list.h"
#include "judge/object.h"
#include "judge/reads.h"
#include "know/know.h"

#define DECLARE(name) extern const struct check check_##name;
#define ENTRY(name)   &check_##name,
CHECKS(DECLARE)

const struct check *const checks[] = { CHECKS(ENTRY) };
const size_t check_count = sizeof(checks) / sizeof(checks[0]);

const char *outcome_name(enum outcome o)
{
	static const char *const names[OUTCOMES] = {
		[OUTCOME_FAIL] = "fail",
		[OUTCOME_REVIEW] = "review",
		[OUTCOME_NOT_EVALUABLE] = "not-evaluable",
		[OUTCOME_PASS] = "pass",
		[OUTCOME_NOT_APPLICABLE] = "not-applicable",
	};

	return names[o];
}

static const struct {
	const char *name;
	bool of_image;
} reasons[REASONS] = {
	[REASON_NONE] = { NULL, false },
	[REASON_OPAQUE_REGION] = { "opaque-region", true },
	[REASON_UNKNOWN_FORMAT] = { "unknown-format", true },
	[REASON_ENCRYPTED] = { "encrypted", true },
	[REASON_PARSER_FAILED] = { "parser-failed", true },
	[REASON_LIMIT_REACHED] = { "limit-reached", true },
	[REASON_QUARANTINED] = { "quarantined", true },
	[REASON_NO_SYMBOLS] = { "no-symbols", false },
	[REASON_RUNTIME_ONLY] = { "runtime-only", false },
	[REASON_DOCUMENTS_NEEDED] = { "documents-needed", false },
	[REASON_NO_DATA_TABLE] = { "no-data-table", false },
	[REASON_VERSION_UNKNOWN] = { "version-unknown", false },
};

const char *reason_name(enum reason r)
{
	return reasons[r].name;
}

bool reason_of_image(enum reason r)
{
	return reasons[r].of_image;
}

/* -- what was not understood -- */

static bool is_dense(const struct node *n)
{
	return n->state == STATE_ENCRYPTED || n->entropy > DENSE_MILLIBITS;
}

enum reason reason_of_gap(const struct node *n)
{
	switch (n->state) {
	case STATE_UNDERSTOOD:
	case STATE_PADDING:
		break;
	case STATE_UNKNOWN:
		return is_dense(n) ? REASON_OPAQUE_REGION : REASON_UNKNOWN_FORMAT;
	case STATE_ENCRYPTED:
		return REASON_ENCRYPTED;
	case STATE_DAMAGED:
		return REASON_PARSER_FAILED;
	case STATE_LIMIT:
		return REASON_LIMIT_REACHED;
	case STATE_QUARANTINED:
		return REASON_QUARANTINED;
	}
	return REASON_NONE;
}

static uint64_t gap_bytes(const struct node *n)
{
	return n->has_place ? n->length : n->size;
}

static void find_blind_spot(const struct case_file *c, struct blind_spot *b)
{
	uint64_t largest = 0;

	*b = (struct blind_spot){ .is_small = true };
	for (uint32_t i = 0; i < c->coverage->blind_count; i++) {
		const struct node *n = c->coverage->blind[i];
		uint64_t bytes = region_is_tiled(n) ? 0 : gap_bytes(n);

		b->bytes += bytes;
		b->is_small &= n->state == STATE_UNKNOWN && !is_dense(n);
		b->is_dense |= is_dense(n);
		if (!b->largest || bytes > largest) {
			b->largest = n;
			largest = bytes;
		}
	}
	b->count = c->coverage->blind_count;
	b->is_small &= b->bytes < c->tree->image->size / 100;
}

static void find_programs(const struct case_file *c, struct premises *p)
{
	static const struct {
		const char *name;
		enum program program;
	} names[] = {
		{ "telnetd", PROGRAM_TELNET },    { "utelnetd", PROGRAM_TELNET },
		{ "in.telnetd", PROGRAM_TELNET }, { "dropbear", PROGRAM_SSH },
		{ "dropbearmulti", PROGRAM_SSH }, { "sshd", PROGRAM_SSH },
		{ "login", PROGRAM_LOGIN },       { "getty", PROGRAM_LOGIN },
		{ "agetty", PROGRAM_LOGIN },      { "ftpd", PROGRAM_FTP },
		{ "vsftpd", PROGRAM_FTP },        { "proftpd", PROGRAM_FTP },
		{ "pure-ftpd", PROGRAM_FTP },
	};

	for (uint32_t i = 0; i < c->tree->count; i++) {
		const struct node *n = c->tree->nodes[i];
		struct span name;

		if (!n->container || n->kind == KIND_DIRECTORY)
			continue;
		name = node_name(n);
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (!p->program[names[k].program] && span_is(name, names[k].name))
				p->program[names[k].program] = n;
	}
}

/* musl or uClibc, by the loader or library that a program names. */
static bool uses_other_libc(const struct executable_fact *x)
{
	static const char *const others[] = { "ld-musl", "ld-uClibc", "libc.musl", "libc.so.0" };

	for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
		struct span other = span_text(others[k]);

		if (span_find(x->interpreter, 0, other) != SIZE_MAX)
			return true;
		for (uint32_t i = 0; i < x->needed.n; i++)
			if (span_starts(x->needed.p[i], other) ||
			    span_is(x->needed.p[i], "libc.so"))
				return true;
	}
	return false;
}

static void mark_executable(const struct executable_fact *x, uint8_t *marks)
{
	const struct node *n = x->f.node;

	marks[n->id] |= MARK_EXECUTABLE;
	if (object_is_library(x))
		marks[n->id] |= MARK_LIBRARY;
	if (n->container && uses_other_libc(x))
		marks[n->container->id] |= MARK_OTHER_LIBC;
}

/* What facts make of each node. */
static bool mark_nodes(const struct case_file *c, struct premises *p)
{
	const struct facts *f = c->facts;
	uint8_t *marks = arena_take(c->arena, c->tree->count, 1);

	for (uint32_t i = 0; marks && i < f->count[FACT_EXECUTABLE]; i++)
		mark_executable((const void *)f->of[FACT_EXECUTABLE][i], marks);
	for (uint32_t i = 0; marks && i < f->count[FACT_COMPONENT]; i++) {
		const struct component_fact *x = (const void *)f->of[FACT_COMPONENT][i];

		for (uint32_t k = 0; k < x->nodes.n; k++)
			marks[x->nodes.p[k]->id] |= MARK_COMPONENT;
	}
	p->marks = marks;
	return marks != NULL;
}

bool holds_test_data(const struct ruling *r, const struct node *n)
{
	uint8_t marks = r->premises->marks[n->id];

	return marks & MARK_LIBRARY || ((marks & MARK_EXECUTABLE) && (marks & MARK_COMPONENT));
}

bool has_other_libc(const struct ruling *r, const struct node *n)
{
	return n->container && r->premises->marks[n->container->id] & MARK_OTHER_LIBC;
}

/* -- from a ruling to a verdict -- */

static bool is_blind(const struct ruling *r, enum blind blind)
{
	const struct blind_spot *b = &r->premises->blind;

	if (b->count == 0 || b->is_small || blind == BLIND_NEVER)
		return false;
	return blind == BLIND_ALWAYS || b->is_dense;
}

const char *not_understood(struct ruling *r)
{
	const struct blind_spot *b = &r->premises->blind;

	if (b->bytes == 0)
		return "part of it is missing";
	return counted(r, b->bytes, "byte was not understood", "bytes were not understood");
}

void rule_blind(struct ruling *r, enum outcome o)
{
	for (uint32_t i = 0; i < r->c->coverage->blind_count; i++)
		rule_node(r, o, r->c->coverage->blind[i]);
}

/* Nothing speaks against it, and part of the image could not be looked into. */
static void turn_into_open(struct ruling *r, enum outcome from)
{
	const struct blind_spot *b = &r->premises->blind;
	const char *passed = rule_count(r, OUTCOME_PASS) ? "what was found passes" : "not found";

	rule_open(r, reason_of_gap(b->largest), "%s; %s",
		  from == OUTCOME_PASS ? passed : "nothing to judge", not_understood(r));
	rule_blind(r, OUTCOME_NOT_EVALUABLE);
}

static enum outcome strongest(const struct ruling *r)
{
	for (int o = OUTCOME_FAIL; o < OUTCOME_NOT_APPLICABLE; o++)
		if (r->of[o].says)
			return (enum outcome)o;
	return OUTCOME_NOT_APPLICABLE;
}

static bool judge_one(const struct case_file *c, const struct premises *p,
		      const struct check *check, struct verdict *v)
{
	struct view view;
	struct asked asked = { .n = 0 };
	struct ruling r = { .c = &view.c, .premises = &view.p, .asked = &asked };
	enum outcome o;

	if (!reads_show(c, p, check, &view))
		return false;
	if (check->judge)
		check->judge(&r);
	if (check->unseen)
		rule_unseen(&r, check->unseen);
	o = strongest(&r);
	if (o >= OUTCOME_PASS && is_blind(&r, check->blind)) {
		turn_into_open(&r, o);
		o = OUTCOME_NOT_EVALUABLE;
	}
	*v = (struct verdict){
		.check = check,
		.outcome = o,
		.reason = o == OUTCOME_NOT_EVALUABLE ? r.reason : REASON_NONE,
		.says = r.of[o].says ? r.of[o].says : "",
		.searched = o == OUTCOME_PASS && r.searched ? r.searched : "",
		.evidence = r.of[o].p,
		.evidence_count = r.of[o].n,
	};
	v->exception = exception_of(c, v);
	return !r.failed && !asked.failed;
}

struct verdict *judge_all(const struct case_file *c, uint32_t *count)
{
	struct verdict *v = arena_take(c->arena, check_count, sizeof(*v));
	struct premises p = { .program = { NULL } };

	*count = (uint32_t)check_count;
	if (!v || !mark_nodes(c, &p))
		return NULL;
	find_blind_spot(c, &p.blind);
	find_programs(c, &p);
	for (size_t i = 0; i < check_count; i++)
		if (!judge_one(c, &p, checks[i], &v[i]))
			return NULL;
	return v;
}

/* -- requirements -- */

bool requirement_next(const char *list, size_t *at, struct span *one)
{
	struct span rest = span_from(span_text(list), *at);
	size_t end;

	while (span_byte(rest, 0) == ' ' || span_byte(rest, 0) == ';')
		rest = span_from(rest, 1);
	end = span_find(rest, 0, span_text(";"));
	*one = span_head(rest, end);
	*at = strlen(list) - (rest.n - one->n);
	return one->n > 0;
}

/* Short names that checks use, and the catalogue's own in the table. The obligation in parentheses
 * behind an id is not part of it. */
static const struct {
	const char *mark, *catalogue;
	size_t skip; /* bytes of the mark that are not part of the id */
} catalogues[] = {
	{ "33.117 ", "3GPP TS 33.117", 7 }, { "EN ", "ETSI EN 303 645 V3.1.3", 3 },
	{ "CRA ", "EU CRA Annex I", 4 },    { "TR.", "BSI TR-03148", 0 },
	{ "N8259A ", "NIST IR 8259A", 7 },  { "N8425 ", "NIST IR 8425", 6 },
	{ "ISVS ", "OWASP ISVS 1.0", 5 },   { "PSTI ", "UK PSTI (SI 2023/1007 Schedule 1)", 5 },
};

const struct requirement *requirement_row(struct span one)
{
	struct span id = span_head(one, span_find(one, 0, span_text(" (")));

	for (size_t i = 0; i < sizeof(catalogues) / sizeof(catalogues[0]); i++) {
		if (!span_starts(one, span_text(catalogues[i].mark)))
			continue;
		id = span_from(id, catalogues[i].skip);
		for (size_t k = 0; k < requirements_count; k++)
			if (strcmp(requirements[k].catalogue, catalogues[i].catalogue) == 0 &&
			    span_is(id, requirements[k].id))
				return &requirements[k];
	}
	return NULL;
}

bool requirement_is_of(const struct requirement *row, const char *name)
{
	if (strstr(row->catalogue, name))
		return true;
	for (size_t i = 0; i < sizeof(catalogues) / sizeof(catalogues[0]); i++)
		if (strcmp(catalogues[i].catalogue, row->catalogue) == 0)
			return span_starts(span_text(catalogues[i].mark), span_text(name));
	return false;
}
